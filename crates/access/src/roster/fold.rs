//! Folds the facts of the coordinator's log, one by one. Each writes a bounded number of records.

use chengji_domain::access::Certificate;
use chengji_domain::fact::{ClusterFact, LogOwner, Origin};
use chengji_domain::roster::{Membership, is_before};
use chengji_domain::roster_fold::{Effect, Subject, member_after, person_after, revoked};
use chengji_domain::{LogKey, Result};
use chengji_records::{RosterHead, RosterInForce};
use chengji_store::key_part::{Before, KeyPart};
use chengji_store::{Codec, Limit, Position, Table, Tx};
use jiff::Timestamp;

use super::look_up::{head, number};
use super::tables::{HEAD, LOG_KEYS, MEMBERS, PEOPLE, REVOKED, REVOKED_BY_END};
use crate::records::KEPT_AFTER_END;

/// Maximum number of records forgotten of one table at once.
const AT_ONCE: usize = 128;

/// The origin of an entry of the coordinator's log.
#[derive(Clone, Copy, Debug)]
pub struct EntryOrigin {
    /// The copy of the log that it is read into; 0 for the coordinator's own log.
    pub copy: u32,
    /// The entry's position.
    pub position: Position,
    /// The entry's time, by the coordinator's clock.
    pub at: Timestamp,
    /// The reader's current time.
    pub now: Timestamp,
    /// True if the copy in force is another one and has the same entry at this position.
    pub is_replayed: bool,
}

/// Folds the next fact of the coordinator's log. Returns true if it may change the membership: false for
/// facts about other subjects and for purely informative ones.
///
/// # Errors
///
/// Storage errors.
pub fn apply(tx: &mut Tx<'_>, origin: &EntryOrigin, fact: &ClusterFact) -> Result<bool> {
    let Some(effect) = Effect::of(fact) else {
        return Ok(false);
    };
    let head = head(tx)?;
    let known = head.in_force;
    let covered = known.filter(|known| known.copy == origin.copy);
    let covered = covered.map_or(0, |known| known.position.seq);
    change(tx, origin, (origin.copy, covered), effect, fact)?;
    // A copy that is not in force yet revokes all the same, except by entries that were read before.
    if let Some(known) = known
        && effect == Effect::TakesAway
        && known.copy != origin.copy
        && !origin.is_replayed
    {
        let copy = (known.copy, known.position.seq);
        change(tx, origin, copy, effect, fact)?;
    }
    if effect.requires_signature() {
        let unsigned = Some(origin.position.seq);
        HEAD.put(tx, &(), &RosterHead { unsigned, ..head })?;
    }
    Ok(effect.requires_signature())
}

/// Puts the roster in force by a verified checkpoint at this position, which covers all earlier entries.
/// Returns false if it had no effect: a checkpoint at an earlier position than the one in force, unless
/// it is the first new one of a copy that people accepted.
///
/// # Errors
///
/// Storage errors.
pub fn put_in_force(tx: &mut Tx<'_>, origin: &EntryOrigin) -> Result<bool> {
    let EntryOrigin {
        copy, position, at, ..
    } = *origin;
    let RosterHead {
        in_force, accepted, ..
    } = head(tx)?;
    let is_accepted = accepted == Some(copy) && !origin.is_replayed;
    let takes_effect = in_force.is_none_or(|known| {
        is_accepted || is_before(log_origin(known.position), log_origin(position))
    });
    if takes_effect {
        let head = RosterHead {
            in_force: Some(RosterInForce { copy, position, at }),
            unsigned: None,
            accepted: None,
        };
        HEAD.put(tx, &(), &head)?;
    }
    Ok(takes_effect)
}

/// Records that people accepted the log as it is read into this copy: its first checkpoint that is not
/// replayed takes effect at any position.
///
/// # Errors
///
/// Storage errors.
pub fn accept(tx: &mut Tx<'_>, copy: u32) -> Result<()> {
    let head = head(tx)?;
    let accepted = Some(copy);
    HEAD.put(tx, &(), &RosterHead { accepted, ..head })
}

/// Forgets a bounded number of records of the copies other than the one in force. Returns true when none
/// are left.
///
/// # Errors
///
/// Storage errors.
pub fn forget(tx: &mut Tx<'_>) -> Result<bool> {
    let kept = head(tx)?.in_force.map(|known| known.copy);
    Ok(forget_in(tx, &MEMBERS, kept)?
        && forget_in(tx, &PEOPLE, kept)?
        && forget_in(tx, &REVOKED, kept)?
        && forget_in(tx, &LOG_KEYS, kept)?)
}

fn forget_in<K: KeyPart, C: Codec>(
    tx: &mut Tx<'_>,
    table: &Table<K, C>,
    kept: Option<u32>,
) -> Result<bool>
where
    (): Before<K, Next = u32>,
{
    let spans = match kept {
        None => vec![table.all()],
        Some(kept) => vec![table.within(&(), ..kept), table.within(&(), kept + 1..)],
    };
    for span in spans {
        let page = span.page(tx, Limit::rows(AT_ONCE))?;
        for (key, _) in &page.rows {
            table.delete(tx, key)?;
        }
        if page.rest.is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Changes the records of a copy in which the entries before `covered` are covered.
fn change(
    tx: &mut Tx<'_>,
    origin: &EntryOrigin,
    (copy, covered): (u32, u64),
    effect: Effect,
    fact: &ClusterFact,
) -> Result<()> {
    let seq = origin.position.seq;
    match Subject::of(fact) {
        Some(Subject::Member(city)) => {
            let mut known = MEMBERS.get(tx, &(copy, city))?.unwrap_or_default();
            let before = log_key(known.read.as_ref());
            known.take(effect, seq, covered, |known| {
                member_after(known, fact, origin.at)
            });
            let after = log_key(known.read.as_ref());
            MEMBERS.put(tx, &(copy, city), &known)?;
            if let Some(key) = after.filter(|_| after != before) {
                LOG_KEYS.put(tx, &(copy, number(LogOwner::City(city)), seq), &key)?;
            }
        }
        // A fact about a person's certificate leaves the list of people as it is.
        Some(Subject::Person(person)) if effect != Effect::Informs => {
            let key = (copy, person.clone());
            let mut known = PEOPLE.get(tx, &key)?.unwrap_or_default();
            known.take(effect, seq, covered, |known| person_after(known, fact));
            PEOPLE.put(tx, &key, &known)?;
        }
        _ => {}
    }
    if let ClusterFact::LogKeyed(key) = fact {
        LOG_KEYS.put(tx, &(copy, number(LogOwner::Coordinator), seq), key)?;
    }
    revoke(tx, origin, copy, revoked(fact))
}

/// Records revoked certificates, and forgets those that ended long ago by both clocks: at most one more
/// than it recorded.
fn revoke(
    tx: &mut Tx<'_>,
    origin: &EntryOrigin,
    copy: u32,
    certificates: &[Certificate],
) -> Result<()> {
    for certificate in certificates {
        REVOKED.put(tx, &(copy, certificate.serial), &certificate.not_after)?;
    }
    if certificates.is_empty() {
        return Ok(());
    }
    let now = origin.at.min(origin.now);
    let Ok(ended) = now.checked_sub(KEPT_AFTER_END) else {
        return Ok(());
    };
    let ended = REVOKED_BY_END.within(&(copy,), ..ended);
    for (_, key) in ended.keys(tx, certificates.len() + 1)?.rows {
        REVOKED.delete(tx, &key)?;
    }
    Ok(())
}

fn log_key(known: Option<&Membership>) -> Option<LogKey> {
    known.and_then(|known| known.member.log_key)
}

fn log_origin(Position { epoch, seq }: Position) -> Origin {
    Origin { epoch, seq }
}

#[cfg(test)]
#[path = "fold_tests.rs"]
mod tests;
