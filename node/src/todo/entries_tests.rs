//! Entries in worklists.

use std::collections::BTreeSet;

use chengji_domain::Principal;
use chengji_domain::access::{Rights, Role};
use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::NotedChange;
use chengji_domain::catalogue::lifecycle::Move;
use chengji_store::Tx;
use jiff::civil::date;

use super::super::NodeTodoService;
use super::*;
use crate::caller::Caller;
use crate::catalogue::Catalogue;
use crate::catalogue::editor::Editor;
use crate::catalogue::samples::{MINE, OTHER, catalogue, entry};
use crate::catalogue::transitions::{Transition, Transitions};

const REVIEWER: &[Role] = &[Role::Reviewer];
const PUBLISHER: &[Role] = &[Role::Publisher];
const CONSUMER: &[Role] = &[Role::Consumer];

fn person(name: &str) -> Principal {
    format!("city/430200/person/{name}").parse().unwrap()
}

fn code(serial: u32) -> String {
    format!("206001{serial:06}")
}

/// Of 23 November 2026: submissions of two departments, one that was returned, and a draft that is late to follow a
/// change.
async fn filled() -> Catalogue {
    let catalogue = catalogue(&[]);
    let editor = |name| Editor {
        by: person(name),
        department: None,
        merged: BTreeSet::new(),
    };
    let author = Transitions::new(&catalogue, editor("bian.zhi"));
    let reviewer = Transitions::new(&catalogue, editor("shen.he"));
    let at = catalogue.own.now();
    let job = move |tx: &mut Tx<'_>| {
        for (serial, provider) in [(1, MINE), (2, OTHER), (3, MINE), (4, MINE)] {
            let content = entry(serial, "区划", provider, &[]);
            author.import(tx, &content, serial == 4, at)?;
        }
        let returned = code(3).parse()?;
        let record = lifecycles::existing(tx, &returned)?;
        let seen = (record.lifecycle.newest, record.steps);
        let transition = Transition {
            mv: Move::Return,
            at,
            reason: "摘要请说明数据截止时间",
        };
        reviewer.change(tx, &returned, seen, transition)?;
        let late = code(4).parse()?;
        let draft = lifecycles::existing(tx, &late)?;
        let mut record = draft.clone();
        record.change = Some(NotedChange {
            on: date(2026, 11, 6),
            noted_by: person("bian.zhi"),
            due: Deadline::certain(date(2026, 11, 20)),
            extended_by: 0,
            settled_by: 1,
        });
        lifecycles::LIFECYCLES.replace(tx, &late, Some(&draft), &record)
    };
    catalogue.own.ledger.write(job).await.unwrap();
    catalogue
}

/// The worklist of a person, read in pages of one: kind, code, deadline, and whether it has passed.
fn listed(
    catalogue: &Catalogue,
    name: &str,
    (roles, department): (&[Role], Option<&str>),
) -> Vec<(v1::TodoKind, String, String, bool)> {
    let service = NodeTodoService {
        own: catalogue.own.clone(),
        rules: catalogue.rules.clone(),
    };
    let department = department.map(|code| code.parse().unwrap());
    let rights = Rights::new(roles.iter().copied(), department).unwrap();
    let by = Caller::new(person(name), rights);
    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let asked = v1::ListTodoRequest {
            page: Some(v1::PageRequest { size: 1, cursor }),
        };
        let page = service.page(&by, &asked).unwrap();
        let items = page.items.into_iter();
        found.extend(items.map(|item| (item.kind(), item.code, item.deadline, item.overdue)));
        cursor = page.next_cursor;
        if cursor.is_empty() {
            return found;
        }
    }
}

#[tokio::test]
async fn a_reviewer_has_what_others_submitted_by_deadline() {
    let catalogue = filled().await;
    let review = |serial| {
        let day = "2026-11-25".to_owned();
        (v1::TodoKind::Review, code(serial), day, false)
    };
    let expected = [review(1), review(2)];
    assert_eq!(listed(&catalogue, "shen.he", (REVIEWER, None)), expected);
    assert!(listed(&catalogue, "bian.zhi", (REVIEWER, None)).is_empty());
}

#[tokio::test]
async fn a_publisher_has_the_corrections_and_updates_of_its_department_by_deadline() {
    let catalogue = filled().await;
    let update = (v1::TodoKind::Update, code(4), "2026-11-20".to_owned(), true);
    let correction = (
        v1::TodoKind::EntryCorrection,
        code(3),
        "2026-12-07".to_owned(),
        false,
    );
    let expected = [update, correction];
    for department in [None, Some(MINE)] {
        let found = listed(&catalogue, "bian.zhi", (PUBLISHER, department));
        assert_eq!(found, expected, "{department:?}");
    }
    assert!(listed(&catalogue, "li.ming", (PUBLISHER, Some(OTHER))).is_empty());
    assert!(listed(&catalogue, "li.ming", (CONSUMER, None)).is_empty());
}
