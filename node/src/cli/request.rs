//! `request …`: what the city asks for, and what it answers.

use std::process::ExitCode;

use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_proto::v1::request_service_client::RequestServiceClient;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_proto::{convert, status, v1};
use chengji_terminal::output::{print, print_value};
use chengji_terminal::views;
use clap::{Args, Subcommand};
use tonic::transport::Channel;

use super::wait::{WaitArgs, wait_until};
use super::{Context, answer};

/// Commands on requests.
#[derive(Subcommand, Debug)]
pub enum RequestCommand {
    /// Ask another city for a resource 提交申请
    ///
    /// With --wait the command ends once the coordinator has passed the request on, or once it is
    /// granted where that happens by itself; it fails where the coordinator rejects it.
    #[command(
        after_help = "Example 示例:\n  chengji-node request submit --provider 430200 \
        --code 201001/000001 --purpose 异地就医结算核验 --basis 《社会保险法》第二十九条 \
        --scope 全部信息项 --days 180 --wait"
    )]
    Submit(SubmitArgs),
    /// List requests, newest first 申请列表
    List {
        /// Only those this city has to answer or has answered 收到的申请
        #[arg(long)]
        inbox: bool,
        /// Only those this city has made 发出的申请
        #[arg(long, conflicts_with = "inbox")]
        outbox: bool,
        /// Only those in this state, such as routed 状态
        #[arg(long = "state", value_name = "STATE", value_parser = views::request_state)]
        states: Vec<v1::RequestState>,
    },
    /// Show one request with its history 查看申请
    Show {
        /// Request number, such as 430100-1-42 申请号
        id: String,
    },
    /// Provider: grant 授权
    Grant {
        /// Request number 申请号
        id: String,
        /// Which part, for what; the scope asked for if not given 授权范围
        #[arg(long, default_value = "")]
        scope: String,
        /// Conditions of use 使用条件
        #[arg(long, default_value = "")]
        conditions: String,
        /// Days from now, 1 to 1830; the period asked for if not given 授权天数
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1830))]
        days: Option<u32>,
    },
    /// Provider: refuse, with reason and legal basis 拒绝
    Refuse {
        /// Request number 申请号
        id: String,
        /// Why 理由
        #[arg(long)]
        reason: String,
        /// Legal basis 法律依据
        #[arg(long)]
        basis: String,
    },
    /// Provider: ask, once, for what is missing 要求补正
    Ask {
        /// Request number 申请号
        id: String,
        /// What is missing 缺少的内容
        #[arg(long)]
        missing: String,
    },
    /// Consumer: supply what was asked for 补正
    Supplement {
        /// Request number 申请号
        id: String,
        /// What was missing 补充内容
        #[arg(long)]
        text: String,
    },
    /// Provider: extend the deadline, once 延期
    Extend {
        /// Request number 申请号
        id: String,
        /// Why 理由
        #[arg(long)]
        reason: String,
        /// Working days more, 1 to 10 延长工作日
        #[arg(long)]
        days: u32,
    },
    /// Consumer: take the request back 撤回申请
    Withdraw {
        /// Request number 申请号
        id: String,
        /// Why 理由
        #[arg(long)]
        reason: String,
    },
    /// Consumer: dispute a refusal or an overdue answer 提出异议
    Dispute {
        /// Request number 申请号
        id: String,
        /// Why 理由
        #[arg(long)]
        reason: String,
    },
    /// Provider: revoke a grant, at once 撤销授权
    Revoke {
        /// Request number 申请号
        id: String,
        /// Why 理由
        #[arg(long)]
        reason: String,
    },
    /// Consumer: close a grant, its purpose met 办结
    Close {
        /// Request number 申请号
        id: String,
        /// How the purpose was met and what became of the data 办结说明
        #[arg(long)]
        statement: String,
    },
}

/// What is asked for.
#[derive(Args, Debug)]
pub struct SubmitArgs {
    /// City that owns the resource, such as 430200 提供城市
    #[arg(long)]
    provider: String,
    /// Resource code there 资源代码
    #[arg(long)]
    code: String,
    /// What the data is for 用途
    #[arg(long)]
    purpose: String,
    /// Legal basis of the need 依据
    #[arg(long)]
    basis: String,
    /// Which part of the data, for whom 范围
    #[arg(long)]
    scope: String,
    /// Manner: table, file or interface 共享方式
    #[arg(long, default_value = "file")]
    manner: String,
    /// Days of use wanted, 1 to 1830 使用天数
    #[arg(long, default_value_t = 365)]
    days: u32,
    /// Sent again with the same key, it is the same request 幂等键
    #[arg(long, default_value = "")]
    key: String,
    /// Print the request's number alone 仅输出申请号
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    wait: WaitArgs,
}

/// Runs one.
pub async fn run(command: RequestCommand, context: &Context) -> Result<ExitCode> {
    let mut client = RequestServiceClient::new(context.channel().await?);
    let answer = match command {
        RequestCommand::List {
            inbox,
            outbox,
            states,
        } => {
            let wanted = wanted(inbox, outbox, states, context).await?;
            let found = list(&mut client, wanted).await?;
            print(context.format(), &found, views::requests)?;
            return Ok(ExitCode::SUCCESS);
        }
        RequestCommand::Submit(arguments) => return submit(arguments, client, context).await,
        RequestCommand::Show { id } => client.show(v1::ShowRequestRequest { id }).await,
        RequestCommand::Grant {
            id,
            scope,
            conditions,
            days,
        } => {
            let period_days = days.unwrap_or_default();
            client
                .grant(v1::GrantRequest {
                    id,
                    scope,
                    conditions,
                    period_days,
                })
                .await
        }
        RequestCommand::Refuse { id, reason, basis } => {
            client
                .refuse(v1::RefuseRequest {
                    id,
                    reason,
                    legal_basis: basis,
                })
                .await
        }
        RequestCommand::Ask { id, missing } => {
            client
                .ask_supplement(v1::AskSupplementRequest { id, missing })
                .await
        }
        RequestCommand::Supplement { id, text } => {
            client.supplement(v1::SupplementRequest { id, text }).await
        }
        RequestCommand::Extend { id, reason, days } => {
            client
                .extend(v1::ExtendRequest {
                    id,
                    reason,
                    working_days: days,
                })
                .await
        }
        RequestCommand::Withdraw { id, reason } => {
            client
                .withdraw(v1::WithdrawRequestRequest { id, reason })
                .await
        }
        RequestCommand::Dispute { id, reason } => {
            client.dispute(v1::DisputeRequest { id, reason }).await
        }
        RequestCommand::Revoke { id, reason } => {
            client.revoke(v1::RevokeRequest { id, reason }).await
        }
        RequestCommand::Close { id, statement } => {
            client.close(v1::CloseRequest { id, statement }).await
        }
    };
    let answer = answer.map_err(|s| status::to_error(&s))?;
    show(context, answer.get_ref())?;
    Ok(ExitCode::SUCCESS)
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
    let submitted = answer(client.submit(submission(arguments)?)).await?;
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

/// Whether the provider's node grants the request by itself, as far as the directory says.
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
        v1::RejectReason::NotShared => ErrorCode::NotShared,
        v1::RejectReason::NotAMember | v1::RejectReason::NoSuchResource => ErrorCode::NotFound,
        // The clock of this city's node.
        v1::RejectReason::DatedAhead => ErrorCode::Misconfigured,
        v1::RejectReason::OwnResource | v1::RejectReason::Unspecified => ErrorCode::InvalidArgument,
    };
    let message = format!(
        "request {} was rejected: {} 不予受理",
        request.id, reject.explanation
    );
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
        page_size: 1_000,
        page: String::new(),
    })
}

/// All pages of them.
async fn list(
    client: &mut RequestServiceClient<Channel>,
    mut wanted: v1::ListRequestsRequest,
) -> Result<v1::ListRequestsResponse> {
    let mut found = v1::ListRequestsResponse::default();
    loop {
        let page = answer(client.list(wanted.clone())).await?;
        found.requests.extend(page.requests);
        if page.next_page.is_empty() {
            return Ok(found);
        }
        wanted.page = page.next_page;
    }
}

/// The city of the node that is called.
async fn own_city(context: &Context) -> Result<String> {
    let mut client = StatusServiceClient::new(context.channel().await?);
    let answer = client
        .status(v1::StatusRequest {})
        .await
        .map_err(|s| status::to_error(&s))?;
    let principal: Principal = answer.get_ref().principal.parse()?;
    Ok(principal
        .city()
        .map(|city| city.to_string())
        .unwrap_or_default())
}

fn submission(arguments: SubmitArgs) -> Result<v1::SubmitRequest> {
    use chengji_domain::catalogue::ShareManner;
    let manner = ShareManner::from_term(&arguments.manner).ok_or_else(|| {
        let message = format!("'{}' is no manner of sharing", arguments.manner);
        Error::new(ErrorCode::InvalidArgument, message).with_remedy(format!(
            "one of table file interface 取值: {}",
            ShareManner::terms()
        ))
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
        }),
        idempotency_key: arguments.key,
    })
}
