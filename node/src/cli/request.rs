//! `request …`: the requests of the city, as consumer and as provider.

use std::process::ExitCode;

use chengji_client::arguments::refused;
use chengji_client::output::{Table, print, print_value};
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_messages::msg;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_proto::v1::request_service_client::RequestServiceClient;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_proto::v1::submit_response::Made;
use chengji_proto::{convert, v1};
use tonic::transport::Channel;

use super::request_args::{MoveCommand, RequestCommand, SubmitArgs};
use super::wait::wait_until;
use super::{Context, answer};

/// Runs one.
pub async fn run(command: RequestCommand, context: &Context) -> Result<ExitCode> {
    let mut client = RequestServiceClient::new(context.channel().await?);
    match command {
        RequestCommand::List {
            inbox,
            outbox,
            attention,
            states,
        } => {
            let wanted = v1::ListRequestsRequest {
                attention,
                ..wanted(inbox, outbox, states, context).await?
            };
            list(client, wanted, views::requests, context).await
        }
        RequestCommand::Overdue { inbox, outbox } => {
            let wanted = v1::ListRequestsRequest {
                overdue: true,
                ..wanted(inbox, outbox, Vec::new(), context).await?
            };
            list(client, wanted, views::overdue, context).await
        }
        RequestCommand::Submit(arguments) => submit(arguments, client, context).await,
        RequestCommand::Show { id } => {
            show(
                context,
                &answer(client.show(v1::ShowRequestRequest { id })).await?,
            )?;
            Ok(ExitCode::SUCCESS)
        }
        RequestCommand::LiftStop { ids, reason } => lift_stop(client, ids, &reason, context).await,
        RequestCommand::Acknowledge { ids } => acknowledge(client, ids, context).await,
        RequestCommand::Move(command) => make_move(command, client, context).await,
    }
}

/// Makes a move, and waits until it is ordered or refused where that is asked for.
async fn make_move(
    mut command: MoveCommand,
    mut client: RequestServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    if let MoveCommand::Grant(grant) = &mut command
        && let Some(request) = grant.as_asked_in()
    {
        grant.set_part(part_asked_for(&mut client, request).await?);
    }
    let Some(bound) = command.wait().bound() else {
        show(context, &answer(moved(command, &mut client)).await?)?;
        return Ok(ExitCode::SUCCESS);
    };
    let id = command.request().to_owned();
    let before = answer(client.show(v1::ShowRequestRequest { id })).await?;
    let made = answer(moved(command, &mut client)).await?;
    // A move that waits for consent is not on its way yet.
    if is_proposed(&before, &made) {
        show(context, &made)?;
        return Ok(ExitCode::SUCCESS);
    }
    let settled = wait_until(&mut client, &made.id, bound, is_settled).await;
    show(context, settled.as_ref().unwrap_or(&made))?;
    refusal(&made, &settled?).map_or(Ok(ExitCode::SUCCESS), Err)
}

/// The part of a table that a request asks for. Errors: `INVALID_ARGUMENT` where it asks for none.
async fn part_asked_for(
    client: &mut RequestServiceClient<Channel>,
    id: String,
) -> Result<v1::WantedPart> {
    let request = answer(client.show(v1::ShowRequestRequest { id })).await?;
    let part = request.submission.and_then(|submission| submission.part);
    let request = &request.id;
    part.ok_or_else(|| refused(msg::RequestAsksForNoPart { request }))
}

/// Calls for the move.
async fn moved(
    command: MoveCommand,
    client: &mut RequestServiceClient<Channel>,
) -> std::result::Result<tonic::Response<v1::Request>, tonic::Status> {
    use MoveCommand as Of;
    match command {
        Of::Grant(asked) => client.grant(v1::GrantRequest::from(asked)).await,
        Of::Refuse(asked) => client.refuse(v1::RefuseRequest::from(asked)).await,
        Of::Ask(asked) => {
            let asked = v1::AskSupplementRequest::from(asked);
            client.ask_supplement(asked).await
        }
        Of::Supplement(asked) => client.supplement(v1::SupplementRequest::from(asked)).await,
        Of::Extend(asked) => client.extend(v1::ExtendRequest::from(asked)).await,
        Of::Withdraw(asked) => {
            let asked = v1::WithdrawRequestRequest::from(asked);
            client.withdraw(asked).await
        }
        Of::Offer(asked) => client.offer(v1::OfferRequest::from(asked)).await,
        Of::AskAmendment(asked) => {
            let asked = v1::AskAmendmentRequest::from(asked);
            client.ask_amendment(asked).await
        }
        Of::Amend(asked) => client.amend(v1::AmendRequest::from(asked)).await,
        Of::DeclineAmendment(asked) => {
            let asked = v1::DeclineAmendmentRequest::from(asked);
            client.decline_amendment(asked).await
        }
        Of::Suspend(asked) => client.suspend(v1::SuspendRequest::from(asked)).await,
        Of::ReportMended(asked) => {
            let asked = v1::ReportMendedRequest::from(asked);
            client.report_mended(asked).await
        }
        Of::Resume(asked) => client.resume(v1::ResumeRequest::from(asked)).await,
        Of::Consult(asked) => client.consult(v1::ConsultRequest::from(asked)).await,
        Of::AnswerConsultation(asked) => {
            let asked = v1::AnswerConsultationRequest::from(asked);
            client.answer_consultation(asked).await
        }
        Of::Terminate(asked) => client.terminate(v1::TerminateRequest::from(asked)).await,
        Of::Change(asked) => client.change(v1::ChangeGrantRequest::from(asked)).await,
        Of::Stop(asked) => client.stop(v1::StopRequest::from(asked)).await,
        Of::Dispute(asked) => client.dispute(v1::DisputeRequest::from(asked)).await,
        Of::ProposeSettlement(asked) => {
            let asked = v1::ProposeSettlementRequest::from(asked);
            client.propose_settlement(asked).await
        }
        Of::AcceptSettlement(asked) => {
            let asked = v1::AcceptSettlementRequest::from(asked);
            client.accept_settlement(asked).await
        }
        Of::WithdrawDispute(asked) => {
            let asked = v1::WithdrawDisputeRequest::from(asked);
            client.withdraw_dispute(asked).await
        }
        Of::Close(asked) => client.close(v1::CloseRequest::from(asked)).await,
    }
}

/// Returns true if the call made a proposal: one that did not wait for consent before.
fn is_proposed(before: &v1::Request, made: &v1::Request) -> bool {
    let known = |id: &str| before.proposals.iter().any(|proposal| proposal.id == id);
    made.proposals.iter().any(|proposal| !known(&proposal.id))
}

/// Returns true if the coordinator has ordered or refused every move, and noted every stop.
fn is_settled(request: &v1::Request) -> bool {
    request.pending == 0 && request.stops.iter().all(|act| act.noted)
}

/// The error that the coordinator's refusal of the move just made is; the other city's moves may be
/// refused at the same time.
fn refusal(made: &v1::Request, after: &v1::Request) -> Option<Error> {
    let step = made.steps.last()?;
    let mut refused = after.refused_moves.iter();
    let refused = refused.find(|refused| refused.step.as_ref() == Some(step))?;
    let message = msg::RequestMoveRefused {
        request: &after.id,
        cause: convert::problem_message(refused.problem.as_ref()),
    };
    Some(Error::new(ErrorCode::OutOfTurn, message))
}

fn show(context: &Context, request: &v1::Request) -> Result<()> {
    print(context.format(), request, |request| {
        views::request(request, context.format())
    })
}

/// Submits a request, and waits for its routing where that is asked for.
async fn submit(
    arguments: SubmitArgs,
    mut client: RequestServiceClient<Channel>,
    context: &Context,
) -> Result<ExitCode> {
    let (quiet, bound) = (arguments.quiet, arguments.wait.bound());
    let submitted = match answer(client.submit(submission(arguments)?)).await?.made {
        Some(Made::Request(request)) => *request,
        Some(Made::Proposal(proposal)) => return proposed(&proposal, quiet, context),
        None => {
            return Err(Error::new(
                ErrorCode::PeerInvalid,
                msg::FieldAbsent { field: "made" },
            ));
        }
    };
    // The number is printed first: it is valid whatever the waiting comes to.
    if quiet {
        print_value(&submitted.id)?;
    }
    let Some(bound) = bound else {
        if !quiet {
            show(context, &submitted)?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let automatic = is_unconditional(&submitted, context).await;
    let settled = |request: &v1::Request| match request.state() {
        v1::RequestState::Submitted => false,
        v1::RequestState::Routed => !automatic,
        _ => true,
    };
    let waited = wait_until(&mut client, &submitted.id, bound, settled).await;
    if !quiet {
        show(context, waited.as_ref().unwrap_or(&submitted))?;
    }
    rejection(&waited?).map_or(Ok(ExitCode::SUCCESS), Err)
}

/// Prints a proposal; with `quiet` its number alone.
fn proposed(proposal: &v1::Proposal, quiet: bool, context: &Context) -> Result<ExitCode> {
    match quiet {
        true => print_value(&proposal.id)?,
        false => print(context.format(), proposal, |proposal| {
            views::proposal(proposal, context.format())
        })?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns true if the provider's node grants the request by itself, as far as the directory shows.
async fn is_unconditional(request: &v1::Request, context: &Context) -> bool {
    let Some(submission) = &request.submission else {
        return false;
    };
    let Ok(channel) = context.channel().await else {
        return false;
    };
    let asked = v1::ShowDirectoryRequest {
        city: submission.provider.clone(),
        code: submission.code.clone(),
    };
    // Without an answer from the directory, waiting ends with the routing.
    let found = answer(DirectoryServiceClient::new(channel).show(asked)).await;
    let entry = found.ok().and_then(|record| record.entry);
    entry.is_some_and(|entry| entry.share_class() == v1::ShareClass::Unconditional)
}

/// The error that a rejection by the coordinator is.
fn rejection(request: &v1::Request) -> Option<Error> {
    let reject = request.steps.iter().find_map(|step| {
        match step.r#move.as_ref().and_then(|mv| mv.r#move.as_ref()) {
            Some(v1::r#move::Move::Reject(reject)) => Some(reject),
            _ => None,
        }
    })?;
    let code = match reject.reason() {
        v1::RejectReason::NotShared
        | v1::RejectReason::OutsideRegion
        | v1::RejectReason::NotApproved => ErrorCode::NotShared,
        v1::RejectReason::NotAMember | v1::RejectReason::NoSuchResource => ErrorCode::NotFound,
        // The clock of this city's node.
        v1::RejectReason::DatedAhead => ErrorCode::Misconfigured,
        v1::RejectReason::OwnResource | v1::RejectReason::Unspecified => ErrorCode::InvalidArgument,
    };
    let message = msg::RequestWasRejected {
        request: &request.id,
        cause: convert::problem_message(reject.problem.as_ref()),
    };
    Some(Error::new(code, message))
}

/// Which requests to list.
async fn wanted(
    inbox: bool,
    outbox: bool,
    states: Vec<v1::RequestState>,
    context: &Context,
) -> Result<v1::ListRequestsRequest> {
    let own = if inbox || outbox {
        own_city(context).await?
    } else {
        String::new()
    };
    Ok(v1::ListRequestsRequest {
        states: states.into_iter().map(i32::from).collect(),
        provider: if inbox { own.clone() } else { String::new() },
        consumer: if outbox { own } else { String::new() },
        page: None,
        attention: false,
        overdue: false,
    })
}

/// Lists all pages of them in this view.
async fn list(
    mut client: RequestServiceClient<Channel>,
    wanted: v1::ListRequestsRequest,
    view: impl FnOnce(&v1::ListRequestsResponse) -> Table,
    context: &Context,
) -> Result<ExitCode> {
    let pages = Pages::of(wanted);
    let found = pages.whole(async |wanted| answer(client.list(wanted)).await);
    print(context.format(), &found.await?, view)?;
    Ok(ExitCode::SUCCESS)
}

/// Lifts stops, one request after the other.
async fn lift_stop(
    mut client: RequestServiceClient<Channel>,
    ids: Vec<String>,
    reason: &str,
    context: &Context,
) -> Result<ExitCode> {
    let mut changed = Vec::new();
    for id in ids {
        let reason = reason.to_owned();
        changed.push(answer(client.lift_stop(v1::LiftStopRequest { id, reason })).await);
    }
    print_all(changed, context)
}

/// Marks refused moves and stops as seen, one request after the other.
async fn acknowledge(
    mut client: RequestServiceClient<Channel>,
    ids: Vec<String>,
    context: &Context,
) -> Result<ExitCode> {
    let mut changed = Vec::new();
    for id in ids {
        changed.push(answer(client.acknowledge(v1::AcknowledgeRequest { id })).await);
    }
    print_all(changed, context)
}

/// Prints the requests that were changed one by one; the first failure is the command's.
fn print_all(changed: Vec<Result<v1::Request>>, context: &Context) -> Result<ExitCode> {
    let mut failed = None;
    let mut list = v1::ListRequestsResponse::default();
    for request in changed {
        match request {
            Ok(request) => list.requests.push(request),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    print(context.format(), &list, views::requests)?;
    failed.map_or(Ok(ExitCode::SUCCESS), Err)
}

/// The city of the node that is called.
async fn own_city(context: &Context) -> Result<String> {
    let mut client = StatusServiceClient::new(context.channel().await?);
    let status = answer(client.status(v1::StatusRequest::default())).await?;
    let principal: Principal = status.principal.parse()?;
    Ok(principal
        .city()
        .map(|city| city.to_string())
        .unwrap_or_default())
}

fn submission(arguments: SubmitArgs) -> Result<v1::SubmitRequest> {
    use chengji_domain::catalogue::ShareManner;
    let manner = ShareManner::from_term(&arguments.manner).ok_or_else(|| {
        let message = msg::ShareMannerUnknown {
            manner: &arguments.manner,
            terms: ShareManner::terms(),
        };
        Error::new(ErrorCode::InvalidArgument, message)
    })?;
    Ok(v1::SubmitRequest {
        submission: Some(v1::Submission {
            provider: arguments.provider,
            code: arguments.code,
            purpose: arguments.purpose,
            legal_basis: arguments.basis,
            scope: arguments.scope,
            manner: convert::share_manner_to(manner).into(),
            period_days: arguments.days,
            department: arguments.department,
            scenario: arguments.scenario,
            part: arguments.table.wanted(),
        }),
        idempotency_key: arguments.key,
        paper: arguments.paper.paper,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_waited_for_while_another_waits_for_consent() {
        let with = |ids: &[&str]| v1::Request {
            proposals: (ids.iter())
                .map(|id| v1::Proposal {
                    id: (*id).to_owned(),
                    ..v1::Proposal::default()
                })
                .collect(),
            ..v1::Request::default()
        };
        assert!(!is_proposed(&with(&["1"]), &with(&["1"])));
        assert!(!is_proposed(&with(&["1"]), &with(&[])));
        assert!(is_proposed(&with(&["1"]), &with(&["1", "2"])));
        assert!(is_proposed(&with(&[]), &with(&["2"])));
    }
}
