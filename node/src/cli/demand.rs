//! `demand …`: data that no catalogue holds.

use std::process::ExitCode;

use chengji_client::matters::MatterListArgs;
use chengji_client::output::print;
use chengji_client::{search, suggestions, views};
use chengji_domain::catalogue::UpdateCycle;
use chengji_domain::{Error, ErrorCode, Quoted, Result};
use chengji_messages::{Value, msg};
use chengji_proto::convert::update_cycle_to;
use chengji_proto::v1;
use chengji_proto::v1::demand_service_client::DemandServiceClient;
use clap::{Args, Subcommand};
use tonic::transport::Channel;

use super::{Context, answer};

type Client = DemandServiceClient<Channel>;

/// Commands on demands.
#[derive(Subcommand, Debug)]
pub enum DemandCommand {
    /// File a demand, after a look at what the directory already holds
    ///
    /// Shows entries of the directory that match the name, and those that have fields wanted. With --dry-run nothing is
    /// filed.
    #[command(
        after_help = "Example:\n  chengji-node demand file --name 'parking spaces' --field number \
                      --field occupied --purpose 'guide drivers' --basis 'Order 809, art. 20' --cycle daily --dry-run"
    )]
    File(FileArgs),
    #[command(flatten)]
    One(OneDemand),
    /// List the demands of all cities, newest first
    List(MatterListArgs),
}

/// Arguments of `demand file`.
#[derive(Args, Debug)]
pub struct FileArgs {
    /// Name of the data
    #[arg(long)]
    name: String,
    /// A field wanted; may be repeated
    #[arg(long = "field", value_name = "NAME", required = true)]
    fields: Vec<String>,
    /// Purpose of use
    #[arg(long)]
    purpose: String,
    /// Legal basis of the need
    #[arg(long)]
    basis: String,
    /// Update cycle that is needed, such as daily, monthly or irregular
    #[arg(long, value_name = "INTERVAL", value_parser = cycle)]
    cycle: v1::UpdateCycle,
    /// Demanding department, by its unified social credit code; the caller's unless given
    #[arg(long, value_name = "USCC", default_value = "")]
    department: String,
    /// Show what the directory already holds, and file nothing
    #[arg(long)]
    dry_run: bool,
}

/// Commands on one demand.
#[derive(Subcommand, Debug)]
pub enum OneDemand {
    /// Show a demand with its whole history
    Show {
        /// Number of the demand, in full or short, such as 430100-1-42
        id: String,
    },
    /// Provider: answer with a published entry
    Supply {
        /// Number of the demand
        id: String,
        /// Resource code of the entry
        #[arg(long)]
        code: String,
        /// The entry was published for the demand
        #[arg(long)]
        new: bool,
        /// Further information
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Provider: decline with reasons
    Decline {
        /// Number of the demand
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
        /// Legal basis
        #[arg(long, default_value = "")]
        basis: String,
    },
    /// Take a demand back before it is answered
    Withdraw {
        /// Number of the demand
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
    },
    /// Close an answered or declined demand
    Close {
        /// Number of the demand
        id: String,
        /// The outcome
        #[arg(long)]
        statement: String,
    },
}

/// Runs one.
pub async fn run(command: DemandCommand, context: &Context) -> Result<ExitCode> {
    let mut client = Client::new(context.channel().await?);
    let format = context.format();
    match command {
        DemandCommand::File(arguments) => return file(arguments, client, context).await,
        DemandCommand::One(command) => {
            print(format, &command.run(client).await?, views::matter)?;
        }
        DemandCommand::List(arguments) => {
            let pages = arguments.pages();
            let found = pages.whole(async |asked| answer(client.list(asked)).await);
            print(format, &found.await?, views::demands)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Files a demand; with `--dry-run` the suggestions are all that is printed.
async fn file(arguments: FileArgs, mut client: Client, context: &Context) -> Result<ExitCode> {
    let channel = context.channel().await?;
    let found = suggestions::found(channel, &arguments.name, &arguments.fields).await;
    if arguments.dry_run {
        print(context.format(), &found?, search::found)?;
        return Ok(ExitCode::SUCCESS);
    }
    // The demand is filed whatever was found: its author decides whether one of them is enough.
    suggestions::show(&arguments.name, found);
    let filed = answer(client.file(v1::FileDemandRequest {
        name: arguments.name,
        fields: arguments.fields,
        purpose: arguments.purpose,
        legal_basis: arguments.basis,
        cycle: arguments.cycle.into(),
        department: arguments.department,
    }));
    print(context.format(), &filed.await?, views::matter)?;
    Ok(ExitCode::SUCCESS)
}

impl OneDemand {
    async fn run(self, mut client: Client) -> Result<v1::Matter> {
        match self {
            Self::Show { id } => answer(client.show(v1::ShowMatterRequest { id })).await,
            Self::Supply {
                id,
                code,
                new: new_entry,
                note,
            } => {
                let supplied = v1::SupplyDemandRequest {
                    id,
                    code,
                    new_entry,
                    note,
                };
                answer(client.supply(supplied)).await
            }
            Self::Decline { id, reason, basis } => {
                let legal_basis = basis;
                let declined = v1::DeclineMatterRequest {
                    id,
                    reason,
                    legal_basis,
                };
                answer(client.decline(declined)).await
            }
            Self::Withdraw { id, reason } => {
                let withdrawn = v1::WithdrawMatterRequest { id, reason };
                answer(client.withdraw(withdrawn)).await
            }
            Self::Close { id, statement } => {
                let closed = v1::CloseDemandRequest { id, statement };
                answer(client.close(closed)).await
            }
        }
    }
}

/// An update cycle by its English or Chinese name.
fn cycle(text: &str) -> Result<v1::UpdateCycle> {
    let known = UpdateCycle::from_term(text).map(update_cycle_to);
    known.ok_or_else(|| {
        let known: Value = UpdateCycle::ALL.iter().map(|cycle| cycle.en()).collect();
        let text = Quoted(text);
        let message = msg::DemandCycleUnknown { known, text };
        Error::new(ErrorCode::InvalidArgument, message)
    })
}
