//! The consumer's checks of a delivered table, beside those of any content: is it the granted part, with the offered
//! rows?
//!
//! The rows are read back from the disk once all of them are there, on a thread of its own: what a hostile provider can
//! cause there is an error of its delivery.

use std::fs::File;
use std::io::BufReader;

use chengji_domain::delivery::Content;
use chengji_domain::request::RequestHistory;
use chengji_domain::request::terms::{Scope, TableScope};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange::table::ArrowStream;
use chengji_messages::{Message, msg};
use chengji_scope::check_delivered;

/// Bytes that a field of a row takes beside its measured value, at most: room for a value that is NULL, the length of a
/// text, a hash in the place of a short value.
const FIELD_ROOM: u64 = 32;

/// Returns how many bytes a delivery of so many rows may have beside the measured values: none for a file.
pub(super) fn room(history: &RequestHistory, rows: u64) -> u64 {
    match scope(history) {
        Some(Scope::Table(scope)) => {
            let fields = rows.saturating_mul(scope.columns.len() as u64);
            fields.saturating_mul(FIELD_ROOM)
        }
        _ => 0,
    }
}

/// Compares an offer with the grant as this node knows it: a table has rows, and no more than are granted; a file has
/// none.
///
/// # Errors
///
/// `PEER_INVALID`.
pub(super) fn check_offer(content: &Content, history: &RequestHistory) -> Result<()> {
    match (scope(history), content.rows) {
        // What a grant that only the provider knows is about is not known here yet.
        (None, _) => Ok(()),
        (Some(Scope::Table(_)), None) => Err(invalid(msg::OfferOfTableWithoutRows)),
        (Some(Scope::Table(scope)), Some(rows)) => check_row_limit(&scope, rows),
        (Some(Scope::File | Scope::Interface(_)), Some(_)) => {
            Err(invalid(msg::OfferOfFileWithRows))
        }
        (Some(Scope::File | Scope::Interface(_)), None) => Ok(()),
    }
}

/// Checks a whole table of this size, of which these rows were offered: its form, its columns against the grant as this
/// node knows it, the number of its rows.
///
/// # Errors
///
/// `PEER_INVALID`, `STORAGE_DAMAGED` if it cannot be read.
pub(super) async fn check(
    file: File,
    bytes: u64,
    rows: u64,
    history: &RequestHistory,
) -> Result<()> {
    let scope = match scope(history) {
        Some(Scope::Table(scope)) => Some(*scope),
        _ => None,
    };
    let span = tracing::Span::current();
    let read = move || span.in_scope(|| check_rows(file, bytes, rows, scope.as_ref()));
    // The reader of the format panics at some contradictions.
    let broken = |_| Err(invalid(msg::TableStreamContradictory));
    tokio::task::spawn_blocking(read)
        .await
        .unwrap_or_else(broken)
}

fn check_rows(file: File, bytes: u64, offered: u64, scope: Option<&TableScope>) -> Result<()> {
    let mut stream = ArrowStream::new(BufReader::new(file), bytes)?;
    if let Some(scope) = scope {
        check_delivered(scope, &stream.schema())?;
    }
    let mut found = 0_u64;
    while let Some(rows) = stream.check_next()? {
        found = found.saturating_add(rows);
        if found > offered {
            return Err(invalid(msg::DeliveredRowsSurplus { rows: offered }));
        }
    }
    match found == offered {
        true => Ok(()),
        false => Err(invalid(msg::DeliveredRowsMissing {
            found,
            rows: offered,
        })),
    }
}

fn check_row_limit(scope: &TableScope, rows: u64) -> Result<()> {
    match scope.row_limit {
        Some(most) if rows > most => Err(invalid(msg::OfferBeyondRowLimit { most, rows })),
        _ => Ok(()),
    }
}

/// Returns what is granted, as far as this node knows.
fn scope(history: &RequestHistory) -> Option<Scope> {
    let request = history.state().ok();
    let grant = request.as_ref().and_then(|request| request.grant());
    grant.map(|grant| grant.terms.scope.clone())
}

fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}

#[cfg(test)]
#[path = "received_table_tests.rs"]
mod tests;
