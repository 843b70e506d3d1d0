//! Entries generated for tests, in any number.

use chengji_domain::catalogue::{Draft, FormatKind, Given, ShareClass};
use chengji_proto::{convert, v1};
use chengji_testkit::{OTHER_CREDIT_CODE, entries};

/// The options of `catalogue import` that fill in what the demo's catalogues lack for being submitted.
pub const PAPERS: [&str; 12] = [
    "--secrecy-assessment",
    "none",
    "--personal-information-assessment",
    "none",
    "--document",
    "数评〔2026〕1号",
    "--uses",
    "履行职责核验",
    "--not-shared-reason",
    "法律、行政法规规定不予共享",
    "--consent",
    "数函〔2026〕1号",
];

/// The code of the entry with this serial.
pub fn code_of(serial: u64) -> String {
    format!("206001{serial:06}")
}

/// An unconditional entry of an electronic file, with an abstract of `characters` characters.
pub fn entry(serial: u64, characters: usize) -> v1::CatalogueEntry {
    let draft = Draft {
        code: code_of(serial),
        name: format!("测试条目{serial}"),
        classification: "2/06/001".to_owned(),
        provider: "株洲市民政局".to_owned(),
        provider_code: OTHER_CREDIT_CODE.to_owned(),
        summary: "数".repeat(characters),
        formats: vec![(Given::Known(FormatKind::File), "bin".to_owned())],
        ..entries::with_papers(entries::draft(0, ShareClass::Unconditional))
    };
    convert::entry_to(&entries::entry(&draft))
}
