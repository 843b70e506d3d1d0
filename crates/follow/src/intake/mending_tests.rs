//! Damage of this program's store is repaired from the log's owner, and only an owner's entry with
//! another leaf is a divergence.

use chengji_domain::{Digest, ErrorCode};
use chengji_store::{Batch, KeyValue, MemoryStore};

use super::super::tests::{KEEPS, LOG, Model, all, entries, epoch, intake, message, sealed};
use super::*;
use crate::checked_copies::{CopiedEntry, Copies};
use crate::copies::{LogCopy, current_copy};

/// Entries of two logs that agree up to the fifth.
fn log(end: u8) -> Vec<Vec<u8>> {
    let own = |seq: u8| if seq < 5 { seq } else { end };
    (0..9).map(|seq| vec![KEEPS, seq, own(seq)]).collect()
}

fn change(kv: &dyn KeyValue, prefix: Prefix, position: CopyPosition) {
    let key = copy_key(prefix, LOG, position.0, position.1);
    let mut value = kv.get(&key).unwrap().unwrap();
    value[1] ^= 0x40;
    let mut batch = Batch::new();
    batch.put(key, value);
    kv.commit(&batch).unwrap();
}

fn remove(kv: &dyn KeyValue, prefix: Prefix, position: CopyPosition) {
    let mut batch = Batch::new();
    batch.delete(copy_key(prefix, LOG, position.0, position.1));
    kv.commit(&batch).unwrap();
}

/// Positions at which a copy is found to be damaged when read.
fn damaged(intake: &Intake<Model>, copy: &LogCopy) -> Vec<u64> {
    let read = intake.copies.entries(copy, 0, 100).unwrap();
    assert_eq!(read.len() as u64, copy.next, "no gaps");
    for (seq, copied) in &read {
        let alone = intake.copies.entry(copy, *seq).unwrap();
        assert_eq!(alone.as_ref(), Some(copied), "{seq}");
    }
    assert_eq!(intake.copies.entry(copy, copy.next), Ok(None));
    let damaged = read
        .into_iter()
        .filter(|(_, copied)| *copied == CopiedEntry::Damaged);
    damaged.map(|(seq, _)| seq).collect()
}

async fn followed(log: &[Vec<u8>]) -> (Intake<Model>, LogCopy) {
    let intake = intake(Arc::new(MemoryStore::new())).unwrap();
    intake.take(message(1, log, 0, log.len())).await.unwrap();
    let copy = current_copy(intake.ledger.kv().as_ref(), LOG);
    (intake, copy.unwrap().unwrap())
}

#[tokio::test]
async fn a_damaged_entry_or_leaf_is_found_where_it_is_read_and_put_right() {
    let log = log(1);
    let (intake, copy) = followed(&log).await;
    let kv = intake.ledger.kv().as_ref();
    let before = all(kv);
    change(kv, Prefix::MirrorEnvelope, (0, 2));
    remove(kv, Prefix::MirrorEnvelope, (0, 3));
    change(kv, Prefix::MirrorLeaf, (0, 4));
    remove(kv, Prefix::MirrorLeaf, (0, 6));
    assert_eq!(damaged(&intake, &copy), [2, 3, 4, 6]);
    assert_eq!(intake.first_damaged(0), Some(2));
    intake.show_damage();
    assert_eq!(intake.followed().state().damaged, 4);

    intake.mend(2, &message(1, &log, 2, 2).items).await.unwrap();
    assert_eq!(intake.first_damaged(0), Some(4));
    intake.mend(4, &message(1, &log, 4, 9).items).await.unwrap();
    assert_eq!(
        (intake.first_damaged(0), damaged(&intake, &copy)),
        (None, vec![])
    );
    assert_eq!(all(kv), before, "every byte is as it was");
    assert_eq!(entries(Arc::clone(intake.ledger.kv()), &copy), log);
    let state = intake.followed().state();
    assert_eq!((state.damaged, state.alarm), (0, None));
}

#[tokio::test]
async fn a_damaged_last_leaf_is_no_divergence() {
    let log = log(1);
    for break_leaf in [change, remove] {
        let (intake, _) = followed(&log).await;
        let kv = intake.ledger.kv().as_ref();
        let before = all(kv);
        break_leaf(kv, Prefix::MirrorLeaf, (0, 8));
        intake.begin(&message(1, &log, 9, 9)).await.unwrap();
        assert_eq!(intake.followed().state().alarm, None);
        assert_eq!(all(kv), before);
    }
}

#[tokio::test]
async fn another_entry_of_the_owner_s_is_a_divergence_until_the_first_one_is_back() {
    let log = log(1);
    let (intake, copy) = followed(&log).await;
    let kv = intake.ledger.kv().as_ref();
    change(kv, Prefix::MirrorEnvelope, (0, 2));
    assert_eq!(damaged(&intake, &copy), [2]);
    let before = all(kv);
    let mut forged = log.clone();
    forged[2] = vec![KEEPS, 99];

    let error = intake
        .mend(2, &message(1, &forged, 2, 9).items)
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::LogDiverged);
    let raised = intake.followed().state().alarm.unwrap();
    assert_eq!(raised.kind, AlarmKind::Diverged);
    let leaf = |content: &[u8]| Some(Digest(sealed(2, content).leaf()));
    assert_eq!(raised.known.seq, 3);
    assert_eq!(raised.known_leaf, leaf(&log[2]));
    assert_eq!(raised.found_leaf, leaf(&forged[2]));
    let mut after = all(kv);
    after.retain(|(key, _)| key[0] != Prefix::LogAlarm as u8);
    assert_eq!(after, before, "nothing is written over");

    // The same end does not settle it, for this follower or for the one after a restart.
    let begin = message(1, &forged, 9, 9);
    let error = intake.begin(&begin).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LogDiverged);
    let next = super::super::tests::intake(Arc::clone(intake.ledger.kv())).unwrap();
    let next = next
        .mending(Copies::new(Arc::clone(intake.ledger.kv())))
        .unwrap();
    assert_eq!(next.first_damaged(0), Some(2));
    assert_eq!(
        next.begin(&begin).await.unwrap_err().code(),
        ErrorCode::LogDiverged
    );

    next.mend(2, &message(1, &log, 2, 1).items).await.unwrap();
    assert!(next.followed().state().alarm.unwrap().mended_at.is_some());
    next.begin(&message(1, &log, 9, 9)).await.unwrap();
    assert_eq!(entries(Arc::clone(next.ledger.kv()), &copy), log);
}

#[tokio::test]
async fn earlier_copies_are_mended_as_far_as_anybody_has_their_entries() {
    let (lost, present) = (log(1), log(2));
    let (intake, earlier) = followed(&lost).await;
    intake.start_over(epoch(2)).await.unwrap();
    intake.take(message(2, &present, 0, 9)).await.unwrap();
    let kv = intake.ledger.kv().as_ref();
    let current = current_copy(kv, LOG).unwrap().unwrap();
    change(kv, Prefix::MirrorEnvelope, (0, 2));
    change(kv, Prefix::MirrorEnvelope, (0, 7));
    change(kv, Prefix::MirrorEnvelope, (1, 3));
    assert_eq!(
        (damaged(&intake, &earlier), damaged(&intake, &current)),
        (vec![2, 7], vec![3])
    );

    // The owner no longer allows entry 3 to be read; the earlier copy has it.
    let mut items = message(2, &present, 2, 9).items;
    items[1].body = Bytes::new();
    intake.mend(2, &items).await.unwrap();
    assert_eq!(entries(Arc::clone(intake.ledger.kv()), &current), present);
    // The entry that the owner lost in the restore is lost here, too, and not a divergence.
    assert_eq!(damaged(&intake, &earlier), [7]);
    let state = intake.followed().state();
    assert_eq!((state.damaged, state.alarm), (1, None));
}
