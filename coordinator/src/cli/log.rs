//! `log`: the coordinator's own log.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use chengji_client::command::{ConfirmArgs, ExportLogArgs, VerifyLogArgs};
use chengji_client::output::{note, print};
use chengji_client::views;
use chengji_clock::system_clock;
use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_follow::new_epoch;
use chengji_messages::{Value, msg};
use chengji_runtime::settings::Overrides;
use clap::Subcommand;

use super::Session;
use crate::config::Settings;

#[derive(Debug, Subcommand)]
pub(super) enum Log {
    /// Show entries of the log
    Show {
        /// First position
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Entries shown at most
        #[arg(long, default_value = "100")]
        limit: NonZeroUsize,
    },
    /// Write the log to a file for archives
    ///
    /// The file has every entry as it is stored, without the bodies that the caller may not read, and is verified
    /// without any program by 'log verify'. Its format is 'proto/chengji/log/v1/archive.proto'.
    Export(ExportLogArgs),
    /// Verify an exported file: it is complete, without a gap, and as it was written
    Verify(VerifyLogArgs),
    /// Append to the log although no peer has confirmed that it is complete
    ///
    /// After each start nothing is appended until a peer has confirmed that it knows no more of this log.
    /// 'status' lists the missing confirmations.
    Confirm(ConfirmArgs),
    /// Open a new epoch of the log in a data directory that lacks entries
    ///
    /// The coordinator must be stopped. Followers notice the new epoch and read the log again from its
    /// beginning, so that none of them keeps entries that the data directory lacks.
    NewEpoch {
        /// The settings, a TOML file
        #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
        config: PathBuf,
    },
}

impl Log {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        match self {
            Self::Show { from, limit } => show(session, from, limit.get()).await,
            Self::Export(arguments) => arguments.run(session).await,
            Self::Verify(arguments) => arguments.run(session),
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
    note(msg::EpochBegun {
        epoch: Value::text(position.epoch),
        seq: position.seq,
    });
    Ok(())
}
