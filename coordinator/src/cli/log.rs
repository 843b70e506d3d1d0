//! `log`: the coordinator's own log.

use std::path::PathBuf;
use std::sync::Arc;

use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_store::{Ledger, RocksStore};
use chengji_terminal::output::{note, print};
use chengji_terminal::settings::Overrides;
use chengji_terminal::views;
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
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Begin a new epoch, with the coordinator stopped, after its data was restored from a backup
    /// 恢复备份后开启新纪元
    NewEpoch {
        /// The settings, a TOML file 配置文件
        #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
        config: PathBuf,
    },
}

impl Log {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        match self {
            Self::Show { from, limit } => show(session, from, limit).await,
            Self::NewEpoch { config } => {
                new_epoch(Settings::read(&config, &Overrides::default())?).await
            }
        }
    }
}

async fn show(session: &Session, from: u64, limit: usize) -> Result<()> {
    let (page, head) = chengji_follow::read(session.channel().await?, from, limit).await?;
    print(session.format(), &page, |page| views::log(page, head))
}

async fn new_epoch(settings: Settings) -> Result<()> {
    let store = Arc::new(RocksStore::open(&settings.data)?);
    let ledger = Ledger::open(store, &LogOwner::Coordinator.to_string())?;
    let position = ledger.new_epoch().await?;
    ledger.close();
    note(format_args!(
        "the log goes on in epoch {} at {} 已开启新纪元",
        position.epoch, position.seq
    ));
    Ok(())
}
