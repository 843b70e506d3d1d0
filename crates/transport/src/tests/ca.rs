//! A certificate authority for one test, with its files in a directory of its own.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

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
        // Authorities of different names, so that none is mistaken for another's forgery.
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

        let number = self.issued.fetch_add(1, Ordering::Relaxed);
        let path = |name: &str| self.path().join(format!("{number}-{name}.pem"));
        let files = IdentityFiles {
            certificate: path("certificate"),
            key: path("key"),
            ca: self.path().join("ca.pem"),
        };
        fs::write(&files.certificate, certificate.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        fs::set_permissions(&files.key, Permissions::from_mode(0o600)).unwrap();
        files
    }

    /// An identity of the cluster `test`.
    pub(super) fn identity(&self, principal: &str) -> Identity {
        let files = self.issue(&[&format!("spiffe://test/{principal}")], ALWAYS);
        Identity::load(&files, SystemTime::now()).unwrap()
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn pem(&self) -> String {
        self.issuer.pem()
    }
}
