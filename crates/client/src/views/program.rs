//! Views of a program: its status, what it follows, backups, and what it set aside.

use chengji_proto::v1;

use super::alarm::alarm;
use crate::cells;
use crate::fields::Fields;
use crate::output::{Column, Table};

/// The fields about the program itself: identity, versions, certificate.
fn program(fields: &mut Fields, status: &v1::StatusResponse) {
    fields.field("principal", "principal 身份", &status.principal);
    fields.field("version", "version 版本", &status.version);
    fields.field(
        "storage_version",
        "storage version 存储版本",
        status.storage_version.to_string(),
    );
    let expires = status
        .certificate_expires
        .as_ref()
        .map(|until| format!("{} ({})", cells::time(until), days_left(until)))
        .unwrap_or_default();
    fields.field(
        "certificate_expires",
        "certificate until 证书有效期",
        expires,
    );
}

/// How a program is.
pub fn status(status: &v1::StatusResponse) -> Table {
    let mut fields = Fields::new();
    program(&mut fields, status);
    if let Some(heard) = &status.roster_heard {
        fields.field(
            "roster_heard",
            "coordinator heard 最近联系协调方",
            cells::time(heard),
        );
    }
    if let Some(until) = &status.roster_until {
        fields.field(
            "roster_until",
            "members hold until 成员名单有效至",
            cells::time(until),
        );
    }
    if status.requests_for_attention > 0 {
        let text = format!(
            "{} ('request list --attention')",
            status.requests_for_attention
        );
        fields.field(
            "requests_for_attention",
            "requests for attention 需要处理的申请",
            text,
        );
    }
    if let Some(received) = &status.received {
        fields.field("received", "received files 已收文件", disk_use(received));
    }
    let head = format!("{}/{}", status.epoch, status.head);
    fields.pair(["epoch", "head"], "log head 日志头", head);
    if let Some(unconfirmed) = &status.unconfirmed {
        let text = format!("LOG_UNCONFIRMED: {}", reason(unconfirmed.reason.as_ref()));
        fields.field("unconfirmed", "nothing is appended 暂停写入", text);
    }
    if status.backdated_requests > 0 {
        fields.field(
            "backdated_requests",
            "requests with backdated moves 含倒签操作的申请",
            status.backdated_requests.to_string(),
        );
    }
    for year in &status.missing_notices {
        fields.field(
            "missing_notice",
            "no holiday notice 放假通知缺失",
            format!(
                "{year}: deadlines are provisional; load a newer table 'working-days' 期限暂定"
            ),
        );
    }
    for followed in &status.following {
        fields.field("following", "following 跟随", following(followed));
        if let Some(standing) = &followed.alarm {
            fields.field("alarm", "alarm 告警", alarm(standing));
        }
    }
    if let Some(since) = &status.paced_by_coordinator_since {
        let by = &status.paced_by_coordinator;
        fields.field(
            "paced_by_coordinator",
            "the coordinator paces reading this log 协调方限速读取本市日志",
            format!("{by} since 始于 {}", cells::time(since)),
        );
    }
    fields.into()
}

fn reason(problem: Option<&v1::Problem>) -> String {
    problem.map(cells::problem).unwrap_or_default()
}

/// How far a log is followed, and what keeps it from being followed further.
fn following(followed: &v1::FollowedLog) -> String {
    let mut text = format!(
        "{} {}/{} of {}",
        followed.log, followed.epoch, followed.position, followed.head
    );
    if let Some(since) = &followed.stale_since {
        let (since, why) = (cells::time(since), reason(followed.stale_reason.as_ref()));
        text.push_str(&format!(" — not reached since {since} 失联: {why}"));
    }
    if let Some(why) = &followed.not_followed_reason {
        let since = followed.not_followed_since.as_ref().map(cells::time);
        let (since, why) = (since.unwrap_or_default(), cells::problem(why));
        text.push_str(&format!(" — not followed 未跟随 {since} {why}"));
    }
    if let Some(since) = &followed.paced_since {
        let (since, by) = (cells::time(since), &followed.paced_by);
        text.push_str(&format!(" — paced since {since} 限速: {by}"));
    }
    if followed.quarantined > 0 {
        text.push_str(&format!(" — {} set aside 已隔离", followed.quarantined));
    }
    if followed.damaged > 0 {
        let damaged = followed.damaged;
        text.push_str(&format!(
            " — {damaged} damaged, being fetched again 条目损坏，正在重新获取"
        ));
    }
    if let Some(skew) = followed.clock_skew_ms {
        text.push_str(&format!(" — clock 时钟差 {}", cells::clock_skew(skew)));
    }
    text
}

/// An alarm that was settled by accepting the log.
pub fn accepted(answer: &v1::AcceptLogResponse) -> Table {
    let mut fields = Fields::new();
    let settled = answer.alarm.as_ref().map(alarm).unwrap_or_default();
    fields.field("alarm", "alarm 告警", settled);
    fields.into()
}

/// A backup that was made, verified or restored.
pub fn backup(backup: &v1::Backup) -> Table {
    let head = backup.head.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("path", "folder 目录", &backup.path);
    fields.field(
        "owner",
        "owner 所属",
        format!("{} {}", backup.owner, backup.cluster),
    );
    fields.field(
        "head",
        "log head 日志头",
        format!("{}/{}", head.epoch, head.seq),
    );
    fields.field("leaf", "last leaf 末叶哈希", cells::digest(&backup.leaf));
    fields.field("bytes", "size 大小", cells::bytes(backup.bytes));
    fields.field("at", "made 备份时间", &backup.at);
    fields.into()
}

fn disk_use(files: &v1::ReceivedFiles) -> String {
    let limit = match files.limit {
        0 => String::new(),
        limit => format!(" of 限额 {}", cells::bytes(limit)),
    };
    format!(
        "{}{limit}, unfinished 未完成 {}; disk free 磁盘剩余 {}, reserve 预留 {}",
        cells::bytes(files.used),
        cells::bytes(files.unfinished),
        cells::bytes(files.free),
        cells::bytes(files.reserve),
    )
}

fn days_left(until: &prost_types::Timestamp) -> String {
    let seconds = until.seconds - chengji_clock::now().as_second();
    format!("{} days left 剩余天数", seconds.max(0) / (24 * 60 * 60))
}

/// Entries that were set aside.
pub fn quarantine(list: &v1::ListQuarantineResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("log", "log 日志"),
        Column::right("epoch", "epoch 纪元"),
        Column::right("seq", "seq 序号"),
        Column::left("at", "at 时间"),
        Column::left("reason", "reason 原因"),
    ]);
    for entry in &list.entries {
        table.row([
            entry.log.clone(),
            entry.epoch.to_string(),
            entry.seq.to_string(),
            entry.at.as_ref().map(cells::time).unwrap_or_default(),
            reason(entry.problem.as_ref()),
        ]);
    }
    table
}
