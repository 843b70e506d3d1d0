//! The arguments of `request …`.

mod consumer;
mod dispute;
mod provider;
mod terms;

use chengji_client::views;
use chengji_proto::v1;
use clap::{Args, Subcommand};

use self::consumer::{
    AnswerConsultationArgs, AskAmendmentArgs, CloseArgs, ReportMendedArgs, SupplementArgs,
    WithdrawArgs,
};
use self::dispute::{
    AcceptSettlementArgs, DisputeArgs, ProposeSettlementArgs, WithdrawDisputeArgs,
};
use self::provider::{
    AmendArgs, AskArgs, ChangeArgs, ConsultArgs, ExtendArgs, GrantArgs, OfferArgs, ReasonedArgs,
    ResumeArgs, StopArgs, SuspendArgs,
};
use super::table_part::TablePartArgs;
use super::wait::WaitArgs;

/// The consent of a second person on paper.
#[derive(Args, Debug, Clone, Default)]
pub struct PaperArgs {
    /// Number of the paper with a second person's consent, where it is not given in the exchange
    #[arg(long, value_name = "NUMBER", default_value = "")]
    pub(super) paper: String,
}

/// Commands on requests.
#[derive(Subcommand, Debug)]
pub enum RequestCommand {
    /// Ask another city for a resource
    ///
    /// With --wait the command ends when the coordinator has routed the request, or when it is granted where
    /// that is automatic; it fails if the coordinator rejects the request.
    #[command(
        after_help = "Example:\n  chengji-node request submit --provider 430200 \
        --code 201001/000001 --purpose 'settlement of medical bills' \
        --basis 'Social Insurance Law, article 29' --scenario 'checked at the counter for each bill' \
        --scope 'all items' --days 180 --wait"
    )]
    Submit(SubmitArgs),
    /// List requests, newest first
    List {
        /// Only requests to this city
        #[arg(long)]
        inbox: bool,
        /// Only requests of this city
        #[arg(long, conflicts_with = "inbox")]
        outbox: bool,
        /// Only requests that need attention: refused moves, grants to confirm
        #[arg(long)]
        attention: bool,
        /// Only requests in this state, such as routed; may be repeated
        #[arg(long = "state", value_name = "STATE", value_parser = views::request_state)]
        states: Vec<v1::RequestState>,
    },
    /// List requests with an overdue act, with what is overdue since when
    Overdue {
        /// Only requests to this city
        #[arg(long)]
        inbox: bool,
        /// Only requests of this city
        #[arg(long, conflicts_with = "inbox")]
        outbox: bool,
    },
    /// Show one request with its history
    Show {
        /// Request number, in full or short, such as 430100-1-42
        id: String,
    },
    #[command(flatten)]
    Move(MoveCommand),
    /// Provider: lift stops of deliveries, also after a restore
    ///
    /// Lifts every stop of a request: for an incident, for a while, or awaiting confirmation after the city's log was
    /// restored from a backup.
    #[command(after_help = "Examples:\n  chengji-node request list --attention\n  \
        chengji-node request lift-stop 430100-1-42 --reason 'confirmed after the restore'")]
    LiftStop {
        /// Request numbers
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Reason
        #[arg(long)]
        reason: String,
    },
    /// Acknowledge moves that the coordinator refused
    Acknowledge {
        /// Request numbers
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

/// Moves in a request, one at a time.
#[derive(Subcommand, Debug)]
pub enum MoveCommand {
    /// Provider: grant
    #[command(
        after_help = "The scope in words is recorded and binds the consumer. Of a mounted file the whole is delivered; of a \
        mounted table the columns, rows and masked values that the options say.\n\nExample:\n  chengji-node request \
        grant 430100-1-42 --columns permit_no,holder,floors --where \"floors > 10\" --mask holder=first:1"
    )]
    Grant(GrantArgs),
    /// Provider: refuse, with reason and legal basis
    Refuse(ReasonedArgs),
    /// Provider: ask once for all that is missing
    Ask(AskArgs),
    /// Consumer: supplement the request
    Supplement(SupplementArgs),
    /// Provider: extend the deadline, once
    Extend(ExtendArgs),
    /// Consumer: withdraw the request, or the amendment that is asked for
    Withdraw(WithdrawArgs),
    /// Provider: offer the mounted data of a grant, and tell the consumer
    Offer(OfferArgs),
    /// Consumer: ask for a wider scope, another purpose, a longer period, or to pass the data on
    AskAmendment(AskAmendmentArgs),
    /// Provider: grant the amendment that is asked for
    ///
    /// What is not given is taken from the amendment, and from the present grant where it asks for nothing else.
    Amend(AmendArgs),
    /// Provider: decline the amendment that is asked for
    DeclineAmendment(ReasonedArgs),
    /// Provider: suspend a grant for misuse, with a time to mend
    Suspend(SuspendArgs),
    /// Consumer: report that the cause of a suspension was mended
    ReportMended(ReportMendedArgs),
    /// Provider: accept the mending, and put the grant in force again
    Resume(ResumeArgs),
    /// Provider: consult the consumer about ending or changing a share
    ///
    /// Without any of the options for the new grant, the consultation is about ending the share.
    Consult(ConsultArgs),
    /// Consumer: answer a consultation
    AnswerConsultation(AnswerConsultationArgs),
    /// Provider: end a share, after a consultation or a suspension that was not mended
    Terminate(ReasonedArgs),
    /// Provider: put the consulted change into effect
    Change(ChangeArgs),
    /// Provider: stop deliveries under a grant at once
    ///
    /// Takes effect through the node's own log; the coordinator only records it. After an incident, the stop is
    /// lifted, or the share is ended or changed, within a set time.
    #[command(
        after_help = "Example:\n  chengji-node request stop 430100-1-42 --cause incident \
        --reason 'suspected leak' --reported-to 'provincial data bureau'"
    )]
    Stop(StopArgs),
    /// Dispute a refusal, an overdue answer, a termination, or an answer to a consultation
    Dispute(DisputeArgs),
    /// Propose a settlement of a dispute
    ProposeSettlement(ProposeSettlementArgs),
    /// Accept the settlement that the other party proposes
    AcceptSettlement(AcceptSettlementArgs),
    /// Take the own dispute back
    WithdrawDispute(WithdrawDisputeArgs),
    /// Consumer: close a grant, with the disposal of the data
    Close(CloseArgs),
}

/// The request of a move, and how long to wait for its outcome.
#[derive(Args, Debug)]
pub struct MoveTarget {
    /// Request number
    id: String,
    #[command(flatten)]
    wait: WaitArgs,
}

impl MoveCommand {
    /// For how long the command waits until its move is ordered or refused.
    pub(super) fn wait(&self) -> WaitArgs {
        self.target().wait
    }

    /// The number of the request.
    pub(super) fn request(&self) -> &str {
        &self.target().id
    }

    fn target(&self) -> &MoveTarget {
        match self {
            Self::Grant(arguments) => &arguments.target,
            Self::Refuse(arguments)
            | Self::DeclineAmendment(arguments)
            | Self::Terminate(arguments) => &arguments.target,
            Self::Ask(arguments) => &arguments.target,
            Self::Supplement(arguments) => &arguments.target,
            Self::Extend(arguments) => &arguments.target,
            Self::Withdraw(arguments) => &arguments.target,
            Self::Offer(arguments) => &arguments.target,
            Self::AskAmendment(arguments) => &arguments.target,
            Self::Amend(arguments) => &arguments.target,
            Self::Suspend(arguments) => &arguments.target,
            Self::ReportMended(arguments) => &arguments.target,
            Self::Resume(arguments) => &arguments.target,
            Self::Consult(arguments) => &arguments.target,
            Self::AnswerConsultation(arguments) => &arguments.target,
            Self::Change(arguments) => &arguments.target,
            Self::Stop(arguments) => &arguments.target,
            Self::Dispute(arguments) => &arguments.target,
            Self::ProposeSettlement(arguments) => &arguments.target,
            Self::AcceptSettlement(arguments) => &arguments.target,
            Self::WithdrawDispute(arguments) => &arguments.target,
            Self::Close(arguments) => &arguments.target,
        }
    }
}

/// Arguments of `request submit`.
#[derive(Args, Debug)]
pub struct SubmitArgs {
    /// City that owns the resource, such as 430200
    #[arg(long)]
    pub(super) provider: String,
    /// Resource code
    #[arg(long)]
    pub(super) code: String,
    /// Purpose of the data
    #[arg(long)]
    pub(super) purpose: String,
    /// Legal basis of the request
    #[arg(long)]
    pub(super) basis: String,
    /// Scenario of use: in which business, by whom, how
    #[arg(long)]
    pub(super) scenario: String,
    /// Scope: which part of the data, for whom
    #[arg(long)]
    pub(super) scope: String,
    #[command(flatten)]
    pub(super) table: TablePartArgs,
    /// Share manner; only files can be requested so far, also of tables
    #[arg(long, default_value = "file")]
    pub(super) manner: String,
    /// Days of use, 1 to 1830
    #[arg(long, default_value_t = 365)]
    pub(super) days: u32,
    /// Requesting department by its credit code; the caller's own unless given
    #[arg(long, default_value = "")]
    pub(super) department: String,
    /// Idempotency key: sent again with the same key, it is the same request
    #[arg(long, default_value = "")]
    pub(super) key: String,
    /// Print only the request number
    #[arg(long, short)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) paper: PaperArgs,
    #[command(flatten)]
    pub(super) wait: WaitArgs,
}
