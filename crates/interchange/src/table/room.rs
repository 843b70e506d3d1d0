//! Values that take no room in a stream, though there are many: items without bytes, and texts that are repeated by views.
//! A few bytes of a hostile stream must not become more values than fit into memory.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;

/// Returns true if each value of this type takes at least a bit in a stream.
pub(super) fn takes_room(data_type: &DataType) -> bool {
    match data_type {
        DataType::Null | DataType::FixedSizeBinary(0) | DataType::FixedSizeList(_, 0) => false,
        DataType::FixedSizeList(item, _) => takes_room(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| takes_room(field.data_type())),
        _ => true,
    }
}

/// Returns the sum of the lengths in bytes of the texts of an array of views, shared texts counted once for each view.
pub(super) fn view_bytes(array: &dyn Array) -> u64 {
    match array.data_type() {
        DataType::Utf8View => lengths(array.as_string_view().views()),
        DataType::BinaryView => lengths(array.as_binary_view().views()),
        DataType::List(_) => view_bytes(array.as_list::<i32>().values()),
        DataType::LargeList(_) => view_bytes(array.as_list::<i64>().values()),
        DataType::FixedSizeList(..) => view_bytes(array.as_fixed_size_list().values()),
        DataType::Map(..) => view_bytes(array.as_map().entries()),
        DataType::Struct(_) => {
            let columns = array.as_struct().columns().iter();
            let bytes = columns.map(|column| view_bytes(column));
            bytes.fold(0, u64::saturating_add)
        }
        _ => 0,
    }
}

/// The sum of the lengths, which are the lower 32 bits of views.
fn lengths(views: &[u128]) -> u64 {
    let lengths = views
        .iter()
        .map(|view| (*view & u128::from(u32::MAX)) as u64);
    lengths.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, ListArray, StringArray, StringViewArray};
    use arrow_buffer::OffsetBuffer;
    use arrow_schema::Field;

    use super::*;

    #[test]
    fn items_without_bytes_take_no_room() {
        let item = |data_type| Arc::new(Field::new("item", data_type, true));
        let nothing = DataType::Struct(vec![item(DataType::Null)].into());
        for data_type in [
            DataType::Null,
            DataType::FixedSizeBinary(0),
            DataType::FixedSizeList(item(DataType::Utf8), 0),
            DataType::FixedSizeList(item(DataType::Null), 1_000_000_000),
            nothing,
            DataType::Struct(Vec::<Field>::new().into()),
        ] {
            assert!(!takes_room(&data_type), "{data_type}");
        }
        for data_type in [
            DataType::Boolean,
            DataType::Utf8,
            DataType::List(item(DataType::Int64)),
            DataType::FixedSizeList(item(DataType::Int64), 3),
            DataType::Struct(vec![item(DataType::Null), item(DataType::Date32)].into()),
        ] {
            assert!(takes_room(&data_type), "{data_type}");
        }
    }

    #[test]
    fn a_text_counts_as_often_as_it_is_there() {
        let long = "a text that does not fit into a view itself";
        let views = StringViewArray::from(vec![Some(long), Some("短"), None, Some(long)]);
        let expected = 2 * long.len() as u64 + 3;
        let views: ArrayRef = Arc::new(views);
        assert_eq!(view_bytes(&views), expected);
        let item = Arc::new(Field::new("item", DataType::Utf8View, true));
        let lists = ListArray::new(item, OffsetBuffer::from_lengths([4]), views, None);
        assert_eq!(view_bytes(&lists), expected);
        assert_eq!(view_bytes(&StringArray::from(vec![long])), 0);
    }
}
