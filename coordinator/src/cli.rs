//! The command line: one file per noun. Commands that call a coordinator use a profile; `serve`,
//! `ca` and `log new-epoch` work on this machine's files.

mod approvals;
mod ca;
mod city;
mod directory;
mod disputes;
mod findings;
mod log;
mod matters;
mod member;
mod rate;
mod request;
mod rules;
mod serve;

use std::path::Path;
use std::process::ExitCode;

use chengji_client::command::{
    AuditArgs, BackupCommand, CertificateCommand, CheckArgs, DataDirectory, PersonCommand,
    ProbeCommand, ProfileCommand, ReportCommand, Session, SessionArgs, StatusArgs, TablesCommand,
    answer, quarantine,
};
use chengji_client::line;
use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_messages::Language;
use chengji_runtime::settings::Overrides;
use chengji_transport::Expect;
use clap::{Parser, Subcommand};

use crate::config::Settings;
use crate::serve::indexed;

/// The program's name, under which it has a current profile.
const PROGRAM: &str = "chengji-coordinator";

const EXAMPLES: &str = "\
Examples:
  chengji-coordinator init --dir cluster --cluster demo
  chengji-coordinator serve --config cluster/coordinator.toml
  chengji-coordinator member invite 430100 --name Changsha
  chengji-coordinator member suspend 430100 --reason misuse
  chengji-coordinator person invite shenji --role auditor
  chengji-coordinator city list
  chengji-coordinator directory search parking
  chengji-coordinator request list --state disputed
  chengji-coordinator rate explain 430100
  chengji-coordinator --profile shenji audit --denied
";

/// The coordinator of a city cluster: federated catalogue, requests between cities, sharing rate
#[derive(Debug, Parser)]
#[command(name = "chengji-coordinator", version, after_help = EXAMPLES)]
struct Line {
    #[command(flatten)]
    session: SessionArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the coordinator until SIGTERM or Ctrl-C
    Serve(serve::Serve),
    /// Set up a cluster: authority, settings, and the first operator
    ///
    /// Writes coordinator.toml into the folder, creates the authority in 'ca' unless it exists, and enrols
    /// the first operator, whose profile becomes the current one.
    Init(ca::Init),
    /// The cluster's certificate authority
    #[command(subcommand)]
    Ca(ca::Ca),
    /// The member cities: invite, suspend, resume, remove
    #[command(subcommand)]
    Member(member::Member),
    /// The cluster's operators and auditors
    #[command(subcommand)]
    Person(PersonCommand),
    /// Connection profiles: the server to call, and the identity to call as
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// The audit log: calls that were made and denied
    Audit(AuditArgs),
    /// The coordinator's own certificate
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// The member cities and how fresh their catalogues are
    #[command(subcommand)]
    City(city::City),
    /// The federated catalogue
    #[command(subcommand)]
    Directory(directory::Directory),
    /// Requests between cities, the course of disputes, and findings
    #[command(subcommand)]
    Request(request::Request),
    /// Corrections of received data
    #[command(subcommand)]
    Correction(matters::Correction),
    /// Demands for data that no catalogue holds
    #[command(subcommand)]
    Demand(matters::Demand),
    /// Deadline rules of jurisdictions, and holiday notices
    #[command(subcommand)]
    Rules(rules::Rules),
    /// Probes of unconditional entries by other cities
    #[command(subcommand)]
    Probe(ProbeCommand),
    /// The sharing rate and the evidence behind it
    #[command(subcommand)]
    Rate(rate::Rate),
    /// Reports for the government above
    #[command(subcommand)]
    Report(ReportCommand),
    /// The coordinator's own log
    #[command(subcommand)]
    Log(log::Log),
    /// Backups of the coordinator's data directory
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Compare the indexes and counts with the records
    Check(CheckArgs),
    /// Code tables: divisions, terms
    #[command(subcommand)]
    Tables(TablesCommand),
    /// Status of the coordinator: version, identity, log, and followed logs
    Status(StatusArgs),
    /// Quarantined entries of cities' logs, with reasons
    Quarantine,
}

/// The command line with its help in a language.
pub fn command(language: Language) -> clap::Command {
    line::command::<Line>(language)
}

/// Runs the command that the arguments name; the exit code to end with.
pub fn main() -> ExitCode {
    let line: Line = match line::parse() {
        Ok(line) => line,
        Err(code) => return code,
    };
    line::run(line.session.format(), line.run())
}

impl Line {
    async fn run(self) -> Result<ExitCode> {
        let session = &self.session.of(PROGRAM, Expect::Coordinator);
        let done = match self.command {
            Command::Status(arguments) => return arguments.run(session).await,
            Command::Serve(serve) => serve.run().await,
            Command::Init(init) => init.run().await,
            Command::Ca(ca) => ca.run(),
            Command::Member(member) => member.run(session).await,
            Command::Person(person) => person.run(session).await,
            Command::Profile(profile) => profile.run(session),
            Command::Audit(audit) => audit.run(session).await,
            Command::Certificate(certificate) => certificate.run(session).await,
            Command::City(city) => city.run(session).await,
            Command::Directory(directory) => directory.run(session).await,
            Command::Request(request) => request.run(session).await,
            Command::Correction(correction) => correction.run(session).await,
            Command::Demand(demand) => demand.run(session).await,
            Command::Rules(rules) => rules.run(session).await,
            Command::Probe(probe) => probe.run(session).await,
            Command::Rate(rate) => rate.run(session).await,
            Command::Report(report) => report.run(session).await,
            Command::Log(log) => log.run(session).await,
            Command::Backup(backup) => backup.run(session, data_directory).await,
            Command::Check(check) => check.run(session, data_directory, indexed()).await,
            Command::Tables(tables) => tables.run(session, |config| {
                Settings::read(config, &Overrides::default()).map(|settings| settings.tables)
            }),
            Command::Quarantine => quarantine(session).await,
        };
        done.map(|()| ExitCode::SUCCESS)
    }
}

fn data_directory(config: &Path) -> Result<DataDirectory> {
    let settings = Settings::read(config, &Overrides::default())?;
    Ok(DataDirectory {
        path: settings.data,
        owner: LogOwner::Coordinator,
        cluster: settings.cluster,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_well_formed() {
        for language in Language::ALL {
            command(language).debug_assert();
        }
    }
}
