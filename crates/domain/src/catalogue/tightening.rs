//! Conditions added after publication: a revision that shares less than the published one. The Order on government
//! data sharing forbids adding conditions without authority (政务数据共享条例 articles 15 and 39(2)); the change is
//! recorded and counted, a person judges it.

use std::collections::BTreeMap;

use super::terms::vocabulary;
use super::{Entry, Item, Region, ShareClass, Sharing, bare};

vocabulary! {
    /// What a revision adds to the conditions of the published one.
    Tightening {
        /// The share class of the entry, or of one of its items, is stricter.
        StricterClass = "共享类型收紧", "stricter-class", TermTighteningStricterClass;
        /// The class is the same; its scope, uses, region, needed approval or an item's condition say something new.
        NewConditions = "新增条件", "new-conditions", TermTighteningNewConditions;
    }
}

impl Tightening {
    /// Compares a revision with the published one; `None` if it adds nothing.
    pub fn of(published: &Entry, revision: &Entry) -> Option<Self> {
        let items = || in_both(published, revision);
        let stricter =
            |(old, new): (&Item, &Item)| class_of(new, revision) > class_of(old, published);
        if revision.share_class() > published.share_class() || items().any(stricter) {
            return Some(Self::StricterClass);
        }
        let conditional = |entry: &Entry| entry.share_class() == ShareClass::Conditional;
        let added = conditional(published)
            && conditional(revision)
            && (is_new(published.share_condition(), revision.share_condition())
                || is_new(&published.share_uses, &revision.share_uses));
        let of_item = |(old, new): (&Item, &Item)| {
            class_of(old, published) == ShareClass::Conditional
                && class_of(new, revision) == ShareClass::Conditional
                && is_new(condition_of(old), condition_of(new))
        };
        let bound = is_bound_further(published, revision);
        (added || bound || items().any(of_item)).then_some(Self::NewConditions)
    }
}

/// Returns true if two revisions of an entry are shared on the same terms: their classes, conditions and uses, those
/// that items have of their own, the region, and the need of an approval are the same.
pub fn is_shared_alike(published: &Entry, revision: &Entry) -> bool {
    let of_items = |entry: &Entry| -> Vec<(String, Sharing)> {
        let items = entry.items.iter();
        items
            .filter_map(|item| Some((item.name.clone(), item.sharing.clone()?)))
            .collect()
    };
    published.sharing == revision.sharing
        && published.share_uses == revision.share_uses
        && published.region == revision.region
        && published.superior_approval == revision.superior_approval
        && of_items(published) == of_items(revision)
}

/// Returns true if a revision binds the data to a narrower region, or needs an approval that was not needed.
fn is_bound_further(published: &Entry, revision: &Entry) -> bool {
    let before = published.region.as_ref();
    let narrower = |region: &Region| region.is_stricter(before);
    revision.region.as_ref().is_some_and(narrower)
        || (revision.superior_approval && !published.superior_approval)
}

/// Returns the items that both have, by their names: the published one and that of the revision. Another city's entry
/// may have thousands of items, and several of a name, of which the first counts.
fn in_both<'e>(
    published: &'e Entry,
    revision: &'e Entry,
) -> impl Iterator<Item = (&'e Item, &'e Item)> {
    let mut by_name: BTreeMap<&str, &Item> = BTreeMap::new();
    for old in &published.items {
        by_name.entry(&old.name).or_insert(old);
    }
    revision.items.iter().filter_map(move |item| {
        let old = by_name.get(item.name.as_str())?;
        Some((*old, item))
    })
}

/// Returns the class of an item: its own, else that of its entry.
fn class_of(item: &Item, entry: &Entry) -> ShareClass {
    let own = item.sharing.as_ref();
    own.map_or(entry.share_class(), |sharing| sharing.class)
}

/// Returns the condition that an item has of its own.
fn condition_of(item: &Item) -> &str {
    let own = item.sharing.as_ref();
    own.map_or("", |sharing| sharing.condition.as_str())
}

/// Returns true if a text says something that the earlier one does not: it is not a part of it. A text where there
/// was none, as before the field existed, is a condition that was not listed, and new.
fn is_new(before: &str, after: &str) -> bool {
    !bare(before).contains(&bare(after))
}

#[cfg(test)]
mod tests {
    use super::super::check::tests::sound;
    use super::*;
    use crate::catalogue::{Draft, Given, ShareManner};

    fn entry(class: ShareClass, condition: &str, uses: &str) -> Entry {
        let manner = match class {
            ShareClass::NotShared => Given::Missing,
            _ => Given::Known(ShareManner::File),
        };
        let draft = Draft {
            share_class: Given::Known(class),
            share_condition: condition.to_owned(),
            share_uses: uses.to_owned(),
            share_manner: manner,
            ..sound()
        };
        draft.check().unwrap()
    }

    #[test]
    fn a_stricter_class_is_a_tightening_and_a_looser_one_is_none() {
        let open = entry(ShareClass::Unconditional, "", "");
        let conditional = entry(ShareClass::Conditional, "仅限民政部门", "核验");
        let closed = entry(
            ShareClass::NotShared,
            "《中华人民共和国档案法》第二十八条",
            "",
        );
        for (before, after, tightening) in [
            (&open, &conditional, Some(Tightening::StricterClass)),
            (&conditional, &closed, Some(Tightening::StricterClass)),
            (&closed, &conditional, None),
            (&conditional, &open, None),
            (&conditional, &conditional, None),
        ] {
            assert_eq!(Tightening::of(before, after), tightening);
        }
    }

    #[test]
    fn a_condition_is_new_unless_it_is_a_part_of_the_earlier_one() {
        let before = entry(ShareClass::Conditional, "仅限民政部门，须脱敏", "核验");
        let of = |condition, uses| {
            Tightening::of(&before, &entry(ShareClass::Conditional, condition, uses))
        };
        assert_eq!(of("仅限民政部门", "核验"), None);
        assert_eq!(of("仅限民政部门 须脱敏。", "核验"), None);
        let added = Some(Tightening::NewConditions);
        assert_eq!(of("仅限民政部门，须脱敏，按次审批", "核验"), added);
        assert_eq!(of("仅限民政部门，须脱敏", "仅核验本人"), added);
    }

    #[test]
    fn a_revision_is_shared_alike_whatever_else_changes() {
        let before = entry(ShareClass::Conditional, "仅限民政部门", "核验");
        let mut renamed = before.clone();
        renamed.name = "婚姻登记".to_owned();
        assert!(is_shared_alike(&before, &renamed));
        let mut of_item = before.clone();
        of_item.items[0].sharing = Some(Sharing {
            class: ShareClass::Unconditional,
            condition: String::new(),
            manner: None,
        });
        let bound = Entry {
            region: Some(Region::Province),
            ..before.clone()
        };
        for after in [
            of_item,
            bound,
            entry(ShareClass::Conditional, "仅限公安部门", "核验"),
            entry(ShareClass::Conditional, "仅限民政部门", "统计"),
            entry(ShareClass::Unconditional, "", ""),
        ] {
            assert!(!is_shared_alike(&before, &after), "{after:?}");
        }
    }

    #[test]
    fn a_narrower_region_and_a_needed_approval_are_new_conditions() {
        let before = entry(ShareClass::Unconditional, "", "");
        let bound = Entry {
            region: Some(Region::Province),
            ..before.clone()
        };
        let approved = Entry {
            superior_approval: true,
            ..before.clone()
        };
        let added = Some(Tightening::NewConditions);
        assert_eq!(Tightening::of(&before, &bound), added);
        assert_eq!(Tightening::of(&bound, &before), None);
        assert_eq!(Tightening::of(&before, &approved), added);
        assert_eq!(Tightening::of(&approved, &before), None);
    }

    #[test]
    fn an_item_that_becomes_stricter_is_a_tightening_of_its_entry() {
        let before = entry(ShareClass::Conditional, "仅限民政部门", "核验");
        let with = |class| {
            let mut after = before.clone();
            after.items[0].sharing = Some(crate::catalogue::Sharing {
                class,
                condition: String::new(),
                manner: None,
            });
            after
        };
        let open = with(ShareClass::Unconditional);
        assert_eq!(Tightening::of(&before, &open), None);
        let stricter = Some(Tightening::StricterClass);
        assert_eq!(Tightening::of(&open, &before), stricter);
        // At any place in the revision; of several with its name, the first published one counts.
        let mut moved = before.clone();
        moved.items.rotate_left(1);
        assert_eq!(Tightening::of(&open, &moved), stricter);
        let mut twice = open.clone();
        twice.items.push(before.items[0].clone());
        assert_eq!(Tightening::of(&twice, &before), stricter);
    }
}
