//! The command line of a city: `serve` runs the node, everything else calls it.

mod catalogue;
mod consent;
mod conversion;
mod correction;
mod delivery;
mod demand;
mod department;
mod directory;
mod fetch;
mod grant_rule;
mod join;
mod log;
mod notify;
mod person;
mod query;
mod request;
mod request_args;
mod return_flow;
mod source;
mod table_part;
mod target;
mod todo;
mod usage;
mod wait;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chengji_client::command::{
    AuditArgs, BackupCommand, CertificateCommand, CheckArgs, DataDirectory, ProbeCommand,
    ProfileCommand, ReportCommand, RulesCommand, Session, SessionArgs, StatusArgs, TablesCommand,
    answer, quarantine,
};
use chengji_client::line;
use chengji_domain::Result;
use chengji_domain::fact::LogOwner;
use chengji_messages::Language;
use chengji_pki::enrolment;
use chengji_runtime::settings::Overrides;
use chengji_transport::Expect;
use clap::{Parser, Subcommand};

use crate::config::Settings;
use crate::parts::indexed;

/// The program's name, under which it has a current profile.
const PROGRAM: &str = "chengji-node";

/// The session of a command that calls a node.
type Context = Session;

/// A city's node of the Chengji exchange, and the commands of the city's people
///
/// `chengji-node join` sets a node up, `serve` runs it. All other commands call a running node, as
/// the person of the current profile; `person join` makes one.
#[derive(Parser, Debug)]
#[command(name = "chengji-node", version)]
struct Arguments {
    #[command(flatten)]
    session: SessionArgs,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the node until SIGTERM or Ctrl-C
    Serve {
        /// The settings, a TOML file
        #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
        config: PathBuf,
        #[command(flatten)]
        overrides: Overrides,
    },
    /// Join a cluster by an invitation: keys, certificate, settings, administrator
    Join(join::JoinArgs),
    /// The city's people and their roles
    #[command(subcommand)]
    Person(person::NodePersonCommand),
    /// Departments of the city that were merged into others
    #[command(subcommand)]
    Department(department::DepartmentCommand),
    /// Connection profiles: the server to call, and the identity to call as
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// The audit log: calls that were made and denied
    Audit(AuditArgs),
    /// The node's own certificate
    #[command(subcommand)]
    Certificate(CertificateCommand),
    /// The city's own catalogue
    #[command(subcommand)]
    Catalogue(catalogue::CatalogueCommand),
    /// Sources of tables: databases and folders of files
    #[command(subcommand)]
    Source(source::SourceCommand),
    /// The federated catalogue of all cities
    #[command(subcommand)]
    Directory(directory::DirectoryCommand),
    /// Requests to and from other cities
    #[command(subcommand)]
    Request(request_args::RequestCommand),
    /// Internal consent: submissions and answers that wait for a second person
    #[command(subcommand)]
    Consent(consent::ConsentCommand),
    /// Rules by which requests for conditional entries are granted automatically
    #[command(subcommand)]
    GrantRule(grant_rule::GrantRuleCommand),
    /// Data that is returned to lower divisions
    #[command(subcommand)]
    ReturnFlow(return_flow::ReturnFlowCommand),
    /// Your worklist, by deadline
    Todo,
    /// Notifications of events, by webhook and mail
    #[command(subcommand)]
    Notify(notify::NotifyCommand),
    /// Corrections of received data
    #[command(subcommand)]
    Correction(correction::CorrectionCommand),
    /// Demands for data that no catalogue holds
    #[command(subcommand)]
    Demand(demand::DemandCommand),
    /// Deadline rules and holiday notices, as the coordinator's log has them
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Probes of unconditional entries by other cities
    #[command(subcommand)]
    Probe(ProbeCommand),
    /// Fetch a granted resource into the node's folder of received files, or a local file
    Fetch(fetch::FetchArgs),
    /// Run a query in SQL over granted tables, the directory and the sharing rates
    Query(query::QueryArgs),
    /// Usage records: how granted data is used
    #[command(subcommand)]
    Usage(usage::UsageCommand),
    /// Receipts of deliveries, sent and received
    Receipts(delivery::ReceiptsArgs),
    /// Reports for the government above
    #[command(subcommand)]
    Report(ReportCommand),
    /// The city's log
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Backups of the node's data directory
    #[command(subcommand)]
    Backup(BackupCommand),
    /// Compare the indexes and counts with the records
    Check(CheckArgs),
    /// Code tables: divisions, terms
    #[command(subcommand)]
    Tables(TablesCommand),
    /// Status of the node
    Status(StatusArgs),
    /// Quarantined entries of followed logs, with reasons
    Quarantine,
}

/// The command line with its help in a language.
pub fn command(language: Language) -> clap::Command {
    line::command::<Arguments>(language)
}

/// Runs the command line; every failure is reported with its remedy.
pub fn main() -> ExitCode {
    let arguments: Arguments = match line::parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    line::run(arguments.session.format(), run(arguments))
}

async fn run(arguments: Arguments) -> Result<ExitCode> {
    let context = arguments.session.of(PROGRAM, Expect::AnyNode);
    let done = match arguments.command {
        Command::Catalogue(command) => return catalogue::run(command, &context).await,
        Command::Source(command) => return source::run(command, &context).await,
        Command::Directory(command) => return directory::run(command, &context).await,
        Command::Request(command) => return request::run(command, &context).await,
        Command::Consent(command) => return consent::run(command, &context).await,
        Command::GrantRule(command) => return grant_rule::run(command, &context).await,
        Command::ReturnFlow(command) => return return_flow::run(command, &context).await,
        Command::Correction(command) => return correction::run(command, &context).await,
        Command::Demand(command) => return demand::run(command, &context).await,
        Command::Fetch(arguments) => return fetch::fetch(arguments, &context).await,
        Command::Usage(command) => return usage::run(command, &context).await,
        Command::Receipts(arguments) => return delivery::receipts(arguments, &context).await,
        Command::Log(command) => return log::run(command, &context).await,
        Command::Status(arguments) => return arguments.run(&context).await,
        Command::Serve { config, overrides } => crate::serve::serve(&config, &overrides).await,
        Command::Query(arguments) => query::query(arguments, &context).await,
        Command::Todo => todo::run(&context).await,
        Command::Notify(command) => notify::run(command, &context).await,
        Command::Join(join) => join.run().await,
        Command::Person(command) => command.run(&context).await,
        Command::Department(command) => command.run(&context).await,
        Command::Profile(command) => command.run(&context),
        Command::Audit(command) => command.run(&context).await,
        Command::Certificate(command) => command.run(&context).await,
        Command::Report(command) => command.run(&context).await,
        Command::Backup(command) => command.run(&context, data_directory).await,
        Command::Check(arguments) => arguments.run(&context, data_directory, indexed()).await,
        Command::Tables(command) => command.run(&context, |config| {
            Settings::load(config, &Overrides::default()).map(|settings| settings.tables)
        }),
        Command::Rules(command) => command.run(&context).await,
        Command::Probe(command) => command.run(&context).await,
        Command::Quarantine => quarantine(&context).await,
    };
    done.map(|()| ExitCode::SUCCESS)
}

fn data_directory(config: &Path) -> Result<DataDirectory> {
    let settings = Settings::load(config, &Overrides::default())?;
    let (cluster, _) = enrolment::subject(&settings.identity)?;
    Ok(DataDirectory {
        path: settings.data,
        owner: LogOwner::City(settings.city),
        cluster,
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
