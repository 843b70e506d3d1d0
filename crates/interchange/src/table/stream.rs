//! The stream of Arrow's IPC format in which a table is delivered, read without trust in its origin.
//!
//! A delivered table is an uncompressed stream without dictionaries that ends with its end marker. Nothing is allocated
//! by the word of the stream: a part is read only if it is within the bounds and all its bytes are there, and its values
//! take no more room than the bound when each is written out (`room.rs`). What Arrow
//! verifies of a part is verified; some contradictions within a part make it panic, so a stream of unknown origin is
//! read on a thread of its own.

use std::collections::HashMap;
use std::io::{self, ErrorKind, Read};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::fb_to_schema;
use arrow_ipc::reader::read_record_batch;
use arrow_ipc::{Endianness, Message, MessageHeader, root_as_message};
use arrow_schema::{DataType, Field, SchemaRef};
use chengji_domain::quoted::Quoted;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};

use super::room::{takes_room, view_bytes};
use super::texts;

/// Maximum size of the rows of a part, bytes. It bounds the memory that reading takes.
pub const MAX_PART_BYTES: u64 = 256 << 20;

/// Maximum size of the description of a part, bytes.
const MAX_DESCRIPTION: u64 = 8 << 20;

/// Maximum number of rows of a part: those of a table whose columns are all without values take no bytes.
const MAX_PART_ROWS: i64 = 1 << 20;

/// The mark before each part.
const MARK: [u8; 4] = [0xff; 4];

/// The batches of a delivered table. After an error it has ended.
#[derive(Debug)]
pub struct ArrowStream<R> {
    parts: Parts<R>,
    schema: SchemaRef,
    /// The same with bytes in the place of texts.
    as_bytes: SchemaRef,
    is_ended: bool,
}

impl<R: Read> ArrowStream<R> {
    /// Reads the schema of a stream of this size in bytes.
    ///
    /// # Errors
    ///
    /// `PEER_INVALID` for what is no stream of a delivered table, `STORAGE_DAMAGED` if it cannot be read.
    pub fn new(input: R, bytes: u64) -> Result<Self> {
        Self::of_parts_up_to(MAX_PART_BYTES, input, bytes)
    }

    /// Reads the schema of a stream of this size in bytes, whose parts have at most `most` bytes.
    ///
    /// # Errors
    ///
    /// As of [`new`](Self::new).
    pub fn of_parts_up_to(most: u64, input: R, bytes: u64) -> Result<Self> {
        let mut parts = Parts {
            input,
            left: bytes,
            most: most.min(MAX_PART_BYTES),
        };
        let Some(description) = parts.description()? else {
            return Err(unexpected());
        };
        let message = described(&description)?;
        let schema = message.header_as_schema().ok_or_else(unexpected)?;
        if message.bodyLength() != 0 || schema.endianness() != Endianness::Little {
            return Err(unexpected());
        }
        let schema = fb_to_schema(schema);
        schema.fields().iter().try_for_each(|field| check(field))?;
        Ok(Self {
            parts,
            as_bytes: SchemaRef::new(texts::as_bytes(&schema)),
            schema: SchemaRef::new(schema),
            is_ended: false,
        })
    }

    /// Returns the schema.
    pub fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    /// Checks the next batch as reading it does, in less time, and returns the number of its rows; `None` at the end.
    ///
    /// # Errors
    ///
    /// As of reading it.
    pub fn check_next(&mut self) -> Result<Option<u64>> {
        if self.is_ended {
            return Ok(None);
        }
        let checked = self.check();
        self.is_ended = !matches!(checked, Ok(Some(_)));
        checked
    }

    fn check(&mut self) -> Result<Option<u64>> {
        let Some(part) = self.part()? else {
            return Ok(None);
        };
        let batch = part.decoded(SchemaRef::clone(&self.as_bytes))?;
        if !texts::are_texts(&self.schema, &batch) {
            // Fails, and says why.
            part.decoded(self.schema())?;
        }
        Ok(Some(batch.num_rows() as u64))
    }

    fn read(&mut self) -> Result<Option<RecordBatch>> {
        let part = self.part()?;
        part.map(|part| part.decoded(self.schema())).transpose()
    }

    /// Reads the next part with rows; `None` at the end.
    fn part(&mut self) -> Result<Option<Part>> {
        let Some(description) = self.parts.description()? else {
            return self.parts.check_end().map(|()| None);
        };
        let message = described(&description)?;
        let rows = message.header_as_record_batch().ok_or_else(unexpected)?;
        if rows.compression().is_some() || !(0..=MAX_PART_ROWS).contains(&rows.length()) {
            return Err(unexpected());
        }
        let body = self.parts.body(&message)?;
        Ok(Some(Part {
            description,
            body,
            most: self.parts.most,
        }))
    }
}

impl<R: Read> Iterator for ArrowStream<R> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_ended {
            return None;
        }
        let next = self.read().transpose();
        self.is_ended = !matches!(next, Some(Ok(_)));
        next
    }
}

/// A part with rows.
struct Part {
    description: Vec<u8>,
    body: Buffer,
    /// Maximum size of the rows, bytes.
    most: u64,
}

impl Part {
    /// Decodes the rows, and checks what the schema says of their values.
    fn decoded(&self, schema: SchemaRef) -> Result<RecordBatch> {
        let message = described(&self.description)?;
        let rows = message.header_as_record_batch().ok_or_else(unexpected)?;
        let version = message.version();
        let batch = read_record_batch(&self.body, rows, schema, &HashMap::new(), None, &version);
        let batch = batch.map_err(|cause| malformed(&cause))?;
        let columns = batch.columns().iter().map(|column| view_bytes(column));
        match columns.fold(0, u64::saturating_add) {
            bytes if bytes > self.most => Err(too_large(bytes, self.most)),
            _ => Ok(batch),
        }
    }
}

/// The parts of a stream.
#[derive(Debug)]
struct Parts<R> {
    input: R,
    /// Bytes of the stream that were not read yet.
    left: u64,
    /// Maximum size of the values of a part, bytes.
    most: u64,
}

impl<R: Read> Parts<R> {
    /// Reads the description of the next part; `None` for the end marker.
    fn description(&mut self) -> Result<Option<Vec<u8>>> {
        let mut number = [0; 4];
        self.take(&mut number)?;
        if number != MARK {
            return Err(unexpected());
        }
        self.take(&mut number)?;
        let size = u64::from(u32::from_le_bytes(number));
        if size == 0 {
            return Ok(None);
        }
        let mut description = vec![0; self.within(size, MAX_DESCRIPTION)?];
        self.take(&mut description)?;
        Ok(Some(description))
    }

    /// Reads the values of a part, into memory that is not cleared before: the allocator clears a large piece by giving its
    /// pages back to the system, each of which then costs a page fault.
    fn body(&mut self, message: &Message<'_>) -> Result<Buffer> {
        let size = u64::try_from(message.bodyLength()).map_err(|_| unexpected())?;
        let mut body = Vec::with_capacity(self.within(size, self.most)?);
        let read = self.input.by_ref().take(size).read_to_end(&mut body);
        let read = read.map_err(unread)?;
        self.left -= size;
        match read as u64 == size {
            true => Ok(Buffer::from_vec(body)),
            false => Err(invalid(msg::TableStreamIncomplete)),
        }
    }

    /// Checks a size against a bound and against the bytes that are left.
    fn within(&self, size: u64, most: u64) -> Result<usize> {
        if size > self.left {
            return Err(invalid(msg::TableStreamIncomplete));
        }
        let fits = usize::try_from(size).ok().filter(|_| size <= most);
        fits.ok_or_else(|| too_large(size, most))
    }

    fn take(&mut self, into: &mut [u8]) -> Result<()> {
        let left = self.left.checked_sub(into.len() as u64);
        self.left = left.ok_or_else(|| invalid(msg::TableStreamIncomplete))?;
        self.input.read_exact(into).map_err(unread)
    }

    fn check_end(&self) -> Result<()> {
        match self.left {
            0 => Ok(()),
            bytes => Err(invalid(msg::TableStreamGoesOn { bytes })),
        }
    }
}

fn described(description: &[u8]) -> Result<Message<'_>> {
    let message = root_as_message(description).map_err(|cause| malformed(&cause))?;
    match message.header_type() {
        MessageHeader::Schema | MessageHeader::RecordBatch => Ok(message),
        _ => Err(unexpected()),
    }
}

/// Checks that a column has a type of delivered tables: their values are in the rows, and nowhere else.
fn check(field: &Field) -> Result<()> {
    match is_delivered(field.data_type()) {
        true => Ok(()),
        false => Err(invalid(msg::TableStreamType {
            column: Quoted(field.name()),
            found: Value::text(field.data_type()),
        })),
    }
}

fn is_delivered(data_type: &DataType) -> bool {
    match data_type {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _) => is_delivered(item.data_type()) && takes_room(item.data_type()),
        DataType::Struct(fields) => fields.iter().all(|field| is_delivered(field.data_type())),
        DataType::Dictionary(..)
        | DataType::RunEndEncoded(..)
        | DataType::Union(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_) => false,
        _ => true,
    }
}

fn unread(cause: io::Error) -> Error {
    match cause.kind() {
        ErrorKind::UnexpectedEof => invalid(msg::TableStreamIncomplete),
        _ => Error::new(
            ErrorCode::StorageDamaged,
            msg::TableStreamUnreadable { cause },
        ),
    }
}

fn too_large(bytes: u64, most: u64) -> Error {
    invalid(msg::TableStreamPartTooLarge { bytes, most })
}

fn unexpected() -> Error {
    invalid(msg::TableStreamPartUnexpected)
}

fn malformed(cause: &dyn std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    invalid(msg::TableStreamMalformed { cause })
}

fn invalid(message: impl Into<chengji_messages::Message>) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}
