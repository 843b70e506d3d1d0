//! A process that writes to a table, and rebuilds its indexes and tallies meanwhile, is killed at any moment.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::directory::Loss;

/// Names the data directory and the first number to write.
const DIRECTORY: &str = "CHENGJI_TEST_DIRECTORY";
const FIRST: &str = "CHENGJI_TEST_FIRST";
const OWNER: &str = "city/430100";
/// Number of kills.
const KILLS: u32 = 12;
/// Begins a line that acknowledges a write.
const WRITTEN: &str = "written ";

fn open(directory: &Path) -> Ledger {
    Ledger::open_directory(directory, OWNER, Loss::Refused).unwrap()
}

#[tokio::test]
#[ignore = "the process that is killed by the other test"]
async fn writes_until_it_is_killed() {
    let ledger = open(Path::new(&std::env::var_os(DIRECTORY).unwrap()));
    let first: u32 = std::env::var(FIRST).unwrap().parse().unwrap();
    let writing = async {
        for number in first.. {
            let write = ledger.write(move |tx| {
                let new = item(&number.to_string(), (number % 3) as u8, Some(number));
                ITEMS.put(tx, &id(number), &new)?;
                ITEMS.update(tx, &id(number - 1), |item| {
                    item.color = (item.color + 1) % 3;
                    item.tags = BTreeSet::from([item.color, 9]);
                    Ok(())
                })?;
                let undone = tx.attempt(|tx| {
                    ITEMS.delete(tx, &id(number))?;
                    Err::<(), _>(refused())
                });
                assert_eq!(undone, Err(refused()));
                ITEMS.delete(tx, &id(number - 5))
            });
            write.await.unwrap();
            println!("\n{WRITTEN}{number}");
        }
    };
    let rebuilding = async {
        loop {
            ITEMS.rebuild_indexes(&ledger).await.unwrap();
        }
    };
    tokio::select! {
        () = writing => {}
        () = rebuilding => {}
    }
}

#[tokio::test]
async fn indexes_and_tallies_agree_with_their_table_after_kill_9() {
    let directory = tempfile::TempDir::new().unwrap();
    Ledger::create_directory(directory.path(), OWNER, [1; 8])
        .unwrap()
        .close();
    for round in 0..KILLS {
        let first = (round + 1) * 100_000;
        let last = kill_after(directory.path(), first, 1 + round * 7 % 40);
        let ledger = open(directory.path());
        let different = ITEMS.check_indexes(&ledger).await.unwrap();
        assert_eq!(different, Differences::default());
        let kv = &**ledger.kv();
        let model: Model = ITEMS.all().collect(kv).unwrap().into_iter().collect();
        tallies_agree(kv, &model);
        agrees(kv, &model, Limit::rows(100));
        let newest = model.keys().next_back().unwrap();
        assert!(
            newest.0 >= last,
            "{last} was acknowledged, and {newest:?} is the newest"
        );
        ledger.close();
    }
}

/// Starts the writing process and kills it after so many acknowledged writes; returns the number of the last one read.
fn kill_after(directory: &Path, first: u32, writes: u32) -> u32 {
    let test = "table_tests::kill9::writes_until_it_is_killed";
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "--nocapture", test])
        .env(DIRECTORY, directory)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = BufReader::new(process.stdout.take().unwrap());
    let lines = output.lines().map(|line| line.unwrap());
    let written = lines.filter_map(|line| line.strip_prefix(WRITTEN)?.parse().ok());
    let last = written.take(writes as usize).last();
    // SIGKILL.
    process.kill().unwrap();
    process.wait().unwrap();
    last.expect("an acknowledged write")
}
