//! `fetch` and `receipts`: getting what was granted, and what is on record of it.

use std::process::ExitCode;

use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::receive_response::News;
use chengji_proto::{status, v1};
use chengji_terminal::cells;
use chengji_terminal::fields::Fields;
use chengji_terminal::output::{Column, Table, print};
use chengji_terminal::progress::Progress;
use clap::Args;

use super::Context;

/// What to fetch.
#[derive(Args, Debug)]
#[command(after_help = "Example 示例:\n  chengji-node fetch 430100-1-42\n\n\
    A fetch that was interrupted goes on where it stood when it is run again.\n\
    中断后再次执行即从断点续传。")]
pub(super) struct FetchArgs {
    /// Request number, such as 430100-1-42 申请号
    id: String,
}

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

/// Fetches a granted resource into the node's folder.
pub(super) async fn fetch(arguments: FetchArgs, context: &Context) -> Result<ExitCode> {
    let mut client = DeliveryServiceClient::new(context.channel().await?);
    let request = v1::ReceiveRequest {
        request: arguments.id.clone(),
    };
    let answer = client
        .receive(request)
        .await
        .map_err(|s| status::to_error(&s))?;
    let mut news = answer.into_inner();
    let mut progress = None;
    while let Some(item) = news.message().await.map_err(|s| status::to_error(&s))? {
        match item.news {
            Some(News::Offer(offer)) => {
                let bar = Progress::bytes(offer.bytes, &format!("fetch 获取 {}", offer.file_name));
                bar.set(offer.offset);
                progress = Some(bar);
            }
            Some(News::Arrived(bytes)) => {
                if let Some(bar) = &progress {
                    bar.set(bytes);
                }
            }
            Some(News::Done(done)) => {
                if let Some(bar) = progress.take() {
                    bar.finish("checked 校验一致");
                }
                print(context.format(), &done, reception)?;
                return Ok(ExitCode::SUCCESS);
            }
            None => {}
        }
    }
    let message = format!(
        "the node did not say how the fetch of {} ended",
        arguments.id
    );
    Err(Error::new(ErrorCode::PeerUnavailable, message)
        .with_remedy("run the command again: what has arrived is kept"))
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

fn reception(done: &v1::Reception) -> Table {
    let receipt = done.receipt.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("path", "path 文件", &done.path);
    fields.field("bytes", "bytes 字节", receipt.bytes.to_string());
    fields.field("digest", "SHA-256 摘要值", digest(&receipt.digest));
    fields.field("receipt", "receipt 回执号", receipt.seq.to_string());
    fields.field("request", "request 申请号", &receipt.request);
    fields.field("provider", "provider 提供城市", &receipt.provider);
    fields.field("code", "code 代码", &receipt.code);
    fields.field("revision", "revision 版本", receipt.revision.to_string());
    fields.into()
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

/// All digits, to be compared with those of other programs.
fn digest(bytes: &[u8]) -> String {
    Digest::from_slice(bytes)
        .map(|digest| digest.to_string())
        .unwrap_or_default()
}
