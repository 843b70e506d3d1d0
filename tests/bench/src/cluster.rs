//! A cluster of real programs on this machine, in a folder that goes away with it.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use chengji_transport::{Expect, Identity, IdentityFiles, channel};
use tempfile::TempDir;
use tonic::transport::Channel;

use crate::measure::Outcome;

/// The cities there may be.
pub(crate) const CITIES: [&str; 2] = ["430100", "430200"];

/// Keys, settings, databases and ports of a coordinator and its nodes.
pub(crate) struct Cluster {
    dir: TempDir,
    /// Of the coordinator, then of the cities.
    ports: [u16; 3],
}

/// A program that runs; it is killed when this is dropped.
pub(crate) struct Program(Child);

impl Program {
    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Asks the program to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        let pid = self.pid().to_string();
        Command::new("kill").arg(pid).status()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Cluster {
    pub(crate) fn new() -> Outcome<Self> {
        let dir = tempfile::Builder::new().prefix("chengji-bench").tempdir()?;
        let held = [free()?, free()?, free()?];
        let ports = held.each_ref().map(|listener| {
            let addr = listener.local_addr();
            addr.map_or(0, |addr| addr.port())
        });
        let cluster = Self { dir, ports };
        let ca = cluster.path("ca");
        coordinator(&["ca", "init", "--cluster", "bench", "--dir", &ca])?;
        Ok(cluster)
    }

    /// A path in the cluster's folder, as settings and arguments want it.
    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    /// The folder with this principal's certificate, which is issued when it is first asked for.
    pub(crate) fn folder(&self, principal: &str) -> Outcome<PathBuf> {
        let folder = self.path(&format!("tls/{principal}"));
        if !Path::new(&folder).join("cert.pem").exists() {
            let ca = self.path("ca");
            coordinator(&["ca", "issue", "--dir", &ca, "--out", &folder, principal])?;
        }
        Ok(folder.into())
    }

    pub(crate) fn identity(&self, principal: &str) -> Outcome<Identity> {
        let folder = self.folder(principal)?;
        let files = IdentityFiles {
            certificate: folder.join("cert.pem"),
            key: folder.join("key.pem"),
            ca: folder.join("ca.pem"),
        };
        Ok(Identity::load(&files, SystemTime::now())?)
    }

    /// A channel to the coordinator as an operator.
    pub(crate) fn to_coordinator(&self) -> Outcome<Channel> {
        let operator = self.identity("operator/bench")?;
        let endpoint = format!("127.0.0.1:{}", self.ports[0]);
        Ok(channel(&operator, &endpoint, Expect::Coordinator)?)
    }

    /// A channel to a city's node as a person of the city.
    pub(crate) fn to_node(&self, city: usize) -> Outcome<Channel> {
        let person = self.identity(&format!("city/{}/person/bench", CITIES[city]))?;
        let endpoint = format!("127.0.0.1:{}", self.ports[city + 1]);
        Ok(channel(&person, &endpoint, Expect::AnyNode)?)
    }

    /// Starts the coordinator of these cities on the database of this name. It follows from the
    /// moment this is called; its start is part of what is measured.
    pub(crate) fn start_coordinator(&self, data: &str, cities: usize) -> Outcome<Program> {
        let mut settings = format!("cluster = 'bench'\nheadline = 'entries'\n{}", {
            self.settings("coordinator", self.ports[0], data)?
        });
        for (city, port) in CITIES.iter().zip(&self.ports[1..]).take(cities) {
            settings += &format!(
                "[[members]]\ncity = '{city}'\nname = '{city}'\nendpoint = '127.0.0.1:{port}'\n"
            );
        }
        self.start("chengji-coordinator", data, &settings)
    }

    /// Starts a city's node; what it may mount lies in the folder `shared`.
    pub(crate) fn start_node(&self, city: usize) -> Outcome<Program> {
        let (code, port) = (CITIES[city], self.ports[city + 1]);
        std::fs::create_dir_all(self.path("shared"))?;
        let settings = format!(
            "city = '{code}'\ncoordinator = '127.0.0.1:{}'\nmount_roots = ['{}']\n{}",
            self.ports[0],
            self.path("shared"),
            self.settings(&format!("city/{code}/node"), port, code)?
        );
        self.start("chengji-node", code, &settings)
    }

    fn settings(&self, principal: &str, port: u16, data: &str) -> Outcome<String> {
        let tls = self.folder(principal)?;
        let tls = tls.display();
        Ok(format!(
            "listen = '127.0.0.1:{port}'\ndata = '{data}'\ncertificate = '{tls}/cert.pem'\n\
             key = '{tls}/key.pem'\nca = '{tls}/ca.pem'\n"
        ))
    }

    fn start(&self, program: &str, name: &str, settings: &str) -> Outcome<Program> {
        let (config, log) = (
            self.path(&format!("{name}.toml")),
            self.path(&format!("{name}.log")),
        );
        std::fs::write(&config, settings)?;
        let child = Command::new(binary(program)?)
            .args(["serve", "--config", &config])
            .stderr(File::create(&log)?)
            .stdout(Stdio::null())
            .spawn()?;
        let mut running = Program(child);
        let begun = Instant::now();
        while !std::fs::read_to_string(&log)?.contains("ready") {
            if running.0.try_wait()?.is_some() || begun.elapsed() > Duration::from_secs(30) {
                let told = std::fs::read_to_string(&log)?;
                return Err(format!("{program} does not start: {told}").into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(running)
    }
}

fn free() -> std::io::Result<TcpListener> {
    TcpListener::bind("127.0.0.1:0")
}

/// The programs stand beside this one, built with the same profile.
fn binary(program: &str) -> Outcome<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(program))
}

fn coordinator(arguments: &[&str]) -> Outcome<()> {
    let output = Command::new(binary("chengji-coordinator")?)
        .args(arguments)
        .output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
}
