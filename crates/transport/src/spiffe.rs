//! The name in a certificate: `spiffe://<cluster>/<principal path>`, as its one URI alternative name
//! (SPIFFE X.509-SVID, section 2). Host names and subjects never identify anyone.

use std::time::{Duration, SystemTime};

use chengji_domain::access::Serial;
use chengji_domain::{CityCode, Digest, Error, ErrorCode, Principal, Quoted, Result};
use chengji_messages::{Message, Value, msg};
use sha2::{Digest as _, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

const SCHEME: &str = "spiffe://";
/// The longest name of a cluster, bytes.
const MAX_CLUSTER: usize = 255;

/// The cluster and the principal that `uri` names.
pub fn parse(uri: &str) -> Result<(String, Principal)> {
    let (cluster, path) = uri
        .strip_prefix(SCHEME)
        .and_then(|rest| rest.split_once('/'))
        .ok_or_else(|| {
            let uri = Quoted(uri);
            let scheme = SCHEME;
            invalid(msg::CertificateNameMalformed { scheme, uri })
        })?;
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    if cluster.is_empty() || cluster.len() > MAX_CLUSTER || !cluster.bytes().all(allowed) {
        return Err(invalid(msg::CertificateClusterMalformed {
            most: MAX_CLUSTER,
            scheme: SCHEME,
            uri: Quoted(uri),
        }));
    }
    Ok((cluster.to_owned(), path.parse()?))
}

/// The cluster, the principal and the serial number of a certificate in DER.
pub fn of_der(der: &[u8]) -> Result<(String, Principal, Option<Serial>)> {
    let certificate = read(der)?;
    let (cluster, principal) = of_certificate(&certificate)?;
    Ok((cluster, principal, serial(&certificate)))
}

/// The cluster and the principal of a certificate, which must have exactly one URI.
pub(crate) fn of_certificate(certificate: &X509Certificate<'_>) -> Result<(String, Principal)> {
    parse(&uri(certificate)?)
}

/// The cluster and the city whose authority a certificate names
/// (`spiffe://<cluster>/city/<code>/authority`), if it names one.
pub fn authority_of(der: &[u8]) -> Option<(String, CityCode)> {
    let uri = uri(&read(der).ok()?).ok()?;
    let (cluster, path) = uri.strip_prefix(SCHEME)?.split_once('/')?;
    let city = path.strip_prefix("city/")?.strip_suffix("/authority")?;
    Some((cluster.to_owned(), city.parse().ok()?))
}

/// The serial number of a certificate; `None` if it does not have the form that this software issues.
pub(crate) fn serial(certificate: &X509Certificate<'_>) -> Option<Serial> {
    certificate.raw_serial().try_into().ok().map(Serial)
}

/// The remaining validity of a certificate.
pub(crate) fn life_left(der: &[u8], now: SystemTime) -> Duration {
    let end = validity(der).map_or(now, |(_, end)| end);
    end.duration_since(now).unwrap_or_default()
}

/// The begin and end of a certificate's validity, past ones included.
pub fn validity(der: &[u8]) -> Option<(SystemTime, SystemTime)> {
    let certificate = read(der).ok()?;
    let instant = |seconds: i64| {
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).ok()?))
    };
    let validity = certificate.validity();
    let (begin, end) = (
        validity.not_before.timestamp(),
        validity.not_after.timestamp(),
    );
    Some((instant(begin)?, instant(end)?))
}

/// SHA-256 of a certificate's public key (its SubjectPublicKeyInfo).
pub fn key_digest(der: &[u8]) -> Option<Digest> {
    let certificate = read(der).ok()?;
    Some(Digest(Sha256::digest(certificate.public_key().raw).into()))
}

fn read(der: &[u8]) -> Result<X509Certificate<'_>> {
    let (_, certificate) = X509Certificate::from_der(der).map_err(|e| {
        let cause = Value::text(e);
        invalid(msg::CertificateMalformed { cause })
    })?;
    Ok(certificate)
}

fn uri(certificate: &X509Certificate<'_>) -> Result<String> {
    let names = certificate.subject_alternative_name().map_err(|e| {
        let cause = Value::text(e);
        invalid(msg::CertificateNamesUnreadable { cause })
    })?;
    let mut uris = names
        .iter()
        .flat_map(|names| &names.value.general_names)
        .filter_map(|name| match name {
            GeneralName::URI(uri) => Some(*uri),
            _ => None,
        });
    match (uris.next(), uris.next()) {
        (Some(uri), None) => Ok(uri.to_owned()),
        (None, _) => Err(invalid(msg::CertificateWithoutName { scheme: SCHEME })),
        (Some(first), Some(second)) => Err(invalid(msg::CertificateNamesSeveral {
            first: Quoted(first),
            second: Quoted(second),
        })),
    }
}

fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_has_a_cluster_and_a_principal() {
        let (cluster, principal) = parse("spiffe://csx.hn-1/city/430100/node").unwrap();
        assert_eq!(cluster, "csx.hn-1");
        assert_eq!(principal, Principal::Node("430100".parse().unwrap()));
        assert_eq!(
            parse("spiffe://c/coordinator").unwrap().1,
            Principal::Coordinator
        );
    }

    #[test]
    fn what_is_not_quite_a_name_is_refused() {
        for uri in [
            "",
            "coordinator",
            "spiffe://",
            "spiffe://c",
            "spiffe:///coordinator",
            "https://c/coordinator",
            "SPIFFE://c/coordinator",
            "spiffe://C/coordinator",
            "spiffe://user@c/coordinator",
            "spiffe://c:1/coordinator",
            "spiffe://c/coordinator/",
            "spiffe://c//coordinator",
            "spiffe://c/coordinator?x=1",
            "spiffe://c/city/430100/node#x",
        ] {
            assert!(parse(uri).is_err(), "{uri:?} was accepted");
        }
    }

    fn certificate() -> Vec<u8> {
        let mut params = rcgen::CertificateParams::default();
        let uri = "spiffe://demo/city/430100/person/li.ming";
        params.subject_alt_names = vec![rcgen::SanType::URI(uri.try_into().unwrap())];
        let key = rcgen::KeyPair::generate().unwrap();
        params.self_signed(&key).unwrap().der().to_vec()
    }

    proptest! {
        #[test]
        fn any_bytes_may_come_as_a_certificate(
            at in any::<prop::sample::Index>(), with in any::<u8>(),
            cut in any::<prop::sample::Index>(), junk in prop::collection::vec(any::<u8>(), 0..200),
        ) {
            let mut der = certificate();
            let length = der.len();
            der[at.index(length)] = with;
            der.truncate(cut.index(length) + 1);
            for der in [&der, &junk] {
                let _ = (of_der(der), authority_of(der), validity(der));
            }
        }

        #[test]
        fn any_text_may_come_as_a_name(uri in "(spiffe://)?[a-z0-9/.-]{0,40}|.{0,40}") {
            if let Ok((cluster, principal)) = parse(&uri) {
                prop_assert_eq!(format!("{SCHEME}{cluster}/{principal}"), uri);
            }
        }
    }
}
