use std::collections::BTreeMap;

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareManner;
use chengji_domain::problem::Problem;
use chengji_domain::request::{
    Actor, AwaitedApproval, DueAct, Move, Party, Step, Submission, WantedPart,
};
use chengji_domain::{ErrorCode, ResourceRef};
use chengji_testkit::requests::every_move;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::strategies::{
    acts, cities, codes, origins, reads_as_written, reasons, refuses_incomplete, requests, texts,
    times,
};

fn deadlines() -> impl Strategy<Value = Deadline> {
    (1i8..=12, 1i8..=28, any::<bool>()).prop_map(|(month, day, provisional)| Deadline {
        date: date(2026, month, day),
        provisional,
    })
}

fn due_acts() -> impl Strategy<Value = DueAct> {
    prop::sample::select(DueAct::ALL.to_vec())
}

fn moves() -> impl Strategy<Value = Move> {
    let any_kind = times().prop_flat_map(|until| prop::sample::select(every_move(until)));
    prop_oneof![
        9 => any_kind,
        1 => texts().prop_map(|text| Move::Supplement { text }),
    ]
}

fn actors() -> impl Strategy<Value = Actor> {
    let department = prop::option::of(Just(chengji_testkit::CREDIT_CODE.parse().unwrap()));
    department.prop_map(|department| {
        let person = "city/430100/person/wang.wu".parse().unwrap();
        Actor::new(person, department)
    })
}

fn steps() -> impl Strategy<Value = Step> {
    let party = prop::sample::select(vec![Party::Consumer, Party::Provider, Party::Coordinator]);
    let due = prop::option::of(deadlines());
    (party, actors(), times(), moves(), due).prop_map(|(party, actor, at, mv, due)| Step {
        party,
        actor,
        at,
        mv,
        due,
    })
}

fn histories() -> impl Strategy<Value = RequestHistory> {
    let submission = (cities(), codes(), texts(), 1u32..1_000);
    let submission = submission.prop_map(|(city, code, text, period_days)| Submission {
        resource: ResourceRef { city, code },
        purpose: format!("用途{text}"),
        legal_basis: "条例".to_owned(),
        scenario: format!("场景{text}"),
        scope: "全部".to_owned(),
        manner: ShareManner::File,
        period_days,
        department: None,
        part: (period_days > 500).then(|| {
            Box::new(WantedPart {
                columns: vec![text.clone()],
                condition: "层数 > 10".to_owned(),
                masks: vec![("身份证号".to_owned(), "last:4".to_owned())],
                row_limit: Some(period_days.into()),
            })
        }),
    });
    let steps = prop::collection::vec(steps(), 0..4);
    (requests(), submission, actors(), times(), steps).prop_map(
        |(id, submission, submitted_by, submitted_at, steps)| RequestHistory {
            id,
            submission,
            submitted_by,
            submitted_at,
            steps,
        },
    )
}

fn reminders() -> impl Strategy<Value = Vec<Reminder>> {
    let one = (times(), due_acts(), deadlines(), any::<bool>());
    let one = one.prop_map(|(at, act, deadline, overdue)| Reminder {
        at,
        act,
        deadline,
        overdue,
    });
    prop::collection::vec(one, 0..3)
}

fn records() -> impl Strategy<Value = RequestRecord> {
    let around = (
        prop::collection::vec((origins(), steps()), 0..3),
        prop::collection::vec((steps(), texts(), any::<bool>()), 0..3),
        reminders(),
        reminders(),
        prop::collection::vec(acts(), 0..4),
        prop::option::of((times(), reasons())),
        prop::option::of(origins()),
        prop::option::of((times(), any::<u32>(), deadlines())),
    );
    (histories(), around, times(), any::<bool>()).prop_map(
        |(history, around, arrived, outside_region)| {
            let (pending, refused, reminders, withheld, stops, refusal, decided, awaited) = around;
            let backdated = history.steps.len().checked_sub(1);
            RequestRecord {
                pending,
                decided,
                outside_region,
                awaited: awaited.map(|(since, revision, deadline)| AwaitedApproval {
                    since,
                    revision,
                    deadline,
                }),
                refused: (refused.into_iter())
                    .map(|(step, reason, acknowledged)| RefusedMove {
                        step,
                        problem: Problem::from(&Error::new(
                            ErrorCode::OutOfTurn,
                            msg::Text { text: reason },
                        )),
                        acknowledged,
                    })
                    .collect(),
                reminders,
                withheld,
                backdated: BTreeMap::from_iter(backdated.map(|place| (place, arrived))),
                stops: Stops::new(stops),
                provider_refusal: refusal.map(|(at, message)| ProviderRefusal {
                    at,
                    problem: Problem::new(ErrorCode::GrantRevoked, message),
                }),
                history,
            }
        },
    )
}

proptest! {
    #[test]
    fn requests_read_as_they_were_written(record in records()) {
        reads_as_written::<StoredRequest>(&record);
        reads_as_written::<StoredStops>(&record.stops);
        reads_as_written::<StoredSubmitted>(&record.history.id);
    }

    #[test]
    fn other_records_of_requests_read_as_they_were_written(
        count in any::<u32>(),
        deadline in deadlines(),
        envelope in prop::collection::vec(any::<u8>(), 1..9),
        body in prop::collection::vec(any::<u8>(), 0..9),
    ) {
        let day = deadline.date;
        reads_as_written::<StoredAutomaticGrants>(&AutomaticGrants { day, count });
        let entry = Entry { envelope: envelope.into(), body: body.into() };
        reads_as_written::<StoredEarlyEntry>(&entry);
    }

    #[test]
    fn a_request_that_is_incomplete_is_damaged(record in records()) {
        refuses_incomplete::<StoredRequest>(&record);
        refuses_incomplete::<StoredSubmitted>(&record.history.id);
    }
}

#[test]
fn the_numbers_of_states_in_keys_are_pinned() {
    let numbers = [
        (State::Submitted, 1),
        (State::Routed, 2),
        (State::Incomplete, 3),
        (State::Supplemented, 4),
        (State::Granted, 5),
        (State::Refused, 6),
        (State::Rejected, 7),
        (State::Withdrawn, 8),
        (State::Disputed, 9),
        (State::Revoked, 10),
        (State::Lapsed, 11),
        (State::Closed, 12),
        (State::Suspended, 13),
        (State::Terminated, 14),
        (State::Referred, 15),
    ];
    assert_eq!(numbers.len(), State::ALL.len());
    for (state, number) in numbers {
        assert_eq!(state_number(state), number, "{state}");
    }
}

#[test]
fn a_stop_without_a_known_cause_is_damaged() {
    let stops = vec![v1::StopEvent {
        cause: 99,
        ..v1::StopEvent::default()
    }];
    StoredStops::decode(&v1::StopRecord { stops }.encode_to_vec()).unwrap_err();
}
