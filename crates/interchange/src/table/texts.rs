//! Texts of a stream of unknown origin, checked many bytes at once. The reader of the format checks them by the standard
//! library, which goes character by character where they are not ASCII.
//!
//! So columns of texts are decoded as bytes, of which the reader checks that each value is within the part, and it is
//! checked here that the values are texts.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, GenericBinaryArray, OffsetSizeTrait, RecordBatch};
use arrow_schema::{DataType, Field, FieldRef, Schema};
use encoding_rs::Encoding;

/// Returns the schema with bytes in the place of texts, at any depth. Both have the same form in a stream. Views of texts
/// stay: the reader looks at each of them anyway.
pub(super) fn as_bytes(schema: &Schema) -> Schema {
    let fields = schema.fields().iter().map(field_as_bytes);
    let fields: Vec<FieldRef> = fields.collect();
    Schema::new_with_metadata(fields, schema.metadata().clone())
}

fn field_as_bytes(field: &FieldRef) -> FieldRef {
    let data_type = match field.data_type() {
        DataType::Utf8 => DataType::Binary,
        DataType::LargeUtf8 => DataType::LargeBinary,
        DataType::List(item) => DataType::List(field_as_bytes(item)),
        DataType::LargeList(item) => DataType::LargeList(field_as_bytes(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(field_as_bytes(item), *size),
        DataType::Map(entries, is_sorted) => DataType::Map(field_as_bytes(entries), *is_sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field_as_bytes).collect()),
        other => other.clone(),
    };
    Arc::new(Field::clone(field).with_data_type(data_type))
}

/// Returns true if each value that is a text by this schema is one, in a batch of its [`as_bytes`].
pub(super) fn are_texts(schema: &Schema, batch: &RecordBatch) -> bool {
    let mut columns = schema.fields().iter().zip(batch.columns());
    columns.all(|(field, values)| has_texts(field.data_type(), values.as_ref()))
}

fn has_texts(data_type: &DataType, values: &dyn Array) -> bool {
    match data_type {
        DataType::Utf8 => is_text(values.as_binary::<i32>()),
        DataType::LargeUtf8 => is_text(values.as_binary::<i64>()),
        DataType::List(item) => {
            has_texts(item.data_type(), values.as_list::<i32>().values().as_ref())
        }
        DataType::LargeList(item) => {
            has_texts(item.data_type(), values.as_list::<i64>().values().as_ref())
        }
        DataType::FixedSizeList(item, _) => {
            let items = values.as_fixed_size_list().values();
            has_texts(item.data_type(), items.as_ref())
        }
        DataType::Map(entries, _) => has_texts(entries.data_type(), values.as_map().entries()),
        DataType::Struct(fields) => {
            let mut columns = fields.iter().zip(values.as_struct().columns());
            columns.all(|(field, values)| has_texts(field.data_type(), values.as_ref()))
        }
        _ => true,
    }
}

/// Returns true if each value is a text: all of them together are one, and none begins or ends within a character.
fn is_text<O: OffsetSizeTrait>(values: &GenericBinaryArray<O>) -> bool {
    let offsets = values.value_offsets();
    let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else {
        return true;
    };
    let first = first.as_usize();
    let Some(text) = values.value_data().get(first..last.as_usize()) else {
        return false;
    };
    let begins_character = |offset: &O| {
        let byte = text.get(offset.as_usize() - first);
        byte.is_none_or(|byte| byte & 0b1100_0000 != 0b1000_0000)
    };
    Encoding::utf8_valid_up_to(text) == text.len() && offsets.iter().all(begins_character)
}

#[cfg(test)]
mod tests {
    use arrow_array::builder::{ListBuilder, StringBuilder};
    use arrow_array::{ArrayRef, BinaryArray, LargeBinaryArray, StructArray};

    use super::*;

    fn schema(values: &ArrayRef) -> Schema {
        Schema::new(vec![Field::new("x", values.data_type().clone(), true)])
    }

    #[test]
    fn values_are_texts_of_whole_characters() {
        let whole = ["长沙".as_bytes(), b"", b"a", "市é😀".as_bytes()];
        let split = ["长沙市", "é", "😀"].map(|text| text.as_bytes().split_at(1));
        assert!(is_text(&BinaryArray::from_iter_values(whole)));
        assert!(is_text(&LargeBinaryArray::from_iter_values(whole)));
        assert!(is_text(&BinaryArray::from_iter_values([b""; 0])));
        for (begin, end) in split {
            assert!(!is_text(&BinaryArray::from_iter_values([begin, end])));
            assert!(!is_text(&BinaryArray::from_iter_values([begin])));
        }
        for bytes in [b"\xff".as_slice(), b"a\xc0\x80", b"\xed\xa0\x80"] {
            assert!(!is_text(&LargeBinaryArray::from_iter_values([bytes])));
            let among = BinaryArray::from_iter_values([b"a".as_slice(), bytes, b"b"]);
            assert!(!is_text(&among));
            assert!(is_text(&among.slice(0, 1)) && is_text(&among.slice(2, 1)));
        }
    }

    #[test]
    fn texts_are_bytes_at_any_depth_and_nothing_else_changes() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("长沙"), None]);
        let lists: ArrayRef = Arc::new(lists.finish());
        let field = Arc::new(Field::new("lists", lists.data_type().clone(), true));
        let texts: ArrayRef = Arc::new(StructArray::from(vec![(field, lists)]));
        let texts = schema(&texts);
        let item = Arc::new(Field::new("item", DataType::Binary, true));
        let field = Field::new("lists", DataType::List(item), true);
        let expected = DataType::Struct(vec![field].into());
        assert_eq!(as_bytes(&texts).field(0).data_type(), &expected);
        assert_eq!(as_bytes(&as_bytes(&texts)), as_bytes(&texts));
    }
}
