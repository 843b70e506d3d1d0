//! A restored coordinator reads the provider's log before the consumer's.

use std::collections::BTreeMap;

use chengji_domain::catalogue::ShareClass::Conditional;
use chengji_domain::request::{Move, RejectReason, State};
use chengji_domain::stop::{StopAct, StopCause};
use chengji_store::{Key, build_added};

use super::*;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, STRANGER, World, acting, at, city, code, entry, grant, requested,
    submission,
};

/// The code of the message about a request that was never made.
const NEVER_MADE: &str = "move-in-unknown-request";

/// A conditional resource of the provider, and a request for it that the coordinator has not read.
async fn unread() -> (World, RequestId) {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    world.set_current(false);
    let asked = requested(submission(&format!("{PROVIDER}:{}", code(1))));
    let seq = world.write(CONSUMER, asked, world.now());
    let id = RequestId {
        city: city(CONSUMER),
        epoch: EPOCH,
        seq,
    };
    (world, id)
}

fn revoked(id: RequestId) -> CityFact {
    CityFact::Stop {
        target: StopTarget::Request(id),
        act: StopAct::Stopped {
            cause: StopCause::Revoked,
            reason: "超出授权范围".to_owned(),
            report: None,
        },
        actor: Principal::Node(city(PROVIDER)).into(),
    }
}

/// A city's move in a request, with this text.
fn supplement_asked(of: &str, request: RequestId, missing: String) -> CityFact {
    CityFact::Moved {
        request,
        mv: Move::AskSupplement { missing },
        actor: acting(of),
    }
}

/// Number of entries kept of a city for a request.
fn kept(world: &World, of: &str, id: RequestId) -> usize {
    let kept = EARLY.under(&(id, city(of)));
    kept.count(&**world.ledger.kv(), 1_000).unwrap()
}

fn awaits(world: &World) -> Vec<RequestId> {
    awaited(&**world.ledger.kv()).unwrap()
}

#[tokio::test]
async fn what_arrives_before_its_request_counts_once_that_is_opened() {
    let (mut world, id) = unread().await;
    let granted = grant("2027-01-01T00:00:00Z");
    world.make_move(PROVIDER, id, granted).await.unwrap();
    world.append(PROVIDER, revoked(id)).await.unwrap();
    assert_eq!(awaits(&world), [id]);
    world.settle().await;
    assert_eq!(awaits(&world), [id], "the consumer's log may still have it");

    world.read(city(CONSUMER), id.seq).await.unwrap();
    let record = world.request(id);
    assert_eq!(
        record.history.state().unwrap().state(world.now()),
        State::Granted
    );
    assert_eq!(
        record.stops.in_force().map(|(_, cause)| cause),
        Some(StopCause::Revoked)
    );
    let facts = world.facts();
    let [
        ..,
        ClusterFact::Opened { .. },
        ClusterFact::Ordered { .. },
        ClusterFact::StopNoted { .. },
    ] = facts.as_slice()
    else {
        panic!("{facts:?}");
    };
    assert_eq!(awaits(&world), []);
}

#[tokio::test]
async fn of_several_requests_in_a_message_the_answered_one_gets_its_answer() {
    let (mut world, id) = unread().await;
    let (answered, now) = (id.seq + 2, world.now());
    let granted = grant("2027-01-01T00:00:00Z");
    let before = RequestId {
        seq: answered,
        ..id
    };
    world.make_move(PROVIDER, before, granted).await.unwrap();
    for _ in 0..4 {
        let asked = requested(submission(&format!("{PROVIDER}:{}", code(1))));
        world.write(CONSUMER, asked, now);
    }
    world.read_rest(CONSUMER).await.unwrap();
    for seq in id.seq..id.seq + 5 {
        let record = world.request(RequestId { seq, ..id });
        let state = record.history.state().unwrap().state(now);
        assert_eq!(state == State::Granted, seq == answered, "{seq}");
    }
    assert_eq!(awaits(&world), []);
}

#[tokio::test]
async fn an_answer_to_a_request_that_waits_for_its_resource_counts_once_it_is_routed() {
    let (mut world, id) = unread().await;
    let other = requested(submission(&format!("{PROVIDER}:{}", code(2))));
    world.read(city(CONSUMER), id.seq).await.unwrap();
    let seq = world.append(CONSUMER, other).await.unwrap();
    let waits = RequestId { seq, ..id };
    world
        .publish(PROVIDER, entry(2, Conditional), 1)
        .await
        .unwrap();
    let granted = grant("2027-01-01T00:00:00Z");
    world.make_move(PROVIDER, waits, granted).await.unwrap();
    world.settle().await;
    let state = world.request(waits).history.state().unwrap();
    assert_eq!(state.state(world.now()), State::Granted);
    assert_eq!(awaits(&world), []);
}

#[tokio::test]
async fn a_single_entry_that_waits_is_found_without_reading_a_range() {
    let mut ranges = Vec::new();
    for is_answered in [false, true] {
        let (mut world, id) = unread().await;
        if is_answered {
            let granted = grant("2027-01-01T00:00:00Z");
            world.make_move(PROVIDER, id, granted).await.unwrap();
        }
        world.reads.reset();
        world.read(city(CONSUMER), id.seq).await.unwrap();
        ranges.push(world.reads.ranges());
        let state = world.request(id).history.state().unwrap();
        assert_eq!(state.state(world.now()) == State::Granted, is_answered);
    }
    assert_eq!(ranges[0], ranges[1]);
}

#[tokio::test]
async fn the_key_of_the_only_entry_is_known_also_after_others_are_taken() {
    let (world, id) = unread().await;
    let epoch = |number, id| Epoch { number, id };
    let keys: [EarlyKey; 3] = [
        (id, city(STRANGER), epoch(u32::MAX, [u8::MAX; 8]), u64::MAX),
        (id, city(PROVIDER), epoch(1, [0x80; 8]), 0),
        (id, city(CONSUMER), epoch(7, [0; 8]), 1),
    ];
    let entry = Entry {
        envelope: vec![1].into(),
        body: vec![2].into(),
    };
    let only = world.ledger.write(move |tx| {
        let mut only = Vec::new();
        for key in keys {
            EARLY.put(tx, &key, &entry)?;
            only.push(only_key(tx, id)?);
        }
        for key in &keys[..2] {
            EARLY.delete(tx, key)?;
            only.push(only_key(tx, id)?);
        }
        Ok(only)
    });
    let expected = [Some(keys[0]), None, None, None, Some(keys[2])];
    assert_eq!(only.await.unwrap(), expected);
    let stored = only_key(&**world.ledger.kv(), id).unwrap();
    assert_eq!(stored, Some(keys[2]));
}

#[tokio::test]
async fn requests_are_listed_once_however_many_entries_wait_for_them() {
    let (mut world, id) = unread().await;
    let ids = [0, 1, 2].map(|number| RequestId {
        seq: id.seq + number,
        ..id
    });
    let half = LISTED / 2 + 1;
    for (of, request, entries) in [
        (PROVIDER, ids[0], 1),
        (PROVIDER, ids[1], half),
        (STRANGER, ids[1], half),
        (PROVIDER, ids[2], 1),
    ] {
        let asked = (0..entries).map(|_| supplement_asked(of, request, "材料".to_owned()));
        world.append_all(of, asked).await;
    }
    assert_eq!(awaits(&world), ids);
}

#[tokio::test]
async fn numbers_of_an_earlier_version_are_built_again() {
    let (mut world, id) = unread().await;
    let other = RequestId {
        seq: id.seq + 1,
        ..id
    };
    for (request, entries) in [(id, 1), (other, 2)] {
        for _ in 0..entries {
            let asked = supplement_asked(PROVIDER, request, "材料".to_owned());
            world.append(PROVIDER, asked).await.unwrap();
        }
    }
    let known = only_key(&**world.ledger.kv(), id).unwrap();
    assert!(known.is_some());
    // An earlier version stored the numbers of entries alone.
    let earlier = move |tx: &mut Tx<'_>| {
        for (request, entries) in [(id, 1_u128), (other, 2)] {
            tx.put(number_key(request), entries.to_be_bytes().to_vec());
        }
        let unbuilt = Key::new(Prefix::Unbuilt).u8(Prefix::EarlyMoveTally as u8);
        tx.put(unbuilt.finish(), Vec::new());
        Ok(())
    };
    world.ledger.write(earlier).await.unwrap();
    build_added(&world.ledger, INDEXED).await.unwrap();
    let kv = &**world.ledger.kv();
    assert_eq!(only_key(kv, id).unwrap(), known);
    assert_eq!(only_key(kv, other).unwrap(), None);
    assert!(are_kept(kv, other).unwrap());
}

#[tokio::test]
async fn what_was_said_of_a_request_that_was_never_made_is_set_aside() {
    let (mut world, id) = unread().await;
    let never = RequestId {
        seq: id.seq + 7,
        ..id
    };
    let granted = grant("2027-01-01T00:00:00Z");
    let seq = world.make_move(PROVIDER, never, granted).await.unwrap();
    world.read(city(CONSUMER), id.seq).await.unwrap();
    world.set_current(true);
    world.settle().await;
    let ClusterFact::Quarantined {
        city: of,
        seq: aside,
        ..
    } = world.last_fact()
    else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!((of, aside), (city(PROVIDER), seq));
    assert_eq!(awaits(&world), []);
}

#[tokio::test]
async fn what_a_city_says_ahead_of_a_request_is_bounded_and_the_rest_is_refused() {
    let (mut world, id) = unread().await;
    let first = world.length(PROVIDER) as u64;
    let many = (0..MAX_ENTRIES + 3).map(|number| {
        let missing = format!("第{number}项");
        supplement_asked(PROVIDER, id, missing)
    });
    world.append_all(PROVIDER, many).await;
    assert_eq!(kept(&world, PROVIDER, id), MAX_ENTRIES);
    let ClusterFact::QuarantineSummarised { city: of, run } = world.last_fact() else {
        panic!("{:?}", world.last_fact());
    };
    let refused = (first + MAX_ENTRIES as u64, 3);
    assert_eq!(of, city(PROVIDER));
    assert_eq!((run.from_seq, run.count), refused);
    let error = run.problem.into_error();
    assert_eq!(error.code(), ErrorCode::LimitExceeded);

    let large = (0..20).map(|_| supplement_asked(STRANGER, id, "a".repeat(15 * 1024)));
    world.append_all(STRANGER, large).await;
    assert_eq!(kept(&world, STRANGER, id), 16, "another city has its own");
    let next = RequestId {
        seq: id.seq + 1,
        ..id
    };
    let other = supplement_asked(PROVIDER, next, "材料".to_owned());
    world.append(PROVIDER, other).await.unwrap();
    assert_eq!(kept(&world, PROVIDER, next), 1, "so has another request");

    world.set_current(true);
    let before = world.facts().len();
    world.settle().await;
    assert_eq!(awaits(&world), []);
    let facts = world.facts().split_off(before);
    let aside = facts.into_iter().map(|fact| match fact {
        ClusterFact::Quarantined { city, .. } => (city, 1),
        ClusterFact::QuarantineSummarised { city, run } => (city, run.count),
        other => panic!("{other:?}"),
    });
    let mut counts: BTreeMap<CityCode, (u64, u64)> = BTreeMap::new();
    for (of, count) in aside {
        let (entries, facts) = counts.entry(of).or_default();
        (*entries, *facts) = (*entries + count, *facts + 1);
    }
    // A few facts for all of them.
    let kept = MAX_ENTRIES as u64 + 1;
    let (of_provider, of_stranger) = (counts[&city(PROVIDER)], counts[&city(STRANGER)]);
    assert_eq!((of_provider.0, of_stranger.0), (kept, 16));
    assert!(of_provider.1 + of_stranger.1 <= 6, "{counts:?}");
}

#[tokio::test]
async fn what_waits_for_a_request_is_applied_in_pieces_and_in_its_order() {
    let (mut world, id) = unread().await;
    let first = world.length(PROVIDER) as u64;
    let many = (0..40).map(|number| {
        let missing = format!("第{number}项");
        supplement_asked(PROVIDER, id, missing)
    });
    world.append_all(PROVIDER, many).await;
    world.read(city(CONSUMER), id.seq).await.unwrap();
    assert_eq!(awaits(&world), [id], "a piece is applied at once");
    // An entry that follows them waits, too.
    world.append(PROVIDER, revoked(id)).await.unwrap();
    assert_eq!(world.request(id).stops.in_force(), None);

    world.settle().await;
    assert_eq!(awaits(&world), []);
    let applied = world.facts().into_iter().filter_map(|fact| match fact {
        ClusterFact::Ordered {
            origin: Some(origin),
            ..
        }
        | ClusterFact::MoveRefused { origin, .. }
        | ClusterFact::StopNoted { origin, .. } => Some(origin.seq),
        _ => None,
    });
    let expected: Vec<u64> = (first..first + 41).collect();
    assert_eq!(applied.collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn a_move_in_a_request_of_a_city_that_is_not_admitted_yet_waits_for_it() {
    let (mut world, id) = unread().await;
    let of_unknown = |seq| RequestId {
        city: city("430400"),
        seq,
        ..id
    };
    for seq in 0..MAX_OF_UNKNOWN as u64 {
        let asked = supplement_asked(PROVIDER, of_unknown(seq), "材料".to_owned());
        world.append(PROVIDER, asked).await.unwrap();
    }
    world.set_current(true);
    world.settle().await;
    assert_eq!(awaits(&world).len(), MAX_OF_UNKNOWN);
    let asked = grant("2027-01-01T00:00:00Z");
    let beyond = of_unknown(MAX_OF_UNKNOWN as u64);
    let refused = world.make_move(PROVIDER, beyond, asked).await;
    assert_eq!(refused.unwrap_err().message().code(), NEVER_MADE);
    let other = supplement_asked(STRANGER, beyond, "材料".to_owned());
    world.append(STRANGER, other).await.unwrap();
    assert_eq!(
        kept(&world, STRANGER, beyond),
        1,
        "another city has its own"
    );
}

#[tokio::test]
async fn a_request_older_than_the_log_waits_30_days_for_its_city_to_be_admitted_again() {
    let mut world = World::new().await;
    let asked = requested(submission(&format!("440100:{}", code(1))));
    let dated = at("2026-11-22T02:00:00Z");
    let seq = world.append_dated(CONSUMER, dated, asked).await.unwrap();
    let id = RequestId {
        city: city(CONSUMER),
        epoch: EPOCH,
        seq,
    };
    for day in ["2026-11-23T02:00:00Z", "2026-12-23T01:59:59Z"] {
        world.set_now(day);
        world.settle().await;
        assert_eq!(world.request(id).history.steps, []);
    }
    // The date is the consumer's; the wait is not.
    world.set_now("2026-12-23T02:00:00Z");
    world.settle().await;
    let rejected = world.request(id).history.steps;
    let [step] = &rejected[..] else {
        panic!("{rejected:?}");
    };
    let Move::Reject { reason, problem } = &step.mv else {
        panic!("{step:?}");
    };
    assert_eq!(*reason, RejectReason::NotAMember);
    assert_eq!(problem.message.code(), "member-unknown");
}

#[tokio::test]
async fn a_move_in_a_request_of_a_removed_city_is_not_kept() {
    let (mut world, id) = unread().await;
    let granted = || grant("2027-01-01T00:00:00Z");
    world.make_move(PROVIDER, id, granted()).await.unwrap();
    assert_eq!(awaits(&world), [id]);
    world
        .set_status(CONSUMER, MembershipStatus::Suspended)
        .await;
    world.settle().await;
    assert_eq!(awaits(&world), [id], "its log is read after the suspension");
    world.set_status(CONSUMER, MembershipStatus::Removed).await;
    world.settle().await;
    assert_eq!(awaits(&world), [], "its log is not read again");
    let refused = world.make_move(PROVIDER, id, granted()).await;
    assert_eq!(refused.unwrap_err().message().code(), NEVER_MADE);
}

#[tokio::test]
async fn a_kept_move_of_a_city_that_was_removed_since_is_not_made() {
    let (mut world, id) = unread().await;
    let granted = grant("2027-01-01T00:00:00Z");
    let seq = world.make_move(PROVIDER, id, granted).await.unwrap();
    world.set_status(PROVIDER, MembershipStatus::Removed).await;
    world.read(city(CONSUMER), id.seq).await.unwrap();
    let ClusterFact::Quarantined {
        city: of,
        seq: aside,
        ..
    } = world.last_fact()
    else {
        panic!("{:?}", world.last_fact());
    };
    assert_eq!((of, aside), (city(PROVIDER), seq));
    assert_eq!(awaits(&world), []);
}
