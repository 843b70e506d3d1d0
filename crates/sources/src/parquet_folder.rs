//! Folders of Parquet files. A column has the Arrow type of its Parquet type; what an application has noted about Arrow
//! types in the file is not used. Columns of types that grants do not distinguish, such as lists, are read as they are.

mod opened;

use std::ops::ControlFlow;

use arrow_schema::SchemaRef;
use chengji_domain::Result;
use chengji_domain::table::{TableColumn, TableSchema};
use chengji_messages::{Message, Value, msg};
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use self::opened::open;
use crate::arrow_types::column_type;
use crate::folder::{Folder, Place};
use crate::reading::{BATCH_BYTES, BATCH_ROWS, check_caller};
use crate::{Each, Finding, GoOn, Source, TableInfo};

/// A folder of Parquet files.
#[derive(Debug)]
pub(crate) struct ParquetFolder {
    folder: Folder,
}

impl ParquetFolder {
    pub(crate) fn new(place: impl Into<Place>) -> Self {
        Self {
            folder: Folder::new(place, "parquet"),
        }
    }
}

impl Source for ParquetFolder {
    fn kind(&self) -> Message {
        msg::SourceKindParquet.into()
    }

    fn check(&self, go_on: GoOn<'_>) -> Result<Vec<Finding>> {
        self.folder.ask(go_on, |files, go_on| {
            files.check(go_on, |file| open(file).map(drop))
        })
    }

    fn tables(&self, after: Option<&str>, limit: usize, go_on: GoOn<'_>) -> Result<Vec<TableInfo>> {
        self.folder.ask(go_on, |files, go_on| {
            files.tables(after, limit, go_on, |file| {
                let rows = open(file).ok()?.metadata().file_metadata().num_rows();
                u64::try_from(rows).ok()
            })
        })
    }

    fn schema(&self, table: &str, go_on: GoOn<'_>) -> Result<TableSchema> {
        let schema = self.arrow_schema(table, go_on)?;
        Ok(table_schema(&schema))
    }

    fn arrow_schema(&self, table: &str, go_on: GoOn<'_>) -> Result<SchemaRef> {
        self.folder.ask(go_on, |files, _| {
            let file = open(&files.find(table)?)?;
            Ok(SchemaRef::clone(file.schema()))
        })
    }

    fn read(&self, table: &str, limit: Option<u64>, go_on: GoOn<'_>, each: Each<'_>) -> Result<()> {
        self.folder.read(go_on, each, |files, go_on, each| {
            let file = files.find(table)?;
            let before = file.state()?;
            let opened = open(&file)?;
            let rows = rows_of_a_batch(opened.metadata());
            let mut opened = opened.with_batch_size(rows);
            if let Some(most) = limit {
                opened = opened.with_limit(usize::try_from(most).unwrap_or(usize::MAX));
            }
            let reader = opened.build();
            for batch in reader.map_err(|cause| file.unreadable(Value::text(cause)))? {
                check_caller(go_on)?;
                let batch = batch.map_err(|cause| file.unreadable(Value::text(cause)))?;
                if let ControlFlow::Break(()) = each(batch)? {
                    return Ok(());
                }
            }
            file.check_unchanged(table, before)
        })
    }
}

fn table_schema(schema: &SchemaRef) -> TableSchema {
    let columns = schema.fields().iter().map(|field| TableColumn {
        name: field.name().clone(),
        column_type: column_type(field.data_type()),
        is_nullable: field.is_nullable(),
        native_type: field.data_type().to_string(),
        max_length: None,
        comment: String::new(),
    });
    TableSchema {
        columns: columns.collect(),
    }
}

/// Returns the number of rows of a batch that keeps to the bounds if rows are of the usual length in their row group.
fn rows_of_a_batch(metadata: &ParquetMetaData) -> usize {
    let lengths = metadata.row_groups().iter().map(|group| {
        let columns = group.columns().iter().map(decoded_bytes);
        let bytes = columns.fold(0_i64, i64::saturating_add);
        let bytes = usize::try_from(bytes).unwrap_or_default();
        let rows = usize::try_from(group.num_rows()).unwrap_or_default();
        bytes / rows.max(1)
    });
    let longest = lengths.max().unwrap_or_default().max(1);
    (BATCH_BYTES / longest).clamp(1, BATCH_ROWS)
}

/// Returns the bytes of the values of a column in a row group. A long text that is there many times is in the file once,
/// and older programs did not write how long all of them are.
fn decoded_bytes(column: &ColumnChunkMetaData) -> i64 {
    let texts = column.unencoded_byte_array_data_bytes();
    texts.unwrap_or_default().max(column.uncompressed_size())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;
    use std::sync::Arc;

    use arrow_array::builder::{Int32Builder, ListBuilder};
    use arrow_array::types::TimestampMicrosecondType;
    use arrow_array::{
        ArrayRef, Decimal128Array, Int32Array, PrimitiveArray, RecordBatch, StringArray,
    };
    use arrow_schema::{Field, Schema};
    use chengji_domain::ErrorCode;
    use chengji_domain::table::ColumnType;
    use parquet::arrow::ArrowWriter;

    use super::*;
    use crate::conformance::{self, LONG};

    fn write(folder: &Path, name: &str, columns: Vec<(&str, ArrayRef)>) {
        let fields = columns.iter().map(|(name, column)| {
            Field::new(*name, column.data_type().clone(), column.null_count() > 0)
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let columns = columns.into_iter().map(|(_, column)| column).collect();
        let batch = RecordBatch::try_new(schema, columns).unwrap();
        let file = File::create(folder.join(name)).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
    }

    fn numbers(count: i32) -> ArrayRef {
        Arc::new(Int32Array::from_iter_values(0..count))
    }

    #[test]
    fn a_folder_of_parquet_files_is_a_source() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path();
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("甲"), None]));
        write(folder, "住房 许可.parquet", vec![("名称", texts)]);
        write(
            folder,
            "a \"quoted\" name.PARQUET",
            vec![("a \"b\"", numbers(3))],
        );
        write(folder, "empty.parquet", vec![("a", numbers(0))]);
        write(
            folder,
            &format!("{LONG}.parquet"),
            vec![("n", numbers(20_000))],
        );
        let source = ParquetFolder::new(folder.to_owned());
        let names = ["a \"quoted\" name", "empty", LONG, "住房 许可"];
        conformance::check(&source, &names, "empty");
        let tables = source.tables(None, 10, &|| true).unwrap();
        let rows: Vec<Option<u64>> = tables.iter().map(|table| table.rows).collect();
        assert_eq!(rows, [Some(3), Some(0), Some(20_000), Some(2)]);
    }

    #[test]
    fn columns_have_the_types_of_the_file() {
        let home = tempfile::tempdir().unwrap();
        let decimals = Decimal128Array::from(vec![12_345, 6_789]);
        let decimals = decimals.with_precision_and_scale(12, 2).unwrap();
        let times = PrimitiveArray::<TimestampMicrosecondType>::from(vec![0, 1]);
        let mut lists = ListBuilder::new(Int32Builder::new());
        for number in 0..2 {
            lists.append_value([Some(number)]);
        }
        let columns: Vec<(&str, ArrayRef)> = vec![
            ("n", numbers(2)),
            ("d", Arc::new(decimals)),
            ("t", Arc::new(times.with_timezone("Asia/Shanghai"))),
            ("l", Arc::new(lists.finish())),
        ];
        write(home.path(), "t.parquet", columns);
        let source = ParquetFolder::new(home.path().to_owned());
        let schema = source.schema("t", &|| true).unwrap();
        let types: Vec<ColumnType> = schema.columns.iter().map(|c| c.column_type).collect();
        let expected = [
            ColumnType::Integer,
            ColumnType::Decimal,
            ColumnType::Timestamp,
            ColumnType::Other,
        ];
        assert_eq!(types, expected);
        let mut rows = 0;
        source
            .read("t", None, &|| true, &mut |batch| {
                rows += batch.num_rows();
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
        assert_eq!(rows, 2);
    }

    #[test]
    fn a_long_text_that_is_there_many_times_fills_batches_of_few_rows() {
        let home = tempfile::tempdir().unwrap();
        let long = "城".repeat(100_000);
        let texts: ArrayRef = Arc::new(StringArray::from(vec![long.as_str(); 64]));
        write(home.path(), "t.parquet", vec![("text", texts)]);
        let source = ParquetFolder::new(home.path().to_owned());
        let (mut rows, mut longest) = (0, 0);
        source
            .read("t", None, &|| true, &mut |batch| {
                rows += batch.num_rows();
                longest = longest.max(batch.num_rows());
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
        assert_eq!(rows, 64);
        assert!(longest * long.len() <= BATCH_BYTES, "{longest}");
    }

    #[test]
    fn a_damaged_file_is_named_by_the_check_and_hides_no_other_table() {
        let home = tempfile::tempdir().unwrap();
        write(home.path(), "good.parquet", vec![("n", numbers(2))]);
        fs::write(home.path().join("bad.parquet"), "PAR1").unwrap();
        let source = ParquetFolder::new(home.path().to_owned());
        assert_eq!(source.tables(None, 10, &|| true).unwrap().len(), 2);
        let findings = source.check(&|| true).unwrap();
        assert_eq!(
            findings.iter().filter(|finding| finding.is_warning).count(),
            1
        );
        let error = source.schema("bad", &|| true).unwrap_err();
        assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    }
}
