//! `catalogue export`: into a sheet as a whole, or as DCAT-AP, page by page, so that memory use does not
//! grow with the catalogue.

use std::io::Write;

use chengji_client::output::note;
use chengji_domain::catalogue::lifecycle::State;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange::dcat::{Catalogue, Published, Writer};
use chengji_messages::{Value, msg};
use chengji_proto::convert::entry_from;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use clap::Args;
use tonic::transport::Channel;

use super::published::{all, pages};
use super::which::Which;
use super::{export, lifecycle, selection};
use crate::cli::answer;

/// Arguments of `catalogue export`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ExportOptions {
    #[command(flatten)]
    to: export::ExportArgs,
    #[command(flatten)]
    which: Which,
    /// Newest revisions in this state instead of published ones: draft, submitted, returned, taken-back,
    /// published, withdrawal-asked, withdrawn
    #[arg(long, value_name = "STATE", value_parser = lifecycle::state)]
    state: Vec<State>,
    /// In .jsonld, include entries not open to the public; other files always contain them
    #[arg(long)]
    all: bool,
    /// In .jsonld, the city's name; its code unless given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl ExportOptions {
    /// Refuses options that say nothing in a file of this kind.
    fn check(&self, jsonld: bool) -> Result<()> {
        let (given, of) = match jsonld {
            true => (
                [(!self.state.is_empty(), "--state"), (false, "")],
                &[".xlsx", ".csv"][..],
            ),
            false => (
                [(self.all, "--all"), (self.name.is_some(), "--name")],
                &[".jsonld"][..],
            ),
        };
        match given.iter().find(|(given, _)| *given) {
            None => Ok(()),
            Some((_, option)) => {
                let (option, kinds) = (*option, Value::from(of.to_vec()));
                let message = msg::OptionOfOtherFiles { option, kinds };
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }
}

/// Writes entries to a file.
pub(super) async fn export(
    arguments: &ExportOptions,
    client: CatalogueServiceClient<Channel>,
) -> Result<()> {
    let path = &arguments.to.file;
    let is_jsonld = arguments.to.is_jsonld()?;
    arguments.check(is_jsonld)?;
    if !is_jsonld && !arguments.state.is_empty() {
        return on_their_way(arguments, client).await;
    }
    if !is_jsonld {
        let list = all(client, &arguments.which, false).await?;
        let entries = list.records.iter().filter_map(|r| r.entry.as_ref());
        return export::export(&arguments.to, entries);
    }
    let (file, out) = export::begin(path)?;
    let counted = export::end(path, &file, jsonld(arguments, client, out).await)?;
    let Counted { written, closed } = counted;
    note(msg::EntriesWritten {
        count: written,
        path: Value::text(path.display()),
    });
    match (arguments.all, closed) {
        (_, 0) => {}
        (true, count) => note(msg::ClosedEntriesWritten { count }),
        (false, count) => note(msg::ClosedEntriesLeftOut { count }),
    }
    Ok(())
}

/// Writes what stands in some states, as its newest revision says.
async fn on_their_way(
    arguments: &ExportOptions,
    client: CatalogueServiceClient<Channel>,
) -> Result<()> {
    let states = arguments.state.iter();
    let filter = v1::EntryFilter {
        states: states
            .map(|state| convert::entry_state_to(*state).into())
            .collect(),
        ..arguments.which.filter()?
    };
    let list = selection::pages(client, filter).await?;
    let entries = || {
        list.lifecycles
            .iter()
            .filter_map(|listed| listed.entry.as_ref())
    };
    let codes = entries().map(|entry| entry.code.as_str());
    arguments.which.check_found(codes)?;
    export::export(&arguments.to, entries())
}

/// The number of entries written, and of those left out because they are not open to the public.
struct Counted {
    written: u64,
    closed: u64,
}

async fn jsonld(
    arguments: &ExportOptions,
    mut client: CatalogueServiceClient<Channel>,
    out: impl Write,
) -> Result<Counted> {
    let mut next = async |asked| answer(client.list(asked)).await;
    let (mut pages, mut found) = (pages(arguments.which.filter()?, false), Vec::new());
    let mut records = Vec::new();
    while records.is_empty()
        && let Some(page) = pages.next(&mut next).await?
    {
        records = page.records;
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
            if arguments.which.names_codes() {
                found.push(published.entry.code.to_string());
            }
            closed += u64::from(!open);
            if open || arguments.all {
                writer.add(&published)?;
            }
        }
        let Some(page) = pages.next(&mut next).await? else {
            break;
        };
        records = page.records;
    }
    arguments
        .which
        .check_found(found.iter().map(String::as_str))?;
    let written = writer.finish()?;
    Ok(Counted { written, closed })
}

fn published(record: v1::CatalogueRecord) -> Result<Published> {
    let entry = record.entry.unwrap_or_default();
    let mount = match record.mount {
        Some(v1::Mount {
            file_name,
            is_table: false,
            measurement: Some(measured),
            ..
        }) => Some((file_name, convert::measurement_from(Some(&measured))?)),
        // A table is no file with a checksum.
        _ => None,
    };
    Ok(Published {
        entry: entry_from(entry)?,
        revision: record.revision,
        at: convert::time_from(record.published_at.as_ref(), "published_at")?,
        mount,
    })
}

fn nothing() -> Error {
    Error::new(ErrorCode::NotFound, msg::NothingToExport)
}
