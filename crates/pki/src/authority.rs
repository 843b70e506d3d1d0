//! Certificate authorities (证书颁发机构): the cluster's, which certifies nodes, the cluster's people
//! and the cities' authorities; and a city's, which certifies its people.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chengji_domain::access::{Certificate, Serial};
use chengji_domain::{CityCode, Digest, Error, ErrorCode, Principal, Result};
use chengji_messages::{Message, Value, msg};
use chengji_runtime::files::{self, PUBLIC, SECRET};
use chengji_transport::identity::certificates;
use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
    SigningKey,
};
use sha2::{Digest as _, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::keys::{self, failed};

/// Validity of the cluster's own authority: ten years.
const CLUSTER: Duration = days(3_653);
/// Validity of a city's authority, which is certified anew with each renewal of the node.
const CITY: Duration = days(730);
/// Validity of the certificates of nodes and of the coordinator.
pub const NODE: Duration = days(30);
/// Validity of the certificates of people.
pub const PERSON: Duration = days(90);
/// Backdating of certificates, since the clocks of a cluster differ.
const BEFORE: Duration = Duration::from_secs(5 * 60);
/// Maximum length of a cluster's name, characters; a common name takes 64.
const MAX_CLUSTER: usize = 48;

/// An authority and its key.
pub struct Authority {
    cluster: String,
    certificate: Vec<u8>,
    until: SystemTime,
    issuer: Issuer<'static, KeyPair>,
}

/// An issued certificate.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The certificate, DER.
    pub der: Vec<u8>,
    /// Its serial number and end.
    pub certificate: Certificate,
    /// The fingerprint of the key that it certifies.
    pub key: Digest,
}

/// The files of an authority.
#[derive(Clone, Debug)]
pub struct AuthorityFiles {
    /// The certificate, PEM.
    pub certificate: PathBuf,
    /// The key, PEM, readable by its owner alone.
    pub key: PathBuf,
}

impl AuthorityFiles {
    /// The files of the cluster's authority in this folder.
    pub fn of_cluster(folder: &Path) -> Self {
        Self {
            certificate: folder.join("ca.pem"),
            key: folder.join("ca-key.pem"),
        }
    }

    /// The files of a city's authority in this folder.
    pub fn of_city(folder: &Path) -> Self {
        Self {
            certificate: folder.join("people-ca.pem"),
            key: folder.join("people-ca-key.pem"),
        }
    }
}

/// Creates the authority of a cluster; never overwrites existing files.
pub fn create(
    files: &AuthorityFiles,
    cluster: &str,
    passphrase: Option<&[u8]>,
    now: SystemTime,
) -> Result<()> {
    check_cluster(cluster)?;
    let key = keys::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = named(&format!("{cluster} Chengji CA"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(1));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.serial_number = Some(SerialNumber::from_slice(&serial().0));
    params.not_before = (now - BEFORE).into();
    params.not_after = (now + CLUSTER).into();
    let certificate = params.self_signed(&key).map_err(failed)?;
    install(files, &key, &certificate.pem(), passphrase)
}

/// Takes over an intermediate CA of an existing PKI as the cluster's authority. Certificates of that
/// intermediate are trusted, and nothing else of that PKI.
pub fn adopt(
    files: &AuthorityFiles,
    cluster: &str,
    from: &AuthorityFiles,
    passphrase: Option<&[u8]>,
    now: SystemTime,
) -> Result<()> {
    check_cluster(cluster)?;
    let taken = Authority::open(from, cluster, passphrase, now)?;
    let unusable = |cause: Value| {
        let path = from.certificate.as_path();
        let message = msg::CertificateUnusable { cause, path };
        Error::new(ErrorCode::InvalidArgument, message)
    };
    let (_, parsed) =
        X509Certificate::from_der(&taken.certificate).map_err(|e| unusable(Value::text(e)))?;
    let constraints = parsed.basic_constraints().ok().flatten().map(|c| c.value);
    let constraints = constraints
        .filter(|c| c.ca)
        .ok_or_else(|| unusable(msg::AuthorityNotOne.into()))?;
    if constraints.path_len_constraint.is_some_and(|most| most < 1) {
        return Err(unusable(msg::AuthorityWithoutRoom.into()));
    }
    if parsed
        .key_usage()
        .ok()
        .flatten()
        .is_some_and(|u| !u.value.key_cert_sign())
    {
        return Err(unusable(msg::AuthorityCannotCertify.into()));
    }
    let key = keys::read(&from.key, passphrase)?;
    let pem = std::fs::read_to_string(&from.certificate).map_err(|e| unusable(Value::text(e)))?;
    install(files, &key, &pem, passphrase)
}

fn install(
    files: &AuthorityFiles,
    key: &KeyPair,
    certificate: &str,
    passphrase: Option<&[u8]>,
) -> Result<()> {
    for path in [&files.certificate, &files.key] {
        if path.exists() {
            return Err(Error::new(
                ErrorCode::AlreadyExists,
                msg::AuthorityExists { path },
            ));
        }
        files::make_folder(path.parent().unwrap_or(Path::new(".")), files::PRIVATE)?;
    }
    let key = match passphrase {
        None => keys::pem(key),
        Some(passphrase) => keys::encrypted_pem(key, passphrase)?,
    };
    files::create(&files.key, key.as_bytes(), SECRET)?;
    files::create(&files.certificate, certificate.as_bytes(), PUBLIC)
}

impl Authority {
    /// Opens an authority of this cluster, which must be valid now.
    pub fn open(
        files: &AuthorityFiles,
        cluster: &str,
        passphrase: Option<&[u8]>,
        now: SystemTime,
    ) -> Result<Self> {
        let key = keys::read(&files.key, passphrase)?;
        let certificate = certificates(&files.certificate)?.swap_remove(0);
        Self::new(&certificate, key, cluster, now).map_err(|e| {
            let message = msg::CertificateUnusable {
                cause: e.message(),
                path: files.certificate.as_path(),
            };
            Error::new(ErrorCode::Misconfigured, message)
        })
    }

    fn new(certificate: &[u8], key: KeyPair, cluster: &str, now: SystemTime) -> Result<Self> {
        let unusable = |why: Message| Error::new(ErrorCode::Misconfigured, why);
        let (_, parsed) = X509Certificate::from_der(certificate).map_err(|e| {
            let cause = Value::text(e);
            unusable(msg::CertificateMalformed { cause }.into())
        })?;
        if keys::fingerprint_of(certificate)? != keys::fingerprint(&key) {
            return Err(unusable(msg::CertificateOfAnotherKey.into()));
        }
        let until = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
        let until = SystemTime::UNIX_EPOCH + Duration::from_secs(until);
        if until < now {
            let end = Value::text(parsed.validity().not_after);
            return Err(unusable(msg::CertificateExpired { end }.into()));
        }
        let issuer = Issuer::from_ca_cert_der(&certificate.into(), key).map_err(failed)?;
        Ok(Self {
            cluster: cluster.to_owned(),
            certificate: certificate.to_vec(),
            until,
            issuer,
        })
    }

    /// The name of its cluster.
    pub fn cluster(&self) -> &str {
        &self.cluster
    }

    /// Its certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// SHA-256 of its certificate, by which a joining program recognizes it.
    pub fn digest(&self) -> Digest {
        Digest(Sha256::digest(&self.certificate).into())
    }

    /// The end of its validity.
    pub fn not_after(&self) -> SystemTime {
        self.until
    }

    /// Issues a certificate for a principal, valid for these hosts if it serves.
    pub fn issue(
        &self,
        principal: &Principal,
        asked: &CertificateSigningRequestParams,
        hosts: &[String],
        now: SystemTime,
    ) -> Result<Issued> {
        let validity = match principal {
            Principal::Node(_) | Principal::Coordinator => NODE,
            _ => PERSON,
        };
        let mut params = CertificateParams::default();
        params.distinguished_name = named(&principal.to_string());
        params.subject_alt_names = self.names(&principal.to_string(), hosts)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = match principal {
            Principal::Node(_) | Principal::Coordinator => vec![
                ExtendedKeyUsagePurpose::ServerAuth,
                ExtendedKeyUsagePurpose::ClientAuth,
            ],
            _ => vec![ExtendedKeyUsagePurpose::ClientAuth],
        };
        self.sign_request(params, asked, validity, now)
    }

    /// Issues a certificate for the authority of a city.
    pub fn issue_authority(
        &self,
        city: CityCode,
        asked: &CertificateSigningRequestParams,
        now: SystemTime,
    ) -> Result<Issued> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(&format!("{city} people, {}", self.cluster));
        params.subject_alt_names = self.names(&format!("city/{city}/authority"), &[])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        self.sign_request(params, asked, CITY, now)
    }

    fn sign_request(
        &self,
        mut params: CertificateParams,
        asked: &CertificateSigningRequestParams,
        validity: Duration,
        now: SystemTime,
    ) -> Result<Issued> {
        let serial = serial();
        let until = (now + validity).min(self.until);
        params.serial_number = Some(SerialNumber::from_slice(&serial.0));
        params.use_authority_key_identifier_extension = true;
        params.not_before = (now - BEFORE).into();
        params.not_after = until.into();
        let certificate = params
            .signed_by(&asked.public_key, &self.issuer)
            .map_err(failed)?;
        let not_after = Timestamp::try_from(until).map_err(|cause| {
            let cause = Value::text(cause);
            Error::new(ErrorCode::Internal, msg::CertificateEndNotATime { cause })
        })?;
        Ok(Issued {
            der: certificate.der().to_vec(),
            certificate: Certificate { serial, not_after },
            key: keys::fingerprint(&asked.public_key),
        })
    }

    /// Signs a message.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        self.issuer.key().sign(message).map_err(failed)
    }

    /// The parameters of a certificate request for a key.
    pub fn asked_by(key: &KeyPair) -> Result<CertificateSigningRequestParams> {
        keys::requested(&keys::request(key)?)
    }

    fn names(&self, path: &str, hosts: &[String]) -> Result<Vec<SanType>> {
        let invalid = |name: &str| {
            let message = msg::CertificateNameUnusable { name };
            Error::new(ErrorCode::InvalidArgument, message)
        };
        let uri = format!("spiffe://{}/{path}", self.cluster);
        let mut names = vec![SanType::URI(
            uri.as_str().try_into().map_err(|_| invalid(&uri))?,
        )];
        for host in hosts {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let name = match bare.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(bare.try_into().map_err(|_| invalid(host))?),
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Ok(names)
    }
}

/// The subject alternative names of a program that is called at this address: tools such as grpcurl check
/// them, this software does not.
pub fn hosts(endpoint: &str) -> Vec<String> {
    let host = endpoint.rsplit_once(':').map_or(endpoint, |(host, _)| host);
    vec![
        host.to_owned(),
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
    ]
}

/// A unique serial number: random, positive and of full length in DER.
fn serial() -> Serial {
    let mut bytes: [u8; 16] = rand::random();
    bytes[0] = (bytes[0] & 0x3f) | 0x40;
    Serial(bytes)
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn check_cluster(cluster: &str) -> Result<()> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    if (1..=MAX_CLUSTER).contains(&cluster.len()) && cluster.bytes().all(allowed) {
        return Ok(());
    }
    let message = msg::ClusterNameMalformed {
        most: MAX_CLUSTER,
        name: cluster,
    };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

const fn days(days: u32) -> Duration {
    Duration::from_secs(days as u64 * 24 * 60 * 60)
}

#[cfg(test)]
#[path = "authority_tests.rs"]
mod tests;
