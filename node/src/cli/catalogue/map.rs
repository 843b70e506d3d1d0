//! `catalogue map`: a map for a file of another layout, to be filled in.

use std::io::Write as _;
use std::path::PathBuf;

use chengji_domain::tables::Tables;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange as interchange;
use chengji_messages::{Language, msg};
use clap::Args;

/// Arguments of `catalogue map`.
#[derive(Args, Debug)]
pub(in crate::cli) struct MapArgs {
    /// An Excel workbook (.xlsx), a CSV file, JSON lines (.jsonl, .jsonl.gz) such as those of CKAN, a JSON array
    /// or a portal's data.json; '-' reads standard input
    file: PathBuf,
    /// The sheet of a workbook; the only visible one with a header unless given
    #[arg(long, value_name = "NAME")]
    sheet: Option<String>,
}

/// Writes a map to standard output.
pub(super) fn run(arguments: &MapArgs) -> Result<()> {
    // No node is asked: the names that come with the program do for a proposal.
    let names = Tables::built_in()?.terms.names;
    let input = interchange::Input::of(&arguments.file)?;
    let (sheet, language) = (arguments.sheet.as_deref(), Language::of_process());
    let map = interchange::propose(input.path(), sheet, &names, language)?;
    let written = std::io::stdout().lock().write_all(map.as_bytes());
    written.map_err(|cause| {
        let message = msg::MapUnwritable { cause };
        Error::new(ErrorCode::InvalidArgument, message)
    })
}
