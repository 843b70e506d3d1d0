//! The address of a program: a host and a port.

use std::fmt;
use std::str::FromStr;

use chengji_messages::msg;

use crate::text::unfit;
use crate::{Error, ErrorCode, Quoted};

/// Maximum length of an address in bytes: a host name of 253 characters, a colon, and a port.
const MAX_LENGTH: usize = 261;

/// The address of a program: `host:port`, as in `node.example:7400`, `10.0.0.1:7400` or
/// `[::1]:7400`. Ports are 1 to 65535.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint(String);

impl FromStr for Endpoint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let valid = text.len() <= MAX_LENGTH
            && text.rsplit_once(':').is_some_and(|(host, port)| {
                is_host(host) && port.parse::<u16>().is_ok_and(|port| port > 0)
            });
        if valid {
            return Ok(Self(text.to_owned()));
        }
        let text = Quoted(text);
        Err(Error::new(
            ErrorCode::InvalidArgument,
            msg::EndpointMalformed { text },
        ))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Endpoint> for String {
    fn from(endpoint: Endpoint) -> Self {
        endpoint.0
    }
}

fn is_host(host: &str) -> bool {
    let bare_ipv6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
    let foreign = host.contains(|c: char| c == '/' || c.is_whitespace() || unfit(c).is_some());
    !host.is_empty() && !bare_ipv6 && !foreign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_host_and_port() {
        for good in [
            "localhost:1",
            "10.0.0.1:65535",
            "[::1]:7400",
            "长沙.example:7400",
        ] {
            assert_eq!(good.parse::<Endpoint>().unwrap().to_string(), good);
        }
        let long = format!("{}:1", "a".repeat(MAX_LENGTH));
        for bad in [
            "localhost",
            ":7400",
            "h:0",
            "h:65536",
            "https://h:1",
            "::1:7400",
            "a b:1",
            &long,
        ] {
            let error = bad.parse::<Endpoint>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{bad}");
        }
    }
}
