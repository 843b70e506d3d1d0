//! A copy is compared without a write; what is damaged here is fetched again, and what differs is an alarm.

use std::sync::Arc;

use chengji_domain::ErrorCode;
use chengji_domain::log_alarm::AlarmKind;
use chengji_store::{Batch, MemoryStore, Prefix};

use super::super::tests::{KEEPS, LOG, Model, all, epoch, intake, message, sealed};
use super::*;
use crate::alarm::Finding;
use crate::copies::copy_key;

const END: u64 = 2 * RANGE + 40;

/// Entries of a log, of which the one at `other` is another one.
fn log(other: Option<u64>) -> Vec<Vec<u8>> {
    let content = |seq: u64| match other == Some(seq) {
        true => vec![KEEPS, 1],
        false => vec![KEEPS, 0],
    };
    (0..END).map(content).collect()
}

/// The roots over the ranges of a log.
fn roots(log: &[Vec<u8>]) -> Vec<Digest> {
    let leaves: Vec<Digest> = (0..)
        .zip(log)
        .map(|(seq, content)| Digest(sealed(seq, content).leaf()))
        .collect();
    let ranges = leaves.chunks(usize::try_from(RANGE).unwrap()).map(|range| {
        let mut hasher = RootHasher::new();
        range.iter().for_each(|leaf| hasher.push(*leaf));
        hasher.root()
    });
    ranges.collect()
}

fn end() -> Position {
    Position {
        epoch: epoch(1),
        seq: END,
    }
}

async fn followed() -> Intake<Model> {
    let (intake, log) = (intake(Arc::new(MemoryStore::new())).unwrap(), log(None));
    intake.take(message(1, &log, 0, log.len())).await.unwrap();
    intake
}

#[tokio::test]
async fn equal_ranges_write_nothing() {
    let intake = followed().await;
    let before = all(intake.ledger.kv().as_ref());
    let roots = roots(&log(None));
    assert_eq!(roots.len(), 3);
    for first in 0..3 {
        let rest = roots[usize::try_from(first).unwrap()..].to_vec();
        assert_eq!(intake.compare_roots(end(), first, rest).await, Ok(None));
    }
    intake.note_compared();
    assert_eq!(all(intake.ledger.kv().as_ref()), before);
    let state = intake.followed().state();
    assert_eq!((state.damaged, state.alarm), (0, None));
    assert_eq!(state.compared_at, Some(jiff::Timestamp::UNIX_EPOCH));
}

#[tokio::test]
async fn a_copy_of_another_epoch_is_not_compared() {
    let intake = followed().await;
    let other = Position {
        epoch: epoch(2),
        ..end()
    };
    let roots = roots(&log(Some(3)));
    assert_eq!(intake.compare_roots(other, 0, roots).await, Ok(None));
}

#[tokio::test]
async fn a_difference_is_found_in_every_range_and_damage_here_is_none() {
    let intake = followed().await;
    for (other, range) in [(0, 0), (RANGE, 1), (2 * RANGE - 1, 1), (END - 1, 2)] {
        let roots = roots(&log(Some(other)));
        let found = intake.compare_roots(end(), 0, roots).await;
        assert_eq!(found, Ok(Some(range)), "{other}");
    }
    let kv = intake.ledger.kv().as_ref();
    let key = copy_key(Prefix::MirrorBody, LOG, 0, RANGE + 5);
    let mut batch = Batch::new();
    batch.put(key, b"damaged".to_vec());
    kv.commit(&batch).unwrap();
    let before = all(kv);
    let roots = roots(&log(None));
    assert_eq!(intake.compare_roots(end(), 0, roots).await, Ok(None));
    assert_eq!(intake.first_damaged(0), Some(RANGE + 5));
    let state = intake.followed().state();
    assert_eq!((state.damaged, state.alarm), (1, None));
    assert_eq!(all(kv), before);
}

#[tokio::test]
async fn a_divergence_stops_following_until_the_entry_is_equal_again() {
    let (intake, seq) = (followed().await, RANGE + 7);
    let (known, found) = (log(None), log(Some(seq)));
    let index = usize::try_from(seq).unwrap();
    let leaf = |log: &[Vec<u8>]| Some(Digest(sealed(seq, &log[index]).leaf()));
    let position = Position {
        seq: seq + 1,
        ..end()
    };
    let finding = Finding {
        kind: AlarmKind::Diverged,
        known: (position, leaf(&known)),
        found: (position, leaf(&found)),
    };
    let error = intake.raise(finding).await.unwrap();
    assert_eq!(error.code(), ErrorCode::LogDiverged);
    let mut longer = known.clone();
    longer.push(vec![KEEPS, 0]);
    let next = message(1, &longer, END, 1);
    let error = intake.take(next.clone()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LogDiverged);
    assert_eq!(intake.followed().state().position, end());

    let differing = intake.compare_roots(end(), 0, roots(&found)).await;
    assert_eq!(differing, Ok(Some(1)));
    let alarm = intake.followed().state().alarm.unwrap();
    assert_eq!(alarm.mended_at, None);
    let differing = intake.compare_roots(end(), 0, roots(&known)).await;
    assert_eq!(differing, Ok(None));
    let alarm = intake.followed().state().alarm.unwrap();
    assert_eq!(alarm.mended_at, Some(jiff::Timestamp::UNIX_EPOCH));
    intake.take(next).await.unwrap();
    assert_eq!(intake.followed().state().position.seq, END + 1);
}

#[tokio::test]
async fn no_alarm_is_raised_about_a_copy_that_ended_meanwhile() {
    let intake = followed().await;
    let position = Position { seq: 3, ..end() };
    let finding = || Finding {
        kind: AlarmKind::Diverged,
        known: (position, None),
        found: (position, Some(Digest([1; 32]))),
    };
    intake.start_over(epoch(2)).await.unwrap();
    let error = intake.raise(finding()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Conflict);
    assert_eq!(intake.followed().state().alarm, None);
}
