//! The command line: one file per noun. Commands that call a coordinator use a profile; `serve`,
//! `ca` and `log new-epoch` work on this machine's files.

mod ca;
mod city;
mod directory;
mod log;
mod member;
mod rate;
mod request;
mod serve;

use std::path::Path;
use std::process::ExitCode;

use chengji_client::command::{
    AuditArgs, BackupCommand, CertificateCommand, DataDirectory, PersonCommand, ProfileCommand,
    Session, SessionArgs, StatusArgs, TablesCommand, answer, quarantine,
};
use chengji_client::failure;
use chengji_domain::fact::LogOwner;
use chengji_domain::time::read;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_runtime::settings::Overrides;
use chengji_transport::Expect;
use clap::{CommandFactory, Parser, Subcommand};
use jiff::Timestamp;

use crate::config::Settings;

/// The program's name, under which it has a current profile.
const PROGRAM: &str = "chengji-coordinator";

const EXAMPLES: &str = "\
Examples 示例:
  chengji-coordinator init --dir cluster --cluster demo
  chengji-coordinator serve --config cluster/coordinator.toml
  chengji-coordinator member invite 430100 --name 长沙市
  chengji-coordinator member suspend 430100 --reason 越权使用
  chengji-coordinator person invite shenji --role auditor
  chengji-coordinator city list
  chengji-coordinator directory search 公共 停车场
  chengji-coordinator request list --state disputed
  chengji-coordinator rate explain 430100
  chengji-coordinator --profile shenji audit --denied
";

/// The coordinator of a city cluster: federated catalogue, requests between cities, sharing rate
/// 城市群协调机构：联合目录、城市间共享申请、共享率
#[derive(Debug, Parser)]
#[command(name = "chengji-coordinator", version, after_help = after_help())]
struct Line {
    #[command(flatten)]
    session: SessionArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the coordinator until it is told to stop 启动协调服务
    Serve(serve::Serve),
    /// Set up a cluster: authority, settings, and the first operator 建立城市群
    Init(ca::Init),
    /// The cluster's certificate authority 证书颁发机构
    #[command(subcommand)]
    Ca(ca::Ca),
    /// The member cities: invite, suspend, resume, remove 成员管理
    #[command(subcommand)]
    Member(member::Member),
    /// The cluster's operators and auditors 人员管理
    #[command(subcommand)]
    Person(PersonCommand),
    /// With which server and as whom commands are run 连接配置
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// What was done and what was denied here 审计记录
    Audit(AuditArgs),
    /// The coordinator's own certificate 服务证书
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// The member cities and how fresh their catalogues are 成员城市
    #[command(subcommand)]
    City(city::City),
    /// Look things up in the federated catalogue 联合目录
    #[command(subcommand)]
    Directory(directory::Directory),
    /// Requests between cities, and rulings on disputes 共享申请与争议裁定
    #[command(subcommand)]
    Request(request::Request),
    /// The sharing rate and the evidence behind it 共享率
    #[command(subcommand)]
    Rate(rate::Rate),
    /// The coordinator's own log 日志
    #[command(subcommand)]
    Log(log::Log),
    /// Backups of the coordinator's data directory 备份与恢复
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Code tables: working days, deadlines, divisions, terms 代码表
    #[command(subcommand)]
    Tables(TablesCommand),
    /// Version, identity, log, and the logs that are followed 运行状态
    Status(StatusArgs),
    /// Entries of cities' logs that were set aside, and why 隔离的日志条目
    Quarantine,
}

/// The command line as it is parsed, for those that check what documents say of it.
pub fn command() -> clap::Command {
    Line::command()
}

/// Runs the command that the arguments name; the exit code to end with.
pub fn main() -> ExitCode {
    let line = Line::parse();
    let run = || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build();
        let runtime = runtime.map_err(|e| {
            Error::new(ErrorCode::Unavailable, format!("no threads to run on: {e}"))
        })?;
        runtime.block_on(line.run())
    };
    match run() {
        Ok(code) => code,
        Err(error) => failure::report(&error),
    }
}

impl Line {
    async fn run(self) -> Result<ExitCode> {
        let session = &self.session.of(PROGRAM, Expect::Coordinator);
        let done = match self.command {
            Command::Status(arguments) => return arguments.run(session).await,
            Command::Serve(serve) => serve.run().await,
            Command::Init(init) => init.run().await,
            Command::Ca(ca) => ca.run(),
            Command::Member(member) => member.run(session).await,
            Command::Person(person) => person.run(session).await,
            Command::Profile(profile) => profile.run(session),
            Command::Audit(audit) => audit.run(session).await,
            Command::Certificate(certificate) => certificate.run(session).await,
            Command::City(city) => city.run(session).await,
            Command::Directory(directory) => directory.run(session).await,
            Command::Request(request) => request.run(session).await,
            Command::Rate(rate) => rate.run(session).await,
            Command::Log(log) => log.run(session).await,
            Command::Backup(backup) => backup.run(session, data_directory).await,
            Command::Tables(tables) => tables.run(session, |config| {
                Settings::read(config, &Overrides::default()).map(|settings| settings.tables)
            }),
            Command::Quarantine => quarantine(session).await,
        };
        done.map(|()| ExitCode::SUCCESS)
    }
}

fn data_directory(config: &Path) -> Result<DataDirectory> {
    let settings = Settings::read(config, &Overrides::default())?;
    Ok(DataDirectory {
        path: settings.data,
        owner: LogOwner::Coordinator,
        cluster: settings.cluster,
    })
}

/// A time on the command line.
fn time(text: &str) -> std::result::Result<Timestamp, String> {
    read(text).ok_or_else(|| Message::from(msg::TimeMalformed).shown())
}

fn after_help() -> String {
    format!("{EXAMPLES}\n{}", failure::EXIT_CODES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Line::command().debug_assert();
    }

    #[test]
    fn the_examples_of_the_help_are_commands() {
        let examples = EXAMPLES
            .lines()
            .filter_map(|line| line.strip_prefix("  chengji"));
        let mut count = 0;
        for example in examples {
            let parsed = Line::try_parse_from(example.split_whitespace());
            assert!(parsed.is_ok(), "{example}: {parsed:?}");
            count += 1;
        }
        assert_eq!(count, 10);
    }

    #[test]
    fn every_command_is_explained_in_both_languages() {
        fn check(command: &clap::Command) {
            for command in command.get_subcommands().filter(|c| c.get_name() != "help") {
                let about = command
                    .get_about()
                    .map(ToString::to_string)
                    .unwrap_or_default();
                let chinese = about
                    .chars()
                    .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                assert!(
                    chinese && about.is_ascii() != chinese,
                    "{}: {about}",
                    command.get_name()
                );
                check(command);
            }
        }
        check(&Line::command());
    }
}
