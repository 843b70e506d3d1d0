//! Groups the problems of many rows so that people can act on them: the same problem of the same field is
//! one group with one remedy, for any number of rows.

use std::collections::HashMap;

use chengji_domain::catalogue::FIELDS;
use chengji_proto::v1::ImportProblem;

/// Problems of one kind in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// The first of them, as an example of all.
    pub first: &'a ImportProblem,
    /// The lines with the problem, each once, in order.
    pub lines: Vec<u64>,
    /// True if all of them have the same text.
    pub alike: bool,
    /// The common text of all, with `…` for the differences.
    pub problem: String,
    /// The same in Chinese.
    pub problem_zh: String,
}

/// The common part of texts: their beginning and their end.
struct Common<'a> {
    first: &'a str,
    begin: usize,
    end: usize,
    alike: bool,
}

impl<'a> Common<'a> {
    fn of(first: &'a str) -> Self {
        Self {
            first,
            begin: first.len(),
            end: first.len(),
            alike: true,
        }
    }

    fn meet(&mut self, other: &str) {
        if other == self.first {
            return;
        }
        self.alike = false;
        let same = |(a, b): &(char, char)| a == b;
        let bytes = |pairs: &mut dyn Iterator<Item = (char, char)>| -> usize {
            pairs.take_while(same).map(|(a, _)| a.len_utf8()).sum()
        };
        let (ours, theirs) = (self.first.chars(), other.chars());
        let begin = bytes(&mut ours.clone().zip(theirs.clone()));
        // The beginning is not counted again at the end.
        let left = self.first.len().min(other.len()) - begin;
        let end = bytes(&mut ours.rev().zip(theirs.rev())).min(left);
        self.begin = self.begin.min(begin);
        self.end = self.end.min(end);
    }

    /// Numbers and words are kept as a whole or not at all.
    fn text(&self) -> String {
        if self.alike {
            return self.first.to_owned();
        }
        let word = |c: char| c.is_ascii_alphanumeric();
        let begin = self.first[..self.begin].trim_end_matches(word);
        let end = self.first[self.first.len() - self.end..].trim_start_matches(word);
        format!("{begin}…{end}")
    }
}

/// Groups problems, those of most rows first.
pub fn groups(problems: &[ImportProblem]) -> Vec<Group<'_>> {
    let mut places: HashMap<(&str, String, String), usize> = HashMap::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut common: Vec<[Common<'_>; 2]> = Vec::new();
    for problem in problems {
        let key = (
            problem.field.as_str(),
            without(&problem.problem_zh, |c| c.is_ascii_alphanumeric()),
            without(&problem.remedy, |c| c.is_ascii_digit()),
        );
        let place = *places.entry(key).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group {
                first: problem,
                lines: Vec::new(),
                alike: true,
                problem: String::new(),
                problem_zh: String::new(),
            });
            common.push([&problem.problem, &problem.problem_zh].map(|text| Common::of(text)));
        }
        groups[place].lines.push(problem.line);
        let [en, zh] = &mut common[place];
        en.meet(&problem.problem);
        zh.meet(&problem.problem_zh);
    }
    for (group, [en, zh]) in groups.iter_mut().zip(&common) {
        group.alike = en.alike;
        (group.problem, group.problem_zh) = (en.text(), zh.text());
        group.lines.sort_unstable();
        group.lines.dedup();
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.lines.len()));
    groups
}

/// Formats lines as ranges, `2-5, 9`, at most `most`; the rest is counted.
pub fn ranges(lines: &[u64], most: usize) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            _ => ranges.push((*line, *line)),
        }
    }
    let told = ranges.iter().take(most);
    let rows = |(first, last): &(u64, u64)| last - first + 1;
    let left = lines.len() as u64 - told.clone().map(rows).sum::<u64>();
    let mut texts: Vec<String> = told
        .map(|(first, last)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        })
        .collect();
    if left > 0 {
        texts.push(format!("and 另有 {left} more"));
    }
    texts.join(", ")
}

/// A field in Chinese and by its name in the contract.
pub fn title(field: &str) -> String {
    match FIELDS.iter().find(|(name, _)| *name == field) {
        Some((name, zh)) => format!("{zh} {name}"),
        None if field == "row" => "整行 row".to_owned(),
        None => field.to_owned(),
    }
}

/// Formats a problem in one line: field, value, the problem in both languages, remedy.
pub fn told(problem: &ImportProblem) -> String {
    let ImportProblem {
        field,
        value,
        problem,
        problem_zh,
        remedy,
        ..
    } = problem;
    let value = match value.as_str() {
        "" => String::new(),
        value => format!(" '{value}'"),
    };
    format!("{}{value}: {problem} {problem_zh} — {remedy}", title(field))
}

/// The kind of a text: its characters without those that vary, as of numbers, codes and places.
fn without(text: &str, varies: impl Fn(char) -> bool) -> String {
    text.chars().filter(|c| !varies(*c)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problem(line: u64, field: &str, zh: &str, remedy: &str) -> ImportProblem {
        ImportProblem {
            line,
            field: field.to_owned(),
            problem: format!("{field} {zh}"),
            problem_zh: zh.to_owned(),
            remedy: remedy.to_owned(),
            ..Default::default()
        }
    }

    #[test]
    fn what_is_wrong_in_the_same_way_is_one_group_and_the_largest_comes_first() {
        let problems = [
            problem(2, "name", "缺少名称", "fill it in"),
            problem(3, "code", "代码与第2行重复", "give each its own"),
            problem(4, "code", "代码未以分类 1/03/001 的数字开头", "103001/<>"),
            problem(5, "code", "代码与第3行重复", "give each its own"),
            problem(6, "code", "代码未以分类 2/07/002 的数字开头", "207002/<>"),
            problem(6, "code", "代码未以分类 2/07/002 的数字开头", "207002/<>"),
            problem(7, "code", "代码与第3行重复", "give each its own"),
            problem(8, "abstract", "缺少名称", "fill it in"),
        ];
        let groups = groups(&problems);
        let lines: Vec<&[u64]> = groups.iter().map(|group| &group.lines[..]).collect();
        assert_eq!(lines, [&[3, 5, 7][..], &[4, 6], &[2], &[8]]);
        assert_eq!(groups[0].first.line, 3);
        assert!(!groups[0].alike && groups[2].alike);
        assert_eq!(groups[0].problem_zh, "代码与第…行重复");
        assert_eq!(groups[1].problem, "code 代码未以分类 … 的数字开头");
    }

    #[test]
    fn what_is_common_has_whole_words_and_numbers() {
        for (texts, common) in [
            (["line 1 already", "line 11 already"], "line … already"),
            (["a of 12 x", "a of 13 x"], "a of … x"),
            (["aa", "aaa"], "…"),
            (["第2行", "第2行"], "第2行"),
            (["甲甲", "甲"], "甲…"),
        ] {
            let mut found = Common::of(texts[0]);
            found.meet(texts[1]);
            assert_eq!(found.text(), common, "{texts:?}");
        }
    }

    #[test]
    fn lines_are_written_as_ranges_and_the_rest_counted() {
        assert_eq!(ranges(&[2, 3, 4, 7, 9, 10], 9), "2-4, 7, 9-10");
        assert_eq!(ranges(&[2, 3, 4, 7, 9, 10], 2), "2-4, 7, and 另有 2 more");
        assert_eq!(ranges(&[], 3), "");
    }

    proptest! {
        #[test]
        fn every_problem_is_in_one_group(fields in proptest::collection::vec((0..3_u8, 0..3_u8), 0..40)) {
            let problems: Vec<ImportProblem> = (1..)
                .zip(&fields)
                .map(|(line, (field, kind))| {
                    problem(line, &format!("f{field}"), ["甲", "乙", "丙"][usize::from(*kind)], "r")
                })
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
