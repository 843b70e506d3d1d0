//! A connection, and the errors of its driver.

use std::mem::ManuallyDrop;

use chengji_odbc_dialog::{Ask, Failure, Stage};
use odbc_api::{Connection, ConnectionOptions, Error, environment};

/// A connection in a transaction that is never committed.
///
/// After an error, neither the connection nor its cursors are closed: closing may fail in the driver as well, and the first
/// error would be lost. The database ends the transaction when this process has ended.
pub(crate) struct Database<'a> {
    pub(crate) ask: &'a Ask,
    pub(crate) connection: ManuallyDrop<Connection<'static>>,
}

impl<'a> Database<'a> {
    /// Loads the driver, and connects.
    ///
    /// # Errors
    ///
    /// Those of the driver.
    pub(crate) fn connect(ask: &'a Ask) -> Result<Self, Failure> {
        let connected = || -> Result<_, Error> {
            let options = ConnectionOptions {
                login_timeout_sec: Some(ask.login_seconds),
                packet_size: None,
            };
            let environment = environment()?;
            let connection =
                environment.connect_with_connection_string(&ask.connection, options)?;
            connection.set_autocommit(false)?;
            Ok(connection)
        };
        let connection = connected().map_err(|error| failure(Stage::Connecting, &error))?;
        Ok(Self {
            ask,
            connection: ManuallyDrop::new(connection),
        })
    }

    /// Rolls back and disconnects.
    pub(crate) fn close(self) {
        // If this fails, disconnecting ends the transaction.
        let _ = self.connection.rollback();
        drop(ManuallyDrop::into_inner(self.connection));
    }
}

/// The failure that an error of the driver is.
pub(crate) fn failure(stage: Stage, error: &Error) -> Failure {
    let (state, number, text) = match error {
        Error::Diagnostics { record, .. }
        | Error::UnsupportedOdbcApiVersion(record)
        | Error::InvalidRowArraySize { record, .. }
        | Error::UnableToRepresentNull(record)
        | Error::OracleOdbcDriverDoesNotSupport64Bit(record) => {
            let text = String::from_utf16_lossy(&record.message);
            let state = String::from_utf8_lossy(&record.state.0).into_owned();
            (state, record.native_error, text)
        }
        other => (String::new(), 0, other.to_string()),
    };
    Failure {
        stage: stage.into(),
        state,
        number,
        text,
    }
}

/// The failure of a statement.
pub(crate) fn failed(error: &Error) -> Failure {
    failure(Stage::Executing, error)
}
