//! Judges a connection: the rights of its account, encryption, encoding, and the time zone of the database.

use chengji_domain::Result;
use chengji_messages::msg;

use super::catalog::{IS_READABLE, OF_USERS, value};
use super::relation;
use super::session::Session;
use crate::Finding;
use crate::database::host::is_local;

/// The encoding of databases that do not say in which encoding their texts are.
const NO_ENCODING: &str = "SQL_ASCII";

const SERVER: &str = "SELECT pg_catalog.current_setting('server_version'),\n\
     EXISTS (SELECT 1 FROM pg_catalog.pg_roles s\n\
     WHERE s.rolsuper AND pg_catalog.pg_has_role(r.oid, s.oid, 'MEMBER')),\n\
     pg_catalog.current_setting('server_encoding'),\n\
     COALESCE((SELECT s.reset_val FROM pg_catalog.pg_settings s WHERE s.name = 'TimeZone'), ''),\n\
     COALESCE((SELECT s.ssl FROM pg_catalog.pg_stat_ssl s\n\
     WHERE s.pid = pg_catalog.pg_backend_pid()), false)\n\
     FROM pg_catalog.pg_roles r WHERE r.rolname = current_user";

const SCHEMAS: &str = "SELECT pg_catalog.count(*), pg_catalog.min(n.nspname::text)\n\
     FROM pg_catalog.pg_namespace n\n\
     WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'\n\
     AND pg_catalog.has_schema_privilege(n.oid, 'CREATE')";

/// Returns what a check found, the warnings after what they are about.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE`.
pub(super) fn findings(session: &mut Session<'_>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    let is_superuser = server(session, &mut found)?;
    tables(session, is_superuser, &mut found)?;
    if !is_superuser {
        schemas(session, &mut found)?;
    }
    Ok(found)
}

/// Judges the server and the connection; returns true if the account is a superuser, or may become one.
fn server(session: &mut Session<'_>, found: &mut Vec<Finding>) -> Result<bool> {
    let rows = session.query(SERVER, &[])?;
    let settings = session.settings();
    let Some(row) = rows.first() else {
        return Ok(false);
    };
    let (database, user) = (&settings.database, &settings.user);
    let version: &str = value(session, row, 0)?;
    found.push(Finding::note(msg::PostgresqlCheckServer {
        database,
        user,
        version,
    }));
    let encoding: &str = value(session, row, 2)?;
    found.push(match encoding {
        NO_ENCODING => Finding::warning(msg::PostgresqlCheckNoEncoding { encoding }),
        _ => Finding::note(msg::PostgresqlCheckEncoding { encoding }),
    });
    let zone: &str = value(session, row, 3)?;
    found.push(Finding::note(msg::PostgresqlCheckTimeZone { zone }));
    let is_encrypted: bool = value(session, row, 4)?;
    found.push(match is_encrypted {
        true => Finding::note(msg::PostgresqlCheckEncrypted),
        false if is_local(&settings.host) => Finding::note(msg::PostgresqlCheckLocal),
        false => Finding::warning(msg::PostgresqlCheckNotEncrypted),
    });
    let is_superuser: bool = value(session, row, 1)?;
    if is_superuser {
        found.push(Finding::warning(msg::PostgresqlCheckSuperuser { user }));
    }
    Ok(is_superuser)
}

/// Judges the rights on tables.
fn tables(session: &mut Session<'_>, is_superuser: bool, found: &mut Vec<Finding>) -> Result<()> {
    let sql = format!(
        "SELECT pg_catalog.count(*) FILTER (WHERE is_readable),\n\
         pg_catalog.count(*) FILTER (WHERE is_writable),\n\
         pg_catalog.min(name) FILTER (WHERE is_writable)\n\
         FROM (SELECT {name} AS name, {IS_READABLE} AS is_readable,\n\
         (pg_catalog.has_table_privilege(c.oid, 'DELETE, TRUNCATE')\n\
         OR pg_catalog.has_any_column_privilege(c.oid, 'INSERT, UPDATE')) AS is_writable\n\
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\n\
         WHERE {OF_USERS}) judged",
        name = relation::name_in_sql(),
    );
    let rows = session.query(&sql, &[])?;
    let user = &session.settings().user;
    let Some(row) = rows.first() else {
        return Ok(());
    };
    let readable: i64 = value(session, row, 0)?;
    found.push(match readable {
        0 => Finding::warning(msg::PostgresqlCheckNoTables { user }),
        count => Finding::note(msg::PostgresqlCheckTables { count }),
    });
    let count: i64 = value(session, row, 1)?;
    let first: Option<&str> = value(session, row, 2)?;
    if let (Some(first), false) = (first, is_superuser) {
        found.push(Finding::warning(msg::PostgresqlCheckWritable {
            count,
            first,
            user,
        }));
    }
    Ok(())
}

/// Judges the rights on schemas.
fn schemas(session: &mut Session<'_>, found: &mut Vec<Finding>) -> Result<()> {
    let rows = session.query(SCHEMAS, &[])?;
    let user = &session.settings().user;
    let Some(row) = rows.first() else {
        return Ok(());
    };
    let count: i64 = value(session, row, 0)?;
    let first: Option<&str> = value(session, row, 1)?;
    if let Some(first) = first {
        found.push(Finding::warning(msg::PostgresqlCheckCreating {
            count,
            first,
            user,
        }));
    }
    Ok(())
}
