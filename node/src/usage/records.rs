//! The usage records of this city as consumer, and the grants for whose use they are due.
//!
//! Records are kept for good: nothing removes them or the bodies of their facts.

use std::cmp::Reverse;

use chengji_domain::access::Role;
use chengji_domain::calendar::{Rule, local_date};
use chengji_domain::fact::CityFact;
use chengji_domain::request::{Actor, RequestId, RequestRecord};
use chengji_domain::usage::{
    LEAST_YEARS, Period, Schedule, Usage, UsageFact, UsageRecord, has_agreed_terms,
};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_follow::next_time;
use chengji_messages::{Message, msg};
use chengji_proto::v1;
use chengji_records::{StoredUsageRecord, StoredUsageState, UsageState};
use chengji_runtime::CurrentRules;
use chengji_store::{Index, Limit, Prefix, Table, Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::caller::Caller;
use crate::delivery::receipts;
use crate::own_log::OwnLog;
use crate::requests::{departments, records};

/// Maximum number of separate periods that the recorded days of a grant fall into.
const MAX_PERIODS: usize = 256;
/// Maximum number of records of a grant that earlier versions took.
const MAX_OF_EARLIER: usize = 256;

/// Usage records, newest first.
pub(crate) static RECORDS: Table<Reverse<RequestId>, StoredUsageRecord> =
    Table::new(Prefix::UsageRecord, &[&OF_REQUEST, &OF_PROVIDER]);

/// Usage records by request, newest first.
pub(super) static OF_REQUEST: Index<(RequestId,), Reverse<RequestId>, StoredUsageRecord> =
    Index::new(
        &RECORDS,
        Prefix::UsageOf,
        "usage records by request",
        |_, record| vec![(record.usage.request,)],
    );

/// Usage records by provider, newest first.
pub(super) static OF_PROVIDER: Index<(CityCode,), Reverse<RequestId>, StoredUsageRecord> =
    Index::new(
        &RECORDS,
        Prefix::UsageOfProvider,
        "usage records by provider",
        |_, record| vec![(record.provider,)],
    );

/// The grants under which this city received data.
pub(crate) static STATES: Table<RequestId, StoredUsageState> =
    Table::new(Prefix::UsageState, &[&DUE]);

/// The place of a grant among those with periods without records: the last day of the first one.
pub(crate) type DuePlace = (Date, RequestId);

/// Grants with periods without records, over or to come, by provider and of all.
pub(crate) static DUE: Index<(Option<CityCode>, DuePlace), RequestId, StoredUsageState> =
    Index::new(
        &STATES,
        Prefix::UsageDue,
        "grants by due usage record",
        |id, state| {
            let places = state.next.map(|next| {
                let place = (next, *id);
                vec![(None, place), (Some(state.provider), place)]
            });
            places.unwrap_or_default()
        },
    );

/// Notes that data was received under a grant, whose use is to be recorded from now on.
pub(crate) fn begin(tx: &mut Tx<'_>, request: &RequestRecord) -> Result<()> {
    match STATES.contains(tx, &request.history.id)? {
        true => Ok(()),
        false => {
            let recorded = recorded(tx, request.history.id)?;
            refresh(tx, request, recorded)
        }
    }
}

/// Notes that the coordinator ordered a move in a request, which may have changed or ended its grant.
pub(crate) fn follow(tx: &mut Tx<'_>, request: &RequestRecord) -> Result<()> {
    match has_received(tx, request.history.id)? {
        true => {
            let recorded = recorded(tx, request.history.id)?;
            refresh(tx, request, recorded)
        }
        false => Ok(()),
    }
}

/// Returns true if this city has received data under a grant. Of what it received before usage records were kept, there
/// is the receipt alone.
fn has_received(view: &(impl View + ?Sized), request: RequestId) -> Result<bool> {
    Ok(STATES.contains(view, &request)? || receipts::received(view, request)?.is_some())
}

fn refresh(tx: &mut Tx<'_>, request: &RequestRecord, recorded: Vec<Period>) -> Result<()> {
    let id = request.history.id;
    let schedule = Schedule::of(&request.history);
    let first = schedule.and_then(|schedule| schedule.uncovered(&recorded).next());
    let state = UsageState {
        provider: request.history.provider(),
        next: first.map(|period| period.to),
        recorded: Some(recorded),
    };
    STATES.put(tx, &id, &state)
}

/// The recorded days of a grant, in as few periods as possible, however many records there are.
fn recorded(view: &(impl View + ?Sized), request: RequestId) -> Result<Vec<Period>> {
    let state = STATES.get(view, &request)?;
    if let Some(recorded) = state.and_then(|state| state.recorded) {
        return Ok(recorded);
    }
    let found = OF_REQUEST
        .under(&(request,))
        .page(view, Limit::rows(MAX_OF_EARLIER))?;
    let periods = found.rows.iter().map(|(_, record)| record.usage.period);
    Ok(Period::merged(periods))
}

/// Records the use of a grant's data. Errors: `NOT_FOUND` for a request that the caller does not see; `DENIED` where
/// its rights do not cover it; `NO_GRANT` where this city has received nothing under a grant; `INVALID_ARGUMENT` for
/// the texts and the period; `LIMIT_EXCEEDED` where the recorded days would fall into too many separate periods.
pub(super) fn record(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (caller, at): (&Caller, Timestamp),
    usage: Usage,
) -> Result<UsageRecord> {
    let at = next_time(tx, at)?;
    let request = records::existing(tx, usage.request)?;
    let history = &request.history;
    departments::check_visible(own, tx, (caller, at), history)?;
    let id = history.id;
    let nothing = || {
        Error::new(
            ErrorCode::NoGrant,
            msg::UsageNothingReceived { request: id },
        )
    };
    if history.consumer() != own.city || !has_received(tx, id)? {
        return Err(nothing());
    }
    let schedule = Schedule::of(history).ok_or_else(nothing)?;
    let state = history.state().map_err(|_| nothing())?;
    let terms = &state.grant().ok_or_else(nothing)?.terms;
    usage.check(has_agreed_terms(terms))?;
    check_period(schedule, usage.period, local_date(at))?;
    let known = recorded(tx, id)?;
    let days = Period::merged(known.iter().copied().chain([usage.period]));
    if days.len() > known.len().max(MAX_PERIODS) {
        let message = msg::UsagePeriodsTooMany { most: MAX_PERIODS };
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    let department = history.submission.department;
    let actor = Actor {
        department,
        ..caller.actor(Role::Consumer, department, at)?
    };
    let fact = UsageFact::Recorded {
        usage: Box::new(usage.clone()),
        actor: actor.clone(),
    };
    let fact = CityFact::Usage(Box::new(fact));
    let position = own.append(tx, &caller.principal, at, fact)?;
    let years = terms.duties.records_years.unwrap_or(LEAST_YEARS);
    let record = UsageRecord {
        number: RequestId {
            city: own.city,
            epoch: position.epoch,
            seq: position.seq,
        },
        provider: history.provider(),
        usage,
        actor,
        at,
        keep_years: years.max(LEAST_YEARS),
    };
    RECORDS.put(tx, &Reverse(record.number), &record)?;
    refresh(tx, &request, days)?;
    Ok(record)
}

/// Refuses a period that does not lie between the beginning of the grant and today.
fn check_period(schedule: Schedule, period: Period, today: Date) -> Result<()> {
    if schedule.from <= period.from && period.from <= period.to && period.to <= today {
        return Ok(());
    }
    let message: Message = msg::UsagePeriodOutOfRange {
        from: schedule.from,
        to: today,
    }
    .into();
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// The periods of a grant that are over and not recorded, with the deadline of the first; `None` without any.
pub(crate) fn missing(
    view: &(impl View + ?Sized),
    rules: &CurrentRules,
    request: &RequestRecord,
    now: Timestamp,
) -> Result<Option<v1::MissingUsage>> {
    let (history, today) = (&request.history, local_date(now));
    let recorded = recorded(view, history.id)?;
    let schedule = Schedule::of(history).into_iter();
    let mut over = schedule
        .flat_map(|schedule| schedule.uncovered(&recorded))
        .take_while(|period| period.is_over(today));
    let Some(first) = over.next() else {
        return Ok(None);
    };
    let rules = rules.of(history.consumer());
    let days = rules.days(Rule::UsageRecord, first.to);
    let deadline = rules.calendar().after(first.to, days);
    Ok(Some(v1::MissingUsage {
        request: history.id.to_string(),
        consumer: history.consumer().to_string(),
        provider: history.provider().to_string(),
        code: history.submission.resource.code.to_string(),
        from: first.from.to_string(),
        to: first.to.to_string(),
        periods: u32::try_from(over.count() + 1).unwrap_or(u32::MAX),
        deadline: deadline.date.to_string(),
        provisional: deadline.provisional,
        overdue: deadline.has_passed(now),
    }))
}
