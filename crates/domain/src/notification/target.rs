//! Addresses that notifications are sent to, as people write them.

use std::str::FromStr;

use chengji_messages::{Message, msg};

use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorCode, Result};
use crate::quoted::Quoted;

/// Maximum length of the address of a webhook, bytes.
const MAX_URL: usize = 500;
/// Maximum length of a mail address, bytes (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const MAX_MAIL_ADDRESS: usize = 254;
/// Maximum length of the name of a secret, bytes.
const MAX_SECRET_NAME: usize = 64;

/// The address of a webhook: `https://host[:port][/path]`, or `http://…` within the networks that the node's settings
/// list. It has no user, query or fragment: an address is recorded in the city's log, and such parts often hold secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookTarget {
    /// True for HTTPS.
    pub is_secure: bool,
    /// The host: a name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The path, from its first `/` on.
    pub path: String,
}

impl FromStr for WebhookTarget {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| {
            let text = Quoted(text);
            invalid(msg::WebhookUrlMalformed { text })
        })
    }
}

fn parse(text: &str) -> Option<WebhookTarget> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"@?#\\\"<>^`{|}".contains(&byte);
    if text.len() > MAX_URL || !text.bytes().all(is_plain) {
        return None;
    }
    let (is_secure, rest) = match text.strip_prefix("https://") {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix("http://")?),
    };
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, "/"),
    };
    let has_port = authority
        .rsplit_once(':')
        .is_some_and(|(_, port)| !port.ends_with(']'));
    let endpoint = match (has_port, is_secure) {
        (true, _) => authority.to_owned(),
        (false, true) => format!("{authority}:443"),
        (false, false) => format!("{authority}:80"),
    };
    let endpoint = endpoint.parse::<Endpoint>().ok()?.to_string();
    let (host, port) = endpoint.rsplit_once(':')?;
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    Some(WebhookTarget {
        is_secure,
        host: bare.unwrap_or(host).to_owned(),
        port: port.parse().ok()?,
        path: path.to_owned(),
    })
}

impl WebhookTarget {
    /// Returns the host and the port as the `Host` header has them.
    pub fn authority(&self) -> String {
        let Self { host, port, .. } = self;
        match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        }
    }
}

/// Checks a mail address: `local@domain` of ASCII characters.
///
/// # Errors
///
/// `INVALID_ARGUMENT`.
pub fn check_mail_address(text: &str) -> Result<()> {
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"@<>()[]\\,;:\"".contains(&byte);
    let is_part = |part: &str| {
        let is_dotted = part.starts_with('.') || part.ends_with('.') || part.contains("..");
        !part.is_empty() && !is_dotted && part.bytes().all(is_plain)
    };
    let is_address = text.len() <= MAX_MAIL_ADDRESS
        && text
            .split_once('@')
            .is_some_and(|(local, domain)| is_part(local) && is_part(domain));
    match is_address {
        true => Ok(()),
        false => {
            let text = Quoted(text);
            Err(invalid(msg::MailAddressMalformed { text }))
        }
    }
}

/// Checks the name of a file with a secret: 1 to 64 letters, digits, `-`, `_` and `.`, of which the first is no `.`.
///
/// # Errors
///
/// `INVALID_ARGUMENT`.
pub fn check_secret_name(text: &str) -> Result<()> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_name = (1..=MAX_SECRET_NAME).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(is_plain);
    match is_name {
        true => Ok(()),
        false => {
            let text = Quoted(text);
            Err(invalid(msg::SecretNameMalformed { text }))
        }
    }
}

fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_webhook_has_a_scheme_a_host_and_a_path() {
        let parsed = |text: &str| {
            let target: WebhookTarget = text.parse().unwrap();
            let authority = target.authority();
            (target.is_secure, target.host, authority, target.path)
        };
        let expected = |secure, host: &str, authority: &str, path: &str| {
            let owned = [host, authority, path].map(str::to_owned);
            let [host, authority, path] = owned;
            (secure, host, authority, path)
        };
        for (text, target) in [
            (
                "https://oa.example",
                expected(true, "oa.example", "oa.example:443", "/"),
            ),
            (
                "https://oa.example:8443/hooks/chengji",
                expected(true, "oa.example", "oa.example:8443", "/hooks/chengji"),
            ),
            (
                "http://10.1.2.3/h",
                expected(false, "10.1.2.3", "10.1.2.3:80", "/h"),
            ),
            (
                "https://[2001:db8::1]/h",
                expected(true, "2001:db8::1", "[2001:db8::1]:443", "/h"),
            ),
            (
                "https://[2001:db8::1]:8443/h",
                expected(true, "2001:db8::1", "[2001:db8::1]:8443", "/h"),
            ),
        ] {
            assert_eq!(parsed(text), target, "{text}");
        }
    }

    #[test]
    fn an_address_with_a_user_a_query_or_another_scheme_is_refused() {
        let long = format!("https://a.example/{}", "a".repeat(MAX_URL));
        for text in [
            "",
            "oa.example/h",
            "ftp://oa.example/h",
            "https://",
            "https:///h",
            "https://user:secret@oa.example/h",
            "https://oa.example/h?access_token=1",
            "https://oa.example/h#a",
            "https://oa.example:0/h",
            "https://oa.example:99999/h",
            "https://oa.example/a b",
            "https://oa.example/h\r\nX: 1",
            "https://2001:db8::1/h",
            &long,
        ] {
            let error = text.parse::<WebhookTarget>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{text}");
        }
    }

    #[test]
    fn a_mail_address_and_the_name_of_a_secret_are_plain() {
        for good in ["a@b.example", "wang.fang+oa@data.changsha.example"] {
            assert_eq!(check_mail_address(good), Ok(()), "{good}");
        }
        for bad in [
            "a",
            "@b",
            "a@",
            "a@b@c",
            "a b@c",
            "a@b\r\nBcc: c@d",
            "<a@b>",
            ".a@b",
            "a@b..c",
            "王@b",
        ] {
            assert!(check_mail_address(bad).is_err(), "{bad}");
        }
        for good in ["oa", "ding-talk_1.key"] {
            assert_eq!(check_secret_name(good), Ok(()), "{good}");
        }
        for bad in ["", ".", "..", "../ca", "a/b", ".oa", "钥"] {
            assert!(check_secret_name(bad).is_err(), "{bad}");
        }
    }
}
