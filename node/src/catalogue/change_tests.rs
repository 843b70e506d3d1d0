use chengji_domain::catalogue::Entry;
use chengji_domain::fact::CityFact;
use chengji_follow::request_table::REQUESTS;

use super::super::lifecycles;
use super::super::samples::{MINE, catalogue, entry, facts, granted_request, keep_request};
use super::*;

const AUTHOR: &str = "bian.zhi";
const REVIEWER: &str = "shen.he";

fn transitions(catalogue: &Catalogue, name: &str) -> Transitions {
    let editor = Editor {
        by: format!("city/430200/person/{name}").parse().unwrap(),
        department: None,
        merged: Default::default(),
    };
    Transitions::new(catalogue, editor)
}

fn moves(catalogue: &Catalogue, name: &str, mv: Move, reason: &str) -> Moves {
    Moves {
        catalogue: catalogue.clone(),
        transitions: transitions(catalogue, name),
        mv,
        reason: reason.to_owned(),
    }
}

/// Submits entries with these serial numbers and abstract lengths; returns them as a caller sees them.
async fn submitted(
    catalogue: &Catalogue,
    serials: std::ops::RangeInclusive<u32>,
    characters: usize,
) -> Vec<v1::EntryRevision> {
    let mut seen = Vec::new();
    for serial in serials {
        let entry = Entry {
            summary: "数".repeat(characters),
            ..entry(serial, "停车场", MINE, &[])
        };
        seen.push(submit(catalogue, entry).await);
    }
    seen
}

/// Submits an entry; returns it as a caller sees it.
async fn submit(catalogue: &Catalogue, entry: Entry) -> v1::EntryRevision {
    let (code, by, at) = (
        entry.code.clone(),
        transitions(catalogue, AUTHOR),
        catalogue.own.now(),
    );
    let job = move |tx: &mut Tx<'_>| by.import(tx, &entry, false, at);
    catalogue.own.ledger.write(job).await.unwrap();
    let record = lifecycles::existing(catalogue.own.ledger.kv().as_ref(), &code).unwrap();
    v1::EntryRevision {
        code: code.to_string(),
        revision: record.lifecycle.newest,
        steps: record.steps,
    }
}

fn codes(outcomes: &[Result<()>]) -> Vec<Option<ErrorCode>> {
    let code = |outcome: &Result<()>| outcome.as_ref().err().map(Error::code);
    outcomes.iter().map(code).collect()
}

fn published(catalogue: &Catalogue) -> usize {
    let is_published = |fact: &&CityFact| matches!(fact, CityFact::Published { .. });
    facts(catalogue).iter().filter(is_published).count()
}

#[tokio::test]
async fn an_entry_that_cannot_be_moved_is_left_and_the_others_go_on() {
    let catalogue = catalogue(&[]);
    let mut seen = submitted(&catalogue, 1..=3, 10).await;
    seen[1].revision = 2;
    seen.push(v1::EntryRevision {
        code: "206001000009".to_owned(),
        ..seen[0].clone()
    });
    let approving = moves(&catalogue, REVIEWER, Move::Approve, "");
    let outcomes = approving.move_piece(seen.clone()).await.unwrap();
    let (conflict, unknown) = (Some(ErrorCode::Conflict), Some(ErrorCode::NotFound));
    assert_eq!(codes(&outcomes), [None, conflict, None, unknown]);
    assert_eq!(published(&catalogue), 2);

    let mut summary = v1::ChangeSummary::default();
    for (entry, outcome) in seen.into_iter().zip(outcomes) {
        count(&mut summary, entry, outcome);
    }
    assert_eq!((summary.moved, summary.refused), (2, 2));
    let problems = summary.problems.iter();
    let codes: Vec<_> = problems
        .map(|problem| problem.problem.as_ref().unwrap().code.as_str())
        .collect();
    assert_eq!(codes, ["CONFLICT", "NOT_FOUND"]);
}

#[tokio::test]
async fn nobody_approves_what_is_their_own() {
    let catalogue = catalogue(&[]);
    let seen = submitted(&catalogue, 1..=2, 10).await;
    let own = moves(&catalogue, AUTHOR, Move::Approve, "");
    let outcomes = own.move_piece(seen).await.unwrap();
    assert_eq!(codes(&outcomes), [Some(ErrorCode::Denied); 2]);
    assert_eq!(published(&catalogue), 0);
}

#[tokio::test]
async fn many_entries_are_moved_in_several_transactions() {
    let catalogue = catalogue(&[]);
    let mut rest = submitted(&catalogue, 1..=40, 4_000).await;
    let approving = moves(&catalogue, REVIEWER, Move::Approve, "");
    let mut transactions = 0;
    while !rest.is_empty() {
        let outcomes = approving.move_piece(rest.clone()).await.unwrap();
        assert!(!outcomes.is_empty() && outcomes.iter().all(Result::is_ok));
        rest.drain(..outcomes.len());
        transactions += 1;
    }
    assert!((3..10).contains(&transactions), "{transactions}");
    assert_eq!(published(&catalogue), 40);
}

#[tokio::test]
async fn an_entry_with_more_grants_than_a_transaction_can_rewrite_is_bound_to_a_region() {
    const GRANTS: u64 = 300;
    let catalogue = catalogue(&[]);
    let ledger = &catalogue.own.ledger;
    let approving = moves(&catalogue, REVIEWER, Move::Approve, "");
    let mut content = entry(1, "停车场", MINE, &[]);
    let seen = submit(&catalogue, content.clone()).await;
    assert_eq!(
        codes(&approving.move_piece(vec![seen]).await.unwrap()),
        [None]
    );
    let until = "2026-12-31T00:00:00Z".parse().unwrap();
    for seq in 1..=GRANTS {
        let mut request = granted_request(seq, &content.code, until);
        request.history.submission.purpose = "核".repeat(4_000);
        keep_request(ledger, request).await;
    }

    content.region = Some("430200".parse().unwrap());
    let seen = submit(&catalogue, content).await;
    assert_eq!(
        codes(&approving.move_piece(vec![seen]).await.unwrap()),
        [None]
    );
    let mut marked = 0;
    let counted = REQUESTS.all().each(ledger.kv().as_ref(), |_, record| {
        marked += u64::from(record.outside_region);
        Ok(())
    });
    counted.unwrap();
    assert_eq!(marked, GRANTS);
}

#[tokio::test]
async fn the_reason_of_a_return_is_told_to_the_author() {
    let catalogue = catalogue(&[]);
    let seen = submitted(&catalogue, 1..=1, 10).await;
    let code = seen[0].code.parse().unwrap();
    let returning = moves(&catalogue, REVIEWER, Move::Return, "请补充数据范围");
    assert_eq!(codes(&returning.move_piece(seen).await.unwrap()), [None]);
    let record = lifecycles::existing(catalogue.own.ledger.kv().as_ref(), &code).unwrap();
    assert_eq!(record.last.reason, "请补充数据范围");
}
