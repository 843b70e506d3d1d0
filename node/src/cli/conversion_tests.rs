//! Tables that are converted on their way to a file.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_ipc::writer::StreamWriter;
use bytes::Bytes;
use chengji_domain::ErrorCode;
use chengji_proto::v1;
use sha2::{Digest as _, Sha256};

use super::{Converted, TableFormat};
use crate::cli::target::{Sink, Target};

/// A stream of two texts, the second of this length.
fn stream(length: usize) -> Vec<u8> {
    let texts = vec!["=1".to_owned(), "x".repeat(length)];
    let texts: ArrayRef = Arc::new(StringArray::from(texts));
    let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
    let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn receipt(content: &[u8]) -> v1::Receipt {
    v1::Receipt {
        bytes: content.len() as u64,
        digest: Sha256::digest(content).to_vec(),
        rows: Some(2),
        ..v1::Receipt::default()
    }
}

fn hand_over(sink: &mut Sink, content: &[u8]) {
    for (at, piece) in content.chunks(100).enumerate() {
        let chunk = v1::Chunk {
            offset: at as u64 * 100,
            content: Bytes::copy_from_slice(piece),
            crc32c: crc32c::crc32c(piece),
        };
        if sink.is_failed() {
            break;
        }
        sink.take(&chunk).unwrap();
    }
}

#[test]
fn a_format_is_named_by_an_extension() {
    let of = |name: &str| TableFormat::of_extension(Path::new(name));
    assert_eq!(of("a.csv"), Some(TableFormat::Csv));
    assert_eq!(of("a.XLSX"), Some(TableFormat::Xlsx));
    assert_eq!(of("a.arrows"), None);
    assert_eq!(of("csv"), None);
    assert_eq!(TableFormat::Arrow.converted(), None);
}

#[test]
fn a_table_gets_its_name_when_it_is_converted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    let target = Target::new(&path).unwrap();
    let (content, expected) = (stream(3), "text\r\n=1\r\nxxx\r\n");
    let receipt = receipt(&content);
    let mut sink = target.open_converted(&receipt, Converted::Csv).unwrap();
    hand_over(&mut sink, &content);
    assert!(!path.exists());
    sink.check(&receipt.digest).unwrap();
    target.finish(sink, false).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_conversion_that_fails_leaves_nothing_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let target = Target::new(&folder.path().join("a.xlsx")).unwrap();
    let content = stream(40_000);
    let receipt = receipt(&content);
    let mut sink = target.open_converted(&receipt, Converted::Xlsx).unwrap();
    hand_over(&mut sink, &content);
    let failed = target.finish(sink, false).unwrap_err();
    assert_eq!(failed.message().code(), "workbook-text-too-long");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);

    let receipt = v1::Receipt {
        rows: Some(2_000_000),
        ..receipt
    };
    let refused = Converted::Xlsx.check(&receipt).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::LimitExceeded);
    assert!(Converted::Csv.check(&receipt).is_ok());
}
