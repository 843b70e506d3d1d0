//! The consumer's side: fetches a granted resource into the node's folder of received files.
//!
//! A fetch whose connection breaks is resumed automatically while bytes arrive. If the caller
//! disconnects, the fetch stops and the arrived bytes are kept; once complete, it is finished in any
//! case.

use chengji_domain::access::Role;
use chengji_domain::delivery::Receipt;
use chengji_domain::problem::Problem;
use chengji_domain::request::RequestId;
use chengji_domain::request::terms::Voucher;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_messages::msg;
use chengji_proto::convert::{offer_to, problem_to};
use chengji_proto::service::Answers;
use chengji_proto::v1;
use chengji_store::Limit;
use chengji_transport::Permit;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tracing::Instrument;
use v1::receive_response::Event;

use super::Consumer;
use super::attempts::Attempts;
use super::grant;
use super::partial::Held;
use super::receipts;
use super::reception::{Part, ReceiveResponseSender, Reception, Transferred, send_event};
use super::refusal;
use super::transfers::TRANSFERS;
use super::under_way::{Turn, UnderWay};
use super::vouching;
use crate::caller::Caller;
use crate::requests::{departments, records};

/// Maximum number of fetches checked at startup; the others are finished when they are fetched again.
const MAX_INTERRUPTED: usize = 1_000;

/// Number of progress reports that wait for their reader.
const MAX_WAITING_REPORTS: usize = 16;

/// Begins or resumes the fetch of a request of this city.
pub(super) fn receive(
    consumer: &Consumer,
    under_way: &UnderWay<RequestId>,
    permit: &Permit,
    request: v1::ReceiveRequest,
) -> Result<Answers<v1::ReceiveResponse>> {
    let by = (&Caller::of(permit), permit.request_id());
    let fetch = Fetch::of(consumer, under_way, by, request)?;
    let (responses, stream) = mpsc::channel(MAX_WAITING_REPORTS);
    let id = fetch.id;
    let task = async move {
        let done = tokio::select! {
            done = fetch.outcome(&responses) => done,
            () = responses.closed() => {
                tracing::info!(request = %id, "the caller has disconnected; the received part is kept");
                return;
            }
        };
        let last = done.map(|done| v1::ReceiveResponse {
            event: Some(Event::Done(done)),
        });
        // A caller that disconnected finds the outcome in the receipts, or by fetching again.
        let _ = responses.send(last).await;
    };
    tokio::spawn(task.in_current_span());
    Ok(Box::pin(ReceiverStream::new(stream)))
}

/// Fetches as [`receive`] does, on behalf of this caller in the call of this id, and waits for the outcome. If the future
/// is dropped before, the fetch stops as for a caller that disconnects.
pub(super) async fn received(
    consumer: &Consumer,
    under_way: &UnderWay<RequestId>,
    by: (&Caller, &str),
    request: v1::ReceiveRequest,
) -> Result<v1::Reception> {
    let fetch = Fetch::of(consumer, under_way, by, request)?;
    let (responses, mut reports) = mpsc::channel(MAX_WAITING_REPORTS);
    let fetching = async move {
        let done = fetch.outcome(&responses).await;
        drop(responses);
        done
    };
    // Nobody waits for the reports; they are taken so that the fetch does not wait, either.
    let taking = async move { while reports.recv().await.is_some() {} };
    let (done, ()) = tokio::join!(fetching, taking);
    done
}

/// The user and the operation of a fetch that this person asks for. Errors: `INVALID_ARGUMENT` for the name of the
/// operation.
pub(super) fn voucher(caller: &Caller, operation: &str, consumer: &Consumer) -> Result<Voucher> {
    let now = consumer.own.now();
    let voucher = Voucher {
        user: caller.principal.clone(),
        department: caller.rights.usual_department(Role::Consumer, now),
        operation: (!operation.is_empty()).then(|| operation.to_owned()),
    };
    voucher.check_text()?;
    Ok(voucher)
}

/// Finishes the fetches that were interrupted between completion and their record.
pub(super) async fn finish_interrupted(
    consumer: &Consumer,
    under_way: &UnderWay<RequestId>,
) -> Result<()> {
    let kv = consumer.own.ledger.kv().as_ref();
    let interrupted = TRANSFERS.all().page(kv, Limit::rows(MAX_INTERRUPTED))?;
    for (id, _) in interrupted.rows {
        let history = records::existing(consumer.own.ledger.kv().as_ref(), id)?.effective();
        let Some(turn) = under_way.begin(id) else {
            continue;
        };
        let reception = Reception::new(consumer, turn, history, consumer.own.node());
        let Some(content) = TRANSFERS.get(kv, &id)? else {
            continue;
        };
        if reception.is_whole(content.clone()).await? {
            reception.log(content).await?;
        }
    }
    Ok(())
}

/// A fetching call.
struct Fetch {
    consumer: Consumer,
    under_way: UnderWay<RequestId>,
    /// The principal that the reception is recorded for.
    by: Principal,
    /// The id of the call.
    call: String,
    id: RequestId,
    asked: v1::ReceiveRequest,
    /// The user and the operation that the node vouches for, where the grant limits either.
    voucher: Option<Voucher>,
}

impl Fetch {
    /// A fetch that this caller asks for in the call of this id, if it may.
    fn of(
        consumer: &Consumer,
        under_way: &UnderWay<RequestId>,
        (caller, call): (&Caller, &str),
        request: v1::ReceiveRequest,
    ) -> Result<Self> {
        let kv = consumer.own.ledger.kv().as_ref();
        let id = records::resolve(kv, &request.request)?;
        let history = records::existing(kv, id)?.effective();
        let by = (caller, consumer.own.now());
        departments::check_visible(&consumer.own, kv, by, &history)?;
        if history.consumer() != consumer.own.city {
            let message = msg::FetchedByConsumerOnly {
                request: id,
                consumer: history.consumer(),
            };
            return Err(Error::new(ErrorCode::NoGrant, message));
        }
        let voucher = voucher(caller, &request.operation, consumer)?;
        let limits = grant::limits(&history);
        limits.check_voucher(Some(&voucher))?;
        Ok(Self {
            consumer: consumer.clone(),
            under_way: under_way.clone(),
            by: caller.principal.clone(),
            call: call.to_owned(),
            id,
            asked: request,
            voucher: limits.need_voucher().then_some(voucher),
        })
    }

    /// Runs the fetch to its end, and records a refusal of the provider.
    async fn outcome(&self, responses: &ReceiveResponseSender) -> Result<v1::Reception> {
        let done = self.run(responses).await;
        if let Err(error) = &done {
            let request = self.id;
            tracing::warn!(%request, "the fetch failed: {error}");
            if let Err(error) = refusal::note(&self.consumer.own, request, error).await {
                tracing::warn!(%request, "the refusal cannot be recorded: {error}");
            }
        }
        done
    }

    async fn run(&self, responses: &ReceiveResponseSender) -> Result<v1::Reception> {
        if let Some(voucher) = self.voucher.clone() {
            vouching::record(&self.consumer.own, self.id, voucher).await?;
        }
        let turn = match self.under_way.begin(self.id) {
            Some(turn) => turn,
            None => {
                let before = self.newest()?;
                send_event(responses, Event::Waiting(v1::Waiting {})).await;
                let turn = self.under_way.wait(self.id).await;
                // A file fetched meanwhile by the other call is as new as this one's would be.
                if let Some(receipt) = self.newest()?
                    && before.is_none_or(|before| before.seq != receipt.seq)
                {
                    return Ok(self.reception(turn)?.as_received(&receipt, false));
                }
                turn
            }
        };
        self.fetch(self.reception(turn)?, responses).await
    }

    async fn fetch(
        &self,
        reception: Reception,
        responses: &ReceiveResponseSender,
    ) -> Result<v1::Reception> {
        let begun = TRANSFERS.get(self.consumer.own.ledger.kv().as_ref(), &self.id)?;
        let held = reception.inspect(begun.clone()).await?;
        let mut part = match (held, begun) {
            (Held::Whole, Some(content)) => {
                send_event(responses, Event::Offer(offer_to(&content, content.bytes))).await;
                return reception
                    .uncancelled(Reception::log_of(reception.clone(), content))
                    .await;
            }
            (Held::Part(arriving), Some(content)) => Some(Part { arriving, content }),
            _ => None,
        };
        let known = match self.newest()? {
            Some(known) if self.asked.if_changed && part.is_none() => {
                let is_there = reception.is_whole(known.content()).await?;
                is_there.then_some(known)
            }
            _ => None,
        };
        let mut attempts = Attempts::default();
        loop {
            self.check_grant(&reception)?;
            let before = arrived(part.as_ref());
            let done = reception
                .transfer(&mut part, known.as_ref(), responses)
                .await;
            let error = match done {
                Ok(Transferred::Unchanged(receipt)) => {
                    return Ok(reception.as_received(&receipt, true));
                }
                Ok(Transferred::Whole(part)) => {
                    return reception
                        .uncancelled(Reception::finish(reception.clone(), part))
                        .await;
                }
                Err(error) => error,
            };
            if error.code() == ErrorCode::PeerInvalid {
                reception.discard().await?;
            }
            let pause = (error.code() == ErrorCode::PeerUnavailable)
                .then(|| attempts.pause(arrived(part.as_ref()) > before))
                .flatten();
            let Some(pause) = pause else {
                return Err(error);
            };
            tracing::info!(request = %self.id, ?pause, "the fetch was interrupted and resumes: {error}");
            let resuming = v1::Resuming {
                problem: Some(problem_to(&Problem::from(&error))),
                seconds: u32::try_from(pause.as_secs()).unwrap_or(u32::MAX),
            };
            send_event(responses, Event::Resuming(resuming)).await;
            tokio::time::sleep(pause).await;
        }
    }

    fn reception(&self, turn: Turn<RequestId>) -> Result<Reception> {
        let history =
            records::existing(self.consumer.own.ledger.kv().as_ref(), self.id)?.effective();
        let reception = Reception::new(&self.consumer, turn, history, self.by.clone());
        let reception = reception.on_behalf_of(&self.call, self.asked.allow_bytes);
        Ok(reception.vouching(self.voucher.clone()))
    }

    /// Refuses if no grant can cover the fetch: a grant may exist since the provider was last heard.
    fn check_grant(&self, reception: &Reception) -> Result<()> {
        let now = self.consumer.own.now();
        if grant::may_have_come_since(reception.history(), now) {
            return Ok(());
        }
        grant::check(reception.history(), now)
    }

    fn newest(&self) -> Result<Option<Receipt>> {
        receipts::received(&**self.consumer.own.ledger.kv(), self.id)
    }
}

fn arrived(part: Option<&Part>) -> u64 {
    part.map_or(0, |part| part.arriving.arrived())
}
