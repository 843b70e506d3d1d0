//! The open due acts of a record, as its indexes contain them: independent of the time.

use chengji_domain::CityCode;
use chengji_domain::calendar::{Deadline, local_date};
use chengji_domain::request::{Due, DueAct, MoveKind, Party, RequestRecord};
use chengji_domain::stop::StopCause;
use jiff::Timestamp;
use jiff::civil::Date;

/// Returns the open due acts of a record. Those under a grant that ends before their deadline are left out: they are
/// never overdue.
pub fn open_dues(record: &RequestRecord) -> Vec<Due> {
    let Ok(request) = record.history.state() else {
        return Vec::new();
    };
    // Before the grant ends by time, so that the result changes only with the record.
    let mut dues = request.dues(Timestamp::MIN);
    dues.extend(incident(record));
    let end = request.grant().map(|grant| local_date(grant.terms.until));
    dues.retain(|due| {
        !ends_with_grant(&due.act) || end.is_none_or(|end| due.deadline.date < end)
    });
    dues
}

/// Returns the city that has to act.
pub fn city_of(record: &RequestRecord, party: Party) -> CityCode {
    match party {
        Party::Consumer => record.history.consumer(),
        Party::Provider | Party::Coordinator => record.history.provider(),
    }
}

/// Returns true if this act is overdue on this day.
pub fn is_overdue(due: &Due, today: Date) -> bool {
    due.deadline.date < today
}

/// Returns true if the reminder before this deadline of an act, or the notice after it, was given.
pub(super) fn is_given(record: &RequestRecord, due: &Due, overdue: bool) -> bool {
    record.reminders.iter().any(|reminder| {
        reminder.act == due.act && reminder.deadline == due.deadline && reminder.overdue == overdue
    })
}

/// The number of an act in keys; pinned.
pub(super) fn act_number(act: &DueAct) -> u32 {
    match act {
        DueAct::Answer => 1,
        DueAct::Supplement => 2,
        DueAct::Offer => 3,
        DueAct::Amendment => 4,
        DueAct::Mending => 5,
        DueAct::Consultation => 6,
        DueAct::Incident => 7,
        DueAct::Disposal => 8,
    }
}

/// Returns true if the act is no longer due when the grant ends.
fn ends_with_grant(act: &DueAct) -> bool {
    match act {
        DueAct::Offer
        | DueAct::Amendment
        | DueAct::Mending
        | DueAct::Consultation
        | DueAct::Incident => true,
        DueAct::Answer | DueAct::Supplement | DueAct::Disposal => false,
    }
}

/// The following up of a stop for a security incident, until the provider has followed it up.
fn incident(record: &RequestRecord) -> Option<Due> {
    let (stop, cause) = record.stops.in_force()?;
    if cause != StopCause::Incident || is_followed_up(record, stop.at) {
        return None;
    }
    let deadline: Deadline = stop.due?;
    Some(Due {
        act: DueAct::Incident,
        party: Party::Provider,
        deadline,
    })
}

/// Returns true if the provider has made a move since that suspends, ends or changes the share, or consults about it.
fn is_followed_up(record: &RequestRecord, since: Timestamp) -> bool {
    record.history.steps.iter().any(|step| {
        let kind = step.mv.kind();
        let follows_up = matches!(
            kind,
            MoveKind::Suspend | MoveKind::Consult | MoveKind::Terminate | MoveKind::Change
        );
        follows_up && step.party == Party::Provider && step.at >= since
    })
}
