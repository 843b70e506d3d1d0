//! Messages of requests, parsed before a service gets them.

use std::collections::BTreeSet;

use chengji_domain::access::{Rights, Role};
use chengji_domain::fact::LogOwner;
use chengji_domain::findings::Finding;
use chengji_domain::notification::{Channel, Topics};
use chengji_domain::rate::FormulaAdoption;
use chengji_domain::request::{CloseCause, Move, Submission};
use chengji_domain::roster::MembershipStatus;
use chengji_domain::stop::{IncidentReport, StopAct, StopCause};
use chengji_domain::table::{SourceName, TableAddress};
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode};
use chengji_messages::msg;
use jiff::Timestamp;
use jiff::civil::Date;

use super::adoption::adoption_order_from;
use super::source::preview_query_from;
use super::{
    PreviewQuery, city_from, code_from, date_from, delegated_roles_from, membership_status_from,
    missing, rights_from, stop_cause_from, submission_from, subscription_order_from, time_from,
};
use crate::service::Parse;
use crate::v1;

/// A submission as its caller sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionOrder {
    /// The requested submission; not checked yet.
    pub submission: Submission,
    /// Two orders with the same key are one; empty where the caller gave none.
    pub idempotency_key: String,
    /// The number of the paper with a second person's consent; empty without one; not checked yet.
    pub paper: String,
}

/// A move that takes a second person's consent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperedOrder {
    /// The move.
    pub order: MoveOrder,
    /// The number of the paper with the consent; empty without one; not checked yet.
    pub paper: String,
}

/// A standing consent that a caller wants given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingOrder {
    /// The code of the entry.
    pub code: ResourceCode,
    /// The end.
    pub until: Timestamp,
}

/// A delegation that a caller wants recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DelegationOrder {
    /// The name of the represented person; empty for the caller.
    pub from: String,
    /// The name of the person who stands in.
    pub to: String,
    /// The roles.
    pub roles: BTreeSet<Role>,
    /// The end.
    pub until: Timestamp,
    /// The reason; not checked yet.
    pub reason: String,
}

/// A subscription that a caller wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionOrder {
    /// The way to the caller; not checked yet.
    pub channel: Channel,
    /// The topics.
    pub topics: Topics,
}

/// A move that a caller wants made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoveOrder {
    /// The number of the request, in full or short.
    pub request: String,
    /// The move; not checked yet.
    pub mv: Move,
}

/// A stop of deliveries that a caller wants made or lifted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopOrder {
    /// The number of the request, in full or short.
    pub request: String,
    /// The act; not checked yet.
    pub act: StopAct,
}

/// Whom to invite, as what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonInvitation {
    /// The name of the person; not checked yet.
    pub name: String,
    /// The rights that it gets.
    pub rights: Rights,
    /// For how many hours the invitation holds; 0 for as long as is usual.
    pub hours: u32,
}

/// A person and its new rights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsChange {
    /// The name of the person; not checked yet.
    pub name: String,
    /// The rights that it gets.
    pub rights: Rights,
}

/// The city to invite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CityInvitation {
    /// The city.
    pub city: CityCode,
    /// Its name, without space around it; not checked yet.
    pub name: String,
    /// For how many hours the invitation holds; 0 for as long as is usual.
    pub hours: u32,
}

/// A city and its new membership status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MembershipChange {
    /// The city.
    pub city: CityCode,
    /// The status that it gets.
    pub status: MembershipStatus,
    /// The reason; not checked yet.
    pub reason: String,
}

/// An entry, and something to be done with it for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryOrder {
    /// The code of the entry.
    pub code: ResourceCode,
    /// The reason; not checked yet.
    pub reason: String,
}

/// A change that an entry has to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeOrder {
    /// The code of the entry.
    pub code: ResourceCode,
    /// The day of the change; not checked yet.
    pub on: Date,
}

/// A source to be mounted to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountOrder {
    /// The code of the entry.
    pub code: ResourceCode,
    /// The source.
    pub source: SourceToMount,
}

/// A file or a table to be mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceToMount {
    /// The path of a file on the node; not checked yet.
    File(String),
    /// A table of a declared source.
    Table(TableAddress),
}

/// A revision of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionQuery {
    /// The code of the entry.
    pub code: ResourceCode,
    /// The number of the revision; `None` for the one that is published.
    pub revision: Option<u32>,
}

/// A log to be accepted as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcceptOrder {
    /// Whose log it is.
    pub log: LogOwner,
    /// The reason; not checked yet.
    pub reason: String,
}

/// Implements [`Parse`] for messages.
macro_rules! parse {
    ($($message:ident => $parsed:ty, $wire:ident $body:block)*) => {
        $(impl Parse for v1::$message {
            type Parsed = $parsed;

            fn parse(self) -> Result<$parsed, Error> {
                let $wire = self;
                $body
            }
        })*
    };
}

parse! {
    AdoptFormulaRequest => FormulaAdoption, wire { adoption_order_from(&wire) }
    SubmitRequest => SubmissionOrder, wire {
        Ok(SubmissionOrder {
            submission: submission_from(wire.submission.as_ref())?,
            idempotency_key: wire.idempotency_key,
            paper: wire.paper,
        })
    }
    AskSupplementRequest => MoveOrder, wire {
        let missing = wire.missing;
        Ok(MoveOrder { request: wire.id, mv: Move::AskSupplement { missing } })
    }
    SupplementRequest => MoveOrder, wire {
        let text = wire.text;
        Ok(MoveOrder { request: wire.id, mv: Move::Supplement { text } })
    }
    RefuseRequest => PaperedOrder, wire {
        let (reason, legal_basis) = (wire.reason, wire.legal_basis);
        let order = MoveOrder { request: wire.id, mv: Move::Refuse { reason, legal_basis } };
        Ok(PaperedOrder { order, paper: wire.paper })
    }
    GiveStandingRequest => StandingOrder, wire {
        Ok(StandingOrder {
            code: code_from(&wire.code)?,
            until: time_from(wire.until.as_ref(), "until")?,
        })
    }
    EndStandingRequest => EntryOrder, wire {
        Ok(EntryOrder { code: code_from(&wire.code)?, reason: wire.reason })
    }
    DelegateRequest => DelegationOrder, wire {
        Ok(DelegationOrder {
            roles: delegated_roles_from(&wire.roles)?.into_iter().collect(),
            until: time_from(wire.until.as_ref(), "until")?,
            from: wire.from,
            to: wire.to,
            reason: wire.reason,
        })
    }
    SubscribeRequest => SubscriptionOrder, wire {
        let (channel, topics) = subscription_order_from(&wire)?;
        Ok(SubscriptionOrder { channel, topics })
    }
    WithdrawRequestRequest => MoveOrder, wire {
        let reason = wire.reason;
        Ok(MoveOrder { request: wire.id, mv: Move::Withdraw { reason } })
    }
    DisputeRequest => MoveOrder, wire {
        let (reason, negotiation) = (wire.reason, wire.negotiation);
        Ok(MoveOrder { request: wire.id, mv: Move::Dispute { reason, negotiation } })
    }
    CloseRequest => MoveOrder, wire {
        let cause = close_cause_from(wire.cause())?;
        let (statement, evidence) = (wire.statement, wire.evidence);
        Ok(MoveOrder { request: wire.id, mv: Move::Close { cause, statement, evidence } })
    }
    MediateRequest => MoveOrder, wire {
        let (agreement, document) = (wire.agreement, wire.document);
        Ok(MoveOrder { request: wire.id, mv: Move::Mediate { agreement, document } })
    }
    ReferRequest => MoveOrder, wire {
        let (authority, reason, document) = (wire.authority, wire.reason, wire.document);
        Ok(MoveOrder { request: wire.id, mv: Move::Refer { authority, reason, document } })
    }
    EnterFindingRequest => Finding, wire {
        Ok(Finding {
            city: city_from(&wire.city)?,
            article: wire.article,
            text: wire.text,
            document: wire.document,
        })
    }
    StopRequest => StopOrder, wire {
        let cause = persons_cause_from(wire.cause())?;
        let report = report_from(cause, &wire)?;
        let reason = wire.reason;
        Ok(StopOrder { request: wire.id, act: StopAct::Stopped { cause, reason, report } })
    }
    LiftStopRequest => StopOrder, wire {
        let reason = wire.reason;
        Ok(StopOrder { request: wire.id, act: StopAct::Lifted { reason } })
    }
    InvitePersonRequest => PersonInvitation, wire {
        let rights = rights_from(&wire.roles, &wire.department)?;
        Ok(PersonInvitation { name: wire.name, rights, hours: wire.hours })
    }
    ChangePersonRequest => RightsChange, wire {
        let rights = rights_from(&wire.roles, &wire.department)?;
        Ok(RightsChange { name: wire.name, rights })
    }
    InviteMemberRequest => CityInvitation, wire {
        Ok(CityInvitation {
            city: city_from(&wire.city)?,
            name: wire.name.trim().to_owned(),
            hours: wire.hours,
        })
    }
    ChangeMemberRequest => MembershipChange, wire {
        Ok(MembershipChange {
            city: city_from(&wire.city)?,
            status: membership_status_from(wire.status())?,
            reason: wire.reason,
        })
    }
    AcceptLogRequest => AcceptOrder, wire {
        Ok(AcceptOrder { log: wire.log.parse()?, reason: wire.reason })
    }
    ShowEntryRequest => RevisionQuery, wire {
        let revision = (wire.revision != 0).then_some(wire.revision);
        Ok(RevisionQuery { code: code_from(&wire.code)?, revision })
    }
    MeasureRequest => ResourceCode, wire { code_from(&wire.code) }
    MountRequest => MountOrder, wire {
        let code = code_from(&wire.code)?;
        Ok(MountOrder { code, source: source_to_mount_from(wire.path, &wire.table)? })
    }
    UnmountRequest => EntryOrder, wire {
        Ok(EntryOrder { code: code_from(&wire.code)?, reason: wire.reason })
    }
    StopDeliveriesRequest => EntryOrder, wire {
        Ok(EntryOrder { code: code_from(&wire.code)?, reason: wire.reason })
    }
    NoteChangeRequest => ChangeOrder, wire {
        Ok(ChangeOrder { code: code_from(&wire.code)?, on: date_from(&wire.on, "on")? })
    }
    ResumeDeliveriesRequest => EntryOrder, wire {
        Ok(EntryOrder { code: code_from(&wire.code)?, reason: wire.reason })
    }
    CheckSourceRequest => SourceName, wire { wire.name.parse() }
    DescribeTableRequest => TableAddress, wire { wire.table.parse() }
    PreviewTableRequest => PreviewQuery, wire { preview_query_from(&wire) }
}

/// The file or the table, of which one alone is named. A path is checked where the file is.
fn source_to_mount_from(path: String, table: &str) -> Result<SourceToMount, Error> {
    match (path.as_str(), table) {
        (_, "") => Ok(SourceToMount::File(path)),
        ("", table) => Ok(SourceToMount::Table(table.parse()?)),
        _ => Err(Error::new(
            ErrorCode::InvalidArgument,
            msg::MountFileAndTable,
        )),
    }
}

/// The cause that a person may stop deliveries for.
fn persons_cause_from(cause: v1::StopCause) -> Result<StopCause, Error> {
    match stop_cause_from(cause) {
        Some(cause @ (StopCause::Incident | StopCause::Suspended)) => Ok(cause),
        Some(StopCause::Revoked | StopCause::Restored) | None => Err(Error::new(
            ErrorCode::InvalidArgument,
            msg::StopCauseNotForPeople,
        )),
    }
}

/// The cause for which a caller closes a grant, which has to be said.
fn close_cause_from(cause: v1::CloseCause) -> Result<CloseCause, Error> {
    Ok(match cause {
        v1::CloseCause::Unspecified => return Err(missing("cause")),
        v1::CloseCause::PurposeMet => CloseCause::PurposeMet,
        v1::CloseCause::Impossible => CloseCause::Impossible,
        v1::CloseCause::NotNeeded => CloseCause::NotNeeded,
    })
}

/// The report of an incident. Errors: `INVALID_ARGUMENT` for a report of no incident.
fn report_from(cause: StopCause, wire: &v1::StopRequest) -> Result<Option<IncidentReport>, Error> {
    let is_given = !wire.reported_to.is_empty() || wire.reported_at.is_some();
    match (cause, is_given) {
        (StopCause::Incident, _) => Ok(Some(IncidentReport {
            to: wire.reported_to.clone(),
            at: time_from(wire.reported_at.as_ref(), "reported_at")?,
        })),
        (_, false) => Ok(None),
        (_, true) => Err(Error::new(
            ErrorCode::InvalidArgument,
            msg::ReportWithoutIncident,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_stops_deliveries_for_a_reported_incident_or_for_a_while() {
        let reported_at = Some(prost_types::Timestamp::default());
        let order = |cause: v1::StopCause, reported_to: &str, reported_at| {
            let wire = v1::StopRequest {
                id: "430100-1-2".to_owned(),
                cause: cause.into(),
                reason: "疑似泄露".to_owned(),
                reported_to: reported_to.to_owned(),
                reported_at,
            };
            wire.parse().map_err(|error| error.code())
        };
        let stopped = |cause, report| StopOrder {
            request: "430100-1-2".to_owned(),
            act: StopAct::Stopped {
                cause,
                reason: "疑似泄露".to_owned(),
                report,
            },
        };
        let report = Some(IncidentReport {
            to: "市委网信办".to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
        });
        assert_eq!(
            order(v1::StopCause::Incident, "市委网信办", reported_at),
            Ok(stopped(StopCause::Incident, report))
        );
        assert_eq!(
            order(v1::StopCause::Suspended, "", None),
            Ok(stopped(StopCause::Suspended, None))
        );
        for (cause, to, at) in [
            (v1::StopCause::Incident, "市委网信办", None),
            (v1::StopCause::Suspended, "市委网信办", None),
            (v1::StopCause::Suspended, "", reported_at),
            (v1::StopCause::Revoked, "", None),
            (v1::StopCause::Restored, "", None),
            (v1::StopCause::Unspecified, "", None),
        ] {
            assert_eq!(order(cause, to, at), Err(ErrorCode::InvalidArgument));
        }
    }

    #[test]
    fn revision_0_is_the_published_one() {
        let asked = |revision| {
            let wire = v1::ShowEntryRequest {
                code: "206001/000001".to_owned(),
                revision,
            };
            wire.parse().unwrap().revision
        };
        assert_eq!((asked(0), asked(3)), (None, Some(3)));
    }
}
