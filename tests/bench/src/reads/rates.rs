//! The sharing rate: now, at the end of a past month, and as a series.

use std::time::{Duration, Instant};

use chengji_proto::convert::time_to;
use chengji_proto::v1;
use chengji_proto::v1::rate_service_client::RateServiceClient;
use jiff::Timestamp;

use crate::cluster::Cluster;
use crate::measure::{Outcome, Row, latencies};

/// Calls for the present, and for the past.
const NOW: usize = 200;
const PAST: usize = 10;

/// Measures the rate now and at the end of a past month, if there is one.
pub(super) async fn run(cluster: &Cluster, month: Option<Timestamp>) -> Outcome<Vec<Row>> {
    let mut rows = vec![
        show(
            cluster,
            "the rate now",
            None,
            (NOW, Duration::from_millis(5)),
        )
        .await?,
    ];
    if let Some(month) = month {
        let most = Duration::from_secs(1);
        let what = "the rate at the end of the past month";
        rows.push(show(cluster, what, Some(month), (PAST, most)).await?);
        rows.push(history(cluster).await?);
    }
    Ok(rows)
}

async fn show(
    cluster: &Cluster,
    what: &str,
    at: Option<Timestamp>,
    (calls, most): (usize, Duration),
) -> Outcome<Row> {
    let mut client = RateServiceClient::new(cluster.to_coordinator()?);
    let (mut took, mut about) = (Vec::new(), String::new());
    for _ in 0..calls {
        let asked = v1::ComputeRateRequest {
            at: at.map(time_to),
            ..Default::default()
        };
        let begun = Instant::now();
        let report = client.compute(asked).await?.into_inner();
        took.push(begun.elapsed());
        let figures = report.cluster.and_then(|cluster| cluster.entries);
        let entries = figures.ok_or("there are no figures")?;
        about = format!("{} of {} entries", entries.numerator, entries.denominator);
    }
    let target = format!("p99 <= {} ms", most.as_millis());
    Ok(latencies(what, &mut took, &about, &target, Some(most)))
}

async fn history(cluster: &Cluster) -> Outcome<Row> {
    let mut client = RateServiceClient::new(cluster.to_coordinator()?);
    let (mut took, mut points) = (Vec::new(), 0);
    for _ in 0..PAST {
        let asked = v1::RateHistoryRequest {
            every: v1::RateInterval::Day.into(),
            ..Default::default()
        };
        let begun = Instant::now();
        points = client.history(asked).await?.into_inner().points.len();
        took.push(begun.elapsed());
    }
    let about = format!("{points} points");
    Ok(latencies(
        "the rate of each day since the founding",
        &mut took,
        &about,
        "-",
        None,
    ))
}
