//! A city's log becomes its part of the federated catalogue.

use std::collections::BTreeSet;

use chengji_domain::catalogue::ShareClass::{Conditional, Unconditional};
use chengji_domain::fact::Audience;
use chengji_domain::roster::MembershipStatus;

use super::*;
use crate::changes::{self, ChangedEntry};
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, START, STRANGER, World, at, city, code, delivery, entry, measured,
    mounted, requested, submission,
};
use chengji_follow::CopiedEntry;
use chengji_proto::convert::envelope_from;
use chengji_proto::v1;
use chengji_records::CityUse;
use chengji_store::{FailingStore, Key, Ledger, Pair, Prefix};
use proptest::prelude::*;

#[tokio::test]
async fn what_is_dated_ahead_counts_as_of_its_arrival() {
    let mut world = World::new().await;
    let published = CityFact::Published {
        entry: Box::new(entry(1, Unconditional)),
        revision: 1,
    };
    let dated = at("2027-11-23T02:00:00Z");
    world
        .append_dated(PROVIDER, dated, published)
        .await
        .unwrap();
    let record = world.entry(PROVIDER, &code(1)).unwrap();
    assert_eq!(record.published_at, world.now());
}

#[tokio::test]
async fn an_entry_stands_as_its_city_left_it() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    world
        .append(PROVIDER, mounted(1, "districts.csv"))
        .await
        .unwrap();
    world
        .append(PROVIDER, measured(1, 7, at(START)))
        .await
        .unwrap();
    world
        .publish(PROVIDER, entry(1, Conditional), 2)
        .await
        .unwrap();
    let record = world.entry(PROVIDER, &code(1)).unwrap();
    assert_eq!(record.revision, 2);
    let mount = record.mount.unwrap();
    assert_eq!(mount.file_name, "districts.csv");
    assert_eq!(mount.measurement.unwrap().rows, Some(7));

    let reason = "并入新目录".to_owned();
    let withdrawn = CityFact::Withdrawn {
        code: code(1).parse().unwrap(),
        reason,
    };
    world.append(PROVIDER, withdrawn).await.unwrap();
    let record = world.entry(PROVIDER, &code(1)).unwrap();
    assert!(record.withdrawn.is_some(), "it stays on record");
    let reason = "迁移".to_owned();
    let unmounted = CityFact::Unmounted {
        code: code(1).parse().unwrap(),
        reason,
    };
    world.append(PROVIDER, unmounted).await.unwrap();
    assert_eq!(world.entry(PROVIDER, &code(1)).unwrap().mount, None);
    world
        .publish(PROVIDER, entry(1, Conditional), 3)
        .await
        .unwrap();
    assert_eq!(world.entry(PROVIDER, &code(1)).unwrap().withdrawn, None);
}

/// First publications of the entries with these numbers.
fn published(serials: impl IntoIterator<Item = u32>) -> impl Iterator<Item = CityFact> {
    let published = |serial| CityFact::Published {
        entry: Box::new(entry(serial, Unconditional)),
        revision: 1,
    };
    serials.into_iter().map(published)
}

#[tokio::test]
async fn an_entry_on_record_is_not_published_again_among_many_new_ones() {
    let mut world = World::new().await;
    world.append_all(PROVIDER, published(1..=3)).await;
    // Two of them are on record, and one comes twice.
    let some = published((2..=12).chain([12]));
    world.append_all(PROVIDER, some).await;
    let set_aside = |world: &World| {
        let intake = world.intake(city(PROVIDER));
        intake.followed().state().quarantined
    };
    assert_eq!(set_aside(&world), 3);
    // None of them is, and one comes twice.
    let new = published((20..=30).chain([25]));
    world.append_all(PROVIDER, new).await;
    assert_eq!(set_aside(&world), 4);
}

/// Facts about few entries of a catalogue, of which some take no effect.
fn catalogue_facts() -> impl Strategy<Value = Vec<CityFact>> {
    let one = (0..7_u8, 1..=5_u32, 1..=3_u32);
    let fact = one.prop_map(|(kind, serial, revision)| {
        let reason = "停用".repeat(revision as usize);
        let code = code(serial).parse().unwrap();
        match kind {
            0 => CityFact::Withdrawn { code, reason },
            1 => CityFact::Unmounted { code, reason },
            2 => mounted(serial, "districts.csv"),
            3 => measured(serial, revision as u8, at(START)),
            _ => {
                let class = [Unconditional, Conditional][revision as usize % 2];
                let entry = Box::new(entry(serial, class));
                CityFact::Published { entry, revision }
            }
        }
    });
    prop::collection::vec(fact, 1..40)
}

/// Reads a city's log in pieces of these sizes, taken in turn. Returns the stored records of its entries, the entries
/// noted as changed, and the city's use without its daily budgets, which depend on the time.
async fn stored_of(
    facts: &[CityFact],
    pieces: &[usize],
) -> (Vec<Pair>, BTreeSet<ChangedEntry>, CityUse) {
    let mut world = World::new().await;
    let (mut rest, mut pieces) = (facts, pieces.iter().cycle());
    while !rest.is_empty() {
        let size = *pieces.next().unwrap();
        let (piece, others) = rest.split_at(size.min(rest.len()));
        world.append_all(PROVIDER, piece.iter().cloned()).await;
        rest = others;
    }
    let kv = &**world.ledger.kv();
    let (lower, upper) = Key::new(Prefix::Federated).range();
    let records = kv.range(&lower, &upper, usize::MAX).unwrap();
    let noted = changes::after(kv, 0, usize::MAX).unwrap();
    let numbers: Vec<u64> = noted.iter().map(|(number, _)| *number).collect();
    let expected: Vec<u64> = (1..=changes::last(kv).unwrap()).collect();
    assert_eq!(numbers, expected);
    let changed = noted.into_iter().map(|(_, entry)| entry).collect();
    let used = records::city_use(kv, city(PROVIDER)).unwrap();
    (
        records,
        changed,
        CityUse {
            spent: None,
            ..used
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_log_leaves_the_same_however_it_is_divided_into_pieces(
        facts in catalogue_facts(), pieces in prop::collection::vec(1..20_usize, 1..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (one_by_one, divided) = runtime.block_on(async {
            (stored_of(&facts, &[1]).await, stored_of(&facts, &pieces).await)
        });
        let (records, _, used) = &divided;
        let bytes: usize = records.iter().map(|(_, record)| record.len()).sum();
        prop_assert_eq!(used.entries, records.len() as u64);
        prop_assert_eq!(used.bytes, bytes as u64);
        prop_assert_eq!(one_by_one, divided);
    }
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
        let error = world.append(PROVIDER, fact).await.unwrap_err();
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
    let log = chengji_domain::fact::LogOwner::City(city(PROVIDER));
    let copy = chengji_follow::current_copy(&**world.ledger.kv(), log).unwrap();
    let copied = world.live.copies().entries(&copy.unwrap(), 0, 1).unwrap();
    let [(_, CopiedEntry::Entry(first))] = &copied[..] else {
        panic!("{copied:?}");
    };
    let envelope = envelope_from(&first.envelope, log).unwrap();
    let foreign = world.federation(city(CONSUMER));
    foreign.parse(&envelope, first).unwrap_err();
    let message = v1::FollowResponse {
        epoch: EPOCH.number,
        epoch_id: EPOCH.id.to_vec(),
        first: 1,
        items: vec![first.clone().into()],
        head: 2,
        ..Default::default()
    };
    let intake = world.intake(city(PROVIDER));
    intake.take(message).await.unwrap();
    let state = intake.followed().state();
    assert_eq!((state.position.seq, state.quarantined), (2, 1));
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

#[tokio::test]
async fn only_the_two_of_a_request_deliver_and_receive_under_it() {
    let mut world = World::new().await;
    for provider in [PROVIDER, STRANGER] {
        let entry = entry(1, Unconditional);
        world.publish(provider, entry, 1).await.unwrap();
    }
    let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    let delivered = |serial, consumer| CityFact::Delivered {
        delivery: delivery(serial, 30, id),
        consumer: city(consumer),
        resumed_at: 0,
    };
    let received = |provider| CityFact::Received {
        delivery: delivery(1, 30, id),
        provider: city(provider),
    };
    for (who, fact) in [
        (STRANGER, delivered(1, CONSUMER)),
        (PROVIDER, delivered(1, STRANGER)),
        (PROVIDER, delivered(2, CONSUMER)),
        (STRANGER, received(PROVIDER)),
        (PROVIDER, received(PROVIDER)),
        (CONSUMER, received(STRANGER)),
    ] {
        let shown = format!("{who}: {fact:?}");
        let error = world.append(who, fact).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::PeerInvalid, "{shown}");
        assert!(error.to_string().contains(&id.to_string()), "{shown}");
    }
    world
        .append(PROVIDER, delivered(1, CONSUMER))
        .await
        .unwrap();
    world.append(CONSUMER, received(PROVIDER)).await.unwrap();
}

#[tokio::test]
async fn a_delivery_under_a_request_that_was_never_made_is_set_aside_once_that_is_known() {
    let mut world = World::new().await;
    let fact = |seq| CityFact::Delivered {
        delivery: delivery(
            1,
            30,
            RequestId {
                city: city(CONSUMER),
                epoch: EPOCH,
                seq,
            },
        ),
        consumer: city(CONSUMER),
        resumed_at: 0,
    };
    world.set_current(false);
    world.append(PROVIDER, fact(70)).await.unwrap();
    world.set_current(true);
    world.append(PROVIDER, fact(71)).await.unwrap_err();
}

#[tokio::test]
async fn entries_that_are_set_aside_together_are_one_fact_of_that_city_alone() {
    let world = World::new().await;
    let before = world.facts().len();
    let message = v1::FollowResponse {
        epoch: EPOCH.number,
        epoch_id: EPOCH.id.to_vec(),
        items: vec![
            v1::LogItem {
                envelope: bytes::Bytes::from_static(b"junk"),
                body: bytes::Bytes::new(),
            };
            100
        ],
        head: 100,
        ..Default::default()
    };
    world.intake(city(STRANGER)).take(message).await.unwrap();
    let facts = world.facts();
    assert_eq!(facts.len(), before + 1);
    let Some(ClusterFact::QuarantineSummarised { city: of, run }) = facts.last() else {
        panic!("{facts:?}");
    };
    assert_eq!(*of, city(STRANGER));
    assert_eq!((run.from_seq, run.to_seq, run.count), (0, 99, 100));
    let audience = facts.last().unwrap().audience();
    assert_eq!(audience, Audience::of_cities([city(STRANGER)]));
    // The next entry is not read before the city's budget allows.
    let (budgets, of, now) = (Arc::clone(&world.budgets), city(STRANGER), world.now());
    let charge = Charge {
        end: 100,
        costs: Vec::new(),
        set_aside: 1_000,
    };
    let charged = world
        .ledger
        .write(move |tx| budgets.charge(tx, of, now, charge));
    charged.await.unwrap();
    let (kv, next) = (&**world.ledger.kv(), [Cost::of_fact(0, None)]);
    let admission = world.budgets.admit(kv, of, now, (100, next));
    assert_eq!(admission.unwrap().items, 0);
}

#[tokio::test]
async fn an_entry_is_charged_once_however_often_it_is_tried() {
    let store = Arc::new(FailingStore::default());
    let kv: Arc<dyn KeyValue> = store.clone();
    let world = World::within(Ledger::create(kv, "coordinator", [1; 8]).unwrap());
    world.admit().await;
    let junk = v1::LogItem {
        envelope: bytes::Bytes::from_static(b"junk"),
        body: bytes::Bytes::new(),
    };
    let message = v1::FollowResponse {
        epoch: EPOCH.number,
        epoch_id: EPOCH.id.to_vec(),
        items: vec![junk; 100],
        head: 100,
        ..Default::default()
    };
    let intake = world.intake(city(STRANGER));
    store.refuse_after(0);
    for _ in 0..3 {
        intake.take(message.clone()).await.unwrap_err();
    }
    store.set_outcomes([]);
    intake.take(message).await.unwrap();
    let used = records::city_use(&**world.ledger.kv(), city(STRANGER));
    let spent = used.unwrap().spent.unwrap();
    assert_eq!((spent.entries, spent.quarantined), (100, 100));
}

#[tokio::test]
async fn a_suspended_city_is_not_read_and_nothing_goes_on_in_its_name() {
    let mut world = World::new().await;
    world.set_current(false);
    let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    set_status(&world, MembershipStatus::Suspended).await;
    let error = world
        .append(
            CONSUMER,
            requested(submission(&format!("{PROVIDER}:{}", code(1)))),
        )
        .await
        .unwrap_err();
    assert_eq!(error.code(), ErrorCode::Suspended);
    world
        .publish(PROVIDER, entry(1, Unconditional), 1)
        .await
        .unwrap();
    world.set_current(true);
    world.settle().await;
    assert!(world.request(id).history.steps.is_empty(), "it waits");
    set_status(&world, MembershipStatus::Active).await;
    world.settle().await;
    assert_eq!(world.request(id).history.steps.len(), 1);
}

async fn set_status(world: &World, status: MembershipStatus) {
    world.set_status(CONSUMER, status).await;
}
