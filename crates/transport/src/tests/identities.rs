//! Mistakes in an identity are reported at startup, with the file and a remedy.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Language, Value, msg};

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
        let exposed = msg::IdentityKeyExposed {
            mode: format!("{mode:04o}"),
            path: files.identity.as_path(),
        };
        assert_eq!(error, Error::new(ErrorCode::Misconfigured, exposed));
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

    let cases: Vec<(IdentityFiles, &Path, Option<&str>)> = vec![
        (with(&|f| f.identity = missing.clone()), &missing, None),
        (with(&|f| f.ca = missing.clone()), &missing, None),
        (
            with(&|f| f.identity = junk.clone()),
            &junk,
            Some("identity-without-key"),
        ),
        (
            with(&|f| f.ca = junk.clone()),
            &junk,
            Some("identity-not-pem"),
        ),
        (expired.clone(), &expired.identity, Some("identity-expired")),
        (
            early.clone(),
            &early.identity,
            Some("identity-not-yet-valid"),
        ),
        (
            nameless.clone(),
            &nameless.identity,
            Some("certificate-without-name"),
        ),
        (
            two.clone(),
            &two.identity,
            Some("certificate-names-several"),
        ),
        (
            with(&|f| f.ca = foreign.path().join("ca.pem")),
            ca.path(),
            Some("identity-of-another-cluster"),
        ),
        (
            with(&|f| f.identity = other_key.clone()),
            &other_key,
            Some("identity-key-of-another"),
        ),
    ];
    for (files, path, code) in cases {
        assert_unusable(&files, path, code);
    }
}

/// Asserts that the error names this file with this cause, and has a remedy.
fn assert_unusable(files: &IdentityFiles, path: &Path, code: Option<&str>) {
    let error = Identity::load(files, chengji_clock::system_time()).unwrap_err();
    assert_eq!(error.code(), ErrorCode::Misconfigured, "{error}");
    let cause = match error.message().param("cause") {
        Some(Value::Message(cause)) => Some(cause.code()),
        _ => None,
    };
    assert_eq!(cause, code, "{error}");
    let found = error.message().param("path");
    assert!(
        matches!(found, Some(Value::Text(found)) if Path::new(found).starts_with(path)),
        "{error}"
    );
    for language in Language::ALL {
        assert!(error.message().remedy(language).is_some(), "{error}");
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
