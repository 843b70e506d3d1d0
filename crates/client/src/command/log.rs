//! `log`: decisions of people about logs: accepting a followed log that has diverged, and confirming
//! the own log without peers.

use chengji_domain::Result;
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use clap::Args;

use super::{Session, answer};
use crate::output::{note, print};
use crate::views;

/// Accepts the log of this owner as it is now.
pub async fn accept_log(session: &Session, log: String, reason: String) -> Result<()> {
    let mut client = StatusServiceClient::new(session.channel().await?);
    let accepted = answer(client.accept_log(v1::AcceptLogRequest { log, reason })).await?;
    print(session.format(), &accepted, views::accepted)
}

/// Lets the program append to its log without a peer having confirmed it.
#[derive(Args, Clone, Debug)]
pub struct ConfirmArgs {
    /// Reason
    #[arg(long)]
    reason: String,
    /// Peer that contradicts the log and is known to be wrong; may be repeated
    #[arg(long, value_name = "PEER")]
    against: Vec<String>,
}

impl ConfirmArgs {
    /// Runs it.
    pub async fn run(self, session: &Session) -> Result<()> {
        let Self { reason, against } = self;
        let mut client = StatusServiceClient::new(session.channel().await?);
        answer(client.confirm_log(v1::ConfirmLogRequest { reason, against })).await?;
        note(msg::LogConfirmed);
        Ok(())
    }
}
