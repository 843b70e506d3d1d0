//! Tables from node to node, and a query over the tables of two cities, by real programs: processor time next to that of
//! other software, and memory for a table and one of twice as many rows.

mod database;
mod deliveries;
mod exchange;
mod flight_peer;
mod joins;
mod made;

use std::env;

use self::deliveries::Permits;
use self::exchange::{CONSUMER, Exchange, Granted, INSPECTIONS, PERMITS};
use self::flight_peer::FlightPeer;
use self::made::HALF;
use crate::measure::{Outcome, Row, quiet, row};

/// The environment variable with the number of rows.
const SIZE: &str = "CHENGJI_BENCH_ROWS";
/// The number of rows without it; that of the targets is ten times as many.
const ROWS: u64 = 1_000_000;
/// Most memory of a node and of the query engine, bytes.
const MAX_MEMORY: u64 = 300 << 20;

/// Peak memory of the provider's node, the consumer's, and the query engine, bytes.
type Memory = [u64; 3];

/// Adds what is measured to `rows`, and prints it at once.
pub(crate) async fn run(rows: &mut Vec<Row>) -> Outcome<()> {
    let size = size()?;
    let mut add = |more: Vec<Row>| {
        for row in &more {
            eprintln!("   {}: {}", row.what, row.figure);
        }
        rows.extend(more);
    };
    let database = or_left_out("PostgreSQL", database::start(size));
    let exchange = Exchange::start(database.as_ref())?;
    made::write_permits(&exchange.file("permits"), size)?;
    made::write_inspections(&exchange.file("inspections"), size)?;
    let inspections = exchange.grant(INSPECTIONS, (0, "files:inspections"), &[]);
    let inspections = inspections.await?;
    let permits = Permits {
        all: exchange.grant(PERMITS, (0, "files:permits"), &[]).await?,
        half: exchange.grant(PERMITS, (1, "files:permits"), &HALF).await?,
        rows: size,
    };

    quiet().await?;
    // Nothing was received before.
    let sql = joins::sql(&permits.all.name, &inspections.name);
    let first = exchange.query(&sql).await?;
    let peer = FlightPeer::start(&exchange.cluster, (CONSUMER, PERMITS));
    let peer = or_left_out("pyarrow Flight", peer);
    add(deliveries::parquet(&exchange, &permits, peer.as_ref()).await?);
    if let Some(server) = &database {
        let with = (server, peer.as_ref());
        add(vec![deliveries::database(&exchange, size, with).await?]);
    }
    drop((peer, database));
    let (joined, engine) = joins::run(&exchange, &first, &sql).await?;
    add(joined);
    let once = memory(&exchange, engine)?;
    let twice = of_twice(exchange, &inspections, size).await?;
    add(memory_rows(once, twice));
    Ok(())
}

/// What was started, or `None` where it failed, which is reported: others are measured without it.
fn or_left_out<T>(what: &str, started: Outcome<Option<T>>) -> Option<T> {
    started.unwrap_or_else(|error| {
        eprintln!("   {what} is not measured: {error}");
        None
    })
}

fn size() -> Outcome<u64> {
    let size = match env::var(SIZE) {
        Ok(text) => text
            .parse::<u64>()
            .map_err(|error| format!("{SIZE}: {error}"))?,
        Err(_) => ROWS,
    };
    match size {
        0 => Err(format!("{SIZE}: at least 1").into()),
        _ => Ok(size),
    }
}

fn memory(exchange: &Exchange, engine: u64) -> Outcome<Memory> {
    Ok([
        exchange.memory(PERMITS)?,
        exchange.memory(CONSUMER)?,
        engine,
    ])
}

/// Delivers and joins a table of twice as many rows with nodes that were started anew.
async fn of_twice(exchange: Exchange, inspections: &Granted, size: u64) -> Outcome<Memory> {
    let exchange = exchange.restart()?;
    made::write_permits(&exchange.file("twice"), 2 * size)?;
    let permits = exchange.grant(PERMITS, (3, "files:twice"), &[]).await?;
    exchange.fetch(&permits, 2 * size).await?;
    let sql = joins::sql(&permits.name, &inspections.name);
    let queried = exchange.query(&sql).await?;
    memory(&exchange, queried.engine)
}

fn memory_rows(once: Memory, twice: Memory) -> Vec<Row> {
    let programs = [
        "the provider's node",
        "the consumer's node",
        "the query engine",
    ];
    let both = programs.into_iter().zip(once).zip(twice);
    let rows = both.map(|((program, once), twice)| {
        row(
            &format!("peak memory of {program} for all of this"),
            format!(
                "{} MiB, for twice as many rows {} MiB",
                once >> 20,
                twice >> 20
            ),
            "-",
            "<= 300 MiB",
            once.max(twice) <= MAX_MEMORY,
        )
    });
    rows.collect()
}
