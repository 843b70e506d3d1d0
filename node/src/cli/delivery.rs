//! `receipts`: lists the receipts of deliveries.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use chengji_client::cells;
use chengji_client::output::{Cell, Column, Table, print};
use chengji_client::pages::Pages;
use chengji_client::{row, views};
use chengji_domain::Result;
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use clap::Args;

use super::{Context, answer};

/// Which receipts to list.
#[derive(Args, Debug)]
pub(super) struct ReceiptsArgs {
    /// Only receipts of this request
    #[arg(long, value_name = "ID", default_value = "")]
    request: String,
    /// Receipts shown at most
    #[arg(long, default_value = "100")]
    limit: NonZeroUsize,
}

/// Lists receipts.
pub(super) async fn receipts(arguments: ReceiptsArgs, context: &Context) -> Result<ExitCode> {
    let mut client = DeliveryServiceClient::new(context.channel().await?);
    let ReceiptsArgs { request, limit } = arguments;
    let asked = v1::ListReceiptsRequest {
        request,
        page: None,
    };
    let pages = Pages::at_most(asked, limit.get());
    let listed = pages.whole(async |asked| answer(client.list_receipts(asked)).await);
    print(context.format(), &listed.await?, receipts_table)?;
    Ok(ExitCode::SUCCESS)
}

fn receipts_table(list: &v1::ListReceiptsResponse) -> Table {
    let mut table = Table::new(&[
        Column::right("receipt", msg::ColumnReceipt),
        Column::left("at", msg::ColumnAt),
        Column::left("direction", msg::ColumnDirection),
        Column::left("request", msg::ColumnRequest),
        Column::left("provider", msg::ColumnProvider),
        Column::left("consumer", msg::ColumnConsumer),
        Column::left("code", msg::ColumnCode),
        Column::right("revision", msg::ColumnRevision),
        Column::right("bytes", msg::ColumnBytes),
        Column::right("rows", msg::ColumnRows),
        Column::left("digest", msg::ColumnDigest),
        Column::left("vouched", msg::ColumnVouched),
    ]);
    for receipt in &list.receipts {
        let direction = match receipt.sent {
            true => Cell::label("sent", msg::DirectionSent),
            false => Cell::label("received", msg::DirectionReceived),
        };
        table.row(row![
            receipt.seq,
            receipt.at.as_ref().map(cells::time),
            direction,
            &receipt.request,
            &receipt.provider,
            &receipt.consumer,
            &receipt.code,
            receipt.revision,
            receipt.bytes,
            receipt.rows,
            cells::digest(&receipt.digest),
            receipt.vouched.as_ref().map(views::voucher),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}
