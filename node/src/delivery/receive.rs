//! The consumer's end: fetching a granted resource into the node's folder of received files.
//!
//! One task takes pieces from the network, another checks and writes them. When the caller goes
//! away the fetch stops and what has arrived stays; from the moment all of it is there, it is
//! finished whether anybody listens or not.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chengji_domain::fact::Delivery;
use chengji_domain::request::{Case, RequestId};
use chengji_domain::{CityCode, Digest, Error, ErrorCode, Principal, Result};
use chengji_proto::status::{from_error, to_error};
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_store::{Key, Prefix, Tx};
use chengji_transport::{Permit, off_thread, with_request_id};
use prost::Message;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};
use tracing::Instrument;
use v1::fetch_response::Part;
use v1::receive_response::News as Item;

use super::grant;
use super::partial::{Arriving, Held, Place};
use super::receipts::{self, End};
use super::refusal;
use super::under_way::{Turn, UnderWay};
use crate::node::Node;
use crate::requests::book;

/// Pieces that wait for the disk.
const WAITING: usize = 4;

/// A provider that sends no piece for so long has broken off.
const STALLED: Duration = Duration::from_secs(60);

/// News of progress come no more often.
const BETWEEN_NEWS: Duration = Duration::from_millis(10);

/// Fetches looked at when the node starts; the others are finished when they are fetched again.
const MOST_INTERRUPTED: usize = 1_000;

type News = mpsc::Sender<Result<v1::ReceiveResponse, Status>>;

/// Begins, or goes on with, the fetch of a request of this city.
pub(super) fn receive(
    node: &Arc<Node>,
    under_way: &UnderWay<RequestId>,
    permit: &Permit,
    request: &v1::ReceiveRequest,
) -> Result<ReceiverStream<Result<v1::ReceiveResponse, Status>>> {
    let id: RequestId = request.request.parse()?;
    let case = book::existing(node.ledger.kv().as_ref(), id)?.effective();
    if case.consumer() != node.city {
        let message = format!(
            "request {id} was made by {}, which alone fetches",
            case.consumer()
        );
        return Err(Error::new(ErrorCode::NoGrant, message));
    }
    let reception = Reception {
        turn: Arc::new(under_way.begin(id).ok_or_else(|| under_way_already(id))?),
        place: Place::new(&node.settings.received, id),
        node: Arc::clone(node),
        by: permit.principal().clone(),
        call: permit.request_id().to_owned(),
        case,
    };
    let (news, stream) = mpsc::channel(16);
    let node = Arc::clone(node);
    let task = async move {
        let done = tokio::select! {
            done = reception.run(&news) => done,
            () = news.closed() => {
                tracing::info!(request = %id, "the caller went away; what has arrived is kept");
                return;
            }
        };
        let last = match done {
            Ok(done) => Ok(v1::ReceiveResponse {
                news: Some(Item::Done(done)),
            }),
            Err(error) => {
                tracing::warn!(request = %id, "the fetch failed: {error}");
                if let Err(error) = refusal::note(&node, id, &error).await {
                    tracing::warn!(request = %id, "the refusal cannot be recorded: {error}");
                }
                Err(from_error(&error))
            }
        };
        // A caller that has gone finds the outcome in the receipts, or by fetching again.
        let _ = news.send(last).await;
    };
    tokio::spawn(task.in_current_span());
    Ok(ReceiverStream::new(stream))
}

/// Finishes the fetches that were interrupted when all was there but its record.
pub(super) async fn finish_interrupted(
    node: &Arc<Node>,
    under_way: &UnderWay<RequestId>,
) -> Result<()> {
    let (lower, upper) = Key::new(Prefix::Transfer).range();
    for (key, _) in node.ledger.kv().range(&lower, &upper, MOST_INTERRUPTED)? {
        let id: RequestId = chengji_store::KeyReader::new(Prefix::Transfer, &key)?
            .text()?
            .parse()?;
        let case = book::existing(node.ledger.kv().as_ref(), id)?.effective();
        let Some(turn) = under_way.begin(id) else {
            continue;
        };
        let reception = Reception {
            turn: Arc::new(turn),
            place: Place::new(&node.settings.received, id),
            node: Arc::clone(node),
            by: node.principal(),
            call: String::new(),
            case,
        };
        let Some(offer) = reception.begun()? else {
            continue;
        };
        let (place, wanted) = (reception.place.clone(), offer.clone());
        if reception
            .off_thread(move || place.is_whole(&wanted))
            .await?
        {
            reception.log(offer).await?;
        }
    }
    Ok(())
}

/// One fetch.
#[derive(Clone)]
struct Reception {
    node: Arc<Node>,
    /// Held by every job that touches the file, so that no other fetch begins before they ended.
    turn: Arc<Turn<RequestId>>,
    place: Place,
    by: Principal,
    /// The id of the call, carried on to the provider.
    call: String,
    case: Case,
}

impl Reception {
    async fn run(&self, news: &News) -> Result<v1::Reception> {
        let begun = self.begun()?;
        let held = self.look(begun.clone()).await?;
        let part = match (held, begun) {
            (Held::Whole, Some(offer)) => {
                tell(
                    news,
                    Item::Offer(v1::Offer {
                        offset: offer.bytes,
                        ..offer.clone()
                    }),
                )
                .await;
                return self.uncancelled(Self::log_of(self.clone(), offer)).await;
            }
            (Held::Part(arriving), Some(offer)) => Some((arriving, offer)),
            _ => None,
        };
        let now = self.node.now();
        if !grant::may_have_come_since(&self.case, now) {
            grant::check(&self.case, now)?;
        }
        match self.transfer(part, news).await {
            Ok((arriving, offer)) => {
                self.uncancelled(Self::finish(self.clone(), arriving, offer))
                    .await
            }
            Err(error) => {
                if error.code() == ErrorCode::PeerInvalid {
                    self.discard().await?;
                }
                Err(error)
            }
        }
    }

    /// Gets what is missing; all of it is there and checked after that.
    async fn transfer(
        &self,
        part: Option<(Arriving, v1::Offer)>,
        news: &News,
    ) -> Result<(Arriving, v1::Offer)> {
        let (held, begun) = part.unzip();
        let asked = v1::FetchRequest {
            request: self.case.id.to_string(),
            offset: held.as_ref().map_or(0, Arriving::arrived),
            digest: begun
                .as_ref()
                .map(|offer| offer.digest.clone())
                .unwrap_or_default(),
        };
        let (offer, parts) = self.ask(&asked).await?;
        let arriving = self.prepare(held, &offer).await?;
        if begun.as_ref() != Some(&recorded(&offer)) {
            self.record(&offer).await?;
        }
        tell(news, Item::Offer(offer.clone())).await;
        let arriving = self.take_all(arriving, parts, news).await?;
        arriving.check(&offer.digest)?;
        Ok((arriving, offer))
    }

    /// Asks the provider, whose first word must be an offer that fits.
    async fn ask(
        &self,
        asked: &v1::FetchRequest,
    ) -> Result<(v1::Offer, Streaming<v1::FetchResponse>)> {
        let mut client = DeliveryServiceClient::new(self.node.peer(self.provider())?);
        let request = with_request_id(tonic::Request::new(asked.clone()), &self.call);
        let answer = client
            .fetch(request)
            .await
            .map_err(|status| self.theirs(&status))?;
        let mut parts = answer.into_inner();
        match self.next(&mut parts).await? {
            Some(Part::Offer(offer)) => {
                check_offer(&offer, asked, self.case.submission.resource.code.as_str())?;
                Ok((offer, parts))
            }
            _ => Err(invalid(
                "the delivery does not begin with an offer".to_owned(),
            )),
        }
    }

    /// The file, at the byte where the offer goes on.
    async fn prepare(&self, held: Option<Arriving>, offer: &v1::Offer) -> Result<Arriving> {
        let (place, whole, from) = (self.place.clone(), offer.bytes, offer.offset);
        self.off_thread(move || match held {
            Some(arriving) if arriving.arrived() == from && from > 0 => Ok(arriving),
            Some(mut arriving) => arriving.restart(whole).map(|()| arriving),
            None => place.begin(whole),
        })
        .await
    }

    /// Takes pieces until the end is announced, while another thread checks and writes them.
    async fn take_all(
        &self,
        mut arriving: Arriving,
        mut parts: Streaming<v1::FetchResponse>,
        news: &News,
    ) -> Result<Arriving> {
        let mut arrived = arriving.arrived();
        let (chunks, mut waiting) = mpsc::channel::<v1::Chunk>(WAITING);
        let writing = self.off_thread(move || {
            while let Some(chunk) = waiting.blocking_recv() {
                arriving.take(&chunk)?;
            }
            Ok(arriving)
        });
        let reading = async move {
            // Within the block, so that it is dropped, and the channel closed, at the block's end.
            let chunks = chunks;
            let mut told = Instant::now();
            loop {
                match self.next(&mut parts).await? {
                    Some(Part::Chunk(chunk)) => {
                        arrived += chunk.content.len() as u64;
                        if chunks.send(chunk).await.is_err() {
                            // The writer has failed, and says why itself.
                            return Ok(());
                        }
                    }
                    Some(Part::End(_)) => return Ok(()),
                    Some(Part::Offer(_)) => {
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
        let arriving = written?;
        read.map(|()| arriving)
    }

    async fn next(&self, parts: &mut Streaming<v1::FetchResponse>) -> Result<Option<Part>> {
        match timeout(STALLED, parts.message()).await {
            Ok(Ok(Some(message))) => message
                .part
                .map(Some)
                .ok_or_else(|| invalid("an empty part came within a delivery".to_owned())),
            Ok(Ok(None)) => Ok(None),
            Ok(Err(status)) => Err(self.theirs(&status)),
            Err(_) => Err(self.broke_off(&format!("nothing came for {STALLED:?}"))),
        }
    }

    async fn finish(self, arriving: Arriving, offer: v1::Offer) -> Result<v1::Reception> {
        let (place, named) = (self.place.clone(), offer.clone());
        self.off_thread(move || place.finish(arriving, &named))
            .await?;
        self.log(offer).await
    }

    async fn log_of(self, offer: v1::Offer) -> Result<v1::Reception> {
        self.log(offer).await
    }

    /// Logs what stands under its name now, with its receipt.
    async fn log(&self, offer: v1::Offer) -> Result<v1::Reception> {
        let path = self.place.file(&offer);
        let delivery = Delivery {
            request: self.case.id,
            code: self.case.submission.resource.code.clone(),
            revision: offer.revision,
            bytes: offer.bytes,
            digest: Digest::from_slice(&offer.digest)?,
        };
        let (node, by, at) = (Arc::clone(&self.node), self.by.clone(), self.node.now());
        let (end, key) = (
            End::Received {
                provider: self.provider(),
            },
            self.key(),
        );
        let job = move |tx: &mut Tx<'_>| {
            tx.delete(key);
            refusal::clear(&node, tx, delivery.request)?;
            receipts::write(&node, tx, &by, at, delivery, end)
        };
        let receipt = self.node.ledger.write(job).await?;
        tracing::info!(request = %self.case.id, bytes = receipt.bytes, "received");
        Ok(v1::Reception {
            path: path.display().to_string(),
            receipt: Some(receipt),
        })
    }

    /// Lets this come to its end even if the caller goes away.
    async fn uncancelled(
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

    /// The offer of the fetch that had begun, if one had.
    fn begun(&self) -> Result<Option<v1::Offer>> {
        let stored = self.node.ledger.kv().get(&self.key())?;
        let offer = stored
            .map(|bytes| v1::Offer::decode(bytes.as_slice()))
            .transpose();
        offer.map_err(|error| {
            let message = format!("the stored fetch of {}: {error}", self.case.id);
            Error::new(ErrorCode::StorageDamaged, message)
        })
    }

    async fn record(&self, offer: &v1::Offer) -> Result<()> {
        let (key, bytes) = (self.key(), recorded(offer).encode_to_vec());
        self.node
            .ledger
            .write(move |tx| {
                tx.put(key, bytes);
                Ok(())
            })
            .await
    }

    /// Forgets the fetch: first that there is one, then what had arrived.
    async fn discard(&self) -> Result<()> {
        let (key, place) = (self.key(), self.place.clone());
        let forget = move |tx: &mut Tx<'_>| {
            tx.delete(key);
            Ok(())
        };
        self.node.ledger.write(forget).await?;
        self.off_thread(move || place.discard()).await
    }

    async fn look(&self, begun: Option<v1::Offer>) -> Result<Held> {
        let place = self.place.clone();
        self.off_thread(move || place.look(begun.as_ref())).await
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

    fn key(&self) -> Vec<u8> {
        Key::new(Prefix::Transfer)
            .text(&self.case.id.to_string())
            .finish()
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

/// An offer as it is kept: what is coming, wherever a stream of it began.
fn recorded(offer: &v1::Offer) -> v1::Offer {
    v1::Offer {
        offset: 0,
        ..offer.clone()
    }
}

/// Refuses an offer of something else, or one that goes on where nobody stands.
fn check_offer(offer: &v1::Offer, asked: &v1::FetchRequest, code: &str) -> Result<()> {
    Digest::from_slice(&offer.digest)
        .map_err(|error| invalid(format!("an offer: {}", error.message())))?;
    if offer.code != code {
        return Err(invalid(format!(
            "{} was offered instead of {code}",
            offer.code
        )));
    }
    let goes_on = offer.offset == asked.offset && offer.digest == asked.digest;
    if offer.offset > offer.bytes || (offer.offset != 0 && !goes_on) {
        let message = format!("an offer begins at {} of {}", offer.offset, offer.bytes);
        return Err(invalid(message));
    }
    Ok(())
}

async fn tell(news: &News, item: Item) {
    // A caller that has gone is noticed elsewhere.
    let _ = news
        .send(Ok(v1::ReceiveResponse { news: Some(item) }))
        .await;
}

fn under_way_already(id: RequestId) -> Error {
    Error::new(
        ErrorCode::Conflict,
        format!("request {id} is being fetched already"),
    )
    .with_remedy("wait until that fetch has ended")
}

fn invalid(message: String) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}

#[cfg(test)]
#[path = "receive_tests.rs"]
mod tests;
