//! Entries for tests of the catalogue.

use chengji_proto::v1;

/// A department.
pub const MINE: &str = "91350100M000100Y43";
/// Another one.
pub const OTHER: &str = "114302000069920125";

/// A valid entry.
pub fn entry(serial: u32, name: &str, provider: &str, items: &[&str]) -> v1::CatalogueEntry {
    let items = items.iter().map(|name| v1::Item {
        name: (*name).to_owned(),
        r#type: v1::ItemType::Text.into(),
        ..v1::Item::default()
    });
    v1::CatalogueEntry {
        code: format!("206001{serial:06}"),
        name: name.to_owned(),
        classification: "2/06/001".to_owned(),
        provider: "市民政局".to_owned(),
        provider_code: provider.to_owned(),
        r#abstract: "摘要".to_owned(),
        formats: vec![v1::Format {
            kind: v1::FormatKind::File.into(),
            subtype: String::new(),
        }],
        items: items.collect(),
        share_class: v1::ShareClass::Unconditional.into(),
        share_manner: v1::ShareManner::File.into(),
        update_cycle: v1::UpdateCycle::Yearly.into(),
        published_on: "2026-01-01".to_owned(),
        administrative_level: v1::AdministrativeLevel::Municipal.into(),
        security_level: 1,
        ..Default::default()
    }
}
