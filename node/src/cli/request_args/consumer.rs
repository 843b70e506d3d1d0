//! The arguments of the consumer's moves.

use chengji_client::arguments::within;
use chengji_proto::v1;
use clap::{Args, ValueEnum};

use super::MoveTarget;

/// Arguments of `request supplement`.
#[derive(Args, Debug)]
pub struct SupplementArgs {
    /// Supplement
    #[arg(long)]
    text: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<SupplementArgs> for v1::SupplementRequest {
    fn from(arguments: SupplementArgs) -> Self {
        Self {
            id: arguments.target.id,
            text: arguments.text,
        }
    }
}

/// Arguments of `request withdraw`.
#[derive(Args, Debug)]
pub struct WithdrawArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<WithdrawArgs> for v1::WithdrawRequestRequest {
    fn from(arguments: WithdrawArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
        }
    }
}

/// Arguments of `request ask-amendment`.
#[derive(Args, Debug)]
pub struct AskAmendmentArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    /// Scope that is asked for; unchanged unless given
    #[arg(long, default_value = "")]
    scope: String,
    /// Purpose that is asked for; unchanged unless given
    #[arg(long, default_value = "")]
    purpose: String,
    /// Further days of use, 1 to 1830; the end is unchanged unless given
    #[arg(long, value_parser = within::<u32>(1..=1830))]
    days: Option<u32>,
    /// Third party to which the data is to be passed on
    #[arg(long, default_value = "")]
    third_party: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<AskAmendmentArgs> for v1::AskAmendmentRequest {
    fn from(arguments: AskAmendmentArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
            scope: arguments.scope,
            purpose: arguments.purpose,
            period_days: arguments.days.unwrap_or_default(),
            third_party: arguments.third_party,
        }
    }
}

/// Arguments of `request report-mended`.
#[derive(Args, Debug)]
pub struct ReportMendedArgs {
    /// What was mended, and how
    #[arg(long)]
    statement: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<ReportMendedArgs> for v1::ReportMendedRequest {
    fn from(arguments: ReportMendedArgs) -> Self {
        Self {
            id: arguments.target.id,
            statement: arguments.statement,
        }
    }
}

/// Arguments of `request answer-consultation`.
#[derive(Args, Debug)]
pub struct AnswerConsultationArgs {
    /// Agree to what was consulted
    #[arg(
        long,
        required_unless_present = "disagree",
        conflicts_with = "disagree"
    )]
    agree: bool,
    /// Disagree with what was consulted
    #[arg(long)]
    disagree: bool,
    /// Answer in words
    #[arg(long)]
    text: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<AnswerConsultationArgs> for v1::AnswerConsultationRequest {
    fn from(arguments: AnswerConsultationArgs) -> Self {
        Self {
            id: arguments.target.id,
            agrees: arguments.agree && !arguments.disagree,
            text: arguments.text,
        }
    }
}

/// Arguments of `request close`.
#[derive(Args, Debug)]
pub struct CloseArgs {
    /// Cause of the end
    #[arg(long, value_enum, default_value_t = Cause::PurposeMet)]
    cause: Cause,
    /// How the data was used, and how it was disposed of
    #[arg(long)]
    statement: String,
    /// Evidence of the disposal, such as the number of a record
    #[arg(long, default_value = "")]
    evidence: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

/// The cause for which a grant is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Cause {
    /// Purpose met
    PurposeMet,
    /// Purpose cannot be met
    Impossible,
    /// Data no longer needed
    NotNeeded,
}

impl From<CloseArgs> for v1::CloseRequest {
    fn from(arguments: CloseArgs) -> Self {
        let cause = match arguments.cause {
            Cause::PurposeMet => v1::CloseCause::PurposeMet,
            Cause::Impossible => v1::CloseCause::Impossible,
            Cause::NotNeeded => v1::CloseCause::NotNeeded,
        };
        Self {
            id: arguments.target.id,
            statement: arguments.statement,
            cause: cause.into(),
            evidence: arguments.evidence,
        }
    }
}
