//! The settings of sources: the sections `[sources.NAME]` of the settings file.
//!
//! A section is one flat table for all kinds, so that a mistake is reported with the setting that has it; which settings
//! a kind requires and takes is checked when the source is declared.

mod bucket;
mod odbc;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf, absolute};
use std::sync::Arc;

use chengji_domain::table::{OffPeak, SourceName};
use chengji_messages::{Message, Value, msg};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::csv_folder::{CsvEncoding, CsvFolder};
use crate::database::password::PasswordFrom;
use crate::database::settings::DatabaseSettings;
use crate::mysql::MysqlSource;
use crate::odbc::OdbcSource;
use crate::parquet_folder::ParquetFolder;
use crate::postgresql::PostgresSource;
use crate::sqlite::SqliteSource;
use crate::{Source, Sources};

/// The usual port of PostgreSQL.
const POSTGRESQL_PORT: u16 = 5_432;
/// The usual port of MySQL and MariaDB.
const MYSQL_PORT: u16 = 3_306;
/// The usual time of a statement, seconds.
const STATEMENT_SECONDS: u32 = 300;
/// Maximum time of a statement: a day.
const MAX_STATEMENT_SECONDS: u32 = 86_400;

/// The kind of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SourceKind {
    /// A SQLite database.
    Sqlite,
    /// A folder of CSV files.
    Csv,
    /// A folder of Parquet files.
    Parquet,
    /// A PostgreSQL database.
    Postgresql,
    /// A MySQL or MariaDB database.
    Mysql,
    /// A database of another kind, over ODBC.
    Odbc,
}

/// The protection of connections to a database or an object store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum DatabaseTls {
    /// TLS with a verified certificate.
    #[default]
    Required,
    /// None: for a server on the same machine or a network of its own.
    Off,
}

/// A source of tables, by a name of 1 to 32 lower-case letters, digits, `-` and `_`, which begins with a letter. There
/// may be several. The node only reads them; a source that cannot be reached at start-up is tried again when it is used.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceSettings {
    /// The kind of the source.
    #[schemars(example = &"csv")]
    kind: SourceKind,
    /// The file of a SQLite database. Its tables and views are the tables.
    #[schemars(example = &"/srv/chengji/housing.db", extend("x-value" = "file"))]
    path: Option<PathBuf>,
    /// The folder of CSV or Parquet files, on this machine. Each file with the extension `.csv` or `.parquet` that is
    /// directly in the folder, not hidden and no link to a place outside is a table, named without the extension. The first
    /// row of a CSV file has the names of its columns; all columns are texts, and an empty field is NULL.
    #[schemars(example = &"/srv/chengji/tables", extend("x-value" = "folder"))]
    folder: Option<PathBuf>,
    /// The folder of CSV or Parquet files in an object store that speaks the protocol of S3, in the place of `folder`: the
    /// bucket and a prefix. The objects directly below the prefix are its files.
    #[schemars(example = &"s3://housing/tables", extend("x-value" = "text"))]
    url: Option<String>,
    /// The address of the object store. If its host begins with the name of the bucket, requests are made as such stores
    /// want them (virtual-hosted style), else with the bucket in the path.
    #[schemars(example = &"https://s3.changsha.example", extend("x-value" = "text"))]
    endpoint: Option<String>,
    /// The region that requests to the object store are signed for; `us-east-1` if omitted, which most stores of one's own
    /// take.
    #[schemars(example = &"cn-north-1", extend("x-value" = "text"))]
    region: Option<String>,
    /// The encoding of the CSV files; `utf-8` if omitted.
    #[schemars(example = &"gb18030")]
    encoding: Option<CsvEncoding>,
    /// The host of a database server.
    #[schemars(example = &"db.changsha.example", extend("x-value" = "text"))]
    host: Option<String>,
    /// The port of the database server; 5432 for PostgreSQL and 3306 for MySQL and MariaDB if omitted.
    #[schemars(example = 5_432, range(min = 1))]
    port: Option<u16>,
    /// The name of the database on that server.
    #[schemars(example = &"housing", extend("x-value" = "text"))]
    database: Option<String>,
    /// The name under which the node logs in to the server; at an object store, the access key ID. It needs the right to
    /// read the shared tables and no other; at an object store, to list the bucket (`s3:ListBucket`) and to read its objects
    /// (`s3:GetObject`).
    #[schemars(example = &"chengji_reader", extend("x-value" = "text"))]
    user: Option<String>,
    /// The file with the password of that login, or the secret access key, and nothing else (mode 600).
    #[schemars(example = &"housing-password", extend("x-value" = "file"))]
    password_file: Option<PathBuf>,
    /// The environment variable with that password or secret, in the place of a file.
    #[schemars(example = &"HOUSING_PASSWORD", extend("x-value" = "text"))]
    password_env: Option<String>,
    /// The protection of connections to the server; `required` if omitted, which takes a certificate that can be
    /// verified. An object store on the same machine may have an endpoint with `http` all the same.
    #[schemars(example = &"required")]
    tls: Option<DatabaseTls>,
    /// The certificates of authorities (PEM) by which the server is verified; TLS needs them, except to an object store,
    /// which is verified by the authorities of the system without them.
    #[schemars(example = &"housing-ca.pem", extend("x-value" = "file"))]
    ca: Option<PathBuf>,
    /// The connection string of a database over ODBC, as the vendor of the driver documents it, without the password. The
    /// login `user` and its password are added to it as `UID` and `PWD`.
    #[schemars(
        example = &"Driver={DM8 ODBC DRIVER};Server=db.changsha.example;TCP_PORT=5236",
        extend("x-value" = "text")
    )]
    connection: Option<String>,
    /// The schema of the tables of a database over ODBC, whose names are then without it; those of all schemas if omitted.
    #[schemars(example = &"HOUSING", extend("x-value" = "text"))]
    schema: Option<String>,
    /// Maximum time of a statement at the server; 300 if omitted.
    #[schemars(
        example = 300,
        range(min = 1, max = MAX_STATEMENT_SECONDS),
        extend("x-value" = "seconds")
    )]
    statement_seconds: Option<u32>,
    /// The time of the day in which the node measures tables of the source by itself, in Beijing time; at any time if
    /// omitted. A window may go on past midnight. What people ask for is done at once.
    #[schemars(example = &"22:00-06:00", extend("x-value" = "text"))]
    off_peak: Option<String>,
}

/// A mistake in the settings of sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The setting, such as `housing.folder`, or the name of the section.
    pub setting: String,
    /// What is wrong.
    pub message: Message,
}

/// Declares the sources of these sections, by their names; paths are relative to `base`. Sources with mistakes are left
/// out. Whether they can be reached is found by [`Source::check`].
pub fn declare(base: &Path, settings: BTreeMap<String, SourceSettings>) -> (Sources, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let (mut sources, mut windows) = (Vec::new(), Vec::new());
    for (name, settings) in settings {
        let mut section = Section {
            base,
            name: &name,
            mistakes: &mut mistakes,
        };
        let declared = settings.declare(&mut section);
        match name.parse::<SourceName>() {
            Ok(name) => {
                if let Some((source, off_peak)) = declared {
                    windows.extend(off_peak.map(|window| (name.clone(), window)));
                    sources.push((name, source));
                }
            }
            Err(error) => mistakes.push(Mistake {
                message: error.message().clone(),
                setting: name,
            }),
        }
    }
    (Sources::new(sources).with_off_peak(windows), mistakes)
}

/// A section while it is checked.
struct Section<'a> {
    base: &'a Path,
    name: &'a str,
    mistakes: &'a mut Vec<Mistake>,
}

impl Section<'_> {
    fn report(&mut self, setting: &str, message: impl Into<Message>) {
        self.mistakes.push(Mistake {
            setting: format!("{}.{setting}", self.name),
            message: message.into(),
        });
    }

    fn required<T>(&mut self, setting: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.report(setting, msg::SettingMissing);
        }
        value
    }

    fn required_text(&mut self, setting: &str, value: Option<String>) -> Option<String> {
        let value = self.required(setting, value)?;
        if value.is_empty() {
            self.report(setting, msg::SettingEmpty);
            return None;
        }
        Some(value)
    }

    fn required_path(&mut self, setting: &str, value: Option<PathBuf>) -> Option<PathBuf> {
        let value = self.required(setting, value)?;
        Some(self.path(&value))
    }

    fn password(
        &mut self,
        file: Option<PathBuf>,
        variable: Option<String>,
    ) -> Option<PasswordFrom> {
        match (file, variable) {
            (None, None) => Some(PasswordFrom::None),
            (Some(file), None) => Some(PasswordFrom::File(self.path(&file))),
            (None, Some(variable)) => Some(PasswordFrom::Environment(variable)),
            (Some(_), Some(_)) => {
                self.report("password_env", msg::SourcePasswordTwice);
                None
            }
        }
    }

    fn path(&self, path: &Path) -> PathBuf {
        let path = self.base.join(path);
        absolute(&path).unwrap_or(path)
    }
}

impl SourceKind {
    /// Returns the settings that sources of the kind take, in an object store or not.
    fn settings(self, is_in_bucket: bool) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &["path"],
            Self::Csv if is_in_bucket => &[
                "url",
                "encoding",
                "endpoint",
                "region",
                "user",
                "password_file",
                "password_env",
                "tls",
                "ca",
            ],
            Self::Csv => &["folder", "url", "encoding"],
            Self::Parquet if is_in_bucket => &[
                "url",
                "endpoint",
                "region",
                "user",
                "password_file",
                "password_env",
                "tls",
                "ca",
            ],
            Self::Parquet => &["folder", "url"],
            Self::Postgresql | Self::Mysql => &[
                "host",
                "port",
                "database",
                "user",
                "password_file",
                "password_env",
                "tls",
                "ca",
                "statement_seconds",
            ],
            Self::Odbc => &[
                "connection",
                "schema",
                "user",
                "password_file",
                "password_env",
                "statement_seconds",
            ],
        }
    }
}

impl SourceSettings {
    /// Returns the settings that are given, besides the kind.
    fn given(&self) -> impl Iterator<Item = &'static str> {
        let given = [
            ("path", self.path.is_some()),
            ("folder", self.folder.is_some()),
            ("url", self.url.is_some()),
            ("endpoint", self.endpoint.is_some()),
            ("region", self.region.is_some()),
            ("encoding", self.encoding.is_some()),
            ("host", self.host.is_some()),
            ("port", self.port.is_some()),
            ("database", self.database.is_some()),
            ("user", self.user.is_some()),
            ("password_file", self.password_file.is_some()),
            ("password_env", self.password_env.is_some()),
            ("tls", self.tls.is_some()),
            ("ca", self.ca.is_some()),
            ("connection", self.connection.is_some()),
            ("schema", self.schema.is_some()),
            ("statement_seconds", self.statement_seconds.is_some()),
        ];
        given
            .into_iter()
            .filter(|(_, is_given)| *is_given)
            .map(|(setting, _)| setting)
    }

    /// Declares the source with its off-peak window, if it has one.
    fn declare(self, section: &mut Section<'_>) -> Option<(Arc<dyn Source>, Option<OffPeak>)> {
        let off_peak = self.off_peak.as_deref().map(str::parse::<OffPeak>);
        let off_peak = off_peak.transpose();
        if let Err(error) = &off_peak {
            section.report("off_peak", error.message().clone());
        }
        let source = self.source(section)?;
        Some((source, off_peak.ok()?))
    }

    fn source(self, section: &mut Section<'_>) -> Option<Arc<dyn Source>> {
        let taken = self.kind.settings(self.url.is_some());
        for other in self.given().filter(|setting| !taken.contains(setting)) {
            let known: Value = taken.iter().copied().collect();
            section.report(other, msg::SourceSettingOfOtherKind { known });
        }
        let source: Arc<dyn Source> = match self.kind {
            SourceKind::Sqlite => {
                let path = section.required_path("path", self.path)?;
                Arc::new(SqliteSource::new(path))
            }
            SourceKind::Csv => {
                let encoding = self.encoding.unwrap_or_default();
                Arc::new(CsvFolder::new(self.place(section)?, encoding))
            }
            SourceKind::Parquet => Arc::new(ParquetFolder::new(self.place(section)?)),
            SourceKind::Postgresql => {
                let database = self.database(section, POSTGRESQL_PORT)?;
                Arc::new(PostgresSource::new(database))
            }
            SourceKind::Mysql => {
                let database = self.database(section, MYSQL_PORT)?;
                Arc::new(MysqlSource::new(database))
            }
            SourceKind::Odbc => Arc::new(OdbcSource::new(self.odbc(section)?)),
        };
        Some(source)
    }

    fn database(self, section: &mut Section<'_>, usual_port: u16) -> Option<DatabaseSettings> {
        let host = section.required_text("host", self.host);
        let database = section.required_text("database", self.database);
        let user = section.required_text("user", self.user);
        let password = section.password(self.password_file, self.password_env)?;
        Some(DatabaseSettings {
            host: host?,
            port: self.port.unwrap_or(usual_port),
            database: database?,
            user: user?,
            password,
            tls_required: self.tls.unwrap_or_default() == DatabaseTls::Required,
            ca: self.ca.map(|file| section.path(&file)),
            statement_seconds: self.statement_seconds.unwrap_or(STATEMENT_SECONDS),
        })
    }
}

#[cfg(test)]
mod tests;
