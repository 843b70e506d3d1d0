//! `fetch`: fetches a granted resource into the node's folder, and from there to the caller.

use std::path::PathBuf;
use std::process::ExitCode;

use chengji_client::fields::Fields;
use chengji_client::output::{Cell, Table, note, print};
use chengji_client::progress::Progress;
use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::problem_message;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::fetch_response::Part;
use chengji_proto::v1::receive_response::Event;
use chengji_proto::{status, v1};
use clap::Args;
use tonic::transport::Channel;

use super::Context;
use super::conversion::{Converted, TableFormat, workbook_to_stdout};
use super::query::{self, QueryTo};
use super::target::{Sink, Target};
use crate::delivery::Attempts;

/// The exit code of `--if-changed` where nothing has changed.
const UNCHANGED: u8 = 10;

/// Arguments of `fetch`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  chengji-node fetch 430100-1-42\n  \
    chengji-node fetch 430100-1-42 --to hospitals.csv\n  \
    chengji-node fetch 430100-1-42 --to - | head\n  \
    chengji-node fetch 430100-1-43 --to permits.xlsx\n  \
    chengji-node fetch 430100-1-43 --to - --table-format csv | head\n  \
    chengji-node fetch 430100-1-43 --query 'SELECT town, count(*) FROM granted.request.\"430100-1-43\" GROUP BY town'\n  \
    chengji-node fetch 430100-1-42 --if-changed --to hospitals.csv --force\n\n\
    A fetch resumes by itself when its connection breaks, as long as bytes arrive; an interrupted one \
    resumes when it is run again. With --if-changed the exit code is 10 if nothing has changed.\n\n\
    A table arrives as a stream of Arrow's IPC format. It is converted on its way to --to if --table-format or the \
    extension of the file says so; a file is handed on as it is.")]
pub(super) struct FetchArgs {
    /// Request number, in full or short, such as 430100-1-42
    id: String,
    /// Write the file here, too; '-' for standard output. Without it the file stays in the node's folder
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Replace an existing file of --to
    #[arg(long, requires = "to")]
    force: bool,
    /// Write a table in this format; without it the extension of the file says which, and any other extension means
    /// arrow
    #[arg(long, value_name = "FORMAT", value_enum)]
    table_format: Option<TableFormat>,
    /// Write the rows of this query in place of the whole table, which is granted.request."NUMBER" in it; without --to,
    /// to standard output
    #[arg(long, value_name = "SQL", conflicts_with = "if_changed")]
    query: Option<String>,
    /// Transfer nothing if the content is unchanged since it was last received
    #[arg(long)]
    if_changed: bool,
    /// Accept up to this many bytes although the directory lists far less
    #[arg(long, value_name = "BYTES", default_value_t = 0)]
    allow_size: u64,
    /// Operation that the data is for, by the name agreed in the grant
    #[arg(long, value_name = "NAME", default_value = "")]
    operation: String,
}

impl FetchArgs {
    /// Refuses a target that cannot be written, before anything is fetched.
    fn check(&self, target: &Target) -> Result<()> {
        if *target == Target::Stdout && self.table_format == Some(TableFormat::Xlsx) {
            return Err(workbook_to_stdout());
        }
        match self.force || self.if_changed {
            true => Ok(()),
            false => target.check_free(),
        }
    }

    /// Returns the format into which the content of this receipt is converted; `None` if it is written as it is.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for a file with a format of tables, and for a conversion only if something has changed;
    /// `LIMIT_EXCEEDED` for more rows than the format has.
    fn converted(&self, receipt: &v1::Receipt) -> Result<Option<Converted>> {
        let invalid = |message: Message| Error::new(ErrorCode::InvalidArgument, message);
        let format = match receipt.rows {
            None if self.table_format.is_some() => {
                let request = &receipt.request;
                return Err(invalid(msg::FormatOfFile { request }.into()));
            }
            None => None,
            Some(_) => {
                let by_name = self.to.as_deref().and_then(TableFormat::of_extension);
                self.table_format.or(by_name)
            }
        };
        let Some(converted) = format.and_then(TableFormat::converted) else {
            return Ok(None);
        };
        if self.if_changed {
            return Err(invalid(msg::ConvertedIfChanged.into()));
        }
        converted.check(receipt)?;
        Ok(Some(converted))
    }
}

/// Fetches a granted resource.
pub(super) async fn fetch(arguments: FetchArgs, context: &Context) -> Result<ExitCode> {
    if let Some(sql) = arguments.query.clone() {
        return fetch_rows(sql, arguments, context).await;
    }
    if arguments.table_format.is_some() && arguments.to.is_none() {
        return Err(Error::new(
            ErrorCode::InvalidArgument,
            msg::TableFormatWithoutTarget,
        ));
    }
    let target = arguments.to.as_deref().map(Target::new).transpose()?;
    if let Some(target) = &target {
        arguments.check(target)?;
    }
    let channel = context.channel().await?;
    let asked = v1::ReceiveRequest {
        request: arguments.id.clone(),
        allow_bytes: arguments.allow_size,
        // A resource that the node already has is handed on, not fetched again.
        if_changed: arguments.if_changed || target.is_some(),
        operation: arguments.operation.clone(),
    };
    let mut done = receive(&asked, channel.clone()).await?;
    if let Some(target) = target {
        let receipt = done.receipt.clone().unwrap_or_default();
        let converted = arguments.converted(&receipt)?;
        done.unchanged = arguments.if_changed && target.has(&receipt)?;
        if !done.unchanged {
            if !arguments.force {
                target.check_free()?;
            }
            let sink = match converted {
                None => target.open(&receipt)?,
                Some(format) => target.open_converted(&receipt, format)?,
            };
            let sink = download(&receipt, sink, channel).await?;
            target.finish(sink, arguments.force)?;
        }
        done.path = target.to_string();
        if target == Target::Stdout {
            note(msg::FetchedToStandardOutput {
                bytes: receipt.bytes,
                digest: digest(&receipt.digest),
            });
            return Ok(ExitCode::SUCCESS);
        }
    }
    print(context.format(), &done, reception)?;
    if arguments.if_changed && done.unchanged {
        note(msg::FetchUnchanged);
        return Ok(ExitCode::from(UNCHANGED));
    }
    Ok(ExitCode::SUCCESS)
}

/// Fetches a table, and writes the rows of a query.
async fn fetch_rows(sql: String, arguments: FetchArgs, context: &Context) -> Result<ExitCode> {
    let to = QueryTo {
        to: arguments.to,
        force: arguments.force,
        table_format: arguments.table_format,
    };
    to.target()?;
    let asked = v1::ReceiveRequest {
        request: arguments.id,
        allow_bytes: arguments.allow_size,
        if_changed: true,
        operation: arguments.operation,
    };
    let channel = context.channel().await?;
    receive(&asked, channel.clone()).await?;
    query::run(sql, &to, channel).await?;
    Ok(ExitCode::SUCCESS)
}

/// Has the node fetch it; asks again where the way to the node breaks.
async fn receive(asked: &v1::ReceiveRequest, channel: Channel) -> Result<v1::Reception> {
    let mut client = DeliveryServiceClient::new(channel);
    let (mut attempts, mut bar) = (Attempts::default(), Bar::default());
    loop {
        let before = bar.position();
        let broken = match follow(&mut client, asked, &mut bar).await {
            Ok(done) => return Ok(done),
            Err(status) => status,
        };
        pause_before_retry(&broken, &mut attempts, bar.position() > before).await?;
    }
}

/// Waits before the next attempt; the error, where there is none.
async fn pause_before_retry(
    broken: &tonic::Status,
    attempts: &mut Attempts,
    useful: bool,
) -> Result<()> {
    let error = status::to_error(broken);
    let is_broken = status::is_connection_broken(broken);
    let pause = is_broken.then(|| attempts.pause(useful)).flatten();
    let Some(pause) = pause else {
        return Err(error);
    };
    note(resuming(error.message(), pause.as_secs()));
    tokio::time::sleep(pause).await;
    Ok(())
}

/// One call that fetches, to its end.
async fn follow(
    client: &mut DeliveryServiceClient<Channel>,
    asked: &v1::ReceiveRequest,
    bar: &mut Bar,
) -> Result<v1::Reception, tonic::Status> {
    let mut responses = client.receive(asked.clone()).await?.into_inner();
    while let Some(item) = responses.message().await? {
        match item.event {
            Some(Event::Offer(offer)) => {
                let file = &offer.file_name;
                bar.begin(&offer, msg::ProgressFetch { file });
            }
            Some(Event::Arrived(bytes)) => bar.set(bytes),
            Some(Event::Resuming(broken)) => {
                let cause = problem_message(broken.problem.as_ref());
                note(resuming(&cause, u64::from(broken.seconds)));
            }
            Some(Event::Waiting(_)) => note(msg::FetchWaiting),
            Some(Event::Done(done)) => {
                bar.finish();
                return Ok(done);
            }
            Some(Event::Preparing(preparing)) => bar.prepare(preparing.rows),
            None => {}
        }
    }
    Err(ended(msg::FetchWithoutOutcome))
}

/// Gets what the node received; goes on where the way to it breaks, and ends early where a conversion has failed.
async fn download(receipt: &v1::Receipt, mut sink: Sink, channel: Channel) -> Result<Sink> {
    let mut client = DeliveryServiceClient::new(channel);
    let (mut attempts, mut bar) = (Attempts::default(), Bar::default());
    loop {
        let before = sink.arrived();
        match pieces(&mut client, receipt, &mut sink, &mut bar).await {
            Ok(()) => break,
            Err(Broken::Connection(status)) => {
                pause_before_retry(&status, &mut attempts, sink.arrived() > before).await?;
            }
            Err(Broken::Content(error)) => return Err(error),
        }
    }
    if !sink.is_failed() {
        sink.check(&receipt.digest)?;
        bar.finish();
    }
    Ok(sink)
}

/// The reason that pieces ended early.
enum Broken {
    Connection(tonic::Status),
    Content(Error),
}

impl From<tonic::Status> for Broken {
    fn from(status: tonic::Status) -> Self {
        Self::Connection(status)
    }
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Content(error)
    }
}

async fn pieces(
    client: &mut DeliveryServiceClient<Channel>,
    receipt: &v1::Receipt,
    sink: &mut Sink,
    bar: &mut Bar,
) -> Result<(), Broken> {
    let asked = v1::DownloadRequest {
        request: receipt.request.clone(),
        offset: sink.arrived(),
        digest: receipt.digest.clone(),
    };
    let mut pieces = client.download(asked).await?.into_inner();
    while let Some(message) = pieces.message().await? {
        match message.part {
            Some(Part::Offer(offer)) if offer.digest == receipt.digest => {
                let file = &offer.file_name;
                bar.begin(&offer, msg::ProgressSave { file });
            }
            Some(Part::Offer(_)) => return Err(fetched_anew(receipt).into()),
            Some(Part::Chunk(chunk)) => {
                sink.take(&chunk)?;
                if sink.is_failed() {
                    return Ok(());
                }
                bar.set(sink.arrived());
            }
            Some(Part::End(_)) => return Ok(()),
            Some(Part::Preparing(_)) | None => {}
        }
    }
    Err(ended(msg::FileEndedEarly).into())
}

/// A progress bar that outlives the connections of its transfer.
#[derive(Default)]
struct Bar {
    /// Rows that the provider has read before its offer.
    preparing: Option<Progress>,
    drawn: Option<Progress>,
    arrived: u64,
}

impl Bar {
    fn prepare(&mut self, rows: u64) {
        let drawn = self
            .preparing
            .get_or_insert_with(|| Progress::open(msg::ProgressPreparing));
        drawn.set(rows);
    }

    fn begin(&mut self, offer: &v1::Offer, label: impl Into<Message>) {
        if let Some(preparing) = self.preparing.take() {
            preparing.end();
        }
        let drawn = self
            .drawn
            .get_or_insert_with(|| Progress::bytes(offer.bytes, label));
        drawn.set(offer.offset);
        self.arrived = offer.offset;
    }

    /// Returns the progress of the transfer: true once it was offered, and the number of bytes that have arrived. The offer
    /// counts as progress, since the number of bytes is reported only at intervals.
    fn position(&self) -> (bool, u64) {
        (self.drawn.is_some(), self.arrived)
    }

    fn set(&mut self, arrived: u64) {
        self.arrived = arrived;
        if let Some(drawn) = &self.drawn {
            drawn.set(arrived);
        }
    }

    fn finish(&mut self) {
        if let Some(drawn) = self.drawn.take() {
            drawn.finish(msg::ProgressChecked);
        }
    }
}

fn resuming(cause: &Message, seconds: u64) -> Message {
    msg::FetchResuming { seconds, cause }.into()
}

/// The status of a call that ended without an error and without an outcome, as that of a broken connection.
fn ended(message: impl Into<Message>) -> tonic::Status {
    tonic::Status::unavailable(message.into().shown())
}

fn fetched_anew(receipt: &v1::Receipt) -> Error {
    let request = &receipt.request;
    Error::new(ErrorCode::Conflict, msg::FetchedAnewMeanwhile { request })
}

fn reception(done: &v1::Reception) -> Table {
    let receipt = done.receipt.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("path", msg::ColumnPath, &done.path);
    let transferred = match done.unchanged {
        true => Cell::label("no", msg::NotTransferredUnchanged),
        false => Cell::label("yes", msg::Yes),
    };
    fields.field("transferred", msg::ColumnTransferred, transferred);
    fields.field("bytes", msg::ColumnBytes, receipt.bytes);
    if let Some(rows) = receipt.rows {
        fields.field("rows", msg::ColumnRows, rows);
    }
    fields.field("digest", msg::ColumnDigest, digest(&receipt.digest));
    fields.field("receipt", msg::ColumnReceipt, receipt.seq);
    fields.field("request", msg::ColumnRequest, &receipt.request);
    fields.field("provider", msg::ColumnProvider, &receipt.provider);
    fields.field("code", msg::ColumnCode, &receipt.code);
    fields.field("revision", msg::ColumnRevision, receipt.revision);
    fields.into()
}

/// All digits, to be compared with those of other programs.
fn digest(bytes: &[u8]) -> String {
    Digest::from_slice(bytes)
        .map(|digest| digest.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_a_step_of_a_transfer_once_and_each_byte_is() {
        let (mut bar, offer) = (Bar::default(), v1::Offer::default());
        let mut steps = |step: &dyn Fn(&mut Bar)| {
            let before = bar.position();
            step(&mut bar);
            bar.position() > before
        };
        let begin = |bar: &mut Bar| bar.begin(&offer, msg::ProgressChecked);
        assert!(!steps(&|_| {}));
        assert!(steps(&begin));
        assert!(!steps(&begin), "the same offer once more");
        assert!(steps(&|bar| bar.set(1)));
        assert!(!steps(&|bar| bar.set(1)));
    }
}
