//! Streams that no honest provider sends.

use std::sync::Arc;
use std::thread;

use arrow_array::builder::StringViewBuilder;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BinaryArray, DictionaryArray, FixedSizeListArray, ListArray, NullArray, RecordBatch,
};
use arrow_buffer::OffsetBuffer;
use arrow_ipc::root_as_message;
use arrow_schema::{DataType, Field, Schema};
use chengji_domain::{Error, ErrorCode, Result};
use proptest::prelude::*;

use super::samples::{batch, stream};
use super::{ArrowStream, MAX_PART_BYTES};

fn read(stream: &[u8], size: u64) -> Result<Vec<RecordBatch>> {
    ArrowStream::new(stream, size)?.collect()
}

/// The number of rows, which are checked and not used.
fn checked(stream: &[u8], size: u64) -> Result<u64> {
    let mut stream = ArrowStream::new(stream, size)?;
    let mut found = 0;
    while let Some(rows) = stream.check_next()? {
        found += rows;
    }
    assert_eq!(stream.check_next(), Ok(None), "it has ended");
    Ok(found)
}

fn refusal(stream: &[u8], size: u64) -> String {
    let error: Error = read(stream, size).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PeerInvalid);
    let of_check = checked(stream, size).unwrap_err();
    assert_eq!(of_check.message().code(), error.message().code());
    error.message().code().to_owned()
}

/// The length of the first part.
fn first_part(stream: &[u8]) -> usize {
    8 + u32::from_le_bytes(stream[4..8].try_into().unwrap()) as usize
}

#[test]
fn an_honest_stream_reads_back() {
    let batches = [batch(), batch().slice(1, 1)];
    let stream = stream(&batches);
    let found = read(&stream, stream.len() as u64).unwrap();
    assert_eq!(found, batches);
    assert_eq!(checked(&stream, stream.len() as u64), Ok(4));
}

/// The stream of a column, whose schema says that it has this type.
fn claimed(values: ArrayRef, data_type: DataType) -> Vec<u8> {
    let rows = stream(&[RecordBatch::try_from_iter([("x", values)]).unwrap()]);
    let schema = Schema::new(vec![Field::new("x", data_type, true)]);
    let mut claimed = stream(&[RecordBatch::new_empty(Arc::new(schema))]);
    claimed.truncate(first_part(&claimed));
    claimed.extend_from_slice(&rows[first_part(&rows)..]);
    claimed
}

#[test]
fn texts_are_checked_at_any_depth() {
    let texts = ["长", "沙", ""].map(str::as_bytes);
    let split = [b"\xe6\xb2".as_slice(), b"\x99", b""];
    for (values, is_text) in [(texts, true), (split, false)] {
        let values: ArrayRef = Arc::new(BinaryArray::from_iter_values(values));
        let item = |data_type| Arc::new(Field::new("item", data_type, true));
        let (bytes, lengths) = (item(DataType::Binary), OffsetBuffer::from_lengths([1, 2]));
        let lists = ListArray::new(bytes, lengths, Arc::clone(&values), None);
        let lists = claimed(Arc::new(lists), DataType::List(item(DataType::Utf8)));
        for (stream, rows) in [(claimed(values, DataType::Utf8), 3), (lists, 2)] {
            let size = stream.len() as u64;
            match is_text {
                true => assert_eq!(checked(&stream, size), Ok(rows)),
                false => assert_eq!(refusal(&stream, size), "table-stream-malformed"),
            }
        }
    }
}

#[test]
fn a_stream_that_breaks_off_anywhere_is_refused() {
    let stream = stream(&[batch()]);
    for end in (0..stream.len()).step_by(5) {
        let part = &stream[..end];
        for size in [part.len(), stream.len()] {
            assert_eq!(refusal(part, size as u64), "table-stream-incomplete");
        }
    }
}

#[test]
fn nothing_is_allocated_by_the_word_of_a_stream() {
    let mut claim = vec![0xff; 4];
    claim.extend(0x7fff_ffff_u32.to_le_bytes());
    assert_eq!(refusal(&claim, 1 << 40), "table-stream-part-too-large");
    assert_eq!(refusal(&claim, 8), "table-stream-incomplete");

    let mut stream = stream(&[batch()]);
    let begin = first_part(&stream);
    let end = begin + first_part(&stream[begin..]);
    let length = |stream: &[u8]| {
        let message = root_as_message(&stream[begin + 8..end]);
        message.map_or(0, |message| message.bodyLength())
    };
    let honest = length(&stream).to_le_bytes();
    let claimed = 1_i64 << 33;
    let place = (begin + 8..end - 8).find(|at| {
        let mut altered = stream.clone();
        altered[*at..*at + 8].copy_from_slice(&claimed.to_le_bytes());
        stream[*at..*at + 8] == honest && length(&altered) == claimed
    });
    let place = place.unwrap();
    stream[place..place + 8].copy_from_slice(&claimed.to_le_bytes());
    assert_eq!(refusal(&stream, 1 << 40), "table-stream-part-too-large");
    let size = stream.len() as u64;
    assert_eq!(refusal(&stream, size), "table-stream-incomplete");
}

#[test]
fn a_stream_of_other_parts_is_refused() {
    let honest = stream(&[batch()]);
    let headless = &honest[first_part(&honest)..];
    assert_eq!(
        refusal(headless, headless.len() as u64),
        "table-stream-part-unexpected"
    );
    let mut longer = honest.clone();
    longer.push(0);
    assert_eq!(
        refusal(&longer, longer.len() as u64),
        "table-stream-goes-on"
    );
    let dictionary: DictionaryArray<Int32Type> = ["a", "b", "a"].into_iter().collect();
    let column: ArrayRef = Arc::new(dictionary);
    let dictionary = stream(&[RecordBatch::try_from_iter([("x", column)]).unwrap()]);
    assert_eq!(
        refusal(&dictionary, dictionary.len() as u64),
        "table-stream-type"
    );
    assert_eq!(
        refusal(b"a,b\r\n1,2\r\n", 10),
        "table-stream-part-unexpected"
    );
}

/// A list of a thousand million values without bytes in one row.
#[test]
fn values_that_take_no_bytes_are_not_delivered_in_lists() {
    let nothing = Arc::new(Field::new("item", DataType::Null, true));
    let many: ArrayRef = Arc::new(NullArray::new(1_000_000_000));
    let lists = FixedSizeListArray::new(nothing, 1_000_000_000, many, None);
    let batch = RecordBatch::try_from_iter([("x", Arc::new(lists) as ArrayRef)]).unwrap();
    let stream = stream(&[batch]);
    assert_eq!(refusal(&stream, stream.len() as u64), "table-stream-type");
}

#[test]
fn a_reader_may_bound_the_size_of_parts() {
    let stream = stream(&[batch()]);
    let read = |most: u64| -> Result<Vec<RecordBatch>> {
        let parts = ArrowStream::of_parts_up_to(most, stream.as_slice(), stream.len() as u64);
        parts?.collect()
    };
    assert_eq!(read(stream.len() as u64).unwrap(), [batch()]);
    let error = read(8).unwrap_err();
    assert_eq!(error.message().code(), "table-stream-part-too-large");
}

/// One text of a megabyte, which is the value of some hundred rows.
#[test]
fn a_text_that_is_repeated_by_views_is_bounded() {
    let size = 1_u32 << 20;
    let repeated = |rows: u64| {
        let mut texts = StringViewBuilder::new();
        let block = texts.append_block(vec![b'x'; size as usize].into());
        for _ in 0..rows {
            texts.try_append_view(block, 0, size).unwrap();
        }
        let column: ArrayRef = Arc::new(texts.finish());
        stream(&[RecordBatch::try_from_iter([("x", column)]).unwrap()])
    };
    let most = MAX_PART_BYTES / u64::from(size);
    let within = repeated(most);
    assert!(read(&within, within.len() as u64).is_ok());
    let beyond = repeated(most + 1);
    assert!(beyond.len() < 2 << 20);
    assert_eq!(
        refusal(&beyond, beyond.len() as u64),
        "table-stream-part-too-large"
    );
}

proptest! {
    #[test]
    fn an_altered_stream_ends_with_a_table_or_an_error(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut altered = stream(&[batch()]);
        for (at, byte) in changes {
            let at = at.index(altered.len());
            altered[at] = byte;
        }
        // Arrow's reader panics at some contradictions, which the threads of both callers contain.
        let both = thread::spawn(move || {
            let size = altered.len() as u64;
            (read(&altered, size), checked(&altered, size))
        });
        if let Ok((read, checked)) = both.join() {
            let rows = read.map(|batches| {
                let rows = batches.iter().map(|batch| batch.num_rows() as u64);
                (batches.len(), rows.sum::<u64>())
            });
            prop_assert!(!matches!(rows, Ok((2.., _))));
            let rows = rows.map(|(_, rows)| rows).map_err(|error| error.code());
            prop_assert_eq!(rows, checked.map_err(|error| error.code()));
        }
    }
}
