//! Requests, and the records kept about them.

use chengji_domain::problem::Problem;
use chengji_domain::request::{
    AwaitedApproval, ProviderRefusal, RefusedMove, Reminder, RequestHistory, RequestId,
    RequestRecord, State,
};
use chengji_domain::stop::{RecordedAct, StopAct, Stops};
use chengji_domain::{Error, Result};
use chengji_messages::{Value, msg};
use chengji_proto::convert::{
    actor_from, actor_to, deadline_from, deadline_to, due_act_from, due_act_to, due_from, due_to,
    incident_report_from, incident_report_to, origin_from, origin_to, problem_from, problem_to,
    step_from, step_to, steps_to, stop_cause_from, stop_cause_to, submission_from, submission_to,
    time_from, time_to,
};
use chengji_store::{Codec, Entry};
use jiff::civil::Date;
use prost::Message;

use crate::{damaged, decode, v1};

/// The codec of [`RequestRecord`].
#[derive(Debug)]
pub struct StoredRequest;

impl Codec for StoredRequest {
    type Record = RequestRecord;

    fn encode(record: &RequestRecord) -> Result<Vec<u8>> {
        let pending = record.pending.iter();
        let wire = v1::RequestRecord {
            id: record.history.id.to_string(),
            submission: Some(submission_to(&record.history.submission)),
            submitted_by: Some(actor_to(&record.history.submitted_by)),
            submitted_at: Some(time_to(record.history.submitted_at)),
            steps: steps_to(&record.history.steps, &record.backdated),
            pending: pending
                .map(|(origin, step)| v1::PendingStep {
                    origin: Some(origin_to(*origin)),
                    step: Some(step_to(step)),
                })
                .collect(),
            refused_moves: record.refused.iter().map(v1::RefusedMove::from).collect(),
            reminders: record.reminders.iter().map(v1::Reminder::from).collect(),
            withheld_reminders: record.withheld.iter().map(v1::Reminder::from).collect(),
            stops: record
                .stops
                .acts()
                .iter()
                .map(v1::StopEvent::from)
                .collect(),
            provider_refusal: record.provider_refusal.as_ref().map(Into::into),
            decided: record.decided.map(origin_to),
            awaited: record.awaited.map(Into::into),
            outside_region: record.outside_region,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RequestRecord> {
        let wire: v1::RequestRecord = decode(bytes)?;
        let arrivals = wire.steps.iter().enumerate().filter_map(|(place, step)| {
            let at = step.arrived_at.as_ref()?;
            Some(time_from(Some(at), "arrived_at").map(|at| (place, at)))
        });
        let backdated = arrivals.collect::<Result<_>>()?;
        let steps = wire.steps.iter().map(|step| step_from(Some(step)));
        let history = RequestHistory {
            id: wire.id.parse()?,
            submission: submission_from(wire.submission.as_ref())?,
            submitted_by: actor_from(wire.submitted_by.as_ref())?,
            submitted_at: time_from(wire.submitted_at.as_ref(), "submitted_at")?,
            steps: steps.collect::<Result<_>>()?,
        };
        let pending = wire.pending.iter().map(|pending| {
            let origin = origin_from(pending.origin.as_ref())?;
            Ok((origin, step_from(pending.step.as_ref())?))
        });
        Ok(RequestRecord {
            history,
            pending: pending.collect::<Result<_>>()?,
            refused: all(wire.refused_moves)?,
            reminders: all(wire.reminders)?,
            withheld: all(wire.withheld_reminders)?,
            backdated,
            stops: Stops::new(all::<RecordedAct, _>(wire.stops)?),
            provider_refusal: wire.provider_refusal.map(TryInto::try_into).transpose()?,
            decided: (wire.decided.as_ref())
                .map(|decided| origin_from(Some(decided)))
                .transpose()?,
            awaited: wire.awaited.map(TryInto::try_into).transpose()?,
            outside_region: wire.outside_region,
        })
    }
}

/// Returns the number of a state in keys; pinned.
pub fn state_number(state: State) -> u32 {
    match state {
        State::Submitted => 1,
        State::Routed => 2,
        State::Incomplete => 3,
        State::Supplemented => 4,
        State::Granted => 5,
        State::Refused => 6,
        State::Rejected => 7,
        State::Withdrawn => 8,
        State::Disputed => 9,
        State::Revoked => 10,
        State::Lapsed => 11,
        State::Closed => 12,
        State::Suspended => 13,
        State::Terminated => 14,
        State::Referred => 15,
    }
}

/// The codec of a provider's stops of one target's deliveries.
#[derive(Debug)]
pub struct StoredStops;

impl Codec for StoredStops {
    type Record = Stops;

    fn encode(stops: &Stops) -> Result<Vec<u8>> {
        let stops = stops.acts().iter().map(v1::StopEvent::from).collect();
        Ok(v1::StopRecord { stops }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Stops> {
        let wire: v1::StopRecord = decode(bytes)?;
        Ok(Stops::new(all::<RecordedAct, _>(wire.stops)?))
    }
}

/// The codec of the request made under an idempotency key.
#[derive(Debug)]
pub struct StoredSubmitted;

impl Codec for StoredSubmitted {
    type Record = RequestId;

    fn encode(id: &RequestId) -> Result<Vec<u8>> {
        let id = id.to_string();
        Ok(v1::SubmittedRequest { id }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RequestId> {
        let wire: v1::SubmittedRequest = decode(bytes)?;
        wire.id.parse()
    }
}

/// The number of grants that a node made automatically to a city.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AutomaticGrants {
    /// The latest day with automatic grants.
    pub day: Date,
    /// Number of grants on that day.
    pub count: u32,
}

/// The codec of [`AutomaticGrants`].
#[derive(Debug)]
pub struct StoredAutomaticGrants;

impl Codec for StoredAutomaticGrants {
    type Record = AutomaticGrants;

    fn encode(grants: &AutomaticGrants) -> Result<Vec<u8>> {
        let wire = v1::AutomaticGrants {
            day: grants.day.to_string(),
            count: grants.count,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<AutomaticGrants> {
        let wire: v1::AutomaticGrants = decode(bytes)?;
        let day = wire.day.parse();
        Ok(AutomaticGrants {
            day: day.map_err(|cause| {
                damaged(msg::FieldMalformed {
                    cause: Value::text(cause),
                    field: "day",
                })
            })?,
            count: wire.count,
        })
    }
}

/// The codec of an entry of a city's log about a request that is not yet opened.
#[derive(Debug)]
pub struct StoredEarlyEntry;

impl Codec for StoredEarlyEntry {
    type Record = Entry;

    fn encode(entry: &Entry) -> Result<Vec<u8>> {
        let wire = v1::EarlyEntry {
            envelope: entry.envelope.to_vec(),
            body: entry.body.to_vec(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Entry> {
        let wire: v1::EarlyEntry = decode(bytes)?;
        if wire.envelope.is_empty() {
            return Err(damaged(msg::FieldAbsent { field: "envelope" }));
        }
        Ok(Entry {
            envelope: wire.envelope.into(),
            body: wire.body.into(),
        })
    }
}

fn all<T, W: TryInto<T, Error = Error>>(wire: Vec<W>) -> Result<Vec<T>> {
    wire.into_iter().map(TryInto::try_into).collect()
}

impl From<&RefusedMove> for v1::RefusedMove {
    fn from(refused: &RefusedMove) -> Self {
        Self {
            step: Some(step_to(&refused.step)),
            problem: Some(problem_to(&refused.problem)),
            acknowledged: refused.acknowledged,
        }
    }
}

impl TryFrom<v1::RefusedMove> for RefusedMove {
    type Error = Error;

    fn try_from(wire: v1::RefusedMove) -> Result<Self> {
        Ok(Self {
            step: step_from(wire.step.as_ref())?,
            problem: problem_from(wire.problem.as_ref())?,
            acknowledged: wire.acknowledged,
        })
    }
}

impl From<&Reminder> for v1::Reminder {
    fn from(reminder: &Reminder) -> Self {
        Self {
            at: Some(time_to(reminder.at)),
            deadline: reminder.deadline.date.to_string(),
            overdue: reminder.overdue,
            provisional: reminder.deadline.provisional,
            act: due_act_to(reminder.act).into(),
        }
    }
}

impl TryFrom<v1::Reminder> for Reminder {
    type Error = Error;

    fn try_from(wire: v1::Reminder) -> Result<Self> {
        Ok(Self {
            at: time_from(wire.at.as_ref(), "at")?,
            act: due_act_from(wire.act)?,
            deadline: deadline_from(&wire.deadline, wire.provisional)?,
            overdue: wire.overdue,
        })
    }
}

impl From<AwaitedApproval> for v1::AwaitedApproval {
    fn from(awaited: AwaitedApproval) -> Self {
        let (deadline, provisional) = deadline_to(awaited.deadline);
        Self {
            since: Some(time_to(awaited.since)),
            revision: awaited.revision,
            deadline,
            provisional,
        }
    }
}

impl TryFrom<v1::AwaitedApproval> for AwaitedApproval {
    type Error = Error;

    fn try_from(wire: v1::AwaitedApproval) -> Result<Self> {
        Ok(Self {
            since: time_from(wire.since.as_ref(), "since")?,
            revision: wire.revision,
            deadline: deadline_from(&wire.deadline, wire.provisional)?,
        })
    }
}

impl From<&ProviderRefusal> for v1::ProviderRefusal {
    fn from(refusal: &ProviderRefusal) -> Self {
        Self {
            at: Some(time_to(refusal.at)),
            problem: Some(problem_to(&refusal.problem)),
            ..Self::default()
        }
    }
}

impl TryFrom<v1::ProviderRefusal> for ProviderRefusal {
    type Error = Error;

    fn try_from(wire: v1::ProviderRefusal) -> Result<Self> {
        let problem = match wire.problem {
            Some(problem) => problem_from(Some(&problem))?,
            // Records of before had prose.
            None => Problem {
                code: wire.code,
                message: msg::Text { text: wire.message }.into(),
                field: None,
                nested: Vec::new(),
            },
        };
        Ok(Self {
            at: time_from(wire.at.as_ref(), "at")?,
            problem,
        })
    }
}

impl From<&RecordedAct> for v1::StopEvent {
    fn from(known: &RecordedAct) -> Self {
        let (cause, report) = match &known.act {
            StopAct::Stopped { cause, report, .. } => (stop_cause_to(*cause), report.as_ref()),
            StopAct::Lifted { .. } => (chengji_log::v1::StopCause::Unspecified, None),
        };
        let (due, due_provisional) = due_to(known.due);
        Self {
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
}

impl TryFrom<v1::StopEvent> for RecordedAct {
    type Error = Error;

    fn try_from(wire: v1::StopEvent) -> Result<Self> {
        let cause = chengji_log::v1::StopCause::try_from(wire.cause).map_err(|_| {
            damaged(msg::RecordValueUnknown {
                field: "cause",
                value: wire.cause,
            })
        })?;
        let reason = wire.reason;
        let report = incident_report_from(wire.report.as_ref())?;
        Ok(Self {
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
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
