//! Log entries: the bytes that stand in a log for ever, and what they say.

use chengji_domain::fact::{
    AccessFact, CityFact, ClusterFact, Delivery, LogEntry, LogOwner, Measurement, Member,
    QuarantinedRun,
};
use chengji_domain::roster::SignedRoster;
use chengji_domain::stop::StopAct;
use chengji_domain::{CityCode, Digest, Epoch, Error, Principal, Quoted};
use jiff::Timestamp;
use prost::Message;

use super::access::{
    access_to, certified_from, ended_from, granted_from, signed_to, standing_from, standing_to,
};
use super::catalogue::entry_to;
use super::life::{review_from, review_to};
use super::position::{epoch_from, epoch_id, opened_from, opened_to};
use super::request::{
    deadline_from, id_from, move_from, move_to, step_from, step_to, submission_from, submission_to,
};
use super::seal::{seal_from, seal_to};
use super::stop::{
    act_from, lifted, origin_from, origin_to, stop_cause_to, stop_fact_to, stop_lifted_from,
    stopped_from,
};
use super::{invalid, missing, time_from, time_to};
use crate::v1;
use crate::v1::log_entry::Fact as Wire;

/// The bytes of an entry of a city's log.
pub fn city_entry_bytes(entry: &LogEntry<CityFact>) -> Vec<u8> {
    bytes(entry, city_fact_to(&entry.fact))
}

/// The bytes of an entry of the coordinator's log.
pub fn cluster_entry_bytes(entry: &LogEntry<ClusterFact>) -> Vec<u8> {
    bytes(entry, cluster_fact_to(&entry.fact))
}

/// The entry of this city's log in these bytes. Another's log, a principal that does not belong
/// there or a fact that is not a city's to say is an error.
pub fn city_entry_from(bytes: &[u8], city: CityCode) -> Result<LogEntry<CityFact>, Error> {
    let entry = parse(bytes, LogOwner::City(city), city_fact_from)?;
    if entry.principal.city() != Some(city) {
        let why = format!("{} cannot write in the log of {city}", entry.principal);
        return Err(invalid("principal", why));
    }
    if let CityFact::Access(fact) = &entry.fact {
        let person = matches!(fact.principal(), Principal::Person { city: of, .. } if *of == city);
        if !person {
            let why = format!("{} is not one of {city}'s people", fact.principal());
            return Err(invalid("principal", why));
        }
    }
    Ok(entry)
}

/// What of an entry says when it was written; everything else is skipped.
#[derive(Clone, PartialEq, Message)]
struct Dated {
    #[prost(uint32, tag = "2")]
    epoch: u32,
    #[prost(message, optional, tag = "4")]
    at: Option<prost_types::Timestamp>,
    #[prost(bytes = "vec", tag = "6")]
    epoch_id: Vec<u8>,
}

/// Epoch and time of an entry, of whichever log.
pub fn written_at(bytes: &[u8]) -> Result<(Epoch, Timestamp), Error> {
    let dated = Dated::decode(bytes).map_err(|e| invalid("entry", e))?;
    let epoch = epoch_from(dated.epoch, &dated.epoch_id)?;
    Ok((epoch, time_from(dated.at.as_ref(), "at")?))
}

/// Whether an entry of a city's log is for its own people only: a `CityFact::Review`.
pub fn is_internal(bytes: &[u8]) -> bool {
    let fact = v1::LogEntry::decode(bytes)
        .ok()
        .and_then(|entry| entry.fact);
    matches!(
        fact,
        Some(
            Wire::EntrySubmitted(_)
                | Wire::EntryReturned(_)
                | Wire::EntryTakenBack(_)
                | Wire::WithdrawalAsked(_)
                | Wire::WithdrawalDeclined(_)
        )
    )
}

/// The entry of the coordinator's log in these bytes. A city's people are not the coordinator's to
/// speak of.
pub fn cluster_entry_from(bytes: &[u8]) -> Result<LogEntry<ClusterFact>, Error> {
    let entry = parse(bytes, LogOwner::Coordinator, cluster_fact_from)?;
    if let ClusterFact::Access(fact) = &entry.fact
        && let Principal::Person { city, .. } = fact.principal()
    {
        let why = format!("who of {city}'s people may do what is {city}'s to say");
        return Err(invalid("principal", why));
    }
    Ok(entry)
}

fn access_from(wire: Wire) -> Result<AccessFact, Error> {
    match wire {
        Wire::AccessGranted(granted) => granted_from(&granted),
        Wire::Certified(certified) => certified_from(&certified),
        Wire::AccessEnded(ended) => ended_from(ended),
        _ => Err(missing("fact")),
    }
}

fn bytes<F>(entry: &LogEntry<F>, fact: Wire) -> Vec<u8> {
    v1::LogEntry {
        log: entry.log.to_string(),
        epoch: entry.epoch.number,
        seq: entry.seq,
        at: Some(time_to(entry.at)),
        principal: entry.principal.to_string(),
        epoch_id: epoch_id(entry.epoch),
        fact: Some(fact),
    }
    .encode_to_vec()
}

fn parse<F>(
    bytes: &[u8],
    log: LogOwner,
    fact: impl FnOnce(Wire) -> Result<F, Error>,
) -> Result<LogEntry<F>, Error> {
    let wire = v1::LogEntry::decode(bytes).map_err(|e| invalid("entry", e))?;
    if wire.log != log.to_string() {
        return Err(invalid(
            "log",
            format!("it is of '{}', not of {log}", Quoted(&wire.log)),
        ));
    }
    let epoch = epoch_from(wire.epoch, &wire.epoch_id)?;
    if epoch.is_unknown() {
        return Err(invalid("epoch", "an entry is written in an epoch from 1"));
    }
    Ok(LogEntry {
        log,
        epoch,
        seq: wire.seq,
        at: time_from(wire.at.as_ref(), "at")?,
        principal: wire.principal.parse()?,
        fact: fact(wire.fact.ok_or_else(|| missing("fact"))?)?,
    })
}

fn city_fact_to(fact: &CityFact) -> Wire {
    match fact.clone() {
        CityFact::Published { entry, revision } => Wire::Published(v1::Published {
            entry: Some(entry_to(&entry)),
            revision,
        }),
        CityFact::Withdrawn { code, reason } => Wire::EntryWithdrawn(v1::EntryWithdrawn {
            code: code.to_string(),
            reason,
        }),
        CityFact::Review(fact) => review_to(&fact),
        CityFact::Mounted { code, file_name } => Wire::Mounted(v1::Mounted {
            code: code.to_string(),
            file_name,
        }),
        CityFact::Unmounted { code, reason } => Wire::Unmounted(v1::Unmounted {
            code: code.to_string(),
            reason,
        }),
        CityFact::Measured { code, measurement } => Wire::Measured(v1::Measured {
            code: code.to_string(),
            measurement: Some(measurement_to(&measurement)),
        }),
        CityFact::Requested(submission) => Wire::Requested(v1::Requested {
            submission: Some(submission_to(&submission)),
        }),
        CityFact::Moved { request, mv } => Wire::RequestMoved(v1::RequestMoved {
            request: request.to_string(),
            r#move: Some(move_to(&mv)),
        }),
        CityFact::Delivered {
            delivery,
            consumer,
            resumed_at,
        } => Wire::Delivered(v1::Delivered {
            request: delivery.request.to_string(),
            consumer: consumer.to_string(),
            code: delivery.code.to_string(),
            revision: delivery.revision,
            bytes: delivery.bytes,
            digest: delivery.digest.0.to_vec(),
            resumed_at,
        }),
        CityFact::Received { delivery, provider } => Wire::Received(v1::Received {
            request: delivery.request.to_string(),
            provider: provider.to_string(),
            code: delivery.code.to_string(),
            revision: delivery.revision,
            bytes: delivery.bytes,
            digest: delivery.digest.0.to_vec(),
        }),
        CityFact::Stop { target, act } => stop_fact_to(target, act),
        CityFact::Access(fact) => access_to(&fact),
        CityFact::EpochOpened(opened) => Wire::EpochOpened(opened_to(&opened)),
    }
}

fn city_fact_from(wire: Wire) -> Result<CityFact, Error> {
    Ok(match wire {
        Wire::Published(published) => {
            let entry = published.entry.ok_or_else(|| missing("entry"))?;
            CityFact::Published {
                entry: Box::new(entry.try_into()?),
                revision: published.revision,
            }
        }
        Wire::EntryWithdrawn(withdrawn) => CityFact::Withdrawn {
            code: withdrawn.code.parse()?,
            reason: withdrawn.reason,
        },
        wire @ (Wire::EntrySubmitted(_)
        | Wire::EntryReturned(_)
        | Wire::EntryTakenBack(_)
        | Wire::WithdrawalAsked(_)
        | Wire::WithdrawalDeclined(_)) => CityFact::Review(review_from(wire)?),
        Wire::Mounted(mounted) => CityFact::Mounted {
            code: mounted.code.parse()?,
            file_name: mounted.file_name,
        },
        Wire::Unmounted(unmounted) => CityFact::Unmounted {
            code: unmounted.code.parse()?,
            reason: unmounted.reason,
        },
        Wire::Measured(measured) => CityFact::Measured {
            code: measured.code.parse()?,
            measurement: measurement_from(measured.measurement.as_ref())?,
        },
        Wire::Requested(requested) => {
            CityFact::Requested(submission_from(requested.submission.as_ref())?)
        }
        Wire::RequestMoved(moved) => CityFact::Moved {
            request: id_from(&moved.request)?,
            mv: move_from(moved.r#move.as_ref())?,
        },
        Wire::Delivered(delivered) => CityFact::Delivered {
            delivery: Delivery {
                request: id_from(&delivered.request)?,
                code: delivered.code.parse()?,
                revision: delivered.revision,
                bytes: delivered.bytes,
                digest: Digest::from_slice(&delivered.digest)?,
            },
            consumer: delivered.consumer.parse()?,
            resumed_at: delivered.resumed_at,
        },
        Wire::Received(received) => CityFact::Received {
            delivery: Delivery {
                request: id_from(&received.request)?,
                code: received.code.parse()?,
                revision: received.revision,
                bytes: received.bytes,
                digest: Digest::from_slice(&received.digest)?,
            },
            provider: received.provider.parse()?,
        },
        Wire::Stopped(stopped) => {
            let (target, act) = stopped_from(stopped)?;
            CityFact::Stop { target, act }
        }
        Wire::StopLifted(lifted) => {
            let (target, act) = stop_lifted_from(lifted)?;
            CityFact::Stop { target, act }
        }
        wire @ (Wire::AccessGranted(_) | Wire::Certified(_) | Wire::AccessEnded(_)) => {
            CityFact::Access(access_from(wire)?)
        }
        Wire::EpochOpened(opened) => CityFact::EpochOpened(opened_from(&opened)?),
        Wire::Admitted(_)
        | Wire::StandingChanged(_)
        | Wire::Roster(_)
        | Wire::RequestOpened(_)
        | Wire::RequestOrdered(_)
        | Wire::MoveRefused(_)
        | Wire::StopNoted(_)
        | Wire::StopLiftNoted(_)
        | Wire::Reminded(_)
        | Wire::Quarantined(_)
        | Wire::Sealed(_)
        | Wire::QuarantineSummarised(_) => {
            return Err(invalid(
                "fact",
                "this is the coordinator's to say, not a city's",
            ));
        }
    })
}

fn cluster_fact_to(fact: &ClusterFact) -> Wire {
    match fact.clone() {
        ClusterFact::Admitted(member) => Wire::Admitted(v1::Admitted {
            member: Some(member_to(&member)),
        }),
        ClusterFact::Stands {
            city,
            standing,
            reason,
        } => Wire::StandingChanged(v1::StandingChanged {
            city: city.to_string(),
            standing: standing_to(standing).into(),
            reason,
        }),
        ClusterFact::Access(fact) => access_to(&fact),
        ClusterFact::Roster(signed) => signed_to(&signed),
        ClusterFact::Opened {
            request,
            submission,
            submitted_at,
            step,
        } => Wire::RequestOpened(v1::RequestOpened {
            request: request.to_string(),
            submission: Some(submission_to(&submission)),
            submitted_at: Some(time_to(submitted_at)),
            step: Some(step_to(&step)),
        }),
        ClusterFact::Ordered {
            request,
            provider,
            step,
            origin,
            arrived_at,
        } => Wire::RequestOrdered(v1::RequestOrdered {
            request: request.to_string(),
            provider: provider.to_string(),
            step: Some(v1::Step {
                arrived_at: arrived_at.map(time_to),
                ..step_to(&step)
            }),
            origin: origin.map(origin_to),
        }),
        ClusterFact::MoveRefused {
            request,
            provider,
            step,
            origin,
            reason,
        } => Wire::MoveRefused(v1::MoveRefused {
            request: request.to_string(),
            provider: provider.to_string(),
            step: Some(step_to(&step)),
            origin: Some(origin_to(origin)),
            reason,
        }),
        ClusterFact::StopNoted {
            request,
            provider,
            origin,
            at,
            act,
        } => {
            let (request, provider) = (request.to_string(), provider.to_string());
            let (origin, at) = (Some(origin_to(origin)), Some(time_to(at)));
            match act {
                StopAct::Stopped { cause, reason } => Wire::StopNoted(v1::StopNoted {
                    request,
                    provider,
                    origin,
                    at,
                    cause: stop_cause_to(cause).into(),
                    reason,
                }),
                StopAct::Lifted { reason } => Wire::StopLiftNoted(v1::StopLiftNoted {
                    request,
                    provider,
                    origin,
                    at,
                    reason,
                }),
            }
        }
        ClusterFact::Reminded {
            request,
            provider,
            deadline,
            overdue,
        } => Wire::Reminded(v1::Reminded {
            request: request.to_string(),
            provider: provider.to_string(),
            deadline: deadline.date.to_string(),
            provisional: deadline.provisional,
            overdue,
        }),
        ClusterFact::Quarantined {
            city,
            epoch,
            seq,
            reason,
        } => Wire::Quarantined(v1::Quarantined {
            city: city.to_string(),
            epoch: epoch.number,
            seq,
            reason,
            epoch_id: epoch_id(epoch),
        }),
        ClusterFact::EpochOpened(opened) => Wire::EpochOpened(opened_to(&opened)),
        ClusterFact::Sealed(seal) => Wire::Sealed(seal_to(&seal)),
        ClusterFact::QuarantineSummarised { city, run } => {
            Wire::QuarantineSummarised(v1::QuarantineSummarised {
                city: city.to_string(),
                epoch: run.epoch.number,
                epoch_id: epoch_id(run.epoch),
                from_seq: run.from_seq,
                to_seq: run.to_seq,
                count: run.count,
                reason: run.reason,
            })
        }
    }
}

fn cluster_fact_from(wire: Wire) -> Result<ClusterFact, Error> {
    Ok(match wire {
        Wire::Admitted(admitted) => ClusterFact::Admitted(member_from(admitted.member.as_ref())?),
        Wire::StandingChanged(changed) => ClusterFact::Stands {
            city: changed.city.parse()?,
            standing: standing_from(changed.standing())?,
            reason: changed.reason,
        },
        Wire::Roster(signed) => ClusterFact::Roster(SignedRoster {
            roster: signed.roster,
            signature: signed.signature,
        }),
        wire @ (Wire::AccessGranted(_) | Wire::Certified(_) | Wire::AccessEnded(_)) => {
            ClusterFact::Access(access_from(wire)?)
        }
        Wire::RequestOpened(opened) => ClusterFact::Opened {
            request: id_from(&opened.request)?,
            submission: submission_from(opened.submission.as_ref())?,
            submitted_at: time_from(opened.submitted_at.as_ref(), "submitted_at")?,
            step: step_from(opened.step.as_ref())?,
        },
        Wire::RequestOrdered(ordered) => ClusterFact::Ordered {
            request: id_from(&ordered.request)?,
            provider: ordered.provider.parse()?,
            step: step_from(ordered.step.as_ref())?,
            origin: match &ordered.origin {
                None => None,
                origin => Some(origin_from(origin.as_ref())?),
            },
            arrived_at: ordered
                .step
                .and_then(|step| step.arrived_at)
                .map(|at| time_from(Some(&at), "arrived_at"))
                .transpose()?,
        },
        Wire::MoveRefused(refused) => ClusterFact::MoveRefused {
            request: id_from(&refused.request)?,
            provider: refused.provider.parse()?,
            step: step_from(refused.step.as_ref())?,
            origin: origin_from(refused.origin.as_ref())?,
            reason: refused.reason,
        },
        Wire::StopNoted(noted) => ClusterFact::StopNoted {
            request: id_from(&noted.request)?,
            provider: noted.provider.parse()?,
            origin: origin_from(noted.origin.as_ref())?,
            at: time_from(noted.at.as_ref(), "at")?,
            act: act_from(noted.cause(), noted.reason)?,
        },
        Wire::StopLiftNoted(noted) => ClusterFact::StopNoted {
            request: id_from(&noted.request)?,
            provider: noted.provider.parse()?,
            origin: origin_from(noted.origin.as_ref())?,
            at: time_from(noted.at.as_ref(), "at")?,
            act: lifted(noted.reason)?,
        },
        Wire::Reminded(reminded) => ClusterFact::Reminded {
            request: id_from(&reminded.request)?,
            provider: reminded.provider.parse()?,
            deadline: deadline_from(&reminded.deadline, reminded.provisional)?,
            overdue: reminded.overdue,
        },
        Wire::Quarantined(quarantined) => ClusterFact::Quarantined {
            city: quarantined.city.parse()?,
            epoch: epoch_from(quarantined.epoch, &quarantined.epoch_id)?,
            seq: quarantined.seq,
            reason: quarantined.reason,
        },
        Wire::EpochOpened(opened) => ClusterFact::EpochOpened(opened_from(&opened)?),
        Wire::Sealed(sealed) => ClusterFact::Sealed(Box::new(seal_from(&sealed)?)),
        Wire::QuarantineSummarised(summarised) => ClusterFact::QuarantineSummarised {
            city: summarised.city.parse()?,
            run: QuarantinedRun {
                epoch: epoch_from(summarised.epoch, &summarised.epoch_id)?,
                from_seq: summarised.from_seq,
                to_seq: summarised.to_seq,
                count: summarised.count,
                reason: summarised.reason,
            },
        },
        Wire::Published(_)
        | Wire::EntryWithdrawn(_)
        | Wire::Mounted(_)
        | Wire::Unmounted(_)
        | Wire::Measured(_)
        | Wire::Requested(_)
        | Wire::RequestMoved(_)
        | Wire::Stopped(_)
        | Wire::StopLifted(_)
        | Wire::Delivered(_)
        | Wire::Received(_)
        | Wire::EntrySubmitted(_)
        | Wire::EntryReturned(_)
        | Wire::EntryTakenBack(_)
        | Wire::WithdrawalAsked(_)
        | Wire::WithdrawalDeclined(_) => {
            return Err(invalid(
                "fact",
                "this is a city's to say, not the coordinator's",
            ));
        }
    })
}

/// A measurement on the wire.
pub fn measurement_to(measurement: &Measurement) -> v1::Measurement {
    v1::Measurement {
        bytes: measurement.bytes,
        rows: measurement.rows,
        digest: measurement.digest.0.to_vec(),
        measured_at: Some(time_to(measurement.at)),
    }
}

/// A measurement from the wire.
pub fn measurement_from(wire: Option<&v1::Measurement>) -> Result<Measurement, Error> {
    let wire = wire.ok_or_else(|| missing("measurement"))?;
    Ok(Measurement {
        bytes: wire.bytes,
        rows: wire.rows,
        digest: Digest::from_slice(&wire.digest)?,
        at: time_from(wire.measured_at.as_ref(), "measured_at")?,
    })
}

/// A member on the wire.
pub fn member_to(member: &Member) -> v1::Member {
    v1::Member {
        city: member.city.to_string(),
        name: member.name.clone(),
        endpoint: member.endpoint.clone(),
    }
}

fn member_from(wire: Option<&v1::Member>) -> Result<Member, Error> {
    let wire = wire.ok_or_else(|| missing("member"))?;
    Ok(Member {
        city: wire.city.parse()?,
        name: wire.name.clone(),
        endpoint: wire.endpoint.clone(),
    })
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
