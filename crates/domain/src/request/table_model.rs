//! The table of the domain's §3 as data, and a plain model of the rest of its words: "once", "overdue", "open",
//! "consulted". It is one flat record, and knows nothing of the types that it is compared with.

use jiff::Timestamp;

use crate::calendar::{Deadline, local_date};
use crate::request::MoveKind as K;
use crate::request::Party::{self, Consumer, Coordinator, Provider};
use crate::request::State::{
    self, Closed, Disputed, Granted, Incomplete, Lapsed, Referred, Refused, Rejected, Routed,
    Submitted, Supplemented, Suspended, Terminated, Withdrawn,
};
use crate::request::{DueAct, Grant, Move, Step};

/// The state that a move leads to.
#[derive(Clone, Copy, Debug)]
pub(super) enum To {
    Named(State),
    Same,
    /// The state before the dispute, or the one that its end makes of it.
    Before,
}

/// Rows: from, move, by, to.
#[rustfmt::skip]
pub(super) const TABLE: &[(&[State], K, &[Party], To)] = &[
    (&[Submitted], K::Route, &[Coordinator], To::Named(Routed)),
    (&[Submitted, Routed, Incomplete, Supplemented, Disputed, Referred], K::Reject, &[Coordinator],
        To::Named(Rejected)),
    (&[Routed, Supplemented], K::AskSupplement, &[Provider], To::Named(Incomplete)),
    (&[Incomplete], K::Supplement, &[Consumer], To::Named(Supplemented)),
    (&[Routed, Supplemented], K::Extend, &[Provider], To::Same),
    (&[Routed, Supplemented, Refused], K::Grant, &[Provider], To::Named(Granted)),
    (&[Routed, Supplemented], K::Refuse, &[Provider], To::Named(Refused)),
    (&[Submitted, Routed, Incomplete, Supplemented], K::Withdraw, &[Consumer], To::Named(Withdrawn)),
    (&[Granted], K::Withdraw, &[Consumer], To::Same),
    (&[Routed, Supplemented], K::Dispute, &[Consumer], To::Named(Disputed)),
    (&[Refused, Terminated, Granted, Suspended], K::Dispute, &[Consumer, Provider], To::Named(Disputed)),
    (&[Disputed], K::ProposeSettlement, &[Consumer, Provider], To::Same),
    (&[Disputed], K::AcceptSettlement, &[Consumer, Provider], To::Before),
    (&[Disputed, Referred], K::Mediate, &[Coordinator], To::Before),
    (&[Disputed, Referred], K::WithdrawDispute, &[Consumer, Provider], To::Before),
    (&[Disputed], K::Refer, &[Coordinator], To::Named(Referred)),
    (&[Disputed, Referred], K::Decide, &[Coordinator], To::Before),
    (&[Disputed], K::Uphold, &[Coordinator], To::Named(Refused)),
    (&[Disputed], K::Remand, &[Coordinator], To::Named(Routed)),
    (&[Granted], K::Offer, &[Provider], To::Same),
    (&[Granted], K::AskAmendment, &[Consumer], To::Same),
    (&[Granted, Lapsed], K::Amend, &[Provider], To::Same),
    (&[Granted, Lapsed], K::DeclineAmendment, &[Provider], To::Same),
    (&[Granted], K::Suspend, &[Provider], To::Named(Suspended)),
    (&[Suspended], K::ReportMended, &[Consumer], To::Same),
    (&[Suspended], K::Resume, &[Provider], To::Named(Granted)),
    (&[Granted], K::Consult, &[Provider], To::Same),
    (&[Granted], K::AnswerConsultation, &[Consumer], To::Same),
    (&[Granted, Suspended], K::Terminate, &[Provider], To::Named(Terminated)),
    (&[Granted], K::Change, &[Provider], To::Same),
    (&[Granted, Suspended, Lapsed, Terminated, Disputed, Referred], K::Close, &[Consumer], To::Named(Closed)),
    (&[Lapsed, Disputed, Referred], K::Lapse, &[Coordinator], To::Same),
    (&[Routed, Supplemented, Incomplete, Granted, Suspended, Lapsed, Terminated, Disputed, Referred],
        K::MoveDeadline, &[Coordinator], To::Same),
];

/// A proposal to settle: its party, its time, and the grant that it offers.
type Proposal = (Party, Timestamp, Option<Grant>);

/// A request, flat.
#[derive(Clone, Debug)]
pub(super) struct Model {
    /// As it is ordered: never lapsed.
    state: State,
    answer: Option<Deadline>,
    asked: bool,
    extended: bool,
    supplied_late: bool,
    supplement: Option<Deadline>,
    mediated: bool,
    until: Option<Timestamp>,
    offered: bool,
    offer: Option<Deadline>,
    /// True if declined, and its due.
    amendment: Option<(bool, Option<Deadline>)>,
    /// True if the amendment asks for a longer period.
    longer: bool,
    /// True if it was decided that the amendment is answered anew, which is due after the end of the period, too.
    anew: bool,
    /// The change, the due, and true in the answer if the consumer agrees.
    consultation: Option<(Option<Grant>, Option<Deadline>, Option<bool>)>,
    mending: Option<Deadline>,
    reported: bool,
    disposal: Option<Deadline>,
    before: Option<Box<Model>>,
    /// The party that disputed, and the time.
    disputant: Option<(Party, Timestamp)>,
    proposal: Option<Proposal>,
}

fn has_passed(deadline: Option<Deadline>, at: Timestamp) -> bool {
    deadline.is_some_and(|deadline| local_date(at) > deadline.date)
}

/// A day that a move contains: whether it is provisional is the coordinator's word.
fn counted(day: Deadline, step: &Step) -> Deadline {
    match step.due {
        Some(Deadline { provisional, .. }) => Deadline { provisional, ..day },
        None => day,
    }
}

/// The row of a move of this party from this state.
pub(super) fn row(from: State, kind: K, party: Party) -> Option<To> {
    let mut rows = TABLE.iter();
    let row = rows
        .find(|(states, of, by, _)| states.contains(&from) && *of == kind && by.contains(&party));
    row.map(|(.., to)| *to)
}

impl Model {
    pub(super) fn submitted() -> Self {
        Self {
            state: Submitted,
            answer: None,
            asked: false,
            extended: false,
            supplied_late: false,
            supplement: None,
            mediated: false,
            until: None,
            offered: false,
            offer: None,
            amendment: None,
            longer: false,
            anew: false,
            consultation: None,
            mending: None,
            reported: false,
            disposal: None,
            before: None,
            disputant: None,
            proposal: None,
        }
    }

    fn routed(deadline: Deadline) -> Self {
        Self {
            state: Routed,
            answer: Some(deadline),
            ..Self::submitted()
        }
    }

    fn granted(grant: &Grant, step: &Step) -> Self {
        Self {
            state: Granted,
            until: Some(grant.terms.until),
            offer: step.due,
            ..Self::submitted()
        }
    }

    pub(super) fn state_at(&self, at: Timestamp) -> State {
        let runs = matches!(self.state, Granted | Suspended);
        match runs && self.until.is_some_and(|until| until <= at) {
            true => Lapsed,
            false => self.state,
        }
    }

    pub(super) fn is_in_force(&self, at: Timestamp) -> bool {
        match &self.before {
            Some(before) if matches!(self.state, Disputed | Referred) => before.is_in_force(at),
            _ => self.state_at(at) == Granted,
        }
    }

    /// The grant that the consumer was consulted about.
    pub(super) fn consulted(&self) -> Option<&Grant> {
        let consultation = self.consultation.as_ref();
        consultation.and_then(|(change, ..)| change.as_ref())
    }

    pub(super) fn dues(&self, at: Timestamp) -> Vec<(DueAct, Deadline)> {
        if let Some(before) = self.disputed() {
            let by_consumer = self.disputant.is_some_and(|(party, _)| party == Consumer);
            let goes_on = match before.state_at(at) {
                Lapsed => true,
                state => state == Terminated && by_consumer,
            };
            let disposal = before.disposal.filter(|_| goes_on);
            return Vec::from_iter(disposal.map(|due| (DueAct::Disposal, due)));
        }
        let acts: &[DueAct] = match self.state_at(at) {
            Routed | Supplemented => &[DueAct::Answer],
            Incomplete => &[DueAct::Supplement],
            Granted => &[DueAct::Offer, DueAct::Amendment, DueAct::Consultation],
            Suspended => &[DueAct::Mending],
            Lapsed if self.is_answered_at(at) => &[DueAct::Disposal, DueAct::Amendment],
            Terminated | Lapsed => &[DueAct::Disposal],
            _ => &[],
        };
        let dues = acts.iter().map(|act| (*act, self.due(*act)));
        dues.filter_map(|(act, due)| Some((act, due?))).collect()
    }

    /// True if the provider may answer an amendment at this time.
    fn is_answered_at(&self, at: Timestamp) -> bool {
        self.state == Granted && (self.anew || self.state_at(at) == Granted)
    }

    /// The request before the dispute that is open.
    fn disputed(&self) -> Option<&Self> {
        let before = self.before.as_deref();
        before.filter(|_| matches!(self.state, Disputed | Referred))
    }

    fn due(&self, act: DueAct) -> Option<Deadline> {
        match act {
            DueAct::Answer => self.answer,
            DueAct::Supplement => self.supplement,
            DueAct::Offer => self.offer.filter(|_| !self.offered),
            DueAct::Amendment => self.amendment.filter(|(is_declined, _)| !is_declined)?.1,
            DueAct::Mending => self.mending.filter(|_| !self.reported),
            DueAct::Consultation => match self.consultation {
                Some((_, due, None)) => due,
                _ => None,
            },
            DueAct::Incident | DueAct::Approval => None,
            DueAct::Disposal => self.disposal,
        }
    }

    /// The request after a move; `None` if the table does not permit it.
    pub(super) fn next(&self, step: &Step) -> Option<Self> {
        let to = row(self.state_at(step.at), step.mv.kind(), step.party)?;
        if !self.allows(step) {
            return None;
        }
        let mut next = match to {
            To::Before => return self.ended(step),
            To::Named(_) | To::Same => self.clone(),
        };
        next.write(self, step);
        if let To::Named(state) = to {
            next.state = state;
        }
        Some(next)
    }

    /// What the table says in words.
    fn allows(&self, step: &Step) -> bool {
        let at = step.at;
        let begins = |grant: &Grant| grant.terms.until > at;
        let is_open = matches!(self.amendment, Some((false, _)));
        let is_overdue = has_passed(self.answer, at);
        match &step.mv {
            Move::AskSupplement { .. } => !self.asked && !is_overdue,
            Move::Extend { deadline, .. } => {
                let is_later = self.answer.is_some_and(|old| deadline.date > old.date);
                !self.extended && (self.supplied_late || !is_overdue) && is_later
            }
            Move::Grant(grant) => begins(grant) && (self.state != Refused || self.mediated),
            Move::Withdraw { .. } => self.state != Granted || is_open,
            Move::Dispute { .. } => self.may_be_disputed(step),
            Move::Offer { .. } => !self.offered,
            Move::AskAmendment { .. } => !is_open,
            Move::Amend { grant, .. } => is_open && self.is_answered_at(at) && begins(grant),
            Move::DeclineAmendment { .. } => is_open && self.is_answered_at(at),
            Move::Suspend { mend_by, .. } => mend_by.date > local_date(at),
            Move::ReportMended { .. } => !self.reported,
            Move::Consult { change, .. } => {
                let runs = self.consultation.is_some() && !self.is_consulted(at);
                !runs && change.as_deref().is_none_or(begins)
            }
            Move::AnswerConsultation { .. } => matches!(self.consultation, Some((_, _, None))),
            Move::Terminate { .. } if self.state == Suspended => {
                self.reported || has_passed(self.mending, at)
            }
            Move::Terminate { .. } => self.is_consulted(at) && self.consulted().is_none(),
            Move::Change(grant) => {
                self.is_consulted(at) && self.consulted() == Some(grant) && begins(grant)
            }
            Move::ProposeSettlement { grant, .. } => {
                (grant.as_deref()).is_none_or(|grant| step.party == Provider && begins(grant))
            }
            Move::AcceptSettlement { .. } => {
                self.proposal.as_ref().is_some_and(|(by, of, grant)| {
                    *by != step.party && *of <= at && grant.as_ref().is_none_or(begins)
                })
            }
            Move::WithdrawDispute { .. } => {
                (self.disputant).is_some_and(|(party, _)| party == step.party)
            }
            Move::Decide { deadline, .. } => deadline.is_none() || self.can_be_answered_anew(),
            Move::Reject { .. } if self.disputed().is_none() => true,
            Move::Reject { .. } | Move::Uphold { .. } | Move::Remand { .. } => {
                (self.before.as_ref())
                    .is_some_and(|before| matches!(before.state, Routed | Supplemented | Refused))
            }
            Move::MoveDeadline { act, deadline } => self.may_move(*act, *deadline, at),
            Move::Lapse { .. } => match self.disputed() {
                None => self.disposal.is_none(),
                Some(before) => {
                    let is_about_period =
                        before.state == Granted && before.amendment.is_some() && before.longer;
                    let is_over = before.state_at(at) == Lapsed;
                    is_over && before.disposal.is_none() && !is_about_period
                }
            },
            Move::Close { .. } => self
                .disputed()
                .is_none_or(|before| matches!(before.state_at(at), Lapsed | Terminated)),
            _ => true,
        }
    }

    fn may_be_disputed(&self, step: &Step) -> bool {
        let by_consumer = step.party == Consumer;
        match self.state {
            Routed | Supplemented => has_passed(self.answer, step.at),
            Granted => {
                let is_opposed = matches!(self.consultation, Some((_, _, Some(false))));
                let is_unamended = self
                    .amendment
                    .is_some_and(|(is_declined, due)| is_declined || has_passed(due, step.at));
                is_opposed || by_consumer && is_unamended
            }
            _ => true,
        }
    }

    fn is_consulted(&self, at: Timestamp) -> bool {
        let consultation = self.consultation.as_ref();
        consultation.is_some_and(|(_, due, answer)| answer.is_some() || has_passed(*due, at))
    }

    fn can_be_answered_anew(&self) -> bool {
        self.before
            .as_ref()
            .is_some_and(|before| match before.state {
                Granted => before.amendment.is_some(),
                state => matches!(state, Routed | Supplemented | Refused | Terminated),
            })
    }

    fn may_move(&self, act: DueAct, new: Deadline, at: Timestamp) -> bool {
        if act == DueAct::Incident {
            let state = self.state_at(at);
            return matches!(state, Granted | Suspended | Disputed | Referred);
        }
        let due = self.dues(at).into_iter().find(|(of, _)| *of == act);
        due.is_some_and(|(_, old)| old.provisional && new.date > old.date)
    }

    /// What a move leaves beside the state.
    fn write(&mut self, present: &Self, step: &Step) {
        match &step.mv {
            Move::Route { deadline, .. } | Move::Remand { deadline, .. } => {
                *self = Self::routed(*deadline);
            }
            Move::AskSupplement { .. } => (self.asked, self.supplement) = (true, step.due),
            Move::Supplement { .. } => {
                let later = |due: &Deadline| self.answer.is_some_and(|old| due.date > old.date);
                self.answer = step.due.filter(later).or(self.answer);
                self.supplied_late = has_passed(self.answer, step.at);
            }
            Move::Extend { deadline, .. } => {
                (self.answer, self.extended) = (Some(counted(*deadline, step)), true);
            }
            Move::Grant(grant) => *self = Self::granted(grant, step),
            Move::Refuse { .. } | Move::Uphold { .. } => self.mediated = false,
            Move::Offer { .. } => self.offered = true,
            Move::AskAmendment { period_days, .. } => {
                (self.amendment, self.longer) = (Some((false, step.due)), *period_days > 0);
                self.anew = false;
            }
            Move::Withdraw { .. } => (self.amendment, self.anew) = (None, false),
            Move::Amend { grant, .. } => {
                (self.until, self.disposal) = (Some(grant.terms.until), None);
                (self.amendment, self.anew, self.consultation) = (None, false, None);
            }
            Move::DeclineAmendment { .. } => {
                self.amendment = self.amendment.map(|(_, due)| (true, due));
                self.anew = false;
            }
            Move::Suspend { mend_by, .. } => {
                (self.mending, self.reported) = (Some(counted(*mend_by, step)), false);
            }
            Move::ReportMended { .. } => self.reported = true,
            Move::Consult { change, .. } => {
                self.consultation = Some((change.as_deref().cloned(), step.due, None));
            }
            Move::AnswerConsultation { agrees, .. } => {
                if let Some((_, _, answer)) = &mut self.consultation {
                    *answer = Some(*agrees);
                }
            }
            Move::Terminate { .. } => self.disposal = step.due,
            Move::Change(grant) => {
                (self.until, self.consultation) = (Some(grant.terms.until), None);
            }
            Move::Dispute { .. } => {
                self.before = Some(Box::new(present.clone()));
                (self.disputant, self.proposal) = (Some((step.party, step.at)), None);
            }
            Move::ProposeSettlement { grant, .. } => {
                self.proposal = Some((step.party, step.at, grant.as_deref().cloned()));
            }
            Move::MoveDeadline { act, deadline } => self.disposable().move_due(*act, *deadline),
            Move::Lapse { disposal } => self.disposable().disposal = Some(*disposal),
            _ => {}
        }
    }

    /// The request whose grant ends: that before the dispute, if one is open.
    fn disposable(&mut self) -> &mut Self {
        let is_disputed = matches!(self.state, Disputed | Referred);
        match is_disputed && self.before.is_some() {
            true => self.before.as_deref_mut().unwrap(),
            false => self,
        }
    }

    fn move_due(&mut self, act: DueAct, new: Deadline) {
        match act {
            DueAct::Answer => self.answer = Some(new),
            DueAct::Supplement => self.supplement = Some(new),
            DueAct::Offer => self.offer = Some(new),
            DueAct::Amendment => self.amendment = Some((false, Some(new))),
            DueAct::Mending => self.mending = Some(new),
            DueAct::Consultation => {
                if let Some((_, due, _)) = &mut self.consultation {
                    *due = Some(new);
                }
            }
            DueAct::Incident | DueAct::Approval => {}
            DueAct::Disposal => self.disposal = Some(new),
        }
    }

    /// Postpones the acts that the other party still had time for at a dispute, all by as much as the first of them.
    fn rest_until(&mut self, (disputant, since): (Party, Timestamp), first: Option<Deadline>) {
        let mut resting = self.dues(since);
        resting.retain(|(act, due)| act.party() != disputant && !has_passed(Some(*due), since));
        let old = resting.iter().map(|(_, due)| due.date).min();
        let (Some(old), Some(first)) = (old, first) else {
            return;
        };
        if first.date <= old {
            return;
        }
        for (act, due) in resting {
            let later = Deadline {
                date: due.date + (first.date - old),
                provisional: due.provisional || first.provisional,
            };
            self.move_due(act, later);
        }
    }

    /// The request after its dispute has ended by this step.
    fn ended(&self, step: &Step) -> Option<Self> {
        let mut before = *self.before.clone()?;
        match &step.mv {
            Move::AcceptSettlement { .. } => {
                if let (_, _, Some(grant)) = self.proposal.as_ref()? {
                    let offered = before.offered && matches!(before.state, Granted | Suspended);
                    return Some(Self {
                        offered,
                        ..Self::granted(grant, step)
                    });
                }
            }
            Move::WithdrawDispute { .. } => before.rest_until(self.disputant?, step.due),
            Move::Mediate { .. } if before.state == Refused => before.mediated = true,
            Move::Decide {
                deadline: Some(deadline),
                ..
            } => match before.state {
                Granted => (before.amendment, before.anew) = (Some((false, Some(*deadline))), true),
                _ => return Some(Self::routed(*deadline)),
            },
            _ => {}
        }
        Some(before)
    }
}
