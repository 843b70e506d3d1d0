//! The programs themselves, in the test's own process, with a clock that the test moves.

use std::sync::{Arc, Mutex};

use chengji_clock::Clock;
use chengji_coordinator::serve::Coordinator;
use chengji_node::serve::Running;
use chengji_runtime::settings::Overrides;
use chengji_tests::{Cluster, Server, eventually};
use jiff::SignedDuration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A clock that runs as the machine's does, ahead by what the test says.
#[derive(Clone, Default)]
pub(crate) struct Ahead(Arc<Mutex<SignedDuration>>);

impl Ahead {
    pub(crate) fn by(&self, hours: i64) {
        *self.0.lock().unwrap() = SignedDuration::from_hours(hours);
    }

    pub(crate) fn clock(&self) -> Clock {
        let ahead = Arc::clone(&self.0);
        Arc::new(move || chengji_clock::now() + *ahead.lock().unwrap())
    }
}

/// A program in this process.
pub(crate) struct Inside {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Inside {
    pub(crate) fn node(cluster: &Cluster, server: &Server, clock: Clock) -> Self {
        let settings =
            chengji_node::config::Settings::load(&server.config, &Overrides::default()).unwrap();
        let (stop, stopped) = oneshot::channel();
        // The tasks of one that has just stopped in this process may hold its store a moment longer.
        let running = eventually("the node starts", || {
            let started = Running::start(settings.clone(), clock.clone());
            cluster.wait(started).ok()
        });
        let task = cluster.spawn(async move {
            running
                .run(async { stopped.await.unwrap_or_default() })
                .await
                .unwrap();
        });
        Self { stop, task }
    }

    pub(crate) fn coordinator(cluster: &Cluster, clock: Clock) -> Self {
        let config = &cluster.coordinator.config;
        let settings =
            chengji_coordinator::config::Settings::read(config, &Overrides::default()).unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = cluster.wait(Coordinator::start(&settings, clock)).unwrap();
        let task = cluster.spawn(async move {
            running
                .run(async { stopped.await.unwrap_or_default() })
                .await
                .unwrap();
        });
        Self { stop, task }
    }

    pub(crate) fn stop(self, cluster: &Cluster) {
        let _ = self.stop.send(());
        cluster.wait(self.task).unwrap();
    }
}
