//! Disputes: the coordinator mediates, refers them to the common superior authority, and records what was decided. It
//! rules on none.

use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::ShareClass;
use chengji_domain::request::{Move, RequestHistory, RequestId, RequestRecord, State};
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_store::Tx;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::departures;
use super::own_moves::{append_own, own_step};
use crate::deadlines::Deadlines;

/// Disputes between cities.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Disputes {
    /// True if the coordinator belongs to the common superior authority of the cities (共同的上级主管部门): it then
    /// mediates disputes itself. If not, it refers each dispute first, and records the outcome that the authority or
    /// the government has sent back.
    pub common_superior: bool,
    /// True if the cities are under one authority, and therefore have to negotiate before a dispute. A dispute
    /// without a record of the negotiation is then refused; `request list` marks those that were raised earlier.
    pub negotiation_required: bool,
}

/// The course of a dispute, as an operator records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conclusion {
    /// The parties agreed.
    Mediated {
        /// The agreement.
        agreement: String,
        /// Number of its document.
        document: String,
    },
    /// The dispute is referred to the common superior authority.
    Referred {
        /// The authority.
        authority: String,
        /// The reason.
        reason: String,
        /// Number of the document.
        document: String,
    },
    /// A government decided.
    Decided {
        /// The government.
        government: String,
        /// Number of its decision.
        document: String,
        /// The reason.
        reason: String,
        /// True if the provider has to answer anew; false if the state before the dispute stands.
        answers_anew: bool,
    },
}

impl Conclusion {
    /// The move in this history. The provider answers anew within the term of the resource's class.
    fn into_move(self, deadlines: &Deadlines, history: &RequestHistory, now: Timestamp) -> Move {
        match self {
            Self::Mediated {
                agreement,
                document,
            } => Move::Mediate {
                agreement,
                document,
            },
            Self::Referred {
                authority,
                reason,
                document,
            } => Move::Refer {
                authority,
                reason,
                document,
            },
            Self::Decided {
                government,
                document,
                reason,
                answers_anew,
            } => {
                let (provider, class) = (history.provider(), class_of(history));
                let answer_by = || deadlines.answer_by(provider, class, local_date(now));
                Move::Decide {
                    government,
                    document,
                    reason,
                    deadline: answers_anew.then(answer_by),
                }
            }
        }
    }
}

/// Records the course of a dispute. Returns the request with it.
///
/// # Errors
///
/// `NOT_FOUND`, also for a new answer by a provider that has left the cluster; `INVALID_ARGUMENT` for texts that may
/// not be recorded; `OUT_OF_TURN` where the request is not disputed, or not yet referred although the coordinator does
/// not belong to the common superior authority.
pub fn conclude(
    tx: &mut Tx<'_>,
    (deadlines, disputes): (&Deadlines, Disputes),
    now: Timestamp,
    operator: &Principal,
    (request, conclusion): (RequestId, Conclusion),
) -> Result<RequestRecord> {
    let mut record = request_table::existing(tx, request)?;
    if matches!(
        conclusion,
        Conclusion::Decided {
            answers_anew: true,
            ..
        }
    ) {
        departures::check_member(tx, record.history.provider())?;
    }
    let mv = conclusion.into_move(deadlines, &record.history, now);
    mv.check()?;
    let is_reference = matches!(mv, Move::Refer { .. });
    if !is_reference && !disputes.common_superior && is_unreferred(&record.history, now) {
        let message = msg::DisputeNotReferred { request };
        return Err(Error::new(ErrorCode::OutOfTurn, message));
    }
    let step = own_step(now, operator.clone(), mv);
    let before = record.history.clone();
    record.history.add(step.clone())?;
    request_table::put(tx, &record)?;
    append_own(tx, now, &before, step)?;
    Ok(record)
}

/// Returns true if a dispute is open that was not referred.
fn is_unreferred(history: &RequestHistory, now: Timestamp) -> bool {
    history
        .state()
        .is_ok_and(|request| request.state(now) == State::Disputed)
}

/// The class of the resource when the request was routed.
fn class_of(history: &RequestHistory) -> ShareClass {
    let routed = history.steps.iter().rev().find_map(|step| match step.mv {
        Move::Route { share_class, .. } => Some(share_class),
        _ => None,
    });
    routed.unwrap_or(ShareClass::Conditional)
}
