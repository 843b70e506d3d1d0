//! `department …`: departments of the city that were merged into others.

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::{Result, Uscc};
use chengji_proto::v1;
use chengji_proto::v1::department_service_client::DepartmentServiceClient;
use clap::Subcommand;

use super::{Context, answer};

/// Commands on the city's departments.
#[derive(Subcommand, Debug)]
pub enum DepartmentCommand {
    /// Record that a department was merged into another, which takes over its entries and requests
    #[command(after_help = "Example:
  chengji-node department succeed 114302000069920125 11430200MB0C12345C --since 2026-11-01 --document 'order 2026-12'")]
    Succeed {
        /// Credit code of the department that was merged
        old: Uscc,
        /// Credit code of the department that it was merged into
        new: Uscc,
        /// Day of the change, not after today
        #[arg(long, value_name = "DATE")]
        since: String,
        /// Number of the document on which it is based
        #[arg(long)]
        document: String,
    },
    /// Take a merger back that was recorded by mistake, or whose department was split off again
    #[command(
        after_help = "Example:\n  chengji-node department take-back 114302000069920125 --split-since 2027-03-01 \
                      --document 'order 2027-3' --reason 'order of the government'"
    )]
    TakeBack {
        /// Credit code of the department that was merged
        old: Uscc,
        /// First day on which the department is separate again, not after today
        #[arg(long, value_name = "DATE", required_unless_present = "mistake")]
        split_since: Option<String>,
        /// The merger was recorded by mistake, and counts as never made
        #[arg(long, conflicts_with = "split_since")]
        mistake: bool,
        /// Number of the document on which it is based; required for a split
        #[arg(long, default_value = "")]
        document: String,
        /// The reason
        #[arg(long)]
        reason: String,
    },
    /// List the departments that were merged into others
    List {
        /// List the mergers that were taken back
        #[arg(long)]
        ended: bool,
    },
}

impl DepartmentCommand {
    /// Runs it.
    pub async fn run(self, context: &Context) -> Result<()> {
        let mut client = DepartmentServiceClient::new(context.channel().await?);
        match self {
            Self::Succeed {
                old,
                new,
                since,
                document,
            } => {
                let asked = v1::SucceedDepartmentRequest {
                    old: old.to_string(),
                    new: new.to_string(),
                    since,
                    document,
                };
                let recorded = answer(client.succeed(asked)).await?;
                print(context.format(), &recorded, views::department)
            }
            Self::TakeBack {
                old,
                split_since,
                mistake,
                document,
                reason,
            } => {
                let cause = match mistake {
                    true => v1::SuccessionEndCause::Mistake,
                    false => v1::SuccessionEndCause::Split,
                };
                let asked = v1::TakeBackSuccessionRequest {
                    old: old.to_string(),
                    cause: cause.into(),
                    since: split_since.unwrap_or_default(),
                    document,
                    reason,
                };
                let recorded = answer(client.take_back(asked)).await?;
                print(context.format(), &recorded, views::department)
            }
            Self::List { ended } => {
                let page = None;
                let pages = Pages::of(v1::ListDepartmentsRequest { ended, page });
                let list = pages.whole(async |asked| answer(client.list(asked)).await);
                print(context.format(), &list.await?, views::departments)
            }
        }
    }
}
