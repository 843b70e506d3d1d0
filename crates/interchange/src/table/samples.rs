//! Tables for tests.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    RecordBatch, StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow_ipc::writer::StreamWriter;

/// Three rows with a column of each type that sources have; the second row has no values.
pub(super) fn batch() -> RecordBatch {
    let decimals = Decimal128Array::from(vec![Some(-12_345), None, Some(0)]);
    let decimals = decimals.with_precision_and_scale(38, 2).unwrap();
    let texts = [Some("=1+1"), None, Some("长沙, \"市\"\r\n")];
    let bytes = vec![Some(b"\x00\xff".as_slice()), None, Some(b"".as_slice())];
    let moments = TimestampMicrosecondArray::from(vec![Some(0), None, Some(1_500_000)]);
    let numbers = Int64Array::from(vec![Some(-5), None, Some(i64::MAX)]);
    let times = Time64MicrosecondArray::from(vec![Some(30_600_000_000), None, Some(1)]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "truth",
            Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)])),
        ),
        ("number", Arc::new(numbers)),
        ("decimal", Arc::new(decimals)),
        (
            "float",
            Arc::new(Float64Array::from(vec![Some(0.1), None, Some(-2.0)])),
        ),
        ("text", Arc::new(StringArray::from(texts.to_vec()))),
        ("bytes", Arc::new(BinaryArray::from_opt_vec(bytes))),
        (
            "date",
            Arc::new(Date32Array::from(vec![Some(20_484), None, Some(-1)])),
        ),
        ("time", Arc::new(times)),
        ("moment", Arc::new(moments.clone())),
        ("zoned", Arc::new(moments.with_timezone("UTC"))),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// The stream of these batches, as a provider sends it.
pub(super) fn stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    for batch in batches {
        writer.write(batch).unwrap();
    }
    writer.into_inner().unwrap()
}
