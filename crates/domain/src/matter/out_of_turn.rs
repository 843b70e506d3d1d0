//! Moves that the state of a matter does not permit.

use chengji_messages::{Message, msg};

use super::{MatterKind, MatterMoveKind, MatterState};
use crate::request::{MoveRule, Party};

/// A move that was not permitted to this party in this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatterOutOfTurn {
    /// The kind of the matter.
    pub of: MatterKind,
    /// Its state.
    pub state: MatterState,
    /// The party.
    pub party: Party,
    /// The kind of the move.
    pub kind: MatterMoveKind,
    /// The rule that it broke, if it was not simply out of turn.
    pub why: Option<MoveRule>,
}

impl MatterOutOfTurn {
    /// Returns what is wrong, and whose turn it is.
    pub fn message(&self) -> Message {
        let (party, action, state) = (self.party.label(), self.kind.label(), self.state.label());
        let of = self.of.label();
        match (self.why, self.state.turn(self.of)) {
            (Some(rule), _) => msg::MatterMoveAgainstRule {
                action,
                of,
                party,
                rule: rule.label(),
                state,
            }
            .into(),
            (None, Some(turn)) => msg::MatterMoveInTurnOf {
                action,
                of,
                party,
                state,
                turn: turn.label(),
            }
            .into(),
            (None, None) => msg::MatterMoveAfterEnd {
                action,
                of,
                party,
                state,
            }
            .into(),
        }
    }
}
