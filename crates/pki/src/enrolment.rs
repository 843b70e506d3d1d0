//! The subject's side of obtaining and renewing a certificate. The key is generated here, never leaves,
//! and is on disk before the request is sent, so that a request whose answer was lost can be repeated.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use chengji_domain::invitation::Invitation;
use chengji_domain::{Digest, Error, ErrorCode, LogKey, Principal, Result};
use chengji_messages::{Value, msg};
use chengji_proto::convert::{Credentials, credentials_from, log_key_to};
use chengji_proto::v1;
use chengji_proto::v1::enrolment_service_client::EnrolmentServiceClient;
use chengji_runtime::files::{self, PUBLIC, SECRET};
use chengji_runtime::off_thread;
use chengji_transport::channel::{by_invitation, without_certificate};
use chengji_transport::{CallTimeout, Expect, IdentityFiles, Pair, identity, spiffe};
use pkcs8::{Document, LineEnding};
use rcgen::KeyPair;
use tonic::transport::Channel;
use zeroize::Zeroizing;

use crate::keys;

/// The part of its validity after which a certificate is renewed.
const RENEW_FROM: (u32, u32) = (2, 3);

/// A key for which a certificate is requested.
pub struct Asking {
    key: KeyPair,
    path: PathBuf,
}

impl Asking {
    /// The key for the next certificate, stored beside this identity; generated if missing.
    pub fn beside(identity: &Path) -> Result<Self> {
        let path = beside(identity, ".next-key");
        if path.exists() {
            let key = keys::read(&path, None)?;
            return Ok(Self { key, path });
        }
        let key = keys::generate()?;
        files::make_folder(path.parent().unwrap_or(Path::new(".")), files::PRIVATE)?;
        files::write(&path, keys::pem(&key).as_bytes(), SECRET)?;
        Ok(Self { key, path })
    }

    /// The request for a certificate.
    pub fn request(&self) -> Result<Vec<u8>> {
        keys::request(&self.key)
    }

    /// Proves, for a renewal, possession of this key.
    pub fn prove(&self, request: &[u8]) -> Result<Vec<u8>> {
        keys::prove(&self.key, request)
    }

    /// Writes what was issued for this key: the identity, and the cluster's authority beside it.
    pub fn install(self, files: &IdentityFiles, issued: &Credentials) -> Result<()> {
        files::write(
            &files.ca,
            certificate_pem(&issued.authority)?.as_bytes(),
            PUBLIC,
        )?;
        let mut content = keys::pem(&self.key);
        for certificate in &issued.chain {
            content.push_str(&certificate_pem(certificate)?);
        }
        files::write(&files.identity, content.as_bytes(), SECRET)?;
        // If this fails, the next renewal requests the same key again.
        let _ = std::fs::remove_file(&self.path);
        Ok(())
    }
}

/// Encodes a certificate as PEM.
pub fn certificate_pem(der: &[u8]) -> Result<String> {
    let unreadable = |cause: &dyn std::fmt::Display| {
        let cause = Value::text(cause);
        Error::new(ErrorCode::PeerInvalid, msg::CertificateMalformed { cause })
    };
    let document = Document::try_from(der).map_err(|e| unreadable(&e))?;
    document
        .to_pem("CERTIFICATE", LineEnding::LF)
        .map_err(|e| unreadable(&e))
}

/// Redeems an invitation; `node` holds what a node requests in addition.
pub async fn join(
    invitation: &Invitation,
    asking: &Asking,
    node: Option<NodeSetup<'_>>,
) -> Result<Credentials> {
    let expect = match &invitation.subject {
        Principal::Person { city, .. } | Principal::App { city, .. } => Expect::Node(*city),
        _ => Expect::Coordinator,
    };
    let mut request = v1::JoinRequest {
        subject: invitation.subject.to_string(),
        invitation: invitation.to_string(),
        request: asking.request()?,
        ..Default::default()
    };
    if let Some(node) = node {
        request.authority_request = keys::request(node.authority)?;
        node.endpoint.clone_into(&mut request.endpoint);
        request.log_key = Some(log_key_to(&node.log_key));
    }
    let mut client = EnrolmentServiceClient::new(by_invitation(invitation, expect)?);
    let issued = read(CallTimeout::Answer.answer(client.join(request)).await?)?;
    check(&issued, &invitation.subject)?;
    if Digest::of(&issued.authority) != invitation.authority {
        return Err(other_authority());
    }
    check_city_authority(&issued, node)?;
    Ok(issued)
}

/// A node's request in addition to that for its own certificate.
#[derive(Clone, Copy)]
pub struct NodeSetup<'a> {
    /// The key of the city's authority.
    pub authority: &'a KeyPair,
    /// The address at which the node is called.
    pub endpoint: &'a str,
    /// The key of the node's log, valid from the log's end on; with the unknown epoch if the end is not
    /// known.
    pub log_key: LogKey,
}

/// The right to renew one identity, which one process on a machine has at a time: an advisory lock
/// (`flock`) on a file beside the identity. The file stays; the lock ends with the process at the latest.
///
/// Only the newest certificate of a principal is renewed: of two processes that renewed the same one, the
/// second would look like the holder of a copied key.
#[derive(Debug)]
pub struct RenewalLock {
    _locked: File,
}

impl RenewalLock {
    /// Waits until no other process holds the lock. `MISCONFIGURED` where the file cannot be locked.
    pub async fn acquire(identity: &Path) -> Result<Self> {
        let path = beside(identity, ".lock");
        off_thread(move || {
            let file = open_lock(&path)?;
            file.lock().map_err(|error| cannot_lock(&path, &error))?;
            Ok(Self { _locked: file })
        })
        .await
    }

    /// Takes the lock; `None` while another process holds it. Errors as [`Self::acquire`].
    pub fn try_acquire(identity: &Path) -> Result<Option<Self>> {
        let path = beside(identity, ".lock");
        let file = open_lock(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { _locked: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(cannot_lock(&path, &error)),
        }
    }
}

fn open_lock(path: &Path) -> Result<File> {
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(SECRET)
        .open(path);
    opened.map_err(|error| cannot_lock(path, &error))
}

fn cannot_lock(path: &Path, cause: &io::Error) -> Error {
    let message = msg::IdentityNotLockable { cause, path };
    Error::new(ErrorCode::Misconfigured, message)
}

/// The path of the identity with this suffix.
fn beside(identity: &Path, ending: &str) -> PathBuf {
    let mut name = identity.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    identity.with_file_name(name)
}

/// Obtains a new certificate with the old one, which for a node may have ended. Replaces the files and
/// returns what was issued. The lock must be that of this identity.
pub async fn renew(
    _lock: &RenewalLock,
    files: &IdentityFiles,
    server: &str,
    expect: Expect,
    node: Option<NodeSetup<'_>>,
) -> Result<Credentials> {
    let Pair { chain, key } = Pair::read(&files.identity)?;
    let own = chain.first().map(|c| c.to_vec()).unwrap_or_default();
    let (cluster, principal, _) = spiffe::of_der(&own)?;
    let old = keys::of_der(key.secret_der().to_vec())?;
    let asking = Asking::beside(&files.identity)?;
    let request = asking.request()?;
    let mut renewal = v1::RenewRequest {
        subject: principal.to_string(),
        proof: keys::prove(&old, &request)?,
        certificate: own,
        request,
        ..Default::default()
    };
    if let Some(node) = node {
        renewal.authority_request = keys::request(node.authority)?;
        node.endpoint.clone_into(&mut renewal.endpoint);
        renewal.log_key = Some(log_key_to(&node.log_key));
    }
    let authorities = identity::certificates(&files.ca)?;
    let channel = without_certificate(&authorities, &cluster, server, expect)?;
    let mut client = EnrolmentServiceClient::<Channel>::new(channel);
    let issued = read(CallTimeout::Answer.answer(client.renew(renewal)).await?)?;
    check(&issued, &principal)?;
    if !authorities
        .iter()
        .any(|known| known.as_ref() == issued.authority)
    {
        return Err(other_authority());
    }
    check_city_authority(&issued, node)?;
    asking.install(files, &issued)?;
    Ok(issued)
}

/// The cluster and the principal of an identity, whose certificate may have ended.
pub fn subject(files: &IdentityFiles) -> Result<(String, Principal)> {
    let pair = Pair::read(&files.identity)?;
    let (cluster, principal, _) = spiffe::of_der(pair.chain.first().map_or(&[], |c| c.as_ref()))?;
    Ok((cluster, principal))
}

/// Returns true if a certificate of this validity is due for renewal: in time before its end, or before
/// its begin, as when it was issued by a clock that was ahead.
pub fn is_due(not_before: SystemTime, not_after: SystemTime, now: SystemTime) -> bool {
    now < not_before || now >= renew_at(not_before, not_after)
}

/// The time from which a certificate of this validity is renewed.
pub fn renew_at(not_before: SystemTime, not_after: SystemTime) -> SystemTime {
    let validity = not_after.duration_since(not_before).unwrap_or_default();
    not_before + validity / RENEW_FROM.1 * RENEW_FROM.0
}

/// Reads the key of a city's authority; generates it if missing.
pub fn authority_key(path: &Path) -> Result<KeyPair> {
    if path.exists() {
        return keys::read(path, None);
    }
    let key = keys::generate()?;
    files::make_folder(path.parent().unwrap_or(Path::new(".")), files::PRIVATE)?;
    let pem: Zeroizing<String> = keys::pem(&key);
    files::create(path, pem.as_bytes(), SECRET)?;
    Ok(key)
}

/// Reads the answer of a program that issues certificates.
fn read(answer: v1::Certificates) -> Result<Credentials> {
    credentials_from(answer).map_err(|error| error.with_code(ErrorCode::PeerInvalid))
}

fn other_authority() -> Error {
    Error::new(ErrorCode::PeerInvalid, msg::CertificateOfAnotherAuthority)
}

/// Checks that the certified authority key is the one that the city requested.
fn check_city_authority(issued: &Credentials, node: Option<NodeSetup<'_>>) -> Result<()> {
    let Some(node) = node else {
        return Ok(());
    };
    if keys::fingerprint_of(&issued.city_authority)? == keys::fingerprint(node.authority) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::PeerInvalid,
        msg::CityAuthorityOfAnotherKey,
    ))
}

/// Refuses to overwrite a profile of another principal: its key has no other copy.
pub fn check_free(files: &IdentityFiles, cluster: &str, who: &Principal) -> Result<()> {
    if !files.identity.exists() {
        return Ok(());
    }
    let (of, known) = subject(files)?;
    if of == cluster && known == *who {
        return Ok(());
    }
    let message = msg::IdentityOfAnother {
        cluster: of,
        path: files.identity.as_path(),
        who: known,
    };
    Err(Error::new(ErrorCode::AlreadyExists, message))
}

fn check(issued: &Credentials, subject: &Principal) -> Result<()> {
    let own = issued.chain.first().map_or(&[][..], Vec::as_slice);
    let (_, principal, _) = spiffe::of_der(own).map_err(|e| e.with_code(ErrorCode::PeerInvalid))?;
    if principal == *subject {
        return Ok(());
    }
    let message = msg::CertificateOfAnotherPrincipal {
        expected: subject,
        found: principal,
    };
    Err(Error::new(ErrorCode::PeerInvalid, message))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_key_of_an_unanswered_request_is_asked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let identity = folder.path().join("identity.pem");
        let first = Asking::beside(&identity).unwrap();
        let again = Asking::beside(&identity).unwrap();
        assert_eq!(keys::fingerprint(&first.key), keys::fingerprint(&again.key));
    }

    #[tokio::test]
    async fn one_process_at_a_time_renews_an_identity() {
        let folder = tempfile::tempdir().unwrap();
        let identity = folder.path().join("identity.pem");
        let lock = RenewalLock::acquire(&identity).await.unwrap();
        assert!(RenewalLock::try_acquire(&identity).unwrap().is_none());
        let another = folder.path().join("another.pem");
        assert!(RenewalLock::try_acquire(&another).unwrap().is_some());
        drop(lock);
        assert!(RenewalLock::try_acquire(&identity).unwrap().is_some());
    }

    #[test]
    fn a_certificate_is_renewed_from_two_thirds_of_its_life() {
        let begin = SystemTime::UNIX_EPOCH;
        let day = Duration::from_secs(24 * 60 * 60);
        assert_eq!(renew_at(begin, begin + day * 30), begin + day * 20);
    }

    #[test]
    fn a_certificate_from_a_clock_that_was_ahead_is_renewed_at_once() {
        let day = Duration::from_secs(24 * 60 * 60);
        let begin = SystemTime::UNIX_EPOCH + day * 100;
        let due_on = |number| {
            is_due(
                begin,
                begin + day * 30,
                SystemTime::UNIX_EPOCH + day * number,
            )
        };
        assert_eq!([99, 100, 119, 120].map(due_on), [true, false, false, true]);
    }
}
