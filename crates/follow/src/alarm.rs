//! Alarms about followed logs: kept from when a log turns out not to be the one that was followed
//! until people accept it or the right one is back.
//!
//! As long as there is an alarm, the log is not read any further and what was learnt of it is kept.

use chengji_domain::fact::LogOwner;
use chengji_domain::{Digest, Error, ErrorCode, Principal, Result};
use chengji_proto::convert::{epoch_from, position_to, time_to};
use chengji_proto::v1;
use chengji_proto::v1::LogAlarmKind as Kind;
use chengji_store::{Key, Ledger, Position, Prefix, Tx, View};
use jiff::Timestamp;
use prost::Message;

use crate::copies::number;
use crate::state::Followed;

/// The longest reason for accepting a log, characters.
const MOST_REASON: usize = 500;

/// What was found about a log, with the position and leaf of each side.
pub(crate) struct Finding {
    pub kind: Kind,
    pub known: (Position, Option<Digest>),
    pub found: (Position, Option<Digest>),
}

impl Finding {
    /// In words.
    fn reason(&self) -> String {
        let leaf = |leaf: Option<Digest>| leaf.map_or_else(|| "none".to_owned(), |l| l.to_string());
        let ((known, known_leaf), (found, found_leaf)) = (self.known, self.found);
        match self.kind {
            Kind::Diverged => format!(
                "the entry before {found} is not the one that was read: leaf {} instead of {} \
                 日志出现分叉",
                leaf(found_leaf),
                leaf(known_leaf)
            ),
            Kind::Forked => format!(
                "it is in epoch {}, which does not come from epoch {}, read up to {known} 日志出现分叉",
                found.epoch, known.epoch
            ),
            Kind::Shorter => {
                format!("it ends at {found}, and was read up to {known} 日志短于已读部分")
            }
            Kind::LowerEpoch => format!(
                "it is in epoch {} again, and was read up to {known} in epoch {} 日志纪元倒退",
                found.epoch, known.epoch
            ),
            Kind::ManyEpochs => format!(
                "it has begun epoch {}, and as many copies as are made without being asked for are \
                 kept 新纪元过多",
                found.epoch
            ),
            // Said by what was found of the checkpoint.
            Kind::BadSignature | Kind::Unspecified => String::new(),
        }
    }

    pub(crate) fn alarm(&self, log: LogOwner, now: Timestamp) -> v1::LogAlarm {
        let position = |at: Position| Some(position_to(at.epoch, at.seq));
        let leaf = |leaf: Option<Digest>| leaf.map(|leaf| leaf.0.to_vec()).unwrap_or_default();
        v1::LogAlarm {
            log: log.to_string(),
            kind: self.kind.into(),
            known: position(self.known.0),
            known_leaf: leaf(self.known.1),
            found: position(self.found.0),
            found_leaf: leaf(self.found.1),
            since: Some(time_to(now)),
            reason: self.reason(),
            ..Default::default()
        }
    }
}

/// The alarm about a log, if there is one.
pub fn alarm(view: &(impl View + ?Sized), log: LogOwner) -> Result<Option<v1::LogAlarm>> {
    let stored = view.value(&alarm_key(log))?;
    stored
        .map(|bytes| v1::LogAlarm::decode(bytes.as_slice()))
        .transpose()
        .map_err(|e| {
            let message = format!("a stored alarm about {log}: {e}");
            Error::new(ErrorCode::StorageDamaged, message)
        })
}

/// The epoch in which a log was found.
pub(crate) fn found_epoch(alarm: &v1::LogAlarm) -> Result<chengji_domain::Epoch> {
    let found = alarm.found.as_ref().ok_or_else(|| {
        let message = format!("the stored alarm about {} has no position", alarm.log);
        Error::new(ErrorCode::StorageDamaged, message)
    })?;
    epoch_from(found.epoch, &found.epoch_id)
}

/// Accepts a log about which there is an alarm, as it is now. It is read anew when it is followed
/// next; where the right one is back already, nothing is left to do. Errors: NOT_FOUND (no alarm),
/// INVALID_ARGUMENT (no reason, or one that is too long).
pub async fn accept(
    ledger: &Ledger,
    log: LogOwner,
    followed: Option<&Followed>,
    by: &Principal,
    reason: &str,
    now: Timestamp,
) -> Result<v1::LogAlarm> {
    let reason = checked_reason(reason)?;
    let by = by.to_string();
    let accepted = ledger.write(move |tx| {
        let mut alarm = alarm(tx, log)?.ok_or_else(|| {
            let message = format!("nothing is wrong with the log of {log} 该日志没有告警");
            Error::new(ErrorCode::NotFound, message)
        })?;
        alarm.accepted_by = by;
        alarm.accepted_reason = reason;
        alarm.accepted_at = Some(time_to(now));
        if alarm.mended_at.is_some() {
            clear(tx, log);
        } else {
            put(tx, log, &alarm);
        }
        Ok(alarm)
    });
    let accepted = accepted.await?;
    let (by, reason) = (&accepted.accepted_by, &accepted.accepted_reason);
    tracing::warn!(%log, %by, %reason, "the log is accepted as it is now");
    if let Some(followed) = followed {
        followed.show_alarm(alarm(&**ledger.kv(), log)?);
    }
    Ok(accepted)
}

/// A reason that people give, without white space around it. Errors: INVALID_ARGUMENT.
pub fn checked_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MOST_REASON {
        let message = format!("the reason has 1 to {MOST_REASON} characters");
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    Ok(reason.to_owned())
}

pub(crate) fn put(tx: &mut Tx<'_>, log: LogOwner, alarm: &v1::LogAlarm) {
    tx.put(alarm_key(log), alarm.encode_to_vec());
}

pub(crate) fn clear(tx: &mut Tx<'_>, log: LogOwner) {
    tx.delete(alarm_key(log));
}

fn alarm_key(log: LogOwner) -> Vec<u8> {
    Key::new(Prefix::LogAlarm).u32(number(log)).finish()
}
