//! `log`: decisions of people about logs: accepting a followed log that has diverged, and confirming
//! the own log without peers; and archives of the log.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use chengji_domain::{Error, ErrorCode, Result};
use chengji_follow::archive;
use chengji_messages::{Message, Value, msg};
use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use clap::Args;

use super::{Session, answer};
use crate::output::{note, print};
use crate::progress::Progress;
use crate::views;

/// Accepts the log of this owner as it is now.
pub async fn accept_log(session: &Session, log: String, reason: String) -> Result<()> {
    let mut client = StatusServiceClient::new(session.channel().await?);
    let accepted = answer(client.accept_log(v1::AcceptLogRequest { log, reason })).await?;
    print(session.format(), &accepted, views::accepted)
}

/// Lets the program append to its log without a peer having confirmed it.
#[derive(Args, Clone, Debug)]
pub struct ConfirmArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    /// Peer that contradicts the log and is known to be wrong; may be repeated
    #[arg(long, value_name = "PEER")]
    against: Vec<String>,
}

impl ConfirmArgs {
    /// Runs it.
    pub async fn run(self, session: &Session) -> Result<()> {
        let Self { reason, against } = self;
        let mut client = StatusServiceClient::new(session.channel().await?);
        answer(client.confirm_log(v1::ConfirmLogRequest { reason, against })).await?;
        note(msg::LogConfirmed);
        Ok(())
    }
}

/// Writes the log to a file for archives.
#[derive(Args, Clone, Debug)]
pub struct ExportLogArgs {
    /// The file to write, which must not exist yet
    file: PathBuf,
    /// First position
    #[arg(long, default_value_t = 0)]
    from: u64,
}

impl ExportLogArgs {
    /// Runs it. The file is complete, or removed.
    pub async fn run(self, session: &Session) -> Result<()> {
        let Self { file: path, from } = self;
        let channel = session.channel().await?;
        let file = File::create_new(&path).map_err(|error| unwritable(&path, &error))?;
        let mut out = BufWriter::new(&file);
        let mut bar = None;
        let progress = |done, total| {
            bar.get_or_insert_with(|| Progress::count(total, msg::ExportingLog))
                .set(done);
        };
        let failed = |error: io::Error| unwritable(&path, &error);
        let now = chengji_clock::now();
        let exported = archive::export(channel, from, now, &mut out, progress, failed).await;
        let exported = exported.and_then(|archive| {
            out.flush().map_err(failed)?;
            file.sync_all().map_err(failed)?;
            Ok(archive)
        });
        if exported.is_err() {
            // The error is reported, and that an incomplete file remains would be no other.
            let _ = fs::remove_file(&path);
        }
        if let Some(bar) = bar {
            bar.end();
        }
        print_archive(session, &path, exported?)
    }
}

/// Verifies a file written by an export of a log.
#[derive(Args, Clone, Debug)]
pub struct VerifyLogArgs {
    /// The exported file
    file: PathBuf,
}

impl VerifyLogArgs {
    /// Runs it; it calls no program.
    pub fn run(self, session: &Session) -> Result<()> {
        let path = self.file;
        let file = File::open(&path).map_err(|cause| {
            let path = Value::text(path.display());
            let message = msg::ArchiveUnreadable { cause, path };
            Error::new(ErrorCode::InvalidArgument, message)
        })?;
        let archive = archive::verify(&mut BufReader::new(file))?;
        print_archive(session, &path, archive)
    }
}

fn print_archive(session: &Session, path: &Path, archive: v1::LogArchive) -> Result<()> {
    let path = path.display().to_string();
    let archive = v1::LogArchive { path, ..archive };
    print(session.format(), &archive, views::log_archive)
}

fn unwritable(path: &Path, cause: &io::Error) -> Error {
    let path = Value::text(path.display());
    let message: Message = match cause.kind() {
        ErrorKind::AlreadyExists => msg::ExportFileExists { path }.into(),
        _ => msg::ExportFileUnwritable { path, cause }.into(),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}
