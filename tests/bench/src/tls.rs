//! TLS of the floors: mutual, 1.3, the same provider as the product, and nothing else.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use crate::measure::Outcome;

/// A server with the certificate in this folder, which requests client certificates.
pub(crate) fn server(folder: &Path) -> Outcome<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(roots(folder)?, provider.clone());
    let (chain, key) = pair(folder)?;
    Ok(ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier.build()?)
        .with_single_cert(chain, key)?)
}

/// A client with the certificate in this folder.
pub(crate) fn client(folder: &Path) -> Outcome<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let (chain, key) = pair(folder)?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots(folder)?)
        .with_client_auth_cert(chain, key)?)
}

fn roots(folder: &Path) -> Outcome<Arc<RootCertStore>> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(folder.join("ca.pem"))? {
        roots.add(certificate?)?;
    }
    Ok(Arc::new(roots))
}

fn pair(folder: &Path) -> Outcome<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain = CertificateDer::pem_file_iter(folder.join("identity.pem"))?;
    let chain = chain.collect::<Result<Vec<_>, _>>()?;
    Ok((
        chain,
        PrivateKeyDer::from_pem_file(folder.join("identity.pem"))?,
    ))
}
