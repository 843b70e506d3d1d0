//! `receipts`: what is on record of deliveries.

use std::process::ExitCode;

use chengji_client::cells;
use chengji_client::output::{Column, Table, print};
use chengji_domain::Result;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::{status, v1};
use clap::Args;

use super::Context;

/// Which receipts to list.
#[derive(Args, Debug)]
pub(super) struct ReceiptsArgs {
    /// Only those of this request 申请号
    #[arg(long, value_name = "ID", default_value = "")]
    request: String,
    /// Receipts shown at most, 1 to 1000 显示条数
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

/// Lists receipts.
pub(super) async fn receipts(arguments: ReceiptsArgs, context: &Context) -> Result<ExitCode> {
    let mut client = DeliveryServiceClient::new(context.channel().await?);
    let ReceiptsArgs { request, limit } = arguments;
    let answer = client
        .list_receipts(v1::ListReceiptsRequest { request, limit })
        .await;
    let answer = answer.map_err(|s| status::to_error(&s))?;
    print(context.format(), answer.get_ref(), receipts_table)?;
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
    table
}
