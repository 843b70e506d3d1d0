use chengji_domain::Digest;
use chengji_domain::catalogue::{AssessmentOutcome, Draft, Given, ShareClass};
use chengji_domain::fact::{CityFact, Origin};
use chengji_domain::probe::{ProbeOutcome, ProbeRead, ProbeRecord, ProbeState};
use chengji_testkit::entries;

use super::*;
use crate::tests::world::{
    CONSUMER, PROVIDER, START, STRANGER, World, at, city, code, draft, measured, mounted,
};

fn settings() -> ProbeSettings {
    ProbeSettings {
        enabled: true,
        every_days: NonZeroU32::MIN,
        ..ProbeSettings::default()
    }
}

/// Publishes, mounts and measures an entry.
async fn provide(world: &mut World, serial: u32, draft: Draft) {
    let entry = draft.check().unwrap();
    world.publish(PROVIDER, entry, 1).await.unwrap();
    for fact in [mounted(serial, "x.csv"), measured(serial, 3, at(START))] {
        world.append(PROVIDER, fact).await.unwrap();
    }
}

fn open(serial: u32) -> Draft {
    entries::with_papers(draft(serial, ShareClass::Unconditional))
}

async fn ordered(world: &World, settings: ProbeSettings) -> Option<usize> {
    order(&world.ledger, settings, &world.is_current(), world.now())
        .await
        .unwrap()
}

fn known(world: &World) -> Vec<ProbeRecord> {
    let probes = probe_table::newest_first(&**world.ledger.kv());
    probes.collect::<Result<_>>().unwrap()
}

fn made(record: &ProbeRecord) -> ProbeMade {
    ProbeMade {
        number: record.number,
        provider: record.order.provider,
        code: record.order.code.clone(),
        outcome: ProbeOutcome::Matched(ProbeRead {
            revision: 1,
            bytes: 300,
            rows: Some(3),
            digest: Digest([3; 32]),
        }),
    }
}

#[tokio::test]
async fn unconditional_entries_without_personal_information_are_probed_once_in_a_cycle() {
    let mut world = World::new().await;
    provide(&mut world, 1, open(1)).await;
    let conditional = entries::with_papers(draft(2, ShareClass::Conditional));
    provide(&mut world, 2, conditional).await;
    let personal = Draft {
        personal_information_assessment: Given::Known(AssessmentOutcome::Handled),
        ..open(3)
    };
    provide(&mut world, 3, personal).await;
    provide(&mut world, 4, draft(4, ShareClass::Unconditional)).await;

    assert_eq!(ordered(&world, settings()).await, Some(1));
    let probes = known(&world);
    let [record] = &probes[..] else {
        panic!("{probes:?}");
    };
    assert_eq!(record.order.code.as_str(), code(1));
    assert_eq!(record.order.provider, city(PROVIDER));
    assert!(
        [CONSUMER, STRANGER]
            .map(city)
            .contains(&record.order.prober)
    );
    assert_eq!(record.order.declared.measurement.bytes, 300);
    assert_eq!(record.order.until.to_string(), "2026-11-30");
    assert_eq!(ordered(&world, settings()).await, Some(0));
    world.set_now("2026-11-24T02:00:00Z");
    assert_eq!(ordered(&world, settings()).await, Some(1));
}

#[tokio::test]
async fn no_more_probes_are_ordered_a_day_than_the_settings_allow_and_none_of_large_files() {
    let mut world = World::new().await;
    for serial in 1..=5 {
        provide(&mut world, serial, open(serial)).await;
    }
    let small = ProbeSettings {
        max_bytes: 299,
        ..settings()
    };
    assert_eq!(ordered(&world, small).await, Some(0));
    let three = ProbeSettings {
        per_day: 3,
        ..settings()
    };
    assert_eq!(ordered(&world, three).await, Some(3));
    assert_eq!(ordered(&world, three).await, Some(0));
    world.set_current(false);
    assert_eq!(ordered(&world, settings()).await, None);
}

#[tokio::test]
async fn an_outcome_is_noted_once_and_for_the_provider() {
    let mut world = World::new().await;
    provide(&mut world, 1, open(1)).await;
    ordered(&world, settings()).await;
    let record = known(&world).remove(0);
    let (by, others) = match record.order.prober == city(CONSUMER) {
        true => (CONSUMER, STRANGER),
        false => (STRANGER, CONSUMER),
    };
    let fact = || CityFact::ProbeMade(Box::new(made(&record)));
    let error = world.append(others, fact()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeerInvalid);
    for _ in 0..2 {
        world.append(by, fact()).await.unwrap();
    }
    let state = known(&world).remove(0).state(local_date(world.now()));
    assert_eq!(state, ProbeState::Matched);
    let is_note = |fact: &ClusterFact| matches!(fact, ClusterFact::ProbeNoted(_));
    let notes: Vec<_> = world.facts().into_iter().filter(is_note).collect();
    assert_eq!(notes.len(), 1);
    let audience = chengji_domain::fact::Audience::of_cities([city(PROVIDER)]);
    assert_eq!(notes[0].audience(), audience);

    let lost = ProbeMade {
        number: Origin {
            seq: 9_999,
            ..record.number
        },
        ..made(&record)
    };
    let lost = CityFact::ProbeMade(Box::new(lost));
    world.append(by, lost).await.unwrap();
}

#[tokio::test]
async fn probes_are_listed_by_city_entry_and_state() {
    let mut world = World::new().await;
    for serial in 1..=2 {
        provide(&mut world, serial, open(serial)).await;
    }
    ordered(&world, settings()).await;
    let listed = |asked: v1::ListProbesRequest| {
        let page = probe_table::page(&**world.ledger.kv(), &asked, world.now());
        page.unwrap().items.len()
    };
    let all = v1::ListProbesRequest::default();
    let of_entry = v1::ListProbesRequest {
        code: code(1),
        ..all.clone()
    };
    let of_provider = v1::ListProbesRequest {
        city: PROVIDER.to_owned(),
        ..all.clone()
    };
    let matched = v1::ListProbesRequest {
        state: v1::ProbeState::Matched.into(),
        ..all.clone()
    };
    let open = v1::ListProbesRequest {
        state: v1::ProbeState::Open.into(),
        ..all.clone()
    };
    let found = [all, of_entry, of_provider, matched, open].map(listed);
    assert_eq!(found, [2, 1, 2, 0, 2]);
}
