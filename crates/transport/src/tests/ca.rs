//! A certificate authority for one test, with its files in a directory of its own.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SanType,
    date_time_ymd,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::{Identity, IdentityFiles};

pub(super) const ALWAYS: (i32, i32) = (2000, 2100);

pub(super) struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: TempDir,
    issued: AtomicUsize,
}

impl Ca {
    pub(super) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        // Different names, so that the error is never that of a forged issuer.
        params
            .distinguished_name
            .push(DnType::OrganizationName, Uuid::now_v7().to_string());
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("ca.pem"), issuer.pem()).unwrap();
        Self {
            issuer,
            directory,
            issued: AtomicUsize::new(0),
        }
    }

    /// The files of a certificate with these URIs, valid from the beginning of one year to the
    /// beginning of another.
    pub(super) fn issue(&self, uris: &[&str], (from, until): (i32, i32)) -> IdentityFiles {
        let mut params = CertificateParams::default();
        let san = |uri: &&str| SanType::URI((*uri).try_into().unwrap());
        params.subject_alt_names = uris.iter().map(san).collect();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();

        self.write(&key.serialize_pem(), &certificate.pem())
    }

    fn write(&self, key: &str, chain: &str) -> IdentityFiles {
        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let files = IdentityFiles {
            identity: self.path().join(format!("{number}.pem")),
            ca: self.path().join("ca.pem"),
        };
        fs::write(&files.identity, format!("{key}{chain}")).unwrap();
        fs::set_permissions(&files.identity, Permissions::from_mode(0o600)).unwrap();
        files
    }

    /// The authority of a city, with its key.
    pub(super) fn city_authority(&self, uri: &str) -> CertifiedIssuer<'static, KeyPair> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        params
            .distinguished_name
            .push(DnType::OrganizationName, Uuid::now_v7().to_string());
        CertifiedIssuer::signed_by(params, KeyPair::generate().unwrap(), &self.issuer).unwrap()
    }

    /// The files of a certificate that another authority issued, followed by that authority's.
    pub(super) fn issue_through(
        &self,
        through: &CertifiedIssuer<'static, KeyPair>,
        uri: &str,
    ) -> IdentityFiles {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(uri.try_into().unwrap())];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, through).unwrap();
        let chain = format!("{}{}", certificate.pem(), through.pem());
        self.write(&key.serialize_pem(), &chain)
    }

    /// An identity of the cluster `test`.
    pub(super) fn identity(&self, principal: &str) -> Identity {
        let files = self.issue(&[&format!("spiffe://test/{principal}")], ALWAYS);
        Identity::load(&files, chengji_clock::system_time()).unwrap()
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }
}
