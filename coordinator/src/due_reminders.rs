//! Finds the requests or matters for which a reminder is due, by the index of those with a reminder to come.

use std::collections::BTreeSet;
use std::ops::Bound::{self, Excluded, Included, Unbounded};

use chengji_domain::Result;
use chengji_domain::request::RequestId;
use chengji_store::{Codec, Index, KeyPart, KeyValue, Span};
use jiff::civil::Date;

use crate::deadlines::Deadlines;

/// The first and the last day of deadlines.
pub type Days = (Bound<Date>, Bound<Date>);

/// Returns the numbers of those due for a reminder on this day, once each. `within` returns the part of the index with
/// deadlines on these days: for `true` of those that were reminded before the deadline. Calls `is_due` only for those
/// whose deadline is near by the rules of some cities alone.
///
/// # Errors
///
/// Storage errors, and those of `is_due`.
pub fn due_reminders<I: KeyPart + 'static, C: Codec>(
    kv: &dyn KeyValue,
    (deadlines, today): (&Deadlines, Date),
    within: impl Fn(bool, Days) -> Span<'static, Index<I, RequestId, C>>,
    is_due: impl Fn(RequestId) -> Result<bool>,
) -> Result<BTreeSet<RequestId>> {
    let for_all = deadlines.near_for_all_before(today);
    let for_some = deadlines.near_before(today);
    let some_alone = (Included(for_all), Excluded(for_some));
    let parts = [
        (within(false, (Unbounded, Excluded(for_all))), true),
        (within(true, (Unbounded, Excluded(today))), true),
        (within(false, some_alone), false),
    ];
    let mut due = BTreeSet::new();
    for (part, is_for_all) in parts {
        part.each_key(kv, |_, id| {
            if is_for_all || is_due(id)? {
                due.insert(id);
            }
            Ok(())
        })?;
    }
    Ok(due)
}
