//! Departments that were merged into others.

use chengji_messages::{Message, msg};
use chengji_proto::v1;

use crate::cells;
use crate::output::{Column, Table};
use crate::row;

/// Departments that were merged, one a line.
pub fn departments(list: &v1::ListDepartmentsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("old", msg::ColumnMergedDepartment),
        Column::left("new", msg::ColumnSuccessor),
        Column::left("since", msg::ColumnSinceDay),
        Column::left("document", msg::ColumnBasisDocument),
        Column::left("ended", msg::ColumnTakenBack),
        Column::left("reason", msg::ColumnTakenBackReason),
        Column::left("at", msg::ColumnRecorded),
        Column::left("by", msg::ColumnRecordedBy),
    ]);
    for department in &list.departments {
        let succeeded = department.succeeded.clone().unwrap_or_default();
        let ended = department.ended.as_ref();
        table.row(row![
            succeeded.old,
            succeeded.new,
            succeeded.since,
            succeeded.document,
            ended.map(|ended| ended.since.clone()),
            ended.map(|ended| ended.reason.clone()),
            department.at.as_ref().map(cells::time),
            department.by.clone(),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One department that was merged.
pub fn department(department: &v1::DepartmentSuccession) -> Table {
    departments(&v1::ListDepartmentsResponse {
        departments: vec![department.clone()],
        next_cursor: String::new(),
    })
}

/// The fact in words.
pub(super) fn fact(succeeded: &v1::DepartmentSucceeded) -> Message {
    let (old, new) = (&succeeded.old, &succeeded.new);
    let (since, document) = (&succeeded.since, &succeeded.document);
    let fact = msg::FactDepartmentSucceeded {
        document,
        new,
        old,
        since,
    };
    fact.into()
}

/// The fact that a merger was taken back, in words.
pub(super) fn ended_fact(ended: &v1::DepartmentSuccessionEnded) -> Message {
    let (old, new) = (&ended.old, &ended.new);
    let (since, reason) = (&ended.since, &ended.reason);
    match ended.cause() {
        v1::SuccessionEndCause::Mistake => msg::FactDepartmentMistake {
            new,
            old,
            reason,
            since,
        }
        .into(),
        v1::SuccessionEndCause::Split | v1::SuccessionEndCause::Unspecified => {
            let document = &ended.document;
            msg::FactDepartmentSplit {
                document,
                new,
                old,
                reason,
                since,
            }
            .into()
        }
    }
}
