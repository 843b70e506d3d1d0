//! `catalogue show`: an entry as published, or its newest revision if it was never published; one of its
//! revisions; or its history.

use std::process::ExitCode;

use chengji_client::arguments::within;
use chengji_client::output::{note, print};
use chengji_client::views;
use chengji_domain::catalogue::lifecycle::State;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use clap::Args;
use tonic::transport::Channel;

use super::lifecycle;
use crate::cli::{Context, answer};

/// Arguments of `catalogue show`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ShowArgs {
    /// Resource code
    code: String,
    /// History of the entry, with persons and reasons
    #[arg(long, conflicts_with = "revision")]
    history: bool,
    /// This revision instead of the published one
    #[arg(long, value_parser = within::<u32>(1..))]
    revision: Option<u32>,
}

/// Shows it.
pub(super) async fn run(
    arguments: ShowArgs,
    mut client: CatalogueServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let ShowArgs {
        code,
        history,
        revision,
    } = arguments;
    if history {
        let history = lifecycle::ask_history(client, code).await?;
        print(context.format(), &history, lifecycle::history)?;
        return Ok(ExitCode::SUCCESS);
    }
    let record = match revision {
        Some(revision) => answer(client.show(v1::ShowEntryRequest { code, revision })).await?,
        None => current(client, code).await?,
    };
    print(context.format(), &record, views::record)?;
    Ok(ExitCode::SUCCESS)
}

/// An entry as published, or its newest revision, with a note, if it was never published.
pub(super) async fn current(
    mut client: CatalogueServiceClient<Channel>,
    code: String,
) -> Result<v1::CatalogueRecord> {
    let request = v1::ShowEntryRequest {
        code: code.clone(),
        revision: 0,
    };
    match answer(client.show(request)).await {
        Err(error) if error.code() == ErrorCode::NotFound => on_its_way(client, code, error).await,
        answer => answer,
    }
}

/// The newest revision of what was never published, and a word that it is one; the error of asking for
/// what is published where there is none either.
async fn on_its_way(
    mut client: CatalogueServiceClient<Channel>,
    code: String,
    unpublished: Error,
) -> Result<v1::CatalogueRecord> {
    let history = match lifecycle::ask_history(client.clone(), code.clone()).await {
        Err(error) if error.code() == ErrorCode::NotFound => return Err(unpublished),
        history => history?,
    };
    let lifecycle = history.lifecycle.unwrap_or_default();
    let state = lifecycle.last.unwrap_or_default().state();
    let state = convert::entry_state_from(state).map(State::label);
    let revision = lifecycle.newest;
    let request = v1::ShowEntryRequest { code, revision };
    let record = answer(client.show(request)).await?;
    note(msg::ShownUnpublished {
        revision,
        state: state.map_or_else(|| Value::text(""), Value::from),
    });
    Ok(record)
}
