//! `audit`: lists the calls that were made and those that were denied.

use std::num::NonZeroUsize;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
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
        // Of one principal, others' denials are missing in between.
        let is_whole = self.principal.is_empty();
        let mut client = AuditServiceClient::new(session.channel().await?);
        let asked = v1::ListAuditRequest {
            principal: self.principal,
            denied: self.denied,
            before: self.before.unwrap_or_default(),
            page: None,
        };
        let pages = Pages::at_most(asked, self.limit.get());
        let listed = pages.whole(async |asked| answer(client.list(asked)).await);
        let listed = listed.await?;
        print(session.format(), &listed, views::audit)?;
        match broken_link(&listed.entries, is_whole) {
            None => Ok(()),
            Some(number) => {
                let message = msg::AuditChainBroken { number };
                Err(Error::new(ErrorCode::StorageDamaged, message))
            }
        }
    }
}

/// Returns the number of the first denial, newest first, that does not name the one listed after it. If not all denials
/// are listed, only those that follow each other are compared.
fn broken_link(entries: &[v1::AuditEntry], is_whole: bool) -> Option<u64> {
    let denials: Vec<_> = entries.iter().filter(|entry| entry.denial > 0).collect();
    let broken = denials.windows(2).find(|pair| {
        let (newer, older) = (pair[0], pair[1]);
        let follows = newer.denial == older.denial + 1;
        (is_whole && !follows) || (follows && newer.previous_denial != older.digest)
    });
    broken.map(|pair| pair[0].denial)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_and_a_removed_denial_are_noticed() {
        let entry = |denial: u64| v1::AuditEntry {
            denial,
            previous_denial: vec![denial as u8 - 1],
            digest: vec![denial as u8],
            ..v1::AuditEntry::default()
        };
        let done = v1::AuditEntry::default();
        let mut listed = vec![entry(4), done, entry(3), entry(2)];
        assert_eq!(broken_link(&listed, true), None);
        listed[2].digest = vec![9];
        assert_eq!(broken_link(&listed, true), Some(4));
        listed.remove(2);
        assert_eq!(broken_link(&listed, true), Some(4));
        assert_eq!(broken_link(&listed, false), None);
    }
}
