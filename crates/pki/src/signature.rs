//! Signatures outside of a handshake, for every key type that TLS accepts.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
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
    Err(Error::new(
        ErrorCode::Unauthenticated,
        msg::SignatureOfAnotherKey,
    ))
}
