//! Alarms of followed logs.

use chengji_proto::v1;

use crate::cells;

/// What is wrong with a followed log, since when, and what is to be done about it.
pub fn alarm(alarm: &v1::LogAlarm) -> String {
    let since = alarm.since.as_ref().map(cells::time).unwrap_or_default();
    let state = match (&alarm.accepted_at, &alarm.mended_at) {
        (Some(_), _) => "accepted, to be read anew 已接受，待重新读取".to_owned(),
        (None, Some(at)) => {
            let at = cells::time(at);
            format!("the right log is back since {at}, to be acknowledged 已恢复，待确认")
        }
        (None, None) => "not read any further 已停止跟随".to_owned(),
    };
    format!(
        "{} {} since 自 {since}: {}; {state}",
        alarm.log,
        kind(alarm.kind()),
        alarm
            .problem
            .as_ref()
            .map(cells::problem)
            .unwrap_or_default()
    )
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
