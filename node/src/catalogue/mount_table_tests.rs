use std::fs;

use chengji_domain::fact::CityFact;
use chengji_domain::request::terms::Scope;
use chengji_domain::{Digest, catalogue::Mount};
use chengji_store::KeyValue;
use jiff::{SignedDuration, Timestamp};

use super::super::granting;
use super::super::mounts::{check_mounted, mounted};
use super::super::samples::{
    self, MINE, OTHER, catalogue_with, facts, granted_request, keep_request, registers,
};
use super::super::{entries, mount as files};
use super::*;

/// A catalogue with an entry, and a folder of CSV files that is a source of tables as well as a mount root.
struct Fixture {
    catalogue: Catalogue,
    folder: tempfile::TempDir,
    code: ResourceCode,
}

async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let catalogue = catalogue_with(&[folder.path().to_owned()], registers(folder.path()));
    let entry = samples::entry(1, "许可", MINE, &["number", "holder"]);
    let code = entry.code.clone();
    let record = EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH);
    let put = move |tx: &mut chengji_store::Tx<'_>| entries::put(tx, &record);
    catalogue.own.ledger.write(put).await.unwrap();
    let fixture = Fixture {
        catalogue,
        folder,
        code,
    };
    fixture.write("number,holder\n1,株洲\n2,\n");
    fixture
}

impl Fixture {
    fn kv(&self) -> &dyn KeyValue {
        self.catalogue.own.ledger.kv().as_ref()
    }

    fn write(&self, content: &str) {
        fs::write(self.folder.path().join("permits.csv"), content).unwrap();
    }

    async fn mount(&self, editor: &Editor) -> Result<EntryRecord> {
        let address = "registers:permits".parse().unwrap();
        mount(&self.catalogue, editor, self.code.clone(), address, || true).await
    }

    async fn measure_again(&self) -> Result<EntryRecord> {
        let editor = publisher(None);
        files::measure_again(&self.catalogue, &editor, self.code.clone(), || true).await
    }
}

fn publisher(department: Option<&str>) -> Editor {
    Editor {
        by: "city/430200/person/officer".parse().unwrap(),
        department: department.map(|code| code.parse().unwrap()),
        merged: Default::default(),
    }
}

fn digest(mount: &Mount) -> Digest {
    mount.measurement.unwrap().digest
}

#[tokio::test]
async fn a_table_is_mounted_by_its_own_name_and_measured_each_time() {
    let fixture = fixture().await;
    let denied = fixture.mount(&publisher(Some(OTHER))).await.unwrap_err();
    assert_eq!(denied.code(), ErrorCode::Denied);
    let mount = fixture
        .mount(&publisher(None))
        .await
        .unwrap()
        .mount
        .unwrap();
    assert_eq!(
        (mount.file_name.as_str(), mount.is_table),
        ("permits", true)
    );
    let measurement = mount.measurement.unwrap();
    assert_eq!((measurement.rows, measurement.bytes), (Some(2), 8));

    // The rows in another order are the same content.
    fixture.write("number,holder\n2,\n1,株洲\n");
    let same = fixture.measure_again().await.unwrap().mount.unwrap();
    assert_eq!(digest(&same), digest(&mount));
    fixture.write("number,holder\n1,株洲\n2,\n3,\n");
    let more = fixture.measure_again().await.unwrap().mount.unwrap();
    assert_eq!(more.measurement.unwrap().rows, Some(3));
    assert_eq!(more.history.unwrap().changes, 1);

    let facts = facts(&fixture.catalogue);
    let mounted: Vec<_> = facts
        .iter()
        .filter_map(|fact| match fact {
            CityFact::Mounted {
                file_name,
                is_table,
                ..
            } => Some((file_name.as_str(), *is_table)),
            _ => None,
        })
        .collect();
    assert_eq!(mounted, [("permits", true)]);
    assert_eq!(facts.len(), 4);
}

#[tokio::test]
async fn a_table_with_other_columns_is_measured_once_it_is_mounted_again() {
    let fixture = fixture().await;
    let before = fixture.mount(&publisher(None)).await.unwrap();
    fixture.write("number,holder,issued\n1,株洲,\n");
    let error = fixture.measure_again().await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceChanged);
    let changes = vec![chengji_messages::Message::from(msg::TableColumnsAdded {
        columns: vec!["issued"],
        count: 1_u32,
    })];
    let changed = msg::MountedTableChanged {
        changes,
        table: "registers:permits",
    };
    assert_eq!(*error.message(), chengji_messages::Message::from(changed));
    let stored = entries::existing(fixture.kv(), &fixture.code).unwrap();
    assert_eq!(stored.mount, before.mount);
    let again = fixture.mount(&publisher(None)).await.unwrap();
    assert_eq!(again.mount.unwrap().measurement.unwrap().rows, Some(1));
    fixture.measure_again().await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_is_not_mounted() {
    let fixture = fixture().await;
    for address in ["registers:plans", "nowhere:permits"] {
        let (editor, address) = (publisher(None), address.parse().unwrap());
        let code = fixture.code.clone();
        let missing = mount(&fixture.catalogue, &editor, code, address, || true);
        assert_eq!(missing.await.unwrap_err().code(), ErrorCode::NotFound);
    }
    fixture.write("number,holder\n1\n");
    let broken = fixture.mount(&publisher(None)).await.unwrap_err();
    assert_eq!(broken.code(), ErrorCode::SourceUnavailable);
    let (editor, address) = (publisher(None), "registers:permits".parse().unwrap());
    let gone = mount(
        &fixture.catalogue,
        &editor,
        fixture.code.clone(),
        address,
        || false,
    );
    assert_eq!(gone.await.unwrap_err().code(), ErrorCode::Unavailable);
    assert!(mounted(fixture.kv(), &fixture.code).unwrap().is_none());
    for name in ["a/b", ".", "..", "a\nb"] {
        let error = check_name(name).unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{name}");
    }
    assert_eq!(check_name("public.许可"), Ok(()));
}

#[tokio::test]
async fn a_table_is_granted_as_a_table_and_a_file_as_a_file() {
    let fixture = fixture().await;
    let (editor, code) = (publisher(None), &fixture.code);
    let catalogue = &fixture.catalogue;
    let check = |scope: &Scope| granting::check(fixture.kv(), code, scope);
    let whole = || granting::whole(fixture.kv(), code).unwrap();
    assert_eq!((check(&Scope::File), whole()), (Ok(()), Scope::File));
    fixture.mount(&editor).await.unwrap();
    assert_eq!(check(&whole()), Ok(()));
    let of_table = whole();
    let refused = check(&Scope::File).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::OutOfTurn);
    assert_eq!(check_mounted(fixture.kv(), code), Ok(()));
    let opened = files::open_measured(catalogue, code).await.map(drop);
    let opened = opened.map_err(|error| error.code());
    assert_eq!(opened, Err(ErrorCode::SourceUnavailable));

    // A file takes its place.
    let file = files::mount(catalogue, &editor, code.clone(), "permits.csv", || true);
    let mount = file.await.unwrap().mount.unwrap();
    assert_eq!(
        (mount.file_name.as_str(), mount.is_table),
        ("permits.csv", false)
    );
    assert_eq!((check(&Scope::File), whole()), (Ok(()), Scope::File));
    let refused = check(&of_table).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::InvalidArgument);
    assert_eq!(check_mounted(fixture.kv(), code), Ok(()));
    fixture.mount(&editor).await.unwrap();
    let reason = "数据源迁移".to_owned();
    let unmounted = files::unmount(catalogue, &editor, code.clone(), reason);
    assert_eq!(unmounted.await.unwrap().mount, None);
}

#[tokio::test]
async fn a_table_takes_the_place_of_a_file_once_no_grant_is_running() {
    let fixture = fixture().await;
    let (editor, code) = (publisher(None), &fixture.code);
    let catalogue = &fixture.catalogue;
    let file = files::mount(catalogue, &editor, code.clone(), "permits.csv", || true);
    file.await.unwrap();
    let running = granted_request(7, code, "2026-12-31T00:00:00Z".parse().unwrap());
    keep_request(&catalogue.own.ledger, running).await;
    let refused = fixture.mount(&editor).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::OutOfTurn);
    assert_eq!(refused.message().code(), "entry-grants-running");
    assert_eq!(check_mounted(fixture.kv(), code), Ok(()));
    let over = granted_request(7, code, catalogue.own.now());
    keep_request(&catalogue.own.ledger, over).await;
    fixture.mount(&editor).await.unwrap();
}

#[tokio::test]
async fn a_read_does_not_replace_a_measurement_that_began_later() {
    let fixture = fixture().await;
    let mount = fixture.mount(&publisher(None)).await.unwrap().mount;
    let last = mount.unwrap().measurement.unwrap();
    let table = granting::mounted_table(fixture.kv(), &fixture.code);
    let table = table.unwrap().unwrap();
    let before = last.at - SignedDuration::from_secs(1);
    let note = |digest, at| {
        let what = (fixture.code.clone(), table.clone());
        note_read(&fixture.catalogue, what, Measurement { digest, at, ..last })
    };
    let stored = || {
        let record = entries::published(fixture.kv(), &fixture.code).unwrap();
        record.mount.and_then(|mount| mount.measurement)
    };
    let recorded = facts(&fixture.catalogue).len();
    let another = Digest([7; 32]);
    let refused = note(another, before).await.unwrap_err();
    assert_eq!(refused.code(), ErrorCode::Conflict);
    let same = note(last.digest, before).await.unwrap();
    assert_eq!(same.mount.unwrap().measurement, Some(last));
    assert_eq!(stored(), Some(last));
    assert_eq!(facts(&fixture.catalogue).len(), recorded);

    // It is recorded if no other one began after it.
    note(another, last.at).await.unwrap();
    assert_eq!(stored().map(|found| found.digest), Some(another));
    assert_eq!(facts(&fixture.catalogue).len(), recorded + 1);
}
