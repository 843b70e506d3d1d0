//! The rules of the moves of Order 809, one by one: each move that breaks a rule is refused by that rule.

#[path = "ending_tests.rs"]
mod ending_tests;

use jiff::ToSpan;

use super::super::terms::GrantTerms;
use super::super::{CloseCause, Party as P};
use super::*;
use crate::calendar::local_date;
use crate::principal::Principal;

/// A request as it is walked: the state, and the day of the last step.
struct Walk(Request, Timestamp);

fn start() -> Timestamp {
    "2026-03-02T01:00:00Z".parse().unwrap()
}

fn text() -> String {
    "理由".to_owned()
}

fn on(days: i64) -> Deadline {
    Deadline::certain(local_date(start()) + days.days())
}

fn provisional(days: i64) -> Deadline {
    Deadline {
        provisional: true,
        ..on(days)
    }
}

fn grant(scope: &str) -> Grant {
    Grant {
        scope: scope.to_owned(),
        conditions: String::new(),
        disposal: "到期删除".to_owned(),
        terms: GrantTerms::file(start() + (24 * 300).hours()),
        automatic: false,
        return_flow: None,
    }
}

fn asked() -> Move {
    Move::AskAmendment {
        reason: text(),
        scope: "更多".to_owned(),
        purpose: String::new(),
        period_days: 0,
        third_party: String::new(),
    }
}

fn amended(asked_at: Option<Timestamp>) -> Move {
    Move::Amend {
        grant: grant("更多"),
        asked_at,
    }
}

fn declined() -> Move {
    Move::DeclineAmendment {
        reason: text(),
        legal_basis: text(),
        asked_at: None,
    }
}

fn dispute() -> Move {
    Move::Dispute {
        reason: text(),
        negotiation: String::new(),
    }
}

fn suspend() -> Move {
    Move::Suspend {
        reason: text(),
        legal_basis: text(),
        mend_by: on(20),
    }
}

fn consult(change: Option<Grant>) -> Move {
    Move::Consult {
        reason: text(),
        legal_basis: text(),
        change: change.map(Box::new),
        not_before: None,
    }
}

fn answer(agrees: bool) -> Move {
    let text = text();
    Move::AnswerConsultation { agrees, text }
}

fn terminate() -> Move {
    Move::Terminate {
        reason: text(),
        legal_basis: text(),
    }
}

fn mediate() -> Move {
    Move::Mediate {
        agreement: text(),
        document: text(),
    }
}

fn decide(deadline: Option<Deadline>) -> Move {
    Move::Decide {
        government: text(),
        document: text(),
        reason: text(),
        deadline,
    }
}

fn settlement(grant: Option<Grant>) -> Move {
    Move::ProposeSettlement {
        text: text(),
        grant: grant.map(Box::new),
    }
}

fn accepted() -> Move {
    Move::AcceptSettlement { text: text() }
}

fn step(party: P, at: Timestamp, mv: Move, due: Option<Deadline>) -> Step {
    let actor = Principal::Coordinator.into();
    Step {
        party,
        actor,
        at,
        mv,
        due,
    }
}

impl Walk {
    /// Routed, with ten days to answer.
    fn routed() -> Self {
        let route = Move::Route {
            share_class: crate::catalogue::ShareClass::Conditional,
            revision: 1,
            deadline: on(10),
            approval: None,
        };
        Self(Request::submitted(), start()).with(P::Coordinator, route)
    }

    fn granted() -> Self {
        Self::routed().due(P::Provider, Move::Grant(grant("全部")), on(20))
    }

    fn refused() -> Self {
        let refuse = Move::Refuse {
            reason: text(),
            legal_basis: text(),
        };
        Self::routed().with(P::Provider, refuse)
    }

    /// So many days later.
    fn after(self, days: i64) -> Self {
        Self(self.0, self.1 + (24 * days).hours())
    }

    fn with(self, party: P, mv: Move) -> Self {
        let request = self.0.apply(&step(party, self.1, mv, None)).unwrap();
        Self(request, self.1)
    }

    fn due(self, party: P, mv: Move, due: Deadline) -> Self {
        let request = self.0.apply(&step(party, self.1, mv, Some(due))).unwrap();
        Self(request, self.1)
    }

    /// The rule by which the move is refused; `None` if it is simply out of turn.
    fn rule(&self, party: P, mv: Move) -> Option<MoveRule> {
        let step = step(party, self.1, mv, None);
        self.0.clone().apply(&step).unwrap_err().why
    }

    fn state(&self) -> State {
        self.0.state(self.1)
    }

    fn dues(&self) -> Vec<(DueAct, Deadline)> {
        let dues = self.0.dues(self.1).into_iter();
        dues.map(|due| (due.act, due.deadline)).collect()
    }
}

#[test]
fn granted_data_is_offered_once_by_its_day() {
    let granted = Walk::granted();
    assert_eq!(granted.dues(), [(DueAct::Offer, on(20))]);
    let offer = || Move::Offer { note: text() };
    let offered = granted.after(3).with(P::Provider, offer());
    assert_eq!(offered.dues(), []);
    assert_eq!(offered.0.offered_at(), Some(offered.1));
    assert_eq!(
        offered.rule(P::Provider, offer()),
        Some(MoveRule::OfferedAlready)
    );
    // An amended grant was offered, too.
    let amended = offered
        .with(P::Consumer, asked())
        .with(P::Provider, amended(None));
    assert_eq!(amended.0.grant().unwrap().scope, "更多");
    assert!(amended.0.offered_at().is_some());
}

#[test]
fn the_time_without_papers_counts_as_the_coordinator_says() {
    let missing = || Move::AskSupplement { missing: text() };
    let supplied = || Move::Supplement { text: text() };
    let incomplete = || Walk::routed().due(P::Provider, missing(), on(8));
    assert_eq!(incomplete().dues(), [(DueAct::Supplement, on(8))]);
    let later = incomplete().after(6).due(P::Consumer, supplied(), on(16));
    assert_eq!(later.dues(), [(DueAct::Answer, on(16))]);
    // A day that is not later, or none, leaves the deadline as it is.
    let earlier = incomplete().due(P::Consumer, supplied(), on(9));
    assert_eq!(earlier.0.deadline(), Some(on(10)));
    let unpaused = incomplete().with(P::Consumer, supplied());
    assert_eq!(unpaused.0.deadline(), Some(on(10)));
}

#[test]
fn a_declined_or_overdue_amendment_is_disputed_by_the_consumer_alone() {
    let open = || Walk::granted().due(P::Consumer, asked(), on(10));
    assert_eq!(
        open().rule(P::Consumer, asked()),
        Some(MoveRule::AmendmentOpen)
    );
    let nothing = Some(MoveRule::NothingToDispute);
    assert_eq!(open().rule(P::Consumer, dispute()), nothing);
    let overdue = open().after(11).with(P::Consumer, dispute());
    assert_eq!(overdue.state(), State::Disputed);
    assert!(overdue.0.is_in_force(overdue.1), "the share goes on");
    let declined = open().with(P::Provider, declined());
    assert_eq!(declined.rule(P::Provider, dispute()), nothing);
    let disputed = declined.with(P::Consumer, dispute());
    // The decision orders a new answer to the amendment; the grant is not lost.
    let anew = disputed.with(P::Coordinator, decide(Some(on(40))));
    assert_eq!(anew.state(), State::Granted);
    assert!(anew.dues().contains(&(DueAct::Amendment, on(40))));
    // What the consumer takes back is no longer open.
    let back = open().with(P::Consumer, Move::Withdraw { reason: text() });
    assert_eq!((back.state(), back.0.amendment()), (State::Granted, None));
    assert_eq!(
        back.rule(P::Consumer, Move::Withdraw { reason: text() }),
        None
    );
}

#[test]
fn an_answer_to_an_amendment_that_was_taken_back_is_none_to_the_next() {
    let back = Move::Withdraw { reason: text() };
    let first = Walk::granted().with(P::Consumer, asked());
    let of_first = Some(first.1);
    let answered = Walk(first.0.clone(), first.1).with(P::Provider, amended(of_first));
    assert_eq!(answered.0.amendment(), None);
    let second = first
        .with(P::Consumer, back)
        .after(1)
        .with(P::Consumer, asked());
    let other = Some(MoveRule::OtherAmendment);
    assert_eq!(second.rule(P::Provider, amended(of_first)), other);
    let late = Move::DeclineAmendment {
        reason: text(),
        legal_basis: text(),
        asked_at: of_first,
    };
    assert_eq!(second.rule(P::Provider, late), other);
    let of_second = Some(second.1);
    second.with(P::Provider, amended(of_second));
}

#[test]
fn a_misuse_is_mended_in_time_or_ends_the_grant() {
    let suspended = || Walk::granted().with(P::Provider, suspend());
    assert_eq!(suspended().dues(), [(DueAct::Mending, on(20))]);
    assert!(!suspended().0.is_in_force(start()));
    let too_late = Walk::granted().after(20).rule(P::Provider, suspend());
    assert_eq!(too_late, Some(MoveRule::MendingTimeOver));
    let running = suspended().after(20).rule(P::Provider, terminate());
    assert_eq!(running, Some(MoveRule::MendingRunning));
    let ended = suspended().after(21).due(P::Provider, terminate(), on(50));
    assert_eq!(ended.state(), State::Terminated);
    assert_eq!(ended.dues(), [(DueAct::Disposal, on(50))]);
    let statement = text();
    let mended = suspended().with(P::Consumer, Move::ReportMended { statement });
    assert_eq!(mended.dues(), []);
    let statement = text();
    let again = mended.rule(P::Consumer, Move::ReportMended { statement });
    assert_eq!(again, Some(MoveRule::MendingReported));
    let resumed = mended.with(P::Provider, Move::Resume { reason: text() });
    assert_eq!(resumed.dues(), [(DueAct::Offer, on(20))]);
}

#[test]
fn a_running_share_ends_or_changes_only_as_consulted_about() {
    let first = Some(MoveRule::ConsultFirst);
    assert_eq!(Walk::granted().rule(P::Provider, terminate()), first);
    let about_end = || Walk::granted().due(P::Provider, consult(None), on(10));
    assert_eq!(about_end().rule(P::Provider, terminate()), first);
    let open = about_end().rule(P::Provider, consult(None));
    assert_eq!(open, Some(MoveRule::ConsultationOpen));
    let unanswered = about_end().after(11).with(P::Provider, terminate());
    assert_eq!(unanswered.state(), State::Terminated);
    let answered = about_end().with(P::Consumer, answer(true));
    let again = answered.rule(P::Consumer, answer(false));
    assert_eq!(again, Some(MoveRule::ConsultationAnswered));
    assert_eq!(
        answered.rule(P::Provider, Move::Change(grant("更少"))),
        first
    );
    // A consultation that is over makes way for another.
    let about_change = answered.with(P::Provider, consult(Some(grant("更少"))));
    let agreed = about_change.with(P::Consumer, answer(true));
    let differs = agreed.rule(P::Provider, Move::Change(grant("更多")));
    assert_eq!(differs, Some(MoveRule::NotAsConsulted));
    assert_eq!(agreed.rule(P::Provider, terminate()), first);
    let changed = agreed.with(P::Provider, Move::Change(grant("更少")));
    assert_eq!(changed.0.grant().unwrap().scope, "更少");
    assert_eq!(changed.0.consultation(), None);
}

#[test]
fn a_share_of_a_withdrawn_entry_ends_only_after_the_notice() {
    let first = on(15).date;
    let consult = Move::Consult {
        reason: text(),
        legal_basis: text(),
        change: None,
        not_before: Some(first),
    };
    let consulted = Walk::granted().due(P::Provider, consult, on(10));
    let agreed = consulted.with(P::Consumer, answer(true)).after(14);
    let running = agreed.rule(P::Provider, terminate());
    assert_eq!(running, Some(MoveRule::NoticeRunning { first }));
    let ended = agreed.after(1).with(P::Provider, terminate());
    assert_eq!(ended.state(), State::Terminated);
}

#[test]
fn an_opposed_consultation_is_disputed_by_either_party() {
    for party in [P::Consumer, P::Provider] {
        let consulted = Walk::granted().due(P::Provider, consult(None), on(10));
        let agreed = Walk(consulted.0.clone(), consulted.1).with(P::Consumer, answer(true));
        let nothing = agreed.rule(party, dispute());
        assert_eq!(nothing, Some(MoveRule::NothingToDispute));
        let opposed = consulted.with(P::Consumer, answer(false));
        let disputed = opposed.with(party, dispute());
        let none = disputed.rule(P::Coordinator, decide(Some(on(30))));
        assert_eq!(none, Some(MoveRule::NoAnswerDue));
        let decided = disputed.with(P::Coordinator, decide(None));
        assert_eq!(decided.state(), State::Granted);
    }
}

#[test]
fn a_settlement_is_accepted_by_the_party_that_did_not_propose_it() {
    let disputed = || Walk::refused().with(P::Consumer, dispute());
    let no_proposal = Some(MoveRule::NoProposal);
    assert_eq!(disputed().rule(P::Consumer, accepted()), no_proposal);
    let by_consumer = disputed().rule(P::Consumer, settlement(Some(grant("部分"))));
    assert_eq!(by_consumer, Some(MoveRule::GrantByProvider));
    let proposed = || {
        let proposal = settlement(Some(grant("部分")));
        disputed().after(2).with(P::Provider, proposal)
    };
    assert_eq!(proposed().rule(P::Provider, accepted()), no_proposal);
    let before_it = proposed().after(-1).rule(P::Consumer, accepted());
    assert_eq!(before_it, Some(MoveRule::SettlementNewer));
    let settled = proposed().due(P::Consumer, accepted(), on(30));
    assert_eq!(settled.state(), State::Granted);
    assert_eq!(settled.dues(), [(DueAct::Offer, on(30))]);
    // Without a grant, everything is as before.
    let words = disputed().with(P::Consumer, settlement(None));
    let refused = words.with(P::Provider, accepted());
    assert_eq!(refused.state(), State::Refused);
}

#[test]
fn a_settlement_over_offered_data_does_not_make_the_offer_due_again() {
    let settled = |granted: Walk| {
        granted
            .with(P::Consumer, asked())
            .with(P::Provider, declined())
            .with(P::Consumer, dispute())
            .with(P::Provider, settlement(Some(grant("更多"))))
            .due(P::Consumer, accepted(), on(30))
    };
    let offer = Move::Offer { note: text() };
    let offered = settled(Walk::granted().with(P::Provider, offer));
    assert_eq!(offered.0.grant().unwrap().scope, "更多");
    assert_eq!(offered.dues(), []);
    assert!(offered.0.offered_at().is_some());
    let unoffered = settled(Walk::granted());
    assert_eq!(unoffered.dues(), [(DueAct::Offer, on(30))]);
}

#[test]
fn a_refusal_is_answered_anew_after_a_mediation_or_a_decision() {
    let granting = || Move::Grant(grant("全部"));
    assert_eq!(Walk::refused().rule(P::Provider, granting()), None);
    let disputed = || Walk::refused().with(P::Provider, dispute());
    let mediated = disputed().with(P::Coordinator, mediate());
    assert_eq!(mediated.state(), State::Refused);
    assert!(mediated.0.may_be_granted(mediated.1));
    assert_eq!(
        mediated.with(P::Provider, granting()).state(),
        State::Granted
    );
    let refer = Move::Refer {
        authority: text(),
        reason: text(),
        document: text(),
    };
    let referred = disputed().with(P::Coordinator, refer);
    assert_eq!(referred.state(), State::Referred);
    assert_eq!(referred.rule(P::Consumer, settlement(None)), None);
    let decided = referred.with(P::Coordinator, decide(Some(on(30))));
    assert_eq!(decided.dues(), [(DueAct::Answer, on(30))]);
}

#[test]
fn what_was_ruled_before_folds_as_it_did() {
    let disputed = || Walk::refused().with(P::Consumer, dispute());
    let upheld = disputed().with(P::Coordinator, Move::Uphold { reason: text() });
    assert_eq!(upheld.state(), State::Refused);
    let remand = Move::Remand {
        reason: text(),
        deadline: on(30),
    };
    let remanded = disputed().with(P::Coordinator, remand);
    assert_eq!(remanded.0.deadline(), Some(on(30)));
}

#[test]
fn a_holiday_notice_moves_a_provisional_deadline_and_only_later() {
    let moved = |act, deadline| Move::MoveDeadline { act, deadline };
    let granted = Walk::routed().due(P::Provider, Move::Grant(grant("全部")), provisional(20));
    let earlier = granted.rule(P::Coordinator, moved(DueAct::Offer, on(19)));
    assert_eq!(earlier, Some(MoveRule::DeadlineNotLater));
    assert_eq!(
        granted.rule(P::Provider, moved(DueAct::Offer, on(25))),
        None
    );
    assert_eq!(
        granted.rule(P::Coordinator, moved(DueAct::Answer, on(25))),
        None
    );
    let later = granted.with(P::Coordinator, moved(DueAct::Offer, on(25)));
    assert_eq!(later.dues(), [(DueAct::Offer, on(25))]);
    let certain = later.rule(P::Coordinator, moved(DueAct::Offer, on(26)));
    assert_eq!(certain, Some(MoveRule::DeadlineCertain));
}

#[test]
fn whether_a_citys_day_is_provisional_is_the_coordinators_word() {
    let extend = || Move::Extend {
        reason: text(),
        deadline: on(12),
    };
    let routed = Walk::routed();
    let uncounted = Walk(routed.0.clone(), routed.1).with(P::Provider, extend());
    assert_eq!(uncounted.0.deadline(), Some(on(12)));
    let counted = routed.due(P::Provider, extend(), provisional(12));
    assert_eq!(counted.0.deadline(), Some(provisional(12)));
    let suspended = Walk::granted().due(P::Provider, suspend(), provisional(20));
    assert_eq!(suspended.dues(), [(DueAct::Mending, provisional(20))]);
}
