//! The settings of a node, from its TOML file, the environment and flags.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chengji_domain::tables::Tables;
use chengji_domain::{CityCode, Endpoint, Result};
use chengji_messages::msg;
use chengji_pki::AuthorityFiles;
use chengji_runtime::settings::{self, Mistakes, Overrides};
use chengji_runtime::tables;
use chengji_runtime::telemetry::LogFormat;
use chengji_transport::{IdentityFiles, ServerLimits};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::delivery::DiskLimits;

/// Prefix of the environment variables.
const ENV_PREFIX: &str = "CHENGJI_NODE_";
/// Maximum interval between two rounds of measuring, minutes: a quarter of the shortest update cycle, the
/// part of it that may remain when measuring is due.
const MAX_MINUTES: u32 = 360;

/// Settings as written in the file; `deploy/node.toml` is a commented example.
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
    #[serde(default = "usual_grants")]
    automatic_grants_per_day: u32,
    #[serde(default)]
    mount_roots: Vec<PathBuf>,
    #[serde(default)]
    measuring: Measuring,
    #[serde(default)]
    receiving: Receiving,
    received: Option<PathBuf>,
    backups: Option<PathBuf>,
    tables: Option<PathBuf>,
    metrics: Option<SocketAddr>,
    #[serde(default)]
    log_format: LogFormat,
    #[serde(default = "info")]
    log_filter: String,
}

/// Regular measuring of mounted sources.
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

/// Disk limits of received files as written in the file; bytes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Receiving {
    file_limit: Option<u64>,
    received_limit: Option<u64>,
    disk_reserve: Option<u64>,
    keep_unfinished_days: u32,
}

impl Default for Receiving {
    fn default() -> Self {
        Self {
            file_limit: None,
            received_limit: None,
            disk_reserve: None,
            keep_unfinished_days: 7,
        }
    }
}

impl Receiving {
    fn disk_limits(&self) -> DiskLimits {
        DiskLimits {
            file: self.file_limit,
            received: self.received_limit,
            reserve: self.disk_reserve,
            keep_unfinished: SignedDuration::from_hours(i64::from(self.keep_unfinished_days) * 24),
        }
    }
}

/// Maximum number of days that an unfinished fetch is kept.
const MAX_DAYS: u32 = 365;

fn usual_grace() -> u32 {
    72
}

fn usual_grants() -> u32 {
    1_000
}

fn info() -> String {
    "info".to_owned()
}

/// The checked settings of a node.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The city.
    pub city: CityCode,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// The folder of the database.
    pub data: PathBuf,
    /// The address at which others call this node, `host:port`.
    pub endpoint: String,
    /// The node's own certificate and key, and the cluster's authority.
    pub identity: IdentityFiles,
    /// The authority of the city's people.
    pub people: AuthorityFiles,
    /// Grace period of the roster without contact to the coordinator.
    pub grace: SignedDuration,
    /// Resource limits for peers.
    pub limits: ServerLimits,
    /// Maximum number of automatic grants to one city on one day; its further requests wait for people.
    pub automatic_grants_per_day: u32,
    /// Address of the coordinator, `host:port`.
    pub coordinator: String,
    /// Folders that may contain mounted sources.
    pub mount_roots: Vec<PathBuf>,
    /// Interval between rounds of measuring; `None` for never.
    pub measuring: Option<SignedDuration>,
    /// The folder for received files, absolute.
    pub received: PathBuf,
    /// The folder for backups; `backups` beside the data directory by default.
    pub backups: PathBuf,
    /// Disk limits of received files.
    pub disk_limits: DiskLimits,
    /// The code tables: calendar, deadlines, divisions, terms.
    pub tables: Arc<Tables>,
    /// Address of the Prometheus metrics, if they are served.
    pub metrics: Option<SocketAddr>,
    /// Format of log lines.
    pub log_format: LogFormat,
    /// Filter of log lines.
    pub log_filter: String,
}

impl Settings {
    /// Reads and checks the settings as a whole; paths in them are relative to the file's folder.
    pub fn load(file: &Path, overrides: &Overrides) -> Result<Self> {
        let base = file.parent().unwrap_or_else(|| Path::new("."));
        settings::load(Some(file), ENV_PREFIX, overrides, |raw: File, mistakes| {
            raw.check(base, mistakes)
        })
    }
}

impl File {
    /// The settings, with paths relative to `base`; `None` where a value is wrong.
    fn check(self, base: &Path, mistakes: &mut Mistakes<'_>) -> Option<Settings> {
        let city = self.city.parse::<CityCode>();
        let city = city.map_err(|e| mistakes.report("city", e.message()));
        self.check_ranges(mistakes);
        for (setting, address) in [
            ("coordinator", &self.coordinator),
            ("endpoint", &self.endpoint),
        ] {
            if let Err(error) = address.parse::<Endpoint>() {
                mistakes.report(setting, error.message());
            }
        }
        let mount_roots: Vec<PathBuf> = self
            .mount_roots
            .iter()
            .map(|root| base.join(root))
            .collect();
        for root in mount_roots.iter().filter(|root| !root.is_dir()) {
            let path = root.as_path();
            mistakes.report("mount_roots", msg::SettingFolderMissing { path });
        }
        let tables = tables::load(self.tables.map(|folder| base.join(folder)).as_deref());
        let tables = tables.map_err(|error| mistakes.extend("tables", &error));
        let data = base.join(&self.data);
        let received = self
            .received
            .map_or_else(|| data.join("received"), |path| base.join(path));
        let minutes = self.measuring.every_minutes;
        Some(Settings {
            city: city.ok()?,
            listen: self.listen,
            identity: IdentityFiles {
                identity: base.join(&self.identity),
                ca: base.join(&self.ca),
            },
            endpoint: self.endpoint,
            people: AuthorityFiles::of_city(&base.join(&self.people)),
            grace: SignedDuration::from_hours(self.grace_hours.into()),
            limits: self.limits,
            automatic_grants_per_day: self.automatic_grants_per_day,
            coordinator: self.coordinator,
            mount_roots,
            measuring: (minutes > 0).then(|| SignedDuration::from_mins(minutes.into())),
            // Paths in answers are read by programs with other working directories.
            received: std::path::absolute(&received).unwrap_or(received),
            disk_limits: self.receiving.disk_limits(),
            backups: self
                .backups
                .map_or_else(|| data.with_file_name("backups"), |path| base.join(path)),
            data,
            tables: Arc::new(tables.ok()?),
            metrics: self.metrics,
            log_format: self.log_format,
            log_filter: self.log_filter,
        })
    }

    fn check_ranges(&self, mistakes: &mut Mistakes<'_>) {
        if !(1..=720).contains(&self.grace_hours) {
            let problem = msg::SettingOutOfRange {
                found: self.grace_hours,
                least: 1,
                most: 720,
            };
            mistakes.report("grace_hours", problem);
        }
        let minutes = self.measuring.every_minutes;
        if minutes > MAX_MINUTES {
            let problem = msg::SettingOutOfRangeOrZero {
                found: minutes,
                least: 1,
                most: MAX_MINUTES,
            };
            mistakes.report("measuring.every_minutes", problem);
        }
        let days = self.receiving.keep_unfinished_days;
        if !(1..=MAX_DAYS).contains(&days) {
            let problem = msg::SettingOutOfRange {
                found: days,
                least: 1,
                most: MAX_DAYS,
            };
            mistakes.report("receiving.keep_unfinished_days", problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;

    #[test]
    fn a_listen_address_that_is_none_hides_no_other_mistake() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("node.toml");
        let text = "city = '430101'\nlisten = '7430'\ndata = 'data'\nendpoint = 'node'\n\
            identity = 'i'\nca = 'c'\npeople = 'p'\ncoordinator = 'c:1'\ngrace_hours = 0\n\
            log_format = 'xml'\nmount_roots = ['nowhere']\n";
        std::fs::write(&file, text).unwrap();
        let error = Settings::load(&file, &Overrides::default()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
        let mut wrong: Vec<String> = error
            .violations()
            .iter()
            .map(|v| v.field.to_string().rsplit(':').next().unwrap().to_owned())
            .collect();
        wrong.sort_unstable();
        let expected = [
            "city",
            "endpoint",
            "grace_hours",
            "listen",
            "log_format",
            "mount_roots",
        ];
        assert_eq!(wrong, expected, "{error:?}");
    }

    #[test]
    fn received_files_have_absolute_paths_wherever_the_node_was_started() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("node.toml");
        let text = "city = '430100'\nlisten = '127.0.0.1:7430'\ndata = 'data'\n\
            endpoint = 'node:7430'\nidentity = 'i'\nca = 'c'\npeople = 'p'\ncoordinator = 'c:1'\n";
        std::fs::write(&file, text).unwrap();
        let here = std::env::current_dir().unwrap();
        let up: PathBuf = here.components().skip(1).map(|_| "..").collect();
        let relative = up.join(file.strip_prefix("/").unwrap());
        let settings = Settings::load(&relative, &Overrides::default()).unwrap();
        assert!(relative.is_relative() && settings.received.is_absolute());
    }
}
