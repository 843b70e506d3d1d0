//! Batches of the rows that a cut lets pass, whose bounds disclose nothing about the other rows.

use std::mem;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, OffsetSizeTrait, RecordBatch, make_array};
use arrow_schema::{DataType, SchemaRef};
use arrow_select::concat::concat_batches;
use chengji_domain::Result;

use super::{failed, first, separate};

/// Number of rows of a full batch.
const ROWS: usize = 8_192;
/// Size of the values of a full batch, bytes: batches of long rows have fewer rows.
const BYTES: usize = 8 * 1024 * 1024;
/// Number of pieces that are joined before their batch is full: each takes memory besides its values.
const PIECES: usize = 64;

/// Collects the rows that a cut lets pass into new batches, by number of rows and size of values. Their bounds depend on
/// these rows alone, while the bounds of the source's batches would disclose how many rows and how long values are hidden
/// between them.
#[derive(Debug)]
pub struct Batches {
    schema: SchemaRef,
    /// Rows and bytes of a full batch.
    full: (usize, usize),
    pieces: Vec<RecordBatch>,
    /// Rows and bytes of the pieces.
    rows: usize,
    bytes: usize,
}

impl Batches {
    /// Batches of this schema, that of the cut.
    pub fn new(schema: SchemaRef) -> Self {
        Self::of(schema, (ROWS, BYTES))
    }

    fn of(schema: SchemaRef, full: (usize, usize)) -> Self {
        Self {
            schema,
            full,
            pieces: Vec::new(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Adds rows, and returns the batches that they fill.
    ///
    /// # Errors
    ///
    /// `INTERNAL` if the rows have another schema.
    pub fn add(&mut self, passed: RecordBatch) -> Result<Vec<RecordBatch>> {
        let mut full = Vec::new();
        let mut left = passed;
        while left.num_rows() > 0 {
            let rows = self.fitting(&left);
            let others = left.slice(rows, left.num_rows() - rows);
            // Pieces that are joined are copied then.
            let piece = match self.pieces.is_empty() {
                true => first(left, rows as u64)?,
                false => left.slice(0, rows),
            };
            left = others;
            self.rows += rows;
            self.bytes += bytes_of_batch(&piece);
            self.pieces.push(piece);
            if self.rows >= self.full.0 || self.bytes >= self.full.1 {
                full.extend(self.rest()?);
            } else if self.pieces.len() == PIECES {
                self.pieces = self.joined()?.into_iter().collect();
            }
        }
        Ok(full)
    }

    /// Returns the rows that have filled no batch, if there are any.
    ///
    /// # Errors
    ///
    /// As of [`add`](Self::add).
    pub fn rest(&mut self) -> Result<Option<RecordBatch>> {
        (self.rows, self.bytes) = (0, 0);
        let Some(rest) = self.joined()? else {
            return Ok(None);
        };
        let columns: Result<Vec<ArrayRef>> = rest.columns().iter().map(own).collect();
        let rest = RecordBatch::try_new(SchemaRef::clone(&self.schema), columns?);
        rest.map(Some).map_err(|_| failed())
    }

    /// Takes the pieces as one batch.
    fn joined(&mut self) -> Result<Option<RecordBatch>> {
        let mut pieces = mem::take(&mut self.pieces);
        match pieces.len() {
            0 | 1 => Ok(pieces.pop()),
            _ => {
                let joined = concat_batches(&self.schema, &pieces);
                joined.map(Some).map_err(|_| failed())
            }
        }
    }

    /// Returns how many of the rows, at least one, go into the present batch: up to the one that fills it.
    fn fitting(&self, rows: &RecordBatch) -> usize {
        let most = rows.num_rows().min(self.full.0 - self.rows);
        let fills = |number| self.bytes + bytes_of_batch(&rows.slice(0, number)) >= self.full.1;
        if !fills(most) {
            return most;
        }
        let (mut least, mut enough) = (1, most);
        while least < enough {
            let middle = least.midpoint(enough);
            match fills(middle) {
                true => enough = middle,
                false => least = middle + 1,
            }
        }
        enough
    }
}

/// Returns values without the data of other batches that views refer to, and without a validity bitmap if none is NULL:
/// sources differ in whether they make one then.
fn own(values: &ArrayRef) -> Result<ArrayRef> {
    let values = separate(values);
    if values.nulls().is_none() || values.null_count() > 0 {
        return Ok(values);
    }
    let all_valid = values.to_data().into_builder().nulls(None).build();
    all_valid.map(make_array).map_err(|_| failed())
}

fn bytes_of_batch(batch: &RecordBatch) -> usize {
    let columns = batch.columns().iter();
    columns.map(|column| bytes_of(column.as_ref())).sum()
}

/// Returns the bytes of values: those of several rows are the sum of those of each.
fn bytes_of(values: &dyn Array) -> usize {
    match values.data_type() {
        DataType::Utf8 => varying(values.as_string::<i32>().value_offsets()),
        DataType::LargeUtf8 => varying(values.as_string::<i64>().value_offsets()),
        DataType::Binary => varying(values.as_binary::<i32>().value_offsets()),
        DataType::LargeBinary => varying(values.as_binary::<i64>().value_offsets()),
        DataType::Utf8View => values.as_string_view().lengths().map(viewed).sum(),
        DataType::BinaryView => values.as_binary_view().lengths().map(viewed).sum(),
        DataType::List(_) => {
            let lists = values.as_list::<i32>();
            of_items(lists.values().as_ref(), lists.value_offsets())
        }
        DataType::LargeList(_) => {
            let lists = values.as_list::<i64>();
            of_items(lists.values().as_ref(), lists.value_offsets())
        }
        DataType::Map(..) => {
            let maps = values.as_map();
            of_items(maps.entries(), maps.value_offsets())
        }
        DataType::FixedSizeList(..) => bytes_of(values.as_fixed_size_list().values().as_ref()),
        DataType::Struct(_) => {
            let columns = values.as_struct().columns().iter();
            columns.map(|column| bytes_of(column.as_ref())).sum()
        }
        DataType::FixedSizeBinary(bytes) => values.len() * usize::try_from(*bytes).unwrap_or(1),
        other => values.len() * other.primitive_width().unwrap_or(1),
    }
}

/// Returns the bytes of a value of this length in an array of views.
fn viewed(length: u32) -> usize {
    size_of::<u128>() + usize::try_from(length).unwrap_or(usize::MAX >> 1)
}

/// Returns the bytes of values between these offsets, and of the offsets.
fn varying<O: OffsetSizeTrait>(offsets: &[O]) -> usize {
    between(offsets) + offsets.len().saturating_sub(1) * size_of::<O>()
}

/// Returns the number of items between the first of these offsets and the last.
fn between<O: OffsetSizeTrait>(offsets: &[O]) -> usize {
    match offsets {
        [first, .., last] => last.as_usize() - first.as_usize(),
        _ => 0,
    }
}

fn of_items<O: OffsetSizeTrait>(items: &dyn Array, offsets: &[O]) -> usize {
    let start = offsets.first().map_or(0, |first| first.as_usize());
    let items = items.slice(start, between(offsets));
    bytes_of(items.as_ref()) + offsets.len().saturating_sub(1) * size_of::<O>()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{Row, batch, table};

    /// The batches of rows that come in pieces of these sizes, with what is left in the last.
    fn batches(rows: &RecordBatch, sizes: &[usize], full: (usize, usize)) -> Vec<RecordBatch> {
        let mut batches = Batches::of(rows.schema(), full);
        let (mut made, mut start) = (Vec::new(), 0);
        for size in sizes.iter().copied().chain([usize::MAX]) {
            let size = size.min(rows.num_rows() - start);
            made.extend(batches.add(rows.slice(start, size)).unwrap());
            start += size;
        }
        made.extend(batches.rest().unwrap());
        made
    }

    proptest! {
        #[test]
        fn bounds_do_not_depend_on_those_of_what_is_added(
            rows in table(),
            sizes in vec(0..5_usize, 0..12),
            full in (1..12_usize, 1..400_usize),
        ) {
            let rows = batch(&rows);
            let made = batches(&rows, &sizes, full);
            prop_assert_eq!(&made, &batches(&rows, &[], full));
            prop_assert!(made.iter().all(|batch| (1..=full.0).contains(&batch.num_rows())));
            let all = concat_batches(&rows.schema(), &made).unwrap();
            prop_assert_eq!(all, rows);
        }
    }

    #[test]
    fn pieces_are_joined_before_they_are_too_many() {
        let row = Row {
            id: 1,
            name: None,
            floors: None,
            price: None,
            area: None,
            is_new: None,
            built: None,
            changed: None,
        };
        let row = batch(&[row]);
        let mut batches = Batches::new(row.schema());
        for _ in 0..2 * PIECES {
            assert!(batches.add(row.clone()).unwrap().is_empty());
            assert!(batches.pieces.len() < PIECES);
        }
        let rest = batches.rest().unwrap().unwrap();
        assert_eq!(rest.num_rows(), 2 * PIECES);
        assert!(batches.rest().unwrap().is_none());
    }
}
