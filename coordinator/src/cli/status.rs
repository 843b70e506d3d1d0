//! `status`: how the coordinator is.

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
