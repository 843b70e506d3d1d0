//! The open due acts of a record, as its indexes contain them: independent of the time.

use chengji_domain::CityCode;
use chengji_domain::calendar::local_date;
use chengji_domain::request::{Due, DueAct, Party, RequestRecord};
use jiff::Timestamp;
use jiff::civil::Date;

/// Returns the open due acts of a record. Those under a grant that ends before their deadline are left out: they are
/// never overdue. A damaged record has none.
pub fn open_dues(record: &RequestRecord) -> Vec<Due> {
    let Ok(request) = record.history.state() else {
        return Vec::new();
    };
    // Once the coordinator has noted the end of the grant, only the disposal and an answer that was decided are due.
    let after_end = request.dues(Timestamp::MAX);
    if after_end.iter().any(|due| due.act == DueAct::Disposal) {
        return record.dues(Timestamp::MAX).unwrap_or_default();
    }
    // Before the grant ends by time, so that the result changes only with the record.
    let mut dues = match record.pending.is_empty() {
        // All moves are ordered, and folded above.
        true => record.dues_of(&record.history, &request, Timestamp::MIN),
        false => record.dues(Timestamp::MIN).unwrap_or_default(),
    };
    let end = request.grant().map(|grant| local_date(grant.terms.until));
    dues.retain(|due| !ends_with_grant(due.act) || end.is_none_or(|end| due.deadline.date < end));
    dues
}

/// Returns the city of a party; for the coordinator, of the provider.
pub fn city_of(record: &RequestRecord, party: Party) -> CityCode {
    match party {
        Party::Consumer => record.history.consumer(),
        Party::Provider | Party::Coordinator => record.history.provider(),
    }
}

/// Returns true if an act of the record is overdue on this day. What is due under a grant ends with it; the disposal of
/// its data does not.
pub(super) fn has_overdue(record: &RequestRecord, today: Date, has_lapsed: bool) -> bool {
    let after_end = match record.history.state() {
        Ok(request) if has_lapsed => request.dues(Timestamp::MAX),
        _ => Vec::new(),
    };
    let is_due = |due: &Due| !has_lapsed || !ends_with_grant(due.act) || after_end.contains(due);
    open_dues(record)
        .iter()
        .any(|due| is_due(due) && due.deadline.date < today)
}

/// The number of an act in keys; pinned.
pub(super) fn act_number(act: DueAct) -> u32 {
    match act {
        DueAct::Answer => 1,
        DueAct::Supplement => 2,
        DueAct::Offer => 3,
        DueAct::Amendment => 4,
        DueAct::Mending => 5,
        DueAct::Consultation => 6,
        DueAct::Incident => 7,
        DueAct::Disposal => 8,
        DueAct::Approval => 9,
    }
}

/// Returns true if the act is no longer due when the grant ends.
fn ends_with_grant(act: DueAct) -> bool {
    match act {
        DueAct::Offer
        | DueAct::Amendment
        | DueAct::Mending
        | DueAct::Consultation
        | DueAct::Incident => true,
        DueAct::Answer | DueAct::Supplement | DueAct::Disposal | DueAct::Approval => false,
    }
}
