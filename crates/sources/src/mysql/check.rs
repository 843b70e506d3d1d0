//! Judges a connection: encryption, the encoding and the time zone of the database, and the rights of its account.

use chengji_domain::Result;
use chengji_messages::{Value, msg};

use super::catalog::OF_DATABASE;
use super::grants::Rights;
use super::session::Session;
use crate::Finding;
use crate::database::host::is_local;

/// Encodings that older servers have where nobody chose one, so that texts are often in another one.
const DOUBTFUL: [&str; 3] = ["ascii", "latin1", "swe7"];
/// Maximum number of rights that are listed.
const MOST_RIGHTS: usize = 8;

const SERVER: &str = "SELECT @@character_set_database, @@global.time_zone, @@system_time_zone";
/// The variable is empty without TLS.
const CIPHER: &str = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";

/// Returns what a check found, the warnings after what they are about.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE`.
pub(super) fn findings(session: &mut Session<'_>) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    server(session, &mut found)?;
    encryption(session, &mut found)?;
    tables(session, &mut found)?;
    rights(session, &mut found)?;
    Ok(found)
}

/// Judges the server and the encoding of the database.
fn server(session: &mut Session<'_>, found: &mut Vec<Finding>) -> Result<()> {
    let rows = session.query::<(String, String, String)>(SERVER)?;
    let settings = session.settings();
    let (database, user) = (&settings.database, &settings.user);
    let version = session.version();
    found.push(Finding::note(msg::MysqlCheckServer {
        database,
        user,
        version,
    }));
    for (encoding, zone, of_system) in rows {
        let is_doubtful = DOUBTFUL.contains(&encoding.as_str());
        found.push(match is_doubtful {
            true => Finding::warning(msg::MysqlCheckDoubtfulEncoding { encoding }),
            false => Finding::note(msg::MysqlCheckEncoding { encoding }),
        });
        let zone = if zone == "SYSTEM" { of_system } else { zone };
        found.push(Finding::note(msg::MysqlCheckTimeZone { zone }));
    }
    Ok(())
}

fn encryption(session: &mut Session<'_>, found: &mut Vec<Finding>) -> Result<()> {
    let rows = session.query::<(String, String)>(CIPHER)?;
    let is_encrypted = rows.iter().any(|(_, cipher)| !cipher.is_empty());
    found.push(match is_encrypted {
        true => Finding::note(msg::MysqlCheckEncrypted),
        false if is_local(&session.settings().host) => Finding::note(msg::MysqlCheckLocal),
        false => Finding::warning(msg::MysqlCheckNotEncrypted),
    });
    Ok(())
}

fn tables(session: &mut Session<'_>, found: &mut Vec<Finding>) -> Result<()> {
    let sql = format!("SELECT COUNT(*) FROM information_schema.TABLES WHERE {OF_DATABASE}");
    let rows = session.query::<(u64,)>(&sql)?;
    let user = &session.settings().user;
    let count: u64 = rows.into_iter().map(|(count,)| count).sum();
    found.push(match count {
        0 => Finding::warning(msg::MysqlCheckNoTables { user }),
        count => Finding::note(msg::MysqlCheckTables { count }),
    });
    Ok(())
}

fn rights(session: &mut Session<'_>, found: &mut Vec<Finding>) -> Result<()> {
    let rows = session.query::<(String,)>("SHOW GRANTS")?;
    let user = &session.settings().user;
    let rights = Rights::of(rows.iter().map(|(line,)| line.as_str()));
    if !rights.beyond_reading.is_empty() {
        let listed = rights.beyond_reading.iter().take(MOST_RIGHTS);
        let rights: Value = listed.collect();
        found.push(Finding::warning(msg::MysqlCheckRights { rights, user }));
    }
    if rights.reads_all {
        found.push(Finding::warning(msg::MysqlCheckReadsAll { user }));
    }
    if rights.has_role {
        found.push(Finding::warning(msg::MysqlCheckRole { user }));
    }
    Ok(())
}
