//! The coordinator's settings: a TOML file, over it the environment (`CHENGJI_COORDINATOR_…`),
//! over both the flags of `serve`.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chengji_domain::fact::Member;
use chengji_domain::{CityCode, Error, ErrorCode, Result, Violation};
use chengji_proto::v1;
use chengji_terminal::settings::{self, Overrides};
use chengji_transport::IdentityFiles;
use chengji_transport::telemetry::LogFormat;
use serde::Deserialize;

/// What every variable of the environment begins with.
const ENV_PREFIX: &str = "CHENGJI_COORDINATOR_";

/// Checked settings; paths as they are to be opened.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the cluster, as in its certificates.
    pub cluster: String,
    /// Where to listen; port 0 for any free one.
    pub listen: SocketAddr,
    /// The data directory.
    pub data: PathBuf,
    /// Certificate, key, and the cluster's authority.
    pub identity: IdentityFiles,
    /// The unit at the head of the rate's reports.
    pub headline: v1::RateUnit,
    /// The members, in order of city.
    pub members: Vec<Member>,
    /// Where figures for Prometheus are served, if they are.
    pub metrics: Option<SocketAddr>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Which log lines are written, such as `info`.
    pub log_filter: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    cluster: String,
    listen: String,
    data: PathBuf,
    certificate: PathBuf,
    key: PathBuf,
    ca: PathBuf,
    #[serde(default)]
    headline: Headline,
    #[serde(default)]
    members: Vec<WrittenMember>,
    metrics: Option<String>,
    #[serde(default)]
    log_format: Format,
    log_filter: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenMember {
    city: String,
    name: String,
    endpoint: String,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Headline {
    #[default]
    Entries,
    Rows,
    Bytes,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Human,
    Json,
}

impl Settings {
    /// Reads the settings; relative paths in them count from the folder the file stands in. Every
    /// mistake is told at once.
    pub fn read(file: &Path, overrides: &Overrides) -> Result<Self> {
        let written: Written = settings::load(Some(file), ENV_PREFIX, overrides)?;
        written.check(file)
    }

    /// The members' cities.
    pub fn cities(&self) -> BTreeSet<CityCode> {
        self.members.iter().map(|member| member.city).collect()
    }
}

impl Written {
    fn check(self, file: &Path) -> Result<Settings> {
        let folder = file.parent().unwrap_or(Path::new(""));
        let mut wrong = Mistakes {
            file,
            found: Vec::new(),
        };
        let listen = wrong.address("listen", &self.listen);
        let metrics = self
            .metrics
            .map(|metrics| wrong.address("metrics", &metrics));
        if self.cluster.is_empty() {
            wrong.tell(
                "cluster",
                "it is empty; name the cluster as in its certificates".into(),
            );
        }
        let members = wrong.members(self.members);
        let unset = SocketAddr::from(([0, 0, 0, 0], 0));
        let settings = Settings {
            cluster: self.cluster,
            listen: listen.unwrap_or(unset),
            data: folder.join(self.data),
            identity: IdentityFiles {
                certificate: folder.join(self.certificate),
                key: folder.join(self.key),
                ca: folder.join(self.ca),
            },
            headline: match self.headline {
                Headline::Entries => v1::RateUnit::Entries,
                Headline::Rows => v1::RateUnit::Rows,
                Headline::Bytes => v1::RateUnit::Bytes,
            },
            members,
            metrics: metrics.flatten(),
            log_format: match self.log_format {
                Format::Human => LogFormat::Human,
                Format::Json => LogFormat::Json,
            },
            log_filter: self.log_filter.unwrap_or_else(|| "info".to_owned()),
        };
        wrong.none().map(|()| settings)
    }
}

/// What is wrong with the values of a file.
struct Mistakes<'a> {
    file: &'a Path,
    found: Vec<Violation>,
}

impl Mistakes<'_> {
    fn tell(&mut self, field: &str, problem: String) {
        self.found.push(Violation {
            field: format!("{}:{field}", self.file.display()),
            problem,
        });
    }

    fn address(&mut self, field: &str, text: &str) -> Option<SocketAddr> {
        let address = text.parse().ok();
        if address.is_none() {
            let problem = format!("'{text}' is not an IP address and port such as 0.0.0.0:7400");
            self.tell(field, problem);
        }
        address
    }

    fn members(&mut self, written: Vec<WrittenMember>) -> Vec<Member> {
        let mut members: Vec<Member> = Vec::new();
        for (index, member) in written.into_iter().enumerate() {
            let field = |name: &str| format!("members[{index}].{name}");
            let length = member.name.chars().count();
            if !(1..=100).contains(&length) {
                self.tell(
                    &field("name"),
                    format!("{length} characters; it takes 1 to 100"),
                );
            }
            let endpoint = member.endpoint.rsplit_once(':');
            let callable = endpoint.is_some_and(|(host, port)| {
                !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
            });
            if !callable {
                let problem = format!(
                    "'{}' is not an address; write host:port, such as node.example:7400",
                    member.endpoint
                );
                self.tell(&field("endpoint"), problem);
            }
            match member.city.parse::<CityCode>() {
                Ok(city) if members.iter().any(|known| known.city == city) => {
                    self.tell(&field("city"), format!("{city} is a member twice"));
                }
                Ok(city) => {
                    members.push(Member {
                        city,
                        name: member.name,
                        endpoint: member.endpoint,
                    });
                }
                Err(error) => self.tell(&field("city"), error.message().to_owned()),
            }
        }
        members.sort_by_key(|member| member.city);
        members
    }

    fn none(self) -> Result<()> {
        if self.found.is_empty() {
            return Ok(());
        }
        let message = format!("the settings in {} are wrong", self.file.display());
        Err(Error::new(ErrorCode::Misconfigured, message).with_violations(self.found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "cluster = 'demo'\nlisten = '127.0.0.1:7300'\ndata = 'data'\n\
        certificate = 'cert.pem'\nkey = 'key.pem'\nca = '/etc/ca.pem'\nheadline = 'bytes'\n\
        [[members]]\ncity = '430200'\nname = '株洲'\nendpoint = '127.0.0.1:7402'\n\
        [[members]]\ncity = '430100'\nname = '长沙'\nendpoint = '127.0.0.1:7401'\n";

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
    fn paths_count_from_the_file_and_members_stand_in_order() {
        let (folder, settings) = read(GOOD);
        let settings = settings.unwrap();
        assert_eq!(settings.data, folder.join("data"));
        assert_eq!(settings.identity.ca, Path::new("/etc/ca.pem"));
        assert_eq!(settings.headline, v1::RateUnit::Bytes);
        let cities: Vec<String> = settings
            .members
            .iter()
            .map(|m| m.city.to_string())
            .collect();
        assert_eq!(cities, ["430100", "430200"]);
    }

    #[test]
    fn every_mistake_is_told_at_once() {
        let text = GOOD
            .replace("127.0.0.1:7300", "7300")
            .replace("'430200'", "'430101'")
            .replace("127.0.0.1:7401", "node");
        let error = read(&text).1.unwrap_err();
        let fields: Vec<&str> = error
            .violations()
            .iter()
            .filter_map(|v| v.field.rsplit(':').next())
            .collect();
        assert_eq!(fields, ["listen", "members[0].city", "members[1].endpoint"]);
    }

    #[test]
    fn a_city_is_a_member_once() {
        let error = read(&GOOD.replace("430200", "430100")).1.unwrap_err();
        assert!(error.violations()[0].problem.contains("twice"), "{error:?}");
    }
}
