//! Budgets pace: items that exceed them are read later, from the same position on.

use std::sync::Arc;
use std::time::Duration;

use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::fact::{CityFact, LogEntry, LogOwner};
use chengji_domain::return_flow::{ReturnFlowAct, ReturnFlowFact};
use chengji_domain::{Error, ErrorCode, Principal};
use chengji_messages::msg;
use chengji_proto::convert::city_entry_to;
use chengji_records::StoredRecord;
use chengji_store::{Codec, Ledger, MemoryStore};

use super::*;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, START, World, acting, at, city, code, entry, requested, submission,
};

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn cost(fact: CityFact) -> Cost {
    let city = city(CONSUMER);
    let entry = LogEntry {
        log: LogOwner::City(city),
        epoch: EPOCH,
        seq: 0,
        at: at(START),
        principal: Principal::Node(city),
        fact,
    };
    Cost::of_fact(city_entry_to(&entry, [7; 16]).size(), Some(&entry.fact))
}

fn asked() -> Cost {
    cost(requested(submission("430200:103001000001")))
}

fn ended_return_flow() -> Cost {
    let act = ReturnFlowAct::End {
        code: code(1).parse().unwrap(),
        reason: "系统下线".to_owned(),
        consultation: "书面征求各市意见".to_owned(),
    };
    let actor = acting(CONSUMER);
    cost(CityFact::ReturnFlow(Box::new(ReturnFlowFact {
        act,
        actor,
    })))
}

fn withdrawn() -> Cost {
    cost(CityFact::Withdrawn {
        code: code(1).parse().unwrap(),
        reason: "停用".to_owned(),
    })
}

/// Budgets, and the ledger that their use is stored in.
struct Pool {
    budgets: Arc<Budgets>,
    ledger: Ledger,
}

impl Pool {
    fn new(quotas: Quotas) -> Self {
        let store = Arc::new(MemoryStore::new());
        Self {
            budgets: Arc::new(Budgets::new(quotas)),
            ledger: Ledger::create(store, "coordinator", [1; 8]).unwrap(),
        }
    }

    /// The same after a restart with these quotas.
    fn restarted(&self, quotas: &Quotas) -> Self {
        Self {
            budgets: Arc::new(Budgets::new(quotas.clone())),
            ledger: self.ledger.clone(),
        }
    }

    /// Number of these items that are admitted from a position on, and the budget that the next one waits for.
    fn admit(
        &self,
        now: (Instant, Timestamp),
        of: &str,
        (first, items): (u64, &[Cost]),
    ) -> (usize, &'static str) {
        let (kv, items) = (&**self.ledger.kv(), items.iter().copied());
        let admission = self.budgets.admit_at(now, kv, city(of), (first, items));
        let admission = admission.unwrap();
        let budget = admission.pause.map_or("", |pause| pause.budget);
        (admission.items, budget)
    }

    /// Charges items up to a position, in a transaction that is kept or fails.
    async fn charge(
        &self,
        now: (Instant, Timestamp),
        of: &str,
        charge: Charge<Vec<Cost>>,
        is_kept: bool,
    ) {
        let (budgets, of) = (Arc::clone(&self.budgets), city(of));
        let stored = self.ledger.write(move |tx| {
            budgets.charge_at(now, tx, of, charge)?;
            let fails = || Error::new(ErrorCode::StorageFull, msg::Text { text: "full" });
            is_kept.then_some(()).ok_or_else(fails)
        });
        assert_eq!(stored.await.is_ok(), is_kept);
    }

    /// Stores as many of these items as are admitted; returns what [`Self::admit`] does.
    async fn store(&self, now: Instant, of: &str, items: &[Cost]) -> (usize, &'static str) {
        self.store_at((now, at(START)), of, items).await
    }

    async fn store_at(
        &self,
        now: (Instant, Timestamp),
        of: &str,
        items: &[Cost],
    ) -> (usize, &'static str) {
        let (admitted, budget) = self.admit(now, of, (0, items));
        if admitted > 0 {
            let charge = charge(&items[..admitted], 0);
            self.charge(now, of, charge, true).await;
        }
        (admitted, budget)
    }
}

/// The charge of items from the first position on.
fn charge(items: &[Cost], set_aside: u64) -> Charge<Vec<Cost>> {
    Charge {
        end: items.len() as u64,
        costs: items.to_vec(),
        set_aside,
    }
}

#[tokio::test]
async fn entries_past_a_days_budget_wait_and_another_city_does_not() {
    let now = Instant::now();
    let pool = Pool::new(Quotas {
        entries_per_day: number(100),
        ..Quotas::default()
    });
    let items = vec![withdrawn(); 150];
    assert_eq!(
        pool.store(now, CONSUMER, &items).await,
        (100, "entries_per_day")
    );
    assert_eq!(
        pool.store(now, CONSUMER, &items).await,
        (0, "entries_per_day")
    );
    assert_eq!(pool.store(now, PROVIDER, &items[..9]).await, (9, ""));
    let now = now + Duration::from_secs(24 * 60 * 60 / 10);
    assert_eq!(pool.store(now, CONSUMER, &items).await.0, 10);
}

#[tokio::test]
async fn bytes_have_a_budget_beside_entries() {
    let now = Instant::now();
    let items = vec![withdrawn(); 10];
    let size = items[0].bytes;
    let pool = Pool::new(Quotas {
        bytes_per_day: number(5 * u32::try_from(size).unwrap()),
        ..Quotas::default()
    });
    assert_eq!(
        pool.store(now, CONSUMER, &items).await,
        (5, "bytes_per_day")
    );
}

#[tokio::test]
async fn requests_are_opened_at_a_rate_and_what_is_none_passes_until_then() {
    let now = Instant::now();
    let pool = Pool::new(Quotas {
        requests_per_minute: number(6),
        ..Quotas::default()
    });
    let items = [
        vec![asked(); 5],
        vec![ended_return_flow()],
        vec![withdrawn(); 2],
        vec![asked(); 4],
    ]
    .concat();
    assert_eq!(
        pool.store(now, CONSUMER, &items).await,
        (8, "requests_per_minute")
    );
    let now = now + Duration::from_secs(20);
    assert_eq!(
        pool.store(now, CONSUMER, &items[8..]).await,
        (2, "requests_per_minute")
    );
}

#[tokio::test]
async fn what_was_set_aside_is_paid_for_before_reading_goes_on() {
    let now = (Instant::now(), at(START));
    let pool = Pool::new(Quotas {
        quarantined_per_day: number(10),
        ..Quotas::default()
    });
    let items = [withdrawn()];
    pool.charge(now, CONSUMER, charge(&items, 15), true).await;
    assert_eq!(
        pool.admit(now, CONSUMER, (1, &items)),
        (0, "quarantined_per_day")
    );
    let later = now.0 + Duration::from_secs(7 * 24 * 60 * 60 / 10);
    assert_eq!(pool.admit((later, now.1), CONSUMER, (1, &items)), (1, ""));
}

#[tokio::test]
async fn what_was_not_stored_is_not_charged() {
    let now = (Instant::now(), at(START));
    let pool = Pool::new(Quotas {
        entries_per_day: number(100),
        quarantined_per_day: number(50),
        ..Quotas::default()
    });
    let items = vec![withdrawn(); 150];
    for _ in 0..3 {
        assert_eq!(pool.admit(now, CONSUMER, (0, &items[..60])), (60, ""));
        let charge = charge(&items[..60], 40);
        pool.charge(now, CONSUMER, charge, false).await;
    }
    let used = || records::city_use(&**pool.ledger.kv(), city(CONSUMER)).unwrap();
    assert_eq!(used().spent, None);
    // Nor is it by the process that continues with it.
    assert_eq!(pool.admit(now, CONSUMER, (0, &items[..60])), (60, ""));
    let kept = charge(&items[..60], 40);
    pool.charge(now, CONSUMER, kept, true).await;
    let spent = used().spent.unwrap();
    assert_eq!((spent.entries, spent.quarantined), (60, 40));
    let rest = (60, &items[60..]);
    assert_eq!(pool.admit(now, CONSUMER, rest), (40, "entries_per_day"));
}

#[tokio::test]
async fn what_is_admitted_while_other_entries_are_stored_is_within_the_same_budget() {
    let now = (Instant::now(), at(START));
    let pool = Pool::new(Quotas {
        entries_per_day: number(100),
        ..Quotas::default()
    });
    let items = vec![withdrawn(); 150];
    let (first, second) = items.split_at(60);
    assert_eq!(pool.admit(now, CONSUMER, (0, first)), (60, ""));
    assert_eq!(
        pool.admit(now, CONSUMER, (60, second)),
        (40, "entries_per_day")
    );
    pool.charge(now, CONSUMER, charge(first, 0), true).await;
    // Those that were admitted beside it are admitted again when they could not be stored.
    let again = pool.admit(now, CONSUMER, (60, second));
    assert_eq!(again, (40, "entries_per_day"));
}

#[tokio::test]
async fn a_restart_does_not_renew_the_budgets_of_a_day() {
    let quotas = Quotas {
        entries_per_day: number(100),
        quarantined_per_day: number(50),
        ..Quotas::default()
    };
    let items = vec![withdrawn(); 150];
    let admit = |pool: &Pool, time: Timestamp| {
        let now = (Instant::now(), time);
        pool.admit(now, CONSUMER, (100, &items))
    };
    let pool = Pool::new(quotas.clone());
    let now = (Instant::now(), at(START));
    let first = charge(&items[..100], 30);
    pool.charge(now, CONSUMER, first, true).await;
    assert_eq!(admit(&pool, at(START)), (0, "entries_per_day"));
    let used = records::city_use(&**pool.ledger.kv(), city(CONSUMER));
    let spent = used.unwrap().spent.unwrap();
    assert_eq!(
        (spent.entries, spent.requests, spent.quarantined),
        (100, 0, 30)
    );

    let restarted = |quotas: &Quotas| pool.restarted(quotas);
    assert_eq!(
        admit(&restarted(&quotas), at(START)),
        (0, "entries_per_day")
    );
    let later = at(START) + Duration::from_secs(24 * 60 * 60 / 10);
    assert_eq!(admit(&restarted(&quotas), later), (10, "entries_per_day"));
    let raised = Quotas {
        entries_per_day: number(120),
        ..quotas.clone()
    };
    assert_eq!(admit(&restarted(&raised), at(START)).0, 20);
    // A clock that went back gives nothing away, and the next day all is there again.
    let earlier = at(START) - Duration::from_secs(24 * 60 * 60);
    assert_eq!(admit(&restarted(&quotas), earlier).0, 0);
    let next_day = at(START) + Duration::from_secs(24 * 60 * 60);
    assert_eq!(admit(&restarted(&quotas), next_day).0, 100);
    let again = restarted(&raised);
    let one = charge(&items[..1], 20);
    again.charge(now, CONSUMER, one, true).await;
    assert_eq!(admit(&again, at(START)), (0, "quarantined_per_day"));
}

#[tokio::test]
async fn a_catalogue_at_its_bound_takes_no_more_publications() {
    let mut world = World::new().await;
    for serial in 1..=3 {
        let entry = entry(serial, Unconditional);
        world.publish(CONSUMER, entry, 1).await.unwrap();
    }
    let kv = &**world.ledger.kv();
    let used = records::city_use(kv, city(CONSUMER)).unwrap();
    assert_eq!(used.entries, 3);
    let publication = cost(CityFact::Published {
        entry: Box::new(entry(4, Unconditional)),
        revision: 1,
    });
    let items = [withdrawn(), publication];
    for (entries, bytes, budget) in [
        (3, u64::MAX, "catalogue_entries"),
        (4, used.bytes, "catalogue_bytes"),
    ] {
        let budgets = Budgets::new(Quotas {
            catalogue_entries: entries,
            catalogue_bytes: bytes,
            ..Quotas::default()
        });
        let now = at(START);
        let admission = budgets.admit(kv, city(CONSUMER), now, (9, items));
        let admission = admission.unwrap();
        assert_eq!(admission.items, 1);
        assert_eq!(admission.pause.unwrap().budget, budget);
        let other = budgets.admit(kv, city(PROVIDER), now, (0, items));
        let other = other.unwrap();
        assert_eq!((other.items, other.pause), (2, None));
    }
}

#[tokio::test]
async fn the_bytes_of_a_catalogue_are_those_of_its_records() {
    let mut world = World::new().await;
    for serial in [1, 2, 3] {
        let entry = entry(serial, Unconditional);
        world.publish(CONSUMER, entry, 1).await.unwrap();
    }
    let mut longer = entry(1, Unconditional);
    longer.summary = "长".repeat(100);
    world.publish(CONSUMER, longer, 2).await.unwrap();
    let mut bytes = 0;
    records::each_entry(&**world.ledger.kv(), Some(city(CONSUMER)), |_, record| {
        bytes += StoredRecord::encode(&record)?.len() as u64;
        Ok(())
    })
    .unwrap();
    let used = records::city_use(&**world.ledger.kv(), city(CONSUMER)).unwrap();
    assert_eq!((used.entries, used.bytes), (3, bytes));
}
