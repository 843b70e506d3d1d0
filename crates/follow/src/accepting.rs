//! Accepts a log in spite of an alarm.

use chengji_domain::fact::LogOwner;
use chengji_domain::log_alarm::{Acceptance, Alarm};
use chengji_domain::{Error, ErrorCode, Field, Principal, Result};
use chengji_messages::{Value, msg};
use chengji_store::Ledger;
use jiff::Timestamp;

use crate::alarm::{ALARMS, alarm};
use crate::state::Followed;

/// Maximum length of the reason for accepting a log, characters.
const MAX_REASON: usize = 500;

/// Accepts the present state of a log with an alarm. It is read anew when it is followed next; if the
/// right log is back already, nothing changes. Errors: NOT_FOUND (no alarm), INVALID_ARGUMENT (the reason
/// is missing or too long).
pub async fn accept(
    ledger: &Ledger,
    log: LogOwner,
    followed: Option<&Followed>,
    by: &Principal,
    reason: &str,
    now: Timestamp,
) -> Result<Alarm> {
    let acceptance = Acceptance {
        by: by.clone(),
        reason: checked_reason(reason)?,
        at: now,
    };
    let accepted = ledger.write(move |tx| {
        let mut alarm = alarm(tx, log)?.ok_or_else(|| {
            let log = Value::text(log);
            let message = msg::AlarmNone { log };
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
        followed.show_stored_alarm(|| alarm(&**ledger.kv(), log))?;
    }
    Ok(accepted)
}

/// Trims and checks a reason given by a person. Errors: INVALID_ARGUMENT.
pub fn checked_reason(reason: &str) -> Result<String> {
    let reason = reason.trim();
    let found = reason.chars().count();
    if !(1..=MAX_REASON).contains(&found) {
        let fault = msg::TextLength {
            found,
            least: 1,
            most: MAX_REASON,
        };
        let field = Field::Reason;
        let message = msg::TextNotValid { fault, field };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    Ok(reason.to_owned())
}
