//! Arguments of the commands about approvals of the common superior authority.

use chengji_domain::request::RequestNumber;
use chengji_proto::v1;
use clap::Args;

/// The document with the authority's decision.
#[derive(Debug, Args)]
struct Document {
    /// The authority
    #[arg(long)]
    authority: String,
    /// Number of its document
    #[arg(long)]
    document: String,
    /// Date of the document, such as 2026-11-26
    #[arg(long, value_name = "DATE")]
    on: String,
}

#[derive(Debug, Args)]
pub(super) struct Approve {
    /// Request number, in full or short, such as 430100-1-42
    id: RequestNumber,
    #[command(flatten)]
    document: Document,
}

impl From<Approve> for v1::ApproveRequest {
    fn from(approved: Approve) -> Self {
        Self {
            id: approved.id.to_string(),
            authority: approved.document.authority,
            document: approved.document.document,
            on: approved.document.on,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Decline {
    /// Request number, in full or short, such as 430100-1-42
    id: RequestNumber,
    #[command(flatten)]
    document: Document,
    /// Reason
    #[arg(long)]
    reason: String,
}

impl From<Decline> for v1::DeclineApprovalRequest {
    fn from(declined: Decline) -> Self {
        Self {
            id: declined.id.to_string(),
            authority: declined.document.authority,
            document: declined.document.document,
            on: declined.document.on,
            reason: declined.reason,
        }
    }
}
