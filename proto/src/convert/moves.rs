//! The moves of requests, in their form in logs. Reading checks the structure alone: a move is valid or not where
//! it is made.

mod answering;
mod disputed;
mod granted;

use chengji_domain::Error;
use chengji_domain::request::{Grant, Move};
use chengji_log::v1;
use chengji_log::v1::r#move::Move as Wire;
use chengji_messages::msg;
use prost::Message;

use self::answering::{answering_from, answering_to};
use self::disputed::{disputed_from, disputed_to};
use self::granted::{granted_from, granted_to};
use super::deadline::{deadline_from, deadline_to, due_act_from, due_act_to};
use super::grant_terms::{grant_terms_from, grant_terms_to};
use super::{invalid, missing};

/// Maximum length of an encoded submission or move, or of the texts of a stop, in bytes: more than
/// admission accepts. With it and the bounds on actors and steps, what a city can add to a request's record
/// is bounded.
const MAX_BYTES: usize = 16 * 1024;

/// Maximum length of an encoded move that has a grant among its texts, in bytes.
const MAX_BYTES_WITH_GRANT: usize = 24 * 1024;

/// Refuses a part that is larger than admission accepts.
pub(super) fn bounded(field: &str, bytes: usize) -> Result<(), Error> {
    within(field, bytes, MAX_BYTES)
}

fn within(field: &str, bytes: usize, most: usize) -> Result<(), Error> {
    if bytes <= most {
        return Ok(());
    }
    Err(invalid(field, msg::WireTooLarge { bytes, most }))
}

/// Converts a move from the wire: of at most 16 KiB, or 24 KiB if it consults about a grant or proposes one;
/// checks its structure alone. Its validity is checked once, on admission, by [`Move::check`].
pub fn move_from(wire: Option<&v1::Move>) -> Result<Move, Error> {
    let whole = wire.ok_or_else(|| missing("move"))?;
    let wire = whole.r#move.as_ref().ok_or_else(|| missing("move"))?;
    let most = match wire {
        Wire::Consult(_) | Wire::ProposeSettlement(_) => MAX_BYTES_WITH_GRANT,
        _ => MAX_BYTES,
    };
    within("move", whole.encoded_len(), most)?;
    match wire.clone() {
        wire @ (Wire::Route(_)
        | Wire::Reject(_)
        | Wire::AskSupplement(_)
        | Wire::Supplement(_)
        | Wire::Extend(_)
        | Wire::Grant(_)
        | Wire::Refuse(_)
        | Wire::Withdraw(_)) => answering_from(wire),
        wire @ (Wire::Offer(_)
        | Wire::AskAmendment(_)
        | Wire::Amend(_)
        | Wire::DeclineAmendment(_)
        | Wire::Suspend(_)
        | Wire::ReportMended(_)
        | Wire::Resume(_)
        | Wire::Consult(_)
        | Wire::AnswerConsultation(_)
        | Wire::Terminate(_)
        | Wire::Change(_)
        | Wire::Lapse(_)
        | Wire::Close(_)) => granted_from(wire),
        wire @ (Wire::Dispute(_)
        | Wire::Uphold(_)
        | Wire::Remand(_)
        | Wire::ProposeSettlement(_)
        | Wire::AcceptSettlement(_)
        | Wire::Mediate(_)
        | Wire::Refer(_)
        | Wire::Decide(_)
        | Wire::WithdrawDispute(_)) => disputed_from(wire),
        Wire::MoveDeadline(moved) => Ok(Move::MoveDeadline {
            act: due_act_from(moved.act)?,
            deadline: deadline_from(&moved.deadline, moved.provisional)?,
        }),
    }
}

/// Converts a move to the wire.
pub fn move_to(mv: &Move) -> v1::Move {
    let wire = match mv {
        Move::Route { .. }
        | Move::Reject { .. }
        | Move::AskSupplement { .. }
        | Move::Supplement { .. }
        | Move::Extend { .. }
        | Move::Grant(_)
        | Move::Refuse { .. }
        | Move::Withdraw { .. } => answering_to(mv.clone()),
        Move::Offer { .. }
        | Move::AskAmendment { .. }
        | Move::Amend { .. }
        | Move::DeclineAmendment { .. }
        | Move::Suspend { .. }
        | Move::ReportMended { .. }
        | Move::Resume { .. }
        | Move::Consult { .. }
        | Move::AnswerConsultation { .. }
        | Move::Terminate { .. }
        | Move::Change(_)
        | Move::Lapse { .. }
        | Move::Close { .. } => granted_to(mv.clone()),
        Move::Dispute { .. }
        | Move::Uphold { .. }
        | Move::Remand { .. }
        | Move::ProposeSettlement { .. }
        | Move::AcceptSettlement { .. }
        | Move::Mediate { .. }
        | Move::Refer { .. }
        | Move::Decide { .. }
        | Move::WithdrawDispute { .. } => disputed_to(mv.clone()),
        Move::MoveDeadline { act, deadline } => {
            let (deadline, provisional) = deadline_to(*deadline);
            Some(Wire::MoveDeadline(v1::MoveDeadline {
                act: due_act_to(*act).into(),
                deadline,
                provisional,
            }))
        }
    };
    v1::Move { r#move: wire }
}

/// Converts a grant to the wire.
pub fn grant_to(grant: &Grant) -> v1::Grant {
    v1::Grant {
        scope: grant.scope.clone(),
        conditions: grant.conditions.clone(),
        terms: Some(grant_terms_to(&grant.terms)),
        automatic: grant.automatic,
        disposal: grant.disposal.clone(),
        asked_at: None,
        return_flow: grant
            .return_flow
            .map(|flow| flow.to_string())
            .unwrap_or_default(),
    }
}

/// Converts a grant from the wire.
fn grant_from(wire: v1::Grant) -> Result<Grant, Error> {
    Ok(Grant {
        terms: grant_terms_from(wire.terms.as_ref())?,
        scope: wire.scope,
        conditions: wire.conditions,
        disposal: wire.disposal,
        automatic: wire.automatic,
        return_flow: match wire.return_flow.as_str() {
            "" => None,
            flow => Some(flow.parse()?),
        },
    })
}

/// Converts a grant that may be absent from the wire.
fn optional_grant_from(wire: Option<v1::Grant>) -> Result<Option<Box<Grant>>, Error> {
    wire.map(|grant| grant_from(grant).map(Box::new))
        .transpose()
}

#[cfg(test)]
#[path = "moves_tests.rs"]
mod tests;
