//! A city's log becomes its part of the federated catalogue.

use chengji_domain::catalogue::ShareClass::{Conditional, Unconditional};

use super::*;
use crate::world::{CONSUMER, PROVIDER, START, World, at, city, code, entry, measured};

fn mounted(serial: u32, file_name: &str) -> CityFact {
    CityFact::Mounted {
        code: code(serial).parse().unwrap(),
        file_name: file_name.to_owned(),
    }
}

#[tokio::test]
async fn what_is_dated_ahead_counts_as_of_its_arrival() {
    let mut world = World::new().await;
    let published = CityFact::Published {
        entry: Box::new(entry(1, Unconditional)),
        revision: 1,
    };
    let dated = at("2027-11-23T02:00:00Z");
    world.say_dated(PROVIDER, dated, published).await.unwrap();
    let record = world.entry(PROVIDER, &code(1)).unwrap();
    let arrived = chengji_proto::convert::time_to(world.now());
    assert_eq!(record.published_at, Some(arrived));
}

#[tokio::test]
async fn an_entry_stands_as_its_city_left_it() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    world
        .say(PROVIDER, mounted(1, "districts.csv"))
        .await
        .unwrap();
    world
        .say(PROVIDER, measured(1, 7, at(START)))
        .await
        .unwrap();
    world
        .publish(PROVIDER, entry(1, Conditional), 2)
        .await
        .unwrap();
    let record = world.entry(PROVIDER, &code(1)).unwrap();
    assert_eq!((record.city.as_str(), record.revision), (PROVIDER, 2));
    let mount = record.mount.unwrap();
    assert_eq!(mount.file_name, "districts.csv");
    assert_eq!(mount.measurement.unwrap().rows, Some(7));

    let reason = "并入新目录".to_owned();
    let withdrawn = CityFact::Withdrawn {
        code: code(1).parse().unwrap(),
        reason,
    };
    world.say(PROVIDER, withdrawn).await.unwrap();
    let record = world.entry(PROVIDER, &code(1)).unwrap();
    assert!(record.withdrawn_at.is_some(), "it stays on record");
    let reason = "迁移".to_owned();
    let unmounted = CityFact::Unmounted {
        code: code(1).parse().unwrap(),
        reason,
    };
    world.say(PROVIDER, unmounted).await.unwrap();
    assert_eq!(world.entry(PROVIDER, &code(1)).unwrap().mount, None);
    world
        .publish(PROVIDER, entry(1, Conditional), 3)
        .await
        .unwrap();
    assert_eq!(world.entry(PROVIDER, &code(1)).unwrap().withdrawn_at, None);
}

#[tokio::test]
async fn what_contradicts_the_log_itself_is_set_aside_and_changes_nothing() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    let before = world.entry(PROVIDER, &code(1));
    let wrong = [
        CityFact::Published {
            entry: Box::new(entry(1, Conditional)),
            revision: 1,
        },
        CityFact::Published {
            entry: Box::new(entry(2, Conditional)),
            revision: 0,
        },
        mounted(9, "x.csv"),
        mounted(1, "../x.csv"),
        mounted(1, ""),
        measured(1, 7, at(START)),
    ];
    for fact in wrong {
        let shown = format!("{fact:?}");
        let error = world.say(PROVIDER, fact).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::PeerInvalid, "{shown}");
        assert!(
            matches!(world.facts().last(), Some(ClusterFact::Quarantined { .. })),
            "{shown}"
        );
    }
    assert_eq!(world.entry(PROVIDER, &code(1)), before);
    assert_eq!(world.entry(PROVIDER, &code(2)), None);
}

#[tokio::test]
async fn an_entry_out_of_its_place_is_set_aside() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    let federation = world.federation(city(PROVIDER));
    let (_, bytes) = chengji_follow::mirrored(
        &**world.ledger.kv(),
        chengji_domain::fact::LogOwner::City(city(PROVIDER)),
        0,
        1,
    )
    .unwrap()
    .remove(0);
    let bytes = bytes.unwrap();
    let foreign = world.federation(city(CONSUMER));
    let copy = bytes.clone();
    assert!(
        world
            .ledger
            .write(move |tx| foreign.apply(tx, 0, &copy))
            .await
            .is_err()
    );
    assert!(
        world
            .ledger
            .write(move |tx| federation.apply(tx, 5, &bytes))
            .await
            .is_err()
    );
}

#[tokio::test]
async fn a_city_is_forgotten_in_pieces_and_alone() {
    let mut world = World::new().await;
    for serial in 1..=600 {
        world
            .publish(PROVIDER, entry(serial, Unconditional), 1)
            .await
            .unwrap();
    }
    world
        .publish(CONSUMER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    let mut pieces = 1;
    loop {
        let federation = world.federation(city(PROVIDER));
        if world
            .ledger
            .write(move |tx| federation.forget(tx))
            .await
            .unwrap()
        {
            break;
        }
        pieces += 1;
    }
    assert!(pieces > 1, "600 entries went in one piece");
    assert!((1..=600).all(|serial| world.entry(PROVIDER, &code(serial)).is_none()));
    assert!(world.entry(CONSUMER, &code(1)).is_some());
}
