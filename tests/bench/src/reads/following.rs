//! Following all cities at once, and the time until what one changes is found by another.

use std::path::Path;
use std::time::{Duration, Instant};

use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use chengji_tests::Impostor;
use tonic::transport::Channel;

use super::fake_cities::FakeCity;
use super::followed::Followed;
use super::kept_logs::KeptLogs;
use super::logs;
use super::size::Size;
use crate::cluster::{Cluster, Program};
use crate::measure::{Outcome, Row, latencies};
use crate::processes::processor_time;

/// Maximum time for all logs and the index.
const BOUND: Duration = Duration::from_secs(1_200);
/// Changes that are searched for, one after the other.
const CHANGES: u32 = 100;
const VISIBLE: Duration = Duration::from_secs(1);
/// Delay between two looks.
const BETWEEN: Duration = Duration::from_millis(50);
const BETWEEN_SEARCHES: Duration = Duration::from_millis(5);

/// Starts the coordinator and waits until it has stored `entries` log entries, and then until all are found.
pub(super) async fn catch_up(cluster: &Cluster, entries: u64) -> Outcome<(Program, Followed)> {
    let [store, kept] = ["coordinator/data", "written"].map(|name| cluster.path(name));
    let kept = KeptLogs::begin(Path::new(&store), Path::new(&kept))?;
    let own = std::process::id();
    let served = processor_time(own)?;
    let begun = Instant::now();
    let coordinator = cluster.start_coordinator("data")?;
    until_current(cluster, entries).await?;
    let stored = begun.elapsed();
    let used = [
        processor_time(coordinator.pid())?,
        processor_time(own)? - served,
    ];
    let written = kept.end();
    cluster.until_indexed().await?;
    let followed = Followed {
        entries,
        stored,
        found: begun.elapsed(),
        used,
        written,
    };
    Ok((coordinator, followed))
}

/// Waits until all logs together are stored up to this number of entries.
pub(super) async fn until_current(cluster: &Cluster, entries: u64) -> Outcome<()> {
    let mut client = DirectoryServiceClient::new(cluster.to_coordinator()?);
    let begun = Instant::now();
    loop {
        let page = v1::PageRequest {
            size: 10_000,
            ..Default::default()
        };
        let asked = v1::ListCitiesRequest { page: Some(page) };
        let cities = client.list_cities(asked).await?.into_inner().cities;
        if let Some(city) = cities.iter().find(|city| city.quarantined > 0) {
            return Err(format!(
                "{} entries of {} were set aside",
                city.quarantined, city.city
            )
            .into());
        }
        let stored: u64 = cities.iter().map(|city| city.position).sum();
        if stored >= entries {
            return Ok(());
        }
        if begun.elapsed() > BOUND {
            return Err(
                format!("{stored} of {entries} log entries are stored after {BOUND:?}").into(),
            );
        }
        tokio::time::sleep(BETWEEN).await;
    }
}

/// Changes entries of one city after the other, each until the node of another finds it.
pub(super) async fn visible(
    cluster: &Cluster,
    cities: &[FakeCity],
    served: &[Impostor],
    size: Size,
) -> Outcome<Row> {
    let mut took = Vec::new();
    for change in 0..CHANGES {
        let number = change * 7_919 % size.entries;
        let city = number % size.cities;
        let other = (city + 1) % size.cities;
        let reader = cities.get(other as usize).ok_or("no such city")?;
        let owner = served.get(city as usize).ok_or("no such city")?;
        let mut client = DirectoryServiceClient::new(reader.to_coordinator(cluster)?);
        // Connected before it is measured.
        let name = format!("改名后的第{change}号资源");
        is_found(&mut client, &name).await?;
        let fact = logs::revision(number, name.clone(), 2 + change)?;
        let begun = Instant::now();
        owner.change(|script| {
            script.append(chengji_clock::now(), fact);
        });
        while !is_found(&mut client, &name).await? {
            if begun.elapsed() > BOUND {
                return Err(format!("'{name}' is not found").into());
            }
            tokio::time::sleep(BETWEEN_SEARCHES).await;
        }
        took.push(begun.elapsed());
    }
    Ok(latencies(
        "a change at one city until the node of another finds it",
        &mut took,
        "-",
        "p99 <= 1000 ms",
        Some(VISIBLE),
    ))
}

async fn is_found(client: &mut DirectoryServiceClient<Channel>, name: &str) -> Outcome<bool> {
    let asked = v1::SearchRequest {
        query: name.to_owned(),
        ..Default::default()
    };
    Ok(client.search(asked).await?.into_inner().total > 0)
}
