//! `catalogue change-noted` and `catalogue extend`: a change that an entry has to follow, and its deadline.

use chengji_client::output::print;
use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use clap::Args;
use tonic::transport::Channel;

use super::lifecycle;
use super::papers::ConsentArgs;
use crate::cli::{Context, answer};

/// Arguments of `catalogue change-noted`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ChangeNotedArgs {
    /// Resource code
    code: String,
    /// Day of the change, not after today
    #[arg(long, value_name = "DATE")]
    on: String,
}

/// Arguments of `catalogue extend`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ExtendArgs {
    /// Resource code
    code: String,
    /// Working days, at most those of the rule in force
    #[arg(long)]
    days: u32,
    #[command(flatten)]
    consent: ConsentArgs,
}

/// `catalogue change-noted`.
pub(super) async fn note(
    arguments: ChangeNotedArgs,
    mut client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<()> {
    let ChangeNotedArgs { code, on } = arguments;
    let asked = v1::NoteChangeRequest { code, on };
    let noted = answer(client.note_change(asked)).await?;
    print(context.format(), &noted, lifecycle::changed)
}

/// `catalogue extend`.
pub(super) async fn extend(
    arguments: ExtendArgs,
    mut client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<()> {
    let asked = v1::ExtendUpdateRequest {
        consent: arguments.consent.given(),
        code: arguments.code,
        working_days: arguments.days,
    };
    let extended = answer(client.extend_update(asked)).await?;
    print(context.format(), &extended, lifecycle::changed)
}
