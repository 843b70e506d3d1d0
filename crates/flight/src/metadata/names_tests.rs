//! Tests of the lists of catalogs, schemas and tables.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_flight::IpcMessage;
use arrow_schema::{DataType, Field};
use chengji_query::TableContent;
use futures_util::TryStreamExt;

use super::*;

/// Tables of these names; those with the name `away` are of a city that is away, and `gone` is gone.
#[derive(Clone)]
struct Listed(BTreeSet<TableName>);

impl Tables for Listed {
    async fn list(&self, after: Option<&TableName>, limit: usize) -> Result<Vec<TableName>> {
        let left = self.0.iter().filter(|name| Some(*name) > after);
        Ok(left.take(limit).cloned().collect())
    }

    async fn schema(&self, name: &TableName) -> Result<SchemaRef> {
        let code = match name.table.as_str() {
            "away" => ErrorCode::PeerUnavailable,
            "gone" => ErrorCode::NotFound,
            column => {
                let field = Field::new(column, DataType::Utf8, true);
                return Ok(Arc::new(Schema::new(vec![field])));
            }
        };
        Err(Error::new(code, msg::Text { text: "x" }))
    }

    async fn remote_name(&self, _: &TableName) -> Result<Option<String>> {
        Ok(None)
    }

    async fn open(&self, _: &TableName, _: Option<&[u8]>) -> Result<TableContent> {
        unreachable!("a list opens no table")
    }

    fn still(&self, _: &[TableName]) -> Result<()> {
        Ok(())
    }
}

fn name(catalog: &str, schema: &str, table: &str) -> TableName {
    TableName {
        catalog: catalog.to_owned(),
        schema: schema.to_owned(),
        table: table.to_owned(),
    }
}

fn some() -> Listed {
    Listed(BTreeSet::from([
        name("granted", "430200", "206007000001"),
        name("granted", "430200", "away"),
        name("granted", "430300", "gone"),
        name("cluster", "catalogue", "entries"),
        name("cluster", "rate", "cities"),
    ]))
}

fn texts(batch: &RecordBatch, column: usize) -> Vec<String> {
    let texts = batch.column(column).as_string::<i32>();
    texts.iter().flatten().map(str::to_owned).collect()
}

async fn found(command: CommandGetTables) -> RecordBatch {
    let with_schema = command.include_schema;
    let filter = Filter::of_tables(command).unwrap();
    let names = names(&some(), &filter, |name| name).await.unwrap();
    let batches = tables(some(), names, with_schema);
    let batches: Vec<RecordBatch> = batches.try_collect().await.unwrap();
    match batches.as_slice() {
        [] => RecordBatch::new_empty(tables_schema(with_schema)),
        [only] => only.clone(),
        more => panic!("{} batches", more.len()),
    }
}

#[tokio::test]
async fn catalogs_and_schemas_are_listed_once_and_in_order() {
    let all = Filter::default();
    let listed = names(&some(), &all, |name| name.catalog).await.unwrap();
    let batch = catalogs(listed).unwrap();
    assert_eq!(texts(&batch, 0), ["cluster", "granted"]);
    assert_eq!(batch.schema(), catalogs_schema());
    let command = CommandGetDbSchemas {
        catalog: Some("granted".to_owned()),
        db_schema_filter_pattern: Some("43%".to_owned()),
    };
    let filter = Filter::of_schemas(command).unwrap();
    let listed = names(&some(), &filter, |name| (name.catalog, name.schema)).await;
    let batch = schemas(listed.unwrap()).unwrap();
    assert_eq!(texts(&batch, 0), ["granted", "granted"]);
    assert_eq!(texts(&batch, 1), ["430200", "430300"]);
    assert_eq!(batch.schema(), schemas_schema());
}

#[tokio::test]
async fn tables_are_found_by_catalog_patterns_and_type() {
    let all = found(CommandGetTables::default()).await;
    let expected = ["entries", "cities", "206007000001", "away", "gone"];
    assert_eq!(texts(&all, 2), expected);
    assert!(texts(&all, 3).iter().all(|kind| kind == TABLE));
    assert_eq!(all.schema(), tables_schema(false));
    let some = |text: &str| Some(text.to_owned());
    let cases = [
        (some("granted"), None, None, vec![], 3),
        (some(""), None, None, vec![], 0),
        (some("grant%"), None, None, vec![], 0),
        (None, some("4302__"), None, vec![], 2),
        (None, None, some("%a%"), vec!["TABLE", "VIEW"], 1),
        (None, None, None, vec!["VIEW"], 0),
    ];
    for (catalog, schema, table, types, expected) in cases {
        let command = CommandGetTables {
            catalog,
            db_schema_filter_pattern: schema,
            table_name_filter_pattern: table,
            table_types: types.into_iter().map(str::to_owned).collect(),
            include_schema: false,
        };
        let found = found(command.clone()).await;
        assert_eq!(found.num_rows(), expected, "{command:?}");
    }
}

#[tokio::test]
async fn a_table_that_cannot_be_asked_hides_no_other() {
    let command = CommandGetTables {
        catalog: Some("granted".to_owned()),
        include_schema: true,
        ..CommandGetTables::default()
    };
    let batch = found(command).await;
    assert_eq!(batch.schema(), tables_schema(true));
    assert_eq!(texts(&batch, 2), ["206007000001", "away"]);
    let schemas = batch.column(4).as_binary::<i32>();
    assert_eq!(schemas.null_count(), 0);
    let read = |row| {
        let message = IpcMessage(bytes::Bytes::copy_from_slice(schemas.value(row)));
        Schema::try_from(message).unwrap()
    };
    assert_eq!(read(0).field(0).name(), "206007000001");
    assert!(read(1).fields().is_empty());
    assert!(read(1).metadata().contains_key(REASON));
}

#[tokio::test]
async fn a_long_list_is_read_by_pages_up_to_a_limit() {
    let many = |count| {
        Listed(
            (0..count)
                .map(|n| name("c", "s", &format!("{n:07}")))
                .collect(),
        )
    };
    let all = Filter::default();
    let listed = names(&many(2 * PAGE + 1), &all, |name| name).await;
    assert_eq!(listed.unwrap().len(), 2 * PAGE + 1);
    let command = CommandGetTables {
        table_name_filter_pattern: Some("000000_".to_owned()),
        ..CommandGetTables::default()
    };
    let few = Filter::of_tables(command).unwrap();
    let one = Listed(many(3 * PAGE).0);
    assert_eq!(names(&one, &few, |name| name).await.unwrap().len(), 10);
    let batches = tables(one.clone(), one.0.clone(), false);
    let batches: Vec<RecordBatch> = batches.try_collect().await.unwrap();
    assert_eq!(batches.len(), 3 * PAGE / TABLES_OF_A_BATCH);
}

/// Begins anew after each page.
struct Endless;

impl Tables for Endless {
    async fn list(&self, _: Option<&TableName>, _: usize) -> Result<Vec<TableName>> {
        Ok(vec![name("a", "b", "c")])
    }

    async fn schema(&self, _: &TableName) -> Result<SchemaRef> {
        Ok(Arc::new(Schema::empty()))
    }

    async fn remote_name(&self, _: &TableName) -> Result<Option<String>> {
        Ok(None)
    }

    async fn open(&self, _: &TableName, _: Option<&[u8]>) -> Result<TableContent> {
        unreachable!("a list opens no table")
    }

    fn still(&self, _: &[TableName]) -> Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_list_that_does_not_go_on_ends() {
    let listed = names(&Endless, &Filter::default(), |name| name).await;
    assert_eq!(listed.unwrap().len(), 1);
}
