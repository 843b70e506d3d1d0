//! The command line of a city: `serve` runs the node, everything else calls it.

mod catalogue;
mod delivery;
mod directory;
mod log;
mod request;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::SystemTime;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_proto::{status, v1};
use chengji_terminal::output::{Format, print};
use chengji_terminal::profile::ProfileArgs;
use chengji_terminal::settings::Overrides;
use chengji_terminal::{failure, views};
use chengji_transport::{Expect, Identity, IdentityFiles, channel};
use clap::{Parser, Subcommand};
use tonic::transport::Channel;

/// A city's node of the Chengji exchange, and the commands of the city's people
/// 城际共享交换：城市节点及其工作人员命令
///
/// `chengji-node serve` runs the node. All other commands call a running node, which the profile
/// names: a TOML file with the lines server, certificate, key and ca.
#[derive(Parser, Debug)]
#[command(name = "chengji-node", version, after_help = failure::EXIT_CODES)]
struct Arguments {
    #[command(flatten)]
    profile: ProfileArgs,
    /// Who is to read the answer 输出格式
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
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
    /// The city's own catalogue 本市目录
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// The federated catalogue of all cities 联合目录
    #[command(subcommand)]
    Directory(directory::DirectoryCommand),
    /// Requests, those made and those to answer 共享申请
    #[command(subcommand)]
    Request(request::RequestCommand),
    /// Fetch a granted resource into the node's folder of received files 获取已授权资源
    Fetch(delivery::FetchArgs),
    /// What was sent and received, as both sides have it on record 交付回执
    Receipts(delivery::ReceiptsArgs),
    /// The city's log 本市日志
    #[command(subcommand)]
    Log(log::LogCommand),
    /// How the node is 节点状态
    Status,
    /// Entries of followed logs that were set aside, and why 被隔离的日志条目
    Quarantine,
}

/// What every command that calls a node works with.
pub struct Context {
    /// Who is to read the answer.
    pub format: Format,
    profile: ProfileArgs,
}

impl Context {
    /// The way to the node that the profile names.
    pub fn channel(&self) -> Result<Channel> {
        let profile = self.profile.load()?;
        let files = IdentityFiles {
            certificate: profile.certificate,
            key: profile.key,
            ca: profile.ca,
        };
        let identity = Identity::load(&files, SystemTime::now())?;
        channel(&identity, &profile.server, Expect::AnyNode)
    }
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
    let context = Context {
        format: arguments.format,
        profile: arguments.profile,
    };
    match arguments.command {
        Command::Serve { config, overrides } => {
            crate::serve::serve(&config, &overrides).await?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Catalogue(command) => catalogue::run(command, &context).await,
        Command::Directory(command) => directory::run(command, &context).await,
        Command::Request(command) => request::run(command, &context).await,
        Command::Fetch(arguments) => delivery::fetch(arguments, &context).await,
        Command::Receipts(arguments) => delivery::receipts(arguments, &context).await,
        Command::Log(command) => log::run(command, &context).await,
        Command::Status => {
            let mut client = StatusServiceClient::new(context.channel()?);
            let answer = client.status(v1::StatusRequest {}).await;
            let answer = answer.map_err(|s| status::to_error(&s))?.into_inner();
            print(context.format, &answer, views::status)?;
            Ok(ExitCode::SUCCESS)
        }
        Command::Quarantine => {
            let mut client = StatusServiceClient::new(context.channel()?);
            let answer = client.list_quarantine(v1::ListQuarantineRequest {}).await;
            let answer = answer.map_err(|s| status::to_error(&s))?.into_inner();
            print(context.format, &answer, views::quarantine)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
