//! The arguments of the provider's moves.

use chengji_client::arguments::{date, time, within};
use chengji_proto::convert::time_to;
use chengji_proto::v1;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;

use super::terms::TermArgs;
use super::{MoveTarget, PaperArgs};
use crate::cli::table_part::TablePartArgs;

/// Arguments of `request grant`.
#[derive(Args, Debug)]
pub struct GrantArgs {
    /// Scope of the grant in words; the requested one unless given. Recorded only: of a file all is delivered, of a
    /// table what --columns, --where, --mask and --row-limit say
    #[arg(long, default_value = "")]
    scope: String,
    /// Grant the part of the table that was asked for
    #[arg(long, conflicts_with_all = ["columns", "condition", "masks", "row_limit"])]
    as_asked: bool,
    /// Conditions of use
    #[arg(long, default_value = "")]
    conditions: String,
    /// Days from now, 1 to 1830; the requested period unless given
    #[arg(long, value_parser = within::<u32>(1..=1830))]
    days: Option<u32>,
    /// Disposal of the data at the end, such as destruction or return
    #[arg(long, default_value = "")]
    disposal: String,
    #[command(flatten)]
    table: TablePartArgs,
    #[command(flatten)]
    terms: TermArgs,
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl GrantArgs {
    /// Returns the number of the request whose wanted part of a table is to be granted; `None` if another one is.
    pub(in crate::cli) fn as_asked_in(&self) -> Option<String> {
        self.as_asked.then(|| self.target.id.clone())
    }

    /// Grants the part that was asked for.
    pub(in crate::cli) fn set_part(&mut self, asked: v1::WantedPart) {
        self.table = TablePartArgs::as_asked(asked);
    }
}

impl From<GrantArgs> for v1::GrantRequest {
    fn from(arguments: GrantArgs) -> Self {
        Self {
            id: arguments.target.id,
            scope: arguments.scope,
            conditions: arguments.conditions,
            period_days: arguments.days.unwrap_or_default(),
            disposal: arguments.disposal,
            paper: arguments.paper.paper,
            terms: Some(arguments.terms.into()),
            table: arguments.table.proposed(),
        }
    }
}

/// Arguments of `request refuse`, `decline-amendment` and `terminate`.
#[derive(Args, Debug)]
pub struct ReasonedArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    /// Legal basis
    #[arg(long)]
    basis: String,
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<ReasonedArgs> for v1::RefuseRequest {
    fn from(arguments: ReasonedArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
            legal_basis: arguments.basis,
            paper: arguments.paper.paper,
        }
    }
}

impl From<ReasonedArgs> for v1::DeclineAmendmentRequest {
    fn from(arguments: ReasonedArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
            legal_basis: arguments.basis,
            paper: arguments.paper.paper,
        }
    }
}

impl From<ReasonedArgs> for v1::TerminateRequest {
    fn from(arguments: ReasonedArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
            legal_basis: arguments.basis,
            paper: arguments.paper.paper,
        }
    }
}

/// Arguments of `request ask`.
#[derive(Args, Debug)]
pub struct AskArgs {
    /// All that is missing
    #[arg(long)]
    missing: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<AskArgs> for v1::AskSupplementRequest {
    fn from(arguments: AskArgs) -> Self {
        Self {
            id: arguments.target.id,
            missing: arguments.missing,
        }
    }
}

/// Arguments of `request extend`.
#[derive(Args, Debug)]
pub struct ExtendArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    /// Additional working days, 1 to 10
    #[arg(long)]
    days: u32,
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<ExtendArgs> for v1::ExtendRequest {
    fn from(arguments: ExtendArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
            working_days: arguments.days,
            paper: arguments.paper.paper,
        }
    }
}

/// Arguments of `request offer`.
#[derive(Args, Debug)]
pub struct OfferArgs {
    /// What the consumer should know of the data
    #[arg(long, default_value = "")]
    note: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<OfferArgs> for v1::OfferRequest {
    fn from(arguments: OfferArgs) -> Self {
        Self {
            id: arguments.target.id,
            note: arguments.note,
        }
    }
}

/// A grant in place of the present one.
#[derive(Args, Debug)]
pub struct NewGrantArgs {
    /// New scope; unchanged unless given
    #[arg(long, value_name = "SCOPE", default_value = "")]
    new_scope: String,
    /// New conditions of use; unchanged unless given
    #[arg(long, value_name = "CONDITIONS", default_value = "")]
    new_conditions: String,
    /// Days from now, 1 to 1830; the end is unchanged unless given
    #[arg(long, value_name = "DAYS", value_parser = within::<u32>(1..=1830))]
    new_days: Option<u32>,
    /// New disposal of the data at the end; unchanged unless given
    #[arg(long, value_name = "DISPOSAL", default_value = "")]
    new_disposal: String,
    #[command(flatten)]
    table: TablePartArgs,
}

impl NewGrantArgs {
    /// The grant; `None` if nothing of it was given.
    pub(super) fn given(self) -> Option<v1::NewGrant> {
        let grant = v1::NewGrant::from(self);
        (grant != v1::NewGrant::default()).then_some(grant)
    }
}

impl From<NewGrantArgs> for v1::NewGrant {
    fn from(arguments: NewGrantArgs) -> Self {
        Self {
            scope: arguments.new_scope,
            conditions: arguments.new_conditions,
            period_days: arguments.new_days.unwrap_or_default(),
            disposal: arguments.new_disposal,
            table: arguments.table.proposed(),
        }
    }
}

/// Arguments of `request amend`.
#[derive(Args, Debug)]
pub struct AmendArgs {
    #[command(flatten)]
    grant: NewGrantArgs,
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<AmendArgs> for v1::AmendRequest {
    fn from(arguments: AmendArgs) -> Self {
        Self {
            id: arguments.target.id,
            grant: Some(arguments.grant.into()),
            paper: arguments.paper.paper,
        }
    }
}

/// Arguments of `request suspend`.
#[derive(Args, Debug)]
pub struct SuspendArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    /// Legal basis
    #[arg(long)]
    basis: String,
    /// Last day to mend, such as 2026-12-31
    #[arg(long, value_name = "DATE", value_parser = date)]
    mend_by: Date,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<SuspendArgs> for v1::SuspendRequest {
    fn from(arguments: SuspendArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
            legal_basis: arguments.basis,
            mend_by: arguments.mend_by.to_string(),
        }
    }
}

/// Arguments of `request resume`.
#[derive(Args, Debug)]
pub struct ResumeArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<ResumeArgs> for v1::ResumeRequest {
    fn from(arguments: ResumeArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
        }
    }
}

/// Arguments of `request consult`.
#[derive(Args, Debug)]
pub struct ConsultArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    /// Legal basis
    #[arg(long)]
    basis: String,
    /// The reason is that the entry is to be withdrawn, unmounted or shared on stricter terms: the notice that the
    /// city's rules may require begins; set by itself if the withdrawal was requested, or a stricter revision waits for
    /// review
    #[arg(long)]
    of_entry: bool,
    #[command(flatten)]
    change: NewGrantArgs,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<ConsultArgs> for v1::ConsultRequest {
    fn from(arguments: ConsultArgs) -> Self {
        Self {
            id: arguments.target.id,
            reason: arguments.reason,
            legal_basis: arguments.basis,
            change: arguments.change.given(),
            of_entry: arguments.of_entry,
        }
    }
}

/// Arguments of `request change`.
#[derive(Args, Debug)]
pub struct ChangeArgs {
    #[command(flatten)]
    paper: PaperArgs,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

impl From<ChangeArgs> for v1::ChangeGrantRequest {
    fn from(arguments: ChangeArgs) -> Self {
        Self {
            id: arguments.target.id,
            paper: arguments.paper.paper,
        }
    }
}

/// Arguments of `request stop`.
#[derive(Args, Debug)]
pub struct StopArgs {
    /// Cause of the stop
    #[arg(long, value_enum)]
    cause: Cause,
    /// Reason
    #[arg(long)]
    reason: String,
    /// Authority that the incident was reported to
    #[arg(long, value_name = "AUTHORITY", required_if_eq("cause", "incident"))]
    reported_to: Option<String>,
    /// Time of the report; now unless given
    #[arg(long, value_name = "TIME", value_parser = time, requires = "reported_to")]
    reported_at: Option<Timestamp>,
    #[command(flatten)]
    pub(super) target: MoveTarget,
}

/// The cause of a stop by a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Cause {
    /// Security incident, reported to an authority
    Incident,
    /// Other reason, for a while
    Suspended,
}

impl From<StopArgs> for v1::StopRequest {
    fn from(arguments: StopArgs) -> Self {
        let (cause, report) = match arguments.cause {
            Cause::Incident => (v1::StopCause::Incident, Some(chengji_clock::now())),
            Cause::Suspended => (v1::StopCause::Suspended, None),
        };
        Self {
            id: arguments.target.id,
            cause: cause.into(),
            reason: arguments.reason,
            reported_to: arguments.reported_to.unwrap_or_default(),
            reported_at: arguments.reported_at.or(report).map(time_to),
        }
    }
}
