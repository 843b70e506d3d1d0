//! `query`: runs a query in SQL at the city's node, and writes its rows.

mod output;

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use arrow_array::RecordBatch;
use arrow_flight::FlightInfo;
use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::sql::client::FlightSqlServiceClient;
use arrow_schema::SchemaRef;
use chengji_client::output::note;
use chengji_client::progress::Progress;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_proto::status;
use clap::Args;
use futures_util::TryStreamExt;
use tonic::transport::Channel;

use self::output::Output;
use super::Context;
use super::conversion::{TableFormat, workbook_to_stdout};
use super::target::Target;

/// Maximum size of a message with rows, bytes; a row may have a value of some MiB.
const MAX_MESSAGE: usize = 64 << 20;

/// Arguments of `query`.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  \
    chengji-node query 'SELECT * FROM granted.\"430200\".\"206007000001\" LIMIT 10'\n  \
    chengji-node query --to joined.xlsx 'SELECT p.name, s.grade FROM granted.\"430200\".\"206007000001\" p JOIN \
    granted.\"430300\".\"307012000004\" s USING (code)'\n  \
    chengji-node query 'SELECT city, count(*) FROM catalogue.entries GROUP BY city'\n  \
    chengji-node query - < report.sql > report.csv\n\n\
    Tables: granted.\"CITY\".\"CODE\" for each table that is granted to this city, granted.request.\"NUMBER\" for the \
    same by its request, catalogue.entries for the directory, catalogue.requests for this city's requests, rate.cities \
    for the sharing rates. A granted table that the node has not received yet is fetched first.")]
pub(super) struct QueryArgs {
    /// One statement that reads: SELECT, WITH, VALUES, or EXPLAIN of these; '-' reads it from standard input
    sql: String,
    #[command(flatten)]
    to: QueryTo,
}

/// The place for the rows of a query.
#[derive(Args, Debug)]
pub(super) struct QueryTo {
    /// Write the rows to this file; without it, or with '-', they are written to standard output
    #[arg(long, value_name = "FILE")]
    pub(super) to: Option<PathBuf>,
    /// Replace an existing file of --to
    #[arg(long, requires = "to")]
    pub(super) force: bool,
    /// Write them in this format; without it the extension of the file says which, and any other extension, and standard
    /// output, mean csv
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub(super) table_format: Option<TableFormat>,
}

/// Runs a query.
pub(super) async fn query(arguments: QueryArgs, context: &Context) -> Result<()> {
    let QueryArgs { sql, to } = arguments;
    to.target()?;
    let sql =
        match sql.as_str() {
            "-" => io::read_to_string(io::stdin().lock().take(MAX_MESSAGE as u64)).map_err(
                |cause| Error::new(ErrorCode::InvalidArgument, msg::QueryUnreadable { cause }),
            )?,
            _ => sql,
        };
    run(sql, &to, context.channel().await?).await
}

/// Runs a query and writes its rows.
pub(super) async fn run(sql: String, to: &QueryTo, channel: Channel) -> Result<()> {
    let target = to.target()?;
    let mut rows = Rows::of(channel, sql).await?;
    let progress = Progress::open(msg::ProgressQuery);
    let output = Output::begin(rows.schema().await?, to.format(&target), &target)?;
    let mut number = 0;
    let passed = loop {
        match rows.next().await {
            Ok(Some(batch)) => {
                number += batch.num_rows() as u64;
                progress.set(number);
                if !output.take(batch) {
                    break Ok(());
                }
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    progress.end();
    output.finish(passed, to.force)?;
    if target != Target::Stdout {
        let path = Value::text(&target);
        note(msg::QueryWritten { path, rows: number });
    }
    Ok(())
}

impl QueryTo {
    /// The target, refused before the query runs if it cannot be written.
    pub(super) fn target(&self) -> Result<Target> {
        let target = Target::new(self.to.as_deref().unwrap_or(Path::new("-")))?;
        if target == Target::Stdout && self.table_format == Some(TableFormat::Xlsx) {
            return Err(workbook_to_stdout());
        }
        if !self.force {
            target.check_free()?;
        }
        Ok(target)
    }

    fn format(&self, target: &Target) -> TableFormat {
        let by_name = match target {
            Target::File(path) => TableFormat::of_extension(path),
            Target::Stdout => None,
        };
        self.table_format.or(by_name).unwrap_or(TableFormat::Csv)
    }
}

/// The rows of a running query.
struct Rows(FlightRecordBatchStream, Option<RecordBatch>);

impl Rows {
    async fn of(channel: Channel, sql: String) -> Result<Self> {
        let inner = FlightServiceClient::new(channel).max_decoding_message_size(MAX_MESSAGE);
        let mut client = FlightSqlServiceClient::new_from_inner(inner);
        let info: FlightInfo = client.execute(sql, None).await.map_err(|e| of_flight(&e))?;
        let ticket = info.endpoint.into_iter().next().and_then(|one| one.ticket);
        let missing = || Error::new(ErrorCode::PeerInvalid, msg::QueryWithoutTicket);
        let stream = client.do_get(ticket.ok_or_else(missing)?).await;
        Ok(Self(stream.map_err(|e| of_flight(&e))?, None))
    }

    /// The columns, which come before the first rows.
    async fn schema(&mut self) -> Result<SchemaRef> {
        self.1 = self.next().await?;
        let schema = self.0.schema().cloned();
        let of_rows = self.1.as_ref().map(RecordBatch::schema);
        let missing = || Error::new(ErrorCode::PeerInvalid, msg::QueryWithoutTicket);
        schema.or(of_rows).ok_or_else(missing)
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        match self.1.take() {
            Some(batch) => Ok(Some(batch)),
            None => self.0.try_next().await.map_err(|error| of_flight(&error)),
        }
    }
}

fn of_flight(error: &FlightError) -> Error {
    match error {
        FlightError::Tonic(said) => status::to_error(said),
        other => {
            let cause = Value::text(other);
            Error::new(ErrorCode::PeerInvalid, msg::QueryAnswerBroken { cause })
        }
    }
}
