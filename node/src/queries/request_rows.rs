//! The table of the requests that the city makes and answers, as far as the caller sees them.

use chengji_domain::Result;
use chengji_domain::request::RequestRecord;
use chengji_domain::request::terms::Scope;
use chengji_proto::convert::state_to;
use chengji_runtime::Awaited;
use jiff::Timestamp;

use super::row_file::RowFile;
use super::rows::{Cell, Column, Kind, Row, text};
use crate::caller::Caller;
use crate::own_log::OwnLog;
use crate::requests::{departments, records};

/// The columns.
pub(super) const COLUMNS: &[Column] = &[
    Column::required("number", Kind::Text),
    Column::required("consumer", Kind::Text),
    Column::required("provider", Kind::Text),
    Column::required("code", Kind::Text),
    Column::optional("department", Kind::Text),
    Column::required("state", Kind::Text),
    Column::required("purpose", Kind::Text),
    Column::required("submitted_at", Kind::Time),
    Column::optional("scope", Kind::Text),
    Column::optional("granted_since", Kind::Time),
    Column::optional("granted_until", Kind::Time),
];

/// The prefix of the names of states in the contract.
const STATE: &str = "REQUEST_STATE_";

/// Number of requests read at once.
const AT_ONCE: usize = 64;

/// Writes the requests that this caller sees, newest first.
pub(super) fn write(
    own: &OwnLog,
    (caller, at): (&Caller, Timestamp),
    file: &mut RowFile,
    awaited: &Awaited,
) -> Result<()> {
    let kv = own.ledger.kv().as_ref();
    let seen = caller.rights.departments(at);
    for request in departments::numbers(kv, seen.as_ref(), AT_ONCE) {
        awaited.check()?;
        // One that has gone since is passed over.
        let Some(record) = records::find(kv, request?)? else {
            continue;
        };
        if departments::is_visible(own, kv, (caller, at), &record.history)? {
            file.push(row(&record, at)?)?;
        }
    }
    Ok(())
}

fn row(record: &RequestRecord, at: Timestamp) -> Result<Row> {
    let (history, request) = record.folded()?;
    let state = state_to(record.shown_state(at)?).as_str_name();
    let terms = request.grant().map(|grant| &grant.terms);
    let scope = terms.map(|terms| match terms.scope {
        Scope::File => "file",
        Scope::Table(_) => "table",
        Scope::Interface(_) => "interface",
    });
    let submission = &history.submission;
    Ok(vec![
        text(history.id.to_string()),
        text(history.consumer().to_string()),
        text(history.provider().to_string()),
        text(submission.resource.code.as_str()),
        Cell::Text(submission.department.map(|code| code.to_string())),
        text(state.trim_start_matches(STATE).to_ascii_lowercase()),
        text(&submission.purpose),
        Cell::Time(Some(history.submitted_at)),
        Cell::Text(scope.map(str::to_owned)),
        Cell::Time(request.granted_since()),
        Cell::Time(terms.map(|terms| terms.until)),
    ])
}
