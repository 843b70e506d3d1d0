//! The terms of a grant, each with how it is kept.

use chengji_domain::request::terms::{Duties, GrantTerms, Limits, Scope, TermKind, User};
use chengji_domain::usage::{LEAST_YEARS, YEARLY};
use chengji_messages::{Message, Value, msg};
use chengji_proto::convert::grant_terms_from;
use chengji_proto::v1;
use chengji_scope::words;

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
    use chengji_proto::convert::grant_terms_to;
    use jiff::Timestamp;

    use super::*;

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
}
