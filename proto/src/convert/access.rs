//! Roles, certificates, members, and the keys of their logs.

use chengji_domain::access::{Certificate, Rights, Role};
use chengji_domain::city::DivisionLevel;
use chengji_domain::fact::{AccessFact, Member, Origin};
use chengji_domain::invitation::Invitation;
use chengji_domain::people::{AuditEntry, Person};
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::{Digest, Epoch, Error, LogKey, Position, Principal, Uscc};
use chengji_messages::{Message, msg};
use jiff::Timestamp;

use super::actor::{department_code_from, department_code_to};
use super::position::{epoch_from, epoch_id, position_from, position_to};
use super::problem::text_to;
use super::{invalid, missing, time_from, time_to};
use crate::service::Page;
use crate::v1;
use crate::v1::body::Fact as Wire;

/// Converts a role to the wire.
pub fn role_to(role: Role) -> v1::Role {
    match role {
        Role::Administrator => v1::Role::Administrator,
        Role::Publisher => v1::Role::Publisher,
        Role::Reviewer => v1::Role::Reviewer,
        Role::Consumer => v1::Role::Consumer,
        Role::Approver => v1::Role::Approver,
        Role::Auditor => v1::Role::Auditor,
        Role::Operator => v1::Role::Operator,
        Role::Consenter => v1::Role::Consenter,
        Role::Authority => v1::Role::Authority,
    }
}

/// Converts a role from the wire.
pub fn role_from(wire: v1::Role) -> Result<Role, Error> {
    match wire {
        v1::Role::Administrator => Ok(Role::Administrator),
        v1::Role::Publisher => Ok(Role::Publisher),
        v1::Role::Reviewer => Ok(Role::Reviewer),
        v1::Role::Consumer => Ok(Role::Consumer),
        v1::Role::Approver => Ok(Role::Approver),
        v1::Role::Auditor => Ok(Role::Auditor),
        v1::Role::Operator => Ok(Role::Operator),
        v1::Role::Consenter => Ok(Role::Consenter),
        v1::Role::Authority => Ok(Role::Authority),
        v1::Role::Unspecified => Err(missing("roles")),
    }
}

/// Converts roles to the wire, in their order.
pub fn roles_to(rights: &Rights) -> Vec<i32> {
    rights
        .roles()
        .iter()
        .map(|role| role_to(*role).into())
        .collect()
}

/// Converts the department to the wire; empty for none.
pub fn department_to(rights: &Rights) -> String {
    department_code_to(rights.department())
}

/// Converts requested rights, and checks that they go together. Errors: `INVALID_ARGUMENT`.
pub fn rights_from(roles: &[i32], department: &str) -> Result<Rights, Error> {
    let (roles, department) = parts_of_rights(roles, department)?;
    Rights::new(roles, department)
}

/// Converts rights from a log or a record, without checking that they go together.
pub fn recorded_rights(roles: &[i32], department: &str) -> Result<Rights, Error> {
    let (roles, department) = parts_of_rights(roles, department)?;
    Ok(Rights::recorded(roles, department))
}

fn parts_of_rights(roles: &[i32], department: &str) -> Result<(Vec<Role>, Option<Uscc>), Error> {
    let role = |number: &i32| {
        let wire = v1::Role::try_from(*number);
        role_from(wire.map_err(|_| invalid("roles", msg::WireValueUnknown { value: *number }))?)
    };
    let roles = roles.iter().map(role).collect::<Result<_, _>>()?;
    Ok((roles, department_code_from(department)?))
}

/// Converts a membership status to the wire.
pub fn membership_status_to(status: MembershipStatus) -> v1::MembershipStatus {
    match status {
        MembershipStatus::Active => v1::MembershipStatus::Active,
        MembershipStatus::Suspended => v1::MembershipStatus::Suspended,
        MembershipStatus::Removed => v1::MembershipStatus::Removed,
    }
}

/// Converts a membership status from the wire.
pub fn membership_status_from(wire: v1::MembershipStatus) -> Result<MembershipStatus, Error> {
    match wire {
        v1::MembershipStatus::Active => Ok(MembershipStatus::Active),
        v1::MembershipStatus::Suspended => Ok(MembershipStatus::Suspended),
        v1::MembershipStatus::Removed => Ok(MembershipStatus::Removed),
        v1::MembershipStatus::Unspecified => Err(missing("status")),
    }
}

/// Converts a membership to the wire.
pub fn membership_to(known: &Membership) -> v1::Membership {
    let upper = known.member.city.division().upper();
    v1::Membership {
        city: known.member.city.to_string(),
        name: known.member.name.clone(),
        endpoint: known.member.endpoint.clone(),
        status: membership_status_to(known.status).into(),
        since: Some(time_to(known.since)),
        reason: known.reason.clone(),
        serial: known
            .certificate
            .map(|c| c.serial.to_string())
            .unwrap_or_default(),
        certificate_expires: known.certificate.map(|c| time_to(c.not_after)),
        log_key: known.member.log_key.as_ref().map(log_key_to),
        level: division_level_to(known.member.city.division().level()).into(),
        upper_division: upper.map(|upper| upper.to_string()).unwrap_or_default(),
    }
}

fn division_level_to(level: DivisionLevel) -> v1::AdministrativeLevel {
    match level {
        DivisionLevel::Province => v1::AdministrativeLevel::Provincial,
        DivisionLevel::City => v1::AdministrativeLevel::Municipal,
        DivisionLevel::County => v1::AdministrativeLevel::County,
    }
}

/// Converts a membership from the wire.
pub fn membership_from(wire: &v1::Membership) -> Result<Membership, Error> {
    let certificate = match wire.serial.as_str() {
        "" => None,
        serial => Some(Certificate {
            serial: serial.parse()?,
            not_after: time_from(wire.certificate_expires.as_ref(), "certificate_expires")?,
        }),
    };
    Ok(Membership {
        member: Member {
            city: wire.city.parse()?,
            name: wire.name.clone(),
            endpoint: wire.endpoint.clone(),
            log_key: wire.log_key.as_ref().map(log_key_from).transpose()?,
        },
        status: membership_status_from(wire.status())?,
        since: time_from(wire.since.as_ref(), "since")?,
        reason: wire.reason.clone(),
        certificate,
        earlier: Vec::new(),
    })
}

/// Converts the key of a log to the wire.
pub fn log_key_to(key: &LogKey) -> v1::LogKey {
    v1::LogKey {
        public: key.public.to_vec(),
        valid_from: Some(position_to(key.valid_from.epoch, key.valid_from.seq)),
    }
}

/// Converts the key of a log from the wire.
pub fn log_key_from(wire: &v1::LogKey) -> Result<LogKey, Error> {
    let (epoch, seq) = position_from(wire.valid_from.as_ref())?;
    Ok(LogKey {
        public: LogKey::public_from(&wire.public)?,
        valid_from: Origin { epoch, seq },
    })
}

/// Converts a person to the wire.
pub fn person_to(person: &Person) -> v1::Person {
    let certificate = person.certificate.as_ref();
    v1::Person {
        principal: person.principal.to_string(),
        roles: roles_to(&person.rights),
        department: department_to(&person.rights),
        since: Some(time_to(person.since)),
        ended: person.ended.map(time_to),
        reason: person.reason.clone(),
        certificate: certificate.map(|certificate| v1::IssuedCertificate {
            serial: certificate.serial.to_string(),
            principal: certificate.principal.to_string(),
            not_after: Some(time_to(certificate.not_after)),
            key: certificate.key.0.to_vec(),
            revoked: certificate.revoked.map(time_to),
        }),
    }
}

/// An invitation that was issued just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// A doubt about the invited party that does not prevent the invitation.
    pub warning: Option<Message>,
}

/// The certificates issued to a principal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// Its new certificate, DER, and the intermediate certificates up to the cluster's authority.
    pub chain: Vec<Vec<u8>>,
    /// The certificate of the cluster's authority, DER.
    pub authority: Vec<u8>,
    /// The certificate of its city's authority, DER; empty but for a node.
    pub city_authority: Vec<u8>,
    /// The last epoch in which the city's log was followed; the unknown epoch if it never was, and but for a node
    /// that joins.
    pub followed_epoch: Epoch,
}

/// A page of the members, and the roster in force.
#[derive(Clone, Debug, PartialEq)]
pub struct MemberList {
    /// The name of the cluster.
    pub cluster: String,
    /// Position and time of the signed checkpoint that puts the roster in force; `None` before the first.
    pub signed: Option<(Position, Timestamp)>,
    /// The members, by city.
    pub members: Page<v1::Membership>,
}

pub(super) fn new_invitation_to(new: &NewInvitation) -> v1::InviteResponse {
    v1::InviteResponse {
        invitation: new.invitation.to_string(),
        subject: new.invitation.subject.to_string(),
        expires: Some(time_to(new.invitation.expires)),
        warnings: new.warning.iter().map(text_to).collect(),
    }
}

pub(super) fn credentials_to(issued: Credentials) -> v1::Certificates {
    v1::Certificates {
        chain: issued.chain,
        authority: issued.authority,
        city_authority: issued.city_authority,
        followed_epoch: issued.followed_epoch.number,
        followed_epoch_id: epoch_id(issued.followed_epoch),
    }
}

/// Converts issued certificates from the wire; the certificates are not read.
pub fn credentials_from(wire: v1::Certificates) -> Result<Credentials, Error> {
    Ok(Credentials {
        followed_epoch: epoch_from(wire.followed_epoch, &wire.followed_epoch_id)?,
        chain: wire.chain,
        authority: wire.authority,
        city_authority: wire.city_authority,
    })
}

pub(super) fn member_list_to(list: MemberList) -> v1::ListMembersResponse {
    let signed = list.signed;
    v1::ListMembersResponse {
        cluster: list.cluster,
        members: list.members.items,
        signed: signed.map(|(at, _)| position_to(at.epoch, at.seq)),
        signed_at: signed.map(|(_, at)| time_to(at)),
        next_cursor: list.members.next_cursor,
    }
}

/// Converts an audit entry of this number to the wire; `digest` is that of a denial or failure.
pub fn audit_entry_to(number: u64, entry: AuditEntry, digest: Option<Digest>) -> v1::AuditEntry {
    let previous = entry.denial.and_then(|link| link.previous);
    v1::AuditEntry {
        number,
        at: Some(time_to(entry.at)),
        principal: entry.principal.to_string(),
        rpc: entry.rpc,
        subject: entry.subject,
        outcome: entry.outcome,
        reason: entry.reason.as_ref().map(text_to),
        request_id: entry.request_id,
        address: entry.address,
        denial: entry.denial.map_or(0, |link| link.number),
        previous_denial: previous.map_or(Vec::new(), |digest| digest.0.to_vec()),
        digest: digest.map_or(Vec::new(), |digest| digest.0.to_vec()),
    }
}

/// Returns the principal whose audit entries are requested; `None` for all.
pub fn audited_principal_from(asked: &v1::ListAuditRequest) -> Result<Option<Principal>, Error> {
    match asked.principal.as_str() {
        "" => Ok(None),
        name => name.parse().map(Some),
    }
}

/// Returns the invitation to be redeemed.
pub fn invitation_from(asked: &v1::JoinRequest) -> Result<Invitation, Error> {
    asked.invitation.parse()
}

/// Converts a time whose absence or malformation does not matter; `None` in both cases.
pub fn optional_time_from(at: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    at.and_then(|at| time_from(Some(at), "at").ok())
}

pub(super) fn access_to(fact: &AccessFact) -> Wire {
    match fact {
        AccessFact::Granted { principal, rights } => Wire::AccessGranted(v1::AccessGranted {
            principal: principal.to_string(),
            roles: roles_to(rights),
            department: department_to(rights),
        }),
        AccessFact::Certified {
            principal,
            certificate,
        } => Wire::Certified(v1::Certified {
            principal: principal.to_string(),
            serial: certificate.serial.to_string(),
            not_after: Some(time_to(certificate.not_after)),
        }),
        AccessFact::Ended { principal, reason } => Wire::AccessEnded(v1::AccessEnded {
            principal: principal.to_string(),
            reason: reason.clone(),
        }),
        AccessFact::Revoked {
            principal,
            certificates,
        } => Wire::CertificatesRevoked(v1::CertificatesRevoked {
            principal: principal.to_string(),
            certificates: certificates.iter().map(certificate_to).collect(),
        }),
    }
}

/// Converts a certificate to the wire.
pub fn certificate_to(certificate: &Certificate) -> v1::CertificateRef {
    v1::CertificateRef {
        serial: certificate.serial.to_string(),
        not_after: Some(time_to(certificate.not_after)),
    }
}

/// Converts a certificate from the wire.
pub fn certificate_from(wire: &v1::CertificateRef) -> Result<Certificate, Error> {
    Ok(Certificate {
        serial: wire.serial.parse()?,
        not_after: time_from(wire.not_after.as_ref(), "not_after")?,
    })
}

fn revoked_from(wire: &v1::CertificatesRevoked) -> Result<AccessFact, Error> {
    let certificates = wire.certificates.iter().map(certificate_from);
    Ok(AccessFact::Revoked {
        principal: wire.principal.parse()?,
        certificates: certificates.collect::<Result<_, _>>()?,
    })
}

pub(super) fn granted_from(wire: &v1::AccessGranted) -> Result<AccessFact, Error> {
    Ok(AccessFact::Granted {
        principal: wire.principal.parse()?,
        rights: recorded_rights(&wire.roles, &wire.department)?,
    })
}

pub(super) fn certified_from(wire: &v1::Certified) -> Result<AccessFact, Error> {
    Ok(AccessFact::Certified {
        principal: wire.principal.parse()?,
        certificate: Certificate {
            serial: wire.serial.parse()?,
            not_after: time_from(wire.not_after.as_ref(), "not_after")?,
        },
    })
}

pub(super) fn ended_from(wire: v1::AccessEnded) -> Result<AccessFact, Error> {
    Ok(AccessFact::Ended {
        principal: wire.principal.parse()?,
        reason: wire.reason,
    })
}

/// Converts an access fact of either log from the wire.
pub(super) fn access_from(wire: Wire) -> Result<AccessFact, Error> {
    match wire {
        Wire::AccessGranted(granted) => granted_from(&granted),
        Wire::Certified(certified) => certified_from(&certified),
        Wire::AccessEnded(ended) => ended_from(ended),
        Wire::CertificatesRevoked(revoked) => revoked_from(&revoked),
        _ => Err(missing("fact")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_its_number() {
        for role in Role::ALL {
            assert_eq!(role_from(role_to(*role)), Ok(*role));
        }
        assert!(rights_from(&[99], "").is_err() && rights_from(&[0], "").is_err());
    }
}
