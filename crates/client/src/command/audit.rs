//! `audit`: what was done and what was denied.

use std::num::NonZeroUsize;

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::audit_service_client::AuditServiceClient;
use clap::Args;

use super::{Session, answer};
use crate::output::print;
use crate::pages::Pages;
use crate::views;

/// Which entries to list.
#[derive(Args, Debug)]
pub struct AuditArgs {
    /// Only of this principal, such as city/430100/person/li.ming 操作者
    #[arg(long, value_name = "PRINCIPAL", default_value = "")]
    principal: String,
    /// Only what was denied or failed 仅列出被拒绝或失败的
    #[arg(long)]
    denied: bool,
    /// Entries shown at most 显示条数
    #[arg(long, default_value = "100")]
    limit: NonZeroUsize,
    /// Only entries before this number 起始序号之前
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
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
