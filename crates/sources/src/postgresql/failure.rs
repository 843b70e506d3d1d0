//! The errors of the server and of the connection, with cause and remedy.
//!
//! Errors about values carry no text of the server, which would quote the values.

use std::error::Error as _;

use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Message, msg};
use postgres::error::DbError;

use crate::database::settings::DatabaseSettings;

/// The classes of SQLSTATE whose texts may quote values: errors about values and constraints, of functions in any
/// language, which views may call, and of foreign tables.
const OF_VALUES: [&str; 6] = ["22", "23", "38", "39", "HV", "P0"];

/// The error of a connection that was not made.
pub(super) fn of_connecting(settings: &DatabaseSettings, error: &postgres::Error) -> Error {
    if let Some(answer) = error.as_db_error() {
        return of_server(settings, answer);
    }
    let cause = chain(error);
    let is_of_network = error
        .source()
        .is_some_and(|source| source.is::<std::io::Error>());
    let host = &settings.host;
    // The driver says so in its text alone.
    let message: Message = if cause.contains("TLS") {
        msg::PostgresqlTlsFailed { cause, host }.into()
    } else if is_of_network {
        let port = settings.port;
        msg::PostgresqlUnreachable { cause, host, port }.into()
    } else {
        let user = &settings.user;
        msg::PostgresqlLoginRefused { cause, user }.into()
    };
    Error::new(ErrorCode::SourceUnavailable, message)
}

/// The error of a statement: `NOT_FOUND` if it names an unknown table, else `SOURCE_UNAVAILABLE`.
pub(super) fn of(settings: &DatabaseSettings, error: &postgres::Error) -> Error {
    match error.as_db_error() {
        Some(answer) => of_server(settings, answer),
        None => {
            let cause = chain(error);
            let message = msg::PostgresqlConnectionLost { cause };
            Error::new(ErrorCode::SourceUnavailable, message)
        }
    }
}

/// The error of a missing right.
pub(super) fn of_right(settings: &DatabaseSettings, table: String) -> Error {
    let user = &settings.user;
    let message = msg::PostgresqlTableNotReadable { table, user };
    Error::new(ErrorCode::SourceUnavailable, message)
}

/// The error of a table that does not exist.
pub(super) fn of_missing_table(settings: &DatabaseSettings, table: String) -> Error {
    let database = &settings.database;
    let message = msg::PostgresqlTableMissing { database, table };
    Error::new(ErrorCode::NotFound, message)
}

/// The error that the server answered, by its SQLSTATE.
fn of_server(settings: &DatabaseSettings, answer: &DbError) -> Error {
    let (state, cause) = (answer.code().code(), answer.message());
    let (database, user) = (&settings.database, &settings.user);
    let code = match state {
        "42P01" | "3F000" => ErrorCode::NotFound,
        _ => ErrorCode::SourceUnavailable,
    };
    let message: Message = match state {
        "42P01" | "3F000" => msg::PostgresqlStatementTableMissing { cause, database }.into(),
        "28P01" => msg::PostgresqlPasswordRefused { user }.into(),
        "28000" => msg::PostgresqlLoginRefused { cause, user }.into(),
        "42501" => msg::PostgresqlRightMissing { cause, user }.into(),
        "3D000" => msg::PostgresqlDatabaseMissing { database }.into(),
        "57014" => {
            let seconds = settings.statement_seconds;
            msg::PostgresqlStatementStopped { seconds }.into()
        }
        "55P03" => msg::PostgresqlTableLocked { cause }.into(),
        "53300" => msg::PostgresqlConnectionsExhausted { cause }.into(),
        "57P01" | "57P02" | "57P03" => msg::PostgresqlShuttingDown { cause }.into(),
        "22021" | "22P05" => msg::PostgresqlTextNotConvertible { state }.into(),
        state if may_quote_values(state) => msg::PostgresqlValueFailed { state }.into(),
        state => msg::PostgresqlFailed { cause, state }.into(),
    };
    Error::new(code, message)
}

fn may_quote_values(state: &str) -> bool {
    OF_VALUES.iter().any(|class| state.starts_with(class))
}

/// Writes an error with its causes.
fn chain(error: &postgres::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_may_quote_values_are_known_by_their_class() {
        for state in ["22012", "23514", "38000", "HV000", "P0001"] {
            assert!(may_quote_values(state), "{state}");
        }
        for state in ["42501", "53100", "XX000"] {
            assert!(!may_quote_values(state), "{state}");
        }
    }
}
