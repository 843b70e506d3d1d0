//! pycsw on SQLite, by the script `harvesting.py`: harvesting over HTTP, and searches of its table, filled by SQL.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::peer_searches::{self, Latencies};
use super::size::Size;
use crate::measure::Outcome;

/// The environment variable with a Python that has pycsw.
const PYTHON: &str = "CHENGJI_BENCH_PYCSW";
const SCRIPT: &str = include_str!("harvesting.py");

/// Measures harvested entries a second, and searches; `None` where pycsw is missing.
pub(super) fn run(folder: &Path, texts: &Path, size: Size) -> Outcome<Option<(f64, Latencies)>> {
    let Some(python) = std::env::var_os(PYTHON) else {
        eprintln!("   {PYTHON} is not set: pycsw is not measured");
        return Ok(None);
    };
    fs::create_dir_all(folder)?;
    let (script, searches) = (folder.join("harvesting.py"), folder.join("searches.tsv"));
    fs::write(&script, SCRIPT)?;
    // It reads the whole table for each.
    let kinds = peer_searches::of(size, |_| true);
    let lines = kinds
        .iter()
        .enumerate()
        .flat_map(|(number, (_, all))| all.iter().map(move |words| format!("{number}\t{words}\n")));
    fs::write(&searches, lines.collect::<String>())?;
    let output = Command::new(python)
        .arg(script)
        .args([folder, texts])
        .arg(size.harvest.to_string())
        .arg(searches)
        .output()?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(format!("pycsw: {told}").into());
    }
    let kinds = kinds.into_iter().map(|(kind, _)| (kind, Vec::new()));
    let (mut latencies, mut harvested): (Latencies, _) = (kinds.collect(), 0.0);
    for line in String::from_utf8(output.stdout)?.lines() {
        let Some((what, number)) = line.split_once('\t') else {
            continue;
        };
        let number: f64 = number.parse()?;
        match what
            .parse::<usize>()
            .ok()
            .and_then(|kind| latencies.get_mut(kind))
        {
            Some((_, took)) => took.push(Duration::from_secs_f64(number / 1e3)),
            None => harvested = number,
        }
    }
    Ok(Some((harvested, latencies)))
}
