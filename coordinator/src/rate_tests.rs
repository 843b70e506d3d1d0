//! The live figures equal those folded again.

use chengji_domain::catalogue::Draft;
use chengji_domain::catalogue::ShareClass::{Conditional, NotShared, Unconditional};
use chengji_domain::fact::CityFact;
use chengji_domain::roster::MembershipStatus::*;
use chengji_proto::service::Respond as _;

use super::history_tests::figures;
use super::*;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, STRANGER, World, at, city, code, delivery, draft, entry, grant,
    measured,
};

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
    let mounted = CityFact::Mounted {
        code: code(1).parse().unwrap(),
        file_name: "districts.csv".to_owned(),
        is_table: false,
    };
    world.append(PROVIDER, mounted).await.unwrap();
    let now = world.now();
    world.append(PROVIDER, measured(1, 30, now)).await.unwrap();
    let id = world
        .ask(&format!("{PROVIDER}:{}", crate::tests::world::code(1)))
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
    world.append(PROVIDER, sent).await.unwrap();
    let received = CityFact::Received {
        delivery,
        provider: city(PROVIDER),
    };
    world.append(CONSUMER, received).await.unwrap();
    world
}

fn paged(size: u32, cursor: &str) -> Option<v1::PageRequest> {
    let cursor = cursor.to_owned();
    Some(v1::PageRequest { size, cursor })
}

fn of_city(city: &str) -> v1::ExplainRateRequest {
    v1::ExplainRateRequest {
        city: city.to_owned(),
        ..Default::default()
    }
}

fn of(report: &RateReport, code: &str) -> v1::CityRate {
    report
        .cities
        .items
        .iter()
        .find(|rate| rate.city == code)
        .cloned()
        .unwrap()
}

#[tokio::test]
async fn the_live_figures_are_those_folded_again_and_those_after_a_restart() {
    let world = shared().await;
    let live = world.report(None).unwrap();
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

    let again = world.report(Some(world.now())).unwrap();
    assert_eq!(again, live);

    let cities: Vec<chengji_domain::CityCode> =
        world.members().iter().map(|member| member.city).collect();
    let rebuilt = LiveRate::rebuild(world.live.copies().clone(), world.clock(), &cities).unwrap();
    let restarted = Rates {
        live: Arc::new(rebuilt),
        ..world.rates()
    };
    let now = v1::ComputeRateRequest::default();
    assert_eq!(restarted.report(&now, &|| true).unwrap(), live);
    let evidence = restarted.evidence(&of_city(PROVIDER), &|| true).unwrap();
    assert_eq!(
        evidence,
        world
            .rates()
            .evidence(&of_city(PROVIDER), &|| true)
            .unwrap()
    );
    assert_eq!(
        evidence.entries.items.len(),
        3,
        "what was set aside counts nowhere"
    );
}

#[tokio::test]
async fn the_position_is_where_reading_has_got() {
    let world = shared().await;
    let now = world.report(None).unwrap();
    assert_eq!(of(&now, PROVIDER).position.unwrap().seq, 8);
    assert_eq!(of(&now, CONSUMER).position.unwrap().seq, 2);
}

#[tokio::test]
async fn the_past_is_as_it_was() {
    let world = shared().await;
    let before = world.report(Some(at("2026-11-23T12:00:00Z"))).unwrap();
    let entries = of(&before, PROVIDER).figures.unwrap().entries.unwrap();
    assert_eq!(
        (entries.numerator, entries.denominator),
        (0, 2),
        "not read yet"
    );
    assert_eq!(of(&before, PROVIDER).position.unwrap().seq, 7);
    let earlier = world.report(Some(at("2026-11-22T00:00:00Z"))).unwrap();
    assert!(earlier.cities.items.is_empty(), "there was no cluster yet");
    assert_eq!(earlier.cluster.entries.score(), "n/a");
}

#[tokio::test]
async fn the_future_and_strangers_have_no_figures() {
    let world = shared().await;
    let future = world.report(Some(at("2027-01-01T00:00:00Z"))).unwrap_err();
    assert_eq!(future.code(), ErrorCode::InvalidArgument);
    let stranger = world
        .rates()
        .evidence(&of_city("440100"), &|| true)
        .unwrap_err();
    assert_eq!(stranger.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn a_log_that_is_read_again_counts_once() {
    let world = shared().await;
    let before = world.report(None).unwrap();
    world.read_again(PROVIDER).await;
    let mut after = world.report(None).unwrap();
    // Setting the same entry aside again is recorded again in the coordinator's log.
    after.coordinator = before.coordinator;
    assert_eq!(after, before);
}

/// A cut-off before the last two facts of [`shared`], and its close.
const CUT_OFF: &str = "2026-11-23T12:00:00Z";
const CLOSED: &str = "2026-11-24T12:00:00Z";

#[tokio::test]
async fn a_past_figure_does_not_change_with_the_members() {
    let world = shared().await;
    world.set_now(CLOSED);
    let before = world.report(Some(at(CUT_OFF))).unwrap();
    assert_eq!(before.cities.items.len(), 3);
    assert!(!before.cut_off.provisional);
    world.set_now("2026-11-26T00:00:00Z");
    world.set_status(PROVIDER, Removed).await;
    world.set_status(STRANGER, Suspended).await;
    assert_eq!(world.report(Some(at(CUT_OFF))).unwrap(), before);
    let evidence = world
        .rates()
        .evidence(
            &v1::ExplainRateRequest {
                at: Some(time_to(at(CUT_OFF))),
                ..of_city(PROVIDER)
            },
            &|| true,
        )
        .unwrap();
    assert_eq!(evidence.entries.items.len(), 3);
    assert_eq!(
        before.coordinator.seq, 8,
        "where the coordinator's log ended then, not now"
    );

    // From then on it is not among the members, and a suspended one is reported as such.
    let after = world.report(Some(world.now())).unwrap();
    let statuses: Vec<_> = after
        .cities
        .items
        .iter()
        .map(|c| (c.city.as_str(), c.status()))
        .collect();
    assert_eq!(
        statuses,
        [
            (CONSUMER, v1::MembershipStatus::Active),
            (STRANGER, v1::MembershipStatus::Suspended)
        ]
    );
    let now = world.report(None).unwrap();
    assert_eq!(now.cities, after.cities);
}

#[tokio::test]
async fn what_arrives_after_the_close_does_not_count_whatever_its_date() {
    let mut world = shared().await;
    let early = at("2026-11-23T11:00:00Z");
    let published = |serial| CityFact::Published {
        entry: Box::new(entry(serial, Unconditional)),
        revision: 1,
    };
    world.set_now("2026-11-24T11:59:59Z");
    let denominator = |world: &World| {
        let report = world.report(Some(at(CUT_OFF))).unwrap();
        let figures = of(&report, PROVIDER).figures.unwrap();
        (
            figures.entries.unwrap().denominator,
            report.cut_off.provisional,
        )
    };
    assert_eq!(denominator(&world), (2, true));
    let seq = world.write(PROVIDER, published(5), early);
    world.read(city(PROVIDER), seq).await.unwrap();
    assert_eq!(denominator(&world), (3, true), "dated before, and in time");

    world.set_now(CLOSED);
    let seq = world.write(PROVIDER, published(6), early);
    world.read(city(PROVIDER), seq).await.unwrap();
    assert_eq!(denominator(&world), (3, false), "dated before, and late");
    let later = world.report(Some(at(CLOSED))).unwrap();
    let figures = of(&later, PROVIDER).figures.unwrap();
    assert_eq!(
        figures.entries.unwrap().denominator,
        4,
        "it counts at the next cut-off"
    );
}

#[tokio::test]
async fn what_a_restore_lost_counts_where_it_was_counted_and_is_shown() {
    let mut world = shared().await;
    let cut_off = world.now();
    world.set_now("2026-11-25T02:00:00Z");
    let before = world.report(Some(cut_off)).unwrap();
    let realised = |report: &RateReport| {
        let entries = of(report, PROVIDER).figures.unwrap().entries.unwrap();
        (entries.numerator, entries.denominator)
    };
    assert_eq!(realised(&before), (1, 2));

    // The consumer loses its receipt, the provider everything after what it published.
    world.set_now("2026-11-26T00:00:00Z");
    world.restore(CONSUMER, 1).await;
    let past = world.report(Some(cut_off)).unwrap();
    assert_eq!(figures(past.clone()), before);
    let receipt = v1::LostEntries {
        epoch: EPOCH.number,
        epoch_id: EPOCH.id.to_vec(),
        first: 1,
        last: 1,
        count: 1,
        counted: true,
    };
    assert_eq!(of(&past, CONSUMER).lost, std::slice::from_ref(&receipt));
    world.restore(PROVIDER, 4).await;
    let past = world.report(Some(cut_off)).unwrap();
    assert_eq!(figures(past.clone()), before);
    assert_eq!(of(&past, PROVIDER).lost[0].first, 4);
    assert_eq!(of(&past, PROVIDER).lost[0].count, 4);

    // Later figures lack it, and report it; an entry that was set aside before the restore still is.
    world.set_now("2026-11-27T00:00:00Z");
    let later = world.report(Some(world.now())).unwrap();
    assert_eq!(realised(&later), (0, 2));
    let not_counted = v1::LostEntries {
        counted: false,
        ..receipt
    };
    assert_eq!(of(&later, CONSUMER).lost, [not_counted]);
    assert_eq!(of(&later, CONSUMER).position.unwrap().epoch, 2);
    let rates = world.rates();
    let explained = |cut_off: Option<Timestamp>| {
        let request = v1::ExplainRateRequest {
            at: cut_off.map(time_to),
            ..of_city(PROVIDER)
        };
        let explained = rates.evidence(&request, &|| true).unwrap();
        (explained.entries.items.len(), explained.lost[0].counted)
    };
    assert_eq!(explained(Some(cut_off)), (3, true));
    assert_eq!(explained(None), (3, false));
    assert_eq!(world.report(None).unwrap(), later);
}

#[tokio::test]
async fn folding_ends_when_the_caller_has_gone() {
    let world = shared().await;
    let of_past = v1::ComputeRateRequest {
        at: Some(time_to(world.now())),
        page: None,
    };
    let error = world.rates().report(&of_past, &|| false).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable);
}

#[tokio::test]
async fn the_live_fold_is_not_locked_while_figures_of_the_past_are_folded() {
    let world = shared().await;
    let of_past = v1::ComputeRateRequest {
        at: Some(time_to(world.now())),
        page: None,
    };
    let read_meanwhile = std::cell::Cell::new(0);
    let reads_current_figures = || {
        world.report(None).unwrap();
        read_meanwhile.set(read_meanwhile.get() + 1);
        true
    };
    let rates = world.rates();
    rates.report(&of_past, &reads_current_figures).unwrap();
    assert!(read_meanwhile.get() > 0);
}

#[tokio::test]
async fn figures_of_the_past_are_computed_in_turn_and_those_of_now_at_once() {
    const TURN_TIMEOUT: Duration = Duration::from_millis(20);
    let rates = Rates {
        turn_timeout: TURN_TIMEOUT,
        ..World::new().await.rates()
    };
    let [operator, another]: [Principal; 2] =
        ["operator/li", "operator/wang"].map(|name| name.parse().unwrap());
    let nodes = [CONSUMER, PROVIDER].map(|code| Principal::Node(city(code)));
    let computing = rates.turns.next(&operator).await.unwrap();
    let past = rates.computed(&another, true, |_, _| Ok(())).await;
    assert_eq!(past.unwrap_err().code(), ErrorCode::LimitExceeded);
    rates
        .computed(&another, false, |_, _| Ok(()))
        .await
        .unwrap();
    // Nodes share one turn of their own.
    let held = rates.turns.within(TURN_TIMEOUT, &nodes[0]).await.unwrap();
    rates
        .turns
        .within(TURN_TIMEOUT, &nodes[1])
        .await
        .unwrap_err();
    drop((computing, held));
    rates.computed(&another, true, |_, _| Ok(())).await.unwrap();
}

#[tokio::test]
async fn a_computation_learns_that_its_caller_has_gone() {
    let rates = World::new().await.rates();
    let operator: Principal = "operator/li".parse().unwrap();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let (ask, asked) = std::sync::mpsc::channel();
    let (answer, answers) = std::sync::mpsc::channel();
    let job = move |_: &Rates, go_on: &dyn Fn() -> bool| {
        begun.send(go_on()).unwrap();
        asked.recv().unwrap();
        answer.send(go_on()).unwrap();
        Ok(())
    };
    tokio::select! {
        done = rates.computed(&operator, true, job) => panic!("nobody asked yet: {done:?}"),
        goes_on = begins => assert_eq!(goes_on, Ok(true)),
    }
    ask.send(()).unwrap();
    assert_eq!(answers.recv(), Ok(false));
}

#[tokio::test]
async fn evidence_comes_in_pages_with_the_words_of_the_log() {
    let world = shared().await;
    let rates = world.rates();
    let whole = rates.evidence(&of_city(PROVIDER), &|| true).unwrap();
    let whole = whole.entries;
    assert_eq!(whole.next_cursor, "");
    let texts: Vec<_> = whole
        .items
        .iter()
        .map(|entry| (entry.name.as_str(), entry.share_condition.as_str()))
        .collect();
    assert_eq!(
        texts,
        [
            ("行政区划代码", ""),
            ("行政区划代码", "仅用于核验"),
            ("行政区划代码", "《中华人民共和国档案法》第二十八条"),
        ]
    );
    let mut request = v1::ExplainRateRequest {
        page: paged(1, ""),
        ..of_city(PROVIDER)
    };
    let mut entries = Vec::new();
    loop {
        let page = rates.evidence(&request, &|| true).unwrap().entries;
        assert_eq!(page.items.len(), 1);
        entries.extend(page.items);
        if page.next_cursor.is_empty() {
            break;
        }
        request.page = paged(1, &page.next_cursor);
    }
    assert_eq!(entries, whole.items);
}

#[tokio::test]
async fn evidence_is_filtered_by_what_entries_count_as() {
    let world = shared().await;
    let rates = world.rates();
    let codes = |counted: &[v1::Contribution], size| {
        let request = v1::ExplainRateRequest {
            contributions: counted.iter().map(|one| (*one).into()).collect(),
            page: paged(size, ""),
            ..of_city(PROVIDER)
        };
        let page = rates.evidence(&request, &|| true).unwrap().entries;
        let entries = page.items.into_iter();
        let codes: Vec<_> = entries.map(|entry| entry.code).collect();
        (codes, page.next_cursor.is_empty())
    };
    use v1::Contribution::*;
    assert_eq!(codes(&[Realised], 0), (vec![code(1)], true));
    assert_eq!(
        codes(&[NotShared, NotMounted], 0),
        (vec![code(2), code(3)], true)
    );
    assert_eq!(codes(&[NotShared, NotMounted], 1), (vec![code(2)], false));
    assert_eq!(codes(&[Withdrawn], 0), (vec![], true));
    for unknown in [Unspecified.into(), 99] {
        let request = v1::ExplainRateRequest {
            contributions: vec![unknown],
            ..of_city(PROVIDER)
        };
        let error = rates.evidence(&request, &|| true).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument);
    }
}

#[tokio::test]
async fn a_page_of_evidence_ends_before_it_is_too_large_to_send() {
    let mut world = World::new().await;
    for serial in 1..=1_000 {
        let entry = Draft {
            share_condition: "长".repeat(1_000),
            ..draft(serial, Conditional)
        };
        let entry = entry.check().unwrap();
        world.publish(PROVIDER, entry, 1).await.unwrap();
    }
    let rates = world.rates();
    let mut request = v1::ExplainRateRequest {
        page: paged(1_000, ""),
        ..of_city(PROVIDER)
    };
    let explained = rates.evidence(&request, &|| true).unwrap();
    let sent = v1::ExplainRateResponse::respond(explained.clone()).unwrap();
    assert!(prost::Message::encoded_len(&sent) < 3 << 20);
    let first = explained.entries;
    assert!((1..1_000).contains(&first.items.len()));
    request.page = paged(1_000, &first.next_cursor);
    let second = rates.evidence(&request, &|| true).unwrap().entries;
    assert_eq!(first.items.len() + second.items.len(), 1_000);
    assert_eq!(second.next_cursor, "");
}
