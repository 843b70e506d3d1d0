//! Acts that records show, and findings.

use jiff::Timestamp;
use jiff::civil::date;

use super::*;
use crate::calendar::Deadline;
use crate::catalogue::{ShareClass, ShareManner};
use crate::principal::Principal;
use crate::problem::Problem;
use crate::request::terms::GrantTerms;
use crate::request::{Grant, RefusedMove, Reminder, Step, Submission};
use crate::resource::ResourceRef;

const CONSUMER: &str = "430100";
const PROVIDER: &str = "430200";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn step(party: Party, at: Timestamp, mv: Move) -> Step {
    Step {
        party,
        actor: Principal::Coordinator.into(),
        at,
        mv,
        due: None,
    }
}

/// A request routed on 23 November, to be answered by 7 December.
fn routed() -> RequestRecord {
    let submission = Submission {
        resource: ResourceRef {
            city: PROVIDER.parse().unwrap(),
            code: "103001000001".parse().unwrap(),
        },
        purpose: "核对区划".to_owned(),
        legal_basis: "条例".to_owned(),
        scenario: "窗口核验".to_owned(),
        scope: "全部".to_owned(),
        manner: ShareManner::File,
        period_days: 30,
        department: None,
        part: None,
    };
    let id = format!("{CONSUMER}-1-2-AAAAAAAAAAAAA").parse().unwrap();
    let submitted = at("2026-11-23T02:00:00Z");
    let by = Principal::Coordinator.into();
    let mut record = RequestRecord::new(RequestHistory::new(id, submission, by, submitted));
    let route = Move::Route {
        share_class: ShareClass::Conditional,
        revision: 1,
        deadline: Deadline::certain(date(2026, 12, 7)),
        approval: None,
    };
    record
        .order(step(Party::Coordinator, submitted, route), None)
        .unwrap();
    record
}

fn refuse() -> Move {
    Move::Refuse {
        reason: "涉及商业秘密".to_owned(),
        legal_basis: "《数据安全法》".to_owned(),
    }
}

fn grant() -> Move {
    Move::Grant(Grant {
        scope: "全部".to_owned(),
        conditions: String::new(),
        disposal: String::new(),
        terms: GrantTerms::file(Timestamp::MAX),
        automatic: false,
        return_flow: None,
    })
}

fn reminder(act: DueAct, overdue: bool) -> Reminder {
    Reminder {
        at: at("2026-12-08T02:00:00Z"),
        act,
        deadline: Deadline::certain(date(2026, 12, 7)),
        overdue,
    }
}

/// What a record shows, without the cities.
fn shown(record: &RequestRecord) -> Vec<(ShownAct, u64)> {
    let shown = shown_by(record).into_iter();
    shown
        .map(|(city, act, times)| {
            let expected = match act.party() {
                Party::Consumer => CONSUMER,
                _ => PROVIDER,
            };
            assert_eq!(city.to_string(), expected, "{act:?}");
            (act, times)
        })
        .collect()
}

#[test]
fn a_late_answer_is_counted_once_whether_it_was_chased_or_not() {
    let mut in_time = routed();
    let answered = step(Party::Provider, at("2026-12-07T15:59:59Z"), refuse());
    in_time.order(answered, None).unwrap();
    assert_eq!(shown(&in_time), []);

    let mut late = routed();
    let answered = step(Party::Provider, at("2026-12-07T16:00:00Z"), refuse());
    late.order(answered, None).unwrap();
    assert_eq!(shown(&late), [(ShownAct::AnsweredLate, 1)]);
    late.reminders = vec![
        reminder(DueAct::Answer, false),
        reminder(DueAct::Answer, true),
    ];
    assert_eq!(shown(&late), [(ShownAct::AnsweredLate, 1)]);
}

#[test]
fn a_late_offer_is_counted() {
    let offered = |moment: &str| {
        let mut record = routed();
        let granted = Step {
            due: Some(Deadline::certain(date(2026, 12, 21))),
            ..step(Party::Provider, at("2026-11-23T02:00:00Z"), grant())
        };
        record.order(granted, None).unwrap();
        let offer = Move::Offer {
            note: String::new(),
        };
        let offer = step(Party::Provider, at(moment), offer);
        record.order(offer, None).unwrap();
        shown(&record)
    };
    assert_eq!(offered("2026-12-21T15:59:59Z"), []);
    assert_eq!(
        offered("2026-12-21T16:00:00Z"),
        [(ShownAct::OfferedLate, 1)]
    );
}

#[test]
fn a_late_offer_under_a_return_flow_is_a_late_return_alone() {
    let mut record = routed();
    let granted = Move::Grant(Grant {
        return_flow: Some(format!("{PROVIDER}-1-3-AAAAAAAAAAAAA").parse().unwrap()),
        ..grant().grant().unwrap().clone()
    });
    let granted = step(Party::Provider, at("2026-11-23T02:00:00Z"), granted);
    record.order(granted, None).unwrap();
    assert_eq!(shown(&record), []);
    record.reminders = vec![reminder(DueAct::Offer, true)];
    assert_eq!(shown(&record), [(ShownAct::ReturnedLate, 1)]);
    assert_eq!(ShownAct::ReturnedLate.article(), "39(5)");
}

#[test]
fn an_offer_by_the_day_that_a_notice_has_moved_is_not_late() {
    let mut record = routed();
    let day = |day| date(2026, 12, day);
    let granted = Step {
        due: Some(Deadline {
            date: day(21),
            provisional: true,
        }),
        ..step(Party::Provider, at("2026-11-23T02:00:00Z"), grant())
    };
    let moved = Move::MoveDeadline {
        act: DueAct::Offer,
        deadline: Deadline::certain(day(23)),
    };
    let moved = step(Party::Coordinator, at("2026-12-01T02:00:00Z"), moved);
    let offer = Move::Offer {
        note: String::new(),
    };
    let offer = step(Party::Provider, at("2026-12-22T02:00:00Z"), offer);
    for made in [granted, moved, offer] {
        record.order(made, None).unwrap();
    }
    assert_eq!(shown(&record), []);
}

#[test]
fn notices_after_other_deadlines_are_counted_for_the_party_that_owes_the_act() {
    for (act, expected) in [
        (DueAct::Amendment, ShownAct::AmendmentAnsweredLate),
        (DueAct::Offer, ShownAct::OfferedLate),
        (DueAct::Incident, ShownAct::IncidentNotFollowedUp),
        (DueAct::Mending, ShownAct::MendingUnfinished),
        (DueAct::Disposal, ShownAct::DisposedLate),
    ] {
        let mut record = routed();
        record.reminders = vec![reminder(act, false), reminder(act, true)];
        assert_eq!(shown(&record), [(expected, 1)], "{act:?}");
    }
    // A late supplement or answer to a consultation is no punishable act.
    let mut record = routed();
    record.reminders = vec![
        reminder(DueAct::Supplement, true),
        reminder(DueAct::Consultation, true),
    ];
    assert_eq!(shown(&record), []);
}

#[test]
fn a_second_question_and_an_end_without_consultation_are_counted() {
    let refused = |mv: Move| RefusedMove {
        step: step(Party::Provider, at("2026-11-24T02:00:00Z"), mv),
        problem: Problem::new(ErrorCode::OutOfTurn, msg::Text { text: "x" }),
        acknowledged: false,
    };
    let ask = || Move::AskSupplement {
        missing: "授权".to_owned(),
    };
    let mut record = routed();
    record.refused = vec![refused(ask())];
    assert_eq!(shown(&record), [], "it was the first");
    let asked = step(Party::Provider, at("2026-11-23T03:00:00Z"), ask());
    record.order(asked, None).unwrap();
    assert_eq!(shown(&record), [(ShownAct::AskedTwice, 1)]);

    let terminate = Move::Terminate {
        reason: "不再提供".to_owned(),
        legal_basis: "无".to_owned(),
    };
    let mut record = routed();
    record.refused = vec![refused(terminate)];
    assert_eq!(shown(&record), [], "nothing was granted");
    let granted = step(Party::Provider, at("2026-11-23T03:00:00Z"), grant());
    record.order(granted, None).unwrap();
    assert_eq!(shown(&record), [(ShownAct::EndedWithoutConsultation, 1)]);
}

#[test]
fn numbers_are_pinned_and_lead_back() {
    let numbers = ShownAct::ALL.map(ShownAct::number);
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
    for act in ShownAct::ALL {
        assert_eq!(ShownAct::of_number(act.number()), Some(act));
    }
    assert_eq!(ShownAct::of_number(0), None);
}

#[test]
fn a_finding_names_its_article_and_what_was_found() {
    let finding = |article: &str, text: &str, document: &str| {
        let finding = Finding {
            city: CONSUMER.parse().unwrap(),
            article: article.to_owned(),
            text: text.to_owned(),
            document: document.to_owned(),
        };
        finding.check().map_err(|error| error.violations().len())
    };
    assert_eq!(finding("40(3)", "向第三方提供", ""), Ok(()));
    assert_eq!(finding("", " ", "a\nb"), Err(3));
    assert_eq!(finding("40(3)", "x\u{202e}", "〔2026〕5号"), Err(1));
}
