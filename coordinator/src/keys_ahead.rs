//! Lists the keys that the facts of a city's log read when they take effect, so that the keys of a piece of the log are
//! looked up together.
//!
//! The list affects speed alone: a fact that reads another key looks it up by itself.

use chengji_access::roster;
use chengji_domain::fact::{CityFact, Delivery, LogEntry};
use chengji_domain::request::RequestId;
use chengji_domain::stop::StopTarget;
use chengji_domain::{CityCode, ResourceCode};
use chengji_follow::{matter_table, request_table};

use crate::{early_moves, matters, records};

/// Returns the keys that these entries of a city's log read.
pub fn of<'e>(
    city: CityCode,
    entries: impl Iterator<Item = &'e LogEntry<CityFact>>,
) -> Vec<Vec<u8>> {
    let mut keys = Keys::default();
    for entry in entries {
        match &entry.fact {
            CityFact::Published { entry, .. } => keys.entry(city, &entry.code),
            CityFact::Withdrawn { code, .. }
            | CityFact::Mounted { code, .. }
            | CityFact::Unmounted { code, .. }
            | CityFact::Measured { code, .. }
            | CityFact::Stop {
                target: StopTarget::Entry(code),
                ..
            } => keys.entry(city, code),
            CityFact::Requested { submission, .. } => {
                let (epoch, seq) = (entry.epoch, entry.seq);
                keys.request(RequestId { city, epoch, seq });
                let resource = &submission.resource;
                keys.member(resource.city);
                keys.entry(resource.city, &resource.code);
            }
            CityFact::Moved { request, .. }
            | CityFact::Stop {
                target: StopTarget::Request(request),
                ..
            } => {
                keys.request(*request);
                keys.member(request.city);
            }
            CityFact::Delivered {
                delivery, consumer, ..
            } => {
                keys.entry(city, &delivery.code);
                keys.delivery((city, *consumer), delivery);
            }
            CityFact::Received { delivery, provider } => {
                keys.delivery((*provider, city), delivery);
                keys.awaited((*provider, city), delivery);
            }
            _ => {}
        }
    }
    keys.0
}

/// Stored keys, in any order.
#[derive(Default)]
struct Keys(Vec<Vec<u8>>);

impl Keys {
    fn entry(&mut self, city: CityCode, code: &ResourceCode) {
        self.0.push(records::entry_key(city, code));
    }

    fn member(&mut self, city: CityCode) {
        self.0.push(roster::key_of_member(city));
    }

    /// Adds the keys of a request and of what is kept for it.
    fn request(&mut self, id: RequestId) {
        self.0.push(request_table::REQUESTS.stored_key(&id));
        self.0.push(early_moves::number_key(id));
    }

    fn delivery(&mut self, parties: (CityCode, CityCode), delivery: &Delivery) {
        self.0
            .push(request_table::REQUESTS.stored_key(&delivery.request));
        self.0.push(matters::received_key(parties, delivery));
    }

    fn awaited(&mut self, (provider, consumer): (CityCode, CityCode), delivery: &Delivery) {
        let group = (consumer, provider, delivery.code.clone());
        self.0
            .push(matter_table::AWAITED_NUMBERS.stored_key(&group));
    }
}

#[cfg(test)]
#[path = "keys_ahead_tests.rs"]
mod tests;
