//! People, the certificates that were issued to principals, and the audit log: the records of whoever
//! decides who may do what.

use jiff::Timestamp;

use crate::access::{Rights, Serial};
use crate::digest::Digest;
use crate::principal::Principal;

/// A person, as whoever manages it keeps it on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub principal: Principal,
    /// Its rights, or those it had.
    pub rights: Rights,
    /// Since when it has rights.
    pub since: Timestamp,
    /// When its rights ended.
    pub ended: Option<Timestamp>,
    /// Why they did.
    pub reason: String,
    /// The newest certificate; none until the invitation is redeemed.
    pub certificate: Option<IssuedCertificate>,
}

impl Person {
    /// The rights in force; none where they have ended.
    pub fn current_rights(&self) -> Option<&Rights> {
        Some(&self.rights).filter(|_| self.ended.is_none())
    }
}

/// A certificate that was issued to a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// Its number.
    pub serial: Serial,
    /// Whom it names.
    pub principal: Principal,
    /// When it ends.
    pub not_after: Timestamp,
    /// SHA-256 of its public key.
    pub key: Digest,
    /// When it was made void before its end.
    pub revoked: Option<Timestamp>,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// The caller.
    pub principal: Principal,
    /// Path of the rpc.
    pub rpc: String,
    /// The subject of the call, where the contract names its field.
    pub subject: String,
    /// `OK`, or the error's code, such as `DENIED`.
    pub outcome: String,
    /// Why it was denied or failed.
    pub reason: String,
    /// The id of the call.
    pub request_id: String,
    /// The address the call came from.
    pub address: String,
}
