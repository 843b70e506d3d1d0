//! The region that the data of this city's entries may not leave, at the provider: no grant and no delivery goes beyond
//! it, whoever routed or granted the request.

use chengji_domain::catalogue::{EntryRecord, Region};
use chengji_domain::request::{Move, RequestHistory};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_store::View;

use crate::catalogue::entries;

/// Refuses a grant to a city outside the region of the entry, and one of an entry that needed the approval of the common
/// superior authority when the request was routed without it.
///
/// # Errors
/// `NOT_SHARED`; `OUT_OF_TURN` without the approval.
pub fn check_grant(view: &(impl View + ?Sized), history: &RequestHistory) -> Result<()> {
    let Some(record) = entries::find(view, &history.submission.resource.code)? else {
        return Ok(());
    };
    if let Some(region) = exceeded(&record, history) {
        let message = msg::GrantOutsideRegion {
            request: history.id,
            region: region.label(),
            city: history.consumer(),
        };
        return Err(Error::new(ErrorCode::NotShared, message));
    }
    if record.entry.superior_approval && is_unapproved(&record, history) {
        let message = msg::GrantWithoutApproval {
            request: history.id,
        };
        return Err(Error::new(ErrorCode::OutOfTurn, message));
    }
    Ok(())
}

/// Refuses a delivery to a city outside the region of the entry.
///
/// # Errors
/// `NO_GRANT`.
pub fn check_delivery(view: &(impl View + ?Sized), history: &RequestHistory) -> Result<()> {
    let record = entries::find(view, &history.submission.resource.code)?;
    let Some(region) = record.as_ref().and_then(|record| exceeded(record, history)) else {
        return Ok(());
    };
    let message = msg::DeliveryOutsideRegion {
        request: history.id,
        region: region.label(),
        city: history.consumer(),
    };
    Err(Error::new(ErrorCode::NoGrant, message))
}

/// The region of the entry, if the consumer is outside.
fn exceeded<'e>(record: &'e EntryRecord, history: &RequestHistory) -> Option<&'e Region> {
    let region = record.entry.region.as_ref();
    region.filter(|region| !region.admits(history.provider(), history.consumer()))
}

/// Returns true if the request was routed without an approval by the present revision of the entry. An earlier revision
/// may not have needed one.
fn is_unapproved(record: &EntryRecord, history: &RequestHistory) -> bool {
    history.steps.iter().any(|step| match &step.mv {
        Move::Route {
            revision, approval, ..
        } => *revision == record.revision && approval.is_none(),
        _ => false,
    })
}
