//! Columns and confirmations of the tables that this city queries, kept in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::SchemaRef;
use chengji_domain::request::RequestId;
use jiff::Timestamp;

/// Maximum number of requests of which something is kept.
const MAX_KNOWN: usize = 1_000;

/// Columns and confirmations, by request; providers are asked again after a start. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct KnownTables {
    known: Arc<Mutex<HashMap<RequestId, Known>>>,
}

/// A granted part of a table as its provider described it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Described {
    /// Its columns.
    pub(super) schema: SchemaRef,
    /// Size of the whole table in bytes, if the provider computes queries of the part.
    pub(super) queried_bytes: Option<u64>,
}

#[derive(Debug, Default)]
struct Known {
    /// The description of the part that is granted since this time.
    described: Option<(Timestamp, Described)>,
    /// The position of a receipt, and the last time at which the provider still had its content.
    confirmed: Option<(u64, Timestamp)>,
}

impl KnownTables {
    pub(super) fn described(&self, request: RequestId, since: Timestamp) -> Option<Described> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let described = known.get(&request)?.described.as_ref();
        let current = described.filter(|(of, _)| *of == since);
        current.map(|(_, described)| described.clone())
    }

    pub(super) fn describe(&self, request: RequestId, since: Timestamp, described: Described) {
        self.note(request, |known| known.described = Some((since, described)));
    }

    pub(super) fn forget(&self, request: RequestId) {
        self.note(request, |known| known.described = None);
    }

    /// Notes that a provider does not accept a query of a part as this node writes it: the table is fetched from then on.
    pub(super) fn note_refusal(&self, request: RequestId) {
        self.note(request, |known| {
            if let Some((_, described)) = &mut known.described {
                described.queried_bytes = None;
            }
        });
    }

    pub(super) fn confirmed(&self, request: RequestId, receipt: u64) -> Option<Timestamp> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (seq, at) = known.get(&request)?.confirmed?;
        (seq == receipt).then_some(at)
    }

    pub(super) fn confirm(&self, request: RequestId, receipt: u64, at: Timestamp) {
        self.note(request, |known| known.confirmed = Some((receipt, at)));
    }

    fn note(&self, request: RequestId, note: impl FnOnce(&mut Known)) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KNOWN && !known.contains_key(&request) {
            known.clear();
        }
        note(known.entry(request).or_default());
    }
}

#[cfg(test)]
mod tests {
    use arrow_schema::Schema;

    use super::*;
    use crate::queries::samples::{now, number};

    #[test]
    fn a_table_whose_query_was_refused_is_not_queried_at_its_provider() {
        let (queried, request) = (KnownTables::default(), number(1));
        queried.note_refusal(request);
        assert_eq!(queried.described(request, now()), None);
        let described = Described {
            schema: Arc::new(Schema::empty()),
            queried_bytes: Some(1 << 30),
        };
        queried.describe(request, now(), described.clone());
        queried.note_refusal(request);
        let refused = Described {
            queried_bytes: None,
            ..described
        };
        assert_eq!(queried.described(request, now()), Some(refused));
    }

    #[test]
    fn what_is_kept_in_memory_is_bounded() {
        let queried = KnownTables::default();
        for seq in 0..=MAX_KNOWN as u64 {
            queried.confirm(number(seq), 1, now());
        }
        assert_eq!(queried.known.lock().unwrap().len(), 1);
        let last = number(MAX_KNOWN as u64);
        assert_eq!(queried.confirmed(last, 1), Some(now()));
        assert_eq!(queried.confirmed(last, 2), None, "of another receipt");
    }
}
