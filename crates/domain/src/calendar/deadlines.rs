//! How long each step may take: a table per jurisdiction and version, never a constant in code.

use std::collections::BTreeMap;

use super::table::{lacking, rows, wrong};
use crate::error::Result;

/// The deadlines of one jurisdiction, all in working days (see [`super::Calendar::after`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadlineRules {
    /// Where they apply: `CN` for the national rules, otherwise a name the cluster chooses.
    pub jurisdiction: String,
    /// The name of this table, to be recorded with every deadline set by it.
    pub version: String,
    /// To answer a request for an unconditional resource.
    pub unconditional_answer: u32,
    /// To answer a request for a conditional resource.
    pub conditional_answer: u32,
    /// The longest single extension of an answer or a correction; 0 where none is allowed.
    pub extension_at_most: u32,
    /// To deliver, counted from the grant.
    pub delivery_after_grant: u32,
    /// To answer a correction (校核).
    pub correction: u32,
    /// How long before a deadline the coordinator reminds; 0 is the day itself.
    pub reminder_before: u32,
}

/// The longest term a table may name, about four years: more is a slip of the keyboard.
const LONGEST: u32 = 1_000;

const NAMES: [&str; 8] = [
    "jurisdiction",
    "version",
    "unconditional_answer",
    "conditional_answer",
    "extension_at_most",
    "delivery_after_grant",
    "correction",
    "reminder_before",
];

impl DeadlineRules {
    /// The national rules, as shipped with the program.
    pub fn built_in() -> Result<Self> {
        Self::parse(include_str!("../../data/deadline-rules.csv"))
    }

    /// Reads lines of `name,working_days`, with `jurisdiction` and `version` among them; every
    /// name exactly once, in any order. The error names the line.
    pub fn parse(text: &str) -> Result<Self> {
        let lines = Lines::read(text)?;
        Ok(Self {
            jurisdiction: lines.text("jurisdiction")?,
            version: lines.text("version")?,
            unconditional_answer: lines.working_days("unconditional_answer", 1)?,
            conditional_answer: lines.working_days("conditional_answer", 1)?,
            extension_at_most: lines.working_days("extension_at_most", 0)?,
            delivery_after_grant: lines.working_days("delivery_after_grant", 1)?,
            correction: lines.working_days("correction", 1)?,
            reminder_before: lines.working_days("reminder_before", 0)?,
        })
    }
}

/// The values of the table and the lines they stand in, by name.
struct Lines<'a>(BTreeMap<&'a str, (usize, &'a str)>);

impl<'a> Lines<'a> {
    fn read(text: &'a str) -> Result<Self> {
        let mut lines = BTreeMap::new();
        for (line, fields) in rows(text) {
            let wrong = |problem: String| Err(wrong("deadline", line, &problem));
            let [name, value] = fields[..] else {
                return wrong(format!("'{}' is not 'name,working_days'", fields.join(",")));
            };
            if !NAMES.contains(&name) {
                return wrong(format!("'{name}' is none of {}", NAMES.join(", ")));
            }
            if let Some((first, _)) = lines.insert(name, (line, value)) {
                return wrong(format!("a second '{name}'; the first is in line {first}"));
            }
        }
        Ok(Self(lines))
    }

    fn value(&self, name: &str, form: &str) -> Result<(usize, &'a str)> {
        self.0
            .get(name)
            .copied()
            .ok_or_else(|| lacking("deadline", &format!("{name},<{form}>")))
    }

    fn text(&self, name: &str) -> Result<String> {
        self.value(name, "text").map(|(_, value)| value.to_owned())
    }

    fn working_days(&self, name: &str, at_least: u32) -> Result<u32> {
        let (line, value) = self.value(name, "working_days")?;
        let days = value
            .parse()
            .ok()
            .filter(|days| (at_least..=LONGEST).contains(days));
        days.ok_or_else(|| {
            let problem = format!(
                "{name} is '{value}', not a number of working days from {at_least} to {LONGEST}"
            );
            wrong("deadline", line, &problem)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../data/deadline-rules.csv");

    #[test]
    fn the_shipped_rules_are_the_national_ones() {
        let expected = DeadlineRules {
            jurisdiction: "CN".to_owned(),
            version: "cn-2025.1".to_owned(),
            unconditional_answer: 1,
            conditional_answer: 10,
            extension_at_most: 10,
            delivery_after_grant: 20,
            correction: 10,
            reminder_before: 2,
        };
        assert_eq!(DeadlineRules::built_in(), Ok(expected));
    }

    #[test]
    fn a_jurisdiction_may_be_stricter() {
        let local = SHIPPED
            .replace("jurisdiction,CN", "jurisdiction,长株潭")
            .replace("conditional_answer,10", "conditional_answer,7")
            .replace("extension_at_most,10", "extension_at_most,0");
        let rules = DeadlineRules::parse(&local).unwrap();
        assert_eq!(rules.jurisdiction, "长株潭");
        assert_eq!((rules.conditional_answer, rules.extension_at_most), (7, 0));
    }

    #[test]
    fn a_name_left_out_is_named() {
        for name in NAMES {
            let left: Vec<_> = SHIPPED
                .lines()
                .filter(|line| !line.starts_with(&format!("{name},")))
                .collect();
            let error = DeadlineRules::parse(&left.join("\n")).unwrap_err();
            assert!(
                error.message().contains(&format!("no line '{name},<")),
                "{error}"
            );
        }
    }

    #[test]
    fn every_slip_is_named_with_its_line() {
        let slips = [
            (
                "correction,10",
                "correction,0",
                "correction is '0', not a number",
            ),
            (
                "correction,10",
                "correction,1001",
                "correction is '1001', not a number",
            ),
            (
                "correction,10",
                "correction,-1",
                "correction is '-1', not a number",
            ),
            (
                "correction,10",
                "correction,ten",
                "correction is 'ten', not a number",
            ),
            (
                "correction,10",
                "correction",
                "'correction' is not 'name,working_days'",
            ),
            (
                "correction,10",
                "corection,10",
                "'corection' is none of jurisdiction, version",
            ),
            (
                "correction,10",
                "version,x",
                "a second 'version'; the first is in line 5",
            ),
        ];
        for (right, slip, problem) in slips {
            let error = DeadlineRules::parse(&SHIPPED.replace(right, slip)).unwrap_err();
            let expected = format!("deadline table, line 10: {problem}");
            assert!(error.message().starts_with(&expected), "{slip}: {error}");
        }
    }
}
