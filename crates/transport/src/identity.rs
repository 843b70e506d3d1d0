//! Who this program is: its certificate, its key, and the authority it believes.
//!
//! Everything that could make a handshake fail later for a reason of our own is found here, at
//! start, and told with the file it is in. The key never leaves this module but inside rustls.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chengji_domain::{Error, ErrorCode, Principal, Result};
use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::CertifiedKey;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::time::ASN1Time;

use crate::spiffe;

/// A loaded identity; cloning it is cheap.
#[derive(Clone, Debug)]
pub struct Identity(Arc<Loaded>);

/// Where an identity is loaded from; all PEM.
#[derive(Clone, Debug)]
pub struct IdentityFiles {
    /// The certificate, followed by the intermediate ones if there are any.
    pub certificate: PathBuf,
    /// The private key, readable by its owner alone.
    pub key: PathBuf,
    /// The certificates of the cluster's authority: more than one while it changes.
    pub ca: PathBuf,
}

#[derive(Debug)]
struct Loaded {
    principal: Principal,
    cluster: String,
    not_after: SystemTime,
    certified: Arc<CertifiedKey>,
    roots: Arc<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl Identity {
    /// Loads and checks the files as of `now`. Every error is `Misconfigured`, and names the file
    /// and the remedy.
    pub fn load(files: &IdentityFiles, now: SystemTime) -> Result<Self> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let chain = certificates(&files.certificate)?;
        let key = private_key(&files.key)?;
        let roots = Arc::new(roots(&files.ca)?);

        let at = &files.certificate;
        let leaf = chain
            .first()
            .ok_or_else(|| unusable(at, "it holds no certificate"))?;
        let (_, parsed) = X509Certificate::from_der(leaf)
            .map_err(|e| unusable(at, format!("its first certificate cannot be read: {e}")))?;
        let (cluster, principal) =
            spiffe::of_certificate(&parsed).map_err(|e| unusable(at, e.message()))?;
        let not_after = validity(&parsed, at, now)?;
        check_chain(&chain, &roots, &provider, files, now)?;
        let certified = CertifiedKey::from_der(chain, key, &provider).map_err(|e| {
            Error::new(
                ErrorCode::Misconfigured,
                format!(
                    "the key {} does not fit the certificate {}: {e}",
                    files.key.display(),
                    at.display()
                ),
            )
            .with_remedy("set the key the certificate was issued for")
        })?;
        let certified = Arc::new(certified);
        Ok(Self(Arc::new(Loaded {
            principal,
            cluster,
            not_after,
            certified,
            roots,
            provider,
        })))
    }

    /// Whom the certificate names.
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    /// The cluster (trust domain) the certificate is of.
    pub fn cluster(&self) -> &str {
        &self.0.cluster
    }

    /// When the certificate expires.
    pub fn not_after(&self) -> SystemTime {
        self.0.not_after
    }

    pub(crate) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0.certified)
    }

    pub(crate) fn roots(&self) -> Arc<RootCertStore> {
        Arc::clone(&self.0.roots)
    }

    pub(crate) fn provider(&self) -> Arc<CryptoProvider> {
        Arc::clone(&self.0.provider)
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let pem = std::fs::read(path).map_err(|e| unreadable(path, &e))?;
    let found: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|e| unusable(path, format!("it is not PEM: {e}")))?;
    if found.is_empty() {
        return Err(unusable(path, "it holds no certificate"));
    }
    Ok(found)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    let mut file = File::open(path).map_err(|e| unreadable(path, &e))?;
    // Asked of the open file, so that what is checked is what is read.
    let mode = file
        .metadata()
        .map_err(|e| unreadable(path, &e))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        let message = format!(
            "the key {} can be used by others than its owner (mode {:04o})",
            path.display(),
            mode & 0o7777
        );
        return Err(Error::new(ErrorCode::Misconfigured, message)
            .with_remedy(format!("run: chmod 600 {}", path.display())));
    }
    let mut pem = Vec::new();
    file.read_to_end(&mut pem)
        .map_err(|e| unreadable(path, &e))?;
    PrivateKeyDer::from_pem_slice(&pem)
        .map_err(|e| unusable(path, format!("it holds no private key in PEM: {e}")))
}

fn roots(path: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots
            .add(certificate)
            .map_err(|e| unusable(path, format!("it is no certificate of an authority: {e}")))?;
    }
    Ok(roots)
}

/// The end of the validity that `now` must be within.
fn validity(parsed: &X509Certificate<'_>, at: &Path, now: SystemTime) -> Result<SystemTime> {
    let validity = parsed.validity();
    let (from, until) = (instant(validity.not_before), instant(validity.not_after));
    let problem = if now < from {
        format!("it is not valid before {}", validity.not_before)
    } else if now > until {
        format!("it expired on {}", validity.not_after)
    } else {
        return Ok(until);
    };
    Err(unusable(at, problem).with_remedy(
        "have the cluster's authority issue a new certificate, and check this machine's clock",
    ))
}

fn instant(time: ASN1Time) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(time.timestamp().try_into().unwrap_or(0))
}

fn check_chain(
    chain: &[CertificateDer<'_>],
    roots: &Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
    files: &IdentityFiles,
    now: SystemTime,
) -> Result<()> {
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::clone(roots), Arc::clone(provider))
            .build()
            .map_err(|e| unusable(&files.ca, e.to_string()))?;
    let now = now
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let Some((leaf, intermediates)) = chain.split_first() else {
        return Err(unusable(&files.certificate, "it holds no certificate"));
    };
    verifier
        .verify_client_cert(leaf, intermediates, UnixTime::since_unix_epoch(now))
        .map(|_| ())
        .map_err(|e| {
            unusable(
                &files.certificate,
                format!(
                    "it is not one the authority in {} vouches for: {e}",
                    files.ca.display()
                ),
            )
        })
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(
        ErrorCode::Misconfigured,
        format!("cannot read {}: {error}", path.display()),
    )
    .with_remedy(format!(
        "set the path of a PEM file that exists, and let this program's user read it: {}",
        path.display()
    ))
}

fn unusable(path: &Path, problem: impl std::fmt::Display) -> Error {
    Error::new(
        ErrorCode::Misconfigured,
        format!("cannot use {}: {problem}", path.display()),
    )
    .with_remedy(format!(
        "put a file the cluster's authority issued in the place of {}",
        path.display()
    ))
}
