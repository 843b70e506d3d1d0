//! The arguments of `request …`.

use chengji_client::arguments::within;
use chengji_client::views;
use chengji_proto::v1;
use clap::{Args, Subcommand};

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
        --basis 'Social Insurance Law, article 29' --scope 'all items' --days 180 --wait"
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
    /// Show one request with its history
    Show {
        /// Request number, in full or short, such as 430100-1-42
        id: String,
    },
    #[command(flatten)]
    Move(MoveCommand),
    /// Provider: resume deliveries under grants, also after a restore
    ///
    /// Lifts every stop of a request: revoked, suspended, or awaiting confirmation after the city's log was
    /// restored from a backup.
    #[command(after_help = "Examples:\n  chengji-node request list --attention\n  \
        chengji-node request resume 430100-1-42 --reason 'confirmed after the restore'")]
    Resume {
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
        after_help = "The scope is recorded and binds the consumer. The node does not cut the data to it: \
        the whole mounted file is delivered."
    )]
    Grant {
        /// Request number
        id: String,
        /// Scope of the grant; the requested one unless given. Recorded only: the whole file is delivered
        #[arg(long, default_value = "")]
        scope: String,
        /// Conditions of use
        #[arg(long, default_value = "")]
        conditions: String,
        /// Days from now, 1 to 1830; the requested period unless given
        #[arg(long, value_parser = within::<u32>(1..=1830))]
        days: Option<u32>,
        #[command(flatten)]
        paper: PaperArgs,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Provider: refuse, with reason and legal basis
    Refuse {
        /// Request number
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
        /// Legal basis
        #[arg(long)]
        basis: String,
        #[command(flatten)]
        paper: PaperArgs,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Provider: ask once for a supplement
    Ask {
        /// Request number
        id: String,
        /// What is missing
        #[arg(long)]
        missing: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Consumer: supplement the request
    Supplement {
        /// Request number
        id: String,
        /// Supplement
        #[arg(long)]
        text: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Provider: extend the deadline, once
    Extend {
        /// Request number
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
        /// Additional working days, 1 to 10
        #[arg(long)]
        days: u32,
        #[command(flatten)]
        paper: PaperArgs,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Consumer: withdraw the request
    Withdraw {
        /// Request number
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Consumer: dispute a refusal or an overdue answer
    Dispute {
        /// Request number
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Provider: revoke a grant at once
    ///
    /// Takes effect through the node's own log; the coordinator only records it.
    Revoke {
        /// Request number
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Provider: suspend deliveries under a grant at once
    Suspend {
        /// Request number
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Consumer: close a grant whose purpose is met
    Close {
        /// Request number
        id: String,
        /// How the purpose was met, and what became of the data
        #[arg(long)]
        statement: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
}

impl MoveCommand {
    /// For how long the command waits until its move is ordered or refused.
    pub(super) fn wait(&self) -> WaitArgs {
        match self {
            Self::Grant { wait, .. }
            | Self::Refuse { wait, .. }
            | Self::Ask { wait, .. }
            | Self::Supplement { wait, .. }
            | Self::Extend { wait, .. }
            | Self::Withdraw { wait, .. }
            | Self::Dispute { wait, .. }
            | Self::Revoke { wait, .. }
            | Self::Suspend { wait, .. }
            | Self::Close { wait, .. } => *wait,
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
    /// Scope: which part of the data, for whom
    #[arg(long)]
    pub(super) scope: String,
    /// Share manner; only files are delivered so far
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
