//! The terms of a grant, each with how it is kept.

use chengji_domain::request::terms::{Duties, GrantTerms, Limits, Scope, TermKind, User};
use chengji_domain::usage::{LEAST_YEARS, YEARLY};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::{grant_terms_from, table_scope_from};
use chengji_proto::v1;
use chengji_scope::words;

use crate::cells;
use crate::fields::Fields;
use crate::output::Format;

/// The terms of a grant beside its end, a line each; the reason where this program does not know them.
pub(super) fn lines(terms: Option<&v1::GrantTerms>) -> Vec<Message> {
    let terms = match grant_terms_from(terms) {
        Ok(terms) => terms,
        Err(error) => return vec![error.message().clone()],
    };
    let kinds = terms.kinds().into_iter();
    kinds
        .flat_map(|kind| {
            let shown = match (&terms.scope, kind) {
                (Scope::Table(part), TermKind::Table) => words(part),
                _ => vec![shown(kind, &terms)],
            };
            let kept = shown.into_iter().map(move |term| {
                let keeping = kind.keeping().label();
                msg::TermKept { term, keeping }.into()
            });
            kept.collect::<Vec<_>>()
        })
        .collect()
}

/// The default scope of an entry in one line, and that nothing is granted by it where that is so; the reason where this
/// program does not know it.
pub(super) fn default_scope(scope: &v1::DefaultScope) -> Message {
    let lines = match table_scope_from(scope.scope.as_ref()) {
        Ok(part) => words(&part),
        Err(error) => vec![error.message().clone()],
    };
    let outdated = scope
        .outdated
        .then(|| Message::from(msg::DefaultScopeNotInForce));
    let lines = lines.into_iter().chain(outdated);
    let joined = lines.reduce(|said, term| msg::SaidWithTerm { said, term }.into());
    joined.unwrap_or_else(|| msg::Text { text: "" }.into())
}

/// Adds the end and the terms of a grant to what is said of it in one line.
pub(super) fn after(said: Message, terms: Option<&v1::GrantTerms>) -> Message {
    let until = terms.and_then(|terms| terms.until.as_ref());
    let until = until.map(|until| {
        let until = cells::time(until);
        Message::from(msg::GrantShownUntil { until })
    });
    let parts = until.into_iter().chain(lines(terms));
    parts.fold(said, |said, term| msg::SaidWithTerm { said, term }.into())
}

/// Adds a grant to a record: its end and other terms, its scope and conditions.
pub(super) fn add(fields: &mut Fields, grant: &v1::Grant, format: Format) {
    let terms = grant.terms.as_ref();
    let until = terms.and_then(|terms| terms.until.as_ref());
    let until = until.map(cells::time).unwrap_or_default();
    fields.field("granted_until", msg::ColumnGrantedUntil, until);
    let lines = lines(terms);
    match format {
        Format::Csv => {
            let lines: Vec<String> = lines.iter().map(Message::shown).collect();
            let lines = lines.join("; ");
            fields.field("granted_terms", msg::ColumnTermsOfTheGrant, lines);
        }
        Format::Table | Format::Json => {
            for line in lines {
                fields.field("granted_terms", msg::ColumnTermsOfTheGrant, line);
            }
        }
    }
    fields.field("granted_scope", msg::ColumnGrantedScope, &grant.scope);
    fields.field(
        "scope_effect",
        msg::ColumnEffectOfTheScope,
        scope_effect(terms),
    );
    fields.field("conditions", msg::ColumnConditions, &grant.conditions);
    if !grant.return_flow.is_empty() {
        fields.field("return_flow", msg::ColumnReturnFlow, &grant.return_flow);
    }
    if !grant.disposal.is_empty() {
        fields.field("disposal", msg::ColumnDisposal, &grant.disposal);
    }
}

/// Returns the effect of the scope in words on what is delivered.
fn scope_effect(terms: Option<&v1::GrantTerms>) -> Message {
    match terms.and_then(|terms| terms.scope.as_ref()) {
        Some(v1::grant_terms::Scope::Table(_)) => msg::ScopeEffectOfTable.into(),
        Some(_) | None => msg::ScopeEffect.into(),
    }
}

/// A term in words; its name where it is not among these terms.
fn shown(kind: TermKind, terms: &GrantTerms) -> Message {
    let GrantTerms { limits, duties, .. } = terms;
    let words = match kind {
        TermKind::File => Some(msg::TermShownFile.into()),
        TermKind::Table | TermKind::Interface => None,
        TermKind::Notify | TermKind::Destroy | TermKind::Records => duty(kind, *duties),
        TermKind::Count
        | TermKind::Rate
        | TermKind::Period
        | TermKind::Connector
        | TermKind::User
        | TermKind::Operation
        | TermKind::VisibleRange
        | TermKind::UsableRange => limit(kind, limits),
    };
    words.unwrap_or_else(|| kind.label())
}

fn limit(kind: TermKind, limits: &Limits) -> Option<Message> {
    Some(match kind {
        TermKind::Count => {
            let count = limits.count?;
            msg::TermShownCount { count }.into()
        }
        TermKind::Rate => {
            let rate = limits.rate?;
            let (count, period) = (rate.count, rate.period());
            msg::TermShownRate { count, period }.into()
        }
        TermKind::Period => {
            let days = limits.period_days?;
            msg::TermShownPeriod { days }.into()
        }
        TermKind::Connector => {
            let who: Value = limits.connectors.as_ref()?.iter().collect();
            msg::TermShownConnectors { who }.into()
        }
        TermKind::User => {
            let who: Value = limits.users.as_ref()?.iter().map(user).collect();
            msg::TermShownUsers { who }.into()
        }
        TermKind::Operation => {
            let names: Value = limits.operations.as_ref()?.iter().collect();
            msg::TermShownOperations { names }.into()
        }
        TermKind::VisibleRange => {
            let range = limits.visible_range.as_ref()?;
            msg::TermShownVisibleRange { range }.into()
        }
        TermKind::UsableRange => {
            let range = limits.usable_range.as_ref()?;
            msg::TermShownUsableRange { range }.into()
        }
        _ => return None,
    })
}

fn user(user: &User) -> Value {
    match user {
        User::Principal(principal) => principal.into(),
        User::Department(department) => department.into(),
    }
}

fn duty(kind: TermKind, duties: Duties) -> Option<Message> {
    Some(match kind {
        TermKind::Notify => msg::TermShownNotify.into(),
        TermKind::Destroy => {
            let days = duties.destroy_within_days?;
            msg::TermShownDestroy { days }.into()
        }
        TermKind::Records => {
            let (years, months) = (duties.records_years, duties.records_every_months);
            let (years, months) = (years.unwrap_or(LEAST_YEARS), months.unwrap_or(YEARLY));
            msg::TermShownRecords { years, months }.into()
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use chengji_domain::Digest;
    use chengji_domain::request::terms::{Condition, Mask, TableScope};
    use chengji_proto::convert::grant_terms_to;
    use jiff::Timestamp;

    use super::*;
    use crate::views::moves::{of_history, to_decide};

    #[test]
    fn each_term_says_how_it_is_kept() {
        let terms = GrantTerms {
            limits: Box::new(Limits {
                count: Some(3),
                users: Some([User::Department("91350100M000100Y43".parse().unwrap())].into()),
                usable_range: Some("本市".to_owned()),
                ..Limits::default()
            }),
            ..GrantTerms::file(Timestamp::UNIX_EPOCH)
        };
        let lines = lines(Some(&grant_terms_to(&terms)));
        let codes = |message: &Message, name: &str| match message.param(name) {
            Some(Value::Message(inner)) => inner.code().to_owned(),
            other => panic!("{other:?}"),
        };
        let kept: Vec<_> = lines
            .iter()
            .map(|line| (codes(line, "term"), codes(line, "keeping")))
            .collect();
        let expected = [
            ("term-shown-file", "keeping-enforced"),
            ("term-shown-count", "keeping-enforced"),
            ("term-shown-users", "keeping-vouched"),
            ("term-shown-usable-range", "keeping-agreed"),
        ];
        assert_eq!(
            kept,
            expected.map(|(term, keeping)| (term.to_owned(), keeping.to_owned()))
        );
        // A term of a later version is named as such.
        let mut newer = grant_terms_to(&terms);
        newer.limits.push(v1::Limit { limit: None });
        let lines = super::lines(Some(&newer));
        assert_eq!(lines.len(), 1);
    }

    #[test]
    fn a_grant_to_decide_about_is_shown_with_the_part_of_the_table_that_is_enforced() {
        let terms = GrantTerms {
            scope: Scope::Table(Box::new(TableScope {
                schema: Digest([1; 32]),
                columns: [
                    ("name".to_owned(), None),
                    ("id_number".to_owned(), Some(Mask::Remove)),
                ]
                .into(),
                condition: Some(Condition::IsNull {
                    column: "closed_on".to_owned(),
                }),
                row_limit: Some(500),
                increment: None,
            })),
            ..GrantTerms::file(Timestamp::UNIX_EPOCH)
        };
        let grant = v1::Grant {
            scope: "天元区制造业企业".to_owned(),
            terms: Some(grant_terms_to(&terms)),
            ..v1::Grant::default()
        };
        let mv = v1::Move {
            r#move: Some(v1::r#move::Move::Grant(grant)),
        };
        let shown = to_decide(Some(&mv)).to_string();
        for part in [
            "天元区制造业企业",
            "1970-01-01",
            "id_number (",
            "name",
            "closed_on",
            "500",
        ] {
            assert!(shown.contains(part), "{part}: {shown}");
        }
        assert_eq!(of_history(Some(&mv)).code(), "step-granted");
        let proposal = v1::Proposal {
            proposed: Some(v1::Proposed {
                act: Some(v1::proposed::Act::Move(v1::ProposedMove {
                    request: "430100-1-1-AAAAAAAAAAAAA".to_owned(),
                    r#move: Some(mv),
                })),
                actor: None,
            }),
            ..v1::Proposal::default()
        };
        let one = format!("{:?}", crate::views::proposal(&proposal, Format::Table));
        let list = v1::ListProposalsResponse {
            proposals: vec![proposal],
            next_cursor: String::new(),
        };
        let listed = format!("{:?}", crate::views::proposals(&list));
        for table in [one, listed] {
            assert!(table.contains("id_number") && table.contains("closed_on"));
        }
    }
}
