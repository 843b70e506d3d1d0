//! `return-flow …`: data that is returned to lower divisions.

use std::process::ExitCode;

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::return_flow_made::Made;
use chengji_proto::v1::return_flow_service_client::ReturnFlowServiceClient;
use clap::Subcommand;

use super::request_args::PaperArgs;
use super::{Context, answer};

/// Commands on return flows.
#[derive(Subcommand, Debug)]
pub enum ReturnFlowCommand {
    /// Declare that the data of an entry is returned to lower divisions
    ///
    /// From then on, their requests for the entry are granted automatically, for these rows and without conditions. The
    /// head of the sharing office has to consent.
    #[command(
        after_help = "Example:\n  chengji-node return-flow declare 201001/000001 --to 430100 \
        --rows 'registrations with the division code of the city'"
    )]
    Declare {
        /// Resource code
        code: String,
        /// The rows that belong to the lower division, in words
        #[arg(long, value_name = "SCOPE")]
        rows: String,
        /// The lower division; all lower members unless given
        #[arg(long, value_name = "CITY")]
        to: Option<CityCode>,
        #[command(flatten)]
        paper: PaperArgs,
    },
    /// End the return flow of an entry
    ///
    /// The lower divisions are consulted first, and the supervising department has to consent. Running grants stay in
    /// force until each is ended.
    End {
        /// Resource code
        code: String,
        /// Reason
        #[arg(long)]
        reason: String,
        /// Consultation with the lower divisions: with whom, when, and what they answered
        #[arg(long)]
        consultation: String,
        #[command(flatten)]
        paper: PaperArgs,
    },
    /// List the return flows: those that this city declared, and those to it
    List {
        /// Only those of this provider
        #[arg(long, value_name = "CITY")]
        provider: Option<CityCode>,
    },
}

/// Runs a command.
pub async fn run(command: ReturnFlowCommand, context: &Context) -> Result<ExitCode> {
    let mut client = ReturnFlowServiceClient::new(context.channel().await?);
    let format = context.format();
    let text = |city: Option<CityCode>| city.map(|city| city.to_string()).unwrap_or_default();
    let made = match command {
        ReturnFlowCommand::Declare {
            code,
            rows,
            to,
            paper,
        } => {
            let flow = Some(v1::ReturnFlow { to: text(to), rows });
            let paper = paper.paper;
            answer(client.declare(v1::DeclareReturnFlowRequest { code, flow, paper })).await?
        }
        ReturnFlowCommand::End {
            code,
            reason,
            consultation,
            paper,
        } => {
            let end = Some(v1::ReturnFlowEnd {
                reason,
                consultation,
            });
            let paper = paper.paper;
            answer(client.end(v1::EndReturnFlowRequest { code, end, paper })).await?
        }
        ReturnFlowCommand::List { provider } => {
            let pages = Pages::of(v1::ListReturnFlowsRequest {
                provider: text(provider),
                page: None,
            });
            let found = pages.whole(async |wanted| answer(client.list(wanted)).await);
            print(format, &found.await?, views::return_flows)?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    match made.made {
        Some(Made::Flow(flow)) => print(format, &*flow, views::return_flow)?,
        Some(Made::Proposal(proposal)) => print(format, &*proposal, |proposal| {
            views::proposal(proposal, format)
        })?,
        None => {
            let message = msg::FieldAbsent { field: "made" };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
    }
    Ok(ExitCode::SUCCESS)
}
