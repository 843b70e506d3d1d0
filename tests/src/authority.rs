//! Certificates that the product would never issue: expired, of another cluster, in another's name.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chengji_transport::IdentityFiles;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType, SerialNumber, date_time_ymd,
};

use crate::cluster::Cluster;

/// An authority that issues any certificate.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its certificate, PEM.
    pub pem: String,
}

/// The content of a certificate.
#[derive(Clone, Copy, Debug)]
pub struct Certificate<'a> {
    /// The name in it, such as `spiffe://test-cluster/coordinator`.
    pub uri: &'a str,
    /// The first year in which it is valid.
    pub from: i32,
    /// The first year in which it is no longer valid.
    pub until: i32,
}

impl Authority {
    /// The authority of a cluster, whose key was stolen.
    pub fn of_cluster(cluster: &Cluster) -> Self {
        let folder = cluster.path("coordinator/ca");
        Self::read(&folder.join("ca.pem"), &folder.join("ca-key.pem"))
    }

    /// The authority of a city's people, whose key was stolen.
    pub fn of_city(cluster: &Cluster, city: &str) -> Self {
        let folder = cluster.node(city).path("people");
        Self::read(
            &folder.join("people-ca.pem"),
            &folder.join("people-ca-key.pem"),
        )
    }

    /// A foreign authority with the same name as a cluster's.
    pub fn foreign() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let name = format!("{} Chengji CA", crate::cluster::NAME);
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    fn read(certificate: &Path, key: &Path) -> Self {
        let pem = fs::read_to_string(certificate).unwrap();
        let key = KeyPair::from_pem(&fs::read_to_string(key).unwrap()).unwrap();
        Self {
            issuer: Issuer::from_ca_cert_pem(&pem, key).unwrap(),
            pem,
        }
    }

    /// Signs a certificate with any content for a new key, and writes it to the folder, followed by the
    /// authority's; its holder trusts these authorities.
    pub fn forge(&self, folder: &Path, said: Certificate<'_>, believes: &str) -> IdentityFiles {
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::URI(said.uri.try_into().unwrap())];
        params.not_before = date_time_ymd(said.from, 1, 1);
        params.not_after = date_time_ymd(said.until, 1, 1);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let mut serial: [u8; 16] = rand::random();
        serial[0] = 0x41;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        fs::create_dir_all(folder).unwrap();
        let files = IdentityFiles {
            identity: folder.join("identity.pem"),
            ca: folder.join("ca.pem"),
        };
        let content = format!("{}{}{}", key.serialize_pem(), certificate.pem(), self.pem);
        fs::write(&files.identity, content).unwrap();
        fs::set_permissions(&files.identity, Permissions::from_mode(0o600)).unwrap();
        fs::write(&files.ca, believes).unwrap();
        files
    }
}
