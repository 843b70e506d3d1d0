//! Default scopes of entries.

use chengji_domain::Result;
use chengji_domain::default_scope::DefaultScope;
use chengji_proto::convert::{
    actor_from, actor_to, table_scope_from, table_scope_to, time_from, time_to,
};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, v1};

/// The codec of [`DefaultScope`].
#[derive(Debug)]
pub struct StoredDefaultScope;

impl Codec for StoredDefaultScope {
    type Record = DefaultScope;

    fn encode(recorded: &DefaultScope) -> Result<Vec<u8>> {
        let wire = v1::DefaultScope {
            scope: Some(table_scope_to(&recorded.part)),
            actor: Some(actor_to(&recorded.actor)),
            at: Some(time_to(recorded.at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<DefaultScope> {
        let wire: v1::DefaultScope = decode(bytes)?;
        Ok(DefaultScope {
            part: table_scope_from(wire.scope.as_ref())?,
            actor: actor_from(wire.actor.as_ref())?,
            at: time_from(wire.at.as_ref(), "at")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::request::Actor;
    use chengji_domain::request::terms::{Condition, Mask, TableScope};
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{digests, reads_as_written, refuses_incomplete, texts, times};

    proptest! {
        #[test]
        fn a_default_scope_reads_as_it_was_written(
            (schema, at, column) in (digests(), times(), texts()),
            row_limit in prop::option::of(any::<u64>()),
            kept in any::<u32>(),
        ) {
            let masked = ("a".to_owned(), Some(Mask::KeepFirst(kept)));
            let recorded = DefaultScope {
                part: TableScope {
                    schema,
                    columns: [masked, ("b".to_owned(), None)].into(),
                    condition: Some(Condition::IsNull { column }),
                    row_limit,
                    increment: None,
                },
                actor: Actor::new("city/430200/person/shen.pi".parse().unwrap(), None),
                at,
            };
            reads_as_written::<StoredDefaultScope>(&recorded);
            refuses_incomplete::<StoredDefaultScope>(&recorded);
        }
    }
}
