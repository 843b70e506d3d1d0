//! The command line of a city: `serve` runs the node, everything else calls it.

mod catalogue;
mod delivery;
mod directory;
mod fetch;
mod join;
mod log;
mod request;
mod request_args;
mod wait;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chengji_client::command::{
    AuditArgs, BackupCommand, CertificateCommand, DataDirectory, PersonCommand, ProfileCommand,
    Session, SessionArgs, StatusArgs, TablesCommand, answer, quarantine,
};
use chengji_client::failure;
use chengji_domain::fact::LogOwner;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_pki::enrolment;
use chengji_runtime::settings::Overrides;
use chengji_transport::Expect;
use clap::{CommandFactory, Parser, Subcommand};

use crate::config::Settings;

/// The program's name, under which it has a current profile.
const PROGRAM: &str = "chengji-node";

/// What every command that calls a node works with.
type Context = Session;

/// A city's node of the Chengji exchange, and the commands of the city's people
/// 城际共享交换：城市节点及其工作人员命令
///
/// `chengji-node join` sets a node up, `serve` runs it. All other commands call a running node, as
/// the person of the current profile; `person join` makes one.
#[derive(Parser, Debug)]
#[command(name = "chengji-node", version, after_help = failure::EXIT_CODES)]
struct Arguments {
    #[command(flatten)]
    session: SessionArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the node until SIGTERM or Ctrl-C 运行节点
    Serve {
        /// The settings, a TOML file 配置文件
        #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
        config: PathBuf,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Join a cluster by an invitation: keys, certificate, settings, administrator 加入城市群
    Join(join::JoinArgs),
    /// The city's people and their roles 人员管理
    #[command(subcommand)]
    Person(PersonCommand),
    /// With which server and as whom commands are run 连接配置
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// What was done and what was denied here 审计记录
    Audit(AuditArgs),
    /// The node's own certificate 服务证书
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// The city's own catalogue 本市目录
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// The federated catalogue of all cities 联合目录
    #[command(subcommand)]
    Directory(directory::DirectoryCommand),
    /// Requests, those made and those to answer 共享申请
    #[command(subcommand)]
    Request(request_args::RequestCommand),
    /// Fetch a granted resource into the node's folder of received files, or a file here 获取已授权资源
    Fetch(fetch::FetchArgs),
    /// What was sent and received, as both sides have it on record 交付回执
    Receipts(delivery::ReceiptsArgs),
    /// The city's log 本市日志
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Backups of the node's data directory 备份与恢复
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Code tables: working days, deadlines, divisions, terms 代码表
    #[command(subcommand)]
    Tables(TablesCommand),
    /// How the node is 节点状态
    Status(StatusArgs),
    /// Entries of followed logs that were set aside, and why 被隔离的日志条目
    Quarantine,
}

/// The command line as it is parsed, for those that check what documents say of it.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Runs the command line; every failure is told with its remedy.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(e) => {
            let message = format!("the runtime cannot start: {e}");
            return failure::report(&Error::new(ErrorCode::Misconfigured, message));
        }
    };
    match runtime.block_on(run(arguments)) {
        Ok(code) => code,
        Err(error) => failure::report(&error),
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let context = arguments.session.of(PROGRAM, Expect::AnyNode);
    let done = match arguments.command {
        Command::Catalogue(command) => return catalogue::run(command, &context).await,
        Command::Directory(command) => return directory::run(command, &context).await,
        Command::Request(command) => return request::run(command, &context).await,
        Command::Fetch(arguments) => return fetch::fetch(arguments, &context).await,
        Command::Receipts(arguments) => return delivery::receipts(arguments, &context).await,
        Command::Log(command) => return log::run(command, &context).await,
        Command::Status(arguments) => return arguments.run(&context).await,
        Command::Serve { config, overrides } => crate::serve::serve(&config, &overrides).await,
        Command::Join(join) => join.run().await,
        Command::Person(command) => command.run(&context).await,
        Command::Profile(command) => command.run(&context),
        Command::Audit(command) => command.run(&context).await,
        Command::Certificate(command) => command.run(&context).await,
        Command::Backup(command) => command.run(&context, data_directory).await,
        Command::Tables(command) => command.run(&context, |config| {
            Settings::load(config, &Overrides::default()).map(|settings| settings.tables)
        }),
        Command::Quarantine => quarantine(&context).await,
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn data_directory(config: &Path) -> Result<DataDirectory> {
    let settings = Settings::load(config, &Overrides::default())?;
    let (cluster, _) = enrolment::subject(&settings.identity)?;
    Ok(DataDirectory {
        path: settings.data,
        owner: LogOwner::City(settings.city),
        cluster,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_well_formed() {
        command().debug_assert();
    }
}
