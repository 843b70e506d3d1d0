//! Opens Parquet files: their metadata, and the Arrow types that their columns are read as.
//!
//! A timestamp of 96 bits (INT96), as older programs write them, is read in microseconds. In nanoseconds, as the library
//! reads it by itself, dates after 2262, such as the `9999-12-31` of what has no end, become others without an error.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use chengji_domain::Result;
use chengji_messages::Value;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::Type as PhysicalType;
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

use crate::folder::{Content, TableFile};
use crate::reading::check_names;

/// Opens a file and reads its metadata.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE`.
pub(super) fn open(file: &TableFile) -> Result<ParquetRecordBatchReaderBuilder<Content>> {
    let content = file.open()?;
    let metadata = load(&content).map_err(|cause| file.unreadable(Value::text(cause)))?;
    let columns = metadata.schema().fields().iter();
    check_names(&file.name, columns.map(|field| field.name().as_str()))?;
    Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(
        content, metadata,
    ))
}

fn load(content: &Content) -> std::result::Result<ArrowReaderMetadata, ParquetError> {
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let loaded = ArrowReaderMetadata::load(content, options)?;
    match in_microseconds(&loaded) {
        None => Ok(loaded),
        Some(schema) => {
            let options = ArrowReaderOptions::new().with_schema(schema);
            ArrowReaderMetadata::try_new(Arc::clone(loaded.metadata()), options)
        }
    }
}

/// Returns the schema with timestamps of 96 bits in microseconds; `None` for a file without any.
fn in_microseconds(loaded: &ArrowReaderMetadata) -> Option<SchemaRef> {
    let columns = of_96_bits(loaded.metadata());
    if columns.is_empty() {
        return None;
    }
    let fields = loaded.schema().fields().iter().map(|field| {
        let is_nanoseconds = *field.data_type() == DataType::Timestamp(TimeUnit::Nanosecond, None);
        match is_nanoseconds && columns.contains(field.name().as_str()) {
            true => {
                let data_type = DataType::Timestamp(TimeUnit::Microsecond, None);
                Arc::new(Field::clone(field).with_data_type(data_type))
            }
            false => Arc::clone(field),
        }
    });
    let fields: Vec<_> = fields.collect();
    let metadata = loaded.schema().metadata().clone();
    Some(Arc::new(Schema::new_with_metadata(fields, metadata)))
}

/// Returns the names of the columns whose values have 96 bits.
fn of_96_bits(metadata: &ParquetMetaData) -> BTreeSet<&str> {
    let schema = metadata.file_metadata().schema_descr().root_schema();
    let columns = schema.get_fields().iter();
    let columns = columns.filter(|column| {
        column.is_primitive() && column.get_physical_type() == PhysicalType::INT96
    });
    columns.map(|column| column.name()).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::path::Path;

    use arrow_array::cast::AsArray;
    use arrow_array::types::TimestampMicrosecondType;
    use parquet::data_type::{Int96, Int96Type};
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;
    use crate::folder::Folder;

    /// Days from the first of the Julian calendar to 1970-01-01.
    const EPOCH: u32 = 2_440_588;
    /// Days from 1970-01-01 to 9999-12-31.
    const LAST_DAY: u32 = 2_932_896;

    fn write(folder: &Path) {
        let schema = parse_message_type("message t { REQUIRED INT96 until; }").unwrap();
        let file = File::create(folder.join("t.parquet")).unwrap();
        let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::default()).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let mut until = Int96::new();
        until.set_data(1_000, 0, EPOCH + LAST_DAY);
        let typed = column.typed::<Int96Type>();
        typed.write_batch(&[until], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
    }

    #[test]
    fn the_last_day_of_the_calendar_is_read_from_96_bits() {
        let home = tempfile::tempdir().unwrap();
        write(home.path());
        let folder = Folder::new(home.path().to_owned(), "parquet");
        let found = folder.ask(&|| true, |files, _| files.find("t"));
        let opened = open(&found.unwrap()).unwrap();
        let batch = opened.build().unwrap().next().unwrap().unwrap();
        let times = batch.column(0).as_primitive::<TimestampMicrosecondType>();
        let expected = i64::from(LAST_DAY) * 86_400_000_000 + 1;
        assert_eq!(times.value(0), expected);
    }
}
