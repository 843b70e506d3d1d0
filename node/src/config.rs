//! The settings of a node, from its TOML file, the environment and flags.

mod query;
mod sections;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chengji_domain::tables::Tables;
use chengji_domain::{CityCode, Endpoint, Result};
use chengji_messages::msg;
use chengji_pki::AuthorityFiles;
use chengji_runtime::settings::{self, Mistakes, Overrides};
use chengji_runtime::tables;
use chengji_runtime::telemetry::LogFormat;
use chengji_sources::Sources;
use chengji_sources::settings::{SourceSettings, declare};
use chengji_transport::{IdentityFiles, ServerLimits};
use jiff::SignedDuration;
use schemars::{JsonSchema, Schema};
use serde::Deserialize;

pub use self::query::QuerySettings;
use self::query::QueryTable;
use self::sections::{ConsentSettings, Measuring, Receiving, RequestSettings, RetentionPeriods};
use crate::consent::ConsentRules;
use crate::delivery::DiskLimits;
use crate::notifications::settings::{NotificationSettings, NotificationTable};

/// Prefix of the environment variables.
pub const ENV_PREFIX: &str = "CHENGJI_NODE_";
/// Bounds of the roster's grace period, hours.
const MIN_GRACE: u32 = 1;
const MAX_GRACE: u32 = 720;

/// Settings as written in the file; `deploy/node.toml` is generated from it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    /// The city's division code (GB/T 2260). The data directory belongs to this city for good.
    #[schemars(example = &"430100")]
    city: String,
    /// The address to listen on.
    #[schemars(example = &"0.0.0.0:7430", extend("x-value" = "socket"))]
    listen: SocketAddr,
    /// The address at which the coordinator, other nodes and the city's people reach the node. Invitations of
    /// the city's people carry it. The node reports a change to the coordinator.
    #[schemars(example = &"node.example:7430", extend("x-value" = "endpoint"))]
    endpoint: String,
    /// The database: catalogue, requests, receipts, the city's log, its people and their certificates, and the
    /// audit log. `join` creates it; `serve` refuses to start without it.
    #[schemars(example = &"data", extend("x-value" = "folder"))]
    data: PathBuf,
    /// The node's key and certificates, one PEM file (mode 600). Renewing a certificate replaces it: the program
    /// needs write access to its folder.
    #[schemars(example = &"identity.pem", extend("x-value" = "file"))]
    identity: PathBuf,
    /// The certificates of the cluster's authority, PEM.
    #[schemars(example = &"ca.pem", extend("x-value" = "file"))]
    ca: PathBuf,
    /// The folder of the city's own authority, which issues the certificates of its people: `people-ca.pem` and
    /// `people-ca-key.pem` (mode 600). Back it up separately, and keep it secret.
    #[schemars(example = &"people", extend("x-value" = "folder"))]
    people: PathBuf,
    /// The address of the coordinator.
    #[schemars(example = &"coordinator.example:7400", extend("x-value" = "endpoint"))]
    coordinator: String,
    /// Validity of the roster without contact to the coordinator. After that, other cities' nodes,
    /// operators and auditors are refused until there is contact again; the city's own people are not.
    #[serde(default = "usual_grace")]
    #[schemars(range(min = MIN_GRACE, max = MAX_GRACE), extend("x-value" = "hours"))]
    grace_hours: u32,
    #[serde(default)]
    limits: ServerLimits,
    /// Maximum number of automatic grants (of resources shared unconditionally) to one city on one day. Its
    /// further requests wait for people.
    #[serde(default = "usual_grants")]
    automatic_grants_per_day: u32,
    /// Interval at which the copy of the coordinator's log is compared with the coordinator's own, entry by entry,
    /// in the background.
    #[serde(default = "usual_compare_interval")]
    #[schemars(range(min = 1), extend("x-value" = "seconds"))]
    compare_interval: u32,
    /// Folders that may contain mounted files, after links are resolved. Files elsewhere can be neither mounted
    /// nor delivered.
    #[serde(default)]
    #[schemars(example = ["/srv/chengji/shared"], extend("x-value" = "folders"))]
    mount_roots: Vec<PathBuf>,
    #[serde(default)]
    measuring: Measuring,
    #[serde(default)]
    receiving: Receiving,
    #[serde(default)]
    retention: RetentionPeriods,
    #[serde(default)]
    consent: ConsentSettings,
    #[serde(default)]
    requests: RequestSettings,
    #[serde(default)]
    notifications: NotificationTable,
    #[serde(default)]
    query: QueryTable,
    #[serde(default)]
    sources: BTreeMap<String, SourceSettings>,
    /// The folder for fetched files; `received` in the data directory if omitted.
    #[schemars(example = &"/srv/chengji/received", extend("x-value" = "folder"))]
    received: Option<PathBuf>,
    /// The folder for backups; `backups` beside the data directory if omitted.
    #[schemars(example = &"backups", extend("x-value" = "folder"))]
    backups: Option<PathBuf>,
    /// The folder of code tables that replace the built-in ones of the same name: `divisions.csv`, `terms.csv`.
    /// `tables export` writes the built-in ones and `tables check` checks the folder, which is read at start-up.
    #[schemars(example = &"tables", extend("x-value" = "folder"))]
    tables: Option<PathBuf>,
    /// The address of Prometheus metrics (`/metrics`) and probes (`/healthz`, `/readyz`), over plain HTTP without
    /// authentication; not served if omitted. Only the monitoring should be able to reach it.
    #[schemars(example = &"127.0.0.1:9430", extend("x-value" = "socket"))]
    metrics: Option<SocketAddr>,
    /// The format of log lines.
    #[serde(default)]
    log_format: LogFormat,
    /// The filter of log lines: a level, or a list such as `info,chengji_node=debug`.
    #[serde(default = "info")]
    log_filter: String,
}

fn usual_grace() -> u32 {
    72
}

fn usual_grants() -> u32 {
    1_000
}

/// One day.
fn usual_compare_interval() -> u32 {
    24 * 60 * 60
}

fn info() -> String {
    "info".to_owned()
}

/// Returns the schema of the settings file: the source of the reference of settings.
pub fn schema() -> Schema {
    settings::schema::<File>()
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
    /// Interval at which the copy of the coordinator's log is compared with its owner's.
    pub compare_interval: Duration,
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
    /// Retention period of the contents of reviews in days; `None` for good.
    pub keep_reviews_days: Option<u32>,
    /// The rules of consent.
    pub consent: ConsentRules,
    /// True if the bureau answers for departments.
    pub bureau_answers: bool,
    /// The settings of notifications.
    pub notifications: NotificationSettings,
    /// The settings of queries; `None` if none are served.
    pub query: Option<QuerySettings>,
    /// The sources of tables.
    pub sources: Sources,
    /// The code tables: divisions, terms.
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
        let notifications = self.notifications.check(base, mistakes);
        let (sources, wrong) = declare(base, self.sources);
        for mistake in wrong {
            mistakes.report(&format!("sources.{}", mistake.setting), mistake.message);
        }
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
            compare_interval: Duration::from_secs(self.compare_interval.into()),
            coordinator: self.coordinator,
            mount_roots,
            measuring: (minutes > 0).then(|| SignedDuration::from_mins(minutes.into())),
            // Paths in answers are read by programs with other working directories.
            received: std::path::absolute(&received).unwrap_or(received),
            disk_limits: self.receiving.disk_limits(),
            keep_reviews_days: self.retention.keep_reviews_days,
            consent: ConsentRules {
                manner: self.consent.manner,
                paper_accepted: self.consent.paper_accepted,
                standing_required: self.consent.standing_required,
            },
            bureau_answers: self.requests.bureau_answers,
            notifications: notifications?,
            query: self
                .query
                .settings(base, &data, self.receiving.disk_reserve),
            sources,
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
    fn contents_of_reviews_are_kept_for_three_years_at_least() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("node.toml");
        let load = |retention: &str| {
            let text = format!(
                "city = '430100'\nlisten = '127.0.0.1:7430'\ndata = 'data'\n\
                endpoint = 'node:7430'\nidentity = 'i'\nca = 'c'\npeople = 'p'\n\
                coordinator = 'c:1'\n{retention}"
            );
            std::fs::write(&file, text).unwrap();
            Settings::load(&file, &Overrides::default())
        };
        assert_eq!(load("").unwrap().keep_reviews_days, None);
        let least = load("[retention]\nkeep_reviews_days = 1096\n").unwrap();
        assert_eq!(least.keep_reviews_days, Some(1_096));
        let error = load("[retention]\nkeep_reviews_days = 1095\n").unwrap_err();
        let [wrong] = error.violations() else {
            panic!("{error:?}")
        };
        assert!(
            wrong
                .field
                .to_string()
                .ends_with("retention.keep_reviews_days"),
            "{error:?}"
        );
    }

    #[test]
    fn mistakes_in_sources_are_reported_at_their_settings() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("node.toml");
        let text = "city = '430100'\nlisten = '127.0.0.1:7430'\ndata = 'data'\n\
            endpoint = 'node:7430'\nidentity = 'i'\nca = 'c'\npeople = 'p'\ncoordinator = 'c:1'\n\
            [sources.good]\nkind = 'csv'\nfolder = 'tables'\nencoding = 'gb18030'\n";
        std::fs::write(&file, text).unwrap();
        let settings = Settings::load(&file, &Overrides::default()).unwrap();
        assert_eq!(settings.sources.iter().count(), 1);
        let wrong = "[sources.bad]\nkind = 'sqlite'\nfolder = 'x'\nstatement_seconds = 0\n";
        std::fs::write(&file, format!("{text}{wrong}")).unwrap();
        let error = Settings::load(&file, &Overrides::default()).unwrap_err();
        let places = error.violations().iter().map(|v| v.field.to_string());
        let mut settings: Vec<String> = places
            .map(|place| place.rsplit('.').next().unwrap().to_owned())
            .collect();
        settings.sort_unstable();
        let expected = ["folder", "path", "statement_seconds", "statement_seconds"];
        assert_eq!(settings, expected, "{error:?}");
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
