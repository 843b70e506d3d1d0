//! How answers that both programs give are shown to people: the federated catalogue, requests, logs
//! and status.

use chengji_domain::catalogue::{ShareClass, ShareManner};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::convert::state_from;
use chengji_proto::{convert, v1};

use crate::cells;
use crate::fields::Fields;
use crate::output::{Column, Format, Table};

/// Entries found in the federated catalogue.
pub fn search(found: &v1::SearchResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("city", "city 城市"),
        Column::left("code", "code 代码"),
        Column::left("name", "name 名称"),
        Column::left("provider", "provider 提供方"),
        Column::left("share_class", "class 共享类型"),
        Column::left("share_manner", "manner 方式"),
        Column::left("measured", "measured 实测"),
    ]);
    for hit in &found.hits {
        let entry = hit.entry.clone().unwrap_or_default();
        table.row([
            hit.city.clone(),
            entry.code.clone(),
            entry.name.clone(),
            entry.provider.clone(),
            class_zh(entry.share_class()).to_owned(),
            manner_zh(entry.share_manner()).to_owned(),
            measured(hit),
        ]);
    }
    table.note(format!(
        "{} of {} 共 {} 条",
        found.hits.len(),
        found.total,
        found.total
    ));
    for city in &found.stale {
        let since = city
            .stale_since
            .as_ref()
            .map(cells::time)
            .unwrap_or_default();
        table.note(format!(
            "{} {}: last good catalogue, not reached since {since} 目录可能不是最新",
            city.city, city.name
        ));
    }
    table
}

/// One entry with everything that is known of it.
pub fn record(record: &v1::CatalogueRecord) -> Table {
    let entry = record.entry.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("city", "city 城市", &record.city);
    fields.field("code", "code 代码", &entry.code);
    fields.field("name", "name 名称", &entry.name);
    fields.field(
        "classification",
        "classification 分类",
        &entry.classification,
    );
    fields.field("provider", "provider 提供方", &entry.provider);
    fields.field(
        "provider_code",
        "provider code 提供方代码",
        &entry.provider_code,
    );
    fields.field("abstract", "abstract 摘要", &entry.r#abstract);
    fields.field(
        "share_class",
        "share class 共享类型",
        class_zh(entry.share_class()),
    );
    fields.field(
        "share_condition",
        "condition or basis 共享条件",
        &entry.share_condition,
    );
    fields.field(
        "share_manner",
        "manner 共享方式",
        manner_zh(entry.share_manner()),
    );
    let open = if entry.open { "yes 是" } else { "no 否" };
    fields.field("open", "open to the public 是否开放", open);
    fields.field(
        "open_condition",
        "condition of opening 开放条件",
        &entry.open_condition,
    );
    let formats: Vec<String> = entry.formats.iter().map(format).collect();
    fields.field("formats", "formats 格式", formats.join("、"));
    fields.field(
        "published_on",
        "date of publication 发布日期",
        &entry.published_on,
    );
    fields.field(
        "related_codes",
        "related 关联资源",
        entry.related_codes.join("、"),
    );
    fields.field(
        "security_level",
        "security level 安全级别",
        entry.security_level.to_string(),
    );
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    fields.field(
        "declared_rows",
        "declared rows 申报行数",
        number(entry.declared_rows),
    );
    fields.field(
        "declared_bytes",
        "declared bytes 申报字节",
        number(entry.declared_bytes),
    );
    let cycle = convert::update_cycle_from(entry.update_cycle()).map_or("", |cycle| cycle.zh());
    fields.field("update_cycle", "update cycle 更新周期", cycle);
    let level = convert::level_from(entry.administrative_level()).map_or("", |level| level.zh());
    fields.field("administrative_level", "level 行政层级", level);
    let items: Vec<&str> = entry.items.iter().map(|item| item.name.as_str()).collect();
    fields.field("items", "items 信息项", items.join("、"));
    fields.field("revision", "revision 版本", record.revision.to_string());
    let published = record
        .published_at
        .as_ref()
        .map(cells::time)
        .unwrap_or_default();
    fields.field("published_at", "published 发布时间", published);
    let withdrawn = record
        .withdrawn_at
        .as_ref()
        .map(cells::time)
        .unwrap_or_default();
    let withdrawn = format!("{withdrawn} {}", record.withdrawn_reason);
    fields.field("withdrawn", "withdrawn 撤销", withdrawn.trim());
    let mount = record
        .mount
        .as_ref()
        .map_or("", |mount| mount.file_name.as_str());
    fields.field("mount", "mounted 挂接", mount);
    fields.field("measured", "measured 实测", measured(record));
    let digest = record.mount.as_ref().and_then(|m| m.measurement.as_ref());
    let digest = digest.map(|m| hex(&m.digest)).unwrap_or_default();
    fields.field("digest", "SHA-256 摘要值", digest);
    fields.into()
}

/// Cities and how fresh their catalogues are.
pub fn cities(list: &v1::ListCitiesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("city", "city 城市"),
        Column::left("name", "name 名称"),
        Column::left("endpoint", "endpoint 地址"),
        Column::right("entries", "entries 条目"),
        Column::right("position", "applied 已应用"),
        Column::right("head", "head 日志头"),
        Column::right("quarantined", "set aside 隔离"),
        Column::left("stale_since", "stale since 失联时间"),
        Column::left("stale_reason", "reason 原因"),
    ]);
    for city in &list.cities {
        table.row([
            city.city.clone(),
            city.name.clone(),
            city.endpoint.clone(),
            city.entries.to_string(),
            city.position.to_string(),
            city.head.to_string(),
            city.quarantined.to_string(),
            city.stale_since
                .as_ref()
                .map(cells::time)
                .unwrap_or_default(),
            city.stale_reason.clone(),
        ]);
    }
    table
}

/// Requests, one a line.
pub fn requests(list: &v1::ListRequestsResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("id", "request 申请号"),
        Column::left("consumer", "consumer 使用方"),
        Column::left("provider", "provider 提供方"),
        Column::left("code", "code 代码"),
        Column::left("state", "state"),
        Column::left("state_zh", "状态"),
        Column::left("deadline", "answer by 答复期限"),
        Column::left("overdue", "overdue 逾期"),
        Column::left("submitted_at", "submitted 提交时间"),
        Column::left("purpose", "purpose 用途"),
    ]);
    for request in &list.requests {
        let submission = request.submission.clone().unwrap_or_default();
        table.row([
            request.id.clone(),
            request.consumer.clone(),
            submission.provider,
            submission.code,
            state(request.state()).0,
            state(request.state()).1,
            request.deadline.clone(),
            if request.overdue {
                "yes 是".to_owned()
            } else {
                String::new()
            },
            request
                .submitted_at
                .as_ref()
                .map(cells::time)
                .unwrap_or_default(),
            submission.purpose,
        ]);
    }
    table
}

/// One request with its history.
pub fn request(request: &v1::Request, format: Format) -> Table {
    let submission = request.submission.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("id", "request 申请号", &request.id);
    fields.field("consumer", "consumer 使用方", &request.consumer);
    fields.field("provider", "provider 提供方", &submission.provider);
    fields.field("code", "code 代码", &submission.code);
    fields.field("purpose", "purpose 用途", &submission.purpose);
    fields.field("legal_basis", "legal basis 依据", &submission.legal_basis);
    fields.field("scope", "scope 范围", &submission.scope);
    fields.field("manner", "manner 方式", manner_zh(submission.manner()));
    fields.field(
        "period_days",
        "days wanted 期限（天）",
        submission.period_days.to_string(),
    );
    let (state, state_zh) = state(request.state());
    fields.field("state", "state", state);
    fields.field("state_zh", "状态", state_zh);
    let deadline = if request.overdue {
        format!("{} (overdue 已逾期)", request.deadline)
    } else {
        request.deadline.clone()
    };
    fields.field("deadline", "answer by 答复期限", deadline);
    if let Some(grant) = &request.grant {
        let until = grant.until.as_ref().map(cells::time).unwrap_or_default();
        fields.field("granted_until", "granted until 授权至", until);
        fields.field("granted_scope", "granted scope 授权范围", &grant.scope);
        fields.field("conditions", "conditions 条件", &grant.conditions);
    }
    if request.pending > 0 {
        let text = format!(
            "{} (not confirmed by the coordinator yet 待协调方确认)",
            request.pending
        );
        fields.field("pending", "pending 待确认", text);
    }
    let mut events = vec![(request.submitted_at, "submitted 提交".to_owned())];
    for step in &request.steps {
        events.push((step.at, step_text(step)));
    }
    for refused in &request.refused_moves {
        let step = refused.step.clone().unwrap_or_default();
        let text = format!(
            "not taken 未采纳: {} ({})",
            step_text(&step),
            refused.reason
        );
        events.push((step.at, text));
    }
    for reminder in &request.reminders {
        let what = if reminder.overdue {
            "chased 督办"
        } else {
            "reminded 提醒"
        };
        events.push((reminder.at, format!("{what}: {}", reminder.deadline)));
    }
    events.sort_by_key(|(at, _)| at.map(|at| (at.seconds, at.nanos)));
    let lines: Vec<String> = events
        .iter()
        .map(|(at, what)| {
            format!(
                "{} {what}",
                at.as_ref().map(cells::time).unwrap_or_default()
            )
        })
        .collect();
    if format == Format::Csv {
        fields.field("history", "history 经过", lines.join("; "));
        return fields.into();
    }
    for line in lines {
        fields.field("event", "event 经过", line);
    }
    fields.into()
}

/// A state by its English or Chinese name.
pub fn request_state(text: &str) -> Result<v1::RequestState> {
    let numbers = 1..=i32::from(v1::RequestState::Closed);
    let states = numbers.filter_map(|number| v1::RequestState::try_from(number).ok());
    let mut known = Vec::new();
    for candidate in states {
        let Some(state) = state_from(candidate) else {
            continue;
        };
        if text == state.to_string() || text == state.zh() {
            return Ok(candidate);
        }
        known.push(state.to_string());
    }
    let message = format!("'{text}' is no state; one of {}", known.join(", "));
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

/// How a program is.
pub fn status(status: &v1::StatusResponse) -> Table {
    let mut fields = Fields::new();
    fields.field("principal", "principal 身份", &status.principal);
    fields.field("version", "version 版本", &status.version);
    let expires = status
        .certificate_expires
        .as_ref()
        .map(cells::time)
        .unwrap_or_default();
    fields.field(
        "certificate_expires",
        "certificate until 证书有效期",
        expires,
    );
    let head = format!("{}/{}", status.epoch, status.head);
    fields.field("head", "log head 日志头", head);
    for followed in &status.following {
        let mut text = format!(
            "{} {}/{} of {}",
            followed.log, followed.epoch, followed.position, followed.head
        );
        if let Some(since) = &followed.stale_since {
            let (since, why) = (cells::time(since), &followed.stale_reason);
            text.push_str(&format!(" — not reached since {since} 失联: {why}"));
        }
        if followed.quarantined > 0 {
            text.push_str(&format!(" — {} set aside 已隔离", followed.quarantined));
        }
        fields.field("following", "following 跟随", text);
    }
    fields.into()
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
        let entry = line.entry.clone().unwrap_or_default();
        table.row([
            line.seq.to_string(),
            entry.at.as_ref().map(cells::time).unwrap_or_default(),
            entry.principal.clone(),
            fact(&entry),
            cells::digest(&line.leaf),
        ]);
    }
    table.note(format!("head 日志头: {head}"));
    table
}

fn fact(entry: &v1::LogEntry) -> String {
    use v1::log_entry::Fact;
    match &entry.fact {
        None => "(not for this reader 不可见)".to_owned(),
        Some(Fact::Published(f)) => {
            let entry = f.entry.clone().unwrap_or_default();
            format!("published {} r{} {}", entry.code, f.revision, entry.name)
        }
        Some(Fact::EntryWithdrawn(f)) => format!("withdrawn {}: {}", f.code, f.reason),
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
        Some(Fact::MoveRefused(f)) => format!("refused a move in {}: {}", f.request, f.reason),
        Some(Fact::Reminded(f)) => format!("reminded {} of {}", f.request, f.deadline),
        Some(Fact::Quarantined(f)) => format!("set aside {} {}: {}", f.city, f.seq, f.reason),
    }
}

fn step_text(step: &v1::Step) -> String {
    let party = match step.party() {
        v1::Party::Unspecified => "-",
        v1::Party::Consumer => "consumer 使用方",
        v1::Party::Provider => "provider 提供方",
        v1::Party::Coordinator => "coordinator 协调机构",
    };
    format!("{party} {}", mv(step.r#move.as_ref()))
}

fn mv(wire: Option<&v1::Move>) -> String {
    use v1::r#move::Move;
    let Some(wire) = wire.and_then(|wire| wire.r#move.as_ref()) else {
        return String::new();
    };
    match wire {
        Move::Route(m) => format!("routed 转办, answer by {}", m.deadline),
        Move::Reject(m) => format!("rejected 不予受理: {}", m.explanation),
        Move::AskSupplement(m) => format!("asked for 要求补正: {}", m.missing),
        Move::Supplement(m) => format!("supplemented 补正: {}", m.text),
        Move::Extend(m) => format!("extended to 延期至 {}: {}", m.deadline, m.reason),
        Move::Grant(m) if m.automatic => format!("granted by machine 自动授权: {}", m.scope),
        Move::Grant(m) => format!("granted 授权: {} {}", m.scope, m.conditions),
        Move::Refuse(m) => format!("refused 拒绝: {} ({})", m.reason, m.legal_basis),
        Move::Withdraw(m) => format!("withdrew 撤回: {}", m.reason),
        Move::Dispute(m) => format!("disputed 提出争议: {}", m.reason),
        Move::Uphold(m) => format!("upheld the refusal 维持: {}", m.reason),
        Move::Remand(m) => {
            format!(
                "to be answered again by 责令重新答复 {}: {}",
                m.deadline, m.reason
            )
        }
        Move::Revoke(m) => format!("revoked 撤销授权: {}", m.reason),
        Move::Close(m) => format!("closed 办结: {}", m.statement),
    }
}

fn measured(record: &v1::CatalogueRecord) -> String {
    let Some(measurement) = record
        .mount
        .as_ref()
        .and_then(|mount| mount.measurement.as_ref())
    else {
        return String::new();
    };
    let bytes = cells::bytes(measurement.bytes);
    measurement
        .rows
        .map_or(bytes.clone(), |rows| format!("{bytes}, {rows} rows 行"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn format(format: &v1::Format) -> String {
    let kind = convert::format_kind_from(format.kind()).map_or("", |kind| kind.zh());
    if format.subtype.is_empty() {
        kind.to_owned()
    } else {
        format!("{kind}:{}", format.subtype)
    }
}

fn class_zh(class: v1::ShareClass) -> &'static str {
    convert::share_class_from(class).map_or("", ShareClass::zh)
}

fn manner_zh(manner: v1::ShareManner) -> &'static str {
    convert::share_manner_from(manner).map_or("", ShareManner::zh)
}

/// A state's name in English and in Chinese.
fn state(state: v1::RequestState) -> (String, String) {
    state_from(state)
        .map(|s| (s.to_string(), s.zh().to_owned()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_goes_by_either_name() {
        assert_eq!(
            request_state("disputed").unwrap(),
            v1::RequestState::Disputed
        );
        assert_eq!(request_state("争议中").unwrap(), v1::RequestState::Disputed);
        assert!(
            request_state("lost")
                .unwrap_err()
                .message()
                .contains("granted")
        );
    }
}
