//! `log …`: the city's own log.

use std::path::PathBuf;
use std::process::ExitCode;

use chengji_domain::Result;
use chengji_terminal::output::print;
use chengji_terminal::views;
use clap::Subcommand;

use super::Context;

/// Commands on the log.
#[derive(Subcommand, Debug)]
pub enum LogCommand {
    /// Show entries 查看日志
    Show {
        /// First position 起始序号
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Entries shown at most 显示条数
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Start a new epoch after the data directory was restored from a backup 恢复备份后开启新纪元
    ///
    /// The node must be stopped. Followers notice the new epoch and read the log again from its
    /// beginning, so that nobody keeps what the backup does not have.
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
            let (page, head) = chengji_follow::read(context.channel().await?, from, limit).await?;
            print(context.format(), &page, |page| views::log(page, head))?;
        }
        LogCommand::NewEpoch { config } => {
            let head = crate::serve::new_epoch(&config).await?;
            eprintln!("the log goes on at {head} 日志已进入新纪元");
        }
    }
    Ok(ExitCode::SUCCESS)
}
