//! `audit`: lists the calls that were made and those that were denied.

use std::num::NonZeroUsize;

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::audit_service_client::AuditServiceClient;
use clap::Args;

use super::{Session, answer};
use crate::arguments::within;
use crate::output::print;
use crate::pages::Pages;
use crate::views;

/// Selection of the entries.
#[derive(Args, Debug)]
pub struct AuditArgs {
    /// Only entries of this principal, such as city/430100/person/li.ming
    #[arg(long, value_name = "PRINCIPAL", default_value = "")]
    principal: String,
    /// Only calls that were denied or failed
    #[arg(long)]
    denied: bool,
    /// Entries shown at most
    #[arg(long, default_value = "100")]
    limit: NonZeroUsize,
    /// Only entries before this number
    #[arg(long, value_name = "NUMBER", value_parser = within::<u64>(1..))]
    before: Option<u64>,
}

impl AuditArgs {
    /// Lists them.
    pub async fn run(self, session: &Session) -> Result<()> {
        let mut client = AuditServiceClient::new(session.channel().await?);
        let asked = v1::ListAuditRequest {
            principal: self.principal,
            denied: self.denied,
            before: self.before.unwrap_or_default(),
            page: None,
        };
        let pages = Pages::at_most(asked, self.limit.get());
        let listed = pages.whole(async |asked| answer(client.list(asked)).await);
        print(session.format(), &listed.await?, views::audit)
    }
}
