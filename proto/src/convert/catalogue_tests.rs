use chengji_testkit::strategies::entry;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;

use super::*;

proptest! {
    /// Texts and numbers of a published entry are not validated again.
    #[test]
    fn an_entry_reads_as_it_was_written_whatever_its_texts_are(
        sound in entry(),
        texts in any::<[String; 6]>(),
        class in prop::sample::select(ShareClass::ALL),
        manner in prop::option::of(prop::sample::select(ShareManner::ALL)),
        level in any::<u8>(),
        rows in any::<Option<u64>>(),
    ) {
        let [name, provider, summary, condition, opening, subtype] = texts;
        let mut said = Entry {
            name,
            provider,
            summary,
            sharing: Sharing { class, condition: condition.clone(), manner },
            opening: Some(opening),
            security_level: level,
            declared: Volume { rows, bytes: None },
            ..sound
        };
        said.formats[0].subtype = subtype;
        said.items[0].sharing = Some(Sharing { class, condition, manner });
        prop_assert_eq!(entry_from(entry_to(&said)).unwrap(), said);
    }

    #[test]
    fn what_was_admitted_is_admitted_again_without_a_difference(entry in entry()) {
        prop_assert_eq!(draft_from(entry_to(&entry)).check(), Ok(entry));
    }
}

#[test]
fn what_is_no_entry_at_all_is_refused_by_the_fields_name() {
    type Spoil = fn(&mut v1::CatalogueEntry);
    let spoil: [(&str, Spoil); 8] = [
        ("code", |wire| wire.code.clear()),
        ("classification", |wire| {
            wire.classification = "9".to_owned()
        }),
        ("provider_code", |wire| wire.provider_code.push('0')),
        ("share_class", |wire| wire.share_class = 4),
        ("share_manner", |wire| wire.share_manner = 99),
        ("update_cycle", |wire| wire.update_cycle = 0),
        ("published_on", |wire| wire.published_on.clear()),
        ("secret", |wire| wire.secret = true),
    ];
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let sound = entry().new_tree(&mut runner).unwrap().current();
    for (field, spoil) in spoil {
        let mut wire = entry_to(&sound);
        spoil(&mut wire);
        let error = entry_from(wire).unwrap_err();
        assert_eq!(error.message().param("field"), Some(&field.into()));
    }
}
