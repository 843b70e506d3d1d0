//! The coordinator's settings: a TOML file, overridden by the environment (`CHENGJI_COORDINATOR_…`),
//! overridden by the flags of `serve`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chengji_domain::Endpoint;
use chengji_domain::Result;
use chengji_domain::rate::Unit;
use chengji_domain::tables::Tables;
use chengji_messages::msg;
use chengji_pki::AuthorityFiles;
use chengji_runtime::settings::{self, Mistakes, Overrides};
use chengji_runtime::tables;
use chengji_runtime::telemetry::LogFormat;
use chengji_transport::ServerLimits;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

use crate::probes::ProbeSettings;
use crate::quota::Quotas;
use crate::requests::Disputes;

/// Prefix of the environment variables.
pub const ENV_PREFIX: &str = "CHENGJI_COORDINATOR_";

/// Checked settings; paths are ready to open.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the cluster, as in its certificates.
    pub cluster: String,
    /// Address to listen on; port 0 for any free one.
    pub listen: SocketAddr,
    /// The data directory.
    pub data: PathBuf,
    /// The folder for backups; `backups` beside the data directory by default.
    pub backups: PathBuf,
    /// The address at which others call the coordinator, `host:port`.
    pub address: String,
    /// The cluster's authority.
    pub authority: AuthorityFiles,
    /// The file with the passphrase of its key, if that has one.
    pub passphrase: Option<PathBuf>,
    /// Resource limits for peers.
    pub limits: ServerLimits,
    /// The quotas of each city.
    pub quotas: Quotas,
    /// Disputes between cities.
    pub disputes: Disputes,
    /// Probes of entries.
    pub probes: ProbeSettings,
    /// Interval at which the copy of each log is compared with its owner's.
    pub compare_interval: Duration,
    /// The unit in the heading of the rate's reports.
    pub headline: Unit,
    /// The code tables: divisions, terms.
    pub tables: Arc<Tables>,
    /// Address of the Prometheus metrics, if they are served.
    pub metrics: Option<SocketAddr>,
    /// Format of log lines.
    pub log_format: LogFormat,
    /// Filter of log lines, such as `info`.
    pub log_filter: String,
}

/// Settings as written in the file; `deploy/coordinator.toml` is generated from it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Written {
    /// The name of the cluster, as in its certificates (`spiffe://CLUSTER/…`) and in `init --cluster`. The
    /// database belongs to this cluster for good.
    #[schemars(example = &"chang-zhu-tan")]
    cluster: String,
    /// The address to listen on.
    #[schemars(example = &"0.0.0.0:7400", extend("x-value" = "socket"))]
    listen: SocketAddr,
    /// The address at which cities, operators and auditors reach the coordinator. Invitations carry it.
    #[schemars(example = &"coordinator.example:7400", extend("x-value" = "endpoint"))]
    address: String,
    /// The database: federated catalogue, requests, copies of the cities' logs, the coordinator's own log,
    /// members, people, certificates, and the audit log. `init` creates it; `serve` refuses to start without it.
    #[schemars(example = &"data", extend("x-value" = "folder"))]
    data: PathBuf,
    /// The folder of the cluster's authority: `ca.pem` and `ca-key.pem` (mode 600). The coordinator issues
    /// certificates with it and signs the roster. Back it up separately, and keep it secret.
    #[schemars(example = &"ca", extend("x-value" = "folder"))]
    authority: PathBuf,
    /// The file with the passphrase of `ca-key.pem` in its first line, if the key has one (mode 600).
    #[schemars(example = &"/run/secrets/chengji-ca", extend("x-value" = "file"))]
    passphrase_file: Option<PathBuf>,
    /// The folder for backups; `backups` beside the data directory if omitted.
    #[schemars(example = &"backups", extend("x-value" = "folder"))]
    backups: Option<PathBuf>,
    #[serde(default)]
    limits: ServerLimits,
    #[serde(default)]
    quotas: Quotas,
    #[serde(default)]
    disputes: Disputes,
    #[serde(default)]
    probes: ProbeSettings,
    /// Interval at which the copy of each city's log is compared with the city's own, entry by entry, in the
    /// background.
    #[serde(default = "usual_compare_interval")]
    #[schemars(range(min = 1), extend("x-value" = "seconds"))]
    compare_interval: u32,
    /// The unit of the headline score of the sharing rate; reports contain the figures in all three units.
    #[serde(default)]
    headline: Headline,
    /// The folder of code tables that replace the built-in ones of the same name: `divisions.csv`, `terms.csv`.
    /// `tables export` writes the built-in ones and `tables check` checks the folder, which is read at start-up.
    #[schemars(example = &"tables", extend("x-value" = "folder"))]
    tables: Option<PathBuf>,
    /// The address of Prometheus metrics (`/metrics`) and probes (`/healthz`, `/readyz`), over plain HTTP without
    /// authentication; not served if omitted. Only the monitoring should be able to reach it.
    #[schemars(example = &"127.0.0.1:9400", extend("x-value" = "socket"))]
    metrics: Option<SocketAddr>,
    /// The format of log lines.
    #[serde(default)]
    log_format: LogFormat,
    /// The filter of log lines: a level, or a list such as `info,chengji_coordinator=debug`.
    #[serde(default = "info")]
    log_filter: String,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
enum Headline {
    #[default]
    Entries,
    Rows,
    Bytes,
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
    settings::schema::<Written>()
}

impl Settings {
    /// Reads the settings; relative paths in them are relative to the file's folder. Every mistake is
    /// reported at once.
    pub fn read(file: &Path, overrides: &Overrides) -> Result<Self> {
        let folder = file.parent().unwrap_or(Path::new(""));
        settings::load(
            Some(file),
            ENV_PREFIX,
            overrides,
            |written: Written, mistakes| written.check(folder, mistakes),
        )
    }
}

impl Written {
    /// The settings, with paths relative to `folder`; `None` where a value is wrong.
    fn check(self, folder: &Path, mistakes: &mut Mistakes<'_>) -> Option<Settings> {
        if self.cluster.is_empty() {
            mistakes.report("cluster", msg::SettingEmpty);
        }
        if let Err(error) = self.address.parse::<Endpoint>() {
            mistakes.report("address", error.message());
        }
        let tables = tables::load(self.tables.map(|tables| folder.join(tables)).as_deref());
        let tables = tables.map_err(|error| mistakes.extend("tables", &error));
        Some(Settings {
            tables: Arc::new(tables.ok()?),
            cluster: self.cluster,
            listen: self.listen,
            backups: self.backups.map_or_else(
                || folder.join(&self.data).with_file_name("backups"),
                |backups| folder.join(backups),
            ),
            data: folder.join(&self.data),
            address: self.address,
            authority: AuthorityFiles::of_cluster(&folder.join(self.authority)),
            passphrase: self.passphrase_file.map(|file| folder.join(file)),
            limits: self.limits,
            quotas: self.quotas,
            disputes: self.disputes,
            probes: self.probes,
            compare_interval: Duration::from_secs(self.compare_interval.into()),
            headline: match self.headline {
                Headline::Entries => Unit::Entries,
                Headline::Rows => Unit::Rows,
                Headline::Bytes => Unit::Bytes,
            },
            metrics: self.metrics,
            log_format: self.log_format,
            log_filter: self.log_filter,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "cluster = 'demo'\nlisten = '127.0.0.1:7300'\ndata = 'data'\n\
        address = 'coordinator.example:7300'\nauthority = '/etc/ca'\nheadline = 'bytes'\n\
        [limits]\ncalls_per_second = 50\nidle_timeout = 30\n\
        [disputes]\ncommon_superior = true\n";

    fn read(text: &str) -> (PathBuf, Result<Settings>) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("coordinator.toml");
        std::fs::write(&file, text).unwrap();
        (
            folder.path().to_owned(),
            Settings::read(&file, &Overrides::default()),
        )
    }

    #[test]
    fn paths_count_from_the_file_and_limits_left_out_are_the_usual_ones() {
        let (folder, settings) = read(GOOD);
        let settings = settings.unwrap();
        assert_eq!(settings.data, folder.join("data"));
        assert_eq!(settings.authority.certificate, Path::new("/etc/ca/ca.pem"));
        assert_eq!(settings.headline, Unit::Bytes);
        assert_eq!(settings.limits.calls_per_second.get(), 50);
        assert_eq!(settings.limits.idle_timeout.as_secs(), 30);
        assert_eq!(settings.limits.max_connections, 1024);
        assert!(settings.disputes.common_superior);
        assert!(!settings.disputes.negotiation_required);
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let text = GOOD
            .replace("127.0.0.1:7300", "7300")
            .replace("coordinator.example:7300", "coordinator")
            .replace("'demo'", "''")
            .replace("data =", "dta =");
        let error = read(&text).1.unwrap_err();
        let mut fields: Vec<String> = error
            .violations()
            .iter()
            .map(|v| v.field.to_string().rsplit(':').next().unwrap().to_owned())
            .collect();
        fields.sort_unstable();
        assert_eq!(fields, ["address", "cluster", "data", "dta", "listen"]);
        assert!(read(&GOOD.replace("idle_timeout", "idle")).1.is_err());
    }
}
