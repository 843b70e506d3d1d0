//! TLS configurations of both ends. Peers without a certificate are accepted as unauthenticated. There is
//! no resumption on either side, since a resumed session is never verified again.

use std::sync::Arc;
use std::time::SystemTime;

use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::msg;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    ResolvesClientCert, Resumption, WantsClientCert, verify_server_cert_signed_by_trust_anchor,
};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::{ClientHello, NoServerSessionStorage, ParsedCertificate, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use rustls::{
    ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, ServerConfig,
    SignatureScheme,
};
use sha2::{Digest as _, Sha256};

use crate::chains::{ChainVerifier, CityAuthority, Trust, broken, member, refused};
use crate::expect::Expect;
use crate::identity::Identity;

/// The only application protocol on these connections (RFC 7301, RFC 9113).
pub(crate) const H2: &[u8] = b"h2";

/// TLS for servers: 1.3 only, client certificates requested and not required.
pub(crate) fn server_config(
    identity: &Identity,
    people: Option<&CityAuthority>,
) -> Result<ServerConfig> {
    let chains = ChainVerifier::new(identity.trust(), identity.cluster(), people)?;
    let provider = Arc::clone(&identity.trust().provider);
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(WallTime))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(broken)?
        .with_client_cert_verifier(Arc::new(chains))
        .with_cert_resolver(Arc::new(InUse(identity.clone())));
    config.alpn_protocols = vec![H2.to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// TLS for clients that expect a certain server.
pub(crate) fn client_config(identity: &Identity, expect: Expect) -> Result<ClientConfig> {
    let in_use = Arc::new(InUse(identity.clone()));
    let trust = identity.trust();
    let known = Authority::Roots(Arc::clone(&trust.roots));
    let config = builder(
        Arc::clone(&trust.provider),
        identity.cluster(),
        known,
        expect,
    )?;
    Ok(finish(config.with_client_cert_resolver(in_use)))
}

/// TLS for a client that knows its cluster and presents no certificate, since its own may have ended.
pub(crate) fn bare_client_config(
    authorities: &[CertificateDer<'static>],
    cluster: &str,
    expect: Expect,
) -> Result<ClientConfig> {
    let trust = Trust::new(authorities.to_vec())?;
    let known = Authority::Roots(Arc::clone(&trust.roots));
    Ok(finish(
        builder(trust.provider, cluster, known, expect)?.with_no_client_auth(),
    ))
}

/// TLS for a client that has only an invitation: it knows the cluster's authority by digest.
pub(crate) fn newcomer_config(
    cluster: &str,
    authority: Digest,
    expect: Expect,
) -> Result<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let known = Authority::Digest(authority);
    Ok(finish(
        builder(provider, cluster, known, expect)?.with_no_client_auth(),
    ))
}

fn builder(
    provider: Arc<CryptoProvider>,
    cluster: &str,
    authority: Authority,
    expect: Expect,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>> {
    let verifier = ServersOfCluster {
        provider: Arc::clone(&provider),
        authority,
        cluster: cluster.to_owned(),
        expect,
    };
    Ok(
        ClientConfig::builder_with_details(provider, Arc::new(WallTime))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(broken)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier)),
    )
}

fn finish(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![H2.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    config
}

/// The clock for the verification of certificates.
#[derive(Debug)]
struct WallTime;

impl TimeProvider for WallTime {
    fn current_time(&self) -> Option<UnixTime> {
        let since_epoch = chengji_clock::system_time().duration_since(SystemTime::UNIX_EPOCH);
        since_epoch.ok().map(UnixTime::since_unix_epoch)
    }
}

/// Resolves to the pair in use when a handshake begins.
#[derive(Debug)]
struct InUse(Identity);

impl ResolvesServerCert for InUse {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.current().as_server))
    }
}

impl ResolvesClientCert for InUse {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.current().as_client))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

/// The client's knowledge of the cluster's authority.
#[derive(Debug)]
enum Authority {
    Roots(Arc<RootCertStore>),
    /// The digest of its certificate, which the server sends along.
    Digest(Digest),
}

#[derive(Debug)]
struct ServersOfCluster {
    provider: Arc<CryptoProvider>,
    authority: Authority,
    cluster: String,
    expect: Expect,
}

impl ServersOfCluster {
    fn roots(&self, sent: &[CertificateDer<'_>]) -> Result<Arc<RootCertStore>, rustls::Error> {
        let digest = match &self.authority {
            Authority::Roots(roots) => return Ok(Arc::clone(roots)),
            Authority::Digest(digest) => digest,
        };
        let known = sent
            .iter()
            .find(|sent| Sha256::digest(sent)[..] == digest.0);
        let known = known.ok_or_else(|| {
            refused(Error::new(
                ErrorCode::Unauthenticated,
                msg::ServerOfAnotherCluster,
            ))
        })?;
        let mut roots = RootCertStore::empty();
        roots.add(known.clone().into_owned())?;
        Ok(Arc::new(roots))
    }
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
        // Servers are certified by the cluster's authority itself.
        verify_server_cert_signed_by_trust_anchor(
            &ParsedCertificate::try_from(end_entity)?,
            &*self.roots(intermediates)?,
            &[],
            now,
            self.provider.signature_verification_algorithms.all,
        )?;
        let (principal, _) = member(end_entity, &self.cluster).map_err(refused)?;
        self.expect.check(&principal).map_err(refused)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, cert, dss, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, cert, dss, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
