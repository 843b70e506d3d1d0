//! Approvals of the common superior authority, as operators record them.

use chengji_domain::Error;
use chengji_domain::request::Approval;

use super::date_from;
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

fn approval(authority: String, document: String, on: &str) -> Result<Approval, Error> {
    let on = date_from(on, "on")?;
    Ok(Approval {
        authority,
        document,
        on,
    })
}
