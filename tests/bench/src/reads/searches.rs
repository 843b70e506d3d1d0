//! Searches at the coordinator: latencies with one caller, throughput and fairness with sixteen.

use std::time::{Duration, Instant};

use chengji_proto::v1;
use chengji_proto::v1::directory_service_client::DirectoryServiceClient;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use tokio::task::JoinSet;
use tonic::transport::Channel;

use super::fake_cities::FakeCity;
use super::size::Size;
use crate::cluster::Cluster;
use crate::measure::{Outcome, Row, latencies, percentile, row};
use crate::search::Kind;

/// Searches of each kind with one caller.
const SEARCHES: usize = 200;
/// Callers at once, each the node of another city, and for how long.
const CALLERS: usize = 16;
const ROUND: Duration = Duration::from_secs(10);
/// Hits of a page.
const PAGE: u32 = 20;
const MOST: Duration = Duration::from_millis(20);
const PER_SECOND: f64 = 300.0;
/// The words of the first search after a start.
pub(super) const FIRST: &str = "数据";

/// The latencies of the searches of one kind.
pub(super) struct Searched {
    pub(super) kind: Kind,
    pub(super) half: Duration,
    pub(super) most: Duration,
}

/// Waits until the coordinator answers a search.
pub(super) async fn first(cluster: &Cluster) -> Outcome<()> {
    let mut client = DirectoryServiceClient::new(cluster.to_coordinator()?);
    client.search(asked(FIRST.to_owned())).await?;
    Ok(())
}

/// The words of the searches of a kind, the same at every call.
pub(super) fn words(kind: Kind, size: Size) -> Vec<String> {
    let mut random = StdRng::seed_from_u64(1);
    let words = (0..SEARCHES).map(|_| kind.words(size.entries, &mut random));
    words.collect()
}

pub(super) async fn run(
    cluster: &Cluster,
    cities: &[FakeCity],
    size: Size,
) -> Outcome<(Vec<Searched>, Vec<Row>)> {
    let mut client = DirectoryServiceClient::new(cluster.to_coordinator()?);
    let (mut rows, mut searched, mut all) = (Vec::new(), Vec::new(), Vec::new());
    for kind in Kind::ALL {
        let (mut took, mut hits) = (Vec::new(), 0);
        for words in words(kind, size) {
            let (time, total) = search(&mut client, words).await?;
            took.push(time);
            hits += total;
        }
        let what = format!("search, 1 caller, {}, all facets", kind.name());
        let mean = format!("{} hits on average", hits / SEARCHES as u64);
        searched.push(Searched {
            kind,
            half: percentile(&mut took, 50),
            most: percentile(&mut took, 99),
        });
        rows.push(latencies(&what, &mut took, &mean, "-", None));
        all.extend(took);
    }
    let what = "search, 1 caller, all of these";
    rows.push(latencies(what, &mut all, "-", "p99 <= 20 ms", Some(MOST)));
    rows.extend(many_callers(cluster, cities, size).await?);
    Ok((searched, rows))
}

async fn many_callers(cluster: &Cluster, cities: &[FakeCity], size: Size) -> Outcome<Vec<Row>> {
    let mut callers = JoinSet::new();
    let begun = Instant::now();
    for (number, city) in cities.iter().cycle().take(CALLERS).enumerate() {
        let mut client = DirectoryServiceClient::new(city.to_coordinator(cluster)?);
        callers.spawn(async move {
            let mut random = StdRng::seed_from_u64(100 + number as u64);
            let mut took = Vec::new();
            while begun.elapsed() < ROUND {
                let kind = Kind::ALL.choose(&mut random).copied().unwrap_or(Kind::All);
                let words = kind.words(size.entries, &mut random);
                took.push(search(&mut client, words).await?.0);
            }
            Outcome::Ok(took)
        });
    }
    let (mut took, mut counts) = (Vec::new(), Vec::new());
    while let Some(caller) = callers.join_next().await {
        let of_one = caller??;
        counts.push(of_one.len());
        took.extend(of_one);
    }
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    let least = counts.iter().min().copied().unwrap_or_default();
    let most = counts.iter().max().copied().unwrap_or_default();
    let what = format!("search, {CALLERS} callers, nodes of cities");
    Ok(vec![
        row(
            &what,
            format!("{rate:.0}/s"),
            &format!("{least} to {most} searches of each caller"),
            ">= 300/s, none starved",
            rate >= PER_SECOND && least * 2 >= most,
        ),
        latencies(&what, &mut took, "-", "-", None),
    ])
}

/// The time of a search and the number of hits.
async fn search(
    client: &mut DirectoryServiceClient<Channel>,
    words: String,
) -> Outcome<(Duration, u64)> {
    let begun = Instant::now();
    let found = client.search(asked(words)).await?.into_inner();
    Ok((begun.elapsed(), found.total))
}

fn asked(query: String) -> v1::SearchRequest {
    let facets = [
        v1::Facet::City,
        v1::Facet::Class,
        v1::Facet::Manner,
        v1::Facet::Format,
        v1::Facet::Cycle,
        v1::Facet::Level,
        v1::Facet::Theme,
        v1::Facet::Open,
        v1::Facet::Freshness,
    ];
    v1::SearchRequest {
        query,
        facets: facets.map(i32::from).to_vec(),
        page: Some(v1::PageRequest {
            size: PAGE,
            ..Default::default()
        }),
        ..Default::default()
    }
}
