//! What a reviewer would ask about an entry, and only the node can know: the rest of the catalogue.
//! What the entry itself says is for [`chengji_domain::catalogue::doubts`].
//!
//! For now that is likely duplicates. A cycle that what was measured contradicts is to be told from
//! here, too: like [`duplicates`], a function from what is stored and the entries of an import to
//! lines and doubts, called beside it in `Import::question`.

use std::collections::HashMap;
use std::collections::hash_map::{Entry as Place, RandomState};
use std::hash::BuildHasher;

use chengji_domain::catalogue::{Entry, Problem, bare};
use chengji_domain::{ResourceCode, Result};
use chengji_proto::v1;
use chengji_store::View;

use super::book;

/// Records read at a time.
const PAGE: usize = 1_000;

/// The entries of an import that the city likely has already under another code, in the catalogue or
/// further up in the same import: of the same provider with the same name, or of another one with
/// the same name and the same items. Withdrawn entries do not count, nor what an entry was before
/// this import.
pub fn duplicates(
    view: &(impl View + ?Sized),
    entries: &[Entry],
    lines: &HashMap<ResourceCode, u64>,
) -> Result<Vec<(u64, Problem)>> {
    let mut index = Index::default();
    let mut after = None;
    loop {
        let records = book::page(view, after.as_ref(), PAGE)?;
        let last = records.len() < PAGE;
        for record in records {
            let Some(entry) = record.entry else { continue };
            let code: ResourceCode = entry.code.parse()?;
            if record.withdrawn_at.is_none() && !lines.contains_key(&code) {
                index.add(code.clone(), None, &Traits::of_record(&entry));
            }
            after = Some(code);
        }
        if last {
            break;
        }
    }
    let mut found = Vec::new();
    for entry in entries {
        let line = lines.get(&entry.code).copied().unwrap_or_default();
        let traits = Traits::of(entry);
        found.extend(index.doubt(entry, &traits).map(|doubt| (line, doubt)));
        index.add(entry.code.clone(), Some(line), &traits);
    }
    Ok(found)
}

/// By what an entry is known again, however it is written.
struct Traits {
    provider: String,
    name: String,
    items: Vec<String>,
}

impl Traits {
    fn of(entry: &Entry) -> Self {
        let items = entry.items.iter().map(|item| item.name.as_str());
        Self::new(entry.provider_code.as_str(), &entry.name, items)
    }

    fn of_record(entry: &v1::CatalogueEntry) -> Self {
        let items = entry.items.iter().map(|item| item.name.as_str());
        Self::new(&entry.provider_code, &entry.name, items)
    }

    fn new<'a>(provider: &str, name: &str, items: impl Iterator<Item = &'a str>) -> Self {
        let mut items: Vec<String> = items.map(bare).collect();
        items.sort_unstable();
        // A name of nothing but signs is what it is.
        let plain = Some(bare(name)).filter(|plain| !plain.is_empty());
        Self {
            provider: provider.to_owned(),
            name: plain.unwrap_or_else(|| name.to_owned()),
            items,
        }
    }
}

/// Entries by hashes of their traits; nothing else of them is kept but where they are found. That two
/// hashes are the same by chance is as good as impossible, and would cost a needless question.
#[derive(Default)]
struct Index {
    hasher: RandomState,
    known: Vec<(ResourceCode, Option<u64>)>,
    by_provider: HashMap<u64, u32>,
    by_items: HashMap<u64, u32>,
}

impl Index {
    fn add(&mut self, code: ResourceCode, line: Option<u64>, traits: &Traits) {
        // An import and a catalogue are far smaller than this.
        let Ok(number) = u32::try_from(self.known.len()) else {
            return;
        };
        let (by_provider, by_items) = self.hashes(traits);
        let mut kept = false;
        for (map, hash) in [
            (&mut self.by_provider, Some(by_provider)),
            (&mut self.by_items, by_items),
        ] {
            if let Some(Place::Vacant(place)) = hash.map(|hash| map.entry(hash)) {
                place.insert(number);
                kept = true;
            }
        }
        if kept {
            self.known.push((code, line));
        }
    }

    fn doubt(&self, entry: &Entry, traits: &Traits) -> Option<Problem> {
        let (by_provider, by_items) = self.hashes(traits);
        let known = |number: Option<&u32>| self.known.get(*number? as usize);
        if let Some(known) = known(self.by_provider.get(&by_provider)) {
            return Some(same_name(entry, known));
        }
        let known = known(by_items.and_then(|hash| self.by_items.get(&hash)))?;
        Some(same_items(entry, known))
    }

    /// Of provider and name, and of name and items where there are some.
    fn hashes(&self, traits: &Traits) -> (u64, Option<u64>) {
        let Traits {
            provider,
            name,
            items,
        } = traits;
        let by_items = (!items.is_empty()).then(|| self.hasher.hash_one((name, items)));
        (self.hasher.hash_one((provider, name)), by_items)
    }
}

fn same_name(entry: &Entry, known: &(ResourceCode, Option<u64>)) -> Problem {
    let (en, zh) = place(known);
    Problem::new(
        "name",
        &entry.name,
        format!("the provider has a resource of this name already: {en}"),
        format!("同一提供方已有同名资源：{zh}"),
        "revise that entry under its own code, or give this one a name that tells them apart \
         如为同一资源请沿用原代码，否则请区分名称",
    )
}

fn same_items(entry: &Entry, known: &(ResourceCode, Option<u64>)) -> Problem {
    let (en, zh) = place(known);
    Problem::new(
        "name",
        &entry.name,
        format!("another provider has a resource of this name with the same items: {en}"),
        format!("其他提供方已有同名且信息项相同的资源：{zh}"),
        "agree which department provides it, so that each resource has one source \
         请与对方部门协商，一数一源",
    )
}

fn place((code, line): &(ResourceCode, Option<u64>)) -> (String, String) {
    match line {
        Some(line) => (
            format!("{code} in line {line}"),
            format!("第{line}行 {code}"),
        ),
        None => (format!("{code} in the catalogue"), format!("已发布 {code}")),
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::{Draft, Given};
    use chengji_proto::convert;
    use proptest::prelude::*;

    use super::*;

    const MINE: &str = "91350100M000100Y43";
    const OTHER: &str = "114302000069920125";

    fn entry(serial: u32, name: &str, provider: &str, items: &[&str]) -> Entry {
        let items = items.iter().map(|name| v1::Item {
            name: (*name).to_owned(),
            r#type: v1::ItemType::Text.into(),
            length: 0,
        });
        let wire = v1::CatalogueEntry {
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
        };
        let draft: Draft = convert::draft(&wire);
        assert_eq!(draft.secret, Given::Known(false));
        draft.check().unwrap()
    }

    /// What is asked of these entries, each in the line of its place, after `published`.
    fn asked(published: &[Entry], imported: &[Entry]) -> Vec<(u64, Problem)> {
        let mut index = Index::default();
        for entry in published {
            let traits = Traits::of_record(&convert::entry_to(entry));
            index.add(entry.code.clone(), None, &traits);
        }
        let mut found = Vec::new();
        for (line, entry) in (2..).zip(imported) {
            let traits = Traits::of(entry);
            found.extend(index.doubt(entry, &traits).map(|doubt| (line, doubt)));
            index.add(entry.code.clone(), Some(line), &traits);
        }
        found
    }

    #[test]
    fn a_name_of_the_same_provider_is_known_again_however_it_is_written() {
        let published = [entry(1, "区划 代码（AB）", MINE, &[])];
        let imported = [
            entry(2, "区划代码ａｂ", MINE, &["代码"]),
            entry(3, "区划代码AC", MINE, &[]),
            entry(4, "区划代码-AC", MINE, &[]),
        ];
        let found = asked(&published, &imported);
        let lines: Vec<u64> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 4]);
        assert!(
            found[0]
                .1
                .problem
                .ends_with("206001000001 in the catalogue")
        );
        assert!(found[1].1.problem_zh.ends_with("第3行 206001000003"));
    }

    #[test]
    fn another_providers_resource_is_the_same_with_the_same_items_only() {
        let published = [entry(1, "停车场", OTHER, &["名称", "地址"])];
        let imported = [
            entry(2, "停车场", MINE, &["地址", "名 称"]),
            entry(3, "停车场点位", MINE, &["名称", "地址"]),
        ];
        let found = asked(&published, &imported);
        assert_eq!(found.len(), 1);
        assert!(found[0].1.problem.starts_with("another provider"));
        for items in [&["名称"][..], &[]] {
            let none = asked(&published, &[entry(2, "停车场", MINE, items)]);
            assert_eq!(none, []);
        }
    }

    proptest! {
        #[test]
        fn names_that_differ_are_never_asked_about(names in proptest::collection::hash_set("[甲乙丙丁a-c]{1,6}", 1..20)) {
            let entries: Vec<Entry> = (1..)
                .zip(&names)
                .map(|(serial, name)| entry(serial, name, MINE, &["代码"]))
                .collect();
            prop_assert_eq!(asked(&[], &entries), []);
        }
    }
}
