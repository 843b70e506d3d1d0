//! `catalogue …`: the commands of the city's staff on its own catalogue.

mod ask;
mod batches;
mod diff;
mod export;
mod import;
mod life;
mod map;
mod mount;
mod mounting;
mod moving;
mod outcome;
mod published;
mod selection;
mod show;
mod standards;
mod status;
mod unmount;
mod which;

use std::process::ExitCode;

use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::statistics::{StatisticsArgs, statistics};
use chengji_client::views;
use chengji_domain::Result;
use chengji_domain::catalogue::lifecycle::Move;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use clap::{Args, Subcommand};

use super::{Context, answer};

/// Commands on the city's own catalogue.
#[derive(Subcommand, Debug)]
pub(super) enum CatalogueCommand {
    /// Submit the entries of an Excel, CSV or JSON-LD file for review 导入目录并提交审核
    ///
    /// The file is checked first, and every problem is told with its line. While there is one,
    /// nothing is written, unless --skip-invalid says to leave the wrong rows out. What is written
    /// is written whole, whatever interrupts it. Importing a file again is safe: entries that have
    /// not changed make no revision. Warnings are what a reviewer would ask about; --strict makes
    /// problems of them. A reviewer publishes what was submitted: catalogue approve.
    ///
    /// 先校验全部行并列出问题所在行；存在问题时不写入任何内容，除非使用 --skip-invalid。
    /// 导入要么全部生效，要么全部不生效。重复导入是安全的，未变化的条目不产生新版本。
    /// 提醒不影响导入，--strict 则按问题处理。提交后由审核员发布（catalogue approve）。
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue import catalogue.csv --dry-run\n  \
        chengji-node catalogue import 目录.xlsx --sheet 2026年 --skip-invalid\n  \
        chengji-node catalogue import 目录.xlsx --report 问题.xlsx"
    )]
    Import(import::ImportArgs),
    /// Propose a map for a file of another layout, to be filled in 为外部版式的文件生成映射
    ///
    /// The map is written to standard output. What the header tells stands in it; for the rest there
    /// is a line to fill in, with what may stand there. The node is not needed.
    ///
    /// 映射写到标准输出，待填写处为空引号，并注明取值范围。
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue map plan.xlsx > layout.toml\n  \
        chengji-node catalogue import plan.xlsx --map layout.toml --dry-run"
    )]
    Map(map::MapArgs),
    /// Write the published entries to an Excel, CSV or JSON-LD file 导出目录
    ///
    /// What is exported and imported again is unchanged. 导出后再导入不产生变化。
    ///
    /// With --state, what is on its way: the newest revisions, as a sheet to read or to correct.
    /// 加 --state 则导出办理中的最新版本，供审阅或改正。
    ///
    /// .jsonld is DCAT-AP 3, as data portals and CKAN read it; only entries that are open to the
    /// public are in it, unless --all is given.
    /// .jsonld 为数据门户和 CKAN 使用的 DCAT-AP 3 格式，默认仅含向社会开放的条目。
    #[command(
        after_help = "Examples 示例:\n  chengji-node catalogue export 目录.xlsx\n  \
        chengji-node catalogue export 目录.csv --encoding gb18030\n  \
        chengji-node catalogue export 民政局.xlsx --department 1143010000699101XC\n  \
        chengji-node catalogue export 待审核.xlsx --state submitted\n  \
        chengji-node catalogue export 开放目录.jsonld --name 长沙市"
    )]
    Export(standards::ExportOptions),
    /// Write an empty workbook to be filled in, with notes, lists and an example 生成填报模板
    #[command(after_help = "Example 示例:\n  chengji-node catalogue template 模板.xlsx")]
    Template(export::TemplateArgs),
    /// List the city's entries in order of code 列出本市目录
    #[command(
        after_help = "Examples 示例:\n  chengji-node catalogue list --format csv > list.csv\n  \
        chengji-node catalogue list --department 11430100006123468T --class 2"
    )]
    List(published::ListArgs),
    /// Show one entry with its mount and measured volume, or its history 查看条目
    ///
    /// What was never published is shown as it is on its way. 尚未发布的条目显示其最新版本。
    #[command(
        after_help = "Examples 示例:\n  chengji-node catalogue show 103001/000001\n  \
        chengji-node catalogue show 103001/000001 --history"
    )]
    Show(show::ShowArgs),
    /// Show what two revisions say differently 比较版本
    ///
    /// The first revision is compared with nothing. 首个版本与空白比较。
    #[command(
        after_help = "Examples 示例:\n  chengji-node catalogue diff 103001/000001\n  \
        chengji-node catalogue diff 103001/000001 --from 1 --to 3"
    )]
    Diff(diff::DiffArgs),
    /// List what is on its way: drafts, submitted, returned, withdrawal asked 待办目录
    #[command(
        after_help = "Examples 示例:\n  chengji-node catalogue pending --overdue\n  \
        chengji-node catalogue pending --state submitted --class 2 --under 3/07"
    )]
    Pending(life::PendingArgs),
    /// Submit drafts for review; by code also what was returned or taken back, as it is 提交审核
    #[command(after_help = "Example 示例:\n  chengji-node catalogue submit --all")]
    Submit(moving::MoveArgs),
    /// Take back drafts, what was submitted, or the asking for withdrawal 撤回
    #[command(after_help = "Example 示例:\n  chengji-node catalogue take-back 103001/000001")]
    TakeBack(moving::MoveArgs),
    /// Ask that published entries be withdrawn; they stay on record 申请撤销
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue withdraw 103001/000001 \
        --reason 机构改革后由市数据局统一提供"
    )]
    Withdraw(moving::ReasonedArgs),
    /// As a reviewer: publish what was submitted, withdraw as was asked 审核通过
    ///
    /// Nobody reviews what they submitted. 本人提交的不得由本人审核。
    #[command(
        after_help = "Examples 示例:\n  chengji-node catalogue approve 103001/000001\n  \
        chengji-node catalogue approve --department 11430100006123468T --class 1"
    )]
    Approve(moving::MoveArgs),
    /// As a reviewer: return what was submitted, or decline a withdrawal, with reasons 退回
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue return 103001/000001 \
        --reason 摘要未说明数据范围"
    )]
    Return(moving::ReasonedArgs),
    /// Mount files of the node's machine to entries and measure them 挂接文件
    ///
    /// One file to one entry; or many, paired in a sheet (--from) or found by their names in the
    /// node's mount_roots (--pattern). Of many it is told first what would come of it. What is
    /// mounted already and has not changed is left as it is, so doing it again is safe.
    ///
    /// 逐个挂接，或按清单（--from）、按文件名（--pattern）批量挂接；批量时先列出结果再确认。
    /// 已挂接且未变化的保持不变，可放心重复执行。
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue mount 103001/000001 districts.csv\n  \
        chengji-node catalogue mount --from 挂接清单.xlsx --dry-run\n  \
        chengji-node catalogue mount --pattern '{class}/{serial}*.csv'\n  \
        chengji-node catalogue mount --pattern '**/{name}.xlsx' --yes"
    )]
    Mount(mount::MountArgs),
    /// Take mounts away 解除挂接
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue unmount 103001/000001 --reason 数据源迁移\n  \
        chengji-node catalogue unmount --from 清单.csv --reason 机构改革 --dry-run"
    )]
    Unmount(unmount::UnmountArgs),
    /// Stop deliveries of an entry at once, whoever was granted them 立即停止供应
    ///
    /// It holds at this node at once, by its own log, until 'resume' lifts it.
    ///
    /// 以本节点日志为准立即生效，直至执行 resume。
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue stop 103001/000001 --reason 疑似数据泄露"
    )]
    Stop(StopArgs),
    /// As a reviewer or approver: let deliveries of an entry go on 恢复供应
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue resume 103001/000001 --reason 已排除风险"
    )]
    Resume(StopArgs),
    /// Which entries are not mounted, gone, stale, or contradict their update cycle 挂接与更新情况
    #[command(after_help = "Example 示例:\n  chengji-node catalogue status\n  \
        chengji-node --format csv catalogue status --only stale,gone\n  \
        chengji-node catalogue status --check || echo 有条目需要处理")]
    Status(status::StatusArgs),
    /// Measure a mounted file again 重新计量
    #[command(after_help = "Example 示例:\n  chengji-node catalogue measure 103001/000001")]
    Measure {
        /// Resource code 资源代码
        code: String,
    },
    /// Count the entries by department, class, cycle and more 目录统计
    ///
    /// Entries of every class count, withdrawn ones do not. 不含已撤销条目。
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue statistics --by department,class\n  \
        chengji-node catalogue statistics --format csv > statistics.csv"
    )]
    Statistics(StatisticsArgs),
}

/// The entry whose deliveries stop or go on.
#[derive(Args, Debug)]
pub struct StopArgs {
    /// Resource code 资源代码
    code: String,
    /// Why, 1 to 1,000 characters 理由
    #[arg(long)]
    reason: String,
}

/// Runs one.
pub(super) async fn run(command: CatalogueCommand, context: &Context) -> Result<ExitCode> {
    // Nobody is asked for a map or a template.
    let client =
        async || -> Result<_> { Ok(CatalogueServiceClient::new(context.channel().await?)) };
    let format = context.format();
    match command {
        CatalogueCommand::Import(arguments) => return import::run(arguments, context).await,
        CatalogueCommand::Map(arguments) => map::run(&arguments)?,
        CatalogueCommand::Template(arguments) => export::template(&arguments)?,
        CatalogueCommand::Export(arguments) => {
            standards::export(&arguments, client().await?).await?;
        }
        CatalogueCommand::List(arguments) => {
            let list = published::listed(arguments, client().await?).await?;
            print(format, &list, published::table)?;
        }
        CatalogueCommand::Statistics(arguments) => {
            let mut client = client().await?;
            let pages = Pages::of(arguments.request());
            let counted = pages.whole(async |asked| answer(client.statistics(asked)).await);
            print(format, &counted.await?, statistics)?;
        }
        CatalogueCommand::Show(arguments) => {
            return show::run(arguments, client().await?, context).await;
        }
        CatalogueCommand::Diff(arguments) => {
            let diff = diff::ask(arguments, client().await?).await?;
            print(format, &diff, diff::table)?;
        }
        CatalogueCommand::Pending(arguments) => {
            return life::pending(arguments, client().await?, context).await;
        }
        CatalogueCommand::Submit(arguments) => {
            return moving::simple(Move::Submit, arguments, client().await?, context).await;
        }
        CatalogueCommand::TakeBack(arguments) => {
            return moving::simple(Move::TakeBack, arguments, client().await?, context).await;
        }
        CatalogueCommand::Withdraw(arguments) => {
            return moving::reasoned(Move::AskWithdrawal, arguments, client().await?, context)
                .await;
        }
        CatalogueCommand::Approve(arguments) => {
            return moving::simple(Move::Approve, arguments, client().await?, context).await;
        }
        CatalogueCommand::Return(arguments) => {
            return moving::reasoned(Move::Return, arguments, client().await?, context).await;
        }
        CatalogueCommand::Mount(arguments) => return mount::run(arguments, context).await,
        CatalogueCommand::Unmount(arguments) => return unmount::run(arguments, context).await,
        CatalogueCommand::Stop(StopArgs { code, reason }) => {
            let asked = v1::StopDeliveriesRequest { code, reason };
            let record = answer(client().await?.stop_deliveries(asked)).await?;
            print(format, &record, views::record)?;
        }
        CatalogueCommand::Resume(StopArgs { code, reason }) => {
            let asked = v1::ResumeDeliveriesRequest { code, reason };
            let record = answer(client().await?.resume_deliveries(asked)).await?;
            print(format, &record, views::record)?;
        }
        CatalogueCommand::Status(arguments) => return status::run(arguments, context).await,
        CatalogueCommand::Measure { code } => {
            let mut client = client().await?;
            let measured = mount::when_read(client.measure(v1::MeasureRequest { code }));
            print(format, &measured.await?, views::record)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
