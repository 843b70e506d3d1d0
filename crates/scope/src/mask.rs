//! The text of masks, as people write them.

use std::num::NonZeroU64;

use chengji_domain::Result;
use chengji_domain::quoted::Quoted;
use chengji_domain::request::terms::{DateUnit, Literal, Mask};
use chengji_domain::table::ColumnType;
use chengji_messages::{Message, msg};

use crate::column::invalid;
use crate::sql_text::value_text;

/// Makes a mask of its text: `remove`, `first:3`, `last:4`, `hash`, `year`, `month`, `day`, `round:100` or
/// `constant:TEXT`.
///
/// # Errors
///
/// `INVALID_ARGUMENT`.
pub fn mask_of(text: &str) -> Result<Mask> {
    let (kind, argument) = match text.split_once(':') {
        Some((kind, argument)) => (kind, Some(argument)),
        None => (text, None),
    };
    let mask = match (kind, argument) {
        ("remove", None) => Some(Mask::Remove),
        ("hash", None) => Some(Mask::Hash),
        ("year", None) => Some(Mask::CutDate(DateUnit::Year)),
        ("month", None) => Some(Mask::CutDate(DateUnit::Month)),
        ("day", None) => Some(Mask::CutDate(DateUnit::Day)),
        ("first", Some(count)) => number(count).map(Mask::KeepFirst),
        ("last", Some(count)) => number(count).map(Mask::KeepLast),
        ("round", Some(multiple)) => number::<NonZeroU64>(multiple).map(Mask::RoundDown),
        ("constant", Some(text)) => Some(Mask::Constant(Literal::Text(text.to_owned()))),
        _ => None,
    };
    let text = Quoted(text);
    mask.ok_or_else(|| invalid(msg::MaskUnknown { text }))
}

fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    let are_digits = text.bytes().all(|b| b.is_ascii_digit());
    are_digits.then(|| text.parse().ok()).flatten()
}

/// Returns true if values of this type can be masked so.
pub(crate) fn fits(mask: &Mask, column_type: ColumnType) -> bool {
    match mask {
        Mask::Remove | Mask::Constant(_) => true,
        Mask::KeepFirst(_) | Mask::KeepLast(_) => column_type == ColumnType::Text,
        // Those whose values have a text, as the contract says at `HashMask`.
        Mask::Hash => matches!(
            column_type,
            ColumnType::Boolean
                | ColumnType::Integer
                | ColumnType::Decimal
                | ColumnType::Text
                | ColumnType::Date
                | ColumnType::Timestamp
        ),
        Mask::CutDate(_) => matches!(column_type, ColumnType::Date | ColumnType::Timestamp),
        Mask::RoundDown(_) => matches!(
            column_type,
            ColumnType::Integer | ColumnType::Decimal | ColumnType::Float
        ),
    }
}

/// Returns a mask in words.
pub(crate) fn label(mask: &Mask) -> Message {
    match mask {
        Mask::Remove => msg::MaskRemove.into(),
        Mask::KeepFirst(count) => msg::MaskKeepFirst { count: *count }.into(),
        Mask::KeepLast(count) => msg::MaskKeepLast { count: *count }.into(),
        Mask::Hash => msg::MaskHash.into(),
        Mask::CutDate(DateUnit::Year) => msg::MaskYear.into(),
        Mask::CutDate(DateUnit::Month) => msg::MaskMonth.into(),
        Mask::CutDate(DateUnit::Day) => msg::MaskDay.into(),
        Mask::RoundDown(multiple) => msg::MaskRound {
            multiple: multiple.get(),
        }
        .into(),
        Mask::Constant(value) => {
            let value = value_text(value);
            msg::MaskConstant { value }.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;

    #[test]
    fn a_mask_is_made_of_its_text() {
        let round = NonZeroU64::new(100).unwrap();
        for (text, expected) in [
            ("remove", Mask::Remove),
            ("first:3", Mask::KeepFirst(3)),
            ("last:4", Mask::KeepLast(4)),
            ("hash", Mask::Hash),
            ("year", Mask::CutDate(DateUnit::Year)),
            ("month", Mask::CutDate(DateUnit::Month)),
            ("day", Mask::CutDate(DateUnit::Day)),
            ("round:100", Mask::RoundDown(round)),
            (
                "constant:a:b",
                Mask::Constant(Literal::Text("a:b".to_owned())),
            ),
            ("constant:", Mask::Constant(Literal::Text(String::new()))),
        ] {
            assert_eq!(mask_of(text), Ok(expected), "{text}");
        }
        for text in [
            "",
            "Remove",
            "remove:",
            "first",
            "first:",
            "first:+3",
            "first:-1",
            "first:4294967296",
            "round:0",
            "hash:1",
            "week",
        ] {
            let code = mask_of(text).map_err(|error| error.code());
            assert_eq!(code, Err(ErrorCode::InvalidArgument), "{text}");
        }
    }
}
