use proptest::prelude::*;

use super::*;

#[test]
fn each_class_of_unfit_characters_is_refused_with_code_point_and_place() {
    for (text, codepoint, place) in [
        ("甲\u{1b}[2J", "U+001B", 2),
        ("\u{7}", "U+0007", 1),
        ("a\u{7f}", "U+007F", 2),
        ("a\u{9b}2J", "U+009B", 2),
        ("甲\r\n", "U+000D", 2),
        ("甲\u{2028}乙", "U+2028", 2),
        ("甲\u{202e}乙", "U+202E", 2),
        ("甲乙\u{200f}", "U+200F", 3),
        ("零宽\u{200b}名称", "U+200B", 3),
        ("名称\u{feff}", "U+FEFF", 3),
        ("软\u{ad}连字符", "U+00AD", 2),
        ("\u{3164}甲", "U+3164", 1),
        ("\u{ffa0}甲", "U+FFA0", 1),
        ("甲\u{180e}", "U+180E", 2),
        ("甲\u{fe0f}", "U+FE0F", 2),
        ("甲\u{e0041}", "U+E0041", 2),
        ("甲\u{e0100}", "U+E0100", 2),
        ("甲\u{e5e5}", "U+E5E5", 2),
        ("甲\u{fffe}", "U+FFFE", 2),
    ] {
        for rule in [TextRule::line(1, 100), TextRule::lines(1, 100)] {
            let fault = rule.fault(text).unwrap().message();
            let expected = Value::text(codepoint);
            assert_eq!(fault.param("codepoint"), Some(&expected));
            assert_eq!(fault.param("place"), Some(&Value::Integer(place)));
            let field = Field::Name;
            let error = rule.check(field, text).unwrap_err();
            let fault_of = msg::TextNotValid {
                fault: &fault,
                field,
            };
            assert_eq!(error, Error::new(ErrorCode::InvalidArgument, fault_of));
            let violation = rule.violation(field, text);
            assert_eq!(violation, Some(Violation::new(field, fault)));
        }
    }
}

#[test]
fn the_advice_of_a_fault_is_that_of_its_error() {
    let error = TextRule::REASON.check(Field::Reason, "").unwrap_err();
    let fault = TextRule::REASON.fault("").unwrap().message();
    for language in chengji_messages::Language::ALL {
        assert_eq!(Some(error.remedy_in(language)), fault.remedy(language));
    }
}

#[test]
fn texts_that_people_write_are_admitted() {
    for text in [
        "长沙市公共停车场（2026年）“基本信息”—— 100 %",
        "𠮷野家 〇 ㎡ ①",
        "Zürich Привет ئۇيغۇر བོད་ 𛄁",
        "a\u{a0}b\u{3000}c",
        "🚌 stops",
    ] {
        assert_eq!(TextRule::line(1, 100).fault(text), None, "{text}");
    }
}

#[test]
fn line_breaks_and_tabs_belong_to_texts_of_several_lines_only() {
    let text = "一、甲\n\t二、乙";
    assert_eq!(TextRule::lines(1, 100).fault(text), None);
    let fault = TextRule::line(1, 100).fault(text).unwrap();
    assert_eq!(
        fault,
        TextFault::Character {
            character: '\n',
            place: 4,
            unfit: ForbiddenCharacter::LineBreak
        }
    );
}

#[test]
fn blanks_make_no_text_long_enough_and_do_make_it_too_long() {
    let rule = TextRule::REASON;
    for (text, found) in [("", 0), ("  ", 0), (&"字".repeat(1_001), 1_001)] {
        let fault = rule.fault(text).unwrap();
        assert!(
            matches!(fault, TextFault::Length { found: f, .. } if f == found),
            "{fault:?}"
        );
    }
    assert!(rule.fault(&format!("x{}", " ".repeat(1_000))).is_some());
    assert_eq!(rule.fault(&"字".repeat(1_000)), None);
}

proptest! {
    /// An admitted text is shown unchanged: nothing in it is escaped except line breaks.
    #[test]
    fn an_admitted_text_is_shown_as_it_is(text in any::<String>()) {
        if TextRule::line(0, usize::MAX).fault(&text).is_none() {
            prop_assert_eq!(crate::quoted::OneLine(&text).to_string(), text);
        }
    }

    #[test]
    fn without_invisible_characters_nothing_else_is_lost(text in any::<String>()) {
        let clean = without_invisible(&text);
        let visible: String = text.chars().filter(|c| unfit(*c) != Some(ForbiddenCharacter::Invisible)).collect();
        prop_assert_eq!(clean.as_ref(), visible.as_str());
    }

    #[test]
    fn a_fitted_text_is_admitted_and_an_admitted_one_fits(text in any::<String>(), most in 1..50_usize) {
        for rule in [TextRule::line(0, most), TextRule::lines(0, most)] {
            let fitted = rule.fitted(&text);
            prop_assert_eq!(rule.fault(&fitted), None);
            if rule.fault(&text).is_none() {
                prop_assert_eq!(&fitted, &text);
            }
        }
    }
}
