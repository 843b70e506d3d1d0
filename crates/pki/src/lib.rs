//! Certificates (证书): authorities and what they certify, keys and their files, a newcomer's enrolment
//! by invitation, and renewal in time. Nothing here knows rights or roles: a certificate names one
//! principal and nothing else.

pub mod authority;
pub mod enrolment;
pub mod expiry;
pub mod keys;
mod log_signer;
mod signature;

pub use authority::{Authority, AuthorityFiles};
pub use log_signer::LogSigner;
