//! `quarantine`: lists the quarantined entries of followed logs.

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;

use super::{Session, answer};
use crate::output::print;
use crate::pages::Pages;
use crate::views;

/// Shows all quarantined entries.
pub async fn quarantine(session: &Session) -> Result<()> {
    let mut client = StatusServiceClient::new(session.channel().await?);
    let pages = Pages::of(v1::ListQuarantineRequest::default());
    let all = pages.whole(async |asked| answer(client.list_quarantine(asked)).await);
    print(session.format(), &all.await?, views::quarantine)
}
