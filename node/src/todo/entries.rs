//! Entries of the city that are the caller's to review, to correct or to update.

use std::ops::Bound;

use chengji_domain::catalogue::EntryAct;
use chengji_domain::catalogue::lifecycle::check_four_eyes;
use chengji_domain::{ResourceCode, Result};
use chengji_paging::Pager;
use chengji_proto::convert::role_to;
use chengji_proto::v1;
use chengji_records::entry_act_number;
use chengji_store::Merged;

use super::{Candidate, ENTRIES, Position, Worklist, represented};
use crate::catalogue::{due, lifecycles};

impl Worklist<'_> {
    /// Entries with a deadline of the caller's departments, by deadline.
    pub(super) fn entries(
        &self,
        pager: &Pager<Position>,
    ) -> Box<dyn Iterator<Item = Result<Candidate>> + '_> {
        let after = match pager.after() {
            Some((ENTRIES, date, _, Some(code))) => Bound::Excluded((*date, code.clone())),
            Some(_) | None => Bound::Unbounded,
        };
        let mut spans = Vec::new();
        for act in EntryAct::ALL {
            for department in self.departments_of(*act) {
                let of_department = (entry_act_number(*act), department);
                let later = (after.clone(), Bound::Unbounded);
                spans.push(lifecycles::DUE.within(&of_department, later));
            }
        }
        let at_once = pager.at_once();
        let merged = Merged::new(self.kv, spans, at_once, |(.., place), _| place.clone());
        Box::new(
            merged
                .map(|row| row.map(|((.., (deadline, code)), _)| Candidate::Entry(deadline, code))),
        )
    }

    /// The departments for which the caller does this; one `None` for all.
    fn departments_of(&self, act: EntryAct) -> Vec<Option<String>> {
        let (role, rights) = (act.role(), &self.caller.rights);
        if !rights.may_act_as(role, self.at) {
            return Vec::new();
        }
        match rights.departments_as(role, self.at) {
            None => vec![None],
            Some(departments) => {
                let codes = departments.iter().map(|code| Some(code.to_string()));
                codes.collect()
            }
        }
    }

    /// What is to be done about an entry, if it is the caller's: nobody reviews their own work or submission.
    pub(super) fn entry(&self, code: &ResourceCode) -> Result<Option<v1::TodoItem>> {
        let Some(record) = lifecycles::find(self.kv, code)? else {
            return Ok(None);
        };
        let Some((act, deadline)) = record.next_act() else {
            return Ok(None);
        };
        let (role, owner) = (act.role(), record.owner(record.lifecycle.state));
        let Some(acts_for) = self.caller.rights.acts_for(role, Some(owner), self.at) else {
            return Ok(None);
        };
        let kind = match act {
            EntryAct::Review => {
                let reviewer = &self.caller.principal;
                if check_four_eyes(&record.author, &record.last.by, reviewer).is_err() {
                    return Ok(None);
                }
                v1::TodoKind::Review
            }
            EntryAct::Correction => v1::TodoKind::EntryCorrection,
            EntryAct::Update => v1::TodoKind::Update,
        };
        let (city, at) = (self.own.city, self.at);
        let is_delayed = due::is_delayed(self.kv, (city, code), &record, at)?;
        Ok(Some(v1::TodoItem {
            kind: kind.into(),
            provider: city.to_string(),
            code: code.to_string(),
            deadline: deadline.date.to_string(),
            provisional: deadline.provisional,
            overdue: !is_delayed && deadline.has_passed(at),
            role: role_to(role).into(),
            on_behalf_of: represented(acts_for),
            ..v1::TodoItem::default()
        }))
    }
}

#[cfg(test)]
#[path = "entries_tests.rs"]
mod tests;
