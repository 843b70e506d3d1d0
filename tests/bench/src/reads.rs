//! Reads of a large cluster over mutual TLS: searches, lists, the sharing rate, the start, catching up with all cities at
//! once, and the time until a change is found. Peers hold the same texts.

mod fake_cities;
mod followed;
mod following;
mod kept_logs;
mod linked_copy;
mod lists;
mod logs;
mod moved_clock;
mod peer_searches;
mod peers;
mod postgres;
mod pycsw;
mod rates;
mod searches;
mod size;

use std::path::Path;
use std::time::Instant;

use chengji_tests::{Impostor, Script};

use self::fake_cities::FakeCity;
use self::moved_clock::MonthEnd;
use self::peers::Ours;
use self::size::Size;
use crate::alone;
use crate::cluster::{Cluster, Program};
use crate::measure::{Outcome, Row, peak_memory, quiet, row, settled, settled_memory};

/// Maximum resident memory of the coordinator.
const MEMORY: u64 = 800 << 20;
/// Limits that stop this benchmark but no cluster: hundreds of joins in seconds, and requests of months in one log.
const SETTINGS: &str = "
[limits]
newcomer_calls_per_second = 10000
max_newcomers_per_address = 64

[quotas]
requests_per_minute = 1000000
requests_per_day = 1000000
";

/// Adds what is measured to `rows`, and prints it at once.
pub(crate) async fn run(rows: &mut Vec<Row>) -> Outcome<()> {
    let size = Size::of_environment()?;
    let month = MonthEnd::near().await?;
    let cluster = Cluster::new(0)?;
    cluster.add_settings(SETTINGS)?;
    let coordinator = cluster.start_coordinator("data")?;
    let auditor = cluster.enrol_auditor()?;
    let cities = FakeCity::join(&cluster, size.cities).await?;
    coordinator.stop()?;

    let begun = Instant::now();
    let scripts = logs::all(size, chengji_clock::now())?;
    let log_entries: usize = scripts.iter().map(|script| script.entries.len()).sum();
    eprintln!("   made {log_entries} log entries in {:?}", begun.elapsed());
    let served = serve(&cities, scripts).await;
    let mut add = |more: Vec<Row>| {
        for row in &more {
            eprintln!("   {}: {}", row.what, row.figure);
        }
        rows.extend(more);
    };

    quiet().await?;
    let (coordinator, followed) = following::catch_up(&cluster, log_entries as u64).await?;
    let after_catching_up = memory("after catching up", &coordinator).await?;
    coordinator.stop()?;
    add(followed.rows(&cluster).await?);
    add(vec![after_catching_up]);

    if let Some(month) = &month {
        month.pass().await?;
    }
    let (coordinator, started) = start(&cluster).await?;
    add(vec![started]);
    following::until_current(&cluster, log_entries as u64).await?;
    quiet().await?;
    let (searched, of_searches) = searches::run(&cluster, &cities, size).await?;
    add(of_searches);
    add(lists::run(&cluster, &cities, auditor).await?);
    add(vec![
        following::visible(&cluster, &cities, &served, size).await?,
    ]);
    let past = month.as_ref().map(|month| month.at);
    add(rates::run(&cluster, past).await?);
    add(vec![memory("after all reads", &coordinator).await?]);
    coordinator.stop()?;
    drop(served);
    // Peers need the space.
    std::fs::remove_dir_all(cluster.path("coordinator/data"))?;
    let followed = followed.per_second();
    let ours = Ours { searched, followed };
    add(peers::run(&cluster, size, &ours).await?);
    Ok(())
}

async fn serve(cities: &[FakeCity], scripts: Vec<Script>) -> Vec<Impostor> {
    let mut served = Vec::new();
    for (city, script) in cities.iter().zip(scripts) {
        served.push(city.serve(script).await);
    }
    served
}

/// Starts the coordinator on what it has stored, and then opens a copy of that with RocksDB and the search index alone.
async fn start(cluster: &Cluster) -> Outcome<(Program, Row)> {
    let [data, copy] = ["coordinator/data", "alone"].map(|name| cluster.path(name));
    linked_copy::make(Path::new(&data), Path::new(&copy))?;
    settled().await?;
    let begun = Instant::now();
    let coordinator = cluster.start_coordinator("data")?;
    searches::first(cluster).await?;
    let took = begun.elapsed();
    quiet().await?;
    let alone = alone::open(&copy, &format!("{copy}/search"), searches::FIRST)
        .inspect_err(|error| eprintln!("   {error}"));
    std::fs::remove_dir_all(copy)?;
    let (took, alone) = (
        took.as_secs_f64(),
        alone.ok().map(|alone| alone.as_secs_f64()),
    );
    let row = Row {
        what: "start of the process until the first search is answered".to_owned(),
        figure: format!("{took:.2} s"),
        floor: alone.map_or("-".to_owned(), |alone| {
            format!("a process that opens the same store and index and searches: {alone:.2} s")
        }),
        ratio: alone.map_or("-".to_owned(), |alone| format!("{:.1}x", took / alone)),
        target: "<= 5 s".to_owned(),
        met: took <= 5.0,
    };
    Ok((coordinator, row))
}

/// Measures the memory once the allocator has returned the pages that the last calls freed.
async fn memory(when: &str, coordinator: &Program) -> Outcome<Row> {
    let own = settled_memory(coordinator.pid()).await?;
    Ok(row(
        &format!("memory of the coordinator {when} (RssAnon + RssShmem)"),
        format!("{} MiB", own >> 20),
        &format!(
            "peak with mapped files {} MiB",
            peak_memory(coordinator.pid())? >> 20
        ),
        "<= 800 MiB",
        own <= MEMORY,
    ))
}
