//! `log retention`: removes the contents of old reviews from the data directory of a stopped node.

use std::path::PathBuf;
use std::process::ExitCode;

use chengji_client::cells;
use chengji_client::output::{note, print};
use chengji_client::views;
use chengji_clock::system_clock;
use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_messages::{Value, msg};
use chengji_runtime::settings::Overrides;
use chengji_store::{Ledger, Loss};
use clap::Args;

use super::ask::{Answer, ask};
use super::import::INTERRUPTED;
use crate::catalogue::retention::{Removed, Retention};
use crate::cli::Context;
use crate::config::Settings;
use crate::own_log::OwnLog;

/// Arguments of `log retention`.
#[derive(Args, Debug)]
pub struct RetentionArgs {
    /// The settings, a TOML file
    #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
    config: PathBuf,
    /// Count what would be removed, and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask first
    #[arg(long)]
    yes: bool,
}

impl RetentionArgs {
    /// Runs the command.
    pub async fn run(self, context: &Context) -> Result<ExitCode> {
        let settings = Settings::load(&self.config, &Overrides::default())?;
        let owner = LogOwner::City(settings.city).to_string();
        let ledger = Ledger::open_directory(&settings.data, &owner, Loss::Refused)?;
        let own = OwnLog {
            city: settings.city,
            ledger: ledger.clone(),
            clock: system_clock(),
        };
        let retention = Retention::new(own, settings.keep_reviews_days);
        let exit = self.remove(&retention, context).await;
        ledger.close();
        exit
    }

    async fn remove(&self, retention: &Retention, context: &Context) -> Result<ExitCode> {
        let found = retention.preview()?;
        // Here a person decides whether the clock is right.
        if !found.is_empty()
            && let Err(doubt) = retention.check_clock()
        {
            note(doubt.message());
        }
        let shown = if self.dry_run || found.is_empty() {
            found
        } else {
            match self.confirmed(found).await? {
                Answer::Yes => retention.remove().await?,
                Answer::No => return Ok(ExitCode::SUCCESS),
                Answer::Interrupted => return Ok(ExitCode::from(INTERRUPTED)),
            }
        };
        let removed = shown.to_wire();
        print(context.format(), &removed, views::removed_contents)?;
        Ok(ExitCode::SUCCESS)
    }

    async fn confirmed(&self, found: Removed) -> Result<Answer> {
        if self.yes {
            return Ok(Answer::Yes);
        }
        let question = msg::RetentionQuestion {
            bodies: found.bodies,
            bytes: cells::bytes(found.bytes),
            moves: found.moves,
            oldest: found
                .oldest
                .map_or_else(|| msg::LogNone.into(), Value::from),
            revisions: found.revisions,
        };
        ask(question.into(), msg::LookSameWithDryRun.into()).await
    }
}
