//! Seals the months (月末封存): once a month-end is closed, the coordinator records in its log the basis of
//! its figures, and their digest. Months that passed while it was down are sealed later, in their order.

use std::sync::Arc;
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::fact::ClusterFact;
use chengji_domain::rate::{Seal, SealedCity, TableVersion, close_of, next_month_end};
use chengji_domain::tables::{Table, Tables};
use chengji_domain::{Digest, Error, ErrorCode, Principal, Result};
use chengji_follow::{Copies, LogCopy, root};
use chengji_messages::msg;
use chengji_runtime::off_thread;
use chengji_store::{KeyValue, Ledger, Tx};
use jiff::Timestamp;
use tokio::sync::watch;

use super::basis::Basis;
use super::past::PastFold;
use crate::{arrivals, journal};

/// Interval between checks for months to seal.
const INTERVAL: Duration = Duration::from_secs(5);

/// A computed seal with its basis.
struct Prepared {
    seal: Seal,
    basis: Basis,
}

/// Checks a time of the coordinator's against the members' clocks.
pub type ClockConfirmed = Arc<dyn Fn(Timestamp) -> bool + Send + Sync>;

/// Seals months.
pub struct Sealing {
    /// The store with the followed logs and the own log.
    pub ledger: Ledger,
    /// The copies of the followed logs.
    pub copies: Copies,
    /// The code tables in force.
    pub tables: Arc<Tables>,
    /// The clock.
    pub clock: Clock,
    /// Confirms that a month is over: a seal cannot be withdrawn, so the own clock alone does not suffice.
    pub is_confirmed: ClockConfirmed,
}

impl Sealing {
    /// Seals months as they become due, until `shutdown` turns true.
    pub async fn watch(self, mut shutdown: watch::Receiver<bool>) {
        let mut reported = String::new();
        loop {
            let stop = shutdown.clone();
            match self.seal_due(move || !*stop.borrow()).await {
                Ok(0) => reported.clear(),
                Ok(months) => tracing::info!(months, "sealed the figures of past months"),
                Err(error) if error.to_string() == reported => {}
                Err(error) => {
                    tracing::error!(%error, "cannot seal a month; trying again");
                    reported = error.to_string();
                }
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                _ = shutdown.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Seals every due month, from the earliest; returns their number. Ends early if `go_on` returns false.
    ///
    /// # Errors
    ///
    /// `UNAVAILABLE` where a month is due and the members' clocks do not confirm that it is over.
    pub async fn seal_due(
        &self,
        go_on: impl Fn() -> bool + Clone + Send + 'static,
    ) -> Result<usize> {
        let mut sealed = 0;
        loop {
            let (copies, tables) = (self.copies.clone(), Arc::clone(&self.tables));
            let (now, go_on) = ((self.clock)(), go_on.clone());
            let confirmed = (self.is_confirmed)(now);
            let prepared = off_thread(move || match due(copies.kv(), now)? {
                None => Ok(None),
                Some(cut_off) if !confirmed => Err(unconfirmed(cut_off)),
                Some(cut_off) => prepare(&copies, &tables, cut_off, &go_on).map(Some),
            });
            let Some(prepared) = prepared.await? else {
                return Ok(sealed);
            };
            let set_down = self.ledger.write(move |tx| set_down(tx, prepared, now));
            match set_down.await {
                Ok(()) => sealed += 1,
                // An entry arrived between the last reading of the clock before the close and the close.
                Err(error) if error.code() == ErrorCode::Conflict => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The next month-end to seal; `None` if it is not closed yet.
fn due(kv: &dyn KeyValue, now: Timestamp) -> Result<Option<Timestamp>> {
    let Some(founded) = journal::founded(kv)? else {
        return Ok(None);
    };
    let last = journal::last_seal(kv)?.map(|month| month.seal.cut_off);
    let cut_off = next_month_end(founded, last);
    Ok((now >= close_of(cut_off)).then_some(cut_off))
}

fn unconfirmed(cut_off: Timestamp) -> Error {
    Error::new(ErrorCode::Unavailable, msg::CutOffUnconfirmed { cut_off })
}

/// Computes the seal of a month-end.
fn prepare(
    copies: &Copies,
    tables: &Tables,
    cut_off: Timestamp,
    go_on: &dyn Fn() -> bool,
) -> Result<Prepared> {
    let kv = copies.kv();
    let basis = Basis::of_past(kv, cut_off)?;
    // Entries are checked against their leaves, from which the nodes of the tree were built, and snapshots against
    // the root at their end: the roots are those of the folded entries.
    let folded = PastFold::of(copies, &basis, None, go_on)?;
    let cities = basis.members.present().map(|(city, known)| {
        let seq = folded.end(city);
        Ok(SealedCity {
            city,
            status: known.status,
            epoch: basis.epoch(city),
            seq,
            root: root_of(kv, basis.logs.get(&city), seq)?,
        })
    });
    let seal = Seal {
        cut_off,
        close: basis.close(),
        formula: basis.formula.id().to_owned(),
        tables: versions(tables),
        cities: cities.collect::<Result<_>>()?,
        checkpoint: Digest::of(&folded.checkpoint(&basis).to_bytes()),
    };
    Ok(Prepared { seal, basis })
}

/// Records a seal, unless it exists or more has arrived since it was computed.
fn set_down(tx: &mut Tx<'_>, prepared: Prepared, now: Timestamp) -> Result<()> {
    let Prepared { seal, basis } = prepared;
    if journal::is_sealed(tx, seal.cut_off)? {
        return Ok(());
    }
    for (city, _) in basis.members.present() {
        let arrived = arrivals::before(tx, city, seal.close)?;
        if arrived.as_ref() != basis.logs.get(&city) {
            let message = msg::LogGrewWhileSealing { city };
            return Err(Error::new(ErrorCode::Conflict, message));
        }
    }
    let fact = ClusterFact::Sealed(Box::new(seal));
    journal::append(tx, now, &Principal::Coordinator, fact).map(drop)
}

/// The root over the first `count` entries of a copy, or of an empty log.
fn root_of(kv: &dyn KeyValue, copy: Option<&LogCopy>, count: u64) -> Result<Digest> {
    match copy {
        Some(copy) => root(kv, copy.log, copy.number, count),
        None => Ok(Digest::of(b"")),
    }
}

fn versions(tables: &Tables) -> Vec<TableVersion> {
    Table::ALL
        .into_iter()
        .map(|table| TableVersion {
            name: table.name().to_owned(),
            version: tables.head(table).version.clone(),
        })
        .collect()
}

#[cfg(test)]
#[path = "sealing_tests.rs"]
mod tests;
