//! References of entries by code: to their department by its credit code, to other resources by theirs.
//! Warns where a department has two names, and where a resource does not exist.

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;

use chengji_domain::catalogue::{Entry, FieldProblem};
use chengji_domain::{Field, ResourceCode, Result, Uscc};
use chengji_messages::msg;
use chengji_store::View;

use super::entries;

/// The departments of the entries so far.
#[derive(Default)]
pub(super) struct References {
    /// A department's name, and the first entry that used it, by its credit code.
    departments: HashMap<Uscc, (String, ResourceCode)>,
}

impl References {
    /// The warnings about an entry of an import, which is then one of the entries so far; `lines` has the codes of the
    /// whole import. Published entries that are not imported come before imported ones.
    pub(super) fn warnings(
        &mut self,
        view: &(impl View + ?Sized),
        entry: &Entry,
        lines: &HashMap<ResourceCode, u64>,
    ) -> Result<Vec<FieldProblem>> {
        let department = self.another_name(view, entry, lines)?;
        let mut found: Vec<FieldProblem> = department.into_iter().collect();
        for related in &entry.related {
            if *related == entry.code {
                found.push(self_reference(related.as_str()));
            } else if !lines.contains_key(related) && !is_published(view, related)? {
                found.push(nowhere(related.as_str()));
            }
        }
        Ok(found)
    }

    fn another_name(
        &mut self,
        view: &(impl View + ?Sized),
        entry: &Entry,
        lines: &HashMap<ResourceCode, u64>,
    ) -> Result<Option<FieldProblem>> {
        let place = match self.departments.entry(entry.provider_code) {
            MapEntry::Occupied(known) => known.into_mut(),
            MapEntry::Vacant(vacant) => {
                let is_imported = |code: &ResourceCode| lines.contains_key(code);
                let first = entries::first_of(view, entry.provider_code, is_imported)?;
                let first = first.map(|code| entries::find(view, &code)).transpose()?;
                let first = first.flatten().map(|record| record.entry);
                let first = first.as_ref().unwrap_or(entry);
                vacant.insert((first.provider.clone(), first.code.clone()))
            }
        };
        let (name, code) = &*place;
        Ok((*name != entry.provider).then(|| {
            let code = code.as_str();
            let message = msg::WarningDepartmentName { code, name };
            FieldProblem::new(Field::Provider, &entry.provider, message)
        }))
    }
}

fn is_published(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<bool> {
    let record = entries::find(view, code)?;
    Ok(record.is_some_and(|record| record.withdrawn.is_none()))
}

fn self_reference(code: &str) -> FieldProblem {
    FieldProblem::new(Field::RelatedCodes, code, msg::WarningRelatedToItself)
}

fn nowhere(code: &str) -> FieldProblem {
    FieldProblem::new(Field::RelatedCodes, code, msg::WarningRelatedUnknown)
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
        let store = chengji_store::MemoryStore::new();
        let view: &dyn chengji_store::KeyValue = &store;
        let mut references = References::default();
        let mut warnings = |entry: &Entry| references.warnings(view, entry, &lines).unwrap();
        let first = entry(2, "市民政局", &["206001000003"]);
        assert_eq!(warnings(&first), []);
        let sound = entry(1, "市民政局", &["206001000001", "206001000003"]);
        assert_eq!(warnings(&entry(1, "市民政局", &["206001000003"])), []);
        assert_eq!(warnings(&sound).len(), 1);
        let odd = entry(1, "民政局", &["206001000001", "206001000009"]);
        let found = warnings(&odd);
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
