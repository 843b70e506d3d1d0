//! When the coordinator was heard: from then on the list of members holds for the grace, and no
//! longer. It is written down now and then, so that a restart does not make old news new.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chengji_access::{Live, roster};
use chengji_domain::roster::{Freshness, expired, freshness};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::{Clock, Followed};
use chengji_store::{Ledger, View};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// How often it is looked.
const INTERVAL: Duration = Duration::from_millis(500);
/// How much of what was heard may be forgotten by a crash.
const WRITE_AFTER: SignedDuration = SignedDuration::from_secs(60);
/// How often the log warns of an old list.
const WARN_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// When the coordinator was heard last. Clones are the same one.
#[derive(Clone, Debug)]
pub struct Heard {
    last: Arc<Mutex<Option<Timestamp>>>,
    grace: SignedDuration,
}

impl Heard {
    /// As it was written down.
    pub fn open(view: &(impl View + ?Sized), grace: SignedDuration) -> Result<Self> {
        let last = Arc::new(Mutex::new(roster::heard(view)?));
        Ok(Self { last, grace })
    }

    /// The last time; nothing before the first.
    pub fn last(&self) -> Option<Timestamp> {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Until when the list holds.
    pub fn until(&self) -> Option<Timestamp> {
        self.last()?.checked_add(self.grace).ok()
    }

    /// Whether the list still holds.
    pub fn check(&self, now: Timestamp) -> Result<()> {
        let last = self.last().ok_or_else(not_yet)?;
        match freshness(last, now, self.grace) {
            Freshness::Expired => Err(expired(last, self.grace)),
            Freshness::Fresh | Freshness::Aging => Ok(()),
        }
    }

    fn freshness(&self, now: Timestamp) -> Freshness {
        let last = self.last();
        last.map_or(Freshness::Expired, |last| freshness(last, now, self.grace))
    }

    /// It was heard at this time.
    pub fn hear(&self, at: Timestamp) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (*last).max(Some(at));
    }
}

/// The refusal of a node that has never heard the coordinator.
pub fn not_yet() -> Error {
    let message = "this node has not learnt yet who takes part in the cluster";
    Error::new(ErrorCode::RosterExpired, message)
}

/// What keeping up takes.
pub struct Keeping {
    /// Where it is written down.
    pub ledger: Ledger,
    /// Whom to tell.
    pub live: Live,
    /// The time.
    pub clock: Clock,
}

/// Keeps up with what is heard, and tells everybody when the list begins to hold or ceases to, until
/// `stopped` turns true.
pub async fn keep(
    heard: Heard,
    keeping: Keeping,
    followed: Followed,
    mut stopped: watch::Receiver<bool>,
) {
    let Keeping {
        ledger,
        live,
        clock,
    } = keeping;
    let mut written = heard.last();
    let mut was = heard.freshness(clock());
    let mut warned: Option<Timestamp> = None;
    let kept = async {
        loop {
            if let Some(at) = followed.state().last_heard {
                heard.hear(at);
            }
            let (last, now) = (heard.last(), clock());
            if let Some(at) = last
                && written.is_none_or(|written| at.duration_since(written) > WRITE_AFTER)
            {
                match ledger
                    .write(move |tx| {
                        roster::put_heard(tx, at);
                        Ok(())
                    })
                    .await
                {
                    Ok(()) => written = last,
                    Err(error) => tracing::warn!(%error, "when the coordinator was heard"),
                }
            }
            let is = heard.freshness(now);
            if (is == Freshness::Expired) != (was == Freshness::Expired) {
                live.tell();
            }
            let due = warned.is_none_or(|at| now.duration_since(at) > WARN_EVERY);
            if is != Freshness::Fresh && last.is_some() && (due || is != was) {
                warn(is, last, heard.until());
                warned = Some(now);
            }
            was = is;
            tokio::time::sleep(INTERVAL).await;
        }
    };
    tokio::select! {
        () = kept => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

fn warn(is: Freshness, last: Option<Timestamp>, until: Option<Timestamp>) {
    let shown = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let (heard, until) = (shown(last), shown(until));
    match is {
        Freshness::Expired => tracing::error!(
            heard,
            until,
            "the list of members has expired: other cities are refused until the coordinator is heard"
        ),
        Freshness::Fresh | Freshness::Aging => tracing::warn!(
            heard,
            until,
            "the coordinator has not been heard for more than a day; the list of members ages"
        ),
    }
}
