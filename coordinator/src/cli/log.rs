//! `log`: the coordinator's own log.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use chengji_client::command::ConfirmArgs;
use chengji_client::output::{note, print};
use chengji_client::views;
use chengji_clock::system_clock;
use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_follow::new_epoch;
use chengji_runtime::settings::Overrides;
use clap::Subcommand;

use super::Session;
use crate::config::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum Log {
    /// Show entries of the log 查看日志
    Show {
        /// First position 起始位置
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// At most so many 最多条数
        #[arg(long, default_value = "100")]
        limit: NonZeroUsize,
    },
    /// Append to the log although no peer has confirmed that it is whole 无对方确认时恢复写入
    ///
    /// After each start nothing is appended until a peer has said that it knows nothing else of this
    /// log. 'status' says what is missing.
    Confirm(ConfirmArgs),
    /// Open a new epoch, with the coordinator stopped, of a data directory that lacks entries
    /// 承认缺失并开启新纪元
    NewEpoch {
        /// The settings, a TOML file 配置文件
        #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
        config: PathBuf,
    },
}

impl Log {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        match self {
            Self::Show { from, limit } => show(session, from, limit.get()).await,
            Self::Confirm(arguments) => arguments.run(session).await,
            Self::NewEpoch { config } => {
                begin_epoch(Settings::read(&config, &Overrides::default())?).await
            }
        }
    }
}

async fn show(session: &Session, from: u64, limit: usize) -> Result<()> {
    let (page, head) = chengji_follow::read(session.channel().await?, from, limit).await?;
    print(session.format(), &page, |page| views::log(page, head))
}

async fn begin_epoch(settings: Settings) -> Result<()> {
    let position = new_epoch(&settings.data, LogOwner::Coordinator, system_clock()()).await?;
    note(format_args!(
        "the log goes on in epoch {} at {} 日志已进入新纪元",
        position.epoch, position.seq
    ));
    Ok(())
}
