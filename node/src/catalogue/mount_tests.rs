use std::fs;

use chengji_domain::catalogue::{Draft, ShareClass};
use chengji_messages::msg;
use chengji_testkit::entries;

use super::super::mounts::check_mounted;
use super::super::samples::{MINE, OTHER, catalogue, facts, granted_request, keep_request};
use super::*;

/// A catalogue with an entry of this class, and a mount root with a file.
struct Fixture {
    catalogue: Catalogue,
    root: tempfile::TempDir,
    code: ResourceCode,
}

async fn fixture(class: ShareClass) -> Fixture {
    let root = tempfile::tempdir().unwrap();
    fs::write(root.path().join("a.csv"), "编号\n1\n2\n").unwrap();
    let catalogue = catalogue(&[root.path().to_owned()]);
    let draft = Draft {
        provider_code: MINE.to_owned(),
        ..entries::draft(1, class)
    };
    let record = EntryRecord::new(entries::entry(&draft), 1, jiff::Timestamp::UNIX_EPOCH);
    let job = move |tx: &mut chengji_store::Tx<'_>| crate::catalogue::entries::put(tx, &record);
    catalogue.own.ledger.write(job).await.unwrap();
    Fixture {
        catalogue,
        root,
        code: entries::code(1).parse().unwrap(),
    }
}

impl Fixture {
    fn kv(&self) -> &dyn chengji_store::KeyValue {
        self.catalogue.own.ledger.kv().as_ref()
    }

    fn write(&self, content: &str) {
        fs::write(self.root.path().join("a.csv"), content).unwrap();
    }

    async fn mount(&self, editor: &Editor) -> Result<EntryRecord> {
        mount(&self.catalogue, editor, self.code.clone(), "a.csv", || true).await
    }

    fn stored(&self) -> MountedFile {
        match mounted(self.kv(), &self.code).unwrap().unwrap().source {
            MountedSource::File(file) => file,
            MountedSource::Table(table) => panic!("{table:?}"),
        }
    }
}

fn publisher(department: Option<&str>) -> Editor {
    Editor {
        by: "city/430200/person/officer".parse().unwrap(),
        department: department.map(|code| code.parse().unwrap()),
        merged: Default::default(),
    }
}

/// The kinds of facts in the log, in their order.
fn kinds(fixture: &Fixture) -> Vec<&'static str> {
    let kind = |fact: &CityFact| match fact {
        CityFact::Mounted { .. } => "mounted",
        CityFact::Unmounted { .. } => "unmounted",
        CityFact::Measured { .. } => "measured",
        _ => "other",
    };
    facts(&fixture.catalogue).iter().map(kind).collect()
}

#[tokio::test]
async fn a_file_is_mounted_once_and_measured_each_time() {
    let fixture = fixture(ShareClass::Unconditional).await;
    let record = fixture.mount(&publisher(None)).await.unwrap();
    let mount = record.mount.unwrap();
    assert_eq!(mount.file_name, "a.csv");
    assert_eq!(mount.measurement.unwrap().rows, Some(2));
    assert_eq!(kinds(&fixture), ["mounted", "measured"]);
    assert_eq!(check_mounted(fixture.kv(), &fixture.code), Ok(()));

    fixture.mount(&publisher(None)).await.unwrap();
    assert_eq!(kinds(&fixture), ["mounted", "measured", "measured"]);
}

#[tokio::test]
async fn an_entry_in_use_is_mounted_anew_but_not_unmounted() {
    let fixture = fixture(ShareClass::Conditional).await;
    let (officer, code) = (publisher(None), &fixture.code);
    fixture.mount(&officer).await.unwrap();
    let ledger = &fixture.catalogue.own.ledger;
    let unmount = || {
        let reason = "数据源迁移".to_owned();
        unmount(&fixture.catalogue, &officer, code.clone(), reason)
    };
    let running = granted_request(7, code, "2026-12-31T00:00:00Z".parse().unwrap());
    let requests = vec![running.history.id.to_string()];
    keep_request(ledger, running).await;
    let refused = unmount().await.unwrap_err();
    let message = msg::EntryGrantsRunning {
        code: code.as_str(),
        count: 1_u64,
        requests,
    };
    assert_eq!(refused, Error::new(ErrorCode::OutOfTurn, message));
    assert_eq!(check_mounted(fixture.kv(), code), Ok(()));
    fixture.mount(&officer).await.unwrap();

    // It is over at the time of the catalogue.
    let over = granted_request(7, code, fixture.catalogue.own.now());
    keep_request(ledger, over).await;
    unmount().await.unwrap();
    assert!(check_mounted(fixture.kv(), code).is_err());
}

#[tokio::test]
async fn only_what_is_published_shared_and_of_the_own_department_is_mounted() {
    let shared = fixture(ShareClass::Conditional).await;
    let error = shared.mount(&publisher(Some(OTHER))).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Denied);
    assert!(shared.mount(&publisher(Some(MINE))).await.is_ok());

    let not_shared = fixture(ShareClass::NotShared).await;
    let error = not_shared.mount(&publisher(None)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotShared);
    let (editor, missing) = (publisher(None), entries::code(9).parse().unwrap());
    let unknown = mount(&shared.catalogue, &editor, missing, "a.csv", || true);
    assert_eq!(unknown.await.unwrap_err().code(), ErrorCode::NotFound);
    assert_eq!(kinds(&not_shared), Vec::<&str>::new());
}

#[tokio::test]
async fn the_node_itself_says_only_what_is_new_or_due() {
    let fixture = fixture(ShareClass::Unconditional).await;
    fixture.mount(&publisher(None)).await.unwrap();
    let by_itself = async |due| {
        let (code, stored) = (fixture.code.clone(), fixture.stored());
        measure_by_itself(&fixture.catalogue, code, stored, due, || true).await
    };
    by_itself(false).await.unwrap();
    assert_eq!(kinds(&fixture).len(), 2);
    by_itself(true).await.unwrap();
    assert_eq!(kinds(&fixture).len(), 3);
    fixture.write("编号\n1\n2\n3\n");
    by_itself(false).await.unwrap();
    assert_eq!(
        kinds(&fixture),
        ["mounted", "measured", "measured", "measured"]
    );
}

#[tokio::test]
async fn a_measurement_of_what_is_no_longer_mounted_does_not_count() {
    let fixture = fixture(ShareClass::Unconditional).await;
    fixture.mount(&publisher(None)).await.unwrap();
    let before = fixture.stored();
    fs::write(fixture.root.path().join("b.csv"), "编号\n").unwrap();
    let code = fixture.code.clone();
    let editor = publisher(None);
    let another = mount(&fixture.catalogue, &editor, code, "b.csv", || true);
    another.await.unwrap();
    let late = measure_by_itself(
        &fixture.catalogue,
        fixture.code.clone(),
        before,
        true,
        || true,
    );
    assert_eq!(late.await.unwrap_err().code(), ErrorCode::Conflict);
    assert!(fixture.stored().path.ends_with("b.csv"));
}

#[tokio::test]
async fn what_is_delivered_was_measured_as_it_is() {
    let fixture = fixture(ShareClass::Unconditional).await;
    fixture.mount(&publisher(None)).await.unwrap();
    let rows = async || {
        let (record, _) = open_measured(&fixture.catalogue, &fixture.code)
            .await
            .unwrap();
        record.mount.unwrap().measurement.unwrap().rows
    };
    assert_eq!(rows().await, Some(2));
    assert_eq!(kinds(&fixture).len(), 2);
    fixture.write("编号\n1\n2\n3\n");
    assert_eq!(rows().await, Some(3));
    assert_eq!(kinds(&fixture).len(), 3);
}

#[tokio::test]
async fn another_city_is_not_told_where_a_source_is() {
    let fixture = fixture(ShareClass::Unconditional).await;
    fixture.mount(&publisher(None)).await.unwrap();
    fs::remove_file(fixture.root.path().join("a.csv")).unwrap();
    let error = open_measured(&fixture.catalogue, &fixture.code)
        .await
        .unwrap_err();
    let (city, code) = (fixture.catalogue.own.city, &fixture.code);
    let resource = format!("{city}:{code}");
    let unavailable = msg::SourceOfResourceUnavailable { resource };
    assert_eq!(error, Error::new(ErrorCode::SourceUnavailable, unavailable));
}

#[tokio::test]
async fn nothing_is_delivered_of_what_was_unmounted() {
    let fixture = fixture(ShareClass::Unconditional).await;
    fixture.mount(&publisher(None)).await.unwrap();
    let take_away = async |editor: Editor| {
        let reason = "迁移".to_owned();
        unmount(&fixture.catalogue, &editor, fixture.code.clone(), reason).await
    };
    let denied = take_away(publisher(Some(OTHER))).await.unwrap_err();
    assert_eq!(denied.code(), ErrorCode::Denied);
    take_away(publisher(Some(MINE))).await.unwrap();
    let error = check_mounted(fixture.kv(), &fixture.code).unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    let again = take_away(publisher(Some(MINE))).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::NotFound);
    assert_eq!(kinds(&fixture), ["mounted", "measured", "unmounted"]);
}
