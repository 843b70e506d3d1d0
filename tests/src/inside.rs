//! A server within the test's own process, on a runtime and threads of its own.

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chengji_clock::Clock;
use chengji_coordinator::serve::Coordinator;
use chengji_domain::Result;
use chengji_node::serve::Running;
use chengji_runtime::settings::Overrides;
use jiff::SignedDuration;
use tokio::sync::oneshot;
use tracing_subscriber::fmt::MakeWriter;

/// Maximum time that background work of a server may take to end with it.
const END: Duration = Duration::from_secs(10);

/// A clock that runs with the machine's, ahead by an offset that the test sets. Certificates are still
/// checked by the machine's clock.
#[derive(Clone, Debug, Default)]
pub struct Ahead(Arc<Mutex<SignedDuration>>);

impl Ahead {
    /// Moves the clock to this many hours ahead.
    pub fn by(&self, hours: i64) {
        *self.0.lock().unwrap() = SignedDuration::from_hours(hours);
    }

    /// The clock.
    pub fn clock(&self) -> Clock {
        let ahead = Arc::clone(&self.0);
        Arc::new(move || chengji_clock::now() + *ahead.lock().unwrap())
    }
}

/// A running server, which is stopped when this is dropped.
#[derive(Debug)]
pub(crate) struct Inside {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<()>>>,
    log: Log,
}

impl Inside {
    /// Starts a program with these settings, and waits until it serves.
    pub(crate) fn start(program: &'static str, config: &Path, clock: Clock) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let (config, log) = (config.to_owned(), Log::default());
        let begun = Begun {
            ready,
            stopped: async { stopped.await.unwrap_or_default() },
        };
        let written = log.clone();
        let thread = thread::spawn(move || {
            let on_threads = written.clone();
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .on_thread_start(move || std::mem::forget(on_threads.begin()))
                .enable_all()
                .build()
                .unwrap();
            let _written = written.begin();
            let ended = runtime.block_on(async {
                match program {
                    "chengji-node" => node(&config, clock, begun).await,
                    _ => coordinator(&config, clock, begun).await,
                }
            });
            runtime.shutdown_timeout(END);
            ended
        });
        let started = Self {
            stop: Some(stop),
            thread: Some(thread),
            log,
        };
        if is_ready.recv().is_err() {
            started.stop();
            panic!("{program} ended before it was ready");
        }
        started
    }

    /// Its log output.
    pub(crate) fn output(&self) -> String {
        self.log.text()
    }

    /// Stops it; fails the test where it does not end cleanly.
    pub(crate) fn stop(mut self) {
        drop(self.stop.take());
        let thread = self.thread.take().unwrap();
        thread.join().unwrap().unwrap();
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The channels of a starting server.
struct Begun<F> {
    ready: mpsc::Sender<()>,
    stopped: F,
}

async fn node(
    config: &Path,
    clock: Clock,
    begun: Begun<impl Future<Output = ()> + Send + 'static>,
) -> Result<()> {
    let settings = chengji_node::config::Settings::load(config, &Overrides::default())?;
    let running = Running::start(settings, clock).await?;
    let _ = begun.ready.send(());
    running.run(begun.stopped).await
}

async fn coordinator(
    config: &Path,
    clock: Clock,
    begun: Begun<impl Future<Output = ()> + Send + 'static>,
) -> Result<()> {
    let settings = chengji_coordinator::config::Settings::read(config, &Overrides::default())?;
    let running = Coordinator::start(&settings, clock).await?;
    let _ = begun.ready.send(());
    running.run(begun.stopped).await
}

/// The log of one server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What was logged so far.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    /// Redirects this thread's log lines here, until the guard is dropped.
    pub(crate) fn begin(&self) -> tracing::subscriber::DefaultGuard {
        let logs = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::INFO)
            .with_ansi(false)
            .with_writer(self.clone())
            .finish();
        tracing::subscriber::set_default(logs)
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}
