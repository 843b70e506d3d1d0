//! The canonical encoding of values, as the contract defines it at `Measurement.digest`.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray, OffsetSizeTrait, downcast_primitive_array};
use arrow_buffer::NullBuffer;
use arrow_schema::DataType;
use chengji_domain::Digest;
use sha2::{Digest as _, Sha256};

/// Bytes of the encoding of a row that are held before they are hashed.
const HELD: usize = 64 << 10;

/// The encoding of a row, of which only the digest is kept: short values of another city may have long encodings.
#[derive(Debug, Default)]
pub(super) struct Row {
    held: Vec<u8>,
    hash: Sha256,
}

impl Row {
    fn put(&mut self, bytes: &[u8]) {
        if self.held.len() + bytes.len() > HELD {
            self.hash.update(&self.held);
            self.held.clear();
        }
        match bytes.len() > HELD {
            true => self.hash.update(bytes),
            false => self.held.extend_from_slice(bytes),
        }
    }

    /// Returns the digest of the row, and begins the next one.
    pub(super) fn finish(&mut self) -> Digest {
        self.hash.update(&self.held);
        self.held.clear();
        Digest(self.hash.finalize_reset().into())
    }
}

/// The values of a column of a batch.
pub(super) struct Values<'a> {
    nulls: Option<&'a NullBuffer>,
    content: Content<'a>,
}

/// Finds the bytes of the value of a row.
type BytesOf<'a> = Box<dyn Fn(usize) -> &'a [u8] + 'a>;
/// Finds the places of the items of the value of a row.
type PlacesOf<'a> = Box<dyn Fn(usize) -> Range<usize> + 'a>;

enum Content<'a> {
    /// All values are NULL.
    Nothing,
    Truths(&'a BooleanArray),
    /// Values of this width in bytes.
    Fixed(&'a [u8], usize),
    Bytes(BytesOf<'a>),
    /// Lists and maps.
    Items(PlacesOf<'a>, Box<Values<'a>>),
    /// Structs.
    Parts(Vec<Values<'a>>),
}

impl<'a> Values<'a> {
    /// The values of this column; `None` for a type without an encoding.
    pub(super) fn of(column: &'a dyn Array) -> Option<Self> {
        let content = match column.data_type() {
            DataType::Null => Content::Nothing,
            DataType::Boolean => Content::Truths(column.as_boolean_opt()?),
            DataType::List(_) => {
                let list = column.as_list_opt::<i32>()?;
                items(list.value_offsets(), list.values().as_ref())?
            }
            DataType::LargeList(_) => {
                let list = column.as_list_opt::<i64>()?;
                items(list.value_offsets(), list.values().as_ref())?
            }
            DataType::Map(..) => {
                let map = column.as_map_opt()?;
                items(map.value_offsets(), map.entries())?
            }
            DataType::Struct(_) => {
                let parts = column.as_struct_opt()?.columns().iter();
                let parts = parts.map(|part| Self::of(part.as_ref()));
                Content::Parts(parts.collect::<Option<_>>()?)
            }
            data_type => match data_type.primitive_width() {
                Some(width) => Content::Fixed(primitive(column)?, width),
                None => Content::Bytes(bytes(column)?),
            },
        };
        Some(Self {
            nulls: column.nulls(),
            content,
        })
    }

    /// Appends the encoding of the value of a row, and returns the length of the value.
    pub(super) fn encode(&self, at: usize, row: &mut Row) -> u64 {
        let is_null = self.nulls.is_some_and(|nulls| nulls.is_null(at));
        if is_null || matches!(self.content, Content::Nothing) {
            row.put(&[0]);
            return 0;
        }
        row.put(&[1]);
        match &self.content {
            Content::Nothing => 0,
            Content::Truths(values) => push(&[u8::from(values.value(at))], row),
            Content::Fixed(values, width) => push(&values[at * width..][..*width], row),
            Content::Bytes(bytes) => push(bytes(at), row),
            Content::Items(places, items) => {
                let places = places(at);
                row.put(&(places.len() as u64).to_be_bytes());
                places.map(|at| items.encode(at, row)).sum()
            }
            Content::Parts(parts) => parts.iter().map(|part| part.encode(at, row)).sum(),
        }
    }
}

/// Appends a value with its length, and returns this.
fn push(value: &[u8], row: &mut Row) -> u64 {
    let length = value.len() as u64;
    row.put(&length.to_be_bytes());
    row.put(value);
    length
}

fn items<'a, O: OffsetSizeTrait>(offsets: &'a [O], items: &'a dyn Array) -> Option<Content<'a>> {
    let places = move |at: usize| offsets[at].as_usize()..offsets[at + 1].as_usize();
    Some(Content::Items(
        Box::new(places),
        Box::new(Values::of(items)?),
    ))
}

/// The values of a type of one width, one after the other.
fn primitive(column: &dyn Array) -> Option<&[u8]> {
    downcast_primitive_array!(
        column => { Some(column.values().inner().as_slice()) }
        _ => None
    )
}

/// The texts or byte strings of a column; `None` for other types.
fn bytes(column: &dyn Array) -> Option<BytesOf<'_>> {
    let bytes: BytesOf<'_> = match column.data_type() {
        DataType::Utf8 => {
            let texts = column.as_string_opt::<i32>()?;
            Box::new(move |at: usize| texts.value(at).as_bytes())
        }
        DataType::LargeUtf8 => {
            let texts = column.as_string_opt::<i64>()?;
            Box::new(move |at: usize| texts.value(at).as_bytes())
        }
        DataType::Utf8View => {
            let texts = column.as_string_view_opt()?;
            Box::new(move |at: usize| texts.value(at).as_bytes())
        }
        DataType::Binary => {
            let bytes = column.as_binary_opt::<i32>()?;
            Box::new(move |at: usize| bytes.value(at))
        }
        DataType::LargeBinary => {
            let bytes = column.as_binary_opt::<i64>()?;
            Box::new(move |at: usize| bytes.value(at))
        }
        DataType::BinaryView => {
            let bytes = column.as_binary_view_opt()?;
            Box::new(move |at: usize| bytes.value(at))
        }
        DataType::FixedSizeBinary(_) => {
            let bytes = column.as_fixed_size_binary_opt()?;
            Box::new(move |at: usize| bytes.value(at))
        }
        _ => return None,
    };
    Some(bytes)
}
