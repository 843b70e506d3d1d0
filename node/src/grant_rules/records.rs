//! The rules as they are stored. Whether grants by them are consented to is decided elsewhere.

use chengji_domain::request::Actor;
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_records::StoredGrantRule;
use chengji_store::{Prefix, Table, View};

/// The last rule of each entry, unless it was ended.
pub(crate) static RULES: Table<ResourceCode, StoredGrantRule> = Table::new(Prefix::GrantRule, &[]);

/// Refuses the person who set the rule of an entry as the one who consents to grants by it. Errors: `DENIED`.
pub(crate) fn check_consenter(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
    consenter: &Actor,
) -> Result<()> {
    let rule = RULES.get(view, code)?;
    let same = rule.as_ref().and_then(|known| known.in_both(consenter));
    same.map_or(Ok(()), |who| {
        let message = msg::GrantRuleConsentBySamePerson { code, who };
        Err(Error::new(ErrorCode::Denied, message))
    })
}
