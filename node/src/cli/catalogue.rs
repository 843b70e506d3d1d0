//! `catalogue …`: what the city's own staff do with the city's own catalogue.

mod export;
mod import;
mod outcome;

use std::process::ExitCode;

use chengji_domain::Result;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, status, v1};
use chengji_terminal::output::{Column, Table, print};
use chengji_terminal::{cells, views};
use clap::Subcommand;
use tonic::transport::Channel;
use tonic::{Response, Status};

use super::Context;

/// Entries asked for at a time, and the room their answer may take.
const PAGE: u32 = 500;
const PAGE_BYTES: usize = 64 << 20;

/// Commands on the city's own catalogue.
#[derive(Subcommand, Debug)]
pub(super) enum CatalogueCommand {
    /// Publish the entries of an Excel or CSV file 导入并发布目录
    ///
    /// The file is checked first, and every problem is told with its line. While there is one,
    /// nothing is written, unless --skip-invalid says to leave the wrong rows out. Importing a
    /// file again is safe: entries that have not changed make no revision. Warnings are what a
    /// reviewer would ask about; --strict makes problems of them.
    ///
    /// 先校验全部行并列出问题所在行；存在问题时不写入任何内容，除非使用 --skip-invalid。
    /// 重复导入是安全的，未变化的条目不产生新版本。提醒不影响导入，--strict 则按问题处理。
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue import catalogue.csv --dry-run\n  \
        chengji-node catalogue import 目录.xlsx --sheet 2026年 --skip-invalid\n  \
        chengji-node catalogue import 目录.xlsx --report 问题.xlsx"
    )]
    Import(import::ImportArgs),
    /// Write the published entries to an Excel or CSV file 导出目录
    ///
    /// What is exported and imported again is unchanged. 导出后再导入不产生变化。
    #[command(after_help = "Example 示例:\n  chengji-node catalogue export 目录.xlsx")]
    Export(export::ExportArgs),
    /// Write an empty workbook to be filled in, with notes, lists and an example 生成填报模板
    #[command(after_help = "Example 示例:\n  chengji-node catalogue template 模板.xlsx")]
    Template(export::ExportArgs),
    /// List the city's entries in order of code 列出本市目录
    #[command(after_help = "Example 示例:\n  chengji-node catalogue list --format csv > list.csv")]
    List {
        /// Withdrawn entries, too 包括已撤销条目
        #[arg(long)]
        withdrawn: bool,
    },
    /// Show one entry with its mount and measured volume 查看条目
    #[command(after_help = "Example 示例:\n  chengji-node catalogue show 103001/000001")]
    Show {
        /// Resource code 资源代码
        code: String,
    },
    /// Withdraw a published entry; it stays on record 撤销条目
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue withdraw 103001/000001 \
        --reason 机构改革后由市数据局统一提供"
    )]
    Withdraw {
        /// Resource code 资源代码
        code: String,
        /// Why, 1 to 1,000 characters 撤销理由
        #[arg(long)]
        reason: String,
    },
    /// Mount a file of the node's machine to an entry and measure it 挂接文件
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue mount 103001/000001 districts.csv"
    )]
    Mount {
        /// Resource code 资源代码
        code: String,
        /// The file on the node's machine, not on this one: an absolute path, or one relative to
        /// a folder of the node's mount_roots 节点所在机器上的文件路径
        path: String,
    },
    /// Take a mount away 解除挂接
    #[command(
        after_help = "Example 示例:\n  chengji-node catalogue unmount 103001/000001 --reason 数据源迁移"
    )]
    Unmount {
        /// Resource code 资源代码
        code: String,
        /// Why, 1 to 1,000 characters 解除理由
        #[arg(long)]
        reason: String,
    },
    /// Measure a mounted file again 重新计量
    #[command(after_help = "Example 示例:\n  chengji-node catalogue measure 103001/000001")]
    Measure {
        /// Resource code 资源代码
        code: String,
    },
}

/// Runs one.
pub(super) async fn run(command: CatalogueCommand, context: &Context) -> Result<ExitCode> {
    // An import reads its file before it needs to know whom to send it to.
    let client = async || -> Result<_> {
        let client = CatalogueServiceClient::new(context.channel().await?);
        Ok(client.max_decoding_message_size(PAGE_BYTES))
    };
    let answer = match command {
        CatalogueCommand::Import(arguments) => return import::run(arguments, context).await,
        CatalogueCommand::Template(arguments) => {
            export::template(&arguments)?;
            return Ok(ExitCode::SUCCESS);
        }
        CatalogueCommand::Export(arguments) => {
            export::export(&arguments, &all(client().await?, false).await?)?;
            return Ok(ExitCode::SUCCESS);
        }
        CatalogueCommand::List { withdrawn } => {
            print(
                context.format(),
                &all(client().await?, withdrawn).await?,
                list,
            )?;
            return Ok(ExitCode::SUCCESS);
        }
        CatalogueCommand::Show { code } => {
            client().await?.show(v1::ShowEntryRequest { code }).await
        }
        CatalogueCommand::Withdraw { code, reason } => {
            client()
                .await?
                .withdraw(v1::WithdrawRequest { code, reason })
                .await
        }
        CatalogueCommand::Mount { code, path } => {
            client().await?.mount(v1::MountRequest { code, path }).await
        }
        CatalogueCommand::Unmount { code, reason } => {
            client()
                .await?
                .unmount(v1::UnmountRequest { code, reason })
                .await
        }
        CatalogueCommand::Measure { code } => {
            client().await?.measure(v1::MeasureRequest { code }).await
        }
    };
    print(context.format(), &told(answer)?, views::record)?;
    Ok(ExitCode::SUCCESS)
}

fn told<T>(answer: Result<Response<T>, Status>) -> Result<T> {
    answer
        .map(Response::into_inner)
        .map_err(|status| status::to_error(&status))
}

/// Every page in one answer.
async fn all(
    mut client: CatalogueServiceClient<Channel>,
    include_withdrawn: bool,
) -> Result<v1::ListEntriesResponse> {
    let mut whole = v1::ListEntriesResponse::default();
    let mut page = String::new();
    loop {
        let request = v1::ListEntriesRequest {
            page_size: PAGE,
            page,
            include_withdrawn,
        };
        let answer = told(client.list(request).await)?;
        whole.records.extend(answer.records);
        page = answer.next_page;
        if page.is_empty() {
            return Ok(whole);
        }
    }
}

fn list(list: &v1::ListEntriesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("code", "code 代码"),
        Column::left("name", "name 名称"),
        Column::left("provider", "provider 提供方"),
        Column::left("share_class", "class 共享类型"),
        Column::left("share_manner", "manner 方式"),
        Column::left("update_cycle", "cycle 更新周期"),
        Column::right("revision", "revision 版本"),
        Column::left("mount", "mount 挂接"),
        Column::right("rows", "rows 行数"),
        Column::right("bytes", "bytes 字节"),
        Column::left("withdrawn_at", "withdrawn 撤销"),
    ]);
    for record in &list.records {
        table.row(cells_of(record));
    }
    let count = list.records.len();
    table.note(format!("{count} entries 共 {count} 条"));
    table
}

fn cells_of(record: &v1::CatalogueRecord) -> [String; 11] {
    let entry = record.entry.clone().unwrap_or_default();
    let class = convert::share_class_from(entry.share_class()).map_or("", |class| class.zh());
    let manner = convert::share_manner_from(entry.share_manner()).map_or("", |manner| manner.zh());
    let cycle = convert::update_cycle_from(entry.update_cycle()).map_or("", |cycle| cycle.zh());
    let measured = record
        .mount
        .as_ref()
        .and_then(|mount| mount.measurement.as_ref());
    let rows = measured.and_then(|measured| measured.rows);
    [
        entry.code,
        entry.name,
        entry.provider,
        class.to_owned(),
        manner.to_owned(),
        cycle.to_owned(),
        record.revision.to_string(),
        record
            .mount
            .as_ref()
            .map(|mount| mount.file_name.clone())
            .unwrap_or_default(),
        rows.map(|rows| rows.to_string()).unwrap_or_default(),
        measured
            .map(|measured| measured.bytes.to_string())
            .unwrap_or_default(),
        record
            .withdrawn_at
            .as_ref()
            .map(cells::time)
            .unwrap_or_default(),
    ]
}
