//! The errors of the server and of the connection, with cause and remedy.
//!
//! Texts of the server may quote values, in errors of functions and of expressions above all. They are part of an error
//! only where the number of the error says that they do not.

use std::time::Duration;

use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Message, Value, msg};
use mysql_async::{DriverError, IoError, ServerError};

use super::options::MAX_ROW_BYTES;
use crate::database::settings::DatabaseSettings;
use crate::reading::unavailable;

/// What the driver writes of a row that is longer than its limit, which it says in its text alone.
const ROW_TOO_LONG: &str = "max_allowed_packet";

/// The error of a connection that was not made.
pub(super) fn of_connecting(settings: &DatabaseSettings, error: &mysql_async::Error) -> Error {
    let DatabaseSettings { host, user, .. } = settings;
    match error {
        mysql_async::Error::Server(answer) => of_server(settings, answer),
        mysql_async::Error::Io(IoError::Tls(cause)) => of_tls(host, Value::text(cause)),
        mysql_async::Error::Io(IoError::Io(cause)) if is_of_tls(cause) => {
            of_tls(host, cause.into())
        }
        mysql_async::Error::Io(IoError::Io(cause)) => of_network(settings, cause.into()),
        mysql_async::Error::Driver(cause) => match cause {
            DriverError::NoClientSslFlagFromServer => of_tls(host, Value::text(cause)),
            DriverError::UnknownAuthPlugin { .. }
            | DriverError::MysqlOldPasswordDisabled
            | DriverError::CleartextPluginDisabled => {
                let cause = Value::text(cause);
                unavailable(msg::MysqlLoginRefused { cause, user })
            }
            other => of_network(settings, Value::text(other)),
        },
        other => of_network(settings, Value::text(other)),
    }
}

/// The error of a connection that was not made in time.
pub(super) fn of_connecting_in_time(settings: &DatabaseSettings, most: Duration) -> Error {
    let seconds = most.as_secs();
    of_network(settings, msg::MysqlSilent { seconds }.into())
}

/// The error of a statement: `NOT_FOUND` if it names an unknown table, else `SOURCE_UNAVAILABLE`.
pub(super) fn of(settings: &DatabaseSettings, error: &mysql_async::Error) -> Error {
    let cause = match error {
        mysql_async::Error::Server(answer) => return of_server(settings, answer),
        mysql_async::Error::Io(cause) => Value::text(cause),
        mysql_async::Error::Driver(cause) => Value::text(cause),
        other => Value::text(other),
    };
    if error.to_string().contains(ROW_TOO_LONG) {
        let most = MAX_ROW_BYTES;
        return unavailable(msg::MysqlRowTooLong { most });
    }
    unavailable(msg::MysqlConnectionLost { cause })
}

/// The error of a server that did not answer a statement in this time.
pub(super) fn of_silence(most: Duration) -> Error {
    let seconds = most.as_secs();
    let cause = Message::from(msg::MysqlSilent { seconds });
    unavailable(msg::MysqlConnectionLost { cause })
}

/// The error of a missing right.
pub(super) fn of_right(settings: &DatabaseSettings, table: Value) -> Error {
    let user = &settings.user;
    unavailable(msg::MysqlTableNotReadable { table, user })
}

/// The error of a table that does not exist.
pub(super) fn of_missing_table(settings: &DatabaseSettings, table: Value) -> Error {
    let database = &settings.database;
    let message = msg::MysqlTableMissing { database, table };
    Error::new(ErrorCode::NotFound, message)
}

fn of_tls(host: &str, cause: Value) -> Error {
    unavailable(msg::MysqlTlsFailed { cause, host })
}

/// Returns true for errors of TLS that come as those of the network.
fn is_of_tls(cause: &std::io::Error) -> bool {
    let inner = cause.get_ref();
    inner.is_some_and(|inner| inner.is::<rustls::Error>())
}

fn of_network(settings: &DatabaseSettings, cause: Value) -> Error {
    let (host, port) = (&settings.host, settings.port);
    unavailable(msg::MysqlUnreachable { cause, host, port })
}

/// The error that the server answered, by its number. The servers share most numbers; 1927, 1969 and 4151 are of
/// MariaDB alone, 3024, 3118 and 3169 of MySQL.
fn of_server(settings: &DatabaseSettings, answer: &ServerError) -> Error {
    let (number, cause) = (answer.code, answer.message.as_str());
    let (database, user) = (&settings.database, &settings.user);
    let code = match number {
        1051 | 1146 => ErrorCode::NotFound,
        _ => ErrorCode::SourceUnavailable,
    };
    let message: Message = match number {
        1051 | 1146 => msg::MysqlStatementTableMissing { cause, database }.into(),
        // The account, its password, the host that it may come from, or an account that is locked or expired.
        1045 | 1129 | 1130 | 1251 | 1275 | 1698 | 1820 | 1862 | 3118 | 4151 => {
            msg::MysqlLoginRefused { cause, user }.into()
        }
        1044 | 1049 => msg::MysqlDatabaseRefused { database, user }.into(),
        1142 | 1143 | 1227 | 1345 | 1370 => msg::MysqlRightMissing { cause, user }.into(),
        1356 | 1449 => msg::MysqlViewInvalid { cause }.into(),
        1317 | 1969 | 3024 => {
            let seconds = settings.statement_seconds;
            msg::MysqlStatementStopped { seconds }.into()
        }
        1205 | 1213 => msg::MysqlTableLocked { cause }.into(),
        1040 | 1203 | 1226 => msg::MysqlConnectionsExhausted { cause }.into(),
        1053 | 1079 | 1080 | 1927 | 3169 => msg::MysqlConnectionEnded { cause }.into(),
        // The storage: files that cannot be read, tables that crashed, full disks.
        1016 | 1017 | 1021 | 1026 | 1030 | 1034 | 1037 | 1038 | 1041 | 1114 | 1194 | 1195 => {
            msg::MysqlFailed { cause, number }.into()
        }
        number => {
            let state = &answer.state;
            msg::MysqlStatementFailed { number, state }.into()
        }
    };
    Error::new(code, message)
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::database::password::PasswordFrom;

    fn settings() -> DatabaseSettings {
        DatabaseSettings {
            host: "db.example".to_owned(),
            port: 3306,
            database: "housing".to_owned(),
            user: "reader".to_owned(),
            password: PasswordFrom::None,
            tls_required: false,
            ca: None,
            statement_seconds: 60,
        }
    }

    fn answer(code: u16) -> mysql_async::Error {
        let (message, state) = ("the value is 42".to_owned(), "HY000".to_owned());
        ServerError {
            code,
            message,
            state,
        }
        .into()
    }

    #[test]
    fn texts_that_may_quote_values_are_left_out() {
        for code in [1105, 1292, 1644, 1690, 3140, 9999] {
            let error = of(&settings(), &answer(code));
            assert_eq!(error.message().code(), "mysql-statement-failed", "{code}");
            assert!(!format!("{error:?}").contains("42"), "{code}");
        }
    }

    #[test]
    fn a_table_that_is_gone_is_not_found() {
        let gone = of(&settings(), &answer(1146));
        assert_eq!(gone.code(), ErrorCode::NotFound);
        let locked = of(&settings(), &answer(1205));
        assert_eq!(locked.message().code(), "mysql-table-locked");
    }

    #[test]
    fn failed_connections_say_what_failed() {
        let settings = settings();
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let tls = io::Error::other(rustls::Error::DecryptError);
        for (error, code) in [
            (refused.into(), "mysql-unreachable"),
            (tls.into(), "mysql-tls-failed"),
            (
                DriverError::NoClientSslFlagFromServer.into(),
                "mysql-tls-failed",
            ),
            (
                DriverError::MysqlOldPasswordDisabled.into(),
                "mysql-login-refused",
            ),
            (answer(1045), "mysql-login-refused"),
            (answer(1044), "mysql-database-refused"),
        ] {
            let error: mysql_async::Error = error;
            assert_eq!(of_connecting(&settings, &error).message().code(), code);
        }
        let late = of_connecting_in_time(&settings, Duration::from_secs(10));
        assert_eq!(late.message().code(), "mysql-unreachable");
        let silent = of_silence(Duration::from_secs(90));
        assert_eq!(silent.message().code(), "mysql-connection-lost");
    }
}
