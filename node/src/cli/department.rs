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
    /// List the departments that were merged into others
    List,
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
            Self::List => {
                let pages = Pages::of(v1::ListDepartmentsRequest::default());
                let list = pages.whole(async |asked| answer(client.list(asked)).await);
                print(context.format(), &list.await?, views::departments)
            }
        }
    }
}
