use std::os::unix::fs::PermissionsExt;

use chengji_transport::{Identity, Pair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use super::*;

fn now() -> SystemTime {
    chengji_clock::system_time()
}

fn cluster(folder: &Path) -> (AuthorityFiles, Authority) {
    let files = AuthorityFiles::of_cluster(folder);
    create(&files, "demo", None, now()).unwrap();
    let authority = Authority::open(&files, "demo", None, now()).unwrap();
    (files, authority)
}

fn identity(authority: &Authority, chain: &[&[u8]], key: &KeyPair) -> Result<Identity> {
    let chain = chain
        .iter()
        .map(|der| CertificateDer::from(der.to_vec()))
        .collect();
    let key = PrivateKeyDer::try_from(key.serialized_der().to_vec()).unwrap();
    let roots = vec![authority.certificate().to_vec().into()];
    Identity::new(roots, Pair { chain, key }, now())
}

#[test]
fn what_is_issued_is_an_identity_of_the_cluster() {
    let folder = tempfile::tempdir().unwrap();
    let (files, authority) = cluster(folder.path());
    let mode = std::fs::metadata(&files.key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    for (principal, validity) in [
        ("coordinator", 30),
        ("city/430100/node", 30),
        ("auditor/a", 90),
    ] {
        let (principal, key) = (principal.parse().unwrap(), keys::generate().unwrap());
        let asked = Authority::asked_by(&key).unwrap();
        let hosts = hosts("node.example:7430");
        let issued = authority.issue(&principal, &asked, &hosts, now()).unwrap();
        let identity = identity(&authority, &[&issued.der], &key).unwrap();
        assert_eq!(identity.principal(), &principal);
        assert_eq!(identity.cluster(), "demo");
        assert_eq!(identity.serial(), Some(issued.certificate.serial));
        assert!(identity.not_after() > now() + days(validity - 1));
        assert!(identity.not_after() <= now() + days(validity));
    }
}

#[test]
fn a_person_and_an_application_are_certified_through_their_citys_authority() {
    let folder = tempfile::tempdir().unwrap();
    let (_, cluster) = cluster(folder.path());
    let key = keys::generate().unwrap();
    let city = "430100".parse().unwrap();
    let asked = Authority::asked_by(&key).unwrap();
    let certified = cluster.issue_authority(city, &asked, now()).unwrap();
    let of_city = Authority::new(&certified.der, key, "demo", now()).unwrap();

    let key = keys::generate().unwrap();
    let asked = Authority::asked_by(&key).unwrap();
    let issue = |who: &str| {
        of_city
            .issue(&who.parse().unwrap(), &asked, &[], now())
            .unwrap()
    };
    for own in ["city/430100/person/officer", "city/430100/app/registry"] {
        let issued = issue(own);
        let proved = identity(&cluster, &[&issued.der, &certified.der], &key).unwrap();
        assert_eq!(proved.principal().to_string(), own);
        assert!(identity(&cluster, &[&issued.der], &key).is_err());
    }
    for forged in [
        "city/430200/person/officer",
        "city/430200/app/registry",
        "city/430100/node",
        "coordinator",
    ] {
        let forged = issue(forged);
        assert!(identity(&cluster, &[&forged.der, &certified.der], &key).is_err());
    }
}

#[test]
fn an_authority_is_never_overwritten_and_opens_with_its_own_key_only() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (files, _) = cluster(one.path());
    let (others, _) = cluster(other.path());
    let before = std::fs::read(&files.key).unwrap();
    let again = create(&files, "other", None, now()).unwrap_err();
    assert_eq!(again.code(), ErrorCode::AlreadyExists);
    assert_eq!(std::fs::read(&files.key).unwrap(), before);
    let mixed = AuthorityFiles {
        key: others.key,
        ..files
    };
    let error = Authority::open(&mixed, "demo", None, now()).err().unwrap();
    assert_eq!(error.message().code(), "certificate-unusable");
    let cause = msg::CertificateOfAnotherKey;
    assert_eq!(error.message().param("cause"), Some(&cause.into()));
    for cluster in ["", "Demo", "a/b", "城市群"] {
        assert!(check_cluster(cluster).is_err(), "{cluster}");
    }
}

#[test]
fn an_intermediate_of_another_pki_is_taken_over_if_it_may_certify_authorities() {
    let folder = tempfile::tempdir().unwrap();
    let root_key = keys::generate().unwrap();
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = rcgen::CertifiedIssuer::self_signed(root, root_key).unwrap();
    let from = |name: &str, is_ca| {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(name);
        params.is_ca = is_ca;
        let key = keys::generate().unwrap();
        let files = AuthorityFiles {
            certificate: folder.path().join(format!("{name}.pem")),
            key: folder.path().join(format!("{name}-key.pem")),
        };
        let certificate = params.signed_by(&key, &root).unwrap();
        install(&files, &key, &certificate.pem(), None).unwrap();
        files
    };
    let to = |name: &str| AuthorityFiles::of_cluster(&folder.path().join(name));
    let good = from("good", IsCa::Ca(BasicConstraints::Constrained(1)));
    adopt(&to("cluster"), "demo", &good, None, now()).unwrap();
    let authority = Authority::open(&to("cluster"), "demo", None, now()).unwrap();
    let key = keys::generate().unwrap();
    let asked = Authority::asked_by(&key).unwrap();
    let issued = authority
        .issue(&Principal::Coordinator, &asked, &[], now())
        .unwrap();
    assert!(identity(&authority, &[&issued.der], &key).is_ok());

    let leaf = from("leaf", IsCa::NoCa);
    let short = from("short", IsCa::Ca(BasicConstraints::Constrained(0)));
    let causes: [Value; 2] = [
        msg::AuthorityNotOne.into(),
        msg::AuthorityWithoutRoom.into(),
    ];
    for (files, cause) in [leaf, short].into_iter().zip(causes) {
        let error = adopt(&to("refused"), "demo", &files, None, now()).unwrap_err();
        assert_eq!(error.message().param("cause"), Some(&cause));
        assert!(!folder.path().join("refused").exists());
    }
}
