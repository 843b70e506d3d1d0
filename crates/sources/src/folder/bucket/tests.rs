//! Folders in buckets: the common suite of both kinds, objects that change, refusals, and what is requested.

use std::io::Read;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow_schema::{Field, Schema};
use chengji_domain::{Error, ErrorCode, Result};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{ChunkReader, Length};

use super::object::BLOCK;
use super::test_server::TestStore;
use crate::Source;
use crate::conformance::{self, LONG};
use crate::csv_folder::{CsvEncoding, CsvFolder};
use crate::database::password::PasswordFrom;
use crate::folder::Folder;
use crate::parquet_folder::ParquetFolder;
use crate::reading::BATCH_ROWS;

const FOLDER: &str = "s3://housing/tables";

fn csv(store: &TestStore) -> CsvFolder {
    CsvFolder::new(store.settings(FOLDER), CsvEncoding::Utf8)
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let fields = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), false));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let batch = RecordBatch::try_new(schema, columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(BATCH_ROWS))
        .set_dictionary_enabled(false)
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn numbers(count: i32) -> ArrayRef {
    Arc::new(Int32Array::from_iter_values(0..count))
}

/// Texts of 100 characters.
fn texts(count: usize) -> ArrayRef {
    let text = |row: usize| (0..100).map(move |at| letter(row.wrapping_mul(31) ^ (at * at)));
    let texts = (0..count).map(|row| text(row).collect::<String>());
    Arc::new(StringArray::from_iter_values(texts))
}

fn letter(seed: usize) -> char {
    char::from(b'a' + u8::try_from(seed % 26).unwrap())
}

fn rows(source: &dyn Source, table: &str) -> Result<usize> {
    let mut rows = 0;
    source.read(table, None, &|| true, &mut |batch| {
        rows += batch.num_rows();
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

#[test]
fn a_folder_of_csv_files_in_a_bucket_is_a_source() {
    let store = TestStore::start();
    let long: String = (0..20_000).map(|row| format!("{row},{row}\n")).collect();
    store.put("tables/住房 许可.csv", "编号,名称\n1,甲\n");
    store.put("tables/a \"quoted\" name.CSV", "a\n1\n");
    store.put("tables/a+b & c.csv", "a\n1\n");
    store.put("tables/empty.csv", "a,b\n");
    store.put(&format!("tables/{LONG}.csv"), format!("a,b\n{long}"));
    for other in [
        "tables/",
        "tables/.hidden.csv",
        "tables/notes.txt",
        "tables/inner/d.csv",
        "tables2.csv",
    ] {
        store.put(other, "x\n");
    }
    let names = ["a \"quoted\" name", "a+b & c", "empty", LONG, "住房 许可"];
    conformance::check(&csv(&store), &names, "empty");
}

#[test]
fn a_folder_of_parquet_files_in_a_bucket_is_a_source() {
    let store = TestStore::start();
    let long = format!("tables/{LONG}.parquet");
    store.put(&long, parquet(vec![("n", numbers(20_000))]));
    store.put("tables/empty.parquet", parquet(vec![("n", numbers(0))]));
    let source = ParquetFolder::new(store.settings(FOLDER));
    conformance::check(&source, &["empty", LONG], "empty");
    let tables = source.tables(None, 10, &|| true).unwrap();
    let rows: Vec<Option<u64>> = tables.iter().map(|table| table.rows).collect();
    assert_eq!(rows, [Some(0), Some(20_000)]);
}

#[test]
fn bytes_are_those_of_the_object_wherever_they_begin() {
    let block = usize::try_from(BLOCK).unwrap();
    let content: Vec<u8> = (0..2 * block + 100).map(|at| (at % 251) as u8).collect();
    let store = TestStore::start();
    store.put("tables/t.csv", content.as_slice());
    let folder = Folder::new(store.settings(FOLDER), "csv");
    let checked = folder.ask(&|| true, |files, _| {
        let file = files.find("t")?.open()?;
        assert_eq!(file.len(), content.len() as u64);
        for (start, length) in [
            (0, 1),
            (block - 10, 20),
            (10, block),
            (1, block + 1),
            (2 * block, 100),
            (content.len(), 0),
        ] {
            let bytes = file.get_bytes(start as u64, length).unwrap();
            assert!(bytes[..] == content[start..start + length], "{start}");
        }
        assert!(file.get_bytes(2 * BLOCK, 101).is_err());
        let mut rest = Vec::new();
        let mut reader = file.get_read(BLOCK - 3).unwrap();
        reader.read_to_end(&mut rest).unwrap();
        assert!(rest == content[block - 3..]);
        Ok(())
    });
    assert_eq!(checked, Ok(()));
}

#[test]
fn only_the_blocks_that_are_needed_are_read_and_each_once() {
    const ROWS: usize = 3 * BATCH_ROWS;
    let store = TestStore::start();
    let numbers = numbers(i32::try_from(ROWS).unwrap());
    let file = parquet(vec![("text", texts(ROWS)), ("n", numbers)]);
    let blocks = file.len() as u64 / BLOCK + 1;
    store.put("tables/t.parquet", file);
    let source = ParquetFolder::new(store.settings(FOLDER));
    source.schema("t", &|| true).unwrap();
    let of_object = |requests: Vec<String>| {
        let of_object = requests.iter().filter(|path| path.ends_with("t.parquet"));
        of_object.count() as u64
    };
    assert!(of_object(store.requests()) <= 2);
    let mut read = Vec::new();
    source
        .read("t", None, &|| true, &mut |batch| {
            read.extend_from_slice(batch.column(1).as_primitive::<Int32Type>().values());
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    assert!(
        read.iter()
            .map(|n| usize::try_from(*n).unwrap())
            .eq(0..ROWS)
    );
    let whole = of_object(store.requests());
    // A page that is longer than a block is read beside the blocks.
    assert!(blocks > 2 && whole <= 2 * blocks, "{whole} of {blocks}");
    source
        .read("t", Some(1), &|| true, &mut |_| Ok(ControlFlow::Break(())))
        .unwrap();
    assert!(of_object(store.requests()) < whole);
}

#[test]
fn an_object_that_is_replaced_while_it_is_read_is_an_error() {
    let long = format!("a\n{}", "1234567\n".repeat(500_000));
    for (is_lax, is_removed) in [(false, false), (true, false), (false, true)] {
        let store = TestStore::start();
        store.put("tables/t.csv", long.as_str());
        if is_lax {
            store.ignore_conditions();
        }
        let replaced = csv(&store).read("t", None, &|| true, &mut |_| {
            match is_removed {
                true => store.remove("tables/t.csv"),
                false => store.put("tables/t.csv", long.as_str()),
            }
            Ok(ControlFlow::Continue(()))
        });
        assert_eq!(replaced.unwrap_err().code(), ErrorCode::SourceChanged);
    }
}

fn refused(status: u16, code: &'static str) -> Error {
    let store = TestStore::start();
    store.put("tables/t.csv", "a\n1\n");
    store.refuse(status, code);
    let error = rows(&csv(&store), "t").unwrap_err();
    let shown = format!("{error:?}");
    assert!(
        !shown.contains("reader") && !shown.contains("secret"),
        "{shown}"
    );
    error
}

#[test]
fn a_refusal_says_what_to_do_and_shows_no_key() {
    for (status, code, message) in [
        (403, "AccessDenied", "bucket-right-missing"),
        (403, "InvalidAccessKeyId", "bucket-key-refused"),
        (403, "SignatureDoesNotMatch", "bucket-key-refused"),
        (403, "RequestTimeTooSkewed", "bucket-clock-refused"),
        (404, "NoSuchBucket", "bucket-missing"),
        (301, "PermanentRedirect", "bucket-refused"),
        (400, "AuthorizationHeaderMalformed", "bucket-refused"),
        (503, "SlowDown", "bucket-failing"),
    ] {
        let error = refused(status, code);
        assert_eq!(error.code(), ErrorCode::SourceUnavailable, "{code}");
        assert_eq!(error.message().code(), message, "{code}");
    }
}

#[test]
fn a_store_that_cannot_be_reached_is_unavailable() {
    let store = TestStore::start();
    let mut settings = store.settings(FOLDER);
    drop(store);
    let home = tempfile::tempdir().unwrap();
    let secret = home.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    settings.secret = PasswordFrom::File(secret);
    let source = CsvFolder::new(settings, CsvEncoding::Utf8);
    let error = source.check(&|| true).unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
    assert_eq!(error.message().code(), "bucket-unreachable");
}

#[test]
fn authorities_that_cannot_be_read_are_named_without_their_folder() {
    let store = TestStore::start();
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("ca.pem");
    std::fs::write(&path, "no certificate").unwrap();
    for ca in [path, home.path().join("missing.pem")] {
        let mut settings = store.settings(FOLDER);
        settings.ca = Some(ca);
        let source = CsvFolder::new(settings, CsvEncoding::Utf8);
        let error = source.check(&|| true).unwrap_err();
        assert_eq!(error.message().code(), "bucket-ca-unusable");
        let of_machine = home.path().display().to_string();
        assert!(!format!("{error:?}").contains(&of_machine));
    }
}
