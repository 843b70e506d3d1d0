//! The history of a request.

use chengji_messages::{Message, msg};
use chengji_proto::convert::{problem_message, stop_cause_from};
use chengji_proto::v1;

use super::{awaited_approval, stop_reason};
use crate::cells;
use crate::views::actor::actor;
use crate::views::moves::{due_act, of_history};

/// The history of a request, one line for each event. Moves keep the coordinator's order, whatever times their
/// cities gave them; what else happened is put among them by its time.
pub(super) fn history(request: &v1::Request) -> Vec<Message> {
    let mut latest = request.submitted_at.map(|at| (at.seconds, at.nanos));
    let submitted = with_actor(msg::HistorySubmitted, request.submitted_by.as_ref());
    let mut events = vec![(latest, request.submitted_at, submitted)];
    if let (Some(awaited), Some(waits)) = (&request.awaited_approval, awaited_approval(request)) {
        let place = awaited.since.map(|at| (at.seconds, at.nanos));
        events.push((place, awaited.since, waits));
    }
    for step in &request.steps {
        let mut text = step_text(step);
        if let Some(arrived) = &step.arrived_at {
            let arrived = cells::time(arrived);
            text = msg::HistoryBackdated {
                arrived,
                step: text,
            }
            .into();
        }
        // A city dates its moves itself; the order is the coordinator's.
        latest = latest.max(step.at.map(|at| (at.seconds, at.nanos)));
        events.push((latest, step.at, text));
    }
    for refused in &request.refused_moves {
        let step = refused.step.clone().unwrap_or_default();
        let text = Message::from(msg::HistoryNotTaken {
            problem: problem_message(refused.problem.as_ref()),
            step: step_text(&step),
        });
        events.push((step.at.map(|at| (at.seconds, at.nanos)), step.at, text));
    }
    for act in &request.stops {
        let place = act.at.map(|at| (at.seconds, at.nanos));
        events.push((place, act.at, stop_text(act)));
    }
    for reminder in &request.reminders {
        let deadline = cells::deadline(&reminder.deadline, reminder.provisional);
        let act = due_act(reminder.act);
        let text: Message = match reminder.overdue {
            true => msg::HistoryOverdue { act, deadline }.into(),
            false => msg::HistoryReminded { act, deadline }.into(),
        };
        let at = reminder.at.map(|at| (at.seconds, at.nanos));
        events.push((at, reminder.at, text));
    }
    events.sort_by_key(|(place, ..)| *place);
    events
        .iter()
        .map(|(_, at, event)| {
            let at = at.as_ref().map(cells::time).unwrap_or_default();
            msg::HistoryLine { at, event }.into()
        })
        .collect()
}

/// A provider's act on deliveries.
pub(super) fn stop_text(act: &v1::StopEvent) -> Message {
    let reason = stop_reason(act.cause(), &act.reason);
    let mut text: Message = match stop_cause_from(act.cause()) {
        Some(cause) => msg::HistoryStopped {
            cause: cause.label(),
            reason,
        }
        .into(),
        None => msg::HistoryResumed { reason }.into(),
    };
    if let Some(report) = &act.report {
        let at = report.at.as_ref().map(cells::time).unwrap_or_default();
        let authority = &report.to;
        let reported = msg::HistoryReported {
            at,
            authority,
            event: text,
        };
        text = reported.into();
    }
    if !act.noted {
        text = msg::HistoryNotNoted { event: text }.into();
    }
    with_actor(text, act.actor.as_ref())
}

fn step_text(step: &v1::Step) -> Message {
    let party = match step.party() {
        v1::Party::Unspecified => "-",
        v1::Party::Consumer => "consumer",
        v1::Party::Provider => "provider",
        v1::Party::Coordinator => "coordinator",
    };
    let step_of = msg::HistoryStep {
        party,
        step: of_history(step.r#move.as_ref()),
    };
    with_actor(step_of, step.actor.as_ref())
}

fn with_actor(event: impl Into<Message>, by: Option<&v1::Actor>) -> Message {
    let event = event.into();
    match by {
        Some(by) => {
            let actor = actor(by);
            msg::HistoryOfActor { actor, event }.into()
        }
        None => event,
    }
}
