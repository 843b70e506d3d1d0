//! Entries, and the cities they come from.

use chengji_domain::catalogue::ItemType;
use chengji_messages::{Message, msg};
use chengji_proto::convert::problem_message;
use chengji_proto::{convert, v1};

use crate::cells;
use crate::fields::Fields;
use crate::output::{Cell, Column, Table};
use crate::row;

/// A term of a vocabulary: its label for people, for programs the term as files hold it.
macro_rules! term {
    ($value:expr) => {
        Cell::from($value.map(|value| Cell::label(value.zh(), value.label())))
    };
}

/// One entry with everything that is known of it.
pub fn record(record: &v1::CatalogueRecord) -> Table {
    let entry = record.entry.clone().unwrap_or_default();
    let mut fields = Fields::new();
    fields.field("city", msg::ColumnCity, &record.city);
    described(&entry, &mut fields);
    fields.field("revision", msg::ColumnRevision, record.revision.to_string());
    published(record, &mut fields);
    fields.into()
}

/// Adds the fields that describe the resource.
fn described(entry: &v1::CatalogueEntry, fields: &mut Fields) {
    fields.field("code", msg::ColumnCode, &entry.code);
    fields.field("name", msg::ColumnName, &entry.name);
    fields.field(
        "classification",
        msg::ColumnClassification,
        &entry.classification,
    );
    fields.field("provider", msg::ColumnProvider, &entry.provider);
    fields.field(
        "provider_code",
        msg::ColumnProviderCode,
        &entry.provider_code,
    );
    fields.field("abstract", msg::ColumnAbstract, &entry.r#abstract);
    shared(entry, fields);
    let formats = Cell::labels(entry.formats.iter().map(format));
    fields.field("formats", msg::ColumnFormats, formats);
    fields.field(
        "published_on",
        msg::ColumnDateOfPublication,
        &entry.published_on,
    );
    fields.field(
        "related_codes",
        msg::ColumnRelated,
        entry.related_codes.join("、"),
    );
    fields.field(
        "security_level",
        msg::ColumnSecurityLevel,
        entry.security_level.to_string(),
    );
    let number = |n: Option<u64>| n.map(|n| n.to_string()).unwrap_or_default();
    fields.field(
        "declared_rows",
        msg::ColumnDeclaredRows,
        number(entry.declared_rows),
    );
    fields.field(
        "declared_bytes",
        msg::ColumnDeclaredBytes,
        number(entry.declared_bytes),
    );
    let cycle = term!(convert::update_cycle_from(entry.update_cycle()));
    fields.field("update_cycle", msg::ColumnUpdateCycle, cycle);
    let level = term!(convert::level_from(entry.administrative_level()));
    fields.field("administrative_level", msg::ColumnLevel, level);
    let items = Cell::labels(entry.items.iter().map(item));
    fields.field("items", msg::ColumnItems, items);
    papers(entry, fields);
}

/// Adds the assessments and the consent that the entry records.
fn papers(entry: &v1::CatalogueEntry, fields: &mut Fields) {
    let secrecy = entry.secrecy_assessment.as_ref().map(assessment);
    fields.field("secrecy_assessment", msg::ColumnSecrecyAssessment, secrecy);
    let personal = entry.personal_information_assessment.as_ref();
    fields.field(
        "personal_information_assessment",
        msg::ColumnPersonalInformationAssessment,
        personal.map(assessment),
    );
    fields.field(
        "consent_document",
        msg::ColumnConsent,
        &entry.consent_document,
    );
}

/// Outcome and document of an assessment.
fn assessment(assessment: &v1::Assessment) -> Cell {
    let document = &assessment.document;
    match convert::assessment_outcome_from(assessment.outcome()) {
        Some(outcome) => {
            let code = format!("{}: {document}", outcome.en());
            Cell::label(code, msg::AssessmentMade { document, outcome })
        }
        None => document.into(),
    }
}

/// Adds the fields about sharing and opening.
fn shared(entry: &v1::CatalogueEntry, fields: &mut Fields) {
    fields.field(
        "share_class",
        msg::ColumnShareClass,
        class(entry.share_class()),
    );
    fields.field(
        "share_condition",
        msg::ColumnConditionOrBasisShareCondition,
        &entry.share_condition,
    );
    fields.field("share_uses", msg::ColumnShareUses, &entry.share_uses);
    fields.field("share_reason", msg::ColumnShareReason, &entry.share_reason);
    fields.field(
        "share_manner",
        msg::ColumnMannerShareManner,
        manner(entry.share_manner()),
    );
    let open = match entry.open {
        true => Cell::label("yes", msg::Yes),
        false => Cell::label("no", msg::No),
    };
    fields.field("open", msg::ColumnOpenToThePublic, open);
    fields.field(
        "open_condition",
        msg::ColumnConditionOfOpening,
        &entry.open_condition,
    );
    jurisdiction(entry, fields);
}

/// Adds the region that the data may not leave, and the need of the superior's approval, where there is one.
fn jurisdiction(entry: &v1::CatalogueEntry, fields: &mut Fields) {
    if let Some(region) = entry.region.as_ref().and_then(convert::shown_region) {
        let cell = Cell::label(region.to_string(), region.label());
        fields.field("region", msg::ColumnRegion, cell);
    }
    if entry.superior_approval {
        let yes = Cell::label("yes", msg::Yes);
        fields.field("superior_approval", msg::ColumnSuperiorApproval, yes);
    }
}

/// Adds the fields about the entry's state and its content.
fn published(record: &v1::CatalogueRecord, fields: &mut Fields) {
    let published = record
        .published_at
        .as_ref()
        .map(cells::time)
        .unwrap_or_default();
    fields.field("published_at", msg::ColumnPublished, published);
    let withdrawn = record
        .withdrawn_at
        .as_ref()
        .map(cells::time)
        .unwrap_or_default();
    let withdrawn = format!("{withdrawn} {}", record.withdrawn_reason);
    fields.field("withdrawn", msg::ColumnWithdrawn, withdrawn.trim());
    if let Some(stop) = &record.stop {
        let at = stop.at.as_ref().map(cells::time).unwrap_or_default();
        let text = format!("{at} {}", stop.reason);
        fields.field("stopped", msg::ColumnDeliveriesStopped, text);
    }
    if let Some(running) = &record.running_grants {
        let shown = running_grants(running);
        fields.field("running_grants", msg::ColumnRunningGrants, shown);
    }
    if let Some(flow) = &record.return_flow {
        fields.field(
            "return_flow",
            msg::ColumnReturnedRows,
            super::return_flow::shown(flow),
        );
    }
    fields.field("mount", msg::ColumnMounted, mounted(record));
    if let Some(scope) = &record.default_scope {
        let shown = super::grant_terms::default_scope(scope);
        fields.field("default_scope", msg::ColumnDefaultScope, shown);
    }
    fields.field("measured", msg::ColumnMeasured, measured(record));
    let digest = record.mount.as_ref().and_then(|m| m.measurement.as_ref());
    let digest = digest.map(|m| hex(&m.digest)).unwrap_or_default();
    fields.field("digest", msg::ColumnDigest, digest);
    fields.field("changed", msg::ColumnContentChanged, changed(record));
}

/// The number of requests with a running grant, and the first of them.
fn running_grants(running: &v1::RunningGrants) -> String {
    let more = running.count > running.requests.len() as u64;
    let numbers = running.requests.iter().map(String::as_str);
    let numbers: Vec<&str> = numbers.chain(more.then_some("…")).collect();
    format!("{}: {}", running.count, numbers.join(", "))
}

/// Cities and how fresh their catalogues are.
pub fn cities(list: &v1::ListCitiesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("city", msg::ColumnCity),
        Column::left("name", msg::ColumnName),
        Column::left("endpoint", msg::ColumnEndpoint),
        Column::right("entries", msg::ColumnEntries),
        Column::right("position", msg::ColumnApplied),
        Column::right("head", msg::ColumnHead),
        Column::right("quarantined", msg::ColumnSetAside),
        Column::right("damaged", msg::ColumnDamaged),
        Column::right("clock_skew", msg::ColumnClock),
        Column::left("stale_since", msg::ColumnStaleSince),
        Column::left("stale_reason", msg::ColumnReason),
        Column::left("alarm", msg::ColumnAlarm),
    ]);
    for city in &list.cities {
        let (since, reason) = if let Some(reason) = &city.not_followed_reason {
            let reason = problem_message(Some(reason));
            let reason = Message::from(msg::LogNotFollowed { reason });
            (&city.not_followed_since, Cell::from(reason))
        } else if city.stale_since.is_none() && city.paced_since.is_some() {
            (
                &city.paced_since,
                Message::from(msg::LogPaced {
                    budget: &city.paced_by,
                })
                .into(),
            )
        } else {
            let reason = city.stale_reason.as_ref();
            let reason = reason.map(|reason| problem_message(Some(reason)));
            (&city.stale_since, Cell::from(reason))
        };
        table.row(row![
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
            city.alarm.as_ref().map(super::alarm::alarm),
        ]);
    }
    table
}

/// The name of what is mounted, and whether it is a table.
fn mounted(record: &v1::CatalogueRecord) -> Cell {
    match &record.mount {
        Some(mount) if mount.is_table => {
            let name = &mount.file_name;
            Message::from(msg::MountedTableNamed { name }).into()
        }
        Some(mount) => mount.file_name.clone().into(),
        None => "".into(),
    }
}

pub(crate) fn measured(record: &v1::CatalogueRecord) -> Cell {
    let Some(measurement) = record
        .mount
        .as_ref()
        .and_then(|mount| mount.measurement.as_ref())
    else {
        return "".into();
    };
    let bytes = cells::bytes(measurement.bytes);
    match measurement.rows {
        Some(rows) => Message::from(msg::MeasuredRows { bytes, rows }).into(),
        None => bytes.into(),
    }
}

/// Returns when and how often the content changed while it was mounted; nothing where it never
/// did, or the own node alone knows.
fn changed(record: &v1::CatalogueRecord) -> String {
    let mount = record.mount.clone().unwrap_or_default();
    let at = mount.changed_at.as_ref().map(cells::time);
    at.map_or_else(String::new, |at| format!("{at} ({}×)", mount.changes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A format for programs, as files hold it, and for people.
fn format(format: &v1::Format) -> (String, Message) {
    let subtype = &format.subtype;
    let text = |text: &str| msg::Text { text }.into();
    match convert::format_kind_from(format.kind()) {
        Some(kind) if subtype.is_empty() => (kind.zh().to_owned(), kind.label()),
        Some(kind) => (
            format!("{}:{subtype}", kind.zh()),
            msg::FormatOfSubtype { kind, subtype }.into(),
        ),
        None => (subtype.clone(), text(subtype)),
    }
}

pub(crate) fn class(class: v1::ShareClass) -> Cell {
    term!(convert::share_class_from(class))
}

pub(crate) fn manner(manner: v1::ShareManner) -> Cell {
    term!(convert::share_manner_from(manner))
}

/// An item as `姓名:C(20)`, with its class, condition and manner where it has its own, for programs and for
/// people.
fn item(item: &v1::Item) -> (String, Message) {
    let letter = convert::item_type_from(item.r#type()).map(ItemType::letter);
    let kind = letter.map(|letter| format!(":{letter}"));
    let length = Some(item.length).filter(|length| *length > 0);
    let plain = [
        Some(item.name.clone()),
        kind,
        length.map(|length| format!("({length})")),
    ];
    let plain: String = plain.into_iter().flatten().collect();
    let class = convert::share_class_from(item.share_class());
    let manner = convert::share_manner_from(item.share_manner());
    let condition = Some(&item.share_condition).filter(|condition| !condition.is_empty());
    let own: [Option<(String, Message)>; 3] = [
        class.map(|class| (class.zh().to_owned(), class.label())),
        condition.map(|text| (text.clone(), msg::Text { text }.into())),
        manner.map(|manner| (manner.zh().to_owned(), manner.label())),
    ];
    let (codes, sharing): (Vec<String>, Vec<Message>) = own.into_iter().flatten().unzip();
    if codes.is_empty() {
        let label = msg::Text { text: &plain }.into();
        return (plain, label);
    }
    let code = format!("{plain} ({})", codes.join(", "));
    let item = plain;
    (code, msg::ItemSharedItself { item, sharing }.into())
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::ShareClass;

    use super::*;

    #[test]
    fn an_item_is_told_with_its_type_and_length_and_how_it_is_shared_itself() {
        let name = v1::Item {
            name: "姓名".to_owned(),
            r#type: v1::ItemType::Text.into(),
            length: 20,
            ..v1::Item::default()
        };
        let plain = Message::from(msg::Text {
            text: "姓名:C(20)"
        });
        assert_eq!(item(&name), ("姓名:C(20)".to_owned(), plain));
        let own = v1::Item {
            r#type: v1::ItemType::Date.into(),
            length: 0,
            share_class: v1::ShareClass::Conditional.into(),
            share_condition: "仅限核验".to_owned(),
            ..name
        };
        let condition = msg::Text {
            text: "仅限核验"
        };
        let label = msg::ItemSharedItself {
            item: "姓名:D",
            sharing: vec![ShareClass::Conditional.label(), condition.into()],
        };
        let (code, shown) = item(&own);
        assert_eq!(code, "姓名:D (有条件共享, 仅限核验)");
        assert_eq!(shown, label.into());
    }
}
