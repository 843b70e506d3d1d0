//! A malicious party with a member's real certificate, at that member's address, whose log the test
//! controls. It begins as a true copy of the member's log, which the test then rewrites, cuts, continues
//! or withholds. It counts the entries sent to each reader, so that a scenario can assert that the attack
//! arrived before it checks the effects.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chengji_domain::fact::{CityFact, ClusterFact, LogEntry, LogOwner};
use chengji_domain::{CityCode, Digest, Epoch, Position, Principal, Result};
use chengji_follow::{MESSAGE_BYTES, MESSAGE_ENTRIES};
use chengji_proto::convert::{
    KnownLog, LogEnd, city_entry_to, cluster_entry_to, epoch_id, time_to,
};
use chengji_proto::policy::Home;
use chengji_proto::service::{Answers, LogService};
use chengji_proto::v1;
use chengji_proto::v1::log_service_server::LogServiceServer;
use chengji_store::{RANGE, RocksStore, RootHasher, log};
use chengji_transport::{Gated, Identity, IdentityFiles, Permit, Server as Host, ServerLimits};
use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::Routes;

use crate::authority::{Authority, Certificate};
use crate::cluster::{Cluster, NAME};
use crate::open;
use crate::server::Server;

/// A log whose content the test controls.
#[derive(Clone, Debug)]
pub struct Script {
    /// The owner that it claims to be.
    pub owner: LogOwner,
    /// The epoch that it claims to be in.
    pub epoch: Epoch,
    /// The entries, from position 0.
    pub entries: Vec<chengji_log::Entry>,
    /// The head that it claims; the number of entries unless set.
    pub head: Option<u64>,
}

impl Script {
    /// A true copy of the log of a program that has stopped.
    pub fn copy_of(server: &Server, owner: LogOwner) -> Self {
        let store = RocksStore::open_read_only(&server.path("data")).unwrap();
        let head = log::head(&store).unwrap();
        let entries = log::entries(&store, 0, usize::MAX, usize::MAX).unwrap();
        Self {
            owner,
            epoch: head.epoch,
            entries: entries.into_iter().map(|(_, entry)| entry).collect(),
            head: None,
        }
    }

    /// Appends a city's fact.
    pub fn append(&mut self, at: Timestamp, fact: CityFact) -> u64 {
        let LogOwner::City(city) = self.owner else {
            panic!("the coordinator says no facts of cities");
        };
        let seq = self.entries.len() as u64;
        let entry = LogEntry {
            log: self.owner,
            epoch: self.epoch,
            seq,
            at,
            principal: Principal::Node(city),
            fact,
        };
        self.entries.push(city_entry_to(&entry, rand::random()));
        seq
    }

    /// Appends a fact of the coordinator.
    pub fn say_as_coordinator(&mut self, at: Timestamp, fact: ClusterFact) -> u64 {
        let seq = self.entries.len() as u64;
        let entry = LogEntry {
            log: LogOwner::Coordinator,
            epoch: self.epoch,
            seq,
            at,
            principal: Principal::Coordinator,
            fact,
        };
        self.entries.push(cluster_entry_to(&entry, rand::random()));
        seq
    }

    fn head(&self) -> u64 {
        self.head.unwrap_or(self.entries.len() as u64)
    }

    fn leaf_before(&self, position: usize) -> Vec<u8> {
        let before = position.checked_sub(1).and_then(|at| self.entries.get(at));
        before.map_or(Vec::new(), |entry| entry.leaf().to_vec())
    }
}

/// State shared by all streams of an impostor.
struct Shared {
    script: watch::Sender<Script>,
    /// The position up to which each reader was sent entries.
    sent: Mutex<BTreeMap<String, u64>>,
}

/// A running malicious party, which ends when it is dropped.
pub struct Impostor {
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

impl Impostor {
    /// Replaces a city's stopped node, with its certificate.
    pub fn node(cluster: &Cluster, server: &Server, script: Script) -> Self {
        let LogOwner::City(city) = script.owner else {
            panic!("a node's log is a city's");
        };
        let address = &server.address;
        Self::start(
            cluster,
            address,
            &server.identity(),
            Home::City(city),
            script,
        )
    }

    /// Replaces the stopped coordinator, with a certificate of the cluster's authority.
    pub fn coordinator(cluster: &Cluster, script: Script) -> Self {
        let authority = Authority::of_cluster(cluster);
        let said = Certificate {
            uri: &format!("spiffe://{NAME}/coordinator"),
            from: 2020,
            until: 2040,
        };
        let folder = cluster.path("impostor");
        let files = authority.forge(Path::new(&folder), said, &authority.pem);
        let address = &cluster.coordinator.address;
        Self::start(cluster, address, &files, Home::Coordinator, script)
    }

    fn start(
        cluster: &Cluster,
        address: &str,
        files: &IdentityFiles,
        home: Home,
        script: Script,
    ) -> Self {
        cluster.wait(Self::serve(address, files, home, script))
    }

    /// Serves a script at an address (`IP:port`) with the identity of its home, in the tokio runtime of the caller.
    pub async fn serve(address: &str, files: &IdentityFiles, home: Home, script: Script) -> Self {
        let identity = Identity::load(files, chengji_clock::system_time()).unwrap();
        let limits = ServerLimits::default();
        let host = Host::new(identity, home, None, limits, open::guards()).unwrap();
        let shared = Arc::new(Shared {
            script: watch::Sender::new(script),
            sent: Mutex::default(),
        });
        let log = HostileLog(Arc::clone(&shared));
        let bound = host.bind(address.parse().unwrap()).await.unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(async move {
            let routes = Routes::new(LogServiceServer::new(Gated::new(log)));
            let stopped = async {
                let _ = stopped.await;
            };
            let served = host.serve(bound, routes, stopped, Duration::ZERO).await;
            served.unwrap();
        });
        Self {
            shared,
            stop: Some(stop),
            task,
        }
    }

    /// Changes the log from now on.
    pub fn change(&self, change: impl FnOnce(&mut Script)) {
        self.shared.script.send_modify(change);
    }

    /// The position up to which entries were sent to a city's node, or to the coordinator.
    pub fn sent_to(&self, reader: &str) -> u64 {
        let sent = self.shared.sent.lock().unwrap();
        sent.get(reader).copied().unwrap_or_default()
    }

    /// Frees the address for the real party.
    pub fn leave(mut self, cluster: &Cluster) {
        let stop = self.stop.take();
        stop.map(|stop| stop.send(()));
        let task = std::mem::replace(&mut self.task, cluster.spawn(async {}));
        cluster.wait(task).unwrap();
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves the script.
struct HostileLog(Arc<Shared>);

impl LogService<Permit> for HostileLog {
    async fn follow(
        &self,
        permit: Permit,
        asked: v1::FollowRequest,
    ) -> Result<Answers<v1::FollowResponse>> {
        let reader = permit.principal().to_string();
        let from = if asked.epoch == 0 { 0 } else { asked.from };
        let (sender, receiver) = mpsc::channel(2);
        tokio::spawn(stream(Arc::clone(&self.0), reader, from, sender));
        Ok(Box::pin(ReceiverStream::new(receiver)))
    }

    async fn head(&self, _: Permit, _: v1::HeadRequest) -> Result<LogEnd> {
        let script = self.0.script.borrow();
        Ok(LogEnd {
            head: Position {
                epoch: script.epoch,
                seq: script.head(),
            },
            leaf: None,
            epochs: Vec::new(),
        })
    }

    async fn range_roots(&self, _: Permit, asked: v1::RangeRootsRequest) -> Result<Vec<Digest>> {
        let script = self.0.script.borrow();
        let end = usize::try_from(asked.end).unwrap_or(usize::MAX);
        let compared = script.entries.get(..end).unwrap_or(&script.entries);
        let ranges = compared
            .chunks(usize::try_from(RANGE).unwrap())
            .map(|entries| {
                let mut hasher = RootHasher::new();
                entries
                    .iter()
                    .for_each(|entry| hasher.push(Digest(entry.leaf())));
                hasher.root()
            });
        let first = usize::try_from(asked.first).unwrap_or(usize::MAX);
        Ok(ranges.skip(first).take(16).collect())
    }

    /// Reports no knowledge of the caller's log.
    async fn known(&self, _: Permit, _: v1::KnownRequest) -> Result<KnownLog> {
        Ok(KnownLog {
            position: Position {
                epoch: Epoch::UNKNOWN,
                seq: 0,
            },
            leaf: None,
            highest_epoch: 0,
        })
    }
}

async fn stream(
    shared: Arc<Shared>,
    reader: String,
    mut next: u64,
    sender: mpsc::Sender<Result<v1::FollowResponse>>,
) {
    let mut changes = shared.script.subscribe();
    loop {
        let script = changes.borrow_and_update().clone();
        loop {
            let begin = usize::try_from(next).unwrap_or(usize::MAX);
            let mut bytes = 0;
            // As many as a real owner sends in a message.
            let entries = script.entries.iter().skip(begin).take(MESSAGE_ENTRIES);
            let items: Vec<_> = (entries.enumerate())
                .take_while(|(number, entry)| {
                    bytes += entry.size();
                    *number == 0 || bytes <= MESSAGE_BYTES
                })
                .map(|(_, entry)| v1::LogItem::from(entry.clone()))
                .collect();
            let count = items.len();
            let message = v1::FollowResponse {
                epoch: script.epoch.number,
                epoch_id: epoch_id(script.epoch),
                first: next,
                items,
                head: script.head(),
                leaf_before: script.leaf_before(begin),
                sent_at: Some(time_to(chengji_clock::now())),
                ..Default::default()
            };
            if sender.send(Ok(message)).await.is_err() {
                return;
            }
            next += count as u64;
            shared.sent.lock().unwrap().insert(reader.clone(), next);
            if begin + count >= script.entries.len() {
                break;
            }
        }
        tokio::select! {
            changed = changes.changed() => if changed.is_err() { return },
            () = sender.closed() => return,
        }
    }
}

/// A city by its code.
pub fn city(code: &str) -> CityCode {
    code.parse().unwrap()
}
