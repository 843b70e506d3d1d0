//! The cut: what a scope permits of batches of rows.

mod batches;
mod bound;
mod calendar;
mod cells;
mod decimal;
mod family;
mod masked;
mod rounded;
mod rows;
mod texts;
mod truth;

use std::fmt;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use arrow_select::filter::filter_record_batch;
use arrow_select::take::take;
use chengji_domain::quoted::Quoted;
use chengji_domain::request::terms::TableScope;
use chengji_domain::table::{TableColumn, TableSchema};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

pub use self::batches::Batches;
use self::family::Family;
use self::masked::Masker;
use self::rows::Rows;
use crate::check::check;
use crate::column::invalid;

/// Cuts out of batches what a scope permits: the rows for which its condition is true, of these the granted columns, with
/// their masks, and no more rows than its limit. The increment of a scope is not applied here.
///
/// What is left has no memory of other rows: neither dictionaries nor the buffers that views refer to.
///
/// A not-a-number compares as NULL does: unknown. A value that masking takes beyond the range of its type is NULL.
#[derive(Clone)]
pub struct Cut {
    /// The schema of the batches that are cut.
    source: SchemaRef,
    /// The schema of what is left.
    schema: SchemaRef,
    rows: Option<Rows>,
    columns: Vec<Granted>,
    /// Rows that may still pass; `None` without a limit.
    left: Option<u64>,
}

/// A granted column.
#[derive(Clone)]
struct Granted {
    /// Its position in the table.
    at: usize,
    /// Its mask with the family of its values; `None` for unaltered ones.
    mask: Option<(Masker, Family)>,
}

/// Formats the schemas. The salt of masks is not shown.
impl fmt::Debug for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cut")
            .field("schema", &self.schema)
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

impl Cut {
    /// Makes the cut of a scope for a table of this schema, whose batches have the Arrow schema `source`. The salt is
    /// that of the grant, for hashes.
    ///
    /// # Errors
    ///
    /// As of [`check`]; `SOURCE_CHANGED` if the columns of `source` are not those of the schema; `INVALID_ARGUMENT` for
    /// a comparison or a mask that is not exact on the Arrow type of a column.
    pub fn new(
        scope: &TableScope,
        schema: &TableSchema,
        source: &SchemaRef,
        salt: &[u8; 32],
    ) -> Result<Self> {
        check(scope, schema)?;
        let names = source.fields().iter().map(|field| field.name());
        if !names.eq(schema.columns.iter().map(|column| &column.name)) {
            return Err(changed());
        }
        let families = Family::of_columns(schema, source);
        let rows = scope.condition.as_ref();
        let rows = rows.map(|condition| Rows::of(condition, schema, &families));
        let (mut columns, mut fields) = (Vec::new(), Vec::new());
        for (at, column) in schema.columns.iter().enumerate() {
            let Some(mask) = scope.columns.get(&column.name) else {
                continue;
            };
            let field = source.field(at);
            let (mask, field) = match mask {
                None => (None, shown(column, field)?),
                Some(mask) => {
                    let family = families[at];
                    let masker = Masker::of(mask, column, family, field.data_type(), salt)?;
                    let field = Field::new(&column.name, masker.data_type().clone(), true);
                    (Some((masker, family)), field)
                }
            };
            columns.push(Granted { at, mask });
            fields.push(field);
        }
        Ok(Self {
            source: SchemaRef::clone(source),
            schema: Arc::new(Schema::new(fields)),
            rows: rows.transpose()?,
            columns,
            left: scope.row_limit,
        })
    }

    /// Returns the schema of what is left of batches. A masked column has the type of its mask's result.
    pub fn schema(&self) -> SchemaRef {
        SchemaRef::clone(&self.schema)
    }

    /// Returns true once as many rows have passed as the scope permits: no further batch has to be read.
    pub fn is_done(&self) -> bool {
        self.left == Some(0)
    }

    /// Returns what the scope permits of a batch; `None` if that is nothing.
    ///
    /// # Errors
    ///
    /// `SOURCE_CHANGED` if the batch has another schema. No value is a reason.
    pub fn of(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>> {
        self.check_schema(batch)?;
        if self.is_done() {
            return Ok(None);
        }
        let positions: Vec<usize> = self.columns.iter().map(|column| column.at).collect();
        let mut passed = batch.project(&positions).map_err(|_| failed())?;
        if let Some(rows) = &self.rows {
            let permitted = rows.permitted(batch)?;
            passed = filter_record_batch(&passed, &permitted).map_err(|_| failed())?;
        }
        if let Some(left) = &mut self.left {
            passed = first(passed, *left)?;
            *left = left.saturating_sub(passed.num_rows() as u64);
        }
        if passed.num_rows() == 0 {
            return Ok(None);
        }
        let columns = self.columns.iter().zip(passed.columns());
        let columns = columns.map(|(granted, values)| match &granted.mask {
            None => Ok(separate(&plain(values)?)),
            Some((masker, family)) => masker.apply(&plain(values)?, *family),
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let cut = RecordBatch::try_new(SchemaRef::clone(&self.schema), columns);
        cut.map(Some).map_err(|_| failed())
    }

    /// Types decide, and whether a column may hold NULLs: never the values of a batch.
    fn check_schema(&self, batch: &RecordBatch) -> Result<()> {
        let schema = batch.schema();
        let (found, expected) = (schema.fields(), self.source.fields());
        let is_same = found.len() == expected.len()
            && found.iter().zip(expected).all(|(found, expected)| {
                found.name() == expected.name()
                    && found.data_type() == expected.data_type()
                    && (expected.is_nullable() || !found.is_nullable())
            });
        match is_same {
            true => Ok(()),
            false => Err(changed()),
        }
    }
}

/// Returns the field of a column that is shown unaltered. A dictionary has values of other rows, so there is none.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for values that share memory with those of other rows in a way that is not undone here.
fn shown(column: &TableColumn, field: &Field) -> Result<Field> {
    let plain = family::plain(field.data_type());
    if !family::is_separable(plain) {
        let column = Quoted(&column.name);
        return Err(invalid(msg::ScopeColumnInseparable { column }));
    }
    // A value of a dictionary may be NULL, whatever the field says.
    let is_nullable = field.is_nullable() || plain != field.data_type();
    let field = field.clone().with_data_type(plain.clone());
    Ok(field.with_nullable(is_nullable))
}

/// Returns the first rows of a batch, at most `most`, without the memory of the others.
fn first(batch: RecordBatch, most: u64) -> Result<RecordBatch> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let rows = batch.num_rows();
    if rows <= most {
        return Ok(batch);
    }
    let passed: Vec<bool> = (0..rows).map(|row| row < most).collect();
    filter_record_batch(&batch, &BooleanArray::from(passed)).map_err(|_| failed())
}

/// Returns the values of a column without the memory of other rows, which views refer to.
fn separate(values: &ArrayRef) -> ArrayRef {
    if let Some(texts) = values.as_string_view_opt() {
        return Arc::new(texts.gc());
    }
    if let Some(bytes) = values.as_binary_view_opt() {
        return Arc::new(bytes.gc());
    }
    ArrayRef::clone(values)
}

/// Returns the values of a column without a dictionary.
fn plain(values: &ArrayRef) -> Result<ArrayRef> {
    match values.as_any_dictionary_opt() {
        Some(dictionary) => {
            let plain: Result<ArrayRef, ArrowError> =
                take(dictionary.values().as_ref(), dictionary.keys(), None);
            plain.map_err(|_| failed())
        }
        None => Ok(ArrayRef::clone(values)),
    }
}

fn changed() -> Error {
    Error::new(ErrorCode::SourceChanged, msg::ScopeSchemaChanged)
}

/// A defect: it does not depend on values, and says nothing of them.
fn failed() -> Error {
    Error::new(ErrorCode::Internal, msg::ScopeCutFailed)
}

#[cfg(test)]
#[path = "cut/cut_tests.rs"]
mod tests;
