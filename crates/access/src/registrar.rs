//! Invites, enrols, changes and removes principals: the coordinator for nodes and the cluster's people, a
//! node for its city's people. Each step is one transaction: records, certificates, facts in the log, and
//! at the coordinator the signature under the roster.

mod issuing;

use std::sync::Arc;

use chengji_domain::access::{Certificate, Rights, Role};
use chengji_domain::fact::AccessFact;
use chengji_domain::invitation::{Invitation, IssuedInvitation};
use chengji_domain::people::Person;
use chengji_domain::{
    CityCode, Digest, Endpoint, Epoch, Error, ErrorCode, Field, LogKey, Principal, Result, TextRule,
};
use chengji_messages::{Message, Value, msg};
use chengji_pki::Authority;
use chengji_pki::keys;
use chengji_proto::convert::Credentials;
use chengji_store::{Ledger, Tx, View};
use jiff::{SignedDuration, Timestamp};

use crate::records;
use crate::roster::{self, RosterHandle};

/// Default and maximum validity of an invitation, hours.
const HOURS: u32 = 72;
const MAX_HOURS: u32 = 720;

/// The decisions and data that differ between the coordinator and a node.
pub trait EnrolmentPolicy: Send + Sync + 'static {
    /// The authority that issues certificates here.
    fn authority(&self) -> Arc<Authority>;

    /// The chain behind certificates that are issued here, up to but without the cluster's authority.
    fn chain(&self) -> Vec<Vec<u8>>;

    /// The certificate of the cluster's authority, DER.
    fn cluster_authority(&self) -> Vec<u8>;

    /// The address at which invitations are redeemed, `host:port`.
    fn address(&self) -> String;

    /// The principal of a person with this name and these rights.
    fn person(&self, name: &str, rights: &Rights) -> Result<Principal>;

    /// Appends a fact to this program's log.
    fn append_fact(
        &self,
        tx: &mut Tx<'_>,
        by: &Principal,
        at: Timestamp,
        fact: AccessFact,
    ) -> Result<()>;

    /// Admits a node before it is certified, or records what has changed of an admitted one.
    fn admit_node(&self, tx: &mut Tx<'_>, at: Timestamp, node: &AdmittedNode<'_>) -> Result<()>;

    /// The epoch in which the log of a city was last followed; the unknown epoch if it never was.
    fn followed_epoch(&self, tx: &Tx<'_>, city: CityCode) -> Result<Epoch>;

    /// Applies, in the same transaction, the consequences of a change of rights.
    fn changed(&self, tx: &mut Tx<'_>, at: Timestamp) -> Result<()>;
}

/// A node that is about to be certified.
pub struct AdmittedNode<'a> {
    /// The node's city.
    pub city: CityCode,
    /// The city's name, if the node was invited.
    pub name: Option<&'a str>,
    /// The address at which the node is called.
    pub endpoint: Endpoint,
    /// The key of the node's log, if the node sent one.
    pub log_key: Option<LogKey>,
}

/// Invites, enrols, changes and removes. Clones share their state.
#[derive(Clone)]
pub struct Registrar {
    policy: Arc<dyn EnrolmentPolicy>,
    ledger: Ledger,
    clock: chengji_clock::Clock,
    roster: RosterHandle,
    renewals: Arc<issuing::Renewals>,
}

/// The validity of an invitation.
#[derive(Clone, Copy, Debug)]
pub struct InvitationValidity(SignedDuration);

impl InvitationValidity {
    /// A validity in hours; 0 selects the default.
    pub fn hours(hours: u32) -> Result<Self> {
        match hours {
            0 => Ok(Self(SignedDuration::from_hours(HOURS.into()))),
            1..=MAX_HOURS => Ok(Self(SignedDuration::from_hours(hours.into()))),
            more => {
                let message = msg::InvitationHoursOutOfRange {
                    hours: more,
                    most: MAX_HOURS,
                };
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }
}

impl Registrar {
    /// Creates a registrar on this ledger.
    pub fn new(
        policy: Arc<dyn EnrolmentPolicy>,
        ledger: Ledger,
        clock: chengji_clock::Clock,
        roster: RosterHandle,
    ) -> Self {
        Self {
            policy,
            ledger,
            clock,
            roster,
            renewals: Arc::new(issuing::renewals()),
        }
    }

    /// Invites a city's node; `name` is the city's. The caller's permission has been checked.
    pub async fn invite_member(
        &self,
        city: CityCode,
        name: String,
        validity: InvitationValidity,
    ) -> Result<Invitation> {
        let subject = Principal::Node(city);
        self.write_quietly(move |this, tx, now| this.invite(tx, subject, &name, validity, now))
            .await
    }

    /// Invites a person with these rights, on behalf of `by`.
    pub async fn invite_person(
        &self,
        by: Principal,
        name: String,
        rights: Rights,
        validity: InvitationValidity,
    ) -> Result<Invitation> {
        let who = self.policy.person(&name, &rights)?;
        if who == by {
            return Err(denied(msg::PersonInvitesItself { who }));
        }
        // A name belongs to one person here, whatever the role.
        if let Ok(known) = self.named(&name)
            && known != who
            && self.active_person(&**self.ledger.kv(), &known).is_ok()
        {
            let message = msg::PersonExists { who: known };
            return Err(Error::new(ErrorCode::AlreadyExists, message));
        }
        self.write(move |this, tx, now| {
            this.grant(tx, &by, now, &who, rights)?;
            this.policy.changed(tx, now)?;
            this.invite(tx, who, "", validity, now)
        })
        .await
    }

    /// Enrols a person without an invitation, for a caller that holds the program's own keys: the first
    /// person, during setup. Returns the certificate chain, the person's first.
    pub async fn enrol(
        &self,
        by: Principal,
        name: String,
        rights: Rights,
        request: Vec<u8>,
    ) -> Result<Credentials> {
        let who = self.policy.person(&name, &rights)?;
        self.write(move |this, tx, now| {
            this.grant(tx, &by, now, &who, rights)?;
            let issued = this.certify(tx, &who, &keys::requested(&request)?, "", now)?;
            this.policy.changed(tx, now)?;
            Ok(this.credentials(&issued))
        })
        .await
    }

    /// Replaces a person's rights.
    pub async fn change(&self, by: Principal, name: String, rights: Rights) -> Result<Person> {
        let who = self.named(&name)?;
        if self.policy.person(&name, &rights)? != who {
            let message = msg::PersonOfAnotherKind {
                rights: Value::text(rights),
                who,
            };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        if who == by {
            return Err(denied(msg::PersonChangesOwnRights { who }));
        }
        self.write(move |this, tx, now| {
            this.active_person(tx, &who)?;
            let person = this.grant(tx, &by, now, &who, rights)?;
            this.policy.changed(tx, now)?;
            Ok(person)
        })
        .await
    }

    /// Removes a person, with all rights.
    pub async fn remove(&self, by: Principal, name: String, reason: String) -> Result<Person> {
        let who = self.named(&name)?;
        if who == by {
            return Err(denied(msg::PersonRemovesItself { who }));
        }
        check_reason(&reason)?;
        self.write(move |this, tx, now| {
            let mut person = this.active_person(tx, &who)?;
            let revoked = records::void_certificates(tx, &who, None, now)?;
            records::withdraw_invitations(tx, &who, now)?;
            person.ended = Some(now);
            person.reason.clone_from(&reason);
            records::put_person(tx, &person)?;
            let principal = who.clone();
            this.policy
                .append_fact(tx, &by, now, AccessFact::Ended { principal, reason })?;
            this.append_revoked(tx, &by, now, &who, revoked)?;
            this.policy.changed(tx, now)?;
            Ok(person)
        })
        .await
    }

    /// Appends a fact that lists a principal's revoked certificates, if there are any.
    pub fn append_revoked(
        &self,
        tx: &mut Tx<'_>,
        by: &Principal,
        now: Timestamp,
        of: &Principal,
        certificates: Vec<Certificate>,
    ) -> Result<()> {
        if certificates.is_empty() {
            return Ok(());
        }
        let fact = AccessFact::Revoked {
            principal: of.clone(),
            certificates,
        };
        self.policy.append_fact(tx, by, now, fact)
    }

    /// Returns the ledger with the records.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Runs a step and, once it is durable, announces that the roster or the rights of people have changed.
    pub async fn write<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Self, &mut Tx<'_>, Timestamp) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_announcing(move |this, tx, now| Ok((step(this, tx, now)?, true)))
            .await
    }

    /// Runs a step that changes no rights; announces it only if it has changed the roster.
    async fn write_quietly<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Self, &mut Tx<'_>, Timestamp) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write_announcing(move |this, tx, now| {
            let before = roster::head(tx)?;
            let done = step(this, tx, now)?;
            Ok((done, roster::head(tx)? != before))
        })
        .await
    }

    /// Runs a step that also returns whether to announce it once it is durable.
    async fn write_announcing<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Self, &mut Tx<'_>, Timestamp) -> Result<(T, bool)> + Send + 'static,
    ) -> Result<T> {
        let (this, now) = (self.clone(), (self.clock)());
        // In a task of its own: the announcement is made even if the caller disconnects.
        let step = tokio::spawn(async move {
            let registrar = this.clone();
            let (done, is_change) = this
                .ledger
                .write(move |tx| step(&registrar, tx, now))
                .await?;
            if is_change {
                this.roster.announce_change();
            }
            Ok(done)
        });
        let failed = |_| Err(Error::new(ErrorCode::Internal, msg::StepBrokeOff));
        step.await.unwrap_or_else(failed)
    }

    /// The person with this name, in any role: a city's people have one name each, the cluster's may be
    /// an operator or an auditor.
    fn named(&self, name: &str) -> Result<Principal> {
        let kv = &**self.ledger.kv();
        let mut candidates = Vec::new();
        for role in [Role::Operator, Role::Auditor] {
            let Ok(rights) = Rights::new([role], None) else {
                continue;
            };
            candidates.extend(self.policy.person(name, &rights).ok());
        }
        candidates.dedup();
        let mut known = Vec::new();
        for who in candidates {
            known.extend(records::person(kv, &who)?.map(|person| (person.ended.is_some(), who)));
        }
        // Current people sort before removed ones.
        known.sort();
        let found = known.into_iter().next().map(|(_, who)| who);
        found.ok_or_else(|| Error::new(ErrorCode::NotFound, msg::PersonNotFound { name }))
    }

    fn active_person(&self, view: &(impl View + ?Sized), who: &Principal) -> Result<Person> {
        let person = records::person(view, who)?.filter(|person| person.ended.is_none());
        person.ok_or_else(|| Error::new(ErrorCode::NotFound, msg::PersonRemoved { who }))
    }

    fn grant(
        &self,
        tx: &mut Tx<'_>,
        by: &Principal,
        now: Timestamp,
        who: &Principal,
        rights: Rights,
    ) -> Result<Person> {
        let before = records::person(tx, who)?.filter(|before| before.ended.is_none());
        let person = Person {
            principal: who.clone(),
            rights: rights.clone(),
            since: before.as_ref().map_or(now, |before| before.since),
            ended: None,
            reason: String::new(),
            certificate: before.and_then(|before| before.certificate),
        };
        records::put_person(tx, &person)?;
        let principal = who.clone();
        self.policy
            .append_fact(tx, by, now, AccessFact::Granted { principal, rights })?;
        Ok(person)
    }

    fn invite(
        &self,
        tx: &mut Tx<'_>,
        subject: Principal,
        city_name: &str,
        validity: InvitationValidity,
        now: Timestamp,
    ) -> Result<Invitation> {
        records::withdraw_invitations(tx, &subject, now)?;
        let expires = now.checked_add(validity.0).unwrap_or(Timestamp::MAX);
        let authority = &self.policy.cluster_authority();
        let invitation = Invitation {
            id: rand::random(),
            subject,
            cluster: self.policy.authority().cluster().to_owned(),
            address: self.policy.address(),
            authority: Digest::of(authority),
            // Invitations carry their end in whole seconds.
            expires: Timestamp::from_second(expires.as_second()).unwrap_or(expires),
            secret: rand::random(),
        };
        let record = IssuedInvitation {
            digest: invitation.digest(),
            subject: invitation.subject.clone(),
            expires: invitation.expires,
            city_name: city_name.to_owned(),
            redeemed: None,
        };
        records::put_invitation(tx, invitation.id, &record)?;
        Ok(invitation)
    }
}

/// Refuses a reason that cannot be recorded.
pub fn check_reason(reason: &str) -> Result<()> {
    TextRule::REASON.check(Field::Reason, reason)
}

fn denied(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::Denied, message)
}
