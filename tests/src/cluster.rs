//! A coordinator and some cities: keys, settings, processes, and ways to call them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::SystemTime;

use chengji_transport::{Expect, Identity, IdentityFiles, channel};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

use crate::program::{Exit, binary};
use crate::server::Server;

/// The cluster's name in every certificate.
const NAME: &str = "test-cluster";

/// The folder of the demo data.
pub fn demo() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/demo-data")
}

/// A cluster; its processes end and its files go when it is dropped.
pub struct Cluster {
    /// The coordinator; the person who calls it is an operator.
    pub coordinator: Server,
    nodes: Vec<(String, Server)>,
    runtime: Runtime,
    // Last, so that the processes have ended before their files go.
    folder: TempDir,
}

impl Cluster {
    /// A cluster of these cities, every program running.
    pub fn new(cities: &[&str]) -> Self {
        let cluster = Self::prepared(cities);
        cluster.coordinator.start();
        for (_, node) in &cluster.nodes {
            node.start();
        }
        cluster
    }

    /// A cluster with keys and settings, of which nothing runs yet.
    pub fn prepared(cities: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        authority(&at.join("ca"), NAME);
        // Every cluster has a loopback address of its own, so no port is ever taken.
        let host = format!(
            "127.{}.{}.{}",
            rand::random_range(16..=254),
            rand::random_range(0..=255),
            rand::random_range(1..=254)
        );
        let nodes = cities.iter().zip(7_431..);
        let nodes: Vec<(String, Server)> = nodes
            .map(|(city, port)| ((*city).to_owned(), node(at, city, &host, port)))
            .collect();
        Self {
            coordinator: coordinator(at, &host, &nodes),
            nodes,
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build()
                .unwrap(),
            folder,
        }
    }

    /// The node of a city; the person who calls it is an officer of that city.
    pub fn node(&self, city: &str) -> &Server {
        let node = self.nodes.iter().find(|(name, _)| name == city);
        &node.expect("a city of this cluster").1
    }

    /// A path in the cluster's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Issues a certificate to a folder of this name, and writes a profile there that calls this
    /// address; the profile's path.
    pub fn profile(&self, name: &str, principal: &str, address: &str) -> PathBuf {
        profile(self.folder.path(), &self.path(name), principal, address)
    }

    /// A channel to a server, as the principal whose certificate lies in this folder.
    pub fn channel(&self, certificates: &str, server: &Server) -> Channel {
        let folder = self.path(certificates);
        let files = IdentityFiles {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
            ca: folder.join("ca.pem"),
        };
        let identity = Identity::load(&files, SystemTime::now()).unwrap();
        let _within = self.runtime.enter();
        channel(&identity, &server.address, Expect::Any).unwrap()
    }

    /// Runs this to its end.
    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }
}

/// Makes an authority in this folder.
pub(crate) fn authority(folder: &Path, cluster: &str) {
    let program = binary("chengji-coordinator");
    let mut command = Command::new(program);
    Exit::of(
        command
            .args(["ca", "init", "--cluster", cluster, "--dir"])
            .arg(folder),
    )
    .ok();
}

/// Issues a certificate by the authority in the cluster's folder.
pub(crate) fn issue(authority: &Path, folder: &Path, principal: &str) {
    let mut command = Command::new(binary("chengji-coordinator"));
    command
        .args(["ca", "issue", "--dir"])
        .arg(authority)
        .arg("--out")
        .arg(folder);
    Exit::of(command.arg(principal)).ok();
}

fn profile(at: &Path, folder: &Path, principal: &str, address: &str) -> PathBuf {
    issue(&at.join("ca"), folder, principal);
    let file = folder.join("profile.toml");
    let text =
        format!("server = '{address}'\ncertificate = 'cert.pem'\nkey = 'key.pem'\nca = 'ca.pem'\n");
    fs::write(&file, text).unwrap();
    file
}

fn node(at: &Path, city: &str, host: &str, port: u16) -> Server {
    let folder = at.join(city);
    let address = format!("{host}:{port}");
    issue(
        &at.join("ca"),
        &folder.join("tls"),
        &format!("city/{city}/node"),
    );
    let officer = format!("city/{city}/person/officer");
    let profile = profile(at, &folder.join("officer"), &officer, &address);
    copy(&demo().join(city), &folder.join("shared"));
    let config = folder.join("node.toml");
    let text = format!(
        "city = '{city}'\nlisten = '{address}'\ndata = 'data'\ncoordinator = '{host}:7400'\n\
         certificate = 'tls/cert.pem'\nkey = 'tls/key.pem'\nca = 'tls/ca.pem'\n\
         mount_roots = ['shared']\nreceived = 'received'\n"
    );
    fs::write(&config, text).unwrap();
    let program = "chengji-node";
    Server {
        program,
        folder,
        config,
        address,
        profile,
        process: Mutex::default(),
    }
}

fn coordinator(at: &Path, host: &str, nodes: &[(String, Server)]) -> Server {
    let folder = at.join("coordinator");
    let address = format!("{host}:7400");
    issue(&at.join("ca"), &folder.join("tls"), "coordinator");
    let profile = profile(at, &at.join("operator"), "operator/duty", &address);
    let config = folder.join("coordinator.toml");
    let mut text = format!(
        "cluster = '{NAME}'\nlisten = '{address}'\ndata = 'data'\nheadline = 'entries'\n\
         certificate = 'tls/cert.pem'\nkey = 'tls/key.pem'\nca = 'tls/ca.pem'\n"
    );
    for (city, node) in nodes {
        let endpoint = &node.address;
        text += &format!(
            "[[members]]\ncity = '{city}'\nname = 'City {city}'\nendpoint = '{endpoint}'\n"
        );
    }
    fs::write(&config, text).unwrap();
    let program = "chengji-coordinator";
    Server {
        program,
        folder,
        config,
        address,
        profile,
        process: Mutex::default(),
    }
}

/// Copies a folder with everything in it; a city without demo data gets an empty one.
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
    /// Copies a folder of this server beside itself, as an administrator does who backs it up.
    pub fn copy_folder(&self, from: &str, to: &str) {
        copy(&self.path(from), &self.path(to));
    }
}
