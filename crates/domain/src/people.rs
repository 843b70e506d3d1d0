//! Records of people, issued certificates and the audit log.

use chengji_messages::Message;
use jiff::Timestamp;

use crate::access::{Rights, Serial};
use crate::digest::Digest;
use crate::principal::Principal;

/// A person, as recorded by the program that manages it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The principal.
    pub principal: Principal,
    /// Its present or former rights.
    pub rights: Rights,
    /// Time from which it has rights.
    pub since: Timestamp,
    /// Time at which its rights ended, if they did.
    pub ended: Option<Timestamp>,
    /// The reason that they ended.
    pub reason: String,
    /// The newest certificate; `None` until the invitation is redeemed.
    pub certificate: Option<IssuedCertificate>,
}

impl Person {
    /// Returns the rights in force; `None` if they have ended.
    pub fn current_rights(&self) -> Option<&Rights> {
        Some(&self.rights).filter(|_| self.ended.is_none())
    }
}

/// A certificate that was issued to a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCertificate {
    /// Its serial number.
    pub serial: Serial,
    /// The principal that it names.
    pub principal: Principal,
    /// End of its validity.
    pub not_after: Timestamp,
    /// SHA-256 of its public key.
    pub key: Digest,
    /// Time of the revocation, if it was revoked.
    pub revoked: Option<Timestamp>,
}

/// An entry of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// Time of the call.
    pub at: Timestamp,
    /// The caller.
    pub principal: Principal,
    /// Path of the rpc.
    pub rpc: String,
    /// The subject of the call, if the contract names its field.
    pub subject: String,
    /// `OK`, or the error's code, such as `DENIED`.
    pub outcome: String,
    /// The message of a denial or failure.
    pub reason: Option<Message>,
    /// The id of the call.
    pub request_id: String,
    /// The address the call came from.
    pub address: String,
    /// Its link in the chain of denials and failures; `None` for a call that was carried out.
    pub denial: Option<DenialLink>,
}

/// The link of an audit entry in the chain of denials and failures, which shows a changed or a missing one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DenialLink {
    /// Number, dense from 1.
    pub number: u64,
    /// Digest of the stored entry before; `None` for the first.
    pub previous: Option<Digest>,
}
