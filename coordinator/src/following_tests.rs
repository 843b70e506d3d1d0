use chengji_domain::fact::ClusterFact;
use chengji_domain::roster::Member;
use chengji_domain::roster::MembershipStatus::{Active, Removed, Suspended};

use super::*;
use crate::certificate::OwnCertificate;
use crate::tests::world::{CONSUMER, PROVIDER, STRANGER, World, city};

const ALL: [&str; 3] = [CONSUMER, PROVIDER, STRANGER];

/// Follows the members of this cluster, whose nodes are at ports that nothing listens at.
async fn following(world: &World) -> Following {
    for (port, code) in (1..).zip(ALL) {
        moved(world, code, &format!("127.0.0.1:{port}")).await;
    }
    let made = OwnCertificate::make(world.enrolment(), chengji_clock::system_time());
    Following {
        turns: chengji_follow::FollowTurns::default(),
        compare_interval: Duration::from_secs(60),
        identity: made.unwrap().identity,
        ledger: world.ledger.clone(),
        deadlines: Arc::clone(&world.deadlines),
        clock: world.clock(),
        rate: Arc::clone(&world.live),
        roster: world.roster(),
        cities: FollowedCities::default(),
        budgets: Arc::clone(&world.budgets),
        disputes: world.disputes,
    }
}

/// Changes the endpoint of a member's node.
async fn moved(world: &World, code: &str, endpoint: &str) {
    let known = world.roster().member(city(code)).unwrap().unwrap();
    let member = Member {
        endpoint: endpoint.to_owned(),
        ..known.member
    };
    world.announce(ClusterFact::Admitted(member)).await;
}

/// Matches the followers with the roster; returns the cities being followed.
fn matched(following: &Following, known: &mut Known) -> Vec<CityCode> {
    following.match_roster(known).unwrap();
    let followed = |code: &CityCode| following.cities.state(*code).is_some();
    let followed: Vec<CityCode> = ALL.map(city).into_iter().filter(followed).collect();
    assert_eq!(known.running.keys().copied().collect::<Vec<_>>(), followed);
    followed
}

#[tokio::test]
async fn exactly_the_active_members_are_followed() {
    let world = World::new().await;
    let following = following(&world).await;
    let mut known = Known::default();
    assert_eq!(matched(&following, &mut known), ALL.map(city));

    world.set_status(PROVIDER, Suspended).await;
    world.set_status(STRANGER, Removed).await;
    assert_eq!(matched(&following, &mut known), [city(CONSUMER)]);

    world.set_status(PROVIDER, Active).await;
    assert_eq!(
        matched(&following, &mut known),
        [city(CONSUMER), city(PROVIDER)]
    );
}

#[tokio::test]
async fn a_city_that_has_moved_is_followed_where_it_is_now() {
    let world = World::new().await;
    let following = following(&world).await;
    let mut known = Known::default();
    matched(&following, &mut known);
    let stopped = known
        .running
        .get(&city(PROVIDER))
        .unwrap()
        ._stop
        .subscribe();

    moved(&world, PROVIDER, "127.0.0.1:9").await;
    assert_eq!(matched(&following, &mut known), ALL.map(city));
    assert_eq!(
        known.running.get(&city(PROVIDER)).unwrap().endpoint,
        "127.0.0.1:9"
    );
    assert_eq!(
        known.running.get(&city(CONSUMER)).unwrap().endpoint,
        "127.0.0.1:1"
    );
    assert!(
        stopped.has_changed().is_err(),
        "the earlier follower goes on"
    );
}

#[tokio::test]
async fn a_city_is_forgotten_once_each_time_that_it_is_removed() {
    let world = World::new().await;
    let following = following(&world).await;
    let mut known = Known::default();
    assert_eq!(following.match_roster(&mut known), Ok(Vec::new()));
    world.set_status(STRANGER, Removed).await;
    assert_eq!(following.match_roster(&mut known), Ok(vec![city(STRANGER)]));
    world.set_status(PROVIDER, Suspended).await;
    assert_eq!(following.match_roster(&mut known), Ok(Vec::new()));
    moved(&world, STRANGER, "127.0.0.1:3").await;
    assert_eq!(following.match_roster(&mut known), Ok(Vec::new()));
    world.set_status(STRANGER, Removed).await;
    assert_eq!(following.match_roster(&mut known), Ok(vec![city(STRANGER)]));
}
