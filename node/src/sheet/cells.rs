//! The cells of a row, read into a draft. Whether the row is secret is looked at first: of a secret
//! row no other cell is read.

use chengji_domain::catalogue::{
    AdministrativeLevel, Draft, Given, Problem, ShareClass, ShareManner, UpdateCycle,
};
use csv::StringRecord;

use super::columns::Columns;
use super::lists;
use super::notes::Conversion;

/// A row, read.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// None where it is not clear whether the row is secret.
    pub(super) draft: Option<Draft>,
    pub(super) problems: Vec<Problem>,
    pub(super) conversions: Vec<(&'static str, Conversion)>,
}

/// Reads the cells of a row that fits the columns.
pub(super) fn read(columns: &Columns, cells: &StringRecord) -> Reading {
    let mut row = RowReader {
        columns,
        cells,
        conversions: Vec::new(),
    };
    let secret = Given::from_cell(&row.sign("secret"), secrecy);
    match secret {
        Given::Known(true) => Reading {
            draft: Some(Draft {
                secret,
                ..Draft::default()
            }),
            ..Reading::default()
        },
        Given::Unknown(value) => Reading {
            problems: vec![unknown_secrecy(&value)],
            ..Reading::default()
        },
        Given::Known(false) | Given::Missing => row.read(secret),
    }
}

/// Whether it is plain that a row whose cells are in place is not secret, so that a report may repeat
/// them to those who wrote them.
pub(super) fn may_be_repeated(columns: &Columns, cells: &StringRecord) -> bool {
    let sign = lists::half_width(columns.cell("secret", cells));
    !matches!(
        Given::from_cell(&sign, secrecy),
        Given::Known(true) | Given::Unknown(_)
    )
}

struct RowReader<'a> {
    columns: &'a Columns,
    cells: &'a StringRecord,
    conversions: Vec<(&'static str, Conversion)>,
}

impl RowReader<'_> {
    fn read(mut self, secret: Given<bool>) -> Reading {
        let (formats, mut problems) = lists::formats(&self.text("formats"));
        let items = lists::items(&self.text("items"));
        problems.extend(items.problems);
        if items.decimals {
            self.conversions.push(("items", Conversion::Decimals));
        }
        let draft = Draft {
            code: self.sign("code"),
            name: self.text("name"),
            classification: self.sign("classification"),
            provider: self.text("provider"),
            provider_code: self.sign("provider_code"),
            summary: self.text("abstract"),
            formats,
            items: items.items,
            share_class: Given::from_cell(&self.sign("share_class"), ShareClass::from_term),
            share_condition: self.text("share_condition"),
            share_manner: Given::from_cell(&self.sign("share_manner"), ShareManner::from_term),
            open: Given::from_cell(&self.sign("open"), yes_or_no),
            open_condition: self.text("open_condition"),
            update_cycle: Given::from_cell(&self.sign("update_cycle"), UpdateCycle::from_term),
            published_on: self.date("published_on"),
            related: lists::codes(&self.sign("related_codes")),
            level: Given::from_cell(
                &self.sign("administrative_level"),
                AdministrativeLevel::from_term,
            ),
            secret,
            security_level: self.sign("security_level"),
            declared_rows: self.sign("declared_rows"),
            declared_bytes: self.sign("declared_bytes"),
        };
        Reading {
            draft: Some(draft),
            problems,
            conversions: self.conversions,
        }
    }

    /// A text as it stands, with the one kind of line break that entries have.
    fn text(&self, field: &'static str) -> String {
        let cell = self.columns.cell(field, self.cells);
        cell.replace("\r\n", "\n").replace('\r', "\n")
    }

    /// A code, number or term: full-width characters in it are an accident of the input method.
    fn sign(&mut self, field: &'static str) -> String {
        let cell = self.text(field);
        let half = lists::half_width(&cell);
        if half != cell {
            self.conversions.push((field, Conversion::FullWidth));
        }
        half
    }

    /// A date; spreadsheet programs rewrite `2024-03-05` as `2024/3/5` on their own.
    fn date(&mut self, field: &'static str) -> String {
        let text = self.sign(field);
        match iso_date(&text) {
            Some(date) if date != text => {
                self.conversions.push((field, Conversion::Date));
                date
            }
            _ => text,
        }
    }
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "是" | "true" | "1" | "yes" | "y" => Some(true),
        "否" | "false" | "0" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// A grade of secrecy (保守国家秘密法 §14) in place of 是 says the same.
fn secrecy(text: &str) -> Option<bool> {
    match text {
        "涉密" | "秘密" | "机密" | "绝密" => Some(true),
        "不涉密" | "非涉密" => Some(false),
        _ => yes_or_no(text),
    }
}

/// A row of which it is not clear whether it is secret: nothing else of it is told.
fn unknown_secrecy(value: &str) -> Problem {
    Problem::new(
        "secret",
        value,
        "the value is unknown; nothing else of the row was looked at",
        "涉密取值未知，本行其他内容未读取",
        "one of 取值范围: 是 否",
    )
}

/// Year, month and day, written in this order with the usual signs between them.
fn iso_date(text: &str) -> Option<String> {
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

/// A problem with a code that a spreadsheet program took for a number says so.
pub(super) fn better_told(mut problem: Problem) -> Problem {
    let code = matches!(problem.field, "code" | "provider_code" | "related_codes");
    if code && is_scientific(&problem.value) {
        problem.problem =
            "a spreadsheet program made a number of the code; its last digits are lost".to_owned();
        problem.problem_zh = "代码被电子表格程序转为科学计数，末位数字已丢失".to_owned();
        problem.remedy =
            "format the column as text and enter the code again 请将该列设为文本格式后重新填写"
                .to_owned();
    }
    problem
}

fn is_scientific(text: &str) -> bool {
    let number = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    text.to_ascii_uppercase()
        .split_once("E+")
        .is_some_and(|(digits, power)| number(digits) && number(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_the_usual_forms_are_rewritten_and_others_left() {
        for (text, date) in [
            ("2024/3/5", "2024-03-05"),
            ("2024.03.05", "2024-03-05"),
            ("2024年3月15日", "2024-03-15"),
            ("2024-12-1", "2024-12-01"),
        ] {
            assert_eq!(iso_date(text).as_deref(), Some(date));
        }
        for text in [
            "",
            "3/5/2024",
            "24-3-5",
            "2024-3",
            "2024-3-5 0:00",
            "2024//5",
        ] {
            assert_eq!(iso_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_code_turned_into_a_number_is_told_so() {
        assert!(is_scientific("1.03002E+11") && is_scientific("1e+17"));
        assert!(!is_scientific("91350100M000100Y43") && !is_scientific("E+"));
    }
}
