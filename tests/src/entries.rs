//! Entries made for a test, as many as it needs.

use chengji_proto::v1;

/// The code of the entry with this serial.
pub fn code_of(serial: u64) -> String {
    format!("206001{serial:06}")
}

/// An unconditional entry of an electronic file, with an abstract of so many characters.
pub fn entry(serial: u64, characters: usize) -> v1::CatalogueEntry {
    let format = v1::Format {
        kind: v1::FormatKind::File.into(),
        subtype: "bin".to_owned(),
    };
    v1::CatalogueEntry {
        code: code_of(serial),
        name: format!("测试条目{serial}"),
        classification: "2/06/001".to_owned(),
        provider: "株洲市民政局".to_owned(),
        provider_code: "114302000069920125".to_owned(),
        r#abstract: "数".repeat(characters),
        formats: vec![format],
        share_class: v1::ShareClass::Unconditional.into(),
        share_manner: v1::ShareManner::File.into(),
        update_cycle: v1::UpdateCycle::Yearly.into(),
        published_on: "2026-01-01".to_owned(),
        administrative_level: v1::AdministrativeLevel::Municipal.into(),
        security_level: 1,
        ..Default::default()
    }
}
