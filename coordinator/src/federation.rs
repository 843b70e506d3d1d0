//! Applies a city's log, entry by entry: updates the catalogue, opens requests, orders moves. All of it
//! in the transaction that moves the position.
//!
//! A city can only make statements about itself: facts about another's entries or requests are set aside.

use std::sync::Arc;

use chengji_access::roster;
use chengji_clock::Clock;
use chengji_domain::envelope::Envelope;
use chengji_domain::fact::{CityFact, ClusterFact, Delivery, Origin, QuarantinedRun, ReviewFact};
use chengji_domain::matter::{MatterFact, MatterRecord};
use chengji_domain::request::{Actor, Move, RequestHistory, RequestId, RequestRecord};
use chengji_domain::stop::{RecordedAct, StopTarget};
use chengji_domain::usage::UsageFact;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, ResourceRef, Result};
use chengji_follow::{
    Admission, Apply, ParsedEntry, StoredPiece, matter_table, request_table, return_flow_table,
    succession_table,
};
use chengji_messages::msg;
use chengji_proto::convert::city_entry_in;
use chengji_store::{Entry, KeyValue, Tx};
use jiff::Timestamp;

use crate::deadlines::Deadlines;
use crate::month_use::{self, Side};
use crate::quota::{Budgets, Charge, Cost};
use crate::rate::LiveRate;
use crate::read_entry::ReadEntry;
use crate::records::{self, CatalogueSums};
use crate::requests::{Arrived, Disputes, IsCurrent, OutOfReach};
use crate::{
    arrivals, catalogue, early_moves, journal, keys_ahead, matters, probes, requests, return_flows,
};

/// Applies one city's log.
pub struct Federation {
    /// The log's owner.
    pub city: CityCode,
    /// Calendar and deadline rules.
    pub deadlines: Arc<Deadlines>,
    /// The coordinator's clock.
    pub clock: Clock,
    /// The live fold, which receives committed entries.
    pub rate: Arc<LiveRate>,
    /// Reports which logs were read to their end.
    pub is_current: IsCurrent,
    /// Reports how long the city was not heard before an entry arrived.
    pub out_of_reach: OutOfReach,
    /// The quotas of the cities.
    pub budgets: Arc<Budgets>,
    /// The settings about disputes.
    pub disputes: Disputes,
}

impl Apply for Federation {
    type Fact = ReadEntry;
    type Sums = CatalogueSums;

    fn parse(&self, envelope: &Envelope, entry: &Entry) -> Result<Self::Fact> {
        ReadEntry::new(city_entry_in(envelope, entry, self.city)?)
    }

    fn apply(
        &self,
        tx: &mut Tx<'_>,
        sums: &mut CatalogueSums,
        parsed: &Self::Fact,
        entry: &Entry,
    ) -> Result<()> {
        let read = &parsed.entry;
        let (city, seq) = (self.city, read.seq);
        let (at, epoch, now) = (read.at, read.epoch, (self.clock)());
        let origin = Origin { epoch, seq };
        // An entry dated ahead of its arrival counts as of its arrival.
        let by_now = at.min(now);
        let first_record = parsed.first_record.as_ref().filter(|_| by_now == at);
        catalogue::apply(tx, sums, city, by_now, &read.fact, first_record)?;
        let mut spoken_of = None;
        if let Some(id) = request_of(&read.fact) {
            spoken_of = request_table::find(tx, id)?;
            if early_moves::is_early(tx, spoken_of.as_ref(), id, city, &self.is_current)? {
                return early_moves::store(tx, id, city, origin, entry);
            }
        }
        match &read.fact {
            // Applied to the catalogue above.
            CityFact::Published { .. }
            | CityFact::Withdrawn { .. }
            | CityFact::Mounted { .. }
            | CityFact::Unmounted { .. }
            | CityFact::Measured { .. } => Ok(()),
            CityFact::Requested { submission, actor } => {
                let id = RequestId { city, epoch, seq };
                let history = RequestHistory::new(id, submission.clone(), actor.clone(), at);
                self.requested(tx, now, history)
            }
            CityFact::Moved { request, mv, actor } => {
                let arrived = self.moved((origin, at), *request, mv, actor);
                requests::arrive(tx, &self.deadlines, now, spoken_of, arrived)
            }
            CityFact::Stop { target, act, actor } => {
                let act = RecordedAct {
                    origin,
                    at,
                    actor: actor.clone(),
                    act: act.clone(),
                    noted: true,
                    due: None,
                };
                self.stop(tx, sums, now, target, act)
            }
            // Evidence for the rate, too, which folds committed entries.
            CityFact::Delivered {
                delivery, consumer, ..
            } => self.delivered(tx, (origin, at), *consumer, delivery),
            CityFact::Received { delivery, provider } => {
                self.received(tx, (origin, at, now), *provider, delivery)
            }
            // Facts of access are for auditors; the follower checked the start of an epoch before this entry.
            CityFact::Access(_) | CityFact::EpochOpened(_) => Ok(()),
            CityFact::DepartmentSucceeded(_) | CityFact::DepartmentSuccessionEnded(_) => {
                succession_table::take(tx, city, read)
            }
            CityFact::Review(ReviewFact::UpdatedLate { .. }) => {
                records::count_late_update(tx, city)
            }
            // Private to the city; its node does not disclose it.
            CityFact::Review(_)
            | CityFact::Consent(_)
            | CityFact::Delegation(_)
            | CityFact::GrantRule(_)
            | CityFact::Notification(_) => Ok(()),
            CityFact::Usage(fact) => self.usage(tx, fact),
            CityFact::ReturnFlow(fact) => return_flows::note(tx, now, city, (origin, by_now), fact),
            CityFact::Matter(fact) => self.matter(tx, (origin, at, now), fact, entry),
            CityFact::ProbeMade(made) => probes::note(tx, (city, by_now), now, made),
        }
    }

    fn keys_to_read(&self, entries: &[ParsedEntry<Self::Fact>]) -> Vec<Vec<u8>> {
        let read = entries.iter().filter_map(ParsedEntry::fact);
        keys_ahead::of(self.city, read.map(|read| &read.entry))
    }

    fn arrived(
        &self,
        tx: &mut Tx<'_>,
        sums: CatalogueSums,
        piece: &StoredPiece<'_, Self::Fact>,
    ) -> Result<()> {
        sums.store(tx, self.city)?;
        let now = (self.clock)();
        let charge = Charge {
            end: piece.copy.next,
            costs: piece.entries.iter().map(Cost::of),
            set_aside: piece.set_aside,
        };
        self.budgets.charge(tx, self.city, now, charge)?;
        arrivals::record(tx, self.city, &piece.copy, piece.head, now)
    }

    fn admit(
        &self,
        kv: &dyn KeyValue,
        first: u64,
        entries: &[ParsedEntry<Self::Fact>],
    ) -> Result<Admission> {
        let costs = entries.iter().map(Cost::of);
        let now = (self.clock)();
        self.budgets.admit(kv, self.city, now, (first, costs))
    }

    fn may_read(&self, tx: &Tx<'_>) -> Result<()> {
        if roster::is_active(tx, self.city)? {
            return Ok(());
        }
        let message = msg::LogOfInactiveCity { city: self.city };
        Err(Error::new(ErrorCode::Suspended, message))
    }

    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool> {
        Ok(month_use::forget(tx, self.city)?
            && succession_table::forget(tx, self.city)?
            && records::forget_entries(tx, self.city)?)
    }

    fn quarantined(&self, tx: &mut Tx<'_>, run: QuarantinedRun) -> Result<()> {
        let city = self.city;
        let fact = match run {
            QuarantinedRun {
                epoch,
                from_seq: seq,
                count: 1,
                problem,
                ..
            } => ClusterFact::Quarantined {
                city,
                epoch,
                seq,
                problem,
            },
            run => ClusterFact::QuarantineSummarised { city, run },
        };
        let now = (self.clock)();
        journal::append(tx, now, &Principal::Coordinator, fact)?;
        Ok(())
    }

    fn committed(&self, envelopes: &[&Envelope]) {
        self.rate.take(self.city, envelopes);
    }

    fn mended(&self) {
        if let Err(error) = self.rate.complete(self.city) {
            let city = self.city;
            tracing::error!(%city, %error, "its log cannot be folded again; a restart tries again");
        }
    }

    fn forgotten(&self) {
        self.rate.forget(self.city);
    }
}

/// The request of a move or a stop.
fn request_of(fact: &CityFact) -> Option<RequestId> {
    match fact {
        CityFact::Moved { request, .. } => Some(*request),
        CityFact::Stop {
            target: StopTarget::Request(id),
            ..
        } => Some(*id),
        _ => None,
    }
}

impl Federation {
    /// Opens a request, and applies what waited for it.
    fn requested(&self, tx: &mut Tx<'_>, now: Timestamp, history: RequestHistory) -> Result<()> {
        let id = history.id;
        match requests::open(tx, &self.deadlines, now, history, &self.is_current)? {
            true => early_moves::release_first(tx, &self.deadlines, now, id),
            false => Ok(()),
        }
    }

    /// A move in the city's log.
    fn moved(
        &self,
        (origin, at): (Origin, Timestamp),
        request: RequestId,
        mv: &Move,
        actor: &Actor,
    ) -> Arrived {
        Arrived {
            city: self.city,
            origin,
            at,
            request,
            mv: mv.clone(),
            actor: actor.clone(),
            out_of_reach: (self.out_of_reach)(origin.seq),
            negotiation_required: self.disputes.negotiation_required,
        }
    }

    /// Applies a provider's act on deliveries.
    fn stop(
        &self,
        tx: &mut Tx<'_>,
        sums: &mut CatalogueSums,
        now: Timestamp,
        target: &StopTarget,
        act: RecordedAct,
    ) -> Result<()> {
        match target {
            StopTarget::Request(id) => {
                requests::note_stop(tx, &self.deadlines, now, self.city, (*id, act))
            }
            StopTarget::Entry(code) => catalogue::stop(tx, sums, self.city, code, act),
        }
    }

    /// Applies what the city delivered.
    fn delivered(
        &self,
        tx: &mut Tx<'_>,
        (origin, at): (Origin, Timestamp),
        consumer: CityCode,
        delivery: &Delivery,
    ) -> Result<()> {
        let request = self.request_of_delivery(tx, delivery, self.city, consumer)?;
        matters::note_received(tx, (self.city, consumer), delivery, request.as_ref())?;
        month_use::count(tx, self.city, (origin, at), delivery, Side::Sent)
    }

    /// Applies what the city received.
    fn received(
        &self,
        tx: &mut Tx<'_>,
        (origin, at, now): (Origin, Timestamp, Timestamp),
        provider: CityCode,
        delivery: &Delivery,
    ) -> Result<()> {
        let city = self.city;
        let request = self.request_of_delivery(tx, delivery, provider, city)?;
        let request = request.as_ref();
        matters::note_received(tx, (provider, city), delivery, request)?;
        return_flow_table::note_delivery(tx, (provider, city), &delivery.code, at.min(now))?;
        month_use::count(tx, city, (origin, at), delivery, Side::Received(request))?;
        matters::deliver(tx, now, (city, provider), (origin, at), delivery)
    }

    /// Counts a usage record that the city did not make in time. Other facts about use are private to it.
    fn usage(&self, tx: &mut Tx<'_>, fact: &UsageFact) -> Result<()> {
        match fact {
            UsageFact::Reminded {
                request,
                overdue: true,
                ..
            } if request.city == self.city => records::count_missing_usage(tx, self.city),
            UsageFact::Recorded { .. } | UsageFact::Vouched { .. } | UsageFact::Reminded { .. } => {
                Ok(())
            }
        }
    }

    /// Applies a fact about a correction or a demand.
    fn matter(
        &self,
        tx: &mut Tx<'_>,
        (origin, at, now): (Origin, Timestamp, Timestamp),
        fact: &MatterFact,
        entry: &Entry,
    ) -> Result<()> {
        let city = self.city;
        match fact {
            // For the provider alone; the city's node does not disclose it to others.
            MatterFact::RowsAttached { .. } => Ok(()),
            MatterFact::Filed { filing, actor } => {
                let Origin { epoch, seq } = origin;
                let id = RequestId { city, epoch, seq };
                let record = MatterRecord::new(id, filing.clone(), actor.clone(), at);
                matters::open(tx, &self.deadlines, now, record)?;
                early_moves::release_first(tx, &self.deadlines, now, id)
            }
            MatterFact::Moved { matter, mv, actor } => {
                let is_open = matter_table::find(tx, *matter)?.is_some();
                if early_moves::is_early_in_matter(tx, *matter, city, is_open, &self.is_current)? {
                    return early_moves::store(tx, *matter, city, origin, entry);
                }
                let arrived = matters::ArrivedMove {
                    city,
                    origin,
                    at,
                    matter: *matter,
                    mv: mv.clone(),
                    actor: actor.clone(),
                };
                matters::arrive(tx, now, arrived)
            }
        }
    }

    /// Returns the request of a delivery, which must be one between these two, for its resource. `None` where it may still
    /// arrive, because its consumer's log was not read to its end; until then the rate trusts neither side alone.
    fn request_of_delivery(
        &self,
        tx: &Tx<'_>,
        delivery: &Delivery,
        provider: CityCode,
        consumer: CityCode,
    ) -> Result<Option<RequestRecord>> {
        let id = delivery.request;
        let Some(record) = request_table::find(tx, id)? else {
            if !(self.is_current)(id.city) {
                return Ok(None);
            }
            let message = msg::DeliveryUnderUnknownRequest { request: id };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        };
        let history = &record.history;
        let matches = history.provider() == provider
            && history.consumer() == consumer
            && history.submission.resource.code == delivery.code;
        if matches {
            return Ok(Some(record));
        }
        let message = msg::DeliveryOfAnotherRequest {
            resource: ResourceRef {
                city: provider,
                code: delivery.code.clone(),
            },
            consumer,
            request: id,
            owner: history.consumer(),
            requested: &history.submission.resource,
        };
        Err(Error::new(ErrorCode::PeerInvalid, message))
    }
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod admission_tests;

#[cfg(test)]
#[path = "federation_tests.rs"]
mod tests;
