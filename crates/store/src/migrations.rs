//! The version of the storage format, and migrations from older ones.
//!
//! The version is written with the first record of a store. A store of an older version is migrated when it
//! is opened, in bounded pieces: each is committed with a note of the point to continue from, so that an
//! interrupted migration resumes there. A store of a newer version is not opened.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;

use crate::keys::{Key, Prefix};
use crate::kv::{Batch, KeyValue, Writes};
use crate::ledger::Tx;
use crate::log;

/// The version of a store before any migration.
const FIRST: u32 = 1;

/// The point where a migration continues; `None` at its beginning and at its end.
pub type ResumePoint = Option<Vec<u8>>;

/// One change of the storage format.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// A description for the log.
    pub name: &'static str,
    /// Migrates the next records and returns the point to continue from; `None` when all are migrated. It is
    /// called with `None` first, and then with the point returned. A piece writes at most half of a job's
    /// limit, and appends no entry.
    pub piece: fn(&mut Tx<'_>, ResumePoint) -> Result<ResumePoint>,
}

/// All migrations, oldest first: the first leads from version 1 to version 2. Never removed or reordered. One that
/// adds indexes or tallies marks them; the program builds them before it serves ([`crate::build_added`]).
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        name: "tallies of statistics and quarantine, indexes of invitations and of published entries, the audit \
               log by principal",
        piece: |tx, _| {
            let added = [
                Prefix::CatalogueTally,
                Prefix::QuarantineTally,
                Prefix::InvitationOf,
                Prefix::InvitationByEnd,
                Prefix::CatalogueList,
                Prefix::CatalogueLikeness,
                // Keys of callers without a certificate could not be read.
                Prefix::AuditList,
            ];
            mark_all_added(tx, &added);
            Ok(None)
        },
    },
    Migration {
        name: "requests by every due act, provisional deadlines, and the tally of acts against the rules",
        piece: |tx, _| {
            let added = [
                // Its keys did not name the act.
                Prefix::RequestReminder,
                Prefix::RequestDue,
                Prefix::RequestProvisional,
                Prefix::ActTally,
            ];
            mark_all_added(tx, &added);
            Ok(None)
        },
    },
    Migration {
        name: "requests by the end of the grant and by month, receipts by month",
        piece: |tx, _| {
            let added = [
                Prefix::RequestLapse,
                Prefix::RequestMonth,
                Prefix::ReceiptMonth,
            ];
            mark_all_added(tx, &added);
            Ok(None)
        },
    },
    Migration {
        name: "what needs attention or is due, of corrections, demands and disputes; provisional days of entries, \
               their next deadlines and reminders; requests with a running grant by entry; requests that are not \
               opened; members that have left; return flows by their end",
        piece: |tx, _| {
            let added = [
                Prefix::MemberLeft,
                Prefix::MatterAttention,
                Prefix::LifecycleProvisional,
                Prefix::LifecycleDue,
                Prefix::LifecycleReminder,
                Prefix::RequestsRunning,
                Prefix::RequestUnopened,
                Prefix::ReturnFlowByEnd,
                // They had no keys of disputed requests.
                Prefix::RequestReminder,
                Prefix::RequestDue,
                Prefix::RequestProvisional,
                Prefix::RequestLapse,
            ];
            mark_all_added(tx, &added);
            Ok(None)
        },
    },
    Migration {
        name: "requests with a running grant of a table by the names of the table in queries",
        piece: |tx, _| {
            mark_all_added(tx, &[Prefix::TableGrant]);
            Ok(None)
        },
    },
    Migration {
        name: "numbers of entries that wait for their request, and of demands by awaited entry",
        piece: |tx, _| {
            mark_all_added(tx, &[Prefix::EarlyMoveTally, Prefix::AwaitedEntryTally]);
            Ok(None)
        },
    },
    Migration {
        name: "sums of the cities, epochs and positions of entries that wait for their request",
        piece: |tx, _| {
            mark_all_added(tx, &[Prefix::EarlyMoveTally]);
            Ok(None)
        },
    },
];

fn mark_all_added(tx: &mut Tx<'_>, derived: &[Prefix]) {
    derived.iter().for_each(|derived| mark_added(tx, *derived));
}

/// Marks an index or a tally as added: a job of a migration.
fn mark_added(tx: &mut Tx<'_>, derived: Prefix) {
    tx.put(
        Key::new(Prefix::Unbuilt).u8(derived as u8).finish(),
        Vec::new(),
    );
}

/// The storage format's version in this program.
pub const VERSION: u32 = version_after(MIGRATIONS);

const fn version_after(migrations: &[Migration]) -> u32 {
    FIRST + migrations.len() as u32
}

/// Adds the version to the first batch of a new store.
pub(crate) fn mark_new(batch: &mut Batch) {
    batch.put(version_key(), VERSION.to_be_bytes().to_vec());
}

/// Returns the version of an initialized store. Errors: MISCONFIGURED if it is newer than this program's,
/// STORAGE_DAMAGED if it is missing.
pub(crate) fn check(kv: &dyn KeyValue) -> Result<u32> {
    check_with(kv, MIGRATIONS)
}

/// Migrates a store to the version of this program.
pub(crate) fn migrate(kv: &dyn KeyValue) -> Result<()> {
    migrate_with(kv, MIGRATIONS)
}

fn check_with(kv: &dyn KeyValue, migrations: &[Migration]) -> Result<u32> {
    let known = version_after(migrations);
    let stored = kv.get(&version_key())?.ok_or_else(no_version)?;
    let found = stored.try_into().map(u32::from_be_bytes);
    match found.map_err(|_| no_version())? {
        ..FIRST => Err(no_version()),
        found if found > known => Err(newer(found, known)),
        found => Ok(found),
    }
}

fn migrate_with(kv: &dyn KeyValue, migrations: &[Migration]) -> Result<()> {
    let mut version = check_with(kv, migrations)?;
    while let Some(migration) = migrations.get((version - FIRST) as usize) {
        let (name, to) = (migration.name, version + 1);
        tracing::info!(from = version, to, name, "migrating the data directory");
        while !migrate_piece(kv, version, migration)? {}
        tracing::info!(version = to, "migrated the data directory");
        version = to;
    }
    Ok(())
}

/// Commits the next piece of a migration from `version`, with the note of its progress. Returns true if it
/// was the last.
fn migrate_piece(kv: &dyn KeyValue, version: u32, migration: &Migration) -> Result<bool> {
    let (head, none) = (log::head(kv)?, Writes::new());
    let appends = Error::new(ErrorCode::Internal, msg::MigrationAppends);
    let noted = kv.get(&note_key())?;
    let mut tx = Tx::new(kv, &none, head, Some(appends.clone()));
    let next = tx.attempt(|tx| (migration.piece)(tx, noted.clone()))?;
    let effect = tx.into_effect()?;
    if effect.head != head {
        return Err(appends);
    }
    let mut batch = effect.batch;
    batch.expect(version_key(), Some(version.to_be_bytes().to_vec()));
    batch.expect(note_key(), noted);
    let is_last = next.is_none();
    match next {
        Some(next) => batch.put(note_key(), next),
        None => {
            batch.delete(note_key());
            batch.put(version_key(), (version + 1).to_be_bytes().to_vec());
        }
    }
    kv.commit(&batch)?;
    Ok(is_last)
}

fn no_version() -> Error {
    Error::new(ErrorCode::StorageDamaged, msg::DataDirectoryWithoutVersion)
}

fn newer(found: u32, known: u32) -> Error {
    let message = msg::DataDirectoryNewer { found, known };
    Error::new(ErrorCode::Misconfigured, message)
}

fn version_key() -> Vec<u8> {
    Key::new(Prefix::StorageVersion).finish()
}

fn note_key() -> Vec<u8> {
    Key::new(Prefix::MigrationNote).finish()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ledger::Ledger;
    use crate::memory::MemoryStore;
    use crate::view::after;

    const OWNER: &str = "city/430100";

    /// Two records at a time: adds one to each value. A value of 99 is an error, in the manner of a full
    /// disk.
    const ADD_ONE: Migration = Migration {
        name: "add one",
        piece: |tx, from| {
            let (first, upper) = Key::new(Prefix::Receipt).range();
            let pairs = tx.range(&from.unwrap_or(first), &upper, 2)?;
            let next = pairs.get(1).map(|(last, _)| after(last));
            for (key, value) in pairs {
                if value == [99] {
                    return Err(Error::new(
                        ErrorCode::StorageFull,
                        msg::Text { text: "full" },
                    ));
                }
                tx.put(key, vec![value[0] + 1]);
            }
            Ok(next)
        },
    };

    const DOUBLE: Migration = Migration {
        name: "double",
        piece: |tx, _| {
            let (lower, upper) = Key::new(Prefix::Receipt).range();
            for (key, value) in tx.range(&lower, &upper, 100)? {
                tx.put(key, vec![2 * value[0]]);
            }
            Ok(None)
        },
    };

    const APPENDS: Migration = Migration {
        name: "append",
        piece: |tx, _| tx.append(|_| b"entry".to_vec()).map(|_| None),
    };

    fn receipt(number: u64) -> Vec<u8> {
        Key::new(Prefix::Receipt).u64(number).finish()
    }

    /// A new store of version 1 with these receipts.
    fn store(values: &[u8]) -> MemoryStore {
        let kv = Arc::new(MemoryStore::new());
        drop(Ledger::create(Arc::clone(&kv) as Arc<dyn KeyValue>, OWNER, [1; 8]).unwrap());
        let mut batch = Batch::new();
        batch.put(version_key(), FIRST.to_be_bytes().to_vec());
        for (number, value) in values.iter().enumerate() {
            batch.put(receipt(number as u64), vec![*value]);
        }
        kv.commit(&batch).unwrap();
        Arc::into_inner(kv).unwrap()
    }

    fn values(kv: &dyn KeyValue) -> Vec<u8> {
        let (lower, upper) = Key::new(Prefix::Receipt).range();
        let pairs = kv.range(&lower, &upper, 100).unwrap();
        pairs.into_iter().map(|(_, value)| value[0]).collect()
    }

    fn put(kv: &dyn KeyValue, key: Vec<u8>, value: Option<Vec<u8>>) {
        let mut batch = Batch::new();
        match value {
            Some(value) => batch.put(key, value),
            None => batch.delete(key),
        }
        kv.commit(&batch).unwrap();
    }

    #[test]
    fn a_new_store_has_this_programs_version() {
        let kv: Arc<dyn KeyValue> = Arc::new(MemoryStore::new());
        drop(Ledger::create(Arc::clone(&kv), OWNER, [1; 8]).unwrap());
        assert_eq!(check(&*kv).unwrap(), VERSION);
        assert_eq!(migrate(&*kv), Ok(()));
        Ledger::open(kv, OWNER).unwrap();
    }

    #[test]
    fn an_older_store_goes_through_all_migrations_once_and_in_order() {
        let kv = store(&[1, 2, 3, 4, 5]);
        let migrations = [ADD_ONE, DOUBLE];
        migrate_with(&kv, &migrations).unwrap();
        assert_eq!(values(&kv), [4, 6, 8, 10, 12]);
        assert_eq!(check_with(&kv, &migrations), Ok(3));
        assert_eq!(kv.get(&note_key()).unwrap(), None);
        migrate_with(&kv, &migrations).unwrap();
        assert_eq!(values(&kv), [4, 6, 8, 10, 12]);
        migrate_with(&kv, &[ADD_ONE, DOUBLE, ADD_ONE]).unwrap();
        assert_eq!(values(&kv), [5, 7, 9, 11, 13]);
    }

    #[test]
    fn a_migration_that_was_interrupted_goes_on_where_it_was() {
        let kv = store(&[1, 2, 3, 4, 99, 6]);
        let error = migrate_with(&kv, &[ADD_ONE]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::StorageFull);
        assert_eq!(values(&kv), [2, 3, 4, 5, 99, 6]);
        assert_eq!(check_with(&kv, &[ADD_ONE]), Ok(1));

        put(&kv, receipt(4), Some(vec![5]));
        migrate_with(&kv, &[ADD_ONE]).unwrap();
        assert_eq!(values(&kv), [2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_newer_store_is_not_opened_and_stays_as_it_is() {
        let kv = store(&[1]);
        let later = VERSION + 1;
        migrate_with(&kv, &[ADD_ONE; VERSION as usize]).unwrap();
        let before = kv.range(&[], &[0xff], 100).unwrap();
        let kv: Arc<dyn KeyValue> = Arc::new(kv);
        for opened in [
            Ledger::open(Arc::clone(&kv), OWNER),
            Ledger::create(Arc::clone(&kv), OWNER, [1; 8]),
        ] {
            assert_eq!(opened.unwrap_err(), newer(later, VERSION));
        }
        assert_eq!(kv.range(&[], &[0xff], 100).unwrap(), before);
    }

    #[test]
    fn a_store_without_a_version_is_not_opened() {
        for value in [None, Some(vec![]), Some(vec![0; 4]), Some(vec![0, 1])] {
            let kv = store(&[]);
            put(&kv, version_key(), value);
            assert_eq!(Ledger::open(Arc::new(kv), OWNER).unwrap_err(), no_version());
        }
    }

    #[test]
    fn a_migration_leaves_the_log_alone() {
        let kv = store(&[]);
        let error = migrate_with(&kv, &[APPENDS]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Internal);
        assert_eq!(check_with(&kv, &[APPENDS]), Ok(1));
    }
}
