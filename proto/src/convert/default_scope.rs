//! Default scopes of entries: in calls, and where an entry is shown.

use chengji_domain::default_scope::DefaultScope;
use chengji_domain::{Error, ResourceCode};

use super::actor::{actor_from, actor_to};
use super::grant_terms::{table_scope_from, table_scope_to};
use super::source::{ScopeTexts, scope_texts_from};
use super::{code_from, time_from, time_to};
use crate::service::Parse;
use crate::v1;

/// A default scope that a caller wants set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultScopeOrder {
    /// The code of the entry.
    pub code: ResourceCode,
    /// The part in texts; `None` to remove the default scope.
    pub part: Option<ScopeTexts>,
}

impl Parse for v1::SetDefaultScopeRequest {
    type Parsed = DefaultScopeOrder;

    fn parse(self) -> Result<DefaultScopeOrder, Error> {
        Ok(DefaultScopeOrder {
            code: code_from(&self.code)?,
            part: self.scope.as_ref().map(scope_texts_from),
        })
    }
}

/// The default scope of an entry, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownDefaultScope {
    /// The default scope.
    pub recorded: DefaultScope,
    /// True if it is not of the columns of the mounted table, so that nothing is granted by it.
    pub is_outdated: bool,
}

/// Converts the default scope of an entry to the wire.
pub(super) fn default_scope_to(shown: &ShownDefaultScope) -> v1::DefaultScope {
    let recorded = &shown.recorded;
    v1::DefaultScope {
        scope: Some(table_scope_to(&recorded.part)),
        actor: Some(actor_to(&recorded.actor)),
        at: Some(time_to(recorded.at)),
        outdated: shown.is_outdated,
    }
}

/// Converts the default scope of an entry from the wire.
pub(super) fn default_scope_from(wire: &v1::DefaultScope) -> Result<ShownDefaultScope, Error> {
    Ok(ShownDefaultScope {
        recorded: DefaultScope {
            part: table_scope_from(wire.scope.as_ref())?,
            actor: actor_from(wire.actor.as_ref())?,
            at: time_from(wire.at.as_ref(), "at")?,
        },
        is_outdated: wire.outdated,
    })
}
