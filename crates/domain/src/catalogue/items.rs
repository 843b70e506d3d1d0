//! Checks of the items (信息项) of a draft, and of each item's sharing.

use chengji_messages::{Message, msg};

use super::check::{CONDITION, Check, cites_a_law};
use super::draft::{Draft, DraftItem, Given};
use super::{FormatKind, Item, ItemType, ShareClass, ShareManner, Sharing};
use crate::field::Field;
use crate::text::TextRule;

/// Maximum number of items of an entry.
const MAX: usize = 500;
/// The name of an item.
pub(super) const NAME: TextRule = TextRule::line(1, 100);

impl Check {
    /// Returns the valid items of a draft.
    pub(super) fn items(&mut self, draft: &Draft) -> Vec<Item> {
        if draft.items.is_empty() && is_table(draft) {
            self.missing(Field::Items);
        }
        if draft.items.len() > MAX {
            let too_many = msg::CatalogueTooManyItems {
                count: draft.items.len(),
                most: MAX,
            };
            self.report(Field::Items, "", too_many);
        }
        let items = draft.items.iter();
        items.filter_map(|item| self.item(item, draft)).collect()
    }

    fn item(&mut self, item: &DraftItem, draft: &Draft) -> Option<Item> {
        let kind = self.term(Field::Items, &item.kind, ItemType::terms);
        let name = self.text(Field::Items, &item.name, NAME);
        let sharing = self.item_sharing(item, draft);
        Some(Item {
            name: name?,
            kind: kind?,
            length: item.length,
            sharing,
        })
    }

    fn item_sharing(&mut self, item: &DraftItem, draft: &Draft) -> Option<Sharing> {
        let condition = &item.share_condition;
        if item.share_class == Given::Missing {
            if !condition.is_empty() || item.share_manner != Given::Missing {
                self.wrong_item(item, msg::CatalogueItemClassMissing);
            }
            return None;
        }
        let class = self.term(Field::Items, &item.share_class, ShareClass::terms)?;
        let manner = match &item.share_manner {
            Given::Missing => None,
            given => Some(self.term(Field::Items, given, ShareManner::terms)?),
        };
        self.is_admitted(Field::Items, condition, CONDITION)
            .then_some(())?;
        self.fits_the_entry(item, class, draft);
        if class == ShareClass::NotShared && manner.is_some() {
            self.wrong_item(item, msg::CatalogueItemMannerNeedless);
        }
        Some(Sharing {
            class,
            condition: condition.clone(),
            manner,
        })
    }

    /// Checks that class and condition of the item are compatible with those of the entry.
    fn fits_the_entry(&mut self, item: &DraftItem, class: ShareClass, draft: &Draft) {
        let Given::Known(entry) = draft.share_class else {
            return;
        };
        if class > entry {
            let stricter = msg::CatalogueItemStricter {
                class: class.label(),
                item: &item.name,
                term: class.zh(),
            };
            self.report(Field::ShareClass, entry.zh(), stricter);
        }
        let empty = item.share_condition.is_empty();
        match class {
            ShareClass::Unconditional if !empty => {
                let needless = msg::CatalogueItemConditionNeedless {
                    class: ShareClass::Conditional.zh(),
                };
                self.wrong_item(item, needless);
            }
            ShareClass::Conditional if empty && entry == ShareClass::NotShared => {
                self.wrong_item(item, msg::CatalogueItemConditionMissing);
            }
            ShareClass::NotShared if !empty && !cites_a_law(&item.share_condition) => {
                self.wrong_item(item, msg::CatalogueItemBasisNotCited);
            }
            _ => {}
        }
    }

    fn wrong_item(&mut self, item: &DraftItem, message: impl Into<Message>) {
        self.report(Field::Items, &item.name, message);
    }
}

fn is_table(draft: &Draft) -> bool {
    let database =
        |(kind, _): &(Given<FormatKind>, String)| *kind == Given::Known(FormatKind::Database);
    draft.share_manner == Given::Known(ShareManner::Table) || draft.formats.iter().any(database)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::check::tests::sound;
    use super::*;
    use crate::catalogue::Entry;

    fn item(class: ShareClass, condition: &str) -> DraftItem {
        DraftItem {
            name: "身份证号".to_owned(),
            kind: Given::Known(ItemType::Text),
            length: 18,
            share_class: Given::Known(class),
            share_condition: condition.to_owned(),
            share_manner: Given::Missing,
        }
    }

    fn draft(class: ShareClass, items: Vec<DraftItem>) -> Draft {
        let (condition, manner) = match class {
            ShareClass::Unconditional => ("", Given::Known(ShareManner::File)),
            ShareClass::Conditional => ("仅限社保经办机构核验", Given::Known(ShareManner::File)),
            ShareClass::NotShared => ("《中华人民共和国档案法》第二十八条", Given::Missing),
        };
        Draft {
            items,
            share_class: Given::Known(class),
            share_condition: condition.to_owned(),
            share_manner: manner,
            ..sound()
        }
    }

    fn wrong(draft: &Draft) -> Vec<Field> {
        let problems = draft.check().unwrap_err();
        problems.iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn an_item_may_be_less_strict_than_its_entry_and_shared_another_way() {
        let mut open = item(ShareClass::Unconditional, "");
        open.share_manner = Given::Known(ShareManner::Interface);
        let entry = draft(ShareClass::Conditional, vec![open]).check().unwrap();
        let sharing = entry.items[0].sharing.as_ref().unwrap();
        assert_eq!(sharing.class, ShareClass::Unconditional);
        assert_eq!(sharing.manner, Some(ShareManner::Interface));
    }

    #[test]
    fn conditions_go_with_classes() {
        use ShareClass::{Conditional, NotShared, Unconditional};
        let check = |entry, class, condition| draft(entry, vec![item(class, condition)]).check();
        assert!(check(Conditional, Conditional, "").is_ok());
        assert!(check(NotShared, NotShared, "").is_ok());
        assert!(check(NotShared, Conditional, "脱敏后提供").is_ok());
        for (entry, class, condition) in [
            (Unconditional, Unconditional, "有条件"),
            (NotShared, Conditional, ""),
            (NotShared, NotShared, "内部规定"),
        ] {
            let draft = draft(entry, vec![item(class, condition)]);
            assert_eq!(wrong(&draft), [Field::Items], "{class:?} {condition}");
        }
        let mut orphan = item(Unconditional, "仅限");
        orphan.share_class = Given::Missing;
        assert_eq!(wrong(&draft(Conditional, vec![orphan])), [Field::Items]);
        let mut manner = item(NotShared, "");
        manner.share_manner = Given::Known(ShareManner::File);
        assert_eq!(wrong(&draft(NotShared, vec![manner])), [Field::Items]);
    }

    fn class() -> impl Strategy<Value = ShareClass> {
        prop::sample::select(ShareClass::ALL)
    }

    proptest! {
        /// An entry as strict as its strictest item, or stricter, is accepted; any other is
        /// refused.
        #[test]
        fn an_entry_is_as_strict_as_its_strictest_item(
            entry in class(),
            items in prop::collection::vec(class(), 0..6),
        ) {
            let strictest = items.iter().max().copied();
            let items = items.iter().map(|class| match class {
                ShareClass::Conditional => item(*class, "仅限核验"),
                class => item(*class, ""),
            });
            let checked = draft(entry, items.collect()).check();
            prop_assert_eq!(checked.is_ok(), strictest.is_none_or(|item| item <= entry));
            if let Ok(checked) = checked {
                let classes = |entry: &Entry| {
                    let own = |item: &Item| item.sharing.as_ref().map(|sharing| sharing.class);
                    entry.items.iter().filter_map(own).max()
                };
                prop_assert_eq!(classes(&checked), strictest);
            }
        }
    }
}
