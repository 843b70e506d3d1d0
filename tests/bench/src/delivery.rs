//! A file of 1 GiB from one node to another, next to the same bytes copied over plain TLS.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::receive_response::Event;
use chengji_proto::v1::request_service_client::RequestServiceClient;
use rustls::{ClientConnection, ServerConnection, StreamOwned};

use crate::cluster::{CITIES, Cluster};
use crate::entries;
use crate::measure::{Outcome, Row, median, peak_memory, settled, usage};
use crate::tls;

const SIZE: u64 = 1 << 30;
const ROUNDS: usize = 5;
const MAX_MEMORY: u64 = 150 << 20;

pub(crate) async fn run() -> Outcome<Vec<Row>> {
    let cluster = Cluster::new(2)?;
    let _coordinator = cluster.start_coordinator("data")?;
    let (provider, consumer) = (cluster.start_node(0)?, cluster.start_node(1)?);
    let file = cluster.path("shared/large.bin");
    fill(Path::new(&file))?;
    entries::publish(&cluster, 0, 0..1).await?;
    let code = entries::entry(0)?.code;
    let mut catalogue = CatalogueServiceClient::new(cluster.to_node(0)?);
    let path = file.clone();
    let mount = v1::MountRequest {
        code: code.clone(),
        path,
        ..v1::MountRequest::default()
    };
    catalogue.mount(mount).await?.into_inner().message().await?;
    let request = granted(&cluster, (1, 0), code).await?;

    let (mut floors, mut figures) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        settled().await?;
        floors.push(plain(&cluster, &file, round)?);
        settled().await?;
        let before = (usage(provider.pid())?.ticks, usage(consumer.pid())?.ticks);
        figures.push(fetch(&cluster, &request).await?);
        eprintln!(
            "   round {round}: plain {:.0} MB/s, delivered {:.0} MB/s; processor time provider {} \
             ms, consumer {} ms",
            floors[round],
            figures[round],
            (usage(provider.pid())?.ticks - before.0) * 10,
            (usage(consumer.pid())?.ticks - before.1) * 10
        );
    }
    let (floor, figure) = (median(floors), median(figures));
    let mut rows = vec![Row {
        what: "delivery of 1 GiB".to_owned(),
        figure: format!("{figure:.0} MB/s"),
        floor: format!("file to TLS to file {floor:.0} MB/s"),
        ratio: format!("{:.2}", figure / floor),
        target: ">= 0.6".to_owned(),
        met: figure >= 0.6 * floor,
    }];
    for (who, program) in [("provider", &provider), ("consumer", &consumer)] {
        let peak = peak_memory(program.pid())?;
        rows.push(Row {
            what: format!("peak memory, {who}"),
            figure: format!("{} MiB", peak >> 20),
            floor: "-".to_owned(),
            ratio: format!("{} MiB", peak >> 20),
            target: "< 150 MiB".to_owned(),
            met: peak < MAX_MEMORY,
        });
    }
    Ok(rows)
}

/// Bytes that no layer can compress.
fn fill(path: &Path) -> Outcome<()> {
    let (mut file, mut state) = (File::create(path)?, 0x9e37_79b9_7f4a_7c15_u64);
    let mut block = vec![0; 1 << 20];
    for _ in 0..SIZE >> 20 {
        for word in block.chunks_exact_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            word.copy_from_slice(&state.to_le_bytes());
        }
        file.write_all(&block)?;
    }
    Ok(file.sync_all()?)
}

/// Submits a request for the entry as one city to another, and waits until it is granted.
pub(crate) async fn granted(
    cluster: &Cluster,
    (consumer, provider): (usize, usize),
    code: String,
) -> Outcome<String> {
    let mut requests = RequestServiceClient::new(cluster.to_node(consumer)?);
    let key = format!("{}-{}", CITIES[provider], code.replace('/', "-"));
    let submission = v1::Submission {
        provider: CITIES[provider].to_owned(),
        code,
        purpose: "measurement".to_owned(),
        legal_basis: "measurement".to_owned(),
        scope: "all".to_owned(),
        manner: v1::ShareManner::File.into(),
        period_days: 30,
        department: String::new(),
        part: None,
        scenario: "measurement".to_owned(),
    };
    let begun = Instant::now();
    loop {
        // The same key is the same request; the coordinator may not know the entry at first.
        let submit = v1::SubmitRequest {
            submission: Some(submission.clone()),
            idempotency_key: format!("{key}-{}", begun.elapsed().as_secs()),
            paper: "measurement".to_owned(),
        };
        let submitted = requests.submit(submit).await?.into_inner();
        let Some(v1::submit_response::Made::Request(request)) = submitted.made else {
            return Err("the node does not consent on paper".into());
        };
        if request.state() == v1::RequestState::Granted {
            return Ok(request.id);
        }
        if begun.elapsed() > Duration::from_secs(60) {
            return Err(format!("not granted within a minute: {request:?}").into());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// MB/s of a fetch, until the file has its name and the receipts are durable.
async fn fetch(cluster: &Cluster, request: &str) -> Outcome<f64> {
    let mut client = DeliveryServiceClient::new(cluster.to_node(1)?);
    let begun = Instant::now();
    let asked = v1::ReceiveRequest {
        request: request.to_owned(),
        ..v1::ReceiveRequest::default()
    };
    let mut responses = client.receive(asked).await?.into_inner();
    while let Some(item) = responses.message().await? {
        if let Some(Event::Done(done)) = item.event {
            let rate = SIZE as f64 / 1e6 / begun.elapsed().as_secs_f64();
            if std::fs::metadata(&done.path)?.len() != SIZE {
                return Err("the file that came has another size".into());
            }
            return Ok(rate);
        }
    }
    Err("the fetch ended without an outcome".into())
}

/// MB/s of the same bytes from file to file over mutual TLS, in two threads.
fn plain(cluster: &Cluster, source: &str, round: usize) -> Outcome<f64> {
    let server = Arc::new(tls::server(&cluster.node_folder(0))?);
    let client = Arc::new(tls::client(&cluster.node_folder(1))?);
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let (addr, mut from) = (listener.local_addr()?, File::open(source)?);
    let target = cluster.path(&format!("plain-{round}"));
    let begun = Instant::now();
    let sender = std::thread::spawn(move || -> Outcome<()> {
        let connection = ServerConnection::new(server)?;
        let mut stream = StreamOwned::new(connection, listener.accept()?.0);
        copy(&mut from, &mut stream)?;
        stream.conn.send_close_notify();
        stream.flush()?;
        Ok(())
    });
    let connection = ClientConnection::new(client, "localhost".try_into()?)?;
    let mut stream = StreamOwned::new(connection, TcpStream::connect(addr)?);
    let mut to = File::create(&target)?;
    stream.flush()?;
    copy(&mut stream, &mut to)?;
    to.sync_all()?;
    let rate = SIZE as f64 / 1e6 / begun.elapsed().as_secs_f64();
    sender.join().map_err(|_| "the sender panicked")??;
    if to.metadata()?.len() != SIZE {
        return Err("the plain copy is not whole".into());
    }
    std::fs::remove_file(&target)?;
    Ok(rate)
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    let mut block = vec![0; 1 << 20];
    loop {
        let read = from.read(&mut block)?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(&block[..read])?;
    }
}
