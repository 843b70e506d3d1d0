//! `consent …`: the consent of second persons.

use std::process::ExitCode;

use chengji_client::output::{print, print_value};
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::Result;
use chengji_proto::convert::time_to;
use chengji_proto::v1;
use chengji_proto::v1::proposal_ended::How;
use chengji_proto::v1::proposal_service_client::ProposalServiceClient;
use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;

use super::{Context, answer};

/// Commands on internal consent.
#[derive(Subcommand, Debug)]
pub enum ConsentCommand {
    /// List what waits for consent, newest first
    List {
        /// Only what waits for this role
        #[arg(long = "of", value_name = "ROLE")]
        of: Option<ConsentOf>,
        /// List what has ended, too
        #[arg(long, conflicts_with = "of")]
        ended: bool,
    },
    /// Show one proposal
    Show {
        /// Number of the proposal, in full or short, such as 430100-1-42
        id: String,
    },
    /// Consent, as a second person, which makes the submission or the move
    Give {
        /// Number of the proposal
        id: String,
        /// Print only the number of the request
        #[arg(long, short)]
        quiet: bool,
    },
    /// Decline to consent
    Decline {
        /// Number of the proposal
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
    },
    /// Take an own proposal back
    TakeBack {
        /// Number of the proposal
        id: String,
    },
    /// Consent to the automatic grants of an entry until a time
    GiveStanding {
        /// Resource code
        code: String,
        /// End of the consent, such as 2027-01-01T00:00:00+08:00
        #[arg(long, value_name = "TIME")]
        until: Timestamp,
    },
    /// End the standing consent of an entry
    EndStanding {
        /// Resource code
        code: String,
        /// Reason
        #[arg(long)]
        reason: String,
    },
    /// List the standing consents
    Standing,
}

/// The role whose consent is due.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum ConsentOf {
    /// Heads of sharing offices
    Consenter,
    /// The supervising department
    Authority,
}

impl ConsentOf {
    fn role(self) -> v1::Role {
        match self {
            Self::Consenter => v1::Role::Consenter,
            Self::Authority => v1::Role::Authority,
        }
    }
}

/// Runs one.
pub async fn run(command: ConsentCommand, context: &Context) -> Result<ExitCode> {
    let mut client = ProposalServiceClient::new(context.channel().await?);
    let format = context.format();
    let proposal = match command {
        ConsentCommand::List { of, ended } => {
            let wanted = v1::ListProposalsRequest {
                ended,
                consent_of: of.map_or(v1::Role::Unspecified, ConsentOf::role).into(),
                page: None,
            };
            let pages = Pages::of(wanted);
            let found = pages.whole(async |wanted| answer(client.list(wanted)).await);
            print(format, &found.await?, views::proposals)?;
            return Ok(ExitCode::SUCCESS);
        }
        ConsentCommand::Standing => {
            let pages = Pages::of(v1::ListStandingRequest::default());
            let found = pages.whole(async |wanted| answer(client.list_standing(wanted)).await);
            print(format, &found.await?, views::standing_consents)?;
            return Ok(ExitCode::SUCCESS);
        }
        ConsentCommand::GiveStanding { code, until } => {
            let until = Some(time_to(until));
            let given = v1::GiveStandingRequest { code, until };
            let given = answer(client.give_standing(given)).await?;
            print(format, &given, views::standing_consent)?;
            return Ok(ExitCode::SUCCESS);
        }
        ConsentCommand::EndStanding { code, reason } => {
            let ended = v1::EndStandingRequest { code, reason };
            let ended = answer(client.end_standing(ended)).await?;
            print(format, &ended, views::standing_consent)?;
            return Ok(ExitCode::SUCCESS);
        }
        ConsentCommand::Show { id } => answer(client.show(v1::ShowProposalRequest { id })).await?,
        ConsentCommand::Give { id, quiet } => {
            let made = answer(client.consent(v1::ConsentRequest { id })).await?;
            match made.ended.as_ref().and_then(|ended| ended.how.as_ref()) {
                Some(How::Consented(consented)) if quiet => {
                    print_value(&consented.request)?;
                    return Ok(ExitCode::SUCCESS);
                }
                _ => made,
            }
        }
        ConsentCommand::Decline { id, reason } => {
            let declined = v1::DeclineProposalRequest { id, reason };
            answer(client.decline(declined)).await?
        }
        ConsentCommand::TakeBack { id } => {
            answer(client.take_back(v1::TakeBackProposalRequest { id })).await?
        }
    };
    print(format, &proposal, |proposal| {
        views::proposal(proposal, format)
    })?;
    Ok(ExitCode::SUCCESS)
}
