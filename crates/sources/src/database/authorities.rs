//! The authorities by which a server of databases is verified.

use std::path::Path;

use chengji_domain::{Error, Result};
use chengji_messages::{Value, msg};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::reading::{file_name, unavailable};

/// Authorities.
#[derive(Debug)]
pub(crate) struct Authorities {
    /// The file in which they were found.
    pub(crate) pem: Vec<u8>,
    /// They themselves; there is one at least.
    pub(crate) roots: RootCertStore,
}

/// Reads a PEM file with authorities.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE`.
pub(crate) fn read(ca: &Path) -> Result<Authorities> {
    let pem = std::fs::read(ca).map_err(|error| unusable(ca, error.into()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| unusable(ca, Value::text(error)))?;
        let added = roots.add(certificate);
        added.map_err(|error| unusable(ca, Value::text(error)))?;
    }
    if roots.is_empty() {
        return Err(unusable(ca, msg::SourceCaEmpty.into()));
    }
    Ok(Authorities { pem, roots })
}

/// Makes the error of TLS that is required without authorities.
pub(crate) fn missing() -> Error {
    unavailable(msg::SourceCaMissing)
}

/// Makes the error of authorities that cannot be used.
pub(crate) fn unusable(ca: &Path, cause: Value) -> Error {
    let path = file_name(ca);
    unavailable(msg::SourceCaUnusable { path, cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authorities_of_a_server_are_read_from_a_file_with_certificates() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        std::fs::write(&path, "no certificate").unwrap();
        for ca in [path, folder.path().join("missing")] {
            let error = read(&ca).map(drop).unwrap_err();
            assert_eq!(error.message().code(), "source-ca-unusable");
        }
    }
}
