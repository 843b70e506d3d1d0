//! Grants whose use is to be recorded.

use std::cmp::Reverse;
use std::ops::Bound;

use chengji_domain::calendar::local_date;
use chengji_domain::request::{Party, RequestId};
use chengji_domain::{CityCode, Result};
use chengji_follow::request_table;
use chengji_paging::Pager;
use chengji_proto::convert::role_to;
use chengji_proto::v1;
use chengji_store::Merged;
use jiff::Timestamp;

use super::{Position, Rows, USAGES, Worklist, after, represented};
use crate::usage::records::{self, DUE, DuePlace};

impl Worklist<'_> {
    /// Grants of the city with a period that is over and has no records, the longest missing first.
    pub(super) fn usages(&self, pager: &Pager<Position>) -> Rows<'_> {
        let Some(after) = after(pager, USAGES, |(_, day, (_, Reverse(id)))| (*day, *id)) else {
            return Box::new(std::iter::empty());
        };
        let of_all: (Option<CityCode>,) = (None,);
        let span = DUE.within(&of_all, (after, Bound::Unbounded));
        let merged = Merged::new(self.kv, [span], pager.at_once(), |(_, place), _| *place);
        let today = local_date(self.at);
        // Later ones are not over yet.
        let over =
            merged.take_while(move |row| !matches!(row, Ok(((_, (day, _)), _)) if *day >= today));
        let place = |(day, id): DuePlace| {
            let order = (Reverse(Timestamp::UNIX_EPOCH), Reverse(id));
            (USAGES, day, order)
        };
        Box::new(over.map(move |row| row.map(|((_, due), id)| (place(due), id))))
    }

    /// The usage record that is due under a grant, if it is the caller's to make.
    pub(super) fn usage(&self, id: RequestId) -> Result<Option<v1::TodoItem>> {
        let Some(record) = request_table::find(self.kv, id)? else {
            return Ok(None);
        };
        let Some((Party::Consumer, role, acts_for)) = self.part_in(&record.history)? else {
            return Ok(None);
        };
        let Some(missing) = records::missing(self.kv, self.rules, &record, self.at)? else {
            return Ok(None);
        };
        Ok(Some(v1::TodoItem {
            kind: v1::TodoKind::Usage.into(),
            deadline: missing.deadline,
            provisional: missing.provisional,
            overdue: missing.overdue,
            role: role_to(role).into(),
            on_behalf_of: represented(acts_for),
            ..self.in_request(&record)?
        }))
    }
}
