//! Notices of corrections to data that this city received. Each department that received it acknowledges for itself.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chengji_domain::matter::CorrectionNotice;
use chengji_domain::request::{RequestId, RequestNumber};
use chengji_domain::{Error, ErrorCode, Result, Uscc};
use chengji_follow::{matter_table, request_table};
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{correction_told_to, time_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::{NotedCorrection, StoredNotedCorrection};
use chengji_store::{Index, KeyValue, Merged, Prefix, Table, Tx, View};
use jiff::Timestamp;

use crate::delivery::receipts;
use crate::own_log::OwnLog;

/// Notices, by number of the correction.
pub(crate) static NOTICES: Table<RequestId, StoredNotedCorrection> =
    Table::new(Prefix::NotedCorrection, &[&BY_TIME, &OF_DEPARTMENT]);

/// Notices by whether they were acknowledged, newest first.
static BY_TIME: Index<(bool, Reverse<Timestamp>), RequestId, StoredNotedCorrection> = Index::new(
    &NOTICES,
    Prefix::NotedCorrectionList,
    "notices of corrections",
    |_, noted| vec![(noted.acknowledged, Reverse(noted.at))],
);

/// Notices by department, and whether the department has acknowledged them.
static OF_DEPARTMENT: Index<(String, bool, Reverse<Timestamp>), RequestId, StoredNotedCorrection> =
    Index::new(
        &NOTICES,
        Prefix::NotedCorrectionDepartment,
        "notices of corrections by department",
        |_, noted| {
            let departments = noted.departments.iter();
            let key = |department: &Uscc| {
                let is_acknowledged = noted.acknowledged_by.contains(department);
                (department.to_string(), is_acknowledged, Reverse(noted.at))
            };
            departments.map(key).collect()
        },
    );

/// The order of lists: newest first.
pub(crate) type NoticeOrder = (Reverse<Timestamp>, RequestId);

/// Records a notice, once: the coordinator's log may be read again.
pub(super) fn note(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    at: Timestamp,
    notice: CorrectionNotice,
) -> Result<()> {
    let id = notice.correction;
    if NOTICES.contains(tx, &id)? {
        return Ok(());
    }
    let noted = NotedCorrection {
        departments: concerned(own, tx, &notice)?,
        notice,
        at,
        acknowledged: false,
        acknowledged_by: BTreeSet::new(),
    };
    NOTICES.put(tx, &id, &noted)
}

/// The city's departments that received the revision with the error, or a later one before the correction, and the
/// department that filed the correction.
fn concerned(
    own: &OwnLog,
    view: &(impl View + ?Sized),
    notice: &CorrectionNotice,
) -> Result<BTreeSet<Uscc>> {
    let first = notice.revision.min(notice.corrected);
    let last = notice.corrected.saturating_sub(1).max(first);
    let mut departments = receipts::receivers(view, &notice.resource, &(first..=last))?;
    if notice.correction.city == own.city {
        let filed = matter_table::find(view, notice.correction)?;
        departments.extend(filed.and_then(|record| record.filing.department()));
    }
    Ok(departments)
}

/// Acknowledges the notice of this number for these departments, or for the city. A notice that each department has
/// acknowledged is acknowledged by the city.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a text that is no number; `NOT_FOUND`, also for a notice of other departments.
pub(super) fn acknowledge(
    tx: &mut Tx<'_>,
    departments: Option<&BTreeSet<Uscc>>,
    text: &str,
) -> Result<v1::CorrectionNotice> {
    let number: RequestNumber = text.parse()?;
    let id = request_table::resolve_in(&NOTICES, tx, number)?;
    let found = id.map(|id| NOTICES.get(tx, &id)).transpose()?.flatten();
    let found = found.filter(|noted| {
        departments.is_none_or(|departments| !noted.departments.is_disjoint(departments))
    });
    let mut noted = found.ok_or_else(|| {
        Error::new(
            ErrorCode::NotFound,
            msg::CorrectionNoticeNotFound { number },
        )
    })?;
    match departments {
        None => noted.acknowledged = true,
        Some(departments) => {
            let acknowledging = noted.departments.intersection(departments);
            noted.acknowledged_by.extend(acknowledging);
            noted.acknowledged |= noted.acknowledged_by == noted.departments;
        }
    }
    NOTICES.put(tx, &noted.notice.correction, &noted)?;
    Ok(notice_to(&noted, true))
}

/// A page of the notices of these departments, or of the city, newest first.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a cursor of another list; storage errors.
pub(super) fn page(
    kv: &dyn KeyValue,
    departments: Option<&BTreeSet<Uscc>>,
    asked: &v1::ListNoticesRequest,
) -> Result<Page<v1::CorrectionNotice>> {
    let (pager, acknowledged) = (Pager::<NoticeOrder>::of(asked)?, asked.acknowledged);
    let rows = numbers(
        kv,
        departments,
        acknowledged,
        (pager.after(), pager.at_once()),
    );
    pager.fill(rows, |_, id| {
        let noted = NOTICES.get(kv, &id)?;
        Ok(noted.map(|noted| notice_to(&noted, acknowledged)))
    })
}

/// The numbers of the notices of these departments, or of the city, newest first, after a place; `at_once` keys are
/// read at a time. A notice that concerns several departments is listed once.
pub(crate) fn numbers<'v>(
    kv: &'v dyn KeyValue,
    departments: Option<&BTreeSet<Uscc>>,
    acknowledged: bool,
    (after, at_once): (Option<&NoticeOrder>, usize),
) -> Box<dyn Iterator<Item = Result<(NoticeOrder, RequestId)>> + 'v> {
    let Some(departments) = departments else {
        let all = BY_TIME.under(&(acknowledged,));
        let rest = match after {
            None => all,
            Some((at, id)) => all.after(&(acknowledged, *at), id),
        };
        let rows = Merged::new(kv, [rest], at_once, |(_, at), id| (*at, *id));
        return Box::new(rows.map(|row| row.map(|((_, at), id)| ((at, id), id))));
    };
    let spans = departments.iter().map(|department| {
        let code = department.to_string();
        let all = OF_DEPARTMENT.under(&(code.clone(), acknowledged));
        match after {
            None => all,
            Some((at, id)) => all.after(&(code, acknowledged, *at), id),
        }
    });
    let merged = Merged::new(kv, spans, at_once, |(.., at), id| (*at, *id));
    let mut last = None;
    let rows = merged.map(|row| row.map(|((.., at), id)| ((at, id), id)));
    Box::new(rows.filter(move |row| match row {
        Ok((_, id)) => last.replace(*id) != Some(*id),
        Err(_) => true,
    }))
}

fn notice_to(noted: &NotedCorrection, acknowledged: bool) -> v1::CorrectionNotice {
    let departments = noted.departments.iter();
    v1::CorrectionNotice {
        told: Some(correction_told_to(&noted.notice)),
        at: Some(time_to(noted.at)),
        acknowledged,
        departments: departments.map(Uscc::to_string).collect(),
    }
}
