//! Measures mounted sources regularly: each round checks every source, and measures it again if the file
//! has changed, or before its entry's update cycle runs out. One file at a time; a failing source does
//! not block others. If nothing has changed and nothing is due, nothing is written.

use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

use chengji_domain::catalogue::ShareClass;
use chengji_domain::catalogue::freshness::measuring_due;
use chengji_domain::{Error, ResourceCode, Result};
use chengji_records::MountedSource;
use chengji_runtime::off_thread;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::Catalogue;
use super::source::Source;
use super::{entries, mount};

/// Interval between checks for a due round.
const INTERVAL: Duration = Duration::from_secs(1);
/// Number of sources checked at once.
const PIECE: usize = 100;

/// Runs a round at once and then one every `every`, until `stopped` turns true.
pub async fn run(catalogue: Catalogue, every: SignedDuration, mut stopped: watch::Receiver<bool>) {
    let mut remeasurement = Remeasurement {
        catalogue,
        stopped: stopped.clone(),
        failing: HashSet::new(),
    };
    let rounds = async {
        let mut next = remeasurement.catalogue.own.now();
        loop {
            let now = remeasurement.catalogue.own.now();
            // A clock that was set back must not delay the next round for long.
            if now >= next || next.duration_since(now) > every {
                remeasurement.round().await;
                let after = remeasurement.catalogue.own.now().checked_add(every);
                next = after.unwrap_or(Timestamp::MAX);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = rounds => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

struct Remeasurement {
    catalogue: Catalogue,
    stopped: watch::Receiver<bool>,
    /// Sources that failed in the last round, each of which is logged once.
    failing: HashSet<ResourceCode>,
}

/// The action for a source.
enum Action {
    Nothing,
    Measure {
        source: MountedSource,
        /// True if the cycle requires a fact even for unchanged content.
        due: bool,
    },
    Failing(Error),
}

impl Remeasurement {
    async fn round(&mut self) {
        let mut after = None;
        loop {
            let (catalogue, from) = (self.catalogue.clone(), after.clone());
            let actions = match off_thread(move || next_actions(&catalogue, from.as_ref())).await {
                Ok(actions) => actions,
                Err(error) => {
                    tracing::warn!(%error, "the mounted sources cannot be checked");
                    return;
                }
            };
            let whole = actions.len() == PIECE;
            after = actions.last().map(|(code, _)| code.clone());
            for (code, action) in actions {
                let done = match action {
                    Action::Nothing => Ok(()),
                    Action::Failing(error) => Err(error),
                    Action::Measure { source, due } => self.measure(&code, source, due).await,
                };
                self.note(code, done);
            }
            if !whole {
                return;
            }
        }
    }

    async fn measure(&self, code: &ResourceCode, source: MountedSource, due: bool) -> Result<()> {
        let stopped = self.stopped.clone();
        let go_on = move || !*stopped.borrow();
        mount::measure_by_itself(&self.catalogue, code.clone(), source, due, go_on).await?;
        tracing::info!(%code, due, "the mounted source was measured again");
        Ok(())
    }

    fn note(&mut self, code: ResourceCode, done: Result<()>) {
        match done {
            Ok(()) => {
                self.failing.remove(&code);
            }
            Err(error) => {
                if self.failing.insert(code.clone()) {
                    tracing::warn!(%code, "the mounted source failed: {error}");
                }
            }
        }
    }
}

fn next_actions(
    catalogue: &Catalogue,
    after: Option<&ResourceCode>,
) -> Result<Vec<(ResourceCode, Action)>> {
    let mounts = mount::page(catalogue.own.ledger.kv().as_ref(), after, PIECE)?;
    let actions = mounts.into_iter().map(|(code, source)| {
        let look = action(catalogue, &code, source).unwrap_or_else(Action::Failing);
        (code, look)
    });
    Ok(actions.collect())
}

fn action(catalogue: &Catalogue, code: &ResourceCode, source: MountedSource) -> Result<Action> {
    let record = entries::existing(catalogue.own.ledger.kv().as_ref(), code)?;
    let shared = record.entry.share_class() != ShareClass::NotShared;
    let Some(mount) = record
        .mount
        .filter(|_| shared && record.withdrawn.is_none())
    else {
        return Ok(Action::Nothing);
    };
    let found = Source::open(Path::new(&source.path), &catalogue.mount_roots)?;
    let cycle = record.entry.update_cycle;
    let due = mount.history.is_none_or(|history| {
        measuring_due(cycle, history.measured, spread(code)) <= catalogue.own.now()
    });
    if due || found.identity != source {
        return Ok(Action::Measure { source, due });
    }
    Ok(Action::Nothing)
}

/// A number that differs between most codes.
fn spread(code: &ResourceCode) -> u8 {
    let bytes = code.as_str().bytes();
    bytes.fold(0, |spread: u8, byte| {
        spread.wrapping_mul(31).wrapping_add(byte)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_follow_each_other_are_spread() {
        let spreads: HashSet<u8> = (0..200)
            .map(|n| spread(&format!("103001{n:06}").parse().unwrap()))
            .collect();
        assert!(spreads.len() > 100, "{}", spreads.len());
    }
}
