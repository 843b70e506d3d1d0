//! `audit`: what was done and what was denied.

use chengji_domain::Result;
use chengji_proto::v1;
use chengji_proto::v1::audit_service_client::AuditServiceClient;
use clap::Args;

use super::{Session, answer};
use crate::output::print;
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
    /// Entries shown at most, 1 to 1000 显示条数
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// Only entries before this number 起始序号之前
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    before: Option<u64>,
}

impl AuditArgs {
    /// Lists them.
    pub async fn run(self, session: &Session) -> Result<()> {
        let mut client = AuditServiceClient::new(session.channel().await?);
        let mut asked = v1::ListAuditRequest {
            principal: self.principal,
            denied: self.denied,
            limit: self.limit,
            before: self.before.unwrap_or_default(),
        };
        let mut all = v1::ListAuditResponse::default();
        loop {
            let some = answer(client.list(asked.clone())).await?;
            asked.before = some.entries.last().map_or(0, |last| last.number);
            asked.limit -= u32::try_from(some.entries.len())
                .unwrap_or(u32::MAX)
                .min(asked.limit);
            all.entries.extend(some.entries);
            if !some.cut || asked.limit == 0 {
                return print(session.format(), &all, views::audit);
            }
        }
    }
}
