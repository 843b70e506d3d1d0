//! What a grant covers of the source that is mounted to an entry: the whole of a file, or a part of a table; and what it
//! covers where nothing is said of it.

use chengji_domain::default_scope::DefaultScope;
use chengji_domain::request::terms::{Scope, TableScope};
use chengji_domain::request::{Submission, WantedPart};
use chengji_domain::table::{TableColumn, TableSchema, TableShape};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_proto::convert::{ScopeTexts, ShownDefaultScope};
use chengji_records::{MountedSource, MountedTable};
use chengji_runtime::{Awaited, off_thread_while_awaited};
use chengji_scope::{Cut, Proposal, check_condition_text, mask_of};
use chengji_sources::{GoOn, Source, Sources};
use chengji_store::View;

use super::as_mounted::AsMounted;
use super::default_scope::records::DEFAULT_SCOPES;
use super::mounts;

/// Refuses a grant of something else than is mounted to the entry: nothing could be delivered under it. Errors:
/// `OUT_OF_TURN` for one of a file where a table is mounted, `INVALID_ARGUMENT` for a part of a table where none is,
/// `SOURCE_CHANGED` for a part of a table with other columns.
pub(crate) fn check(view: &(impl View + ?Sized), code: &ResourceCode, scope: &Scope) -> Result<()> {
    match (mounted_table(view, code)?, scope) {
        (Some(table), Scope::Table(part)) => check_fingerprint(&table, part),
        (Some(_), Scope::File | Scope::Interface(_)) => {
            let code = code.as_str();
            let message = msg::MountedTableNotGranted { code };
            Err(Error::new(ErrorCode::OutOfTurn, message))
        }
        (None, Scope::Table(_)) => Err(nothing_to_cut(code)),
        (None, Scope::File | Scope::Interface(_)) => Ok(()),
    }
}

/// Refuses a part of a table whose columns are not those of the grant. Errors: `SOURCE_CHANGED`.
pub(crate) fn check_fingerprint(table: &MountedTable, part: &TableScope) -> Result<()> {
    match table.shape.fingerprint() == part.schema {
        true => Ok(()),
        false => Err(Error::new(
            ErrorCode::SourceChanged,
            msg::ScopeSchemaChanged,
        )),
    }
}

/// The scope of all that is mounted to the entry: of a table, its columns as it was mounted, and all rows.
pub(crate) fn whole(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Scope> {
    Ok(match mounted_table(view, code)? {
        None => Scope::File,
        Some(table) => Scope::Table(Box::new(whole_table(&table.shape))),
    })
}

/// All columns that a table had when it was mounted, and all rows, unaltered.
pub(crate) fn whole_table(shape: &TableShape) -> TableScope {
    let columns = shape.columns.iter();
    TableScope {
        schema: shape.fingerprint(),
        columns: columns.map(|column| (column.name.clone(), None)).collect(),
        condition: None,
        row_limit: None,
        increment: None,
    }
}

/// Returns true if grants of the entry for which nothing else is said are of all that is mounted to it.
pub(crate) fn is_usually_whole(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<bool> {
    let whole = whole(view, code)?;
    Ok(usual(view, code)?.is_some_and(|usual| whole.is_within(&usual)))
}

/// The scope of grants of the entry for which nothing else is said: its default scope, or all that is mounted; `None` if
/// its default scope is not of the columns of the mounted table.
pub(crate) fn usual(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Option<Scope>> {
    match DEFAULT_SCOPES.get(view, code)? {
        None => whole(view, code).map(Some),
        Some(default) if is_outdated(view, code, &default)? => Ok(None),
        Some(default) => Ok(Some(Scope::Table(Box::new(default.part)))),
    }
}

/// The same for people, who are told what to do. Errors: `SOURCE_CHANGED`.
pub(crate) fn usual_for_people(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Scope> {
    usual(view, code)?.ok_or_else(|| {
        let message = msg::DefaultScopeOutdated { code };
        Error::new(ErrorCode::SourceChanged, message)
    })
}

/// The scope of an automatic grant of a request; `None` where people decide about it: where the default scope is not of
/// the columns of the mounted table, and where a part is asked for that is not known to be within the default scope. Only
/// people grant a part as it was asked for, since its source has to be read for that.
pub(crate) fn automatic(
    view: &(impl View + ?Sized),
    submission: &Submission,
) -> Result<Option<Scope>> {
    let code = &submission.resource.code;
    let Some(usual) = usual(view, code)? else {
        return Ok(None);
    };
    let Some(wanted) = &submission.part else {
        return Ok(Some(usual));
    };
    let is_default = DEFAULT_SCOPES.get(view, code)?.is_some();
    let table = mounted_table(view, code)?.filter(|_| is_default);
    let is_within = table.is_some_and(|table| is_wanted_within(&table, wanted, &usual));
    Ok(is_within.then_some(usual))
}

/// The default scope of an entry, as it is shown.
pub(crate) fn shown_default(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
) -> Result<Option<ShownDefaultScope>> {
    let Some(recorded) = DEFAULT_SCOPES.get(view, code)? else {
        return Ok(None);
    };
    Ok(Some(ShownDefaultScope {
        is_outdated: is_outdated(view, code, &recorded)?,
        recorded,
    }))
}

/// Returns true if a default scope is not of the columns of the mounted table.
fn is_outdated(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
    default: &DefaultScope,
) -> Result<bool> {
    let table = mounted_table(view, code)?;
    Ok(table.is_none_or(|table| table.shape.fingerprint() != default.part.schema))
}

/// Returns true if the part that is asked for is known to be within this scope. Of the columns, what their source calls
/// their types is not known here, so that a timestamp with a zone is not told from one without: a condition on one then
/// differs from that of the scope, and people decide.
fn is_wanted_within(table: &MountedTable, wanted: &WantedPart, scope: &Scope) -> bool {
    let columns = table.shape.columns.iter().map(|column| TableColumn {
        name: column.name.clone(),
        column_type: column.column_type,
        is_nullable: column.is_nullable,
        native_type: String::new(),
        max_length: None,
        comment: String::new(),
    });
    let schema = TableSchema {
        columns: columns.collect(),
    };
    let proposal = Proposal {
        columns: wanted.columns.clone(),
        condition: Some(wanted.condition.clone()).filter(|condition| !condition.is_empty()),
        masks: wanted.masks.clone(),
        row_limit: wanted.row_limit,
    };
    let wanted = proposal.scope(&schema);
    wanted.is_ok_and(|wanted| Scope::Table(Box::new(wanted)).is_within(scope))
}

/// The scope of the proposed part of the table that is mounted to the entry, of the columns that it was mounted with.
/// Its source is asked for them, without waiting for those who read it. Errors: `INVALID_ARGUMENT`, also where no table
/// is mounted; `SOURCE_CHANGED`, `SOURCE_UNAVAILABLE`.
pub(crate) async fn part(
    sources: &Sources,
    view: &(impl View + ?Sized),
    code: &ResourceCode,
    texts: ScopeTexts,
) -> Result<Scope> {
    let part = part_of_table(sources, view, code, texts).await?;
    Ok(Scope::Table(Box::new(part)))
}

/// The same as a part of a table.
pub(crate) async fn part_of_table(
    sources: &Sources,
    view: &(impl View + ?Sized),
    code: &ResourceCode,
    texts: ScopeTexts,
) -> Result<TableScope> {
    let table = mounted_table(view, code)?.ok_or_else(|| nothing_to_cut(code))?;
    let source = sources.find(&table.address.source)?;
    off_thread_while_awaited(move |awaited: &Awaited| {
        let go_on = || awaited.check().is_ok();
        part_of(source.as_ref(), &table, texts, &go_on)
    })
    .await
}

/// Refuses a part of another city's table that no table has, as far as its texts show. Errors: `INVALID_ARGUMENT`,
/// `LIMIT_EXCEEDED`.
pub(crate) fn check_wanted(part: &WantedPart) -> Result<()> {
    for (_, mask) in &part.masks {
        mask_of(mask)?;
    }
    match part.condition.as_str() {
        "" => Ok(()),
        condition => check_condition_text(condition),
    }
}

fn part_of(
    source: &dyn Source,
    table: &MountedTable,
    texts: ScopeTexts,
    go_on: GoOn<'_>,
) -> Result<TableScope> {
    let found = AsMounted::find(source, table, go_on)?;
    let proposal = Proposal {
        columns: texts.columns,
        condition: texts.condition,
        masks: texts.masks,
        row_limit: texts.row_limit,
    };
    let scope = proposal.scope(&found.schema)?;
    // What cannot be cut exactly is said to who grants, not to who fetches. No row is read.
    Cut::new(&scope, &found.schema, &found.arrow_schema, &[0; 32])?;
    Ok(scope)
}

/// The table that is mounted to the entry, if one is.
pub(crate) fn mounted_table(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
) -> Result<Option<MountedTable>> {
    let mount = mounts::mounted(view, code)?;
    Ok(mount.and_then(|mount| match mount.source {
        MountedSource::Table(table) => Some(table),
        MountedSource::File(_) => None,
    }))
}

fn nothing_to_cut(code: &ResourceCode) -> Error {
    let code = code.as_str();
    Error::new(
        ErrorCode::InvalidArgument,
        msg::GrantPartWithoutTable { code },
    )
}

#[cfg(test)]
#[path = "granting_tests.rs"]
mod tests;
