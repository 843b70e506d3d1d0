//! `quarantine`: what had to be set aside of the logs that are followed.

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;

use super::{Session, answer};
use crate::output::print;
use crate::views;

/// Shows all of it, page by page as the program gives it.
pub async fn quarantine(session: &Session) -> Result<()> {
    let mut client = StatusServiceClient::new(session.channel().await?);
    let mut all = v1::ListQuarantineResponse::default();
    let mut asked = v1::ListQuarantineRequest::default();
    loop {
        let page = answer(client.list_quarantine(asked.clone())).await?;
        all.entries.extend(page.entries);
        if page.next_page.is_empty() {
            return print(session.format(), &all, views::quarantine);
        }
        asked.page = page.next_page;
    }
}
