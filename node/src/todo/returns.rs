//! Data that an upper division returns to the city and that has not been fetched yet.

use std::ops::Bound;

use chengji_access::roster;
use chengji_domain::Result;
use chengji_domain::access::Role;
use chengji_follow::request_table::NewestFirst;
use chengji_follow::return_flow_table;
use chengji_paging::Pager;
use chengji_proto::convert::role_to;
use chengji_proto::v1;
use chengji_store::Merged;
use jiff::civil::Date;

use super::{Position, RETURNS, Rows, Worklist, after, represented};

impl Worklist<'_> {
    /// Return flows to the city under which it has received nothing yet, newest first.
    pub(super) fn returns(&self, pager: &Pager<Position>) -> Rows<'_> {
        let Some(after) = after(pager, RETURNS, |(.., order)| *order) else {
            return Box::new(std::iter::empty());
        };
        let span = return_flow_table::AWAITED.within(&(), (after, Bound::Unbounded));
        let merged = Merged::new(self.kv, [span], pager.at_once(), |(order,), _| *order);
        let place = |order: NewestFirst| ((RETURNS, Date::ZERO, order), order.1.0);
        Box::new(merged.map(move |row| row.map(|((order,), _)| place(order))))
    }

    /// The return flow at this place, if the caller acts for the city as consumer. It belongs to no department in
    /// particular.
    pub(super) fn awaited(&self, order: NewestFirst) -> Result<Option<v1::TodoItem>> {
        let Some(recorded) = return_flow_table::awaited_at(self.kv, order)? else {
            return Ok(None);
        };
        if roster::has_left(self.kv, recorded.provider())? {
            return Ok(None);
        }
        let (role, rights) = (Role::Consumer, &self.caller.rights);
        let department = rights.usual_department(role, self.at);
        let acts_for = rights.acts_for(role, department, self.at);
        Ok(acts_for.map(|acts_for| v1::TodoItem {
            kind: v1::TodoKind::ReturnFlow.into(),
            consumer: self.own.city.to_string(),
            provider: recorded.provider().to_string(),
            code: recorded.code.to_string(),
            role: role_to(role).into(),
            on_behalf_of: represented(acts_for),
            ..v1::TodoItem::default()
        }))
    }
}
