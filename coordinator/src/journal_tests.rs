use chengji_domain::ErrorCode;
use chengji_domain::problem::Problem;
use chengji_domain::roster::MembershipStatus::{self, Active, Suspended};
use chengji_messages::msg;

use super::*;
use crate::tests::world::{CONSUMER, EPOCH, PROVIDER, START, STRANGER, World, at, city};

async fn remind(world: &World) {
    let (now, fact) = (
        world.now(),
        ClusterFact::Quarantined {
            city: city(PROVIDER),
            epoch: EPOCH,
            seq: 0,
            problem: Problem::new(ErrorCode::PeerInvalid, msg::Text { text: "演练" }),
        },
    );
    let append = world
        .ledger
        .write(move |tx| append(tx, now, &Principal::Coordinator, fact));
    append.await.unwrap();
}

#[tokio::test]
async fn a_time_is_found_among_the_entries_and_members_are_those_of_then() {
    let world = World::new().await;
    let kv = &**world.ledger.kv();
    let founding = log::head(kv).unwrap().seq;
    let mut ends = vec![(world.now(), founding)];
    for (now, code, status) in [
        (
            "2026-11-24T00:00:00Z",
            PROVIDER,
            MembershipStatus::Suspended,
        ),
        ("2026-11-25T00:00:00Z", STRANGER, MembershipStatus::Removed),
        ("2026-11-26T00:00:00Z", PROVIDER, MembershipStatus::Active),
    ] {
        world.set_now(now);
        world.set_status(code, status).await;
        remind(&world).await;
        ends.push((world.now(), log::head(kv).unwrap().seq));
    }
    for (time, end) in &ends {
        assert_eq!(position_at(kv, *time).unwrap().seq, *end, "{time}");
    }
    assert_eq!(position_at(kv, at("2020-01-01T00:00:00Z")).unwrap().seq, 0);
    assert_eq!(founded(kv).unwrap(), Some(at(START)));

    let members = |time: usize| {
        let members = members_at(kv, ends[time].1).unwrap();
        let present = members.present();
        present
            .map(|(city, known)| (city.to_string(), known.status))
            .collect::<Vec<_>>()
    };
    let of = |city: &str, status| (city.to_owned(), status);
    let (first, third) = (of("430100", Active), of("430300", Active));
    let second = |status| of("430200", status);
    let all = |status| [first.clone(), second(status), third.clone()];
    assert_eq!(members(0), all(Active));
    assert_eq!(members(1), all(Suspended));
    assert_eq!(members(2), all(Suspended)[..2]);
    assert_eq!(members(3), all(Active)[..2]);
}

#[tokio::test]
async fn entries_are_dated_in_order_though_the_clock_goes_back() {
    let world = World::new().await;
    world.set_now("2026-12-13T00:00:00Z");
    world
        .set_status(CONSUMER, MembershipStatus::Suspended)
        .await;
    world.set_now("2026-11-24T00:00:00Z");
    world.set_status(CONSUMER, MembershipStatus::Active).await;
    let kv = &**world.ledger.kv();
    let head = log::head(kv).unwrap().seq;
    let dates: Vec<_> = (0..head).map(|seq| entry(kv, seq).unwrap().at).collect();
    assert!(dates.is_sorted(), "{dates:?}");
    assert_eq!(dates.last(), Some(&at("2026-12-13T00:00:00Z")));
}
