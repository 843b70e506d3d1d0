use chengji_domain::Digest;
use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::fact::{CityFact, LogOwner};
use chengji_domain::rate::Formula;
use chengji_domain::roster::MembershipStatus;
use chengji_proto::convert::{RateReport, time_to};
use chengji_proto::v1;
use chengji_store::{Key, Prefix};

use super::*;
use crate::rate::Rates;
use crate::tests::world::{CONSUMER, PROVIDER, STRANGER, World, at, city, entry};

/// The end of December in the cluster's zone, the first whole month of the test's cluster.
const DECEMBER: &str = "2026-12-31T15:59:59.999999999Z";

fn sealing(world: &World, confirmed: bool) -> Sealing {
    Sealing {
        copies: world.live.copies().clone(),
        ledger: world.ledger.clone(),
        tables: Arc::new(Tables::built_in().unwrap()),
        clock: world.clock(),
        is_confirmed: Arc::new(move |_| confirmed),
    }
}

async fn seal(world: &World) -> usize {
    sealing(world, true).seal_due(|| true).await.unwrap()
}

#[tokio::test]
async fn a_clock_that_nobody_confirms_ends_no_month() {
    let world = World::new().await;
    let alone = sealing(&world, false);
    assert_eq!(alone.seal_due(|| true).await.unwrap(), 0);
    world.set_now("2027-01-02T00:00:00Z");
    let error = alone.seal_due(|| true).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable);
    assert_eq!(journal::last_seal(&**world.ledger.kv()).unwrap(), None);
    let gone = sealing(&world, true).seal_due(|| false).await;
    // The logs are empty: there is no page at which it could end.
    assert_eq!(gone.unwrap(), 1);
}

fn report(rates: &Rates, cut_off: &str) -> Result<RateReport> {
    let request = v1::ComputeRateRequest {
        at: Some(time_to(at(cut_off))),
        page: None,
    };
    rates.report(&request, &|| true)
}

#[tokio::test]
async fn a_month_is_sealed_at_its_close_and_missed_ones_are_made_up_for() {
    let mut world = World::new().await;
    let steps = [
        ("2026-12-02T00:00:00Z", 0),
        ("2027-01-01T15:59:59.999999998Z", 0),
        ("2027-01-01T15:59:59.999999999Z", 1),
        ("2027-01-20T00:00:00Z", 0),
        ("2027-04-02T00:00:00Z", 3),
    ];
    for (revision, (now, sealed)) in (1..).zip(steps) {
        world.set_now(now);
        world
            .publish(PROVIDER, entry(1, Unconditional), revision)
            .await
            .unwrap();
        assert_eq!(seal(&world).await, sealed, "{now}");
    }
    let page = |size, cursor: &str| {
        let cursor = cursor.to_owned();
        let page = Some(v1::PageRequest { size, cursor });
        world.rates().seals(&v1::ListSealsRequest { page })
    };
    let all = page(0, "").unwrap();
    let months: Vec<_> = all.items.iter().map(|m| m.month.as_str()).collect();
    assert_eq!(months, ["2026-12", "2027-01", "2027-02", "2027-03"]);
    assert_eq!(all.next_cursor, "");
    let first = page(3, "").unwrap();
    assert_eq!(first.items, all.items[..3]);
    assert_eq!(page(3, &first.next_cursor).unwrap().items, all.items[3..]);
    let error = page(1, "yesterday").unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn a_seal_says_what_its_figures_were_computed_from_and_they_stay() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    world
        .set_status(STRANGER, MembershipStatus::Suspended)
        .await;
    world.set_now("2027-01-01T15:00:00Z");
    let before = report(&world.rates(), DECEMBER).unwrap();
    assert!(before.cut_off.provisional && before.cut_off.sealed.is_none());
    world.set_now("2027-01-02T00:00:00Z");
    assert_eq!(seal(&world).await, 1);

    let ClusterFact::Sealed(sealed) = world.last_fact() else {
        panic!("not sealed");
    };
    assert_eq!(
        (sealed.cut_off, sealed.close),
        (at(DECEMBER), at("2027-01-01T15:59:59.999999999Z"))
    );
    assert_eq!(sealed.formula, Formula::default().id());
    assert_eq!(sealed.tables.len(), Table::ALL.len());
    let cities = sealed.cities.iter();
    let cities: Vec<_> = cities
        .map(|sealed| (sealed.city, sealed.status, sealed.epoch.number, sealed.seq))
        .collect();
    assert_eq!(
        cities,
        [
            (city(CONSUMER), MembershipStatus::Active, 0, 0),
            (city(PROVIDER), MembershipStatus::Active, 1, 1),
            (city(STRANGER), MembershipStatus::Suspended, 0, 0),
        ]
    );
    assert_eq!(sealed.cities[0].root, Digest::of(b""));
    let kv = &**world.ledger.kv();
    let leaf = chengji_follow::leaf(kv, LogOwner::City(city(PROVIDER)), 0);
    assert_eq!(Some(sealed.cities[1].root), leaf.unwrap());

    // Later events change nothing.
    let sealed = report(&world.rates(), DECEMBER).unwrap();
    assert!(!sealed.cut_off.provisional && sealed.cut_off.sealed.is_some());
    assert_eq!(sealed.cities, before.cities);
    world
        .publish(PROVIDER, entry(2, Unconditional), 1)
        .await
        .unwrap();
    world.set_status(PROVIDER, MembershipStatus::Removed).await;
    assert_eq!(report(&world.rates(), DECEMBER).unwrap(), sealed);
}

#[tokio::test]
async fn a_seal_that_no_longer_holds_is_not_passed_over() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    world.set_now("2027-01-02T00:00:00Z");
    seal(&world).await;
    report(&world.rates(), DECEMBER).unwrap();
    // The store loses the admission of a city.
    let damage = world.ledger.write(|tx| {
        tx.delete(Key::new(Prefix::MembershipFact).u64(0).finish());
        Ok(())
    });
    damage.await.unwrap();
    let error = report(&world.rates(), DECEMBER).unwrap_err();
    assert_eq!(error.code(), ErrorCode::StorageDamaged);
    assert_eq!(error.message().code(), "seal-does-not-hold");
}

#[tokio::test]
async fn what_arrives_while_a_month_is_sealed_is_not_missed() {
    let mut world = World::new().await;
    world.set_now("2027-01-01T15:00:00Z");
    let tables = Tables::built_in().unwrap();
    let closed = at("2027-01-02T00:00:00Z");
    let prepared = prepare(world.live.copies(), &tables, at(DECEMBER), &|| true).unwrap();
    // Its clock was read before the close, and it is stored only now.
    let published = CityFact::Published {
        entry: Box::new(entry(1, Unconditional)),
        revision: 1,
    };
    let seq = world.write(PROVIDER, published, at("2026-12-31T00:00:00Z"));
    world.read(city(PROVIDER), seq).await.unwrap();
    let set_down = world
        .ledger
        .write(move |tx| set_down(tx, prepared, closed))
        .await;
    assert_eq!(set_down.unwrap_err().code(), ErrorCode::Conflict);
    world.set_now("2027-01-02T00:00:00Z");
    assert_eq!(seal(&world).await, 1);
    let ClusterFact::Sealed(sealed) = world.last_fact() else {
        panic!("not sealed");
    };
    assert_eq!(sealed.cities[1].seq, 1);
}
