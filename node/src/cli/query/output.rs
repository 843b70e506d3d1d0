//! The writing of rows on a thread of its own, into a file that gets its name when it is whole.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::SchemaRef;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_interchange::table::{write_csv, write_parquet, write_workbook};
use chengji_messages::{Value, msg};
use chengji_runtime::files;
use tempfile::{Builder, NamedTempFile};

use super::super::conversion::{TableFormat, workbook_to_stdout};
use super::super::target::Target;

/// Number of batches that wait to be written.
const WAITING: usize = 2;

/// Rows that are being written.
pub(super) struct Output {
    batches: SyncSender<Result<RecordBatch>>,
    writer: JoinHandle<Result<()>>,
    file: Option<NamedTempFile>,
    target: Target,
}

impl Output {
    /// Begins to write rows with these columns.
    pub(super) fn begin(schema: SchemaRef, format: TableFormat, target: &Target) -> Result<Self> {
        let (batches, waiting) = sync_channel(WAITING);
        let file = match target {
            Target::Stdout => None,
            Target::File(path) => Some(unfinished(path)?),
        };
        let written = file.as_ref().map(NamedTempFile::reopen).transpose();
        let written = written.map_err(|cause| not_written(&cause))?;
        let writer = thread::Builder::new().name("write".into());
        let writer = writer.spawn(move || match written {
            Some(file) => match format {
                TableFormat::Xlsx => write_workbook(&schema, waiting.into_iter(), file),
                _ => write(format, &schema, waiting, file),
            },
            None => write(format, &schema, waiting, io::stdout()),
        });
        Ok(Self {
            batches,
            writer: writer.map_err(|cause| not_written(&cause))?,
            file,
            target: target.clone(),
        })
    }

    /// Hands over the next rows. False means that writing has failed: it says why at its end.
    pub(super) fn take(&self, batch: RecordBatch) -> bool {
        self.batches.send(Ok(batch)).is_ok()
    }

    /// Gives the file its name once everything is written; over an earlier file only if `replace`.
    ///
    /// # Errors
    ///
    /// The error that the rows ended with, else those of writing; then there is no file.
    pub(super) fn finish(self, passed: Result<()>, replace: bool) -> Result<()> {
        let Self {
            batches,
            writer,
            file,
            target,
        } = self;
        if let Err(error) = passed {
            let _ = batches.send(Err(error));
        }
        drop(batches);
        let broken = |_| {
            Err(Error::new(
                ErrorCode::PeerInvalid,
                msg::TableStreamContradictory,
            ))
        };
        writer.join().unwrap_or_else(broken)?;
        let (Some(file), Target::File(path)) = (file, &target) else {
            return Ok(());
        };
        file.as_file()
            .sync_all()
            .map_err(|cause| not_written(&cause))?;
        if !replace {
            target.check_free()?;
        }
        let unfinished = file.into_temp_path();
        files::rename(&unfinished, path)
    }
}

fn write(
    format: TableFormat,
    schema: &SchemaRef,
    batches: Receiver<Result<RecordBatch>>,
    mut out: impl Write + Send,
) -> Result<()> {
    match format {
        TableFormat::Csv => write_csv(schema, batches.into_iter(), &mut out)?,
        TableFormat::Parquet => write_parquet(schema, batches.into_iter(), &mut out)?,
        TableFormat::Arrow => write_arrow(schema, batches, &mut out)?,
        TableFormat::Xlsx => return Err(workbook_to_stdout()),
    }
    out.flush().map_err(|cause| not_written(&cause))
}

fn write_arrow(
    schema: &SchemaRef,
    batches: Receiver<Result<RecordBatch>>,
    out: impl Write,
) -> Result<()> {
    let writer = StreamWriter::try_new_buffered(out, schema);
    let mut writer = writer.map_err(|cause| not_written(&cause))?;
    for batch in batches {
        writer.write(&batch?).map_err(|cause| not_written(&cause))?;
    }
    writer.finish().map_err(|cause| not_written(&cause))
}

/// A file beside the target, with the rights of a file that people make.
fn unfinished(path: &Path) -> Result<NamedTempFile> {
    let mut builder = Builder::new();
    let readable = PermissionsExt::from_mode(0o666);
    let builder = builder
        .prefix(".query-")
        .suffix(".part")
        .permissions(readable);
    let folder = path.parent().unwrap_or(Path::new("."));
    builder
        .tempfile_in(folder)
        .map_err(|cause| not_written(&cause))
}

fn not_written(cause: &dyn std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Misconfigured, msg::TableNotWritten { cause })
}
