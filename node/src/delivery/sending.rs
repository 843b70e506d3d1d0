//! A delivery in progress at the provider: the offer of a content, its pieces, and the receipt.
//!
//! One piece is read ahead of the space for it, so a stalled reader costs three pieces of memory and no thread. The grant
//! is checked when there is space for a piece, unless nothing was written since the last check, and each second while
//! there is none; the file's identity once more at the end.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chengji_domain::delivery::{Content, Receipt};
use chengji_domain::fact::Delivery;
use chengji_domain::request::terms::{CountedContent, Limits, Voucher};
use chengji_domain::request::{RequestHistory, RequestId, RequestRecord};
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::offer_to;
use chengji_proto::v1;
use chengji_runtime::off_thread;
use chengji_store::Confirmation;
use jiff::Timestamp;
use tokio::sync::mpsc;
use tokio::time::{Instant, interval_at, timeout};
use v1::fetch_response::Part;

use super::Provider;
use super::receipts::{self, End};
use super::sent::Sent;
use super::under_way::Turn;
use super::{grant, lost_counts, metering};
use crate::catalogue::mounts::check_mounted;
use crate::own_log::OwnLog;
use crate::requests::{jurisdiction, records};
use crate::restored;
use crate::stops;

/// Maximum size of a piece in the contract, bytes.
pub(super) const PIECE: usize = 1 << 20;

/// Bytes sent in one piece. A piece arrives whole or not at all, so a slow line has to transfer one
/// within the consumer's timeout: 2 KB/s suffice.
pub(super) const MESSAGE_SIZE: usize = 256 << 10;

/// Time after which a consumer that accepts no piece has to resume.
pub(super) const STALL_TIMEOUT: Duration = Duration::from_secs(120);

/// Interval at which the grant is checked while a part is read, or a consumer accepts no piece.
pub(super) const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// The channel of the parts of a delivery.
pub(super) type Parts = mpsc::Sender<Result<v1::FetchResponse>>;

/// A delivery that a consumer may have.
pub(super) struct Asked {
    pub(super) provider: Provider,
    pub(super) consumer: CityCode,
    pub(super) id: RequestId,
    pub(super) code: ResourceCode,
    pub(super) request: v1::FetchRequest,
    pub(super) limits: Limits,
    pub(super) vouched: Option<Voucher>,
    pub(super) turn: Turn<CityCode>,
}

impl Asked {
    /// Refuses a delivery that the limits of the grant do not permit whatever is delivered, before that is read.
    pub(super) async fn check_unread(&self) -> Result<()> {
        if !self.limits.are_metered() {
            return Ok(());
        }
        let own = &self.provider.own;
        lost_counts::check(own, self.id).await?;
        let (kv, transfer) = (own.ledger.kv().as_ref(), (self.id, self.request.offset));
        metering::check_unread(kv, transfer, &self.limits, own.now())
    }

    /// Begins the transfer of a content: meters it, and offers it from the byte on where the consumer stands.
    pub(super) async fn begin(self, content: Content, sent: Sent) -> Result<(v1::Offer, Sending)> {
        let from = beginning(&self.request, &content.digest.0, content.bytes)?;
        let offer = offer_to(&content, from);
        let delivery = Delivery {
            request: self.id,
            code: content.code,
            revision: content.revision,
            bytes: content.bytes,
            digest: content.digest,
            rows: content.rows,
        };
        let transfer = metered(&self.provider, &self.limits, &delivery, from).await?;
        let sending = Sending {
            provider: self.provider,
            consumer: self.consumer,
            content: sent,
            delivery,
            from,
            transfer,
            vouched: self.vouched,
            _turn: self.turn,
        };
        Ok((offer, sending))
    }
}

/// The history of a request of this consumer to this city with a valid grant: ordered by the coordinator,
/// not ended, not stopped by this city. Requests of other cities are not disclosed.
pub(super) fn granted(
    provider: &Provider,
    id: RequestId,
    consumer: CityCode,
) -> Result<RequestHistory> {
    granted_record(provider, id, consumer).map(|record| record.history)
}

/// The history of a request, as of [`granted`], and the check that has found its grant valid.
pub(super) fn checked(
    provider: &Provider,
    id: RequestId,
    consumer: CityCode,
) -> Result<(RequestHistory, Checked)> {
    // Taken first: what is written during the check may not be in what it reads.
    let commits = provider.own.ledger.commits();
    let record = granted_record(provider, id, consumer)?;
    let until = grant::until(&record).unwrap_or_else(|| provider.own.now());
    Ok((record.history, Checked { commits, until }))
}

/// The record of a request, as of [`granted`].
fn granted_record(provider: &Provider, id: RequestId, consumer: CityCode) -> Result<RequestRecord> {
    let kv = provider.own.ledger.kv().as_ref();
    let record = records::find(kv, id)?;
    let of_parties = |history: &RequestHistory| {
        history.consumer() == consumer && history.provider() == provider.own.city
    };
    let record = record
        .filter(|record| of_parties(&record.history))
        .ok_or_else(|| {
            let message = msg::NoGrantKnown {
                provider: provider.own.city,
                consumer,
                request: id,
            };
            Error::new(ErrorCode::NoGrant, message)
        })?;
    grant::check_provided(&record, provider.own.now())?;
    let history = &record.history;
    grant::check_terms(history)?;
    jurisdiction::check_delivery(kv, history)?;
    // A known stop is a more specific error than a possibly incomplete list of stops.
    stops::check(kv, history)?;
    restored::check(&provider.own, &provider.data)?;
    // The entry may have been withdrawn or unmounted while deliveries were stopped for an incident.
    check_mounted(kv, &history.submission.resource.code)?;
    Ok(record)
}

/// Meters a transfer from this byte on, unless no byte is sent, and of a content that was not counted last: to a
/// consumer that asks for the receipt of a known delivery, or whether the content has changed.
async fn metered(
    provider: &Provider,
    limits: &Limits,
    delivery: &Delivery,
    from: u64,
) -> Result<Option<u64>> {
    if !limits.are_metered() {
        return Ok(None);
    }
    let request = delivery.request;
    lost_counts::check(&provider.own, request).await?;
    let (kv, now) = (provider.own.ledger.kv().as_ref(), provider.own.now());
    let content = CountedContent {
        revision: delivery.revision,
        bytes: delivery.bytes,
        digest: delivery.digest,
    };
    let is_unsent = from == delivery.bytes
        && (receipts::known(kv, delivery)?.is_some() || !metering::is_last(kv, request, &content)?);
    if is_unsent {
        metering::check_unsent(kv, request, limits, now)?;
        return Ok(None);
    }
    let job =
        move |tx: &mut chengji_store::Tx<'_>| metering::begin(tx, request, (content, from), now);
    provider.own.ledger.write(job).await
}

/// The first byte to send: the consumer's offset in this content, or 0 for any other.
fn beginning(request: &v1::FetchRequest, digest: &[u8; 32], bytes: u64) -> Result<u64> {
    if request.offset == 0 || request.digest != digest {
        return Ok(0);
    }
    if request.offset > bytes {
        let message = msg::OffsetPastEnd {
            offset: request.offset,
            end: bytes,
        };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    Ok(request.offset)
}

/// A delivery in progress.
pub(super) struct Sending {
    provider: Provider,
    consumer: CityCode,
    content: Sent,
    delivery: Delivery,
    from: u64,
    /// The number of the transfer, where the grant is metered.
    transfer: Option<u64>,
    /// The user and the operation, by the word of the consumer's node.
    vouched: Option<Voucher>,
    _turn: Turn<CityCode>,
}

/// The reason why a delivery ended early.
pub(super) enum Broken {
    /// The consumer stopped reading.
    Off,
    Failed(Error),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Sending {
    pub(super) async fn run(self, offer: v1::Offer, parts: Parts) {
        let request = self.delivery.request;
        match self.send_all(offer, &parts).await {
            Ok(()) => {
                tracing::info!(%request, bytes = self.delivery.bytes, "delivered");
                self.forget();
            }
            Err(Broken::Off) => tracing::info!(%request, "the consumer ended the transfer"),
            Err(Broken::Failed(error)) => {
                tracing::warn!(%request, "the delivery failed: {error}");
                self.fail().await;
                // A later transfer may go on in the part of a table.
                if error.code() != ErrorCode::Conflict {
                    self.forget();
                }
                let (catalogue, code) = (&self.provider.catalogue, &self.delivery.code);
                let error = self.content.told(&error, catalogue, code);
                let _ = timeout(STALL_TIMEOUT, parts.send(Err(error))).await;
            }
        }
    }

    async fn send_all(&self, offer: v1::Offer, parts: &Parts) -> Result<(), Broken> {
        send(parts, Part::Offer(offer)).await?;
        let (mut offset, mut last) = (self.from, None);
        while offset < self.delivery.bytes {
            let chunk = self.read(offset).await?;
            offset += chunk.content.len() as u64;
            self.send_granted(parts, chunk, &mut last).await?;
        }
        let content = self.content.clone();
        off_thread(move || content.check_unchanged()).await?;
        let receipt = match self.known().await? {
            Some(receipt) => receipt,
            None => self.log().await?,
        };
        send(
            parts,
            Part::End(v1::End {
                receipt_seq: receipt.seq,
            }),
        )
        .await
    }

    /// Sends a piece as soon as the consumer accepts it, if it is granted then; ends where the grant does before.
    async fn send_granted(
        &self,
        parts: &Parts,
        chunk: v1::Chunk,
        last: &mut Option<Checked>,
    ) -> Result<(), Broken> {
        let mut accepted = pin!(space(parts));
        let mut checks = interval_at(Instant::now() + CHECKED_EVERY, CHECKED_EVERY);
        let space = loop {
            tokio::select! {
                space = &mut accepted => break space?,
                _ = checks.tick() => self.check(last).await?,
            }
        };
        self.check(last).await?;
        space.send(Ok(v1::FetchResponse {
            part: Some(Part::Chunk(chunk)),
        }));
        Ok(())
    }

    /// Fails if the grant does not cover the content any more. Checks nothing while the last check holds.
    async fn check(&self, last: &mut Option<Checked>) -> Result<()> {
        let own = &self.provider.own;
        if last.as_ref().is_none_or(|last| !last.holds(own)) {
            *last = Some(self.checked().await?);
        }
        Ok(())
    }

    async fn checked(&self) -> Result<Checked> {
        let (provider, sent) = (self.provider.clone(), self.content.clone());
        let (request, consumer, transfer) = (self.delivery.request, self.consumer, self.transfer);
        off_thread(move || {
            let (history, checked) = checked(&provider, request, consumer)?;
            sent.check_granted(&history)?;
            let limits = grant::limits(&history);
            let (kv, now) = (provider.own.ledger.kv().as_ref(), provider.own.now());
            metering::check(kv, (request, transfer), &limits, now)?;
            let period_end = metering::period_end(kv, request, &limits)?;
            Ok(Checked {
                until: period_end.map_or(checked.until, |end| end.min(checked.until)),
                ..checked
            })
        })
        .await
    }

    /// Frees the space of a part of a table that nobody goes on in.
    fn forget(&self) {
        if let Sent::Table(spool) = &self.content {
            self.provider.spools.forget(self.delivery.request, spool);
        }
    }

    /// Notes that this city ended the transfer, by a failure or a stop, so that the consumer's fetch does not count.
    async fn fail(&self) {
        let request = self.delivery.request;
        let Some(transfer) = self.transfer else {
            return;
        };
        let job = move |tx: &mut chengji_store::Tx<'_>| metering::fail(tx, request, transfer);
        if let Err(error) = self.provider.own.ledger.write(job).await {
            tracing::warn!(%request, "cannot note that a fetch failed; it counts: {error}");
        }
    }

    /// Reads the piece at this offset.
    async fn read(&self, offset: u64) -> Result<v1::Chunk> {
        let sent = self.content.clone();
        let size = usize::try_from(self.delivery.bytes - offset)
            .unwrap_or(MESSAGE_SIZE)
            .min(MESSAGE_SIZE);
        off_thread(move || {
            let content = sent.read(offset, size)?;
            let crc32c = crc32c::crc32c(&content);
            Ok(v1::Chunk {
                offset,
                content: Bytes::from(content),
                crc32c,
            })
        })
        .await
    }

    /// The receipt for a consumer that already has the complete file and only asks for that. It is logged
    /// once: repeated requests do not grow the log.
    async fn known(&self) -> Result<Option<Receipt>> {
        if self.from < self.delivery.bytes {
            return Ok(None);
        }
        let (kv, delivery) = (
            Arc::clone(self.provider.own.ledger.kv()),
            self.delivery.clone(),
        );
        off_thread(move || receipts::known(&*kv, &delivery)).await
    }

    async fn log(&self) -> Result<Receipt> {
        let (own, delivery) = (self.provider.own.clone(), self.delivery.clone());
        let end = End::Sent {
            consumer: self.consumer,
            resumed_at: self.from,
            vouched: self.vouched.clone(),
        };
        let (by, at, transfer) = (own.node(), own.now(), self.transfer);
        let job = move |tx: &mut chengji_store::Tx<'_>| {
            if let Some(transfer) = transfer
                && !metering::finish(tx, delivery.request, transfer, at)?
                && let Some(known) = receipts::known(tx, &delivery)?
            {
                return Ok(known);
            }
            receipts::write(&own, tx, &by, at, delivery, end)
        };
        self.provider.own.ledger.write(job).await
    }
}

/// A check of the grant that found it valid. A check reads about ten records, and a fast line takes a piece each
/// millisecond.
#[derive(Clone, Copy)]
pub(super) struct Checked {
    /// Number of commits of the ledger before it.
    commits: u64,
    /// The end of the grant, or of its period of use.
    until: Timestamp,
}

impl Checked {
    /// Returns true if a further check would find the same: nothing that it reads was written since, and no time is over.
    pub(super) fn holds(&self, own: &OwnLog) -> bool {
        // Else it depends on what is not in the ledger.
        let is_confirmed = *own.ledger.confirmation().borrow() == Confirmation::Confirmed;
        is_confirmed && own.ledger.commits() == self.commits && own.now() < self.until
    }
}

async fn send(parts: &Parts, part: Part) -> Result<(), Broken> {
    let space = space(parts).await?;
    space.send(Ok(v1::FetchResponse { part: Some(part) }));
    Ok(())
}

/// Waits until the other side accepts a part.
pub(super) async fn space<T>(
    parts: &mpsc::Sender<Result<T>>,
) -> Result<mpsc::Permit<'_, Result<T>>, Broken> {
    let space = timeout(STALL_TIMEOUT, parts.reserve()).await;
    space.map_err(|_| Broken::Off)?.map_err(|_| Broken::Off)
}

pub(super) fn unmeasured(code: &ResourceCode) -> Error {
    let message = msg::MountRecordUnmeasured { entry: code };
    Error::new(ErrorCode::StorageDamaged, message)
}

#[cfg(test)]
#[path = "sending_tests.rs"]
mod tests;
