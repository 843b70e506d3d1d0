//! This program's identity: its certificate, its key, and the authority it trusts.
//!
//! Every local cause of a failed handshake is detected here, at startup, and reported with its file. The
//! key leaves this module only inside rustls, and the buffers it was read from are wiped. Certificate and
//! key can be replaced while connections live: existing ones continue, new ones use the new pair.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use chengji_domain::access::Serial;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_messages::{Message, Value, msg};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::sign::CertifiedKey;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;
use zeroize::{Zeroize, Zeroizing};

use crate::chains::{ChainVerifier, Trust};
use crate::spiffe;

/// A loaded identity. Clones share their state.
#[derive(Clone, Debug)]
pub struct Identity(Arc<Inner>);

/// The files of an identity; both PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityFiles {
    /// The private key and the certificate, followed by any intermediates up to the authority; readable
    /// by its owner alone. One file, so that both are replaced in one step.
    pub identity: PathBuf,
    /// The certificates of the cluster's authority: several while it is being replaced.
    pub ca: PathBuf,
}

#[derive(Debug)]
struct Inner {
    principal: Principal,
    cluster: String,
    trust: Trust,
    current: RwLock<Arc<Current>>,
}

/// The pair in use.
#[derive(Debug)]
pub(crate) struct Current {
    pub(crate) as_client: Arc<CertifiedKey>,
    /// The same, followed by the authority's own certificate: a peer with an invitation knows the
    /// authority by its digest alone.
    pub(crate) as_server: Arc<CertifiedKey>,
    serial: Option<Serial>,
    not_before: SystemTime,
    not_after: SystemTime,
}

/// A key and its certificate chain, from any source.
pub struct Pair {
    /// The certificate first, then the intermediates up to the authority.
    pub chain: Vec<CertificateDer<'static>>,
    /// The private key.
    pub key: PrivateKeyDer<'static>,
}

impl Identity {
    /// Loads and checks the files as of `now`. Every error is `MISCONFIGURED`, and names the file and the
    /// remedy.
    pub fn load(files: &IdentityFiles, now: SystemTime) -> Result<Self> {
        let pair = Pair::read(&files.identity)?;
        let authorities = certificates(&files.ca)?;
        let trust = Trust::new(authorities).map_err(|e| unusable(&files.ca, e.message()))?;
        Self::checked(trust, pair, now).map_err(|e| unusable(&files.identity, e.message()))
    }

    /// Creates an identity from memory, checked as of `now`.
    pub fn new(
        authorities: Vec<CertificateDer<'static>>,
        pair: Pair,
        now: SystemTime,
    ) -> Result<Self> {
        Self::checked(Trust::new(authorities)?, pair, now)
    }

    fn checked(trust: Trust, pair: Pair, now: SystemTime) -> Result<Self> {
        let (cluster, principal, current) = trust.check(pair, now)?;
        Ok(Self(Arc::new(Inner {
            principal,
            cluster,
            trust,
            current: RwLock::new(Arc::new(current)),
        })))
    }

    /// Replaces the pair with another of the same principal.
    pub fn replace(&self, pair: Pair, now: SystemTime) -> Result<()> {
        let (cluster, principal, current) = self.0.trust.check(pair, now)?;
        if cluster != self.0.cluster || principal != self.0.principal {
            let message = msg::IdentityReplacedByAnother {
                expected: &self.0.principal,
                found: principal,
            };
            return Err(Error::new(ErrorCode::PeerInvalid, message));
        }
        *self
            .0
            .current
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(current);
        Ok(())
    }

    /// The principal in the certificate.
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    /// The cluster (trust domain) of the certificate.
    pub fn cluster(&self) -> &str {
        &self.0.cluster
    }

    /// The certificates of the cluster's authority.
    pub fn authorities(&self) -> &[CertificateDer<'static>] {
        &self.0.trust.authorities
    }

    /// The serial number of the certificate in use; `None` if this software did not issue it.
    pub fn serial(&self) -> Option<Serial> {
        self.current().serial
    }

    /// The beginning of the validity of the certificate in use.
    pub fn not_before(&self) -> SystemTime {
        self.current().not_before
    }

    /// The end of the validity of the certificate in use.
    pub fn not_after(&self) -> SystemTime {
        self.current().not_after
    }

    /// The certificate in use.
    pub fn certificate(&self) -> CertificateDer<'static> {
        let current = self.current();
        // A verified chain has a first certificate.
        current
            .as_client
            .cert
            .first()
            .cloned()
            .unwrap_or_else(|| Vec::new().into())
    }

    pub(crate) fn current(&self) -> Arc<Current> {
        Arc::clone(
            &self
                .0
                .current
                .read()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    pub(crate) fn trust(&self) -> &Trust {
        &self.0.trust
    }
}

impl Trust {
    fn check(&self, pair: Pair, now: SystemTime) -> Result<(String, Principal, Current)> {
        let Pair { chain, mut key } = pair;
        let leaf = chain
            .first()
            .ok_or_else(|| wrong(msg::IdentityWithoutCertificate))?;
        let (_, parsed) = X509Certificate::from_der(leaf).map_err(|e| {
            let cause = Value::text(e);
            wrong(msg::IdentityCertificateMalformed { cause })
        })?;
        let (cluster, principal) = spiffe::of_certificate(&parsed)?;
        let (not_before, not_after) = validity(&parsed, now)?;
        let since_epoch = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        ChainVerifier::new(self, &cluster, None)?
            .verify(&chain, UnixTime::since_unix_epoch(since_epoch))
            .map_err(|e| {
                let cause = Value::text(e);
                wrong(msg::IdentityOfAnotherCluster { cause })
            })?;
        let signing = rustls::crypto::ring::sign::any_supported_type(&key);
        key.zeroize();
        let signing = signing.map_err(|e| {
            let cause = Value::text(e);
            wrong(msg::IdentityKeyUnusable { cause })
        })?;
        let as_client = CertifiedKey::new(chain.clone(), signing);
        as_client.keys_match().map_err(|e| {
            let cause = Value::text(e);
            wrong(msg::IdentityKeyOfAnother { cause })
        })?;
        let serial = spiffe::serial(&parsed);
        let mut longer = chain;
        longer.extend(self.authorities.iter().cloned());
        let as_server = CertifiedKey::new(longer, Arc::clone(&as_client.key));
        let current = Current {
            as_client: Arc::new(as_client),
            as_server: Arc::new(as_server),
            serial,
            not_before,
            not_after,
        };
        Ok((cluster, principal, current))
    }
}

impl Pair {
    /// Reads a key and its certificates from a PEM file that its owner alone can read.
    pub fn read(path: &Path) -> Result<Self> {
        let pem = secret(path)?;
        let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|e| {
            let cause = Value::text(e);
            unusable(path, msg::IdentityWithoutKey { cause })
        })?;
        Ok(Self {
            chain: of_pem(path, &pem)?,
            key,
        })
    }
}

/// The certificates in a PEM file.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let pem = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
    of_pem(path, &pem)
}

fn of_pem(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    let found: Vec<_> = CertificateDer::pem_slice_iter(pem)
        .collect::<Result<_, _>>()
        .map_err(|e| {
            let cause = Value::text(e);
            unusable(path, msg::IdentityNotPem { cause })
        })?;
    if found.is_empty() {
        return Err(unusable(path, msg::IdentityWithoutCertificate));
    }
    Ok(found)
}

/// Reads a file with a secret, which only its owner may read; wiped when dropped.
pub fn secret(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let mut file = File::open(path).map_err(|e| unreadable(path, &e))?;
    // Taken from the open file, so that the checked file is the one that is read.
    let metadata = file.metadata().map_err(|e| unreadable(path, &e))?;
    let mode = metadata.permissions().mode();
    if mode & 0o077 != 0 {
        let mode = format!("{:04o}", mode & 0o7777);
        let message = msg::IdentityKeyExposed { mode, path };
        return Err(Error::new(ErrorCode::Misconfigured, message));
    }
    // Allocated at once: a buffer that grew would leave copies behind.
    let room = usize::try_from(metadata.len()).unwrap_or_default() + 1;
    let mut content = Zeroizing::new(Vec::with_capacity(room));
    file.read_to_end(&mut content)
        .map_err(|e| unreadable(path, &e))?;
    Ok(content)
}

/// The begin and end of the validity, which must include `now`.
fn validity(parsed: &X509Certificate<'_>, now: SystemTime) -> Result<(SystemTime, SystemTime)> {
    let validity = parsed.validity();
    let (from, until) = (instant(validity.not_before), instant(validity.not_after));
    if now < from {
        let begin = Value::text(validity.not_before);
        return Err(wrong(msg::IdentityNotYetValid { begin }));
    }
    if now > until {
        let end = Value::text(validity.not_after);
        return Err(wrong(msg::IdentityExpired { end }));
    }
    Ok((from, until))
}

fn instant(time: ASN1Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(time.timestamp().try_into().unwrap_or(0))
}

fn wrong(problem: impl Into<Message>) -> Error {
    Error::new(ErrorCode::Misconfigured, problem)
}

fn unreadable(path: &Path, cause: &std::io::Error) -> Error {
    let message = msg::IdentityFileUnreadable { cause, path };
    Error::new(ErrorCode::Misconfigured, message)
}

fn unusable(path: &Path, cause: impl Into<Value>) -> Error {
    let message = msg::IdentityFileUnusable { cause, path };
    Error::new(ErrorCode::Misconfigured, message)
}
