//! `log …`: the city's own log.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use chengji_client::command::{ConfirmArgs, ExportLogArgs, VerifyLogArgs, accept_log};
use chengji_client::output::{note, print};
use chengji_client::views;
use chengji_clock::system_clock;
use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_follow::new_epoch;
use chengji_messages::msg;
use chengji_runtime::settings::Overrides;
use clap::Subcommand;

use super::Context;
use super::catalogue::RetentionArgs;
use crate::config::Settings;

/// Commands on the log.
#[derive(Subcommand, Debug)]
pub enum LogCommand {
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
    /// Accept the coordinator's log as it is now, although it differs from the one that was followed
    ///
    /// The log is read again from its beginning; the earlier copy is kept. 'status' shows the difference.
    AcceptCoordinator {
        /// Reason
        #[arg(long)]
        reason: String,
    },
    /// Remove the contents of reviews past their retention period, 'retention.keep_reviews_days'
    ///
    /// The node must be stopped; while it runs, it does the same once a day. The log keeps the envelope and the leaf of
    /// each entry, so that its Merkle root and 'log verify' are unchanged, and the history of a catalogue entry keeps
    /// what was done and when.
    Retention(RetentionArgs),
    /// Open a new epoch of the log in a data directory that lacks entries
    ///
    /// The node must be stopped. Followers notice the new epoch and read the log again from its beginning,
    /// so that none of them keeps entries that the data directory lacks.
    NewEpoch {
        /// The settings, a TOML file
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
        LogCommand::Export(arguments) => arguments.run(context).await?,
        LogCommand::Verify(arguments) => arguments.run(context)?,
        LogCommand::Confirm(arguments) => arguments.run(context).await?,
        LogCommand::AcceptCoordinator { reason } => {
            let log = LogOwner::Coordinator.to_string();
            accept_log(context, log, reason).await?;
        }
        LogCommand::Retention(arguments) => return arguments.run(context).await,
        LogCommand::NewEpoch { config } => {
            let settings = Settings::load(&config, &Overrides::default())?;
            let log = LogOwner::City(settings.city);
            let head = new_epoch(&settings.data, log, system_clock()()).await?;
            let epoch = head.epoch;
            note(msg::LogNewEpochOpened { epoch });
        }
    }
    Ok(ExitCode::SUCCESS)
}
