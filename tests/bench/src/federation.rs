//! Measures how fast a coordinator reads a catalogue of 100,000 entries from its node over mutual TLS,
//! and the cost of following on both sides while idle.

use std::time::{Duration, Instant};

use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;

use crate::cluster::{Cluster, Program};
use crate::entries;
use crate::measure::{Outcome, Row, median, quiet, usage};

const SMALL: usize = 1_000;
const LARGE: usize = 100_000;
const ROUNDS: usize = 3;
const IDLE: Duration = Duration::from_secs(10);

pub(crate) async fn run() -> Outcome<Vec<Row>> {
    let cluster = Cluster::new(1)?;
    let coordinator = cluster.start_coordinator("data-small")?;
    let node = cluster.start_node(0)?;
    confirmed(&cluster).await?;
    entries::publish(&cluster, 0, 0..SMALL).await?;
    caught_up(&cluster, head(&cluster).await?).await?;
    cluster.until_indexed().await?;
    let small = idle(&node, &coordinator).await?;
    coordinator.stop()?;

    let begun = Instant::now();
    entries::publish(&cluster, 0, SMALL..LARGE).await?;
    eprintln!("   import of {LARGE} entries: {:?}", begun.elapsed());
    let large_head = head(&cluster).await?;
    let (mut rates, mut last) = (Vec::new(), None);
    for round in 0..ROUNDS {
        if let Some(before) = last.take() {
            Program::stop(before)?;
        }
        quiet().await?;
        let begun = Instant::now();
        let coordinator = cluster.start_coordinator(&format!("data-{round}"))?;
        caught_up(&cluster, large_head).await?;
        let rate = LARGE as f64 / begun.elapsed().as_secs_f64();
        let (of, by) = (usage(node.pid())?, usage(coordinator.pid())?);
        eprintln!(
            "   round {round}: {rate:.0}/s; so far node {} ms, coordinator {} ms of processor time",
            of.ticks * 10,
            by.ticks * 10
        );
        rates.push(rate);
        last = Some(coordinator);
    }
    let coordinator = last.ok_or("no round was run")?;
    cluster.until_indexed().await?;
    let large = idle(&node, &coordinator).await?;
    let rate = median(rates);
    Ok(vec![
        Row {
            what: format!("federation, {LARGE} entries"),
            figure: format!("{rate:.0} entries/s"),
            floor: "pycsw 47/s on disk, 273/s on tmpfs (quoted, not measured here)".to_owned(),
            ratio: format!("{:.0}x the disk peer", rate / 47.0),
            target: ">= 20,000/s".to_owned(),
            met: rate >= 20_000.0,
        },
        quiescent(&format!("nothing new for 10 s, log of {SMALL}"), small),
        quiescent(&format!("nothing new for 10 s, log of {LARGE}"), large),
    ])
}

/// The resources used by node and coordinator together while idle.
#[derive(Clone, Copy)]
struct Idle {
    milliseconds: u64,
    read: u64,
    written: u64,
}

fn quiescent(what: &str, idle: Idle) -> Row {
    Row {
        what: what.to_owned(),
        figure: format!("{} ms of processor time, both", idle.milliseconds),
        floor: format!("{} B read, {} B written", idle.read, idle.written),
        ratio: format!("{:.2} % of a core", idle.milliseconds as f64 / 100.0),
        target: "about 0, whatever the log".to_owned(),
        met: idle.milliseconds <= 100 && idle.read < 64 * 1024,
    }
}

async fn idle(node: &Program, coordinator: &Program) -> Outcome<Idle> {
    // The store may still be compacting recent writes.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let both = || -> Outcome<_> { Ok([usage(node.pid())?, usage(coordinator.pid())?]) };
    let before = both()?;
    tokio::time::sleep(IDLE).await;
    let after = both()?;
    let grown = |of: fn(&crate::measure::Usage) -> u64| -> u64 {
        let sum = |usages: &[_; 2]| usages.iter().map(of).sum::<u64>();
        sum(&after) - sum(&before)
    };
    Ok(Idle {
        milliseconds: grown(|usage| usage.ticks) * 10,
        read: grown(|usage| usage.read),
        written: grown(|usage| usage.written),
    })
}

/// Waits until the coordinator has confirmed the node's log, which takes entries from then on.
async fn confirmed(cluster: &Cluster) -> Outcome<()> {
    let mut client = StatusServiceClient::new(cluster.to_node(0)?);
    let begun = Instant::now();
    while let Some(missing) = client
        .status(v1::StatusRequest::default())
        .await?
        .into_inner()
        .unconfirmed
    {
        if begun.elapsed() > Duration::from_secs(30) {
            return Err(format!("after 30 s the log is not confirmed: {missing:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The head of the node's log.
async fn head(cluster: &Cluster) -> Outcome<u64> {
    let mut client = StatusServiceClient::new(cluster.to_node(0)?);
    Ok(client
        .status(v1::StatusRequest::default())
        .await?
        .into_inner()
        .head)
}

/// Waits until the coordinator has applied the node's log up to its head.
async fn caught_up(cluster: &Cluster, head: u64) -> Outcome<()> {
    let mut client = StatusServiceClient::new(cluster.to_coordinator()?);
    let begun = Instant::now();
    loop {
        let status = client
            .status(v1::StatusRequest::default())
            .await?
            .into_inner();
        // It begins to follow once it serves.
        let Some(followed) = status.following.first() else {
            continue;
        };
        if followed.quarantined > 0 {
            return Err(format!("{} entries were set aside", followed.quarantined).into());
        }
        if followed.position >= head {
            return Ok(());
        }
        if begun.elapsed() > Duration::from_secs(300) {
            return Err(format!("after 300 s it is at {}", followed.position).into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
