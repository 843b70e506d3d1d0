//! How connections are made: the address, the account, TLS, and the limits of the driver. A server gets no file of this
//! machine: the driver refuses to send one without code that reads it, and there is none.

use std::time::Duration;

use chengji_domain::Result;
use mysql_async::{Opts, OptsBuilder, SslOpts};

use crate::database::authorities::{self, Authorities};
use crate::database::password::password;
use crate::database::settings::DatabaseSettings;

/// Maximum number of bytes of a row.
pub(super) const MAX_ROW_BYTES: usize = 128 << 20;
/// A connection without traffic is probed after this time.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// Seconds after which the driver takes an idle connection for lost. Given, so that the driver asks the server for
/// nothing before the limits of the session are set.
const IDLE_SECONDS: usize = 60;

/// Returns how connections are made with these settings. Reads the password, and the authorities.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE`.
pub(super) fn options(settings: &DatabaseSettings) -> Result<Opts> {
    let builder = OptsBuilder::default()
        .user(Some(settings.user.as_str()))
        .pass(password(&settings.password)?)
        .db_name(Some(settings.database.as_str()))
        .prefer_socket(false)
        .tcp_keepalive(Some(KEEPALIVE))
        .max_allowed_packet(Some(MAX_ROW_BYTES))
        .wait_timeout(Some(IDLE_SECONDS));
    let builder = if is_socket(settings) {
        builder.socket(Some(settings.host.as_str()))
    } else {
        builder
            .ip_or_hostname(settings.host.as_str())
            .tcp_port(settings.port)
            .ssl_opts(tls(settings)?)
    };
    Ok(builder.into())
}

/// Returns true if connections are made at a Unix socket, which needs no TLS.
fn is_socket(settings: &DatabaseSettings) -> bool {
    settings.host.starts_with('/')
}

/// Returns how the server is verified. The driver cannot go on without TLS where the server does not offer it, so that
/// TLS is used exactly where it is required or there are authorities.
fn tls(settings: &DatabaseSettings) -> Result<Option<SslOpts>> {
    let ca = match (&settings.ca, settings.tls_required) {
        (None, false) => return Ok(None),
        (None, true) => return Err(authorities::missing()),
        (Some(ca), _) => ca,
    };
    let Authorities { pem, .. } = authorities::read(ca)?;
    // The driver uses the provider of the process, which the features of other packages may leave open. One that was
    // chosen already stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let verified = SslOpts::default()
        .with_disable_built_in_roots(true)
        .with_root_certs(vec![pem.into()]);
    Ok(Some(verified))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::password::PasswordFrom;

    fn settings(host: &str) -> DatabaseSettings {
        DatabaseSettings {
            host: host.to_owned(),
            port: 3306,
            database: "housing".to_owned(),
            user: "reader".to_owned(),
            password: PasswordFrom::None,
            tls_required: true,
            ca: None,
            statement_seconds: 60,
        }
    }

    #[test]
    fn tls_without_an_authority_is_refused_where_it_is_required() {
        let mut settings = settings("db.example");
        let error = options(&settings).map(drop).unwrap_err();
        assert_eq!(error.message().code(), "source-ca-missing");
        settings.tls_required = false;
        let options = options(&settings).unwrap();
        assert!(options.ssl_opts().is_none() && options.local_infile_handler().is_none());
        assert_eq!(options.ip_or_hostname(), "db.example");
    }

    #[test]
    fn the_authorities_of_the_settings_are_the_only_ones() {
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        let made = rcgen::generate_simple_self_signed(vec!["db.example".to_owned()]).unwrap();
        std::fs::write(&ca, made.cert.pem()).unwrap();
        let settings = DatabaseSettings {
            ca: Some(ca),
            tls_required: false,
            ..settings("db.example")
        };
        let verified = tls(&settings).unwrap().unwrap();
        assert!(verified.disable_built_in_roots() && !verified.accept_invalid_certs());
        assert_eq!(verified.root_certs().len(), 1);
    }

    #[test]
    fn a_connection_at_a_socket_needs_no_tls() {
        let options = options(&settings("/run/mysqld/mysqld.sock")).unwrap();
        assert_eq!(options.socket(), Some("/run/mysqld/mysqld.sock"));
        assert!(options.ssl_opts().is_none());
    }
}
