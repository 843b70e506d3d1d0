//! Whom a handshake lets through: a chain up to our authority, and a name of our cluster.
//!
//! Chains and signatures are webpki's business; here it is said which chains there may be. Nodes,
//! the coordinator and the cluster's people are certified by the cluster's authority itself. A
//! city's people are certified by their city's authority, which the cluster's certifies; a city's
//! authority can make nobody but people of this city. A node believes of its own people only what
//! its own authority issued: the cluster's authority cannot make any.
//!
//! Who has no certificate is let in as nobody. There is no resumption on either side, since a
//! resumed session is never verified again.

use std::sync::Arc;

use chengji_domain::access::Serial;
use chengji_domain::{CityCode, Digest, Error, ErrorCode, Principal, Result};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{
    ResolvesClientCert, Resumption, WantsClientCert, verify_server_cert_signed_by_trust_anchor,
};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{
    ClientHello, NoServerSessionStorage, ParsedCertificate, ResolvesServerCert,
    WebPkiClientVerifier,
};
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, ConfigBuilder, DigitallySignedStruct, DistinguishedName,
    OtherError, RootCertStore, ServerConfig, SignatureScheme,
};
use sha2::{Digest as _, Sha256};

use crate::expect::Expect;
use crate::identity::{Identity, Trust};
use crate::spiffe;

/// The one protocol spoken over our connections (RFC 7301, RFC 9113).
pub(crate) const H2: &[u8] = b"h2";

/// The authority of a city, whose people it certifies.
#[derive(Clone, Debug)]
pub struct CityAuthority {
    /// The city.
    pub city: CityCode,
    /// Its certificate.
    pub certificate: CertificateDer<'static>,
}

/// TLS for servers: 1.3 only, client certificates asked for and not demanded.
pub(crate) fn server_config(
    identity: &Identity,
    people: Option<&CityAuthority>,
) -> Result<ServerConfig> {
    let chains = Chains::new(identity.trust(), identity.cluster(), people)?;
    let provider = Arc::clone(&identity.trust().provider);
    let mut config = ServerConfig::builder_with_provider(provider)
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

/// TLS for a client that knows its cluster and shows no certificate, since its own may have ended.
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

/// TLS for a client that has nothing but an invitation: it knows the cluster's authority by digest.
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
    Ok(ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(broken)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier)))
}

fn finish(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![H2.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    config
}

/// The principal of a certificate, if it is one of this cluster, and its number.
pub(crate) fn member(
    certificate: &CertificateDer<'_>,
    cluster: &str,
) -> Result<(Principal, Option<Serial>)> {
    let (its, principal, serial) = spiffe::of_der(certificate)?;
    if its != cluster {
        return Err(Error::new(
            ErrorCode::Unauthenticated,
            format!("{principal} is of the cluster '{its}', not of '{cluster}'"),
        ));
    }
    Ok((principal, serial))
}

/// The pair that is in use when a handshake begins.
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

/// Which chains prove whom.
#[derive(Debug)]
pub(crate) struct Chains {
    cluster: String,
    of_cluster: Arc<dyn ClientCertVerifier>,
    own_people: Option<(CityCode, Arc<dyn ClientCertVerifier>)>,
}

impl Chains {
    pub(crate) fn new(
        trust: &Trust,
        cluster: &str,
        people: Option<&CityAuthority>,
    ) -> Result<Self> {
        let up_to = |roots: Arc<RootCertStore>| {
            WebPkiClientVerifier::builder_with_provider(roots, Arc::clone(&trust.provider))
                .build()
                .map_err(broken)
        };
        let own_people = match people {
            None => None,
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(authority.certificate.clone()).map_err(broken)?;
                Some((authority.city, up_to(Arc::new(roots))?))
            }
        };
        Ok(Self {
            cluster: cluster.to_owned(),
            of_cluster: up_to(Arc::clone(&trust.roots))?,
            own_people,
        })
    }

    /// Whom these certificates prove, the first one being its own.
    pub(crate) fn verify(
        &self,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Principal, rustls::Error> {
        let Some((leaf, between)) = chain.split_first() else {
            return Err(rustls::Error::NoCertificatesPresented);
        };
        let (principal, _) = member(leaf, &self.cluster).map_err(refused)?;
        let Principal::Person { city, .. } = &principal else {
            self.of_cluster.verify_client_cert(leaf, &[], now)?;
            return Ok(principal);
        };
        if let Some((_, own)) = self.own_people.as_ref().filter(|(own, _)| own == city) {
            own.verify_client_cert(leaf, &[], now)?;
            return Ok(principal);
        }
        let authority_of_city = |certificate: &&CertificateDer<'_>| {
            spiffe::authority_of(certificate)
                .is_some_and(|(cluster, of)| cluster == self.cluster && of == *city)
        };
        // No more than one: whoever sends many makes us look at one.
        let between: Vec<CertificateDer<'_>> = between
            .iter()
            .find(authority_of_city)
            .cloned()
            .into_iter()
            .collect();
        self.of_cluster.verify_client_cert(leaf, &between, now)?;
        Ok(principal)
    }
}

impl ClientCertVerifier for Chains {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Whoever calls has one certificate and needs no hint which to use.
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let chain: Vec<_> = std::iter::once(end_entity)
            .chain(intermediates)
            .cloned()
            .collect();
        self.verify(&chain, now)
            .map(|_| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.of_cluster.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.of_cluster.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.of_cluster.supported_verify_schemes()
    }
}

/// How a client knows the cluster's authority.
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
            let message = "the server is not of the cluster that the invitation is for";
            refused(
                Error::new(ErrorCode::Unauthenticated, message)
                    .with_remedy("ask whoever invited you whether the address is right"),
            )
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
        // Whoever serves is certified by the cluster's authority itself.
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
