//! A single fetch at the consumer: asks the provider, writes the pieces, and records the end.
//!
//! One task reads pieces from the network, another verifies and writes them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chengji_domain::delivery::{Content, Receipt};
use chengji_domain::fact::Delivery;
use chengji_domain::request::terms::Voucher;
use chengji_domain::request::{RequestHistory, RequestId};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::{offer_to, receipt_to, voucher_to};
use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_runtime::off_thread;
use chengji_store::Tx;
use chengji_transport::{CallTimeout, with_request_id};
use tokio::sync::mpsc;
use tonic::Streaming;
use tracing::Instrument;
use v1::fetch_response::Part as Piece;
use v1::receive_response::Event;

use super::Consumer;
use super::budget::{Admitted, Announced};
use super::offer::check_offer;
use super::partial::{ArrivalFolder, Arriving, Held};
use super::receipts::{self, End};
use super::received_table;
use super::refusal;
use super::transfers::{self, TRANSFERS};
use super::under_way::Turn;
use crate::requests::records;
use crate::usage::records as usage;

/// Number of pieces buffered for the disk.
const WAITING: usize = 4;

/// Minimum interval between progress reports.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(10);

/// The channel for progress reports of a fetch.
pub(super) type ReceiveResponseSender = mpsc::Sender<Result<v1::ReceiveResponse>>;

/// A single fetch.
#[derive(Clone)]
pub(super) struct Reception {
    consumer: Consumer,
    /// Held by every job that uses the file, so that no other fetch begins before they ended.
    turn: Arc<Turn<RequestId>>,
    folder: ArrivalFolder,
    by: Principal,
    /// The id of the call, passed on to the provider.
    call: String,
    /// The size that the caller accepts regardless of the measured one, bytes.
    allowed: u64,
    /// The user and the operation that the node vouches for, where the grant limits either.
    voucher: Option<Voucher>,
    history: RequestHistory,
}

/// A partially received content.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) arriving: Arriving,
    pub(super) content: Content,
}

/// The result of asking the provider.
#[derive(Debug)]
pub(super) enum Transferred {
    /// The content is that of this receipt; nothing was transferred.
    Unchanged(Receipt),
    /// The content is complete and verified.
    Whole(Part),
}

impl Reception {
    /// Creates a fetch on the node's own account.
    pub(super) fn new(
        consumer: &Consumer,
        turn: Turn<RequestId>,
        history: RequestHistory,
        by: Principal,
    ) -> Self {
        Self {
            turn: Arc::new(turn),
            folder: ArrivalFolder::new(consumer.disk.sizes(), history.id),
            consumer: consumer.clone(),
            by,
            call: String::new(),
            allowed: 0,
            voucher: None,
            history,
        }
    }

    /// The same on behalf of a caller, with the id of its call and the size that it accepts.
    pub(super) fn on_behalf_of(self, call: &str, allowed: u64) -> Self {
        Self {
            call: call.to_owned(),
            allowed,
            ..self
        }
    }

    /// The same with a user and an operation that the node vouches for.
    pub(super) fn vouching(self, voucher: Option<Voucher>) -> Self {
        Self { voucher, ..self }
    }

    /// The history of the request.
    pub(super) fn history(&self) -> &RequestHistory {
        &self.history
    }

    /// Transfers the rest of `part`, or a new content. If the connection breaks, `part` keeps the arrived
    /// bytes. With `known`, the content of that receipt is not transferred again.
    pub(super) async fn transfer(
        &self,
        part: &mut Option<Part>,
        known: Option<&Receipt>,
        responses: &ReceiveResponseSender,
    ) -> Result<Transferred> {
        let asked = self.asked(part.as_ref(), known);
        let (content, offset, pieces) = self.ask(&asked, responses).await?;
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
            transfers::put(&self.consumer.own, self.history.id, content.clone()).await?;
        }
        send_event(responses, Event::Offer(offer_to(&content, offset))).await;
        let (arriving, read) = self.take_all(arriving, pieces, responses, admitted).await?;
        let whole = Part { arriving, content };
        if let Err(error) = read {
            *part = Some(whole);
            return Err(error);
        }
        whole.arriving.check(&whole.content.digest.0)?;
        self.check_rows(&whole).await?;
        Ok(Transferred::Whole(whole))
    }

    fn asked(&self, part: Option<&Part>, known: Option<&Receipt>) -> v1::FetchRequest {
        let (offset, digest) = match (part, known) {
            (Some(part), _) => (part.arriving.arrived(), part.content.digest.0.to_vec()),
            (None, Some(Receipt { delivery, .. })) => (delivery.bytes, delivery.digest.0.to_vec()),
            (None, None) => (0, Vec::new()),
        };
        v1::FetchRequest {
            request: self.history.id.to_string(),
            offset,
            digest,
            voucher: self.voucher.as_ref().map(voucher_to),
        }
    }

    /// Asks the provider, which sends a valid offer, and before that only how far it has prepared it: returns the
    /// content, its first byte, and the stream of pieces.
    async fn ask(
        &self,
        asked: &v1::FetchRequest,
        responses: &ReceiveResponseSender,
    ) -> Result<(Content, u64, Streaming<v1::FetchResponse>)> {
        let mut client = DeliveryServiceClient::new(self.consumer.cluster.peer(self.provider())?);
        let request = with_request_id(tonic::Request::new(asked.clone()), &self.call);
        let answer = CallTimeout::Piece.answer(client.fetch(request)).await;
        let mut pieces = answer.map_err(|error| self.theirs(error))?;
        loop {
            match self.next(&mut pieces).await? {
                Some(Piece::Preparing(so_far)) => {
                    send_event(responses, Event::Preparing(so_far)).await;
                }
                Some(Piece::Offer(offer)) => {
                    let code = &self.history.submission.resource.code;
                    let content = check_offer(&offer, asked, code)?;
                    received_table::check_offer(&content, &self.as_of_now()?)?;
                    return Ok((content, offer.offset, pieces));
                }
                _ => return Err(invalid(msg::DeliveryWithoutOffer)),
            }
        }
    }

    /// Checks the rows of a table, all of which have arrived.
    async fn check_rows(&self, whole: &Part) -> Result<()> {
        let Part { arriving, content } = whole;
        match content.rows {
            None => Ok(()),
            Some(rows) => {
                let (file, history) = (arriving.reopened()?, self.as_of_now()?);
                received_table::check(file, content.bytes, rows, &history).await
            }
        }
    }

    /// The history of the request with what has arrived since the fetch began.
    fn as_of_now(&self) -> Result<RequestHistory> {
        let kv = self.consumer.own.ledger.kv();
        Ok(records::existing(kv.as_ref(), self.history.id)?.effective())
    }

    /// Reserves space for the announced content, or refuses it.
    async fn admit(&self, content: &Content, offset: u64) -> Result<Admitted> {
        let measured = match Announced::is_worth_measuring(content.bytes, self.allowed) {
            true => self.measured().await,
            false => None,
        };
        let announced = Announced {
            request: self.history.id,
            provider: self.provider(),
            bytes: content.bytes,
            missing: content.bytes - offset,
            measured,
            allowed: self.allowed,
        };
        let budget = Arc::clone(&self.consumer.disk);
        self.off_thread(move || budget.admit(&announced)).await
    }

    /// The measured size of the resource in the directory, if the coordinator can be reached.
    async fn measured(&self) -> Option<u64> {
        let mut client = DirectoryServiceClient::new(self.consumer.cluster.coordinator.clone());
        let asked = v1::ShowDirectoryRequest {
            city: self.provider().to_string(),
            code: self.history.submission.resource.code.to_string(),
        };
        let request = with_request_id(tonic::Request::new(asked), &self.call);
        let shown = CallTimeout::PeerAnswer.answer(client.show(request)).await;
        let measurement = shown.ok()?.mount?.measurement?;
        let room = measurement
            .rows
            .map_or(0, |rows| received_table::room(&self.history, rows));
        Some(measurement.bytes.saturating_add(room))
    }

    /// The file, positioned at the first byte of the offer.
    async fn prepare(&self, held: Option<Arriving>, whole: u64, from: u64) -> Result<Arriving> {
        let folder = self.folder.clone();
        self.off_thread(move || match held {
            Some(arriving) if arriving.arrived() == from && from > 0 => Ok(arriving),
            Some(mut arriving) => folder.restart(&mut arriving, whole).map(|()| arriving),
            None => folder.begin(whole),
        })
        .await
    }

    /// Receives pieces until the end is announced, while another thread verifies and writes them. Returns
    /// the arrived part and the reason why no more came; fails if it cannot be written.
    async fn take_all(
        &self,
        mut arriving: Arriving,
        mut pieces: Streaming<v1::FetchResponse>,
        responses: &ReceiveResponseSender,
        mut admitted: Admitted,
    ) -> Result<(Arriving, Result<()>)> {
        let mut arrived = arriving.arrived();
        let (chunks, mut waiting) = mpsc::channel::<v1::Chunk>(WAITING);
        let writing = self.off_thread(move || {
            while let Some(chunk) = waiting.blocking_recv() {
                let bytes = chunk.content.len() as u64;
                admitted.check_reserve(bytes)?;
                arriving.take(&chunk)?;
                admitted.written(bytes, arriving.arrived());
            }
            Ok(arriving)
        });
        let reading = async move {
            // Dropped at the end of the block, which closes the channel.
            let chunks = chunks;
            let mut reported = Instant::now();
            loop {
                match self.next(&mut pieces).await? {
                    Some(Piece::Chunk(chunk)) => {
                        arrived += chunk.content.len() as u64;
                        if chunks.send(chunk).await.is_err() {
                            // The writer has failed, and returns its own error.
                            return Ok(());
                        }
                    }
                    Some(Piece::End(_)) => return Ok(()),
                    Some(Piece::Offer(_) | Piece::Preparing(_)) => {
                        return Err(invalid(msg::DeliverySecondOffer));
                    }
                    None => return Err(self.broke_off(msg::DeliveryStreamEnded)),
                }
                if reported.elapsed() >= PROGRESS_INTERVAL {
                    reported = Instant::now();
                    let item = v1::ReceiveResponse {
                        event: Some(Event::Arrived(arrived)),
                    };
                    // A slow caller misses some reports.
                    let _ = responses.try_send(Ok(item));
                }
            }
        };
        // The end of reading closes the channel, which ends the writer, too.
        let (written, read) = tokio::join!(writing, reading);
        Ok((written?, read))
    }

    async fn next(&self, pieces: &mut Streaming<v1::FetchResponse>) -> Result<Option<Piece>> {
        match CallTimeout::Piece.next(pieces).await {
            Ok(Some(message)) => message
                .part
                .map(Some)
                .ok_or_else(|| invalid(msg::DeliveryEmptyPart)),
            Ok(None) => Ok(None),
            Err(error) => Err(self.theirs(error)),
        }
    }

    /// Renames the complete file and records it.
    pub(super) async fn finish(self, part: Part) -> Result<v1::Reception> {
        let (folder, Part { arriving, content }) = (self.folder.clone(), part);
        let named = content.clone();
        self.off_thread(move || folder.finish(arriving, &named))
            .await?;
        self.log(content).await
    }

    /// [`Self::log`], for a task that outlives its caller.
    pub(super) async fn log_of(self, content: Content) -> Result<v1::Reception> {
        self.log(content).await
    }

    /// Logs a renamed file, with its receipt.
    pub(super) async fn log(&self, content: Content) -> Result<v1::Reception> {
        let delivery = Delivery {
            request: self.history.id,
            code: self.history.submission.resource.code.clone(),
            revision: content.revision,
            bytes: content.bytes,
            digest: content.digest,
            rows: content.rows,
        };
        let own = self.consumer.own.clone();
        let (by, at) = (self.by.clone(), own.now());
        let end = End::Received {
            provider: self.provider(),
            file_name: self.folder.name(&content),
        };
        let job = move |tx: &mut Tx<'_>| {
            TRANSFERS.delete(tx, &delivery.request)?;
            refusal::clear(tx, delivery.request)?;
            let receipt = receipts::write(&own, tx, &by, at, delivery, end)?;
            if let Some(request) = records::find(tx, receipt.delivery.request)? {
                usage::begin(tx, &request)?;
            }
            Ok(receipt)
        };
        let receipt = self.consumer.own.ledger.write(job).await?;
        tracing::info!(request = %self.history.id, bytes = receipt.delivery.bytes, "received");
        Ok(self.as_received(&receipt, false))
    }

    /// The outcome for a receipt.
    pub(super) fn as_received(&self, receipt: &Receipt, unchanged: bool) -> v1::Reception {
        let path = self.folder.file(&receipt.content());
        v1::Reception {
            path: path.display().to_string(),
            receipt: Some(receipt_to(receipt)),
            unchanged,
        }
    }

    /// Completes a job even if the caller disconnects.
    pub(super) async fn uncancelled(
        &self,
        ending: impl Future<Output = Result<v1::Reception>> + Send + 'static,
    ) -> Result<v1::Reception> {
        tokio::spawn(ending.in_current_span())
            .await
            .unwrap_or_else(|error| {
                let cause = Value::text(error);
                Err(Error::new(
                    ErrorCode::Internal,
                    msg::FetchEndedEarly { cause },
                ))
            })
    }

    /// Discards the fetch: first its record, then the arrived bytes.
    pub(super) async fn discard(&self) -> Result<()> {
        let folder = self.folder.clone();
        transfers::forget(&self.consumer.own, self.history.id).await?;
        self.off_thread(move || folder.discard()).await
    }

    /// The state of an earlier fetch of this content. Reads the whole file.
    pub(super) async fn inspect(&self, begun: Option<Content>) -> Result<Held> {
        let folder = self.folder.clone();
        self.off_thread(move || folder.inspect(begun.as_ref()))
            .await
    }

    /// Returns true if the complete content is under its name and no transfer is in progress. Reads the
    /// whole file.
    pub(super) async fn is_whole(&self, content: Content) -> Result<bool> {
        let folder = self.folder.clone();
        self.off_thread(move || folder.is_whole(&content)).await
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
        self.history.provider()
    }

    /// The provider's refusal or failure.
    fn theirs(&self, error: Error) -> Error {
        of_provider(error, &self.history)
    }

    fn broke_off(&self, cause: impl Into<Value>) -> Error {
        broke_off(&self.history, cause)
    }
}

/// The refusal or failure of the provider of a request. Its internal errors are not this node's.
pub(super) fn of_provider(error: Error, history: &RequestHistory) -> Error {
    match error.code() {
        ErrorCode::PeerUnavailable
        | ErrorCode::Unavailable
        | ErrorCode::Internal
        | ErrorCode::Misconfigured
        | ErrorCode::StorageFull
        | ErrorCode::StorageDamaged => broke_off(history, error.message()),
        _ => error,
    }
}

fn broke_off(history: &RequestHistory, cause: impl Into<Value>) -> Error {
    let message = msg::ProviderDoesNotDeliver {
        provider: history.provider(),
        cause,
        request: history.id,
    };
    Error::new(ErrorCode::PeerUnavailable, message)
}

/// Sends a report, waiting for space in the channel.
pub(super) async fn send_event(responses: &ReceiveResponseSender, event: Event) {
    // A disconnected caller is detected elsewhere.
    let _ = responses
        .send(Ok(v1::ReceiveResponse { event: Some(event) }))
        .await;
}

fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}
