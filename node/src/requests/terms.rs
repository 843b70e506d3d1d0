//! The grant terms that this node enforces as the provider. It makes no grant with others that have to be enforced, and
//! delivers nothing under one, whatever its origin. Terms that the consumer's node vouches for are compared with its
//! word at each delivery; agreed ones are shown.

use chengji_domain::request::terms::{GrantTerms, Keeping, TermKind};
use chengji_messages::{Message, Value};

/// The kinds of terms that this node enforces. The end of a grant is always enforced.
const ENFORCED: &[TermKind] = &[
    TermKind::File,
    TermKind::Table,
    TermKind::Count,
    TermKind::Rate,
    TermKind::Period,
    TermKind::Connector,
];

/// Lists the kinds of terms that have to be enforced and that this node does not enforce; `None` where there are none.
pub fn unenforced(terms: &GrantTerms) -> Option<Value> {
    let kinds = terms.kinds().into_iter();
    let others =
        kinds.filter(|kind| kind.keeping() == Keeping::Enforced && !ENFORCED.contains(kind));
    let named: Vec<Message> = others.map(TermKind::label).collect();
    (!named.is_empty()).then(|| named.into())
}
