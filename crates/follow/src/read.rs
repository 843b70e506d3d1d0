//! Reads a part of a program's log once, for people and auditors.

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::log_service_client::LogServiceClient;
use chengji_store::Entry;
use chengji_transport::CallTimeout;
use prost::Message;
use tonic::Streaming;
use tonic::transport::Channel;

/// Reads at most `limit` entries from `from` on of the log of the program at the other end; also returns
/// the log's head.
pub async fn read(channel: Channel, from: u64, limit: usize) -> Result<(v1::LogPage, u64)> {
    let (mut head, mut stream) = until_head(channel, from).await?;
    let mut page = v1::LogPage::default();
    while page.lines.len() < limit {
        let Some(batch) = CallTimeout::Follow.next(&mut stream).await? else {
            break;
        };
        head = batch.head;
        let room = limit - page.lines.len();
        let lines = (batch.first..).zip(batch.items).take(room);
        page.lines.extend(lines.map(|(seq, item)| line(seq, item)));
    }
    Ok((page, head))
}

/// Begins to read the log of the program at the other end from `from` on, up to its present head; also returns that
/// head.
pub(crate) async fn until_head(
    channel: Channel,
    from: u64,
) -> Result<(u64, Streaming<v1::FollowResponse>)> {
    let mut client = LogServiceClient::new(channel);
    // Any epoch is accepted: the position alone determines the first entry.
    let head = client.head(v1::HeadRequest {});
    let end = CallTimeout::Answer.answer(head).await?.head;
    let end = end.unwrap_or_default();
    let request = v1::FollowRequest {
        epoch: end.epoch,
        epoch_id: end.epoch_id,
        from,
        until_head: true,
    };
    let stream = CallTimeout::Answer.answer(client.follow(request)).await?;
    Ok((end.seq, stream))
}

fn line(seq: u64, item: v1::LogItem) -> v1::LogLine {
    let entry = Entry::from(item);
    let body = entry.has_body().then(|| entry.decoded_body().ok());
    v1::LogLine {
        seq,
        leaf: entry.leaf().to_vec(),
        body: body.flatten(),
        envelope: v1::Envelope::decode(entry.envelope).ok(),
    }
}
