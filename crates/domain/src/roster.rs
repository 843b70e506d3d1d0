//! The roster (成员名单): who is a member and how it stands, the cluster's people, and which
//! certificates are void. The coordinator says it in its log, signed; every node keeps the last one
//! and goes by it while the coordinator is away, for as long as the grace lets it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::access::{Certificate, Serial};
use crate::city::CityCode;
use crate::epoch::Epoch;
use crate::error::{Error, ErrorCode, Result};
use crate::principal::Principal;
use crate::quoted::{OneLine, Quoted};
use crate::time::Shown;

/// How a member stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It takes part.
    Active,
    /// It takes no part until it is resumed; what it has said stays.
    Suspended,
    /// It is no member any more.
    Removed,
}

impl Standing {
    /// The pinned name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Removed => "removed",
        }
    }

    /// The name in Chinese.
    pub fn zh(self) -> &'static str {
        match self {
            Self::Active => "正常",
            Self::Suspended => "已暂停",
            Self::Removed => "已移除",
        }
    }

    /// The standing a member gets next. A removed one comes back by an invitation, not by this.
    pub fn change(self, to: Self) -> Result<Self> {
        match (self, to) {
            (Self::Active, Self::Suspended | Self::Removed)
            | (Self::Suspended, Self::Active | Self::Removed) => Ok(to),
            (from, to) => {
                let message = format!("a member that is {from} cannot become {to}");
                Err(
                    Error::new(ErrorCode::OutOfTurn, message).with_remedy(match from {
                        Self::Removed => {
                            "invite the city again with 'chengji-coordinator member invite'"
                        }
                        Self::Active | Self::Suspended => {
                            "look at the members with 'chengji-coordinator member list'"
                        }
                    }),
                )
            }
        }
    }
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Standing {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let all = [Self::Active, Self::Suspended, Self::Removed];
        let known = all.into_iter().find(|standing| standing.as_str() == text);
        known.ok_or_else(|| {
            Error::new(
                ErrorCode::InvalidArgument,
                format!("'{}' is no standing", Quoted(text)),
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
    /// Where its node is called, `host:port`.
    pub endpoint: String,
}

/// A member and how it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The member.
    pub member: Member,
    /// How it stands.
    pub standing: Standing,
    /// Since when.
    pub since: Timestamp,
    /// Why, where it is not active.
    pub reason: String,
    /// Its node's newest certificate.
    pub certificate: Option<Certificate>,
}

/// The list, as of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The cluster.
    pub cluster: String,
    /// Epoch of the entry of the coordinator's log that holds it.
    pub epoch: Epoch,
    /// Position of that entry.
    pub seq: u64,
    /// When it was signed, by the coordinator's clock. For people: rosters are ordered by position.
    pub at: Timestamp,
    /// All members there ever were, by city.
    pub members: Vec<Membership>,
    /// The cluster's operators and auditors.
    pub people: Vec<Principal>,
    /// Certificates of nodes and of the cluster's people that are void before their end.
    pub revoked: BTreeSet<Serial>,
}

/// A roster as it stands in the log: its bytes, and the signature of the cluster's authority over
/// them. What the bytes say counts only after the signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRoster {
    /// The encoded list, which is never encoded again.
    pub roster: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Roster {
    /// Whether it stands before the other one in the coordinator's log. Two epochs of one number are two
    /// histories: what comes of the other one after people have accepted it is later.
    pub fn is_before(&self, other: &Self) -> bool {
        if self.epoch.number == other.epoch.number && self.epoch != other.epoch {
            return true;
        }
        (self.epoch, self.seq) < (other.epoch, other.seq)
    }

    /// A member, whatever its standing.
    pub fn member(&self, city: CityCode) -> Option<&Membership> {
        self.members.iter().find(|known| known.member.city == city)
    }

    /// The cities that take part.
    pub fn active(&self) -> impl Iterator<Item = CityCode> {
        let active = |known: &&Membership| known.standing == Standing::Active;
        self.members
            .iter()
            .filter(active)
            .map(|known| known.member.city)
    }

    /// Whether a principal of the cluster, which proved itself with this certificate, may take part.
    /// A city's people are the business of their city.
    pub fn check(&self, principal: &Principal, serial: Option<Serial>) -> Result<()> {
        match principal {
            Principal::Node(city) => self.check_member(*city)?,
            Principal::Operator(_) | Principal::Auditor(_) if !self.people.contains(principal) => {
                let message = format!("{principal} is not among the people of this cluster");
                return Err(Error::new(ErrorCode::Suspended, message)
                    .with_remedy("the coordinator's operator can invite it again"));
            }
            _ => {}
        }
        match serial {
            Some(serial) if self.revoked.contains(&serial) => Err(void(principal, serial)),
            _ => Ok(()),
        }
    }

    /// Whether a city takes part.
    pub fn check_member(&self, city: CityCode) -> Result<()> {
        let Some(known) = self.member(city) else {
            let message = format!("{city} is not a member of this cluster");
            return Err(Error::new(ErrorCode::Suspended, message)
                .with_remedy("the coordinator's operator can invite the city"));
        };
        if known.standing == Standing::Active {
            return Ok(());
        }
        let (standing, reason) = (known.standing, OneLine(&known.reason));
        let since = Shown(known.since);
        let message = format!("{city} is {standing} since {since}: {reason}");
        let remedy = match standing {
            Standing::Removed => "the coordinator's operators can invite the city again",
            Standing::Active | Standing::Suspended => {
                "the coordinator's operators can let the city take part again"
            }
        };
        Err(Error::new(ErrorCode::Suspended, message)
            .with_remedy(format!("{remedy} 由协调机构运维人员恢复")))
    }
}

/// A certificate that was taken back.
pub fn void(principal: &Principal, serial: Serial) -> Error {
    let message = format!("the certificate {serial} of {principal} is revoked");
    Error::new(ErrorCode::Suspended, message)
        .with_remedy("use the certificate that was issued last, or ask for a new invitation")
}

/// How old news of the coordinator are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Not older than a day.
    Fresh,
    /// Older than a day, and within the grace.
    Aging,
    /// Older than the grace.
    Expired,
}

/// From when on an old roster is warned of.
pub const WARN_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// How fresh the roster is, so long after the coordinator was last heard.
pub fn freshness(age: SignedDuration, grace: SignedDuration) -> Freshness {
    if age > grace {
        Freshness::Expired
    } else if age > WARN_AFTER {
        Freshness::Aging
    } else {
        Freshness::Fresh
    }
}

/// The refusal by whoever has not heard the coordinator for longer than the grace.
pub fn expired(age: SignedDuration, grace: SignedDuration) -> Error {
    let message = format!(
        "the coordinator was last heard {} h ago; without it the list of members holds for {} h",
        age.as_hours(),
        grace.as_hours()
    );
    Error::new(ErrorCode::RosterExpired, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roster() -> Roster {
        let member = |city: &str, standing| Membership {
            member: Member {
                city: city.parse().unwrap(),
                name: "市".to_owned(),
                endpoint: "node.example:7430".to_owned(),
            },
            standing,
            since: Timestamp::UNIX_EPOCH,
            reason: "越权使用".to_owned(),
            certificate: None,
        };
        Roster {
            cluster: "demo".to_owned(),
            epoch: Epoch::first([1; 8]),
            seq: 7,
            at: Timestamp::UNIX_EPOCH,
            members: vec![
                member("430100", Standing::Active),
                member("430200", Standing::Suspended),
                member("430300", Standing::Removed),
            ],
            people: vec!["auditor/office".parse().unwrap()],
            revoked: BTreeSet::from([Serial([1; 16])]),
        }
    }

    #[test]
    fn who_is_not_active_is_told_why() {
        let check = |who: &str| roster().check(&who.parse().unwrap(), None);
        assert_eq!(check("city/430100/node"), Ok(()));
        assert_eq!(check("auditor/office"), Ok(()));
        assert_eq!(check("coordinator"), Ok(()));
        for (who, told) in [
            (
                "city/430200/node",
                "suspended since 1970-01-01 08:00:00 +08:00: 越权使用",
            ),
            ("city/430300/node", "removed"),
            ("city/430400/node", "not a member"),
            ("auditor/other", "not among the people"),
            ("operator/office", "not among the people"),
        ] {
            let error = check(who).unwrap_err();
            assert_eq!(error.code(), ErrorCode::Suspended);
            assert!(error.message().contains(told), "{error}");
        }
        assert_eq!(roster().active().count(), 1);
    }

    #[test]
    fn rosters_are_ordered_by_position_whatever_their_dates() {
        let at = |number, seq, hours| Roster {
            epoch: Epoch { number, id: [1; 8] },
            seq,
            at: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours),
            ..roster()
        };
        assert!(at(1, 7, 480).is_before(&at(1, 8, 0)));
        assert!(at(1, 8, 480).is_before(&at(2, 3, 0)));
        assert!(!at(1, 8, 0).is_before(&at(1, 8, 480)));
        assert!(!at(2, 0, 0).is_before(&at(1, 8, 480)));
        let accepted = Roster {
            epoch: Epoch {
                number: 2,
                id: [0; 8],
            },
            ..at(2, 3, 0)
        };
        assert!(at(2, 9, 0).is_before(&accepted), "of another history");
    }

    #[test]
    fn a_revoked_certificate_is_void_and_another_is_not() {
        let node: Principal = "city/430100/node".parse().unwrap();
        assert!(roster().check(&node, Some(Serial([1; 16]))).is_err());
        assert!(roster().check(&node, Some(Serial([2; 16]))).is_ok());
    }

    #[test]
    fn standings_change_one_way_and_say_what_they_are() {
        use Standing::{Active, Removed, Suspended};
        for standing in [Active, Suspended, Removed] {
            assert_eq!(standing.to_string().parse(), Ok(standing));
            assert!(standing.change(standing).is_err());
            assert!(Removed.change(standing).is_err());
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
