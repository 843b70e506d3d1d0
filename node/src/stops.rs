//! Stops of deliveries: the city's own acts as provider. They are folded from its own log alone, so that
//! nothing in another log, or missing there, resumes deliveries.

use chengji_domain::fact::{CityFact, Origin};
use chengji_domain::request::{Actor, RequestHistory};
use chengji_domain::stop::{RecordedAct, StopAct, StopCause, StopTarget, Stops};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::next_time;
use chengji_messages::{Message, Value, msg};
use chengji_records::StoredStops;
use chengji_store::{Prefix, Table, Tx, View};
use jiff::Timestamp;

use crate::own_log::OwnLog;

/// The city's acts on deliveries, by target.
static STOPS: Table<StopTarget, StoredStops> = Table::new(Prefix::Stop, &[]);

/// The city's acts on deliveries of this target.
pub(crate) fn of(view: &(impl View + ?Sized), target: &StopTarget) -> Result<Stops> {
    // A target without a record had no acts.
    STOPS.get(view, target).map(Option::unwrap_or_default)
}

/// Stops or resumes deliveries: appends the act to the city's log and stores it.
pub(crate) fn act(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    (actor, at): (Actor, Timestamp),
    target: StopTarget,
    act: StopAct,
) -> Result<RecordedAct> {
    act.check()?;
    let at = next_time(tx, at)?;
    let mut stops = of(tx, &target)?;
    let fact = CityFact::Stop {
        target: target.clone(),
        act: act.clone(),
        actor: actor.clone(),
    };
    let position = own.append(tx, &actor.principal, at, fact)?;
    let recorded = RecordedAct {
        origin: Origin {
            epoch: position.epoch,
            seq: position.seq,
        },
        at,
        actor,
        act,
        noted: false,
        due: None,
    };
    stops.take(recorded.clone());
    STOPS.put(tx, &target, &stops)?;
    Ok(recorded)
}

/// Refuses an act without effect: a stop for a cause already in effect, or lifting where there is none.
pub(crate) fn check_act(stops: &Stops, target: &StopTarget, act: &StopAct) -> Result<()> {
    let target = Value::text(target);
    let message: Message = match (act, stops.in_force()) {
        (StopAct::Stopped { cause, .. }, Some((_, in_force))) if *cause == in_force => {
            let cause = cause.label();
            msg::DeliveriesStoppedAlready { target, cause }.into()
        }
        (StopAct::Lifted { .. }, None) => msg::DeliveriesNotStopped { target }.into(),
        _ => return Ok(()),
    };
    Err(Error::new(ErrorCode::OutOfTurn, message))
}

/// Fails where the city has stopped deliveries of the request or of its entry.
pub(crate) fn check(view: &(impl View + ?Sized), history: &RequestHistory) -> Result<()> {
    let entry = StopTarget::Entry(history.submission.resource.code.clone());
    for target in [StopTarget::Request(history.id), entry] {
        if let Some((stop, cause)) = of(view, &target)?.in_force() {
            return Err(stopped(&target, cause, stop.act.reason()));
        }
    }
    Ok(())
}

/// The refusal of a delivery that is stopped.
pub(crate) fn stopped(target: &StopTarget, cause: StopCause, reason: &str) -> Error {
    let grant: Message = match target {
        StopTarget::Request(request) => msg::GrantOfRequest { request }.into(),
        StopTarget::Entry(entry) => msg::GrantsOfEntry { entry }.into(),
    };
    match cause {
        StopCause::Revoked => {
            let message = msg::DeliveryRevoked { grant, reason };
            Error::new(ErrorCode::GrantRevoked, message)
        }
        StopCause::Suspended => {
            let message = msg::DeliverySuspended { grant, reason };
            Error::new(ErrorCode::GrantSuspended, message)
        }
        StopCause::Incident => {
            let message = msg::DeliveryStoppedForIncident { grant, reason };
            Error::new(ErrorCode::GrantSuspended, message)
        }
        // Its reason was given by the provider's node, not by a person.
        StopCause::Restored => {
            let message = msg::DeliveryAwaitsProvider { grant };
            Error::new(ErrorCode::GrantSuspended, message)
        }
    }
}
