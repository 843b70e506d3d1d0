//! Facts about deadline rules and holiday notices, as both programs store them.

use chengji_domain::Result;
use chengji_domain::calendar::{RecordedRules, RulesFact};
use chengji_messages::msg;
use chengji_proto::convert::{
    notice_from, notice_to, rules_set_from, rules_set_to, time_from, time_to,
};
use chengji_store::Codec;
use prost::Message;

use crate::{damaged, decode, v1};

/// The codec of [`RecordedRules`].
#[derive(Debug)]
pub struct StoredRules;

impl Codec for StoredRules {
    type Record = RecordedRules;

    fn encode(recorded: &RecordedRules) -> Result<Vec<u8>> {
        let (rules, holidays) = match &recorded.fact {
            RulesFact::Rules(set) => (Some(rules_set_to(set)), None),
            RulesFact::Holidays(notice) => (None, Some(notice_to(notice))),
        };
        let wire = v1::RecordedRules {
            seq: recorded.seq,
            at: Some(time_to(recorded.at)),
            by: recorded.by.to_string(),
            rules,
            holidays,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<RecordedRules> {
        let wire: v1::RecordedRules = decode(bytes)?;
        let fact = match (wire.rules, wire.holidays) {
            (Some(set), None) => RulesFact::Rules(rules_set_from(set)?),
            (None, Some(notice)) => RulesFact::Holidays(notice_from(notice)?),
            (None, None) | (Some(_), Some(_)) => {
                let field = "rules";
                return Err(damaged(msg::FieldAbsent { field }));
            }
        };
        Ok(RecordedRules {
            seq: wire.seq,
            at: time_from(wire.at.as_ref(), "at")?,
            by: wire.by.parse()?,
            fact,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use chengji_domain::calendar::{HolidayNotice, Rule, RuleRow, RulesSet};
    use chengji_domain::tables::Span;
    use jiff::ToSpan;
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{reads_as_written, refuses_incomplete, texts, times};

    fn facts() -> impl Strategy<Value = RulesFact> {
        let day = || (0..3_000_i64).prop_map(|days| date(2026, 1, 1) + days.days());
        let row = (
            prop::sample::select(Rule::ALL.to_vec()),
            prop::option::of(0..1_000_u32),
            (prop::option::of(day()), prop::option::of(day())),
            texts(),
        );
        let row = row.prop_map(|(rule, number, (from, until), article)| RuleRow {
            rule,
            number,
            span: Span { from, until },
            article,
        });
        let places = ["000000", "230000", "230100"];
        let rows = prop::collection::vec(row, 0..4);
        let set = (
            prop::sample::select(places.to_vec()),
            texts(),
            texts(),
            rows,
        );
        let set = set.prop_map(|(place, version, source, rows)| {
            RulesFact::Rules(RulesSet {
                jurisdiction: place.parse().unwrap(),
                version,
                source,
                rows,
            })
        });
        let days = prop::collection::btree_map(day(), any::<bool>(), 0..4);
        let notice = (1_i16..9_999, texts(), days);
        let notice = notice.prop_map(|(year, number, days): (i16, String, BTreeMap<_, _>)| {
            RulesFact::Holidays(HolidayNotice { year, number, days })
        });
        prop_oneof![set, notice]
    }

    proptest! {
        #[test]
        fn a_fact_about_rules_reads_as_it_was_written(
            seq in any::<u64>(), at in times(), fact in facts(),
        ) {
            let by = "operator/duty".parse().unwrap();
            let recorded = RecordedRules { seq, at, by, fact };
            reads_as_written::<StoredRules>(&recorded);
            refuses_incomplete::<StoredRules>(&recorded);
        }
    }
}
