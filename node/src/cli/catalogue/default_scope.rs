//! `catalogue default-scope`: the part of the mounted table that grants permit where nothing else is said.

use chengji_client::arguments::refused;
use chengji_client::output::print;
use chengji_client::views;
use chengji_domain::Result;
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use clap::Args;
use tonic::transport::Channel;

use crate::cli::table_part::TablePartArgs;
use crate::cli::{Context, answer};

/// Arguments of `catalogue default-scope`.
#[derive(Args, Debug)]
pub(in crate::cli) struct DefaultScopeArgs {
    /// Resource code
    code: String,
    #[command(flatten)]
    part: TablePartArgs,
    /// Remove it: grants permit all that is mounted again
    #[arg(long, conflicts_with_all = ["columns", "condition", "masks", "row_limit"])]
    none: bool,
}

/// Sets or removes it.
pub(super) async fn run(
    arguments: DefaultScopeArgs,
    mut client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<()> {
    let DefaultScopeArgs { code, part, none } = arguments;
    let scope = part.proposed();
    if scope.is_none() && !none {
        return Err(refused(msg::DefaultScopeNothingSaid));
    }
    let asked = v1::SetDefaultScopeRequest { code, scope };
    let record = answer(client.set_default_scope(asked)).await?;
    print(context.format(), &record, views::record)
}
