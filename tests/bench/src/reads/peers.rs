//! Other software with the same texts and the same searches, on the same machine, one after the other.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use super::peer_searches::Latencies;
use super::searches::Searched;
use super::size::Size;
use super::{postgres, pycsw};
use crate::cluster::Cluster;
use crate::measure::{Outcome, Row, millis, percentile};
use crate::search::names;

/// Our figures, with which peers are compared.
pub(super) struct Ours {
    pub(super) searched: Vec<Searched>,
    /// Log entries that are followed in a second.
    pub(super) followed: f64,
}

/// Measures the peers that there are, and compares them.
pub(super) async fn run(cluster: &Cluster, size: Size, ours: &Ours) -> Outcome<Vec<Row>> {
    let texts = PathBuf::from(cluster.path("texts.tsv"));
    write_texts(&texts, size)?;
    let mut rows = Vec::new();
    let path = texts.clone();
    let found = tokio::task::spawn_blocking(move || postgres::run(&path, size)).await??;
    rows.extend(compared(ours, found.unwrap_or_default(), "PostgreSQL"));
    let folder = PathBuf::from(cluster.path("pycsw"));
    let found = tokio::task::spawn_blocking(move || pycsw::run(&folder, &texts, size)).await??;
    let Some((harvested, found)) = found else {
        return Ok(rows);
    };
    rows.push(Row {
        what: format!(
            "following, against pycsw harvesting {} entries",
            size.harvest
        ),
        figure: format!("{:.0} entries/s", ours.followed),
        floor: format!("pycsw {harvested:.0}/s"),
        ratio: format!("{:.0}x", ours.followed / harvested),
        target: "-".to_owned(),
        met: true,
    });
    rows.extend(compared(ours, found, "pycsw"));
    Ok(rows)
}

/// Compares our median with a peer's, for each kind of search.
fn compared(ours: &Ours, theirs: Latencies, peer: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for (kind, mut took) in theirs {
        let name = kind.name();
        let Some(own) = ours.searched.iter().find(|own| own.kind.name() == name) else {
            continue;
        };
        let (half, most) = (percentile(&mut took, 50), percentile(&mut took, 99));
        let faster = half.as_secs_f64() / own.half.as_secs_f64();
        rows.push(Row {
            what: format!("search, {name}: against {peer}"),
            figure: format!("p50 {}, p99 {}", millis(own.half), millis(own.most)),
            floor: format!("{peer}: p50 {}, p99 {}", millis(half), millis(most)),
            ratio: format!("{faster:.1}x as fast"),
            target: "-".to_owned(),
            met: true,
        });
    }
    rows
}

/// Writes a line for each entry: id, name, abstract, provider and items, separated by tabs.
fn write_texts(path: &Path, size: Size) -> Outcome<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for number in 0..size.entries {
        let entry = names::entry(number, 0);
        let items = entry.items.join("、");
        writeln!(
            file,
            "{number}\t{}\t{}\t{}\t{items}",
            entry.name, entry.summary, entry.provider
        )?;
    }
    Ok(file.flush()?)
}
