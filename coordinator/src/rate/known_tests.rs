use chengji_domain::ErrorCode;
use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::fact::CityFact;
use chengji_domain::rate::Figures;
use chengji_domain::roster::MembershipStatus;
use chengji_proto::convert::{CheckpointCity, time_to};
use chengji_proto::v1;
use chengji_store::{Batch, Key, Prefix};

use super::*;
use crate::tests::world::{PROVIDER, World, at, city, entry};

/// A cut-off after the first entries, and its close.
const CUT_OFF: &str = "2026-11-24T00:00:00Z";
const CLOSED: &str = "2026-11-25T00:00:00Z";

async fn published() -> World {
    let mut world = World::new().await;
    for serial in 1..=3 {
        let entry = entry(serial, Unconditional);
        world.publish(PROVIDER, entry, 1).await.unwrap();
    }
    world
}

/// Makes the first entry of the provider's log unreadable.
fn damage(world: &World) {
    let log = Key::new(Prefix::MirrorEnvelope).u32(city(PROVIDER).number());
    let mut batch = Batch::new();
    batch.delete(log.u32(0).u64(0).finish());
    world.ledger.kv().commit(&batch).unwrap();
}

#[tokio::test]
async fn closed_figures_are_not_folded_again_and_others_are() {
    let mut world = published().await;
    world.set_now("2026-11-24T23:59:59Z");
    let cut_off = Some(at(CUT_OFF));
    let provisional = world.report(cut_off).unwrap();
    assert!(provisional.cut_off.provisional);
    world.set_now(CLOSED);
    let closed = world.report(cut_off).unwrap();
    assert!(!closed.cut_off.provisional);
    assert_eq!(closed.cities, provisional.cities);
    assert_eq!(closed.cluster.entries.denominator, 3);
    damage(&world);
    assert_eq!(world.report(cut_off).unwrap(), closed);
    let series = v1::RateHistoryRequest {
        from: Some(time_to(at(CUT_OFF))),
        to: Some(time_to(at(CUT_OFF))),
        every: v1::RateInterval::Day.into(),
        ..Default::default()
    };
    let points = world.rates().history(&series, &|| true).unwrap().points;
    assert_eq!(points.items.len(), 1);
    // Another cut-off, and another start of the coordinator, read the log.
    let later = world.report(Some(at(CLOSED))).unwrap_err();
    assert_eq!(later.code(), ErrorCode::StorageDamaged);
    world.restart();
    let again = world.report(cut_off).unwrap_err();
    assert_eq!(again.code(), ErrorCode::StorageDamaged);
}

#[tokio::test]
async fn figures_serve_for_their_own_basis_only() {
    let mut world = published().await;
    world.set_now(CLOSED);
    let kv = Arc::clone(world.ledger.kv());
    let basis = || Basis::of_past(&*kv, at(CUT_OFF)).unwrap();
    let (known, before) = (KnownFigures::default(), basis());
    let checkpoint = Arc::new(before.checkpoint(|_| (Figures::default(), 0)));
    known.put(before.clone(), Arc::clone(&checkpoint));
    assert_eq!(known.get(&before), Some(Arc::clone(&checkpoint)));
    // It was still on its way when the clock was read before the close.
    let (entry, revision) = (Box::new(entry(4, Unconditional)), 1);
    world.set_now("2026-11-24T23:00:00Z");
    let dated = at("2026-11-23T12:00:00Z");
    let seq = world.write(PROVIDER, CityFact::Published { entry, revision }, dated);
    world.read(city(PROVIDER), seq).await.unwrap();
    let after = basis();
    assert_ne!(after, before);
    assert_eq!(known.get(&after), None);
    known.put(after.clone(), Arc::clone(&checkpoint));
    assert_eq!(known.get(&after), Some(checkpoint));
    assert_eq!(known.get(&before), None);
}

#[tokio::test]
async fn the_figures_of_the_longest_ago_are_forgotten() {
    let world = published().await;
    let known = KnownFigures::default();
    let of = |cut_off: &str| Basis::of_past(&**world.ledger.kv(), at(cut_off)).unwrap();
    let [first, second, third] =
        ["2026-11-20", "2026-11-21", "2026-11-22"].map(|day| of(&format!("{day}T00:00:00Z")));
    let large = |basis: &Basis| {
        let one = CheckpointCity {
            city: city(PROVIDER),
            status: MembershipStatus::Active,
            figures: Figures::default(),
            position: v1::LogPosition::default(),
        };
        let mut checkpoint = basis.checkpoint(|_| (Figures::default(), 0));
        checkpoint.cities = vec![one; MOST / 2];
        Arc::new(checkpoint)
    };
    known.put(first.clone(), large(&first));
    known.put(second.clone(), large(&second));
    assert!(known.get(&second).is_some() && known.get(&first).is_some());
    known.put(third.clone(), large(&third));
    let left = [&first, &second, &third].map(|basis| known.get(basis).is_some());
    assert_eq!(left, [true, false, true]);
}
