//! A connection in a read-only transaction with limits, over TLS where there are authorities to verify the server.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chengji_domain::Result;
use chengji_messages::Value;
use postgres::config::SslMode;
use postgres::types::ToSql;
use postgres::{CancelToken, Client, Config, CopyOutReader, NoTls, Row};
use rustls::ClientConfig;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::failure;
use crate::database::authorities::{self, Authorities};
use crate::database::password::password;
use crate::database::settings::DatabaseSettings;
use crate::database::watch::{Cancel, Connection};

/// How long a connection may take, and unacknowledged data may stay so.
const NETWORK_TIMEOUT: Duration = Duration::from_secs(10);
/// A connection without traffic is probed after this time.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// The server takes no longer time-out: 2³¹ − 1 milliseconds.
const MAX_STATEMENT_SECONDS: u32 = 2_147_483;

/// An open connection; dropping it closes it.
pub(super) struct Session<'a> {
    client: Client,
    settings: &'a DatabaseSettings,
    tls: Tls,
}

/// Ends the statement that a connection executes.
pub(super) struct Canceller {
    token: CancelToken,
    tls: Tls,
}

#[derive(Clone)]
enum Tls {
    None,
    Verified(MakeRustlsConnect),
}

impl<'a> Session<'a> {
    /// Connects, and begins a read-only transaction.
    ///
    /// # Errors
    ///
    /// `SOURCE_UNAVAILABLE`.
    pub(super) fn open(settings: &'a DatabaseSettings, lock_timeout: Duration) -> Result<Self> {
        let (tls, mode) = Tls::of(settings)?;
        let mut config = Config::new();
        config
            .host(&settings.host)
            .port(settings.port)
            .dbname(&settings.database)
            .user(&settings.user)
            .application_name("chengji")
            .ssl_mode(mode)
            .connect_timeout(NETWORK_TIMEOUT)
            .tcp_user_timeout(NETWORK_TIMEOUT)
            .keepalives_idle(KEEPALIVE);
        if let Some(password) = password(&settings.password)? {
            config.password(password);
        }
        let client = match &tls {
            Tls::None => config.connect(NoTls),
            Tls::Verified(verified) => config.connect(verified.clone()),
        };
        let client = client.map_err(|error| failure::of_connecting(settings, &error))?;
        let mut session = Self {
            client,
            settings,
            tls,
        };
        session.execute(&beginning(settings.statement_seconds, lock_timeout))?;
        Ok(session)
    }

    /// Returns the settings of the connection.
    pub(super) fn settings(&self) -> &'a DatabaseSettings {
        self.settings
    }

    /// Executes statements without rows.
    ///
    /// # Errors
    ///
    /// As [`failure::of`].
    pub(super) fn execute(&mut self, sql: &str) -> Result<()> {
        let done = self.client.batch_execute(sql);
        done.map_err(|error| failure::of(self.settings, &error))
    }

    /// Returns the rows of a query.
    ///
    /// # Errors
    ///
    /// As [`failure::of`].
    pub(super) fn query(&mut self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<Row>> {
        let rows = self.client.query(sql, params);
        rows.map_err(|error| failure::of(self.settings, &error))
    }

    /// Begins a `COPY … TO STDOUT`.
    ///
    /// # Errors
    ///
    /// As [`failure::of`].
    pub(super) fn copy_out(&mut self, sql: &str) -> Result<CopyOutReader<'_>> {
        let settings = self.settings;
        let reader = self.client.copy_out(sql);
        reader.map_err(|error| failure::of(settings, &error))
    }
}

impl Connection for Session<'_> {
    type Canceller = Canceller;

    fn canceller(&self) -> Canceller {
        Canceller {
            token: self.client.cancel_token(),
            tls: self.tls.clone(),
        }
    }
}

impl Cancel for Canceller {
    fn cancel(&self) {
        let _ = match &self.tls {
            Tls::None => self.token.cancel_query(NoTls),
            Tls::Verified(verified) => self.token.cancel_query(verified.clone()),
        };
    }
}

impl Tls {
    fn of(settings: &DatabaseSettings) -> Result<(Self, SslMode)> {
        match (&settings.ca, settings.tls_required) {
            (None, false) => Ok((Self::None, SslMode::Disable)),
            (None, true) => Err(authorities::missing()),
            (Some(ca), is_required) => {
                let mode = match is_required {
                    true => SslMode::Require,
                    false => SslMode::Prefer,
                };
                Ok((Self::Verified(verified(ca)?), mode))
            }
        }
    }
}

/// Makes connections to servers whose certificates are of the authorities in a file.
fn verified(ca: &Path) -> Result<MakeRustlsConnect> {
    let Authorities { roots, .. } = authorities::read(ca)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| authorities::unusable(ca, Value::text(error)))?;
    let config = config.with_root_certificates(roots).with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

/// The statements that begin a transaction. Settings are of the transaction, so that a pool of connections between this
/// program and the server keeps none of them.
fn beginning(statement_seconds: u32, lock_timeout: Duration) -> String {
    let seconds = statement_seconds.clamp(1, MAX_STATEMENT_SECONDS);
    let lock = lock_timeout.as_millis();
    format!(
        "START TRANSACTION ISOLATION LEVEL READ COMMITTED, READ ONLY;\n\
         SET LOCAL statement_timeout = '{seconds}s';\n\
         SET LOCAL lock_timeout = '{lock}ms';\n\
         SET LOCAL idle_in_transaction_session_timeout = '60s';\n\
         SET LOCAL client_encoding = 'UTF8';\n\
         SET LOCAL timezone = 'UTC';\n\
         SET LOCAL datestyle = 'ISO';\n\
         SET LOCAL intervalstyle = 'postgres';\n\
         SET LOCAL bytea_output = 'hex';\n\
         SET LOCAL extra_float_digits = 1"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::password::PasswordFrom;

    #[test]
    fn tls_without_an_authority_is_refused_where_it_is_required() {
        let mut settings = DatabaseSettings {
            host: "localhost".to_owned(),
            port: 5432,
            database: "housing".to_owned(),
            user: "reader".to_owned(),
            password: PasswordFrom::None,
            tls_required: true,
            ca: None,
            statement_seconds: 60,
        };
        let error = Tls::of(&settings).map(drop).unwrap_err();
        assert_eq!(error.message().code(), "source-ca-missing");
        settings.tls_required = false;
        assert!(matches!(
            Tls::of(&settings),
            Ok((Tls::None, SslMode::Disable))
        ));
    }

    #[test]
    fn a_limit_of_statements_is_never_off() {
        for (seconds, limit) in [(0, "'1s'"), (600, "'600s'"), (u32::MAX, "'2147483s'")] {
            let limited = format!("statement_timeout = {limit}");
            assert!(beginning(seconds, Duration::from_secs(10)).contains(&limited));
        }
    }
}
