//! Problems of many rows, put together so that people can act on them: the same message about the same field
//! is one group with one advice, however many rows it has.

use std::collections::HashMap;

use chengji_domain::Field;
use chengji_messages::{Language, Message, Value, msg};
use chengji_proto::convert::problem_message;
use chengji_proto::v1::ImportProblem;

use super::is_own;

/// Problems of one kind in one field.
#[derive(Clone, Debug, PartialEq)]
pub struct Group<'a> {
    /// The first of them, as an example of all.
    pub first: &'a ImportProblem,
    /// The lines of their rows, each once, in order.
    pub lines: Vec<u64>,
    /// True if all of them have the same message.
    pub alike: bool,
    /// The message, with `…` for the parameters that differ.
    pub message: Message,
}

/// Groups problems, those of most rows first.
pub fn groups(problems: &[ImportProblem]) -> Vec<Group<'_>> {
    let mut places: HashMap<(&str, String), usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for problem in problems {
        let message = message(problem);
        let key = (problem.field.as_str(), codes(&message));
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => {
                group.alike &= group.message == message;
                if group.message != message {
                    group.message = common(&group.message, &message);
                }
                group.lines.push(problem.line);
            }
            None => groups.push(Group {
                first: problem,
                lines: vec![problem.line],
                alike: true,
                message,
            }),
        }
    }
    for group in &mut groups {
        group.lines.sort_unstable();
        group.lines.dedup();
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.lines.len()));
    groups
}

/// The message of a problem.
pub fn message(problem: &ImportProblem) -> Message {
    problem_message(problem.problem.as_ref())
}

/// The codes of a message and of the messages within it.
fn codes(message: &Message) -> String {
    let mut codes = message.code().to_owned();
    for (_, value) in message.params() {
        if let Value::Message(inner) = value {
            codes.push(' ');
            codes.push_str(&self::codes(inner));
        }
    }
    codes
}

/// The parameters that two messages with the same codes have in common, `…` for the others.
fn common(one: &Message, other: &Message) -> Message {
    let params = one.params().map(|(name, value)| {
        let common = match (value, other.param(name)) {
            (value, Some(same)) if value == same => value.clone(),
            (Value::Message(one), Some(Value::Message(other))) => common(one, other).into(),
            _ => Value::from("…"),
        };
        (name.to_owned(), common)
    });
    Message::received(one.code().to_owned(), params.collect())
}

/// Formats lines as ranges, `2-5, 9`, at most `most`; the rest is counted.
pub fn ranges(lines: &[u64], most: usize) -> Message {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    let shown = ranges.iter().take(most);
    let rows = |(first, last): &(u64, u64)| last - first + 1;
    let left = lines.len() as u64 - shown.clone().map(rows).sum::<u64>();
    let ranges: Vec<String> = shown
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    if left > 0 {
        return msg::SheetRangesAndMore { left, ranges }.into();
    }
    msg::SheetRanges { ranges }.into()
}

/// The name of a field, or of the column in a file whose heading is another; the name in the contract for a field
/// that this build does not know.
pub fn title(problem: &ImportProblem) -> Message {
    let (name, heading) = (problem.field.as_str(), problem.column.as_str());
    match Field::of_name(name) {
        Some(field) if heading.is_empty() || is_own(heading, field) => field.label(),
        Some(field) => msg::SheetFieldInColumn { field, heading }.into(),
        None => msg::Text { text: name }.into(),
    }
}

/// A problem in one line: the row's name where it has one, field, value, message and advice.
pub fn line_of(problem: &ImportProblem, language: Language) -> String {
    let message = message(problem);
    let place = title(problem);
    let row = problem.row_name.as_str();
    let shown: Message = match (row, problem.value.as_str()) {
        ("", "") => msg::SheetProblem {
            message: &message,
            place,
        }
        .into(),
        ("", value) => msg::SheetProblemValue {
            message: &message,
            place,
            value,
        }
        .into(),
        (row, value) => msg::SheetProblemOfRow {
            message: &message,
            place,
            row,
            value,
        }
        .into(),
    };
    let shown = shown.render(language);
    match message.remedy(language) {
        Some(remedy) => format!("{shown} — {remedy}"),
        None => shown,
    }
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::{FIELDS, FieldProblem};
    use chengji_proto::convert::import_problem_to;
    use proptest::prelude::*;

    use super::*;

    fn problem(line: u64, field: Field, message: impl Into<Message>) -> ImportProblem {
        import_problem_to(line, &FieldProblem::new(field, "", message))
    }

    fn outside(classification: &str, digits: &str) -> Message {
        msg::CatalogueCodeOutsideClassification {
            classification,
            digits,
        }
        .into()
    }

    #[test]
    fn what_is_wrong_in_the_same_way_is_one_group_and_the_largest_comes_first() {
        let twice = |line: u64| msg::SheetCodeTwice { line };
        let problems = [
            problem(2, Field::Name, msg::CatalogueFieldMissing),
            problem(3, Field::Code, twice(2)),
            problem(4, Field::Code, outside("1/03/001", "103001")),
            problem(5, Field::Code, twice(3)),
            problem(6, Field::Code, outside("2/07/002", "207002")),
            problem(6, Field::Code, outside("2/07/002", "207002")),
            problem(7, Field::Code, twice(3)),
            problem(8, Field::Abstract, msg::CatalogueFieldMissing),
        ];
        let groups = groups(&problems);
        let lines: Vec<&[u64]> = groups.iter().map(|group| &group.lines[..]).collect();
        assert_eq!(lines, [&[3, 5, 7][..], &[4, 6], &[2], &[8]]);
        assert_eq!(groups[0].first.line, 3);
        assert!(!groups[0].alike && groups[2].alike);
        assert_eq!(
            groups[0].message,
            Message::from(msg::SheetCodeTwice { line: "…" })
        );
        assert_eq!(groups[1].message, outside("…", "…"));
    }

    #[test]
    fn messages_within_messages_are_told_apart_and_have_in_common_what_they_can() {
        let invalid = |cause: Message| msg::CatalogueCodeInvalid { cause };
        let twice = |line: u64| invalid(msg::SheetCodeTwice { line }.into());
        let problems = [
            problem(2, Field::Code, twice(1)),
            problem(3, Field::Code, twice(2)),
            problem(4, Field::Code, invalid(msg::CatalogueFieldMissing.into())),
        ];
        let groups = groups(&problems);
        let common = invalid(msg::SheetCodeTwice { line: "…" }.into());
        assert_eq!(groups.len(), 2);
        assert_eq!(groups[0].message, Message::from(common));
    }

    #[test]
    fn lines_are_written_as_ranges_and_the_rest_counted() {
        let lines = [2, 3, 4, 7, 9, 10];
        let all = msg::SheetRanges {
            ranges: vec!["2-4", "7", "9-10"],
        };
        assert_eq!(ranges(&lines, 9), Message::from(all));
        let some = msg::SheetRangesAndMore {
            left: 2,
            ranges: vec!["2-4", "7"],
        };
        assert_eq!(ranges(&lines, 2), Message::from(some));
        let none = msg::SheetRanges {
            ranges: Vec::<String>::new(),
        };
        assert_eq!(ranges(&[], 3), Message::from(none));
    }

    proptest! {
        #[test]
        fn every_problem_is_in_one_group(fields in proptest::collection::vec((0..3_usize, 0..3_u8), 0..40)) {
            let kinds = |kind: u8| -> Message {
                match kind {
                    0 => msg::CatalogueFieldMissing.into(),
                    1 => msg::CatalogueDateInvalid.into(),
                    _ => msg::SheetCodeTwice { line: 1 }.into(),
                }
            };
            let problems: Vec<ImportProblem> = (1..)
                .zip(&fields)
                .map(|(line, (field, kind))| problem(line, FIELDS[*field], kinds(*kind)))
                .collect();
            let groups = groups(&problems);
            let mut lines: Vec<u64> = groups.iter().flat_map(|group| group.lines.clone()).collect();
            lines.sort_unstable();
            prop_assert_eq!(lines, (1..=problems.len() as u64).collect::<Vec<_>>());
            let kinds: std::collections::HashSet<_> = fields.iter().collect();
            prop_assert_eq!(groups.len(), kinds.len());
        }
    }
}
