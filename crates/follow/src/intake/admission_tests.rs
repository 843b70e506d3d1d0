//! Items that a budget does not admit are stored later, from the same position on.

use chengji_domain::Principal;
use chengji_store::{Entry, KeyValue, MemoryStore};

use super::tests::{KEEPS, LOG, Model, all, intake, message};
use super::*;

/// Admits two items at a time.
struct TwoAtATime;

impl Apply for TwoAtATime {
    type Fact = <Model as Apply>::Fact;
    type Sums = ();

    fn parse(&self, envelope: &Envelope, entry: &Entry) -> Result<Self::Fact> {
        Model.parse(envelope, entry)
    }

    fn apply(
        &self,
        tx: &mut Tx<'_>,
        sums: &mut (),
        fact: &Self::Fact,
        entry: &Entry,
    ) -> Result<()> {
        Model.apply(tx, sums, fact, entry)
    }

    fn admit(
        &self,
        _: &dyn KeyValue,
        _first: u64,
        entries: &[ParsedEntry<Self::Fact>],
    ) -> Result<crate::Admission> {
        let pause = (entries.len() > 2).then_some(crate::Pause {
            budget: "entries_per_day",
            wait: Duration::from_millis(1),
        });
        let items = entries.len().min(2);
        Ok(crate::Admission { items, pause })
    }

    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool> {
        Model.forget(tx)
    }
}

#[tokio::test]
async fn what_a_budget_does_not_admit_waits_at_its_position_and_is_shown() {
    let log: Vec<_> = (0..7).map(|number| vec![KEEPS, number]).collect();
    let (paced, whole) = (Arc::new(MemoryStore::new()), Arc::new(MemoryStore::new()));
    let ledger = Ledger::create(paced.clone(), "city/430100", [1; 8]).unwrap();
    let clock: Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
    let slow = Intake::open(
        ledger,
        Principal::Coordinator,
        LOG,
        Arc::new(TwoAtATime),
        clock,
    )
    .unwrap();
    let mut rest = Some(message(1, &log, 0, 7));
    let mut positions = Vec::new();
    while let Some(some) = rest {
        let mut some = slow.parse_entries(some).await.unwrap();
        rest = slow.admit(&mut some).unwrap().map(|rest| rest.message);
        slow.store(some).await.unwrap();
        let state = slow.followed().state();
        let budget = state.paced.map(|paced| paced.budget);
        assert_eq!(budget.as_deref(), rest.as_ref().map(|_| "entries_per_day"));
        positions.push(state.position.seq);
    }
    assert_eq!(positions, [2, 4, 6, 7]);
    let quick = intake(whole.clone()).unwrap();
    quick.take(message(1, &log, 0, 7)).await.unwrap();
    assert_eq!(all(&*paced), all(&*whole));
}
