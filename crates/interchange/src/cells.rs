//! Reads the cells of a row into a draft. The cell that marks the row as secret is read first: of a
//! secret row no other cell is read.

use chengji_domain::Field;
use chengji_domain::catalogue::{
    AssessmentOutcome, Draft, FIELDS, FieldProblem, FormatKind, Given, Openness, Secrecy,
    SecurityLevel,
};
use chengji_domain::tables::{Names, Vocabulary};
use chengji_domain::text::without_invisible;
use chengji_messages::msg;
use csv::StringRecord;

use super::columns::Columns;
use super::lists::Items;
use super::notes::Conversion;
use super::records::trimmed;
use super::term_reader::TermReader;
use super::{dates, formats, html, lists};

/// A row after reading.
#[derive(Debug, Default)]
pub(super) struct ParsedRow {
    /// `None` where it is unclear whether the row is secret.
    pub(super) draft: Option<Draft>,
    pub(super) problems: Vec<FieldProblem>,
    pub(super) conversions: Vec<(Field, Conversion)>,
}

/// Reads the cells of a row that fits the columns.
pub(super) fn read(columns: &Columns, cells: &StringRecord, names: &Names) -> ParsedRow {
    let mut row = RowReader {
        columns,
        cells,
        names,
        conversions: Vec::new(),
    };
    let secret = row.term::<Secrecy>(Field::Secret).map(|secret| secret.0);
    match secret {
        Given::Known(true) => ParsedRow {
            draft: Some(Draft {
                secret,
                ..Draft::default()
            }),
            ..ParsedRow::default()
        },
        Given::Unknown(value) => ParsedRow {
            problems: vec![unknown_secrecy(&value)],
            ..ParsedRow::default()
        },
        Given::Known(false) | Given::Missing => row.read(secret),
    }
}

/// Returns true if a row whose cells are in place is clearly not secret, so that a report may repeat them
/// to their authors.
pub(super) fn may_be_repeated(columns: &Columns, cells: &StringRecord) -> bool {
    let cell = without_invisible(columns.cell(Field::Secret, cells));
    let sign = lists::half_width(trimmed(&cell));
    !matches!(
        Given::from_cell(&sign, secrecy),
        Given::Known(true) | Given::Unknown(_)
    )
}

/// Checks a single value of this field, independently of the rest of an entry.
pub(super) fn wrong(field: Field, value: &str, names: &Names) -> Option<FieldProblem> {
    let cell = |of: &Field| match *of {
        of if of == field => value,
        // A manner is only checked together with a class, and some texts belong to one class.
        Field::ShareClass if field == Field::ShareUses => "2",
        Field::ShareClass if field == Field::ShareReason => "3",
        Field::ShareClass => "1",
        _ => "",
    };
    let cells: StringRecord = FIELDS.iter().map(cell).collect();
    let columns = Columns::mapped(vec![String::new(); FIELDS.len()]);
    let reading = read(&columns, &cells, names);
    let found = reading.draft.and_then(|draft| draft.check().err());
    let all = reading
        .problems
        .into_iter()
        .chain(found.into_iter().flatten());
    let yes = Secrecy(true).zh();
    let secret = |problem: &FieldProblem| field == Field::Secret && problem.value == yes;
    all.map(as_made_by_a_spreadsheet)
        .find(|problem| problem.field == field && !problem.value.is_empty() && !secret(problem))
}

type GivenFormat = (Given<FormatKind>, String);

struct RowReader<'a> {
    columns: &'a Columns,
    cells: &'a StringRecord,
    names: &'a Names,
    conversions: Vec<(Field, Conversion)>,
}

impl RowReader<'_> {
    fn read(mut self, secret: Given<bool>) -> ParsedRow {
        let (formats, mut problems) = self.formats();
        let items = self.items();
        problems.extend(items.problems);
        let draft = Draft {
            code: self.sign(Field::Code),
            name: self.line(Field::Name),
            classification: self.sign(Field::Classification),
            provider: self.line(Field::Provider),
            provider_code: self.sign(Field::ProviderCode),
            summary: self.shown(Field::Abstract),
            formats,
            items: items.items,
            share_class: self.term(Field::ShareClass),
            share_condition: self.text(Field::ShareCondition),
            share_manner: self.term(Field::ShareManner),
            open: self.term::<Openness>(Field::Open).map(|open| open.0),
            open_condition: self.text(Field::OpenCondition),
            update_cycle: self.term(Field::UpdateCycle),
            published_on: self.date(Field::PublishedOn),
            related: lists::codes(&self.sign(Field::RelatedCodes)),
            level: self.term(Field::AdministrativeLevel),
            secret,
            security_level: self
                .term::<SecurityLevel>(Field::SecurityLevel)
                .map(|level| level.number().into()),
            declared_rows: Given::parsed(&self.sign(Field::DeclaredRows)),
            declared_bytes: Given::parsed(&self.sign(Field::DeclaredBytes)),
            share_uses: self.text(Field::ShareUses),
            share_reason: self.text(Field::ShareReason),
            secrecy_assessment: self.outcome(Field::SecrecyAssessment),
            secrecy_document: self.text(Field::SecrecyDocument),
            personal_information_assessment: self.outcome(Field::PersonalInformationAssessment),
            personal_information_document: self.text(Field::PersonalInformationDocument),
            consent_document: self.line(Field::ConsentDocument),
            region: Given::parsed(&self.sign(Field::Region)),
            superior_approval: self.sign_of_yes(Field::SuperiorApproval),
        };
        ParsedRow {
            draft: Some(draft),
            problems,
            conversions: self.conversions,
        }
    }

    /// A text, with its line breaks normalized.
    fn text(&mut self, field: Field) -> String {
        let cell = self.columns.cell(field, self.cells);
        let whole = without_invisible(cell);
        if whole.len() < cell.len() {
            self.conversions.push((field, Conversion::Invisible));
        }
        let cell = trimmed(&whole);
        if cell.len() < whole.len() && !cell.is_empty() {
            self.conversions.push((field, Conversion::Blanks));
        }
        cell.replace("\r\n", "\n").replace('\r', "\n")
    }

    /// A text that people read. HTML in it is not a problem, but noted.
    fn shown(&mut self, field: Field) -> String {
        let text = self.text(field);
        if html::is_in(&text) {
            self.conversions.push((field, Conversion::HtmlKept));
        }
        text
    }

    /// A text of one line that people read. Line breaks in its cell come from a narrow column.
    fn line(&mut self, field: Field) -> String {
        let text = self.shown(field);
        if !text.contains('\n') {
            return text;
        }
        self.conversions.push((field, Conversion::LineBreaks));
        let mut line = String::with_capacity(text.len());
        for part in text
            .split('\n')
            .map(trimmed)
            .filter(|part| !part.is_empty())
        {
            let words =
                line.ends_with(|c: char| c.is_ascii()) && part.starts_with(|c: char| c.is_ascii());
            if words {
                line.push(' ');
            }
            line.push_str(part);
        }
        line
    }

    fn formats(&mut self) -> (Vec<GivenFormat>, Vec<FieldProblem>) {
        let (parts, problems) = lists::formats(&self.text(Field::Formats));
        let before = self.conversions.len();
        let mut formats = Vec::new();
        for (kind, subtype) in parts {
            let (kind, subtype, conversion) = formats::read(&kind, subtype, self.names);
            formats.push((kind, subtype));
            self.conversions
                .extend(conversion.map(|c| (Field::Formats, c)));
        }
        if self.conversions.len() > before {
            // Two names may denote one format.
            let mut seen = Vec::new();
            formats.retain(|format| {
                let new = !seen.contains(format);
                seen.extend(new.then(|| format.clone()));
                new
            });
        }
        (formats, problems)
    }

    fn items(&mut self) -> Items {
        let mut terms = TermReader::new(self.names);
        let items = lists::items(&self.text(Field::Items), &mut terms);
        if items.decimals {
            self.conversions.push((Field::Items, Conversion::Decimals));
        }
        if terms.named {
            self.conversions.push((Field::Items, Conversion::Named));
        }
        items
    }

    fn term<V: Vocabulary>(&mut self, field: Field) -> Given<V> {
        let mut terms = TermReader::new(self.names);
        let value = terms.read(&self.sign(field));
        if terms.named {
            self.conversions.push((field, Conversion::Named));
        }
        value
    }

    fn outcome(&mut self, field: Field) -> Given<AssessmentOutcome> {
        Given::from_cell(&self.sign(field), AssessmentOutcome::from_term)
    }

    /// 是 or 否.
    fn sign_of_yes(&mut self, field: Field) -> Given<bool> {
        let yes = Given::from_cell(&self.sign(field), Openness::from_term);
        yes.map(|yes| yes.0)
    }

    /// A code, number or term: full-width characters in it come from the input method.
    fn sign(&mut self, field: Field) -> String {
        let cell = self.text(field);
        let half = lists::half_width(&cell);
        if half != cell {
            self.conversions.push((field, Conversion::FullWidth));
        }
        half
    }

    /// A date in any of the forms that people and spreadsheet programs use.
    fn date(&mut self, field: Field) -> String {
        let text = self.sign(field);
        let Some((date, conversion)) = dates::rewritten(&text) else {
            return text;
        };
        self.conversions.push((field, conversion));
        date
    }
}

/// The secrecy that a cell states in the catalogue's own terms. A bureau's names for it can only add that
/// a row is secret.
pub(super) fn secrecy(text: &str) -> Option<bool> {
    Secrecy::from_term(text).map(|secret| secret.0)
}

/// The problem of a row with unclear secrecy: nothing else of it is reported.
pub(super) fn unknown_secrecy(value: &str) -> FieldProblem {
    let unknown = msg::SheetSecrecyUnknown {
        terms: Secrecy::terms(),
    };
    FieldProblem::new(Field::Secret, value, unknown)
}

/// Adds a hint to a problem with a code or date that a spreadsheet program turned into a number.
pub(super) fn as_made_by_a_spreadsheet(mut problem: FieldProblem) -> FieldProblem {
    match problem.field {
        Field::Code | Field::ProviderCode | Field::RelatedCodes
            if is_scientific(&problem.value) =>
        {
            problem.message = msg::SheetCodeBecameNumber.into();
        }
        Field::PublishedOn => {
            if let Some(date) = dates::of_day_number(&problem.value) {
                problem.message = msg::SheetDateBecameNumber { date }.into();
            }
        }
        _ => {}
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
    use chengji_messages::Message;
    use chengji_testkit::CREDIT_CODE;

    use super::*;

    #[test]
    fn a_value_is_judged_by_itself() {
        for (field, right, not) in [
            (Field::ShareClass, "有条件共享", "4"),
            (Field::ShareManner, "文件", "飞鸽"),
            (Field::Open, "不予开放", "也许"),
            (Field::Secret, "是", "待定"),
            (Field::Classification, "1/03/001", "公共服务"),
            (Field::ProviderCode, CREDIT_CODE, "91350100M000100Y44"),
            (Field::Formats, "csv", "zip"),
            (Field::Items, "代码:C(6)", "代码"),
            (Field::PublishedOn, "2026/3/18", "45357"),
            (Field::UpdateCycle, "每年", "R/P1Y"),
            (Field::AdministrativeLevel, "市级", "国家级"),
            (Field::SecurityLevel, "1", "5"),
        ] {
            assert_eq!(wrong(field, right, Names::NONE), None, "{field:?}");
            let problem = wrong(field, not, Names::NONE).unwrap();
            assert_eq!((problem.field, problem.value.as_str()), (field, not));
        }
        let number = wrong(Field::PublishedOn, "45357", Names::NONE).unwrap();
        let date = jiff::civil::date(2024, 3, 6);
        assert_eq!(
            number.message,
            Message::from(msg::SheetDateBecameNumber { date })
        );
    }

    #[test]
    fn levels_and_yes_and_no_go_by_the_names_of_the_bureau() {
        let names = Names::of([
            ["security_level", "3", "L3"],
            ["open", "否", "不公开"],
            ["secret", "是", "内部"],
        ]);
        let names = names.unwrap();
        let of = |field: Field, value: &str| {
            let cell = |of: &Field| if *of == field { value } else { "" };
            let cells: StringRecord = FIELDS.iter().map(cell).collect();
            let columns = Columns::mapped(vec![String::new(); FIELDS.len()]);
            read(&columns, &cells, &names).draft.unwrap()
        };
        for (cell, level) in [
            ("2级", Given::Known(2)),
            ("２级", Given::Known(2)),
            ("二级", Given::Known(2)),
            ("l3", Given::Known(3)),
            ("L5", Given::Unknown("L5".to_owned())),
        ] {
            assert_eq!(of(Field::SecurityLevel, cell).security_level, level);
        }
        assert_eq!(of(Field::Open, "不公开").open, Given::Known(false));
        assert_eq!(of(Field::Open, "开放").open, Given::Known(true));
        assert_eq!(of(Field::Secret, "内部").secret, Given::Known(true));
    }

    #[test]
    fn a_code_turned_into_a_number_is_told_so() {
        assert!(is_scientific("1.03002E+11") && is_scientific("1e+17"));
        assert!(!is_scientific(CREDIT_CODE) && !is_scientific("E+"));
    }
}
