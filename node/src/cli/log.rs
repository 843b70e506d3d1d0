//! `log …`: the city's own log.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use chengji_client::command::{ConfirmArgs, accept_log};
use chengji_client::output::{note, print};
use chengji_client::views;
use chengji_clock::system_clock;
use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_follow::new_epoch;
use chengji_runtime::settings::Overrides;
use clap::Subcommand;

use super::Context;
use crate::config::Settings;

/// Commands on the log.
#[derive(Subcommand, Debug)]
pub enum LogCommand {
    /// Show entries 查看日志
    Show {
        /// First position 起始序号
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Entries shown at most 显示条数
        #[arg(long, default_value = "100")]
        limit: NonZeroUsize,
    },
    /// Append to the log although no peer has confirmed that it is whole 无对方确认时恢复写入
    ///
    /// After each start nothing is appended until a peer has said that it knows nothing else of this
    /// log. 'status' says what is missing.
    Confirm(ConfirmArgs),
    /// Accept the coordinator's log as it is now, although it is not the one that was followed
    /// 接受协调方现有日志
    ///
    /// It is read anew from its beginning; the copy of the earlier one is kept. 'status' shows what is
    /// wrong with it.
    AcceptCoordinator {
        /// Why 原因
        #[arg(long)]
        reason: String,
    },
    /// Open a new epoch of the log in a data directory that lacks entries 承认缺失并开启新纪元
    ///
    /// The node must be stopped. Followers notice the new epoch and read the log again from its
    /// beginning, so that nobody keeps what the data directory does not have.
    NewEpoch {
        /// The settings, a TOML file 配置文件
        #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
        config: PathBuf,
    },
}

/// Runs one.
pub async fn run(command: LogCommand, context: &Context) -> Result<ExitCode> {
    match command {
        LogCommand::Show { from, limit } => {
            let (page, head) =
                chengji_follow::read(context.channel().await?, from, limit.get()).await?;
            print(context.format(), &page, |page| views::log(page, head))?;
        }
        LogCommand::Confirm(arguments) => arguments.run(context).await?,
        LogCommand::AcceptCoordinator { reason } => {
            let log = LogOwner::Coordinator.to_string();
            accept_log(context, log, reason).await?;
        }
        LogCommand::NewEpoch { config } => {
            let settings = Settings::load(&config, &Overrides::default())?;
            let log = LogOwner::City(settings.city);
            let head = new_epoch(&settings.data, log, system_clock()()).await?;
            note(format_args!(
                "the log goes on in epoch {} 日志已进入新纪元",
                head.epoch
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}
