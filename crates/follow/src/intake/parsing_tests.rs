//! An entry is parsed once, however often the transaction that stores it is repeated.

use std::sync::atomic::{AtomicUsize, Ordering};

use chengji_domain::Principal;
use chengji_store::{Entry, MemoryStore};

use super::tests::{KEEPS, LOG, Model, REWRITES_MUCH, message};
use super::*;

/// Counts how often entries are parsed and applied.
#[derive(Default)]
struct Counting {
    parsed: AtomicUsize,
    applied: AtomicUsize,
}

impl Apply for Counting {
    type Fact = <Model as Apply>::Fact;
    type Sums = ();

    fn parse(&self, envelope: &Envelope, entry: &Entry) -> Result<Self::Fact> {
        self.parsed.fetch_add(1, Ordering::SeqCst);
        Model.parse(envelope, entry)
    }

    fn apply(
        &self,
        tx: &mut Tx<'_>,
        sums: &mut (),
        fact: &Self::Fact,
        entry: &Entry,
    ) -> Result<()> {
        self.applied.fetch_add(1, Ordering::SeqCst);
        Model.apply(tx, sums, fact, entry)
    }

    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool> {
        Model.forget(tx)
    }
}

#[tokio::test]
async fn entries_that_are_stored_in_halves_are_parsed_once() {
    // More than one transaction may write.
    let entry = |kind| [vec![kind], vec![7; 750]].concat();
    let log: Vec<_> = (0..512)
        .map(|seq| entry([REWRITES_MUCH, KEEPS][seq % 2]))
        .collect();
    let kv = Arc::new(MemoryStore::new());
    let ledger = Ledger::create(kv, "city/430100", [1; 8]).unwrap();
    let (counting, clock) = (
        Arc::new(Counting::default()),
        Arc::new(|| Timestamp::UNIX_EPOCH),
    );
    let apply = Arc::clone(&counting);
    let intake = Intake::open(ledger, Principal::Coordinator, LOG, apply, clock).unwrap();
    intake.take(message(1, &log, 0, 512)).await.unwrap();
    let state = intake.followed().state();
    assert_eq!((state.position.seq, state.quarantined), (512, 0));
    assert_eq!(counting.parsed.load(Ordering::SeqCst), 512);
    assert!(counting.applied.load(Ordering::SeqCst) > 512);
}
