//! Rules for automatic grants.

use chengji_domain::Result;
use chengji_domain::grant_rule::RecordedRule;
use chengji_proto::convert::{
    actor_from, actor_to, grant_rule_from, grant_rule_to, time_from, time_to,
};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, v1};

/// The codec of [`RecordedRule`].
#[derive(Debug)]
pub struct StoredGrantRule;

impl Codec for StoredGrantRule {
    type Record = RecordedRule;

    fn encode(recorded: &RecordedRule) -> Result<Vec<u8>> {
        let wire = v1::GrantRule {
            rule: Some(grant_rule_to(&recorded.rule)),
            revision: recorded.revision,
            actor: Some(actor_to(&recorded.actor)),
            at: Some(time_to(recorded.at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RecordedRule> {
        let wire: v1::GrantRule = decode(bytes)?;
        Ok(RecordedRule {
            rule: grant_rule_from(wire.rule.as_ref())?,
            revision: wire.revision,
            actor: actor_from(wire.actor.as_ref())?,
            at: time_from(wire.at.as_ref(), "at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::grant_rule::GrantRule;
    use chengji_domain::request::Actor;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{reads_as_written, refuses_incomplete, texts, times};

    proptest! {
        #[test]
        fn a_rule_reads_as_it_was_written(
            (purpose, at) in (texts(), times()),
            (max_days, revision) in (any::<u32>(), any::<u32>()),
            is_of_kind in any::<bool>(),
        ) {
            let kinds = is_of_kind.then(|| "11".parse().unwrap());
            let recorded = RecordedRule {
                rule: GrantRule {
                    department_kinds: kinds.into_iter().collect(),
                    purposes: [purpose].into(),
                    max_days,
                },
                revision,
                actor: Actor::new("city/430200/person/li.si".parse().unwrap(), None),
                at,
            };
            reads_as_written::<StoredGrantRule>(&recorded);
            refuses_incomplete::<StoredGrantRule>(&recorded);
        }
    }
}
