use jiff::ToSpan;
use proptest::prelude::*;

use super::super::terms::GrantTerms;
use super::super::{Grant, RequestHistory, Submission};
use super::*;
use crate::calendar::local_date;
use crate::catalogue::{ShareClass, ShareManner};
use crate::epoch::Epoch;
use crate::principal::Principal;
use crate::resource::ResourceRef;
use crate::stop::IncidentReport;

fn start() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn on(days: i64) -> Deadline {
    Deadline {
        date: local_date(start()) + days.days(),
        provisional: true,
    }
}

fn step(party: Party, mv: Move) -> Step {
    Step {
        party,
        actor: Principal::Coordinator.into(),
        at: start(),
        mv,
        due: None,
    }
}

/// A request that is granted for a hundred days.
fn granted() -> RequestRecord {
    let submission = Submission {
        resource: ResourceRef {
            city: "430200".parse().unwrap(),
            code: "103001000001".parse().unwrap(),
        },
        purpose: "核对区划".to_owned(),
        legal_basis: "政务数据共享条例".to_owned(),
        scenario: "月度更新".to_owned(),
        scope: "全部".to_owned(),
        manner: ShareManner::File,
        period_days: 100,
        department: None,
        part: None,
    };
    let id = "430100-1-1-AAAAAAAAAAAAA".parse().unwrap();
    let by = Principal::Coordinator.into();
    let mut record = RequestRecord::new(RequestHistory::new(id, submission, by, start()));
    let route = Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: on(10),
        approval: None,
    };
    let grant = Move::Grant(Grant {
        scope: "全部".to_owned(),
        conditions: String::new(),
        disposal: String::new(),
        terms: GrantTerms::file(start() + (24 * 100).hours()),
        automatic: false,
        return_flow: None,
    });
    record.order(step(Party::Coordinator, route), None).unwrap();
    record.order(step(Party::Provider, grant), None).unwrap();
    record
}

fn act(seq: u64, act: StopAct, due: Option<Deadline>) -> RecordedAct {
    RecordedAct {
        origin: Origin {
            epoch: Epoch {
                number: 1,
                id: [1; 8],
            },
            seq,
        },
        at: start(),
        actor: Principal::Coordinator.into(),
        act,
        noted: true,
        due,
    }
}

fn stopped(cause: StopCause) -> StopAct {
    StopAct::Stopped {
        cause,
        reason: "数据泄露".to_owned(),
        report: (cause == StopCause::Incident).then(|| IncidentReport {
            to: "市网信办".to_owned(),
            at: start(),
        }),
    }
}

fn lifted() -> StopAct {
    let reason = "已处置".to_owned();
    StopAct::Lifted { reason }
}

fn incident(record: &RequestRecord) -> Option<Deadline> {
    let dues = record.dues(start()).unwrap();
    let due = dues.iter().find(|due| due.act == DueAct::Incident);
    due.map(|due| due.deadline)
}

#[test]
fn an_incident_is_followed_up_by_a_suspension_a_consultation_or_the_end_of_the_stop() {
    let mut record = granted();
    record
        .stops
        .take(act(1, stopped(StopCause::Incident), Some(on(5))));
    assert_eq!(incident(&record), Some(on(5)));
    let (reason, legal_basis) = (|| "安全事件".to_owned(), || "条例".to_owned());
    let suspend = Move::Suspend {
        reason: reason(),
        legal_basis: legal_basis(),
        mend_by: on(20),
    };
    let consult = Move::Consult {
        reason: reason(),
        legal_basis: legal_basis(),
        change: None,
        not_before: None,
    };
    for follow_up in [suspend, consult] {
        let mut followed = record.clone();
        followed
            .order(step(Party::Provider, follow_up), None)
            .unwrap();
        assert_eq!(incident(&followed), None);
    }
    let mut lifts = record.clone();
    lifts.stops.take(act(2, lifted(), None));
    assert_eq!(incident(&lifts), None);
    // Nothing is due of a grant that has lapsed.
    let lapsed = start() + (24 * 100).hours();
    assert_eq!(record.dues(lapsed), Ok(vec![]));
}

#[test]
fn a_holiday_notice_moves_the_day_of_an_incident() {
    let mut record = granted();
    record
        .stops
        .take(act(1, stopped(StopCause::Incident), Some(on(5))));
    let moved = Move::MoveDeadline {
        act: DueAct::Incident,
        deadline: on(8),
    };
    record.order(step(Party::Coordinator, moved), None).unwrap();
    assert_eq!(incident(&record), Some(on(8)));
}

#[test]
fn a_second_incident_has_a_day_and_a_follow_up_of_its_own() {
    let mut record = granted();
    let incident_on = |seq, days: i64, due| RecordedAct {
        at: start() + (24 * days).hours(),
        ..act(seq, stopped(StopCause::Incident), Some(due))
    };
    record.stops.take(incident_on(1, 0, on(5)));
    let of_first = [
        Move::MoveDeadline {
            act: DueAct::Incident,
            deadline: on(30),
        },
        Move::Consult {
            reason: "安全事件".to_owned(),
            legal_basis: "条例".to_owned(),
            change: None,
            not_before: None,
        },
    ];
    for (party, mv) in [Party::Coordinator, Party::Provider]
        .into_iter()
        .zip(of_first)
    {
        record.order(step(party, mv), None).unwrap();
    }
    assert_eq!(incident(&record), None);
    let mut lifts = record.clone();
    lifts.stops.take(act(2, lifted(), None));
    for mut record in [record, lifts] {
        record.stops.take(incident_on(3, 10, on(16)));
        assert_eq!(incident(&record), Some(on(16)));
    }
}

#[test]
fn an_own_move_that_ends_a_grant_ends_it_only_once_it_is_ordered() {
    let (reason, legal_basis) = (|| "系统停用".to_owned(), || "条例".to_owned());
    let consult = Move::Consult {
        reason: reason(),
        legal_basis: legal_basis(),
        change: None,
        not_before: None,
    };
    let agree = Move::AnswerConsultation {
        agrees: true,
        text: String::new(),
    };
    let mut record = granted();
    let until = record.runs_until();
    assert_eq!(until, Some(start() + (24 * 100).hours()));
    for (party, mv) in [(Party::Provider, consult), (Party::Consumer, agree)] {
        record.order(step(party, mv), None).unwrap();
    }
    let terminate = Move::Terminate {
        reason: reason(),
        legal_basis: legal_basis(),
    };
    let terminate = step(Party::Provider, terminate);
    let origin = act(1, lifted(), None).origin;
    record.pending.push((origin, terminate.clone()));
    // The coordinator may refuse it.
    assert_eq!(record.runs_until(), until);
    record.decide(origin);
    record.order(terminate, None).unwrap();
    assert_eq!(record.runs_until(), None);

    let mut pending = granted();
    let grant = pending.history.steps.pop().unwrap();
    pending.pending.push((origin, grant));
    assert_eq!(pending.runs_until(), until, "a grant holds at once");
}

proptest! {
    /// A stop overrides a grant in what is shown, and leaves the ordered history as it is.
    #[test]
    fn stops_show_and_do_not_move(kinds in prop::collection::vec(0_usize..5, 0..9)) {
        let mut record = granted();
        let before = record.history.clone();
        for (kind, seq) in kinds.iter().zip(1..) {
            let of = match kind {
                0 => lifted(),
                kind => stopped(StopCause::ALL[kind - 1]),
            };
            record.stops.take(act(seq, of, Some(on(5))));
        }
        let since = kinds.iter().rposition(|kind| *kind == 0).map_or(0, |at| at + 1);
        let causes: Vec<_> = kinds[since..].iter().map(|kind| StopCause::ALL[kind - 1]).collect();
        let (shown, is_due) = if causes.contains(&StopCause::Revoked) {
            (State::Revoked, false)
        } else if causes.is_empty() {
            (State::Granted, false)
        } else {
            (State::Suspended, causes.contains(&StopCause::Incident))
        };
        prop_assert_eq!(record.shown_state(start()), Ok(shown));
        prop_assert_eq!(incident(&record).is_some(), is_due);
        prop_assert_eq!(record.history, before);
    }
}
