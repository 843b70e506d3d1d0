use tempfile::TempDir;

use super::*;
use crate::Position;
use crate::directory::{Loss, RestoredMark};
use crate::kv::Batch;
use chengji_log::Entry;

const OWNER: &str = "city/430100";

fn label() -> BackupLabel {
    BackupLabel {
        owner: OWNER.to_owned(),
        cluster: "demo".to_owned(),
        at: "2026-11-26T12:00:00Z".to_owned(),
        version: "0.1.0".to_owned(),
    }
}

async fn ledger(dir: &Path, entries: usize) -> Ledger {
    let ledger = Ledger::create_directory(dir, OWNER, [1; 8]).unwrap();
    for _ in 0..entries {
        ledger
            .write(|tx| tx.append(Position::to_bytes))
            .await
            .unwrap();
    }
    ledger
}

fn restoring(dir: &Path) -> Restoring {
    Restoring {
        backup: dir.join("backup"),
        data: dir.join("data"),
        owner: OWNER.to_owned(),
        cluster: "demo".to_owned(),
        stamp: "before-1".to_owned(),
    }
}

#[tokio::test]
async fn a_backup_of_an_open_ledger_is_restored_with_its_mark() {
    let dir = TempDir::new().unwrap();
    let ledger = ledger(&dir.path().join("data"), 3).await;
    let backup = ledger.back_up(&dir.path().join("backup"), label()).unwrap();
    assert_eq!((backup.mark.epoch, backup.mark.seq), (1, 3));
    let again = ledger
        .back_up(&dir.path().join("backup"), label())
        .unwrap_err();
    assert_eq!(again.code(), ErrorCode::AlreadyExists);
    ledger
        .write(|tx| tx.append(Position::to_bytes))
        .await
        .unwrap();

    // The data of a running program is not moved.
    let running = restoring(dir.path()).run().unwrap_err();
    assert_eq!(running.message().code(), "data-directory-in-use");
    ledger.close();
    drop(ledger);
    let verified = verify(&dir.path().join("backup")).unwrap();
    assert_eq!(verified.mark, backup.mark);
    let position = verified.mark.position().unwrap();
    assert_eq!((position.epoch.number, position.epoch.id), (1, [1; 8]));
    assert_eq!(position.seq, 3);
    assert!(verified.mark.last_leaf().unwrap().is_some());
    let wrong = BackupMark {
        epoch_id: "01".to_owned(),
        leaf: "no leaf".to_owned(),
        ..verified.mark.clone()
    };
    for error in [wrong.position().map(drop), wrong.last_leaf().map(drop)] {
        assert_eq!(error.unwrap_err().code(), ErrorCode::StorageDamaged);
    }
    let (_, aside) = restoring(dir.path()).run().unwrap();
    assert_eq!(aside, Some(dir.path().join("data.before-1")));
    let data = dir.path().join("data");
    assert!(RestoredMark::of(&data).unwrap().is_some());
    let restored = Ledger::open_directory(&data, OWNER, Loss::Refused).unwrap();
    assert_eq!(restored.head().seq, 3);
    drop(restored);
    // The former data directory is intact.
    let before = Ledger::open_directory(&aside.unwrap(), OWNER, Loss::Refused).unwrap();
    assert_eq!(before.head().seq, 4);
    RestoredMark::of(&data).unwrap().unwrap().remove().unwrap();
    assert!(RestoredMark::of(&data).unwrap().is_none());
}

#[tokio::test]
async fn a_backup_of_somebody_else_or_of_nothing_is_refused() {
    let dir = TempDir::new().unwrap();
    let ledger = ledger(&dir.path().join("data"), 1).await;
    let nothing = restoring(dir.path()).run().unwrap_err();
    assert_eq!(nothing.code(), ErrorCode::InvalidArgument);
    ledger.back_up(&dir.path().join("backup"), label()).unwrap();
    ledger.close();
    drop(ledger);
    let other = Restoring {
        owner: "city/430200".to_owned(),
        ..restoring(dir.path())
    };
    let refused = other.run().unwrap_err();
    let of_another = msg::BackupOfAnother {
        cluster: label().cluster,
        owner: OWNER,
        settings_cluster: label().cluster,
        settings_owner: "city/430200",
    };
    assert_eq!(refused, Error::new(ErrorCode::Misconfigured, of_another));
    assert!(
        !dir.path().join("data.before-1").exists(),
        "nothing was put aside"
    );
}

#[tokio::test]
async fn a_damaged_backup_does_not_pass() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("backup");
    let ledger = ledger(&dir.path().join("data"), 3).await;
    ledger.back_up(&path, label()).unwrap();
    let store = RocksStore::open(&path).unwrap();
    let mut batch = Batch::new();
    let [(envelope, _), ..] = log::records(1, &Entry::default(), Digest([0; 32]));
    batch.put(envelope, b"other".to_vec());
    store.commit(&batch).unwrap();
    drop(store);
    let error = verify(&path).unwrap_err();
    let message = msg::LogEntryDiffers { seq: 1 };
    assert_eq!(error, Error::new(ErrorCode::StorageDamaged, message));

    let mark = BackupMark {
        seq: 9,
        ..BackupMark::read(&path).unwrap()
    };
    fs::write(path.join(BACKUP_FILE), serde_json::to_vec(&mark).unwrap()).unwrap();
    let error = verify(&path).unwrap_err();
    let cause = msg::BackupEndsElsewhere {
        expected: "1/9",
        found: "1/3",
    };
    assert_eq!(error, damaged(&path, cause));
}
