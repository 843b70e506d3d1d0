//! Rules by which a node grants requests for conditional entries by itself (自动授权规则).
//!
//! A rule names what the node can check: the kind of the consumer's department, the purpose in agreed words, and the
//! longest period. It needs a standing consent to automatic grants of the entry that another person gave after it was
//! set, and ends with the revision of the entry for which it was set.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chengji_messages::{Message, msg};
use jiff::Timestamp;

use crate::error::{Error, ErrorCode, Result};
use crate::field::Field;
use crate::principal::Principal;
use crate::proposal::StandingConsent;
use crate::quoted::Quoted;
use crate::request::terms::TableScope;
use crate::request::{Actor, MAX_PERIOD_DAYS, REQUIRED, Submission};
use crate::resource::ResourceCode;
use crate::uscc::Uscc;

/// Maximum number of kinds of departments in a rule.
const MAX_KINDS: usize = 16;

/// Maximum number of purposes in a rule.
const MAX_PURPOSES: usize = 8;

/// The kind of a department: the first two characters of its credit code, the registering authority and the kind of
/// organization (GB 32100 §4), such as `11` for an organ of the state and `12` for a public institution.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DepartmentKind([u8; 2]);

impl DepartmentKind {
    /// Returns the kind of a department.
    pub fn of(department: &Uscc) -> Self {
        Self(department.kind())
    }
}

impl fmt::Display for DepartmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(f, "{}", char::from(*byte)))
    }
}

impl fmt::Debug for DepartmentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for DepartmentKind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphanumeric() && b.is_ascii_alphanumeric() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => {
                let text = Quoted(text);
                invalid(msg::DepartmentKindMalformed { text })
            }
        }
    }
}

/// The requests that are granted automatically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRule {
    /// Kinds of the consumer's department; empty for any consumer.
    pub department_kinds: BTreeSet<DepartmentKind>,
    /// The permitted purposes.
    pub purposes: BTreeSet<String>,
    /// Longest period of use in days.
    pub max_days: u32,
}

/// A fact about what is granted automatically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantRuleFact {
    /// A rule was set.
    Set {
        /// The entry.
        code: ResourceCode,
        /// The revision of the entry that it holds for.
        revision: u32,
        /// The rule.
        rule: GrantRule,
        /// The actor.
        actor: Actor,
    },
    /// A rule ended.
    Ended {
        /// The entry.
        code: ResourceCode,
        /// The reason.
        reason: String,
        /// The actor.
        actor: Actor,
    },
    /// The part of the mounted table that grants permit where nothing else is said was set or removed.
    DefaultScopeChanged {
        /// The entry.
        code: ResourceCode,
        /// The part; `None` where all that is mounted is granted again.
        part: Option<Box<TableScope>>,
        /// The actor.
        actor: Actor,
    },
}

impl GrantRuleFact {
    /// Returns the actor.
    pub fn actor(&self) -> &Actor {
        match self {
            Self::Set { actor, .. }
            | Self::Ended { actor, .. }
            | Self::DefaultScopeChanged { actor, .. } => actor,
        }
    }
}

/// The rule of an entry, as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedRule {
    /// The rule.
    pub rule: GrantRule,
    /// The revision of the entry that it holds for.
    pub revision: u32,
    /// The actor who set it.
    pub actor: Actor,
    /// Time of its record.
    pub at: Timestamp,
}

impl RecordedRule {
    /// Returns true if a standing consent is one to grants by this rule: it was given after the rule was set, and by
    /// another person, so that nobody consents to their own rule. One of the same time is not known to be later.
    pub fn is_consented_by(&self, given: &StandingConsent) -> bool {
        given.at > self.at && self.in_both(&given.actor).is_none()
    }

    /// Returns the person who acted when the rule was set, in its own name or in that of another, and acts now, too.
    pub fn in_both<'a>(&'a self, by: &Actor) -> Option<&'a Principal> {
        let mut acted = self.actor.acting();
        acted.find(|acted| by.acting().any(|second| second == *acted))
    }
}

impl GrantRule {
    /// Refuses a rule that permits everything, and numbers and texts out of range. Errors: `INVALID_ARGUMENT`.
    pub fn check(&self) -> Result<()> {
        let sizes = self.department_kinds.len() <= MAX_KINDS
            && (1..=MAX_PURPOSES).contains(&self.purposes.len());
        if !sizes {
            return invalid(msg::GrantRuleNotSized {
                kinds: MAX_KINDS,
                purposes: MAX_PURPOSES,
            });
        }
        if !(1..=MAX_PERIOD_DAYS).contains(&self.max_days) {
            let (days, most) = (self.max_days, MAX_PERIOD_DAYS);
            return invalid(msg::GrantDaysOutOfRange { days, most });
        }
        let mut purposes = self.purposes.iter();
        purposes.try_for_each(|purpose| REQUIRED.check(Field::Purpose, purpose))
    }

    /// Returns true if a request is granted by the rule.
    pub fn permits(&self, submission: &Submission) -> bool {
        let kind = submission.department.as_ref().map(DepartmentKind::of);
        let is_of_kind = self.department_kinds.is_empty()
            || kind.is_some_and(|kind| self.department_kinds.contains(&kind));
        let purpose = submission.purpose.trim();
        is_of_kind
            && self.purposes.iter().any(|known| known.trim() == purpose)
            && (1..=self.max_days).contains(&submission.period_days)
    }
}

fn invalid<T>(message: impl Into<Message>) -> Result<T> {
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ShareManner;
    use crate::request::Represented;
    use crate::resource::ResourceRef;

    fn rule() -> GrantRule {
        GrantRule {
            department_kinds: ["11".parse().unwrap()].into(),
            purposes: ["医疗费用结算".to_owned()].into(),
            max_days: 90,
        }
    }

    fn submission() -> Submission {
        Submission {
            resource: ResourceRef {
                city: "430200".parse().unwrap(),
                code: "307012000001".parse().unwrap(),
            },
            purpose: " 医疗费用结算\n".to_owned(),
            legal_basis: "条例".to_owned(),
            scenario: "核对".to_owned(),
            scope: "全部".to_owned(),
            manner: ShareManner::File,
            period_days: 90,
            department: Some("114302000069920125".parse().unwrap()),
            part: None,
        }
    }

    #[test]
    fn a_request_is_permitted_where_every_condition_matches() {
        assert!(rule().permits(&submission()));
        let others = [
            Submission {
                purpose: "统计".to_owned(),
                ..submission()
            },
            Submission {
                period_days: 91,
                ..submission()
            },
            Submission {
                period_days: 0,
                ..submission()
            },
            Submission {
                department: None,
                ..submission()
            },
            Submission {
                department: Some("91350100M000100Y43".parse().unwrap()),
                ..submission()
            },
        ];
        for other in others {
            assert!(!rule().permits(&other), "{other:?}");
        }
        let any = GrantRule {
            department_kinds: BTreeSet::new(),
            ..rule()
        };
        assert!(any.permits(&Submission {
            department: None,
            ..submission()
        }));
    }

    #[test]
    fn a_rule_is_consented_to_later_and_by_another_person() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let person = |name: &str| -> Actor {
            let person: Principal = format!("city/430200/person/{name}").parse().unwrap();
            person.into()
        };
        let recorded = |actor| RecordedRule {
            rule: rule(),
            revision: 1,
            actor,
            at: at(10),
        };
        let given = |actor, second| StandingConsent {
            until: at(100),
            actor,
            at: at(second),
        };
        let by_approver = recorded(person("shen.pi"));
        assert!(by_approver.is_consented_by(&given(person("head"), 11)));
        assert!(!by_approver.is_consented_by(&given(person("head"), 10)));
        assert!(!by_approver.is_consented_by(&given(person("shen.pi"), 11)));
        // A stand-in and the represented head count as one person: neither consents to a rule that the other has set.
        let in_place_of_head = Actor {
            on_behalf_of: Some(Represented::Principal(person("head").principal)),
            ..person("shen.pi")
        };
        let by_stand_in = recorded(in_place_of_head.clone());
        assert!(!by_stand_in.is_consented_by(&given(person("head"), 11)));
        let by_head = recorded(person("head"));
        assert!(!by_head.is_consented_by(&given(in_place_of_head, 11)));
    }

    #[test]
    fn a_rule_without_a_purpose_or_a_period_is_none() {
        assert_eq!(rule().check(), Ok(()));
        let wrong = [
            GrantRule {
                purposes: BTreeSet::new(),
                ..rule()
            },
            GrantRule {
                purposes: [String::new()].into(),
                ..rule()
            },
            GrantRule {
                max_days: 0,
                ..rule()
            },
        ];
        for wrong in wrong {
            let error = wrong.check().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{wrong:?}");
        }
        for malformed in ["", "1", "111", "1-"] {
            assert!(malformed.parse::<DepartmentKind>().is_err());
        }
    }
}
