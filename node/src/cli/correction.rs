//! `correction …`: errors in received data.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chengji_client::matters::MatterListArgs;
use chengji_client::output::print;
use chengji_client::pages::Pages;
use chengji_client::views;
use chengji_domain::matter::MAX_ROWS;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::correction_service_client::CorrectionServiceClient;
use clap::Subcommand;
use tonic::transport::Channel;

use super::{Context, answer};

type Client = CorrectionServiceClient<Channel>;

/// Commands on corrections.
#[derive(Subcommand, Debug)]
pub enum CorrectionCommand {
    #[command(flatten)]
    One(OneCorrection),
    /// List corrections, newest first
    List(MatterListArgs),
    /// Show the rows attached to a correction
    Rows {
        /// Number of the correction
        id: String,
    },
    /// List notices of corrections to data that was received here, newest first
    Notices {
        /// Those that were acknowledged
        #[arg(long)]
        acknowledged: bool,
    },
    /// Acknowledge a notice
    Acknowledge {
        /// Number of the correction
        id: String,
    },
    /// Count the corrections of each entry, and those whose error was admitted
    Errors {
        /// Only entries of this city
        #[arg(long, value_name = "CITY")]
        provider: Option<CityCode>,
    },
}

/// Commands on one correction.
#[derive(Subcommand, Debug)]
pub enum OneCorrection {
    /// File a correction of data that was granted or received
    #[command(
        after_help = "Example:\n  chengji-node correction file 430100-1-42 --field address \
                      --problem 'the house number is wrong' --rows wrong.csv"
    )]
    File {
        /// Number of the request under which the data was received
        #[arg(value_name = "ID")]
        request: String,
        /// A field with errors; may be repeated
        #[arg(long = "field", value_name = "NAME", required = true)]
        fields: Vec<String>,
        /// The error in words, 1 to 500 characters
        #[arg(long, value_name = "TEXT")]
        problem: String,
        /// File with rows that are wrong, up to 16 KiB; only the two cities read them
        #[arg(long, value_name = "FILE")]
        rows: Option<PathBuf>,
    },
    /// Show a correction with its whole history
    Show {
        /// Number of the correction, in full or short, such as 430100-1-42
        id: String,
    },
    /// Provider: admit the error, which is to be corrected within the same time
    Accept {
        /// Number of the correction
        id: String,
        /// Further information
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Provider: report that the data is corrected, by a further revision or another content
    Correct {
        /// Number of the correction
        id: String,
        /// Further information
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Provider: decline with reasons
    Decline {
        /// Number of the correction
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
        /// Legal basis
        #[arg(long, default_value = "")]
        basis: String,
    },
    /// Take a correction back before it is answered
    Withdraw {
        /// Number of the correction
        id: String,
        /// Reason
        #[arg(long)]
        reason: String,
    },
}

/// Runs one.
pub async fn run(command: CorrectionCommand, context: &Context) -> Result<ExitCode> {
    let mut client = Client::new(context.channel().await?);
    let format = context.format();
    match command {
        CorrectionCommand::One(command) => {
            let matter = command.run(client).await?;
            print(format, &matter, views::matter)?;
        }
        CorrectionCommand::List(arguments) => {
            let pages = arguments.pages();
            let found = pages.whole(async |asked| answer(client.list(asked)).await);
            print(format, &found.await?, views::corrections)?;
        }
        CorrectionCommand::Rows { id } => {
            let rows = answer(client.show_rows(v1::ShowRowsRequest { id })).await?;
            print(format, &rows, views::correction_rows)?;
        }
        CorrectionCommand::Notices { acknowledged } => {
            let page = None;
            let pages = Pages::of(v1::ListNoticesRequest { acknowledged, page });
            let found = pages.whole(async |asked| answer(client.list_notices(asked)).await);
            print(format, &found.await?, views::correction_notices)?;
        }
        CorrectionCommand::Acknowledge { id } => {
            let asked = v1::AcknowledgeNoticeRequest { id };
            let notice = answer(client.acknowledge_notice(asked)).await?;
            print(format, &notice, views::correction_notice)?;
        }
        CorrectionCommand::Errors { provider } => {
            let provider = provider.map(|city| city.to_string()).unwrap_or_default();
            let page = None;
            let pages = Pages::of(v1::CountErrorsRequest { provider, page });
            let found = pages.whole(async |asked| answer(client.count_errors(asked)).await);
            print(format, &found.await?, views::entry_errors)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl OneCorrection {
    async fn run(self, mut client: Client) -> Result<v1::Matter> {
        match self {
            Self::File {
                request,
                fields,
                problem,
                rows,
            } => {
                let rows = rows.as_deref().map(read).transpose()?.unwrap_or_default();
                let filed = v1::FileCorrectionRequest {
                    request,
                    fields,
                    problem,
                    rows,
                };
                answer(client.file(filed)).await
            }
            Self::Show { id } => answer(client.show(v1::ShowMatterRequest { id })).await,
            Self::Accept { id, note } => {
                let accepted = v1::AcceptCorrectionRequest { id, note };
                answer(client.accept(accepted)).await
            }
            Self::Correct { id, note } => {
                answer(client.correct(v1::CorrectRequest { id, note })).await
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
        }
    }
}

/// Reads the rows in a file.
fn read(path: &Path) -> Result<String> {
    let unreadable = |cause: std::io::Error| {
        let message = msg::SourceUnreadable { cause, path };
        Error::new(ErrorCode::InvalidArgument, message)
    };
    let bytes = std::fs::metadata(path).map_err(unreadable)?.len();
    if bytes > MAX_ROWS as u64 {
        let most = MAX_ROWS;
        let message = msg::CorrectionRowsTooLarge { bytes, most };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    std::fs::read_to_string(path).map_err(unreadable)
}
