//! The limits of a session.

/// The server keeps a connection no longer if it is idle, seconds.
const IDLE_SECONDS: u32 = 60;
/// A day, which is the most that settings allow; servers take more.
const MAX_STATEMENT_SECONDS: u32 = 86_400;

/// Returns the statement that sets the limits of a session, and what its texts and times are. A server may have other
/// ones for everybody: modes that pad texts, a time zone, or a number of rows at which results end. It waits for a slow
/// consumer as long as for a statement.
pub(super) fn of_session(statement_seconds: u32, lock_seconds: u32) -> String {
    let seconds = bounded(statement_seconds);
    format!(
        "SET SESSION time_zone = '+00:00', sql_mode = '', \
         sql_select_limit = 18446744073709551615, wait_timeout = {IDLE_SECONDS}, \
         net_write_timeout = {seconds}, lock_wait_timeout = {lock_seconds}"
    )
}

/// Returns the statement that sets the limit of statements, which MariaDB and MySQL name differently.
pub(super) fn of_statements(version: &str, statement_seconds: u32) -> String {
    let seconds = bounded(statement_seconds);
    match version.contains("MariaDB") {
        true => format!("SET SESSION max_statement_time = {seconds}"),
        false => format!("SET SESSION max_execution_time = {}", seconds * 1_000),
    }
}

fn bounded(statement_seconds: u32) -> u32 {
    statement_seconds.clamp(1, MAX_STATEMENT_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_statements_is_never_off() {
        for (seconds, limit) in [(0, 1), (600, 600), (u32::MAX, 86_400)] {
            let maria = of_statements("10.11.6-MariaDB-0+deb12u1", seconds);
            assert_eq!(maria, format!("SET SESSION max_statement_time = {limit}"));
            let mysql = of_statements("8.0.36", seconds);
            assert_eq!(
                mysql,
                format!("SET SESSION max_execution_time = {limit}000")
            );
            let waits = format!("net_write_timeout = {limit},");
            assert!(of_session(seconds, 10).contains(&waits));
        }
    }
}
