//! The arguments of moves in a dispute, which both parties make.

use chengji_proto::v1;
use clap::Args;

use super::provider::NewGrantArgs;
use super::{MoveTarget, PaperArgs};

/// Arguments of `request dispute`.
#[derive(Args, Debug)]
pub struct DisputeArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    /// Record of the negotiation before: when, between whom, with what result
    #[arg(long, default_value = "")]
    negotiation: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<DisputeArgs> for v1::DisputeRequest {
    fn from(arguments: DisputeArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
            negotiation: arguments.negotiation,
        }
    }
}

/// Arguments of `request propose-settlement`.
#[derive(Args, Debug)]
pub struct ProposeSettlementArgs {
    /// Proposal in words
    #[arg(long)]
    text: String,
    #[command(flatten)]
    grant: NewGrantArgs,
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<ProposeSettlementArgs> for v1::ProposeSettlementRequest {
    fn from(arguments: ProposeSettlementArgs) -> Self {
        Self {
            id: arguments.target.id,
            text: arguments.text,
            grant: arguments.grant.given(),
            paper: arguments.paper.paper,
        }
    }
}

/// Arguments of `request withdraw-dispute`.
#[derive(Args, Debug)]
pub struct WithdrawDisputeArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<WithdrawDisputeArgs> for v1::WithdrawDisputeRequest {
    fn from(arguments: WithdrawDisputeArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
        }
    }
}

/// Arguments of `request accept-settlement`.
#[derive(Args, Debug)]
pub struct AcceptSettlementArgs {
    /// Acceptance in words
    #[arg(long)]
    text: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<AcceptSettlementArgs> for v1::AcceptSettlementRequest {
    fn from(arguments: AcceptSettlementArgs) -> Self {
        Self {
            id: arguments.target.id,
            text: arguments.text,
        }
    }
}
