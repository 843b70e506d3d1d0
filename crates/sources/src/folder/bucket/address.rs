//! Addresses in object stores, as settings have them.

use std::fmt;
use std::net::IpAddr;

use reqwest::Url;

/// The beginning of the address of a bucket.
const SCHEME: &str = "s3://";
/// Maximum length of the name of a bucket, by the rules of S3; its oldest buckets have up to 255.
const MAX_BUCKET: usize = 255;

/// A folder in a bucket, `s3://BUCKET/PREFIX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BucketAddress {
    /// The name of the bucket.
    pub(super) bucket: String,
    /// The beginning of the keys in the folder: empty, or a prefix that ends with `/`.
    pub(super) prefix: String,
}

impl BucketAddress {
    /// Reads an address; `None` if it is malformed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(SCHEME)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let of_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        let is_bucket = (1..=MAX_BUCKET).contains(&bucket.len())
            && bucket.bytes().all(of_name)
            && !bucket.starts_with('.');
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let of_path = |part: &str| {
            !matches!(part, "" | "." | "..") && !part.chars().any(|c| c.is_ascii_control())
        };
        let is_prefix = prefix.is_empty() || prefix.split('/').all(of_path);
        (is_bucket && is_prefix).then(|| Self {
            bucket: bucket.to_owned(),
            prefix: match prefix {
                "" => String::new(),
                prefix => format!("{prefix}/"),
            },
        })
    }
}

impl fmt::Display for BucketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.bucket, self.prefix)
    }
}

/// The address of an object store, `https://HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Scheme, host and port, without a `/` at the end.
    origin: String,
    /// The host, an IPv6 address without its brackets.
    host: String,
    is_encrypted: bool,
}

impl Endpoint {
    /// Reads an address; `None` if it is malformed, or has anything but scheme, host and port.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let is_plain = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        let is_encrypted = match url.scheme() {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
        is_plain.then(|| Self {
            origin: url.origin().ascii_serialization(),
            host,
            is_encrypted,
        })
    }

    /// Returns true for TLS.
    pub(crate) fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    /// Returns true if connections stay on this machine.
    pub(crate) fn is_local(&self) -> bool {
        let address = self.host.parse::<IpAddr>();
        self.host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }

    /// Returns true if the host is one of the bucket (`BUCKET.HOST`), so that paths begin with keys.
    pub(super) fn is_of_bucket(&self, bucket: &str) -> bool {
        let rest = self.host.strip_prefix(&bucket.to_ascii_lowercase());
        rest.is_some_and(|rest| rest.starts_with('.'))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_bucket_and_a_prefix() {
        for (text, shown) in [
            ("s3://housing", "housing/"),
            ("s3://housing/", "housing/"),
            ("s3://housing/库表/2026", "housing/库表/2026/"),
            ("s3://housing/a b/", "housing/a b/"),
        ] {
            let address = BucketAddress::parse(text).unwrap();
            assert_eq!(address.to_string(), shown);
        }
        for text in [
            "housing",
            "s3:///a",
            "s3://ho using/a",
            "s3://../a",
            "s3://housing//a",
            "s3://housing/../a",
            "s3://key:secret@housing/a",
            "https://housing/a",
        ] {
            assert_eq!(BucketAddress::parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_endpoint_is_a_scheme_a_host_and_a_port() {
        for (text, origin, is_local) in [
            (
                "https://s3.changsha.example/",
                "https://s3.changsha.example",
                false,
            ),
            ("https://10.0.0.1:9000", "https://10.0.0.1:9000", false),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000", true),
            ("http://[::1]:9000", "http://[::1]:9000", true),
        ] {
            let endpoint = Endpoint::parse(text).unwrap();
            assert_eq!(
                (endpoint.to_string(), endpoint.is_local()),
                (origin.to_owned(), is_local)
            );
            assert_eq!(endpoint.is_encrypted(), text.starts_with("https"));
        }
        for text in [
            "s3.changsha.example",
            "ftp://s3.changsha.example",
            "https://key:secret@s3.changsha.example",
            "https://s3.changsha.example/housing",
            "https://s3.changsha.example/?a=b",
        ] {
            assert_eq!(Endpoint::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_host_of_the_bucket_begins_with_its_name() {
        let endpoint = Endpoint::parse("https://housing.oss.example").unwrap();
        assert!(endpoint.is_of_bucket("housing"));
        assert!(!endpoint.is_of_bucket("hous"));
    }
}
