//! Files matters, and makes this city's moves in them.

use chengji_domain::catalogue::{EntryRecord, ShareClass};
use chengji_domain::fact::{CityFact, Origin};
use chengji_domain::matter::{
    AttachedRows, CorrectionFiling, Filing, MatterFact, MatterMove, MatterRecord, MatterStep,
};
use chengji_domain::request::{Actor, Party, RequestId, RequestRecord};
use chengji_domain::{Digest, Error, ErrorCode, Principal, ResourceCode, ResourceRef, Result};
use chengji_follow::matter_table;
use chengji_messages::msg;
use chengji_store::{Position, Tx, View};
use jiff::Timestamp;

use crate::catalogue::entries;
use crate::delivery::receipts;
use crate::own_log::OwnLog;
use crate::requests::records::entry_time;

/// The content of a correction: the fields with errors, the error in words, and the rows, empty for none.
#[derive(Clone, Debug)]
pub(crate) struct FoundError {
    /// The fields with errors.
    pub(crate) fields: Vec<String>,
    /// The error, in words.
    pub(crate) problem: String,
    /// The rows with errors.
    pub(crate) rows: String,
}

/// The correction of the data of a request: it names what was received last.
///
/// # Errors
///
/// `OUT_OF_TURN` where this city did not make the request, or nothing was granted or received under it.
pub(crate) fn correction_of(
    own: &OwnLog,
    request: &RequestRecord,
    found: &FoundError,
) -> Result<Filing> {
    let history = request.effective();
    let id = history.id;
    let receipt = receipts::received(own.ledger.kv().as_ref(), id)?;
    let is_granted = history
        .state()
        .is_ok_and(|request| request.grant().is_some());
    if history.consumer() != own.city || (receipt.is_none() && !is_granted) {
        let message = msg::CorrectionWithoutGrant { request: id };
        return Err(Error::new(ErrorCode::OutOfTurn, message));
    }
    let delivery = receipt.map(|receipt| receipt.delivery);
    Ok(Filing::Correction(CorrectionFiling {
        resource: history.submission.resource.clone(),
        request: id,
        revision: delivery.as_ref().map_or(0, |delivery| delivery.revision),
        content: delivery.map(|delivery| delivery.digest),
        fields: found.fields.clone(),
        problem: found.problem.clone(),
        rows: None,
        department: history.submission.department,
    }))
}

/// Records a checked filing with its rows, which go to the provider alone.
pub(crate) fn file(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (actor, at): (Actor, Timestamp),
    mut filing: Filing,
    rows: String,
) -> Result<MatterRecord> {
    let at = entry_time(tx, at)?;
    if let Filing::Correction(correction) = &mut filing
        && !rows.is_empty()
    {
        let (bytes, digest) = (rows.len(), Digest::of(rows.as_bytes()));
        let provider = correction.resource.city;
        let attached = MatterFact::RowsAttached { provider, rows };
        let position = append(own, tx, (&actor.principal, at), attached)?;
        correction.rows = Some(AttachedRows {
            seq: position.seq,
            bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
            digest,
        });
    }
    let filed = MatterFact::Filed {
        filing: filing.clone(),
        actor: actor.clone(),
    };
    let position = append(own, tx, (&actor.principal, at), filed)?;
    let id = RequestId {
        city: own.city,
        epoch: position.epoch,
        seq: position.seq,
    };
    let record = MatterRecord::new(id, filing, actor, at);
    matter_table::put(tx, &record)?;
    Ok(record)
}

/// Makes a move, whose texts were checked, for this city, and stores it as pending until the coordinator has ordered
/// it.
///
/// # Errors
///
/// `OUT_OF_TURN`; `LIMIT_EXCEEDED` where the matter has too many moves.
pub(crate) fn make_move(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (actor, at): (Actor, Timestamp),
    mut record: MatterRecord,
    mv: MatterMove,
) -> Result<MatterRecord> {
    let at = entry_time(tx, at)?;
    // A city without a part in it was refused as an actor.
    let party = record.party_of(own.city).unwrap_or(Party::Consumer);
    let step = MatterStep {
        party,
        actor: actor.clone(),
        at,
        mv: mv.clone(),
    };
    record.check_next(&step)?;
    let by = actor.principal.clone();
    let moved = MatterFact::Moved {
        matter: record.id,
        mv,
        actor,
    };
    let Position { epoch, seq } = append(own, tx, (&by, at), moved)?;
    record.pending.push((Origin { epoch, seq }, step));
    matter_table::put(tx, &record)?;
    Ok(record)
}

fn append(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (by, at): (&Principal, Timestamp),
    fact: MatterFact,
) -> Result<Position> {
    own.append(tx, by, at, CityFact::Matter(Box::new(fact)))
}

/// The move that reports a correction: the entry has a further revision, or its source another content, than was
/// received; if nothing was, it was published or measured since the filing.
///
/// # Errors
///
/// `INVALID_ARGUMENT` where neither has changed; `NOT_FOUND` for an entry that is not on record.
pub(crate) fn correction(
    view: &(impl View + ?Sized),
    record: &MatterRecord,
    note: String,
) -> Result<MatterMove> {
    let Filing::Correction(filing) = &record.filing else {
        let message = msg::MatterNotFound { number: record.id };
        return Err(Error::new(ErrorCode::NotFound, message));
    };
    let known = entries::existing(view, &filing.resource.code)?;
    if !filing.is_corrected_in(&known, record.filed_at) {
        let entry = &filing.resource;
        let message = msg::CorrectionWithoutChange { entry };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    let measurement = known.mount.and_then(|mount| mount.measurement);
    let content = measurement.map(|measurement| measurement.digest);
    Ok(MatterMove::Correct {
        revision: known.revision,
        content,
        note,
    })
}

/// A published entry of this city that can answer a demand.
///
/// # Errors
///
/// `NOT_FOUND`, `WITHDRAWN`, and `NOT_SHARED` for one of class 3.
pub(crate) fn supplied(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    code: &ResourceCode,
) -> Result<EntryRecord> {
    let known = entries::existing(view, code)?;
    let refused = match (&known.withdrawn, known.entry.share_class()) {
        (Some(_), _) => ErrorCode::Withdrawn,
        (None, ShareClass::NotShared) => ErrorCode::NotShared,
        (None, ShareClass::Unconditional | ShareClass::Conditional) => return Ok(known),
    };
    let entry = ResourceRef {
        city: own.city,
        code: code.clone(),
    };
    Err(Error::new(refused, msg::DemandEntryNotShared { entry }))
}
