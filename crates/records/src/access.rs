//! People, certificates, invitations and the audit log.

use std::time::Duration;

use chengji_domain::invitation::{IssuedInvitation, Redemption};
use chengji_domain::people::{AuditEntry, DenialLink, IssuedCertificate, Person};
use chengji_domain::{Digest, Error, Principal, Result};
use chengji_messages::{Value, msg};
use chengji_proto::convert::{
    department_to, recorded_rights, roles_to, text_from, text_to, time_from, time_to,
};
use chengji_store::Codec;
use jiff::Timestamp;
use prost::Message;

use crate::{PROSE, damaged, decode, v1};

/// The codec of [`Person`].
#[derive(Debug)]
pub struct StoredPerson;

impl Codec for StoredPerson {
    type Record = Person;

    fn encode(person: &Person) -> Result<Vec<u8>> {
        let wire = v1::Person {
            principal: person.principal.to_string(),
            roles: roles_to(&person.rights),
            department: department_to(&person.rights),
            since: Some(time_to(person.since)),
            ended: person.ended.map(time_to),
            reason: person.reason.clone(),
            certificate: person.certificate.as_ref().map(Into::into),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Person> {
        let wire: v1::Person = decode(bytes)?;
        Ok(Person {
            principal: wire.principal.parse()?,
            rights: recorded_rights(&wire.roles, &wire.department)?,
            since: time_from(wire.since.as_ref(), "since")?,
            ended: optional(wire.ended, "ended")?,
            reason: wire.reason,
            certificate: wire.certificate.map(TryInto::try_into).transpose()?,
        })
    }
}

/// The codec of [`IssuedCertificate`].
#[derive(Debug)]
pub struct StoredCertificate;

impl Codec for StoredCertificate {
    type Record = IssuedCertificate;

    fn encode(certificate: &IssuedCertificate) -> Result<Vec<u8>> {
        Ok(v1::IssuedCertificate::from(certificate).encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<IssuedCertificate> {
        decode::<v1::IssuedCertificate>(bytes)?.try_into()
    }
}

impl From<&IssuedCertificate> for v1::IssuedCertificate {
    fn from(certificate: &IssuedCertificate) -> Self {
        Self {
            serial: certificate.serial.to_string(),
            principal: certificate.principal.to_string(),
            not_after: Some(time_to(certificate.not_after)),
            key: certificate.key.0.to_vec(),
            revoked: certificate.revoked.map(time_to),
        }
    }
}

impl TryFrom<v1::IssuedCertificate> for IssuedCertificate {
    type Error = Error;

    fn try_from(wire: v1::IssuedCertificate) -> Result<Self> {
        Ok(Self {
            serial: wire.serial.parse()?,
            principal: wire.principal.parse()?,
            not_after: time_from(wire.not_after.as_ref(), "not_after")?,
            key: Digest::from_slice(&wire.key)?,
            revoked: optional(wire.revoked, "revoked")?,
        })
    }
}

/// The codec of [`IssuedInvitation`].
#[derive(Debug)]
pub struct StoredInvitation;

impl Codec for StoredInvitation {
    type Record = IssuedInvitation;

    fn encode(invitation: &IssuedInvitation) -> Result<Vec<u8>> {
        let redeemed = invitation.redeemed.as_ref();
        let wire = v1::Invitation {
            digest: invitation.digest.0.to_vec(),
            subject: invitation.subject.to_string(),
            expires: Some(time_to(invitation.expires)),
            city_name: invitation.city_name.clone(),
            redeemed: redeemed.map(|redeemed| v1::Redemption {
                key: redeemed.key.0.to_vec(),
                at: Some(time_to(redeemed.at)),
            }),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<IssuedInvitation> {
        let wire: v1::Invitation = decode(bytes)?;
        let redeemed = wire.redeemed.map(|redeemed| {
            Ok::<_, Error>(Redemption {
                key: Digest::from_slice(&redeemed.key)?,
                at: time_from(redeemed.at.as_ref(), "at")?,
            })
        });
        Ok(IssuedInvitation {
            digest: Digest::from_slice(&wire.digest)?,
            subject: wire.subject.parse()?,
            expires: time_from(wire.expires.as_ref(), "expires")?,
            city_name: wire.city_name,
            redeemed: redeemed.transpose()?,
        })
    }
}

/// The time since the coordinator was last heard, as recorded at a given time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoordinatorHeard {
    /// Monotonic time since it was heard, in milliseconds, at `written_at`.
    pub age: Duration,
    /// Time of the record, by the node's clock.
    pub written_at: Timestamp,
}

/// The codec of [`CoordinatorHeard`].
#[derive(Debug)]
pub struct StoredHeard;

impl Codec for StoredHeard {
    type Record = CoordinatorHeard;

    fn encode(heard: &CoordinatorHeard) -> Result<Vec<u8>> {
        let wire = v1::CoordinatorHeard {
            age_ms: u64::try_from(heard.age.as_millis()).unwrap_or(u64::MAX),
            written_at: Some(time_to(heard.written_at)),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<CoordinatorHeard> {
        let wire: v1::CoordinatorHeard = decode(bytes)?;
        Ok(CoordinatorHeard {
            age: Duration::from_millis(wire.age_ms),
            written_at: time_from(wire.written_at.as_ref(), "written_at")?,
        })
    }
}

/// The codec of [`AuditEntry`].
#[derive(Debug)]
pub struct StoredAuditEntry;

/// The stored form of the principal without a certificate, which has no parsable name.
const NEWCOMER: &str = "newcomer";

impl Codec for StoredAuditEntry {
    type Record = AuditEntry;

    fn encode(entry: &AuditEntry) -> Result<Vec<u8>> {
        let previous = entry.denial.and_then(|link| link.previous);
        let reason = entry.reason.as_ref();
        let (reason, message) = match reason.map(|message| (message.param(PROSE), message)) {
            Some((Some(Value::Text(prose)), message)) if message.code() == PROSE => {
                (prose.clone(), None)
            }
            structured => (
                String::new(),
                structured.map(|(_, message)| text_to(message)),
            ),
        };
        let wire = v1::AuditEntry {
            at: Some(time_to(entry.at)),
            principal: match entry.principal {
                Principal::Newcomer => NEWCOMER.to_owned(),
                _ => entry.principal.to_string(),
            },
            rpc: entry.rpc.clone(),
            subject: entry.subject.clone(),
            outcome: entry.outcome.clone(),
            reason,
            message,
            request_id: entry.request_id.clone(),
            address: entry.address.clone(),
            denial: entry.denial.map_or(0, |link| link.number),
            previous_denial: previous.map_or(Vec::new(), |digest| digest.0.to_vec()),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<AuditEntry> {
        let wire: v1::AuditEntry = decode(bytes)?;
        Ok(AuditEntry {
            at: time_from(wire.at.as_ref(), "at")?,
            principal: match wire.principal.as_str() {
                NEWCOMER => Principal::Newcomer,
                principal => principal.parse()?,
            },
            rpc: wire.rpc,
            subject: wire.subject,
            outcome: wire.outcome,
            reason: match (wire.message, wire.reason) {
                (Some(message), _) => Some(text_from(&message)),
                (None, prose) if prose.is_empty() => None,
                (None, text) => Some(msg::Text { text }.into()),
            },
            request_id: wire.request_id,
            address: wire.address,
            denial: denial_link(wire.denial, &wire.previous_denial)?,
        })
    }
}

fn denial_link(number: u64, previous: &[u8]) -> Result<Option<DenialLink>> {
    let previous = Some(previous).filter(|digest| !digest.is_empty());
    match (number, previous.map(Digest::from_slice).transpose()?) {
        (0, None) => Ok(None),
        (0, Some(_)) => Err(damaged(msg::RecordPartlyMissing { field: "denial" })),
        (number, previous) => Ok(Some(DenialLink { number, previous })),
    }
}

fn optional(at: Option<prost_types::Timestamp>, field: &str) -> Result<Option<Timestamp>> {
    at.map(|at| time_from(Some(&at), field)).transpose()
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
