//! `usage …`: the records of how granted data is used.

use std::process::ExitCode;

use chengji_client::arguments::date;
use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::Result;
use chengji_proto::convert::optional_date_to;
use chengji_proto::v1;
use chengji_proto::v1::usage_service_client::UsageServiceClient;
use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::{Context, answer};

/// Commands on usage records.
#[derive(Subcommand, Debug)]
pub enum UsageCommand {
    /// Record the use of a grant's data in a period
    #[command(
        after_help = "Example:\n  chengji-node usage record 430100-1-42 --from 2026-11-27 --to 2027-11-26 \
        --scenario 'settlement of medical bills' --process 'two clerks, once a month, in the billing system' \
        --effect '12,000 bills checked' --storage 'database of the office, encrypted'"
    )]
    Record(Box<RecordArgs>),
    /// List the usage records of this city, newest first
    List {
        /// Only records of this request
        #[arg(long, value_name = "ID", default_value = "")]
        request: String,
    },
    /// Show one usage record
    Show {
        /// Number of the usage record, in full or short, such as 430100-1-42
        id: String,
    },
    /// List grants with periods whose use is not recorded
    Missing {
        /// Consumer whose node is asked, about the grants of this city to it; the own ones unless given
        #[arg(long, value_name = "CITY", default_value = "")]
        from: String,
    },
    /// Provider: read the usage records of a consumer, from its node
    Read {
        /// Consumer whose node is asked
        #[arg(long, value_name = "CITY")]
        from: String,
        /// Only records of this request
        #[arg(long, value_name = "ID", default_value = "")]
        request: String,
    },
}

/// Arguments of `usage record`.
#[derive(Args, Debug)]
pub struct RecordArgs {
    /// Request number, in full or short, such as 430100-1-42
    id: String,
    /// First day of the period, such as 2026-11-27
    #[arg(long, value_name = "DATE", value_parser = date)]
    from: Date,
    /// Last day of the period
    #[arg(long, value_name = "DATE", value_parser = date)]
    to: Date,
    /// Scenario of the use
    #[arg(long)]
    scenario: String,
    /// Process of the use: by whom, how often, in which systems
    #[arg(long, value_name = "TEXT")]
    process: String,
    /// Effect of the use
    #[arg(long, value_name = "TEXT")]
    effect: String,
    /// Storage of the data: where, and how protected
    #[arg(long, value_name = "TEXT")]
    storage: String,
    /// Day on which the data was destroyed
    #[arg(long, value_name = "DATE", value_parser = date, requires = "destruction")]
    destroyed_on: Option<Date>,
    /// Destruction of the data: what, how, with which evidence
    #[arg(long, value_name = "TEXT", default_value = "")]
    destruction: String,
    /// Compliance with the agreed terms of the grant; needed where it has any
    #[arg(long, value_name = "TEXT", default_value = "")]
    compliance: String,
}

impl From<RecordArgs> for v1::RecordUsageRequest {
    fn from(arguments: RecordArgs) -> Self {
        Self {
            usage: Some(v1::Usage {
                request: arguments.id,
                from: arguments.from.to_string(),
                to: arguments.to.to_string(),
                scenario: arguments.scenario,
                process: arguments.process,
                effect: arguments.effect,
                storage: arguments.storage,
                destroyed_on: optional_date_to(arguments.destroyed_on),
                destruction: arguments.destruction,
                compliance: arguments.compliance,
            }),
        }
    }
}

/// Runs one.
pub async fn run(command: UsageCommand, context: &Context) -> Result<ExitCode> {
    let mut client = UsageServiceClient::new(context.channel().await?);
    let format = context.format();
    match command {
        UsageCommand::Record(arguments) => {
            let recorded = v1::RecordUsageRequest::from(*arguments);
            let recorded = answer(client.record(recorded)).await?;
            print(format, &recorded, views::usage_record)?;
        }
        UsageCommand::Show { id } => {
            let shown = answer(client.show(v1::ShowUsageRequest { id })).await?;
            print(format, &shown, views::usage_record)?;
        }
        UsageCommand::List { request } => {
            list(client, String::new(), request, context).await?;
        }
        UsageCommand::Read { from, request } => list(client, from, request, context).await?,
        UsageCommand::Missing { from } => {
            let wanted = v1::ListMissingUsageRequest {
                city: from,
                page: None,
            };
            let pages = Pages::of(wanted);
            let found = pages.whole(async |wanted| answer(client.list_missing(wanted)).await);
            print(format, &found.await?, views::missing_usage)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Lists the records of a city, or the own ones.
async fn list(
    mut client: UsageServiceClient<tonic::transport::Channel>,
    city: String,
    request: String,
    context: &Context,
) -> Result<()> {
    let pages = Pages::of(v1::ListUsageRequest {
        request,
        city,
        page: None,
    });
    let found = pages.whole(async |wanted| answer(client.list(wanted)).await);
    print(context.format(), &found.await?, views::usage_records)
}
