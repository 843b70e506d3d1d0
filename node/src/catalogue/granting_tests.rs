//! Grants of mounted sources: parts of tables in texts, and tables whose columns change.

use std::fs;
use std::sync::Arc;

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::request::terms::Mask;
use chengji_store::{KeyValue, Ledger, MemoryStore, Tx};
use jiff::Timestamp;

use super::super::Catalogue;
use super::super::editor::Editor;
use super::super::samples::{self, MINE, catalogue_with, registers};
use super::super::{entries, mount_table};
use super::*;

/// A catalogue with an entry, and a table that is mounted to it.
struct Fixture {
    catalogue: Catalogue,
    folder: tempfile::TempDir,
    code: ResourceCode,
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    fs::write(
        folder.path().join("permits.csv"),
        "number,holder,floors\n1,王芳,12\n2,李雷,3\n",
    )
    .unwrap();
    let catalogue = catalogue_with(&[folder.path().to_owned()], registers(folder.path()));
    let entry = samples::entry(1, "许可", MINE, &["number", "holder", "floors"]);
    let code = entry.code.clone();
    let record = EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH);
    let put = move |tx: &mut Tx<'_>| entries::put(tx, &record);
    catalogue.own.ledger.write(put).await.unwrap();
    let editor: Editor = catalogue.node_editor();
    let address = "registers:permits".parse().unwrap();
    let mounted = mount_table::mount(&catalogue, &editor, code.clone(), address, || true);
    mounted.await.unwrap();
    Fixture {
        catalogue,
        folder,
        code,
    }
}

fn kv(fixture: &Fixture) -> &dyn KeyValue {
    fixture.catalogue.own.ledger.kv().as_ref()
}

fn texts(columns: &[&str], condition: Option<&str>) -> ScopeTexts {
    ScopeTexts {
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        condition: condition.map(str::to_owned),
        masks: vec![("holder".to_owned(), "first:1".to_owned())],
        row_limit: None,
    }
}

async fn granted(fixture: &Fixture, texts: ScopeTexts) -> Result<Scope> {
    let sources = registers(fixture.folder.path());
    part(&sources, kv(fixture), &fixture.code, texts).await
}

#[tokio::test]
async fn a_part_of_the_mounted_table_is_granted_by_texts() {
    let fixture = fixture().await;
    let scope = granted(&fixture, texts(&["number", "holder"], None)).await;
    let scope = scope.unwrap();
    assert_eq!(check(kv(&fixture), &fixture.code, &scope), Ok(()));
    let Scope::Table(part) = scope else {
        panic!("{scope:?}");
    };
    assert_eq!(part.columns["holder"], Some(Mask::KeepFirst(1)));
    assert_eq!(part.columns["number"], None);
    assert!(!part.columns.contains_key("floors"));
    for wrong in [
        texts(&["number", "holder", "missing"], None),
        texts(&["number"], None),
        texts(&["holder"], Some("floors >")),
    ] {
        let refused = granted(&fixture, wrong).await.unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    }
}

#[tokio::test]
async fn a_column_that_is_added_is_not_granted_and_one_that_is_gone_stops_grants() {
    let fixture = fixture().await;
    let permits = fixture.folder.path().join("permits.csv");
    fs::write(
        &permits,
        "id_number,number,holder,floors\n430200,1,王芳,12\n",
    )
    .unwrap();
    let all = granted(&fixture, texts(&[], None)).await.unwrap();
    let Scope::Table(part) = &all else {
        panic!("{all:?}");
    };
    let columns: Vec<&str> = part.columns.keys().map(String::as_str).collect();
    assert_eq!(columns, ["floors", "holder", "number"]);
    assert_eq!(check(kv(&fixture), &fixture.code, &all), Ok(()));
    fs::write(&permits, "number,holder\n1,王芳\n").unwrap();
    let refused = granted(&fixture, texts(&["holder"], None)).await;
    assert_eq!(refused.unwrap_err().code(), ErrorCode::SourceChanged);
}

#[tokio::test]
async fn nothing_is_cut_where_no_table_is_mounted() {
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), "city/430200", [1; 8]).unwrap();
    let code: ResourceCode = "307012000001".parse().unwrap();
    let sources = Sources::default();
    let kv: &dyn KeyValue = ledger.kv().as_ref();
    let refused = part(&sources, kv, &code, texts(&[], None)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    assert_eq!(refused.message().code(), "grant-part-without-table");
    assert_eq!(whole(kv, &code), Ok(Scope::File));
}

#[test]
fn a_part_of_another_citys_table_is_checked_for_its_form_alone() {
    let wanted = |condition: &str, mask: &str| WantedPart {
        columns: vec!["holder".to_owned()],
        condition: condition.to_owned(),
        masks: vec![("holder".to_owned(), mask.to_owned())],
        row_limit: Some(10),
    };
    let checked = |condition, mask| check_wanted(&wanted(condition, mask));
    assert_eq!(checked("", "last:4"), Ok(()));
    // Whether there is such a column is for the provider's node to say.
    assert_eq!(checked("none_such > 10", "first:1"), Ok(()));
    for (condition, mask) in [("", "shuffle"), ("holder = 'open", "remove")] {
        let refused = checked(condition, mask).unwrap_err();
        assert_eq!(refused.code(), ErrorCode::InvalidArgument, "{refused}");
    }
}
