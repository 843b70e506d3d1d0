//! Applies the coordinator's facts about matters.

use chengji_domain::fact::{CityFact, LogEntry, Origin};
use chengji_domain::matter::{
    Filing, MatterEvent, MatterFact, MatterRecord, MatterReminder, MatterStep, RefusedMatterMove,
};
use chengji_domain::quoted::OneLine;
use chengji_domain::request::{Actor, RequestId};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::matter_table;
use chengji_messages::msg;
use chengji_store::Tx;
use jiff::Timestamp;

use super::notices;
use crate::own_log::OwnLog;
use crate::requests::provenance::{Provenance, provenance};

/// Applies a fact that is dated `at`.
pub(crate) fn apply(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    at: Timestamp,
    event: MatterEvent,
) -> Result<()> {
    match event {
        MatterEvent::Opened {
            matter,
            filing,
            filed_by,
            filed_at,
            step,
        } => {
            if matter.city == own.city {
                own_filing(own, matter, (&*filing, &filed_by))?;
            }
            let known = matter_table::find(tx, matter)?;
            let new = || MatterRecord::new(matter, *filing, filed_by, filed_at);
            let mut record = known.unwrap_or_else(new);
            record.steps.clear();
            record.order(step)?;
            matter_table::put(tx, &record)
        }
        MatterEvent::Ordered {
            matter,
            step,
            origin,
            ..
        } => ordered(own, tx, matter, step, origin),
        MatterEvent::Refused {
            matter,
            step,
            origin,
            problem,
            ..
        } => {
            let mut record = matter_table::existing(tx, matter)?;
            own_move(own, &record, &step, Some(origin))?;
            record.pending.retain(|(pending, _)| *pending != origin);
            let reason = problem.to_string();
            tracing::error!(%matter, kind = ?step.mv.kind(), reason = %OneLine(&reason),
                "the coordinator refused a move of this city in a correction or a demand");
            record.refuse(RefusedMatterMove { step, problem });
            matter_table::put(tx, &record)
        }
        MatterEvent::Reminded {
            matter,
            deadline,
            overdue,
            ..
        } => {
            let mut record = matter_table::existing(tx, matter)?;
            record.reminders.push(MatterReminder {
                at,
                deadline,
                overdue,
            });
            matter_table::put(tx, &record)
        }
        MatterEvent::Told(notice) => notices::note(own, tx, at, notice),
    }
}

/// Applies a move that the coordinator ordered. The coordinator cannot move in this city's name: an own move must be in
/// the city's log, or have been lost with a restore.
fn ordered(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    matter: RequestId,
    mut step: MatterStep,
    origin: Option<Origin>,
) -> Result<()> {
    let mut record = matter_table::existing(tx, matter)?;
    if record.party_of(own.city) == Some(step.party) {
        own_move(own, &record, &step, origin)?;
        let mut pending = record.pending.iter();
        if let Some((_, made)) = pending.find(|(pending, _)| Some(*pending) == origin) {
            // The own people are known here.
            step.actor = made.actor.clone();
        }
        record
            .pending
            .retain(|(pending, _)| Some(*pending) != origin);
    }
    record.order(step)?;
    matter_table::put(tx, &record)
}

/// Refuses a matter that this city never filed: by it, attached rows would go to another provider than they are for.
fn own_filing(
    own: &OwnLog,
    matter: RequestId,
    (filing, filed_by): (&Filing, &Actor),
) -> Result<()> {
    let is_filing = |entry: &LogEntry<CityFact>| {
        let CityFact::Matter(fact) = &entry.fact else {
            return false;
        };
        matches!(&**fact, MatterFact::Filed { filing: filed, actor }
            if filed == filing && filing.shown(actor) == *filed_by)
    };
    let RequestId { epoch, seq, .. } = matter;
    match provenance(own, Origin { epoch, seq }, is_filing)? {
        Provenance::Own | Provenance::Lost => Ok(()),
        Provenance::Never => {
            let message = msg::MatterNotFiledByCity { matter };
            Err(Error::new(ErrorCode::PeerInvalid, message))
        }
    }
}

/// Returns true if an actor of the own log is the one of a fact: as it is shown to all readers, or to this city alone.
fn is_shown(filing: &Filing, actor: &Actor, of_fact: &Actor) -> bool {
    actor == of_fact || filing.shown(actor) == *of_fact
}

/// Refuses a move that this city never made, or that was decided before.
fn own_move(
    own: &OwnLog,
    record: &MatterRecord,
    step: &MatterStep,
    origin: Option<Origin>,
) -> Result<()> {
    let id = record.id;
    let never_made = || {
        Error::new(
            ErrorCode::PeerInvalid,
            msg::MatterMoveNotOfCity { matter: id },
        )
    };
    let is_move = |entry: &LogEntry<CityFact>| {
        let CityFact::Matter(fact) = &entry.fact else {
            return false;
        };
        let is_made = matches!(&**fact, MatterFact::Moved { matter, mv, actor }
            if *matter == id && *mv == step.mv && is_shown(&record.filing, actor, &step.actor));
        is_made && entry.at == step.at
    };
    let origin = origin.ok_or_else(never_made)?;
    match provenance(own, origin, is_move)? {
        Provenance::Never => Err(never_made()),
        Provenance::Own | Provenance::Lost if record.knows((&step.actor, step.at), &step.mv) => {
            Err(never_made())
        }
        Provenance::Own | Provenance::Lost => Ok(()),
    }
}
