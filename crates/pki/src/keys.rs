//! Keys and certificate requests.

use std::path::Path;

use chengji_domain::{Digest, Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};
use chengji_transport::{identity, spiffe};
use pkcs8::der::pem::PemLabel;
use pkcs8::pkcs5::pbes2;
use pkcs8::{EncryptedPrivateKeyInfo, LineEnding, PrivateKeyInfo, SecretDocument};
use rcgen::{
    CertificateParams, CertificateSigningRequestParams, KeyPair, PublicKeyData, SigningKey,
};
use sha2::{Digest as _, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use zeroize::{Zeroize, Zeroizing};

/// Rounds of PBKDF2-HMAC-SHA256 over a passphrase.
const ROUNDS: u32 = 600_000;
/// Domain separator of a renewal's proof, signed before the request.
const RENEWAL: &[u8] = b"chengji renew 1\0";

/// Generates a key: ECDSA on P-256.
pub fn generate() -> Result<KeyPair> {
    KeyPair::generate().map_err(failed)
}

/// Encodes a key as PEM; wiped when dropped.
pub fn pem(key: &KeyPair) -> Zeroizing<String> {
    Zeroizing::new(key.serialize_pem())
}

/// Encodes a key as PEM, encrypted with this passphrase (PKCS #8, PBES2 with AES-256).
pub fn encrypted_pem(key: &KeyPair, passphrase: &[u8]) -> Result<Zeroizing<String>> {
    let (salt, iv) = (rand::random::<[u8; 16]>(), rand::random::<[u8; 16]>());
    let parameters = pbes2::Parameters::pbkdf2_sha256_aes256cbc(ROUNDS, &salt, &iv);
    let parameters = parameters.map_err(unencrypted)?;
    let info = PrivateKeyInfo::try_from(key.serialized_der()).map_err(unencrypted)?;
    let document = info
        .encrypt_with_params(parameters, passphrase)
        .map_err(unencrypted)?;
    document
        .to_pem(EncryptedPrivateKeyInfo::PEM_LABEL, LineEnding::LF)
        .map_err(unencrypted)
}

/// The largest request for a certificate, bytes.
const MAX_REQUEST: usize = 4096;

/// Reads a key file that only its owner may read. The passphrase is required if the key is encrypted, and
/// refused if it is not.
pub fn read(path: &Path, passphrase: Option<&[u8]>) -> Result<KeyPair> {
    let content = identity::secret(path)?;
    let unusable =
        |cause: Value| Error::new(ErrorCode::Misconfigured, msg::KeyUnusable { cause, path });
    let text = std::str::from_utf8(&content).map_err(|e| unusable(Value::text(e)))?;
    if !text.contains(EncryptedPrivateKeyInfo::PEM_LABEL) {
        return KeyPair::from_pem(text).map_err(|e| unusable(Value::text(e)));
    }
    let passphrase = passphrase.ok_or_else(|| unusable(msg::KeyNeedsPassphrase.into()))?;
    let (_, document) =
        SecretDocument::from_pem(text.trim_start()).map_err(|e| unusable(Value::text(e)))?;
    let info = EncryptedPrivateKeyInfo::try_from(document.as_bytes())
        .map_err(|e| unusable(Value::text(e)))?;
    let plain = info
        .decrypt(passphrase)
        .map_err(|_| unusable(msg::KeyPassphraseWrong.into()))?;
    KeyPair::try_from(plain.as_bytes()).map_err(|e| unusable(Value::text(e)))
}

/// Reads a passphrase: the first line of a file that only its owner may read.
pub fn passphrase(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let content = identity::secret(path)?;
    let line = content
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        let message = msg::PassphraseFileEmpty { path };
        return Err(Error::new(ErrorCode::Misconfigured, message));
    }
    Ok(Zeroizing::new(line.to_vec()))
}

/// Creates a certificate request for this key (PKCS #10, DER).
pub fn request(key: &KeyPair) -> Result<Vec<u8>> {
    let request = CertificateParams::default()
        .serialize_request(key)
        .map_err(failed)?;
    Ok(request.der().to_vec())
}

/// The key in a certificate request, which must have signed it. Everything else in the request is ignored.
pub fn requested(request: &[u8]) -> Result<CertificateSigningRequestParams> {
    let unusable = |cause: Value| {
        let message = msg::SigningRequestUnusable { cause };
        Error::new(ErrorCode::InvalidArgument, message)
    };
    // A key is small: whoever sends more than this does not want a certificate.
    if request.len() > MAX_REQUEST {
        let message = msg::SigningRequestTooLarge { most: MAX_REQUEST };
        return Err(unusable(message.into()));
    }
    let mut parsed = CertificateSigningRequestParams::from_der(&request.into())
        .map_err(|e| unusable(Value::text(e)))?;
    parsed.params = CertificateParams::default();
    Ok(parsed)
}

/// Fingerprint of a key: SHA-256 of its SubjectPublicKeyInfo.
pub fn fingerprint(key: &impl PublicKeyData) -> Digest {
    Digest(Sha256::digest(key.subject_public_key_info()).into())
}

/// Fingerprint of the key in a certificate.
pub fn fingerprint_of(certificate: &[u8]) -> Result<Digest> {
    spiffe::key_digest(certificate).ok_or_else(|| unproved(msg::CertificateUnreadable))
}

/// Proves, for a renewal, possession of the old key.
pub fn prove(old: &KeyPair, request: &[u8]) -> Result<Vec<u8>> {
    old.sign(&[RENEWAL, request].concat()).map_err(failed)
}

/// Checks a renewal's proof against the key in the old certificate.
pub fn check_proof(certificate: &[u8], request: &[u8], proof: &[u8]) -> Result<()> {
    verify(certificate, &[RENEWAL, request].concat(), proof)
        .map_err(|_| unproved(msg::CertificateRenewalUnproved))
}

/// Checks a signature by the key in a certificate, for any supported key type.
pub fn verify(certificate: &[u8], message: &[u8], signature: &[u8]) -> Result<()> {
    let (_, parsed) = X509Certificate::from_der(certificate).map_err(|cause| {
        let cause = Value::text(cause);
        unproved(msg::CertificateMalformed { cause })
    })?;
    crate::signature::verify(parsed.public_key(), message, signature)
}

/// Loads a signing key from DER; the bytes are wiped.
pub fn of_der(mut der: Vec<u8>) -> Result<KeyPair> {
    let key = KeyPair::try_from(der.as_slice()).map_err(failed);
    der.zeroize();
    key
}

fn unproved(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::Unauthenticated, message)
}

fn unencrypted(cause: impl std::fmt::Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Internal, msg::KeyNotEncryptable { cause })
}

pub(crate) fn failed(cause: rcgen::Error) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Internal, msg::KeyOrCertificateNotMade { cause })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use chengji_runtime::files;

    fn self_signed(key: &KeyPair) -> Vec<u8> {
        CertificateParams::default()
            .self_signed(key)
            .unwrap()
            .der()
            .to_vec()
    }

    #[test]
    fn an_encrypted_key_opens_with_its_passphrase_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key.pem");
        let key = generate().unwrap();
        let sealed = encrypted_pem(&key, b"correct horse").unwrap();
        assert!(sealed.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
        files::create(&path, sealed.as_bytes(), files::SECRET).unwrap();
        let opened = read(&path, Some(b"correct horse")).unwrap();
        assert_eq!(fingerprint(&opened), fingerprint(&key));
        let wrong: [(Option<&[u8]>, Value); 2] = [
            (Some(b"wrong"), msg::KeyPassphraseWrong.into()),
            (None, msg::KeyNeedsPassphrase.into()),
        ];
        for (passphrase, cause) in wrong {
            let error = read(&path, passphrase).err();
            let path = path.as_path();
            let message = msg::KeyUnusable { cause, path };
            assert_eq!(error, Some(Error::new(ErrorCode::Misconfigured, message)));
        }
    }

    #[test]
    fn a_proof_is_of_this_key_and_this_request() {
        let (key, other) = (generate().unwrap(), generate().unwrap());
        let (certificate, asked) = (self_signed(&key), request(&other).unwrap());
        let proof = prove(&key, &asked).unwrap();
        check_proof(&certificate, &asked, &proof).unwrap();
        assert!(check_proof(&self_signed(&other), &asked, &proof).is_err());
        assert!(check_proof(&certificate, &request(&key).unwrap(), &proof).is_err());
        assert_eq!(fingerprint_of(&certificate), Ok(fingerprint(&key)));
    }

    #[test]
    fn a_request_counts_for_its_key_and_is_signed_by_it() {
        let key = generate().unwrap();
        let mut asked = request(&key).unwrap();
        let parsed = requested(&asked).unwrap();
        assert_eq!(fingerprint(&parsed.public_key), fingerprint(&key));
        assert!(parsed.params.subject_alt_names.is_empty());
        let last = asked.len() - 1;
        asked[last] ^= 1;
        assert_eq!(
            requested(&asked).err().unwrap().code(),
            ErrorCode::InvalidArgument
        );
    }

    proptest! {
        #[test]
        fn any_bytes_may_come_as_a_request(
            at in 0_usize..200, with in any::<u8>(), cut in 0_usize..300,
            junk in proptest::collection::vec(any::<u8>(), 0..100),
        ) {
            let _ = requested(&junk);
            let mut asked = request(&generate().unwrap()).unwrap();
            let length = asked.len();
            asked[at % length] = with;
            asked.truncate(cut);
            let _ = requested(&asked);
        }
    }
}
