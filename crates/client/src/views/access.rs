//! Members, people, invitations, and the audit log.

use std::str::FromStr as _;

use chengji_domain::ErrorCode;
use chengji_messages::msg;
use chengji_proto::convert::{level_from, membership_status_from, role_from, text_from};
use chengji_proto::v1;

use crate::cells;
use crate::fields::Fields;
use crate::output::{Cell, Column, Table};
use crate::row;

/// The members, with their status.
pub fn members(list: &v1::ListMembersResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("city", msg::ColumnCity),
        Column::left("name", msg::ColumnName),
        Column::left("level", msg::ColumnMemberLevel),
        Column::left("upper_division", msg::ColumnUpperDivision),
        Column::left("endpoint", msg::ColumnEndpoint),
        Column::left("status", msg::ColumnMembershipStatus),
        Column::left("since", msg::ColumnSince),
        Column::left("certificate_expires", msg::ColumnCertificateUntil),
        Column::left("reason", msg::ColumnReason),
    ]);
    for member in &list.members {
        table.row(row![
            member.city.clone(),
            member.name.clone(),
            level(member),
            member.upper_division.clone(),
            member.endpoint.clone(),
            membership_status(member.status()),
            time(member.since.as_ref()),
            time(member.certificate_expires.as_ref()),
            member.reason.clone(),
        ]);
    }
    table.note(msg::RosterSignedAt {
        at: time(list.signed_at.as_ref()),
        cluster: &list.cluster,
    });
    table
}

/// The level of a member's division; empty for one that is not known here.
fn level(member: &v1::Membership) -> Cell {
    let level = level_from(member.level());
    Cell::from(level.map(|level| Cell::label(level.zh(), level.label())))
}

/// One member.
pub fn membership(member: &v1::Membership) -> Table {
    let mut fields = Fields::new();
    fields.field("city", msg::ColumnCity, &member.city);
    fields.field("name", msg::ColumnName, &member.name);
    fields.field("level", msg::ColumnMemberLevel, level(member));
    fields.field(
        "upper_division",
        msg::ColumnUpperDivision,
        &member.upper_division,
    );
    fields.field(
        "status",
        msg::ColumnMembershipStatus,
        membership_status(member.status()),
    );
    fields.field("since", msg::ColumnSince, time(member.since.as_ref()));
    fields.field("reason", msg::ColumnReason, &member.reason);
    fields.into()
}

/// People and what they may do.
pub fn people(list: &v1::ListPeopleResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("principal", msg::ColumnPrincipal),
        Column::left("roles", msg::ColumnRoles),
        Column::left("department", msg::ColumnDepartment),
        Column::left("since", msg::ColumnSince),
        Column::left("certificate_expires", msg::ColumnCertificateUntil),
        Column::left("ended", msg::ColumnEnded),
        Column::left("reason", msg::ColumnReason),
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

fn cells_of(person: &v1::Person) -> [Cell; 7] {
    let certificate = person.certificate.as_ref();
    row![
        person.principal.clone(),
        roles(&person.roles),
        person.department.clone(),
        time(person.since.as_ref()),
        certificate.map_or_else(
            || Cell::label("invited", msg::PersonInvited),
            |c| time(c.not_after.as_ref()).into(),
        ),
        time(person.ended.as_ref()),
        person.reason.clone(),
    ]
}

/// An invitation that was made.
pub fn invitation(made: &v1::InviteResponse) -> Table {
    let mut fields = Fields::new();
    fields.field("subject", msg::ColumnFor, &made.subject);
    fields.field("expires", msg::ColumnExpires, time(made.expires.as_ref()));
    fields.field("invitation", msg::ColumnInvitation, &made.invitation);
    let mut table = Table::from(fields);
    for warning in &made.warnings {
        let warning = text_from(warning);
        table.note(msg::InvitationWarning { warning });
    }
    table
}

/// Until when a certificate holds that was made anew.
pub fn rotated(answer: &v1::RotateResponse) -> Table {
    let mut fields = Fields::new();
    fields.field(
        "expires",
        msg::ColumnCertificateUntil,
        time(answer.expires.as_ref()),
    );
    fields.into()
}

/// The profiles of a user.
pub fn profiles(page: &v1::ProfilePage) -> Table {
    let mut table = Table::new(&[
        Column::untitled("current"),
        Column::left("name", msg::ColumnName),
        Column::left("principal", msg::ColumnPrincipal),
        Column::left("cluster", msg::ColumnCluster),
        Column::left("server", msg::ColumnServer),
        Column::left("certificate_expires", msg::ColumnCertificateUntil),
    ]);
    for line in &page.profiles {
        table.row(row![
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

/// Audit entries, newest first.
pub fn audit(list: &v1::ListAuditResponse) -> Table {
    let mut table = Table::new(&[
        Column::right("number", msg::ColumnNumber),
        Column::left("at", msg::ColumnAt),
        Column::left("principal", msg::ColumnByPrincipal),
        Column::left("rpc", msg::ColumnCall),
        Column::left("subject", msg::ColumnSubject),
        Column::left("outcome", msg::ColumnOutcome),
        Column::left("reason", msg::ColumnReason),
        Column::left("request_id", msg::ColumnRequestId),
    ]);
    for entry in &list.entries {
        table.row(row![
            entry.number.to_string(),
            time(entry.at.as_ref()),
            entry.principal.clone(),
            entry.rpc.trim_start_matches("/chengji.v1.").to_owned(),
            entry.subject.clone(),
            outcome(&entry.outcome),
            entry
                .reason
                .as_ref()
                .map_or_else(|| "".into(), |reason| Cell::from(text_from(reason))),
            entry.request_id.clone(),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// The outcome of a call: an error by its title.
fn outcome(code: &str) -> Cell {
    match ErrorCode::from_str(code) {
        Ok(error) => Cell::label(code, error.title()),
        Err(_) => code.into(),
    }
}

/// Roles by name.
pub(super) fn roles(numbers: &[i32]) -> Cell {
    let known = numbers.iter().filter_map(|n| v1::Role::try_from(*n).ok());
    let roles = known.filter_map(|role| role_from(role).ok());
    Cell::labels(roles.map(|role| (role.as_str(), role.label())))
}

/// A membership status, for people by its label.
pub fn membership_status(status: v1::MembershipStatus) -> Cell {
    match membership_status_from(status) {
        Ok(status) => Cell::label(status.to_string(), status.label()),
        Err(_) => "?".into(),
    }
}

fn time(at: Option<&prost_types::Timestamp>) -> String {
    at.map(cells::time).unwrap_or_default()
}
