//! `rules`: deadline rules of jurisdictions and holiday notices.

use std::path::{Path, PathBuf};

use chengji_client::command::{RulesCommand, read_table};
use chengji_client::output::print;
use chengji_client::views;
use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::rule_setting_service_client::RuleSettingServiceClient;
use clap::{Args, Subcommand};

use super::{Session, answer};

#[derive(Debug, Subcommand)]
pub(super) enum Rules {
    #[command(flatten)]
    Shared(RulesCommand),
    /// Set deadline rules of a jurisdiction from a table
    ///
    /// Of each rule that the table names, its rows take the place of all earlier ones of the jurisdiction. Deadlines
    /// that were counted stay as they are.
    Set(TableArgs),
    /// Holiday notices
    #[command(subcommand)]
    Holidays(Holidays),
}

#[derive(Debug, Subcommand)]
pub(super) enum Holidays {
    /// Set the State Council's holiday notices of the years in a table
    ///
    /// Provisional deadlines that they make later are moved.
    Set(TableArgs),
}

#[derive(Debug, Args)]
pub(super) struct TableArgs {
    /// The table, a CSV file
    file: PathBuf,
    /// Record nothing, and show what would change
    #[arg(long)]
    dry_run: bool,
}

impl TableArgs {
    /// The name of the file for messages, and the table.
    fn read(&self) -> Result<(String, String)> {
        let name = self.file.file_name().map(Path::new);
        let name = name.unwrap_or(&self.file).display().to_string();
        Ok((name, read_table(&self.file)?))
    }
}

impl Rules {
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        match self {
            Self::Shared(command) => command.run(session).await,
            Self::Set(arguments) => {
                let (file, table) = arguments.read()?;
                let asked = v1::SetRulesRequest {
                    file,
                    table,
                    dry_run: arguments.dry_run,
                };
                let mut client = RuleSettingServiceClient::new(session.channel().await?);
                let set = answer(client.set_rules(asked)).await?;
                print(session.format(), &set, views::rules_set)
            }
            Self::Holidays(Holidays::Set(arguments)) => {
                let (file, table) = arguments.read()?;
                let asked = v1::SetHolidaysRequest {
                    file,
                    table,
                    dry_run: arguments.dry_run,
                };
                let mut client = RuleSettingServiceClient::new(session.channel().await?);
                let set = answer(client.set_holidays(asked)).await?;
                print(session.format(), &set, views::holidays_set)
            }
        }
    }
}
