//! Rules for automatic grants.

use chengji_domain::grant_rule::{GrantRule, GrantRuleFact, RecordedRule};
use chengji_domain::{Error, ResourceCode};

use super::actor::{actor_from, actor_to};
use super::grant_terms::{table_scope_from, table_scope_to};
use super::parsed::EntryOrder;
use super::{code_from, missing, time_to};
use crate::service::Parse;
use crate::v1;
use crate::v1::body::Fact as Wire;

/// Converts a rule to its form in logs.
pub fn grant_rule_to(rule: &GrantRule) -> v1::GrantRule {
    v1::GrantRule {
        department_kinds: rule
            .department_kinds
            .iter()
            .map(ToString::to_string)
            .collect(),
        purposes: rule.purposes.iter().cloned().collect(),
        max_days: rule.max_days,
    }
}

/// Converts a rule from a log or a call. It is not checked.
///
/// # Errors
///
/// `INVALID_ARGUMENT` for a malformed field.
pub fn grant_rule_from(wire: Option<&v1::GrantRule>) -> Result<GrantRule, Error> {
    let wire = wire.ok_or_else(|| missing("rule"))?;
    let kinds = wire.department_kinds.iter().map(|kind| kind.parse());
    Ok(GrantRule {
        department_kinds: kinds.collect::<Result<_, _>>()?,
        purposes: wire.purposes.iter().cloned().collect(),
        max_days: wire.max_days,
    })
}

pub(super) fn grant_rule_fact_to(fact: &GrantRuleFact) -> Wire {
    match fact {
        GrantRuleFact::Set {
            code,
            revision,
            rule,
            actor,
        } => Wire::GrantRuleSet(v1::GrantRuleSet {
            code: code.to_string(),
            revision: *revision,
            rule: Some(grant_rule_to(rule)),
            actor: Some(actor_to(actor)),
        }),
        GrantRuleFact::Ended {
            code,
            reason,
            actor,
        } => Wire::GrantRuleEnded(v1::GrantRuleEnded {
            code: code.to_string(),
            reason: reason.clone(),
            actor: Some(actor_to(actor)),
        }),
        GrantRuleFact::DefaultScopeChanged { code, part, actor } => {
            Wire::DefaultScopeChanged(v1::DefaultScopeChanged {
                code: code.to_string(),
                scope: part.as_deref().map(table_scope_to),
                actor: Some(actor_to(actor)),
            })
        }
    }
}

pub(super) fn grant_rule_fact_from(wire: Wire) -> Result<GrantRuleFact, Error> {
    Ok(match wire {
        Wire::GrantRuleSet(set) => GrantRuleFact::Set {
            code: set.code.parse()?,
            revision: set.revision,
            rule: grant_rule_from(set.rule.as_ref())?,
            actor: actor_from(set.actor.as_ref())?,
        },
        Wire::GrantRuleEnded(ended) => GrantRuleFact::Ended {
            code: ended.code.parse()?,
            reason: ended.reason,
            actor: actor_from(ended.actor.as_ref())?,
        },
        Wire::DefaultScopeChanged(changed) => {
            let part = changed.scope.as_ref();
            let part = part.map(|part| table_scope_from(Some(part)).map(Box::new));
            GrantRuleFact::DefaultScopeChanged {
                code: changed.code.parse()?,
                part: part.transpose()?,
                actor: actor_from(changed.actor.as_ref())?,
            }
        }
        _ => return Err(missing("fact")),
    })
}

/// A rule for automatic grants that a caller wants set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRuleOrder {
    /// The code of the entry.
    pub code: ResourceCode,
    /// The rule; not checked yet.
    pub rule: GrantRule,
}

impl Parse for v1::SetGrantRuleRequest {
    type Parsed = GrantRuleOrder;

    fn parse(self) -> Result<GrantRuleOrder, Error> {
        Ok(GrantRuleOrder {
            code: code_from(&self.code)?,
            rule: grant_rule_from(self.rule.as_ref())?,
        })
    }
}

impl Parse for v1::EndGrantRuleRequest {
    type Parsed = EntryOrder;

    fn parse(self) -> Result<EntryOrder, Error> {
        Ok(EntryOrder {
            code: code_from(&self.code)?,
            reason: self.reason,
        })
    }
}

/// The rule of an entry, as of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantRuleView {
    /// The entry.
    pub code: ResourceCode,
    /// The rule.
    pub recorded: RecordedRule,
    /// True if requests are granted by it.
    pub in_force: bool,
}

/// Converts the rule of an entry to the wire.
pub fn grant_rule_state_to(view: &GrantRuleView) -> v1::GrantRuleState {
    let recorded = &view.recorded;
    v1::GrantRuleState {
        code: view.code.to_string(),
        rule: Some(grant_rule_to(&recorded.rule)),
        revision: recorded.revision,
        actor: Some(actor_to(&recorded.actor)),
        at: Some(time_to(recorded.at)),
        in_force: view.in_force,
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::Digest;
    use chengji_domain::request::Actor;
    use chengji_domain::request::terms::{Mask, TableScope};

    use super::*;

    #[test]
    fn facts_of_rules_read_as_they_were_written() {
        let code = || "307012/000001".parse::<ResourceCode>().unwrap();
        let actor = || Actor::new("city/430200/person/li.si".parse().unwrap(), None);
        let part = TableScope {
            schema: Digest([7; 32]),
            columns: [("holder".to_owned(), Some(Mask::KeepFirst(1)))].into(),
            condition: None,
            row_limit: Some(100),
            increment: None,
        };
        let facts = [
            GrantRuleFact::DefaultScopeChanged {
                code: code(),
                part: Some(Box::new(part)),
                actor: actor(),
            },
            GrantRuleFact::DefaultScopeChanged {
                code: code(),
                part: None,
                actor: actor(),
            },
            GrantRuleFact::Set {
                code: code(),
                revision: 3,
                rule: GrantRule {
                    department_kinds: ["11".parse().unwrap(), "12".parse().unwrap()].into(),
                    purposes: ["医疗费用结算".to_owned()].into(),
                    max_days: 90,
                },
                actor: actor(),
            },
            GrantRuleFact::Ended {
                code: code(),
                reason: "条件变化".to_owned(),
                actor: actor(),
            },
        ];
        for fact in facts {
            assert_eq!(grant_rule_fact_from(grant_rule_fact_to(&fact)), Ok(fact));
        }
    }
}
