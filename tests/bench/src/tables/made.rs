//! The tables that are measured: permits of one city, and inspections of some of them by another. Each value follows from
//! the number of its row.

use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use jiff::ToSpan;
use jiff::civil::date;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::measure::Outcome;

/// Half of the columns of a permit, with half of its bytes.
pub(super) const HALF: [&str; 6] = ["id", "holder", "kind", "area", "permitted", "is_open"];
/// Number of columns of a permit.
pub(super) const COLUMNS: usize = 12;
/// The same table in SQL.
pub(super) const CREATE_PERMITS: &str = "CREATE TABLE permits (id bigint NOT NULL, permit_no text NOT NULL, \
    holder text NOT NULL, town text NOT NULL, kind int NOT NULL, floors int NOT NULL, area numeric(12,2) NOT NULL, \
    level text NOT NULL, permitted date NOT NULL, ends date, changed timestamp NOT NULL, is_open boolean NOT NULL)";

/// Number of rows of a batch that is written.
const BATCH: u64 = 8_192;
/// Maximum number of inspected permits.
const MAX_INSPECTED: u64 = 100_000;
/// Days from 1970-01-01 to the first day, 2000-01-01.
const FIRST_DAY: i32 = 10_957;
/// Number of days on which permits are given.
const DAYS: u64 = 9_000;
/// Number of days until they end.
const VALID: u64 = 3_650;
const MICROSECONDS: i64 = 1_000_000;
const SECONDS_OF_DAY: u64 = 86_400;
const TOWNS: [&str; 10] = [
    "天元区",
    "荷塘区",
    "芦淞区",
    "石峰区",
    "渌口区",
    "醴陵市",
    "攸县",
    "茶陵县",
    "炎陵县",
    "云龙示范区",
];
const LEVELS: [&str; 3] = ["一级", "二级", "三级"];
const GRADES: [&str; 4] = ["优", "良", "中", "差"];

/// A permit.
struct Permit {
    id: i64,
    number: String,
    holder: String,
    town: &'static str,
    kind: i32,
    floors: i32,
    /// Hundredths of a square metre.
    area: i128,
    level: &'static str,
    /// Days from the first day.
    permitted: u64,
    ends: Option<u64>,
    /// Seconds and microseconds from the beginning of the day of the permit.
    changed: (u64, u64),
    is_open: bool,
}

impl Permit {
    fn of(row: u64) -> Self {
        let permitted = below(row, 0, DAYS);
        let is_limited = below(row, 1, 4) > 0;
        Self {
            id: row as i64,
            number: number(row),
            holder: format!("第{:05}建设公司", below(row, 2, 50_000)),
            town: one_of(&TOWNS, row, 3),
            kind: below(row, 4, 40) as i32,
            floors: below(row, 5, 34) as i32,
            area: below(row, 6, 10_000_000).into(),
            level: one_of(&LEVELS, row, 7),
            permitted,
            ends: is_limited.then(|| permitted + below(row, 8, VALID)),
            changed: (below(row, 9, SECONDS_OF_DAY), below(row, 10, 1_000_000)),
            is_open: below(row, 11, 2) > 0,
        }
    }

    fn changed(&self) -> i64 {
        let (seconds, microseconds) = self.changed;
        let seconds = i64::from(day(self.permitted)) * SECONDS_OF_DAY as i64 + seconds as i64;
        seconds * MICROSECONDS + microseconds as i64
    }
}

/// Writes this many permits as a Parquet file.
pub(super) fn write_permits(path: &Path, rows: u64) -> Outcome<()> {
    let schema = Arc::new(Schema::new(permit_fields()));
    write(path, &schema, rows, permits)
}

/// Writes the inspections of some of this many permits as a Parquet file.
pub(super) fn write_inspections(path: &Path, permits: u64) -> Outcome<()> {
    let inspected = permits.min(MAX_INSPECTED);
    let apart = permits / inspected.max(1);
    let schema = Arc::new(Schema::new(vec![
        Field::new("permit_no", DataType::Utf8, false),
        Field::new("grade", DataType::Utf8, false),
        Field::new("points", DataType::Int32, false),
        Field::new("inspected", DataType::Date32, false),
    ]));
    write(path, &schema, inspected, |schema, rows| {
        inspections(schema, rows, apart)
    })
}

/// Writes the same permits as lines for `COPY`.
pub(super) fn write_lines(rows: u64, out: &mut impl Write) -> Outcome<()> {
    let days = (0..DAYS + VALID).map(|day| -> Outcome<String> {
        let day = date(2000, 1, 1).checked_add((day as i64).days())?;
        Ok(day.to_string())
    });
    let days: Vec<String> = days.collect::<Outcome<_>>()?;
    for row in 0..rows {
        let permit = Permit::of(row);
        let day = days[permit.permitted as usize].as_str();
        let ends = permit.ends.map_or("\\N", |day| days[day as usize].as_str());
        let (seconds, microseconds) = permit.changed;
        writeln!(
            out,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}.{:02}\t{}\t{day}\t{ends}\t{day} {:02}:{:02}:{:02}.{microseconds:06}\t{}",
            permit.id,
            permit.number,
            permit.holder,
            permit.town,
            permit.kind,
            permit.floors,
            permit.area / 100,
            permit.area % 100,
            permit.level,
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60,
            permit.is_open,
        )?;
    }
    Ok(())
}

fn permit_fields() -> Vec<Field> {
    let required = |name: &str, kind| Field::new(name, kind, false);
    let changed = DataType::Timestamp(TimeUnit::Microsecond, None);
    vec![
        required("id", DataType::Int64),
        required("permit_no", DataType::Utf8),
        required("holder", DataType::Utf8),
        required("town", DataType::Utf8),
        required("kind", DataType::Int32),
        required("floors", DataType::Int32),
        required("area", DataType::Decimal128(12, 2)),
        required("level", DataType::Utf8),
        required("permitted", DataType::Date32),
        Field::new("ends", DataType::Date32, true),
        required("changed", changed),
        required("is_open", DataType::Boolean),
    ]
}

fn permits(schema: &SchemaRef, rows: Range<u64>) -> Outcome<RecordBatch> {
    let permits: Vec<Permit> = rows.map(Permit::of).collect();
    let all = || permits.iter();
    let area = Decimal128Array::from_iter_values(all().map(|permit| permit.area));
    let ends = all().map(|permit| permit.ends.map(day));
    let is_open: Vec<bool> = all().map(|permit| permit.is_open).collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(all().map(|permit| permit.id))),
        texts(&permits, |permit| &permit.number),
        texts(&permits, |permit| &permit.holder),
        texts(&permits, |permit| permit.town),
        Arc::new(Int32Array::from_iter_values(
            all().map(|permit| permit.kind),
        )),
        Arc::new(Int32Array::from_iter_values(
            all().map(|permit| permit.floors),
        )),
        Arc::new(area.with_precision_and_scale(12, 2)?),
        texts(&permits, |permit| permit.level),
        Arc::new(Date32Array::from_iter_values(
            all().map(|permit| day(permit.permitted)),
        )),
        Arc::new(ends.collect::<Date32Array>()),
        Arc::new(TimestampMicrosecondArray::from_iter_values(
            all().map(Permit::changed),
        )),
        Arc::new(BooleanArray::from(is_open)),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

fn texts(permits: &[Permit], text: fn(&Permit) -> &str) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(permits.iter().map(text)))
}

/// Inspections of permits that are this many rows apart.
fn inspections(schema: &SchemaRef, rows: Range<u64>, apart: u64) -> Outcome<RecordBatch> {
    let numbers = rows.clone().map(|row| number(row * apart));
    let grades = rows.clone().map(|row| one_of(&GRADES, row, 12));
    let points = rows.clone().map(|row| below(row, 13, 101) as i32);
    let days = rows.map(|row| day(below(row, 14, DAYS)));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from_iter_values(numbers)),
        Arc::new(StringArray::from_iter_values(grades)),
        Arc::new(Int32Array::from_iter_values(points)),
        Arc::new(Date32Array::from_iter_values(days)),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}

/// Writes rows as a Parquet file, compressed and divided as pyarrow does by default.
fn write(
    path: &Path,
    schema: &SchemaRef,
    rows: u64,
    batch: impl Fn(&SchemaRef, Range<u64>) -> Outcome<RecordBatch>,
) -> Outcome<()> {
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY);
    let file = File::create(path)?;
    let mut writer = ArrowWriter::try_new(file, Arc::clone(schema), Some(properties.build()))?;
    let mut begin = 0;
    while begin < rows {
        let end = rows.min(begin + BATCH);
        writer.write(&batch(schema, begin..end)?)?;
        begin = end;
    }
    writer.close()?;
    Ok(())
}

fn number(row: u64) -> String {
    format!("4302{row:010}")
}

/// A day, counted from 1970-01-01.
fn day(from_first: u64) -> i32 {
    FIRST_DAY + from_first as i32
}

fn one_of(texts: &[&'static str], row: u64, column: u64) -> &'static str {
    texts[below(row, column, texts.len() as u64) as usize]
}

/// A number below `most`, by SplitMix64.
fn below(row: u64, column: u64, most: u64) -> u64 {
    let seed = row.wrapping_mul(16).wrapping_add(column + 1);
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) % most
}

#[cfg(test)]
#[path = "made_tests.rs"]
mod tests;
