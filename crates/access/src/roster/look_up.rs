//! Point look-ups of the roster in force.

use std::ops::RangeBounds;

use chengji_domain::access::Serial;
use chengji_domain::fact::LogOwner;
use chengji_domain::roster::{self, Membership, MembershipStatus, not_among_people, void};
use chengji_domain::{CityCode, LogKey, Principal, Result};
use chengji_records::RosterHead;
use chengji_store::{Limit, View};
use jiff::Timestamp;

use super::tables::{HEAD, LEFT, LOG_KEYS, MEMBERS, PEOPLE, REVOKED};

/// Number of members read at once.
const PAGE: usize = 256;

/// The roster as a whole.
///
/// # Errors
///
/// Storage errors.
pub fn head(view: &(impl View + ?Sized)) -> Result<RosterHead> {
    Ok(HEAD.get(view, &())?.unwrap_or_default())
}

/// The copy of the log in force and the position up to which it is covered.
fn in_force(view: &(impl View + ?Sized)) -> Result<(u32, u64)> {
    let known = head(view)?.in_force;
    Ok(known.map_or((0, 0), |known| (known.copy, known.position.seq)))
}

/// Looks up a member of any status.
///
/// # Errors
///
/// Storage errors.
pub fn member(view: &(impl View + ?Sized), city: CityCode) -> Result<Option<Membership>> {
    let (copy, covered) = in_force(view)?;
    let known = MEMBERS.get(view, &(copy, city))?;
    Ok(known.and_then(|known| known.in_force(covered).clone()))
}

/// Looks up a member by all facts of the own log: at the coordinator, within a transaction whose facts
/// are not signed yet.
///
/// # Errors
///
/// Storage errors.
pub fn last_read(view: &(impl View + ?Sized), city: CityCode) -> Result<Option<Membership>> {
    let known = MEMBERS.get(view, &(0, city))?;
    Ok(known.and_then(|known| known.read))
}

/// Returns the key of what [`last_read`] looks up, and [`member`] at the coordinator.
pub fn key_of_member(city: CityCode) -> Vec<u8> {
    MEMBERS.stored_key(&(0, city))
}

/// Returns true if a city is an active member.
///
/// # Errors
///
/// Storage errors.
pub fn is_active(view: &(impl View + ?Sized), city: CityCode) -> Result<bool> {
    Ok(member(view, city)?.is_some_and(|known| known.status == MembershipStatus::Active))
}

/// Returns true if a city was a member and no longer is one.
///
/// # Errors
/// Storage errors.
pub fn has_left(view: &(impl View + ?Sized), city: CityCode) -> Result<bool> {
    Ok(member(view, city)?.is_some_and(|known| known.status == MembershipStatus::Removed))
}

/// Returns the cities of which [`has_left`] is true, by city. Reads these alone.
///
/// # Errors
///
/// Storage errors.
pub fn departed(view: &(impl View + ?Sized)) -> Result<Vec<CityCode>> {
    let (copy, _) = in_force(view)?;
    let mut cities = Vec::new();
    LEFT.under(&(copy,)).each_key(view, |_, (_, city)| {
        if has_left(view, city)? {
            cities.push(city);
        }
        Ok(())
    })?;
    Ok(cities)
}

/// Iterates over members of any status, by city; reads `at_once` at a time. The membership is `None` for a city whose
/// admission is not in force.
///
/// # Errors
///
/// Storage errors.
pub fn members<V: View + ?Sized>(
    view: &V,
    bounds: impl RangeBounds<CityCode>,
    at_once: usize,
) -> Result<impl Iterator<Item = Result<(CityCode, Option<Membership>)>>> {
    let (copy, covered) = in_force(view)?;
    let rows = MEMBERS.within(&(copy,), bounds).rows(view, at_once);
    Ok(rows.map(move |row| {
        let ((_, city), known) = row?;
        Ok((city, known.in_force(covered).clone()))
    }))
}

/// Calls `visit` with every member of any status, by city.
///
/// # Errors
///
/// Those of `visit` and of the storage.
pub fn each_member(
    view: &(impl View + ?Sized),
    mut visit: impl FnMut(Membership) -> Result<()>,
) -> Result<()> {
    for row in members(view, .., PAGE)? {
        if let (_, Some(known)) = row? {
            visit(known)?;
        }
    }
    Ok(())
}

/// Returns the cities that were active members at a time, by city.
///
/// # Errors
///
/// Storage errors.
pub fn active_at(view: &(impl View + ?Sized), at: Timestamp) -> Result<Vec<CityCode>> {
    let mut cities = Vec::new();
    each_member(view, |known| {
        if known.status_at(at) == Some(MembershipStatus::Active) {
            cities.push(known.member.city);
        }
        Ok(())
    })?;
    Ok(cities)
}

/// Checks that a principal of the cluster, authenticated by this certificate, may take part. A city's
/// people are checked by their city.
///
/// # Errors
///
/// `SUSPENDED` with the reason; those of the storage.
pub fn check(
    view: &(impl View + ?Sized),
    principal: &Principal,
    serial: Option<Serial>,
) -> Result<()> {
    match principal {
        Principal::Node(city) => check_member(view, *city)?,
        Principal::Operator(_) | Principal::Auditor(_) if !is_person(view, principal)? => {
            return Err(not_among_people(principal));
        }
        _ => {}
    }
    let (copy, _) = in_force(view)?;
    match serial {
        Some(serial) if REVOKED.get(view, &(copy, serial))?.is_some() => {
            Err(void(principal, serial))
        }
        _ => Ok(()),
    }
}

/// Checks that a city is an active member.
///
/// # Errors
///
/// `SUSPENDED` with the reason; those of the storage.
pub fn check_member(view: &(impl View + ?Sized), city: CityCode) -> Result<()> {
    roster::check_member(city, member(view, city)?.as_ref())
}

fn is_person(view: &(impl View + ?Sized), principal: &Principal) -> Result<bool> {
    let (copy, covered) = in_force(view)?;
    let known = PEOPLE.get(view, &(copy, principal.clone()))?;
    Ok(known.is_some_and(|known| *known.in_force(covered)))
}

/// The keys of a log that are in force, each valid from its position on, the earliest first.
///
/// # Errors
///
/// Storage errors.
pub fn log_keys(view: &(impl View + ?Sized), log: LogOwner) -> Result<Vec<LogKey>> {
    let (copy, covered) = in_force(view)?;
    let keys = LOG_KEYS.within(&(copy, number(log)), ..covered);
    let (mut found, mut left) = (Vec::new(), Some(keys));
    while let Some(span) = left {
        let page = span.page(view, Limit::rows(PAGE))?;
        found.extend(page.rows.into_iter().map(|(_, key)| key));
        left = page.rest;
    }
    Ok(found)
}

/// The owner of a log as a part of a key.
pub(super) fn number(log: LogOwner) -> u32 {
    match log {
        LogOwner::City(city) => city.number(),
        LogOwner::Coordinator => 0,
    }
}
