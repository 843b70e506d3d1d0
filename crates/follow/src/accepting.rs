//! Accepting a log in spite of an alarm.

use chengji_domain::fact::LogOwner;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_proto::v1;
use chengji_records::Acceptance;
use chengji_store::Ledger;
use jiff::Timestamp;

use crate::alarm::{ALARMS, alarm, alarm_to};
use crate::state::Followed;

/// The longest reason for accepting a log, characters.
const MAX_REASON: usize = 500;

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
    let acceptance = Acceptance {
        by: by.clone(),
        reason: checked_reason(reason)?,
        at: now,
    };
    let accepted = ledger.write(move |tx| {
        let mut alarm = alarm(tx, log)?.ok_or_else(|| {
            let message = format!("nothing is wrong with the log of {log} 该日志没有告警");
            Error::new(ErrorCode::NotFound, message)
        })?;
        alarm.accepted = Some(acceptance);
        if alarm.mended_at.is_some() {
            ALARMS.delete(tx, &log)?;
        } else {
            ALARMS.put(tx, &log, &alarm)?;
        }
        Ok(alarm)
    });
    let accepted = accepted.await?;
    if let Some(Acceptance { by, reason, .. }) = &accepted.accepted {
        tracing::warn!(%log, %by, %reason, "the log is accepted as it is now");
    }
    if let Some(followed) = followed {
        followed.show_alarm(alarm(&**ledger.kv(), log)?);
    }
    Ok(alarm_to(log, &accepted))
}

/// A reason that people give, without white space around it. Errors: INVALID_ARGUMENT.
pub fn checked_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        let message = format!("the reason has 1 to {MAX_REASON} characters");
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    Ok(reason.to_owned())
}
