//! The choice of entries to probe, of the day, and of the prober. Which entries are due, and in which order, follows from
//! the catalogue and the day alone, so that anybody can check it; the prober also depends on the cities that can be reached.

use std::num::NonZeroU32;

use jiff::civil::{Date, date};

use super::Declaration;
use crate::catalogue::{AssessmentOutcome, EntryRecord, ShareClass};
use crate::city::CityCode;
use crate::digest::Digest;
use crate::resource::ResourceRef;

/// The day that days are counted from.
const FIRST_DAY: Date = date(1970, 1, 1);

/// Returns what is declared of an entry that may be probed, `None` for any other. It is published, shared without
/// conditions, assessed as without risk for personal information, restricted to no region and in need of no approval; a file
/// or a table is mounted to it and measured, and its deliveries are not stopped. An entry without that assessment is not probed.
pub fn declaration(record: &EntryRecord) -> Option<Declaration> {
    let entry = &record.entry;
    let assessment = entry.papers.personal_information.as_ref()?;
    let may_be = entry.share_class() == ShareClass::Unconditional
        && assessment.outcome == AssessmentOutcome::NoRisk
        && entry.region.is_none()
        && !entry.superior_approval
        && record.withdrawn.is_none()
        && record.stop.is_none();
    let measurement = record.mount.as_ref()?.measurement?;
    may_be.then_some(Declaration {
        revision: record.revision,
        measurement,
    })
}

/// Returns true if an entry is due on this day. Each entry is due once in `every_days` days.
pub fn is_due(resource: &ResourceRef, every_days: NonZeroU32, today: Date) -> bool {
    let every = u64::from(every_days.get());
    let day = i64::from((today - FIRST_DAY).get_days()).rem_euclid(i64::from(every_days.get()));
    drawn("day", resource, "") % every == day.unsigned_abs()
}

/// Returns the place of an entry among those that are due on a day, of which there may be more than are probed. The place
/// changes from cycle to cycle, so that no entry is always last.
pub fn order_of_turns(resource: &ResourceRef, today: Date) -> u64 {
    drawn("turn", resource, &today.to_string())
}

/// Returns the city that probes an entry on a day: any of these but its provider.
pub fn prober(resource: &ResourceRef, cities: &[CityCode], today: Date) -> Option<CityCode> {
    let rank = |city: CityCode| drawn(&city.to_string(), resource, &today.to_string());
    let others = cities.iter().filter(|city| **city != resource.city);
    others.min_by_key(|city| (rank(**city), **city)).copied()
}

/// A number that is spread evenly over resources and days.
fn drawn(purpose: &str, resource: &ResourceRef, day: &str) -> u64 {
    let Digest(bytes) = Digest::of(format!("{purpose}\n{resource}\n{day}").as_bytes());
    let first = bytes.first_chunk().copied().unwrap_or_default();
    u64::from_be_bytes(first)
}
