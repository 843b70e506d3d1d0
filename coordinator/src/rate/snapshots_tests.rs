use std::sync::Arc;

use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::fact::CityFact;
use chengji_proto::convert::RateReport;
use chengji_proto::v1;
use chengji_store::{Batch, Key};
use jiff::SignedDuration;

use super::*;
use crate::rate::LiveRate;
use crate::tests::world::{CITIES, PROVIDER, World, at, city, code, entry, mounted};

/// Publishes so many entries, a day apart.
async fn published(world: &mut World, serials: std::ops::RangeInclusive<u32>) {
    for serial in serials {
        let now = world.now() + SignedDuration::from_hours(24);
        world.set_now(&now.to_string());
        let entry = entry(serial, Unconditional);
        world.publish(PROVIDER, entry, 1).await.unwrap();
    }
}

/// Numbers of folded entries of the provider's snapshots, the newest first.
fn snapshots(world: &World) -> Vec<u64> {
    let mut ends = Vec::new();
    let all = SNAPSHOTS.under(&(city(PROVIDER), 0));
    all.each(&**world.ledger.kv(), |(.., Reverse(end)), snapshot| {
        assert!(snapshot.complete);
        ends.push(end);
        Ok(())
    })
    .unwrap();
    ends
}

fn parts(world: &World) -> Vec<u64> {
    let parts = PARTS.all().collect(&**world.ledger.kv()).unwrap();
    parts.into_iter().map(|((_, _, end, _), _)| end).collect()
}

/// The coordinator, started again.
fn restarted(world: &World) -> RateReport {
    let copies = chengji_follow::Copies::new(Arc::clone(world.ledger.kv()));
    let live = LiveRate::rebuild(copies, world.clock(), &CITIES.map(city)).unwrap();
    let rates = crate::rate::Rates {
        live: Arc::new(live),
        ..world.rates()
    };
    rates
        .report(&v1::ComputeRateRequest::default(), &|| true)
        .unwrap()
}

/// Number of the cluster's entries that ought to be shared.
fn denominator(report: &RateReport) -> u64 {
    report.cluster.entries.denominator
}

/// Makes an entry of the provider's log unreadable.
fn damage(world: &World, seq: u64) {
    let log = Key::new(Prefix::MirrorEnvelope).u32(city(PROVIDER).number());
    let mut batch = Batch::new();
    batch.delete(log.u32(0).u64(seq).finish());
    world.ledger.kv().commit(&batch).unwrap();
}

async fn delete_part(world: &World, end: u64) {
    let part = (city(PROVIDER), 0, end, 0);
    let deleted = world.ledger.write(move |tx| PARTS.delete(tx, &part));
    assert!(deleted.await.unwrap());
}

#[tokio::test]
async fn a_start_goes_on_from_the_newest_snapshot() {
    let mut world = World::new().await;
    published(&mut world, 1..=3).await;
    world.snapshots().await;
    published(&mut world, 4..=5).await;
    assert_eq!(snapshots(&world), [3]);
    let live = world.report(None).unwrap();
    assert_eq!(restarted(&world), live);
    // It reads nothing before the snapshot.
    damage(&world, 1);
    assert_eq!(restarted(&world), live);
    world.snapshots().await;
    assert_eq!(snapshots(&world), [5, 3]);
    // Nothing is written where nothing is new.
    world.snapshots().await;
    assert_eq!(snapshots(&world), [5, 3]);
}

#[tokio::test]
async fn a_damaged_snapshot_is_passed_over() {
    let mut world = World::new().await;
    published(&mut world, 1..=3).await;
    world.snapshots().await;
    published(&mut world, 4..=5).await;
    world.snapshots().await;
    let live = world.report(None).unwrap();
    delete_part(&world, 5).await;
    // The one before serves.
    damage(&world, 1);
    assert_eq!(restarted(&world), live);
    let kv = &**world.ledger.kv();
    let copy = chengji_follow::current_copy(kv, LogOwner::City(city(PROVIDER)));
    let copy = copy.unwrap().unwrap();
    let found = newest(kv, city(PROVIDER), &copy, None).unwrap().unwrap();
    assert_eq!(found.end, 3);
    delete_part(&world, 3).await;
    assert!(newest(kv, city(PROVIDER), &copy, None).unwrap().is_none());
}

#[tokio::test]
async fn a_snapshot_of_other_entries_or_another_formula_is_passed_over() {
    let mut world = World::new().await;
    published(&mut world, 1..=3).await;
    world.snapshots().await;
    let kv = Arc::clone(world.ledger.kv());
    let copy = chengji_follow::current_copy(&*kv, LogOwner::City(city(PROVIDER)));
    let copy = copy.unwrap().unwrap();
    let key = (city(PROVIDER), 0, Reverse(3));
    let stored = SNAPSHOTS.get(&*kv, &key).unwrap().unwrap();
    let others = [
        RateSnapshot {
            root: chengji_domain::Digest([9; 32]),
            ..stored.clone()
        },
        RateSnapshot {
            formula: "L5P1-A1/1".to_owned(),
            ..stored.clone()
        },
        RateSnapshot {
            complete: false,
            ..stored.clone()
        },
    ];
    for other in others {
        world
            .ledger
            .write(move |tx| SNAPSHOTS.put(tx, &key, &other))
            .await
            .unwrap();
        assert!(newest(&*kv, city(PROVIDER), &copy, None).unwrap().is_none());
    }
    // Nor does one serve that is dated later than the cut-off, or has more entries than count.
    world
        .ledger
        .write(move |tx| SNAPSHOTS.put(tx, &key, &stored))
        .await
        .unwrap();
    let early = world.now() - SignedDuration::from_hours(1);
    assert!(
        newest(&*kv, city(PROVIDER), &copy, Some(early))
            .unwrap()
            .is_none()
    );
    let shorter = LogCopy { next: 2, ..copy };
    assert!(
        newest(&*kv, city(PROVIDER), &shorter, None)
            .unwrap()
            .is_none()
    );
    assert!(
        newest(&*kv, city(PROVIDER), &copy, Some(world.now()))
            .unwrap()
            .is_some()
    );
}

#[tokio::test]
async fn a_past_cut_off_goes_on_from_the_snapshot_before_it() {
    let mut world = World::new().await;
    // From the 24th of November on.
    published(&mut world, 1..=6).await;
    let november = at("2026-11-30T15:59:59.999999999Z");
    world.set_now("2026-12-02T00:00:00Z");
    published(&mut world, 7..=8).await;
    // The first entry of December was the occasion to keep November.
    world.write_due_snapshots().await;
    assert_eq!(snapshots(&world), [6]);
    let figures = world.report(Some(november)).unwrap();
    assert_eq!(denominator(&figures), 6);
    damage(&world, 1);
    // The figures that were computed before are forgotten.
    world.restart();
    assert_eq!(world.report(Some(november)).unwrap(), figures);
    assert_eq!(denominator(&world.report(Some(world.now())).unwrap()), 8);
}

#[tokio::test]
async fn of_each_month_the_newest_snapshot_is_kept() {
    let mut world = World::new().await;
    for month in ["2026-12-05", "2027-01-05", "2027-02-05"] {
        world.set_now(&format!("{month}T00:00:00Z"));
        for _ in 0..3 {
            let first = world.length(PROVIDER) as u32 + 1;
            published(&mut world, first..=first).await;
            world.snapshots().await;
        }
    }
    // Of the last month the one before, too.
    assert_eq!(snapshots(&world), [9, 8, 6, 3]);
    assert_eq!(parts(&world), [3, 6, 8, 9]);
}

#[tokio::test]
async fn what_arrived_after_the_close_of_a_month_does_not_take_the_place_of_its_snapshot() {
    let mut world = World::new().await;
    // From the 24th of November on.
    published(&mut world, 1..=3).await;
    world.snapshots().await;
    let november = at("2026-11-30T15:59:59.999999999Z");
    let dated = at("2026-11-29T00:00:00Z");
    world.set_now("2026-12-03T00:00:00Z");
    for serial in 4..=6 {
        let (entry, revision) = (Box::new(entry(serial, Unconditional)), 1);
        let fact = CityFact::Published { entry, revision };
        world.append_dated(PROVIDER, dated, fact).await.unwrap();
        world.snapshots().await;
    }
    published(&mut world, 7..=8).await;
    world.snapshots().await;
    published(&mut world, 9..=9).await;
    world.snapshots().await;
    assert_eq!(snapshots(&world), [9, 8, 3]);
    damage(&world, 1);
    assert_eq!(denominator(&world.report(Some(november)).unwrap()), 3);
}

#[tokio::test]
async fn what_took_long_to_fold_for_a_past_cut_off_is_stored() {
    let mut world = World::new().await;
    published(&mut world, 1..=1).await;
    for number in 0..1_000 {
        let (code, reason) = (code(1).parse().unwrap(), "迁移".to_owned());
        world.append(PROVIDER, mounted(1, "a.csv")).await.unwrap();
        let unmounted = CityFact::Unmounted { code, reason };
        world.append(PROVIDER, unmounted).await.unwrap();
        assert_eq!(world.length(PROVIDER), 2 * number + 3);
    }
    let november = at("2026-11-30T15:59:59.999999999Z");
    world.set_now("2026-12-03T00:00:00Z");
    published(&mut world, 2..=2).await;
    // As of a store whose snapshots are of another formula.
    world.restart();
    world.write_due_snapshots().await;
    assert_eq!(snapshots(&world), [2_002]);
    let figures = world.report(Some(november)).unwrap();
    world.write_due_snapshots().await;
    assert_eq!(snapshots(&world), [2_002, 2_001]);
    damage(&world, 1);
    world.restart();
    assert_eq!(world.report(Some(november)).unwrap(), figures);
}
