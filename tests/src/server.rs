//! A program of a cluster that serves, and the command line that calls it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chengji_clock::{Clock, system_clock};
use chengji_messages::Language;
use chengji_messages::language::VARIABLE;
use chengji_transport::IdentityFiles;
use jiff::SignedDuration;
use serde_json::Value;

use crate::in_memory::{InMemory, SharedRuntime};
use crate::inside::Inside;
use crate::program::{Exit, Program, program};

/// The part of the log line that a program writes once it serves.
const READY: &str = ": ready ";
/// Maximum time a program may take to stop after SIGTERM.
const STOP: Duration = Duration::from_secs(10);

/// A server: its folder, its address, and its host.
#[derive(Debug)]
pub struct Server {
    /// `chengji-node` or `chengji-coordinator`.
    pub program: &'static str,
    /// The folder of its settings, certificates and data.
    pub folder: PathBuf,
    /// The file of its settings.
    pub config: PathBuf,
    /// The address it listens on.
    pub address: String,
    /// The profile of its default caller.
    pub profile: PathBuf,
    /// The profile of the person who manages its people.
    pub manager: PathBuf,
    /// The profile of the person who reviews others' submissions; missing at the coordinator.
    pub reviewer: PathBuf,
    /// The folder with the profiles of all people.
    pub home: PathBuf,
    /// The file with the clock offset of its machine in seconds: of its process, and of the commands that
    /// are run at it. No offset without the file.
    pub(crate) clock: PathBuf,
    /// The host it is started on.
    pub(crate) host: Host,
    pub(crate) run: Mutex<Option<Run>>,
}

/// The host of a server.
#[derive(Clone, Debug)]
pub(crate) enum Host {
    /// Within the test's own process.
    Inside,
    /// The same, on a runtime that it shares with other nodes, and with its store in memory.
    Shared(Arc<SharedRuntime>),
    /// In a process of its own, which can be killed and whose clock can be moved.
    Process,
}

/// A running server.
#[derive(Debug)]
pub(crate) enum Run {
    Inside(Inside),
    Shared(InMemory),
    Process(Program),
}

impl Run {
    /// Its process.
    #[track_caller]
    fn process(&self) -> &Program {
        match self {
            Self::Process(process) => process,
            Self::Inside(_) | Self::Shared(_) => {
                panic!("it runs within the test: this takes `Cluster::of_processes`")
            }
        }
    }
}

impl Server {
    /// Starts it and waits until it is ready.
    pub fn start(&self) {
        let run = match &self.host {
            Host::Inside => self.begin_inside(system_clock()),
            Host::Shared(runtime) => Run::Shared(runtime.start(&self.config)),
            Host::Process => Run::Process(self.start_with(&self.config)),
        };
        *self.run() = Some(run);
    }

    /// Starts it within the test, with a clock of the test.
    pub fn start_at(&self, clock: Clock) {
        *self.run() = Some(self.begin_inside(clock));
    }

    fn begin_inside(&self, clock: Clock) -> Run {
        Run::Inside(Inside::start(self.program, &self.config, clock))
    }

    /// Returns true if it was started and not stopped since.
    pub fn is_running(&self) -> bool {
        self.run().is_some()
    }

    fn run(&self) -> MutexGuard<'_, Option<Run>> {
        self.run.lock().unwrap()
    }

    /// Starts a process of its own with these settings, and waits until it is ready.
    pub fn start_with(&self, config: &Path) -> Program {
        let started = Program::spawn(&mut self.serve(config));
        started.says(READY);
        started
    }

    /// Runs `serve` with these settings, which must fail; returns the exit.
    #[track_caller]
    pub fn does_not_start(&self, config: &Path) -> Exit {
        let exit = Exit::of(&mut self.serve(config));
        assert!(!exit.stderr.contains(READY), "{exit}");
        exit
    }

    /// Sends SIGKILL.
    #[track_caller]
    pub fn kill9(&self) {
        let run = self.run().take().expect("it runs");
        run.process().kill9();
    }

    /// Sends SIGTERM; it must stop cleanly, a process within 10 s.
    pub fn terminate(&self) {
        match self.run().take().expect("it runs") {
            Run::Inside(inside) => inside.stop(),
            Run::Shared(node) => node.stop(),
            Run::Process(process) => drop(process.terminate(STOP).ok()),
        }
    }

    /// Sends the process a signal, such as `-HUP`.
    #[track_caller]
    pub fn send(&self, signal: &str) {
        let run = self.run();
        run.as_ref().expect("it runs").process().signal(signal);
    }

    /// Peak memory since it was started, bytes.
    #[track_caller]
    pub fn peak_memory(&self) -> u64 {
        self.memory("VmHWM:")
    }

    /// Resident memory without that of mapped files, bytes.
    #[track_caller]
    pub fn resident_memory(&self) -> u64 {
        self.memory("RssAnon:") + self.memory("RssShmem:")
    }

    /// A figure of its process's memory, bytes.
    #[track_caller]
    fn memory(&self, figure: &str) -> u64 {
        let run = self.run();
        let id = run.as_ref().expect("it runs").process().id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(figure));
        let kibibytes = line
            .and_then(|line| line.trim().strip_suffix("kB"))
            .unwrap();
        kibibytes.trim().parse::<u64>().unwrap() << 10
    }

    /// Sets the clock of its machine ahead of the real time by `ahead`, for its process, which sees it
    /// within 50 ms, and for the commands that are run at it. Monotonic time is not affected.
    #[track_caller]
    pub fn move_clock(&self, ahead: SignedDuration) {
        let is_process = matches!(self.host, Host::Process);
        assert!(is_process, "take `Cluster::of_processes`");
        write_clock(&self.clock, ahead);
    }

    /// Its log output since it was started.
    pub fn output(&self) -> String {
        match self.run().as_ref() {
            Some(Run::Inside(inside)) => inside.output(),
            Some(Run::Shared(node)) => node.output(),
            Some(Run::Process(process)) => process.stderr(),
            None => String::new(),
        }
    }

    /// Runs a command as the default caller.
    pub fn cli(&self, arguments: &[&str]) -> Exit {
        self.cli_as(&self.profile, arguments)
    }

    /// Runs a command with this profile.
    pub fn cli_as(&self, profile: &Path, arguments: &[&str]) -> Exit {
        Exit::of(self.command(profile).args(on_paper(arguments)))
    }

    /// Runs a command of this profile for a reader of this language; other commands are in English.
    pub fn cli_in(&self, language: Language, profile: &Path, arguments: &[&str]) -> Exit {
        let mut command = self.command(profile);
        Exit::of(command.env(VARIABLE, language.tag()).args(arguments))
    }

    /// Runs a command whose failure, if it fails, is reported as JSON: with codes, and in no language.
    pub fn cli_json(&self, arguments: &[&str]) -> Exit {
        self.cli(&[&["--format", "json"], arguments].concat())
    }

    /// Runs a command that must succeed; returns its JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        self.cli_json(arguments).ok().json()
    }

    /// The same with this profile.
    #[track_caller]
    pub fn json_as(&self, profile: &Path, arguments: &[&str]) -> Value {
        let arguments = [&["--format", "json"], arguments].concat();
        self.cli_as(profile, &arguments).ok().json()
    }

    /// Runs a command; returns its JSON, or `None` where it fails.
    pub fn try_json(&self, arguments: &[&str]) -> Option<Value> {
        let exit = self.cli_json(arguments);
        (exit.code == Some(0)).then(|| exit.json())
    }

    /// Invites a person with these roles, who joins; returns the profile.
    #[track_caller]
    pub fn enrol(&self, name: &str, roles: &[&str]) -> PathBuf {
        self.enrol_with(name, roles, &[])
    }

    /// The same, limited to this department.
    #[track_caller]
    pub fn enrol_in(&self, department: &str, name: &str, roles: &[&str]) -> PathBuf {
        self.enrol_with(name, roles, &["--department", department])
    }

    #[track_caller]
    fn enrol_with(&self, name: &str, roles: &[&str], more: &[&str]) -> PathBuf {
        let roles: Vec<&str> = roles.iter().flat_map(|role| ["--role", role]).collect();
        let invite = [&["person", "invite", name], &roles[..], more].concat();
        let invited = self.json_as(&self.manager, &invite);
        let invitation = invited["invitation"].as_str().unwrap().to_owned();
        self.cli(&["person", "join", &invitation]).ok();
        let subject = invited["subject"].as_str().unwrap();
        let of_city = subject
            .strip_prefix("city/")
            .and_then(|rest| rest.split_once('/'));
        let name = of_city.map_or_else(|| name.to_owned(), |(city, _)| format!("{name}@{city}"));
        self.home.join("profiles").join(name).join("profile.toml")
    }

    /// Its own identity.
    pub fn identity(&self) -> IdentityFiles {
        IdentityFiles {
            identity: self.path("identity.pem"),
            ca: self.path("ca.pem"),
        }
    }

    /// The identity of its default caller.
    pub fn officer(&self) -> IdentityFiles {
        identity_of(&self.profile)
    }

    /// A profile next to these files that calls this server.
    pub fn profile_of(&self, files: &IdentityFiles) -> PathBuf {
        let profile = files.identity.with_file_name("profile.toml");
        let text = format!(
            "server = '{}'\nidentity = 'identity.pem'\nca = 'ca.pem'\n",
            self.address
        );
        std::fs::write(&profile, text).unwrap();
        profile
    }

    /// Runs a command of another person's profile at this server.
    pub fn cli_here(&self, profile: &Path, arguments: &[&str]) -> Exit {
        self.cli_as(profile, &[&["--server", &self.address], arguments].concat())
    }

    /// The path of a file in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn command(&self, profile: &Path) -> Command {
        let mut command = program(self.program);
        command.env("CHENGJI_HOME", &self.home);
        command.env(chengji_clock::FILE, &self.clock);
        if profile.exists() {
            command.env("CHENGJI_PROFILE", profile);
        }
        command
    }

    fn serve(&self, config: &Path) -> Command {
        let mut command = program(self.program);
        command.arg("serve").arg("--config").arg(config);
        command.env(chengji_clock::FILE, &self.clock);
        command
    }
}

/// The number of the paper with the consent to what a test does.
const PAPER: &str = "长数函〔2026〕7号";

/// The arguments of a command, with a consent on paper where it takes one and names none. A test of consent in the
/// exchange passes `--paper=`.
fn on_paper<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    const TAKE_CONSENT: [&str; 8] = [
        "submit",
        "grant",
        "refuse",
        "extend",
        "amend",
        "decline-amendment",
        "terminate",
        "change",
    ];
    let mut with = arguments.to_vec();
    let takes = arguments.windows(2).any(|words| match words {
        ["request", act] => TAKE_CONSENT.contains(act),
        ["return-flow", act] => ["declare", "end"].contains(act),
        _ => false,
    });
    let is_other = |word: &&str| word.starts_with("--paper") || *word == "--help";
    if takes && !arguments.iter().any(is_other) {
        with.extend(["--paper", PAPER]);
    }
    with
}

/// Writes the clock offset to this file, atomically.
pub(crate) fn write_clock(file: &Path, ahead: SignedDuration) {
    let next = file.with_extension("next");
    std::fs::write(&next, ahead.as_secs().to_string()).unwrap();
    std::fs::rename(next, file).unwrap();
}

/// The identity that a profile names.
pub fn identity_of(profile: &Path) -> IdentityFiles {
    IdentityFiles {
        identity: profile.with_file_name("identity.pem"),
        ca: profile.with_file_name("ca.pem"),
    }
}
