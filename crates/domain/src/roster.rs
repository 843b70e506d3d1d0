//! The roster (成员名单): members with their status, the cluster's people, and revoked certificates. It is a
//! fold of the coordinator's log ([`crate::roster_fold`]); every node keeps a copy, which remains valid
//! within the grace period while the coordinator is unreachable.

use std::fmt;
use std::str::FromStr;

use chengji_messages::{Language, Message, Value, msg};
use jiff::{SignedDuration, Timestamp};

use crate::access::{Certificate, Serial};
use crate::city::CityCode;
use crate::error::{Error, ErrorCode, Result};
use crate::log_key::LogKey;
use crate::origin::Origin;
use crate::principal::Principal;
use crate::quoted::Quoted;

/// Maximum number of earlier statuses of a member on record.
const MAX_EARLIER: usize = 100;

/// The status of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MembershipStatus {
    /// The member takes part.
    Active,
    /// The member takes no part until it is resumed; its former facts remain.
    Suspended,
    /// The city is no longer a member.
    Removed,
}

impl MembershipStatus {
    /// Returns the pinned name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
        }
    }

    /// Returns the status for people.
    pub fn label(self) -> Message {
        match self {
            Self::Active => msg::MembershipActive.into(),
            Self::Suspended => msg::MembershipSuspended.into(),
            Self::Removed => msg::MembershipRemoved.into(),
        }
    }

    /// Returns the status in Chinese.
    pub fn zh(self) -> String {
        self.label().render(Language::Chinese)
    }

    /// Returns the status of a member after a change. A removed member returns by an invitation only.
    ///
    /// # Errors
    ///
    /// `OUT_OF_TURN` if the change is not permitted.
    pub fn change(self, to: Self) -> Result<Self> {
        match (self, to) {
            (Self::Active, Self::Suspended | Self::Removed)
            | (Self::Suspended, Self::Active | Self::Removed) => Ok(to),
            (from, to) => {
                let status = to.label();
                let message: Message = match from {
                    Self::Removed => msg::MembershipStatusFinal { status }.into(),
                    Self::Active | Self::Suspended => {
                        let from_status = from.label();
                        msg::MembershipStatusFixed {
                            from_status,
                            status,
                        }
                        .into()
                    }
                };
                Err(Error::new(ErrorCode::OutOfTurn, message))
            }
        }
    }
}

impl fmt::Display for MembershipStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for MembershipStatus {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let all = [Self::Active, Self::Suspended, Self::Removed];
        let known = all.into_iter().find(|status| status.as_str() == text);
        known.ok_or_else(|| {
            let text = Quoted(text);
            Error::new(
                ErrorCode::InvalidArgument,
                msg::MembershipStatusUnknown { text },
            )
        })
    }
}

/// A member of the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The city.
    pub city: CityCode,
    /// Its name, 1 to 100 characters.
    pub name: String,
    /// Address of its node, `host:port`.
    pub endpoint: String,
    /// The key of its log; `None` if its node has sent none.
    pub log_key: Option<LogKey>,
}

/// A member and its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The member.
    pub member: Member,
    /// The status.
    pub status: MembershipStatus,
    /// Time from which it has this status.
    pub since: Timestamp,
    /// The reason, if it is not active.
    pub reason: String,
    /// Its node's newest certificate.
    pub certificate: Option<Certificate>,
    /// Its earlier statuses, the oldest first: reports of past months read them. Earlier versions recorded none.
    pub earlier: Vec<EarlierStatus>,
}

/// An earlier status of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlierStatus {
    /// The status.
    pub status: MembershipStatus,
    /// Time from which the member had it.
    pub since: Timestamp,
}

impl Membership {
    /// Returns the status at a time; `None` if the city was no member then.
    pub fn status_at(&self, at: Timestamp) -> Option<MembershipStatus> {
        if self.since <= at {
            return Some(self.status);
        }
        let earlier = self.earlier.iter().rev().find(|known| known.since <= at);
        match (earlier, self.status) {
            (Some(known), _) => Some(known.status),
            // A record without earlier statuses: a suspended or removed member was active before.
            (None, MembershipStatus::Suspended | MembershipStatus::Removed)
                if self.earlier.is_empty() =>
            {
                Some(MembershipStatus::Active)
            }
            (None, _) => None,
        }
    }

    /// Returns the earlier statuses for a change of the status: the last ones.
    pub fn into_earlier(self) -> Vec<EarlierStatus> {
        let (status, since) = (self.status, self.since);
        let mut earlier = self.earlier;
        if earlier.len() >= MAX_EARLIER {
            earlier.drain(..=earlier.len() - MAX_EARLIER);
        }
        earlier.push(EarlierStatus { status, since });
        earlier
    }
}

/// Returns true if one position of a log is before another, by epoch and number. Two epochs of one number are two
/// histories, and neither has a position before one of the other.
pub fn is_before(one: Origin, other: Origin) -> bool {
    match one.epoch == other.epoch {
        true => one.seq < other.seq,
        false => one.epoch.number < other.epoch.number,
    }
}

/// Checks that a city is an active member; `known` is its membership, if it has one.
///
/// # Errors
///
/// `SUSPENDED` with the reason.
pub fn check_member(city: CityCode, known: Option<&Membership>) -> Result<()> {
    let Some(known) = known else {
        return Err(Error::new(
            ErrorCode::Suspended,
            msg::MemberUnknown { city },
        ));
    };
    let (reason, since) = (&known.reason, known.since);
    let message: Message = match known.status {
        MembershipStatus::Active => return Ok(()),
        MembershipStatus::Suspended => msg::MemberSuspended {
            city,
            reason,
            since,
        }
        .into(),
        MembershipStatus::Removed => msg::MemberRemoved {
            city,
            reason,
            since,
        }
        .into(),
    };
    Err(Error::new(ErrorCode::Suspended, message))
}

/// Returns the error of an operator or auditor that is not one of the cluster's people.
pub fn not_among_people(principal: &Principal) -> Error {
    Error::new(
        ErrorCode::Suspended,
        msg::PersonNotInCluster { who: principal },
    )
}

/// Returns the error of a revoked certificate.
pub fn void(principal: &Principal, serial: Serial) -> Error {
    let message = msg::CertificateRevoked {
        serial: Value::text(serial),
        who: principal,
    };
    Error::new(ErrorCode::Suspended, message)
}

/// The age of the roster, by the time since the coordinator was last heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// At most a day old.
    Fresh,
    /// Older than a day, and within the grace period.
    Aging,
    /// Older than the grace period.
    Expired,
}

/// Age of the roster from which warnings are given.
pub const WARN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Returns the freshness of the roster at this age.
pub fn freshness(age: SignedDuration, grace: SignedDuration) -> Freshness {
    if age > grace {
        Freshness::Expired
    } else if age > WARN_AFTER {
        Freshness::Aging
    } else {
        Freshness::Fresh
    }
}

/// Returns the error of a program that has not heard the coordinator for longer than the grace period.
pub fn expired(age: SignedDuration, grace: SignedDuration) -> Error {
    let message = msg::RosterTooOld {
        age: age.as_hours(),
        grace: grace.as_hours(),
    };
    Error::new(ErrorCode::RosterExpired, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::epoch::Epoch;

    #[test]
    fn a_city_that_is_not_active_is_refused_with_the_reason() {
        let city: CityCode = "430200".parse().unwrap();
        let known = |status| Membership {
            member: Member {
                city,
                name: "市".to_owned(),
                endpoint: "node.example:7430".to_owned(),
                log_key: None,
            },
            status,
            since: Timestamp::UNIX_EPOCH,
            reason: "越权使用".to_owned(),
            certificate: None,
            earlier: Vec::new(),
        };
        assert_eq!(
            check_member(city, Some(&known(MembershipStatus::Active))),
            Ok(())
        );
        let (reason, since) = ("越权使用", Timestamp::UNIX_EPOCH);
        let suspended = msg::MemberSuspended {
            city,
            reason,
            since,
        };
        let removed = msg::MemberRemoved {
            city,
            reason,
            since,
        };
        let refused: [(Option<Membership>, Message); 3] = [
            (Some(known(MembershipStatus::Suspended)), suspended.into()),
            (Some(known(MembershipStatus::Removed)), removed.into()),
            (None, msg::MemberUnknown { city }.into()),
        ];
        for (known, message) in refused {
            let error = check_member(city, known.as_ref());
            assert_eq!(error, Err(Error::new(ErrorCode::Suspended, message)));
        }
    }

    #[test]
    fn rosters_are_ordered_by_position_whatever_their_dates() {
        let at = |number, seq| Origin {
            epoch: Epoch { number, id: [1; 8] },
            seq,
        };
        assert!(is_before(at(1, 7), at(1, 8)));
        assert!(is_before(at(1, 8), at(2, 3)));
        assert!(!is_before(at(1, 8), at(1, 8)));
        assert!(!is_before(at(2, 0), at(1, 8)));
        let forked = Origin {
            epoch: Epoch {
                number: 2,
                id: [0; 8],
            },
            seq: 3,
        };
        assert!(!is_before(at(2, 9), forked) && !is_before(forked, at(2, 9)));
    }

    #[test]
    fn a_status_changes_one_way_and_reads_as_written() {
        use MembershipStatus::{Active, Removed, Suspended};
        for status in [Active, Suspended, Removed] {
            assert_eq!(status.to_string().parse(), Ok(status));
            assert!(status.change(status).is_err());
            assert!(Removed.change(status).is_err());
        }
        assert_eq!(Active.change(Suspended), Ok(Suspended));
        assert_eq!(Suspended.change(Active), Ok(Active));
        assert_eq!(Suspended.change(Removed), Ok(Removed));
    }

    #[test]
    fn news_age_and_expire() {
        let grace = SignedDuration::from_hours(72);
        let after = |hours: i64| freshness(SignedDuration::from_hours(hours), grace);
        assert_eq!(after(0), Freshness::Fresh);
        assert_eq!(after(24), Freshness::Fresh);
        assert_eq!(after(25), Freshness::Aging);
        assert_eq!(after(72), Freshness::Aging);
        assert_eq!(after(73), Freshness::Expired);
    }
}
