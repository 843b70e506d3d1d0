//! Entries, and the cities they come from.

use chengji_domain::catalogue::{ItemType, ShareClass, ShareManner};
use chengji_proto::{convert, v1};

use crate::cells;
use crate::fields::Fields;
use crate::output::{Column, Table};

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
    table.note_if_more(&found.next_cursor);
    for city in &found.stale {
        let since = city.since.as_ref().map(cells::time).unwrap_or_default();
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
    described(&entry, &mut fields);
    fields.field("revision", "revision 版本", record.revision.to_string());
    published(record, &mut fields);
    fields.into()
}

/// What the entry says of the resource.
fn described(entry: &v1::CatalogueEntry, fields: &mut Fields) {
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
    shared(entry, fields);
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
    let items: Vec<String> = entry.items.iter().map(item).collect();
    fields.field("items", "items 信息项", items.join("、"));
}

/// How the entry is shared and opened.
fn shared(entry: &v1::CatalogueEntry, fields: &mut Fields) {
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
}

/// What became of the entry, and what is known of its content.
fn published(record: &v1::CatalogueRecord, fields: &mut Fields) {
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
    if let Some(stop) = &record.stop {
        let at = stop.at.as_ref().map(cells::time).unwrap_or_default();
        let text = format!("{at} {}", stop.reason);
        fields.field("stopped", "deliveries stopped 停止供应", text);
    }
    let mount = record
        .mount
        .as_ref()
        .map_or("", |mount| mount.file_name.as_str());
    fields.field("mount", "mounted 挂接", mount);
    fields.field("measured", "measured 实测", measured(record));
    let digest = record.mount.as_ref().and_then(|m| m.measurement.as_ref());
    let digest = digest.map(|m| hex(&m.digest)).unwrap_or_default();
    fields.field("digest", "SHA-256 摘要值", digest);
    fields.field("changed", "content changed 内容更新", changed(record));
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
        Column::right("damaged", "damaged 损坏"),
        Column::right("clock_skew", "clock 时钟差"),
        Column::left("stale_since", "stale since 失联时间"),
        Column::left("stale_reason", "reason 原因"),
        Column::left("alarm", "alarm 告警"),
    ]);
    for city in &list.cities {
        let (since, reason) = if let Some(reason) = &city.not_followed_reason {
            let reason = format!("not followed 未跟随: {}", cells::problem(reason));
            (&city.not_followed_since, reason)
        } else if city.stale_since.is_none() && city.paced_since.is_some() {
            (
                &city.paced_since,
                format!("paced by 限速 {}", city.paced_by),
            )
        } else {
            (&city.stale_since, {
                let reason = city.stale_reason.as_ref().map(cells::problem);
                reason.unwrap_or_default()
            })
        };
        table.row([
            city.city.clone(),
            city.name.clone(),
            city.endpoint.clone(),
            city.entries.to_string(),
            format!("{}/{}", city.epoch, city.position),
            city.head.to_string(),
            city.quarantined.to_string(),
            city.damaged.to_string(),
            city.clock_skew_ms
                .map(cells::clock_skew)
                .unwrap_or_default(),
            since.as_ref().map(cells::time).unwrap_or_default(),
            reason,
            city.alarm
                .as_ref()
                .map(super::alarm::alarm)
                .unwrap_or_default(),
        ]);
    }
    table
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

/// When the content last changed while it was mounted, and how often it did; nothing where it never
/// did, or the own node alone knows.
fn changed(record: &v1::CatalogueRecord) -> String {
    let mount = record.mount.clone().unwrap_or_default();
    let at = mount.changed_at.as_ref().map(cells::time);
    at.map_or_else(String::new, |at| format!("{at} ({}×)", mount.changes))
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

pub(super) fn manner_zh(manner: v1::ShareManner) -> &'static str {
    convert::share_manner_from(manner).map_or("", ShareManner::zh)
}

/// An item as `姓名:C(20)`, with its class, condition and manner where it has its own.
fn item(item: &v1::Item) -> String {
    let letter = convert::item_type_from(item.r#type()).map(ItemType::letter);
    let kind = letter.map(|letter| format!(":{letter}"));
    let length = Some(item.length).filter(|length| *length > 0);
    let plain = [
        Some(item.name.clone()),
        kind,
        length.map(|length| format!("({length})")),
    ];
    let plain: String = plain.into_iter().flatten().collect();
    let class = convert::share_class_from(item.share_class()).map(ShareClass::zh);
    let manner = convert::share_manner_from(item.share_manner()).map(ShareManner::zh);
    let condition = Some(item.share_condition.as_str()).filter(|condition| !condition.is_empty());
    let own: Vec<&str> = [class, condition, manner].into_iter().flatten().collect();
    match own.as_slice() {
        [] => plain,
        own => format!("{plain} ({})", own.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_told_with_its_type_and_length_and_how_it_is_shared_itself() {
        let name = v1::Item {
            name: "姓名".to_owned(),
            r#type: v1::ItemType::Text.into(),
            length: 20,
            ..v1::Item::default()
        };
        assert_eq!(item(&name), "姓名:C(20)");
        let own = v1::Item {
            r#type: v1::ItemType::Date.into(),
            length: 0,
            share_class: v1::ShareClass::Conditional.into(),
            share_condition: "仅限核验".to_owned(),
            ..name
        };
        assert_eq!(item(&own), "姓名:D (有条件共享, 仅限核验)");
    }
}
