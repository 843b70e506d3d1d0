//! Nodes within the test's own process whose stores are in memory, on one runtime: hundreds of them on one
//! machine.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use chengji_clock::system_clock;
use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_node::config::Settings;
use chengji_node::serve::Running;
use chengji_runtime::settings::Overrides;
use chengji_store::{Batch, KeyValue, Ledger, MemoryStore, RocksStore};
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::inside::Log;

/// Number of threads that serve the calls of all nodes.
const THREADS: usize = 2;

/// The runtime of the nodes, and their stores, which outlive their runs.
#[derive(Debug)]
pub(crate) struct SharedRuntime {
    runtime: Runtime,
    log: Log,
    stores: Mutex<BTreeMap<LogOwner, Arc<MemoryStore>>>,
}

impl SharedRuntime {
    /// A runtime without nodes.
    pub(crate) fn new() -> Self {
        let log = Log::default();
        let on_threads = log.clone();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(THREADS)
            .on_thread_start(move || std::mem::forget(on_threads.begin()))
            .enable_all()
            .build()
            .unwrap();
        Self {
            runtime,
            log,
            stores: Mutex::default(),
        }
    }

    /// Starts a node with these settings, and returns once it serves. Its store begins with the contents of the
    /// data directory that `join` made, and is kept from then on.
    pub(crate) fn start(self: &Arc<Self>, config: &Path) -> InMemory {
        let settings = Settings::load(config, &Overrides::default()).unwrap();
        let owner = LogOwner::City(settings.city);
        let mut stores = self.stores.lock().unwrap();
        let store = stores.entry(owner);
        let store = store.or_insert_with(|| Arc::new(contents(&settings.data)));
        let store: Arc<dyn KeyValue> = Arc::clone(store) as _;
        drop(stores);
        let _written = self.log.begin();
        let (stop, stopped) = oneshot::channel::<()>();
        let running = self.runtime.block_on(async {
            let ledger = Ledger::open(store, &owner.to_string())?;
            Running::start_on(ledger, settings, system_clock()).await
        });
        let stopped = async { stopped.await.unwrap_or_default() };
        let task = self.runtime.spawn(running.unwrap().run(stopped));
        InMemory {
            stop: Some(stop),
            task: Some(task),
            shared: Arc::clone(self),
        }
    }

    /// The store of a node that was started.
    pub(crate) fn store(&self, owner: LogOwner) -> Arc<MemoryStore> {
        Arc::clone(&self.stores.lock().unwrap()[&owner])
    }

    /// Number of tasks of all nodes that have not ended.
    pub(crate) fn tasks(&self) -> usize {
        self.runtime.metrics().num_alive_tasks()
    }
}

/// A copy of a data directory in memory.
fn contents(data: &Path) -> MemoryStore {
    let found = RocksStore::open_read_only(data).unwrap();
    let store = MemoryStore::new();
    for (key, value) in found.range(&[], &[u8::MAX], usize::MAX).unwrap() {
        let mut batch = Batch::new();
        batch.put(key, value);
        store.commit(&batch).unwrap();
    }
    store
}

/// A running node, which is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct InMemory {
    stop: Option<oneshot::Sender<()>>,
    task: Option<JoinHandle<Result<()>>>,
    shared: Arc<SharedRuntime>,
}

impl InMemory {
    /// The log output of all nodes of the runtime.
    pub(crate) fn output(&self) -> String {
        self.shared.log.text()
    }

    /// Stops it; fails the test where it does not end cleanly.
    pub(crate) fn stop(mut self) {
        drop(self.stop.take());
        let task = self.task.take().unwrap();
        self.shared.runtime.block_on(task).unwrap().unwrap();
    }
}

impl Drop for InMemory {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(task) = self.task.take() {
            let _ = self.shared.runtime.block_on(task);
        }
    }
}
