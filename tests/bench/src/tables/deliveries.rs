//! Deliveries of a table from node to node, next to the same table served by Flight of pyarrow.

use std::time::Duration;

use super::exchange::{Exchange, Granted, PERMITS};
use super::flight_peer::{FlightPeer, Ticket};
use super::made::{COLUMNS, HALF};
use crate::measure::{Outcome, Row, median, settled};
use crate::postgres::Server;

const ROUNDS: usize = 3;
/// Processor time of the nodes for Parquet files, at most so many times that of the peer.
const MAX_PARQUET: f64 = 1.3;
/// The same for a table of PostgreSQL.
const MAX_DATABASE: f64 = 1.5;

/// The permits, as they are granted.
pub(super) struct Permits {
    /// All columns.
    pub(super) all: Granted,
    /// Half of the columns.
    pub(super) half: Granted,
    /// Number of rows.
    pub(super) rows: u64,
}

/// Processor time of the two sides in several rounds, seconds.
#[derive(Default)]
struct Rounds(Vec<[f64; 2]>);

impl Rounds {
    fn add(&mut self, used: [Duration; 2]) {
        self.0.push(used.map(|side| side.as_secs_f64()));
    }

    fn is_measured(&self) -> bool {
        !self.0.is_empty()
    }

    /// The median of both sides together.
    fn whole(&self) -> f64 {
        median(self.0.iter().map(|used| used.iter().sum::<f64>()).collect())
    }

    fn shown(&self) -> String {
        let side = |side: usize| median(self.0.iter().map(|used| used[side]).collect());
        format!("{:.2} + {:.2} CPU-s", side(0), side(1))
    }
}

/// Delivers the permits of a Parquet file: all columns, and half of them.
pub(super) async fn parquet(
    exchange: &Exchange,
    permits: &Permits,
    peer: Option<&FlightPeer>,
) -> Outcome<Vec<Row>> {
    let file = exchange.file("permits");
    let (all, half) = (Ticket::parquet(&file, &[]), Ticket::parquet(&file, &HALF));
    let all = deliver(exchange, &permits.all, permits.rows, (peer, &all)).await?;
    let half = deliver(exchange, &permits.half, permits.rows, (peer, &half)).await?;
    let what = format!(
        "Parquet of {} rows, {} MiB as Arrow, from node to node: provider + consumer",
        permits.rows,
        all.bytes >> 20
    );
    let version = peer.map(|peer| format!("pyarrow Flight {}", peer.version));
    let first = all.compared(what, version.as_deref(), MAX_PARQUET);
    let version = version.filter(|_| half.peer.is_measured());
    let beside = version.map(|version| format!("; {version}: {}", half.peer.shown()));
    let second = Row {
        what: format!(
            "the same with {} of {COLUMNS} columns granted, {} MiB",
            HALF.len(),
            half.bytes >> 20
        ),
        figure: half.own.shown(),
        floor: format!(
            "all columns: {}{}",
            all.own.shown(),
            beside.unwrap_or_default()
        ),
        ratio: format!("{:.2}x", half.own.whole() / all.own.whole()),
        target: "< 1x".to_owned(),
        met: half.own.whole() < all.own.whole(),
    };
    Ok(vec![first, second])
}

/// Delivers the permits of a table of PostgreSQL.
pub(super) async fn database(
    exchange: &Exchange,
    rows: u64,
    (server, peer): (&Server, Option<&FlightPeer>),
) -> Outcome<Row> {
    let granted = exchange.grant(PERMITS, (2, "database:public.permits"), &[]);
    let ticket = Ticket::database(server, "permits");
    let delivered = deliver(exchange, &granted.await?, rows, (peer, &ticket)).await?;
    let what = format!(
        "PostgreSQL table of {rows} rows from node to node, without the server: provider + consumer"
    );
    let version = peer.map(|peer| format!("ADBC and pyarrow Flight {}", peer.version));
    Ok(delivered.compared(what, version.as_deref(), MAX_DATABASE))
}

/// Deliveries, and those of the peer.
struct Compared {
    own: Rounds,
    peer: Rounds,
    bytes: u64,
}

impl Compared {
    /// The row of processor times, compared with those of the peer of this name, if there is one.
    fn compared(&self, what: String, peer: Option<&str>, most: f64) -> Row {
        let peer = peer.filter(|_| self.peer.is_measured());
        let times = self.own.whole() / self.peer.whole();
        Row {
            what,
            figure: self.own.shown(),
            floor: peer.map_or("pyarrow Flight: not measured".to_owned(), |peer| {
                format!("{peer}: {} (server + client)", self.peer.shown())
            }),
            ratio: peer.map_or("-".to_owned(), |_| format!("{times:.2}x")),
            target: peer.map_or("-".to_owned(), |_| format!("<= {most}x")),
            met: peer.is_none() || times <= most,
        }
    }
}

/// Delivers a table in rounds, by turns with the peer. If that fails, it is reported and left out.
async fn deliver(
    exchange: &Exchange,
    table: &Granted,
    rows: u64,
    (mut peer, ticket): (Option<&FlightPeer>, &Ticket),
) -> Outcome<Compared> {
    let (mut own, mut theirs, mut bytes) = (Rounds::default(), Rounds::default(), 0);
    for _ in 0..ROUNDS {
        if let Some(running) = peer {
            settled().await?;
            match running.receive(ticket, rows) {
                Ok(used) => theirs.add(used),
                Err(error) => {
                    eprintln!("   {error}");
                    (peer, theirs) = (None, Rounds::default());
                }
            }
        }
        settled().await?;
        let delivered = exchange.fetch(table, rows).await?;
        own.add(delivered.used);
        bytes = delivered.bytes;
    }
    Ok(Compared {
        own,
        peer: theirs,
        bytes,
    })
}
