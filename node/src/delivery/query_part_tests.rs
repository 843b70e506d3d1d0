//! Grants that permit queries, grants that permit fetches only, and queries that end with their grant or their consumer.

use std::collections::BTreeSet;
use std::future;

use chengji_domain::request::RequestRecord;
use chengji_query::EngineSettings;
use jiff::SignedDuration;

use super::super::provider_samples::{Fixture, fixture};
use super::*;
use crate::catalogue::samples::{granted_request, keep_request};
use crate::queries::samples::{number, part};

fn refused(limits: &Limits, part: &TableScope) -> Option<ErrorCode> {
    let checked = check_permits_queries(number(7), limits, part);
    checked.err().map(|error| error.code())
}

#[test]
fn a_grant_that_is_used_by_fetches_permits_no_queries() {
    let whole = part(&["number"]);
    assert_eq!(refused(&Limits::default(), &whole), None);
    let of_users = Limits {
        users: Some(BTreeSet::new()),
        ..Limits::default()
    };
    let for_days = Limits {
        period_days: Some(30),
        ..Limits::default()
    };
    for limits in [of_users, for_days] {
        assert_eq!(refused(&limits, &whole), Some(ErrorCode::NoGrant));
    }
    let growing = TableScope {
        increment: Some("number".to_owned()),
        ..whole
    };
    let found = refused(&Limits::default(), &growing);
    assert_eq!(found, Some(ErrorCode::NoGrant));
}

#[test]
fn a_plan_of_another_version_is_refused() {
    check_version(PLAN_VERSION).unwrap();
    for other in [0, PLAN_VERSION + 1] {
        let error = check_version(other).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
}

/// A query under way, and both ends of its answer.
fn under_way(
    fixture: &Fixture,
    record: &RequestRecord,
) -> (
    Computing,
    Parts,
    mpsc::Receiver<Result<v1::QueryPartResponse>>,
) {
    let provider = fixture.provider.clone();
    let (id, consumer) = (record.history.id, record.history.consumer());
    let part = grant::part(&record.history).unwrap();
    let table = table_of(provider.own.ledger.kv().as_ref(), &fixture.code, &part);
    let engine = Engine::new(&EngineSettings {
        program: Some("true".into()),
        memory: 1 << 20,
        longest: Duration::from_secs(60),
        at_once: 1,
        spill: None,
    });
    let (parts, answer) = mpsc::channel(MAX_BUFFERED_PIECES);
    let watched = parts.clone();
    let computing = Computing {
        watch: Watch::new(&provider, (id, consumer), &part, move || {
            watched.is_closed()
        }),
        provider,
        id,
        consumer,
        code: fixture.code.clone(),
        table: table.unwrap(),
        part,
        engine,
        plan: Vec::new(),
        so_far: Arc::default(),
        _turn: UnderWay::at_most(1).begin(consumer).unwrap(),
    };
    (computing, parts, answer)
}

/// Why a query ends that takes for ever; `None` if its consumer went away.
async fn end(computing: &Computing, parts: &Parts) -> Option<ErrorCode> {
    let mut endless = pin!(future::pending::<()>());
    match computing.while_watched(parts, &mut endless).await {
        Ok(()) => panic!("what does not end is done"),
        Err(Broken::Off) => None,
        Err(Broken::Failed(error)) => Some(error.code()),
    }
}

#[tokio::test]
async fn a_query_ends_with_its_grant() {
    let fixture = fixture().await;
    let record = fixture.granted().await;
    let (computing, parts, _answer) = under_way(&fixture, &record);
    let mut done = pin!(future::ready(7));
    let waited = computing.while_watched(&parts, &mut done).await;
    assert!(matches!(waited, Ok(7)));
    let own = &fixture.provider.own;
    let past = own.now() - SignedDuration::from_hours(1);
    keep_request(&own.ledger, granted_request(7, &fixture.code, past)).await;
    let found = end(&computing, &parts).await;
    assert_eq!(found, Some(ErrorCode::GrantExpired));
}

#[tokio::test]
async fn not_a_piece_of_rows_is_sent_after_the_end_of_the_grant() {
    let fixture = fixture().await;
    let record = fixture.granted().await;
    let (computing, parts, mut answer) = under_way(&fixture, &record);
    let mut sent = Sent {
        parts: &parts,
        offset: 0,
        digest: Sha256::new(),
    };
    assert!(computing.send(&mut sent, b"rows").await.is_ok());
    assert!(answer.recv().await.unwrap().is_ok());
    let own = &fixture.provider.own;
    let past = own.now() - SignedDuration::from_hours(1);
    keep_request(&own.ledger, granted_request(7, &fixture.code, past)).await;
    let Err(Broken::Failed(error)) = computing.send(&mut sent, b"more").await else {
        panic!("it is sent");
    };
    assert_eq!(error.code(), ErrorCode::GrantExpired);
    assert!(answer.try_recv().is_err());
}

#[tokio::test]
async fn errors_of_the_engine_tell_nothing_of_this_citys_disk() {
    let fixture = fixture().await;
    let record = fixture.granted().await;
    let (computing, _parts, _answer) = under_way(&fixture, &record);
    let told = |code| {
        let text = "/usr/lib/chengji-query-engine";
        computing.without_engine(Error::new(code, msg::Text { text }))
    };
    for (code, expected) in [
        (ErrorCode::Misconfigured, ErrorCode::SourceUnavailable),
        (ErrorCode::StorageFull, ErrorCode::StorageFull),
    ] {
        let error = told(code);
        assert_eq!(error.code(), expected);
        assert_eq!(error.message().code(), "source-of-resource-unavailable");
    }
    assert_eq!(told(ErrorCode::LimitExceeded).message().code(), "text");
}

#[tokio::test]
async fn a_query_ends_with_its_part() {
    let fixture = fixture().await;
    let record = fixture.granted().await;
    let (computing, parts, _answer) = under_way(&fixture, &record);
    // The same request is of a file now.
    let own = &fixture.provider.own;
    let later = own.now() + SignedDuration::from_hours(1);
    keep_request(&own.ledger, granted_request(7, &fixture.code, later)).await;
    let found = end(&computing, &parts).await;
    assert_eq!(found, Some(ErrorCode::Conflict));
}

#[tokio::test]
async fn a_query_ends_when_its_consumer_is_gone() {
    let fixture = fixture().await;
    let record = fixture.granted().await;
    let (computing, parts, answer) = under_way(&fixture, &record);
    drop(answer);
    assert_eq!(end(&computing, &parts).await, None);
}
