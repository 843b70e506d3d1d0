//! Strategies of property tests.

use chengji_domain::catalogue::{
    AdministrativeLevel, AssessmentOutcome, Draft, DraftItem, Entry, FormatKind, Given, ItemType,
    Region, ShareClass, ShareManner, UpdateCycle,
};
use proptest::prelude::*;

use crate::CREDIT_CODE;

/// Text of any number of lines, without surrounding blanks.
fn words(most: usize) -> impl Strategy<Value = String> {
    let signs = proptest::char::ranges(vec!['a'..='c', '甲'..='申', ' '..='/'].into());
    let any = prop_oneof![
        signs,
        proptest::sample::select("\n\t\"\\:;：；（）,，\u{3000}".chars().collect::<Vec<_>>())
    ];
    proptest::collection::vec(any, 0..most)
        .prop_map(|characters| String::from_iter(characters).trim().to_owned())
}

/// Text of one line, without surrounding blanks.
fn line(most: usize) -> impl Strategy<Value = String> {
    words(most).prop_map(|words| words.replace(['\n', '\t'], "·"))
}

fn text(most: usize) -> impl Strategy<Value = String> {
    words(most).prop_map(|words| format!("名{words}"))
}

fn name(most: usize) -> impl Strategy<Value = String> {
    line(most).prop_map(|line| format!("名{line}"))
}

fn one<T: Copy + std::fmt::Debug>(all: &'static [T]) -> impl Strategy<Value = Given<T>> {
    proptest::sample::select(all).prop_map(Given::Known)
}

fn draft_items() -> impl Strategy<Value = Vec<DraftItem>> {
    let class = proptest::option::of(proptest::sample::select(ShareClass::ALL));
    let manner = proptest::option::of(proptest::sample::select(ShareManner::ALL));
    let item = (
        name(10),
        one(ItemType::ALL),
        any::<u32>(),
        class,
        text(6),
        manner,
    );
    let item = item.prop_map(|(name, kind, length, class, condition, manner)| DraftItem {
        name,
        kind,
        length,
        share_class: class.map_or(Given::Missing, Given::Known),
        share_condition: condition,
        share_manner: manner.map_or(Given::Missing, Given::Known),
    });
    proptest::collection::vec(item, 1..4)
}

/// Lowers the item's class to the entry's, with a condition and manner that fit it.
fn within(entry: &Given<ShareClass>, item: DraftItem) -> DraftItem {
    let (Given::Known(own), Given::Known(most)) = (&item.share_class, entry) else {
        return DraftItem {
            share_condition: String::new(),
            share_manner: Given::Missing,
            ..item
        };
    };
    let class = *own.min(most);
    let condition = match class {
        ShareClass::Unconditional => String::new(),
        ShareClass::Conditional => item.share_condition,
        ShareClass::NotShared => format!("《统计法》{}", item.share_condition),
    };
    let manner = match class {
        ShareClass::NotShared => Given::Missing,
        ShareClass::Unconditional | ShareClass::Conditional => item.share_manner,
    };
    DraftItem {
        share_class: Given::Known(class),
        share_condition: condition,
        share_manner: manner,
        ..item
    }
}

fn sharing() -> impl Strategy<Value = (Given<ShareClass>, String, Given<ShareManner>)> {
    (
        proptest::sample::select(ShareClass::ALL),
        text(12),
        one(ShareManner::ALL),
    )
        .prop_map(|(class, text, manner)| match class {
            ShareClass::Unconditional => (Given::Known(class), String::new(), manner),
            ShareClass::Conditional => (Given::Known(class), text, manner),
            ShareClass::NotShared => (
                Given::Known(class),
                format!("《统计法》{text}"),
                Given::Missing,
            ),
        })
}

/// An assessment, or none.
fn assessment() -> impl Strategy<Value = (Given<AssessmentOutcome>, String)> {
    prop_oneof![
        Just((Given::Missing, String::new())),
        (one(AssessmentOutcome::ALL), text(12)),
    ]
}

/// A region, or none.
fn region() -> impl Strategy<Value = Given<Region>> {
    prop_oneof![
        Just(Given::Missing),
        Just(Given::Known(Region::Province)),
        Just(Given::Known(Region::Cluster)),
        "(43|44)(00|01|02)00(;4[2-9]0100){0,3}".prop_map(|codes: String| Given::parsed(&codes)),
    ]
}

prop_compose! {
    /// Generates any valid entry.
    pub fn entry()(
        texts in (name(20), name(20), text(30)),
        serial in "[0-9]{6}",
        formats in proptest::collection::vec((one(FormatKind::ALL), line(8)), 1..4),
        items in draft_items(),
        sharing in sharing(),
        opening in proptest::option::of(words(10)),
        update_cycle in one(UpdateCycle::ALL),
        level in one(AdministrativeLevel::ALL),
        date in ("20[0-9]{2}", 1..=12_u8, 1..=28_u8),
        related in proptest::collection::vec("[0-9]{8,12}", 0..3),
        (security, declared, region, superior_approval) in (
            1..=4_u32,
            proptest::option::of(0..1_000_000_u64),
            region(),
            proptest::bool::ANY,
        ),
        papers in (assessment(), assessment(), line(9), text(12)),
    ) -> Entry {
        let (secrecy, personal_information, consent_document, listed) = papers;
        let only = |class| match sharing.0 == Given::Known(class) {
            true => listed.clone(),
            false => String::new(),
        };
        let (share_uses, share_reason) = (only(ShareClass::Conditional), only(ShareClass::NotShared));
        Draft {
            code: format!("103001/{serial}"),
            name: texts.0,
            classification: "1/03/001".to_owned(),
            provider: texts.1,
            provider_code: CREDIT_CODE.to_owned(),
            summary: texts.2,
            formats,
            items: items.into_iter().map(|item| within(&sharing.0, item)).collect(),
            share_class: sharing.0,
            share_condition: sharing.1,
            share_manner: sharing.2,
            open: Given::Known(opening.is_some()),
            open_condition: opening.unwrap_or_default(),
            update_cycle,
            published_on: format!("{}-{:02}-{:02}", date.0, date.1, date.2),
            related,
            level,
            secret: Given::Known(false),
            security_level: Given::Known(security),
            declared_rows: declared.into(),
            declared_bytes: Given::Missing,
            share_uses,
            share_reason,
            secrecy_assessment: secrecy.0,
            secrecy_document: secrecy.1,
            personal_information_assessment: personal_information.0,
            personal_information_document: personal_information.1,
            consent_document,
            region,
            superior_approval: Given::Known(superior_approval),
        }
        .check()
        .unwrap()
    }
}
