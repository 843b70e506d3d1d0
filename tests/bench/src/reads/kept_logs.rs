//! Keeps the write-ahead logs of a store under second names while a program writes them: RocksDB removes each once what is
//! in it is in sorted files.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::alone::logs;
use crate::measure::Outcome;

/// Delay between two looks: far less than the time in which a log gets full.
const BETWEEN: Duration = Duration::from_millis(50);

/// Logs that are being kept.
pub(super) struct KeptLogs {
    store: PathBuf,
    folder: PathBuf,
    is_done: Arc<AtomicBool>,
    keeping: JoinHandle<Outcome<()>>,
}

impl KeptLogs {
    /// Begins to keep the new logs of a store in this folder, which is on the same disk.
    pub(super) fn begin(store: &Path, folder: &Path) -> Outcome<Self> {
        fs::create_dir_all(folder)?;
        let mut known = logs(store)?.into_iter().collect();
        let (store, folder) = (store.to_owned(), folder.to_owned());
        let is_done = Arc::new(AtomicBool::new(false));
        let keeping = {
            let (store, folder) = (store.clone(), folder.clone());
            let is_done = Arc::clone(&is_done);
            thread::spawn(move || {
                while !is_done.load(Ordering::Relaxed) {
                    keep_new(&store, &folder, &mut known)?;
                    thread::sleep(BETWEEN);
                }
                keep_new(&store, &folder, &mut known)
            })
        };
        Ok(Self {
            store,
            folder,
            is_done,
            keeping,
        })
    }

    /// Ends, with the last log as it is now; returns the folder.
    pub(super) fn end(self) -> Outcome<PathBuf> {
        self.is_done.store(true, Ordering::Relaxed);
        let kept = self.keeping.join();
        kept.unwrap_or_else(|_| Err("logs were not kept".into()))?;
        if let Some(last) = logs(&self.folder)?.last() {
            let name = last.file_name().ok_or("a log has no name")?;
            // It is still written, under its first name.
            fs::remove_file(last)?;
            fs::copy(self.store.join(name), last)?;
        }
        Ok(self.folder)
    }
}

/// Gives a second name to each log that is not known yet.
fn keep_new(store: &Path, folder: &Path, known: &mut BTreeSet<PathBuf>) -> Outcome<()> {
    for log in logs(store)? {
        if !known.contains(&log) {
            let name = log.file_name().ok_or("a log has no name")?;
            fs::hard_link(&log, folder.join(name))?;
            known.insert(log);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_logs_are_kept_when_they_are_removed_and_the_last_as_it_is_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let (store, kept) = (folder.path().join("store"), folder.path().join("kept"));
        fs::create_dir(&store).unwrap();
        fs::create_dir(&kept).unwrap();
        let write = |name: &str, content: &str| fs::write(store.join(name), content).unwrap();
        write("000001.log", "before");
        let mut known = logs(&store).unwrap().into_iter().collect();
        write("000002.log", "first");
        keep_new(&store, &kept, &mut known).unwrap();
        fs::remove_file(store.join("000002.log")).unwrap();
        write("000003.log", "last");
        let keeping = KeptLogs {
            store: store.clone(),
            folder: kept,
            is_done: Arc::default(),
            keeping: {
                let (store, kept) = (store.clone(), folder.path().join("kept"));
                thread::spawn(move || keep_new(&store, &kept, &mut known))
            },
        };
        let kept = keeping.end().unwrap();
        write("000003.log", "later");
        let found = logs(&kept).unwrap();
        let found = found.iter().map(|log| fs::read_to_string(log).unwrap());
        assert_eq!(found.collect::<Vec<_>>(), ["first", "last"]);
    }
}
