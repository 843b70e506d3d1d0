//! Certificates (证书): authorities and the certificates they issue, keys and their files, enrolment by
//! invitation, and renewal in time. Nothing here knows rights or roles: a certificate names one principal
//! and nothing else.

pub mod authority;
pub mod enrolment;
pub mod expiry;
pub mod keys;
mod log_signer;
mod signature;

pub use authority::{Authority, AuthorityFiles};
pub use log_signer::LogSigner;
