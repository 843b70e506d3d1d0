//! A cluster of real programs on this machine, in a temporary folder.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_transport::{Expect, Identity, IdentityFiles, channel};
use tempfile::TempDir;
use tonic::transport::Channel;

use crate::measure::Outcome;

/// Maximum time until the search index has followed.
const MAX_INDEXING: Duration = Duration::from_secs(1_200);

/// The available cities.
pub(crate) const CITIES: [&str; 3] = ["430100", "430200", "430300"];
/// The people of each city: one who imports, requests and answers, and one who reviews.
const PEOPLE: [(&str, &[&str]); 2] = [
    (PERSON, &["publisher", "consumer", "approver"]),
    (REVIEWER, &["reviewer"]),
];
const PERSON: &str = "bench";
const REVIEWER: &str = "reviewer";
/// Second persons consent on paper.
const CONSENT: &str = "consent = { manner = 'paper' }\n";

/// Keys, settings, databases and ports of a coordinator and its nodes.
pub(crate) struct Cluster {
    dir: TempDir,
    /// Ports of the coordinator, then of the cities.
    ports: [u16; 4],
}

/// A running program, which is killed when this is dropped.
pub(crate) struct Program(Child);

impl Program {
    /// A program that was started.
    pub(crate) fn of(child: Child) -> Self {
        Self(child)
    }

    pub(crate) fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Stops the program and waits for its end.
    pub(crate) fn stop(mut self) -> Outcome<()> {
        let pid = self.pid().to_string();
        Command::new("kill").arg(pid).status()?;
        self.0.wait()?;
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Cluster {
    /// Sets up a coordinator and `cities` cities with their people; nothing runs afterwards.
    pub(crate) fn new(cities: usize) -> Outcome<Self> {
        let dir = tempfile::Builder::new().prefix("chengji-bench").tempdir()?;
        let held = [free()?, free()?, free()?, free()?];
        let ports = held.each_ref().map(|listener| {
            let addr = listener.local_addr();
            addr.map_or(0, |addr| addr.port())
        });
        drop(held);
        let cluster = Self { dir, ports };
        let (at, listen) = (cluster.path("coordinator"), cluster.address(0));
        let words = [
            "--cluster",
            "bench",
            "--listen",
            &listen,
            "--operator",
            "bench",
        ];
        cluster.run(
            "chengji-coordinator",
            &[&["init", "--dir", &at], &words[..]].concat(),
        )?;
        let coordinator = cluster.start_coordinator("data")?;
        for (city, port) in CITIES.iter().zip(1..).take(cities) {
            let (at, listen) = (cluster.path(city), cluster.address(port));
            let invite = ["member", "invite", city, "--name", city];
            let invitation = cluster.invited("chengji-coordinator", &invite)?;
            let words = ["--dir", &at, "--listen", &listen, "--mount-root"];
            let (join, shared) = (["join", invitation.as_str()], cluster.path("shared"));
            std::fs::create_dir_all(&shared)?;
            cluster.run("chengji-node", &[&join[..], &words, &[&shared]].concat())?;
            let node = cluster.start_node(port - 1)?;
            // The last one to join becomes the caller: all are invited first.
            let invite = |(name, roles): &(&str, &[&str])| {
                let roles = roles.iter().flat_map(|role| ["--role", *role]);
                let invite = ["person", "invite", *name].into_iter().chain(roles);
                cluster.invited("chengji-node", &invite.collect::<Vec<_>>())
            };
            let invitations = PEOPLE.iter().map(invite).collect::<Outcome<Vec<_>>>()?;
            for invitation in invitations {
                cluster.run("chengji-node", &["person", "join", &invitation])?;
            }
            node.stop()?;
        }
        coordinator.stop()?;
        Ok(cluster)
    }

    /// Adds settings of the coordinator for its next start.
    pub(crate) fn add_settings(&self, more: &str) -> Outcome<()> {
        append(Path::new(&self.path("coordinator/coordinator.toml")), more)
    }

    /// Adds settings of a city's node for its next start.
    pub(crate) fn add_node_settings(&self, city: usize, more: &str) -> Outcome<()> {
        append(&self.node_folder(city).join("node.toml"), more)
    }

    /// Invites an auditor, who joins; a channel to the coordinator as that person. The coordinator has to run.
    pub(crate) fn enrol_auditor(&self) -> Outcome<Channel> {
        let program = "chengji-coordinator";
        let invitation =
            self.invited(program, &["person", "invite", "audit", "--role", "auditor"])?;
        self.run(program, &["person", "join", &invitation])?;
        let auditor = self.identity(Path::new(&self.path("home/profiles/audit")))?;
        Ok(channel(&auditor, &self.address(0), Expect::Coordinator)?)
    }

    /// A path in the cluster's folder, for settings and arguments.
    pub(crate) fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    /// The folder with `identity.pem` and `ca.pem` of a city's node.
    pub(crate) fn node_folder(&self, city: usize) -> PathBuf {
        self.path(CITIES[city]).into()
    }

    /// The identity in such a folder.
    pub(crate) fn identity(&self, folder: &Path) -> Outcome<Identity> {
        let files = IdentityFiles {
            identity: folder.join("identity.pem"),
            ca: folder.join("ca.pem"),
        };
        Ok(Identity::load(&files, chengji_clock::system_time())?)
    }

    /// The folder of a city's person.
    pub(crate) fn person_folder(&self, city: usize) -> PathBuf {
        self.path(&format!("home/profiles/{PERSON}@{}", CITIES[city]))
            .into()
    }

    /// Waits until the coordinator's search index has everything; it follows catching up.
    pub(crate) async fn until_indexed(&self) -> Outcome<()> {
        let mut client = StatusServiceClient::new(self.to_coordinator()?);
        let begun = Instant::now();
        while begun.elapsed() < MAX_INDEXING {
            let status = client.status(v1::StatusRequest::default()).await?;
            let index = status.into_inner().search_index;
            let index = index.ok_or("there is no search index")?;
            if index.behind == 0 && index.building.is_none() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(format!("the search index is behind after {MAX_INDEXING:?}").into())
    }

    /// A channel to the coordinator as an operator.
    pub(crate) fn to_coordinator(&self) -> Outcome<Channel> {
        let operator = self.identity(Path::new(&self.path("home/profiles/bench")))?;
        Ok(channel(&operator, &self.address(0), Expect::Coordinator)?)
    }

    /// A channel to a city's node as a person of the city.
    pub(crate) fn to_node(&self, city: usize) -> Outcome<Channel> {
        let person = self.identity(&self.person_folder(city))?;
        Ok(channel(&person, &self.address(city + 1), Expect::AnyNode)?)
    }

    /// A channel to a city's node as its reviewer.
    pub(crate) fn to_review(&self, city: usize) -> Outcome<Channel> {
        let folder = self.path(&format!("home/profiles/{REVIEWER}@{}", CITIES[city]));
        let person = self.identity(Path::new(&folder))?;
        Ok(channel(&person, &self.address(city + 1), Expect::AnyNode)?)
    }

    /// Starts the coordinator on a copy of its database from the setup. It begins to follow at once; its
    /// start is part of the measurement.
    pub(crate) fn start_coordinator(&self, data: &str) -> Outcome<Program> {
        let settings = std::fs::read_to_string(self.path("coordinator/coordinator.toml"))?;
        if data != "data" {
            let (from, to) = (self.path("coordinator/data"), self.path("coordinator/"));
            let copied = Command::new("cp")
                .args(["-a", &from, &format!("{to}{data}")])
                .status()?;
            assert!(copied.success());
        }
        let settings = settings.replace("\"data\"", &format!("\"{data}\""));
        self.start(
            "chengji-coordinator",
            &format!("coordinator/{data}"),
            &settings,
        )
    }

    /// Starts a city's node; files to mount are in the folder `shared`.
    pub(crate) fn start_node(&self, city: usize) -> Outcome<Program> {
        let mut settings = std::fs::read_to_string(self.node_folder(city).join("node.toml"))?;
        // From its second start on, the file has it.
        if !settings.starts_with(CONSENT) {
            settings.insert_str(0, CONSENT);
        }
        self.start("chengji-node", &format!("{}/node", CITIES[city]), &settings)
    }

    /// The address of the coordinator (0) or a city's node (from 1).
    pub(crate) fn address(&self, port: usize) -> String {
        format!("127.0.0.1:{}", self.ports[port])
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

    /// A command of one of the first city's people.
    pub(crate) fn command(&self, person: &str, arguments: &[&str]) -> Outcome<Command> {
        let mut command = Command::new(binary("chengji-node")?);
        command
            .env("CHENGJI_HOME", self.path("home"))
            .env("CHENGJI_PROFILE", format!("{person}@{}", CITIES[0]))
            .args(arguments);
        Ok(command)
    }

    fn run(&self, program: &str, arguments: &[&str]) -> Outcome<String> {
        let output = Command::new(binary(program)?)
            .env("CHENGJI_HOME", self.path("home"))
            .env_remove("CHENGJI_PROFILE")
            .args(arguments)
            .output()?;
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout)?);
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
    }

    /// The invitation that a command prints, as CSV: the last field of the last line.
    fn invited(&self, program: &str, arguments: &[&str]) -> Outcome<String> {
        let printed = self.run(program, &[&["--format", "csv"], arguments].concat())?;
        let last = printed.trim().rsplit([',', '\n']).next();
        Ok(last.unwrap_or_default().trim().to_owned())
    }
}

fn free() -> std::io::Result<TcpListener> {
    TcpListener::bind("127.0.0.1:0")
}

/// Adds text to a settings file.
fn append(file: &Path, more: &str) -> Outcome<()> {
    let settings = std::fs::read_to_string(file)?;
    Ok(std::fs::write(file, format!("{settings}{more}"))?)
}

/// The path of a program next to this one, built with the same profile.
fn binary(program: &str) -> Outcome<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(program))
}
