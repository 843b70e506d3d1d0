//! The settings of a connection to a server of databases.

use std::path::PathBuf;

use super::password::PasswordFrom;

/// A connection to a database of a server.
#[derive(Clone, Debug)]
pub struct DatabaseSettings {
    /// The name or address of the server. If it begins with `/`, connections stay on this machine: it is the folder of
    /// the Unix socket of PostgreSQL, or the Unix socket of MySQL.
    pub host: String,
    /// The port of the server.
    pub port: u16,
    /// The name of the database.
    pub database: String,
    /// The account.
    pub user: String,
    /// The place of the account's password.
    pub password: PasswordFrom,
    /// True to refuse a connection without TLS; needs `ca`.
    pub tls_required: bool,
    /// A PEM file with the authorities of the server's certificate. With it, PostgreSQL uses TLS where the server
    /// offers it, and MySQL requires it.
    pub ca: Option<PathBuf>,
    /// Maximum duration of a statement in seconds; reading a whole table is one statement.
    pub statement_seconds: u32,
}
