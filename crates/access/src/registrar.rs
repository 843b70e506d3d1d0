//! Inviting, enrolling, changing and removing: what the coordinator does for nodes and the cluster's
//! people, and a node for its city's people. All of a step is one transaction: records, certificates,
//! facts in the log, and for the coordinator the new roster.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::SystemTime;

use chengji_domain::access::{Rights, Role};
use chengji_domain::fact::AccessFact;
use chengji_domain::invitation::{Invitation, unusable};
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_proto::convert::{department_to, recorded, roles_to, time_to};
use chengji_proto::v1;
use chengji_store::{Ledger, Tx, View};
use chengji_transport::spiffe;
use governor::clock::{Clock, DefaultClock};
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};
use rcgen::CertificateSigningRequestParams;

use crate::authority::{self, Authority, Issued};
use crate::roster::Live;
use crate::{book, keys};

/// How long an invitation is valid unless said otherwise, and at most, hours.
const HOURS: u32 = 72;
const MOST_HOURS: u32 = 720;

/// Who decides here: what differs between the coordinator and a node.
pub trait Seat: Send + Sync + 'static {
    /// The authority that certifies here.
    fn authority(&self) -> Arc<Authority>;

    /// The certificates behind those that are issued here, up to the cluster's authority; without
    /// that one.
    fn chain(&self) -> Vec<Vec<u8>>;

    /// The certificate of the cluster's authority, DER.
    fn cluster_authority(&self) -> Vec<u8>;

    /// Where newcomers come, `host:port`.
    fn address(&self) -> String;

    /// The principal of a person of this name and these rights.
    fn person(&self, name: &str, rights: &Rights) -> Result<Principal>;

    /// Says a fact in the own log.
    fn say(&self, tx: &mut Tx<'_>, by: &Principal, at: Timestamp, fact: AccessFact) -> Result<()>;

    /// A node was certified; it can be called at this endpoint, or where it could be before.
    fn certified_node(
        &self,
        tx: &mut Tx<'_>,
        at: Timestamp,
        node: &CertifiedNode<'_>,
    ) -> Result<()>;

    /// The epoch in which the log of a city was followed last; 0 if it never was.
    fn followed_epoch(&self, tx: &Tx<'_>, city: CityCode) -> Result<u32>;

    /// What else follows in the same transaction from a change in who may do what.
    fn changed(&self, tx: &mut Tx<'_>, at: Timestamp) -> Result<()>;
}

/// A node that got a certificate.
pub struct CertifiedNode<'a> {
    /// Of which city.
    pub city: CityCode,
    /// The city's name, where it was invited.
    pub name: Option<&'a str>,
    /// Where its node is called; empty for where it was before.
    pub endpoint: &'a str,
    /// What it got.
    pub issued: &'a Issued,
}

/// Does it. Clones are the same one.
#[derive(Clone)]
pub struct Registrar {
    seat: Arc<dyn Seat>,
    ledger: Ledger,
    clock: chengji_follow::Clock,
    live: Live,
    renewals: Arc<Renewals>,
}

type Renewals = RateLimiter<Principal, HashMapStateStore<Principal>, DefaultClock>;

/// Renewals of one principal an hour, and at once.
const RENEWALS: (NonZeroU32, NonZeroU32) = (
    NonZeroU32::MIN.saturating_add(59),
    NonZeroU32::MIN.saturating_add(29),
);

/// What is asked of an invitation.
#[derive(Clone, Copy, Debug)]
pub struct Term(SignedDuration);

impl Term {
    /// So many hours; 0 for the usual ones.
    pub fn hours(hours: u32) -> Result<Self> {
        match hours {
            0 => Ok(Self(SignedDuration::from_hours(HOURS.into()))),
            1..=MOST_HOURS => Ok(Self(SignedDuration::from_hours(hours.into()))),
            more => {
                let message = format!("an invitation is valid for 1 to {MOST_HOURS} h, not {more}");
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }
}

impl Registrar {
    /// A registrar on this ledger.
    pub fn new(
        seat: Arc<dyn Seat>,
        ledger: Ledger,
        clock: chengji_follow::Clock,
        live: Live,
    ) -> Self {
        Self {
            seat,
            ledger,
            clock,
            live,
            renewals: Arc::new(RateLimiter::hashmap(
                Quota::per_hour(RENEWALS.0).allow_burst(RENEWALS.1),
            )),
        }
    }

    /// Invites a city's node; `name` is the city's. Who may is asked before.
    pub async fn invite_member(
        &self,
        city: CityCode,
        name: String,
        term: Term,
    ) -> Result<Invitation> {
        let subject = Principal::Node(city);
        self.write(move |this, tx, now| this.invite(tx, subject, &name, term, now))
            .await
    }

    /// Invites a person with these rights, by this principal.
    pub async fn invite_person(
        &self,
        by: Principal,
        name: String,
        rights: Rights,
        term: Term,
    ) -> Result<Invitation> {
        let who = self.seat.person(&name, &rights)?;
        if who == by {
            return Err(oneself(&who, "invites itself"));
        }
        // A name is one person's here, whatever its role.
        if let Ok(known) = self.named(&name)
            && known != who
            && self.standing(&**self.ledger.kv(), &known).is_ok()
        {
            let message = format!("there is {known} already");
            return Err(Error::new(ErrorCode::AlreadyExists, message)
                .with_remedy("give the person another name, or remove the one that is there"));
        }
        self.write(move |this, tx, now| {
            this.grant(tx, &by, now, &who, rights)?;
            this.seat.changed(tx, now)?;
            this.invite(tx, who, "", term, now)
        })
        .await
    }

    /// Enrols a person without an invitation, where whoever asks holds the program's own keys: the
    /// first one, when everything is set up. Certificates, the person's first.
    pub async fn enrol(
        &self,
        by: Principal,
        name: String,
        rights: Rights,
        request: Vec<u8>,
    ) -> Result<v1::Certificates> {
        let who = self.seat.person(&name, &rights)?;
        self.write(move |this, tx, now| {
            this.grant(tx, &by, now, &who, rights)?;
            let issued = this.certify(tx, &who, &keys::requested(&request)?, "", now)?;
            this.seat.changed(tx, now)?;
            Ok(this.certificates(&issued))
        })
        .await
    }

    /// Redeems an invitation.
    pub async fn join(&self, asked: v1::JoinRequest) -> Result<v1::Certificates> {
        let invitation: Invitation = asked.invitation.parse()?;
        self.write(move |this, tx, now| this.redeem(tx, &invitation, &asked, now))
            .await
    }

    /// A new certificate for who has one.
    pub async fn renew(&self, asked: v1::RenewRequest) -> Result<v1::Certificates> {
        self.write(move |this, tx, now| this.renew_in(tx, &asked, now))
            .await
    }

    /// Gives a person other rights.
    pub async fn change(&self, by: Principal, name: String, rights: Rights) -> Result<v1::Person> {
        let who = self.named(&name)?;
        if self.seat.person(&name, &rights)? != who {
            let message =
                format!("{who} cannot be given {rights}: an operator or auditor is another");
            return Err(Error::new(ErrorCode::InvalidArgument, message)
                .with_remedy("remove the person and invite it in the other role"));
        }
        if who == by {
            return Err(oneself(&who, "changes its own rights"));
        }
        self.write(move |this, tx, now| {
            this.standing(tx, &who)?;
            let person = this.grant(tx, &by, now, &who, rights)?;
            this.seat.changed(tx, now)?;
            Ok(person)
        })
        .await
    }

    /// Ends a person's rights.
    pub async fn remove(&self, by: Principal, name: String, reason: String) -> Result<v1::Person> {
        let who = self.named(&name)?;
        if who == by {
            return Err(oneself(&who, "removes itself"));
        }
        check_reason(&reason)?;
        self.write(move |this, tx, now| {
            let mut person = this.standing(tx, &who)?;
            book::void_certificates(tx, &who, None, now)?;
            book::withdraw_invitations(tx, &who, now)?;
            person.ended = Some(time_to(now));
            person.reason.clone_from(&reason);
            book::put_person(tx, &who, &person);
            let principal = who.clone();
            this.seat
                .say(tx, &by, now, AccessFact::Ended { principal, reason })?;
            this.seat.changed(tx, now)?;
            Ok(person)
        })
        .await
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Runs a step, and tells everybody once it is on disk.
    pub async fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Self, &mut Tx<'_>, Timestamp) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (this, now) = (self.clone(), (self.clock)());
        // In a task of its own: a caller that goes away does not keep from others what is on disk.
        let step = tokio::spawn(async move {
            let registrar = this.clone();
            let done = this
                .ledger
                .write(move |tx| step(&registrar, tx, now))
                .await?;
            this.live.refresh(&**this.ledger.kv());
            Ok(done)
        });
        let failed = |_| Err(Error::new(ErrorCode::Internal, "the step ended early"));
        step.await.unwrap_or_else(failed)
    }

    /// The person of this name, whatever role it has: a city's people have one name each, the
    /// cluster's may be an operator or an auditor.
    fn named(&self, name: &str) -> Result<Principal> {
        let kv = &**self.ledger.kv();
        let mut candidates = Vec::new();
        for role in [Role::Operator, Role::Auditor] {
            let Ok(rights) = Rights::new([role], None) else {
                continue;
            };
            candidates.extend(self.seat.person(name, &rights).ok());
        }
        candidates.dedup();
        let mut known = Vec::new();
        for who in candidates {
            known.extend(book::person(kv, &who)?.map(|person| (person.ended.is_some(), who)));
        }
        // Who is there comes before who was.
        known.sort();
        let found = known.into_iter().next().map(|(_, who)| who);
        found.ok_or_else(|| {
            let message = format!("there is no person '{name}' here");
            Error::new(ErrorCode::NotFound, message).with_remedy("look at 'person list'")
        })
    }

    fn standing(&self, view: &(impl View + ?Sized), who: &Principal) -> Result<v1::Person> {
        let person = book::person(view, who)?.filter(|person| person.ended.is_none());
        person.ok_or_else(|| {
            let message = format!("{who} has been removed");
            Error::new(ErrorCode::NotFound, message).with_remedy("invite it again")
        })
    }

    fn grant(
        &self,
        tx: &mut Tx<'_>,
        by: &Principal,
        now: Timestamp,
        who: &Principal,
        rights: Rights,
    ) -> Result<v1::Person> {
        let before = book::person(tx, who)?.unwrap_or_default();
        let person = v1::Person {
            principal: who.to_string(),
            roles: roles_to(&rights),
            department: department_to(&rights),
            since: before
                .since
                .filter(|_| before.ended.is_none())
                .or(Some(time_to(now))),
            ended: None,
            reason: String::new(),
            certificate: before.certificate.filter(|_| before.ended.is_none()),
        };
        book::put_person(tx, who, &person);
        let principal = who.clone();
        self.seat
            .say(tx, by, now, AccessFact::Granted { principal, rights })?;
        Ok(person)
    }

    fn invite(
        &self,
        tx: &mut Tx<'_>,
        subject: Principal,
        city_name: &str,
        term: Term,
        now: Timestamp,
    ) -> Result<Invitation> {
        book::withdraw_invitations(tx, &subject, now)?;
        let expires = now.checked_add(term.0).unwrap_or(Timestamp::MAX);
        let authority = &self.seat.cluster_authority();
        let invitation = Invitation {
            id: rand::random(),
            subject,
            cluster: self.seat.authority().cluster().to_owned(),
            address: self.seat.address(),
            authority: chengji_store::sha256(authority),
            // An invitation says its end in seconds.
            expires: Timestamp::from_second(expires.as_second()).unwrap_or(expires),
            secret: rand::random(),
        };
        let record = v1::InvitationRecord {
            digest: invitation.digest().0.to_vec(),
            subject: invitation.subject.to_string(),
            expires: Some(time_to(invitation.expires)),
            city_name: city_name.to_owned(),
            ..Default::default()
        };
        book::put_invitation(tx, invitation.id, &record);
        Ok(invitation)
    }

    fn redeem(
        &self,
        tx: &mut Tx<'_>,
        invitation: &Invitation,
        asked: &v1::JoinRequest,
        now: Timestamp,
    ) -> Result<v1::Certificates> {
        check_subject(&invitation.subject, &asked.subject)?;
        let request = keys::requested(&asked.request)?;
        let key = keys::fingerprint(&request.public_key).0;
        let mut record = self.check(tx, invitation, &key, now)?;
        let who = &invitation.subject;
        let first = record.redeemed.is_none();
        if first {
            // Whoever had certificates under this name before has none from now on.
            book::void_certificates(tx, who, Some(&key), now)?;
            record.redeemed = Some(time_to(now));
            record.redeemed_by = key.to_vec();
            book::put_invitation(tx, invitation.id, &record);
        }
        let issued = self.certify(tx, who, &request, &asked.endpoint, now)?;
        let mut certificates = self.certificates(&issued);
        if let Principal::Node(city) = who {
            self.seat.certified_node(
                tx,
                now,
                &CertifiedNode {
                    city: *city,
                    name: first.then_some(record.city_name.as_str()),
                    endpoint: &asked.endpoint,
                    issued: &issued,
                },
            )?;
            certificates.city_authority =
                self.certify_city(*city, &asked.authority_request, now)?;
            certificates.followed_epoch = self.seat.followed_epoch(tx, *city)?;
        }
        self.seat.changed(tx, now)?;
        Ok(certificates)
    }

    fn check(
        &self,
        tx: &Tx<'_>,
        invitation: &Invitation,
        key: &[u8],
        now: Timestamp,
    ) -> Result<v1::InvitationRecord> {
        let record = book::invitation(tx, invitation.id)?.ok_or_else(|| {
            unusable("it is not known here: it was taken back, or is of another program".to_owned())
        })?;
        if record.digest != invitation.digest().0 {
            return Err(unusable("it was altered".to_owned()));
        }
        if let Some(at) = &record.redeemed {
            // The same key may come again, as after a lost answer, until a renewal has shown that
            // the answer arrived.
            let subject = &invitation.subject;
            let all = book::certificates_of(tx, subject)?;
            let renewed = all.iter().any(|c| c.revoked.is_none() && c.key != key);
            if record.redeemed_by != key || renewed {
                let at = recorded(Some(at)).unwrap_or_default();
                return Err(unusable(format!("it was used at {at}")));
            }
        }
        if now > invitation.expires {
            return Err(unusable(format!("it expired at {}", invitation.expires)));
        }
        if let Principal::Person { .. } | Principal::Operator(_) | Principal::Auditor(_) =
            invitation.subject
        {
            self.standing(tx, &invitation.subject)?;
        }
        Ok(record)
    }

    fn renew_in(
        &self,
        tx: &mut Tx<'_>,
        asked: &v1::RenewRequest,
        now: Timestamp,
    ) -> Result<v1::Certificates> {
        let refused = |why: String| Error::new(ErrorCode::Unauthenticated, why);
        let (_, who, serial) = spiffe::of_der(&asked.certificate)?;
        check_subject(&who, &asked.subject)?;
        let unknown = || refused(format!("the certificate of {who} was not issued here"));
        let serial = serial.ok_or_else(unknown)?;
        let known = book::certificate(tx, &who, serial)?.ok_or_else(unknown)?;
        keys::check_proof(&asked.certificate, &asked.request, &asked.proof)?;
        let key = keys::fingerprint_of(&asked.certificate)?;
        book::check_certificate(tx, &who, Some(serial), Some(key))?;
        let ended = recorded(known.not_after.as_ref()).is_none_or(|end| end < now);
        if !matches!(who, Principal::Node(_)) {
            self.standing(tx, &who)?;
            if ended {
                return Err(refused(format!("the certificate of {who} has ended"))
                    .with_remedy("ask for a new invitation"));
            }
        }
        let request = keys::requested(&asked.request)?;
        self.check_pace(&who)?;
        self.check_newest(tx, &who, &known, &keys::fingerprint(&request.public_key).0)?;
        let issued = self.certify(tx, &who, &request, &asked.endpoint, now)?;
        let mut certificates = self.certificates(&issued);
        if let Principal::Node(city) = who {
            let endpoint = &asked.endpoint;
            let node = CertifiedNode {
                city,
                name: None,
                endpoint,
                issued: &issued,
            };
            self.seat.certified_node(tx, now, &node)?;
            certificates.city_authority = self.certify_city(city, &asked.authority_request, now)?;
        }
        self.seat.changed(tx, now)?;
        Ok(certificates)
    }

    /// Renewals cost everybody room in the log: nobody needs many.
    fn check_pace(&self, who: &Principal) -> Result<()> {
        self.renewals.check_key(who).map_err(|early| {
            let wait = early.wait_time_from(DefaultClock::default().now());
            Error::new(ErrorCode::LimitExceeded, format!("{who} renews too often"))
                .with_retry_after(wait)
        })
    }

    /// Only the newest certificate is renewed, once: where a copy of a key is about, one of the two
    /// that have it finds out. The same new key again is the same renewal, whose answer was lost.
    fn check_newest(
        &self,
        tx: &Tx<'_>,
        who: &Principal,
        known: &v1::IssuedCertificate,
        key: &[u8],
    ) -> Result<()> {
        let end = |c: &v1::IssuedCertificate| recorded(c.not_after.as_ref());
        let all = book::certificates_of(tx, who)?;
        let others = all
            .iter()
            .filter(|c| c.revoked.is_none() && c.key != known.key && end(c) >= end(known));
        match others.into_iter().find(|c| c.key != key) {
            None => Ok(()),
            Some(newer) => {
                let message = format!(
                    "the certificate of {who} was renewed already: {} came after it",
                    newer.serial
                );
                tracing::warn!(%who, serial = newer.serial, "a certificate is renewed twice: its key may have been copied");
                Err(Error::new(ErrorCode::Unauthenticated, message).with_remedy(
                    "if nobody here renewed it, its key was copied: have it invited again",
                ))
            }
        }
    }

    fn certify(
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
        let issued = self.seat.authority().issue(who, request, &hosts, at)?;
        let record = v1::IssuedCertificate {
            serial: issued.certificate.serial.to_string(),
            principal: who.to_string(),
            not_after: Some(time_to(issued.certificate.not_after)),
            key: issued.key.0.to_vec(),
            revoked: None,
        };
        book::forget_ended(tx, who, now)?;
        book::put_certificate(tx, who, issued.certificate.serial, &record);
        if let Some(mut person) = book::person(tx, who)? {
            person.certificate = Some(record);
            book::put_person(tx, who, &person);
        }
        let fact = AccessFact::Certified {
            principal: who.clone(),
            certificate: issued.certificate,
        };
        self.seat.say(tx, who, now, fact)?;
        Ok(issued)
    }

    fn certify_city(&self, city: CityCode, request: &[u8], now: Timestamp) -> Result<Vec<u8>> {
        let request = keys::requested(request)?;
        let at = SystemTime::from(now);
        let issued = self.seat.authority().issue_authority(city, &request, at)?;
        Ok(issued.der)
    }

    fn certificates(&self, issued: &Issued) -> v1::Certificates {
        let mut chain = vec![issued.der.clone()];
        chain.extend(self.seat.chain());
        v1::Certificates {
            chain,
            authority: self.seat.cluster_authority(),
            city_authority: Vec::new(),
            followed_epoch: 0,
        }
    }
}

/// Why something was taken away: it stands in the log.
pub fn check_reason(reason: &str) -> Result<()> {
    if (1..=1_000).contains(&reason.trim().chars().count()) {
        return Ok(());
    }
    let message = "a reason has 1 to 1,000 characters";
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// What a request says it is about stands in the audit trail, and so has to be true.
fn check_subject(who: &Principal, said: &str) -> Result<()> {
    if who.to_string() == said {
        return Ok(());
    }
    let message = format!("the request says that it is for '{said}', and is for {who}");
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

fn oneself(who: &Principal, does: &str) -> Error {
    Error::new(
        ErrorCode::Denied,
        format!("nobody {does}, and {who} neither"),
    )
    .with_remedy("another administrator or operator has to do it")
}
