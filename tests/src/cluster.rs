//! A coordinator and some cities, set up as operators and administrators do: by `init`, `join` and
//! invitations; and ways to call them.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use chengji_transport::{Expect, Identity, IdentityFiles, channel};
use jiff::SignedDuration;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tonic::transport::Channel;

use crate::in_memory::SharedRuntime;
use crate::server::{Host, Server, write_clock};

/// The cluster's name in every certificate.
pub const NAME: &str = "test-cluster";
/// The roles of a city's officer: all that can be combined.
const OFFICER: [&str; 4] = ["publisher", "reviewer", "consumer", "approver"];

/// The folder of the demo data.
pub fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/demo-data")
}

/// A cluster; its processes end and its files are removed when it is dropped.
pub struct Cluster {
    /// The coordinator; its default caller is an operator.
    pub coordinator: Server,
    pub(crate) nodes: Vec<(String, Server)>,
    /// The runtime of the nodes of many cities.
    pub(crate) shared: Option<Arc<SharedRuntime>>,
    runtime: Runtime,
    // Last, so that the processes have ended before their files are removed.
    folder: TempDir,
}

/// Second persons of the tests' cities consent on paper; the number is added to each call that takes one.
pub(crate) const CONSENT: &str = "consent = { manner = \"paper\" }\n";
/// The officers are limited to no department and answer for all of them, which is not the default.
const BUREAU: &str = "requests = { bureau_answers = true }\n";

impl Cluster {
    /// The ports of the nodes.
    pub(crate) const PORTS: Range<u16> = 7_431..8_431;

    /// A cluster of these cities, with every server running within the test and every city followed.
    pub fn new(cities: &[&str]) -> Self {
        Self::begin(&Host::Inside, SignedDuration::ZERO, cities)
    }

    /// The same, with each program in a process of its own, as required for kills, moved clocks and
    /// memory limits.
    pub fn of_processes(cities: &[&str]) -> Self {
        Self::begin(&Host::Process, SignedDuration::ZERO, cities)
    }

    /// The same, on machines whose clocks are all ahead of the real time by `ahead`.
    pub fn at(ahead: SignedDuration, cities: &[&str]) -> Self {
        Self::begin(&Host::Process, ahead, cities)
    }

    fn begin(host: &Host, ahead: SignedDuration, cities: &[&str]) -> Self {
        let mut cluster = Self::without_cities(host, ahead, "");
        for (city, port) in cities.iter().zip(Self::PORTS) {
            write_clock(&clock(cluster.folder.path(), city), ahead);
            let node = cluster.join(host, city, port);
            cluster.nodes.push(((*city).to_owned(), node));
        }
        cluster
    }

    /// A running coordinator without members, with these settings in addition to those of `init`.
    pub(crate) fn without_cities(host: &Host, ahead: SignedDuration, settings: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        // Every cluster has a loopback address of its own, so no port is ever taken.
        let network = format!(
            "127.{}.{}.{}",
            rand::random_range(16..=254),
            rand::random_range(0..=255),
            rand::random_range(1..=254)
        );
        write_clock(&clock(at, "coordinator"), ahead);
        let coordinator = coordinator(at, host.clone(), (&network, settings));
        Self {
            coordinator,
            nodes: Vec::new(),
            shared: None,
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            folder,
        }
    }

    /// A cluster after setup, with no program running.
    pub fn prepared(cities: &[&str]) -> Self {
        let cluster = Self::new(cities);
        for (_, node) in &cluster.nodes {
            node.terminate();
        }
        cluster.coordinator.terminate();
        cluster
    }

    /// The node of a city; its default caller is an officer of that city.
    pub fn node(&self, city: &str) -> &Server {
        let node = self.nodes.iter().find(|(name, _)| name == city);
        &node.expect("a city of this cluster").1
    }

    /// Joins a city, starts its node and enrols its officer and a reviewer for the officer's submissions.
    pub(crate) fn join(&self, host: &Host, city: &str, port: u16) -> Server {
        let (network, _) = self.coordinator.address.rsplit_once(':').unwrap();
        let address = format!("{network}:{port}");
        let server = self.invited(host.clone(), city, &address);
        copy(&demo().join(city), &server.path("shared"));
        let settings = fs::read_to_string(&server.config).unwrap();
        fs::write(
            &server.config,
            format!("{settings}received = \"received\"\n{CONSENT}{BUREAU}"),
        )
        .unwrap();
        server.start();
        server.enrol("officer", &OFFICER);
        server.enrol("reviewer", &["reviewer"]);
        server
    }

    /// A city that has joined, with its node not started yet.
    fn invited(&self, host: Host, city: &str, address: &str) -> Server {
        let (coordinator, at) = (&self.coordinator, self.folder.path());
        let folder = at.join(city);
        let server = Server {
            program: "chengji-node",
            config: folder.join("node.toml"),
            profile: profile(at, &format!("officer@{city}")),
            manager: profile(at, &format!("administrator@{city}")),
            reviewer: profile(at, &format!("reviewer@{city}")),
            home: at.join("home"),
            clock: clock(at, city),
            folder,
            address: address.to_owned(),
            host,
            run: Mutex::default(),
        };
        let name = format!("City {city}");
        let invitation = coordinator.json(&["member", "invite", city, "--name", &name]);
        let invitation = invitation["invitation"].as_str().unwrap().to_owned();
        let dir = server.folder.display().to_string();
        server
            .cli(&["join", &invitation, "--dir", &dir, "--listen", address])
            .ok();
        server
    }

    /// All servers: the coordinator, then the nodes.
    pub fn servers(&self) -> impl Iterator<Item = &Server> {
        let nodes = self.nodes.iter().map(|(_, node)| node);
        std::iter::once(&self.coordinator).chain(nodes)
    }

    /// A path in the cluster's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A channel to a server with this identity.
    pub fn channel(&self, files: &IdentityFiles, server: &Server) -> Channel {
        let identity = Identity::load(files, chengji_clock::system_time()).unwrap();
        let _within = self.runtime.enter();
        channel(&identity, &server.address, Expect::Any).unwrap()
    }

    /// Runs a future in the background.
    pub fn spawn<T: Send + 'static>(
        &self,
        what: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.spawn(what)
    }

    /// Runs a future to its end.
    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }
}

/// Sets up a coordinator and starts it.
fn coordinator(at: &Path, host: Host, (network, settings): (&str, &str)) -> Server {
    let folder = at.join("coordinator");
    let address = format!("{network}:7400");
    let server = Server {
        program: "chengji-coordinator",
        config: folder.join("coordinator.toml"),
        profile: profile(at, "duty"),
        manager: profile(at, "duty"),
        reviewer: profile(at, "nobody"),
        home: at.join("home"),
        clock: clock(at, "coordinator"),
        folder,
        address,
        host,
        run: Mutex::default(),
    };
    let dir = server.folder.display().to_string();
    let words = [
        "--dir",
        &dir,
        "--cluster",
        NAME,
        "--listen",
        &server.address,
    ];
    server
        .cli(&[&["init", "--operator", "duty"], &words[..]].concat())
        .ok();
    let written = fs::read_to_string(&server.config).unwrap();
    fs::write(&server.config, written + settings).unwrap();
    server.start();
    server
}

fn profile(at: &Path, name: &str) -> PathBuf {
    at.join("home/profiles").join(name).join("profile.toml")
}

/// The file that shifts the clock of a server's machine.
fn clock(at: &Path, name: &str) -> PathBuf {
    at.join(format!("{name}.clock"))
}

/// Copies a folder with all its contents; creates an empty one for a city without demo data.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    let Ok(found) = fs::read_dir(from) else {
        return;
    };
    for found in found {
        let found = found.unwrap();
        let to = to.join(found.file_name());
        if found.file_type().unwrap().is_dir() {
            copy(&found.path(), &to);
        } else {
            fs::copy(found.path(), to).unwrap();
        }
    }
}

impl Server {
    /// Copies a folder of this server within the server's folder, as for a manual backup.
    pub fn copy_folder(&self, from: &str, to: &str) {
        copy(&self.path(from), &self.path(to));
    }
}
