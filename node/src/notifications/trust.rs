//! The authorities by which webhook and mail servers are verified. They are those of the public or of the city, not of
//! the cluster.

use std::path::Path;
use std::sync::Arc;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Certificates of authorities.
pub(super) struct Authorities {
    /// Those that can be used.
    pub(super) certificates: Vec<CertificateDer<'static>>,
    /// TLS for HTTP clients.
    pub(super) https: Arc<ClientConfig>,
}

impl Authorities {
    /// Reads them from a PEM file; certificates that cannot be used are passed over. Errors: `MISCONFIGURED`.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let pem = std::fs::read(file).map_err(|cause| {
            let message = msg::AuthoritiesUnreadable { cause, file };
            Error::new(ErrorCode::Misconfigured, message)
        })?;
        let (mut roots, mut certificates) = (RootCertStore::empty(), Vec::new());
        for certificate in CertificateDer::pem_slice_iter(&pem).flatten() {
            if roots.add(certificate.clone()).is_ok() {
                certificates.push(certificate);
            }
        }
        if certificates.is_empty() {
            let message = msg::AuthoritiesMissing { file };
            return Err(Error::new(ErrorCode::Misconfigured, message));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config =
            ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|cause| {
            let cause = Value::text(cause);
            Error::new(ErrorCode::Internal, msg::WebhookFailed { cause })
        })?;
        let mut https = config.with_root_certificates(roots).with_no_client_auth();
        https.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            certificates,
            https: Arc::new(https),
        })
    }
}
