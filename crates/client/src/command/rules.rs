//! `rules`: deadline rules and holiday notices, as both programs show them.

use std::path::Path;

use chengji_domain::calendar::Jurisdiction;
use chengji_domain::{Error, ErrorCode, Result, Violation};
use chengji_messages::{Message, msg};
use chengji_proto::v1;
use chengji_proto::v1::rules_service_client::RulesServiceClient;
use clap::Subcommand;
use jiff::civil::Date;

use super::{Session, answer};
use crate::arguments::date;
use crate::output::print;
use crate::pages::Pages;
use crate::views;

/// Maximum size of a table's file, bytes.
const MAX_FILE_SIZE: u64 = 256 << 10;

/// Commands on rules.
#[derive(Debug, Subcommand)]
pub enum RulesCommand {
    /// List the facts about rules in the coordinator's log
    List,
    /// Show the rules in force in a place, with their sources
    Show {
        /// Division code of a province or a city; 000000 is the whole country
        #[arg(long, value_name = "CODE")]
        jurisdiction: Option<Jurisdiction>,
        /// Day; of a past one the rules that were in force then
        #[arg(long, value_name = "DATE", value_parser = date)]
        at: Option<Date>,
    },
}

impl RulesCommand {
    /// Runs it.
    pub async fn run(self, session: &Session) -> Result<()> {
        let mut client = RulesServiceClient::new(session.channel().await?);
        match self {
            Self::List => {
                let pages = Pages::of(v1::ListRulesRequest::default());
                let list = pages.whole(async |asked| answer(client.list(asked)).await);
                print(session.format(), &list.await?, views::rules_list)
            }
            Self::Show { jurisdiction, at } => {
                let asked = v1::ShowRulesRequest {
                    jurisdiction: jurisdiction
                        .map(|place| place.to_string())
                        .unwrap_or_default(),
                    at: at.map(|day| day.to_string()).unwrap_or_default(),
                };
                let shown = answer(client.show(asked)).await?;
                print(session.format(), &shown, views::rules_in_force)
            }
        }
    }
}

/// Reads the file of a table.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a file that cannot be read, is too large or is not in UTF-8.
pub fn read_table(path: &Path) -> Result<String> {
    let wrong = |problem: Message| {
        let violations = vec![Violation::new(path.display().to_string(), problem)];
        let message = msg::RulesTableWrong {
            count: violations.len(),
        };
        Error::new(ErrorCode::InvalidArgument, message).with_violations(violations)
    };
    let unreadable = |cause: std::io::Error| wrong(msg::TablesFileUnreadable { cause }.into());
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > MAX_FILE_SIZE {
        let most = MAX_FILE_SIZE;
        return Err(wrong(msg::TablesFileTooLarge { bytes, most }.into()));
    }
    let content = std::fs::read(path).map_err(unreadable)?;
    String::from_utf8(content).map_err(|_| wrong(msg::TablesFileNotUtf8.into()))
}
