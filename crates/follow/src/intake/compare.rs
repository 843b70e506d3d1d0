//! Comparing a followed log with what was read of it, and the alarms that come of it.

use chengji_domain::fact::LogOwner;
use chengji_domain::{Digest, Epoch, Error, ErrorCode, Result};
use chengji_proto::v1;
use chengji_records::{Alarm, AlarmKind};
use chengji_store::{Position, Prefix, Tx};
use jiff::Timestamp;
use tracing::{error, info};

use super::{Intake, check, invalid};
use crate::alarm::{ALARMS, Finding, alarm};
use crate::copies::{copy_key, leaf, reading};
use crate::state::position;

/// Copies of a log that are made without being asked for: a party cannot fill others' disks by opening
/// one epoch after another.
const MAX_COPIES: u32 = 16;

impl Intake {
    /// Compares the first message of a stream with what is stored: whether the entry before it is the
    /// one that was read. Another one is LOG_DIVERGED, and an alarm is raised; where an alarm stood
    /// and all is well again, it is settled.
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
        let found = Digest::from_slice(&message.leaf_before).map_err(|_| {
            invalid(format!(
                "the leaf of the entry before {} did not come",
                at.seq
            ))
        })?;
        if known != Some(found) && !self.has_entry(last, found).await? {
            let finding = Finding {
                kind: AlarmKind::Diverged,
                known: (at, known),
                found: (at, Some(found)),
            };
            return Err(self.raise(finding).await?);
        }
        if let Some(earlier) = self.standing_before(at.seq) {
            return Err(Error::new(ErrorCode::LogDiverged, earlier.reason));
        }
        if self.is_distrusted() {
            return Ok(());
        }
        self.mended().await
    }

    /// Whether the next entry was found to be a checkpoint that does not verify. That the entry before it
    /// is the one that was read says nothing of it.
    fn is_distrusted(&self) -> bool {
        let state = self.followed.state();
        state.alarm.is_some_and(|standing| {
            standing.kind == AlarmKind::BadSignature
                && standing.mended_at.is_none()
                && standing.known.seq >= state.position.seq
        })
    }

    /// Raises the alarm about the next entry, a checkpoint that does not verify; the error to go on with.
    pub(super) async fn distrust(&self, why: &Error) -> Result<Error> {
        let at = self.followed.state().position;
        let finding = Finding {
            kind: AlarmKind::BadSignature,
            known: (at, None),
            found: (at, None),
        };
        let alarm = Alarm {
            reason: why.to_string(),
            ..finding.alarm(self.now())
        };
        self.raise_alarm(alarm).await
    }

    /// The log went on: where its next entry did not verify before, it does now.
    pub(super) async fn settle_distrust(&self) -> Result<()> {
        let standing = self.followed.state().alarm;
        let is_about = |alarm: &Alarm| alarm.kind == AlarmKind::BadSignature;
        if standing.as_ref().is_some_and(is_about) && !self.is_distrusted() {
            self.mended().await?;
        }
        Ok(())
    }

    /// Whether the entry stored at a position has this leaf: then the leaf beside it was damaged, and
    /// is put right.
    async fn has_entry(&self, seq: u64, leaf: Digest) -> Result<bool> {
        let kv = self.ledger.kv().as_ref();
        let copy = reading(kv, self.log)?.copy;
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

    /// The alarm about another entry before this position than the last one, which was found when it
    /// was fetched again. What the log's end is says nothing of it.
    pub(super) fn standing_before(&self, at: u64) -> Option<Alarm> {
        let standing = self.followed.state().alarm?;
        let stands = standing.kind == AlarmKind::Diverged && standing.mended_at.is_none();
        (stands && standing.known.seq < at).then_some(standing)
    }

    /// An entry is as its owner has it: an alarm about it is settled.
    pub(super) async fn settle_at(&self, seq: u64) -> Result<()> {
        let standing = self.followed.state().alarm;
        let known = standing.map(|standing| standing.known);
        if known.is_some_and(|known| known.seq == seq + 1) {
            self.mended().await?;
        }
        Ok(())
    }

    /// Raises the alarm about what was found of the log; the error to go on with.
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

    /// The log is again the one that was followed. An alarm about entries that differ stays, as one
    /// that was mended; any other is over.
    async fn mended(&self) -> Result<()> {
        let Some(standing) = self.followed.state().alarm else {
            return Ok(());
        };
        if standing.mended_at.is_some() {
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
        let standing = alarm(self.ledger.kv().as_ref(), self.log)?;
        let accepted = standing.filter(|a| a.accepted.is_some() && a.mended_at.is_none());
        Ok(accepted.map(|alarm| alarm.found.epoch))
    }

    /// Whether a further copy may be made without being asked for.
    pub(crate) fn has_room(&self) -> Result<bool> {
        Ok(reading(self.ledger.kv().as_ref(), self.log)?.copy < MAX_COPIES)
    }

    /// How far the log is known: the position, and the leaf before a position of it.
    pub(crate) fn known(&self, before: u64) -> Result<(Position, Option<Digest>)> {
        let kv = self.ledger.kv().as_ref();
        let leaf = match before.checked_sub(1) {
            Some(last) => leaf(kv, self.log, last)?,
            None => None,
        };
        Ok((position(kv, self.log)?, leaf))
    }
}

/// Settles the alarm about a log that goes on or is read anew; what stays of it. An alarm about
/// entries that differ stays until somebody has accepted the log.
pub(super) fn settle(tx: &mut Tx<'_>, log: LogOwner, at: Timestamp) -> Result<Option<Alarm>> {
    let Some(standing) = alarm(tx, log)? else {
        return Ok(None);
    };
    let differs = matches!(
        standing.kind,
        AlarmKind::Diverged | AlarmKind::Forked | AlarmKind::BadSignature
    );
    if !differs || standing.accepted.is_some() {
        ALARMS.delete(tx, &log)?;
        return Ok(None);
    }
    let mended = Alarm {
        mended_at: standing.mended_at.or(Some(at)),
        ..standing
    };
    ALARMS.put(tx, &log, &mended)?;
    Ok(Some(mended))
}
