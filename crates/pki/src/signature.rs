//! Signatures outside of a handshake, by whatever kind of key TLS would take, too.

use chengji_domain::{Error, ErrorCode, Result};
use x509_parser::x509::SubjectPublicKeyInfo;

/// Checks a signature over a message.
pub fn verify(key: &SubjectPublicKeyInfo<'_>, message: &[u8], signature: &[u8]) -> Result<()> {
    let provider = rustls::crypto::ring::default_provider();
    let public = &key.subject_public_key.data;
    // An algorithm for another kind of key does not take this one.
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
