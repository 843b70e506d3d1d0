//! Benchmarks: each figure is measured next to its floor or peer in the same run, so that the result is a
//! ratio independent of the machine. README.md describes the figures.
//!
//! The real programs are measured; nothing of the product depends on this crate.

mod alone;
mod calls;
mod cluster;
mod commits;
mod delivery;
mod entries;
mod federation;
mod hostile;
mod measure;
mod postgres;
mod processes;
mod reads;
mod search;
mod sheets;
mod tables;
mod tls;

use std::process::ExitCode;

use measure::{Outcome, Row};

const ALL: [&str; 9] = [
    "commits",
    "calls",
    "federation",
    "delivery",
    "hostile",
    "reads",
    "search",
    "sheets",
    "tables",
];

#[tokio::main]
async fn main() -> ExitCode {
    let mut chosen: Vec<String> = std::env::args().skip(1).collect();
    if let Some((alone::ARGUMENT, rest)) =
        chosen.split_first().map(|(one, rest)| (one.as_str(), rest))
    {
        return match alone::run(rest) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        };
    }
    if let Some(unknown) = chosen.iter().find(|name| !ALL.contains(&name.as_str())) {
        eprintln!("error: there is no benchmark '{unknown}'; there are {ALL:?}");
        return ExitCode::from(2);
    }
    if chosen.is_empty() {
        chosen = ALL.map(str::to_owned).to_vec();
    }
    let (mut rows, mut failed) = (Vec::new(), false);
    for name in &chosen {
        eprintln!("== {name}");
        if let Err(error) = run(name, &mut rows).await {
            eprintln!("error: {name}: {error}");
            failed = true;
        }
    }
    measure::print(&rows);
    // A missed target is left to the reader; only a failed measurement is a failure.
    ExitCode::from(u8::from(failed))
}

async fn run(name: &str, rows: &mut Vec<Row>) -> Outcome<()> {
    let measured = match name {
        // They take long: what is measured is kept if a later part fails.
        "reads" => return reads::run(rows).await,
        "tables" => return tables::run(rows).await,
        "commits" => commits::run().await,
        "calls" => calls::run().await,
        "federation" => federation::run().await,
        "hostile" => hostile::run().await,
        "search" => search::run().await,
        "sheets" => sheets::run().await,
        _ => delivery::run().await,
    };
    rows.extend(measured?);
    Ok(())
}
