//! Tests of changes that an entry has to follow.

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::Entry;
use chengji_domain::catalogue::lifecycle::Move;
use chengji_proto::v1::given_consent::Given;
use jiff::Timestamp;
use jiff::civil::date;

use super::super::listing;
use super::super::samples::{MINE, OTHER, catalogue, entry, facts};
use super::super::transitions::{Transition, Transitions};
use super::*;

fn editor(name: &str, department: Option<&str>) -> Editor {
    Editor {
        by: format!("city/430200/person/{name}").parse().unwrap(),
        department: department.map(|code| code.parse().unwrap()),
        merged: Default::default(),
    }
}

/// Submits an entry and publishes it.
async fn publish(catalogue: &Catalogue, content: Entry) {
    let author = Transitions::new(catalogue, editor("bian.zhi", None));
    let reviewer = Transitions::new(catalogue, editor("shen.he", None));
    let at = catalogue.own.now();
    let job = move |tx: &mut Tx<'_>| {
        author.import(tx, &content, false, at)?;
        let record = lifecycles::existing(tx, &content.code)?;
        let seen = (record.lifecycle.newest, record.steps);
        let approve = Transition {
            mv: Move::Approve,
            at,
            reason: "",
        };
        reviewer.change(tx, &content.code, seen, approve)
    };
    catalogue.own.ledger.write(job).await.unwrap();
}

fn extension(code: &ResourceCode, days: u32, given: Given) -> v1::ExtendUpdateRequest {
    v1::ExtendUpdateRequest {
        code: code.to_string(),
        working_days: days,
        consent: Some(v1::GivenConsent { given: Some(given) }),
    }
}

fn paper() -> Given {
    Given::Document("市数函〔2026〕3号".to_owned())
}

/// The codes of the overdue entries at this time.
fn overdue(catalogue: &Catalogue, at: &str) -> Vec<String> {
    let filter = v1::EntryFilter {
        overdue: true,
        ..v1::EntryFilter::default()
    };
    let request = v1::ListLifecyclesRequest {
        filter: Some(filter),
        page: None,
    };
    let at: Timestamp = at.parse().unwrap();
    let page = listing::page(
        catalogue.own.ledger.kv().as_ref(),
        catalogue.own.city,
        &request,
        at,
    )
    .unwrap();
    let codes = page.items.into_iter();
    codes.map(|listed| listed.entry.unwrap().code).collect()
}

#[tokio::test]
async fn an_entry_whose_update_is_late_is_overdue_until_a_revision_is_published() {
    let catalogue = catalogue(&[]);
    let content = entry(1, "区划", MINE, &[]);
    let code = content.code.clone();
    publish(&catalogue, content.clone()).await;
    let on = date(2026, 11, 20);
    let noted = note(&catalogue, editor("li.ming", None), code.clone(), on);
    let change = noted.await.unwrap().lifecycle.change.unwrap();
    assert_eq!(change.due, Deadline::certain(date(2026, 12, 4)));
    assert_eq!(overdue(&catalogue, "2026-12-04T02:00:00Z"), [""; 0]);
    assert_eq!(overdue(&catalogue, "2026-12-07T02:00:00Z"), [code.as_str()]);

    let extended = extend(
        &catalogue,
        (editor("li.ming", None), false),
        extension(&code, 5, paper()),
    );
    let change = extended.await.unwrap().lifecycle.change.unwrap();
    assert_eq!(change.due, Deadline::certain(date(2026, 12, 11)));
    assert_eq!(overdue(&catalogue, "2026-12-07T02:00:00Z"), [""; 0]);
    assert_eq!(overdue(&catalogue, "2026-12-14T02:00:00Z"), [code.as_str()]);

    let updated = Entry {
        summary: "全市县以上行政区划的名称与代码，2026年调整后".to_owned(),
        ..content
    };
    publish(&catalogue, updated).await;
    assert_eq!(overdue(&catalogue, "2026-12-14T02:00:00Z"), [""; 0]);
    let record = lifecycles::existing(catalogue.own.ledger.kv().as_ref(), &code).unwrap();
    assert_eq!(record.change, None);

    let facts = facts(&catalogue);
    let noted = CityFact::Review(ReviewFact::ChangeNoted {
        code: code.clone(),
        on,
    });
    assert!(facts.contains(&noted));
    let extended = CityFact::Review(ReviewFact::UpdateExtended {
        code,
        working_days: 5,
        consent: Consent::Paper {
            number: "市数函〔2026〕3号".to_owned(),
        },
    });
    assert!(facts.contains(&extended));
}

#[tokio::test]
async fn an_extension_needs_the_consent_of_the_authority() {
    let catalogue = catalogue(&[]);
    let content = entry(1, "区划", MINE, &[]);
    let code = content.code.clone();
    publish(&catalogue, content).await;
    let extended = async |name: &str, is_authority, asked: v1::ExtendUpdateRequest| {
        let by = (editor(name, None), is_authority);
        let extended = extend(&catalogue, by, asked).await;
        extended.map(drop).map_err(|error| error.code())
    };
    let asked = |given| extension(&code, 5, given);
    let before = extended("li.ming", false, asked(paper())).await;
    assert_eq!(before, Err(ErrorCode::OutOfTurn));
    let noted = note(
        &catalogue,
        editor("shen.he", None),
        code.clone(),
        date(2026, 11, 20),
    );
    noted.await.unwrap();
    let none = v1::ExtendUpdateRequest {
        consent: None,
        ..asked(paper())
    };
    let without = extended("li.ming", false, none).await;
    assert_eq!(without, Err(ErrorCode::InvalidArgument));
    // Neither a publisher nor the person of the authority who noted the change consents.
    let publisher = extended("li.ming", false, asked(Given::Own(true))).await;
    assert_eq!(publisher, Err(ErrorCode::Denied));
    let own = extended("shen.he", true, asked(Given::Own(true))).await;
    assert_eq!(own, Err(ErrorCode::Denied));
    let other = extended("zhao.jun", true, asked(Given::Own(true))).await;
    assert_eq!(other, Ok(()));
}

#[tokio::test]
async fn a_department_notes_changes_of_its_own_entries_alone() {
    let catalogue = catalogue(&[]);
    let content = entry(1, "区划", MINE, &[]);
    let code = content.code.clone();
    publish(&catalogue, content).await;
    let noted = async |department| {
        let by = editor("li.ming", Some(department));
        let noted = note(&catalogue, by, code.clone(), date(2026, 11, 20)).await;
        noted.map(drop).map_err(|error| error.code())
    };
    assert_eq!(noted(OTHER).await, Err(ErrorCode::Denied));
    assert_eq!(noted(MINE).await, Ok(()));
}
