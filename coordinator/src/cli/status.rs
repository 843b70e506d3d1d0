//! `status` and `quarantine`: how the coordinator is, and what it had to set aside.

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_terminal::output::print;
use chengji_terminal::views;

use super::{Session, answer};

pub(super) async fn status(session: &Session) -> Result<()> {
    let mut client = StatusServiceClient::new(session.channel().await?);
    let status = answer(client.status(v1::StatusRequest {})).await?;
    print(session.format(), &status, views::status)
}

pub(super) async fn quarantine(session: &Session) -> Result<()> {
    let mut client = StatusServiceClient::new(session.channel().await?);
    let entries = answer(client.list_quarantine(v1::ListQuarantineRequest {})).await?;
    print(session.format(), &entries, views::quarantine)
}
