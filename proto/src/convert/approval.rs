//! Approvals of the common superior authority, as operators record them, and requests that wait for one.

use chengji_domain::fact::ClusterFact;
use chengji_domain::request::{Approval, AwaitedApproval, RequestId};
use chengji_domain::{CityCode, Error};

use super::deadline::{deadline_from, deadline_to};
use super::request::id_from;
use super::{date_from, time_from, time_to};
use crate::service::Parse;
use crate::v1;

/// An approval that a caller wants recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalOrder {
    /// The number of the request, in full or short.
    pub request: String,
    /// The approval; not checked yet.
    pub approval: Approval,
}

/// A denial of an approval that a caller wants recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenialOrder {
    /// The number of the request, in full or short.
    pub request: String,
    /// The authority and its document; not checked yet.
    pub denial: Approval,
    /// The reason; not checked yet.
    pub reason: String,
}

impl Parse for v1::ApproveRequest {
    type Parsed = ApprovalOrder;

    fn parse(self) -> Result<ApprovalOrder, Error> {
        Ok(ApprovalOrder {
            request: self.id,
            approval: approval(self.authority, self.document, &self.on)?,
        })
    }
}

impl Parse for v1::DeclineApprovalRequest {
    type Parsed = DenialOrder;

    fn parse(self) -> Result<DenialOrder, Error> {
        Ok(DenialOrder {
            request: self.id,
            denial: approval(self.authority, self.document, &self.on)?,
            reason: self.reason,
        })
    }
}

/// Converts a wait to the wire.
pub(super) fn awaited_to(awaited: AwaitedApproval) -> v1::AwaitedApproval {
    let (deadline, provisional) = deadline_to(awaited.deadline);
    v1::AwaitedApproval {
        since: Some(time_to(awaited.since)),
        revision: awaited.revision,
        deadline,
        provisional,
    }
}

/// Converts the fact that a request waits.
pub(super) fn approval_awaited_to(
    (request, provider): (RequestId, CityCode),
    awaited: AwaitedApproval,
) -> chengji_log::v1::ApprovalAwaited {
    let (deadline, provisional) = deadline_to(awaited.deadline);
    chengji_log::v1::ApprovalAwaited {
        request: request.to_string(),
        provider: provider.to_string(),
        since: Some(time_to(awaited.since)),
        revision: awaited.revision,
        deadline,
        provisional,
    }
}

pub(super) fn approval_awaited_from(
    wire: &chengji_log::v1::ApprovalAwaited,
) -> Result<ClusterFact, Error> {
    Ok(ClusterFact::ApprovalAwaited {
        request: id_from(&wire.request)?,
        provider: wire.provider.parse()?,
        awaited: AwaitedApproval {
            since: time_from(wire.since.as_ref(), "since")?,
            revision: wire.revision,
            deadline: deadline_from(&wire.deadline, wire.provisional)?,
        },
    })
}

fn approval(authority: String, document: String, on: &str) -> Result<Approval, Error> {
    let on = date_from(on, "on")?;
    Ok(Approval {
        authority,
        document,
        on,
    })
}
