//! Corrections and demands that are the caller's to answer.

use std::ops::Bound;

use chengji_domain::access::Role;
use chengji_domain::matter::{Filing, MatterKind};
use chengji_domain::request::{Party, RequestId};
use chengji_domain::{CityCode, Result};
use chengji_follow::matter_table::{self, OverdueOrder};
use chengji_paging::Pager;
use chengji_proto::convert::{matter_state_to, role_to};
use chengji_proto::v1;
use chengji_store::Merged;

use super::{DUES, Rows, TodoOrder, Worklist, after, represented};
use crate::matters::access;

impl Worklist<'_> {
    /// Corrections and demands that wait for the city's answer, by deadline.
    pub(super) fn matters(&self, pager: &Pager<TodoOrder>) -> Rows<'_> {
        let Some(after) = after(pager, DUES, |(_, date, order)| (*date, *order)) else {
            return Box::new(std::iter::empty());
        };
        let city = Some(self.own.city);
        let spans = MatterKind::ALL.map(|kind| {
            let answered_here: (u32, Option<CityCode>, Option<CityCode>) =
                (kind.number(), None, city);
            matter_table::DUE.within(&answered_here, (after, Bound::Unbounded))
        });
        let merged = Merged::new(self.kv, spans, pager.at_once(), |(.., order), _| *order);
        let place = |(date, order): OverdueOrder| (DUES, date, order);
        Box::new(merged.map(move |row| row.map(|((.., order), id)| (place(order), id))))
    }

    /// A correction or a demand, if it is the caller's to answer. A demand of which no department is named is that of
    /// any.
    pub(super) fn matter(&self, id: RequestId) -> Result<Option<v1::TodoItem>> {
        let Some(record) = matter_table::find(self.kv, id)? else {
            return Ok(None);
        };
        let matter = record.state()?;
        let party = record.party_of(self.own.city);
        let (Some(deadline), Some(Party::Provider)) = (matter.deadline(), party) else {
            return Ok(None);
        };
        let (role, rights) = (Role::Approver, &self.caller.rights);
        let concerned = access::department_of(self.own, self.kv, &record)?;
        let (kind, department, code) = match &record.filing {
            Filing::Correction(filing) => {
                let code = filing.resource.code.to_string();
                (v1::TodoKind::Correction, concerned, code)
            }
            Filing::Demand(_) => {
                let usual = || rights.usual_department(role, self.at);
                (
                    v1::TodoKind::Demand,
                    concerned.or_else(usual),
                    String::new(),
                )
            }
        };
        let Some(acts_for) = rights.acts_for(role, department, self.at) else {
            return Ok(None);
        };
        Ok(Some(v1::TodoItem {
            kind: kind.into(),
            matter: id.to_string(),
            matter_state: matter_state_to(matter.state()).into(),
            consumer: record.consumer().to_string(),
            provider: self.own.city.to_string(),
            code,
            deadline: deadline.date.to_string(),
            provisional: deadline.provisional,
            overdue: deadline.has_passed(self.at),
            role: role_to(role).into(),
            on_behalf_of: represented(acts_for),
            ..v1::TodoItem::default()
        }))
    }
}
