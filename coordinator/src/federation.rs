//! What the coordinator does with a city's log, entry by entry: the catalogue it keeps, the
//! requests it opens, the moves it orders. All of it in the transaction that moves the position.
//!
//! A city speaks for itself alone: what concerns another's entries or requests is set aside.

use std::sync::Arc;

use bytes::Bytes;
use chengji_domain::fact::{CityFact, ClusterFact, Origin};
use chengji_domain::request::{Case, RequestId};
use chengji_domain::stop::{RecordedAct, StopTarget};
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Principal, Result};
use chengji_follow::{Apply, Clock, LogCopy};
use chengji_proto::convert::city_entry_from;
use chengji_store::Tx;

use crate::rate::LiveRate;
use crate::requests::{Arrived, IsCurrent, OutOfReach};
use crate::terms::Terms;
use crate::{arrivals, catalogue, journal, records, requests};

/// The effect of one city's log.
pub struct Federation {
    /// Whose log.
    pub city: CityCode,
    /// Calendar and deadline rules.
    pub terms: Arc<Terms>,
    /// The coordinator's time.
    pub clock: Clock,
    /// The fold that is fed with what is durable.
    pub rate: Arc<LiveRate>,
    /// Which logs have been read to their end.
    pub is_current: IsCurrent,
    /// For how long the city had not been heard before an entry came.
    pub out_of_reach: OutOfReach,
}

impl Apply for Federation {
    fn apply(&self, tx: &mut Tx<'_>, seq: u64, bytes: &[u8]) -> Result<()> {
        let city = self.city;
        let entry = city_entry_from(bytes, city)?;
        if entry.seq != seq {
            let message = format!("the entry at {seq} says it stands at {}", entry.seq);
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        let at = entry.at;
        // What is dated ahead of its arrival counts as of its arrival.
        let by_now = at.min((self.clock)());
        match entry.fact {
            CityFact::Published { entry, revision } => {
                catalogue::publish(tx, city, by_now, &entry, revision)
            }
            CityFact::Withdrawn { code, reason } => {
                catalogue::withdraw(tx, city, by_now, &code, &reason)
            }
            CityFact::Mounted { code, file_name } => catalogue::mount(tx, city, &code, &file_name),
            CityFact::Unmounted { code, .. } => catalogue::unmount(tx, city, &code),
            CityFact::Measured { code, measurement } => {
                catalogue::measure(tx, city, &code, &measurement)
            }
            CityFact::Requested(submission) => {
                let id = RequestId {
                    city,
                    epoch: entry.epoch.number,
                    seq,
                };
                let case = Case {
                    id,
                    submission,
                    submitted_at: at,
                    steps: Vec::new(),
                };
                requests::open(tx, &self.terms, (self.clock)(), case, &self.is_current)
            }
            CityFact::Moved { request, mv } => {
                let arrived = Arrived {
                    city,
                    origin: Origin {
                        epoch: entry.epoch,
                        seq,
                    },
                    at,
                    request,
                    mv,
                    out_of_reach: (self.out_of_reach)(seq),
                };
                requests::arrive(tx, &self.terms, (self.clock)(), arrived)
            }
            CityFact::Stop { target, act } => {
                let epoch = entry.epoch;
                let act = RecordedAct {
                    origin: Origin { epoch, seq },
                    at,
                    act,
                    noted: true,
                };
                match target {
                    StopTarget::Request(id) => {
                        requests::note_stop(tx, (self.clock)(), city, id, act)
                    }
                    StopTarget::Entry(code) => catalogue::stop(tx, city, &code, act),
                }
            }
            // Evidence: for the rate, which folds what is committed, and for auditors.
            CityFact::Delivered { .. } | CityFact::Received { .. } | CityFact::Access(_) => Ok(()),
            // The follower has checked it before this entry came.
            CityFact::EpochOpened(_) => Ok(()),
            // The city's own business; its node does not tell it.
            CityFact::Review(_) => Ok(()),
        }
    }

    fn arrived(&self, tx: &mut Tx<'_>, copy: &LogCopy, head: u64) -> Result<()> {
        arrivals::record(tx, self.city, copy, head, (self.clock)())
    }

    fn forget(&self, tx: &mut Tx<'_>) -> Result<bool> {
        records::forget_entries(tx, self.city)
    }

    fn quarantined(&self, tx: &mut Tx<'_>, epoch: Epoch, seq: u64, reason: &str) -> Result<()> {
        let fact = ClusterFact::Quarantined {
            city: self.city,
            epoch,
            seq,
            reason: reason.to_owned(),
        };
        journal::append(tx, (self.clock)(), &Principal::Coordinator, fact)?;
        Ok(())
    }

    fn committed(&self, entries: &[(u64, Bytes)]) {
        self.rate.take(
            self.city,
            entries.iter().map(|(seq, bytes)| (*seq, bytes.as_ref())),
        );
    }

    fn forgotten(&self) {
        self.rate.forget(self.city);
    }
}

#[cfg(test)]
#[path = "federation_tests.rs"]
mod tests;
