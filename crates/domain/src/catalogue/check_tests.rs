use super::*;
use crate::catalogue::{DraftItem, ItemType};

/// A valid draft, in which tests spoil one field at a time.
pub(crate) fn sound() -> Draft {
    Draft {
        code: "103001/000001".to_owned(),
        name: "行政区划代码".to_owned(),
        classification: "1/03/001".to_owned(),
        provider: "市民政局".to_owned(),
        provider_code: "91350100M000100Y43".to_owned(),
        summary: "全市各区县的名称与代码".to_owned(),
        formats: vec![(Given::Known(FormatKind::Spreadsheet), "csv".to_owned())],
        items: vec![DraftItem {
            name: "区划代码".to_owned(),
            kind: Given::Known(ItemType::Text),
            length: 12,
            ..DraftItem::default()
        }],
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

fn fields(draft: &Draft) -> Vec<Field> {
    draft
        .check()
        .unwrap_err()
        .iter()
        .map(|problem| problem.field)
        .collect()
}

#[test]
fn a_sound_draft_is_an_entry() {
    let entry = sound().check().unwrap();
    assert_eq!(entry.code.as_str(), "103001000001");
    assert_eq!(entry.opening.as_deref(), Some(""));
}

#[test]
fn an_empty_draft_lacks_every_required_field_at_once() {
    let problems = Draft::default().check().unwrap_err();
    for field in [
        Field::Code,
        Field::Name,
        Field::ProviderCode,
        Field::ShareClass,
        Field::Secret,
        Field::SecurityLevel,
    ] {
        let missing = FieldProblem::new(field, "", msg::CatalogueFieldMissing);
        assert!(problems.contains(&missing), "{field:?} was not missed");
    }
}

#[test]
fn a_secret_entry_tells_nothing_of_itself() {
    let draft = Draft {
        secret: Given::Known(true),
        name: String::new(),
        ..sound()
    };
    let problems = draft.check().unwrap_err();
    assert_eq!(
        problems,
        [FieldProblem::new(
            Field::Secret,
            "是",
            msg::CatalogueSecretEntry
        )]
    );
}

#[test]
fn class_decides_what_else_is_needed() {
    let conditional = Given::Known(ShareClass::Conditional);
    let draft = Draft {
        share_class: conditional,
        ..sound()
    };
    assert_eq!(fields(&draft), [Field::ShareCondition]);

    let not_shared = Draft {
        share_class: Given::Known(ShareClass::NotShared),
        share_manner: Given::Missing,
        share_condition: "内部管理资料".to_owned(),
        ..sound()
    };
    assert_eq!(fields(&not_shared), [Field::ShareCondition]);
    let basis = "《中华人民共和国档案法》第二十八条".to_owned();
    let cited = Draft {
        share_condition: basis,
        ..not_shared
    };
    assert_eq!(cited.check().unwrap().share_class(), ShareClass::NotShared);

    let manner = Draft {
        share_manner: Given::Missing,
        ..sound()
    };
    assert_eq!(fields(&manner), [Field::ShareManner]);
}

#[test]
fn a_code_outside_its_classification_and_characters_unfit_for_a_name_are_noticed() {
    let draft = Draft {
        code: "103002/000001".to_owned(),
        ..sound()
    };
    assert_eq!(fields(&draft), [Field::Code]);
    for name in [
        "行政\u{202E}区划",
        "行政\u{200B}区划",
        "行政\n区划",
        "\u{1b}[2J区划",
    ] {
        let draft = Draft {
            name: name.to_owned(),
            ..sound()
        };
        assert_eq!(fields(&draft), [Field::Name], "{name:?}");
    }
    let draft = Draft {
        summary: "第一段\n第二段".to_owned(),
        ..sound()
    };
    assert!(draft.check().is_ok());
}
