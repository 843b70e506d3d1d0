//! Notices of corrections to data that this city received.

use std::cmp::Reverse;

use chengji_domain::matter::CorrectionNotice;
use chengji_domain::request::{RequestId, RequestNumber};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::request_table;
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{correction_told_to, time_to};
use chengji_proto::service::Page;
use chengji_proto::v1;
use chengji_records::{NotedCorrection, StoredNotedCorrection};
use chengji_store::{Index, KeyValue, Prefix, Table, Tx};
use jiff::Timestamp;

/// Notices, by number of the correction.
pub(crate) static NOTICES: Table<RequestId, StoredNotedCorrection> =
    Table::new(Prefix::NotedCorrection, &[&BY_TIME]);

/// Notices by whether they were acknowledged, newest first.
static BY_TIME: Index<(bool, Reverse<Timestamp>), RequestId, StoredNotedCorrection> = Index::new(
    &NOTICES,
    Prefix::NotedCorrectionList,
    "notices of corrections",
    |_, noted| vec![(noted.acknowledged, Reverse(noted.at))],
);

/// Records a notice, once: the coordinator's log may be read again.
pub(super) fn note(tx: &mut Tx<'_>, at: Timestamp, notice: CorrectionNotice) -> Result<()> {
    let id = notice.correction;
    if NOTICES.contains(tx, &id)? {
        return Ok(());
    }
    let noted = NotedCorrection {
        notice,
        at,
        acknowledged: false,
    };
    NOTICES.put(tx, &id, &noted)
}

/// Acknowledges the notice of this number.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a text that is no number; `NOT_FOUND`.
pub(super) fn acknowledge(tx: &mut Tx<'_>, text: &str) -> Result<v1::CorrectionNotice> {
    let number: RequestNumber = text.parse()?;
    let id = request_table::resolve_in(&NOTICES, tx, number)?;
    let found = id.map(|id| NOTICES.get(tx, &id)).transpose()?.flatten();
    let mut noted = found.ok_or_else(|| {
        Error::new(
            ErrorCode::NotFound,
            msg::CorrectionNoticeNotFound { number },
        )
    })?;
    noted.acknowledged = true;
    NOTICES.put(tx, &noted.notice.correction, &noted)?;
    Ok(notice_to(&noted))
}

/// A page of the notices, newest first.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a cursor of another list; storage errors.
pub(super) fn page(
    kv: &dyn KeyValue,
    asked: &v1::ListNoticesRequest,
) -> Result<Page<v1::CorrectionNotice>> {
    let pager = Pager::<(Reverse<Timestamp>, RequestId)>::of(asked)?;
    let all = BY_TIME.under(&(asked.acknowledged,));
    let rest = match pager.after() {
        None => all,
        Some((at, id)) => all.after(&(asked.acknowledged, *at), id),
    };
    let rows = rest.rows(kv, pager.at_once());
    let rows = rows.map(|row| row.map(|((_, at), id, noted)| ((at, id), noted)));
    pager.fill(rows, |_, noted| Ok(Some(notice_to(&noted))))
}

fn notice_to(noted: &NotedCorrection) -> v1::CorrectionNotice {
    v1::CorrectionNotice {
        told: Some(correction_told_to(&noted.notice)),
        at: Some(time_to(noted.at)),
        acknowledged: noted.acknowledged,
    }
}
