//! The failures of the program, with cause and remedy.
//!
//! Texts of drivers may quote values, in errors of conversions and of expressions above all. They are part of an error
//! only where its SQLSTATE says that they do not.

use chengji_domain::{Error, Quoted};
use chengji_messages::{Message, Value, msg};
use chengji_odbc_dialog::{Failure, Stage};

use super::OdbcSettings;
use super::connection::braced;
use crate::reading::{no_such_table, unavailable};

/// SQLSTATEs of a driver that is missing, or not declared to the driver manager.
const NO_DRIVER: [&str; 4] = ["IM002", "IM003", "IM004", "01000"];
/// SQLSTATEs of statements that were ended: by a limit, or by an administrator.
const STOPPED: [&str; 4] = ["HYT00", "HY008", "57014", "70100"];
/// The class of SQLSTATEs of missing rights and names, and of syntax.
const REFUSED: &str = "42";
/// The class of SQLSTATEs of connections.
const OF_CONNECTION: &str = "08";
/// The class of SQLSTATEs of accounts and passwords.
const OF_ACCOUNT: &str = "28";

/// Returns the error that a failure is, of a question about this table. A text with the password is not shown.
pub(super) fn of(
    settings: &OdbcSettings,
    password: Option<&str>,
    table: &str,
    failure: Failure,
) -> Error {
    let stage = failure.stage();
    let Failure {
        state,
        number,
        text,
        ..
    } = failure;
    let is_secret = password.is_some_and(|secret| {
        !secret.is_empty() && (text.contains(secret) || text.contains(&braced(secret)))
    });
    let cause = match is_secret {
        true => Value::from(Message::from(msg::OdbcTextHidden {
            number,
            state: &state,
        })),
        false => Value::text(text.trim()),
    };
    let state = state.as_str();
    match stage {
        Stage::Limiting => unavailable(msg::OdbcUnlimited { cause }),
        Stage::Finding => no_such_table(table),
        Stage::Quoting => {
            let table = Quoted(table);
            unavailable(msg::OdbcNameUnquotable { table })
        }
        Stage::Connecting if NO_DRIVER.contains(&state) => {
            unavailable(msg::OdbcDriverMissing { cause })
        }
        Stage::Connecting if state.starts_with(OF_ACCOUNT) => {
            unavailable(msg::OdbcLoginRefused { cause })
        }
        Stage::Connecting => unavailable(msg::OdbcUnreachable { cause }),
        Stage::Executing if STOPPED.contains(&state) => {
            let seconds = settings.statement_seconds;
            unavailable(msg::OdbcStatementStopped { seconds })
        }
        Stage::Executing if state.starts_with(REFUSED) => {
            unavailable(msg::OdbcStatementRefused { cause })
        }
        Stage::Executing if state.starts_with(OF_CONNECTION) => {
            unavailable(msg::OdbcConnectionLost { cause })
        }
        Stage::Executing => unavailable(msg::OdbcStatementFailed { number, state }),
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;
    use crate::database::password::PasswordFrom;

    fn error(stage: Stage, state: &str) -> Error {
        error_of(stage, state, "secret", "the value is secret-42")
    }

    fn error_of(stage: Stage, state: &str, password: &str, text: &str) -> Error {
        let settings = OdbcSettings {
            connection: "DSN=housing".to_owned(),
            schema: None,
            user: None,
            password: PasswordFrom::None,
            statement_seconds: 60,
        };
        let failure = Failure {
            stage: stage.into(),
            state: state.to_owned(),
            number: 7,
            text: text.to_owned(),
        };
        of(&settings, Some(password), "t", failure)
    }

    #[test]
    fn a_password_is_hidden_as_it_is_in_the_connection_string() {
        let text = "cannot connect by 'DSN=housing;PWD={a}}b};'";
        let error = error_of(Stage::Connecting, "08001", "a}b", text);
        assert!(!format!("{error:?}").contains("a}}b"));
        let error = error_of(Stage::Connecting, "08001", "c", text);
        assert!(!format!("{error:?}").contains("housing"), "it has a 'c'");
    }

    #[test]
    fn failures_say_what_failed_and_no_secret() {
        for (stage, state, code, message) in [
            (
                Stage::Limiting,
                "",
                ErrorCode::SourceUnavailable,
                "odbc-unlimited",
            ),
            (
                Stage::Connecting,
                "IM002",
                ErrorCode::SourceUnavailable,
                "odbc-driver-missing",
            ),
            (
                Stage::Connecting,
                "28000",
                ErrorCode::SourceUnavailable,
                "odbc-login-refused",
            ),
            (
                Stage::Connecting,
                "08001",
                ErrorCode::SourceUnavailable,
                "odbc-unreachable",
            ),
            (
                Stage::Finding,
                "",
                ErrorCode::NotFound,
                "source-table-unknown",
            ),
            (
                Stage::Quoting,
                "",
                ErrorCode::SourceUnavailable,
                "odbc-name-unquotable",
            ),
            (
                Stage::Executing,
                "HYT00",
                ErrorCode::SourceUnavailable,
                "odbc-statement-stopped",
            ),
            (
                Stage::Executing,
                "42501",
                ErrorCode::SourceUnavailable,
                "odbc-statement-refused",
            ),
            (
                Stage::Executing,
                "08S01",
                ErrorCode::SourceUnavailable,
                "odbc-connection-lost",
            ),
            (
                Stage::Executing,
                "22012",
                ErrorCode::SourceUnavailable,
                "odbc-statement-failed",
            ),
        ] {
            let error = error(stage, state);
            assert_eq!((error.code(), error.message().code()), (code, message));
            assert!(!format!("{error:?}").contains("secret-42"), "{state}");
        }
    }
}
