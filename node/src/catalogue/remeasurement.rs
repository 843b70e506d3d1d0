//! The node's rounds: now and then it looks at each mounted source, and measures it again where the
//! file is another than it was, or before its entry's update cycle runs out. One file at a time; a
//! source that fails holds up no other. With nothing changed and nothing due nothing is written.

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
use super::{book, mount};

/// How often it is looked whether a round is due.
const INTERVAL: Duration = Duration::from_secs(1);
/// Sources looked at at once.
const PIECE: usize = 100;

/// Makes a round at once and then one every so often, until `stopped` turns true.
pub async fn keep(catalogue: Catalogue, every: SignedDuration, mut stopped: watch::Receiver<bool>) {
    let mut rounds = Rounds {
        catalogue,
        stopped: stopped.clone(),
        failing: HashSet::new(),
    };
    let kept = async {
        let mut next = rounds.catalogue.own.now();
        loop {
            let now = rounds.catalogue.own.now();
            // A clock that was set back must not put the next round off for long.
            if now >= next || next.duration_since(now) > every {
                rounds.round().await;
                let after = rounds.catalogue.own.now().checked_add(every);
                next = after.unwrap_or(Timestamp::MAX);
            }
            tokio::time::sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = kept => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

struct Rounds {
    catalogue: Catalogue,
    stopped: watch::Receiver<bool>,
    /// What failed when it was last looked at: that is said once.
    failing: HashSet<ResourceCode>,
}

/// What is to be done with a source.
enum Look {
    Nothing,
    Measure {
        source: MountedSource,
        /// Whether the cycle wants it, whatever the content.
        due: bool,
    },
    Failing(Error),
}

impl Rounds {
    async fn round(&mut self) {
        let mut after = None;
        loop {
            let (catalogue, from) = (self.catalogue.clone(), after.clone());
            let looked = match off_thread(move || look_at_some(&catalogue, from.as_ref())).await {
                Ok(looked) => looked,
                Err(error) => {
                    tracing::warn!(%error, "the mounted sources cannot be looked at");
                    return;
                }
            };
            let whole = looked.len() == PIECE;
            after = looked.last().map(|(code, _)| code.clone());
            for (code, look) in looked {
                let done = match look {
                    Look::Nothing => Ok(()),
                    Look::Failing(error) => Err(error),
                    Look::Measure { source, due } => self.measure(&code, source, due).await,
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

fn look_at_some(
    catalogue: &Catalogue,
    after: Option<&ResourceCode>,
) -> Result<Vec<(ResourceCode, Look)>> {
    let mounts = mount::page(catalogue.own.ledger.kv().as_ref(), after, PIECE)?;
    let looked = mounts.into_iter().map(|(code, source)| {
        let look = look(catalogue, &code, source).unwrap_or_else(Look::Failing);
        (code, look)
    });
    Ok(looked.collect())
}

fn look(catalogue: &Catalogue, code: &ResourceCode, source: MountedSource) -> Result<Look> {
    let record = book::existing(catalogue.own.ledger.kv().as_ref(), code)?;
    let shared = record.entry.share_class() != ShareClass::NotShared;
    let Some(mount) = record
        .mount
        .filter(|_| shared && record.withdrawn.is_none())
    else {
        return Ok(Look::Nothing);
    };
    let found = Source::open(Path::new(&source.path), &catalogue.mount_roots)?;
    let cycle = record.entry.update_cycle;
    let due = mount.history.is_none_or(|history| {
        measuring_due(cycle, history.measured, spread(code)) <= catalogue.own.now()
    });
    if due || found.identity != source {
        return Ok(Look::Measure { source, due });
    }
    Ok(Look::Nothing)
}

/// A number that is another for another code, mostly.
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
