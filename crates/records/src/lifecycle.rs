//! The lifecycles of a node's own entries: the state of each, its moves, and the change that it has to follow.

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::lifecycle::{
    Lifecycle, LifecycleRecord, LifecycleStep, Move, PastStep, State,
};
use chengji_domain::catalogue::{EntryAct, EntryReminder, NotedChange, Tightening};
use chengji_domain::{Digest, Error, Result};
use chengji_messages::msg;
use chengji_proto::convert::{
    consent_from, consent_to, date_from, deadline_from, time_from, time_to,
};
use chengji_store::Codec;
use prost::Message;

use crate::{damaged, decode, required, v1};

/// The codec of entry lifecycles.
#[derive(Debug)]
pub struct StoredLifecycle;

impl Codec for StoredLifecycle {
    type Record = LifecycleRecord;

    fn encode(record: &LifecycleRecord) -> Result<Vec<u8>> {
        let published = record.published_provider;
        let wire = v1::EntryLifecycle {
            newest: record.lifecycle.newest,
            published: record.lifecycle.published.unwrap_or(0),
            provider_code: record.provider.to_string(),
            published_provider_code: published.map_or(String::new(), |code| code.to_string()),
            digest: record.digest.0.to_vec(),
            steps: record.steps,
            last: Some(v1::EntryStep::from(&record.last)),
            author: record.author.to_string(),
            tightenings: record.tightenings,
            change: record.change.as_ref().map(v1::NotedChange::from),
            reminders: record.reminders.iter().map(Into::into).collect(),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<LifecycleRecord> {
        let wire: v1::EntryLifecycle = decode(bytes)?;
        let last = LifecycleStep::try_from(required(wire.last, "last")?)?;
        let published = Some(wire.published).filter(|revision| *revision > 0);
        let published_provider = match (published, wire.published_provider_code.as_str()) {
            (None, "") => None,
            (Some(_), code) if !code.is_empty() => Some(code.parse()?),
            _ => {
                return Err(damaged(msg::RecordPartlyMissing { field: "published" }));
            }
        };
        Ok(LifecycleRecord {
            lifecycle: Lifecycle {
                state: last.state,
                newest: wire.newest,
                published,
            },
            provider: wire.provider_code.parse()?,
            published_provider,
            digest: Digest::from_slice(&wire.digest)?,
            author: wire.author.parse()?,
            steps: wire.steps,
            last,
            tightenings: wire.tightenings,
            change: wire.change.map(NotedChange::try_from).transpose()?,
            reminders: (wire.reminders.into_iter())
                .map(EntryReminder::try_from)
                .collect::<Result<_>>()?,
        })
    }
}

impl From<&EntryReminder> for v1::EntryReminder {
    fn from(reminder: &EntryReminder) -> Self {
        Self {
            act: v1::EntryAct::from(reminder.act).into(),
            deadline: reminder.deadline.to_string(),
            overdue: reminder.overdue,
        }
    }
}

impl TryFrom<v1::EntryReminder> for EntryReminder {
    type Error = Error;

    fn try_from(wire: v1::EntryReminder) -> Result<Self> {
        Ok(Self {
            act: act_from(wire.act)?,
            deadline: date_from(&wire.deadline, "deadline")?,
            overdue: wire.overdue,
        })
    }
}

impl From<EntryAct> for v1::EntryAct {
    fn from(act: EntryAct) -> Self {
        match act {
            EntryAct::Review => Self::Review,
            EntryAct::Correction => Self::Correction,
            EntryAct::Update => Self::Update,
        }
    }
}

fn act_from(number: i32) -> Result<EntryAct> {
    let mut found = EntryAct::ALL.iter().copied();
    let found = found.find(|act| i32::from(v1::EntryAct::from(*act)) == number);
    found.ok_or_else(|| {
        damaged(msg::RecordValueUnknown {
            field: "act",
            value: number,
        })
    })
}

impl From<&NotedChange> for v1::NotedChange {
    fn from(change: &NotedChange) -> Self {
        Self {
            on: change.on.to_string(),
            noted_by: change.noted_by.to_string(),
            due: change.due.date.to_string(),
            due_provisional: change.due.provisional,
            extended_by: change.extended_by,
            settled_by: change.settled_by,
        }
    }
}

impl TryFrom<v1::NotedChange> for NotedChange {
    type Error = Error;

    fn try_from(wire: v1::NotedChange) -> Result<Self> {
        Ok(Self {
            on: date_from(&wire.on, "on")?,
            noted_by: wire.noted_by.parse()?,
            due: deadline_from(&wire.due, wire.due_provisional)?,
            extended_by: wire.extended_by,
            settled_by: wire.settled_by,
        })
    }
}

/// The codec of the steps of entry lifecycles.
#[derive(Debug)]
pub struct StoredStep;

impl Codec for StoredStep {
    type Record = PastStep;

    fn encode(step: &PastStep) -> Result<Vec<u8>> {
        let wire: v1::EntryStep = match step {
            PastStep::Whole(step) => step.into(),
            PastStep::Emptied {
                revision,
                mv,
                state,
                at,
            } => v1::EntryStep {
                revision: *revision,
                r#move: v1::EntryMove::from(*mv).into(),
                state: v1::EntryState::from(*state).into(),
                at: Some(time_to(*at)),
                content_removed: true,
                ..v1::EntryStep::default()
            },
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<PastStep> {
        let wire: v1::EntryStep = decode(bytes)?;
        if !wire.content_removed {
            return wire.try_into().map(PastStep::Whole);
        }
        Ok(PastStep::Emptied {
            revision: wire.revision,
            mv: move_from(wire.r#move)?,
            state: state_from(wire.state)?,
            at: time_from(wire.at.as_ref(), "at")?,
        })
    }
}

impl From<&LifecycleStep> for v1::EntryStep {
    fn from(step: &LifecycleStep) -> Self {
        Self {
            revision: step.revision,
            r#move: v1::EntryMove::from(step.mv).into(),
            state: v1::EntryState::from(step.state).into(),
            at: Some(time_to(step.at)),
            by: step.by.to_string(),
            reason: step.reason.clone(),
            due: step.due.map_or(String::new(), |due| due.date.to_string()),
            due_provisional: step.due.is_some_and(|due| due.provisional),
            content_removed: false,
            tightening: v1::EntryTightening::of(step.tightening).into(),
            consent: step.consent.as_ref().map(consent_to),
        }
    }
}

impl TryFrom<v1::EntryStep> for LifecycleStep {
    type Error = Error;

    fn try_from(wire: v1::EntryStep) -> Result<Self> {
        let due: Option<Deadline> = match wire.due.as_str() {
            "" => None,
            date => Some(deadline_from(date, wire.due_provisional)?),
        };
        Ok(Self {
            revision: wire.revision,
            mv: move_from(wire.r#move)?,
            state: state_from(wire.state)?,
            at: time_from(wire.at.as_ref(), "at")?,
            by: wire.by.parse()?,
            reason: wire.reason,
            due,
            consent: wire.consent.as_ref().map(consent_from).transpose()?,
            tightening: tightening_from(wire.tightening)?,
        })
    }
}

impl v1::EntryTightening {
    fn of(tightening: Option<Tightening>) -> Self {
        match tightening {
            None => Self::Unspecified,
            Some(Tightening::StricterClass) => Self::StricterClass,
            Some(Tightening::NewConditions) => Self::NewConditions,
        }
    }
}

fn tightening_from(number: i32) -> Result<Option<Tightening>> {
    let all = Tightening::ALL.iter().copied().map(Some);
    let mut all = [None].into_iter().chain(all);
    let found = all.find(|of| i32::from(v1::EntryTightening::of(*of)) == number);
    found.ok_or_else(|| {
        damaged(msg::RecordValueUnknown {
            field: "tightening",
            value: number,
        })
    })
}

impl From<Move> for v1::EntryMove {
    fn from(mv: Move) -> Self {
        match mv {
            Move::Save => Self::Save,
            Move::Submit => Self::Submit,
            Move::TakeBack => Self::TakeBack,
            Move::AskWithdrawal => Self::AskWithdrawal,
            Move::Approve => Self::Approve,
            Move::Return => Self::Return,
        }
    }
}

fn move_from(number: i32) -> Result<Move> {
    let found = Move::ALL.iter().copied();
    let mut found = found.filter(|mv| i32::from(v1::EntryMove::from(*mv)) == number);
    found.next().ok_or_else(|| {
        damaged(msg::RecordValueUnknown {
            field: "move",
            value: number,
        })
    })
}

impl From<State> for v1::EntryState {
    fn from(state: State) -> Self {
        match state {
            State::Draft => Self::Draft,
            State::Submitted => Self::Submitted,
            State::Returned => Self::Returned,
            State::TakenBack => Self::TakenBack,
            State::Published => Self::Published,
            State::WithdrawalAsked => Self::WithdrawalAsked,
            State::Withdrawn => Self::Withdrawn,
        }
    }
}

fn state_from(number: i32) -> Result<State> {
    let found = State::ALL.iter().copied();
    let mut found = found.filter(|state| i32::from(v1::EntryState::from(*state)) == number);
    found.next().ok_or_else(|| {
        damaged(msg::RecordValueUnknown {
            field: "state",
            value: number,
        })
    })
}

/// Returns the number of an entry's state in keys; pinned.
pub fn entry_state_number(state: State) -> u32 {
    v1::EntryState::from(state) as u32
}

/// Returns the number of an act in keys; pinned.
pub fn entry_act_number(act: EntryAct) -> u32 {
    v1::EntryAct::from(act) as u32
}
