//! Stops of deliveries: acts in logs, records and answers.

use chengji_domain::Error;
use chengji_domain::fact::Origin;
use chengji_domain::request::Actor;
use chengji_domain::stop::{IncidentReport, RecordedAct, StopAct, StopCause, StopTarget, Stops};

use super::actor::{actor_from, actor_to};
use super::deadline::{due_from, due_to};
use super::moves::bounded;
use super::position::{position_from, position_to};
use super::request::id_from;
use super::{missing, newer, time_from, time_to};
use crate::v1;
use crate::v1::body::Fact as Wire;

/// Converts the position of a move or a stop to the wire.
pub fn origin_to(origin: Origin) -> v1::LogPosition {
    position_to(origin.epoch, origin.seq)
}

/// Converts the position of a move or a stop from the wire.
pub fn origin_from(wire: Option<&v1::LogPosition>) -> Result<Origin, Error> {
    let (epoch, seq) = position_from(wire)?;
    Ok(Origin { epoch, seq })
}

/// Converts a cause to the wire.
pub fn stop_cause_to(cause: StopCause) -> v1::StopCause {
    match cause {
        StopCause::Revoked => v1::StopCause::Revoked,
        StopCause::Suspended => v1::StopCause::Suspended,
        StopCause::Restored => v1::StopCause::Restored,
        StopCause::Incident => v1::StopCause::Incident,
    }
}

/// Converts a cause from the wire; `None` if it is unspecified.
pub fn stop_cause_from(cause: v1::StopCause) -> Option<StopCause> {
    match cause {
        v1::StopCause::Unspecified => None,
        v1::StopCause::Revoked => Some(StopCause::Revoked),
        v1::StopCause::Suspended => Some(StopCause::Suspended),
        v1::StopCause::Restored => Some(StopCause::Restored),
        v1::StopCause::Incident => Some(StopCause::Incident),
    }
}

/// Converts the report of an incident to the wire.
pub fn incident_report_to(report: &IncidentReport) -> v1::IncidentReport {
    v1::IncidentReport {
        to: report.to.clone(),
        at: Some(time_to(report.at)),
    }
}

/// Converts the report of an incident from the wire; `None` if it is absent.
pub fn incident_report_from(
    wire: Option<&v1::IncidentReport>,
) -> Result<Option<IncidentReport>, Error> {
    let report = wire.map(|wire| {
        let at = time_from(wire.at.as_ref(), "report.at")?;
        let to = wire.to.clone();
        Ok(IncidentReport { to, at })
    });
    report.transpose()
}

/// Makes the fact for a city's log.
pub(super) fn stop_fact_to(target: StopTarget, act: StopAct, actor: &Actor) -> Wire {
    let actor = Some(actor_to(actor));
    match act {
        StopAct::Stopped {
            cause,
            reason,
            report,
        } => {
            use v1::stopped::Target;
            let target = match target {
                StopTarget::Request(id) => Target::Request(id.to_string()),
                StopTarget::Entry(code) => Target::Entry(code.to_string()),
            };
            Wire::Stopped(v1::Stopped {
                target: Some(target),
                cause: stop_cause_to(cause).into(),
                reason,
                actor,
                report: report.as_ref().map(incident_report_to),
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
                actor,
            })
        }
    }
}

/// Returns the target and the act of `Stopped`.
pub(super) fn stopped_from(wire: v1::Stopped) -> Result<(StopTarget, StopAct), Error> {
    use v1::stopped::Target;
    let target = match wire.target.as_ref().ok_or_else(|| missing("target"))? {
        Target::Request(id) => StopTarget::Request(id_from(id)?),
        Target::Entry(code) => StopTarget::Entry(code.parse()?),
    };
    let (cause, report) = (wire.cause(), wire.report.as_ref());
    Ok((target, act_from(cause, wire.reason.clone(), report)?))
}

/// Returns the target and the act of `StopLifted`.
pub(super) fn stop_lifted_from(wire: v1::StopLifted) -> Result<(StopTarget, StopAct), Error> {
    use v1::stop_lifted::Target;
    let target = match wire.target.ok_or_else(|| missing("target"))? {
        Target::Request(id) => StopTarget::Request(id_from(&id)?),
        Target::Entry(code) => StopTarget::Entry(code.parse()?),
    };
    Ok((target, lifted(wire.reason)?))
}

/// Makes the act of a stop with this cause. Its texts were validated when the stop was made.
pub(super) fn act_from(
    cause: v1::StopCause,
    reason: String,
    report: Option<&v1::IncidentReport>,
) -> Result<StopAct, Error> {
    let cause = stop_cause_from(cause).ok_or_else(|| missing("cause"))?;
    let report = incident_report_from(report)?;
    let reported = report.as_ref().map_or(0, |report| report.to.len());
    bounded("reason", reason.len() + reported)?;
    Ok(StopAct::Stopped {
        cause,
        reason,
        report,
    })
}

/// Makes the act that lifts stops.
pub(super) fn lifted(reason: String) -> Result<StopAct, Error> {
    bounded("reason", reason.len())?;
    Ok(StopAct::Lifted { reason })
}

/// Converts recorded acts to the wire.
pub(super) fn stops_to(stops: &Stops) -> Vec<v1::StopEvent> {
    stops.acts().iter().map(act_to).collect()
}

/// Converts a recorded act from the wire.
pub(super) fn recorded_act_from(wire: &v1::StopEvent) -> Result<RecordedAct, Error> {
    let cause = v1::StopCause::try_from(wire.cause).map_err(|_| newer("cause"))?;
    let reason = wire.reason.clone();
    let report = incident_report_from(wire.report.as_ref())?;
    Ok(RecordedAct {
        origin: origin_from(wire.origin.as_ref())?,
        at: time_from(wire.at.as_ref(), "at")?,
        actor: actor_from(wire.actor.as_ref())?,
        act: match stop_cause_from(cause) {
            Some(cause) => StopAct::Stopped {
                cause,
                reason,
                report,
            },
            None => StopAct::Lifted { reason },
        },
        noted: wire.noted,
        due: due_from(&wire.due, wire.due_provisional)?,
    })
}

/// Converts a recorded act to the wire.
pub(super) fn act_to(known: &RecordedAct) -> v1::StopEvent {
    let (cause, report) = match &known.act {
        StopAct::Stopped { cause, report, .. } => (stop_cause_to(*cause), report.as_ref()),
        StopAct::Lifted { .. } => (v1::StopCause::Unspecified, None),
    };
    let (due, due_provisional) = due_to(known.due);
    v1::StopEvent {
        origin: Some(origin_to(known.origin)),
        at: Some(time_to(known.at)),
        cause: cause.into(),
        reason: known.act.reason().to_owned(),
        noted: known.noted,
        actor: Some(actor_to(&known.actor)),
        report: report.map(incident_report_to),
        due,
        due_provisional,
    }
}
