//! Return flow (回流): an upper-level member returns the data of an entry to its lower divisions (Order 809, art. 24).
//!
//! A return flow is a standing grant downward. It is limited to the rows of the lower division, and has no field for
//! further conditions. Nodes do not yet select rows, so the rows are stated in words, which become the scope of each
//! grant; a condition on rows that a node enforces belongs to the terms of the grant. It is declared and ended by two
//! persons, and runs until it is ended.

use std::collections::BTreeSet;

use chengji_messages::{Message, msg};
use jiff::Timestamp;

use crate::city::{CityCode, DivisionLevel};
use crate::error::{Error, ErrorCode, Result};
use crate::field::Field;
use crate::log_entry::Audience;
use crate::origin::Origin;
use crate::principal::Principal;
use crate::request::terms::GrantTerms;
use crate::request::{Actor, Countersigner, Grant, REQUIRED, RequestId};
use crate::resource::ResourceCode;
use crate::text::TextRule;

/// Maximum number of earlier return flows of an entry on record.
const MAX_EARLIER: usize = 100;

/// The content of a return flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnFlow {
    /// The lower division; `None` for each member below the provider.
    pub to: Option<CityCode>,
    /// The rows that belong to the lower division, in words: the agreed scope.
    pub rows: String,
}

/// An act on the return flow of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReturnFlowAct {
    /// The data of an entry is returned from now on.
    Declare {
        /// The entry.
        code: ResourceCode,
        /// The return flow.
        flow: ReturnFlow,
    },
    /// The return flow of an entry ends. Grants under it stay in force: each ends like any running grant.
    End {
        /// The entry.
        code: ResourceCode,
        /// The reason.
        reason: String,
        /// The consultation with the lower divisions: with whom, when, and what they answered.
        consultation: String,
    },
}

/// A fact about a return flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnFlowFact {
    /// The act.
    pub act: ReturnFlowAct,
    /// The actor, with the second person's consent.
    pub actor: Actor,
}

/// The note of such a fact in the coordinator's log, by which other members know it. The end of a return flow to each
/// lower division is noted twice: with its texts for the divisions of that time, and without for all members, so that
/// one that is admitted later knows that what was declared has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnFlowNote {
    /// The provider.
    pub provider: CityCode,
    /// The position of the fact in the provider's log.
    pub origin: Origin,
    /// Time of the fact, by the provider's clock.
    pub at: Timestamp,
    /// The fact.
    pub fact: ReturnFlowFact,
    /// The cities that read it: the provider and the lower divisions concerned; `None` for all members.
    pub readers: Option<BTreeSet<CityCode>>,
}

/// The last return flow of an entry, as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedFlow {
    /// Its number: the position at which it was declared in the provider's log.
    pub number: RequestId,
    /// The entry.
    pub code: ResourceCode,
    /// The return flow.
    pub flow: ReturnFlow,
    /// The actor who declared it, with the second person's consent.
    pub actor: Actor,
    /// Time of the declaration.
    pub at: Timestamp,
    /// Its end; `None` while it runs.
    pub end: Option<FlowEnd>,
    /// True at the node of a lower division that has received nothing of the entry since the month of the declaration.
    pub is_awaited: bool,
    /// Earlier return flows of the entry, the oldest first: reports of past months count them.
    pub earlier: Vec<EarlierFlow>,
}

/// An earlier return flow of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EarlierFlow {
    /// The lower division; `None` for each member below the provider.
    pub to: Option<CityCode>,
    /// Time of the declaration.
    pub at: Timestamp,
    /// Time of the end.
    pub ended_at: Timestamp,
}

/// The end of a return flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowEnd {
    /// Time of the end.
    pub at: Timestamp,
    /// The reason.
    pub reason: String,
    /// The consultation with the lower divisions.
    pub consultation: String,
    /// The actor who ended it, with the second person's consent.
    pub actor: Actor,
}

/// Returns true if a member is the upper division of another, at any number of levels.
pub fn is_above(upper: CityCode, lower: CityCode) -> bool {
    upper != lower && upper.division().contains(lower.division())
}

/// Returns true if a return flow of the provider to this division, or to each, reaches the consumer.
fn leads(to: Option<CityCode>, (provider, consumer): (CityCode, CityCode)) -> bool {
    is_above(provider, consumer) && to.is_none_or(|to| to == consumer)
}

impl ReturnFlow {
    /// Returns true if the data of this provider is returned to this city.
    pub fn reaches(&self, provider: CityCode, consumer: CityCode) -> bool {
        leads(self.to, (provider, consumer))
    }

    /// Refuses a provider without lower divisions, and a division that is not below it.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT`.
    pub fn check_divisions(&self, provider: CityCode) -> Result<()> {
        let invalid = |message: Message| Err(Error::new(ErrorCode::InvalidArgument, message));
        match self.to {
            Some(city) if !is_above(provider, city) => {
                invalid(msg::ReturnFlowNotBelow { city, provider }.into())
            }
            None if provider.division().level() != DivisionLevel::Province => {
                invalid(msg::ReturnFlowWithoutLower { provider }.into())
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Refuses a grant that has conditions besides the rows: conditions of use, limits or duties.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT`.
    pub fn check_grant(&self, number: RequestId, grant: &Grant) -> Result<()> {
        let is_plain = grant.terms == GrantTerms::file(grant.terms.until);
        if is_plain && grant.conditions.trim().is_empty() {
            return Ok(());
        }
        let message = msg::ReturnFlowConditions { flow: number };
        Err(Error::new(ErrorCode::InvalidArgument, message))
    }
}

impl ReturnFlowAct {
    /// Returns the entry.
    pub fn code(&self) -> &ResourceCode {
        match self {
            Self::Declare { code, .. } | Self::End { code, .. } => code,
        }
    }

    /// Returns who has to consent. An end is filed like the end of a running grant.
    pub fn countersigner(&self) -> Countersigner {
        match self {
            Self::Declare { .. } => Countersigner::Consenter,
            Self::End { .. } => Countersigner::Authority,
        }
    }

    /// Returns its name for people.
    pub fn label(&self) -> Message {
        match self {
            Self::Declare { .. } => msg::ActDeclareReturnFlow.into(),
            Self::End { .. } => msg::ActEndReturnFlow.into(),
        }
    }

    /// Checks texts and divisions for this provider.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for a provider without lower divisions, a division that is not below it, and a malformed
    /// text.
    pub fn check(&self, provider: CityCode) -> Result<()> {
        match self {
            Self::Declare { flow, .. } => {
                flow.check_divisions(provider)?;
                REQUIRED.check(Field::Scope, &flow.rows)
            }
            Self::End {
                reason,
                consultation,
                ..
            } => {
                TextRule::REASON.check(Field::Reason, reason)?;
                REQUIRED.check(Field::Negotiation, consultation)
            }
        }
    }
}

impl ReturnFlowNote {
    /// Makes the note that the return flow of an entry has ended, without reason, consultation and persons.
    pub fn bare_end(
        provider: CityCode,
        (origin, at): (Origin, Timestamp),
        code: ResourceCode,
        readers: Option<BTreeSet<CityCode>>,
    ) -> Self {
        let act = ReturnFlowAct::End {
            code,
            reason: String::new(),
            consultation: String::new(),
        };
        let actor = Actor::from(Principal::Node(provider));
        Self {
            provider,
            origin,
            at,
            fact: ReturnFlowFact { act, actor },
            readers,
        }
    }

    /// Returns the audience of its entry in the coordinator's log.
    pub fn audience(&self) -> Audience {
        match &self.readers {
            Some(cities) => Audience::Cities(cities.clone()),
            None => Audience::Members,
        }
    }

    /// Returns true if it is of concern to this lower division at the time that it is written.
    pub fn concerns(&self, city: CityCode) -> bool {
        match (&self.fact.act, &self.readers) {
            (ReturnFlowAct::Declare { flow, .. }, _) => flow.reaches(self.provider, city),
            (ReturnFlowAct::End { .. }, Some(readers)) => {
                is_above(self.provider, city) && readers.contains(&city)
            }
            (ReturnFlowAct::End { .. }, None) => false,
        }
    }
}

impl RecordedFlow {
    /// Returns the provider.
    pub fn provider(&self) -> CityCode {
        self.number.city
    }

    /// Returns true while it has not been ended.
    pub fn is_running(&self) -> bool {
        self.end.is_none()
    }

    /// Returns true if it is running and returns data to this city.
    pub fn serves(&self, consumer: CityCode) -> bool {
        self.is_running() && self.flow.reaches(self.provider(), consumer)
    }

    /// Returns true if a return flow of the entry to this city was running at some time after `after` and up to
    /// `until`.
    pub fn ran_between(&self, consumer: CityCode, after: Timestamp, until: Timestamp) -> bool {
        let parties = (self.provider(), consumer);
        let ran = |to, at: Timestamp, ended_at: Option<Timestamp>| {
            at <= until && ended_at.is_none_or(|end| end > after) && leads(to, parties)
        };
        let ended_at = self.end.as_ref().map(|end| end.at);
        let mut earlier = self.earlier.iter();
        ran(self.flow.to, self.at, ended_at)
            || earlier.any(|flow| ran(flow.to, flow.at, Some(flow.ended_at)))
    }

    /// Returns the earlier return flows of the entry for one that is declared in its place at this time: the last ones.
    pub fn into_earlier(self, at: Timestamp) -> Vec<EarlierFlow> {
        let mut earlier = self.earlier;
        if earlier.len() >= MAX_EARLIER {
            earlier.drain(..=earlier.len() - MAX_EARLIER);
        }
        earlier.push(EarlierFlow {
            to: self.flow.to,
            at: self.at,
            ended_at: self.end.map_or(at, |end| end.at),
        });
        earlier
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn city(code: &str) -> CityCode {
        code.parse().unwrap()
    }

    fn declared(to: Option<&str>) -> ReturnFlowAct {
        ReturnFlowAct::Declare {
            code: "201001/000001".parse().unwrap(),
            flow: ReturnFlow {
                to: to.map(city),
                rows: "行政区划代码为本市的登记信息".to_owned(),
            },
        }
    }

    fn code(checked: Result<()>) -> Option<String> {
        checked.err().map(|error| error.message().code().to_owned())
    }

    #[test]
    fn data_is_returned_only_to_lower_divisions() {
        let (province, below) = (city("430000"), Some("430100"));
        for (provider, to, refused) in [
            ("430000", below, None),
            ("430000", None, None),
            ("430000", Some("420100"), Some("return-flow-not-below")),
            ("430000", Some("430000"), Some("return-flow-not-below")),
            ("430200", below, Some("return-flow-not-below")),
            ("430100", Some("430000"), Some("return-flow-not-below")),
            ("430200", None, Some("return-flow-without-lower")),
        ] {
            let checked = declared(to).check(city(provider));
            assert_eq!(code(checked).as_deref(), refused, "{provider} to {to:?}");
        }
        let flow = |to: Option<&str>| ReturnFlow {
            to: to.map(city),
            rows: "全部".to_owned(),
        };
        assert!(flow(None).reaches(province, city("430200")));
        assert!(!flow(None).reaches(province, city("420100")));
        assert!(!flow(None).reaches(province, province));
        assert!(flow(below).reaches(province, city("430100")));
        assert!(!flow(below).reaches(province, city("430200")));
    }

    #[test]
    fn an_end_has_a_reason_and_a_consultation() {
        let end = |reason: &str, consultation: &str| {
            let act = ReturnFlowAct::End {
                code: "201001/000001".parse().unwrap(),
                reason: reason.to_owned(),
                consultation: consultation.to_owned(),
            };
            act.check(city("430000")).map_err(|error| error.code())
        };
        let refused = Err(ErrorCode::InvalidArgument);
        assert_eq!(end("业务调整", "11月20日与长沙、株洲协商一致"), Ok(()));
        assert_eq!(end("", "11月20日与长沙、株洲协商一致"), refused);
        assert_eq!(end("业务调整", ""), refused);
    }

    #[test]
    fn a_grant_under_it_has_no_further_condition() {
        let flow = ReturnFlow {
            to: None,
            rows: "全部".to_owned(),
        };
        let number = "430000-1-7-AAAAAAAAAAAAA".parse().unwrap();
        let grant = |conditions: &str| Grant {
            scope: "全部".to_owned(),
            conditions: conditions.to_owned(),
            disposal: String::new(),
            terms: GrantTerms::file(Timestamp::MAX),
            automatic: false,
            return_flow: None,
        };
        let checked = |grant: &Grant| code(flow.check_grant(number, grant));
        let refused = Some("return-flow-conditions");
        assert_eq!(checked(&grant("")), None);
        assert_eq!(checked(&grant("仅限统计使用")).as_deref(), refused);
        let mut limited = grant("");
        limited.terms.limits.count = Some(3);
        assert_eq!(checked(&limited).as_deref(), refused);
        let mut burdened = grant("");
        burdened.terms.duties.notify = true;
        assert_eq!(checked(&burdened).as_deref(), refused);
    }

    proptest! {
        #[test]
        fn nobody_is_above_itself_or_above_the_one_above_it(
            (a, b) in (110_000..830_000_u32, 110_000..830_000_u32),
        ) {
            let whole = |number: u32| CityCode::from_number(number / 100 * 100).unwrap();
            let (a, b) = (whole(a), whole(b));
            prop_assert!(!is_above(a, a));
            prop_assert!(!(is_above(a, b) && is_above(b, a)));
            let upper = CityCode::from_number(a.number() / 10_000 * 10_000).unwrap();
            prop_assert_eq!(is_above(upper, a), upper != a);
        }
    }
}
