//! Calls that one person opens, fills and leaves open: their memory is accounted to that person. Beyond
//! the limit they are refused, others continue, and the memory is given back at their end.

use std::fs;
use std::sync::{Arc, Mutex};

use chengji_domain::ErrorCode;
use chengji_proto::status::to_error;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_tests::{Cluster, eventually, identity_of};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Response, Status, Streaming};

use crate::at_once::{steps, summary};

const CITY: &str = "430100";
/// Number of concurrent calls of one person.
const CALLS: usize = 16;
/// Memory limit of one person, bytes: half of what the calls send.
const BUDGET: usize = 16 << 20;
/// Number of messages of one call, some 200 KB each.
const MESSAGES: u64 = 10;
const MAX_MEMORY: u64 = 256 << 20;

/// A cluster whose node has a small memory limit per person.
fn cluster() -> Cluster {
    let cluster = Cluster::of_processes(&[CITY]);
    let node = cluster.node(CITY);
    node.terminate();
    let settings = fs::read_to_string(&node.config).unwrap();
    let limits = format!("{settings}\n[limits]\nmemory_per_peer = {BUDGET}\n");
    fs::write(&node.config, limits).unwrap();
    node.start();
    cluster
}

/// Calls that are held open until this is dropped, and the errors of refused ones.
struct HeldOpen {
    refused: Arc<Mutex<Vec<ErrorCode>>>,
    calls: Vec<JoinHandle<()>>,
}

impl HeldOpen {
    /// Makes the calls, each of which sends these messages without ending the stream.
    fn new<M, N, F, A>(cluster: &Cluster, messages: impl Fn(usize) -> Vec<M>, call: F) -> Self
    where
        M: Send + 'static,
        N: Send + 'static,
        F: Fn(ReceiverStream<M>) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Result<Response<Streaming<N>>, Status>> + Send,
    {
        let refused = Arc::new(Mutex::new(Vec::new()));
        let calls = (0..CALLS).map(|number| {
            let (messages, call) = (messages(number), call.clone());
            let refused = Arc::clone(&refused);
            cluster.spawn(async move {
                let (sender, receiver) = mpsc::channel(messages.len());
                for message in messages {
                    let _ = sender.send(message).await;
                }
                let ended = async {
                    let mut responses = call(ReceiverStream::new(receiver)).await?.into_inner();
                    while responses.message().await?.is_some() {}
                    Ok::<_, Status>(())
                };
                if let Err(status) = ended.await {
                    refused.lock().unwrap().push(to_error(&status).code());
                }
                drop(sender);
            })
        });
        let calls = calls.collect();
        Self { refused, calls }
    }

    /// Waits until the budget refuses some of the calls; the others are still held open.
    fn until_refused(&self) {
        let refused = eventually("the budget of one person is used up", || {
            let refused = self.refused.lock().unwrap().clone();
            (!refused.is_empty()).then_some(refused)
        });
        println!("{} of {CALLS} calls are refused", refused.len());
        assert!(refused.len() < CALLS, "some are held open");
        let expected = |code: &ErrorCode| *code == ErrorCode::LimitExceeded;
        assert!(refused.iter().all(expected), "{refused:?}");
    }
}

impl Drop for HeldOpen {
    fn drop(&mut self) {
        self.calls.iter().for_each(JoinHandle::abort);
    }
}

/// Imports ten entries from this serial on.
fn imports(cluster: &Cluster, channel: Channel, first: u64) -> Result<(), ErrorCode> {
    let summed = cluster.wait(summary(channel, steps(first..first + 10)));
    let summed = summed.map_err(|status| to_error(&status).code())?;
    assert_eq!(summed.added + summed.unchanged, 10, "{summed:?}");
    Ok(())
}

/// Others can import while the calls are held open, and their caller can once they have ended.
fn is_held_on_one_account(cluster: &Cluster, held: HeldOpen) {
    held.until_refused();
    let node = cluster.node(CITY);
    let clerk = node.enrol("clerk", &["publisher"]);
    let clerk = cluster.channel(&identity_of(&clerk), node);
    assert_eq!(imports(cluster, clerk, 900_000), Ok(()), "another person");
    drop(held);
    eventually("what was held is given back", || {
        imports(cluster, cluster.channel(&node.officer(), node), 900_100).ok()
    });
    let peak = node.peak_memory();
    assert!(peak < MAX_MEMORY, "{} MiB", peak >> 20);
}

#[test]
fn imports_held_open_are_on_their_callers_account_alone() {
    let cluster = cluster();
    let node = cluster.node(CITY);
    let channel = cluster.channel(&node.officer(), node);
    let messages = |number: usize| {
        let first = number as u64 * 1_000;
        steps(first..first + 50 * MESSAGES)
    };
    let held = HeldOpen::new(&cluster, messages, move |steps| {
        let mut client = CatalogueServiceClient::new(channel.clone());
        async move { client.import(steps).await }
    });
    is_held_on_one_account(&cluster, held);
}

#[test]
fn mountings_held_open_are_on_their_callers_account_alone() {
    use v1::mount_many_request::Step;

    let cluster = cluster();
    let node = cluster.node(CITY);
    let channel = cluster.channel(&node.officer(), node);
    let messages = |_| {
        let pair = v1::MountPair {
            line: 1,
            code: "103001/000001".to_owned(),
            path: "x".repeat(200),
        };
        let pairs = Step::Pairs(v1::MountPairs {
            pairs: vec![pair; 600],
        });
        let pairs = std::iter::repeat_n(pairs, MESSAGES as usize);
        let steps = std::iter::once(Step::Start(v1::MountManyStart::default())).chain(pairs);
        steps
            .map(|step| v1::MountManyRequest { step: Some(step) })
            .collect()
    };
    let held = HeldOpen::new(&cluster, messages, move |steps| {
        let mut client = CatalogueServiceClient::new(channel.clone());
        async move { client.mount_many(steps).await }
    });
    is_held_on_one_account(&cluster, held);
}

/// Two bytes of a message can take some hundred once they are decoded.
#[test]
fn a_message_of_very_many_messages_is_refused_before_it_takes_memory() {
    let cluster = Cluster::of_processes(&[CITY]);
    let node = cluster.node(CITY);
    let channel = cluster.channel(&node.officer(), node);
    let before = node.peak_memory();
    let entries = v1::ImportEntries {
        entries: vec![v1::ImportEntry::default(); 1_900_000],
    };
    let step = v1::import_request::Step::Entries(entries);
    let flood = v1::ImportRequest { step: Some(step) };
    let refused = cluster.wait(async {
        let mut client = CatalogueServiceClient::new(channel.clone());
        let call = client.import(tokio_stream::once(flood)).await;
        match call {
            Ok(responses) => responses.into_inner().message().await.map(drop),
            Err(status) => Err(status),
        }
    });
    let refused = to_error(&refused.unwrap_err());
    assert_eq!(refused.code(), ErrorCode::LimitExceeded, "{refused}");
    let taken = node.peak_memory() - before;
    assert!(taken < 64 << 20, "{} MiB", taken >> 20);
    assert_eq!(imports(&cluster, channel, 900_000), Ok(()), "it goes on");
}
