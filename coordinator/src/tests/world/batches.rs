//! Many facts at once: the coordinator reads and appends them in batches, as it does in operation.

use std::ops::Range;

use chengji_domain::fact::{CityFact, ClusterFact};
use chengji_domain::{CityCode, Principal, Result};
use chengji_proto::v1;
use chengji_store::Tx;

use super::{World, city};
use crate::journal;

/// Number of entries in a message: their effects fit in one transaction.
const MESSAGE: usize = 100;

impl World {
    /// A city writes facts in its log now, and the coordinator reads them, whether it applies them or sets them aside.
    pub(crate) async fn append_all(
        &mut self,
        code: &str,
        facts: impl IntoIterator<Item = CityFact>,
    ) {
        let (first, now) = (self.length(code), self.now());
        for fact in facts {
            self.write(code, fact, now);
        }
        let (city, end) = (city(code), self.length(code));
        let intake = self.intake(city);
        for from in (first..end).step_by(MESSAGE) {
            let message = self.message(city, from..end.min(from + MESSAGE));
            intake.take(message).await.unwrap();
        }
    }

    /// The coordinator reads the unread entries of a city's log.
    pub(crate) async fn read_rest(&self, code: &str) -> Result<()> {
        let city = city(code);
        let intake = self.intake(city);
        let from = usize::try_from(intake.followed().state().position.seq).unwrap();
        intake
            .take(self.message(city, from..self.length(code)))
            .await
    }

    /// The message by which a city sends these entries of its log.
    pub(super) fn message(&self, city: CityCode, entries: Range<usize>) -> v1::FollowResponse {
        let (log, epoch) = (&self.logs[&city], self.epoch(city));
        v1::FollowResponse {
            epoch: epoch.number,
            epoch_id: epoch.id.to_vec(),
            first: entries.start as u64,
            items: log[entries].iter().cloned().map(Into::into).collect(),
            head: log.len() as u64,
            ..Default::default()
        }
    }

    /// The coordinator appends facts about the roster, and signs it once.
    pub(crate) async fn announce_all(&self, facts: Vec<ClusterFact>) {
        let (enrolment, now) = (self.enrolment(), self.now());
        let change = move |tx: &mut Tx<'_>| {
            for fact in facts {
                journal::append(tx, now, &Principal::Coordinator, fact)?;
            }
            enrolment.changed(tx, now)
        };
        self.ledger.write(change).await.unwrap();
    }
}
