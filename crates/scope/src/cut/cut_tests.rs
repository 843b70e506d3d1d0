//! The cut beside a plain reference, which looks at one row at a time.

use std::cmp::Ordering;
use std::num::NonZeroU64;

use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
    UInt8Type,
};
use arrow_array::{
    Array, Date32Array, Decimal256Array, DictionaryArray, Int8Array, LargeStringArray,
    StringViewArray, TimestampMicrosecondArray,
};
use arrow_buffer::i256;
use arrow_schema::DataType;
use chengji_domain::request::terms::{
    Comparison, Condition, DateUnit, GrantTerms, Literal, Mask, Scope, narrows,
};
use chengji_domain::table::ColumnType;
use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::strategies::{Row, batch, schema, scope, table};

const SALT: [u8; 32] = [7; 32];

/// The values of a row as text; hashes as `#`.
type Shown = Vec<Option<String>>;

fn cut_of(scope: &TableScope) -> Cut {
    Cut::new(scope, &schema(), &batch(&[]).schema(), &SALT).unwrap()
}

fn order(row: &Row, column: &str, value: &Literal) -> Option<Ordering> {
    let number = || match value {
        Literal::Integer(number) => Some(*number as f64),
        Literal::Decimal(number) => number.to_string().parse::<f64>().ok(),
        _ => None,
    };
    match (column, value) {
        ("id", _) => f64::from(row.id).partial_cmp(&number()?),
        ("floors", _) => f64::from(row.floors?).partial_cmp(&number()?),
        ("area", _) => row.area?.partial_cmp(&number()?),
        ("名称", Literal::Text(text)) => Some(row.name.as_ref()?.cmp(text)),
        ("is_new", Literal::Boolean(truth)) => Some(row.is_new?.cmp(truth)),
        ("date", Literal::Date(date)) => {
            let days = date.since(jiff::civil::date(1970, 1, 1)).ok()?.get_days();
            Some(row.built?.cmp(&days))
        }
        ("changed", Literal::Time(time)) => Some(row.changed?.cmp(&time.as_microsecond())),
        _ => (row.price? as f64).partial_cmp(&(number()? * 100.0)),
    }
}

fn is_null(row: &Row, column: &str) -> bool {
    match column {
        "id" => false,
        "floors" => row.floors.is_none(),
        "area" => row.area.is_none(),
        "名称" => row.name.is_none(),
        "is_new" => row.is_new.is_none(),
        "date" => row.built.is_none(),
        "changed" => row.changed.is_none(),
        _ => row.price.is_none(),
    }
}

/// Whether a condition is true; `None` if that is unknown.
fn holds(row: &Row, condition: &Condition) -> Option<bool> {
    let holds_all = |truths: Vec<Option<bool>>| match truths.contains(&Some(false)) {
        true => Some(false),
        false => truths
            .into_iter()
            .all(|truth| truth.is_some())
            .then_some(true),
    };
    match condition {
        Condition::Compare {
            column,
            comparison,
            value,
        } => order(row, column, value).map(|order| match comparison {
            Comparison::Equal => order == Ordering::Equal,
            Comparison::NotEqual => order != Ordering::Equal,
            Comparison::Less => order == Ordering::Less,
            Comparison::LessOrEqual => order != Ordering::Greater,
            Comparison::Greater => order == Ordering::Greater,
            Comparison::GreaterOrEqual => order != Ordering::Less,
        }),
        Condition::In { column, values } => {
            let orders: Option<Vec<_>> = values.iter().map(|one| order(row, column, one)).collect();
            Some(orders?.contains(&Ordering::Equal))
        }
        Condition::Between { column, low, high } => holds_all(vec![
            order(row, column, low).map(|order| order != Ordering::Less),
            order(row, column, high).map(|order| order != Ordering::Greater),
        ]),
        Condition::StartsWith { prefix, .. } => Some(row.name.as_ref()?.starts_with(prefix)),
        Condition::IsNull { column } => Some(is_null(row, column)),
        Condition::All(parts) => holds_all(parts.iter().map(|part| holds(row, part)).collect()),
        Condition::Any(parts) => {
            let negated = parts
                .iter()
                .map(|part| holds(row, part).map(|truth| !truth));
            holds_all(negated.collect()).map(|truth| !truth)
        }
        Condition::Not(inner) => holds(row, inner).map(|truth| !truth),
    }
}

/// A value behind a mask.
fn masked(row: &Row, column: &str, mask: Option<&Mask>) -> Option<String> {
    if is_null(row, column) {
        return None;
    }
    let characters = || {
        row.name
            .as_ref()
            .map(|name| name.chars().collect::<Vec<_>>())
    };
    match mask {
        None => plain_text(row, column),
        Some(Mask::Remove) => None,
        Some(Mask::Constant(_)) => Some("x".to_owned()),
        Some(Mask::Hash) => Some("#".to_owned()),
        Some(Mask::KeepFirst(count)) => Some(characters()?.iter().take(*count as usize).collect()),
        Some(Mask::KeepLast(count)) => {
            let all = characters()?;
            let start = all.len().saturating_sub(*count as usize);
            Some(all[start..].iter().collect())
        }
        Some(Mask::RoundDown(multiple)) => {
            let multiple = i128::from(multiple.get());
            let floor = |number: i128| number.div_euclid(multiple) * multiple;
            match column {
                "id" => Some(floor(row.id.into()).to_string()),
                "floors" => Some(floor(row.floors?.into()).to_string()),
                "area" => {
                    let area = row.area?;
                    let floor = (area / 2.0).floor() * 2.0;
                    let is_cut = area.is_finite() && area.abs() < 1e15;
                    Some(if is_cut { floor } else { area }.to_string())
                }
                _ => {
                    let multiple = multiple * 100;
                    Some((row.price?.div_euclid(multiple) * multiple).to_string())
                }
            }
        }
        // Beyond the calendar of the reference the values are only compared with themselves.
        Some(Mask::CutDate(_)) => Some("date".to_owned()),
    }
}

fn plain_text(row: &Row, column: &str) -> Option<String> {
    match column {
        "id" => Some(row.id.to_string()),
        "floors" => row.floors.map(|floors| floors.to_string()),
        "area" => row.area.map(|area| area.to_string()),
        "名称" => row.name.clone(),
        "is_new" => row.is_new.map(|truth| truth.to_string()),
        "date" => row.built.map(|day| day.to_string()),
        "changed" => row.changed.map(|time| time.to_string()),
        _ => row.price.map(|price| price.to_string()),
    }
}

fn shown(batch: &RecordBatch, scope: &TableScope) -> Vec<Shown> {
    let schema = batch.schema();
    let value = |column: &ArrayRef, name: &str, row: usize| -> Option<String> {
        if column.is_null(row) {
            return None;
        }
        let text = match column.data_type() {
            DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
            DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
            DataType::Float64 => column.as_primitive::<Float64Type>().value(row).to_string(),
            DataType::Boolean => column.as_boolean().value(row).to_string(),
            DataType::Date32 => column.as_primitive::<Date32Type>().value(row).to_string(),
            DataType::Timestamp(..) => {
                let times = column.as_primitive::<TimestampMicrosecondType>();
                times.value(row).to_string()
            }
            DataType::Decimal128(..) => {
                let numbers = column.as_primitive::<Decimal128Type>();
                numbers.value(row).to_string()
            }
            DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
            other => panic!("{other}"),
        };
        Some(match scope.columns[name] {
            Some(Mask::Hash) => {
                assert_eq!(text.len(), 26);
                "#".to_owned()
            }
            Some(Mask::CutDate(_)) => "date".to_owned(),
            _ => text,
        })
    };
    let rows = (0..batch.num_rows()).map(|row| {
        let columns = schema.fields().iter().zip(batch.columns());
        let values = columns.map(|(field, column)| value(column, field.name(), row));
        values.collect()
    });
    rows.collect()
}

fn expected(rows: &[Row], scope: &TableScope) -> Vec<Shown> {
    let passed = rows.iter().filter(|row| {
        let condition = scope.condition.as_ref();
        condition.is_none_or(|condition| holds(row, condition) == Some(true))
    });
    let most = scope.row_limit.map_or(usize::MAX, |limit| limit as usize);
    let schema = schema();
    let values = passed.take(most).map(|row| {
        let columns = schema.columns.iter();
        let granted = columns.filter_map(|column| {
            let mask = scope.columns.get(&column.name)?;
            Some(masked(row, &column.name, mask.as_ref()))
        });
        granted.collect()
    });
    values.collect()
}

fn passed(cut: &mut Cut, rows: &[Row], scope: &TableScope) -> Vec<Shown> {
    let batch = cut.of(&batch(rows)).unwrap();
    batch.map(|batch| shown(&batch, scope)).unwrap_or_default()
}

fn is_small(scope: &TableScope) -> bool {
    let condition = scope.condition.as_ref();
    condition.is_none_or(|condition| condition.check_size().is_ok())
}

fn terms(scope: &TableScope) -> GrantTerms {
    GrantTerms {
        scope: Scope::Table(Box::new(scope.clone())),
        ..GrantTerms::file(Timestamp::MAX)
    }
}

/// The first value of each row, its id.
fn ids(rows: &[Shown]) -> Vec<Option<String>> {
    rows.iter().map(|row| row[0].clone()).collect()
}

proptest! {
    #[test]
    fn a_cut_is_what_the_reference_permits_of_each_row(rows in table(), scope in scope()) {
        prop_assume!(is_small(&scope));
        // Timestamps at the lower end of their type are NULL where they cannot be truncated.
        let rows: Vec<Row> = rows
            .into_iter()
            .filter(|row| row.changed != Some(i64::MIN) && row.built != Some(i32::MIN))
            .collect();
        let mut cut = cut_of(&scope);
        prop_assert_eq!(passed(&mut cut, &rows, &scope), expected(&rows, &scope));
    }

    #[test]
    fn no_value_makes_a_cut_fail(rows in table(), scope in scope()) {
        prop_assume!(is_small(&scope));
        let mut cut = cut_of(&scope);
        if let Some(batch) = cut.of(&batch(&rows)).unwrap() {
            prop_assert_eq!(batch.schema(), cut.schema());
        }
    }

    #[test]
    fn the_cut_of_batches_is_the_batches_of_their_cuts(
        rows in table(),
        scope in scope(),
        at in 0..24_usize,
    ) {
        prop_assume!(is_small(&scope));
        let (first, rest) = rows.split_at(at.min(rows.len()));
        let mut parts = cut_of(&scope);
        let mut of_parts = passed(&mut parts, first, &scope);
        of_parts.extend(passed(&mut parts, rest, &scope));
        let mut whole = cut_of(&scope);
        prop_assert_eq!(of_parts, passed(&mut whole, &rows, &scope));
        prop_assert_eq!(parts.is_done(), whole.is_done());
    }

    #[test]
    fn a_narrower_scope_lets_no_more_pass(rows in table(), wide in scope(), other in scope()) {
        let mut wide = wide;
        wide.row_limit = None;
        let mut narrow = wide.clone();
        let added = [wide.condition.clone(), other.condition.clone()].into_iter().flatten();
        narrow.condition = Condition::all(added);
        narrow.columns.retain(|name, _| name == "id" || other.columns.contains_key(name));
        for (name, mask) in &mut narrow.columns {
            if name != "id" && mask.is_some() {
                *mask = Some(Mask::Remove);
            }
        }
        narrow.row_limit = other.row_limit;
        prop_assume!(is_small(&narrow) && is_small(&wide));
        prop_assume!(narrows(&terms(&narrow), &terms(&wide)));
        let of_narrow = ids(&passed(&mut cut_of(&narrow), &rows, &narrow));
        let of_wide = ids(&passed(&mut cut_of(&wide), &rows, &wide));
        prop_assert!(of_narrow.iter().all(|id| of_wide.contains(id)));
        let (few, many) = (cut_of(&narrow).schema(), cut_of(&wide).schema());
        let mut fields = few.fields().iter();
        prop_assert!(fields.all(|field| many.field_with_name(field.name()).is_ok()));
    }
}

/// The cut of one column `x`.
fn cut_one(
    column_type: ColumnType,
    values: ArrayRef,
    mask: Option<Mask>,
    condition: Option<Condition>,
) -> Result<Option<ArrayRef>> {
    let column = TableColumn {
        name: "x".to_owned(),
        column_type,
        is_nullable: true,
        native_type: String::new(),
        max_length: None,
        comment: String::new(),
    };
    let table = TableSchema {
        columns: vec![column],
    };
    let scope = TableScope {
        schema: table.fingerprint(),
        columns: [("x".to_owned(), mask)].into(),
        condition,
        row_limit: None,
        increment: None,
    };
    let field = Field::new("x", values.data_type().clone(), true);
    let source: SchemaRef = Arc::new(Schema::new(vec![field]));
    let mut cut = Cut::new(&scope, &table, &source, &SALT)?;
    let batch = RecordBatch::try_new(source, vec![values]).unwrap();
    let passed = cut.of(&batch)?;
    Ok(passed.map(|batch| ArrayRef::clone(batch.column(0))))
}

fn is(comparison: Comparison, value: Literal) -> Option<Condition> {
    Some(Condition::Compare {
        column: "x".to_owned(),
        comparison,
        value,
    })
}

#[test]
fn texts_of_all_arrow_types_are_compared_and_masked() {
    let texts = ["长沙", "株洲"];
    let columns: [ArrayRef; 3] = [
        Arc::new(LargeStringArray::from_iter_values(texts)),
        Arc::new(StringViewArray::from_iter_values(texts)),
        Arc::new(texts.into_iter().collect::<DictionaryArray<UInt8Type>>()),
    ];
    for column in columns {
        let first = Some(Mask::KeepFirst(1));
        let condition = is(Comparison::Equal, Literal::Text("株洲".to_owned()));
        let passed = cut_one(ColumnType::Text, column, first, condition).unwrap();
        let passed = passed.unwrap();
        let kept = texts::Texts::of(passed.as_ref()).unwrap();
        assert_eq!((passed.len(), kept.value(0)), (1, "株"));
    }
}

#[test]
fn nothing_of_other_rows_is_left_in_memory() {
    let texts = [
        "a text that is too long for a view",
        "another text of a hidden row",
    ];
    let condition = || is(Comparison::Equal, Literal::Text(texts[0].to_owned()));
    let dictionary: ArrayRef = Arc::new(texts.into_iter().collect::<DictionaryArray<UInt8Type>>());
    let passed = cut_one(ColumnType::Text, dictionary, None, condition()).unwrap();
    assert_eq!(passed.unwrap().data_type(), &DataType::Utf8);
    let views: ArrayRef = Arc::new(StringViewArray::from_iter_values(texts));
    let passed = cut_one(ColumnType::Text, views, None, condition()).unwrap();
    let passed = passed.unwrap();
    let buffers = passed.as_string_view().data_buffers().iter();
    assert_eq!(
        buffers.map(|buffer| buffer.len()).sum::<usize>(),
        texts[0].len()
    );
    let item = Arc::new(Field::new("item", DataType::Utf8View, true));
    let lists = arrow_array::new_null_array(&DataType::List(item), 1);
    let error = cut_one(ColumnType::Other, lists, None, None).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[test]
fn numbers_beyond_64_bits_are_compared_and_rounded() {
    let numbers = [i256::from_i128(-150), i256::MAX, i256::from_i128(250)];
    let numbers = Decimal256Array::from_iter_values(numbers);
    let numbers: ArrayRef = Arc::new(numbers.with_precision_and_scale(76, 2).unwrap());
    let half = Literal::Decimal("2.5".parse().unwrap());
    let condition = is(Comparison::LessOrEqual, half);
    let mask = Some(Mask::RoundDown(NonZeroU64::MIN));
    let passed = cut_one(ColumnType::Decimal, numbers, mask, condition).unwrap();
    let passed = passed.unwrap();
    let passed = passed.as_primitive::<arrow_array::types::Decimal256Type>();
    let expected = [-200, 200].map(i256::from_i128);
    assert_eq!(passed.values().to_vec(), expected);
}

#[test]
fn a_result_beyond_its_type_is_null() {
    let mask = || Some(Mask::RoundDown(NonZeroU64::MAX));
    let numbers: ArrayRef = Arc::new(Int8Array::from(vec![Some(-1), Some(1), None]));
    let passed = cut_one(ColumnType::Integer, numbers, mask(), None).unwrap();
    let passed = passed.unwrap();
    let passed: Vec<_> = passed.as_primitive::<Int64Type>().iter().collect();
    assert_eq!(passed, [None, Some(0), None]);
}

#[test]
fn dates_and_times_are_truncated_to_their_unit_before_1970_too() {
    const DAY: i64 = 86_400_000_000;
    // 1969-12-31 and 2026-11-28, and the last microsecond of each.
    let days: ArrayRef = Arc::new(Date32Array::from(vec![-1, 20_785]));
    let times = TimestampMicrosecondArray::from(vec![-1, 20_786 * DAY - 1]);
    let times: ArrayRef = Arc::new(times.with_timezone("+08:00"));
    for (unit, expected) in [
        (DateUnit::Year, [-365, 20_454]),
        (DateUnit::Month, [-31, 20_758]),
        (DateUnit::Day, [-1, 20_785]),
    ] {
        let mask = || Some(Mask::CutDate(unit));
        let cut = cut_one(ColumnType::Date, ArrayRef::clone(&days), mask(), None);
        let cut = cut.unwrap().unwrap();
        let found = cut.as_primitive::<Date32Type>().values().to_vec();
        assert_eq!(found, expected, "{unit:?}");
        let cut = cut_one(ColumnType::Timestamp, ArrayRef::clone(&times), mask(), None);
        let cut = cut.unwrap().unwrap();
        assert_eq!(cut.data_type(), times.data_type());
        let found = cut.as_primitive::<TimestampMicrosecondType>();
        let expected = expected.map(|day| i64::from(day) * DAY);
        assert_eq!(found.values().to_vec(), expected, "{unit:?}");
    }
}

#[test]
fn a_hash_is_that_of_the_text_of_the_value() {
    // HMAC-SHA-256 of "12" by 32 bytes of 7, its first 16 bytes in base32.
    let hashes = |values: ArrayRef, column_type| {
        let passed = cut_one(column_type, values, Some(Mask::Hash), None).unwrap();
        passed.unwrap().as_string::<i32>().value(0).to_owned()
    };
    let texts: ArrayRef = Arc::new(LargeStringArray::from_iter_values(["12"]));
    let of_text = hashes(texts, ColumnType::Text);
    assert_eq!(of_text, PINNED);
    let integers: ArrayRef = Arc::new(Int8Array::from(vec![12]));
    assert_eq!(hashes(integers, ColumnType::Integer), PINNED);
}

const PINNED: &str = "hebctdzoyx7d3u752vsge5culu";

#[test]
fn a_batch_of_another_schema_is_refused() {
    let scope = TableScope {
        schema: schema().fingerprint(),
        columns: [("id".to_owned(), None)].into(),
        condition: None,
        row_limit: None,
        increment: None,
    };
    let other = batch(&[]).project(&[0, 1]).unwrap();
    let error = cut_of(&scope).of(&other).unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceChanged);
    let error = Cut::new(&scope, &schema(), &other.schema(), &SALT).unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceChanged);
    let lists = DataType::List(Arc::new(Field::new("item", DataType::Int8, true)));
    let column = arrow_array::new_null_array(&lists, 1);
    let condition = is(Comparison::Equal, Literal::Integer(1));
    let error = cut_one(ColumnType::Integer, column, None, condition).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}
