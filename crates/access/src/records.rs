//! The records of people, certificates and invitations.
//!
//! One read function per record type, over committed state and over a transaction's view alike.

use std::ops::RangeBounds;

use chengji_domain::access::{Certificate, Serial};
use chengji_domain::invitation::IssuedInvitation;
use chengji_domain::people::{IssuedCertificate, Person};
use chengji_domain::{Digest, Error, ErrorCode, Principal, Result};
use chengji_messages::msg;
use chengji_records::{StoredCertificate, StoredInvitation, StoredPerson};
use chengji_store::{Index, Prefix, Table, Tx, View};
use jiff::{SignedDuration, Timestamp};

/// People, by principal.
static PEOPLE: Table<Principal, StoredPerson> = Table::new(Prefix::Person, &[]);

/// Certificates that were issued here, by principal and number.
static CERTIFICATES: Table<(Principal, Serial), StoredCertificate> =
    Table::new(Prefix::Certificate, &[]);

/// Invitations, by number.
pub(crate) static INVITATIONS: Table<u64, StoredInvitation> =
    Table::new(Prefix::Invitation, &[&INVITATIONS_OF, &INVITATIONS_BY_END]);

/// Invitations by the invited principal.
static INVITATIONS_OF: Index<(Principal,), u64, StoredInvitation> = Index::new(
    &INVITATIONS,
    Prefix::InvitationOf,
    "invitations by principal",
    |_, record| vec![(record.subject.clone(),)],
);

/// Invitations by their end.
static INVITATIONS_BY_END: Index<(Timestamp,), u64, StoredInvitation> = Index::new(
    &INVITATIONS,
    Prefix::InvitationByEnd,
    "invitations by end",
    |_, record| vec![(record.expires,)],
);

/// A person's record.
pub fn person(view: &(impl View + ?Sized), who: &Principal) -> Result<Option<Person>> {
    PEOPLE.get(view, who)
}

/// Iterates over every person ever enrolled, removed ones included, by name; reads `at_once` at a time.
pub fn people<V: View + ?Sized>(
    view: &V,
    bounds: impl RangeBounds<Principal>,
    at_once: usize,
) -> impl Iterator<Item = Result<(Principal, Person)>> {
    PEOPLE.range(bounds).rows(view, at_once)
}

/// Stores a person's record.
pub fn put_person(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    PEOPLE.put(tx, &person.principal, person)
}

/// Looks up a certificate that was issued here.
pub fn certificate(
    view: &(impl View + ?Sized),
    of: &Principal,
    serial: Serial,
) -> Result<Option<IssuedCertificate>> {
    CERTIFICATES.get(view, &(of.clone(), serial))
}

/// Lists the certificates of a principal that are still on record.
pub fn certificates_of(
    view: &(impl View + ?Sized),
    of: &Principal,
) -> Result<Vec<IssuedCertificate>> {
    let known = CERTIFICATES.under(&(of.clone(),)).collect(view)?;
    Ok(known
        .into_iter()
        .map(|(_, certificate)| certificate)
        .collect())
}

/// Lists all certificates that are still on record.
pub fn certificates(view: &(impl View + ?Sized)) -> Result<Vec<IssuedCertificate>> {
    let known = CERTIFICATES.all().collect(view)?;
    Ok(known
        .into_iter()
        .map(|(_, certificate)| certificate)
        .collect())
}

/// Stores a certificate.
pub fn put_certificate(tx: &mut Tx<'_>, certificate: &IssuedCertificate) -> Result<()> {
    let key = (certificate.principal.clone(), certificate.serial);
    CERTIFICATES.put(tx, &key, certificate)
}

/// Checks that a certificate was issued here for this key and has not been revoked.
pub fn check_certificate(
    view: &(impl View + ?Sized),
    of: &Principal,
    serial: Option<Serial>,
    key: Option<Digest>,
) -> Result<()> {
    let unknown = || {
        let message = msg::CertificateNotIssuedHere { who: of };
        Error::new(ErrorCode::Suspended, message)
    };
    let serial = serial.ok_or_else(unknown)?;
    let known = certificate(view, of, serial)?.ok_or_else(unknown)?;
    if key != Some(known.key) {
        return Err(unknown());
    }
    match known.revoked {
        None => Ok(()),
        Some(_) => Err(chengji_domain::roster::void(of, serial)),
    }
}

/// Revokes a principal's certificates, except those for this key and those that ended long ago.
pub fn void_certificates(
    tx: &mut Tx<'_>,
    of: &Principal,
    except: Option<Digest>,
    now: Timestamp,
) -> Result<Vec<Certificate>> {
    forget_ended(tx, of, now)?;
    let mut voided = Vec::new();
    for mut known in certificates_of(tx, of)? {
        if known.revoked.is_none() && except != Some(known.key) {
            known.revoked = Some(now);
            put_certificate(tx, &known)?;
            let (serial, not_after) = (known.serial, known.not_after);
            if is_kept(not_after, now) {
                voided.push(Certificate { serial, not_after });
            }
        }
    }
    Ok(voided)
}

/// Retention of an ended certificate on record and in the list of revoked ones: a clock that is ahead by
/// less never drops a revoked certificate.
pub const KEPT_AFTER_END: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Returns true if a certificate that ends at `end` is still on record at `now`.
pub fn is_kept(end: Timestamp, now: Timestamp) -> bool {
    now.duration_since(end) <= KEPT_AFTER_END
}

/// Forgets a principal's certificates that ended long ago; keeps the newest one, which a node may still
/// renew.
pub fn forget_ended(tx: &mut Tx<'_>, of: &Principal, now: Timestamp) -> Result<()> {
    let all = certificates_of(tx, of)?;
    let newest = all.iter().map(|known| known.not_after).max();
    let is_over = |known: &&IssuedCertificate| {
        Some(known.not_after) != newest && !is_kept(known.not_after, now)
    };
    for known in all.iter().filter(is_over) {
        CERTIFICATES.delete(tx, &(of.clone(), known.serial))?;
    }
    Ok(())
}

/// Looks up an invitation by number.
pub fn invitation(view: &(impl View + ?Sized), id: u64) -> Result<Option<IssuedInvitation>> {
    INVITATIONS.get(view, &id)
}

/// Stores an invitation.
pub fn put_invitation(tx: &mut Tx<'_>, id: u64, record: &IssuedInvitation) -> Result<()> {
    INVITATIONS.put(tx, &id, record)
}

/// Withdraws all invitations of this principal, redeemed ones included, so that none can be redeemed
/// again. Forgets some of those that ended long ago.
pub fn withdraw_invitations(tx: &mut Tx<'_>, of: &Principal, now: Timestamp) -> Result<()> {
    const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
    /// Maximum number of ended invitations forgotten at once: more than are made at once.
    const FORGOTTEN: usize = 16;
    for (_, id) in INVITATIONS_OF
        .under(&(of.clone(),))
        .keys(tx, usize::MAX)?
        .rows
    {
        INVITATIONS.delete(tx, &id)?;
    }
    let long_ago = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    let ended = INVITATIONS_BY_END.within(&(), ..long_ago);
    for (_, id) in ended.keys(tx, FORGOTTEN)?.rows {
        INVITATIONS.delete(tx, &id)?;
    }
    Ok(())
}
