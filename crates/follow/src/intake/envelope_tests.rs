//! Entries arrive with the body that they were sealed with, only for readers who may read it, and entries
//! unknown to this build are never skipped.

use chengji_log::READER;
use chengji_proto::convert::epoch_id;
use chengji_store::{Entry, MemoryStore};
use prost::Message;

use super::tests::{KEEPS, LOG, Model, content, epoch, sealed};
use super::*;
use crate::checked_copies::{CopiedEntry, Copies};
use crate::copies::current_copy;

/// An intake of the node of 430100.
fn intake() -> Intake<Model> {
    let kv = Arc::new(MemoryStore::new());
    let ledger = Ledger::create(kv, "city/430100", [1; 8]).unwrap();
    let clock: Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    let reader = "city/430100/node".parse().unwrap();
    Intake::open(ledger, reader, LOG, Arc::new(Model), clock).unwrap()
}

fn message(first: u64, entries: &[Entry]) -> v1::FollowResponse {
    v1::FollowResponse {
        epoch: 1,
        epoch_id: epoch_id(epoch(1)),
        first,
        items: entries.iter().cloned().map(Into::into).collect(),
        head: first + entries.len() as u64,
        ..Default::default()
    }
}

/// The entry with a changed envelope around its body.
fn changed(entry: &Entry, change: impl FnOnce(&mut v1::Envelope)) -> Entry {
    let mut envelope = v1::Envelope::decode(entry.envelope.clone()).unwrap();
    change(&mut envelope);
    Entry {
        envelope: envelope.encode_to_vec().into(),
        body: entry.body.clone(),
    }
}

fn for_cities(entry: &Entry, cities: &[&str]) -> Entry {
    changed(entry, |envelope| {
        envelope.audience = Some(v1::Audience {
            kind: v1::AudienceKind::Cities.into(),
            cities: cities.iter().map(|city| (*city).to_owned()).collect(),
        });
    })
}

fn for_members(seq: u64) -> Entry {
    changed(&sealed(seq, &[KEEPS, 7]), |envelope| {
        envelope.audience = Some(v1::Audience {
            kind: v1::AudienceKind::Members.into(),
            cities: Vec::new(),
        });
    })
}

fn copied(intake: &Intake<Model>) -> Vec<CopiedEntry> {
    let kv = Arc::clone(intake.ledger.kv());
    let copy = current_copy(kv.as_ref(), LOG).unwrap().unwrap();
    let copied = Copies::new(kv).entries(&copy, 0, 100).unwrap();
    copied.into_iter().map(|(_, entry)| entry).collect()
}

#[tokio::test]
async fn a_body_is_kept_where_its_audience_is_and_nowhere_else() {
    let intake = intake();
    let other = for_cities(&sealed(0, &[KEEPS, 1]), &["430200"]);
    let own = for_cities(&sealed(1, &[KEEPS, 2]), &["430100", "430200"]);
    // The body of another's entry arrives, too, though it should not.
    intake
        .take(message(0, &[other.clone(), own.clone()]))
        .await
        .unwrap();
    let kept = copied(&intake);
    assert_eq!(
        kept,
        [
            CopiedEntry::Entry(other.without_body()),
            CopiedEntry::Entry(own.clone()),
        ]
    );
    assert_eq!(content(&own), [KEEPS, 2]);
    assert_eq!(intake.followed().state().quarantined, 0);
}

#[tokio::test]
async fn a_body_that_is_withheld_or_another_one_is_not_taken_in() {
    let entry = for_members(0);
    let other = Entry {
        body: sealed(0, &[KEEPS, 9]).body,
        ..entry.clone()
    };
    let intake = intake();
    for wrong in [entry.clone().without_body(), other] {
        let error = intake.take(message(0, &[wrong])).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::PeerInvalid);
        assert_eq!(intake.followed().state().position.seq, 0);
    }
    intake.take(message(0, &[entry])).await.unwrap();
    assert_eq!(intake.followed().state().position.seq, 1);
}

#[tokio::test]
async fn an_entry_of_newer_facts_is_waited_for_and_never_passed_over() {
    let intake = intake();
    let entries: Vec<Entry> = (0..5)
        .map(|seq| {
            changed(&for_members(seq), |envelope| {
                envelope.min_reader = READER + u32::from(seq == 3);
            })
        })
        .collect();
    let error = intake.take(message(0, &entries)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
    assert_eq!(error.message().param("seq"), Some(&3_u8.into()));
    // The known entries before are stored; the unknown one and those after it are not.
    let state = intake.followed().state();
    assert_eq!((state.position.seq, state.quarantined), (3, 0));
    let again = intake.take(message(3, &entries[3..])).await.unwrap_err();
    assert_eq!(again.code(), ErrorCode::UpgradeNeeded);
    assert_eq!(intake.followed().state().position.seq, 3);
}

#[tokio::test]
async fn an_envelope_that_counts_is_set_aside_where_its_body_may_not_be_read() {
    let intake = intake();
    let counted = v1::CountedCode {
        code: "201001/000001".to_owned(),
    };
    let counting = |entry: &Entry| {
        changed(entry, |envelope| {
            envelope.counts = Some(v1::Counted {
                counted: Some(v1::counted::Counted::Withdrawn(counted.clone())),
            });
        })
    };
    let closed = for_cities(&counting(&sealed(0, &[KEEPS, 1])), &["430200"]);
    let open = for_cities(&counting(&sealed(1, &[KEEPS, 1])), &["430100"]);
    intake.take(message(0, &[closed, open])).await.unwrap();
    let state = intake.followed().state();
    assert_eq!((state.position.seq, state.quarantined), (2, 1));
}

#[tokio::test]
async fn an_envelope_of_another_place_or_log_is_set_aside() {
    let intake = intake();
    let misplaced = changed(&for_members(0), |envelope| envelope.seq = 4);
    let foreign = changed(&for_members(1), |envelope| {
        envelope.log = "city/430200".to_owned()
    });
    let junk = Entry::from(b"junk".to_vec());
    intake
        .take(message(0, &[misplaced, foreign, junk]))
        .await
        .unwrap();
    let state = intake.followed().state();
    assert_eq!((state.position.seq, state.quarantined), (3, 3));
}
