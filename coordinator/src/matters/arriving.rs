//! Orders the moves of cities in matters: each becomes the next one, or is refused with the reason.

use std::collections::BTreeSet;

use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::Origin;
use chengji_domain::matter::{
    CorrectionFiling, CorrectionNotice, Filing, MatterEvent, MatterMove, MatterMoveKind,
    MatterRecord, MatterStep, RefusedMatterMove,
};
use chengji_domain::problem::Problem;
use chengji_domain::request::{Actor, CLOCK_ALLOWANCE, Party, RequestId};
use chengji_domain::{CityCode, Error, ErrorCode, Fault, Principal, ResourceRef, Result};
use chengji_follow::matter_table;
use chengji_messages::{Message, msg};
use chengji_store::Tx;
use jiff::Timestamp;

use super::ordering::{append, ordered};
use super::receiving;
use super::reminding::overdue_for_the_first_time;
use crate::records;

/// A move of a matter in a city's log.
pub struct ArrivedMove {
    /// The log's owner.
    pub city: CityCode,
    /// The move's position in the log.
    pub origin: Origin,
    /// The move's time, by the city's clock.
    pub at: Timestamp,
    /// The matter.
    pub matter: RequestId,
    /// The move.
    pub mv: MatterMove,
    /// The actor that made it.
    pub actor: Actor,
}

/// Orders a city's move in a matter. A city without a part in it is an error, and so is a matter that was never filed.
///
/// # Errors
///
/// `PEER_INVALID`; `INVALID_ARGUMENT` for texts that a node does not accept; `LIMIT_EXCEEDED` where the move does not
/// fit in the record; storage errors.
pub fn arrive(tx: &mut Tx<'_>, now: Timestamp, arrived: ArrivedMove) -> Result<()> {
    let ArrivedMove {
        city,
        origin,
        at,
        matter,
        mv,
        actor,
    } = arrived;
    let Some(mut record) = matter_table::find(tx, matter)? else {
        let message = msg::MoveInUnknownMatter { matter };
        return Err(Error::new(ErrorCode::PeerInvalid, message));
    };
    if record.knows((&actor, at), &mv) || record.has_later_move(city, at) {
        // The city's log is being read again from its beginning; it may no longer be a party.
        return Ok(());
    }
    let party = admitted(&record, city, &mv)?;
    let step = MatterStep {
        party,
        actor,
        at,
        mv,
    };
    let by = Principal::Coordinator;
    let is_late = is_answered_late(&record, &step)?;
    let done = check(tx, now, (city, &record), &step).and_then(|()| record.order(step.clone()));
    match done {
        Ok(()) => {
            if is_late {
                records::count_late_correction(tx, city)?;
            }
            matter_table::put(tx, &record)?;
            let event = ordered(&record, step.clone(), Some(origin));
            append(tx, now, &by, event)?;
            tell_of_correction(tx, now, &record, &step)
        }
        Err(error) if error.fault() == Fault::Us => Err(error),
        Err(error) => {
            let problem = Problem::from(&error);
            record.refuse(RefusedMatterMove {
                step: step.clone(),
                problem: problem.clone(),
            });
            matter_table::put(tx, &record)?;
            let event = MatterEvent::Refused {
                matter,
                city,
                step,
                origin,
                problem,
            };
            append(tx, now, &by, event)
        }
    }
}

/// The party as which a city moves; one that a demand was assigned to before still has a part in it. A move that its
/// node would not have made is an error: it takes no room from the moves of others.
fn admitted(record: &MatterRecord, city: CityCode, mv: &MatterMove) -> Result<Party> {
    let matter = record.id;
    let invalid = |message: Message| Error::new(ErrorCode::PeerInvalid, message);
    let former = record.was_assigned(city).then_some(Party::Provider);
    let party = record.party_of(city).or(former);
    let party = party.ok_or_else(|| invalid(msg::MatterMoveOfStranger { city, matter }.into()))?;
    if mv.kind().is_of_coordinator() {
        return Err(invalid(
            msg::MatterMoveOfCoordinator { city, matter }.into(),
        ));
    }
    mv.check()?;
    Ok(party)
}

/// Returns true if a move answers a correction after its deadline, of which no notice was given before.
fn is_answered_late(record: &MatterRecord, step: &MatterStep) -> Result<bool> {
    let is_answer = match step.mv.kind() {
        MatterMoveKind::Correct | MatterMoveKind::Decline => true,
        MatterMoveKind::Open
        | MatterMoveKind::Assign
        | MatterMoveKind::Reject
        | MatterMoveKind::Accept
        | MatterMoveKind::Supply
        | MatterMoveKind::Withdraw
        | MatterMoveKind::Close
        | MatterMoveKind::Deliver
        | MatterMoveKind::MoveDeadline => false,
    };
    let due = record.state()?.deadline();
    let is_overdue = is_answer && due.is_some_and(|due| due.has_passed(step.at));
    Ok(overdue_for_the_first_time(record, is_overdue))
}

/// Checks that a move is not dated ahead, that its city is still a party, that an entry which answers a demand is a
/// shared one of that city, and that corrected data has changed.
fn check(
    tx: &Tx<'_>,
    now: Timestamp,
    (city, record): (CityCode, &MatterRecord),
    step: &MatterStep,
) -> Result<()> {
    let matter = record.id;
    let refused =
        |message: Message| -> Result<()> { Err(Error::new(ErrorCode::InvalidArgument, message)) };
    if record.party_of(city).is_none() {
        // It answered before it learnt that another city was assigned.
        let message = msg::DemandOfOtherCity {
            city,
            demand: matter,
        };
        return Err(Error::new(ErrorCode::OutOfTurn, message));
    }
    if step.at.duration_since(now) > CLOCK_ALLOWANCE {
        let dated = step.at;
        return refused(msg::MatterMoveDatedAhead { dated, matter, now }.into());
    }
    if let MatterMove::Supply { resource, .. } = &step.mv
        && !is_shared(tx, city, resource)?
    {
        return refused(msg::DemandEntryNotShared { entry: resource }.into());
    }
    match (&record.filing, &step.mv) {
        (Filing::Correction(filing), MatterMove::Correct { revision, .. }) => {
            check_corrected(tx, (filing, record.filed_at), *revision)
        }
        _ => Ok(()),
    }
}

/// Refuses a correction by an unpublished revision, and one that leaves the entry as it was received.
fn check_corrected(
    tx: &Tx<'_>,
    (filing, filed_at): (&CorrectionFiling, Timestamp),
    revision: u32,
) -> Result<()> {
    let entry = &filing.resource;
    let known = records::entry(tx, entry.city, &entry.code)?;
    // In the city's log, the publication precedes the move.
    let known = known.filter(|known| (filing.revision..=known.revision).contains(&revision));
    let message: Message = match known {
        Some(known) if filing.is_corrected_in(&known, filed_at) => return Ok(()),
        Some(_) => msg::CorrectionWithoutChange { entry }.into(),
        None => msg::CorrectionNotPublished { entry, revision }.into(),
    };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// Returns true for an entry of this city that is published and of class 1 or 2.
fn is_shared(tx: &Tx<'_>, city: CityCode, resource: &ResourceRef) -> Result<bool> {
    let known = records::entry(tx, resource.city, &resource.code)?;
    let is_shared = known.is_some_and(|known| {
        known.withdrawn.is_none() && known.entry.share_class() != ShareClass::NotShared
    });
    Ok(resource.city == city && is_shared)
}

/// Notifies every city that received the revision with the error or a later one before the correction, the one that
/// filed the correction included.
fn tell_of_correction(
    tx: &mut Tx<'_>,
    now: Timestamp,
    record: &MatterRecord,
    step: &MatterStep,
) -> Result<()> {
    let (Filing::Correction(filing), MatterMove::Correct { revision, note, .. }) =
        (&record.filing, &step.mv)
    else {
        return Ok(());
    };
    let first = filing.revision.min(*revision);
    let last = revision.saturating_sub(1).max(first);
    let mut cities: BTreeSet<CityCode> = receiving::receivers(tx, &filing.resource, first..=last)?;
    cities.insert(record.consumer());
    let notice = CorrectionNotice {
        correction: record.id,
        resource: filing.resource.clone(),
        revision: filing.revision,
        corrected: *revision,
        fields: filing.fields.clone(),
        note: note.clone(),
        cities,
    };
    let event = MatterEvent::Told(notice);
    append(tx, now, &Principal::Coordinator, event)
}
