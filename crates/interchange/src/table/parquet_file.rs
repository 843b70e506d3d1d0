//! A table as a Parquet file, compressed with Zstandard.

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chengji_domain::Result;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use super::not_written;

/// Bytes after which a row group ends: a writer holds one in memory.
const ROW_GROUP_BYTES: usize = 64 << 20;

/// Writes the batches of a table of this schema.
///
/// # Errors
///
/// `MISCONFIGURED` if it cannot be written, or has a column of a type that Parquet does not have; those of the batches.
pub fn write_parquet(
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch>>,
    out: impl Write + Send,
) -> Result<()> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
        .build();
    let schema = SchemaRef::clone(schema);
    let mut writer =
        ArrowWriter::try_new(out, schema, Some(properties)).map_err(|e| not_written(&e))?;
    for batch in batches {
        writer.write(&batch?).map_err(|e| not_written(&e))?;
    }
    writer.close().map_err(|e| not_written(&e))?;
    Ok(())
}
