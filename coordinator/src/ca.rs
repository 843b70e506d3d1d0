//! The cluster's own certificate authority, for clusters that have no other: it makes itself, and
//! issues certificates that name a principal (`spiffe://<cluster>/<principal>`).
//!
//! Keys are written for their owner alone and never overwritten by `init`.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chengji_domain::{Error, ErrorCode, Principal, Result};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use x509_parser::pem::parse_x509_pem;

/// How long an authority is valid: ten years.
const CA_VALIDITY: Duration = days(3_653);
/// Certificates begin a little before they are made: the clocks of a cluster differ.
const BEFORE: Duration = Duration::from_secs(5 * 60);
/// What follows the cluster's name in the authority's common name.
const CA_NAME: &str = " Chengji CA";
/// The longest name of a cluster, characters; a common name takes 64.
const MOST_CLUSTER: usize = 48;

const CA: &str = "ca.pem";
const CA_KEY: &str = "ca-key.pem";

/// Makes an authority for this cluster in the directory: `ca.pem` and `ca-key.pem`. What is there
/// already is never overwritten. Gives back the certificate's path.
pub fn init(dir: &Path, cluster: &str, now: SystemTime) -> Result<PathBuf> {
    check_cluster(cluster)?;
    make_dir(dir)?;
    for name in [CA, CA_KEY] {
        let path = dir.join(name);
        if path.exists() {
            let message = format!("{} exists already", path.display());
            return Err(Error::new(ErrorCode::AlreadyExists, message).with_remedy(
                "name another directory: a new authority would make all issued certificates void",
            ));
        }
    }
    let key = KeyPair::generate().map_err(failed)?;
    let mut params = ca_params(cluster);
    params.not_before = (now - BEFORE).into();
    params.not_after = (now + CA_VALIDITY).into();
    let certificate = params.self_signed(&key).map_err(failed)?;
    write(&dir.join(CA_KEY), &key.serialize_pem(), 0o600, true)?;
    let path = dir.join(CA);
    write(&path, &certificate.pem(), 0o644, true)?;
    Ok(path)
}

/// What is to be issued.
#[derive(Clone, Debug)]
pub struct Wish {
    /// For whom.
    pub principal: Principal,
    /// Host names and addresses besides `localhost` and 127.0.0.1.
    pub hosts: Vec<String>,
    /// For how many days.
    pub days: u32,
}

/// Issues a certificate by the authority in `dir` and writes `cert.pem`, `key.pem` and `ca.pem` to
/// `out`; an earlier one there is replaced. Gives back the name in the certificate.
pub fn issue(dir: &Path, out: &Path, wish: &Wish, now: SystemTime) -> Result<String> {
    let authority = Authority::open(dir)?;
    let uri = format!("spiffe://{}/{}", authority.cluster, wish.principal);
    let until = now + days(wish.days);
    if until > authority.until {
        let message = format!(
            "{} days are more than the authority itself is valid",
            wish.days
        );
        return Err(Error::new(ErrorCode::InvalidArgument, message)
            .with_remedy("ask for fewer --days, or make a new authority"));
    }
    let mut params = CertificateParams::default();
    params.distinguished_name = named(&wish.principal.to_string());
    params.subject_alt_names = alternative_names(&uri, &wish.hosts)?;
    params.not_before = (now - BEFORE).into();
    params.not_after = until.into();
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![
        ExtendedKeyUsagePurpose::ServerAuth,
        ExtendedKeyUsagePurpose::ClientAuth,
    ];
    params.use_authority_key_identifier_extension = true;
    let key = KeyPair::generate().map_err(failed)?;
    let issuer = Issuer::new(ca_params(&authority.cluster), authority.key);
    let certificate = params.signed_by(&key, &issuer).map_err(failed)?;

    make_dir(out)?;
    write(&out.join("key.pem"), &key.serialize_pem(), 0o600, false)?;
    write(&out.join("cert.pem"), &certificate.pem(), 0o644, false)?;
    write(&out.join(CA), &authority.pem, 0o644, false)?;
    Ok(uri)
}

/// An authority that was made by [`init`].
struct Authority {
    cluster: String,
    pem: String,
    key: KeyPair,
    until: SystemTime,
}

impl Authority {
    fn open(dir: &Path) -> Result<Self> {
        let path = dir.join(CA);
        let pem = read(&path)?;
        let unusable = |why: String| {
            let message = format!("cannot use {}: {why}", path.display());
            Error::new(ErrorCode::Misconfigured, message)
                .with_remedy("name the directory that 'ca init' filled")
        };
        let (_, parsed) = parse_x509_pem(pem.as_bytes()).map_err(|e| unusable(e.to_string()))?;
        let parsed = parsed.parse_x509().map_err(|e| unusable(e.to_string()))?;
        let name = parsed
            .subject()
            .iter_common_name()
            .next()
            .and_then(|name| name.as_str().ok());
        let cluster = name
            .and_then(|name| name.strip_suffix(CA_NAME))
            .ok_or_else(|| unusable("its name is not of a Chengji authority".to_owned()))?;
        let until = u64::try_from(parsed.validity().not_after.timestamp()).unwrap_or(0);
        let key_path = dir.join(CA_KEY);
        let key = KeyPair::from_pem(&read(&key_path)?).map_err(|e| {
            let message = format!("cannot use {}: {e}", key_path.display());
            Error::new(ErrorCode::Misconfigured, message)
        })?;
        Ok(Self {
            cluster: cluster.to_owned(),
            key,
            until: SystemTime::UNIX_EPOCH + Duration::from_secs(until),
            pem,
        })
    }
}

/// What an authority's certificate says, besides its validity; the same whenever it signs.
fn ca_params(cluster: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(&format!("{cluster}{CA_NAME}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common_name);
    name
}

fn alternative_names(uri: &str, hosts: &[String]) -> Result<Vec<SanType>> {
    let invalid = |text: &str| {
        let message = format!("'{text}' cannot stand in a certificate");
        Error::new(ErrorCode::InvalidArgument, message)
    };
    let mut names = vec![SanType::URI(uri.try_into().map_err(|_| invalid(uri))?)];
    for host in hosts
        .iter()
        .map(String::as_str)
        .chain(["localhost", "127.0.0.1"])
    {
        let name = match host.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) if is_host_name(host) => {
                SanType::DnsName(host.try_into().map_err(|_| invalid(host))?)
            }
            Err(_) => return Err(invalid(host).with_remedy("give a host name or an IP address")),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

fn is_host_name(host: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    host.len() <= 253 && host.split('.').all(label)
}

fn check_cluster(cluster: &str) -> Result<()> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    if (1..=MOST_CLUSTER).contains(&cluster.len()) && cluster.bytes().all(allowed) {
        return Ok(());
    }
    let message = format!("'{cluster}' is not a name for a cluster");
    Err(
        Error::new(ErrorCode::InvalidArgument, message).with_remedy(format!(
            "use 1 to {MOST_CLUSTER} of a-z, 0-9, '-', '_', '.'"
        )),
    )
}

/// Writes a file whole or not at all; `new` refuses one that is there.
fn write(path: &Path, text: &str, mode: u32, new: bool) -> Result<()> {
    let cannot = |e: std::io::Error| {
        let message = format!("cannot write {}: {e}", path.display());
        Error::new(ErrorCode::Misconfigured, message)
            .with_remedy("name a directory that this user may write to")
    };
    let written = |path: &Path| {
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(mode)
            .open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    if new {
        return written(path).map_err(cannot);
    }
    let beside = path.with_extension("pem.new");
    match fs::remove_file(&beside) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(cannot(e)),
        _ => {}
    }
    written(&beside)
        .and_then(|()| fs::rename(&beside, path))
        .map_err(cannot)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|e| {
        let message = format!("cannot read {}: {e}", path.display());
        Error::new(ErrorCode::Misconfigured, message)
            .with_remedy("name the directory that 'ca init' filled")
    })
}

fn make_dir(dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).map_err(|e| {
        let message = format!("cannot make {}: {e}", dir.display());
        Error::new(ErrorCode::Misconfigured, message)
            .with_remedy("name a directory that this user may write to")
    })
}

const fn days(days: u32) -> Duration {
    Duration::from_secs(days as u64 * 24 * 60 * 60)
}

fn failed(error: rcgen::Error) -> Error {
    Error::new(
        ErrorCode::Internal,
        format!("making a certificate: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use chengji_transport::{Identity, IdentityFiles};

    use super::*;

    fn wish(principal: &str, days: u32) -> Wish {
        let hosts = vec![
            "node.example".to_owned(),
            "10.0.0.7".to_owned(),
            "localhost".to_owned(),
        ];
        Wish {
            principal: principal.parse().unwrap(),
            hosts,
            days,
        }
    }

    fn files(out: &Path) -> IdentityFiles {
        IdentityFiles {
            certificate: out.join("cert.pem"),
            key: out.join("key.pem"),
            ca: out.join("ca.pem"),
        }
    }

    #[test]
    fn what_is_issued_is_an_identity_of_the_cluster() {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        init(dir.path(), "demo", now).unwrap();
        let key = fs::metadata(dir.path().join(CA_KEY)).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);

        for principal in [
            "coordinator",
            "city/430100/node",
            "city/430100/person/officer",
        ] {
            let out = dir.path().join("out");
            let uri = issue(dir.path(), &out, &wish(principal, 365), now).unwrap();
            assert_eq!(uri, format!("spiffe://demo/{principal}"));
            let identity = Identity::load(&files(&out), now).unwrap();
            assert_eq!(identity.cluster(), "demo");
            assert_eq!(identity.principal().to_string(), principal);
            assert!(identity.not_after() > now + days(364));
            assert!(identity.not_after() <= now + days(365));
        }
    }

    #[test]
    fn an_authority_is_never_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        init(dir.path(), "demo", SystemTime::now()).unwrap();
        let before = read(&dir.path().join(CA_KEY)).unwrap();
        let again = init(dir.path(), "other", SystemTime::now()).unwrap_err();
        assert_eq!(again.code(), ErrorCode::AlreadyExists);
        assert_eq!(read(&dir.path().join(CA_KEY)).unwrap(), before);
    }

    #[test]
    fn another_authoritys_certificate_is_not_believed() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let now = SystemTime::now();
        init(one.path(), "demo", now).unwrap();
        init(other.path(), "demo", now).unwrap();
        let out = one.path().join("out");
        issue(one.path(), &out, &wish("coordinator", 1), now).unwrap();
        let files = IdentityFiles {
            ca: other.path().join(CA),
            ..files(&out)
        };
        assert!(Identity::load(&files, now).is_err());
    }

    #[test]
    fn names_and_terms_that_cannot_be_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        for cluster in ["", "Demo", "a/b", "城市群"] {
            assert!(init(dir.path(), cluster, now).is_err(), "{cluster}");
        }
        init(dir.path(), "demo", now).unwrap();
        let out = dir.path().join("out");
        let long = issue(dir.path(), &out, &wish("coordinator", 4_000), now).unwrap_err();
        assert_eq!(long.code(), ErrorCode::InvalidArgument);
        let bad = Wish {
            hosts: vec!["a b".to_owned()],
            ..wish("coordinator", 1)
        };
        assert!(issue(dir.path(), &out, &bad, now).is_err());
        assert!(!out.exists(), "nothing is written for what is refused");
    }
}
