//! The roster: members, the cluster's people, revoked certificates, the keys of logs, and the
//! signed checkpoint that puts it in force.

use chengji_domain::roster::{EarlierStatus, Membership};
use chengji_domain::roster_fold::Tracked;
use chengji_domain::{LogKey, Result};
use chengji_messages::msg;
use chengji_proto::convert::{
    certificate_from, certificate_to, log_key_from, log_key_to, member_from, member_to,
    membership_status_from, membership_status_to, position_from, position_to, time_from, time_to,
};
use chengji_store::{Codec, Position};
use jiff::Timestamp;
use prost::Message;

use crate::{damaged, decode, v1};

/// The codec of a member.
#[derive(Debug)]
pub struct StoredRosterMember;

impl Codec for StoredRosterMember {
    type Record = Tracked<Option<Membership>>;

    fn encode(member: &Self::Record) -> Result<Vec<u8>> {
        let wire = v1::TrackedMember {
            effective: member.effective.as_ref().map(membership_to),
            read: member.read.as_ref().map(membership_to),
            seq: member.seq,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Self::Record> {
        let wire: v1::TrackedMember = decode(bytes)?;
        Ok(Tracked {
            effective: wire.effective.map(membership_from).transpose()?,
            read: wire.read.map(membership_from).transpose()?,
            seq: wire.seq,
        })
    }
}

fn membership_to(known: &Membership) -> v1::RosterMember {
    v1::RosterMember {
        member: Some(member_to(&known.member)),
        status: membership_status_to(known.status).into(),
        since: Some(time_to(known.since)),
        reason: known.reason.clone(),
        certificate: known.certificate.as_ref().map(certificate_to),
        earlier: known.earlier.iter().map(earlier_to).collect(),
    }
}

fn membership_from(wire: v1::RosterMember) -> Result<Membership> {
    let certificate = wire.certificate.as_ref().map(certificate_from);
    let earlier = wire.earlier.iter().map(earlier_from);
    Ok(Membership {
        member: member_from(wire.member.as_ref())?,
        status: membership_status_from(wire.status())?,
        since: time_from(wire.since.as_ref(), "since")?,
        certificate: certificate.transpose()?,
        earlier: earlier.collect::<Result<_>>()?,
        reason: wire.reason,
    })
}

fn earlier_to(known: &EarlierStatus) -> v1::EarlierStatus {
    v1::EarlierStatus {
        status: membership_status_to(known.status).into(),
        since: Some(time_to(known.since)),
    }
}

fn earlier_from(wire: &v1::EarlierStatus) -> Result<EarlierStatus> {
    Ok(EarlierStatus {
        status: membership_status_from(wire.status())?,
        since: time_from(wire.since.as_ref(), "since")?,
    })
}

/// The codec of one of the cluster's people.
#[derive(Debug)]
pub struct StoredRosterPerson;

impl Codec for StoredRosterPerson {
    type Record = Tracked<bool>;

    fn encode(person: &Tracked<bool>) -> Result<Vec<u8>> {
        let wire = v1::TrackedPerson {
            effective: person.effective,
            read: person.read,
            seq: person.seq,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Tracked<bool>> {
        let wire: v1::TrackedPerson = decode(bytes)?;
        Ok(Tracked {
            effective: wire.effective,
            read: wire.read,
            seq: wire.seq,
        })
    }
}

/// The codec of a revoked certificate, whose record is its `notAfter`.
#[derive(Debug)]
pub struct StoredRevocation;

impl Codec for StoredRevocation {
    type Record = Timestamp;

    fn encode(not_after: &Timestamp) -> Result<Vec<u8>> {
        let not_after = Some(time_to(*not_after));
        Ok(v1::Revocation { not_after }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Timestamp> {
        let wire: v1::Revocation = decode(bytes)?;
        time_from(wire.not_after.as_ref(), "not_after")
    }
}

/// The codec of the key of a log.
#[derive(Debug)]
pub struct StoredLogKey;

impl Codec for StoredLogKey {
    type Record = LogKey;

    fn encode(key: &LogKey) -> Result<Vec<u8>> {
        Ok(log_key_to(key).encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<LogKey> {
        let wire: chengji_log::v1::LogKey = decode(bytes)?;
        log_key_from(&wire)
    }
}

/// The roster as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RosterHead {
    /// The signed checkpoint that puts it in force; `None` before the first.
    pub in_force: Option<RosterInForce>,
    /// The position of the last fact that is not covered by a signed checkpoint.
    pub unsigned: Option<u64>,
    /// The copy of the log that was accepted by a person, until a checkpoint in it takes effect.
    pub accepted: Option<u32>,
}

/// The signed checkpoint that puts the roster in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RosterInForce {
    /// The copy of the coordinator's log that contains it; 0 for the coordinator's own log.
    pub copy: u32,
    /// Its position: it covers the entries before it.
    pub position: Position,
    /// Its time by the coordinator's clock. Informational: rosters are ordered by position.
    pub at: Timestamp,
}

/// The codec of [`RosterHead`].
#[derive(Debug)]
pub struct StoredRosterHead;

impl Codec for StoredRosterHead {
    type Record = RosterHead;

    fn encode(head: &RosterHead) -> Result<Vec<u8>> {
        let in_force = head.in_force.map(|known| v1::RosterInForce {
            copy: known.copy,
            position: Some(position_to(known.position.epoch, known.position.seq)),
            at: Some(time_to(known.at)),
        });
        let wire = v1::RosterHead {
            in_force,
            unsigned: head.unsigned,
            accepted: head.accepted,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RosterHead> {
        let wire: v1::RosterHead = decode(bytes)?;
        let in_force = wire.in_force.map(|known| {
            let (epoch, seq) = position_from(known.position.as_ref())?;
            if epoch.is_unknown() {
                return Err(damaged(msg::RecordPositionWithoutEpoch {
                    field: "position",
                }));
            }
            Ok(RosterInForce {
                copy: known.copy,
                position: Position { epoch, seq },
                at: time_from(known.at.as_ref(), "at")?,
            })
        });
        Ok(RosterHead {
            in_force: in_force.transpose()?,
            unsigned: wire.unsigned,
            accepted: wire.accepted,
        })
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::Epoch;
    use chengji_domain::access::{Certificate, Serial};
    use chengji_domain::fact::Origin;
    use chengji_domain::roster::{Member, MembershipStatus};

    use super::*;

    fn check<C: Codec>(record: &C::Record)
    where
        C::Record: std::fmt::Debug + PartialEq,
    {
        let bytes = C::encode(record).unwrap();
        assert_eq!(C::decode(&bytes).as_ref(), Ok(record));
        assert!(C::decode(&[0xff]).is_err());
    }

    #[test]
    fn records_of_the_roster_read_as_they_were_written() {
        let at: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        let epoch = Epoch::first([2; 8]);
        let log_key = LogKey {
            public: [3; 32],
            valid_from: Origin { epoch, seq: 7 },
        };
        let known = Membership {
            member: Member {
                city: "430100".parse().unwrap(),
                name: "长沙市".to_owned(),
                endpoint: "a.example:7430".to_owned(),
                log_key: Some(log_key),
            },
            status: MembershipStatus::Suspended,
            since: at,
            reason: "演练".to_owned(),
            certificate: Some(Certificate {
                serial: Serial([4; 16]),
                not_after: at,
            }),
            earlier: vec![EarlierStatus {
                status: MembershipStatus::Active,
                since: at,
            }],
        };
        check::<StoredRosterMember>(&Tracked {
            effective: None,
            read: Some(known),
            seq: 9,
        });
        check::<StoredRosterPerson>(&Tracked {
            effective: true,
            read: false,
            seq: 9,
        });
        check::<StoredRevocation>(&at);
        check::<StoredLogKey>(&log_key);
        let in_force = RosterInForce {
            copy: 3,
            position: Position { epoch, seq: 41 },
            at,
        };
        check::<StoredRosterHead>(&RosterHead {
            in_force: Some(in_force),
            unsigned: Some(0),
            accepted: Some(4),
        });
        check::<StoredRosterHead>(&RosterHead::default());
    }

    #[test]
    fn an_incomplete_record_is_no_record() {
        let nothing = v1::RosterHead {
            in_force: Some(v1::RosterInForce::default()),
            unsigned: None,
            accepted: None,
        };
        assert!(StoredRosterHead::decode(&nothing.encode_to_vec()).is_err());
        let nowhere = v1::TrackedMember {
            read: Some(v1::RosterMember::default()),
            ..v1::TrackedMember::default()
        };
        assert!(StoredRosterMember::decode(&nowhere.encode_to_vec()).is_err());
        assert!(StoredRevocation::decode(&[]).is_err());
    }
}
