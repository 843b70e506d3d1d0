//! The coordinator's figures in tests.

use std::sync::Arc;

use chengji_access::roster;
use chengji_domain::Result;
use chengji_domain::rate::Unit;
use chengji_domain::roster::MembershipStatus;
use chengji_follow::Copies;
use chengji_proto::convert::{RateReport, time_to};
use chengji_proto::v1;
use jiff::Timestamp;

use super::World;
use crate::rate::{LiveRate, Rates, SnapshotWriter};

impl World {
    /// Starts the coordinator again: the live fold is made anew.
    pub(crate) fn restart(&mut self) {
        let copies = Copies::new(Arc::clone(self.ledger.kv()));
        let mut cities = Vec::new();
        roster::each_member(&**self.ledger.kv(), |known| {
            let kept = Some(known).filter(|known| known.status != MembershipStatus::Removed);
            cities.extend(kept.map(|known| known.member.city));
            Ok(())
        })
        .unwrap();
        self.live = Arc::new(LiveRate::rebuild(copies, self.clock(), &cities).unwrap());
    }

    /// Stores a snapshot of the fold of each log.
    pub(crate) async fn snapshots(&self) {
        self.snapshot_writer().write_all().await.unwrap();
    }

    /// Stores a snapshot of the fold of each log, as far as the store takes it.
    pub(crate) async fn try_snapshots(&self) -> Result<()> {
        self.snapshot_writer().write_all().await
    }

    /// Stores the snapshots that are due.
    pub(crate) async fn write_due_snapshots(&self) {
        self.snapshot_writer().write_due().await.unwrap();
    }

    fn snapshot_writer(&self) -> SnapshotWriter {
        SnapshotWriter {
            ledger: self.ledger.clone(),
            live: Arc::clone(&self.live),
        }
    }

    /// The report at a cut-off, or of the present.
    pub(crate) fn report(&self, cut_off: Option<Timestamp>) -> Result<RateReport> {
        let request = v1::ComputeRateRequest {
            at: cut_off.map(time_to),
            page: None,
        };
        self.rates().report(&request, &|| true)
    }

    pub(crate) fn rates(&self) -> Rates {
        Rates {
            ledger: self.ledger.clone(),
            live: Arc::clone(&self.live),
            headline: Unit::Entries,
            clock: self.clock(),
            turns: crate::rate::turns(),
            turn_timeout: crate::rate::TURN_TIMEOUT,
        }
    }
}
