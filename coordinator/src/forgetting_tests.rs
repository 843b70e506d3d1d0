//! A removed city leaves the directory and the rate, and comes back with the entries in its log.

use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::fact::CityFact;
use chengji_messages::{Message, Value, msg};
use chengji_store::{Batch, Key, Prefix};

use super::*;
use crate::tests::world::{CONSUMER, PROVIDER, World, city, code, entry, measured};

async fn set_status(world: &World, status: MembershipStatus) {
    world.set_status(PROVIDER, status).await;
}

#[tokio::test]
async fn what_a_removed_city_published_is_forgotten_and_made_again_of_the_copy_of_its_log() {
    let mut world = World::new().await;
    for serial in 1..=20 {
        let entry = entry(serial, Unconditional);
        world.publish(PROVIDER, entry, 1).await.unwrap();
    }
    world
        .publish(PROVIDER, entry(1, Unconditional), 0)
        .await
        .unwrap_err();
    let mounted = CityFact::Mounted {
        code: code(1).parse().unwrap(),
        file_name: "districts.csv".to_owned(),
        is_table: false,
    };
    world.append(PROVIDER, mounted).await.unwrap();
    world
        .append(PROVIDER, measured(1, 30, world.now()))
        .await
        .unwrap();
    world
        .publish(CONSUMER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    let before = (world.entry(PROVIDER, &code(1)), world.report(None).unwrap());
    let used = records::city_use(&**world.ledger.kv(), city(PROVIDER)).unwrap();

    // Nothing is forgotten while it takes part.
    forget(&world.ledger, &world.live, city(PROVIDER))
        .await
        .unwrap();
    assert_eq!(world.entry(PROVIDER, &code(1)), before.0);
    set_status(&world, MembershipStatus::Removed).await;
    forget(&world.ledger, &world.live, city(PROVIDER))
        .await
        .unwrap();
    assert!((1..=20).all(|serial| world.entry(PROVIDER, &code(serial)).is_none()));
    assert_eq!(world.live.entries(city(PROVIDER)), 0);
    assert!(world.entry(CONSUMER, &code(1)).is_some());
    let copy = current_copy(&**world.ledger.kv(), LogOwner::City(city(PROVIDER)));
    assert_eq!(copy.unwrap().unwrap().next, 23);

    set_status(&world, MembershipStatus::Active).await;
    recall(&world.ledger, &world.live, city(PROVIDER))
        .await
        .unwrap();
    let mut after = world.report(None).unwrap();
    after.coordinator = before.1.coordinator;
    assert_eq!((world.entry(PROVIDER, &code(1)), after), before);
    assert_eq!(
        records::city_use(&**world.ledger.kv(), city(PROVIDER)).unwrap(),
        used
    );
}

#[tokio::test]
async fn nothing_is_made_again_of_a_damaged_copy_and_no_figures_are_given() {
    let mut world = World::new().await;
    for serial in 1..=3 {
        let entry = entry(serial, Unconditional);
        world.publish(PROVIDER, entry, 1).await.unwrap();
    }
    set_status(&world, MembershipStatus::Removed).await;
    forget(&world.ledger, &world.live, city(PROVIDER))
        .await
        .unwrap();
    set_status(&world, MembershipStatus::Active).await;
    // The copy lacks its second entry.
    let kv = world.ledger.kv();
    let provider = Key::new(Prefix::MirrorEnvelope).u32(city(PROVIDER).number());
    let mut batch = Batch::new();
    batch.delete(provider.u32(0).u64(1).finish());
    kv.commit(&batch).unwrap();

    let error = recall(&world.ledger, &world.live, city(PROVIDER)).await;
    assert_eq!(error.unwrap_err().code(), ErrorCode::StorageDamaged);
    let log = LogOwner::City(city(PROVIDER));
    assert_eq!(world.live.copies().damaged(log), 1);
    let used = records::city_use(&**kv, city(PROVIDER)).unwrap();
    assert!(used.forgotten, "it is tried again");

    // After a restart the damage is found again, and current figures are refused until the copy is complete.
    let rebuilt = LiveRate::rebuild(
        world.live.copies().clone(),
        world.clock(),
        &[city(PROVIDER)],
    )
    .unwrap();
    world.live = Arc::new(rebuilt);
    let error = world.report(None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::StorageDamaged);
    let damaged = msg::FollowEntryDamaged {
        log: Value::text(log),
        seq: 1,
    };
    assert_eq!(*error.message(), Message::from(damaged));
}
