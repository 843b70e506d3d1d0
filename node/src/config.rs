//! The settings of a node, from its TOML file, the environment and flags.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chengji_access::AuthorityFiles;
use chengji_domain::tables::Tables;
use chengji_domain::{CityCode, Error, ErrorCode, Result, Violation};
use chengji_terminal::profile::server_problem;
use chengji_terminal::settings::{self, Overrides};
use chengji_terminal::tables;
use chengji_transport::telemetry::LogFormat;
use chengji_transport::{IdentityFiles, ServerLimits};
use jiff::SignedDuration;
use serde::Deserialize;

/// The longest time between two rounds of measuring, minutes: a quarter of the shortest update cycle,
/// which is what may be left of it when measuring is due.
const MOST_MINUTES: u32 = 360;

/// Settings as they stand in the file; `deploy/node.toml` is a commented example.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    city: String,
    listen: SocketAddr,
    data: PathBuf,
    endpoint: String,
    identity: PathBuf,
    ca: PathBuf,
    people: PathBuf,
    coordinator: String,
    #[serde(default = "usual_grace")]
    grace_hours: u32,
    #[serde(default)]
    limits: ServerLimits,
    #[serde(default)]
    mount_roots: Vec<PathBuf>,
    #[serde(default)]
    measuring: Measuring,
    received: Option<PathBuf>,
    backups: Option<PathBuf>,
    tables: Option<PathBuf>,
    metrics: Option<SocketAddr>,
    #[serde(default = "human")]
    log_format: String,
    #[serde(default = "info")]
    log_filter: String,
}

/// How mounted sources are measured by the node itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Measuring {
    every_minutes: u32,
}

impl Default for Measuring {
    fn default() -> Self {
        Self { every_minutes: 15 }
    }
}

fn usual_grace() -> u32 {
    72
}

fn human() -> String {
    "human".to_owned()
}

fn info() -> String {
    "info".to_owned()
}

/// The checked settings of a node.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The city.
    pub city: CityCode,
    /// Where to listen.
    pub listen: SocketAddr,
    /// The folder of the database.
    pub data: PathBuf,
    /// Where this node is called from elsewhere, `host:port`.
    pub endpoint: String,
    /// The node's own certificate and key, and the cluster's authority.
    pub identity: IdentityFiles,
    /// The authority of the city's people.
    pub people: AuthorityFiles,
    /// How long the list of members holds without the coordinator.
    pub grace: SignedDuration,
    /// What a peer may use.
    pub limits: ServerLimits,
    /// Where the coordinator is called, `host:port`.
    pub coordinator: String,
    /// Folders that mounted sources may lie in.
    pub mount_roots: Vec<PathBuf>,
    /// How often the node looks whether they are to be measured again; nothing for never.
    pub measuring: Option<SignedDuration>,
    /// The folder for received files.
    pub received: PathBuf,
    /// The folder for backups; `backups` beside the data directory unless given.
    pub backups: PathBuf,
    /// The code tables: calendar, deadlines, divisions, terms.
    pub tables: Arc<Tables>,
    /// Where to serve metrics, if anywhere.
    pub metrics: Option<SocketAddr>,
    /// How logs are written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log_filter: String,
}

impl Settings {
    /// Reads and checks the settings as a whole; paths in them count from the file's folder.
    pub fn load(file: &Path, overrides: &Overrides) -> Result<Self> {
        let raw: File = settings::load(Some(file), "CHENGJI_NODE_", overrides)?;
        let base = file.parent().unwrap_or_else(|| Path::new("."));
        let mut wrong = Vec::new();
        let mut report = |field: &str, problem: String| {
            let field = format!("{}:{field}", file.display());
            wrong.push(Violation { field, problem });
        };
        let city = raw
            .city
            .parse()
            .map_err(|e: Error| report("city", e.to_string()))
            .ok();
        let log_format = match raw.log_format.as_str() {
            "human" => Some(LogFormat::Human),
            "json" => Some(LogFormat::Json),
            other => {
                report("log_format", format!("'{other}' is neither human nor json"));
                None
            }
        };
        for (field, address) in [
            ("coordinator", &raw.coordinator),
            ("endpoint", &raw.endpoint),
        ] {
            if let Some(problem) = server_problem(address) {
                report(field, problem);
            }
        }
        if !(1..=720).contains(&raw.grace_hours) {
            report(
                "grace_hours",
                format!("{}; it takes 1 to 720", raw.grace_hours),
            );
        }
        let minutes = raw.measuring.every_minutes;
        if minutes > MOST_MINUTES {
            let problem = format!("{minutes}; it takes 1 to {MOST_MINUTES}, or 0 for never");
            report("measuring.every_minutes", problem);
        }
        for root in raw.mount_roots.iter().map(|root| base.join(root)) {
            if !root.is_dir() {
                report("mount_roots", format!("{} is not a folder", root.display()));
            }
        }
        let tables = tables::load(raw.tables.map(|folder| base.join(folder)).as_deref())
            .map_err(|error| wrong.extend_from_slice(error.violations()))
            .ok();
        match (city, log_format, tables) {
            (Some(city), Some(log_format), Some(tables)) if wrong.is_empty() => {
                let data = base.join(&raw.data);
                Ok(Self {
                    city,
                    listen: raw.listen,
                    identity: IdentityFiles {
                        identity: base.join(&raw.identity),
                        ca: base.join(&raw.ca),
                    },
                    endpoint: raw.endpoint,
                    people: AuthorityFiles::of_city(&base.join(&raw.people)),
                    grace: SignedDuration::from_hours(raw.grace_hours.into()),
                    limits: raw.limits,
                    coordinator: raw.coordinator,
                    mount_roots: raw.mount_roots.iter().map(|root| base.join(root)).collect(),
                    measuring: (minutes > 0).then(|| SignedDuration::from_mins(minutes.into())),
                    received: raw
                        .received
                        .map_or_else(|| data.join("received"), |path| base.join(path)),
                    backups: raw
                        .backups
                        .map_or_else(|| data.with_file_name("backups"), |path| base.join(path)),
                    data,
                    tables: Arc::new(tables),
                    metrics: raw.metrics,
                    log_format,
                    log_filter: raw.log_filter,
                })
            }
            _ => Err(Error::new(
                ErrorCode::Misconfigured,
                format!("the settings in {} are not valid", file.display()),
            )
            .with_violations(wrong)),
        }
    }
}
