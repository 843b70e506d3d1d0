//! The sharing rate: now, at the end of a past month, and as a series; and the report of that month.

use std::time::{Duration, Instant};

use chengji_domain::report::Month;
use chengji_proto::convert::time_to;
use chengji_proto::v1;
use chengji_proto::v1::rate_service_client::RateServiceClient;
use chengji_proto::v1::report_service_client::ReportServiceClient;
use jiff::Timestamp;

use crate::cluster::Cluster;
use crate::measure::{Outcome, Row, latencies};

/// Calls for the present, for the past, and for the report of a month.
const NOW: usize = 200;
const PAST: usize = 10;
const REPORTS: usize = 3;

/// Measures the rate now and at the end of a past month, if there is one, and the report of that month.
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
        rows.push(report(cluster, month).await?);
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

/// The first page of the report, for which all of the month is counted.
async fn report(cluster: &Cluster, month: Timestamp) -> Outcome<Row> {
    let mut client = ReportServiceClient::new(cluster.to_coordinator()?);
    let (mut took, mut submitted) = (Vec::new(), 0);
    for _ in 0..REPORTS {
        let asked = v1::MonthReportRequest {
            month: Month::of(month).to_string(),
            ..Default::default()
        };
        let begun = Instant::now();
        let total = client.month(asked).await?.into_inner().total;
        took.push(begun.elapsed());
        let provided = total.and_then(|total| total.provided);
        submitted = provided.map_or(0, |provided| provided.submitted);
    }
    let about = format!("{submitted} requests");
    Ok(latencies(
        "the report of the past month",
        &mut took,
        &about,
        "-",
        None,
    ))
}
