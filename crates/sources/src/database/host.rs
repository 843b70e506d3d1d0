//! The host of a server of databases.

use std::net::IpAddr;

/// Returns true if a connection to this host stays on this machine.
pub(crate) fn is_local(host: &str) -> bool {
    let is_loopback = |host: &str| host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    host.starts_with('/') || host == "localhost" || is_loopback(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_that_stay_on_this_machine_need_no_encryption() {
        for host in ["/run/postgresql", "localhost", "127.0.0.1", "::1"] {
            assert!(is_local(host), "{host}");
        }
        for host in ["10.0.0.1", "db.example", "local"] {
            assert!(!is_local(host), "{host}");
        }
    }
}
