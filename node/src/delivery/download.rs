//! Sends a received file to a person of the city, piece by piece.
//!
//! The content is that of the newest receipt; the caller checks the digest. The grant is checked for each
//! piece: nothing is sent after its revocation.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::access::Role;
use chengji_domain::delivery::Content;
use chengji_domain::request::RequestId;
use chengji_domain::stop::StopTarget;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::offer_to;
use chengji_proto::service::Answers;
use chengji_proto::v1;
use chengji_runtime::off_thread;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument;
use v1::fetch_response::Part;

use super::Consumer;
use super::grant;
use super::partial::ArrivalFolder;
use super::receipts;
use super::sending::MESSAGE_SIZE;
use crate::caller::Caller;
use crate::requests::{departments, records};
use crate::stops;

/// Number of pieces read ahead of the connection.
const MAX_BUFFERED_PIECES: usize = 2;

/// Time after which a caller that accepts no piece has to resume.
const STALL_TIMEOUT: Duration = Duration::from_secs(120);

type Pieces = mpsc::Sender<Result<v1::FetchResponse>>;

/// Begins to send the file received under a request.
pub(super) async fn download(
    consumer: &Consumer,
    caller: &Caller,
    asked: &v1::DownloadRequest,
) -> Result<Answers<v1::FetchResponse>> {
    let kv = consumer.own.ledger.kv().as_ref();
    let request = records::resolve(kv, &asked.request)?;
    let (history, by) = (
        records::existing(kv, request)?.history,
        (caller, consumer.own.now()),
    );
    departments::check_visible(&consumer.own, kv, by, &history)?;
    check_grant(consumer, request)?;
    let department = caller.rights.usual_department(Role::Consumer, by.1);
    grant::limits(&history).check_user(&caller.principal, department)?;
    let receipt = receipts::received(&**consumer.own.ledger.kv(), request)?
        .ok_or_else(|| nothing_received(request))?;
    let content = receipt.content();
    let offset = beginning(asked, &content)?;
    let path = ArrivalFolder::new(consumer.disk.sizes(), request).file(&content);
    let offer = offer_to(&content, offset);
    let file = off_thread(move || {
        let opened = File::open(&path).and_then(|mut file| {
            file.seek(SeekFrom::Start(offset))?;
            Ok(file)
        });
        opened.map_err(|error| match error.kind() {
            ErrorKind::NotFound => nothing_received(request),
            _ => unreadable(request, &error),
        })
    });
    let handing = Handing {
        consumer: consumer.clone(),
        request,
        file: Arc::new(file.await?),
    };
    let (pieces, stream) = mpsc::channel(MAX_BUFFERED_PIECES);
    let task = async move {
        if let Err(error) = handing.send_all(offer, &pieces).await {
            tracing::warn!(%request, "a received file cannot be passed on: {error}");
            let _ = timeout(STALL_TIMEOUT, pieces.send(Err(error))).await;
        }
    };
    tokio::spawn(task.in_current_span());
    Ok(Box::pin(ReceiverStream::new(stream)))
}

struct Handing {
    consumer: Consumer,
    request: RequestId,
    file: Arc<File>,
}

impl Handing {
    async fn send_all(&self, offer: v1::Offer, pieces: &Pieces) -> Result<()> {
        let (mut offset, bytes) = (offer.offset, offer.bytes);
        send(pieces, Part::Offer(offer)).await?;
        while offset < bytes {
            let chunk = self.read(offset, bytes).await?;
            offset += chunk.content.len() as u64;
            send(pieces, Part::Chunk(chunk)).await?;
        }
        send(pieces, Part::End(v1::End::default())).await
    }

    async fn read(&self, offset: u64, bytes: u64) -> Result<v1::Chunk> {
        let (consumer, file, request) =
            (self.consumer.clone(), Arc::clone(&self.file), self.request);
        let size = (MESSAGE_SIZE as u64).min(bytes - offset);
        off_thread(move || {
            check_grant(&consumer, request)?;
            let mut content = Vec::new();
            let read = (&*file).take(size).read_to_end(&mut content);
            read.map_err(|error| unreadable(request, &error))?;
            if (content.len() as u64) < size {
                let message = msg::ReceivedFileShortened { request };
                return Err(Error::new(ErrorCode::StorageDamaged, message));
            }
            let crc32c = crc32c::crc32c(&content);
            Ok(v1::Chunk {
                offset,
                content: Bytes::from(content),
                crc32c,
            })
        })
        .await
    }
}

/// Refuses if the grant is known to have ended.
fn check_grant(consumer: &Consumer, request: RequestId) -> Result<()> {
    let record = records::existing(consumer.own.ledger.kv().as_ref(), request)?;
    let (history, now) = (record.effective(), consumer.own.now());
    if let Some((stop, cause)) = record.stops.in_force() {
        let target = StopTarget::Request(request);
        return Err(stops::stopped(&target, cause, stop.act.reason()));
    }
    if grant::may_have_come_since(&history, now) {
        return Ok(());
    }
    grant::check(&history, now)
}

/// The first byte to send: the caller's offset in this content, or 0 for any other.
fn beginning(asked: &v1::DownloadRequest, content: &Content) -> Result<u64> {
    if asked.digest != content.digest.0 {
        return Ok(0);
    }
    if asked.offset > content.bytes {
        let message = msg::OffsetPastEnd {
            offset: asked.offset,
            end: content.bytes,
        };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    Ok(asked.offset)
}

async fn send(pieces: &Pieces, part: Part) -> Result<()> {
    let gone = || Error::new(ErrorCode::Unavailable, msg::CallerTakesNoMore);
    let message = v1::FetchResponse { part: Some(part) };
    let sent = timeout(STALL_TIMEOUT, pieces.send(Ok(message))).await;
    sent.map_err(|_| gone())?.map_err(|_| gone())
}

pub(super) fn nothing_received(request: RequestId) -> Error {
    Error::new(ErrorCode::NotFound, msg::ReceivedFileMissing { request })
}

pub(super) fn unreadable(request: RequestId, cause: &std::io::Error) -> Error {
    let message = msg::ReceivedFileUnreadable { request, cause };
    Error::new(ErrorCode::Misconfigured, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_goes_on_where_it_is_in_this_content_only() {
        let content = Content {
            code: "307012000001".parse().unwrap(),
            revision: 1,
            file_name: String::new(),
            bytes: 9,
            digest: chengji_domain::Digest([7; 32]),
            rows: None,
        };
        let begins = |offset, digest: u8| {
            let asked = v1::DownloadRequest {
                request: String::new(),
                offset,
                digest: vec![digest; 32],
            };
            beginning(&asked, &content).map_err(|error| error.code())
        };
        assert_eq!(begins(4, 7), Ok(4));
        assert_eq!(begins(9, 7), Ok(9));
        assert_eq!(begins(4, 8), Ok(0));
        assert_eq!(begins(10, 7), Err(ErrorCode::InvalidArgument));
    }
}
