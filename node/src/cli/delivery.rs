//! `receipts`: lists the receipts of deliveries.

use std::num::NonZeroUsize;
use std::process::ExitCode;

use chengji_client::cells;
use chengji_client::output::{Column, Table, print};
use chengji_client::pages::Pages;
use chengji_domain::Result;
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
        Column::right("receipt", "receipt 回执号"),
        Column::left("at", "at 时间"),
        Column::left("direction", "direction 方向"),
        Column::left("request", "request 申请号"),
        Column::left("provider", "provider 提供方"),
        Column::left("consumer", "consumer 使用方"),
        Column::left("code", "code 代码"),
        Column::right("revision", "revision 版本"),
        Column::right("bytes", "bytes 字节"),
        Column::left("digest", "SHA-256 摘要值"),
    ]);
    for receipt in &list.receipts {
        let direction = if receipt.sent {
            "sent 发出"
        } else {
            "received 收到"
        };
        table.row([
            receipt.seq.to_string(),
            receipt.at.as_ref().map(cells::time).unwrap_or_default(),
            direction.to_owned(),
            receipt.request.clone(),
            receipt.provider.clone(),
            receipt.consumer.clone(),
            receipt.code.clone(),
            receipt.revision.to_string(),
            receipt.bytes.to_string(),
            cells::digest(&receipt.digest),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}
