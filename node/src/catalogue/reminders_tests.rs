//! Reminders of the deadlines of entries.

use std::collections::BTreeSet;

use chengji_domain::catalogue::lifecycle::Move;
use chengji_domain::catalogue::{Entry, NotedChange};
use jiff::civil::date;

use super::super::editor::Editor;
use super::super::lifecycles;
use super::super::samples::{MINE, OTHER, catalogue, entry, facts, granted_request, keep_request};
use super::super::transitions::{Transition, Transitions};
use super::*;

fn at(day: &str) -> Timestamp {
    format!("{day}T02:00:00Z").parse().unwrap()
}

/// Submits entries on 23 November 2026, a Monday: their review is due on Wednesday.
async fn submit(catalogue: &Catalogue, entries: Vec<Entry>) {
    let (author, now) = (catalogue.transitions(), catalogue.own.now());
    let job = move |tx: &mut Tx<'_>| {
        for content in &entries {
            author.import(tx, content, false, now)?;
        }
        Ok(())
    };
    catalogue.own.ledger.write(job).await.unwrap();
}

/// A person makes a move on an entry.
async fn make(catalogue: &Catalogue, name: &str, code: &ResourceCode, mv: Move) {
    let editor = Editor {
        by: format!("city/430200/person/{name}").parse().unwrap(),
        department: None,
        merged: BTreeSet::new(),
    };
    let (by, code) = (Transitions::new(catalogue, editor), code.clone());
    let transition = Transition {
        mv,
        at: catalogue.own.now(),
        reason: "停用",
    };
    let job = move |tx: &mut Tx<'_>| {
        let record = lifecycles::existing(tx, &code)?;
        let seen = (record.lifecycle.newest, record.steps);
        by.change(tx, &code, seen, transition).map(drop)
    };
    catalogue.own.ledger.write(job).await.unwrap();
}

/// What was noted in the log.
fn noted(catalogue: &Catalogue) -> Vec<DueEntries> {
    let noted = facts(catalogue).into_iter().filter_map(|fact| match fact {
        CityFact::Review(ReviewFact::Reminded(due)) => Some(due),
        _ => None,
    });
    noted.collect()
}

async fn reminded(catalogue: &Catalogue, day: &str) -> usize {
    remind(catalogue, at(day)).await.unwrap()
}

#[tokio::test]
async fn the_entries_of_a_department_are_noted_together_once_before_the_deadline_and_once_after() {
    let catalogue = catalogue(&[]);
    let entries = [(1, MINE), (2, MINE), (3, OTHER)];
    let entries: Vec<_> = entries
        .map(|(serial, provider)| entry(serial, "区划", provider, &[]))
        .into();
    let codes: Vec<_> = entries.iter().map(|entry| entry.code.clone()).collect();
    submit(&catalogue, entries).await;
    assert_eq!(reminded(&catalogue, "2026-11-23").await, 3);
    assert_eq!(reminded(&catalogue, "2026-11-25").await, 0, "once");
    let found = noted(&catalogue);
    assert_eq!(found.len(), 2);
    let mine = found.into_iter().find(|due| due.codes.len() == 2).unwrap();
    let expected = DueEntries {
        department: MINE.parse().unwrap(),
        act: EntryAct::Review,
        deadline: Deadline::certain(date(2026, 11, 25)),
        overdue: false,
        codes: codes[..2].to_vec(),
    };
    assert_eq!(mine, expected);

    make(&catalogue, "shen.he", &codes[0], Move::Approve).await;
    assert_eq!(reminded(&catalogue, "2026-11-26").await, 2);
    let passed = noted(&catalogue).into_iter().filter(|due| due.overdue);
    let passed: BTreeSet<_> = passed.flat_map(|due| due.codes).collect();
    let waiting: BTreeSet<_> = codes[1..].iter().cloned().collect();
    assert_eq!(passed, waiting);
    assert_eq!(reminded(&catalogue, "2026-11-30").await, 0, "once");
}

#[tokio::test]
async fn a_deadline_that_was_moved_is_noted_anew() {
    let catalogue = catalogue(&[]);
    let content = entry(1, "区划", MINE, &[]);
    let (author, now, code) = (
        catalogue.transitions(),
        catalogue.own.now(),
        content.code.clone(),
    );
    let import = move |tx: &mut Tx<'_>| author.import(tx, &content, true, now).map(drop);
    catalogue.own.ledger.write(import).await.unwrap();
    let due_on = async |day: Date| {
        let code = code.clone();
        let job = move |tx: &mut Tx<'_>| {
            let present = lifecycles::existing(tx, &code)?;
            let mut record = present.clone();
            record.change = Some(NotedChange {
                on: date(2026, 11, 20),
                noted_by: "city/430200/person/bian.zhi".parse()?,
                due: Deadline::certain(day),
                extended_by: 0,
                settled_by: 2,
            });
            LIFECYCLES.replace(tx, &code, Some(&present), &record)
        };
        catalogue.own.ledger.write(job).await.unwrap();
    };
    due_on(date(2026, 12, 4)).await;
    assert_eq!(reminded(&catalogue, "2026-12-01").await, 0, "not near");
    assert_eq!(reminded(&catalogue, "2026-12-02").await, 1);
    due_on(date(2026, 12, 11)).await;
    assert_eq!(reminded(&catalogue, "2026-12-05").await, 0, "no longer");
    assert_eq!(reminded(&catalogue, "2026-12-09").await, 1);
    assert_eq!(reminded(&catalogue, "2026-12-14").await, 1);
    assert_eq!(reminded(&catalogue, "2026-12-15").await, 0, "once");
    let found = noted(&catalogue);
    let shown = found.iter().map(|due| (due.deadline.date, due.overdue));
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            (date(2026, 12, 4), false),
            (date(2026, 12, 11), false),
            (date(2026, 12, 11), true)
        ]
    );
    assert!(found.iter().all(|due| due.act == EntryAct::Update));
}

#[tokio::test]
async fn a_withdrawal_that_running_grants_delay_is_not_chased() {
    let catalogue = catalogue(&[]);
    let content = entry(1, "区划", MINE, &[]);
    let code = content.code.clone();
    submit(&catalogue, vec![content]).await;
    make(&catalogue, "shen.he", &code, Move::Approve).await;
    make(&catalogue, "bian.zhi", &code, Move::AskWithdrawal).await;
    let running = granted_request(7, &code, at("2026-12-31"));
    keep_request(&catalogue.own.ledger, running).await;
    assert_eq!(reminded(&catalogue, "2026-11-26").await, 0);
    assert_eq!(reminded(&catalogue, "2027-01-04").await, 1);
    assert!(noted(&catalogue)[0].overdue);
}

#[tokio::test]
async fn many_entries_are_noted_in_several_facts() {
    let catalogue = catalogue(&[]);
    let many = DueEntries::MAX as u32 + 20;
    for from in (1..=many).step_by(100) {
        let some = from..=(from + 99).min(many);
        let some = some.map(|serial| entry(serial, "区划", MINE, &[]));
        submit(&catalogue, some.collect()).await;
    }
    assert_eq!(reminded(&catalogue, "2026-11-24").await, many as usize);
    let found = noted(&catalogue).into_iter();
    let counts: Vec<_> = found.map(|due| due.codes.len()).collect();
    assert!(counts.iter().all(|count| *count <= DueEntries::MAX));
    assert_eq!(counts.iter().sum::<usize>(), many as usize);
}
