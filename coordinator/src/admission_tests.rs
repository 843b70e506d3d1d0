//! A log may contain entries that admission refuses today: reading it does not validate them.

use chengji_domain::catalogue::ShareClass::{Conditional, NotShared};
use chengji_domain::catalogue::{Entry, ShareManner};
use chengji_domain::request::{CloseCause, Move, MoveKind, State, Submission};
use chengji_domain::stop::{StopAct, StopCause};
use chengji_proto::convert::{draft_from, entry_to};
use jiff::SignedDuration;
use jiff::civil::date;

use super::*;
use crate::tests::world::{
    CONSUMER, EPOCH, PROVIDER, START, World, at, city, code, entry, grant, measured, mounted,
    requested, submission,
};

/// Entries that admission refuses, each for another reason; they count as `entry` does.
fn inadmissible(entry: impl Fn(u32) -> Entry) -> Vec<Entry> {
    let spoil: [fn(&mut Entry); 7] = [
        |entry| entry.summary = "摘".repeat(5_000),
        |entry| entry.name = "行政\u{1b}[2J\u{202e}区划".to_owned(),
        |entry| entry.provider.clear(),
        |entry| entry.sharing.condition.clear(),
        |entry| entry.classification = "3/07/012".parse().unwrap(),
        |entry| entry.security_level = 9,
        |entry| entry.formats.clear(),
    ];
    (1..)
        .zip(spoil)
        .map(|(serial, spoil)| {
            let mut entry = entry(serial);
            spoil(&mut entry);
            let draft = draft_from(entry_to(&entry));
            assert!(draft.check().is_err(), "{serial} would be admitted");
            entry
        })
        .collect()
}

/// A world in which the provider publishes and mounts these entries, and the consumer requests the first.
async fn followed(entries: Vec<Entry>) -> (World, RequestId) {
    let mut world = World::new().await;
    for (serial, entry) in (1..).zip(entries) {
        world.publish(PROVIDER, entry, 1).await.unwrap();
        world
            .append(PROVIDER, mounted(serial, "x.csv"))
            .await
            .unwrap();
        let measured = measured(serial, 7, at(START));
        world.append(PROVIDER, measured).await.unwrap();
    }
    let id = world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    (world, id)
}

#[tokio::test]
async fn what_admission_refuses_is_followed_counted_and_requested_without_a_difference() {
    for class in [Conditional, NotShared] {
        let sound = (1..=7).map(|serial| entry(serial, class)).collect();
        let (sound, _) = followed(sound).await;
        let (mut world, id) = followed(inadmissible(|serial| entry(serial, class))).await;
        assert_eq!(
            world.facts().len(),
            sound.facts().len(),
            "none is set aside"
        );
        assert_eq!(world.report(None).unwrap(), sound.report(None).unwrap());
        let moves = |world: &World| {
            let steps = world.request(id).history.steps;
            steps.iter().map(|step| step.mv.kind()).collect::<Vec<_>>()
        };
        assert_eq!(moves(&world), moves(&sound));
        // Read again from the beginning, as by a later build, it gives the same result.
        let before: Vec<_> = (1..=7).map(|n| world.entry(PROVIDER, &code(n))).collect();
        world.read_again(PROVIDER).await;
        let after: Vec<_> = (1..=7).map(|n| world.entry(PROVIDER, &code(n))).collect();
        assert_eq!(before, after);
        assert!(after.iter().all(Option::is_some));
        world.live.recall(city(PROVIDER)).unwrap();
        assert_eq!(world.report(None).unwrap(), sound.report(None).unwrap());
        let kind = world.request(id).history.steps[0].mv.kind();
        world.set_now(&(world.now() + jiff::SignedDuration::from_secs(1)).to_string());
        if kind == MoveKind::Route {
            let grant = grant("2026-12-31T00:00:00Z");
            world.make_move(PROVIDER, id, grant).await.unwrap();
        }
    }
}

/// Moves of a provider in a request, with this text.
fn answers(words: &str) -> [(&'static str, Move); 6] {
    let word = || words.to_owned();
    let deadline = chengji_domain::calendar::Deadline::certain(date(2026, 12, 21));
    let Move::Grant(granted) = grant("2026-12-31T00:00:00Z") else {
        panic!("no grant");
    };
    let granted = Move::Grant(chengji_domain::request::Grant {
        scope: word(),
        conditions: word(),
        ..granted
    });
    [
        (PROVIDER, Move::AskSupplement { missing: word() }),
        (CONSUMER, Move::Supplement { text: word() }),
        (
            PROVIDER,
            Move::Extend {
                reason: word(),
                deadline,
            },
        ),
        (PROVIDER, granted),
        (
            CONSUMER,
            Move::Close {
                cause: CloseCause::PurposeMet,
                statement: word(),
                evidence: String::new(),
            },
        ),
        // Out of turn, and refused for that reason.
        (CONSUMER, Move::Withdraw { reason: word() }),
    ]
}

/// A request from its submission to its close, with these words, and a stop in between.
async fn lived(words: &str, submission: Submission) -> (World, RequestId) {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    let asked = requested(submission);
    let id = RequestId {
        city: city(CONSUMER),
        epoch: EPOCH,
        seq: world.append(CONSUMER, asked).await.unwrap(),
    };
    for (by, mv) in answers(words) {
        let is_granted = mv.kind() == MoveKind::Grant;
        world.set_now(&(world.now() + SignedDuration::from_secs(1)).to_string());
        world.make_move(by, id, mv).await.unwrap();
        if !is_granted {
            continue;
        }
        let reason = || words.to_owned();
        let stopped = StopAct::Stopped {
            cause: StopCause::Suspended,
            reason: reason(),
            report: None,
        };
        for act in [stopped, StopAct::Lifted { reason: reason() }] {
            let target = StopTarget::Request(id);
            let actor = Principal::Node(city(PROVIDER)).into();
            let act = CityFact::Stop { target, act, actor };
            world.append(PROVIDER, act).await.unwrap();
        }
    }
    (world, id)
}

#[tokio::test]
async fn submissions_moves_and_stops_that_admission_refuses_live_like_any_other() {
    let resource = format!("{PROVIDER}:{}", code(1));
    let (sound, known) = lived("理由", submission(&resource)).await;
    let kinds = |world: &World, id| {
        let record = world.request(id);
        let steps = record.history.steps.iter().map(|step| step.mv.kind());
        let refused = record.refused.iter().map(|refused| refused.step.mv.kind());
        let said: Vec<_> = world.facts().iter().map(std::mem::discriminant).collect();
        (
            steps.chain(refused).collect::<Vec<_>>(),
            record.stops.acts().len(),
            said,
        )
    };
    for words in ["", "\u{1b}[2J理由\u{202e}", &"长".repeat(1_100)] {
        let asked = Submission {
            purpose: words.to_owned(),
            legal_basis: words.to_owned(),
            scope: words.to_owned(),
            manner: ShareManner::Mail,
            period_days: 0,
            ..submission(&resource)
        };
        assert!(asked.check().is_err());
        assert!(answers(words).iter().all(|(_, mv)| mv.check().is_err()));
        let (world, id) = lived(words, asked).await;
        assert_eq!(id, known);
        assert_eq!(kinds(&world, id), kinds(&sound, known), "{words:?}");
        let request = world.request(id).history.state().unwrap();
        assert_eq!(request.state(world.now()), State::Closed);
        // Read again from the beginning, as by a later build, it gives the same result, and no fact is
        // repeated.
        let (facts, record) = (world.facts(), world.request(id));
        world.read_again(CONSUMER).await;
        world.read_again(PROVIDER).await;
        assert_eq!((world.facts(), world.request(id)), (facts, record));
    }
}

#[tokio::test]
async fn a_move_larger_than_any_that_admission_lets_pass_is_set_aside() {
    let resource = format!("{PROVIDER}:{}", code(1));
    let (mut world, id) = lived("理由", submission(&resource)).await;
    let before = world.request(id);
    let supplement = |bytes| Move::Supplement {
        text: "a".repeat(bytes),
    };
    let large = world.make_move(CONSUMER, id, supplement(16 * 1024)).await;
    assert!(large.unwrap_err().to_string().contains("16384"));
    assert_eq!(world.request(id), before);
    // A smaller one is only out of turn.
    let small = world.make_move(CONSUMER, id, supplement(15 * 1024)).await;
    small.unwrap();
    assert_eq!(world.request(id).refused.len(), before.refused.len() + 1);
}
