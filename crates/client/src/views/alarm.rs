//! Alarms of followed logs.

use chengji_messages::{Message, msg};
use chengji_proto::convert::problem_message;
use chengji_proto::v1;

use crate::cells;

/// Describes the alarm of a followed log: its kind, its beginning and the remedy.
pub fn alarm(alarm: &v1::LogAlarm) -> Message {
    let since = alarm.since.as_ref().map(cells::time).unwrap_or_default();
    let state: Message = match (&alarm.accepted_at, &alarm.mended_at) {
        (Some(_), _) => msg::AlarmAccepted.into(),
        (None, Some(at)) => msg::AlarmMended {
            at: cells::time(at),
        }
        .into(),
        (None, None) => msg::AlarmStands.into(),
    };
    msg::AlarmOfLog {
        kind: kind(alarm.kind()),
        log: &alarm.log,
        reason: problem_message(alarm.problem.as_ref()),
        since,
        state,
    }
    .into()
}

fn kind(kind: v1::LogAlarmKind) -> &'static str {
    match kind {
        v1::LogAlarmKind::Diverged | v1::LogAlarmKind::Forked => "LOG_DIVERGED",
        v1::LogAlarmKind::Shorter => "SHORTER",
        v1::LogAlarmKind::LowerEpoch => "LOWER_EPOCH",
        v1::LogAlarmKind::ManyEpochs => "MANY_EPOCHS",
        v1::LogAlarmKind::BadSignature => "BAD_SIGNATURE",
        v1::LogAlarmKind::Unspecified => "",
    }
}
