//! Verification of certificate chains: the principal that a chain authenticates, and up to which authority.
//!
//! webpki verifies chains and signatures; this module restricts their shape. Nodes, the coordinator and
//! the cluster's people are certified by the cluster's authority itself. A city's people are certified by
//! their city's authority, which the cluster's certifies; a city's authority can only certify people of
//! this city. A node accepts for its own people only certificates that its own authority issued: the
//! cluster's authority cannot issue any.

use std::sync::Arc;

use chengji_domain::access::Serial;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_messages::{Value, msg};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, OtherError, RootCertStore,
    SignatureScheme,
};

use crate::spiffe;

/// The authorities that an identity trusts.
#[derive(Clone, Debug)]
pub(crate) struct Trust {
    pub(crate) authorities: Arc<Vec<CertificateDer<'static>>>,
    pub(crate) roots: Arc<RootCertStore>,
    pub(crate) provider: Arc<CryptoProvider>,
}

impl Trust {
    pub(crate) fn new(authorities: Vec<CertificateDer<'static>>) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        for certificate in &authorities {
            roots.add(certificate.clone()).map_err(|e| {
                let cause = Value::text(e);
                let message = msg::IdentityNotAuthority { cause };
                Error::new(ErrorCode::Misconfigured, message)
            })?;
        }
        Ok(Self {
            authorities: Arc::new(authorities),
            roots: Arc::new(roots),
            provider: Arc::new(rustls::crypto::ring::default_provider()),
        })
    }
}

/// The authority of a city, which certifies its people.
#[derive(Clone, Debug)]
pub struct CityAuthority {
    /// The city.
    pub city: CityCode,
    /// Its certificate.
    pub certificate: CertificateDer<'static>,
}

/// The principal and the serial number of a certificate of this cluster.
pub(crate) fn member(
    certificate: &CertificateDer<'_>,
    cluster: &str,
) -> Result<(Principal, Option<Serial>)> {
    let (its, principal, serial) = spiffe::of_der(certificate)?;
    if its != cluster {
        let message = msg::CertificateOfAnotherCluster {
            expected: cluster,
            found: its,
            who: principal,
        };
        return Err(Error::new(ErrorCode::Unauthenticated, message));
    }
    Ok((principal, serial))
}

/// Verifies chains and identifies their principals.
#[derive(Debug)]
pub(crate) struct ChainVerifier {
    cluster: String,
    of_cluster: Arc<dyn ClientCertVerifier>,
    own_people: Option<(CityCode, Arc<dyn ClientCertVerifier>)>,
}

impl ChainVerifier {
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

    /// Verifies a chain, the peer's own certificate first, and returns its principal.
    pub(crate) fn verify(
        &self,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<Principal, rustls::Error> {
        let Some((leaf, between)) = chain.split_first() else {
            return Err(rustls::Error::NoCertificatesPresented);
        };
        let (principal, _) = member(leaf, &self.cluster).map_err(refused)?;
        let (Principal::Person { city, .. } | Principal::App { city, .. }) = &principal else {
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
        // Only one is accepted, which bounds the work that a long chain can cause.
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

impl ClientCertVerifier for ChainVerifier {
    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // Callers have one certificate and need no hint to select it.
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

/// The TLS error for a certificate with a valid chain and a wrong name.
pub(crate) fn refused(error: Error) -> rustls::Error {
    CertificateError::Other(OtherError(Arc::new(error))).into()
}

pub(crate) fn broken(cause: impl std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Misconfigured, msg::TlsNotSetUp { cause })
}
