//! Entries that cities lost by restores: those of a copy of a log that the next copy lacks. They stay in
//! their copy. Figures of cut-offs at which they counted still count them, and report it; those of later
//! ones report that they are missing.

use chengji_domain::Result;
use chengji_domain::rate::LostEntries;
use chengji_follow::{LogCopy, copies, leaf_in};
use chengji_store::KeyValue;

use super::basis::Basis;

/// The losses of a city that concern a cut-off: entries that count at it and were lost later, and entries
/// that were lost before and do not count.
///
/// `in_force` is the copy of its log that counts.
pub fn lost(
    kv: &dyn KeyValue,
    in_force: Option<&LogCopy>,
    basis: &Basis,
) -> Result<Vec<LostEntries>> {
    let Some(in_force) = in_force else {
        return Ok(Vec::new());
    };
    // Copies are numbered from 0: there is none before the first, and none after the current one.
    if basis.is_current() && in_force.number == 0 {
        return Ok(Vec::new());
    }
    let copies = copies(kv, in_force.log)?;
    let mut found = Vec::new();
    for (earlier, later) in copies.iter().zip(copies.iter().skip(1)) {
        let counted = earlier.number == in_force.number;
        let end = if counted { in_force.next } else { earlier.next };
        if earlier.number > in_force.number {
            break;
        }
        if let Some(first) = first_difference(kv, earlier, later)?.filter(|first| *first < end) {
            found.push(LostEntries {
                epoch: earlier.epoch,
                first,
                end,
                counted,
            });
        }
    }
    Ok(found)
}

/// The first entry of a copy that differs in the later one; `None` if there is none, or the later copy
/// was not read that far. Copies differ from there on: each entry names its epoch.
fn first_difference(kv: &dyn KeyValue, earlier: &LogCopy, later: &LogCopy) -> Result<Option<u64>> {
    let common = earlier.next.min(later.next);
    let (mut same, mut end) = (0, common);
    while same < end {
        let middle = same + (end - same) / 2;
        let leaf = |copy: &LogCopy| leaf_in(kv, copy.log, copy.number, middle);
        if leaf(earlier)? == leaf(later)? {
            same = middle + 1;
        } else {
            end = middle;
        }
    }
    Ok((same < common).then_some(same))
}
