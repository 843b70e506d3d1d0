//! Compares a followed log with its stored copy, and raises and settles alarms.

use chengji_domain::fact::LogOwner;
use chengji_domain::log_alarm::{Alarm, AlarmKind};
use chengji_domain::{Digest, Epoch, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_store::{Position, Prefix, Tx};
use jiff::Timestamp;
use tracing::{error, info};

use super::{Intake, check, moved};
use crate::alarm::{ALARMS, Finding, alarm};
use crate::apply::Apply;
use crate::copies::{copy_key, followed_position, leaf};
use crate::parsed::invalid;
use crate::state::position;

/// Maximum number of copies of a log created automatically: a party cannot fill others' disks by opening
/// one epoch after another.
const MAX_COPIES: u32 = 16;

impl<A: Apply> Intake<A> {
    /// Checks the first message of a stream against the stored copy: the entry before it must be the one
    /// that was read. A different one returns LOG_DIVERGED and raises an alarm; a match settles an
    /// existing alarm, unless that concerns another entry.
    pub async fn begin(&self, message: &v1::FollowResponse) -> Result<()> {
        let at = self.followed.state().position;
        check(at, message)?;
        let Some(last) = at.seq.checked_sub(1) else {
            return Ok(());
        };
        let known = match leaf(self.ledger.kv().as_ref(), self.log, last) {
            Err(error) if error.code() == ErrorCode::StorageDamaged => None,
            known => known?,
        };
        let found = Digest::from_slice(&message.leaf_before)
            .map_err(|_| invalid(msg::FollowLeafMissing { seq: at.seq }))?;
        if known != Some(found) && !self.has_entry(last, found).await? {
            let finding = Finding {
                kind: AlarmKind::Diverged,
                known: (at, known),
                found: (at, Some(found)),
            };
            return Err(self.raise(finding).await?);
        }
        if let Some(earlier) = self.divergence_before(at.seq) {
            return Err(Error::new(ErrorCode::LogDiverged, earlier.reason));
        }
        if self.is_distrusted() {
            return Ok(());
        }
        self.mended().await
    }

    /// Returns true if the next entry is known to be a checkpoint that does not verify. A matching entry
    /// before it does not change that.
    fn is_distrusted(&self) -> bool {
        let state = self.followed.state();
        state.alarm.is_some_and(|raised| {
            raised.kind == AlarmKind::BadSignature
                && raised.mended_at.is_none()
                && raised.known.seq >= state.position.seq
        })
    }

    /// Raises the alarm about the next entry, a checkpoint that does not verify; returns the resulting error.
    pub(super) async fn distrust(&self, why: &Error) -> Result<Error> {
        let at = self.followed.state().position;
        let finding = Finding {
            kind: AlarmKind::BadSignature,
            known: (at, None),
            found: (at, None),
        };
        let alarm = Alarm {
            reason: why.message().clone(),
            ..finding.alarm(self.now())
        };
        self.raise_alarm(alarm).await
    }

    /// Settles the alarm about a next entry that did not verify before and now does.
    pub(super) async fn settle_distrust(&self) -> Result<()> {
        let raised = self.followed.state().alarm;
        let is_about = |alarm: &Alarm| alarm.kind == AlarmKind::BadSignature;
        if raised.as_ref().is_some_and(is_about) && !self.is_distrusted() {
            self.mended().await?;
        }
        Ok(())
    }

    /// Returns true if the entry stored at a position has this leaf: then the stored leaf was damaged,
    /// and is repaired.
    async fn has_entry(&self, seq: u64, leaf: Digest) -> Result<bool> {
        let kv = self.ledger.kv().as_ref();
        let copy = followed_position(kv, self.log)?.copy;
        let part = |prefix| kv.get(&copy_key(prefix, self.log, copy, seq));
        let stored = v1::LogItem {
            envelope: part(Prefix::MirrorEnvelope)?.unwrap_or_default().into(),
            body: part(Prefix::MirrorBody)?.unwrap_or_default().into(),
        };
        if chengji_log::leaf(&stored.envelope) != leaf.0 {
            return Ok(false);
        }
        self.copies.note_damaged(self.log, (copy, seq));
        self.mend(seq, &[stored]).await?;
        Ok(true)
    }

    /// The alarm about a differing entry before `at`, found when it was fetched again. The log's end has
    /// no bearing on it.
    pub(super) fn divergence_before(&self, at: u64) -> Option<Alarm> {
        let raised = self.followed.state().alarm?;
        let is_divergence = raised.kind == AlarmKind::Diverged && raised.mended_at.is_none();
        (is_divergence && raised.known.seq < at).then_some(raised)
    }

    /// Settles the alarm about an entry that matches the owner's again.
    pub(super) async fn settle_at(&self, seq: u64) -> Result<()> {
        let raised = self.followed.state().alarm;
        let known = raised.map(|raised| raised.known);
        if known.is_some_and(|known| known.seq == seq + 1) {
            self.mended().await?;
        }
        Ok(())
    }

    /// Raises the alarm about a finding; returns the resulting error.
    pub(crate) async fn raise(&self, finding: Finding) -> Result<Error> {
        self.raise_alarm(finding.alarm(self.now())).await
    }

    async fn raise_alarm(&self, new: Alarm) -> Result<Error> {
        let (log, reason) = (self.log, new.reason.clone());
        let before = self.followed.state().alarm;
        let is_known = before.is_some_and(|before| {
            before.mended_at.is_none()
                && before.reason == new.reason
                && (before.kind, before.known, before.found, before.found_leaf)
                    == (new.kind, new.known, new.found, new.found_leaf)
        });
        if !is_known {
            error!(%log, %reason, "the log is not the one that was followed; it is not read any further");
            let raised = self.ledger.write(move |tx| {
                // Another copy may have taken its place meanwhile.
                if position(tx, log)?.epoch != new.known.epoch {
                    return Err(moved(log));
                }
                let before = alarm(tx, log)?;
                let since = before.map_or(new.since, |before| before.since);
                let raised = Alarm { since, ..new };
                ALARMS.put(tx, &log, &raised)?;
                Ok(raised)
            });
            self.followed.show_alarm(Some(raised.await?));
        }
        Ok(Error::new(ErrorCode::LogDiverged, reason))
    }

    /// Records that the log is again the one that was followed. An alarm about differing entries stays,
    /// as a mended one; any other ends.
    async fn mended(&self) -> Result<()> {
        let Some(raised) = self.followed.state().alarm else {
            return Ok(());
        };
        if raised.mended_at.is_some() {
            return Ok(());
        }
        let (log, at) = (self.log, self.now());
        let settled = self.ledger.write(move |tx| settle(tx, log, at));
        self.followed.show_alarm(settled.await?);
        info!(%log, "the log is again the one that was followed");
        Ok(())
    }

    /// The epoch of the log that people accepted in spite of an alarm, in which it is to be read anew.
    pub(crate) fn accepted(&self) -> Result<Option<Epoch>> {
        let raised = alarm(self.ledger.kv().as_ref(), self.log)?;
        let accepted = raised.filter(|a| a.accepted.is_some() && a.mended_at.is_none());
        Ok(accepted.map(|alarm| alarm.found.epoch))
    }

    /// Returns true if a further copy may be created automatically.
    pub(crate) fn has_room(&self) -> Result<bool> {
        Ok(followed_position(self.ledger.kv().as_ref(), self.log)?.copy < MAX_COPIES)
    }

    /// The known extent of the log: the position, and the leaf before a given position.
    pub(crate) fn known(&self, before: u64) -> Result<(Position, Option<Digest>)> {
        let kv = self.ledger.kv().as_ref();
        let leaf = match before.checked_sub(1) {
            Some(last) => leaf(kv, self.log, last)?,
            None => None,
        };
        Ok((position(kv, self.log)?, leaf))
    }
}

/// Settles the alarm about a log that continues or is read anew; returns what remains of it. An alarm
/// about differing entries stays until people accept the log.
pub(super) fn settle(tx: &mut Tx<'_>, log: LogOwner, at: Timestamp) -> Result<Option<Alarm>> {
    let Some(raised) = alarm(tx, log)? else {
        return Ok(None);
    };
    let differs = matches!(
        raised.kind,
        AlarmKind::Diverged | AlarmKind::Forked | AlarmKind::BadSignature
    );
    if !differs || raised.accepted.is_some() {
        ALARMS.delete(tx, &log)?;
        return Ok(None);
    }
    let mended = Alarm {
        mended_at: raised.mended_at.or(Some(at)),
        ..raised
    };
    ALARMS.put(tx, &log, &mended)?;
    Ok(Some(mended))
}
