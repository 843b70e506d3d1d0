//! What is kept of people, certificates and invitations, and where.
//!
//! One reading function each, for what is committed and for what a transaction sees.

use chengji_domain::access::{Certificate, Serial};
use chengji_domain::{Digest, Error, ErrorCode, Principal, Result};
use chengji_proto::convert::recorded;
use chengji_proto::stored::decode;
use chengji_proto::v1;
use chengji_store::{Key, Prefix, Tx, View, each};
use jiff::{SignedDuration, Timestamp};
use prost::Message;

/// A person's record.
pub fn person(view: &(impl View + ?Sized), who: &Principal) -> Result<Option<v1::Person>> {
    read(view, &person_key(who), "person")
}

/// Everybody there ever was, by name.
pub fn people(view: &(impl View + ?Sized)) -> Result<Vec<v1::Person>> {
    all(view, Key::new(Prefix::Person), "person")
}

/// Keeps a person's record.
pub fn put_person(tx: &mut Tx<'_>, who: &Principal, person: &v1::Person) {
    tx.put(person_key(who), person.encode_to_vec());
}

/// A certificate that was issued here.
pub fn certificate(
    view: &(impl View + ?Sized),
    of: &Principal,
    serial: Serial,
) -> Result<Option<v1::IssuedCertificate>> {
    read(view, &certificate_key(of, serial), "certificate")
}

/// All certificates of a principal that have not been forgotten.
pub fn certificates_of(
    view: &(impl View + ?Sized),
    of: &Principal,
) -> Result<Vec<v1::IssuedCertificate>> {
    let key = Key::new(Prefix::Certificate).text(&of.to_string());
    all(view, key, "certificate")
}

/// All certificates that have not been forgotten.
pub fn certificates(view: &(impl View + ?Sized)) -> Result<Vec<v1::IssuedCertificate>> {
    all(view, Key::new(Prefix::Certificate), "certificate")
}

/// Keeps a certificate in mind.
pub fn put_certificate(
    tx: &mut Tx<'_>,
    of: &Principal,
    serial: Serial,
    certificate: &v1::IssuedCertificate,
) {
    tx.put(certificate_key(of, serial), certificate.encode_to_vec());
}

/// Whether a certificate holds: it was issued here, for this key, and not made void since.
pub fn check_certificate(
    view: &(impl View + ?Sized),
    of: &Principal,
    serial: Option<Serial>,
    key: Option<Digest>,
) -> Result<()> {
    let unknown = || {
        let message = format!("the certificate of {of} was not issued here");
        Error::new(ErrorCode::Suspended, message).with_remedy("ask for an invitation 请先取得邀请")
    };
    let serial = serial.ok_or_else(unknown)?;
    let known = certificate(view, of, serial)?.ok_or_else(unknown)?;
    if key.is_none_or(|key| key.0 != known.key.as_slice()) {
        return Err(unknown());
    }
    match known.revoked {
        None => Ok(()),
        Some(_) => Err(chengji_domain::roster::void(of, serial)),
    }
}

/// Makes a principal's certificates void, all but those for this key; those that had not ended long ago.
pub fn void_certificates(
    tx: &mut Tx<'_>,
    of: &Principal,
    except: Option<&[u8]>,
    now: Timestamp,
) -> Result<Vec<Certificate>> {
    forget_ended(tx, of, now)?;
    let mut voided = Vec::new();
    for mut known in certificates_of(tx, of)? {
        if known.revoked.is_none() && except.is_none_or(|key| key != known.key) {
            known.revoked = Some(chengji_proto::convert::time_to(now));
            let serial = known.serial.parse()?;
            put_certificate(tx, of, serial, &known);
            let not_after = recorded(known.not_after.as_ref()).unwrap_or(now);
            if is_kept(not_after, now) {
                voided.push(Certificate { serial, not_after });
            }
        }
    }
    Ok(voided)
}

/// For how long after its end a certificate is kept on record, and named where it is void: a clock
/// that is ahead by less takes no void certificate off the record.
pub const KEPT_AFTER_END: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Whether a certificate of this end is still kept on record at this time.
pub fn is_kept(end: Timestamp, now: Timestamp) -> bool {
    now.duration_since(end) <= KEPT_AFTER_END
}

/// Forgets a principal's certificates that ended long ago; the newest stays, since a node may still
/// renew it.
pub fn forget_ended(tx: &mut Tx<'_>, of: &Principal, now: Timestamp) -> Result<()> {
    let all = certificates_of(tx, of)?;
    let end = |known: &v1::IssuedCertificate| recorded(known.not_after.as_ref());
    let newest = all.iter().filter_map(end).max();
    let is_over = |known: &&v1::IssuedCertificate| {
        end(known) != newest && end(known).is_none_or(|end| !is_kept(end, now))
    };
    for known in all.iter().filter(is_over) {
        tx.delete(certificate_key(of, known.serial.parse()?));
    }
    Ok(())
}

/// An invitation.
pub fn invitation(view: &(impl View + ?Sized), id: u64) -> Result<Option<v1::InvitationRecord>> {
    read(view, &invitation_key(id), "invitation")
}

/// Keeps an invitation.
pub fn put_invitation(tx: &mut Tx<'_>, id: u64, record: &v1::InvitationRecord) {
    tx.put(invitation_key(id), record.encode_to_vec());
}

/// Takes back whatever invitations of this principal there are, redeemed ones included: nothing is
/// got by them any more. Forgets those long over.
pub fn withdraw_invitations(tx: &mut Tx<'_>, of: &Principal, now: Timestamp) -> Result<()> {
    const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);
    let mut over = Vec::new();
    each(tx, Key::new(Prefix::Invitation), |key, bytes| {
        let record: v1::InvitationRecord = decode(bytes, "invitation")?;
        let expires = recorded(record.expires.as_ref()).unwrap_or(Timestamp::MIN);
        if record.subject == of.to_string() || now.duration_since(expires) > KEPT {
            over.push(key.to_vec());
        }
        Ok(())
    })?;
    over.into_iter().for_each(|key| tx.delete(key));
    Ok(())
}

fn person_key(who: &Principal) -> Vec<u8> {
    Key::new(Prefix::Person).text(&who.to_string()).finish()
}

fn certificate_key(of: &Principal, serial: Serial) -> Vec<u8> {
    let key = Key::new(Prefix::Certificate).text(&of.to_string());
    key.text(&serial.to_string()).finish()
}

fn invitation_key(id: u64) -> Vec<u8> {
    Key::new(Prefix::Invitation).u64(id).finish()
}

fn read<M: Message + Default>(
    view: &(impl View + ?Sized),
    key: &[u8],
    what: &str,
) -> Result<Option<M>> {
    view.value(key)?
        .map(|bytes| decode(&bytes, what))
        .transpose()
}

fn all<M: Message + Default>(view: &(impl View + ?Sized), key: Key, what: &str) -> Result<Vec<M>> {
    let mut found = Vec::new();
    each(view, key, |_, bytes| {
        found.push(decode(bytes, what)?);
        Ok(())
    })?;
    Ok(found)
}
