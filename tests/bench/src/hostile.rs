//! The effect of a hostile caller on an honest one: the median time of its calls while the node is
//! attacked, next to the same without an attack, alternating in the same run. Attacker, honest caller and
//! node share this machine's cores, so part of the measurement is the attacker's own work.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chengji_proto::v1::StatusRequest;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_tests::Attack;
use chengji_transport::IdentityFiles;

use crate::cluster::Cluster;
use crate::measure::{Outcome, Row, median, peak_memory, quiet};

const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(1);
const MAX_MEMORY: u64 = 256 << 20;

pub(crate) async fn run() -> Outcome<Vec<Row>> {
    let cluster = Cluster::new(2)?;
    let _coordinator = cluster.start_coordinator("data")?;
    let node = cluster.start_node(0)?;
    let folder = cluster.node_folder(1);
    let files = IdentityFiles {
        identity: folder.join("identity.pem"),
        ca: folder.join("ca.pem"),
    };
    quiet().await?;
    let mut rows = Vec::new();
    for attack in Attack::ALL {
        let (mut floors, mut figures) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            floors.push(latency(&cluster).await?);
            let over = Arc::new(AtomicBool::new(false));
            let attacking = tokio::spawn({
                let (over, address, files) = (over.clone(), cluster.address(1), files.clone());
                async move {
                    while !over.load(Ordering::SeqCst) {
                        let mut under_way = attack.begin(&address, &files);
                        under_way.until_all().await;
                        under_way.end().await;
                    }
                }
            });
            figures.push(latency(&cluster).await?);
            over.store(true, Ordering::SeqCst);
            attacking.await?;
        }
        let (floor, figure) = (median(floors), median(figures));
        rows.push(Row {
            what: format!("honest call while another {attack:?}"),
            figure: format!("{:.0} us", figure * 1e6),
            floor: format!("quiet {:.0} us", floor * 1e6),
            ratio: format!("{:.2}", figure / floor),
            target: "<= 2".to_owned(),
            met: figure <= 2.0 * floor,
        });
    }
    let peak = peak_memory(node.pid())?;
    rows.push(Row {
        what: "peak memory of the attacked node".to_owned(),
        figure: format!("{} MiB", peak >> 20),
        floor: "-".to_owned(),
        ratio: format!("{} MiB", peak >> 20),
        target: "< 256 MiB".to_owned(),
        met: peak < MAX_MEMORY,
    });
    Ok(rows)
}

/// The median time of a call, seconds, at a permitted rate.
async fn latency(cluster: &Cluster) -> Outcome<f64> {
    let mut client = StatusServiceClient::new(cluster.to_node(0)?);
    client.status(StatusRequest::default()).await?;
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < ROUND {
        let call = Instant::now();
        client.status(StatusRequest::default()).await?;
        times.push(call.elapsed().as_secs_f64());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(median(times))
}
