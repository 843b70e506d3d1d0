//! The names of granted tables: `granted."PROVIDER"."CODE"`, and `granted.request."NUMBER"`.
//!
//! Where several grants of one entry are in force, its code is the name of the one that was requested last.

use std::ops::Bound;

use chengji_domain::access::Role;
use chengji_domain::request::RequestId;
use chengji_domain::{Error, ErrorCode, Fault, Result};
use chengji_follow::request_table::{BY_REQUEST, GrantedName, TABLES, TableGrantKey};
use chengji_messages::msg;
use chengji_query::TableName;
use chengji_store::Merged;
use jiff::Timestamp;

use crate::caller::Caller;
use crate::delivery::granted_table::{GrantedTable, granted_to};
use crate::own_log::OwnLog;
use crate::requests::records;

/// The catalog of granted tables.
pub(super) const GRANTED: &str = "granted";

/// Maximum number of keys of an index that are read at once.
const MAX_AT_ONCE: usize = 256;

/// The names of the tables that this caller may read, after one; at most `limit`, in order.
pub(super) fn names(
    own: &OwnLog,
    (caller, at): (&Caller, Timestamp),
    after: Option<GrantedName>,
    limit: usize,
) -> Result<Vec<TableName>> {
    let mut names: Vec<GrantedName> = Vec::new();
    if limit == 0 || !caller.rights.may_act_as(Role::Consumer, at) {
        return Ok(Vec::new());
    }
    let kv = own.ledger.kv().as_ref();
    let bounds: (Bound<GrantedName>, Bound<GrantedName>) = (
        after.map_or(Bound::Unbounded, Bound::Excluded),
        Bound::Unbounded,
    );
    let departments = departments(caller, at);
    let spans = departments
        .into_iter()
        .map(|department| TABLES.within(&(own.city, department), bounds.clone()));
    let at_once = limit.min(MAX_AT_ONCE);
    let rows = Merged::new(kv, spans, at_once, |(_, _, name, order), _| {
        (name.clone(), *order)
    });
    for row in rows {
        let ((_, _, name, _), request) = row?;
        if names.last() == Some(&name) {
            continue;
        }
        if found(own, (caller, at), request)?.is_some() {
            names.push(name);
        }
        if names.len() == limit {
            break;
        }
    }
    Ok(names.into_iter().map(table_name).collect())
}

/// The request whose table has this name for a caller.
///
/// # Errors
///
/// `NOT_FOUND` if there is none; for the name of an entry whose grants are no longer in force, the reason of the last one.
pub(super) fn resolve(
    own: &OwnLog,
    (caller, at): (&Caller, Timestamp),
    name: &TableName,
) -> Result<RequestId> {
    let unknown = || unknown(name);
    let kv = own.ledger.kv().as_ref();
    if name.schema == BY_REQUEST {
        return match records::resolve(kv, &name.table) {
            Err(error) if error.fault() == Fault::Caller => Err(unknown()),
            resolved => resolved,
        };
    }
    let departments = departments(caller, at);
    let spans = departments.into_iter().map(|department| {
        let named = (name.schema.clone(), name.table.clone());
        TABLES.under(&(own.city, department, named))
    });
    let order = |(_, _, _, order): &TableGrantKey, _: &RequestId| *order;
    let mut refusal = None;
    for row in Merged::new(kv, spans, MAX_AT_ONCE, order) {
        let (_, request) = row?;
        let record = records::existing(kv, request)?;
        match granted_to(own, (caller, at), &record) {
            Ok(_) => return Ok(request),
            Err(error) if is_refusal(&error) => {
                refusal.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
    }
    Err(refusal.unwrap_or_else(unknown))
}

/// The error for a table that the caller does not have.
pub(super) fn unknown(name: &TableName) -> Error {
    let table = name.to_string();
    Error::new(ErrorCode::NotFound, msg::QueryTableUnknown { table })
}

/// The table of a request, if the caller may read it.
fn found(
    own: &OwnLog,
    by: (&Caller, Timestamp),
    request: RequestId,
) -> Result<Option<GrantedTable>> {
    let Some(record) = records::find(own.ledger.kv().as_ref(), request)? else {
        return Ok(None);
    };
    match granted_to(own, by, &record) {
        Ok(granted) => Ok(Some(granted)),
        Err(error) if is_refusal(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns true if an error says that the caller may not read, not that something failed.
fn is_refusal(error: &Error) -> bool {
    matches!(error.fault(), Fault::Caller | Fault::Policy)
}

/// The departments whose requests the caller sees, as the index has them: `None` for all.
fn departments(caller: &Caller, at: Timestamp) -> Vec<Option<String>> {
    match caller.rights.departments(at) {
        None => vec![None],
        Some(departments) => {
            let departments = departments.iter();
            departments
                .map(|department| Some(department.to_string()))
                .collect()
        }
    }
}

fn table_name((schema, table): GrantedName) -> TableName {
    TableName {
        catalog: GRANTED.to_owned(),
        schema,
        table,
    }
}

#[cfg(test)]
#[path = "granted_tests.rs"]
mod tests;
