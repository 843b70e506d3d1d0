//! The dialog of a node with the engine, over a Unix socket that is the engine's standard input.
//!
//! In this order: the node sends [`Begin`]; the engine answers with the [`References`] of the statement; the node sends
//! what they are ([`Described`]); the engine answers with the [`Plan`]. To run it, the node sends [`Files`] and the files
//! themselves, one for each [`Content`] that the plan names; the engine plans the query again with the sizes of the
//! tables, writes the rows to its standard output, as a stream in Arrow's IPC format, and answers with [`Ended`]. Each
//! answer may be a failure instead, after which the engine ends. It ends as well when the socket is closed.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Schema, SchemaRef};
use chengji_domain::problem::Problem;
use chengji_domain::{Error, Result};
use chengji_proto::convert::{problem_from, problem_to};
use chengji_proto::v1;
use chengji_subprocess::frames;
use prost::Message;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};

use crate::table::TableName;

/// Maximum number of tables of a query.
pub const MAX_TABLES: usize = 64;

/// Maximum length of a message, bytes.
const MAX_MESSAGE: u32 = 64 << 20;

/// The query.
#[derive(Clone, PartialEq, Message)]
pub struct Begin {
    /// One statement in SQL.
    #[prost(string, tag = "1")]
    pub sql: String,
    /// The values of its parameters: an Arrow stream with one row; empty if they are not bound.
    #[prost(bytes = "vec", tag = "2")]
    pub parameters: Vec<u8>,
    /// Maximum memory of the query, bytes.
    #[prost(uint64, tag = "3")]
    pub memory: u64,
    /// Maximum processor time, seconds.
    #[prost(uint64, tag = "4")]
    pub seconds: u64,
    /// Instead of a statement: a query of one table that another node has handed over, as a plan of Substrait.
    #[prost(bytes = "vec", tag = "5")]
    pub table_query: Vec<u8>,
    /// Maximum size of the file for rows that do not fit into the memory, bytes; 0 if there is none. It follows the
    /// contents.
    #[prost(uint64, tag = "6")]
    pub spill: u64,
    /// Bytes of the disk of that file that stay free.
    #[prost(uint64, tag = "7")]
    pub keep_free: u64,
}

/// The tables that a statement names.
#[derive(Clone, PartialEq, Message)]
pub struct References {
    /// Their names, each once.
    #[prost(message, repeated, tag = "1")]
    pub names: Vec<Name>,
}

/// A name of a table.
#[derive(Clone, PartialEq, Eq, Message)]
#[allow(missing_docs, reason = "as of `TableName`")]
pub struct Name {
    #[prost(string, tag = "1")]
    pub catalog: String,
    #[prost(string, tag = "2")]
    pub schema: String,
    #[prost(string, tag = "3")]
    pub table: String,
}

/// The tables, in the order of their references.
#[derive(Clone, PartialEq, Message)]
pub struct Described {
    /// The columns of each: an Arrow stream without rows.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub schemas: Vec<Vec<u8>>,
    /// The name of each at the node that computes queries of it; empty for one whose rows are all handed over.
    #[prost(string, repeated, tag = "2")]
    pub remote: Vec<String>,
}

/// A planned query.
#[derive(Clone, PartialEq, Message)]
pub struct Plan {
    /// The columns of its rows: an Arrow stream without rows.
    #[prost(bytes = "vec", tag = "1")]
    pub schema: Vec<u8>,
    /// Its parameters, likewise.
    #[prost(bytes = "vec", tag = "2")]
    pub parameters: Vec<u8>,
    /// What it reads.
    #[prost(message, repeated, tag = "3")]
    pub contents: Vec<Content>,
    /// True if the query is only explained: its contents are planned with, and not read.
    #[prost(bool, tag = "4")]
    pub is_explained: bool,
}

/// What a planned query reads of a table.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct Content {
    /// The number of the table among the references, from 0.
    #[prost(uint32, tag = "1")]
    pub table: u32,
    /// The query of it whose rows are read, as a plan of Substrait; empty for all rows.
    #[prost(bytes = "vec", tag = "2")]
    pub query: Vec<u8>,
}

/// The contents, in the order in which the plan names them. The files follow, and then the one for rows that do not fit into
/// the memory, if there is one.
#[derive(Clone, PartialEq, Message)]
pub struct Files {
    /// Their sizes in bytes.
    #[prost(uint64, repeated, tag = "1")]
    pub bytes: Vec<u64>,
    /// Their numbers of rows, by which the order of joins is planned.
    #[prost(uint64, repeated, tag = "2")]
    pub rows: Vec<u64>,
    /// For each content, true if it is not handed over and its size is unknown, as for a statement that is only explained.
    #[prost(bool, repeated, tag = "3")]
    pub are_missing: Vec<bool>,
}

/// The end of the rows.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct Ended {
    /// Their number.
    #[prost(uint64, tag = "1")]
    pub rows: u64,
}

impl From<TableName> for Name {
    fn from(name: TableName) -> Self {
        let TableName {
            catalog,
            schema,
            table,
        } = name;
        Self {
            catalog,
            schema,
            table,
        }
    }
}

impl From<Name> for TableName {
    fn from(name: Name) -> Self {
        let Name {
            catalog,
            schema,
            table,
        } = name;
        Self {
            catalog,
            schema,
            table,
        }
    }
}

/// Sends a message.
pub fn send(to: &UnixStream, message: &impl Message) -> io::Result<()> {
    frames::send(to, message, MAX_MESSAGE)
}

/// Sends the reason why the engine ends.
pub fn send_failure(to: &UnixStream, error: &Error) -> io::Result<()> {
    let problem = problem_to(&Problem::from(error));
    frames::send_failure(to, &problem, MAX_MESSAGE)
}

/// Receives a message, or the reason why the engine ends.
pub fn receive<M: Message + Default>(from: &UnixStream) -> io::Result<Result<M>> {
    let received = frames::receive(from, MAX_MESSAGE)?;
    Ok(received.map_err(|problem: v1::Problem| {
        let error = problem_from(Some(&problem)).map(Problem::into_error);
        error.unwrap_or_else(|unreadable| unreadable)
    }))
}

/// Sends an open file.
pub fn send_file(to: &UnixStream, file: &File) -> io::Result<()> {
    let files = [file.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut attached = SendAncillaryBuffer::new(&mut space);
    attached.push(SendAncillaryMessage::ScmRights(&files));
    sendmsg(to, &[IoSlice::new(&[0])], &mut attached, SendFlags::empty())?;
    Ok(())
}

/// Receives an open file.
pub fn receive_file(from: &UnixStream) -> io::Result<File> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut attached = RecvAncillaryBuffer::new(&mut space);
    let mut byte = [0];
    let mut bytes = [IoSliceMut::new(&mut byte)];
    recvmsg(from, &mut bytes, &mut attached, RecvFlags::CMSG_CLOEXEC)?;
    let mut files = attached.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(files) => Some(files),
        _ => None,
    });
    let file = files.next().and_then(|mut files| files.next());
    file.map(File::from)
        .ok_or_else(|| ErrorKind::UnexpectedEof.into())
}

/// Encodes columns as an Arrow stream without rows.
///
/// # Errors
///
/// Those of Arrow.
pub fn schema_to_bytes(schema: &Schema) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), schema)?;
    writer.finish()?;
    writer.into_inner()
}

/// Decodes columns.
///
/// # Errors
///
/// Those of Arrow.
pub fn schema_from_bytes(bytes: &[u8]) -> Result<SchemaRef, ArrowError> {
    StreamReader::try_new(Cursor::new(bytes), None).map(|reader| reader.schema())
}

/// Encodes the values of parameters.
///
/// # Errors
///
/// Those of Arrow.
pub fn parameters_to_bytes(parameters: &RecordBatch) -> Result<Vec<u8>, ArrowError> {
    let mut writer = StreamWriter::try_new(Vec::new(), &parameters.schema())?;
    writer.write(parameters)?;
    writer.finish()?;
    writer.into_inner()
}

/// Decodes the values of parameters; `None` if there is no row.
///
/// # Errors
///
/// Those of Arrow.
pub fn parameters_from_bytes(bytes: &[u8]) -> Result<Option<RecordBatch>, ArrowError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    StreamReader::try_new(Cursor::new(bytes), None)?
        .next()
        .transpose()
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Seek, SeekFrom, Write};

    use chengji_domain::ErrorCode;
    use chengji_messages::msg;

    use super::*;

    #[test]
    fn messages_failures_and_files_arrive() {
        let (here, there) = UnixStream::pair().unwrap();
        let begin = Begin {
            sql: "SELECT 1".to_owned(),
            parameters: Vec::new(),
            memory: 1 << 20,
            seconds: 7,
            table_query: Vec::new(),
            spill: 1 << 30,
            keep_free: 5,
        };
        send(&here, &begin).unwrap();
        assert_eq!(receive::<Begin>(&there).unwrap(), Ok(begin));

        let error = Error::new(ErrorCode::NotFound, msg::Text { text: "no table" });
        send_failure(&there, &error).unwrap();
        assert_eq!(receive::<Plan>(&here).unwrap(), Err(error));

        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"rows").unwrap();
        send_file(&here, &file).unwrap();
        let mut received = receive_file(&there).unwrap();
        received.seek(SeekFrom::Start(0)).unwrap();
        let mut content = String::new();
        received.read_to_string(&mut content).unwrap();
        assert_eq!(content, "rows");
    }
}
