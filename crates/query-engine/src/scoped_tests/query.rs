//! Random statements about the tables, some of which fail for some values.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::TABLE;

/// A statement.
#[derive(Clone, Debug)]
pub(super) struct Query {
    /// Its text without a limit.
    pub(super) all: String,
    /// The same with NULL where an expression fails.
    pub(super) without_failures: String,
    /// Maximum number of rows, and the number of rows before them.
    pub(super) limit: Option<(usize, usize)>,
    /// Whether its rows have an order.
    pub(super) is_ordered: bool,
    /// A statement that computes for all rows what fails for some, if it is open for which rows this one computes it: a
    /// condition or a limit leaves some of them out.
    pub(super) open: Option<String>,
}

impl Query {
    /// A statement without a limit that computes all that it says.
    fn of(all: String) -> Self {
        Self {
            without_failures: all.clone(),
            all,
            limit: None,
            is_ordered: false,
            open: None,
        }
    }

    /// Its text.
    pub(super) fn sql(&self) -> String {
        match self.limit {
            Some((most, before)) => format!("{} LIMIT {most} OFFSET {before}", self.all),
            None => self.all.clone(),
        }
    }
}

/// Statements; those with a column that is hidden are not understood.
pub(super) fn query() -> impl Strategy<Value = Query> {
    prop_oneof![
        3 => selection(),
        2 => filter(),
        2 => groups(),
        1 => totals(),
        1 => distinct(),
        3 => nested(),
    ]
}

/// Expressions that fail for some values, and the same with NULL instead.
fn failing() -> impl Strategy<Value = (&'static str, &'static str)> {
    select(vec![
        ("10 / floors", "10 / nullif(floors, 0)"),
        ("100 % floors", "100 % nullif(floors, 0)"),
        ("CAST(owner AS INT)", "TRY_CAST(owner AS INT)"),
        ("CAST(owner AS DATE)", "TRY_CAST(owner AS DATE)"),
        ("CAST(price AS INT)", "TRY_CAST(price AS INT)"),
        ("CAST(area AS INT)", "TRY_CAST(area AS INT)"),
        (
            "CAST(price AS DECIMAL(6, 2))",
            "TRY_CAST(price AS DECIMAL(6, 2))",
        ),
    ])
}

/// Expressions that have a result for every value.
fn item() -> impl Strategy<Value = &'static str> {
    select(vec![
        "id_no",
        "owner",
        "floors",
        "price",
        "area",
        "is_new",
        "built",
        "floors + 1",
        "coalesce(owner, '-')",
        "upper(owner)",
        "CAST(built AS VARCHAR)",
        "CAST(id_no AS VARCHAR)",
        "CASE WHEN floors <> 0 THEN 10 / floors ELSE -1 END",
        "CASE WHEN owner = '7' THEN CAST(owner AS INT) END",
    ])
}

/// Conditions that have a result for every value. Only some of them can be handed over.
fn condition() -> impl Strategy<Value = String> {
    let simple = select(vec![
        "floors > 1",
        "floors = 0",
        "0 >= floors",
        "floors IS NULL",
        "floors IN (0, 2, -3)",
        "floors NOT IN (1, 3)",
        "floors BETWEEN -1 AND 2",
        "floors + 1 > 2",
        "owner LIKE '王%'",
        "owner NOT LIKE '%s'",
        "owner < 'b'",
        "owner IN ('a', '7')",
        "upper(owner) = 'A'",
        "char_length(owner) > 1",
        "price > 0",
        "price <= 2",
        "area > 0.25",
        "is_new",
        "is_new IS NOT TRUE",
        "built < DATE '1970-01-10'",
        "built IS NOT NULL",
        "id_no % 2 = 0",
        "id_no < 12",
        "true",
    ]);
    let simple = simple.prop_map(str::to_owned);
    simple.prop_recursive(2, 6, 3, |inner| {
        let joined = |word: &'static str| {
            move |conditions: Vec<String>| format!("({})", conditions.join(word))
        };
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(joined(" AND ")),
            vec(inner.clone(), 2..4).prop_map(joined(" OR ")),
            inner.prop_map(|condition| format!("NOT ({condition})")),
        ]
    })
}

fn limit() -> impl Strategy<Value = Option<(usize, usize)>> {
    option::of((0..8_usize, 0..3_usize))
}

/// `, `-separated, each with a name of its own.
fn named(items: &[&str]) -> String {
    let items = items.iter().enumerate();
    let items = items.map(|(number, item)| format!("{item} AS c{number}"));
    items.collect::<Vec<_>>().join(", ")
}

/// Computes an expression for all rows.
fn of_all(expression: &str) -> String {
    format!("SELECT {expression} FROM {TABLE}")
}

/// Rows that meet a condition, computed, perhaps in order, and perhaps not all of them.
fn selection() -> impl Strategy<Value = Query> {
    let parts = (
        vec(item(), 1..4),
        option::of(failing()),
        condition(),
        any::<bool>(),
        limit(),
    );
    parts.prop_map(|(items, failing, condition, is_ordered, limit)| {
        let sql = |failing: Option<&'static str>| {
            let items: Vec<&str> = items.iter().copied().chain(failing).collect();
            let order = if is_ordered { " ORDER BY id_no" } else { "" };
            format!(
                "SELECT {} FROM {TABLE} WHERE {condition}{order}",
                named(&items)
            )
        };
        Query {
            all: sql(failing.map(|(failing, _)| failing)),
            without_failures: sql(failing.map(|(_, null)| null)),
            limit,
            is_ordered,
            open: failing
                .filter(|_| limit.is_some())
                .map(|(failing, _)| of_all(failing)),
        }
    })
}

/// Rows that meet two conditions, one of which fails for some values.
fn filter() -> impl Strategy<Value = Query> {
    let parts = (
        vec(item(), 1..3),
        failing(),
        condition(),
        any::<bool>(),
        limit(),
    );
    parts.prop_map(|(items, (failing, null), condition, is_first, limit)| {
        let sql = |expression: &str| {
            let failing = format!("{expression} IS NOT NULL");
            let conditions = match is_first {
                true => [failing, condition.clone()],
                false => [condition.clone(), failing],
            };
            let (items, conditions) = (named(&items), conditions.join(" AND "));
            format!("SELECT {items} FROM {TABLE} WHERE {conditions}")
        };
        Query {
            all: sql(failing),
            without_failures: sql(null),
            limit,
            is_ordered: false,
            open: Some(of_all(failing)),
        }
    })
}

fn measure() -> impl Strategy<Value = &'static str> {
    select(vec![
        "count(*)",
        "count(floors)",
        "count(DISTINCT owner)",
        "sum(floors)",
        "sum(floors) FILTER (WHERE is_new)",
        "sum(price)",
        "avg(floors)",
        "min(owner)",
        "max(built)",
        "min(price)",
        "sum(10 / floors)",
        "min(CAST(owner AS INT))",
        "count(CAST(area AS INT))",
    ])
}

fn groups() -> impl Strategy<Value = Query> {
    let keys = select(vec!["owner", "is_new", "built", "floors, is_new"]);
    let having = select(vec!["", " HAVING count(*) > 1"]);
    let measures = (vec(measure(), 1..3), condition());
    (keys, measures, having).prop_map(|(keys, (measures, condition), having)| {
        let measures = named(&measures);
        Query::of(format!(
            "SELECT {keys}, {measures} FROM {TABLE} WHERE {condition} GROUP BY {keys}{having}"
        ))
    })
}

fn totals() -> impl Strategy<Value = Query> {
    (vec(measure(), 1..3), condition()).prop_map(|(measures, condition)| {
        let measures = named(&measures);
        Query::of(format!("SELECT {measures} FROM {TABLE} WHERE {condition}"))
    })
}

fn distinct() -> impl Strategy<Value = Query> {
    (vec(item(), 1..3), condition()).prop_map(|(items, condition)| {
        let items = named(&items);
        Query::of(format!(
            "SELECT DISTINCT {items} FROM {TABLE} WHERE {condition}"
        ))
    })
}

/// Statements that read the table several times, or in steps.
fn nested() -> impl Strategy<Value = Query> {
    let forms = select(vec![
        "SELECT count(*) FROM (SELECT CAST(owner AS INT) AS x FROM @ WHERE ?) s",
        "SELECT id_no FROM @ WHERE floors IN (SELECT floors FROM @ WHERE ?)",
        "SELECT id_no, floors FROM @ WHERE floors = (SELECT max(floors) FROM @ WHERE ?)",
        "SELECT id_no FROM @ WHERE ? UNION ALL SELECT id_no FROM @ WHERE is_new",
        "SELECT a.id_no, b.owner FROM @ a JOIN @ b ON a.floors = b.floors WHERE a.is_new",
        "SELECT a.id_no, b.built FROM @ a LEFT JOIN (SELECT * FROM @ WHERE ?) b ON a.id_no = b.id_no",
        "WITH s AS (SELECT owner, count(*) AS n FROM @ WHERE ? GROUP BY owner) SELECT n, count(*) FROM s GROUP BY n",
        "SELECT id_no, row_number() OVER (ORDER BY id_no) FROM @ WHERE ?",
        "SELECT * FROM @ WHERE ?",
    ]);
    (forms, condition())
        .prop_map(|(form, condition)| Query::of(form.replace('@', TABLE).replace('?', &condition)))
}
