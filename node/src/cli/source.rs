//! `source …`: the sources of tables that the node's settings declare.

mod views;

use std::process::ExitCode;

use chengji_client::arguments::within;
use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::source_service_client::SourceServiceClient;
use clap::Subcommand;

use super::table_part::TablePartArgs;
use super::{Context, answer};

/// Commands on sources of tables.
#[derive(Subcommand, Debug)]
pub(super) enum SourceCommand {
    /// List the sources that the settings of the node declare
    List,
    /// Try a source: whether it can be reached, with which rights, encoding and time zone
    #[command(after_help = "Example:\n  chengji-node source check housing")]
    Check {
        /// Name of the source in the settings
        name: String,
    },
    /// List the tables and views of a source
    #[command(after_help = "Example:\n  chengji-node source tables housing")]
    Tables {
        /// Name of the source in the settings
        name: String,
    },
    /// Show the columns of a table, or its first rows
    #[command(
        after_help = "Examples:\n  chengji-node source show housing:public.permits\n  \
        chengji-node source show housing:public.permits --rows 5\n  \
        chengji-node source show housing:public.permits --rows 5 --columns permit_no,holder \
        --where \"floors > 10\" --mask holder=first:1"
    )]
    Show {
        /// Table, by the name that 'source tables' lists
        #[arg(value_name = "SOURCE:TABLE")]
        table: String,
        /// Show this many of the first rows instead, 1 to 20; long values are shortened
        #[arg(long, value_name = "COUNT", value_parser = within::<u32>(1..=20))]
        rows: Option<u32>,
        #[command(flatten)]
        scope: TablePartArgs,
    },
}

/// Runs one.
pub(super) async fn run(command: SourceCommand, context: &Context) -> Result<ExitCode> {
    let mut client = SourceServiceClient::new(context.channel().await?);
    let format = context.format();
    match command {
        SourceCommand::List => {
            let pages = Pages::of(v1::ListSourcesRequest { page: None });
            let list = pages.whole(async |asked| answer(client.list_sources(asked)).await);
            print(format, &list.await?, views::sources)?;
        }
        SourceCommand::Check { name } => {
            let checked = answer(client.check_source(v1::CheckSourceRequest { name })).await?;
            print(format, &checked, views::findings)?;
        }
        SourceCommand::Tables { name } => {
            let pages = Pages::of(v1::ListTablesRequest {
                source: name,
                page: None,
            });
            let list = pages.whole(async |asked| answer(client.list_tables(asked)).await);
            print(format, &list.await?, views::tables)?;
        }
        SourceCommand::Show {
            table,
            rows: None,
            scope,
        } => {
            scope.refuse()?;
            let asked = v1::DescribeTableRequest { table };
            let described = answer(client.describe_table(asked)).await?;
            print(format, &described, views::columns)?;
        }
        SourceCommand::Show {
            table,
            rows: Some(rows),
            scope,
        } => {
            let asked = v1::PreviewTableRequest {
                table,
                rows,
                scope: scope.proposed(),
            };
            let preview = answer(client.preview_table(asked)).await?;
            print(format, &preview, views::preview)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
