//! A provider that has granted a part of a table, for tests.

use std::fs;
use std::sync::Arc;

use chengji_domain::ResourceCode;
use chengji_domain::catalogue::EntryRecord;
use chengji_domain::request::{Move, RequestRecord};
use chengji_proto::convert::ScopeTexts;
use chengji_store::Tx;
use jiff::{SignedDuration, Timestamp};

use super::{Budget, DiskLimits, Provider, Spools};
use crate::catalogue::samples::{
    self, MINE, catalogue_with, granted_request, keep_request, registers,
};
use crate::catalogue::{entries, granting, mount_table};

/// A provider with a mounted table, and the entry that it is mounted to.
pub(super) struct Fixture {
    pub(super) provider: Provider,
    pub(super) folder: tempfile::TempDir,
    pub(super) code: ResourceCode,
}

pub(super) async fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let permits = "number,holder,floors\n1,王芳,12\n2,李雷,3\n";
    fs::write(folder.path().join("permits.csv"), permits).unwrap();
    let catalogue = catalogue_with(&[folder.path().to_owned()], registers(folder.path()));
    let entry = samples::entry(1, "许可", MINE, &["number", "holder", "floors"]);
    let code = entry.code.clone();
    let record = EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH);
    let put = move |tx: &mut Tx<'_>| entries::put(tx, &record);
    catalogue.own.ledger.write(put).await.unwrap();
    let (editor, address) = (
        catalogue.node_editor(),
        "registers:permits".parse().unwrap(),
    );
    let mounted = mount_table::mount(&catalogue, &editor, code.clone(), address, || true);
    mounted.await.unwrap();
    let limits = DiskLimits {
        file: None,
        received: None,
        reserve: Some(0),
        keep_unfinished: SignedDuration::from_hours(24),
    };
    let disk = Arc::new(Budget::new(folder.path().join("received"), limits));
    let provider = Provider {
        own: catalogue.own.clone(),
        spools: Spools::new(folder.path(), disk),
        engine: None,
        data: folder.path().into(),
        catalogue,
    };
    Fixture {
        provider,
        folder,
        code,
    }
}

impl Fixture {
    /// A request of 430100 with a grant of two columns, one of them masked.
    pub(super) async fn granted(&self) -> RequestRecord {
        let texts = ScopeTexts {
            columns: vec!["number".to_owned(), "holder".to_owned()],
            condition: None,
            masks: vec![("holder".to_owned(), "first:1".to_owned())],
            row_limit: None,
        };
        let kv = self.provider.own.ledger.kv().as_ref();
        let sources = registers(self.folder.path());
        let scope = granting::part(&sources, kv, &self.code, texts).await;
        let until = self.provider.own.now() + SignedDuration::from_hours(24);
        let mut record = granted_request(7, &self.code, until);
        let last = record.history.steps.last_mut().map(|step| &mut step.mv);
        if let Some(Move::Grant(grant)) = last {
            grant.terms.scope = scope.unwrap();
        }
        keep_request(&self.provider.own.ledger, record.clone()).await;
        record
    }
}
