//! Alarms about followed logs: raised when a log turns out to differ from the one that was followed, and
//! kept until people accept it or the right one is back.
//!
//! While there is an alarm, the log is not read any further and what was learnt of it is kept.

use chengji_domain::fact::LogOwner;
use chengji_domain::log_alarm::{Alarm, AlarmKind as Kind};
use chengji_domain::{Digest, Result};
use chengji_messages::{Message, Value, msg};
use chengji_records::StoredAlarm;
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
