//! References of entries by code: to their department by its credit code, to other resources by theirs.
//! Warns where a department has two names, and where a resource does not exist.

use std::collections::hash_map::Entry as Place;
use std::collections::{HashMap, HashSet};

use chengji_domain::catalogue::{Entry, Problem};
use chengji_domain::{ResourceCode, Uscc};

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
        if let Place::Vacant(place) = self.departments.entry(entry.provider_code) {
            place.insert((entry.provider.clone(), entry.code.clone()));
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
                found.push(itself(related.as_str()));
            } else if !self.codes.contains(related) && !lines.contains_key(related) {
                found.push(nowhere(related.as_str()));
            }
        }
        found
    }

    fn another_name(&self, entry: &Entry) -> Option<Problem> {
        let (name, code) = self.departments.get(&entry.provider_code)?;
        (*name != entry.provider).then(|| {
            Problem::new(
                "provider",
                &entry.provider,
                format!("the department of this credit code is '{name}' in {code}"),
                format!("该统一社会信用代码在 {code} 中的名称为“{name}”"),
                "give a department one name, or see whether the code is the right one \
                 请统一部门名称，或核对代码",
            )
        })
    }
}

fn itself(code: &str) -> Problem {
    Problem::new(
        "related_codes",
        code,
        "the resource is related to itself",
        "关联了自身",
        "take its own code out 请删除自身代码",
    )
}

fn nowhere(code: &str) -> Problem {
    Problem::new(
        "related_codes",
        code,
        "neither the catalogue nor this import has an entry of this code",
        "目录及本次导入中均无此代码",
        "see whether the code is right 请核对关联资源代码",
    )
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
        let told: Vec<_> = found
            .iter()
            .map(|warning| (warning.field, warning.value.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                ("provider", "民政局"),
                ("related_codes", "206001000001"),
                ("related_codes", "206001000009")
            ]
        );
    }
}
