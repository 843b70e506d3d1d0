//! Opens a new epoch of this program's log.

use std::path::Path;

use chengji_domain::epoch::EpochCause;
use chengji_domain::fact::{CityFact, ClusterFact, EpochOpened, LogEntry, LogOwner};
use chengji_domain::{Epoch, Principal, Result};
use chengji_proto::convert::{city_entry_to, cluster_entry_to};
use chengji_store::{Entry, Ledger, Loss, Position, RestoredMark};
use jiff::Timestamp;

/// The parameters of a new epoch.
#[derive(Clone, Copy, Debug)]
pub struct Opening {
    /// Its random bytes.
    pub id: [u8; 8],
    /// The highest epoch number of this log known to its peers; 0 for none.
    pub highest: u32,
    /// The epoch of this log that its peers know, if any.
    pub replaced: Option<Epoch>,
    /// The cause.
    pub cause: EpochCause,
    /// The time.
    pub at: Timestamp,
}

/// Opens a new epoch of this program's log by a fact, its first entry; returns that entry's position.
pub async fn open_epoch(ledger: &Ledger, log: LogOwner, opening: Opening) -> Result<Position> {
    let opened = ledger.write(move |tx| {
        let start = tx.open_epoch(opening.id, opening.highest, opening.replaced)?;
        let fact = EpochOpened {
            start,
            cause: opening.cause,
        };
        tx.append(|position| entry(log, position, opening.at, fact))
    });
    let position = opened.await?;
    tracing::warn!(epoch = %position.epoch, seq = position.seq, "the log begins a new epoch");
    Ok(position)
}

/// Opens a new epoch in the data directory of a stopped program, accepting any loss; returns its position.
pub async fn new_epoch(data: &Path, log: LogOwner, at: Timestamp) -> Result<Position> {
    let ledger = Ledger::open_directory(data, &log.to_string(), Loss::Accepted)?;
    let opening = Opening {
        id: rand::random(),
        highest: 0,
        replaced: None,
        cause: EpochCause::Ordered,
        at,
    };
    let position = open_epoch(&ledger, log, opening).await?;
    ledger.close();
    if let Some(restored) = RestoredMark::of(data)? {
        restored.remove()?;
    }
    Ok(position)
}

fn entry(log: LogOwner, position: Position, at: Timestamp, opened: EpochOpened) -> Entry {
    let Position { epoch, seq } = position;
    let salt = rand::random();
    match log {
        LogOwner::City(city) => {
            let entry = LogEntry {
                log,
                epoch,
                seq,
                at,
                principal: Principal::Node(city),
                fact: CityFact::EpochOpened(opened),
            };
            city_entry_to(&entry, salt)
        }
        LogOwner::Coordinator => {
            let entry = LogEntry {
                log,
                epoch,
                seq,
                at,
                principal: Principal::Coordinator,
                fact: ClusterFact::EpochOpened(opened),
            };
            cluster_entry_to(&entry, salt)
        }
    }
}
