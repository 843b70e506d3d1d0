//! Budgets pace: items that exceed them are read later, from the same position on.

use std::sync::Arc;

use chengji_domain::Principal;
use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::fact::{CityFact, LogEntry, LogOwner};
use chengji_proto::convert::city_entry_to;
use chengji_records::StoredRecord;
use chengji_store::{Codec, Ledger, MemoryStore};

use super::*;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, START, World, at, city, code, entry, requested, submission,
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

fn withdrawn() -> Cost {
    cost(CityFact::Withdrawn {
        code: code(1).parse().unwrap(),
        reason: "停用".to_owned(),
    })
}

/// Number of these items admitted at a time, and the budget that the next one waits for.
fn admitted(budgets: &Budgets, now: Instant, of: &str, items: &[Cost]) -> (usize, &'static str) {
    let moment = (now, at(START));
    let items = items.iter().copied();
    let admission = budgets.admit_at(moment, &MemoryStore::new(), city(of), items);
    let admission = admission.unwrap();
    let budget = admission.pause.map_or("", |pause| pause.budget);
    (admission.items, budget)
}

#[test]
fn entries_past_a_days_budget_wait_and_another_city_does_not() {
    let now = Instant::now();
    let budgets = Budgets::new(Quotas {
        entries_per_day: number(100),
        ..Quotas::default()
    });
    let items = vec![withdrawn(); 150];
    assert_eq!(
        admitted(&budgets, now, CONSUMER, &items),
        (100, "entries_per_day")
    );
    assert_eq!(
        admitted(&budgets, now, CONSUMER, &items),
        (0, "entries_per_day")
    );
    assert_eq!(admitted(&budgets, now, PROVIDER, &items[..9]), (9, ""));
    let now = now + Duration::from_secs(24 * 60 * 60 / 10);
    assert_eq!(admitted(&budgets, now, CONSUMER, &items).0, 10);
}

#[test]
fn bytes_have_a_budget_beside_entries() {
    let now = Instant::now();
    let items = vec![withdrawn(); 10];
    let size = items[0].bytes;
    let budgets = Budgets::new(Quotas {
        bytes_per_day: number(5 * u32::try_from(size).unwrap()),
        ..Quotas::default()
    });
    assert_eq!(
        admitted(&budgets, now, CONSUMER, &items),
        (5, "bytes_per_day")
    );
}

#[test]
fn requests_are_opened_at_a_rate_and_what_is_none_passes_until_then() {
    let now = Instant::now();
    let budgets = Budgets::new(Quotas {
        requests_per_minute: number(6),
        ..Quotas::default()
    });
    let items = [vec![asked(); 6], vec![withdrawn(); 2], vec![asked(); 4]].concat();
    assert_eq!(
        admitted(&budgets, now, CONSUMER, &items),
        (8, "requests_per_minute")
    );
    let now = now + Duration::from_secs(20);
    assert_eq!(
        admitted(&budgets, now, CONSUMER, &items[8..]),
        (2, "requests_per_minute")
    );
}

#[test]
fn what_was_set_aside_is_paid_for_before_reading_goes_on() {
    let now = Instant::now();
    let budgets = Budgets::new(Quotas {
        quarantined_per_day: number(10),
        ..Quotas::default()
    });
    let (kv, time) = (MemoryStore::new(), at(START));
    let kv: &dyn KeyValue = &kv;
    budgets.set_aside(kv, city(CONSUMER), time, 15).unwrap();
    let items = [withdrawn()];
    assert_eq!(
        admitted(&budgets, now, CONSUMER, &items),
        (0, "quarantined_per_day")
    );
    let now = now + Duration::from_secs(7 * 24 * 60 * 60 / 10);
    assert_eq!(admitted(&budgets, now, CONSUMER, &items), (1, ""));
}

#[tokio::test]
async fn a_restart_does_not_renew_the_budgets_of_a_day() {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap();
    let kv = &**ledger.kv();
    let of = city(CONSUMER);
    let quotas = Quotas {
        entries_per_day: number(100),
        quarantined_per_day: number(50),
        ..Quotas::default()
    };
    let items = vec![withdrawn(); 150];
    let admit = |budgets: &Budgets, time: Timestamp| {
        let items = items.iter().copied();
        let admission = budgets.admit(kv, of, time, items).unwrap();
        let budget = admission.pause.map_or("", |pause| pause.budget);
        (admission.items, budget)
    };
    let budgets = Arc::new(Budgets::new(quotas.clone()));
    assert_eq!(admit(&budgets, at(START)), (100, "entries_per_day"));
    budgets.set_aside(kv, of, at(START), 30).unwrap();
    let recorded = Arc::clone(&budgets);
    let record = ledger.write(move |tx| recorded.record(tx, of, at(START)));
    record.await.unwrap();
    let spent = records::city_use(kv, of).unwrap().spent.unwrap();
    assert_eq!(
        (spent.entries, spent.requests, spent.quarantined),
        (100, 0, 30)
    );

    let restarted = |quotas: &Quotas| Budgets::new(quotas.clone());
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
    let again = restarted(&raised);
    again.set_aside(kv, of, at(START), 20).unwrap();
    assert_eq!(admit(&again, at(START)), (0, "quarantined_per_day"));
    // A clock that went back gives nothing away, and the next day all is there again.
    let earlier = at(START) - Duration::from_secs(24 * 60 * 60);
    assert_eq!(admit(&restarted(&quotas), earlier).0, 0);
    let next_day = at(START) + Duration::from_secs(24 * 60 * 60);
    assert_eq!(admit(&restarted(&quotas), next_day).0, 100);
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
        let admission = budgets.admit(kv, city(CONSUMER), now, items).unwrap();
        assert_eq!(admission.items, 1);
        assert_eq!(admission.pause.unwrap().budget, budget);
        let other = budgets.admit(kv, city(PROVIDER), now, items).unwrap();
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
