use chengji_domain::catalogue::ShareClass::Unconditional;
use chengji_domain::roster::MembershipStatus;
use chengji_proto::v1::RateInterval;
use jiff::SignedDuration;

use super::*;
use crate::rate::history_tests::figures;
use crate::tests::world::{CONSUMER, PROVIDER, STRANGER, World, at, entry, measured, mounted};

/// Three months in which entries are published, mounted and measured, a city leaves, and one is restored.
async fn quarter() -> World {
    let mut world = World::new().await;
    for day in 1..=90 {
        let now = at("2026-11-24T02:00:00Z") + SignedDuration::from_hours(24 * i64::from(day));
        world.set_now(&now.to_string());
        let who = [PROVIDER, CONSUMER][day as usize % 2];
        let serial = 1 + day / 4;
        world
            .publish(who, entry(serial, Unconditional), day)
            .await
            .unwrap();
        world.append(who, mounted(serial, "a.csv")).await.unwrap();
        world.append(who, measured(serial, 7, now)).await.unwrap();
        match day {
            20 => world.snapshots().await,
            40 => world.set_status(STRANGER, MembershipStatus::Removed).await,
            60 => world.restore(CONSUMER, 30).await,
            70 => world.snapshots().await,
            _ => {}
        }
    }
    world
}

fn asked(every: RateInterval) -> v1::RateHistoryRequest {
    v1::RateHistoryRequest {
        every: every.into(),
        ..Default::default()
    }
}

fn at_of(point: &v1::RatePoint) -> Timestamp {
    cut_off(point.at.as_ref(), "at").unwrap().unwrap()
}

#[tokio::test]
async fn a_series_has_the_figures_of_its_cut_offs() {
    let world = quarter().await;
    let rates = world.rates();
    for (every, points) in [
        (RateInterval::Month, 4),
        (RateInterval::Week, 14),
        (RateInterval::Day, 92),
    ] {
        let series = rates.history(&asked(every), &|| true).unwrap().points.items;
        assert_eq!(series.len(), points, "{every:?}");
        for point in &series {
            let report = figures(world.report(Some(at_of(point))).unwrap());
            let cluster = Some(figures_to(&report.cluster));
            assert_eq!(point.figures, cluster, "{point:?}");
            assert_eq!(point.members as usize, report.cities.items.len());
            assert_eq!(point.provisional, report.cut_off.provisional);
        }
        assert_eq!(at_of(&series[points - 1]), world.now());
    }
}

#[tokio::test]
async fn a_series_of_a_city_has_no_figures_while_it_is_no_member() {
    let world = quarter().await;
    let request = v1::RateHistoryRequest {
        city: STRANGER.to_owned(),
        ..asked(RateInterval::Month)
    };
    let series = world.rates().history(&request, &|| true).unwrap().points;
    let has_figures: Vec<_> = series.items.iter().map(|p| p.figures.is_some()).collect();
    assert_eq!(has_figures, [true, true, false, false]);
    let members: Vec<_> = series.items.iter().map(|point| point.members).collect();
    assert_eq!(members, [3, 3, 2, 2]);
}

#[tokio::test]
async fn a_series_comes_in_pages_within_its_range() {
    let world = quarter().await;
    let rates = world.rates();
    let whole = v1::RateHistoryRequest {
        from: Some(time_to(at("2026-12-01T00:00:00Z"))),
        to: Some(time_to(at("2026-12-05T00:00:00Z"))),
        ..asked(RateInterval::Day)
    };
    let all = rates.history(&whole, &|| true).unwrap().points.items;
    assert_eq!(all.len(), 5);
    let (mut request, mut found) = (whole, Vec::new());
    loop {
        let cursor = request
            .page
            .take()
            .map(|page| page.cursor)
            .unwrap_or_default();
        request.page = Some(v1::PageRequest { size: 2, cursor });
        let page = rates.history(&request, &|| true).unwrap().points;
        found.extend(page.items);
        if page.next_cursor.is_empty() {
            break;
        }
        let (size, cursor) = (2, page.next_cursor);
        request.page = Some(v1::PageRequest { size, cursor });
    }
    assert_eq!(found, all);
}

#[tokio::test]
async fn a_series_needs_an_interval_and_ends_before_the_future() {
    let world = World::new().await;
    let rates = world.rates();
    let code = |request: &v1::RateHistoryRequest, go_on: bool| {
        rates.history(request, &|| go_on).unwrap_err().code()
    };
    let none = asked(RateInterval::Unspecified);
    assert_eq!(code(&none, true), ErrorCode::InvalidArgument);
    let future = v1::RateHistoryRequest {
        to: Some(time_to(world.now() + SignedDuration::from_secs(1))),
        ..asked(RateInterval::Day)
    };
    assert_eq!(code(&future, true), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn a_series_ends_when_the_caller_has_gone() {
    let world = quarter().await;
    let error = world
        .rates()
        .history(&asked(RateInterval::Day), &|| false)
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable);
}
