//! The record of a matter: the filing, the moves in their order, and related records.

use std::collections::BTreeSet;

use chengji_messages::{Message, msg};
use jiff::Timestamp;

use super::{
    Filing, Matter, MatterKind, MatterMove, MatterMoveKind, MatterOutOfTurn, MatterState,
    MatterStep,
};
use crate::calendar::Deadline;
use crate::city::CityCode;
use crate::error::{Error, ErrorCode, Result};
use crate::origin::Origin;
use crate::problem::Problem;
use crate::request::{Actor, Party, RequestId};
use crate::resource::ResourceRef;
use crate::uscc::Uscc;

/// A program's record of a matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatterRecord {
    /// Its number, which includes the consumer.
    pub id: RequestId,
    /// The content.
    pub filing: Filing,
    /// The actor of the filing.
    pub filed_by: Actor,
    /// Time of the filing.
    pub filed_at: Timestamp,
    /// The moves in the coordinator's order.
    pub steps: Vec<MatterStep>,
    /// On a node: own moves that are not yet ordered, with their position in the node's log.
    pub pending: Vec<(Origin, MatterStep)>,
    /// The last moves that the coordinator refused, with the reasons.
    pub refused: Vec<RefusedMatterMove>,
    /// Reminders, oldest first.
    pub reminders: Vec<MatterReminder>,
}

/// A move that the coordinator refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedMatterMove {
    /// The move.
    pub step: MatterStep,
    /// The reason.
    pub problem: Problem,
}

/// A reminder or overdue notice from the coordinator about a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatterReminder {
    /// Time of the reminder.
    pub at: Timestamp,
    /// The deadline.
    pub deadline: Deadline,
    /// True if it had passed.
    pub overdue: bool,
}

impl MatterRecord {
    /// Maximum number of moves of a matter.
    pub const MAX_STEPS: usize = 12;
    /// Maximum number of refused moves that are kept.
    const MAX_REFUSED: usize = 3;

    /// Creates the record of a new matter.
    pub fn new(id: RequestId, filing: Filing, filed_by: Actor, filed_at: Timestamp) -> Self {
        Self {
            id,
            filing,
            filed_by,
            filed_at,
            steps: Vec::new(),
            pending: Vec::new(),
            refused: Vec::new(),
            reminders: Vec::new(),
        }
    }

    /// Returns the kind of the matter.
    pub fn kind(&self) -> MatterKind {
        self.filing.kind()
    }

    /// Returns the city that filed it.
    pub fn consumer(&self) -> CityCode {
        self.id.city
    }

    /// Returns the city that has to answer, or has answered: of a correction the provider of the entry, of a demand the
    /// one that it was last assigned to.
    pub fn provider(&self) -> Option<CityCode> {
        match &self.filing {
            Filing::Correction(filing) => Some(filing.resource.city),
            Filing::Demand(_) => self.assigned().map(|(city, _)| city),
        }
    }

    /// Returns the city and the department that a demand was last assigned to; `None` if it was opened again since.
    pub fn assigned(&self) -> Option<(CityCode, Option<Uscc>)> {
        let mut steps = self.steps.iter().rev();
        let last = steps.find_map(|step| match &step.mv {
            MatterMove::Assign {
                city, department, ..
            } => Some(Some((*city, *department))),
            MatterMove::Open => Some(None),
            _ => None,
        });
        last.flatten()
    }

    /// Returns true if a demand is or was assigned to this city.
    pub fn was_assigned(&self, to: CityCode) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| matches!(&step.mv, MatterMove::Assign { city, .. } if *city == to))
    }

    /// Returns the party of a city; `None` if it is not involved.
    pub fn party_of(&self, city: CityCode) -> Option<Party> {
        if city == self.consumer() {
            Some(Party::Consumer)
        } else if Some(city) == self.provider() {
            Some(Party::Provider)
        } else {
            None
        }
    }

    /// Folds the ordered moves. It contains valid moves only, so an error means that the record is damaged.
    pub fn ordered(&self) -> Result<Matter, MatterOutOfTurn> {
        let mut matter = Matter::filed(self.kind());
        for step in &self.steps {
            matter = matter.apply(step)?;
        }
        Ok(matter)
    }

    /// Returns the state with the own moves that are not yet ordered, as far as they are still permitted.
    ///
    /// # Errors
    ///
    /// `STORAGE_DAMAGED` if a recorded move is out of turn.
    pub fn state(&self) -> Result<Matter> {
        let mut matter = self.ordered().map_err(|out_of_turn| {
            let cause = out_of_turn.message();
            let message = msg::MatterRecordDamaged { cause, id: self.id };
            Error::new(ErrorCode::StorageDamaged, message)
        })?;
        for (_, step) in &self.pending {
            if let Ok(next) = matter.clone().apply(step) {
                matter = next;
            }
        }
        Ok(matter)
    }

    /// Adds the next move of the order.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN`, `LIMIT_EXCEEDED` beyond [`Self::MAX_STEPS`] moves, or where an assignment or a further opening
    /// would leave no room for the answer, and `INVALID_ARGUMENT` for a demand assigned to
    /// the city that filed it. The record is then unchanged.
    pub fn order(&mut self, step: MatterStep) -> Result<()> {
        let (matter, count) = (self.ordered(), self.steps.len());
        self.check(matter, count, &step)?;
        self.steps.push(step);
        Ok(())
    }

    /// Checks that a move could be the next one after the own moves that are not yet ordered.
    ///
    /// # Errors
    ///
    /// As of [`Self::order`].
    pub fn check_next(&self, step: &MatterStep) -> Result<()> {
        let (matter, count) = (self.state()?, self.steps.len() + self.pending.len());
        self.check(Ok(matter), count, step)
    }

    /// Checks a move in this state, after so many moves.
    fn check(
        &self,
        matter: Result<Matter, MatterOutOfTurn>,
        count: usize,
        step: &MatterStep,
    ) -> Result<()> {
        let id = self.id;
        let refused = |message: Message, code| Err(Error::new(code, message));
        if count + left_for_others(step.mv.kind()) >= Self::MAX_STEPS {
            let message = msg::MatterMovesTooMany { count, id };
            return refused(message.into(), ErrorCode::LimitExceeded);
        }
        if let MatterMove::Assign { city, .. } = &step.mv
            && *city == id.city
        {
            let message = msg::DemandOfAssignedCity { city: *city };
            return refused(message.into(), ErrorCode::InvalidArgument);
        }
        if let Err(out_of_turn) = matter.and_then(|matter| matter.apply(step)) {
            let cause = out_of_turn.message();
            let message = msg::MatterOutOfTurn { cause, id };
            return refused(message.into(), ErrorCode::OutOfTurn);
        }
        Ok(())
    }

    /// Records a refused move; the oldest make way.
    pub fn refuse(&mut self, refused: RefusedMatterMove) {
        if self.refused.contains(&refused) {
            return;
        }
        self.refused.push(refused);
        let count = self.refused.len();
        self.refused
            .drain(..count.saturating_sub(Self::MAX_REFUSED));
    }

    /// Returns true if this move of this actor, or of one who is shown so, was ordered or refused before.
    pub fn knows(&self, (actor, at): (&Actor, Timestamp), mv: &MatterMove) -> bool {
        let refused = self.refused.iter().map(|refused| &refused.step);
        let mut known = self.steps.iter().chain(refused);
        let shown = self.filing.shown(actor);
        known.any(|known| {
            known.at == at && known.mv == *mv && self.filing.shown(&known.actor) == shown
        })
    }

    /// Returns true if a move that this city dated later was ordered or refused before. The moves of a city follow each
    /// other in time, so its log is being read again, and the earlier move was refused long ago.
    pub fn has_later_move(&self, of: CityCode, at: Timestamp) -> bool {
        let refused = self.refused.iter().map(|refused| &refused.step);
        let mut known = self.steps.iter().chain(refused);
        known.any(|known| known.actor.principal.city() == Some(of) && known.at > at)
    }

    /// Returns the parties whose attention the matter needs although no act of theirs is due; `None` is the
    /// coordinator. The coordinator: for a demand that no city has to answer. The consumer: to request the entry that
    /// answers its demand, or because its demand was declined. Either city: because the coordinator refused a move of
    /// the city, which has made none since.
    pub fn attention(&self) -> BTreeSet<Option<CityCode>> {
        let consumer = Some(self.consumer());
        let mut asked: BTreeSet<Option<CityCode>> = match self.state() {
            Ok(Matter::Open(_)) => [None].into(),
            Ok(Matter::Answered(_)) => [consumer].into(),
            Ok(Matter::Declined(_)) => [None, consumer].into(),
            Ok(Matter::Filed(_) | Matter::Assigned(_) | Matter::Accepted(_)) => BTreeSet::new(),
            Ok(Matter::Ended(_)) | Err(_) => return BTreeSet::new(),
        };
        for refused in &self.refused {
            let (city, at) = (refused.step.actor.principal.city(), refused.step.at);
            let party = city.and_then(|city| self.party_of(city));
            if party.is_some() && !self.has_moved_since(city, at) {
                asked.insert(city);
            }
        }
        asked
    }

    /// Returns true if this city has made a move dated later that was not refused.
    fn has_moved_since(&self, of: Option<CityCode>, at: Timestamp) -> bool {
        let pending = self.pending.iter().map(|(_, step)| step);
        let mut made = self.steps.iter().chain(pending);
        made.any(|step| step.actor.principal.city() == of && step.at > at)
    }

    /// Returns true if the reminder of this deadline, or the notice after it, was given.
    pub fn is_reminded(&self, deadline: Deadline, overdue: bool) -> bool {
        let mut given = self.reminders.iter();
        given.any(|reminder| reminder.deadline == deadline && reminder.overdue == overdue)
    }

    /// Returns true if the provider has verified the error of a correction.
    pub fn is_error_admitted(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.any(|step| step.mv.kind() == MatterMoveKind::Accept)
    }

    /// Returns true if the coordinator has admitted it.
    pub fn is_admitted(&self) -> bool {
        let first = self.steps.first().map(|step| step.mv.kind());
        first.is_some_and(|kind| kind != MatterMoveKind::Reject)
    }

    /// Returns the entry that answers a demand, until it is delivered.
    pub fn awaited(&self) -> Option<&ResourceRef> {
        let is_answered = self
            .ordered()
            .is_ok_and(|matter| matter.state() == MatterState::Answered);
        let last = self.steps.iter().rev().find_map(|step| match &step.mv {
            MatterMove::Supply { resource, .. } => Some(resource),
            _ => None,
        });
        last.filter(|_| is_answered)
    }

    /// Forgets everything that came from the coordinator.
    pub fn strip(&mut self) {
        self.steps.clear();
        self.refused.clear();
        self.reminders.clear();
    }

    /// Returns true if nothing came from the coordinator.
    pub fn is_bare(&self) -> bool {
        self.steps.is_empty() && self.refused.is_empty() && self.reminders.is_empty()
    }
}

/// The number of moves that a move of the coordinator, which it can repeat, leaves for the answer and the end of a
/// matter.
fn left_for_others(kind: MatterMoveKind) -> usize {
    match kind {
        MatterMoveKind::Open => 4,
        MatterMoveKind::Assign => 3,
        MatterMoveKind::MoveDeadline => 2,
        MatterMoveKind::Reject
        | MatterMoveKind::Accept
        | MatterMoveKind::Correct
        | MatterMoveKind::Supply
        | MatterMoveKind::Decline
        | MatterMoveKind::Withdraw
        | MatterMoveKind::Close
        | MatterMoveKind::Deliver => 0,
    }
}
