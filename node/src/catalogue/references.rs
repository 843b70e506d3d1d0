//! References of entries by code: to their department by its credit code, to other resources by theirs.
//! Warns where a department has two names, and where a resource does not exist.

use std::collections::hash_map::Entry as MapEntry;
use std::collections::{HashMap, HashSet};

use chengji_domain::catalogue::{Entry, Problem};
use chengji_domain::{Field, ResourceCode, Uscc};
use chengji_messages::msg;

/// The references of the entries so far.
#[derive(Default)]
pub(super) struct References {
    /// A department's name, and the first entry that used it, by its credit code.
    departments: HashMap<Uscc, (String, ResourceCode)>,
    codes: HashSet<ResourceCode>,
}

impl References {
    /// Adds an entry.
    pub(super) fn add(&mut self, entry: &Entry) {
        if let MapEntry::Vacant(vacant) = self.departments.entry(entry.provider_code) {
            vacant.insert((entry.provider.clone(), entry.code.clone()));
        }
        self.codes.insert(entry.code.clone());
    }

    /// The warnings about an entry of an import; `lines` has the codes of the whole import.
    pub(super) fn warnings(
        &self,
        entry: &Entry,
        lines: &HashMap<ResourceCode, u64>,
    ) -> Vec<Problem> {
        let mut found: Vec<Problem> = self.another_name(entry).into_iter().collect();
        for related in &entry.related {
            if *related == entry.code {
                found.push(self_reference(related.as_str()));
            } else if !self.codes.contains(related) && !lines.contains_key(related) {
                found.push(nowhere(related.as_str()));
            }
        }
        found
    }

    fn another_name(&self, entry: &Entry) -> Option<Problem> {
        let (name, code) = self.departments.get(&entry.provider_code)?;
        (*name != entry.provider).then(|| {
            let code = code.as_str();
            let message = msg::WarningDepartmentName { code, name };
            Problem::new(Field::Provider, &entry.provider, message)
        })
    }
}

fn self_reference(code: &str) -> Problem {
    Problem::new(Field::RelatedCodes, code, msg::WarningRelatedToItself)
}

fn nowhere(code: &str) -> Problem {
    Problem::new(Field::RelatedCodes, code, msg::WarningRelatedUnknown)
}

#[cfg(test)]
mod tests {
    use chengji_testkit::CREDIT_CODE;

    use super::*;
    use crate::catalogue::samples;

    fn entry(serial: u32, provider: &str, related: &[&str]) -> Entry {
        Entry {
            provider: provider.to_owned(),
            related: related.iter().map(|code| code.parse().unwrap()).collect(),
            ..samples::entry(serial, "名", CREDIT_CODE, &[])
        }
    }

    #[test]
    fn a_department_has_one_name_and_what_is_related_is_there() {
        let [mine, imported] = [1, 3].map(|serial| format!("20600100000{serial}").parse().unwrap());
        let lines = HashMap::from([(mine, 2), (imported, 3)]);
        let mut references = References::default();
        let first = entry(2, "市民政局", &["206001000003"]);
        assert_eq!(references.warnings(&first, &lines), []);
        references.add(&first);
        let sound = entry(1, "市民政局", &["206001000002", "206001000003"]);
        assert_eq!(references.warnings(&sound, &lines), []);
        let odd = entry(1, "民政局", &["206001000001", "206001000009"]);
        let found = references.warnings(&odd, &lines);
        let reported: Vec<_> = found
            .iter()
            .map(|warning| (warning.field, warning.value.as_str()))
            .collect();
        assert_eq!(
            reported,
            [
                (Field::Provider, "民政局"),
                (Field::RelatedCodes, "206001000001"),
                (Field::RelatedCodes, "206001000009")
            ]
        );
    }
}
