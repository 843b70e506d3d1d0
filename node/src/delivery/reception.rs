//! One fetch at the consumer: asking the provider, writing what comes, and putting the end on record.
//!
//! One task takes pieces from the network, another checks and writes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chengji_domain::delivery::{Content, Receipt};
use chengji_domain::fact::Delivery;
use chengji_domain::request::{Case, RequestId};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, ResourceCode, Result};
use chengji_proto::convert::{content_from, offer_to, receipt_to};
use chengji_proto::status::to_error;
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_runtime::off_thread;
use chengji_store::Tx;
use chengji_transport::with_request_id;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tonic::{Status, Streaming};
use tracing::Instrument;
use v1::fetch_response::Part as Piece;
use v1::receive_response::News as Item;

use super::Consumer;
use super::budget::{Admitted, Announced};
use super::partial::{Arriving, Held, Place};
use super::receipts::{self, End};
use super::refusal;
use super::transfers::{self, TRANSFERS};
use super::under_way::Turn;

/// Pieces that wait for the disk.
const WAITING: usize = 4;

/// A provider that sends no piece for so long has broken off. The connection itself is given up much
/// earlier where no bytes arrive at all.
const STALLED: Duration = Duration::from_secs(120);

/// News of progress come no more often.
const BETWEEN_NEWS: Duration = Duration::from_millis(10);

/// How long the directory may take to say what was measured; a fetch does not depend on it.
const DIRECTORY: Duration = Duration::from_secs(2);

/// Where the news of a fetch go.
pub(super) type News = mpsc::Sender<Result<v1::ReceiveResponse, Status>>;

/// One fetch.
#[derive(Clone)]
pub(super) struct Reception {
    consumer: Consumer,
    /// Held by every job that touches the file, so that no other fetch begins before they ended.
    turn: Arc<Turn<RequestId>>,
    place: Place,
    by: Principal,
    /// The id of the call, carried on to the provider.
    call: String,
    /// Bytes that the caller takes whatever was measured.
    allowed: u64,
    case: Case,
}

/// What has arrived of a content, and what was announced of it.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) arriving: Arriving,
    pub(super) content: Content,
}

/// What came of asking the provider.
#[derive(Debug)]
pub(super) enum Transferred {
    /// The content is that of this receipt; nothing was transferred.
    Unchanged(Receipt),
    /// All of it is there and checked.
    Whole(Part),
}

impl Reception {
    /// A fetch of the node's own.
    pub(super) fn new(
        consumer: &Consumer,
        turn: Turn<RequestId>,
        case: Case,
        by: Principal,
    ) -> Self {
        Self {
            turn: Arc::new(turn),
            place: Place::new(&consumer.received, case.id),
            consumer: consumer.clone(),
            by,
            call: String::new(),
            allowed: 0,
            case,
        }
    }

    /// The same for a caller, with the id of its call and the size that it allows.
    pub(super) fn on_behalf_of(self, call: &str, allowed: u64) -> Self {
        Self {
            call: call.to_owned(),
            allowed,
            ..self
        }
    }

    /// The case of the request.
    pub(super) fn case(&self) -> &Case {
        &self.case
    }

    /// Gets what is missing of `part`, or of a new content. Where the connection breaks, `part` has what
    /// arrived before. With `known`, the content of that receipt is not transferred again.
    pub(super) async fn transfer(
        &self,
        part: &mut Option<Part>,
        known: Option<&Receipt>,
        news: &News,
    ) -> Result<Transferred> {
        let asked = self.asked(part.as_ref(), known);
        let (content, offset, pieces) = self.ask(&asked).await?;
        if part.is_none()
            && let Some(known) = known
            && (content.bytes, content.digest, offset)
                == (
                    known.delivery.bytes,
                    known.delivery.digest,
                    known.delivery.bytes,
                )
        {
            return Ok(Transferred::Unchanged(known.clone()));
        }
        let admitted = self.admit(&content, offset).await?;
        let (held, begun) = part
            .take()
            .map(|part| (part.arriving, part.content))
            .unzip();
        let arriving = self.prepare(held, content.bytes, offset).await?;
        if begun.as_ref() != Some(&content) {
            transfers::put(&self.consumer.own, self.case.id, content.clone()).await?;
        }
        tell(news, Item::Offer(offer_to(&content, offset))).await;
        let (arriving, read) = self.take_all(arriving, pieces, news, admitted).await?;
        let whole = Part { arriving, content };
        if let Err(error) = read {
            *part = Some(whole);
            return Err(error);
        }
        whole.arriving.check(&whole.content.digest.0)?;
        Ok(Transferred::Whole(whole))
    }

    fn asked(&self, part: Option<&Part>, known: Option<&Receipt>) -> v1::FetchRequest {
        let (offset, digest) = match (part, known) {
            (Some(part), _) => (part.arriving.arrived(), part.content.digest.0.to_vec()),
            (None, Some(Receipt { delivery, .. })) => (delivery.bytes, delivery.digest.0.to_vec()),
            (None, None) => (0, Vec::new()),
        };
        v1::FetchRequest {
            request: self.case.id.to_string(),
            offset,
            digest,
        }
    }

    /// Asks the provider, whose first word must be an offer that fits: the content, where it begins, and
    /// its pieces.
    async fn ask(
        &self,
        asked: &v1::FetchRequest,
    ) -> Result<(Content, u64, Streaming<v1::FetchResponse>)> {
        let mut client = DeliveryServiceClient::new(self.consumer.cluster.peer(self.provider())?);
        let request = with_request_id(tonic::Request::new(asked.clone()), &self.call);
        let answer = client
            .fetch(request)
            .await
            .map_err(|status| self.theirs(&status))?;
        let mut pieces = answer.into_inner();
        match self.next(&mut pieces).await? {
            Some(Piece::Offer(offer)) => {
                let content = check_offer(&offer, asked, &self.case.submission.resource.code)?;
                Ok((content, offer.offset, pieces))
            }
            _ => Err(invalid(
                "the delivery does not begin with an offer".to_owned(),
            )),
        }
    }

    /// The room for what is announced; refused where anything speaks against it.
    async fn admit(&self, content: &Content, offset: u64) -> Result<Admitted> {
        let measured = match Announced::is_worth_measuring(content.bytes, self.allowed) {
            true => self.measured().await,
            false => None,
        };
        let announced = Announced {
            provider: self.provider(),
            bytes: content.bytes,
            missing: content.bytes - offset,
            measured,
            allowed: self.allowed,
        };
        let budget = Arc::clone(&self.consumer.disk);
        self.off_thread(move || budget.admit(&announced)).await
    }

    /// What the directory has as measured of the resource, where the coordinator can be asked.
    async fn measured(&self) -> Option<u64> {
        let mut client = DirectoryServiceClient::new(self.consumer.cluster.coordinator.clone());
        let asked = v1::ShowDirectoryRequest {
            city: self.provider().to_string(),
            code: self.case.submission.resource.code.to_string(),
        };
        let request = with_request_id(tonic::Request::new(asked), &self.call);
        let shown = timeout(DIRECTORY, client.show(request)).await.ok()?.ok()?;
        let mount = shown.into_inner().mount?;
        mount.measurement.map(|measurement| measurement.bytes)
    }

    /// The file, at the byte where the offer goes on.
    async fn prepare(&self, held: Option<Arriving>, whole: u64, from: u64) -> Result<Arriving> {
        let place = self.place.clone();
        self.off_thread(move || match held {
            Some(arriving) if arriving.arrived() == from && from > 0 => Ok(arriving),
            Some(mut arriving) => arriving.restart(whole).map(|()| arriving),
            None => place.begin(whole),
        })
        .await
    }

    /// Takes pieces until the end is announced, while another thread checks and writes them. Gives back
    /// what has arrived, and why no more came; fails where it cannot be written.
    async fn take_all(
        &self,
        mut arriving: Arriving,
        mut pieces: Streaming<v1::FetchResponse>,
        news: &News,
        mut admitted: Admitted,
    ) -> Result<(Arriving, Result<()>)> {
        let mut arrived = arriving.arrived();
        let (chunks, mut waiting) = mpsc::channel::<v1::Chunk>(WAITING);
        let writing = self.off_thread(move || {
            while let Some(chunk) = waiting.blocking_recv() {
                admitted.arriving(chunk.content.len() as u64)?;
                arriving.take(&chunk)?;
            }
            Ok(arriving)
        });
        let reading = async move {
            // Within the block, so that it is dropped, and the channel closed, at the block's end.
            let chunks = chunks;
            let mut told = Instant::now();
            loop {
                match self.next(&mut pieces).await? {
                    Some(Piece::Chunk(chunk)) => {
                        arrived += chunk.content.len() as u64;
                        if chunks.send(chunk).await.is_err() {
                            // The writer has failed, and says why itself.
                            return Ok(());
                        }
                    }
                    Some(Piece::End(_)) => return Ok(()),
                    Some(Piece::Offer(_)) => {
                        return Err(invalid("a second offer came within a delivery".to_owned()));
                    }
                    None => return Err(self.broke_off(&"the stream ended early")),
                }
                if told.elapsed() >= BETWEEN_NEWS {
                    told = Instant::now();
                    let item = v1::ReceiveResponse {
                        news: Some(Item::Arrived(arrived)),
                    };
                    // A caller that does not keep up misses some.
                    let _ = news.try_send(Ok(item));
                }
            }
        };
        // When the reading ends, the channel closes and the writer comes to its end, too.
        let (written, read) = tokio::join!(writing, reading);
        Ok((written?, read))
    }

    async fn next(&self, pieces: &mut Streaming<v1::FetchResponse>) -> Result<Option<Piece>> {
        match timeout(STALLED, pieces.message()).await {
            Ok(Ok(Some(message))) => message
                .part
                .map(Some)
                .ok_or_else(|| invalid("an empty part came within a delivery".to_owned())),
            Ok(Ok(None)) => Ok(None),
            Ok(Err(status)) => Err(self.theirs(&status)),
            Err(_) => Err(self.broke_off(&format!("nothing came for {STALLED:?}"))),
        }
    }

    /// Gives what has arrived its name and puts it on record.
    pub(super) async fn finish(self, part: Part) -> Result<v1::Reception> {
        let (place, Part { arriving, content }) = (self.place.clone(), part);
        let named = content.clone();
        self.off_thread(move || place.finish(arriving, &named))
            .await?;
        self.log(content).await
    }

    /// [`Self::log`], for what is to go on without its caller.
    pub(super) async fn log_of(self, content: Content) -> Result<v1::Reception> {
        self.log(content).await
    }

    /// Logs what has its name now, with its receipt.
    pub(super) async fn log(&self, content: Content) -> Result<v1::Reception> {
        let delivery = Delivery {
            request: self.case.id,
            code: self.case.submission.resource.code.clone(),
            revision: content.revision,
            bytes: content.bytes,
            digest: content.digest,
        };
        let own = self.consumer.own.clone();
        let (by, at) = (self.by.clone(), own.now());
        let end = End::Received {
            provider: self.provider(),
            file_name: self.place.name(&content),
        };
        let job = move |tx: &mut Tx<'_>| {
            TRANSFERS.delete(tx, &delivery.request)?;
            refusal::clear(tx, delivery.request)?;
            receipts::write(&own, tx, &by, at, delivery, end)
        };
        let receipt = self.consumer.own.ledger.write(job).await?;
        tracing::info!(request = %self.case.id, bytes = receipt.delivery.bytes, "received");
        Ok(self.as_received(&receipt, false))
    }

    /// The outcome that a receipt is about.
    pub(super) fn as_received(&self, receipt: &Receipt, unchanged: bool) -> v1::Reception {
        let path = self.place.file(&receipt.content());
        v1::Reception {
            path: path.display().to_string(),
            receipt: Some(receipt_to(receipt)),
            unchanged,
        }
    }

    /// Lets this come to its end even if the caller goes away.
    pub(super) async fn uncancelled(
        &self,
        ending: impl Future<Output = Result<v1::Reception>> + Send + 'static,
    ) -> Result<v1::Reception> {
        tokio::spawn(ending.in_current_span())
            .await
            .unwrap_or_else(|error| {
                Err(Error::new(
                    ErrorCode::Internal,
                    format!("a fetch broke off at its end: {error}"),
                ))
            })
    }

    /// Forgets the fetch: first that there is one, then what had arrived.
    pub(super) async fn discard(&self) -> Result<()> {
        let place = self.place.clone();
        transfers::forget(&self.consumer.own, self.case.id).await?;
        self.off_thread(move || place.discard()).await
    }

    /// What the disk holds of a fetch of this content that had begun. Reads it all.
    pub(super) async fn look(&self, begun: Option<Content>) -> Result<Held> {
        let place = self.place.clone();
        self.off_thread(move || place.look(begun.as_ref())).await
    }

    /// Whether all of this content has its name and nothing is arriving. Reads it all.
    pub(super) async fn is_whole(&self, content: Content) -> Result<bool> {
        let place = self.place.clone();
        self.off_thread(move || place.is_whole(&content)).await
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = Arc::clone(&self.turn);
        off_thread(move || {
            let done = job();
            drop(turn);
            done
        })
        .await
    }

    fn provider(&self) -> CityCode {
        self.case.provider()
    }

    /// The provider's refusal or failure. Its own troubles are not this node's.
    fn theirs(&self, status: &Status) -> Error {
        let error = to_error(status);
        match error.code() {
            ErrorCode::PeerUnavailable
            | ErrorCode::Unavailable
            | ErrorCode::Internal
            | ErrorCode::Misconfigured
            | ErrorCode::StorageFull
            | ErrorCode::StorageDamaged => self.broke_off(&error),
            _ => error,
        }
    }

    fn broke_off(&self, why: &dyn std::fmt::Display) -> Error {
        let message = format!("the node of {} does not deliver: {why}", self.provider());
        Error::new(ErrorCode::PeerUnavailable, message).with_remedy(format!(
            "check that it runs and can be reached, then fetch {} again: what has arrived is kept",
            self.case.id
        ))
    }
}

/// The content of an offer. Refuses one of something else, or one that goes on where nobody stands.
fn check_offer(
    offer: &v1::Offer,
    asked: &v1::FetchRequest,
    code: &ResourceCode,
) -> Result<Content> {
    let content =
        content_from(offer).map_err(|error| invalid(format!("an offer: {}", error.message())))?;
    if content.code != *code {
        let offered = &content.code;
        return Err(invalid(format!("{offered} was offered instead of {code}")));
    }
    let goes_on = offer.offset == asked.offset && offer.digest == asked.digest;
    if offer.offset > offer.bytes || (offer.offset != 0 && !goes_on) {
        let message = format!("an offer begins at {} of {}", offer.offset, offer.bytes);
        return Err(invalid(message));
    }
    Ok(content)
}

/// Passes on a piece of news, once there is room for it.
pub(super) async fn tell(news: &News, item: Item) {
    // A caller that has gone is noticed elsewhere.
    let _ = news
        .send(Ok(v1::ReceiveResponse { news: Some(item) }))
        .await;
}

fn invalid(message: String) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}

#[cfg(test)]
#[path = "reception_tests.rs"]
mod tests;
