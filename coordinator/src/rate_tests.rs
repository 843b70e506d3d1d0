//! The live figures and those folded again are the same.

use chengji_domain::catalogue::Draft;
use chengji_domain::catalogue::ShareClass::{Conditional, NotShared, Unconditional};
use chengji_domain::fact::CityFact;
use chengji_domain::rate::close_of;
use chengji_domain::request::RequestId;
use chengji_domain::roster::{self, Standing::*};
use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::world::{
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

fn of_city(city: &str) -> v1::ExplainRateRequest {
    v1::ExplainRateRequest {
        city: city.to_owned(),
        ..Default::default()
    }
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

    let cities: Vec<CityCode> = world.members().iter().map(|member| member.city).collect();
    let rebuilt = LiveRate::rebuild(world.live.copies().clone(), &cities).unwrap();
    let restarted = Rates {
        live: Arc::new(rebuilt),
        ..world.rates()
    };
    assert_eq!(restarted.report(None, &|| true).unwrap(), live);
    let evidence = restarted.evidence(&of_city(PROVIDER), &|| true).unwrap();
    assert_eq!(
        evidence,
        world
            .rates()
            .evidence(&of_city(PROVIDER), &|| true)
            .unwrap()
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
    assert!(earlier.cities.is_empty(), "there was no cluster yet");
    let cluster = earlier.cluster.unwrap().entries.unwrap();
    assert_eq!(cluster.score, "n/a");
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
    // Setting the same entry aside again is said again in the coordinator's log.
    after.coordinator.clone_from(&before.coordinator);
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
    assert_eq!(before.cities.len(), 3);
    assert!(!before.provisional);
    world.set_now("2026-11-26T00:00:00Z");
    world.stand(PROVIDER, Removed).await;
    world.stand(STRANGER, Suspended).await;
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
    assert_eq!(evidence.entries.len(), 3);
    assert_eq!(
        before.coordinator.unwrap().seq,
        7,
        "where the coordinator's log ended then, not now"
    );

    // From then on it is not among the members, and who is suspended says so.
    let after = world.report(Some(world.now())).unwrap();
    let standings: Vec<_> = after
        .cities
        .iter()
        .map(|c| (c.city.as_str(), c.standing()))
        .collect();
    assert_eq!(
        standings,
        [
            (CONSUMER, v1::Standing::Active),
            (STRANGER, v1::Standing::Suspended)
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
        (figures.entries.unwrap().denominator, report.provisional)
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
    let realised = |report: &v1::RateReport| {
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

    // Later figures lack it, and say so; an entry that was set aside before the restore still is.
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
        (explained.entries.len(), explained.lost[0].counted)
    };
    assert_eq!(explained(Some(cut_off)), (3, true));
    assert_eq!(explained(None), (3, false));
    assert_eq!(world.report(None).unwrap(), later);
}

#[tokio::test]
async fn folding_ends_when_the_caller_has_gone() {
    let world = shared().await;
    let error = world
        .rates()
        .report(Some(world.now()), &|| false)
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unavailable);
}

/// Something that happens in a cluster.
#[derive(Clone, Debug)]
enum Event {
    Publish(usize, u32),
    Withdraw(usize, u32),
    Mount(usize, u32),
    Unmount(usize, u32),
    Measure(usize, u32, u8),
    /// A consumer receives what a provider sent.
    Deliver(usize, usize, u32, u8),
    Stand(usize, roster::Standing),
    /// A city is restored from a backup that lacks its last entries.
    Restore(usize, usize),
    /// So many hours pass.
    Wait(u8),
    /// The city's entries are dated back by so many hours.
    BackDate(u8),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let (city, serial, content) = (0..3_usize, 1..4_u32, 1..4_u8);
    let standing = prop::sample::select(vec![Active, Suspended, Removed]);
    let event = prop_oneof![
        4 => (city.clone(), serial.clone()).prop_map(|(c, n)| Event::Publish(c, n)),
        1 => (city.clone(), serial.clone()).prop_map(|(c, n)| Event::Withdraw(c, n)),
        3 => (city.clone(), serial.clone()).prop_map(|(c, n)| Event::Mount(c, n)),
        1 => (city.clone(), serial.clone()).prop_map(|(c, n)| Event::Unmount(c, n)),
        3 => (city.clone(), serial.clone(), content.clone())
            .prop_map(|(c, n, x)| Event::Measure(c, n, x)),
        3 => (city.clone(), city.clone(), serial, content)
            .prop_map(|(c, p, n, x)| Event::Deliver(c, p, n, x)),
        1 => (city.clone(), standing).prop_map(|(c, s)| Event::Stand(c, s)),
        1 => (city, 0..6_usize).prop_map(|(c, lost)| Event::Restore(c, lost)),
        3 => (1..60_u8).prop_map(Event::Wait),
        1 => (0..60_u8).prop_map(Event::BackDate),
    ];
    prop::collection::vec(event, 1..40)
}

/// A report without what is known to be lost by now.
fn figures(mut report: v1::RateReport) -> v1::RateReport {
    for city in &mut report.cities {
        city.lost.clear();
    }
    report
}

/// A history on its way.
struct History {
    world: World,
    back: SignedDuration,
    revision: u32,
}

impl History {
    async fn say(&mut self, who: usize, fact: CityFact) {
        let code = [CONSUMER, PROVIDER, STRANGER][who];
        let at = self.world.now() - self.back;
        let seq = self.world.write(code, fact, at);
        // What contradicts what is known is set aside.
        let _ = self.world.read(city(code), seq).await;
    }

    async fn happen(&mut self, event: Event) {
        let resource = |serial| code(serial).parse().unwrap();
        let names = [CONSUMER, PROVIDER, STRANGER];
        match event {
            Event::Publish(who, serial) => {
                self.revision += 1;
                let entry = Box::new(entry(serial, Unconditional));
                let revision = self.revision;
                self.say(who, CityFact::Published { entry, revision }).await;
            }
            Event::Withdraw(who, serial) => {
                let (code, reason) = (resource(serial), "机构改革".to_owned());
                self.say(who, CityFact::Withdrawn { code, reason }).await;
            }
            Event::Mount(who, serial) => {
                let (code, file_name) = (resource(serial), "a.csv".to_owned());
                self.say(who, CityFact::Mounted { code, file_name }).await;
            }
            Event::Unmount(who, serial) => {
                let (code, reason) = (resource(serial), "迁移".to_owned());
                self.say(who, CityFact::Unmounted { code, reason }).await;
            }
            Event::Measure(who, serial, content) => {
                let now = self.world.now();
                self.say(who, measured(serial, content, now)).await;
            }
            Event::Deliver(consumer, provider, serial, content) => {
                let request = RequestId {
                    city: city(names[consumer]),
                    epoch: EPOCH,
                    seq: u64::from(serial),
                };
                let delivery = delivery(serial, content, request);
                let sent = CityFact::Delivered {
                    delivery: delivery.clone(),
                    consumer: city(names[consumer]),
                    resumed_at: 0,
                };
                self.say(provider, sent).await;
                let provider = city(names[provider]);
                self.say(consumer, CityFact::Received { delivery, provider })
                    .await;
            }
            Event::Stand(who, standing) => self.world.stand(names[who], standing).await,
            Event::Restore(who, lost) => {
                let kept = self.world.length(names[who]).saturating_sub(lost);
                self.world.restore(names[who], kept).await;
            }
            Event::Wait(hours) => {
                let now = self.world.now() + SignedDuration::from_hours(hours.into());
                self.world.set_now(&now.to_string());
            }
            Event::BackDate(hours) => self.back = SignedDuration::from_hours(hours.into()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// A figure is taken at its close; whatever happens afterwards, it is computed again the same.
    #[test]
    fn a_past_figure_is_the_same_after_any_later_history(
        before in events(), after in events(), hours_ago in 0..60_i64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let outcome: std::result::Result<(), TestCaseError> = runtime.block_on(async {
            let world = World::new().await;
            let mut history = History { world, back: SignedDuration::ZERO, revision: 0 };
            for event in before {
                history.happen(event).await;
            }
            let cut_off = history.world.now() - SignedDuration::from_hours(hours_ago);
            let closed = close_of(cut_off).max(history.world.now());
            history.world.set_now(&closed.to_string());
            let figure = figures(history.world.report(Some(cut_off)).unwrap());
            prop_assert!(!figure.provisional);
            for event in after {
                history.happen(event).await;
            }
            prop_assert_eq!(figures(history.world.report(Some(cut_off)).unwrap()), figure);
            Ok(())
        });
        outcome?;
    }
}

#[tokio::test]
async fn evidence_comes_in_pages_with_the_words_of_the_log() {
    let world = shared().await;
    let rates = world.rates();
    let whole = rates.evidence(&of_city(PROVIDER), &|| true).unwrap();
    assert_eq!(whole.next_page, "");
    let texts: Vec<_> = whole
        .entries
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
        page_size: 1,
        ..of_city(PROVIDER)
    };
    let mut paged = Vec::new();
    loop {
        let page = rates.evidence(&request, &|| true).unwrap();
        assert_eq!(page.entries.len(), 1);
        paged.extend(page.entries);
        if page.next_page.is_empty() {
            break;
        }
        request.page = page.next_page;
    }
    assert_eq!(paged, whole.entries);
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
    let first = rates.evidence(&of_city(PROVIDER), &|| true).unwrap();
    assert!((1..1_000).contains(&first.entries.len()));
    assert!(prost::Message::encoded_len(&first) < 3 << 20);
    let request = v1::ExplainRateRequest {
        page: first.next_page,
        ..of_city(PROVIDER)
    };
    let second = rates.evidence(&request, &|| true).unwrap();
    assert_eq!(first.entries.len() + second.entries.len(), 1_000);
    assert_eq!(second.next_page, "");
}
