//! A move on all entries that match a filter: counts them for confirmation, and selects them as they were
//! counted.

use std::collections::BTreeMap;

use chengji_domain::catalogue::lifecycle::{LifecycleRecord, Move};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::{entry_move_from, share_class_to};
use chengji_proto::v1;
use chengji_runtime::Awaited;
use chengji_store::View;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::listing::Filter;

/// Maximum number of groups listed.
const MAX_GROUPS: usize = 100;

/// Counts the entries that a request selects, by department and class. Blocks.
pub fn count(
    view: &(impl View + ?Sized),
    request: v1::CountLifecyclesRequest,
    now: Timestamp,
    awaited: &Awaited,
) -> Result<v1::CountLifecyclesResponse> {
    let mv = entry_move_from(request.r#move());
    let filter = Filter::for_move(request.filter, mv, now)?.with_merged(view)?;
    let mut set = Set::default();
    let mut groups: BTreeMap<(String, i32), u64> = BTreeMap::new();
    filter.each(view, mv, |record, entry| {
        set.add(&revision(&entry.code, record));
        let group = (entry.provider, share_class_to(entry.sharing.class).into());
        *groups.entry(group).or_default() += 1;
        awaited.check()
    })?;
    let groups = groups.into_iter();
    let mut groups: Vec<v1::EntryGroup> = groups
        .map(|((provider, share_class), count)| v1::EntryGroup {
            provider,
            share_class,
            count,
        })
        .collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups.truncate(MAX_GROUPS);
    Ok(v1::CountLifecyclesResponse {
        set: Some(set.finish()),
        groups,
    })
}

/// Selects the entries for a move, in order of code; each is passed to `keep` as well. Blocks. Errors:
/// `CONFLICT` where they differ from the expected ones, and those of `keep`.
pub fn select(
    view: &(impl View + ?Sized),
    mv: Move,
    request: v1::ChangeWhereRequest,
    now: Timestamp,
    mut keep: impl FnMut(&v1::EntryRevision) -> Result<()>,
) -> Result<Vec<v1::EntryRevision>> {
    let filter = Filter::for_move(request.filter, Some(mv), now)?.with_merged(view)?;
    let mut set = Set::default();
    let mut selected = Vec::new();
    filter.each(view, Some(mv), |record, entry| {
        let revision = revision(&entry.code, record);
        set.add(&revision);
        keep(&revision)?;
        selected.push(revision);
        Ok(())
    })?;
    if let Some(expected) = request.expected {
        check(&expected, &set.finish())?;
    }
    Ok(selected)
}

fn check(expected: &v1::EntrySet, found: &v1::EntrySet) -> Result<()> {
    if expected.count == found.count
        && (expected.digest.is_empty() || expected.digest == found.digest)
    {
        return Ok(());
    }
    let message: Message = match (expected.count, found.count) {
        (before, now) if before == now => msg::EntrySetChanged.into(),
        (before, now) => msg::EntrySetCountChanged { before, now }.into(),
    };
    Err(Error::new(ErrorCode::Conflict, message))
}

fn revision(code: &ResourceCode, record: &LifecycleRecord) -> v1::EntryRevision {
    v1::EntryRevision {
        code: code.to_string(),
        revision: record.lifecycle.newest,
        steps: record.steps,
    }
}

/// Accumulates an [`v1::EntrySet`], in order of code.
#[derive(Default)]
struct Set {
    count: u64,
    digest: Sha256,
}

impl Set {
    fn add(&mut self, entry: &v1::EntryRevision) {
        self.count += 1;
        self.digest.update(entry.code.as_bytes());
        self.digest.update([0]);
        self.digest.update(entry.revision.to_be_bytes());
        self.digest.update(entry.steps.to_be_bytes());
    }

    fn finish(self) -> v1::EntrySet {
        v1::EntrySet {
            count: self.count,
            digest: self.digest.finalize().to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_the_expected_ones_by_number_and_by_what_they_are() {
        let entry = |code: &str, steps| v1::EntryRevision {
            code: code.to_owned(),
            revision: 1,
            steps,
        };
        let set = |entries: &[v1::EntryRevision]| {
            let mut set = Set::default();
            entries.iter().for_each(|entry| set.add(entry));
            set.finish()
        };
        let found = set(&[entry("103001000001", 2), entry("103001000002", 2)]);
        assert_eq!(check(&found, &found), Ok(()));
        let number = v1::EntrySet {
            digest: Vec::new(),
            ..found.clone()
        };
        assert_eq!(check(&number, &found), Ok(()));
        for others in [
            set(&[entry("103001000001", 2)]),
            set(&[entry("103001000001", 2), entry("103001000003", 2)]),
            set(&[entry("103001000001", 2), entry("103001000002", 4)]),
        ] {
            let error = check(&others, &found).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Conflict);
        }
    }
}
