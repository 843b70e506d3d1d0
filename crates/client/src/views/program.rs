//! Logs, and how a program is.

use chengji_proto::convert::fact_problem_text;
use chengji_proto::v1;

use super::alarm::alarm;
use super::request::mv;
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
        let text = format!("LOG_UNCONFIRMED: {}", unconfirmed.reason);
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

/// How far a log is followed, and what keeps it from being followed further.
fn following(followed: &v1::FollowedLog) -> String {
    let mut text = format!(
        "{} {}/{} of {}",
        followed.log, followed.epoch, followed.position, followed.head
    );
    if let Some(since) = &followed.stale_since {
        let (since, why) = (cells::time(since), &followed.stale_reason);
        text.push_str(&format!(" — not reached since {since} 失联: {why}"));
    }
    if !followed.not_followed_reason.is_empty() {
        let since = followed.not_followed_since.as_ref().map(cells::time);
        let (since, why) = (since.unwrap_or_default(), &followed.not_followed_reason);
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
            entry.reason.clone(),
        ]);
    }
    table
}

/// Entries of a log, one a line, and where the log ends. Entries the reader may not see are shown by
/// their leaf.
pub fn log(list: &v1::LogPage, head: u64) -> Table {
    let mut table = Table::new(&[
        Column::right("seq", "seq 序号"),
        Column::left("at", "at 时间"),
        Column::left("principal", "by 操作者"),
        Column::left("fact", "fact 事实"),
        Column::left("leaf", "leaf 叶哈希"),
    ]);
    for line in &list.lines {
        let at = line.envelope.as_ref().and_then(|envelope| envelope.at);
        let body = line.body.as_ref();
        table.row([
            line.seq.to_string(),
            at.as_ref().map(cells::time).unwrap_or_default(),
            body.map(|body| body.principal.clone()).unwrap_or_default(),
            fact(body.and_then(|body| body.fact.as_ref())),
            cells::digest(&line.leaf),
        ]);
    }
    table.note(format!("head 日志头: {head}"));
    table
}

fn fact(fact: Option<&v1::body::Fact>) -> String {
    use v1::body::Fact;
    match fact {
        None => "(not for this reader 不可见)".to_owned(),
        Some(Fact::Published(f)) => {
            let entry = f.entry.clone().unwrap_or_default();
            format!("published {} r{} {}", entry.code, f.revision, entry.name)
        }
        Some(Fact::EntryWithdrawn(f)) => format!("withdrawn {}: {}", f.code, f.reason),
        Some(Fact::EntrySubmitted(f)) => format!("submitted {} r{}", f.code, f.revision),
        Some(Fact::EntryReturned(f)) => {
            format!("returned {} r{}: {}", f.code, f.revision, f.reason)
        }
        Some(Fact::EntryTakenBack(f)) => format!("taken back {} r{}", f.code, f.revision),
        Some(Fact::WithdrawalAsked(f)) => format!("withdrawal asked {}: {}", f.code, f.reason),
        Some(Fact::WithdrawalDeclined(f)) => {
            format!("withdrawal declined {}: {}", f.code, f.reason)
        }
        Some(Fact::Mounted(f)) => format!("mounted {} {}", f.code, f.file_name),
        Some(Fact::Unmounted(f)) => format!("unmounted {}: {}", f.code, f.reason),
        Some(Fact::Measured(f)) => {
            let bytes = f.measurement.as_ref().map_or(0, |m| m.bytes);
            format!("measured {} {bytes} bytes", f.code)
        }
        Some(Fact::Requested(f)) => {
            let submission = f.submission.clone().unwrap_or_default();
            format!("requested {}:{}", submission.provider, submission.code)
        }
        Some(Fact::RequestMoved(f)) => format!("moved {}: {}", f.request, mv(f.r#move.as_ref())),
        Some(Fact::Stopped(f)) => {
            let target = match &f.target {
                Some(v1::stopped::Target::Request(id)) => id.as_str(),
                Some(v1::stopped::Target::Entry(code)) => code.as_str(),
                None => "",
            };
            let cause = f.cause().as_str_name();
            format!("stopped {target} ({cause}): {}", f.reason)
        }
        Some(Fact::StopLifted(f)) => {
            let target = match &f.target {
                Some(v1::stop_lifted::Target::Request(id)) => id.as_str(),
                Some(v1::stop_lifted::Target::Entry(code)) => code.as_str(),
                None => "",
            };
            format!("resumed {target}: {}", f.reason)
        }
        Some(Fact::Delivered(f)) => {
            format!(
                "delivered {} {} bytes to {}",
                f.request, f.bytes, f.consumer
            )
        }
        Some(Fact::Received(f)) => {
            format!(
                "received {} {} bytes from {}",
                f.request, f.bytes, f.provider
            )
        }
        Some(Fact::Admitted(f)) => {
            let member = f.member.clone().unwrap_or_default();
            format!(
                "admitted {} {} at {}",
                member.city, member.name, member.endpoint
            )
        }
        Some(Fact::RequestOpened(f)) => {
            let step = f.step.as_ref().and_then(|step| step.r#move.as_ref());
            format!("opened {}: {}", f.request, mv(step))
        }
        Some(Fact::RequestOrdered(f)) => {
            let step = f.step.as_ref().and_then(|step| step.r#move.as_ref());
            format!("ordered {}: {}", f.request, mv(step))
        }
        Some(Fact::MoveRefused(f)) => {
            let problem = fact_problem_text(f.problem.as_ref());
            format!("refused a move in {}: {problem}", f.request)
        }
        Some(Fact::StopNoted(f)) => format!("noted the stop of {}: {}", f.request, f.reason),
        Some(Fact::StopLiftNoted(f)) => format!("noted that {} goes on: {}", f.request, f.reason),
        Some(Fact::Reminded(f)) => {
            let deadline = cells::deadline(&f.deadline, f.provisional);
            format!("reminded {} of {deadline}", f.request)
        }
        Some(Fact::AccessGranted(f)) => {
            let roles = super::access::roles(&f.roles);
            format!("granted {} {roles} {}", f.principal, f.department)
        }
        Some(Fact::Certified(f)) => format!("certified {} {}", f.principal, f.serial),
        Some(Fact::AccessEnded(f)) => format!("ended {}: {}", f.principal, f.reason),
        Some(Fact::StandingChanged(f)) => {
            let standing = super::access::standing(f.standing());
            format!("{} is {standing}: {}", f.city, f.reason)
        }
        Some(Fact::EpochOpened(f)) => {
            let start = f.start.clone().unwrap_or_default();
            format!(
                "epoch {} opened after epoch {}",
                start.epoch, start.previous
            )
        }
        Some(Fact::CertificatesRevoked(f)) => {
            let serials = f.certificates.iter().map(|c| c.serial.as_str());
            let serials: Vec<&str> = serials.collect();
            format!("revoked of {}: {}", f.principal, serials.join(", "))
        }
        Some(Fact::LogKeyed(f)) => {
            let key = f.key.clone().unwrap_or_default();
            format!("log signed with {}", cells::digest(&key.public))
        }
        Some(Fact::RosterSigned(f)) => {
            let size = f.checkpoint.lines().nth(1).unwrap_or_default();
            format!("roster signed over {size} entries")
        }
        Some(Fact::Sealed(f)) => {
            let cut_off = f.cut_off.as_ref().map(cells::time).unwrap_or_default();
            let checkpoint = cells::digest(&f.checkpoint);
            format!(
                "sealed {cut_off}: {} logs, checkpoint {checkpoint}",
                f.cities.len()
            )
        }
        Some(Fact::Quarantined(f)) => {
            let problem = fact_problem_text(f.problem.as_ref());
            format!("set aside {} {}: {problem}", f.city, f.seq)
        }
        Some(Fact::QuarantineSummarised(f)) => format!(
            "set aside {} entries of {} from {} to {}: {}",
            f.count,
            f.city,
            f.from_seq,
            f.to_seq,
            fact_problem_text(f.problem.as_ref())
        ),
    }
}
