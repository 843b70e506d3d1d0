//! Granted, and terminated: the states of a running and of an ended share. What is open about a grant, an
//! amendment or a consultation, is kept within it.

use jiff::Timestamp;

use super::{Next, Refusal, Request, begins_in_time, moved_due, moves_incident};
use crate::calendar::{Deadline, local_date};
use crate::request::due::{Due, DueAct};
use crate::request::moves::{Grant, Move};
use crate::request::open_matters::{Amendment, Consultation, ConsultationAnswer};
use crate::request::out_of_turn::MoveRule;
use crate::request::{Party, Step};

/// Granted: the provider offers the data, and the consumer uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    grant: Grant,
    since: Timestamp,
    offering: Offering,
    amendment: Option<Amendment>,
    /// True if it was decided, in a dispute, that the provider answers the last amendment anew. This answer is due after
    /// the end of the period, too: otherwise the provider could wait for that.
    is_answered_anew: bool,
    consultation: Option<Consultation>,
    /// Last day to dispose of the data after the end of the period; `None` until the coordinator has counted it.
    disposal: Option<Deadline>,
}

/// The provider's offering of the granted data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Offering {
    /// Is due by this day; `None` until the coordinator has counted it.
    Due(Option<Deadline>),
    /// Was made at this time.
    Made(Timestamp),
}

/// Ended by the provider. The consumer disposes of the data and closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terminated {
    grant: Grant,
    /// Last day to close; `None` until the coordinator has counted it.
    due: Option<Deadline>,
}

impl Granted {
    /// Begins a grant with this step.
    pub(super) fn begin(grant: &Grant, step: &Step) -> Result<Self, MoveRule> {
        begins_in_time(grant, step.at)?;
        Ok(Self {
            grant: grant.clone(),
            since: step.at,
            offering: Offering::Due(step.due),
            amendment: None,
            is_answered_anew: false,
            consultation: None,
            disposal: None,
        })
    }

    pub(super) fn grant(&self) -> &Grant {
        &self.grant
    }

    pub(super) fn into_grant(self) -> Grant {
        self.grant
    }

    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    pub(super) fn has_lapsed(&self, at: Timestamp) -> bool {
        at >= self.grant.terms.until
    }

    /// The end of the period, until the coordinator has counted the day of the disposal after it.
    pub(super) fn lapses_at(&self) -> Option<Timestamp> {
        let until = self.grant.terms.until;
        self.disposal.is_none().then_some(until)
    }

    pub(super) fn offered_at(&self) -> Option<Timestamp> {
        match self.offering {
            Offering::Made(at) => Some(at),
            Offering::Due(_) => None,
        }
    }

    pub(super) fn amendment(&self) -> Option<&Amendment> {
        self.amendment.as_ref()
    }

    pub(super) fn consultation(&self) -> Option<&Consultation> {
        self.consultation.as_ref()
    }

    pub(super) fn dues(&self) -> Vec<Due> {
        let offer = match self.offering {
            Offering::Due(due) => due,
            Offering::Made(_) => None,
        };
        let amendment = self.open_amendment().and_then(|amendment| amendment.due);
        let consultation = self.unanswered().and_then(|consultation| consultation.due);
        let dues = [
            DueAct::Offer.by(offer),
            DueAct::Amendment.by(amendment),
            DueAct::Consultation.by(consultation),
        ];
        dues.into_iter().flatten().collect()
    }

    /// The grant with another last day of this act, which is due.
    pub(super) fn with_due(mut self, act: DueAct, deadline: Deadline) -> Self {
        let due = Some(deadline);
        match (act, &mut self.amendment, &mut self.consultation) {
            (DueAct::Offer, ..) => self.offering = Offering::Due(due),
            (DueAct::Disposal, ..) => self.disposal = due,
            (DueAct::Amendment, Some(amendment), _) => amendment.due = due,
            (DueAct::Consultation, _, Some(consultation)) => consultation.due = due,
            _ => {}
        }
        self
    }

    /// The acts that are due after the end of the period.
    pub(super) fn dues_after_end(&self) -> Vec<Due> {
        DueAct::Disposal.by(self.disposal).into_iter().collect()
    }

    /// The decided answer that is due after the end of the period.
    pub(super) fn decided_answer(&self) -> Option<Due> {
        let open = self.open_amendment().filter(|_| self.is_answered_anew);
        DueAct::Amendment.by(open.and_then(|amendment| amendment.due))
    }

    /// Returns true for a move about that answer.
    pub(super) fn is_of_decided_answer(&self, step: &Step) -> bool {
        let is_of_answer = match (step.party, &step.mv) {
            (Party::Provider, Move::Amend { .. } | Move::DeclineAmendment { .. }) => true,
            (Party::Coordinator, Move::MoveDeadline { act, .. }) => *act == DueAct::Amendment,
            _ => false,
        };
        is_of_answer && self.decided_answer().is_some()
    }

    pub(super) fn next(self, step: &Step) -> Next {
        let is_over = self.has_lapsed(step.at) && !self.is_of_decided_answer(step);
        match step.party {
            Party::Consumer if matches!(step.mv, Move::Close { .. }) => {
                Ok(Request::Closed(self.grant))
            }
            _ if is_over => self.lapsed(step).map(Request::Granted),
            Party::Consumer => self.by_consumer(step),
            Party::Provider => self.by_provider(step),
            Party::Coordinator => self.by_coordinator(step),
        }
    }

    fn by_consumer(self, step: &Step) -> Next {
        match &step.mv {
            Move::AskAmendment {
                reason,
                scope,
                purpose,
                period_days,
                third_party,
            } => {
                if self.open_amendment().is_some() {
                    return Err(MoveRule::AmendmentOpen.into());
                }
                let amendment = Amendment {
                    reason: reason.clone(),
                    scope: scope.clone(),
                    purpose: purpose.clone(),
                    period_days: *period_days,
                    third_party: third_party.clone(),
                    asked_at: step.at,
                    due: step.due,
                    is_declined: false,
                };
                Ok(self.with_amendment(Some(amendment)))
            }
            Move::Withdraw { .. } if self.open_amendment().is_some() => {
                Ok(self.with_amendment(None))
            }
            Move::AnswerConsultation { agrees, text } => {
                let answer = ConsultationAnswer {
                    agrees: *agrees,
                    text: text.clone(),
                    at: step.at,
                };
                self.answered(answer)
            }
            Move::Dispute { .. } => self.disputed(step),
            _ => Err(Refusal::NotItsTurn),
        }
    }

    fn by_provider(self, step: &Step) -> Next {
        match &step.mv {
            Move::Offer { .. } => self.offered(step.at),
            Move::Amend { grant, asked_at } if self.open_amendment().is_some() => {
                self.check_answered(*asked_at)?;
                self.replaced(grant, step.at)
            }
            Move::DeclineAmendment { asked_at, .. } if self.open_amendment().is_some() => {
                self.check_answered(*asked_at)?;
                let declined = self.amendment.clone().map(|amendment| Amendment {
                    is_declined: true,
                    ..amendment
                });
                Ok(self.with_amendment(declined))
            }
            Move::Suspend { mend_by, .. } => match local_date(step.at) < mend_by.date {
                true => Ok(Request::suspended(self, step.counted(*mend_by))),
                false => Err(MoveRule::MendingTimeOver.into()),
            },
            Move::Consult {
                reason,
                legal_basis,
                change,
                not_before,
            } => {
                let consultation = Consultation {
                    reason: reason.clone(),
                    legal_basis: legal_basis.clone(),
                    change: change.clone(),
                    not_before: *not_before,
                    asked_at: step.at,
                    due: step.due,
                    answer: None,
                };
                self.consulted(consultation)
            }
            Move::Terminate { .. } => match &self.over_consultation(step.at)?.change {
                None => Ok(self.terminated(step.due)),
                Some(_) => Err(MoveRule::ConsultFirst.into()),
            },
            Move::Change(grant) => match &self.over_consultation(step.at)?.change {
                Some(change) if **change == *grant => self.changed(grant, step.at),
                Some(_) => Err(MoveRule::NotAsConsulted.into()),
                None => Err(MoveRule::ConsultFirst.into()),
            },
            Move::Dispute { .. } => self.disputed(step),
            _ => Err(Refusal::NotItsTurn),
        }
    }

    /// The grant after the end of its period, of which the coordinator counts the day of the disposal.
    pub(super) fn lapsed(self, step: &Step) -> Result<Self, Refusal> {
        let disposal = match (step.party, &step.mv, self.disposal) {
            (Party::Coordinator, Move::Lapse { disposal }, None) => Some(*disposal),
            (
                Party::Coordinator,
                Move::MoveDeadline {
                    act: DueAct::Disposal,
                    deadline,
                },
                counted,
            ) => moved_due(counted, *deadline)?,
            _ => return Err(Refusal::NotItsTurn),
        };
        Ok(Self { disposal, ..self })
    }

    fn by_coordinator(mut self, step: &Step) -> Next {
        if moves_incident(step) {
            return Ok(Request::Granted(self));
        }
        let Move::MoveDeadline { act, deadline } = &step.mv else {
            return Err(Refusal::NotItsTurn);
        };
        match (
            act,
            &mut self.offering,
            &mut self.amendment,
            &mut self.consultation,
        ) {
            (DueAct::Offer, Offering::Due(due), ..) => *due = moved_due(*due, *deadline)?,
            (DueAct::Amendment, _, Some(amendment), _) if !amendment.is_declined => {
                amendment.due = moved_due(amendment.due, *deadline)?;
            }
            (DueAct::Consultation, _, _, Some(consultation)) if consultation.answer.is_none() => {
                consultation.due = moved_due(consultation.due, *deadline)?;
            }
            _ => return Err(Refusal::NotItsTurn),
        }
        Ok(Request::Granted(self))
    }

    /// Returns true if the last amendment that was asked for is about a longer period.
    pub(super) fn asks_longer(&self) -> bool {
        let amendment = self.amendment.as_ref();
        amendment.is_some_and(|amendment| amendment.period_days > 0)
    }

    /// The amendment that waits for its answer.
    fn open_amendment(&self) -> Option<&Amendment> {
        let amendment = self.amendment.as_ref();
        amendment.filter(|amendment| !amendment.is_declined)
    }

    /// Checks that an answer to the amendment that was asked for at this time is to the open one. It may have been on
    /// its way while the consumer took that one back and asked for another.
    fn check_answered(&self, asked_at: Option<Timestamp>) -> Result<(), MoveRule> {
        let open = self.open_amendment().map(|open| open.asked_at);
        match asked_at.is_none() || asked_at == open {
            true => Ok(()),
            false => Err(MoveRule::OtherAmendment),
        }
    }

    /// The consultation that waits for its answer.
    fn unanswered(&self) -> Option<&Consultation> {
        let consultation = self.consultation.as_ref();
        consultation.filter(|consultation| consultation.answer.is_none())
    }

    /// The consultation, if it was answered or its last day has passed, and no notice of a withdrawal runs.
    fn over_consultation(&self, at: Timestamp) -> Result<&Consultation, MoveRule> {
        let consultation = self.consultation.as_ref();
        let over = consultation
            .filter(|consultation| consultation.is_over(at))
            .ok_or(MoveRule::ConsultFirst)?;
        match over.not_before.filter(|first| local_date(at) < *first) {
            Some(first) => Err(MoveRule::NoticeRunning { first }),
            None => Ok(over),
        }
    }

    /// The grant with this amendment, about which nothing was decided yet.
    fn with_amendment(self, amendment: Option<Amendment>) -> Request {
        Request::Granted(Self {
            amendment,
            is_answered_anew: false,
            ..self
        })
    }

    fn offered(self, at: Timestamp) -> Next {
        if self.offered_at().is_some() {
            return Err(MoveRule::OfferedAlready.into());
        }
        let offering = Offering::Made(at);
        Ok(Request::Granted(Self { offering, ..self }))
    }

    /// The grant as amended: nothing is open about it any more. Data that was offered stays offered.
    fn replaced(self, grant: &Grant, at: Timestamp) -> Next {
        let answered = Self {
            amendment: None,
            is_answered_anew: false,
            ..self
        };
        answered.changed(grant, at)
    }

    /// The grant as changed: the consultation is over, and an amendment that was asked for stays open.
    fn changed(self, grant: &Grant, at: Timestamp) -> Next {
        begins_in_time(grant, at)?;
        Ok(Request::Granted(Self {
            grant: grant.clone(),
            consultation: None,
            disposal: None,
            ..self
        }))
    }

    /// The grant by which the parties settle a dispute: nothing is open about it. Data that was offered stays offered.
    pub(super) fn settled_by(self, grant: &Grant, step: &Step) -> Next {
        let begun = Self::begin(grant, step)?;
        let offering = match self.offering {
            Offering::Made(at) => Offering::Made(at),
            Offering::Due(_) => begun.offering,
        };
        Ok(Request::Granted(Self { offering, ..begun }))
    }

    fn consulted(self, consultation: Consultation) -> Next {
        let at = consultation.asked_at;
        if (self.consultation.as_ref()).is_some_and(|present| !present.is_over(at)) {
            return Err(MoveRule::ConsultationOpen.into());
        }
        if let Some(grant) = &consultation.change {
            begins_in_time(grant, at)?;
        }
        Ok(Request::Granted(Self {
            consultation: Some(consultation),
            ..self
        }))
    }

    fn answered(self, answer: ConsultationAnswer) -> Next {
        let Some(consultation) = self.consultation.clone() else {
            return Err(Refusal::NotItsTurn);
        };
        if consultation.answer.is_some() {
            return Err(MoveRule::ConsultationAnswered.into());
        }
        let consultation = Some(Consultation {
            answer: Some(answer),
            ..consultation
        });
        Ok(Request::Granted(Self {
            consultation,
            ..self
        }))
    }

    /// Either party disputes an opposed consultation; the consumer also disputes a declined amendment, or one
    /// whose answer is overdue.
    fn disputed(self, step: &Step) -> Next {
        let is_opposed = (self.consultation.as_ref()).is_some_and(Consultation::is_opposed);
        let is_unamended = self.amendment.as_ref().is_some_and(|amendment| {
            amendment.is_declined || amendment.due.is_some_and(|due| due.has_passed(step.at))
        });
        match is_opposed || step.party == Party::Consumer && is_unamended {
            true => Ok(Request::Granted(self).disputed(step)),
            false => Err(MoveRule::NothingToDispute.into()),
        }
    }

    pub(super) fn terminated(self, due: Option<Deadline>) -> Request {
        let grant = self.grant;
        Request::Terminated(Terminated { grant, due })
    }

    /// The grant whose disputed amendment is to be answered anew by this day.
    pub(super) fn reopened(self, deadline: Deadline) -> Next {
        let Some(amendment) = self.amendment.clone() else {
            return Err(MoveRule::NoAnswerDue.into());
        };
        let amendment = Amendment {
            due: Some(deadline),
            is_declined: false,
            ..amendment
        };
        Ok(Request::Granted(Self {
            amendment: Some(amendment),
            is_answered_anew: true,
            ..self
        }))
    }
}

impl Terminated {
    pub(super) fn grant(&self) -> &Grant {
        &self.grant
    }

    pub(super) fn dues(&self) -> Vec<Due> {
        DueAct::Disposal.by(self.due).into_iter().collect()
    }

    /// The same with another last day of the disposal.
    pub(super) fn with_due(self, deadline: Deadline) -> Self {
        let due = Some(deadline);
        Self { due, ..self }
    }

    pub(super) fn next(self, step: &Step) -> Next {
        match (step.party, &step.mv) {
            (Party::Consumer, Move::Close { .. }) => Ok(Request::Closed(self.grant)),
            (Party::Consumer | Party::Provider, Move::Dispute { .. }) => {
                Ok(Request::Terminated(self).disputed(step))
            }
            (
                Party::Coordinator,
                Move::MoveDeadline {
                    act: DueAct::Disposal,
                    deadline,
                },
            ) => {
                let due = moved_due(self.due, *deadline)?;
                Ok(Request::Terminated(Self { due, ..self }))
            }
            _ => Err(Refusal::NotItsTurn),
        }
    }
}
