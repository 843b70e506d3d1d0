//! Dates in the forms that people and programs write. Only unambiguous forms are rewritten; `3/5/2024` is
//! not.

use jiff::civil::Date;

use super::notes::Conversion;

/// Rewrites a date as `YYYY-MM-DD`, and returns the kind of conversion. `None` where it has that form
/// already, or an unknown one.
pub(super) fn rewritten(text: &str) -> Option<(String, Conversion)> {
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => (day, Some(time.trim())),
        None => (text, None),
    };
    let date = iso(day).or_else(|| digits(day))?;
    match time {
        None if date == text => None,
        None => Some((date, Conversion::Date)),
        Some(time) => is_time(time).then_some((date, Conversion::TimeOfDay)),
    }
}

/// Year, month and day, written in this order with the usual separators.
fn iso(text: &str) -> Option<String> {
    let dashed = text
        .strip_suffix('日')
        .unwrap_or(text)
        .replace(['年', '月', '/', '.'], "-");
    let parts: Vec<&str> = dashed.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return None;
    };
    let digits = |part: &str, least: usize, most: usize| {
        (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    let date = digits(year, 4, 4) && digits(month, 1, 2) && digits(day, 1, 2);
    date.then(|| format!("{year}-{month:0>2}-{day:0>2}"))
}

/// Eight digits that form a day of this century or the last.
fn digits(text: &str) -> Option<String> {
    let all = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !all || !text.starts_with(['1', '2']) {
        return None;
    }
    let date = format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]);
    date.parse::<Date>().ok().map(|_| date)
}

/// Returns true for hours and minutes, optionally with seconds and a zone.
fn is_time(text: &str) -> bool {
    text.split_once(':').is_some_and(|(hours, rest)| {
        let plain = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | '+' | '-' | 'Z');
        let hours_fit = hours.parse::<u8>().is_ok_and(|hours| hours < 24);
        hours_fit && rest.starts_with(|c: char| c.is_ascii_digit()) && rest.chars().all(plain)
    })
}

/// The day that a spreadsheet program's day number denotes, if it is in this century.
pub(super) fn of_day_number(text: &str) -> Option<Date> {
    let days: i64 = text
        .parse()
        .ok()
        .filter(|days| (36_526..=73_050).contains(days))?;
    let first = Date::new(1899, 12, 30).ok()?;
    first.checked_add(jiff::Span::new().days(days)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_the_usual_forms_are_rewritten_and_others_left() {
        for (text, date, how) in [
            ("2024/3/5", "2024-03-05", Conversion::Date),
            ("2024.03.05", "2024-03-05", Conversion::Date),
            ("2024年3月15日", "2024-03-15", Conversion::Date),
            ("20240315", "2024-03-15", Conversion::Date),
            ("2024-3-5 0:00", "2024-03-05", Conversion::TimeOfDay),
            (
                "2014-10-08T03:06:59.871671",
                "2014-10-08",
                Conversion::TimeOfDay,
            ),
            ("2024-03-05T23:00:00Z", "2024-03-05", Conversion::TimeOfDay),
        ] {
            assert_eq!(rewritten(text), Some((date.to_owned(), how)), "{text}");
        }
        for text in [
            "",
            "2024-12-01",
            "3/5/2024",
            "24-3-5",
            "2024-3",
            "2024//5",
            "20241305",
            "45357",
            "2024-03-05 bis 06",
            "2024-03-05T",
            "T",
            "2024-03-05 25:00",
        ] {
            assert_eq!(rewritten(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_number_is_understood_but_only_told() {
        assert_eq!(of_day_number("45357").unwrap().to_string(), "2024-03-06");
        assert_eq!(of_day_number("12"), None);
        assert_eq!(of_day_number("x"), None);
    }
}
