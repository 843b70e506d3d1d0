//! Punishable acts: those that the records of requests and corrections and the logs of cities show, counted by city, and
//! findings entered by people.

use std::iter::Peekable;
use std::ops::Bound;

use chengji_access::roster;
use chengji_domain::fact::ClusterFact;
use chengji_domain::findings::{Finding, ShownAct};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::time_to;
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::CityUse;
use chengji_store::{KeyValue, Ledger, Tx};
use jiff::Timestamp;

use crate::journal::{self, RecordedFinding};
use crate::records;

/// A page of the members with acts that the records show, by city. Removed members are included.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a cursor of another list; storage errors.
pub fn counted(kv: &dyn KeyValue, asked: &v1::CountActsRequest) -> Result<Page<v1::CityActs>> {
    let pager = Pager::<CityCode>::of(asked)?;
    let (bounds, at_once) = (pager.bounds(), pager.at_once());
    let members = roster::members(kv, bounds, at_once)?;
    let mut shown = shown(kv, bounds, at_once).peekable();
    let mut used = records::city_uses(kv, bounds, at_once).peekable();
    pager.fill(members, |city, _| {
        let mut acts = Vec::new();
        while let Some(((_, number), [count])) = next_of(&mut shown, *city, |row| row.0.0)? {
            // Of a later version.
            let Some(act) = ShownAct::of_number(number) else {
                continue;
            };
            acts.push(count_of(act, u64::try_from(count).unwrap_or(u64::MAX)));
        }
        let used = next_of(&mut used, *city, |row| row.0)?;
        acts.extend(used.into_iter().flat_map(|(_, used)| counted_with(used)));
        let city = city.to_string();
        Ok((!acts.is_empty()).then_some(v1::CityActs { city, acts }))
    })
}

/// The number of acts that records of requests show, by city.
fn shown(
    kv: &dyn KeyValue,
    bounds: (Bound<CityCode>, Bound<CityCode>),
    at_once: usize,
) -> impl Iterator<Item = Result<((CityCode, u32), [u128; 1])>> {
    request_table::ACTS.within(&(), bounds).rows(kv, at_once)
}

/// Returns the next row if it is of this city, after skipping the rows of the cities before it. The rows are in order of
/// cities, so that one iterator serves all cities of a page.
fn next_of<T>(
    rows: &mut Peekable<impl Iterator<Item = Result<T>>>,
    city: CityCode,
    city_of: impl Fn(&T) -> CityCode,
) -> Result<Option<T>> {
    let is_later = |row: &Result<T>| row.as_ref().is_ok_and(|row| city_of(row) > city);
    while let Some(row) = rows.next_if(|row| !is_later(row)) {
        let row = row?;
        if city_of(&row) == city {
            return Ok(Some(row));
        }
    }
    Ok(None)
}

/// The acts whose numbers are stored with the use of a city's budgets.
fn counted_with(used: CityUse) -> impl Iterator<Item = v1::ActCount> {
    let all = [
        (ShownAct::ConditionsAdded, used.conditions_added),
        (ShownAct::CorrectedLate, used.corrected_late),
        (ShownAct::UsageNotRecorded, used.usage_not_recorded),
        (ShownAct::UpdatedLate, used.updated_late),
    ];
    let counted = all.into_iter().filter(|(_, count)| *count > 0);
    counted.map(|(act, count)| count_of(act, count))
}

fn count_of(act: ShownAct, count: u64) -> v1::ActCount {
    v1::ActCount {
        act: act_to(act).into(),
        article: act.article().to_owned(),
        count,
    }
}

fn act_to(act: ShownAct) -> v1::ShownAct {
    match act {
        ShownAct::AnsweredLate => v1::ShownAct::AnsweredLate,
        ShownAct::AmendmentAnsweredLate => v1::ShownAct::AmendmentAnsweredLate,
        ShownAct::OfferedLate => v1::ShownAct::OfferedLate,
        ShownAct::AskedTwice => v1::ShownAct::AskedTwice,
        ShownAct::EndedWithoutConsultation => v1::ShownAct::EndedWithoutConsultation,
        ShownAct::IncidentNotFollowedUp => v1::ShownAct::IncidentNotFollowedUp,
        ShownAct::Misused => v1::ShownAct::Misused,
        ShownAct::MendingUnfinished => v1::ShownAct::MendingUnfinished,
        ShownAct::DisposedLate => v1::ShownAct::DisposedLate,
        ShownAct::ConditionsAdded => v1::ShownAct::ConditionsAdded,
        ShownAct::CorrectedLate => v1::ShownAct::CorrectedLate,
        ShownAct::ReturnedLate => v1::ShownAct::ReturnedLate,
        ShownAct::UsageNotRecorded => v1::ShownAct::UsageNotRecorded,
        ShownAct::UpdatedLate => v1::ShownAct::UpdatedLate,
    }
}

/// Records a finding about a member.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for texts that may not be recorded; `NOT_FOUND` if the city is no member.
pub async fn enter(
    ledger: &Ledger,
    now: Timestamp,
    by: Principal,
    finding: Finding,
) -> Result<v1::Finding> {
    finding.check()?;
    let job = move |tx: &mut Tx<'_>| {
        let city = finding.city;
        if roster::member(tx, city)?.is_none() {
            let message = msg::MemberUnknown { city };
            return Err(Error::new(ErrorCode::NotFound, message));
        }
        let fact = ClusterFact::FindingEntered(finding);
        let position = journal::append(tx, now, &by, fact)?;
        Ok(position.seq)
    };
    let seq = ledger.write(job).await?;
    Ok(finding_to(journal::finding(&**ledger.kv(), seq)?))
}

/// A page of the findings that were entered, newest first.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed city, and for a cursor of another list; storage errors.
pub fn entered(kv: &dyn KeyValue, asked: &v1::ListFindingsRequest) -> Result<Page<v1::Finding>> {
    let city = match asked.city.as_str() {
        "" => None,
        code => Some(code.parse()?),
    };
    let pager = Pager::of(asked)?;
    let positions = journal::findings(kv, city, pager.bounds(), pager.at_once());
    pager.fill(positions, |seq, ()| {
        Ok(Some(finding_to(journal::finding(kv, seq.0)?)))
    })
}

fn finding_to(recorded: RecordedFinding) -> v1::Finding {
    let RecordedFinding {
        finding,
        seq,
        at,
        by,
    } = recorded;
    v1::Finding {
        seq,
        at: Some(time_to(at)),
        by: by.to_string(),
        city: finding.city.to_string(),
        article: finding.article,
        text: finding.text,
        document: finding.document,
    }
}

#[cfg(test)]
#[path = "shown_acts_tests.rs"]
mod tests;
