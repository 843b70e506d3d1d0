//! Durable commits through the ledger, next to one writer that appends and syncs by itself.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chengji_store::{Key, Ledger, Prefix, RocksStore};

use crate::measure::{Outcome, Row, median, quiet};

const WRITERS: [u32; 3] = [1, 16, 64];
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1500);
const ENTRY: usize = 300;

pub(crate) async fn run() -> Outcome<Vec<Row>> {
    let dir = tempfile::tempdir()?;
    let store = Arc::new(RocksStore::create(&dir.path().join("store"))?);
    let ledger = Ledger::create(store, "city/430100", [1; 8])?;
    let mut floors = Vec::new();
    let mut figures = vec![Vec::new(); WRITERS.len()];
    quiet().await?;
    for round in 0..ROUNDS {
        let file = dir.path().join(format!("floor-{round}"));
        floors.push(tokio::task::spawn_blocking(move || floor(&file)).await??);
        for (writers, figures) in WRITERS.into_iter().zip(&mut figures) {
            figures.push(commits(&ledger, writers).await?);
        }
    }
    ledger.close();
    let floor = median(floors);
    let row = |(writers, figures): (u32, Vec<f64>)| {
        let figure = median(figures);
        let judged = writers == 64;
        Row {
            what: format!("durable commits, {writers} writers"),
            figure: format!("{figure:.0}/s"),
            floor: format!("append + fdatasync {floor:.0}/s"),
            ratio: format!("{:.2}x", figure / floor),
            target: if judged { ">= 15x" } else { "-" }.to_owned(),
            met: !judged || figure >= 15.0 * floor,
        }
    };
    Ok(WRITERS.into_iter().zip(figures).map(row).collect())
}

/// Commits a second with `writers` callers, each waiting for its own commit.
async fn commits(ledger: &Ledger, writers: u32) -> Outcome<f64> {
    let begun = Instant::now();
    let writers = (0..writers).map(|writer| {
        let ledger = ledger.clone();
        tokio::spawn(async move {
            let mut done = 0_u32;
            while begun.elapsed() < ROUND {
                let job = move |tx: &mut chengji_store::Tx<'_>| {
                    let position = tx.append(|_| vec![7; ENTRY])?;
                    let key = Key::new(Prefix::Request).u32(writer).u32(done % 1000);
                    tx.put(key.finish(), vec![9; ENTRY]);
                    Ok(position)
                };
                ledger.write(job).await?;
                done += 1;
            }
            Ok::<u32, chengji_domain::Error>(done)
        })
    });
    let mut all = 0;
    for writer in writers.collect::<Vec<_>>() {
        all += writer.await??;
    }
    Ok(f64::from(all) / begun.elapsed().as_secs_f64())
}

/// Commits a second of one writer with only a file: as many bytes, and a sync each time.
fn floor(path: &Path) -> std::io::Result<f64> {
    let mut file = std::fs::File::create(path)?;
    let (begun, mut done) = (Instant::now(), 0_u32);
    while begun.elapsed() < ROUND {
        file.write_all(&[7; ENTRY])?;
        file.sync_data()?;
        done += 1;
    }
    Ok(f64::from(done) / begun.elapsed().as_secs_f64())
}
