//! Alarms about followed logs: raised when a log turns out to differ from the one that was followed, and
//! kept until people accept it or the right one is back.
//!
//! While there is an alarm, the log is not read any further and what was learnt of it is kept.

use chengji_domain::fact::LogOwner;
use chengji_domain::problem::Problem;
use chengji_domain::{Digest, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::{position_to, problem_to, time_to};
use chengji_proto::v1;
use chengji_records::{Acceptance, Alarm, AlarmKind as Kind, StoredAlarm};
use chengji_store::{Position, Prefix, Table, View};
use jiff::Timestamp;

/// A discrepancy found in a log, with the position and leaf of each side.
pub(crate) struct Finding {
    pub kind: Kind,
    pub known: (Position, Option<Digest>),
    pub found: (Position, Option<Digest>),
}

impl Finding {
    /// Describes the discrepancy.
    fn reason(&self) -> Message {
        let leaf =
            |leaf: Option<Digest>| leaf.map_or_else(|| Value::from(msg::LogNone), Value::text);
        let ((known, known_leaf), (found, found_leaf)) = (self.known, self.found);
        let (epoch, known_epoch) = (found.epoch, known.epoch);
        match self.kind {
            Kind::Diverged => msg::AlarmDiverged {
                found: Value::text(found),
                known_leaf: leaf(known_leaf),
                leaf: leaf(found_leaf),
            }
            .into(),
            Kind::Forked => msg::AlarmForked {
                epoch,
                known: Value::text(known),
                known_epoch,
            }
            .into(),
            Kind::Shorter => msg::AlarmShorter {
                found: Value::text(found),
                known: Value::text(known),
            }
            .into(),
            Kind::LowerEpoch => msg::AlarmLowerEpoch {
                epoch,
                known: Value::text(known),
                known_epoch,
            }
            .into(),
            Kind::ManyEpochs => msg::AlarmManyEpochs { epoch }.into(),
            // The verification of the checkpoint says more.
            Kind::BadSignature => msg::CheckpointUnsigned.into(),
        }
    }

    pub(crate) fn alarm(&self, now: Timestamp) -> Alarm {
        Alarm {
            kind: self.kind,
            known: self.known.0,
            known_leaf: self.known.1,
            found: self.found.0,
            found_leaf: self.found.1,
            since: now,
            reason: self.reason(),
            mended_at: None,
            accepted: None,
        }
    }
}

/// Alarms about followed logs.
pub(crate) static ALARMS: Table<LogOwner, StoredAlarm> = Table::new(Prefix::LogAlarm, &[]);

/// The alarm about a log, if there is one.
pub fn alarm(view: &(impl View + ?Sized), log: LogOwner) -> Result<Option<Alarm>> {
    ALARMS.get(view, &log)
}

/// An alarm about a log on the wire.
pub fn alarm_to(log: LogOwner, alarm: &Alarm) -> v1::LogAlarm {
    let position = |at: Position| Some(position_to(at.epoch, at.seq));
    let leaf = |leaf: Option<Digest>| leaf.map_or(Vec::new(), |leaf| leaf.0.to_vec());
    let kind = match alarm.kind {
        Kind::Diverged => v1::LogAlarmKind::Diverged,
        Kind::Forked => v1::LogAlarmKind::Forked,
        Kind::Shorter => v1::LogAlarmKind::Shorter,
        Kind::LowerEpoch => v1::LogAlarmKind::LowerEpoch,
        Kind::ManyEpochs => v1::LogAlarmKind::ManyEpochs,
        Kind::BadSignature => v1::LogAlarmKind::BadSignature,
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
