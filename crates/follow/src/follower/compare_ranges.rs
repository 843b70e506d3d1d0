//! Compares the copy of a followed log with its owner's, by roots over ranges of leaves: slowly, and at an interval.
//!
//! Equal roots write nothing. A stored entry that does not match its own leaf is damage of the own store, and is
//! fetched again; a leaf unlike the owner's is a divergence, and nothing is overwritten.

use std::time::Duration;

use chengji_domain::log_alarm::AlarmKind;
use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::epoch_id;
use chengji_proto::v1;
use chengji_store::{Position, RANGE};
use chengji_transport::CallTimeout;
use tokio::time::Instant;
use tracing::{info, warn};

use super::Follower;
use crate::alarm::Finding;
use crate::apply::Apply;

/// Pause after each step, in durations of the step: comparing takes at most a tenth of the time.
const PAUSE: u32 = 9;
/// Maximum pause after a step.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

impl<A: Apply> Follower<A> {
    /// Compares the whole copy at this follower's interval, for as long as it is polled. The first time is random
    /// within the interval.
    pub(super) async fn compare_regularly(&self) {
        let mut wait = self.compare_interval.mul_f64(rand::random());
        loop {
            tokio::time::sleep(wait).await;
            let started = Instant::now();
            match self.compare().await {
                Ok(()) => self.intake.note_compared(),
                // Reported with the alarm.
                Err(error) if error.code() == ErrorCode::LogDiverged => {}
                Err(error) => {
                    let log = self.intake.followed().state().log;
                    info!(%log, %error, "the copy was not compared to its end; it is compared again");
                }
            }
            wait = self.compare_interval.saturating_sub(started.elapsed());
        }
    }

    /// Compares the copy with the owner's log up to the position reached.
    async fn compare(&self) -> Result<()> {
        let at = self.intake.followed().state().position;
        if at.epoch.is_unknown() {
            return Ok(());
        }
        let mut first = 0;
        while first * RANGE < at.seq {
            let roots = self.owner_roots(at, first).await?;
            let next = first + roots.len() as u64;
            // One copy of all followed logs is read at a time.
            let turn = self.turns.comparing().await;
            let started = Instant::now();
            let differing = self.intake.compare_roots(at, first, roots).await?;
            tokio::time::sleep((started.elapsed() * PAUSE).min(LONGEST_PAUSE)).await;
            drop(turn);
            if let Some(range) = differing {
                self.find_difference(at, range).await?;
            }
            first = next;
        }
        Ok(())
    }

    /// Fetches the owner's roots of some ranges from this number on, up to a position of the copy.
    async fn owner_roots(&self, at: Position, first: u64) -> Result<Vec<Digest>> {
        let request = v1::RangeRootsRequest {
            epoch: at.epoch.number,
            epoch_id: epoch_id(at.epoch),
            first,
            end: at.seq,
        };
        let mut client = self.client();
        let answer = CallTimeout::Follow.answer(client.range_roots(request));
        let roots = answer.await?.roots;
        let roots = roots.iter().map(|root| Digest::from_slice(root));
        let roots = roots.collect::<Result<Vec<_>>>()?;
        if roots.is_empty() {
            let message = msg::FollowRootsMissing { first };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        Ok(roots)
    }

    /// Finds the first entry of a range whose leaf is not the owner's, and raises the alarm about it.
    async fn find_difference(&self, at: Position, range: u64) -> Result<()> {
        let (mut next, end) = (range * RANGE, at.seq.min((range + 1) * RANGE));
        while next < end {
            let items = self.items_from(next).await?;
            if items.is_empty() {
                break;
            }
            for (seq, item) in (next..end).zip(&items) {
                let found = Digest(chengji_log::leaf(&item.envelope));
                let known = self.intake.known(seq + 1)?.1;
                if known != Some(found) {
                    let position = Position { seq: seq + 1, ..at };
                    let finding = Finding {
                        kind: AlarmKind::Diverged,
                        known: (position, known),
                        found: (position, Some(found)),
                    };
                    return Err(self.intake.raise(finding).await?);
                }
            }
            next += items.len() as u64;
        }
        let log = self.intake.followed().state().log;
        warn!(%log, range, "the owner's root differs, but none of its entries does");
        Ok(())
    }
}
