//! Corrections and demands that are the caller's to answer or to follow up, and notices to be acknowledged.

use std::cmp::Reverse;
use std::ops::Bound;

use chengji_domain::access::Role;
use chengji_domain::matter::{Filing, MatterKind, MatterRecord};
use chengji_domain::request::{Party, RequestId};
use chengji_domain::{CityCode, Result};
use chengji_follow::matter_table::{self, OverdueOrder};
use chengji_paging::Pager;
use chengji_proto::convert::{matter_state_to, role_to};
use chengji_proto::v1;
use chengji_store::Merged;
use jiff::civil::Date;

use super::{DUES, MATTERS, NOTICES, Position, Rows, Worklist, after, represented};
use crate::matters::{access, notices};

impl Worklist<'_> {
    /// Corrections and demands that wait for the city's answer, by deadline.
    pub(super) fn matters(&self, pager: &Pager<Position>) -> Rows<'_> {
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

    /// Corrections and demands that need attention, newest first.
    pub(super) fn matter_attentions(&self, pager: &Pager<Position>) -> Rows<'_> {
        let Some(after) = after(pager, MATTERS, |(.., order)| *order) else {
            return Box::new(std::iter::empty());
        };
        let spans = MatterKind::ALL.map(|kind| {
            let of_city = (kind.number(), Some(self.own.city));
            matter_table::ATTENTION.within(&of_city, (after, Bound::Unbounded))
        });
        let merged = Merged::new(self.kv, spans, pager.at_once(), |(.., order), _| *order);
        let place = |order| (MATTERS, Date::ZERO, order);
        Box::new(merged.map(move |row| row.map(|((.., order), id)| (place(order), id))))
    }

    /// Notices of corrections that are to be acknowledged, newest first.
    pub(super) fn notices(&self, pager: &Pager<Position>) -> Rows<'_> {
        let Some(after) = after(pager, NOTICES, |(.., (at, Reverse(id)))| (*at, *id)) else {
            return Box::new(std::iter::empty());
        };
        let after = match after {
            Bound::Excluded(place) => Some(place),
            Bound::Included(_) | Bound::Unbounded => None,
        };
        let departments = self.departments.as_ref();
        let paged = (after.as_ref(), pager.at_once());
        let rows = notices::numbers(self.kv, departments, false, paged);
        let place = |(at, id)| (NOTICES, Date::ZERO, (at, Reverse(id)));
        Box::new(rows.map(move |row| row.map(|(order, id)| (place(order), id))))
    }

    /// A correction or a demand that needs attention, if the caller acts in it.
    pub(super) fn matter_attention(&self, id: RequestId) -> Result<Option<v1::TodoItem>> {
        let Some(record) = matter_table::find(self.kv, id)? else {
            return Ok(None);
        };
        let role = match record.party_of(self.own.city) {
            Some(Party::Consumer) => Role::Consumer,
            Some(Party::Provider) => Role::Approver,
            Some(Party::Coordinator) | None => return Ok(None),
        };
        if !record.attention().contains(&Some(self.own.city)) {
            return Ok(None);
        }
        let concerned = access::department_of(self.own, self.kv, &record)?;
        let Some(acts_for) = self.caller.rights.acts_for(role, concerned, self.at) else {
            return Ok(None);
        };
        Ok(Some(v1::TodoItem {
            kind: v1::TodoKind::Matter.into(),
            role: role_to(role).into(),
            on_behalf_of: represented(acts_for),
            ..in_matter(&record)?
        }))
    }

    /// The notice of a correction, if it is the caller's to acknowledge.
    pub(super) fn notice(&self, id: RequestId) -> Result<Option<v1::TodoItem>> {
        let Some(noted) = notices::NOTICES.get(self.kv, &id)? else {
            return Ok(None);
        };
        let (role, rights) = (Role::Consumer, &self.caller.rights);
        let open = noted.departments.difference(&noted.acknowledged_by);
        let of_departments = open.map(|department| Some(*department));
        let mut concerned = of_departments.chain([None]);
        let acts_for = concerned.find_map(|of| rights.acts_for(role, of, self.at));
        Ok(acts_for.map(|acts_for| v1::TodoItem {
            kind: v1::TodoKind::Notice.into(),
            matter: id.to_string(),
            consumer: self.own.city.to_string(),
            provider: noted.notice.resource.city.to_string(),
            code: noted.notice.resource.code.to_string(),
            role: role_to(role).into(),
            on_behalf_of: represented(acts_for),
            ..v1::TodoItem::default()
        }))
    }

    /// A correction or a demand, if it is the caller's to answer. A demand that names no department is for the bureau.
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
        let kind = match record.kind() {
            MatterKind::Correction => v1::TodoKind::Correction,
            MatterKind::Demand => v1::TodoKind::Demand,
        };
        let Some(acts_for) = rights.acts_for(role, concerned, self.at) else {
            return Ok(None);
        };
        Ok(Some(v1::TodoItem {
            kind: kind.into(),
            deadline: deadline.date.to_string(),
            provisional: deadline.provisional,
            overdue: deadline.has_passed(self.at),
            role: role_to(role).into(),
            on_behalf_of: represented(acts_for),
            ..in_matter(&record)?
        }))
    }
}

/// The part of an item that names its correction or demand. The entry of a demand is the one that answers it.
fn in_matter(record: &MatterRecord) -> Result<v1::TodoItem> {
    let entry = match &record.filing {
        Filing::Correction(filing) => Some(&filing.resource),
        Filing::Demand(_) => record.awaited(),
    };
    let provider = record.provider().map(|city| city.to_string());
    Ok(v1::TodoItem {
        matter: record.id.to_string(),
        matter_state: matter_state_to(record.state()?.state()).into(),
        consumer: record.consumer().to_string(),
        provider: provider.unwrap_or_default(),
        code: entry
            .map(|entry| entry.code.to_string())
            .unwrap_or_default(),
        ..v1::TodoItem::default()
    })
}
