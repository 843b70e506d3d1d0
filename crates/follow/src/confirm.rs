//! At startup, asks peers how far they know this program's log, before anything is appended to it.
//!
//! After a restore from a backup or a copied store, peers know more of the log, or a different one.
//! Further writes would create two histories of one log. So nothing is appended until a peer has
//! confirmed that it knows the same entries.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::epoch::{EpochCause, EpochStart, Succession};
use chengji_domain::fact::LogOwner;
use chengji_domain::{Epoch, Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::position_from;
use chengji_proto::v1;
use chengji_proto::v1::log_service_client::LogServiceClient;
use chengji_store::{Confirmation, KeyValue, Ledger, Position, RestoredMark, log};
use chengji_transport::CallTimeout;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tonic::transport::Channel;
use tracing::{error, info, warn};

use crate::accepting::checked_reason;
use crate::epochs::{Opening, open_epoch};

/// First delay before peers are asked again; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// Timeout of a confirmation by hand.
const BY_HAND: Duration = Duration::from_secs(10);
/// Greatest number of epochs that a log is taken to have lost. By a later one that a peer names, the numbers of epochs
/// would be used up after a restore: it is not counted with.
const MOST_LOST: u32 = 1 << 16;

/// A party that may know this program's log.
#[derive(Clone)]
pub struct LogPeer {
    /// Its name: `coordinator`, or the city's code.
    pub name: String,
    /// The channel to it.
    pub channel: Channel,
}

/// Lists the current peers.
pub type LogPeers = Arc<dyn Fn() -> Result<Vec<LogPeer>> + Send + Sync>;

/// Confirms this program's log with its peers.
pub struct Confirming {
    /// The ledger with the log.
    pub ledger: Ledger,
    /// The log's owner.
    pub log: LogOwner,
    /// The peers to ask. Without any, the log is confirmed.
    pub peers: LogPeers,
    /// The clock.
    pub clock: Clock,
    /// Set if the store was restored from a backup: after asking, a new epoch is opened.
    pub restored: Option<RestoredMark>,
}

/// Confirms by hand. Clones share their state.
#[derive(Clone)]
pub struct ByHand {
    ledger: Ledger,
    given: Arc<watch::Sender<bool>>,
}

impl ByHand {
    /// Confirms the log without its peers. All that contradict it must be named in `against`. Errors:
    /// INVALID_ARGUMENT (no reason, or an overlong one), OUT_OF_TURN (it is confirmed already, or a peer that
    /// contradicts it is not named).
    pub async fn confirm(&self, asked: v1::ConfirmLogRequest) -> Result<()> {
        let v1::ConfirmLogRequest { reason, against } = asked;
        checked_reason(&reason)?;
        let mut confirmation = self.ledger.confirmation();
        let current = confirmation.borrow_and_update().clone();
        match current {
            Confirmation::Confirmed => {
                let message = msg::LogConfirmedAlready;
                return Err(Error::new(ErrorCode::OutOfTurn, message));
            }
            Confirmation::Asking => {}
            Confirmation::Unconfirmed {
                reason,
                contradicted_by,
            } => {
                let unnamed = contradicted_by.iter().find(|peer| !against.contains(peer));
                if let Some(peer) = unnamed {
                    let message = msg::LogContradictedBy { peer, reason };
                    return Err(Error::new(ErrorCode::OutOfTurn, message));
                }
            }
        }
        self.given.send_replace(true);
        let confirmed = confirmation.wait_for(|state| *state == Confirmation::Confirmed);
        match tokio::time::timeout(BY_HAND, confirmed).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) | Err(_) => {
                let message = msg::LogNotConfirmedByHand;
                Err(Error::new(ErrorCode::Unavailable, message))
            }
        }
    }
}

/// The latest epochs of the log that any peer knows.
#[derive(Clone, Copy, Default)]
struct Latest {
    /// The highest epoch number of this log that was ever seen.
    highest: u32,
    /// The highest epoch in which it is followed.
    followed: Option<Epoch>,
}

/// The outcome of asking all peers once.
enum Outcome {
    /// No peer contradicts the log.
    Confirmed(Latest),
    /// These peers know more, or something else.
    Contradicted {
        by: Vec<String>,
        reason: Message,
        /// The highest epoch number of this log that any peer has seen.
        highest: u32,
    },
    /// No peer answered.
    Nobody { reason: Message },
}

impl Confirming {
    /// Asks in the background until a peer has confirmed the log, or a person has by hand, or `stop`
    /// turns true. Until then nothing is appended.
    pub fn spawn(self, stop: watch::Receiver<bool>) -> ByHand {
        self.ledger.set_confirmation(Confirmation::Asking);
        let given = Arc::new(watch::Sender::new(false));
        let by_hand = ByHand {
            ledger: self.ledger.clone(),
            given: Arc::clone(&given),
        };
        let ledger = self.ledger.clone();
        tokio::spawn(async move {
            self.run(given.subscribe(), stop).await;
            // Releases writers that wait for an answer, which will not come.
            if *ledger.confirmation().borrow() == Confirmation::Asking {
                ledger.set_confirmation(unconfirmed(msg::LogProgramStopping.into(), Vec::new()));
            }
        });
        by_hand
    }

    async fn run(mut self, mut given: watch::Receiver<bool>, mut stop: watch::Receiver<bool>) {
        let mut wait = FIRST_WAIT;
        let mut seen = 0;
        loop {
            let outcome = tokio::select! {
                outcome = self.ask_peers() => outcome,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            let confirmed = match outcome {
                Ok(Outcome::Confirmed(latest)) => self.confirm(latest).await,
                Ok(Outcome::Contradicted {
                    by,
                    reason,
                    highest,
                }) => {
                    seen = highest;
                    Err(unconfirmed(reason, by))
                }
                Ok(Outcome::Nobody { reason }) => Err(unconfirmed(reason, Vec::new())),
                Err(error) => Err(unconfirmed(error.message().clone(), Vec::new())),
            };
            match confirmed {
                Ok(()) => return,
                Err(state) => self.report(state),
            }
            let by_hand = tokio::select! {
                () = tokio::time::sleep(wait) => false,
                _ = given.wait_for(|given| *given) => true,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            wait = (wait * 2).min(LONGEST_WAIT);
            if by_hand {
                warn!(log = %self.log, "the log is confirmed by hand, without its peers");
                let latest = Latest {
                    highest: seen,
                    followed: None,
                };
                match self.confirm(latest).await {
                    Ok(()) => return,
                    Err(state) => self.report(state),
                }
            }
        }
    }

    /// Permits appending; after a restore in a new epoch.
    async fn confirm(&mut self, latest: Latest) -> Result<(), Confirmation> {
        if let Some(cause) = self.new_epoch(latest) {
            let opening = Opening {
                id: rand::random(),
                highest: latest.highest,
                replaced: latest.followed,
                cause,
                at: (self.clock)(),
            };
            // Opening an epoch is not blocked; everything else still is.
            let waits = msg::LogEpochOpening.into();
            self.ledger.set_confirmation(unconfirmed(waits, Vec::new()));
            let opened = open_epoch(&self.ledger, self.log, opening).await;
            let restored = self.restored.as_ref();
            opened
                .and_then(|_| restored.map_or(Ok(()), RestoredMark::remove))
                .map_err(|error| unconfirmed(error.message().clone(), Vec::new()))?;
            self.restored = None;
        }
        self.ledger.set_confirmation(Confirmation::Confirmed);
        metrics::gauge!("chengji_log_unconfirmed").set(0.0);
        info!(log = %self.log, head = %self.ledger.head(), "the log is confirmed");
        Ok(())
    }

    /// The cause for which the log begins a new epoch, if it does: it was restored, or an older state of a city's log
    /// was accepted, at the coordinator or by a person here, although the coordinator knew a later epoch. Without a new
    /// epoch, moves that the coordinator ordered of the later one would belong to no epoch that the log has had or has
    /// lost. The coordinator's own log has many peers, and none of them alone decides about its epochs.
    fn new_epoch(&self, latest: Latest) -> Option<EpochCause> {
        let is_of_city = matches!(self.log, LogOwner::City(_));
        let is_passed = latest.highest > self.ledger.head().epoch.number;
        match (&self.restored, is_of_city && is_passed) {
            (Some(_), _) => Some(EpochCause::Restored),
            (None, true) => Some(EpochCause::Ordered),
            (None, false) => None,
        }
    }

    /// Shows the state of the confirmation; logged once for each reason.
    fn report(&self, state: Confirmation) {
        metrics::gauge!("chengji_log_unconfirmed").set(1.0);
        if *self.ledger.confirmation().borrow() == state {
            return;
        }
        if let Confirmation::Unconfirmed {
            reason,
            contradicted_by,
        } = &state
        {
            if contradicted_by.is_empty() {
                warn!(log = %self.log, %reason, "nothing is appended yet");
            } else {
                error!(log = %self.log, %reason, "nothing is appended");
            }
        }
        self.ledger.set_confirmation(state);
    }

    /// Asks every peer once.
    async fn ask_peers(&self) -> Result<Outcome> {
        let peers = (self.peers)()?;
        if peers.is_empty() {
            return Ok(Outcome::Confirmed(Latest::default()));
        }
        let mut calls = JoinSet::new();
        for peer in peers {
            calls.spawn(async move {
                let answer = known_by(&peer).await;
                (peer.name, answer)
            });
        }
        let mut answers = Vec::new();
        while let Some(call) = calls.join_next().await {
            answers.extend(call);
        }
        self.outcome(answers)
    }

    /// Compares the answers of peers with the log. An answer that is not valid counts as none.
    fn outcome(&self, answers: Vec<(String, Result<Known>)>) -> Result<Outcome> {
        let (mut failures, mut against) = (BTreeMap::new(), BTreeMap::new());
        let (mut latest, mut agree) = (Latest::default(), 0_usize);
        let most = self.ledger.head().epoch.number.saturating_add(MOST_LOST);
        for (name, answer) in answers {
            match answer {
                Ok(known) => {
                    if known.highest_epoch <= most {
                        latest.highest = latest.highest.max(known.highest_epoch);
                    }
                    if known.at.epoch.number <= most {
                        latest.followed = latest.followed.max(Some(known.at.epoch));
                    }
                    match self.contradiction(&name, &known)? {
                        Some(reason) => drop(against.insert(name, reason)),
                        None => agree += 1,
                    }
                }
                // It does not follow this log, so it knows no more than it did then. That is compared
                // when it follows again.
                Err(error) if error.code() == ErrorCode::Suspended => {
                    warn!(peer = name, reason = %error, "a peer does not confirm the log: the asker is suspended there");
                    agree += 1;
                }
                Err(error) => drop(failures.insert(name, error)),
            }
        }
        Ok(match (against.is_empty(), agree) {
            (false, _) => Outcome::Contradicted {
                reason: msg::LogContradicted {
                    reasons: against.values().collect::<Value>(),
                }
                .into(),
                by: against.into_keys().collect(),
                highest: latest.highest,
            },
            (true, 0) => Outcome::Nobody {
                reason: match failures.first_key_value() {
                    None => msg::LogConfirmedByNone.into(),
                    Some((peer, error)) => msg::LogConfirmedByNoneBecause {
                        cause: error.message(),
                        peer,
                    }
                    .into(),
                },
            },
            (true, _) => Outcome::Confirmed(latest),
        })
    }

    /// The entries that a peer knows and this log does not have. After a restore that is expected.
    fn contradiction(&self, peer: &str, known: &Known) -> Result<Option<Message>> {
        if self.restored.is_some() {
            return Ok(None);
        }
        let kv = self.ledger.kv().as_ref();
        contradiction(kv, self.ledger.head(), &log::epochs(kv)?, (peer, known))
    }
}

async fn known_by(peer: &LogPeer) -> Result<Known> {
    let mut client = LogServiceClient::new(peer.channel.clone());
    let known = client.known(v1::KnownRequest {});
    CallTimeout::PeerAnswer.answer(known).await?.try_into()
}

/// A peer's knowledge of this log.
#[derive(Debug)]
struct Known {
    /// The position after the last entry that it has.
    at: Position,
    /// The leaf of that entry.
    leaf: Vec<u8>,
    /// The highest epoch number that it has seen.
    highest_epoch: u32,
}

impl TryFrom<v1::KnownResponse> for Known {
    type Error = Error;

    fn try_from(wire: v1::KnownResponse) -> Result<Self> {
        let (epoch, seq) = position_from(wire.position.as_ref())?;
        Ok(Self {
            at: Position { epoch, seq },
            leaf: wire.leaf,
            highest_epoch: wire.highest_epoch,
        })
    }
}

/// The difference between a peer's knowledge of a log and the log.
fn contradiction(
    kv: &dyn KeyValue,
    head: Position,
    epochs: &[EpochStart],
    (peer, known): (&str, &Known),
) -> Result<Option<Message>> {
    let at = known.at;
    let Position { epoch, seq } = at;
    if epoch.is_unknown() {
        return Ok(None);
    }
    Ok(match Succession::of(epoch, epochs) {
        Succession::Follows => None,
        Succession::Lower => {
            let own = head.epoch;
            Some(msg::LogPeerEpochHigher { epoch, own, peer }.into())
        }
        Succession::Fork => Some(msg::LogPeerEpochForeign { epoch, peer }.into()),
        Succession::Same if seq > head.seq => {
            let (head, known) = (Value::text(head), Value::text(at));
            Some(msg::LogPeerFurther { head, known, peer }.into())
        }
        Succession::Same => {
            let own = match seq.checked_sub(1) {
                Some(last) => log::leaf(kv, last)?,
                None => None,
            };
            let same = own.map(|leaf| leaf.0.to_vec()).unwrap_or_default() == known.leaf;
            let known = Value::text(at);
            (!same).then(|| msg::LogPeerEntryDiffers { known, peer }.into())
        }
    })
}

fn unconfirmed(reason: Message, contradicted_by: Vec<String>) -> Confirmation {
    Confirmation::Unconfirmed {
        reason,
        contradicted_by,
    }
}

#[cfg(test)]
#[path = "confirm_tests.rs"]
mod tests;
