//! Views of a program: its status, followed logs, backups, and quarantined entries.

use chengji_messages::{Message, msg};
use chengji_proto::convert::problem_message;
use chengji_proto::v1;

use super::alarm::alarm;
use crate::cell::list;
use crate::cells;
use crate::fields::Fields;
use crate::output::{Cell, Column, Table};
use crate::row;

/// The fields about the program itself: identity, versions, certificate.
fn program(fields: &mut Fields, status: &v1::StatusResponse) {
    fields.field("principal", msg::ColumnPrincipal, &status.principal);
    fields.field("version", msg::ColumnVersion, &status.version);
    fields.field(
        "storage_version",
        msg::ColumnStorageVersion,
        status.storage_version.to_string(),
    );
    let expires = status.certificate_expires.as_ref().map(|until| {
        let (at, days) = (cells::time(until), days_left(until));
        Message::from(msg::CertificateUntil { at, days })
    });
    fields.field("certificate_expires", msg::ColumnCertificateUntil, expires);
}

/// The fields about what the program stores: files, tables, retention, search index.
fn stored(fields: &mut Fields, status: &v1::StatusResponse) {
    if let Some(received) = &status.received {
        fields.field("received", msg::ColumnReceivedFiles, disk_use(received));
    }
    if !status.tables.is_empty() {
        let bytes = status.tables.iter().map(|table| table.bytes).sum();
        fields.field("tables", msg::ColumnTables, cells::bytes(bytes));
    }
    if let Some(retained) = &status.retention {
        fields.field(
            "retention",
            msg::ColumnRetentionOfReviews,
            retention(retained),
        );
    }
    if let Some(index) = &status.search_index {
        fields.field("search_index", msg::ColumnSearchIndex, search_index(index));
    }
}

/// The status of a program.
pub fn status(status: &v1::StatusResponse) -> Table {
    let mut fields = Fields::new();
    program(&mut fields, status);
    if let Some(heard) = &status.roster_heard {
        fields.field(
            "roster_heard",
            msg::ColumnCoordinatorHeard,
            cells::time(heard),
        );
    }
    if let Some(until) = &status.roster_until {
        fields.field(
            "roster_until",
            msg::ColumnMembersHoldUntil,
            cells::time(until),
        );
    }
    if status.requests_for_attention > 0 {
        let text = status.requests_for_attention;
        fields.field(
            "requests_for_attention",
            msg::ColumnRequestsForAttention,
            text,
        );
    }
    stored(&mut fields, status);
    let head = format!("{}/{}", status.epoch, status.head);
    fields.pair(["epoch", "head"], msg::ColumnLogHead, head);
    if let Some(unconfirmed) = &status.unconfirmed {
        let text = Cell::label("LOG_UNCONFIRMED", reason(unconfirmed.reason.as_ref()));
        fields.field("unconfirmed", msg::ColumnNothingIsAppended, text);
    }
    if status.backdated_requests > 0 {
        fields.field(
            "backdated_requests",
            msg::ColumnRequestsWithBackdatedMoves,
            status.backdated_requests.to_string(),
        );
    }
    for year in &status.missing_notices {
        fields.field(
            "missing_notice",
            msg::ColumnNoHolidayNotice,
            Cell::label(
                year.to_string(),
                msg::NoticeMissing {
                    year: year.to_string(),
                },
            ),
        );
    }
    for followed in &status.following {
        fields.field("following", msg::ColumnFollowing, following(followed));
        if let Some(raised) = &followed.alarm {
            fields.field("alarm", msg::ColumnAlarm, alarm(raised));
        }
    }
    if let Some(since) = &status.paced_by_coordinator_since {
        let by = &status.paced_by_coordinator;
        fields.field(
            "paced_by_coordinator",
            msg::ColumnTheCoordinatorPacesReadingThisLog,
            Message::from(msg::PacedSince {
                budget: by,
                since: cells::time(since),
            }),
        );
    }
    fields.into()
}

fn reason(problem: Option<&v1::Problem>) -> Message {
    problem_message(problem)
}

/// Describes the progress of following a log, and what holds it up.
fn following(followed: &v1::FollowedLog) -> Message {
    let position = format!("{}/{}", followed.epoch, followed.position);
    let mut parts: Vec<Message> = vec![
        msg::FollowedTo {
            head: followed.head,
            log: &followed.log,
            position,
        }
        .into(),
    ];
    if let Some(since) = &followed.stale_since {
        let (since, why) = (cells::time(since), reason(followed.stale_reason.as_ref()));
        parts.push(msg::FollowedStale { reason: why, since }.into());
    }
    if let Some(why) = &followed.not_followed_reason {
        let since = followed.not_followed_since.as_ref().map(cells::time);
        let (since, why) = (since.unwrap_or_default(), reason(Some(why)));
        parts.push(msg::FollowedNot { reason: why, since }.into());
    }
    if let Some(since) = &followed.paced_since {
        let (since, by) = (cells::time(since), &followed.paced_by);
        parts.push(msg::PacedSince { budget: by, since }.into());
    }
    if followed.quarantined > 0 {
        let count = followed.quarantined;
        parts.push(msg::FollowedQuarantined { count }.into());
    }
    if followed.damaged > 0 {
        let count = followed.damaged;
        parts.push(msg::FollowedDamaged { count }.into());
    }
    if let Some(at) = &followed.compared_at {
        let at = cells::time(at);
        parts.push(msg::FollowedCompared { at }.into());
    }
    if let Some(skew) = followed.clock_skew_ms {
        let skew = cells::clock_skew(skew);
        parts.push(msg::FollowedSkew { skew }.into());
    }
    list(parts)
}

/// An alarm that was settled by accepting the log.
pub fn accepted(answer: &v1::AcceptLogResponse) -> Table {
    let mut fields = Fields::new();
    let settled = answer.alarm.as_ref().map(alarm);
    fields.field("alarm", msg::ColumnAlarm, settled);
    fields.into()
}

/// A backup that was made, verified or restored.
pub fn backup(backup: &v1::Backup) -> Table {
    let head = backup.head.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("path", msg::ColumnFolder, &backup.path);
    fields.field(
        "owner",
        msg::ColumnOwner,
        format!("{} {}", backup.owner, backup.cluster),
    );
    fields.field(
        "head",
        msg::ColumnLogHead,
        format!("{}/{}", head.epoch, head.seq),
    );
    fields.field("leaf", msg::ColumnLastLeaf, cells::digest(&backup.leaf));
    fields.field("bytes", msg::ColumnSize, cells::bytes(backup.bytes));
    fields.field("at", msg::ColumnMade, &backup.at);
    fields.into()
}

/// The check of all tables.
pub fn index_check(check: &v1::IndexCheck) -> Table {
    let mut table = Table::new(&[
        Column::left("table", msg::ColumnTable),
        Column::right("missing", msg::ColumnIndexMissing),
        Column::right("stray", msg::ColumnIndexStray),
    ]);
    for checked in &check.tables {
        table.row(row![&checked.table, checked.missing, checked.stray]);
    }
    table
}

/// Describes the size of the search index, and its lag.
fn search_index(index: &v1::SearchIndexStatus) -> Message {
    let (entries, bytes) = (index.entries, cells::bytes(index.bytes));
    let mut parts: Vec<Message> = vec![msg::SearchIndexHolds { bytes, entries }.into()];
    if let Some(entries) = index.building {
        parts.push(msg::SearchIndexBuilding { entries }.into());
    }
    if let Some(since) = &index.behind_since {
        let (behind, since) = (index.behind, cells::time(since));
        parts.push(msg::SearchIndexBehind { behind, since }.into());
    }
    if let Some(problem) = &index.problem {
        let problem = reason(Some(problem));
        parts.push(msg::SearchIndexFailed { problem }.into());
    }
    list(parts)
}

fn disk_use(files: &v1::ReceivedFiles) -> Message {
    let (used, unfinished) = (cells::bytes(files.used), cells::bytes(files.unfinished));
    let used: Message = match files.limit {
        0 => msg::Text { text: used }.into(),
        limit => {
            let limit = cells::bytes(limit);
            msg::UsedOfLimit { limit, used }.into()
        }
    };
    msg::ReceivedFilesUse {
        free: cells::bytes(files.free),
        reserve: cells::bytes(files.reserve),
        unfinished,
        used,
    }
    .into()
}

fn retention(retention: &v1::Retention) -> Message {
    let days = retention.keep_reviews_days;
    let run: Message = match (&retention.last_run, &retention.removed) {
        (Some(at), Some(removed)) => msg::RetentionRun {
            at: cells::time(at),
            bytes: cells::bytes(removed.bytes),
            count: removed.bodies + removed.moves + removed.revisions,
            days,
        }
        .into(),
        _ => msg::RetentionBeforeRun { days }.into(),
    };
    if retention.problem.is_none() {
        return run;
    }
    let problem = reason(retention.problem.as_ref());
    list(vec![run, msg::RetentionFailed { problem }.into()])
}

fn days_left(until: &prost_types::Timestamp) -> i64 {
    let seconds = until.seconds - chengji_clock::now().as_second();
    seconds.max(0) / (24 * 60 * 60)
}

/// Entries that were set aside.
pub fn quarantine(list: &v1::ListQuarantineResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("log", msg::ColumnLog),
        Column::right("epoch", msg::ColumnEpoch),
        Column::right("seq", msg::ColumnSeq),
        Column::left("at", msg::ColumnAt),
        Column::left("reason", msg::ColumnReason),
    ]);
    for entry in &list.entries {
        table.row(row![
            entry.log.clone(),
            entry.epoch.to_string(),
            entry.seq.to_string(),
            entry.at.as_ref().map(cells::time).unwrap_or_default(),
            reason(entry.problem.as_ref()),
        ]);
    }
    table
}
