//! Ends of disputes and grants: taken back, lapsed, terminated.

use super::*;
use crate::error::ErrorCode;
use crate::problem::Problem;
use crate::request::RejectReason;

#[test]
fn a_dispute_is_taken_back_by_the_party_that_disputed() {
    let back = || Move::WithdrawDispute { reason: text() };
    let refer = Move::Refer {
        authority: text(),
        reason: text(),
        document: text(),
    };
    let opposed = || {
        let consulted = Walk::granted().due(P::Provider, consult(None), on(10));
        consulted.with(P::Consumer, answer(false))
    };
    let disputed = || opposed().with(P::Provider, dispute());
    let referred = disputed().with(P::Coordinator, refer);
    for disputed in [disputed(), referred] {
        let by_other = disputed.rule(P::Consumer, back());
        assert_eq!(by_other, Some(MoveRule::DisputeOfOther));
        let before = disputed.with(P::Provider, back());
        assert_eq!(before.0, opposed().0);
        assert_eq!(before.rule(P::Provider, back()), None);
    }
}

#[test]
fn a_routed_request_is_rejected_only_because_a_party_has_left() {
    let reject = |reason| Move::Reject {
        reason,
        problem: Problem::new(ErrorCode::NotFound, DueAct::Answer.label()),
    };
    let ask = Move::AskSupplement { missing: text() };
    for routed in [Walk::routed(), Walk::routed().due(P::Provider, ask, on(5))] {
        assert_eq!(
            routed.rule(P::Coordinator, reject(RejectReason::NotShared)),
            None
        );
        let left = routed.with(P::Coordinator, reject(RejectReason::NotAMember));
        assert_eq!(left.state(), State::Rejected);
    }
    let left = || reject(RejectReason::NotAMember);
    let refused = Walk::refused().with(P::Consumer, dispute());
    let ended = refused.with(P::Coordinator, left());
    assert_eq!(ended.state(), State::Rejected);
    let suspended = Walk::granted().with(P::Provider, suspend());
    let granted = suspended.with(P::Consumer, dispute());
    assert_eq!(granted.rule(P::Coordinator, left()), None, "it is granted");
}

#[test]
fn the_other_partys_time_rests_during_a_dispute_that_is_taken_back() {
    let back = || Move::WithdrawDispute { reason: text() };
    let suspended = || Walk::granted().with(P::Provider, suspend());
    let terminated = || {
        let consulted = Walk::granted().due(P::Provider, consult(None), on(10));
        let answered = consulted.with(P::Consumer, answer(true));
        answered.due(P::Provider, terminate(), on(20))
    };
    for (before, act) in [
        (suspended(), DueAct::Mending),
        (terminated(), DueAct::Disposal),
    ] {
        let disputed = before.with(P::Provider, dispute());
        let at = disputed.1;
        let resting = disputed.0.resting();
        let due = resting.map(|(due, since)| (due.act, due.deadline, since));
        assert_eq!(due, Some((act, on(20), at)));
        let later = disputed.after(30).due(P::Provider, back(), on(50));
        assert_eq!(later.dues(), [(act, on(50))]);
        assert_eq!(later.0.resting(), None);
    }
    // The own time of the party that disputes goes on.
    let disputed = suspended().with(P::Consumer, dispute());
    assert_eq!(disputed.0.resting(), None);
    let later = disputed.after(30).due(P::Consumer, back(), on(50));
    assert_eq!(later.dues(), [(DueAct::Mending, on(20))]);
}

#[test]
fn the_data_of_a_lapsed_grant_is_to_be_disposed_of_as_that_of_an_ended_one() {
    let lapse = || Move::Lapse {
        disposal: provisional(320),
    };
    let running = || Walk::granted();
    assert_eq!(running().rule(P::Coordinator, lapse()), None);
    let suspended = running().with(P::Provider, suspend());
    for granted in [running(), suspended] {
        assert_eq!(
            granted.0.lapses_at(),
            granted.0.grant().map(|grant| grant.terms.until)
        );
        let lapsed = granted.after(300);
        assert_eq!(lapsed.dues(), []);
        let noted = lapsed.with(P::Coordinator, lapse());
        assert_eq!((noted.state(), noted.0.lapses_at()), (State::Lapsed, None));
        assert_eq!(noted.dues(), [(DueAct::Disposal, provisional(320))]);
        assert_eq!(noted.rule(P::Coordinator, lapse()), None, "once");
        let later = Move::MoveDeadline {
            act: DueAct::Disposal,
            deadline: on(322),
        };
        let moved = noted.with(P::Coordinator, later);
        assert_eq!(moved.dues(), [(DueAct::Disposal, on(322))]);
        let close = Move::Close {
            cause: CloseCause::PurposeMet,
            statement: text(),
            evidence: text(),
        };
        assert_eq!(moved.with(P::Consumer, close).state(), State::Closed);
    }
}

#[test]
fn a_grant_runs_while_it_is_granted_suspended_or_disputed() {
    let running = || Walk::granted();
    let until = running().0.grant().map(|grant| grant.terms.until);
    let consulted = |agrees| {
        let consulted = running().due(P::Provider, consult(None), on(10));
        consulted.with(P::Consumer, answer(agrees))
    };
    let suspended = running().with(P::Provider, suspend());
    let disputed = consulted(false).with(P::Provider, dispute());
    for running in [running(), consulted(false), suspended, disputed] {
        assert_eq!(running.0.runs_until(), until);
    }
    let terminated = || consulted(true).due(P::Provider, terminate(), on(20));
    let disputed_end = terminated().with(P::Consumer, dispute());
    let refused = Walk::refused().with(P::Consumer, dispute());
    for ended in [Walk::routed(), refused, terminated(), disputed_end] {
        assert_eq!(ended.0.runs_until(), None);
    }
}

#[test]
fn a_grant_lapses_by_the_clock_while_it_is_disputed() {
    let consulted = Walk::granted().due(P::Provider, consult(None), on(10));
    let opposed = consulted.with(P::Consumer, answer(false));
    let disputed = opposed.with(P::Provider, dispute());
    let until = disputed.0.grant().unwrap().terms.until;
    assert_eq!(disputed.0.lapsed_at(disputed.1), None);
    let later = disputed.after(300);
    assert_eq!(later.state(), State::Disputed);
    assert_eq!(later.0.lapsed_at(later.1), Some(until));
    assert!(!later.0.is_in_force(later.1));
    let back = Move::WithdrawDispute { reason: text() };
    assert_eq!(later.with(P::Provider, back).state(), State::Lapsed);
}

#[test]
fn a_dispute_does_not_put_off_the_disposal() {
    let close = || Move::Close {
        cause: CloseCause::NotNeeded,
        statement: text(),
        evidence: text(),
    };
    let lapse = || Move::Lapse { disposal: on(320) };
    let terminated = || {
        let consulted = Walk::granted().due(P::Provider, consult(None), on(10));
        let answered = consulted.with(P::Consumer, answer(true));
        answered.due(P::Provider, terminate(), on(40))
    };
    let disputed = terminated().with(P::Consumer, dispute());
    assert_eq!(disputed.dues(), [(DueAct::Disposal, on(40))]);
    assert_eq!(disputed.with(P::Consumer, close()).state(), State::Closed);
    // If the provider disputes, the consumer's time rests.
    assert_eq!(terminated().with(P::Provider, dispute()).dues(), []);

    let consulted = Walk::granted().due(P::Provider, consult(None), on(10));
    let opposed = consulted.with(P::Consumer, answer(false));
    let disputed = opposed.with(P::Consumer, dispute());
    assert!(disputed.0.lapses_at().is_some());
    assert_eq!(disputed.rule(P::Consumer, close()), None, "it runs");
    let noted = disputed.after(300).with(P::Coordinator, lapse());
    let seen = (noted.state(), noted.0.lapses_at(), noted.dues());
    let due = vec![(DueAct::Disposal, on(320))];
    assert_eq!(seen, (State::Disputed, None, due));
    assert_eq!(noted.with(P::Consumer, close()).state(), State::Closed);

    // A dispute about a longer period postpones the disposal.
    let longer = Move::AskAmendment {
        reason: text(),
        scope: String::new(),
        purpose: String::new(),
        period_days: 90,
        third_party: String::new(),
    };
    let declined = Walk::granted()
        .due(P::Consumer, longer, on(10))
        .with(P::Provider, declined());
    let disputed = declined.with(P::Consumer, dispute());
    assert_eq!(disputed.0.lapses_at(), None);
    let later = disputed.after(300);
    assert_eq!(later.rule(P::Coordinator, lapse()), None);
    assert_eq!(later.dues(), []);
}

#[test]
fn a_terminated_request_is_closed_or_disputed() {
    let terminated = || {
        let consulted = Walk::granted().due(P::Provider, consult(None), on(10));
        let answered = consulted.with(P::Consumer, answer(true));
        answered.due(P::Provider, terminate(), on(40))
    };
    for party in [P::Consumer, P::Provider] {
        let disputed = terminated().with(party, dispute());
        let back = disputed.with(P::Coordinator, decide(None));
        assert_eq!(back.dues(), [(DueAct::Disposal, on(40))]);
    }
    let close = Move::Close {
        cause: CloseCause::Impossible,
        statement: text(),
        evidence: text(),
    };
    let closed = terminated().with(P::Consumer, close);
    assert_eq!(closed.state(), State::Closed);
    assert_eq!(closed.0.grant().unwrap().scope, "全部");
}

#[test]
fn a_decided_answer_is_due_after_the_end_of_the_period() {
    let lapse = || Move::Lapse { disposal: on(320) };
    let longer = || Move::Amend {
        grant: Grant {
            terms: GrantTerms::file(start() + (24 * 600).hours()),
            ..grant("更多")
        },
        asked_at: None,
    };
    let asked_by = |due| Walk::granted().due(P::Consumer, asked(), due);
    let disputed = || {
        let declined = asked_by(on(10)).with(P::Provider, declined());
        declined.with(P::Consumer, dispute())
    };
    let decide = || decide(Some(on(310)));
    // Decided before the end of the period, and after it.
    let before = || disputed().with(P::Coordinator, decide()).after(300);
    let after = || disputed().after(300).with(P::Coordinator, decide());
    for lapsed in [&before as &dyn Fn() -> Walk, &after] {
        let answer_due = (DueAct::Amendment, on(310));
        assert_eq!(lapsed().state(), State::Lapsed);
        assert_eq!(lapsed().dues(), [answer_due]);
        let noted = || lapsed().with(P::Coordinator, lapse());
        let disposal = (DueAct::Disposal, on(320));
        assert_eq!(noted().dues(), [disposal, answer_due]);
        let amended = noted().with(P::Provider, longer());
        assert_eq!(amended.state(), State::Granted);
        assert_eq!(amended.dues(), [(DueAct::Offer, on(20))]);
        let declined_anew = noted().with(P::Provider, declined());
        assert_eq!(declined_anew.state(), State::Lapsed);
        assert_eq!(declined_anew.dues(), [disposal]);
        assert_eq!(declined_anew.rule(P::Provider, longer()), None, "once");
    }
    let amend = step(P::Provider, after().1, longer(), None);
    assert!(after().0.newly_permits(&amend));
    // An answer that was not decided ends with the period.
    let lapsed = asked_by(on(310)).after(300);
    assert_eq!(lapsed.dues(), []);
    assert_eq!(lapsed.rule(P::Provider, longer()), None);
}

#[test]
fn what_ends_a_request_during_a_dispute_is_newly_permitted() {
    let close = Move::Close {
        cause: CloseCause::NotNeeded,
        statement: text(),
        evidence: text(),
    };
    let opposed = || {
        let consulted = Walk::granted().due(P::Provider, consult(None), on(10));
        consulted.with(P::Consumer, answer(false))
    };
    let disputed = opposed().with(P::Consumer, dispute()).after(300);
    let lapsed = opposed().after(300);
    let lapse = Move::Lapse { disposal: on(320) };
    for (party, mv) in [(P::Consumer, close), (P::Coordinator, lapse)] {
        let step = step(party, disputed.1, mv, None);
        assert!(disputed.0.newly_permits(&step));
        assert!(!lapsed.0.newly_permits(&step));
    }
    let mediated = step(P::Coordinator, disputed.1, mediate(), None);
    assert!(!disputed.0.newly_permits(&mediated));
}
