//! Stops of deliveries: acts in logs, in records and as they are shown.

use chengji_domain::fact::Origin;
use chengji_domain::stop::{RecordedAct, StopAct, StopCause, StopTarget, Stops};
use chengji_domain::{Error, ErrorCode};
use prost::Message;

use super::position::{position_from, position_to};
use super::request::{bounded, id_from};
use super::{missing, time_from, time_to};
use crate::v1;
use crate::v1::body::Fact as Wire;

/// A position of a move or a stop on the wire.
pub(super) fn origin_to(origin: Origin) -> v1::LogPosition {
    position_to(origin.epoch, origin.seq)
}

/// A position of a move or a stop from the wire.
pub(super) fn origin_from(wire: Option<&v1::LogPosition>) -> Result<Origin, Error> {
    let (epoch, seq) = position_from(wire)?;
    Ok(Origin { epoch, seq })
}

/// A cause on the wire.
pub fn stop_cause_to(cause: StopCause) -> v1::StopCause {
    match cause {
        StopCause::Revoked => v1::StopCause::Revoked,
        StopCause::Suspended => v1::StopCause::Suspended,
        StopCause::Restored => v1::StopCause::Restored,
    }
}

/// A cause from the wire; nothing where none is given.
pub fn stop_cause_from(cause: v1::StopCause) -> Option<StopCause> {
    match cause {
        v1::StopCause::Unspecified => None,
        v1::StopCause::Revoked => Some(StopCause::Revoked),
        v1::StopCause::Suspended => Some(StopCause::Suspended),
        v1::StopCause::Restored => Some(StopCause::Restored),
    }
}

/// The fact of a city's log.
pub(super) fn stop_fact_to(target: StopTarget, act: StopAct) -> Wire {
    match act {
        StopAct::Stopped { cause, reason } => {
            use v1::stopped::Target;
            let target = match target {
                StopTarget::Request(id) => Target::Request(id.to_string()),
                StopTarget::Entry(code) => Target::Entry(code.to_string()),
            };
            Wire::Stopped(v1::Stopped {
                target: Some(target),
                cause: stop_cause_to(cause).into(),
                reason,
            })
        }
        StopAct::Lifted { reason } => {
            use v1::stop_lifted::Target;
            let target = match target {
                StopTarget::Request(id) => Target::Request(id.to_string()),
                StopTarget::Entry(code) => Target::Entry(code.to_string()),
            };
            Wire::StopLifted(v1::StopLifted {
                target: Some(target),
                reason,
            })
        }
    }
}

/// The target and the act of `Stopped`.
pub(super) fn stopped_from(wire: v1::Stopped) -> Result<(StopTarget, StopAct), Error> {
    use v1::stopped::Target;
    let target = match wire.target.as_ref().ok_or_else(|| missing("target"))? {
        Target::Request(id) => StopTarget::Request(id_from(id)?),
        Target::Entry(code) => StopTarget::Entry(code.parse()?),
    };
    Ok((target, act_from(wire.cause(), wire.reason.clone())?))
}

/// The target and the act of `StopLifted`.
pub(super) fn stop_lifted_from(wire: v1::StopLifted) -> Result<(StopTarget, StopAct), Error> {
    use v1::stop_lifted::Target;
    let target = match wire.target.ok_or_else(|| missing("target"))? {
        Target::Request(id) => StopTarget::Request(id_from(&id)?),
        Target::Entry(code) => StopTarget::Entry(code.parse()?),
    };
    Ok((target, lifted(wire.reason)?))
}

/// The act of a stop with this cause. Whether its reason may be given was decided where it was made.
pub(super) fn act_from(cause: v1::StopCause, reason: String) -> Result<StopAct, Error> {
    let cause = stop_cause_from(cause).ok_or_else(|| missing("cause"))?;
    bounded("reason", reason.len())?;
    Ok(StopAct::Stopped { cause, reason })
}

/// The act that lifts stops.
pub(super) fn lifted(reason: String) -> Result<StopAct, Error> {
    bounded("reason", reason.len())?;
    Ok(StopAct::Lifted { reason })
}

/// Recorded acts on the wire.
pub(super) fn stops_to(stops: &Stops) -> Vec<v1::StopEvent> {
    stops.acts().iter().map(act_to).collect()
}

/// The stop that stands, as it is shown with an entry.
pub fn standing_stop(stops: &Stops) -> Option<v1::StopEvent> {
    stops.standing().map(|(standing, _)| act_to(standing))
}

fn act_to(known: &RecordedAct) -> v1::StopEvent {
    v1::StopEvent {
        origin: Some(origin_to(known.origin)),
        at: Some(time_to(known.at)),
        cause: match known.act {
            StopAct::Stopped { cause, .. } => stop_cause_to(cause),
            StopAct::Lifted { .. } => v1::StopCause::Unspecified,
        }
        .into(),
        reason: known.act.reason().to_owned(),
        noted: known.noted,
    }
}

/// Recorded acts from the wire.
pub(super) fn stops_from(wire: &[v1::StopEvent]) -> Result<Stops, Error> {
    let acts = wire.iter().map(|event| {
        let reason = event.reason.clone();
        Ok::<_, Error>(RecordedAct {
            origin: origin_from(event.origin.as_ref())?,
            at: time_from(event.at.as_ref(), "at")?,
            act: match stop_cause_from(event.cause()) {
                Some(cause) => StopAct::Stopped { cause, reason },
                None => StopAct::Lifted { reason },
            },
            noted: event.noted,
        })
    });
    Ok(Stops::new(acts.collect::<Result<Vec<_>, _>>()?))
}

/// The bytes that a provider stores of its acts on one target.
pub fn stop_record_bytes(stops: &Stops) -> Vec<u8> {
    v1::StopRecord {
        stops: stops_to(stops),
    }
    .encode_to_vec()
}

/// A provider's acts on one target in stored bytes.
pub fn stop_record_from(bytes: &[u8]) -> Result<Stops, Error> {
    let damaged = |error: &dyn std::fmt::Display| {
        let message = format!("the stored stops of deliveries: {error}");
        Error::new(ErrorCode::StorageDamaged, message)
    };
    let wire = v1::StopRecord::decode(bytes).map_err(|error| damaged(&error))?;
    stops_from(&wire.stops).map_err(|error| damaged(&error))
}
