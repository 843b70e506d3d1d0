use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::{FileExt, PermissionsExt};

use chengji_messages::{Message, Value};
use rocksdb::WaitForCompactOptions;
use rocksdb::perf::{PerfContext, PerfMetric, PerfStatsLevel, set_perf_stats};
use tempfile::TempDir;

use super::*;
use crate::conformance::{self, Fixture};

struct Rocks {
    store: RocksStore,
    _dir: TempDir,
}

impl Fixture for Rocks {
    fn fresh() -> Self {
        let dir = TempDir::new().unwrap();
        Self {
            store: RocksStore::create(dir.path()).unwrap(),
            _dir: dir,
        }
    }

    fn kv(&self) -> &dyn KeyValue {
        &self.store
    }
}

conformance::suite!(Rocks);

fn put(store: &RocksStore, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(key.to_vec(), value.to_vec());
    store.commit(&batch).unwrap();
}

fn open_error(dir: &Path) -> Error {
    RocksStore::open(dir)
        .err()
        .expect("the store must not open")
}

/// The current write-ahead log.
fn write_ahead_log(dir: &Path) -> PathBuf {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
        .max()
        .unwrap()
}

#[test]
fn a_look_up_in_a_large_file_reads_little_of_it() {
    let dir = TempDir::new().unwrap();
    let key = |number: u32| format!("{number:08}").into_bytes();
    let store = RocksStore::create(dir.path()).unwrap();
    for part in 0..60 {
        let mut batch = Batch::new();
        for number in 0..10_000 {
            batch.put(key(2 * (part * 10_000 + number)), vec![7; 20]);
        }
        store.commit(&batch).unwrap();
    }
    store.db.flush().unwrap();
    store.db.compact_range(None::<&[u8]>, None::<&[u8]>);
    drop(store);
    // Nothing of it is in memory now.
    let store = RocksStore::open(dir.path()).unwrap();
    set_perf_stats(PerfStatsLevel::EnableCount);
    let mut context = PerfContext::default();
    context.reset();
    assert_eq!(store.get(&key(100_000)).unwrap(), Some(vec![7; 20]));
    assert_eq!(store.get(&key(200_001)).unwrap(), None);
    let read = context.metric(PerfMetric::BlockReadByte);
    set_perf_stats(PerfStatsLevel::Disable);
    // The filter alone has twelve parts. A part of it is read for each key, and a part of the index.
    let most = 5 * METADATA_PART as u64;
    assert!((1..most).contains(&read), "{read} bytes");
}

#[test]
fn the_engine_knows_the_option_that_it_is_given_by_name() {
    Options::default()
        .get_options_from_string(INSERT_HINTS)
        .unwrap();
}

#[test]
fn few_flushed_files_are_not_merged_and_many_are_once() {
    let dir = TempDir::new().unwrap();
    let store = RocksStore::create(dir.path()).unwrap();
    let files = |level: u32| {
        let name = format!("rocksdb.num-files-at-level{level}");
        let files = store.db.property_int_value(name.as_str());
        files.unwrap().unwrap()
    };
    let flush = |number: i32| {
        // Keys of all files are mixed, as those of several logs are.
        for key in [0, 200] {
            put(&store, &[key + u8::try_from(number).unwrap()], &[7; 100]);
        }
        store.db.flush().unwrap();
    };
    (1..MERGED_FILES).for_each(flush);
    assert_eq!(files(0), 7);
    flush(MERGED_FILES);
    let merged = WaitForCompactOptions::default();
    store.db.wait_for_compact(&merged).unwrap();
    // The last level of the engine.
    assert_eq!((files(0), files(6)), (0, 1));
}

#[test]
fn batches_over_many_prefixes_are_read_back_in_order() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("data");
    let store = RocksStore::create(&path).unwrap();
    let mut model = BTreeMap::new();
    for number in 0..200_u32 {
        let mut batch = Batch::new();
        for prefix in 1..9_u8 {
            // Before, after and between the keys so far, some of them again.
            for key in [number, 1_000 - number, number * 7_919 % 1_009] {
                let key = [&[prefix][..], &key.to_be_bytes()].concat();
                let value = number.to_be_bytes().to_vec();
                if number % 5 == 0 {
                    batch.delete(key.clone());
                    model.remove(&key);
                } else {
                    batch.put(key.clone(), value.clone());
                    model.insert(key, value);
                }
            }
        }
        batch.expect(vec![0], None);
        store.commit(&batch).unwrap();
    }
    let model: Vec<Pair> = model.into_iter().collect();
    assert_eq!(store.range(&[0], &[9], usize::MAX).unwrap(), model);
    for (key, value) in &model {
        assert_eq!(store.get(key).unwrap().as_ref(), Some(value));
        assert_eq!(store.get(&[&key[..], &[0]].concat()).unwrap(), None);
    }
    drop(store);
    let store = RocksStore::open(&path).unwrap();
    assert_eq!(store.range(&[0], &[9], usize::MAX).unwrap(), model);
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("new/data");
    let store = RocksStore::create(&path).unwrap();
    put(&store, b"a", b"1");
    put(&store, b"b", b"2");
    let mut batch = Batch::new();
    batch.delete(b"a".to_vec());
    store.commit(&batch).unwrap();
    drop(store);

    let store = RocksStore::open(&path).unwrap();
    assert_eq!(
        store.range(b"", b"z", 9).unwrap(),
        [(b"b".to_vec(), b"2".to_vec())]
    );
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o700
    );
}

#[test]
fn a_directory_is_open_once() {
    let dir = TempDir::new().unwrap();
    let _store = RocksStore::create(dir.path()).unwrap();
    let error = open_error(dir.path());
    let in_use = msg::DataDirectoryInUse { path: dir.path() };
    assert_eq!(error, Error::new(ErrorCode::Misconfigured, in_use));
}

#[test]
fn a_file_in_the_way_is_a_matter_of_configuration() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("file");
    File::create(&path).unwrap();
    assert_eq!(open_error(&path).code(), ErrorCode::Misconfigured);
    assert_eq!(
        open_error(&path.join("below")).code(),
        ErrorCode::Misconfigured
    );
}

#[test]
fn opening_makes_no_store() {
    let dir = TempDir::new().unwrap();
    let missing = dir.path().join("missing");
    let expected: [(&Path, Message); 2] = [
        (
            dir.path(),
            msg::DataDirectoryEmpty { path: dir.path() }.into(),
        ),
        (
            &missing,
            msg::DataDirectoryMissing {
                path: missing.as_path(),
            }
            .into(),
        ),
    ];
    for (path, message) in expected {
        let error = open_error(path);
        assert_eq!(error, Error::new(ErrorCode::Misconfigured, message));
    }
    assert_eq!(
        fs::read_dir(dir.path()).unwrap().count(),
        0,
        "nothing was made"
    );
}

#[test]
fn a_directory_without_permission_is_a_matter_of_configuration() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("closed");
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o500)).unwrap();
    if File::create(path.join("probe")).is_ok() {
        return; // The superuser may write anywhere: nothing to see.
    }
    let error = RocksStore::create(&path).err().unwrap();
    assert_eq!(error.code(), ErrorCode::Misconfigured, "{error}");
}

#[test]
fn the_engines_words_are_told_apart() {
    // The engine's own texts, for errors that a test cannot cause.
    let code = |text| open_failed(Path::new("/data"), &ErrorKind::IOError, text).code();
    let full = "IO error: No space left on device: While appending to file: /data/1.log";
    assert_eq!(code(full), ErrorCode::StorageFull);
    let locked = "IO error: While lock file: /data/LOCK: Resource temporarily unavailable";
    assert_eq!(code(locked), ErrorCode::Misconfigured);
    let denied = "IO error: While open a file: /data/LOCK: Permission denied";
    assert_eq!(code(denied), ErrorCode::Misconfigured);
    let broken = "IO error: While fdatasync: /data/1.log: Input/output error";
    assert_eq!(code(broken), ErrorCode::StorageDamaged);
}

#[test]
fn damage_amid_acknowledged_writes_is_refused() {
    let dir = TempDir::new().unwrap();
    let store = RocksStore::create(dir.path()).unwrap();
    for key in 0..20 {
        put(&store, &[key], &[7; 100]);
    }
    drop(store);
    let wal = File::options()
        .write(true)
        .open(write_ahead_log(dir.path()))
        .unwrap();
    wal.write_all_at(b"????", wal.metadata().unwrap().len() / 2)
        .unwrap();

    let error = open_error(dir.path());
    assert_eq!(error.code(), ErrorCode::StorageDamaged, "{error}");
    let path = Value::from(dir.path());
    assert_eq!(error.message().param("path"), Some(&path));
}

#[test]
fn a_write_cut_short_is_as_if_it_had_not_begun() {
    let dir = TempDir::new().unwrap();
    let store = RocksStore::create(dir.path()).unwrap();
    put(&store, b"a", &[1; 100]);
    put(&store, b"b", &[2; 100]);
    drop(store);
    let wal = File::options()
        .write(true)
        .open(write_ahead_log(dir.path()))
        .unwrap();
    wal.set_len(wal.metadata().unwrap().len() - 10).unwrap();

    let store = RocksStore::open(dir.path()).unwrap();
    assert_eq!(store.get(b"a").unwrap(), Some(vec![1; 100]));
    assert_eq!(store.get(b"b").unwrap(), None);
}

#[test]
fn damage_to_a_file_the_engine_needs_is_named() {
    let dir = TempDir::new().unwrap();
    drop(RocksStore::create(dir.path()).unwrap());
    fs::write(dir.path().join("CURRENT"), "nonsense").unwrap();
    let error = open_error(dir.path());
    assert_eq!(error.code(), ErrorCode::StorageDamaged, "{error}");
}
