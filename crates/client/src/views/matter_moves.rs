//! The moves and facts of corrections and demands in words.

use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::problem_message;
use chengji_proto::v1;
use chengji_proto::v1::body::Fact;
use chengji_proto::v1::filing::Filing;
use chengji_proto::v1::matter_move::Move;

use super::actor::actor;
use crate::cells;

/// The move of a step, if it is known here.
pub(super) fn move_of(step: &v1::MatterStep) -> Option<&Move> {
    step.r#move.as_ref()?.r#move.as_ref()
}

/// A move of a history in words; empty for one that is not known here.
pub(super) fn step_text(step: &v1::MatterStep) -> Message {
    match move_of(step) {
        Some(mv) => move_text(mv),
        None => no_text(),
    }
}

fn move_text(mv: &Move) -> Message {
    match mv {
        Move::Open(_) => msg::MatterStepOpened.into(),
        Move::Assign(m) => {
            let deadline = cells::deadline(&m.deadline, m.provisional);
            let city = &m.city;
            msg::MatterStepAssigned { city, deadline }.into()
        }
        Move::Reject(m) => msg::MatterStepRejected {
            problem: problem_message(m.problem.as_ref()),
        }
        .into(),
        Move::Accept(m) => noted(msg::MatterStepAccepted.into(), &m.note),
        Move::Correct(m) => {
            let revision = m.revision;
            noted(msg::MatterStepCorrected { revision }.into(), &m.note)
        }
        Move::Supply(m) => {
            let entry = format!("{}:{}", m.city, m.code);
            noted(msg::MatterStepSupplied { entry }.into(), &m.note)
        }
        Move::Decline(m) => {
            let reason = &m.reason;
            noted(msg::MatterStepDeclined { reason }.into(), &m.legal_basis)
        }
        Move::Withdraw(m) => msg::MatterStepWithdrawn { reason: &m.reason }.into(),
        Move::Close(m) => msg::MatterStepClosed {
            statement: &m.statement,
        }
        .into(),
        Move::Deliver(m) => msg::MatterStepDelivered {
            request: &m.request,
        }
        .into(),
        Move::MoveDeadline(m) => {
            let deadline = cells::deadline(&m.deadline, m.provisional);
            msg::MatterStepDeadlineMoved { deadline }.into()
        }
    }
}

fn noted(step: Message, note: &str) -> Message {
    match note {
        "" => step,
        note => msg::MatterStepWithNote { note, step }.into(),
    }
}

/// Facts about corrections and demands.
pub(super) fn fact(fact: &Fact) -> Message {
    let step = |step: Option<&v1::MatterStep>| step.map_or_else(no_text, step_text);
    match fact {
        Fact::RowsAttached(f) => msg::FactRowsAttached {
            bytes: f.rows.len(),
            provider: &f.provider,
        }
        .into(),
        Fact::MatterFiled(f) => filed(f),
        Fact::MatterMoved(f) => msg::FactMatterMoved {
            actor: f.actor.as_ref().map_or_else(no_text, actor),
            matter: &f.matter,
            step: f
                .r#move
                .as_ref()
                .and_then(|mv| mv.r#move.as_ref())
                .map_or_else(no_text, move_text),
        }
        .into(),
        Fact::MatterOpened(f) => {
            let filing = f.filing.as_ref().and_then(|filing| filing.filing.as_ref());
            let of: Message = match filing {
                Some(Filing::Correction(_)) => msg::MatterKindCorrection.into(),
                Some(Filing::Demand(_)) => msg::MatterKindDemand.into(),
                None => no_text(),
            };
            let (matter, step) = (&f.matter, step(f.step.as_ref()));
            msg::FactMatterOpened { matter, of, step }.into()
        }
        Fact::MatterOrdered(f) => {
            let (matter, step) = (&f.matter, step(f.step.as_ref()));
            msg::FactMatterOrdered { matter, step }.into()
        }
        Fact::MatterMoveRefused(f) => msg::FactMatterRefused {
            matter: &f.matter,
            problem: problem_message(f.problem.as_ref()),
            step: step(f.step.as_ref()),
        }
        .into(),
        Fact::MatterReminded(f) => msg::FactMatterReminded {
            city: &f.city,
            deadline: cells::deadline(&f.deadline, f.provisional),
            matter: &f.matter,
        }
        .into(),
        Fact::CorrectionTold(f) => msg::FactCorrectionTold {
            cities: f.cities.iter().map(String::as_str).collect::<Value>(),
            code: &f.code,
            correction: &f.correction,
            provider: &f.provider,
        }
        .into(),
        _ => no_text(),
    }
}

fn filed(fact: &v1::MatterFiled) -> Message {
    let who = fact.actor.as_ref().map_or_else(no_text, actor);
    let filing = fact
        .filing
        .as_ref()
        .and_then(|filing| filing.filing.as_ref());
    match filing {
        Some(Filing::Correction(filed)) => msg::FactCorrectionFiled {
            actor: who,
            code: &filed.code,
            fields: filed.fields.join("; "),
            problem: &filed.problem,
            provider: &filed.provider,
        }
        .into(),
        Some(Filing::Demand(filed)) => msg::FactDemandFiled {
            actor: who,
            fields: filed.fields.join("; "),
            name: &filed.name,
        }
        .into(),
        None => no_text(),
    }
}

fn no_text() -> Message {
    msg::Text { text: "" }.into()
}
