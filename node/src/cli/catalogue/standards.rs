//! `catalogue export`: into a sheet as a whole, or as DCAT-AP, page by page so that a catalogue of
//! any size takes no room here.

use std::io::Write;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use clap::Args;
use tonic::transport::Channel;

use super::export;
use super::outcome::tell;
use crate::cli::catalogue::{all, one_page};
use crate::sheet::dcat::{Catalogue, Published, Writer};

/// Where to write, and what.
#[derive(Args, Debug)]
pub(in crate::cli) struct ExportOptions {
    #[command(flatten)]
    to: export::ExportArgs,
    /// In .jsonld, entries that are not open to the public, too; other files always have them
    /// JSON-LD 中包含未开放的条目
    #[arg(long)]
    all: bool,
    /// In .jsonld, the city's name; its code unless given 城市名称
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Writes the published entries to a file.
pub(super) async fn export(
    arguments: &ExportOptions,
    client: CatalogueServiceClient<Channel>,
) -> Result<()> {
    let path = &arguments.to.file;
    if !path
        .extension()
        .is_some_and(|e| e.eq_ignore_ascii_case("jsonld"))
    {
        refuse_jsonld_flags(arguments)?;
        return export::export(&arguments.to, &all(client, false).await?);
    }
    let (file, out) = export::begin(path)?;
    let counted = export::end(path, &file, jsonld(arguments, client, out).await)?;
    let Counted { written, closed } = counted;
    tell(&format!(
        "{written} entries written 已导出 {written} 条: {}",
        path.display()
    ));
    match (arguments.all, closed) {
        (_, 0) => {}
        (true, closed) => tell(&format!(
            "warning 警告: {closed} of them are not open to the public; do not hand the file to a \
             public portal 其中 {closed} 条未向社会开放，请勿提供给公共门户"
        )),
        (false, closed) => tell(&format!(
            "{closed} entries that are not open to the public were left out; --all writes them, too \
             另有 {closed} 条未向社会开放，未导出（--all 可导出全部）"
        )),
    }
    Ok(())
}

/// What is said of JSON-LD alone is not passed over in silence for another file.
fn refuse_jsonld_flags(arguments: &ExportOptions) -> Result<()> {
    let flag = match arguments {
        ExportOptions { all: true, .. } => "--all",
        ExportOptions { name: Some(_), .. } => "--name",
        _ => return Ok(()),
    };
    let message = format!("{flag} is of .jsonld files; other files have every entry and no name");
    Err(
        Error::new(ErrorCode::InvalidArgument, message).with_remedy(format!(
            "leave {flag} out, or name a file that ends in .jsonld 请去掉 {flag}"
        )),
    )
}

/// How many entries were written, and how many were met that are not open to the public.
struct Counted {
    written: u64,
    closed: u64,
}

async fn jsonld(
    arguments: &ExportOptions,
    mut client: CatalogueServiceClient<Channel>,
    out: impl Write,
) -> Result<Counted> {
    let (mut records, mut next) = one_page(&mut client, String::new(), false).await?;
    // A page of withdrawn entries is empty, and there may be more.
    while records.is_empty()
        && let Some(at) = next.take()
    {
        (records, next) = one_page(&mut client, at, false).await?;
    }
    let first = records.first().ok_or_else(nothing)?;
    let mut writer = Writer::new(
        out,
        &Catalogue {
            city: first.city.parse()?,
            name: arguments.name.clone().unwrap_or_else(|| first.city.clone()),
            whole: arguments.all,
        },
    )?;
    let mut closed = 0;
    loop {
        for record in records {
            let published = published(record)?;
            let open = published.entry.opening.is_some();
            closed += u64::from(!open);
            if open || arguments.all {
                writer.add(&published)?;
            }
        }
        let Some(at) = next else { break };
        (records, next) = one_page(&mut client, at, false).await?;
    }
    let written = writer.finish()?;
    Ok(Counted { written, closed })
}

fn published(record: v1::CatalogueRecord) -> Result<Published> {
    let entry = record.entry.unwrap_or_default();
    let mount = match record.mount {
        Some(v1::Mount {
            file_name,
            measurement: Some(measured),
            ..
        }) => Some((file_name, convert::measurement_from(Some(&measured))?)),
        _ => None,
    };
    Ok(Published {
        entry: convert::entry_from(&entry)?,
        revision: record.revision,
        at: convert::time_from(record.published_at.as_ref(), "published_at")?,
        mount,
    })
}

fn nothing() -> Error {
    Error::new(
        ErrorCode::NotFound,
        "the catalogue has no published entries",
    )
    .with_remedy("import some first 请先导入目录")
}
