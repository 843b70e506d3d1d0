//! The grant terms that this node enforces. It makes no grant with others, and delivers nothing under
//! one, whatever its origin.

use chengji_domain::request::terms::{GrantTerms, TermKind};
use chengji_messages::{Message, Value};

/// The kinds of terms that this node enforces. The end of a grant is always enforced.
const ENFORCED: &[TermKind] = &[TermKind::File];

/// Lists the kinds of terms that this node does not enforce; `None` where it enforces all of them.
pub fn unenforced(terms: &GrantTerms) -> Option<Value> {
    let kinds = terms.kinds().into_iter();
    let others = kinds.filter(|kind| !ENFORCED.contains(kind));
    let named: Vec<Message> = others.map(TermKind::label).collect();
    (!named.is_empty()).then(|| named.into())
}
