//! A coordinator and three nodes: a consumer's, and those of two cities that share tables.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::receive_response::Event;

use crate::cluster::{CITIES, Cluster, Program};
use crate::delivery::granted;
use crate::entries;
use crate::measure::{Outcome, peak_memory};
use crate::postgres::{DATABASE, Server, USER};
use crate::processes::{children, ended_children, processor_time};

/// The city that receives tables and queries them.
pub(super) const CONSUMER: usize = 0;
/// The city of the permits.
pub(super) const PERMITS: usize = 1;
/// The city of the inspections.
pub(super) const INSPECTIONS: usize = 2;

/// The program that runs a query.
const ENGINE: &str = "chengji-query-engine";
/// Interval between samples of the memory of engines, each of which looks through all processes of the machine while
/// there is none.
const LOOK: Duration = Duration::from_millis(50);
/// Maximum time until a node has waited for its ended engines.
const MAX_ENDING: Duration = Duration::from_secs(10);

/// The programs, of which the nodes may be started anew.
pub(super) struct Exchange {
    nodes: [Program; CITIES.len()],
    _coordinator: Program,
    // Last, so that the programs have ended before their files are removed.
    pub(super) cluster: Cluster,
}

/// A table that is granted to the consumer.
pub(super) struct Granted {
    request: String,
    /// Its name in queries.
    pub(super) name: String,
}

/// A delivery, from the fetch until the receipts are durable.
pub(super) struct Delivered {
    /// Processor time of the provider's node and of the consumer's.
    pub(super) used: [Duration; 2],
    /// Size as a stream in Arrow IPC format.
    pub(super) bytes: u64,
}

/// A query, from the start of the command line until its end.
pub(super) struct Queried {
    /// The printed lines.
    pub(super) lines: Vec<String>,
    pub(super) took: Duration,
    /// Processor time of the command line, all nodes, and the engine.
    pub(super) used: Duration,
    /// Most memory of the engine, bytes.
    pub(super) engine: u64,
}

impl Exchange {
    /// Sets up the cluster, and starts it. Tables are the Parquet files in the folder of files, and those of a database.
    pub(super) fn start(database: Option<&Server>) -> Outcome<Self> {
        let cluster = Cluster::new(CITIES.len())?;
        let folder = cluster.path("shared");
        let files = format!("\n[sources.files]\nkind = \"parquet\"\nfolder = \"{folder}\"\n");
        for city in [PERMITS, INSPECTIONS] {
            cluster.add_node_settings(city, &files)?;
        }
        if let Some(server) = database {
            let folder = server.folder();
            let source = format!(
                "\n[sources.database]\nkind = \"postgresql\"\nhost = \"{folder}\"\ndatabase = \"{DATABASE}\"\n\
                user = \"{USER}\"\ntls = \"off\"\nstatement_seconds = 3600\n"
            );
            cluster.add_node_settings(PERMITS, &source)?;
        }
        let coordinator = cluster.start_coordinator("data")?;
        let nodes = start_nodes(&cluster)?;
        Ok(Self {
            nodes,
            _coordinator: coordinator,
            cluster,
        })
    }

    /// Starts all nodes anew, so that their peak memory begins anew.
    pub(super) fn restart(self) -> Outcome<Self> {
        for node in self.nodes {
            node.stop()?;
        }
        let nodes = start_nodes(&self.cluster)?;
        Ok(Self { nodes, ..self })
    }

    /// The file of a table.
    pub(super) fn file(&self, table: &str) -> PathBuf {
        Path::new(&self.cluster.path("shared")).join(format!("{table}.parquet"))
    }

    /// Mounts a table at a new entry of this number, of which these columns are shared, or all if there are none, and
    /// has it granted to the consumer.
    pub(super) async fn grant(
        &self,
        city: usize,
        (number, table): (usize, &str),
        columns: &[&str],
    ) -> Outcome<Granted> {
        entries::publish(&self.cluster, city, number..number + 1).await?;
        let code = entries::entry(number)?.code;
        let mut catalogue = CatalogueServiceClient::new(self.cluster.to_node(city)?);
        let mount = v1::MountRequest {
            code: code.clone(),
            table: table.to_owned(),
            ..v1::MountRequest::default()
        };
        let mounted = catalogue.mount(mount).await?.into_inner().message().await?;
        mounted.ok_or("the mount ended without a record")?;
        if !columns.is_empty() {
            let scope = v1::ProposedScope {
                columns: columns.iter().map(|name| (*name).to_owned()).collect(),
                ..v1::ProposedScope::default()
            };
            let default = v1::SetDefaultScopeRequest {
                code: code.clone(),
                scope: Some(scope),
            };
            catalogue.set_default_scope(default).await?;
        }
        let name = format!(r#"granted."{}"."{}""#, CITIES[city], code.replace('/', ""));
        let request = granted(&self.cluster, (CONSUMER, city), code).await?;
        Ok(Granted { request, name })
    }

    /// Fetches a table of this many rows.
    pub(super) async fn fetch(&self, table: &Granted, rows: u64) -> Outcome<Delivered> {
        let before = self.times([PERMITS, CONSUMER])?;
        let mut client = DeliveryServiceClient::new(self.cluster.to_node(CONSUMER)?);
        let asked = v1::ReceiveRequest {
            request: table.request.clone(),
            ..v1::ReceiveRequest::default()
        };
        let mut responses = client.receive(asked).await?.into_inner();
        while let Some(item) = responses.message().await? {
            let Some(Event::Done(done)) = item.event else {
                continue;
            };
            let after = self.times([PERMITS, CONSUMER])?;
            let receipt = done.receipt.ok_or("the fetch has no receipt")?;
            if receipt.rows != Some(rows) {
                return Err(format!("received {:?} of {rows} rows", receipt.rows).into());
            }
            return Ok(Delivered {
                used: [after[0] - before[0], after[1] - before[1]],
                bytes: receipt.bytes,
            });
        }
        Err("the fetch ended without an outcome".into())
    }

    /// Runs a query by the command line of the consumer's person.
    pub(super) async fn query(&self, sql: &str) -> Outcome<Queried> {
        let all = [CONSUMER, PERMITS, INSPECTIONS];
        let before = (self.times(all)?, ended_children()?);
        let mut command = self.cluster.command("bench", &["query", sql])?;
        let (lines, took, engine) = self.watched(&mut command)?;
        let begun = Instant::now();
        while !children(self.nodes[CONSUMER].pid(), ENGINE)?.is_empty() {
            if begun.elapsed() > MAX_ENDING {
                return Err("the engine of a query does not end".into());
            }
            tokio::time::sleep(LOOK).await;
        }
        let after = (self.times(all)?, ended_children()?);
        let sum = |times: [Duration; 3]| times.into_iter().sum::<Duration>();
        Ok(Queried {
            lines,
            took,
            used: sum(after.0) + after.1 - sum(before.0) - before.1,
            engine,
        })
    }

    /// The peak memory of a city's node, bytes.
    pub(super) fn memory(&self, city: usize) -> Outcome<u64> {
        peak_memory(self.nodes[city].pid())
    }

    fn times<const N: usize>(&self, cities: [usize; N]) -> Outcome<[Duration; N]> {
        let mut times = [Duration::ZERO; N];
        for (time, city) in times.iter_mut().zip(cities) {
            *time = processor_time(self.nodes[city].pid())?;
        }
        Ok(times)
    }

    /// Runs a command to its end: the lines that it printed, its duration, and the most memory of an engine meanwhile.
    fn watched(&self, command: &mut Command) -> Outcome<(Vec<String>, Duration, u64)> {
        let (node, is_done) = (self.nodes[CONSUMER].pid(), AtomicBool::new(false));
        let (output, took, most) = thread::scope(|scope| {
            let watching = scope.spawn(|| most_memory(node, &is_done));
            let begun = Instant::now();
            let output = command.output();
            let took = begun.elapsed();
            is_done.store(true, Ordering::Relaxed);
            (output, took, watching.join())
        });
        let most = most.map_err(|_| "the watch of the engine panicked")?;
        let output = output?;
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr);
            return Err(format!("the query failed: {told}").into());
        }
        let printed = String::from_utf8(output.stdout)?;
        let lines = printed.lines().map(str::to_owned);
        Ok((lines.collect(), took, most))
    }
}

/// The most memory of an engine of a node until all is done, bytes.
fn most_memory(node: u32, is_done: &AtomicBool) -> u64 {
    let (mut engine, mut most) = (None, 0);
    while !is_done.load(Ordering::Relaxed) {
        let known = engine.and_then(|pid| peak_memory(pid).ok());
        let memory = known.or_else(|| {
            let engines = children(node, ENGINE).unwrap_or_default();
            engine = engines.first().copied();
            peak_memory(engine?).ok()
        });
        most = memory.unwrap_or_default().max(most);
        thread::sleep(LOOK);
    }
    most
}

fn start_nodes(cluster: &Cluster) -> Outcome<[Program; CITIES.len()]> {
    Ok([
        cluster.start_node(CONSUMER)?,
        cluster.start_node(PERMITS)?,
        cluster.start_node(INSPECTIONS)?,
    ])
}
