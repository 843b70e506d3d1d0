//! Grant terms in logs. Reading decodes their structure within its bounds; whether the program can enforce
//! them is checked where a grant is made and where it is used.

mod condition;

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use chengji_domain::request::terms::{
    DateUnit, Duties, GrantTerms, InterfaceScope, Limits, Mask, Rate, Scope, TableScope, User,
};
use chengji_domain::{Digest, Error, ErrorCode};
use chengji_messages::msg;
use prost::Message;

use self::condition::{condition_from, condition_to, literal_from, literal_to};
use super::{invalid, missing, newer, time_from, time_to};
use crate::v1;
use crate::v1::duty::Duty as WireDuty;
use crate::v1::grant_terms::Scope as WireScope;
use crate::v1::limit::Limit as WireLimit;
use crate::v1::mask::Mask as WireMask;

/// Maximum length of encoded terms in bytes.
const MAX_BYTES: usize = 8 * 1024;

/// Converts grant terms to their form in logs.
pub fn grant_terms_to(terms: &GrantTerms) -> v1::GrantTerms {
    v1::GrantTerms {
        limits: limits_to(&terms.limits),
        duties: duties_to(terms.duties),
        until: Some(time_to(terms.until)),
        scope: Some(match &terms.scope {
            Scope::File => WireScope::File(v1::FileScope {}),
            Scope::Table(table) => WireScope::Table(table_scope_to(table)),
            Scope::Interface(interface) => WireScope::Interface(v1::InterfaceScope {
                operations: interface.operations.iter().cloned().collect(),
                fixed: interface.fixed.clone().into_iter().collect(),
                removed: interface.removed.iter().cloned().collect(),
            }),
        }),
    }
}

/// Checks that grant terms are small enough to be written.
///
/// # Errors
///
/// `LIMIT_EXCEEDED`.
pub fn check_terms_size(terms: &GrantTerms) -> Result<(), Error> {
    let bytes = grant_terms_to(terms).encoded_len();
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let most = MAX_BYTES;
    let message = msg::GrantTermsTooLarge { bytes, most };
    Err(Error::new(ErrorCode::LimitExceeded, message))
}

/// Converts grant terms from a log. Errors: `UPGRADE_NEEDED` for terms of an unknown kind; `INVALID_ARGUMENT`
/// if they are too large or malformed.
pub fn grant_terms_from(wire: Option<&v1::GrantTerms>) -> Result<GrantTerms, Error> {
    let wire = wire.ok_or_else(|| missing("terms"))?;
    check_length("terms", wire)?;
    Ok(GrantTerms {
        scope: match wire.scope.as_ref().ok_or_else(|| newer("scope"))? {
            WireScope::File(_) => Scope::File,
            WireScope::Table(table) => Scope::Table(Box::new(table_from(table)?)),
            WireScope::Interface(interface) => Scope::Interface(Box::new(InterfaceScope {
                operations: interface.operations.iter().cloned().collect(),
                fixed: interface.fixed.clone().into_iter().collect(),
                removed: interface.removed.iter().cloned().collect(),
            })),
        },
        limits: Box::new(limits_from(&wire.limits)?),
        duties: duties_from(&wire.duties)?,
        until: time_from(wire.until.as_ref(), "until")?,
    })
}

/// Converts the limits and duties of a grant that is asked for.
pub fn terms_of_use_to(limits: &Limits, duties: Duties) -> v1::TermsOfUse {
    v1::TermsOfUse {
        limits: limits_to(limits),
        duties: duties_to(duties),
    }
}

/// Converts the limits and duties of a grant that is asked for; none where they are absent. Errors: as of
/// [`grant_terms_from`].
pub fn terms_of_use_from(wire: Option<&v1::TermsOfUse>) -> Result<(Limits, Duties), Error> {
    let Some(wire) = wire else {
        return Ok((Limits::default(), Duties::default()));
    };
    Ok((limits_from(&wire.limits)?, duties_from(&wire.duties)?))
}

/// Converts the part of a table to its form in logs.
pub fn table_scope_to(table: &TableScope) -> v1::TableScope {
    let columns = table.columns.iter();
    v1::TableScope {
        schema: table.schema.0.to_vec(),
        columns: columns
            .map(|(name, mask)| v1::GrantedColumn {
                name: name.clone(),
                mask: mask.as_ref().map(mask_to),
            })
            .collect(),
        condition: table.condition.as_ref().map(condition_to),
        row_limit: table.row_limit,
        increment: table.increment.clone(),
    }
}

/// Converts the part of a table from a log. Errors: as of [`grant_terms_from`].
pub fn table_scope_from(wire: Option<&v1::TableScope>) -> Result<TableScope, Error> {
    let wire = wire.ok_or_else(|| missing("scope"))?;
    check_length("scope", wire)?;
    table_from(wire)
}

/// Refuses what is too large to be read.
fn check_length(field: &str, wire: &impl Message) -> Result<(), Error> {
    let bytes = wire.encoded_len();
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    let most = MAX_BYTES;
    Err(invalid(field, msg::WireTooLarge { bytes, most }))
}

fn table_from(wire: &v1::TableScope) -> Result<TableScope, Error> {
    let columns = wire.columns.iter().map(|column| {
        let mask = column.mask.as_ref().map(mask_from).transpose()?;
        Ok::<_, Error>((column.name.clone(), mask))
    });
    let table = TableScope {
        schema: Digest::from_slice(&wire.schema)?,
        columns: columns.collect::<Result<_, _>>()?,
        condition: wire.condition.as_ref().map(condition_from).transpose()?,
        row_limit: wire.row_limit,
        increment: wire.increment.clone(),
    };
    if table.columns.len() == wire.columns.len() {
        return Ok(table);
    }
    Err(invalid("columns", msg::WireColumnTwice))
}

fn mask_to(mask: &Mask) -> v1::Mask {
    let mask = match mask {
        Mask::Remove => WireMask::Remove(v1::RemoveMask {}),
        Mask::KeepFirst(characters) => WireMask::KeepFirstCharacters(*characters),
        Mask::KeepLast(characters) => WireMask::KeepLastCharacters(*characters),
        Mask::Hash => WireMask::Hash(v1::HashMask {}),
        Mask::CutDate(unit) => WireMask::CutTo(
            match unit {
                DateUnit::Year => v1::DateUnit::Year,
                DateUnit::Month => v1::DateUnit::Month,
                DateUnit::Day => v1::DateUnit::Day,
            }
            .into(),
        ),
        Mask::RoundDown(multiple) => WireMask::RoundDownTo(multiple.get()),
        Mask::Constant(value) => WireMask::Constant(literal_to(value)),
    };
    v1::Mask { mask: Some(mask) }
}

fn mask_from(wire: &v1::Mask) -> Result<Mask, Error> {
    Ok(match wire.mask.as_ref().ok_or_else(|| newer("mask"))? {
        WireMask::Remove(_) => Mask::Remove,
        WireMask::KeepFirstCharacters(characters) => Mask::KeepFirst(*characters),
        WireMask::KeepLastCharacters(characters) => Mask::KeepLast(*characters),
        WireMask::Hash(_) => Mask::Hash,
        WireMask::CutTo(unit) => Mask::CutDate(match v1::DateUnit::try_from(*unit) {
            Ok(v1::DateUnit::Year) => DateUnit::Year,
            Ok(v1::DateUnit::Month) => DateUnit::Month,
            Ok(v1::DateUnit::Day) => DateUnit::Day,
            Ok(v1::DateUnit::Unspecified) => return Err(missing("cut_to")),
            Err(_) => return Err(newer("cut_to")),
        }),
        WireMask::RoundDownTo(multiple) => {
            let multiple = NonZeroU64::new(*multiple);
            Mask::RoundDown(multiple.ok_or_else(|| missing("round_down_to"))?)
        }
        WireMask::Constant(value) => Mask::Constant(literal_from(Some(value))?),
    })
}

fn limits_to(limits: &Limits) -> Vec<v1::Limit> {
    let rate = limits.rate.map(|rate| v1::RateLimit {
        count: rate.count,
        seconds: rate.seconds,
    });
    let connectors = limits.connectors.as_ref().map(|nodes| v1::ConnectorLimit {
        principals: nodes.iter().map(ToString::to_string).collect(),
    });
    let operations = limits.operations.as_ref().map(|names| v1::OperationLimit {
        names: names.iter().cloned().collect(),
    });
    let limits = [
        limits.count.map(WireLimit::Count),
        rate.map(WireLimit::Rate),
        limits.period_days.map(WireLimit::PeriodDays),
        connectors.map(WireLimit::Connectors),
        limits.users.as_ref().map(users_to).map(WireLimit::Users),
        operations.map(WireLimit::Operations),
        limits.visible_range.clone().map(WireLimit::VisibleRange),
        limits.usable_range.clone().map(WireLimit::UsableRange),
    ];
    let present = limits.into_iter().flatten();
    present
        .map(|limit| v1::Limit { limit: Some(limit) })
        .collect()
}

fn limits_from(wire: &[v1::Limit]) -> Result<Limits, Error> {
    let mut limits = Limits::default();
    for limit in wire {
        match limit.limit.as_ref().ok_or_else(|| newer("limit"))? {
            WireLimit::Count(count) => once(&mut limits.count, *count)?,
            WireLimit::Rate(rate) => {
                let (count, seconds) = (rate.count, rate.seconds);
                once(&mut limits.rate, Rate { count, seconds })?;
            }
            WireLimit::PeriodDays(days) => once(&mut limits.period_days, *days)?,
            WireLimit::Connectors(nodes) => {
                let nodes = nodes.principals.iter().map(|name| name.parse());
                once(&mut limits.connectors, nodes.collect::<Result<_, _>>()?)?;
            }
            WireLimit::Users(users) => once(&mut limits.users, users_from(users)?)?,
            WireLimit::Operations(operations) => {
                let names = operations.names.iter().cloned().collect();
                once(&mut limits.operations, names)?;
            }
            WireLimit::VisibleRange(range) => once(&mut limits.visible_range, range.clone())?,
            WireLimit::UsableRange(range) => once(&mut limits.usable_range, range.clone())?,
        }
    }
    Ok(limits)
}

fn users_to(users: &BTreeSet<User>) -> v1::UserLimit {
    let mut wire = v1::UserLimit::default();
    for user in users {
        match user {
            User::Principal(principal) => wire.principals.push(principal.to_string()),
            User::Department(department) => wire.departments.push(department.to_string()),
        }
    }
    wire
}

fn users_from(wire: &v1::UserLimit) -> Result<BTreeSet<User>, Error> {
    let principals = wire.principals.iter();
    let principals = principals.map(|name| name.parse().map(User::Principal));
    let departments = wire.departments.iter();
    let departments = departments.map(|code| code.parse().map(User::Department));
    principals.chain(departments).collect()
}

fn duties_to(duties: Duties) -> Vec<v1::Duty> {
    let notify = duties.notify.then_some(v1::NotifyDuty {});
    let duties = [
        notify.map(WireDuty::Notify),
        duties.destroy_within_days.map(WireDuty::DestroyWithinDays),
        duties.records_years.map(WireDuty::RecordsYears),
        duties
            .records_every_months
            .map(WireDuty::RecordsEveryMonths),
    ];
    let present = duties.into_iter().flatten();
    present.map(|duty| v1::Duty { duty: Some(duty) }).collect()
}

fn duties_from(wire: &[v1::Duty]) -> Result<Duties, Error> {
    let (mut notify, mut duties) = (None, Duties::default());
    for duty in wire {
        match duty.duty.as_ref().ok_or_else(|| newer("duty"))? {
            WireDuty::Notify(_) => once(&mut notify, ())?,
            WireDuty::DestroyWithinDays(days) => once(&mut duties.destroy_within_days, *days)?,
            WireDuty::RecordsYears(years) => once(&mut duties.records_years, *years)?,
            WireDuty::RecordsEveryMonths(months) => {
                once(&mut duties.records_every_months, *months)?;
            }
        }
    }
    duties.notify = notify.is_some();
    Ok(duties)
}

fn once<T>(known: &mut Option<T>, value: T) -> Result<(), Error> {
    match known.replace(value) {
        None => Ok(()),
        Some(_) => Err(invalid("terms", msg::WireTermTwice)),
    }
}

#[cfg(test)]
#[path = "grant_terms_tests.rs"]
mod tests;
