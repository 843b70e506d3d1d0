//! Certificates that the product would never issue: expired, of another cluster.

use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};

use crate::cluster;

/// An authority that was made by `ca init`, and issues what it is told to.
pub struct Authority(PathBuf);

/// What a certificate says.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    /// The name in it, such as `spiffe://test-cluster/coordinator`.
    pub uri: &'a str,
    /// The first year in which it is valid.
    pub from: i32,
    /// The first year in which it no longer is.
    pub until: i32,
}

impl Authority {
    /// The authority in this folder.
    pub fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// Makes a new authority for this cluster in the folder.
    pub fn new(folder: PathBuf, cluster: &str) -> Self {
        cluster::authority(&folder, cluster);
        Self(folder)
    }

    /// Issues a proper certificate to the folder.
    pub fn issue(&self, folder: &Path, principal: &str) {
        cluster::issue(&self.0, folder, principal);
    }

    /// Signs this certificate, whatever it says, over the one that was issued to the folder.
    pub fn forge(&self, folder: &Path, cluster: &str, said: Certificate<'_>) {
        let key = KeyPair::from_pem(&fs::read_to_string(self.0.join("ca-key.pem")).unwrap());
        let mut own = CertificateParams::default();
        own.distinguished_name = DistinguishedName::new();
        own.distinguished_name
            .push(DnType::CommonName, format!("{cluster} Chengji CA"));
        own.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        own.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = Issuer::new(own, key.unwrap());

        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(said.uri.try_into().unwrap())];
        params.not_before = date_time_ymd(said.from, 1, 1);
        params.not_after = date_time_ymd(said.until, 1, 1);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::from_pem(&fs::read_to_string(folder.join("key.pem")).unwrap()).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        fs::write(folder.join("cert.pem"), certificate.pem()).unwrap();
    }
}
