//! Issues certificates: for an invitation, and for the preceding certificate.

use std::num::NonZeroU32;
use std::time::SystemTime;

use chengji_domain::fact::AccessFact;
use chengji_domain::invitation::{Invitation, IssuedInvitation, Redemption, unusable};
use chengji_domain::people::IssuedCertificate;
use chengji_domain::{CityCode, Digest, Epoch, Error, ErrorCode, Principal, Quoted, Result};
use chengji_messages::{Message, Value, msg};
use chengji_pki::authority::{self, Issued};
use chengji_pki::keys;
use chengji_proto::convert::{Credentials, endpoint_from, invitation_from, log_key_from};
use chengji_proto::v1;
use chengji_store::Tx;
use chengji_transport::spiffe;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use jiff::Timestamp;
use rcgen::CertificateSigningRequestParams;

use super::{AdmittedNode, Registrar};
use crate::records;

pub(super) type Renewals = RateLimiter<Principal, HashMapStateStore<Principal>, DefaultClock>;

/// Renewals allowed per principal: an hour, and in a burst.
const RENEWALS: (NonZeroU32, NonZeroU32) = (
    NonZeroU32::MIN.saturating_add(59),
    NonZeroU32::MIN.saturating_add(29),
);

/// Maximum number of valid certificates of one principal.
const MAX_CERTIFICATES: usize = 256;

/// The rate limiter for renewals, by principal.
pub(super) fn renewals() -> Renewals {
    RateLimiter::hashmap(Quota::per_hour(RENEWALS.0).allow_burst(RENEWALS.1))
}

impl Registrar {
    /// Redeems an invitation.
    pub async fn join(&self, asked: v1::JoinRequest) -> Result<Credentials> {
        let invitation = invitation_from(&asked)?;
        self.write(move |this, tx, now| this.redeem(tx, &invitation, &asked, now))
            .await
    }

    /// Issues a new certificate to the holder of one.
    pub async fn renew(&self, asked: v1::RenewRequest) -> Result<Credentials> {
        self.write_quietly(move |this, tx, now| this.renew_in(tx, &asked, now))
            .await
    }

    fn redeem(
        &self,
        tx: &mut Tx<'_>,
        invitation: &Invitation,
        asked: &v1::JoinRequest,
        now: Timestamp,
    ) -> Result<Credentials> {
        check_subject(&invitation.subject, &asked.subject)?;
        let request = keys::requested(&asked.request)?;
        let key = keys::fingerprint(&request.public_key);
        let mut record = self.check(tx, invitation, key, now)?;
        let who = &invitation.subject;
        let first = record.redeemed.is_none();
        if first {
            // Earlier certificates under this name are revoked.
            let revoked = records::void_certificates(tx, who, Some(key), now)?;
            self.append_revoked(tx, who, now, who, revoked)?;
            record.redeemed = Some(Redemption { key, at: now });
            records::put_invitation(tx, invitation.id, &record)?;
        }
        if let Principal::Node(city) = who {
            let node = AdmittedNode {
                city: *city,
                name: first.then_some(record.city_name.as_str()),
                endpoint: endpoint_from(&asked.endpoint)?,
                log_key: asked.log_key.as_ref().map(log_key_from).transpose()?,
            };
            self.policy.admit_node(tx, now, &node)?;
        }
        let issued = self.certify(tx, who, &request, &asked.endpoint, now)?;
        let mut credentials = self.credentials(&issued);
        if let Principal::Node(city) = who {
            credentials.city_authority = self.certify_city(*city, &asked.authority_request, now)?;
            credentials.followed_epoch = self.policy.followed_epoch(tx, *city)?;
        }
        self.policy.changed(tx, now)?;
        Ok(credentials)
    }

    fn check(
        &self,
        tx: &Tx<'_>,
        invitation: &Invitation,
        key: Digest,
        now: Timestamp,
    ) -> Result<IssuedInvitation> {
        let record = records::invitation(tx, invitation.id)?
            .ok_or_else(|| unusable(msg::InvitationUnknown))?;
        if record.digest != invitation.digest() {
            return Err(unusable(msg::InvitationAltered));
        }
        if let Some(redeemed) = &record.redeemed {
            // The same key may come again, as after a lost answer, until a renewal has proved that the
            // answer arrived.
            let subject = &invitation.subject;
            let all = records::certificates_of(tx, subject)?;
            let renewed = all.iter().any(|c| c.revoked.is_none() && c.key != key);
            if redeemed.key != key || renewed {
                return Err(unusable(msg::InvitationUsed { at: redeemed.at }));
            }
        }
        if now > invitation.expires {
            let at = invitation.expires;
            return Err(unusable(msg::InvitationExpired { at }));
        }
        if let Principal::Person { .. }
        | Principal::App { .. }
        | Principal::Operator(_)
        | Principal::Auditor(_) = invitation.subject
        {
            self.active_person(tx, &invitation.subject)?;
        }
        Ok(record)
    }

    fn renew_in(
        &self,
        tx: &mut Tx<'_>,
        asked: &v1::RenewRequest,
        now: Timestamp,
    ) -> Result<Credentials> {
        let refused = |why: Message| Error::new(ErrorCode::Unauthenticated, why);
        let (_, who, serial) = spiffe::of_der(&asked.certificate)?;
        check_subject(&who, &asked.subject)?;
        let unknown = || refused(msg::CertificateNotIssuedHere { who: &who }.into());
        let serial = serial.ok_or_else(unknown)?;
        let known = records::certificate(tx, &who, serial)?.ok_or_else(unknown)?;
        keys::check_proof(&asked.certificate, &asked.request, &asked.proof)?;
        let key = keys::fingerprint_of(&asked.certificate)?;
        records::check_certificate(tx, &who, Some(serial), Some(key))?;
        let ended = known.not_after < now;
        if !matches!(who, Principal::Node(_)) {
            self.active_person(tx, &who)?;
            if ended {
                return Err(refused(msg::CertificateEnded { who }.into()));
            }
        }
        let request = keys::requested(&asked.request)?;
        self.check_pace(&who)?;
        self.check_newest(tx, &who, &known, keys::fingerprint(&request.public_key))?;
        if let Principal::Node(city) = who {
            let node = AdmittedNode {
                city,
                name: None,
                endpoint: endpoint_from(&asked.endpoint)?,
                log_key: asked.log_key.as_ref().map(log_key_from).transpose()?,
            };
            self.policy.admit_node(tx, now, &node)?;
        }
        let issued = self.certify(tx, &who, &request, &asked.endpoint, now)?;
        let mut credentials = self.credentials(&issued);
        if let Principal::Node(city) = who {
            credentials.city_authority = self.certify_city(city, &asked.authority_request, now)?;
        }
        self.policy.changed(tx, now)?;
        Ok(credentials)
    }

    /// Limits the rate of renewals: each takes space in the log.
    fn check_pace(&self, who: &Principal) -> Result<()> {
        self.renewals.check_key(who).map_err(|early| {
            let wait = early.wait_time_from(DefaultClock::default().now());
            let message = msg::CertificateRenewedTooOften { who };
            Error::new(ErrorCode::LimitExceeded, message).with_retry_after(wait)
        })
    }

    /// Allows only the newest certificate to be renewed, once: if a key was copied, one of its two
    /// holders notices. A renewal with the same new key is a retry after a lost answer.
    fn check_newest(
        &self,
        tx: &Tx<'_>,
        who: &Principal,
        known: &IssuedCertificate,
        key: Digest,
    ) -> Result<()> {
        let all = records::certificates_of(tx, who)?;
        let others = all.iter().filter(|c| {
            c.revoked.is_none() && c.key != known.key && c.not_after >= known.not_after
        });
        match others.into_iter().find(|c| c.key != key) {
            None => Ok(()),
            Some(newer) => {
                let message = msg::CertificateRenewedAlready {
                    newer: Value::text(newer.serial),
                    who,
                };
                tracing::warn!(%who, serial = %newer.serial, "a certificate is renewed twice: its key may have been copied");
                Err(Error::new(ErrorCode::Unauthenticated, message))
            }
        }
    }

    pub(super) fn certify(
        &self,
        tx: &mut Tx<'_>,
        who: &Principal,
        request: &CertificateSigningRequestParams,
        endpoint: &str,
        now: Timestamp,
    ) -> Result<Issued> {
        let hosts = match who {
            Principal::Node(_) => authority::hosts(endpoint),
            _ => Vec::new(),
        };
        let at = SystemTime::from(now);
        let issued = self.policy.authority().issue(who, request, &hosts, at)?;
        let record = IssuedCertificate {
            serial: issued.certificate.serial,
            principal: who.clone(),
            not_after: issued.certificate.not_after,
            key: issued.key,
            revoked: None,
        };
        records::forget_ended(tx, who, now)?;
        check_number(tx, who, now)?;
        records::put_certificate(tx, &record)?;
        if let Some(mut person) = records::person(tx, who)? {
            person.certificate = Some(record);
            records::put_person(tx, &person)?;
        }
        let fact = AccessFact::Certified {
            principal: who.clone(),
            certificate: issued.certificate,
        };
        self.policy.append_fact(tx, who, now, fact)?;
        Ok(issued)
    }

    fn certify_city(&self, city: CityCode, request: &[u8], now: Timestamp) -> Result<Vec<u8>> {
        let request = keys::requested(request)?;
        let at = SystemTime::from(now);
        let issued = self
            .policy
            .authority()
            .issue_authority(city, &request, at)?;
        Ok(issued.der)
    }

    pub(super) fn credentials(&self, issued: &Issued) -> Credentials {
        let mut chain = vec![issued.der.clone()];
        chain.extend(self.policy.chain());
        Credentials {
            chain,
            authority: self.policy.cluster_authority(),
            city_authority: Vec::new(),
            followed_epoch: Epoch::UNKNOWN,
        }
    }
}

/// Bounds the valid certificates of a principal, so that one fact can revoke them all.
fn check_number(tx: &Tx<'_>, who: &Principal, now: Timestamp) -> Result<()> {
    let all = records::certificates_of(tx, who)?;
    let holds = |c: &&IssuedCertificate| c.revoked.is_none() && c.not_after >= now;
    let number = all.iter().filter(holds).count();
    if number < MAX_CERTIFICATES {
        return Ok(());
    }
    let message = msg::CertificatesTooMany { number, who };
    Err(Error::new(ErrorCode::LimitExceeded, message))
}

/// Checks the subject of a request, which is recorded in the audit log, against the caller.
fn check_subject(who: &Principal, requested: &str) -> Result<()> {
    if who.to_string() == requested {
        return Ok(());
    }
    let named = Quoted(requested);
    let message = msg::CertificateRequestForAnother { named, who };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}
