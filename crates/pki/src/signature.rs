//! Signatures outside of a handshake, for every key type that TLS accepts.

use chengji_domain::{Error, ErrorCode, Result};
use x509_parser::x509::SubjectPublicKeyInfo;

/// Checks a signature over a message.
pub fn verify(key: &SubjectPublicKeyInfo<'_>, message: &[u8], signature: &[u8]) -> Result<()> {
    let provider = rustls::crypto::ring::default_provider();
    let public = &key.subject_public_key.data;
    // Each algorithm refuses keys of another type.
    let algorithms = provider.signature_verification_algorithms.all;
    if algorithms
        .iter()
        .any(|one| one.verify_signature(public, message, signature).is_ok())
    {
        return Ok(());
    }
    let message = "the signature is not by this key";
    Err(Error::new(ErrorCode::Unauthenticated, message))
}
