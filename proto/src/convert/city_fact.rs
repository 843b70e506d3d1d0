//! Facts of a city's log.

use chengji_domain::fact::{CityFact, Delivery};
use chengji_domain::{CityCode, Digest, Error};
use chengji_messages::msg;

use super::access::{access_from, access_to};
use super::actor::{actor_from, actor_to};
use super::catalogue::{entry_to, logged_entry_from};
use super::consent::{consent_from, consent_to, delegation_fact_from, delegation_fact_to};
use super::grant_rule::{grant_rule_fact_from, grant_rule_fact_to};
use super::lifecycle::{review_from, review_to};
use super::matter::{matter_fact_from, matter_fact_to};
use super::measurement::{measurement_from, measurement_to};
use super::moves::{move_from, move_to};
use super::notification::{subscription_fact_from, subscription_fact_to};
use super::position::{opened_from, opened_to};
use super::probe::{probe_fact_from, probe_made_to};
use super::request::{id_from, submission_from, submission_to};
use super::return_flow::{return_flow_fact_from, return_flow_fact_to};
use super::stop::{stop_fact_to, stop_lifted_from, stopped_from};
use super::succession::{succession_end_from, succession_end_to, succession_from, succession_to};
use super::usage::{usage_fact_from, usage_fact_to};
use super::{invalid, missing};
use crate::v1;
use crate::v1::body::Fact as Wire;

pub(super) fn city_fact_to(fact: &CityFact) -> Wire {
    match fact {
        CityFact::Published { entry, revision } => Wire::Published(v1::Published {
            entry: Some(entry_to(entry)),
            revision: *revision,
        }),
        CityFact::Withdrawn { code, reason } => Wire::EntryWithdrawn(v1::EntryWithdrawn {
            code: code.to_string(),
            reason: reason.clone(),
        }),
        CityFact::Review(fact) => review_to(fact),
        CityFact::Mounted {
            code,
            file_name,
            is_table,
        } => Wire::Mounted(v1::Mounted {
            code: code.to_string(),
            file_name: file_name.clone(),
            is_table: *is_table,
        }),
        CityFact::Unmounted { code, reason } => Wire::Unmounted(v1::Unmounted {
            code: code.to_string(),
            reason: reason.clone(),
        }),
        CityFact::Measured { code, measurement } => Wire::Measured(v1::Measured {
            code: code.to_string(),
            measurement: Some(measurement_to(measurement)),
        }),
        CityFact::Requested { submission, actor } => Wire::Requested(v1::Requested {
            submission: Some(submission_to(submission)),
            actor: Some(actor_to(actor)),
        }),
        CityFact::Moved { request, mv, actor } => Wire::RequestMoved(v1::RequestMoved {
            request: request.to_string(),
            r#move: Some(move_to(mv)),
            actor: Some(actor_to(actor)),
        }),
        CityFact::Delivered {
            delivery,
            consumer,
            resumed_at,
        } => Wire::Delivered(delivered_to(delivery, *consumer, *resumed_at)),
        CityFact::Received { delivery, provider } => Wire::Received(v1::Received {
            request: delivery.request.to_string(),
            provider: provider.to_string(),
            code: delivery.code.to_string(),
            revision: delivery.revision,
            bytes: delivery.bytes,
            digest: delivery.digest.0.to_vec(),
            signature: Vec::new(),
            rows: delivery.rows,
        }),
        CityFact::Stop { target, act, actor } => stop_fact_to(target.clone(), act.clone(), actor),
        CityFact::Access(fact) => access_to(fact),
        CityFact::Consent(fact) => consent_to(fact),
        CityFact::Delegation(fact) => delegation_fact_to(fact),
        CityFact::Usage(fact) => usage_fact_to(fact),
        CityFact::GrantRule(fact) => grant_rule_fact_to(fact),
        CityFact::Notification(fact) => subscription_fact_to(fact),
        CityFact::Matter(fact) => matter_fact_to(fact),
        CityFact::ReturnFlow(fact) => Wire::ReturnFlowChanged(return_flow_fact_to(fact)),
        CityFact::ProbeMade(made) => Wire::ProbeMade(probe_made_to(made)),
        CityFact::DepartmentSucceeded(succession) => {
            Wire::DepartmentSucceeded(succession_to(succession))
        }
        CityFact::DepartmentSuccessionEnded(end) => {
            Wire::DepartmentSuccessionEnded(succession_end_to(end))
        }
        CityFact::EpochOpened(opened) => Wire::EpochOpened(opened_to(opened)),
    }
}

pub(super) fn city_fact_from(wire: Wire) -> Result<CityFact, Error> {
    Ok(match wire {
        Wire::Published(published) => published_from(published)?,
        Wire::EntryWithdrawn(withdrawn) => withdrawn_from(withdrawn)?,
        wire @ (Wire::EntrySubmitted(_)
        | Wire::EntryReturned(_)
        | Wire::EntryTakenBack(_)
        | Wire::WithdrawalAsked(_)
        | Wire::WithdrawalDeclined(_)
        | Wire::CatalogueChangeNoted(_)
        | Wire::CatalogueUpdateExtended(_)
        | Wire::CatalogueUpdatedLate(_)
        | Wire::CatalogueReminded(_)) => CityFact::Review(review_from(wire)?),
        wire @ (Wire::Mounted(_) | Wire::Unmounted(_) | Wire::Measured(_)) => mount_from(wire)?,
        Wire::Requested(requested) => requested_from(&requested)?,
        Wire::RequestMoved(moved) => moved_from(&moved)?,
        Wire::Delivered(delivered) => delivered_from(delivered)?,
        Wire::Received(received) => received_from(received)?,
        wire @ (Wire::Stopped(_) | Wire::StopLifted(_)) => stop_from(wire)?,
        wire @ (Wire::AccessGranted(_)
        | Wire::Certified(_)
        | Wire::AccessEnded(_)
        | Wire::CertificatesRevoked(_)) => CityFact::Access(access_from(wire)?),
        wire @ (Wire::Proposed(_)
        | Wire::ProposalEnded(_)
        | Wire::StandingConsent(_)
        | Wire::StandingConsentEnded(_)) => CityFact::Consent(Box::new(consent_from(wire)?)),
        wire @ (Wire::Delegated(_) | Wire::DelegationEnded(_)) => {
            CityFact::Delegation(delegation_fact_from(wire)?)
        }
        wire @ (Wire::UsageRecorded(_) | Wire::UseVouched(_) | Wire::UsageReminded(_)) => {
            CityFact::Usage(Box::new(usage_fact_from(wire)?))
        }
        wire @ (Wire::GrantRuleSet(_) | Wire::GrantRuleEnded(_) | Wire::DefaultScopeChanged(_)) => {
            CityFact::GrantRule(Box::new(grant_rule_fact_from(wire)?))
        }
        wire @ (Wire::Subscribed(_) | Wire::SubscriptionEnded(_)) => {
            CityFact::Notification(subscription_fact_from(wire)?)
        }
        wire @ (Wire::MatterFiled(_) | Wire::MatterMoved(_) | Wire::RowsAttached(_)) => {
            matter_fact_from(wire)?
        }
        Wire::ReturnFlowChanged(changed) => return_flow_from(&changed)?,
        Wire::ProbeMade(made) => probe_fact_from(&made)?,
        wire @ (Wire::DepartmentSucceeded(_) | Wire::DepartmentSuccessionEnded(_)) => {
            department_from(wire)?
        }
        Wire::EpochOpened(opened) => CityFact::EpochOpened(opened_from(&opened)?),
        Wire::Admitted(_)
        | Wire::MembershipStatusChanged(_)
        | Wire::RosterSigned(_)
        | Wire::LogKeyed(_)
        | Wire::RequestOpened(_)
        | Wire::ApprovalAwaited(_)
        | Wire::RequestOrdered(_)
        | Wire::MoveRefused(_)
        | Wire::StopNoted(_)
        | Wire::StopLiftNoted(_)
        | Wire::Reminded(_)
        | Wire::Quarantined(_)
        | Wire::Sealed(_)
        | Wire::QuarantineSummarised(_)
        | Wire::FindingEntered(_)
        | Wire::MatterOpened(_)
        | Wire::MatterOrdered(_)
        | Wire::MatterMoveRefused(_)
        | Wire::MatterReminded(_)
        | Wire::CorrectionTold(_)
        | Wire::DeadlineRulesSet(_)
        | Wire::HolidayNoticeSet(_)
        | Wire::ReturnFlowNoted(_)
        | Wire::FormulaAdopted(_)
        | Wire::ProbeOrdered(_)
        | Wire::ProbeNoted(_) => {
            return Err(invalid("fact", msg::WireOfCoordinator));
        }
    })
}

fn withdrawn_from(withdrawn: v1::EntryWithdrawn) -> Result<CityFact, Error> {
    Ok(CityFact::Withdrawn {
        code: withdrawn.code.parse()?,
        reason: withdrawn.reason,
    })
}

fn requested_from(requested: &v1::Requested) -> Result<CityFact, Error> {
    Ok(CityFact::Requested {
        submission: submission_from(requested.submission.as_ref())?,
        actor: actor_from(requested.actor.as_ref())?,
    })
}

/// Converts a fact about the city's departments.
fn department_from(wire: Wire) -> Result<CityFact, Error> {
    Ok(match wire {
        Wire::DepartmentSucceeded(succeeded) => {
            CityFact::DepartmentSucceeded(succession_from(&succeeded)?)
        }
        Wire::DepartmentSuccessionEnded(ended) => {
            CityFact::DepartmentSuccessionEnded(succession_end_from(&ended)?)
        }
        _ => return Err(missing("fact")),
    })
}

fn return_flow_from(changed: &v1::ReturnFlowChanged) -> Result<CityFact, Error> {
    let fact = return_flow_fact_from(changed)?;
    Ok(CityFact::ReturnFlow(Box::new(fact)))
}

/// Converts a fact about the source of an entry.
fn mount_from(wire: Wire) -> Result<CityFact, Error> {
    Ok(match wire {
        Wire::Mounted(mounted) => CityFact::Mounted {
            code: mounted.code.parse()?,
            file_name: mounted.file_name,
            is_table: mounted.is_table,
        },
        Wire::Unmounted(unmounted) => CityFact::Unmounted {
            code: unmounted.code.parse()?,
            reason: unmounted.reason,
        },
        Wire::Measured(measured) => CityFact::Measured {
            code: measured.code.parse()?,
            measurement: measurement_from(measured.measurement.as_ref())?,
        },
        _ => return Err(missing("fact")),
    })
}

/// Converts a stop of deliveries, or the end of one.
fn stop_from(wire: Wire) -> Result<CityFact, Error> {
    Ok(match wire {
        Wire::Stopped(stopped) => {
            let actor = actor_from(stopped.actor.as_ref())?;
            let (target, act) = stopped_from(stopped)?;
            CityFact::Stop { target, act, actor }
        }
        Wire::StopLifted(lifted) => {
            let actor = actor_from(lifted.actor.as_ref())?;
            let (target, act) = stop_lifted_from(lifted)?;
            CityFact::Stop { target, act, actor }
        }
        _ => return Err(missing("fact")),
    })
}

fn moved_from(moved: &v1::RequestMoved) -> Result<CityFact, Error> {
    Ok(CityFact::Moved {
        request: id_from(&moved.request)?,
        mv: move_from(moved.r#move.as_ref())?,
        actor: actor_from(moved.actor.as_ref())?,
    })
}

fn delivered_to(delivery: &Delivery, consumer: CityCode, resumed_at: u64) -> v1::Delivered {
    v1::Delivered {
        request: delivery.request.to_string(),
        consumer: consumer.to_string(),
        code: delivery.code.to_string(),
        revision: delivery.revision,
        bytes: delivery.bytes,
        digest: delivery.digest.0.to_vec(),
        resumed_at,
        signature: Vec::new(),
        rows: delivery.rows,
    }
}

fn delivered_from(delivered: v1::Delivered) -> Result<CityFact, Error> {
    Ok(CityFact::Delivered {
        consumer: delivered.consumer.parse()?,
        resumed_at: delivered.resumed_at,
        delivery: delivery_from(v1::Received {
            request: delivered.request,
            provider: String::new(),
            code: delivered.code,
            revision: delivered.revision,
            bytes: delivered.bytes,
            digest: delivered.digest,
            signature: delivered.signature,
            rows: delivered.rows,
        })?,
    })
}

fn received_from(received: v1::Received) -> Result<CityFact, Error> {
    Ok(CityFact::Received {
        provider: received.provider.parse()?,
        delivery: delivery_from(received)?,
    })
}

/// Converts a delivery; `Delivered` has the same fields.
fn delivery_from(received: v1::Received) -> Result<Delivery, Error> {
    Ok(Delivery {
        request: id_from(&received.request)?,
        code: received.code.parse()?,
        revision: received.revision,
        bytes: received.bytes,
        digest: Digest::from_slice(&received.digest)?,
        rows: received.rows,
    })
}

fn published_from(published: v1::Published) -> Result<CityFact, Error> {
    let entry = published.entry.ok_or_else(|| missing("entry"))?;
    Ok(CityFact::Published {
        entry: Box::new(logged_entry_from(entry)?),
        revision: published.revision,
    })
}
