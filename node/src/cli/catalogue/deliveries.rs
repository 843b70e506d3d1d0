//! `catalogue stop` and `catalogue resume`: the deliveries of an entry.

use chengji_client::output::print;
use chengji_client::views;
use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use clap::Args;
use tonic::transport::Channel;

use crate::cli::{Context, answer};

/// The entry whose deliveries stop or go on.
#[derive(Args, Debug)]
pub(in crate::cli) struct StopArgs {
    /// Resource code
    code: String,
    /// Reason, 1 to 1,000 characters
    #[arg(long)]
    reason: String,
}

/// `catalogue stop`.
pub(super) async fn stop(
    arguments: StopArgs,
    mut client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<()> {
    let StopArgs { code, reason } = arguments;
    let asked = v1::StopDeliveriesRequest { code, reason };
    let record = answer(client.stop_deliveries(asked)).await?;
    print(context.format(), &record, views::record)
}

/// `catalogue resume`.
pub(super) async fn resume(
    arguments: StopArgs,
    mut client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<()> {
    let StopArgs { code, reason } = arguments;
    let asked = v1::ResumeDeliveriesRequest { code, reason };
    let record = answer(client.resume_deliveries(asked)).await?;
    print(context.format(), &record, views::record)
}
