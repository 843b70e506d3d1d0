//! Whom a handshake lets through: a chain up to our authority, and a name of our cluster.
//!
//! Chains and signatures are webpki's business; here only the name is added. There is no
//! resumption on either side, since a resumed session is never verified again.

use std::sync::Arc;

use chengji_domain::{Error, ErrorCode, Principal, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, ParsedCertificate, WebPkiClientVerifier};
use rustls::sign::SingleCertAndKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, DistinguishedName, OtherError,
    RootCertStore, ServerConfig, SignatureScheme,
};

use crate::expect::Expect;
use crate::identity::Identity;
use crate::spiffe;

/// The one protocol spoken over our connections (RFC 7301, RFC 9113).
pub(crate) const H2: &[u8] = b"h2";

/// TLS for servers: 1.3 only, client certificates mandatory.
pub(crate) fn server_config(identity: &Identity) -> Result<ServerConfig> {
    let verifier = ClientsOfCluster::new(identity)?;
    let mut config = ServerConfig::builder_with_provider(identity.provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(broken)?
        .with_client_cert_verifier(Arc::new(verifier))
        .with_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified())));
    config.alpn_protocols = vec![H2.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// TLS for clients that expect a certain server.
pub(crate) fn client_config(identity: &Identity, expect: Expect) -> Result<ClientConfig> {
    let verifier = ServersOfCluster {
        roots: identity.roots(),
        algorithms: identity.provider().signature_verification_algorithms,
        cluster: identity.cluster().to_owned(),
        expect,
    };
    let mut config = ClientConfig::builder_with_provider(identity.provider())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(broken)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity.certified())));
    config.alpn_protocols = vec![H2.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    Ok(config)
}

/// The principal of a certificate, if it is one of this cluster.
pub(crate) fn member(certificate: &CertificateDer<'_>, cluster: &str) -> Result<Principal> {
    let (its, principal) = spiffe::of_der(certificate)?;
    if its != cluster {
        return Err(Error::new(
            ErrorCode::Unauthenticated,
            format!("{principal} is of the cluster '{its}', not of '{cluster}'"),
        ));
    }
    Ok(principal)
}

#[derive(Debug)]
struct ClientsOfCluster {
    chain: Arc<dyn ClientCertVerifier>,
    cluster: String,
}

impl ClientsOfCluster {
    fn new(identity: &Identity) -> Result<Self> {
        let chain =
            WebPkiClientVerifier::builder_with_provider(identity.roots(), identity.provider())
                .build()
                .map_err(broken)?;
        Ok(Self {
            chain,
            cluster: identity.cluster().to_owned(),
        })
    }
}

impl ClientCertVerifier for ClientsOfCluster {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let verified = self
            .chain
            .verify_client_cert(end_entity, intermediates, now)?;
        member(end_entity, &self.cluster).map_err(refused)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.chain.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

#[derive(Debug)]
struct ServersOfCluster {
    roots: Arc<RootCertStore>,
    algorithms: WebPkiSupportedAlgorithms,
    cluster: String,
    expect: Expect,
}

impl ServerCertVerifier for ServersOfCluster {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(end_entity)?,
            &self.roots,
            intermediates,
            now,
            self.algorithms.all,
        )?;
        let principal = member(end_entity, &self.cluster).map_err(refused)?;
        self.expect.check(&principal).map_err(refused)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

/// A certificate whose chain is good and whose name is not.
fn refused(error: Error) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}

fn broken(error: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorCode::Misconfigured,
        format!("TLS cannot be set up: {error}"),
    )
}
