//! Validity periods of table rows.

use std::collections::BTreeMap;
use std::fmt::Display;

use chengji_messages::{Value, msg};
use jiff::civil::Date;

use super::sheet::Mistakes;

/// A validity period: first and last day, `None` for no limit in the past or "until further
/// notice".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

impl Span {
    /// Returns true if it is in force on this day.
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Parses two cells. Mistakes are added to `wrong`, and `None` is returned.
    pub(crate) fn read(from: &str, until: &str, line: usize, wrong: &mut Mistakes) -> Option<Self> {
        let mut side = |name: &str, text: &str| match (text, date(text)) {
            ("", _) => Some(None),
            (_, Some(date)) => Some(Some(date)),
            (_, None) => {
                wrong.at(line, msg::TableDateMalformed { column: name, text });
                None
            }
        };
        let (from, until) = (side("valid_from", from), side("valid_until", until));
        let span = Self {
            from: from?,
            until: until?,
        };
        match (span.from, span.until) {
            (Some(from), Some(until)) if until < from => {
                let problem = msg::TableSpanReversed { from, until };
                wrong.at(line, problem);
                None
            }
            _ => Some(span),
        }
    }
}

/// Parses a day as `2026-03-18`, or in the usual form of spreadsheet programs, `2026/3/18`.
pub(crate) fn date(text: &str) -> Option<Date> {
    let sign = if text.contains('/') { '/' } else { '-' };
    let mut parts = text.split(sign);
    let mut number = |least: usize, most: usize| {
        let part = parts.next()?;
        let digits =
            (least..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<i16>().ok()).flatten()
    };
    let least = if sign == '/' { 1 } else { 2 };
    let (year, month, day) = (number(4, 4)?, number(least, 2)?, number(least, 2)?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// Sorts rows by key and time. Rows of the same key must not be in force on the same day; each that
/// overlaps with one before it is reported as a mistake.
pub(crate) fn in_order<K: Ord + Clone + Display, T>(
    rows: Vec<(K, Span, usize, T)>,
    wrong: &mut Mistakes,
) -> BTreeMap<K, Vec<(Span, usize, T)>> {
    let mut by_key: BTreeMap<K, Vec<(Span, usize, T)>> = BTreeMap::new();
    for (key, span, line, value) in rows {
        by_key.entry(key).or_default().push((span, line, value));
    }
    for (key, rows) in &mut by_key {
        rows.sort_by_key(|(span, line, _)| (span.from, *line));
        for (first, line) in overlaps(rows.iter().map(|(span, line, _)| (*span, *line))) {
            let problem = msg::TableRowsOverlap {
                key: Value::text(key),
                line: first,
            };
            wrong.at(line, problem);
        }
    }
    by_key
}

/// Returns, for rows ordered by first day, the line of each that overlaps with one before it, after
/// the line of the row before it that is in force the longest.
fn overlaps(rows: impl IntoIterator<Item = (Span, usize)>) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut longest: Option<(Span, usize)> = None;
    for (span, line) in rows {
        let Some((known, first)) = longest else {
            longest = Some((span, line));
            continue;
        };
        let apart = matches!((known.until, span.from), (Some(until), Some(from)) if until < from);
        if !apart {
            found.push((first, line));
        }
        let is_longer = known
            .until
            .is_some_and(|known| span.until.is_none_or(|until| until > known));
        if is_longer {
            longest = Some((span, line));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_are_read_in_the_one_form_and_as_spreadsheet_programs_leave_them() {
        let day = jiff::civil::date(2026, 3, 8);
        assert_eq!(
            (date("2026-03-08"), date("2026/3/8"), date("2026/03/08")),
            (Some(day), Some(day), Some(day))
        );
        for wrong in [
            "",
            "2026-3-8",
            "20260308",
            "2026-02-30",
            "2026-13-01",
            "26/3/8",
            "2026-03-08T00:00",
            "2026-03-08-1",
            "２０２６-03-08",
        ] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn both_ends_of_a_span_belong_to_it() {
        let day = |n| jiff::civil::date(2026, 3, n);
        let span = Span {
            from: Some(day(2)),
            until: Some(day(4)),
        };
        let within: Vec<i8> = (1..=5).filter(|n| span.contains(day(*n))).collect();
        assert_eq!(within, [2, 3, 4]);
        assert!(
            Span {
                from: None,
                until: None
            }
            .contains(Date::MIN)
        );
    }

    #[test]
    fn a_row_within_an_earlier_one_hides_no_other() {
        let day = |n| Some(jiff::civil::date(2026, 3, n));
        let span = |from, until| Span {
            from: day(from),
            until: day(until),
        };
        let rows = [(span(1, 30), 2), (span(2, 3), 3), (span(10, 12), 4)];
        assert_eq!(overlaps(rows), [(2, 3), (2, 4)]);
        let rows = [(span(1, 3), 2), (span(3, 9), 3), (span(10, 12), 4)];
        assert_eq!(overlaps(rows), [(2, 3)]);
    }

    fn spans() -> impl Strategy<Value = Span> {
        let end = || prop::option::of(1..29_i8);
        (end(), end()).prop_map(|(from, until)| {
            let day = |n| jiff::civil::date(2026, 3, n);
            let (from, until) = match (from, until) {
                (Some(from), Some(until)) => (Some(from.min(until)), Some(from.max(until))),
                open => open,
            };
            Span {
                from: from.map(day),
                until: until.map(day),
            }
        })
    }

    proptest! {
        #[test]
        fn exactly_the_rows_in_force_together_with_an_earlier_one_are_noted(
            mut rows in prop::collection::vec(spans(), 0..8),
        ) {
            rows.sort_by_key(|span| span.from);
            let together = |a: &Span, b: &Span| {
                let within = |n: i8| Date::new(2026, 3, n).is_ok_and(|d| a.contains(d) && b.contains(d));
                (1..=31).any(within) || (a.from.is_none() && b.from.is_none())
            };
            let expected: Vec<usize> = (0..rows.len())
                .filter(|n| rows[..*n].iter().any(|early| together(early, &rows[*n])))
                .collect();
            let noted = overlaps(rows.iter().copied().zip(0..));
            for (first, line) in &noted {
                prop_assert!(together(&rows[*first], &rows[*line]));
            }
            let noted: Vec<usize> = noted.into_iter().map(|(_, line)| line).collect();
            prop_assert_eq!(noted, expected);
        }
    }
}
