//! The result is the same for every order of messages and every interruption.

use chengji_domain::log_alarm::AlarmKind;
use chengji_domain::{Digest, Principal};
use chengji_log::READER;
use chengji_proto::convert::{epoch_id, problem_message, time_to};
use chengji_store::{Entry, FailingStore, Key, KeyValue, MAX_VALUE, MemoryStore, Pair, Prefix};
use proptest::prelude::*;
use prost::Message;

use super::piece::MAX_REASON;
use super::*;
use crate::checked_copies::CopiedEntry;
use crate::copies::{LogCopy, copies, current_copy};
use crate::state::{last_set_aside, quarantine, set_aside};

pub(super) const LOG: LogOwner = LogOwner::Coordinator;

/// The epoch of this number.
pub(super) fn epoch(number: u32) -> Epoch {
    Epoch {
        number,
        id: [u8::try_from(number).unwrap(); 8],
    }
}

/// Applies an entry by its first byte and its length.
pub(super) struct Model;

pub(super) const KEEPS: u8 = 0;
pub(super) const REWRITES_MUCH: u8 = 1;
const IS_REFUSED: u8 = 2;
const WRITES_TOO_LARGE: u8 = 3;
const WRITES_TOO_MUCH: u8 = 4;
const KINDS: u8 = 5;

fn kept(number: u64) -> Vec<u8> {
    Key::new(Prefix::Federated).u64(number).finish()
}

impl Apply for Model {
    type Fact = (u64, Vec<u8>);
    type Sums = ();

    fn parse(&self, envelope: &Envelope, entry: &Entry) -> Result<Self::Fact> {
        Ok((envelope.seq, content(entry)))
    }

    fn apply(
        &self,
        tx: &mut Tx<'_>,
        _: &mut (),
        (seq, bytes): &Self::Fact,
        _: &Entry,
    ) -> Result<()> {
        let seq = *seq;
        // An entry that was applied twice, or after a skipped one, is detected.
        let count = kept(u64::MAX - 1);
        let before = tx.get(&count)?.unwrap_or_default();
        let after = Digest::of(&[&before, &seq.to_be_bytes()[..]].concat());
        tx.put(count, after.0.to_vec());
        match bytes[0] % KINDS {
            KEEPS => tx.put(kept(seq), bytes.to_vec()),
            REWRITES_MUCH => tx.put(kept(seq % 7 + 1_000_000), vec![bytes[1]; 60_000]),
            IS_REFUSED => {
                return Err(Error::new(
                    ErrorCode::OutOfTurn,
                    msg::Text {
                        text: "长".repeat(40_000),
                    },
                ));
            }
            WRITES_TOO_LARGE => tx.put(kept(seq), vec![1; MAX_VALUE + 1]),
            _ => {
                for number in 0..9 {
                    let key = kept(2_000_000 + number);
                    tx.put(key, vec![bytes[1]; 60_000]);
                }
            }
        }
        Ok(())
    }

    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool> {
        let (lower, upper) = Key::new(Prefix::Federated).range();
        let keys = tx.range(&lower, &upper, 3)?;
        let done = keys.len() < 3;
        keys.into_iter().for_each(|(key, _)| tx.delete(key));
        Ok(done)
    }
}

pub(super) fn intake(kv: Arc<dyn KeyValue>) -> Option<Intake<Model>> {
    let ledger = Ledger::create(kv, "city/430100", [1; 8]).ok()?;
    let clock: Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    Some(Intake::open(ledger, Principal::Coordinator, LOG, Arc::new(Model), clock).unwrap())
}

/// An entry whose body has this content; the same one in every epoch.
pub(super) fn sealed(seq: u64, content: &[u8]) -> Entry {
    let envelope = v1::Envelope {
        log: LOG.to_string(),
        epoch: 1,
        epoch_id: epoch_id(epoch(1)),
        seq,
        at: Some(time_to(Timestamp::UNIX_EPOCH)),
        min_reader: READER,
        audience: Some(v1::Audience {
            kind: v1::AudienceKind::Coordinator.into(),
            cities: Vec::new(),
        }),
        ..Default::default()
    };
    let body = v1::Body {
        principal: content.iter().copied().map(char::from).collect(),
        fact: None,
    };
    Entry::seal(envelope, &body, [7; 16])
}

/// The content of an entry's body.
pub(super) fn content(entry: &Entry) -> Vec<u8> {
    let principal = entry.decoded_body().unwrap().principal;
    let bytes = principal.chars().map(|one| u8::try_from(one).unwrap());
    bytes.collect()
}

pub(super) fn message(
    number: u32,
    log: &[Vec<u8>],
    first: u64,
    count: usize,
) -> v1::FollowResponse {
    let rest = log.iter().skip(usize::try_from(first).unwrap());
    let items = (first..).zip(rest.take(count));
    let items = items.map(|(seq, content)| sealed(seq, content).into());
    let before = first
        .checked_sub(1)
        .and_then(|last| Some((last, log.get(usize::try_from(last).unwrap())?)));
    v1::FollowResponse {
        epoch: number,
        epoch_id: epoch_id(epoch(number)),
        first,
        items: items.collect(),
        head: log.len() as u64,
        leaf_before: before
            .map(|(seq, content)| sealed(seq, content).leaf().to_vec())
            .unwrap_or_default(),
        ..Default::default()
    }
}

/// Reads a log to its end, in messages of these lengths, or until a failure.
async fn read(intake: &Intake<Model>, number: u32, log: &[Vec<u8>], sizes: &[usize]) -> Result<()> {
    intake.go_on_forgetting().await?;
    for size in sizes.iter().cycle() {
        let at = intake.followed().state().position;
        if at.epoch.number == number && at.seq == log.len() as u64 {
            break;
        }
        let next = message(number, log, at.seq, *size);
        match intake.take(next).await {
            Err(error) if error.code() == ErrorCode::EpochUnknown => {
                intake.start_over(epoch(number)).await?;
            }
            taken => taken?,
        }
    }
    Ok(())
}

pub(super) fn all(kv: &dyn KeyValue) -> Vec<Pair> {
    kv.range(&[], &[u8::MAX], usize::MAX).unwrap()
}

/// Reads a log repeatedly, each time with a new ledger that fails after a number of writes.
async fn read_with_crashes(
    disk: &Arc<MemoryStore>,
    number: u32,
    log: &[Vec<u8>],
    sizes: &[usize],
    crashes: &[u64],
) {
    for room in crashes.iter().copied().chain([u64::MAX]) {
        let store = FailingStore::new(disk.clone());
        store.refuse_after(room);
        if let Some(intake) = intake(Arc::new(store)) {
            let done = read(&intake, number, log, sizes).await;
            let failed = done.err().map(|error| error.code());
            assert!(
                matches!(failed, None | Some(ErrorCode::StorageFull)),
                "{failed:?}"
            );
        }
    }
}

fn logs() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let entry = (0..KINDS, any::<u8>(), 2..200_usize)
        .prop_map(|(kind, filling, length)| [vec![kind], vec![filling; length]].concat());
    prop::collection::vec(entry, 0..60)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.build().unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn however_a_log_is_cut_and_whatever_breaks_off_the_store_is_the_same(
        log in logs(),
        sizes in prop::collection::vec(1..40_usize, 1..6),
        crashes in prop::collection::vec(0..6_u64, 0..8),
    ) {
        let (whole, broken) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
        run(async {
            read_with_crashes(&whole, 1, &log, &[1_000], &[]).await;
            read_with_crashes(&broken, 1, &log, &sizes, &crashes).await;
        });
        prop_assert_eq!(all(&*whole), all(&*broken));
    }

    #[test]
    fn a_log_that_is_read_anew_leaves_the_copy_before_as_it_was(
        old in logs(),
        new in logs(),
        sizes in prop::collection::vec(1..40_usize, 1..6),
        crashes in prop::collection::vec(0..6_u64, 0..12),
    ) {
        let (fresh, used) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
        run(async {
            read_with_crashes(&used, 1, &old, &[1_000], &[]).await;
            read_with_crashes(&used, 2, &new, &sizes, &crashes).await;
            read_with_crashes(&fresh, 2, &new, &[1_000], &[]).await;
        });
        prop_assert_eq!(learnt(&*fresh), learnt(&*used));
        let aside = |kv: &dyn KeyValue| quarantine(kv, &Default::default()).unwrap();
        prop_assert_eq!(aside(&*fresh), aside(&*used));
        let kept = copies(&*used as &dyn KeyValue, LOG).unwrap();
        let epochs: Vec<_> = kept.iter().map(|copy| (copy.number, copy.epoch)).collect();
        if old.is_empty() {
            // Nothing of it arrived: only its epoch was recorded, if there was a message.
            prop_assert_eq!(kept.last().map(|copy| copy.next), Some(new.len() as u64));
        } else {
            prop_assert_eq!(epochs, [(0, epoch(1)), (1, epoch(2))]);
            for (copy, log) in kept.iter().zip([&old, &new]) {
                prop_assert_eq!(&entries(used.clone(), copy), log);
            }
        }
    }
}

/// The entries of a copy, none of them damaged.
pub(super) fn entries(kv: Arc<dyn KeyValue>, copy: &LogCopy) -> Vec<Vec<u8>> {
    let copied = Copies::new(kv).entries(copy, 0, 1_000).unwrap();
    let entry = |(_, copied)| match copied {
        CopiedEntry::Entry(entry) => content(&entry),
        other => panic!("{other:?}"),
    };
    copied.into_iter().map(entry).collect()
}

/// The state learnt from a log: everything but its copies and the position in them.
fn learnt(kv: &dyn KeyValue) -> Vec<Pair> {
    let mut pairs = all(kv);
    let own = [
        Prefix::Follow,
        Prefix::LogCopy,
        Prefix::MirrorEnvelope,
        Prefix::MirrorBody,
        Prefix::MirrorLeaf,
        Prefix::MirrorNode,
        Prefix::Quarantine,
        Prefix::QuarantineTally,
    ];
    pairs.retain(|(key, _)| own.iter().all(|prefix| key[0] != *prefix as u8));
    pairs
}

#[tokio::test]
async fn what_writes_too_much_by_itself_is_set_aside_with_a_short_reason() {
    let log: Vec<_> = (0..KINDS).map(|kind| vec![kind; 20_000]).collect();
    let intake = intake(Arc::new(MemoryStore::new())).unwrap();
    intake.take(message(1, &log, 0, 9)).await.unwrap();
    let kv = intake.ledger.kv().as_ref();
    let aside: Vec<_> = set_aside(kv, LOG).unwrap().into_iter().collect();
    let refused = [IS_REFUSED, WRITES_TOO_LARGE, WRITES_TOO_MUCH].map(u64::from);
    assert_eq!(aside, refused);
    let [first, second, third] = refused;
    assert_eq!(last_set_aside(kv, LOG, 2), Ok(vec![third, second]));
    assert_eq!(last_set_aside(kv, LOG, 9), Ok(vec![third, second, first]));
    assert_eq!(intake.followed().state().quarantined, 3);
    let listed = quarantine(kv, &Default::default()).unwrap().items;
    let longest = listed
        .iter()
        .filter_map(
            |e| match problem_message(e.problem.as_ref()).param("text") {
                Some(Value::Text(text)) => Some(text.chars().count()),
                _ => None,
            },
        )
        .max();
    assert_eq!(longest, Some(MAX_REASON));
    // The copies of the log are complete.
    let copy = current_copy(kv, LOG).unwrap().unwrap();
    assert_eq!(entries(Arc::clone(intake.ledger.kv()), &copy), log);
}

#[tokio::test]
async fn a_follower_that_comes_next_goes_on_forgetting() {
    let disk = Arc::new(MemoryStore::new());
    let log = vec![vec![KEEPS, 7]; 20];
    read_with_crashes(&disk, 1, &log, &[20], &[]).await;
    let full = FailingStore::new(disk.clone());
    full.refuse_after(2);
    let first = intake(Arc::new(full)).unwrap();
    first.start_over(epoch(2)).await.unwrap_err();
    drop(first);

    let next = intake(disk).unwrap();
    let begun = Position {
        epoch: epoch(2),
        seq: 0,
    };
    assert_eq!(next.followed().state().position, begun);
    // Nothing is stored before the rest is forgotten.
    let early = next.take(message(2, &log, 0, 20)).await.unwrap_err();
    assert_eq!(early.code(), ErrorCode::Conflict);
    read(&next, 2, &log, &[20]).await.unwrap();
    assert_eq!(
        next.followed().state().position,
        Position {
            epoch: epoch(2),
            seq: 20,
        }
    );
}

#[tokio::test]
async fn what_no_log_can_say_is_refused() {
    let log = vec![vec![KEEPS, 7]; 3];
    let intake = intake(Arc::new(MemoryStore::new())).unwrap();
    let code = async |message| intake.take(message).await.unwrap_err().code();
    assert_eq!(code(message(0, &log, 0, 1)).await, ErrorCode::PeerInvalid);
    assert_eq!(code(message(1, &log, 1, 1)).await, ErrorCode::PeerInvalid);
    let long = vec![vec![KEEPS; MAX_VALUE + 1]];
    assert_eq!(code(message(1, &long, 0, 1)).await, ErrorCode::PeerInvalid);
    intake.take(message(1, &log, 0, 2)).await.unwrap();
    assert_eq!(code(message(2, &log, 2, 1)).await, ErrorCode::EpochUnknown);
    assert_eq!(code(message(1, &log, 0, 1)).await, ErrorCode::PeerInvalid);
}

#[tokio::test]
async fn what_was_set_aside_is_listed_page_by_page() {
    let log = vec![vec![IS_REFUSED, 7]; 2_500];
    let intake = intake(Arc::new(MemoryStore::new())).unwrap();
    for piece in 0..5 {
        let next = message(1, &log, piece * 500, 500);
        intake.take(next).await.unwrap();
    }
    let kv = intake.ledger.kv().as_ref();
    let mut asked = v1::ListQuarantineRequest::default();
    let mut seen = Vec::new();
    loop {
        let page = quarantine(kv, &asked).unwrap();
        seen.extend(page.items.iter().map(|entry| entry.seq));
        let bytes: usize = page.items.iter().map(Message::encoded_len).sum();
        assert!(bytes < 4 * 1024 * 1024);
        if page.next_cursor.is_empty() {
            break;
        }
        let (size, cursor) = (0, page.next_cursor);
        asked.page = Some(v1::PageRequest { size, cursor });
    }
    assert!(seen.into_iter().eq(0..2_500));
    let (size, cursor) = (0, "nonsense".to_owned());
    asked.page = Some(v1::PageRequest { size, cursor });
    let error = quarantine(kv, &asked).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn another_entry_before_the_first_is_a_divergence_and_nothing_is_written_over() {
    let log = vec![vec![KEEPS, 7]; 5];
    let mut other = log.clone();
    other[2] = vec![KEEPS, 8];
    let intake = intake(Arc::new(MemoryStore::new())).unwrap();
    intake.take(message(1, &log, 0, 3)).await.unwrap();
    let before = all(intake.ledger.kv().as_ref());

    let error = intake.begin(&message(1, &other, 3, 9)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LogDiverged);
    let (ours, theirs) = (
        Digest(sealed(2, &log[2]).leaf()),
        Digest(sealed(2, &other[2]).leaf()),
    );
    let raised = error.message();
    assert_eq!(raised.param("known_leaf"), Some(&ours.into()));
    assert_eq!(raised.param("leaf"), Some(&theirs.into()));
    let raised = intake.followed().state().alarm.unwrap();
    assert_eq!(raised.kind, AlarmKind::Diverged);
    assert_eq!(raised.known_leaf, Some(ours));
    assert_eq!(raised.found_leaf, Some(theirs));
    let mut after = all(intake.ledger.kv().as_ref());
    after.retain(|(key, _)| key[0] != Prefix::LogAlarm as u8);
    assert_eq!(after, before);

    // The right log is back: following continues, and the alarm stays until people accept it.
    intake.begin(&message(1, &log, 3, 9)).await.unwrap();
    let mended = intake.followed().state().alarm.unwrap();
    assert!(mended.mended_at.is_some() && mended.found_leaf == Some(theirs));
    let (by, now) = (Principal::Coordinator, Timestamp::UNIX_EPOCH);
    let followed = intake.followed();
    let accepted = crate::accept(&intake.ledger, LOG, Some(&followed), &by, "已核实", now);
    let acceptance = accepted.await.unwrap().accepted.unwrap();
    assert_eq!(acceptance.reason, "已核实");
    assert_eq!(intake.followed().state().alarm, None);
    assert_eq!(
        intake.accepted().unwrap(),
        None,
        "there is nothing to read anew"
    );
}

#[tokio::test]
async fn a_log_that_was_accepted_is_read_anew_into_a_copy_of_its_own() {
    let log = vec![vec![KEEPS, 7]; 5];
    let other = vec![vec![KEEPS, 8]; 9];
    let intake = intake(Arc::new(MemoryStore::new())).unwrap();
    intake.take(message(1, &log, 0, 5)).await.unwrap();
    let error = intake.begin(&message(1, &other, 5, 9)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LogDiverged);
    assert_eq!(intake.accepted().unwrap(), None);
    let (by, now) = (Principal::Coordinator, Timestamp::UNIX_EPOCH);
    let none = crate::accept(&intake.ledger, LOG, None, &by, " ", now).await;
    assert_eq!(none.unwrap_err().code(), ErrorCode::InvalidArgument);
    crate::accept(&intake.ledger, LOG, None, &by, "x", now)
        .await
        .unwrap();
    assert_eq!(intake.accepted().unwrap(), Some(epoch(1)));

    intake.start_over(epoch(1)).await.unwrap();
    assert_eq!(intake.followed().state().alarm, None);
    read(&intake, 1, &other, &[4]).await.unwrap();
    let kv = intake.ledger.kv().as_ref();
    let kept = copies(kv, LOG).unwrap();
    let lengths: Vec<_> = kept.iter().map(|copy| (copy.epoch, copy.next)).collect();
    assert_eq!(lengths, [(epoch(1), 5), (epoch(1), 9)]);
    let read = |copy| entries(Arc::clone(intake.ledger.kv()), copy);
    assert_eq!(read(&kept[0]), log);
    assert_eq!(read(&kept[1])[8], [KEEPS, 8]);
}

#[tokio::test]
async fn the_leaf_before_the_first_entry_must_come() {
    let log = vec![vec![KEEPS, 7]; 5];
    let intake = intake(Arc::new(MemoryStore::new())).unwrap();
    intake.take(message(1, &log, 0, 3)).await.unwrap();
    let bare = v1::FollowResponse {
        leaf_before: Vec::new(),
        ..message(1, &log, 3, 2)
    };
    let error = intake.begin(&bare).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeerInvalid);
}
