use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::catalogue::{AdministrativeLevel, Draft, DraftItem, FormatKind, Given, ShareClass};

const TODAY: Date = date(2026, 11, 24);

/// A draft without warnings, in which tests spoil one field at a time.
fn sound() -> Draft {
    Draft {
        code: "103001/000001".to_owned(),
        name: "行政区划代码".to_owned(),
        classification: "1/03/001".to_owned(),
        provider: "市民政局".to_owned(),
        provider_code: "91350100M000100Y43".to_owned(),
        summary: "全市各区县、街道的名称与代码，自2020年起".to_owned(),
        formats: vec![(Given::Known(FormatKind::Spreadsheet), "csv".to_owned())],
        items: vec![
            item("区划代码", ItemType::Text, 12),
            item("启用日期", ItemType::Date, 0),
        ],
        share_class: Given::Known(ShareClass::Unconditional),
        share_manner: Given::Known(ShareManner::File),
        open: Given::Known(true),
        update_cycle: Given::Known(UpdateCycle::Yearly),
        published_on: "2026-03-18".to_owned(),
        level: Given::Known(AdministrativeLevel::Municipal),
        secret: Given::Known(false),
        security_level: Given::Known(1),
        ..Draft::default()
    }
}

fn item(name: &str, kind: ItemType, length: u32) -> DraftItem {
    DraftItem {
        name: name.to_owned(),
        kind: Given::Known(kind),
        length,
        ..DraftItem::default()
    }
}

fn conditional(condition: &str) -> Draft {
    Draft {
        share_class: Given::Known(ShareClass::Conditional),
        share_condition: condition.to_owned(),
        ..sound()
    }
}

fn not_shared(basis: &str) -> Draft {
    Draft {
        share_class: Given::Known(ShareClass::NotShared),
        share_condition: basis.to_owned(),
        share_manner: Given::Missing,
        open: Given::Known(false),
        ..sound()
    }
}

/// Returns the fields with warnings.
fn fields(draft: &Draft) -> Vec<Field> {
    let warnings = warnings(&draft.check().unwrap(), TODAY);
    warnings.iter().map(|warning| warning.field).collect()
}

#[test]
fn an_abstract_has_to_say_more_than_the_name() {
    for (summary, doubted) in [
        ("行政区划代码", true),
        (" 《行政区划 代码》。", true),
        ("行政区划代码的相关信息", true),
        ("区县代码", true),
        ("行政区划代码，全市各区县", false),
        ("全市各区县的名称与代码", false),
    ] {
        let draft = Draft {
            summary: summary.to_owned(),
            ..sound()
        };
        assert_eq!(fields(&draft) == [Field::Abstract], doubted, "{summary}");
    }
}

#[test]
fn a_condition_names_who_what_for_or_which_part() {
    for condition in [
        "有条件",
        "有条件共享。",
        "申请后共享",
        "需审批",
        "需经提供方审批同意后方可使用",
        "因工作需要，可向本单位提出书面申请",
        "按有关规定提供",
        "无",
        "——",
        "经市民政局审批同意后方可共享",
        "须经长沙市数据资源管理局、市民政局批准",
        "市大数据中心授权后使用",
        "由主管部门审核，并经国家税务总局长沙市税务局同意",
    ] {
        assert_eq!(
            fields(&conditional(condition)),
            [Field::ShareCondition],
            "{condition}"
        );
    }
    for condition in [
        "限公安部门使用",
        "用于跨市救援",
        "不提供联系电话",
        "经审批后用于信用监管",
        "仅限政务部门",
        "民政、残联可申请",
        "限经市民政局批准的养老机构使用",
        "公安局申请后使用",
        "经市民政局审批同意后用于社会救助",
        "经当事人同意",
    ] {
        assert_eq!(fields(&conditional(condition)), [], "{condition}");
    }
}

#[test]
fn a_law_is_cited_with_its_article_and_a_decision_may_have_none() {
    for (basis, doubted) in [
        ("《中华人民共和国档案法》", true),
        ("《戒毒条例》：应当依法保密", true),
        ("《统计法（2024年修正）》第条", true),
        ("《中华人民共和国档案法》第二十八条", false),
        ("《统计法》第 25 条", false),
        ("依据《国务院关于某事项的决定》不予共享", false),
        ("《刑法修正案（十一）》第一条", false),
    ] {
        assert_eq!(
            fields(&not_shared(basis)) == [Field::ShareCondition],
            doubted,
            "{basis}"
        );
    }
}

#[test]
fn what_class_3_cites_looks_like_a_law_or_is_asked_about() {
    for (basis, doubted) in [
        ("《红楼梦》第三条", true),
        ("《市民政局内部管理办法》第三条", true),
        ("《关于做好某项工作的通知》第一条", true),
        ("《市民政局关于某事项的决定》", true),
        ("《某省实施〈统计法〉办法》第三条", true),
        ("《民法典》第一千一百一十条", false),
        ("《互联网信息服务管理办法》第十五条", true),
        (
            "《互联网信息服务管理办法》（国务院令第292号）第十五条",
            false,
        ),
        ("国务院《关于在线政务服务的若干规定》第三条", false),
        ("《关于某项工作的通知》、《档案法》第二十八条", false),
    ] {
        let fields = fields(&not_shared(basis));
        let expected = if doubted {
            &[Field::ShareCondition][..]
        } else {
            &[]
        };
        assert_eq!(fields, expected, "{basis}");
    }
}

#[test]
fn the_basis_of_an_item_is_asked_about_as_that_of_its_entry() {
    let of = |basis: &str| {
        let mut draft = not_shared("《档案法》第二十八条");
        draft.items[0].share_class = Given::Known(ShareClass::NotShared);
        draft.items[0].share_condition = basis.to_owned();
        fields(&draft)
    };
    assert_eq!(of("《红楼梦》第三条"), [Field::Items]);
    assert_eq!(of("《统计法》第二十五条"), []);
    assert_eq!(of(""), []);
}

#[test]
fn days_to_come_and_long_ago_are_doubted() {
    for (day, doubted) in [
        ("2026-11-25", true),
        ("1989-12-31", true),
        ("2026-11-24", false),
        ("1990-01-01", false),
    ] {
        let draft = Draft {
            published_on: day.to_owned(),
            ..sound()
        };
        assert_eq!(fields(&draft) == [Field::PublishedOn], doubted, "{day}");
    }
}

#[test]
fn what_contradicts_itself_is_doubted() {
    let draft = Draft {
        open: Given::Known(true),
        ..not_shared("《档案法》第二十八条")
    };
    assert_eq!(fields(&draft), [Field::Open]);
    for (manner, doubted) in [(ShareManner::Medium, true), (ShareManner::Table, false)] {
        let draft = Draft {
            update_cycle: Given::Known(UpdateCycle::RealTime),
            share_manner: Given::Known(manner),
            ..sound()
        };
        assert_eq!(fields(&draft) == [Field::ShareManner], doubted);
    }
}

#[test]
fn items_have_lengths_that_can_be_and_names_of_their_own() {
    for (extra, doubted) in [
        (item("金额", ItemType::Number, 200), true),
        (item("登记日期", ItemType::Date, 100), true),
        (item("区划代码", ItemType::Text, 6), true),
        (item("金额", ItemType::Number, 18), false),
        (item("备注", ItemType::Text, 0), false),
        (item("登记时间", ItemType::DateTime, 19), false),
    ] {
        let mut draft = sound();
        draft.items.push(extra.clone());
        assert_eq!(fields(&draft) == [Field::Items], doubted, "{extra:?}");
    }
}

#[test]
fn texts_that_differ_in_writing_only_are_the_same() {
    assert_eq!(bare("ＡＢ（区划） 代码\u{3000}、"), "ab区划代码");
    assert_eq!(bare("AB区划-代码"), "ab区划代码");
    assert_ne!(bare("区划代码1"), bare("区划代码2"));
}

proptest! {
    #[test]
    fn any_entry_is_looked_at_without_panic_and_told_by_fields_it_has(
        texts in ("\\PC{1,60}", "\\PC{1,60}", "\\PC{0,40}"),
        class in proptest::sample::select(ShareClass::ALL),
        manner in proptest::sample::select(ShareManner::ALL),
        cycle in proptest::sample::select(UpdateCycle::ALL),
        kind in proptest::sample::select(ItemType::ALL),
        (length, open, year) in (any::<u32>(), any::<bool>(), 1900..2100_u16),
    ) {
        let condition = match class {
            ShareClass::Unconditional => String::new(),
            ShareClass::Conditional => format!("需{}", texts.2),
            ShareClass::NotShared => format!("《法》{}", texts.2),
        };
        let draft = Draft {
            name: texts.0,
            summary: texts.1,
            share_class: Given::Known(class),
            share_condition: condition,
            share_manner: match class {
                ShareClass::NotShared => Given::Missing,
                _ => Given::Known(manner),
            },
            update_cycle: Given::Known(cycle),
            open: Given::Known(open),
            published_on: format!("{year}-06-01"),
            items: vec![item("项", kind, length)],
            ..sound()
        };
        let entry = draft.check();
        prop_assume!(entry.is_ok());
        for warning in warnings(&entry.unwrap(), TODAY) {
            prop_assert!(crate::catalogue::FIELDS.contains(&warning.field));
            prop_assert!(warning.message.code().starts_with("warning-"), "{warning:?}");
        }
    }

    #[test]
    fn a_sound_entry_raises_no_doubt(
        scope in "[甲乙丙丁戊]{2,12}",
        serial in "[0-9]{6}",
        digits in 0..=38_u32,
        day in (1990..2026_u16, 1..=12_u8, 1..=28_u8),
    ) {
        let draft = Draft {
            code: format!("103001/{serial}"),
            summary: format!("{scope}的名称、地址、等级与联系方式"),
            share_condition: format!("限{scope}使用"),
            items: vec![item(&scope, ItemType::Number, digits)],
            published_on: format!("{}-{:02}-{:02}", day.0, day.1, day.2),
            ..conditional("")
        };
        prop_assert_eq!(fields(&draft), []);
    }

    #[test]
    fn the_bare_text_is_the_same_however_blanks_and_width_are_written(text in "[a-zA-Z0-9甲乙丙]{0,20}") {
        let wide: String = text
            .chars()
            .map(|c| match c {
                '!'..='~' => char::from_u32(u32::from(c) + 0xFEE0).unwrap(),
                c => c,
            })
            .flat_map(|c| [c, ' '])
            .collect();
        prop_assert_eq!(bare(&wide), bare(&text));
        prop_assert_eq!(bare(&bare(&text)), bare(&text));
    }
}
