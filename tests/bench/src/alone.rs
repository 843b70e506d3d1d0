//! What this machine does without our programs, for the floors of their figures: a process of its own, which is this one
//! started with other arguments, does the same with RocksDB and the search index alone.

mod batches;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chengji_search::{Facet, Query, Search, SearchIndex};
use chengji_store::RocksStore;
use rocksdb::{Cache, DB, Env, Options, WriteBatch, WriteOptions};

pub(crate) use self::batches::logs;
use crate::measure::Outcome;
use crate::processes::processor_time;

/// The first argument of such a process.
pub(crate) const ARGUMENT: &str = "alone";
/// Writes batches; opens a store and an index.
const WRITE: &str = "write";
const OPEN: &str = "open";
/// Bytes of memory for blocks, as `chengji_store` gives them: the file with the options does not have it.
const BLOCK_CACHE: usize = 64 << 20;
/// Hits of a page.
const PAGE: usize = 20;

/// What was written alone.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Written {
    /// Time in the calls that write.
    pub(crate) took: Duration,
    /// Processor time of the process, with that of the merging of files and of reading the batches.
    pub(crate) used: Duration,
    pub(crate) batches: u64,
    pub(crate) keys: u64,
    /// Size of the batches, bytes.
    pub(crate) bytes: u64,
}

/// Does what the arguments after [`ARGUMENT`] say.
pub(crate) fn run(arguments: &[String]) -> Outcome<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [WRITE, logs, like, store] => {
            let written = write_batches(logs.as_ref(), like.as_ref(), store.as_ref())?;
            println!("{}", written.to_line());
        }
        [OPEN, data, index, words] => open_both(data.as_ref(), index.as_ref(), words)?,
        _ => return Err(format!("{ARGUMENT}: there is no {arguments:?}").into()),
    }
    Ok(())
}

/// Writes the batches in these write-ahead logs, in a process of its own, into a new store with the options of another.
pub(crate) fn write(logs: &str, like: &str, store: &str) -> Outcome<Written> {
    let output = process(&[WRITE, logs, like, store])?
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err("the batches were not written alone".into());
    }
    let line = String::from_utf8(output.stdout)?;
    Written::of_line(&line).ok_or_else(|| format!("no figures of writing: {line:?}").into())
}

/// The time in which a process of its own opens a store and an index and answers a search, its start included.
pub(crate) fn open(data: &str, index: &str, words: &str) -> Outcome<Duration> {
    let begun = Instant::now();
    let mut child = process(&[OPEN, data, index, words])?
        .stdout(Stdio::piped())
        .spawn()?;
    let answered = first_line(&mut child);
    let took = begun.elapsed();
    let status = child.wait()?;
    match status.success() && answered? {
        true => Ok(took),
        false => Err("store and index were not opened alone".into()),
    }
}

/// Waits for a line of a process; returns false if it ends without one.
fn first_line(child: &mut Child) -> Outcome<bool> {
    let output = child.stdout.take().ok_or("the process has no output")?;
    let mut line = String::new();
    Ok(BufReader::new(output).read_line(&mut line)? > 0)
}

fn process(arguments: &[&str]) -> Outcome<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(ARGUMENT).args(arguments);
    Ok(command)
}

fn write_batches(logs: &Path, like: &Path, store: &Path) -> Outcome<Written> {
    let db = open_like(like, store)?;
    let mut synced = WriteOptions::default();
    synced.set_sync(true);
    let mut written = Written::default();
    for path in self::logs(logs)? {
        // In memory before it is written: reading is no part of what is measured.
        let log = std::fs::read(path)?;
        batches::each(&log, |batch| {
            written.batches += 1;
            written.keys += u64::from(batches::keys(batch)?);
            written.bytes += batch.len() as u64;
            let made = WriteBatch::from_data(batch);
            let begun = Instant::now();
            db.write_opt(made, &synced)?;
            written.took += begun.elapsed();
            Ok(())
        })?;
    }
    written.used = processor_time(std::process::id())?;
    Ok(written)
}

/// Makes a store with the options that RocksDB has kept with another.
fn open_like(like: &Path, store: &Path) -> Outcome<DB> {
    let cache = Cache::new_lru_cache(BLOCK_CACHE);
    let (mut options, families) = Options::load_latest(like, Env::new()?, false, cache)?;
    options.create_if_missing(true);
    Ok(DB::open_cf_descriptors(&options, store, families)?)
}

fn open_both(data: &Path, index: &Path, words: &str) -> Outcome<()> {
    let store = RocksStore::open(data)?;
    let index = SearchIndex::open(index)?;
    let search = Search {
        query: Query::new(words),
        facets: Facet::ALL.to_vec(),
        limit: PAGE,
        now: chengji_clock::now().as_second(),
        ..Search::default()
    };
    let found = index.search(&search)?;
    // Whoever has started it waits for this line, not for the end.
    let mut out = std::io::stdout();
    writeln!(out, "{}", found.total)?;
    out.flush()?;
    drop(store);
    Ok(())
}

impl Written {
    fn to_line(self) -> String {
        let times = [self.took, self.used].map(|time| time.as_micros().to_string());
        let counts = [self.batches, self.keys, self.bytes].map(|count| count.to_string());
        [&times[..], &counts[..]].concat().join("\t")
    }

    fn of_line(line: &str) -> Option<Self> {
        let numbers = line.trim().split('\t').map(str::parse);
        let numbers: Vec<u64> = numbers.collect::<Result<_, _>>().ok()?;
        let &[took, used, batches, keys, bytes] = numbers.as_slice() else {
            return None;
        };
        Some(Self {
            took: Duration::from_micros(took),
            used: Duration::from_micros(used),
            batches,
            keys,
            bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_store::{Batch, KeyValue};

    use super::*;

    #[test]
    fn figures_of_writing_are_read_as_they_were_printed() {
        let written = Written {
            took: Duration::from_micros(1_500_000),
            used: Duration::from_millis(20),
            batches: 3,
            keys: 90,
            bytes: 4_096,
        };
        assert_eq!(Written::of_line(&written.to_line()), Some(written));
        assert_eq!(Written::of_line(""), None);
        assert_eq!(Written::of_line("1\t2\t3\t4"), None);
    }

    #[test]
    fn a_store_is_written_again_from_its_logs_with_its_options() {
        let folder = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
        let store = RocksStore::create(&first).unwrap();
        for key in 0..3_u8 {
            let mut batch = Batch::new();
            batch.put(vec![key], vec![key; 300]);
            // Longer than a block of the log.
            batch.put(vec![key, 0], vec![key; 50_000]);
            batch.delete(vec![key, 1]);
            store.commit(&batch).unwrap();
        }
        let pairs = store.range(&[0], &[9], 9).unwrap();
        drop(store);
        let written = write_batches(&first, &first, &second).unwrap();
        assert_eq!((written.batches, written.keys), (3, 9));
        assert!(written.bytes > 3 * 50_300, "{written:?}");
        let copy = RocksStore::open(&second).unwrap();
        assert_eq!(copy.range(&[0], &[9], 9).unwrap(), pairs);
        assert_eq!(pairs.len(), 6);
    }
}
