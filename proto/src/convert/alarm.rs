//! Alarms about followed logs in answers.

use chengji_domain::fact::LogOwner;
use chengji_domain::log_alarm::{Acceptance, Alarm, AlarmKind};
use chengji_domain::problem::Problem;
use chengji_domain::{Digest, ErrorCode, Position};

use super::position::position_to;
use super::{problem_to, time_to};
use crate::v1;

/// A log, and the alarm about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogAlarm {
    /// Owner of the log.
    pub log: LogOwner,
    /// The alarm.
    pub alarm: Alarm,
}

/// Converts an alarm about a log to the wire.
pub fn alarm_to(log: LogOwner, alarm: &Alarm) -> v1::LogAlarm {
    let position = |at: Position| Some(position_to(at.epoch, at.seq));
    let leaf = |leaf: Option<Digest>| leaf.map_or(Vec::new(), |leaf| leaf.0.to_vec());
    let kind = match alarm.kind {
        AlarmKind::Diverged => v1::LogAlarmKind::Diverged,
        AlarmKind::Forked => v1::LogAlarmKind::Forked,
        AlarmKind::Shorter => v1::LogAlarmKind::Shorter,
        AlarmKind::LowerEpoch => v1::LogAlarmKind::LowerEpoch,
        AlarmKind::ManyEpochs => v1::LogAlarmKind::ManyEpochs,
        AlarmKind::BadSignature => v1::LogAlarmKind::BadSignature,
    };
    let shown = v1::LogAlarm {
        log: log.to_string(),
        kind: kind.into(),
        known: position(alarm.known),
        known_leaf: leaf(alarm.known_leaf),
        found: position(alarm.found),
        found_leaf: leaf(alarm.found_leaf),
        since: Some(time_to(alarm.since)),
        problem: Some(problem_to(&Problem::new(
            ErrorCode::LogDiverged,
            &alarm.reason,
        ))),
        mended_at: alarm.mended_at.map(time_to),
        ..v1::LogAlarm::default()
    };
    match &alarm.accepted {
        None => shown,
        Some(Acceptance { by, reason, at }) => v1::LogAlarm {
            accepted_by: by.to_string(),
            accepted_reason: reason.clone(),
            accepted_at: Some(time_to(*at)),
            ..shown
        },
    }
}
