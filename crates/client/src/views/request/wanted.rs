//! The part of a table that a consumer asks for, as it wrote it.

use chengji_messages::{Message, Value, msg};
use chengji_proto::v1;

use crate::fields::Fields;

/// Adds the part of a table that is asked for, if one is.
pub(in crate::views) fn add(fields: &mut Fields, submission: &v1::Submission) {
    if let Some(part) = &submission.part {
        fields.field("wanted_part", msg::ColumnWantedPart, words(part));
    }
}

fn words(part: &v1::WantedPart) -> Message {
    let columns: Message = match part.columns.as_slice() {
        [] => msg::WantedAllColumns.into(),
        columns => {
            let columns: Value = columns.iter().collect();
            msg::ScopeColumns { columns }.into()
        }
    };
    let masks = part.masks.iter();
    let masks: Vec<String> = masks
        .map(|mask| format!("{}={}", mask.column, mask.mask))
        .collect();
    let masks = (!masks.is_empty()).then(|| {
        let masks: Value = masks.into_iter().collect();
        Message::from(msg::WantedMasks { masks })
    });
    let rows: Message = match part.condition.as_str() {
        "" => msg::ScopeAllRows.into(),
        condition => msg::ScopeRows { condition }.into(),
    };
    let limit = part.row_limit;
    let limit = limit.map(|count| Message::from(msg::ScopeRowLimit { count }));
    let further = masks.into_iter().chain([rows]).chain(limit);
    further.fold(columns, |said, term| {
        msg::SaidWithTerm { said, term }.into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_shown_as_it_was_written() {
        let part = v1::WantedPart {
            columns: vec!["name".to_owned(), "id_number".to_owned()],
            condition: "floors > 10".to_owned(),
            masks: vec![v1::WantedMask {
                column: "id_number".to_owned(),
                mask: "last:4".to_owned(),
            }],
            row_limit: Some(500),
        };
        let shown = words(&part).to_string();
        for text in ["name", "id_number=last:4", "floors > 10", "500"] {
            assert!(shown.contains(text), "{text}: {shown}");
        }
        let whole: Message = words(&v1::WantedPart::default());
        let term = Message::from(msg::ScopeAllRows);
        let said = Message::from(msg::WantedAllColumns);
        assert_eq!(whole, msg::SaidWithTerm { said, term }.into());
    }
}
