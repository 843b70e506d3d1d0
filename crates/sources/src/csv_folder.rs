//! Folders of CSV files. Each has a header row with the names of its columns. All columns are texts, because a CSV file
//! says nothing of types and codes begin with zeros; an empty field, quoted or not, is NULL.
//!
//! Nothing is repaired: a byte that is not of the declared encoding, a quotation mark that is not closed or that something
//! else follows, or a record with more or fewer fields than the header, ends the reading with the file and the line.

mod decoded;
mod quotations;

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::SchemaRef;
use chengji_domain::table::{ColumnType, TableColumn, TableSchema};
use chengji_domain::{Error, Result};
use chengji_messages::{Message, Value, msg};
use csv::{ErrorKind, StringRecord};
use encoding_rs::{Encoding, GB18030, UTF_8};
use schemars::JsonSchema;
use serde::Deserialize;

use self::decoded::{Decoded, Fault, MAX_RECORD};
use crate::arrow_types::arrow_schema;
use crate::folder::{Folder, Place, TableFile};
use crate::reading::{BATCH_BYTES, BATCH_ROWS, batch, check_caller, check_names, unavailable};
use crate::{Each, Finding, GoOn, Source, TableInfo};

/// The encoding of CSV files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub(crate) enum CsvEncoding {
    /// UTF-8, with or without a byte order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB18030, with GBK and GB 2312 in it.
    #[serde(rename = "gb18030")]
    Gb18030,
}

impl CsvEncoding {
    fn encoding(self) -> &'static Encoding {
        match self {
            Self::Utf8 => UTF_8,
            Self::Gb18030 => GB18030,
        }
    }
}

/// A folder of CSV files.
#[derive(Debug)]
pub(crate) struct CsvFolder {
    folder: Folder,
    encoding: CsvEncoding,
}

impl CsvFolder {
    pub(crate) fn new(place: impl Into<Place>, encoding: CsvEncoding) -> Self {
        Self {
            folder: Folder::new(place, "csv"),
            encoding,
        }
    }

    fn open<'a>(&self, file: &'a TableFile) -> Result<CsvFile<'a>> {
        CsvFile::open(file, self.encoding.encoding())
    }
}

impl Source for CsvFolder {
    fn kind(&self) -> Message {
        msg::SourceKindCsv.into()
    }

    fn check(&self, go_on: GoOn<'_>) -> Result<Vec<Finding>> {
        let mut findings = self.folder.ask(go_on, |files, go_on| {
            files.check(go_on, |file| self.open(file).map(drop))
        })?;
        let encoding = self.encoding.encoding().name();
        findings.push(Finding::note(msg::SourceCheckCsvEncoding { encoding }));
        Ok(findings)
    }

    fn tables(&self, after: Option<&str>, limit: usize, go_on: GoOn<'_>) -> Result<Vec<TableInfo>> {
        self.folder.ask(go_on, |files, go_on| {
            files.tables(after, limit, go_on, |_| None)
        })
    }

    fn schema(&self, table: &str, go_on: GoOn<'_>) -> Result<TableSchema> {
        self.folder.ask(go_on, |files, _| {
            let found = files.find(table)?;
            let file = self.open(&found)?;
            Ok(file.schema)
        })
    }

    fn read(&self, table: &str, limit: Option<u64>, go_on: GoOn<'_>, each: Each<'_>) -> Result<()> {
        self.folder.read(go_on, each, |files, go_on, each| {
            let found = files.find(table)?;
            let before = found.state()?;
            let mut file = self.open(&found)?;
            let mut left = limit.unwrap_or(u64::MAX);
            loop {
                check_caller(go_on)?;
                let rows = usize::try_from(left).map_or(BATCH_ROWS, |left| left.min(BATCH_ROWS));
                let Some(batch) = file.batch(rows)? else {
                    return found.check_unchanged(table, before);
                };
                left = left.saturating_sub(batch.num_rows() as u64);
                if let ControlFlow::Break(()) = each(batch)? {
                    return Ok(());
                }
            }
        })
    }
}

/// A CSV file whose header row was read.
struct CsvFile<'a> {
    file: &'a TableFile,
    encoding: &'static Encoding,
    reader: csv::Reader<Decoded<Box<dyn Read>>>,
    schema: TableSchema,
    arrow_schema: SchemaRef,
    record: StringRecord,
}

impl<'a> CsvFile<'a> {
    fn open(file: &'a TableFile, encoding: &'static Encoding) -> Result<Self> {
        let content = file.open()?.into_reader();
        let mut reader = csv::Reader::from_reader(Decoded::new(content, encoding));
        let header = reader.headers().cloned();
        let header = header.map_err(|error| {
            let fault = reader.get_ref().fault();
            failure(file, encoding, fault, &error)
        })?;
        if header.is_empty() {
            let file = file.name.as_str();
            return Err(unavailable(msg::SourceCsvWithoutHeader { file }));
        }
        check_names(&file.name, header.iter())?;
        let schema = TableSchema {
            columns: header.iter().map(text_column).collect(),
        };
        Ok(Self {
            file,
            encoding,
            reader,
            arrow_schema: arrow_schema(&schema),
            schema,
            record: StringRecord::new(),
        })
    }

    /// Reads the next rows, at most as many; `None` at the end.
    fn batch(&mut self, most: usize) -> Result<Option<RecordBatch>> {
        let columns = self.schema.columns.iter();
        let mut columns: Vec<StringBuilder> = columns.map(|_| StringBuilder::new()).collect();
        let (mut rows, mut bytes) = (0, 0);
        while rows < most && bytes < BATCH_BYTES && self.advance()? {
            for (column, field) in columns.iter_mut().zip(&self.record) {
                column.append_option((!field.is_empty()).then_some(field));
            }
            rows += 1;
            bytes += self.record.as_slice().len();
        }
        if rows == 0 {
            return Ok(None);
        }
        let columns = columns.iter_mut();
        let columns = columns.map(|column| Arc::new(column.finish()) as ArrayRef);
        batch(&self.arrow_schema, columns.collect(), &self.file.name).map(Some)
    }

    /// Reads the next record; false at the end.
    fn advance(&mut self) -> Result<bool> {
        let read = self.reader.read_record(&mut self.record);
        self.reader.get_mut().begin_record();
        read.map_err(|error| {
            let fault = self.reader.get_ref().fault();
            failure(self.file, self.encoding, fault, &error)
        })
    }
}

fn text_column(name: &str) -> TableColumn {
    TableColumn {
        name: name.to_owned(),
        column_type: ColumnType::Text,
        is_nullable: true,
        native_type: String::new(),
        max_length: None,
        comment: String::new(),
    }
}

/// Makes the error for a record that cannot be read, with its file and line.
fn failure(
    read: &TableFile,
    encoding: &'static Encoding,
    fault: Option<Fault>,
    error: &csv::Error,
) -> Error {
    let file = read.name.as_str();
    let message: Message = match (fault, error.kind()) {
        (Some(Fault::Malformed { line }), _) => {
            let encoding = encoding.name();
            let message = msg::SourceCsvUndecodable {
                encoding,
                file,
                line,
            };
            message.into()
        }
        (Some(Fault::Quotation { line }), _) => msg::SourceCsvQuotation { file, line }.into(),
        (Some(Fault::RecordTooLong { line }), _) => {
            let most = MAX_RECORD;
            msg::SourceCsvRecordTooLong { file, line, most }.into()
        }
        (
            None,
            ErrorKind::UnequalLengths {
                pos,
                expected_len,
                len,
            },
        ) => {
            let message = msg::SourceCsvRecordLength {
                expected: *expected_len,
                file,
                found: *len,
                line: pos.as_ref().map_or(0, csv::Position::line),
            };
            message.into()
        }
        (None, _) => return read.unreadable(Value::text(error)),
    };
    unavailable(message)
}

#[cfg(test)]
mod tests;
