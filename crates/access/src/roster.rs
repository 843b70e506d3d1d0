//! The roster as it is kept and looked up: one signed record, and the list in it at hand.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chengji_domain::roster::{Roster, SignedRoster};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_pki::authority::Authority;
use chengji_pki::keys;
use chengji_proto::convert::{recorded, roster_from, roster_to, time_to};
use chengji_proto::stored::decode;
use chengji_proto::v1;
use chengji_store::{Key, Prefix, Tx, View};
use jiff::Timestamp;
use prost::Message;
use tokio::sync::watch;

/// What is signed before the bytes of the list.
const SIGNED: &[u8] = b"chengji roster 1\0";

/// The roster of this moment, and a sign whenever it, or the rights of people, change. Clones are
/// the same one.
#[derive(Clone)]
pub struct Live(Arc<Inner>);

struct Inner {
    roster: RwLock<Option<Arc<Roster>>>,
    changed: watch::Sender<u64>,
}

impl Live {
    /// What is stored.
    pub fn open(view: &(impl View + ?Sized)) -> Result<Self> {
        let roster = stored(view)?.map(Arc::new);
        Ok(Self(Arc::new(Inner {
            roster: RwLock::new(roster),
            changed: watch::Sender::new(0),
        })))
    }

    /// The roster; nothing before the first one was learnt.
    pub fn roster(&self) -> Option<Arc<Roster>> {
        self.0
            .roster
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The cities that take part.
    pub fn active(&self) -> Vec<CityCode> {
        self.roster()
            .map(|roster| roster.active().collect())
            .unwrap_or_default()
    }

    /// Takes what is committed, and tells whoever watches.
    pub fn refresh(&self, view: &(impl View + ?Sized)) {
        // Read under the lock: of two that refresh, the later reader has the later state.
        let mut held = self
            .0
            .roster
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        match stored(view) {
            Ok(roster) => *held = roster.map(Arc::new),
            Err(error) => tracing::error!(%error, "the roster cannot be read; the last one stays"),
        }
        drop(held);
        self.tell();
    }

    /// Tells whoever watches that rights may have changed otherwise.
    pub fn tell(&self) {
        self.0.changed.send_modify(|number| *number += 1);
    }

    /// Changes with each change.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }
}

/// The room that a list of members is given by whoever adds to it. What is taken away may use the
/// rest, so that it always fits.
const ROOM: usize = chengji_store::MAX_VALUE - 16 * 1024;

/// Whether there is room for more members and people in this list.
pub fn check_room(roster: &Roster) -> Result<()> {
    let bytes = roster_to(roster).encoded_len();
    if bytes <= ROOM {
        return Ok(());
    }
    let message = format!("the list of members and people has {bytes} bytes; at most {ROOM} fit");
    Err(Error::new(ErrorCode::LimitExceeded, message)
        .with_remedy("remove people who are no longer needed 请移除不再需要的人员"))
}

/// Signs a list.
pub fn sign(roster: &Roster, authority: &Authority) -> Result<SignedRoster> {
    let bytes = roster_to(roster).encode_to_vec();
    let most = chengji_store::MAX_VALUE - 1024;
    if bytes.len() > most {
        let message = format!(
            "the list of members has {} bytes; at most {most} fit",
            bytes.len()
        );
        return Err(Error::new(ErrorCode::LimitExceeded, message)
            .with_remedy("remove people or shorten reasons 请移除人员或缩短理由"));
    }
    let signature = authority.sign(&[SIGNED, &bytes].concat())?;
    Ok(SignedRoster {
        roster: bytes,
        signature,
    })
}

/// Checks a roster against the certificate of the cluster's authority: its signature and its
/// cluster.
pub fn verify(signed: &SignedRoster, authority: &[u8], cluster: &str) -> Result<Roster> {
    keys::verify(
        authority,
        &[SIGNED, &signed.roster].concat(),
        &signed.signature,
    )
    .map_err(|_| invalid("the roster is not signed by the cluster's authority".to_owned()))?;
    let roster = roster_from(&signed.roster)?;
    if roster.cluster != cluster {
        return Err(invalid(format!(
            "the roster is of the cluster '{}'",
            roster.cluster
        )));
    }
    Ok(roster)
}

/// Keeps a roster in the place of the one before.
pub fn put(tx: &mut Tx<'_>, signed: &SignedRoster) {
    let record = v1::SignedRoster {
        roster: signed.roster.clone(),
        signature: signed.signature.clone(),
    };
    tx.put(key(), record.encode_to_vec());
}

/// The roster that is kept.
pub fn stored(view: &(impl View + ?Sized)) -> Result<Option<Roster>> {
    let Some(bytes) = view.value(&key())? else {
        return Ok(None);
    };
    let record: v1::SignedRoster = decode(&bytes, "roster")?;
    roster_from(&record.roster).map(Some)
}

/// Stores for how long the coordinator has not been heard, as of `now`.
pub fn put_heard(tx: &mut Tx<'_>, age: Duration, now: Timestamp) {
    let record = v1::CoordinatorHeard {
        age_ms: u64::try_from(age.as_millis()).unwrap_or(u64::MAX),
        written_at: Some(time_to(now)),
    };
    let key = Key::new(Prefix::RosterHeard).finish();
    tx.put(key, record.encode_to_vec());
}

/// For how long the coordinator has not been heard: the stored age, and the wall time that has
/// passed since it was stored. A clock that was set back meanwhile takes nothing away. Nothing
/// where it was never heard.
pub fn heard(view: &(impl View + ?Sized), now: Timestamp) -> Result<Option<Duration>> {
    let Some(bytes) = view.value(&Key::new(Prefix::RosterHeard).finish())? else {
        return Ok(None);
    };
    let record: v1::CoordinatorHeard = decode(&bytes, "heard coordinator")?;
    let age = Duration::from_millis(record.age_ms);
    let written_at = recorded(record.written_at.as_ref());
    let passed = written_at.and_then(|at| now.duration_since(at).try_into().ok());
    Ok(Some(age.saturating_add(passed.unwrap_or_default())))
}

fn key() -> Vec<u8> {
    Key::new(Prefix::Roster).finish()
}

fn invalid(message: String) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}
