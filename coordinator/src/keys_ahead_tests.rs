//! Counts the look-ups of messages of different lengths.

use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::request::State;

use super::*;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, START, World, acting, at, city, code, delivery, entry, grant,
    measured, mounted, requested, submission,
};

/// The request for the entry of this number.
fn request(serial: u32) -> RequestId {
    RequestId {
        city: city(CONSUMER),
        epoch: EPOCH,
        seq: u64::from(serial) - 1,
    }
}

/// The messages in which two cities share so many entries, each with its sender: the entries are published, mounted,
/// measured, requested, granted and delivered.
fn shared(count: u32) -> Vec<(&'static str, Vec<CityFact>)> {
    let each = |fact: &dyn Fn(u32) -> CityFact| (1..=count).map(fact).collect();
    let published = |serial| CityFact::Published {
        entry: Box::new(entry(serial, Unconditional)),
        revision: 1,
    };
    let asked = |serial| requested(submission(&format!("{PROVIDER}:{}", code(serial))));
    let granted = |serial| CityFact::Moved {
        request: request(serial),
        mv: grant("2027-01-01T00:00:00Z"),
        actor: acting(PROVIDER),
    };
    let sent = |serial| CityFact::Delivered {
        delivery: delivery(serial, 1, request(serial)),
        consumer: city(CONSUMER),
        resumed_at: 0,
    };
    let received = |serial| CityFact::Received {
        delivery: delivery(serial, 1, request(serial)),
        provider: city(PROVIDER),
    };
    vec![
        (PROVIDER, each(&published)),
        (PROVIDER, each(&|serial| mounted(serial, "districts.csv"))),
        (PROVIDER, each(&|serial| measured(serial, 1, at(START)))),
        (CONSUMER, each(&asked)),
        (PROVIDER, each(&granted)),
        (PROVIDER, each(&sent)),
        (CONSUMER, each(&received)),
    ]
}

/// The reads of each message: look-ups of keys, one or many together, and ranges. None of the facts is set aside.
async fn reads_of(
    world: &mut World,
    messages: Vec<(&'static str, Vec<CityFact>)>,
) -> (Vec<u64>, Vec<u64>) {
    let (mut lookups, mut ranges) = (Vec::new(), Vec::new());
    for (of, facts) in messages {
        world.reads.reset();
        world.append_all(of, facts).await;
        lookups.push(world.reads.lookups());
        ranges.push(world.reads.ranges());
        assert_eq!(world.intake(city(of)).followed().state().quarantined, 0);
    }
    (lookups, ranges)
}

/// Maximum number of ranges that a message reads: of its log and of the log's tree.
const RANGES: u64 = 3;

#[tokio::test]
async fn what_the_facts_of_a_message_read_is_looked_up_together() {
    let mut lookups = Vec::new();
    for count in [2, 30] {
        let mut world = World::new().await;
        let (of_each, ranges) = reads_of(&mut world, shared(count)).await;
        assert!(ranges.iter().all(|ranges| *ranges <= RANGES), "{ranges:?}");
        lookups.push(of_each);
        let last = world.request(request(count));
        assert_eq!(
            last.history.state().unwrap().state(at(START)),
            State::Granted
        );
    }
    assert_eq!(lookups[0], lookups[1]);
}

#[tokio::test]
async fn the_first_moves_before_their_requests_are_kept_without_a_read_for_each() {
    let mut lookups = Vec::new();
    for count in [2, 30] {
        let mut world = World::new().await;
        world.set_current(false);
        let moves = shared(count).remove(4);
        let (of_each, ranges) = reads_of(&mut world, vec![moves]).await;
        assert!(ranges[0] <= RANGES, "{ranges:?}");
        // A debug build checks by a look-up that what is stored as new is new.
        let checks = u64::from(count) * u64::from(cfg!(debug_assertions));
        lookups.push(of_each[0] - checks);
    }
    assert_eq!(lookups[0], lookups[1]);
}
