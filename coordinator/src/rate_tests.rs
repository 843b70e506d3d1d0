//! The live figures and those folded again are the same.

use chengji_domain::catalogue::ShareClass::{Conditional, NotShared, Unconditional};
use chengji_domain::fact::CityFact;

use super::*;
use crate::world::{CONSUMER, PROVIDER, World, at, city, code, delivery, entry, grant, measured};

/// One entry realised, one of class 3, one merely published, and one entry that was set aside.
async fn shared() -> World {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    world
        .publish(PROVIDER, entry(2, Conditional), 1)
        .await
        .unwrap();
    world
        .publish(PROVIDER, entry(3, NotShared), 1)
        .await
        .unwrap();
    world
        .publish(PROVIDER, entry(4, Conditional), 0)
        .await
        .unwrap_err();
    let file_name = "districts.csv".to_owned();
    let code = code(1).parse().unwrap();
    world
        .say(PROVIDER, CityFact::Mounted { code, file_name })
        .await
        .unwrap();
    let now = world.now();
    world.say(PROVIDER, measured(1, 30, now)).await.unwrap();
    let id = world
        .ask(&format!("{PROVIDER}:{}", crate::world::code(1)))
        .await;
    world
        .make_move(PROVIDER, id, grant("2026-12-31T00:00:00Z"))
        .await
        .unwrap();
    world.set_now("2026-11-24T02:00:00Z");
    let (delivery, consumer) = (delivery(1, 30, id), city(CONSUMER));
    let sent = CityFact::Delivered {
        delivery: delivery.clone(),
        consumer,
        resumed_at: 0,
    };
    world.say(PROVIDER, sent).await.unwrap();
    let received = CityFact::Received {
        delivery,
        provider: city(PROVIDER),
    };
    world.say(CONSUMER, received).await.unwrap();
    world
}

fn of(report: &v1::RateReport, code: &str) -> v1::CityRate {
    report
        .cities
        .iter()
        .find(|rate| rate.city == code)
        .cloned()
        .unwrap()
}

#[tokio::test]
async fn the_live_figures_are_those_folded_again_and_those_after_a_restart() {
    let world = shared().await;
    let live = world.rates().report(None).unwrap();
    let provider = of(&live, PROVIDER).figures.unwrap();
    let entries = provider.entries.unwrap();
    assert_eq!(
        (
            entries.numerator,
            entries.denominator,
            entries.score.as_str()
        ),
        (1, 2, "50.00")
    );
    assert_eq!(provider.not_shared, 1);
    assert_eq!(
        of(&live, CONSUMER).figures.unwrap().entries.unwrap().score,
        "n/a"
    );

    let again = world.rates().report(Some(world.now())).unwrap();
    assert_eq!(again, live);

    let cities: Vec<CityCode> = world.members().iter().map(|member| member.city).collect();
    let rebuilt = LiveRate::rebuild(&**world.ledger.kv(), &cities).unwrap();
    let restarted = Rates {
        live: Arc::new(rebuilt),
        ..world.rates()
    };
    assert_eq!(restarted.report(None).unwrap(), live);
    let evidence = restarted.evidence(city(PROVIDER), None).unwrap();
    assert_eq!(
        evidence,
        world.rates().evidence(city(PROVIDER), None).unwrap()
    );
    assert_eq!(
        evidence.entries.len(),
        3,
        "what was set aside counts nowhere"
    );
}

#[tokio::test]
async fn the_position_is_where_reading_has_got() {
    let world = shared().await;
    let now = world.rates().report(None).unwrap();
    assert_eq!(of(&now, PROVIDER).position.unwrap().seq, 8);
    assert_eq!(of(&now, CONSUMER).position.unwrap().seq, 2);
}

#[tokio::test]
async fn the_past_is_as_it_was() {
    let world = shared().await;
    let before = world
        .rates()
        .report(Some(at("2026-11-23T12:00:00Z")))
        .unwrap();
    let entries = of(&before, PROVIDER).figures.unwrap().entries.unwrap();
    assert_eq!(
        (entries.numerator, entries.denominator),
        (0, 2),
        "not read yet"
    );
    assert_eq!(of(&before, PROVIDER).position.unwrap().seq, 7);
    let earlier = world
        .rates()
        .report(Some(at("2026-11-22T00:00:00Z")))
        .unwrap();
    assert_eq!(
        of(&earlier, PROVIDER)
            .figures
            .unwrap()
            .entries
            .unwrap()
            .score,
        "n/a"
    );
}

#[tokio::test]
async fn the_future_and_strangers_have_no_figures() {
    let world = shared().await;
    let future = world
        .rates()
        .report(Some(at("2027-01-01T00:00:00Z")))
        .unwrap_err();
    assert_eq!(future.code(), ErrorCode::InvalidArgument);
    let stranger = world.rates().evidence(city("440100"), None).unwrap_err();
    assert_eq!(stranger.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_log_that_is_read_again_counts_once() {
    let world = shared().await;
    let before = world.rates().report(None).unwrap();
    world.read_again(PROVIDER).await;
    let mut after = world.rates().report(None).unwrap();
    // Setting the same entry aside again is said again in the coordinator's log.
    after.coordinator.clone_from(&before.coordinator);
    assert_eq!(after, before);
}
