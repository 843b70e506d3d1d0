//! Default scopes: who sets them, what is granted by them, and when they are not those of the table any more.

use std::fs;

use chengji_access::records::put_person;
use chengji_domain::access::Rights;
use chengji_domain::people::Person;
use chengji_domain::proposal::ConsentFact;
use chengji_domain::request::terms::Mask;
use chengji_domain::request::{Submission, WantedPart};
use chengji_proto::convert::{ScopeTexts, StandingOrder};
use chengji_store::KeyValue;
use chengji_testkit::requests;

use super::super::samples::{self, MINE, catalogue_with, facts, registers};
use super::super::{mount, mount_table};
use super::*;

/// A catalogue with an entry to which a table is mounted.
struct Fixture {
    catalogue: Catalogue,
    folder: tempfile::TempDir,
    code: ResourceCode,
}

fn person(name: &str, role: Role) -> Caller {
    let name = format!("city/430200/person/{name}");
    Caller::new(name.parse().unwrap(), Rights::new([role], None).unwrap())
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = catalogue_with(&[folder.path().to_owned()], registers(folder.path()));
    let entry = samples::entry(1, "许可", MINE, &["number", "holder", "floors"]);
    let code = entry.code.clone();
    let record = EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH);
    let write = move |tx: &mut Tx<'_>| entries::put(tx, &record);
    catalogue.own.ledger.write(write).await.unwrap();
    let fixture = Fixture {
        catalogue,
        folder,
        code,
    };
    fixture.mount("number,holder,floors\n1,王芳,12\n").await;
    fixture
}

impl Fixture {
    fn kv(&self) -> &dyn KeyValue {
        self.catalogue.own.ledger.kv().as_ref()
    }

    async fn mount(&self, content: &str) {
        fs::write(self.folder.path().join("permits.csv"), content).unwrap();
        let (editor, code) = (self.catalogue.node_editor(), self.code.clone());
        let address = "registers:permits".parse().unwrap();
        let mounted = mount_table::mount(&self.catalogue, &editor, code, address, || true);
        mounted.await.unwrap();
    }

    async fn set(&self, part: Option<ScopeTexts>) -> Result<EntryRecord> {
        let code = self.code.clone();
        let order = DefaultScopeOrder { code, part };
        set(&self.catalogue, person("shen.pi", Role::Approver), order).await
    }

    /// The columns that are usually granted; `None` if the default scope is outdated.
    fn usual(&self) -> Option<Vec<String>> {
        match granting::usual(self.kv(), &self.code).unwrap()? {
            Scope::Table(part) => Some(part.columns.into_keys().collect()),
            other => panic!("{other:?}"),
        }
    }

    /// True if a request for this part is granted automatically.
    fn is_automatic(&self, part: Option<WantedPart>) -> bool {
        let resource = format!("430200:{}", self.code);
        let submission = Submission {
            part: part.map(Box::new),
            ..requests::submission(&resource)
        };
        let scope = granting::automatic(self.kv(), &submission).unwrap();
        let usual = granting::usual(self.kv(), &self.code).unwrap();
        assert!(scope.is_none() || scope == usual);
        scope.is_some()
    }

    /// The reasons for which standing consents ended.
    fn ended_consents(&self) -> usize {
        let facts = facts(&self.catalogue);
        let ended = facts.iter().filter(|fact| {
            matches!(fact, CityFact::Consent(fact)
                if matches!(**fact, ConsentFact::StandingEnded { .. }))
        });
        ended.count()
    }

    async fn consent(&self) {
        let (own, code) = (self.catalogue.own.clone(), self.code.clone());
        let give = move |tx: &mut Tx<'_>| {
            let head = person("head", Role::Consenter);
            put_person(
                tx,
                &Person {
                    principal: head.principal.clone(),
                    rights: head.rights.clone(),
                    since: own.now(),
                    ended: None,
                    reason: String::new(),
                    certificate: None,
                },
            )?;
            let until = "2027-01-01T00:00:00Z".parse().unwrap();
            let order = StandingOrder { code, until };
            standing::give(&own, tx, (&head, own.now()), order).map(drop)
        };
        self.catalogue.own.ledger.write(give).await.unwrap();
    }
}

fn texts(columns: &[&str], condition: Option<&str>) -> Option<ScopeTexts> {
    Some(ScopeTexts {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        condition: condition.map(str::to_owned),
        masks: vec![("holder".to_owned(), "first:1".to_owned())],
        row_limit: None,
    })
}

fn wanted(columns: &[&str], condition: &str, masks: &[(&str, &str)]) -> Option<WantedPart> {
    let masks = masks.iter();
    let masks = masks.map(|(column, mask)| ((*column).to_owned(), (*mask).to_owned()));
    Some(WantedPart {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        condition: condition.to_owned(),
        masks: masks.collect(),
        row_limit: None,
    })
}

#[tokio::test]
async fn a_default_scope_is_set_in_the_log_and_granted_where_nothing_is_said() {
    let fixture = fixture().await;
    assert_eq!(fixture.usual().unwrap(), ["floors", "holder", "number"]);
    let part = texts(&["number", "holder"], Some("floors = '12'"));
    fixture.set(part).await.unwrap();
    assert_eq!(fixture.usual().unwrap(), ["holder", "number"]);
    let shown = granting::shown_default(fixture.kv(), &fixture.code).unwrap();
    let shown = shown.unwrap();
    assert!(!shown.is_outdated);
    let masked = &shown.recorded.part.columns["holder"];
    assert_eq!(*masked, Some(Mask::KeepFirst(1)));
    let recorded = facts(&fixture.catalogue)
        .into_iter()
        .rev()
        .find_map(|fact| match fact {
            CityFact::GrantRule(fact) => Some(*fact),
            _ => None,
        });
    let expected = GrantRuleFact::DefaultScopeChanged {
        code: fixture.code.clone(),
        part: Some(Box::new(shown.recorded.part)),
        actor: shown.recorded.actor,
    };
    assert_eq!(recorded, Some(expected));

    fixture.set(None).await.unwrap();
    assert_eq!(fixture.usual().unwrap(), ["floors", "holder", "number"]);
    let none = fixture.set(None).await.unwrap_err();
    assert_eq!(none.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn who_grants_sets_a_part_that_the_table_has() {
    let fixture = fixture().await;
    let wrong = fixture.set(texts(&["holder", "wages"], None)).await;
    assert_eq!(wrong.unwrap_err().code(), ErrorCode::InvalidArgument);
    let order = DefaultScopeOrder {
        code: fixture.code.clone(),
        part: texts(&["holder"], None),
    };
    let publisher = person("bian.zhi", Role::Publisher);
    let denied = set(&fixture.catalogue, publisher, order).await.unwrap_err();
    assert_eq!(denied.code(), ErrorCode::Denied);
    assert_eq!(fixture.usual().unwrap().len(), 3);
}

#[tokio::test]
async fn a_request_for_a_part_beyond_the_default_scope_waits_for_people() {
    let fixture = fixture().await;
    assert!(fixture.is_automatic(None));
    // Nobody has said what a machine may grant in the place of all.
    assert!(!fixture.is_automatic(wanted(&["number"], "", &[])));
    let part = texts(&["number", "holder"], Some("floors = '12'"));
    fixture.set(part).await.unwrap();
    assert!(fixture.is_automatic(None));
    let rows = "floors = '12'";
    let masked = [("holder", "first:1")];
    assert!(fixture.is_automatic(wanted(&["number", "holder"], rows, &masked)));
    assert!(fixture.is_automatic(wanted(&["number"], "floors = '12' AND number = '1'", &[])));
    for beyond in [
        wanted(&[], rows, &masked),
        wanted(&["number", "floors"], rows, &[]),
        wanted(&["number", "holder"], rows, &[]),
        wanted(&["number"], "", &[]),
        wanted(&["number"], "floors > '10'", &[]),
        wanted(&["number", "wages"], rows, &[]),
        wanted(&["number"], "floors = ", &[]),
    ] {
        assert!(!fixture.is_automatic(beyond.clone()), "{beyond:?}");
    }
}

#[tokio::test]
async fn a_default_scope_of_other_columns_grants_nothing_until_it_is_set_again() {
    let fixture = fixture().await;
    fixture.set(texts(&["holder"], None)).await.unwrap();
    fixture
        .mount("number,holder,floors,head\n1,王芳,12,李\n")
        .await;
    assert_eq!(fixture.usual(), None);
    assert!(!fixture.is_automatic(None));
    let refused = granting::usual_for_people(fixture.kv(), &fixture.code).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::SourceChanged);
    let shown = granting::shown_default(fixture.kv(), &fixture.code).unwrap();
    assert!(shown.unwrap().is_outdated);
    fixture.set(texts(&["holder"], None)).await.unwrap();
    assert_eq!(fixture.usual().unwrap(), ["holder"]);

    // Nor is a file granted in the place of a part of a table.
    let (editor, code) = (fixture.catalogue.node_editor(), fixture.code.clone());
    let file = mount::mount(&fixture.catalogue, &editor, code, "permits.csv", || true);
    file.await.unwrap();
    assert_eq!(fixture.usual(), None);
    fixture.set(None).await.unwrap();
    let usual = granting::usual(fixture.kv(), &fixture.code).unwrap();
    assert_eq!(usual, Some(Scope::File));
}

#[tokio::test]
async fn a_standing_consent_ends_with_a_default_scope_that_permits_more() {
    let fixture = fixture().await;
    fixture.consent().await;
    fixture
        .set(texts(&["number", "holder"], None))
        .await
        .unwrap();
    fixture.set(texts(&["holder"], None)).await.unwrap();
    assert_eq!(fixture.ended_consents(), 0);
    fixture
        .set(texts(&["number", "holder"], None))
        .await
        .unwrap();
    assert_eq!(fixture.ended_consents(), 1);
    fixture.consent().await;
    fixture.set(None).await.unwrap();
    assert_eq!(fixture.ended_consents(), 2);
}
