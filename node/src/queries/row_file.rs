//! A table that is written row by row into a file without a name, as a stream in Arrow IPC format.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, SchemaRef};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_query::TableContent;
use chengji_runtime::files::{PRIVATE, SECRET, make_folder};

use super::rows::{Column, Row, batch, schema};

/// Number of rows of a batch.
const BATCH: usize = 1_024;

/// Maximum size of a table, bytes.
pub(super) const MAX_BYTES: u64 = 1 << 30;

/// A table that is being written.
pub(super) struct RowFile {
    writer: StreamWriter<BufWriter<Bounded>>,
    folder: PathBuf,
    columns: &'static [Column],
    schema: SchemaRef,
    rows: Vec<Row>,
    /// Number of rows that were written.
    written: u64,
    most: u64,
}

impl RowFile {
    /// Begins a table of at most so many bytes with these columns, in a folder that is made if it is missing. Blocks, as
    /// all functions here.
    ///
    /// # Errors
    ///
    /// `MISCONFIGURED`, `STORAGE_FULL`, as for each further write.
    pub(super) fn create(folder: &Path, columns: &'static [Column], most: u64) -> Result<Self> {
        let file = unnamed_file(folder)?;
        let bounded = Bounded {
            file,
            bytes: 0,
            most,
        };
        let schema = schema(columns);
        let writer = StreamWriter::try_new(BufWriter::new(bounded), &schema);
        Ok(Self {
            writer: writer.map_err(|error| failed(folder, most, &error))?,
            folder: folder.to_owned(),
            columns,
            schema,
            rows: Vec::with_capacity(BATCH),
            written: 0,
            most,
        })
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// `LIMIT_EXCEEDED` for a table that is too large.
    pub(super) fn push(&mut self, row: Row) -> Result<()> {
        self.rows.push(row);
        match self.rows.len() < BATCH {
            true => Ok(()),
            false => self.flush(),
        }
    }

    /// Ends the table.
    ///
    /// # Errors
    ///
    /// As of [`push`](Self::push).
    pub(super) fn finish(mut self) -> Result<TableContent> {
        if !self.rows.is_empty() {
            self.flush()?;
        }
        let (folder, most, rows) = (self.folder, self.most, self.written);
        let written = self.writer.into_inner();
        let written = written.map_err(|error| failed(&folder, most, &error))?;
        let bounded = written.into_inner().map_err(|error| {
            let error = ArrowError::from(error.into_error());
            failed(&folder, most, &error)
        })?;
        Ok(TableContent {
            file: bounded.file,
            bytes: bounded.bytes,
            rows,
        })
    }

    fn flush(&mut self) -> Result<()> {
        let written = batch(&self.schema, self.columns, &self.rows)
            .and_then(|batch| self.writer.write(&batch));
        self.written += self.rows.len() as u64;
        self.rows.clear();
        written.map_err(|error| failed(&self.folder, self.most, &error))
    }
}

/// A file that takes no more than a number of bytes.
struct Bounded {
    file: File,
    bytes: u64,
    most: u64,
}

impl Write for Bounded {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        let bytes = self.bytes + content.len() as u64;
        if bytes > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.file.write_all(content)?;
        self.bytes = bytes;
        Ok(content.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Creates a file without a name, in a folder that is made if it is missing. Blocks.
///
/// # Errors
///
/// `MISCONFIGURED`, `STORAGE_FULL`.
pub(super) fn unnamed_file(folder: &Path) -> Result<File> {
    make_folder(folder, PRIVATE)?;
    unnamed(folder).map_err(|cause| unwritable(folder, &cause))
}

/// A new file, whose name is removed at once.
fn unnamed(folder: &Path) -> io::Result<File> {
    let path = folder.join(format!("{:032x}.arrows", rand::random::<u128>()));
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    let file = options.mode(SECRET).open(&path)?;
    fs::remove_file(&path)?;
    Ok(file)
}

fn failed(folder: &Path, most: u64, error: &ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, cause) if cause.kind() == io::ErrorKind::FileTooLarge => {
            Error::new(ErrorCode::LimitExceeded, msg::QueryTableTooLarge { most })
        }
        ArrowError::IoError(_, cause) => unwritable(folder, cause),
        _ => Error::new(ErrorCode::Internal, msg::QueryTableNotMade),
    }
}

fn unwritable(folder: &Path, cause: &io::Error) -> Error {
    let code = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::StorageFull,
        _ => ErrorCode::Misconfigured,
    };
    let path = Value::text(folder.display());
    Error::new(code, msg::QueryTableUnwritable { path, cause })
}

#[cfg(test)]
mod tests {
    use std::io::{Seek, SeekFrom};

    use arrow_ipc::reader::StreamReader;

    use super::super::rows::{Kind, count};
    use super::*;

    const COLUMNS: &[Column] = &[Column::required("number", Kind::Count)];

    fn written(rows: u64, most: u64) -> Result<(tempfile::TempDir, TableContent)> {
        let folder = tempfile::tempdir().unwrap();
        let mut file = RowFile::create(&folder.path().join("tables"), COLUMNS, most)?;
        (0..rows).try_for_each(|number| file.push(vec![count(number)]))?;
        Ok((folder, file.finish()?))
    }

    #[test]
    fn all_rows_are_in_a_file_that_has_no_name() {
        for rows in [0, 1, BATCH as u64, BATCH as u64 + 1] {
            let (folder, mut content) = written(rows, MAX_BYTES).unwrap();
            let left = fs::read_dir(folder.path().join("tables")).unwrap();
            assert_eq!(left.count(), 0);
            let size = content.file.seek(SeekFrom::End(0)).unwrap();
            assert_eq!((size, rows), (content.bytes, content.rows));
            content.file.rewind().unwrap();
            let reader = StreamReader::try_new(content.file, None).unwrap();
            let found = reader.map(|batch| batch.unwrap().num_rows() as u64);
            assert_eq!(found.sum::<u64>(), rows);
        }
    }

    #[test]
    fn a_table_that_is_too_large_is_refused() {
        let error = written(100_000, 100_000).err().unwrap();
        assert_eq!(error.code(), ErrorCode::LimitExceeded);
    }
}
