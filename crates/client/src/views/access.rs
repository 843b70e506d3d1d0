//! Members, people, invitations, and the audit log.

use chengji_proto::convert::{role_from, standing_from};
use chengji_proto::v1;

use crate::cells;
use crate::fields::Fields;
use crate::output::{Column, Table};

/// The members and how they stand.
pub fn members(list: &v1::ListMembersResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("city", "city 城市"),
        Column::left("name", "name 名称"),
        Column::left("endpoint", "endpoint 地址"),
        Column::left("standing", "standing 状态"),
        Column::left("since", "since 自"),
        Column::left("certificate_expires", "certificate until 证书有效期"),
        Column::left("reason", "reason 原因"),
    ]);
    for member in &list.members {
        table.row([
            member.city.clone(),
            member.name.clone(),
            member.endpoint.clone(),
            standing(member.standing()),
            time(member.since.as_ref()),
            time(member.certificate_expires.as_ref()),
            member.reason.clone(),
        ]);
    }
    table.note(format!(
        "roster of {} signed {} 签署",
        list.cluster,
        time(list.signed_at.as_ref()),
    ));
    table
}

/// One member.
pub fn membership(member: &v1::Membership) -> Table {
    let mut fields = Fields::new();
    fields.field("city", "city 城市", &member.city);
    fields.field("name", "name 名称", &member.name);
    fields.field("standing", "standing 状态", standing(member.standing()));
    fields.field("since", "since 自", time(member.since.as_ref()));
    fields.field("reason", "reason 原因", &member.reason);
    fields.into()
}

/// People and what they may do.
pub fn people(list: &v1::ListPeopleResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("principal", "principal 身份"),
        Column::left("roles", "roles 角色"),
        Column::left("department", "department 部门"),
        Column::left("since", "since 自"),
        Column::left("certificate_expires", "certificate until 证书有效期"),
        Column::left("ended", "ended 终止"),
        Column::left("reason", "reason 原因"),
    ]);
    for person in &list.people {
        table.row(cells_of(person));
    }
    table
}

/// One person.
pub fn person(person: &v1::Person) -> Table {
    let mut table = people(&v1::ListPeopleResponse::default());
    table.row(cells_of(person));
    table
}

fn cells_of(person: &v1::Person) -> [String; 7] {
    let certificate = person.certificate.as_ref();
    [
        person.principal.clone(),
        roles(&person.roles),
        person.department.clone(),
        time(person.since.as_ref()),
        certificate.map_or("invited 已邀请".to_owned(), |c| {
            time(c.not_after.as_ref())
        }),
        time(person.ended.as_ref()),
        person.reason.clone(),
    ]
}

/// An invitation that was made.
pub fn invitation(made: &v1::InviteResponse) -> Table {
    let mut fields = Fields::new();
    fields.field("subject", "for 受邀方", &made.subject);
    fields.field("expires", "expires 有效至", time(made.expires.as_ref()));
    fields.field("invitation", "invitation 邀请码", &made.invitation);
    let mut table = Table::from(fields);
    for warning in &made.warnings {
        table.note(format!("warning 警告: {warning}"));
    }
    table
}

/// Until when a certificate holds that was made anew.
pub fn rotated(answer: &v1::RotateResponse) -> Table {
    let mut fields = Fields::new();
    fields.field(
        "expires",
        "certificate until 证书有效期",
        time(answer.expires.as_ref()),
    );
    fields.into()
}

/// The profiles of a user.
pub fn profiles(page: &v1::ProfilePage) -> Table {
    let mut table = Table::new(&[
        Column::left("current", ""),
        Column::left("name", "name 名称"),
        Column::left("principal", "principal 身份"),
        Column::left("cluster", "cluster 城市群"),
        Column::left("server", "server 地址"),
        Column::left("certificate_expires", "certificate until 证书有效期"),
    ]);
    for line in &page.profiles {
        table.row([
            if line.current { "*" } else { "" }.to_owned(),
            line.name.clone(),
            line.principal.clone(),
            line.cluster.clone(),
            line.server.clone(),
            time(line.certificate_expires.as_ref()),
        ]);
    }
    table
}

/// What was done and denied, newest first.
pub fn audit(list: &v1::ListAuditResponse) -> Table {
    let mut table = Table::new(&[
        Column::right("number", "number 序号"),
        Column::left("at", "at 时间"),
        Column::left("principal", "by 操作者"),
        Column::left("rpc", "call 操作"),
        Column::left("subject", "subject 对象"),
        Column::left("outcome", "outcome 结果"),
        Column::left("reason", "reason 原因"),
        Column::left("request_id", "request 请求号"),
    ]);
    for entry in &list.entries {
        table.row([
            entry.number.to_string(),
            time(entry.at.as_ref()),
            entry.principal.clone(),
            entry.rpc.trim_start_matches("/chengji.v1.").to_owned(),
            entry.subject.clone(),
            entry.outcome.clone(),
            entry.reason.clone(),
            entry.request_id.clone(),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// Roles by name.
pub(super) fn roles(numbers: &[i32]) -> String {
    let known = numbers.iter().filter_map(|n| v1::Role::try_from(*n).ok());
    let names: Vec<String> = known
        .filter_map(|role| role_from(role).ok())
        .map(|role| format!("{role} {}", role.zh()))
        .collect();
    names.join(", ")
}

/// A standing in both languages.
/// A member's standing in both languages.
pub fn standing(standing: v1::Standing) -> String {
    standing_from(standing).map_or_else(|_| "?".to_owned(), |s| format!("{s} {}", s.zh()))
}

fn time(at: Option<&prost_types::Timestamp>) -> String {
    at.map(cells::time).unwrap_or_default()
}
