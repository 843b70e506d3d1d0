//! What a command needs in order to call a program: where it listens and whom the caller is.
//! The profile names key files and never holds a key.

use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result, Violation};
use serde::Deserialize;

use crate::settings;

const LINES: &str = "write it with the four lines server = \"host:port\", certificate, key and ca \
                     (paths of PEM files, relative to the profile), or name another with --profile";

/// Whom to call and as whom.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The program's address, `host:port`.
    pub server: String,
    /// The caller's certificate chain, a PEM file.
    pub certificate: PathBuf,
    /// The caller's private key, a PEM file.
    pub key: PathBuf,
    /// The certificates of the cluster's authority, a PEM file.
    pub ca: PathBuf,
}

/// The flag that names the profile.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct ProfileArgs {
    /// The TOML file that says which server to call and with which certificate
    /// 连接配置文件：服务地址与证书
    #[arg(long, value_name = "FILE", env = "CHENGJI_PROFILE", global = true)]
    pub profile: Option<PathBuf>,
}

impl ProfileArgs {
    /// Reads the profile named by the flag or the environment.
    pub fn load(&self) -> Result<Profile> {
        let Some(file) = &self.profile else {
            return Err(
                Error::new(ErrorCode::InvalidArgument, "no profile is named")
                    .with_remedy("name one with --profile FILE, or set CHENGJI_PROFILE"),
            );
        };
        Profile::read(file)
    }
}

impl Profile {
    /// Reads a profile; relative paths in it count from the folder it stands in.
    pub fn read(file: &Path) -> Result<Self> {
        let profile: Self = settings::load_file(file, LINES)?;
        let server_problem = server_problem(&profile.server);
        if let Some(problem) = server_problem {
            let field = format!("{}:server", file.display());
            return Err(Error::new(
                ErrorCode::Misconfigured,
                format!("the profile {} is wrong", file.display()),
            )
            .with_violations(vec![Violation { field, problem }]));
        }
        let folder = file.parent().unwrap_or(Path::new(""));
        Ok(Self {
            certificate: folder.join(profile.certificate),
            key: folder.join(profile.key),
            ca: folder.join(profile.ca),
            server: profile.server,
        })
    }
}

fn server_problem(server: &str) -> Option<String> {
    let valid = server.rsplit_once(':').is_some_and(|(host, port)| {
        let bare_ipv6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        let foreign = host.contains(|c: char| c == '/' || c.is_whitespace());
        !host.is_empty() && !bare_ipv6 && !foreign && port.parse::<u16>().is_ok_and(|p| p > 0)
    });
    (!valid).then(|| {
        format!("'{server}' is not an address; write host:port, such as node.example:7400")
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("officer.toml");
        std::fs::write(&file, text).unwrap();
        (folder, file)
    }

    #[test]
    fn paths_count_from_the_profiles_folder() {
        let (folder, file) = written(
            "server = '127.0.0.1:7400'\ncertificate = 'me.pem'\nkey = 'keys/me.key'\nca = '/etc/ca.pem'\n",
        );
        let profile = ProfileArgs {
            profile: Some(file),
        }
        .load()
        .unwrap();
        assert_eq!(profile.certificate, folder.path().join("me.pem"));
        assert_eq!(profile.key, folder.path().join("keys/me.key"));
        assert_eq!(profile.ca, Path::new("/etc/ca.pem"));
    }

    #[test]
    fn what_is_missing_or_unknown_is_told_at_once() {
        let (_folder, file) = written("server = 'x:1'\ncert = 'me.pem'\nkey = 'me.key'\n");
        let error = Profile::read(&file).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
        let fields: Vec<&str> = error
            .violations()
            .iter()
            .filter_map(|violation| violation.field.rsplit(':').next())
            .collect();
        assert_eq!(fields, ["cert", "certificate", "ca"]);
    }

    #[test]
    fn a_server_is_host_and_port() {
        for good in [
            "localhost:1",
            "10.0.0.1:65535",
            "[::1]:7400",
            "长沙.example:7400",
        ] {
            assert_eq!(server_problem(good), None, "{good}");
        }
        for bad in [
            "localhost",
            ":7400",
            "h:0",
            "h:65536",
            "https://h:1",
            "::1:7400",
            "a b:1",
        ] {
            assert!(server_problem(bad).is_some(), "{bad}");
        }
        let (_folder, file) = written("server='h'\ncertificate='c'\nkey='k'\nca='a'\n");
        let error = Profile::read(&file).unwrap_err();
        assert!(
            error.violations()[0].field.ends_with("officer.toml:server"),
            "{error:?}"
        );
    }

    #[test]
    fn no_profile_and_a_missing_one_say_what_to_do() {
        let none = ProfileArgs::default().load().unwrap_err();
        assert!(none.remedy().contains("CHENGJI_PROFILE"));
        let missing = Profile::read(Path::new("/nowhere/officer.toml")).unwrap_err();
        assert_eq!(missing.code(), ErrorCode::Misconfigured);
        assert!(missing.message().contains("/nowhere/officer.toml"));
        assert!(missing.remedy().contains("server ="));
    }

    #[test]
    fn the_flag_may_stand_after_the_command() {
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            profile: ProfileArgs,
            #[command(subcommand)]
            command: Command,
        }
        #[derive(clap::Subcommand)]
        enum Command {
            List,
        }
        let line = Line::parse_from(["node", "list", "--profile", "a.toml"]);
        assert!(matches!(line.command, Command::List));
        assert_eq!(line.profile.profile.as_deref(), Some(Path::new("a.toml")));
    }
}
