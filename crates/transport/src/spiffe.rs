//! The name in a certificate: `spiffe://<cluster>/<principal path>`, as its one URI alternative
//! name (SPIFFE X.509-SVID, section 2). Host names and subjects never say who somebody is.

use chengji_domain::{Error, ErrorCode, Principal, Result};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

const SCHEME: &str = "spiffe://";

/// The cluster and the principal that `uri` names.
pub fn parse(uri: &str) -> Result<(String, Principal)> {
    let (cluster, path) = uri
        .strip_prefix(SCHEME)
        .and_then(|rest| rest.split_once('/'))
        .ok_or_else(|| {
            invalid(format!(
                "'{uri}' is not a name of the form {SCHEME}<cluster>/<principal>"
            ))
        })?;
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    if cluster.is_empty() || cluster.len() > 255 || !cluster.bytes().all(allowed) {
        return Err(invalid(format!(
            "'{uri}' names no cluster: 1 to 255 of a-z, 0-9, '-', '_', '.' after {SCHEME}"
        )));
    }
    Ok((cluster.to_owned(), path.parse()?))
}

/// The cluster and the principal of a certificate in DER.
pub(crate) fn of_der(der: &[u8]) -> Result<(String, Principal)> {
    let (_, certificate) =
        X509Certificate::from_der(der).map_err(|e| invalid(format!("not a certificate: {e}")))?;
    of_certificate(&certificate)
}

/// The cluster and the principal of a certificate, which must have exactly one URI.
pub(crate) fn of_certificate(certificate: &X509Certificate<'_>) -> Result<(String, Principal)> {
    let names = certificate
        .subject_alternative_name()
        .map_err(|e| invalid(format!("its alternative names cannot be read: {e}")))?;
    let mut uris = names
        .iter()
        .flat_map(|names| &names.value.general_names)
        .filter_map(|name| match name {
            GeneralName::URI(uri) => Some(*uri),
            _ => None,
        });
    match (uris.next(), uris.next()) {
        (Some(uri), None) => parse(uri),
        (None, _) => Err(invalid(format!(
            "it has no {SCHEME} URI among its alternative names"
        ))),
        (Some(first), Some(second)) => Err(invalid(format!(
            "it has several URIs among its alternative names ('{first}', '{second}')"
        ))),
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorCode::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
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
}
