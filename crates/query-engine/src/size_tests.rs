//! Queries of tables of different sizes, and of more rows than fit into the memory.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow_ipc::reader::StreamReader;
use chengji_domain::ErrorCode;
use chengji_query::TableName;
use chengji_query::dialog::Begin;

use super::tests::{Node, begin, lines};

/// Number of rows of the large table.
const ROWS: i64 = 20_000;

/// Number of rows that do not fit into the memory of the tests.
const MANY: i64 = 4_000_000;

/// Memory of the tests, bytes.
const MEMORY: u64 = 32 << 20;

/// The large table has the column `area`, the small one `grade`.
fn table(name: &TableName) -> RecordBatch {
    let numbers = |rows: i64| -> ArrayRef { Arc::new(Int64Array::from_iter_values(0..rows)) };
    match name.table.as_str() {
        "large" => {
            let columns = [("code", numbers(ROWS)), ("area", numbers(ROWS))];
            RecordBatch::try_from_iter(columns).unwrap()
        }
        "small" => {
            let grades: ArrayRef = Arc::new(StringArray::from(vec!["优", "良", "中"]));
            RecordBatch::try_from_iter([("code", numbers(3)), ("grade", grades)]).unwrap()
        }
        other => panic!("no table {other}"),
    }
}

/// The readings of tables in a plan, in its order: the side that a join holds in memory comes first.
fn read(sql: &str, is_remote: bool) -> Vec<String> {
    let node = Node {
        table: &table,
        is_remote,
    };
    let (_, rows) = node.served(&begin(&format!("EXPLAIN {sql}"))).unwrap();
    let explained = lines(&rows).join("\n");
    let scans = explained.lines();
    let scans = scans.filter(|line| line.contains("StreamingTableExec"));
    scans.map(str::to_owned).collect()
}

fn spilling(sql: &str, spill: u64) -> Begin {
    Begin {
        memory: MEMORY,
        spill,
        ..begin(sql)
    }
}

fn refused(begin: &Begin) -> (ErrorCode, String) {
    let node = Node {
        table: &table,
        is_remote: false,
    };
    let error = node.served(begin).unwrap_err();
    (error.code(), error.message().code().to_owned())
}

#[test]
fn joins_hold_the_smaller_table_in_memory_whichever_comes_first() {
    let (large, small) = ("granted.x.large l", "granted.x.small s");
    for is_remote in [false, true] {
        for (first, second) in [(large, small), (small, large)] {
            let sql =
                format!("SELECT l.area, s.grade FROM {first} JOIN {second} ON l.code = s.code");
            let scans = read(&sql, is_remote);
            assert_eq!(scans.len(), 2, "{scans:?}");
            assert!(scans[0].contains("grade"), "{scans:?}");
            assert!(scans[1].contains("area"), "{scans:?}");
            let node = Node {
                table: &table,
                is_remote,
            };
            let (_, rows) = node.served(&begin(&format!("{sql} ORDER BY 1"))).unwrap();
            assert_eq!(lines(&rows), ["0 优", "1 良", "2 中"]);
        }
    }
}

#[test]
fn joins_of_tables_that_do_not_fit_into_memory_sort_them() {
    let sql =
        "EXPLAIN SELECT a.area FROM granted.x.large a JOIN granted.x.large b ON a.code = b.area";
    let explained = |spill| {
        let node = Node {
            table: &table,
            is_remote: false,
        };
        let begin = Begin {
            memory: 200 << 10,
            ..spilling(sql, spill)
        };
        lines(&node.served(&begin).unwrap().1).join("\n")
    };
    assert!(explained(0).contains("HashJoinExec"));
    assert!(explained(1 << 30).contains("SortMergeJoin"));
}

#[test]
fn more_rows_than_memory_are_sorted_on_disk() {
    let sql = format!("SELECT a.value FROM generate_series(1, {MANY}) a ORDER BY a.value DESC");
    let node = Node {
        table: &table,
        is_remote: false,
    };
    assert_eq!(
        refused(&spilling(&sql, 0)),
        (ErrorCode::LimitExceeded, "query-memory".to_owned())
    );
    let (_, rows) = node.served(&spilling(&sql, 1 << 30)).unwrap();
    let mut next = MANY;
    for batch in StreamReader::try_new(&*rows, None).unwrap() {
        let batch = batch.unwrap();
        let values = batch
            .column(0)
            .as_any()
            .downcast_ref::<Int64Array>()
            .unwrap();
        for value in values.values() {
            assert_eq!(*value, next);
            next -= 1;
        }
    }
    assert_eq!(next, 0);
}

#[test]
fn more_groups_than_memory_are_made_on_disk() {
    // Each number is the key of one group; the keys are in no order.
    let groups = format!(
        "SELECT count(*) AS number FROM generate_series(1, {MANY}) a GROUP BY a.value * 3 % 4000003"
    );
    let sql = format!("SELECT count(*), sum(number), max(number) FROM ({groups})");
    let node = Node {
        table: &table,
        is_remote: false,
    };
    let (_, rows) = node.served(&spilling(&sql, 1 << 30)).unwrap();
    assert_eq!(lines(&rows), [format!("{MANY} {MANY} 1")]);
}

#[test]
fn a_query_ends_at_its_disk_space_and_names_the_setting() {
    let sql = format!("SELECT a.value FROM generate_series(1, {MANY}) a ORDER BY a.value DESC");
    assert_eq!(
        refused(&spilling(&sql, 1 << 20)),
        (ErrorCode::LimitExceeded, "query-spill-used-up".to_owned())
    );
    let begin = Begin {
        keep_free: u64::MAX,
        ..spilling(&sql, 1 << 30)
    };
    assert_eq!(
        refused(&begin),
        (ErrorCode::StorageFull, "query-spill-disk-full".to_owned())
    );
}
