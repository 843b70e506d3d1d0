//! The arguments of `request …`.

use chengji_client::views;
use chengji_proto::v1;
use clap::{Args, Subcommand};

use super::wait::WaitArgs;

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
        /// Only those that ask for attention: refused moves, grants to confirm 需要处理的申请
        #[arg(long)]
        attention: bool,
        /// Only those in this state, such as routed 状态
        #[arg(long = "state", value_name = "STATE", value_parser = views::request_state)]
        states: Vec<v1::RequestState>,
    },
    /// Show one request with its history 查看申请
    Show {
        /// Request number, in full or short, such as 430100-1-42 申请号
        id: String,
    },
    #[command(flatten)]
    Move(MoveCommand),
    /// Provider: let deliveries under grants go on, also after a restore 恢复供应
    ///
    /// Lifts every stop of the request: revoked, suspended, or to be confirmed because the city's log
    /// was restored from a backup.
    ///
    /// 解除该申请的全部停止：撤销、暂停，以及数据恢复后的待确认。
    #[command(
        after_help = "Examples 示例:\n  chengji-node request list --attention\n  \
        chengji-node request resume 430100-1-42 --reason 数据恢复后确认"
    )]
    Resume {
        /// Request numbers 申请号
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Why 理由
        #[arg(long)]
        reason: String,
    },
    /// Take note of moves that the coordinator refused 知悉未被采纳的办理
    Acknowledge {
        /// Request numbers 申请号
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

/// Moves in a request, one at a time.
#[derive(Subcommand, Debug)]
pub enum MoveCommand {
    /// Provider: grant 授权
    #[command(
        after_help = "The scope is on record and binds the consumer; the node does not cut the data \
        to it: the whole mounted file is delivered.\n授权范围只登记在案、约束使用方；系统不按范围裁剪数据，\
        交付的是挂接的整个文件。"
    )]
    Grant {
        /// Request number 申请号
        id: String,
        /// Which part, for what; the scope asked for if not given. On record only: the whole file is
        /// delivered 授权范围（仅登记，交付整个文件）
        #[arg(long, default_value = "")]
        scope: String,
        /// Conditions of use 使用条件
        #[arg(long, default_value = "")]
        conditions: String,
        /// Days from now, 1 to 1830; the period asked for if not given 授权天数
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1830))]
        days: Option<u32>,
        #[command(flatten)]
        wait: WaitArgs,
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
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Provider: ask, once, for what is missing 要求补正
    Ask {
        /// Request number 申请号
        id: String,
        /// What is missing 缺少的内容
        #[arg(long)]
        missing: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Consumer: supply what was asked for 补正
    Supplement {
        /// Request number 申请号
        id: String,
        /// What was missing 补充内容
        #[arg(long)]
        text: String,
        #[command(flatten)]
        wait: WaitArgs,
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
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Consumer: take the request back 撤回申请
    Withdraw {
        /// Request number 申请号
        id: String,
        /// Why 理由
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Consumer: dispute a refusal or an overdue answer 提出异议
    Dispute {
        /// Request number 申请号
        id: String,
        /// Why 理由
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Provider: revoke a grant, at once 撤销授权
    ///
    /// It holds at this node at once, by its own log, whatever the coordinator says of it.
    ///
    /// 以本节点日志为准立即生效，协调机构只作记录。
    Revoke {
        /// Request number 申请号
        id: String,
        /// Why 理由
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Provider: suspend deliveries under a grant, at once 暂停供应
    Suspend {
        /// Request number 申请号
        id: String,
        /// Why 理由
        #[arg(long)]
        reason: String,
        #[command(flatten)]
        wait: WaitArgs,
    },
    /// Consumer: close a grant, its purpose met 办结
    Close {
        /// Request number 申请号
        id: String,
        /// How the purpose was met and what became of the data 办结说明
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

/// What is asked for.
#[derive(Args, Debug)]
pub struct SubmitArgs {
    /// City that owns the resource, such as 430200 提供城市
    #[arg(long)]
    pub(super) provider: String,
    /// Resource code there 资源代码
    #[arg(long)]
    pub(super) code: String,
    /// What the data is for 用途
    #[arg(long)]
    pub(super) purpose: String,
    /// Legal basis of the need 依据
    #[arg(long)]
    pub(super) basis: String,
    /// Which part of the data, for whom 范围
    #[arg(long)]
    pub(super) scope: String,
    /// Manner: file; tables and interfaces are not delivered so far 共享方式（目前只有文件）
    #[arg(long, default_value = "file")]
    pub(super) manner: String,
    /// Days of use wanted, 1 to 1830 使用天数
    #[arg(long, default_value_t = 365)]
    pub(super) days: u32,
    /// Department that asks, by its credit code; that of the caller where it has one 使用部门（统一社会信用代码）
    #[arg(long, default_value = "")]
    pub(super) department: String,
    /// Sent again with the same key, it is the same request 幂等键
    #[arg(long, default_value = "")]
    pub(super) key: String,
    /// Print the request's number alone 仅输出申请号
    #[arg(long, short)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) wait: WaitArgs,
}
