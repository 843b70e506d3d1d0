//! Mistakes in an identity are reported at startup, with the file and a remedy.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use chengji_domain::ErrorCode;

use super::ca::{ALWAYS, Ca};
use crate::{Identity, IdentityFiles, Pair};

const NODE: &str = "spiffe://test/city/430100/node";

#[test]
fn an_identity_is_what_its_certificate_says() {
    let ca = Ca::new();
    let identity =
        Identity::load(&ca.issue(&[NODE], ALWAYS), chengji_clock::system_time()).unwrap();
    assert_eq!(identity.principal().to_string(), "city/430100/node");
    assert_eq!(identity.cluster(), "test");
    // 2100-01-01T00:00:00Z
    let end = SystemTime::UNIX_EPOCH + Duration::from_secs(4_102_444_800);
    assert_eq!(identity.not_after(), end);
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let files = |ca: &Ca| ca.issue(&[NODE], ALWAYS);
    let ca = Ca::new();
    for mode in [0o640, 0o604, 0o620, 0o601] {
        let files = files(&ca);
        fs::set_permissions(&files.identity, Permissions::from_mode(mode)).unwrap();
        let error = Identity::load(&files, chengji_clock::system_time()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
        assert_eq!(
            error.remedy(),
            format!("run 请执行: chmod 600 {}", files.identity.display())
        );
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    let ca = Ca::new();
    let good = || ca.issue(&[NODE], ALWAYS);
    let with = |change: &dyn Fn(&mut IdentityFiles)| {
        let mut files = good();
        change(&mut files);
        files
    };
    let junk = ca.path().join("junk.pem");
    fs::write(&junk, "-----BEGIN NOTHING-----\n").unwrap();
    fs::set_permissions(&junk, Permissions::from_mode(0o600)).unwrap();
    let missing = ca.path().join("missing.pem");
    let foreign = Ca::new();
    let expired = ca.issue(&[NODE], (2000, 2010));
    let early = ca.issue(&[NODE], (2090, 2100));
    let nameless = ca.issue(&[], ALWAYS);
    let two = ca.issue(&[NODE, "https://example.test/"], ALWAYS);

    let other_key = {
        let (certificate, key) = (pem(&good().identity), pem(&good().identity));
        let path = ca.path().join("mixed.pem");
        fs::write(&path, format!("{}{}", key.0, certificate.1)).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        path
    };

    let cases: Vec<(IdentityFiles, &Path, &str)> = vec![
        (
            with(&|f| f.identity = missing.clone()),
            &missing,
            "cannot read",
        ),
        (with(&|f| f.ca = missing.clone()), &missing, "cannot read"),
        (with(&|f| f.identity = junk.clone()), &junk, "private key"),
        (with(&|f| f.ca = junk.clone()), &junk, "cannot use"),
        (expired.clone(), &expired.identity, "expired on"),
        (early.clone(), &early.identity, "not valid before"),
        (nameless.clone(), &nameless.identity, "no spiffe://"),
        (two.clone(), &two.identity, "several URIs"),
        (
            with(&|f| f.ca = foreign.path().join("ca.pem")),
            ca.path(),
            "vouches",
        ),
        (
            with(&|f| f.identity = other_key.clone()),
            &other_key,
            "does not fit",
        ),
    ];
    for (files, path, told) in cases {
        let error = Identity::load(&files, chengji_clock::system_time()).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured, "{error}");
        assert!(
            error.message().contains(told),
            "{error} does not say '{told}'"
        );
        assert!(
            error.message().contains(&path.display().to_string()),
            "{error}"
        );
        assert!(error.own_remedy().is_some(), "{error}");
    }
}

/// The key and the certificate of a file.
fn pem(path: &Path) -> (String, String) {
    let text = fs::read_to_string(path).unwrap();
    let at = text.find("-----BEGIN CERTIFICATE").unwrap();
    (text[..at].to_owned(), text[at..].to_owned())
}

#[test]
fn an_identity_goes_on_with_a_new_pair_of_the_same_principal_only() {
    let ca = Ca::new();
    let identity =
        Identity::load(&ca.issue(&[NODE], ALWAYS), chengji_clock::system_time()).unwrap();
    let before = identity.certificate();
    let replace = |files: &IdentityFiles| {
        identity.replace(
            Pair::read(&files.identity).unwrap(),
            chengji_clock::system_time(),
        )
    };
    let other = ca.issue(&["spiffe://test/city/430200/node"], ALWAYS);
    assert_eq!(replace(&other).unwrap_err().code(), ErrorCode::PeerInvalid);
    assert!(replace(&ca.issue(&[NODE], (2000, 2010))).is_err());
    assert!(replace(&Ca::new().issue(&[NODE], ALWAYS)).is_err());
    assert_eq!(identity.certificate(), before);
    replace(&ca.issue(&[NODE], ALWAYS)).unwrap();
    assert_ne!(identity.certificate(), before);
}
