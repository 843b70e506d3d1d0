use proptest::prelude::*;

use super::*;

fn column(name: &str, column_type: ColumnType, comment: &str) -> TableColumn {
    TableColumn {
        name: name.to_owned(),
        column_type,
        is_nullable: true,
        native_type: String::new(),
        max_length: None,
        comment: comment.to_owned(),
    }
}

fn item(name: &str, kind: ItemType, length: u32) -> Item {
    Item {
        name: name.to_owned(),
        kind,
        length,
        sharing: None,
    }
}

/// A permit's columns: its number of 18 characters, its holder, its area and day.
fn permits() -> TableSchema {
    let number = TableColumn {
        max_length: Some(18),
        ..column("permit_no", ColumnType::Text, "许可证号")
    };
    TableSchema {
        columns: vec![
            number,
            column("holder", ColumnType::Text, ""),
            column("area", ColumnType::Decimal, " 建筑面积 "),
            column("issued", ColumnType::Date, "日期"),
            column("ends", ColumnType::Date, "日期"),
        ],
    }
}

#[test]
fn items_are_drafted_by_comments_that_name_one_column_and_else_by_names() {
    let expected = [
        item("许可证号", ItemType::Text, 18),
        item("holder", ItemType::Text, 0),
        item("建筑面积", ItemType::Number, 0),
        item("issued", ItemType::Date, 0),
        item("ends", ItemType::Date, 0),
    ];
    assert_eq!(drafted_items(&permits()), expected);
    let long = "字".repeat(101);
    for comment in [long.as_str(), "两\n行", " "] {
        let columns = vec![column("a", ColumnType::Other, comment)];
        let drafted = drafted_items(&TableSchema { columns });
        assert_eq!(drafted, [item("a", ItemType::Text, 0)], "{comment}");
    }
}

#[test]
fn what_is_missing_surplus_or_different_is_reported() {
    let schema = permits();
    let items = [
        item("Permit No.", ItemType::Number, 20),
        item("持有人", ItemType::Text, 0),
        item("建筑面积", ItemType::Number, 12),
        item("issued", ItemType::Date, 0),
    ];
    let columns = &schema.columns;
    let expected = [
        ItemDifference::Type(&items[0], &columns[0]),
        ItemDifference::Length(&items[0], &columns[0]),
        ItemDifference::Surplus(&items[1]),
        ItemDifference::Missing(&columns[1]),
        ItemDifference::Missing(&columns[4]),
    ];
    assert_eq!(item_differences(&items, &schema), expected);
}

#[test]
fn a_length_that_an_item_does_not_state_is_no_difference() {
    let schema = permits();
    let mut items = drafted_items(&schema);
    items[0].length = 0;
    assert_eq!(item_differences(&items, &schema), vec![]);
}

fn schema() -> impl Strategy<Value = TableSchema> {
    let name = prop::sample::select(vec!["id", "ID", "名称", "a b", "ab", "", "；"]);
    let comment = prop::sample::select(vec!["", "名称", "编号", "id", "日 期", "\u{202e}x"]);
    let length = prop::option::of(0..3_u32);
    let of_type = prop::sample::select(ColumnType::ALL.to_vec());
    let columns =
        (name, comment, of_type, length).prop_map(|(name, comment, of_type, length)| TableColumn {
            max_length: length,
            ..column(name, of_type, comment)
        });
    prop::collection::vec(columns, 0..8).prop_map(|columns| TableSchema { columns })
}

proptest! {
    #[test]
    fn drafted_items_do_not_differ_from_their_columns(schema in schema()) {
        let items = drafted_items(&schema);
        prop_assert_eq!(item_differences(&items, &schema), vec![]);
    }

    /// Each item describes one column or is surplus, and each column is described once or missing.
    #[test]
    fn items_and_columns_are_paired(of in schema(), other in schema()) {
        let items = drafted_items(&other);
        let differences = item_differences(&items, &of);
        let count = |is: fn(&ItemDifference<'_>) -> bool| differences.iter().filter(|one| is(one)).count();
        let surplus = count(|one| matches!(one, ItemDifference::Surplus(_)));
        let missing = count(|one| matches!(one, ItemDifference::Missing(_)));
        prop_assert_eq!(items.len() - surplus, of.columns.len() - missing);
    }
}
