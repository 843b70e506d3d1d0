//! Patterns of file names that contain an entry's code or name: `{code}.csv`, `{class}/{serial}*.csv`,
//! `**/{name}.xlsx`. Existing files and entries are not considered here.

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, msg};

/// Maximum length of a pattern, characters.
const MAX_LENGTH: usize = 200;
/// Maximum number of wildcards.
const MAX_WILDCARDS: usize = 4;
/// Maximum number of steps for one path, which bounds its possible readings.
const MAX_STEPS: u32 = 50_000;

/// A pattern of paths below a mount root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    /// `*`: any characters of one name.
    Any,
    /// `**/`: any folders, or none.
    Folders,
    Code,
    Class,
    Serial,
    Name,
}

/// The part of a path that identifies its entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capture {
    /// The digits of its code, a maximal run.
    Code(String),
    /// Its name, and the byte of the path at which it begins.
    Name(usize, String),
}

impl Pattern {
    /// Parses a pattern: a path with `{code}`, `{class}` and `{serial}`, or `{name}`.
    pub fn parse(text: &str) -> Result<Self> {
        if text.is_empty() || text.chars().count() > MAX_LENGTH {
            return Err(wrong(text, msg::PatternLength { most: MAX_LENGTH }));
        }
        if text.starts_with('/') || text.split('/').any(|part| part == ".." || part == ".") {
            return Err(wrong(text, msg::PatternNotBelowRoot));
        }
        let parts = parts(text)?;
        let count = |part: Part| parts.iter().filter(|other| **other == part).count();
        let named = [Part::Code, Part::Class, Part::Serial, Part::Name].map(count);
        if !matches!(named, [1, 0, 0, 0] | [0, 1, 1, 0] | [0, 0, 0, 1]) {
            return Err(wrong(text, msg::PatternNamesNoEntry));
        }
        if count(Part::Any) + count(Part::Folders) > MAX_WILDCARDS {
            return Err(wrong(
                text,
                msg::PatternTooManyStars {
                    most: MAX_WILDCARDS,
                },
            ));
        }
        Ok(Self(joined(parts)))
    }

    /// All readings of a path below a root; empty where it does not fit.
    pub fn read(&self, path: &str) -> Result<Vec<Capture>> {
        let mut matcher = PathMatcher {
            path,
            spans: Vec::new(),
            captures: Vec::new(),
            steps: MAX_STEPS,
        };
        matcher.match_parts(&self.0, 0);
        if matcher.steps == 0 {
            let message = msg::PatternTooAmbiguous { path };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        matcher.captures.sort_unstable();
        matcher.captures.dedup();
        Ok(matcher.captures)
    }
}

/// Joins a class and the serial right after it into the code, at any split.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match joined.last_mut() {
            Some(last) if (&*last, &part) == (&Part::Class, &Part::Serial) => *last = Part::Code,
            _ => joined.push(part),
        }
    }
    joined
}

fn parts(text: &str) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("**/") {
            parts.push(Part::Folders);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('*') {
            parts.push(Part::Any);
            rest = after.trim_start_matches('*');
        } else if let Some(after) = rest.strip_prefix('{') {
            let Some((name, after)) = after.split_once('}') else {
                return Err(wrong(text, msg::PatternBraceOpen));
            };
            parts.push(match name {
                "code" => Part::Code,
                "class" => Part::Class,
                "serial" => Part::Serial,
                "name" => Part::Name,
                other => return Err(wrong(text, msg::PatternPartUnknown { part: other })),
            });
            rest = after;
        } else {
            let end = rest.find(['{', '*']).unwrap_or(rest.len());
            parts.push(Part::Text(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    Ok(parts)
}

/// Reads a path in every possible way.
struct PathMatcher<'a> {
    path: &'a str,
    /// The spans of the parts that identify an entry, so far.
    spans: Vec<(&'static str, usize, &'a str)>,
    captures: Vec<Capture>,
    steps: u32,
}

impl<'a> PathMatcher<'a> {
    fn match_parts(&mut self, parts: &[Part], from: usize) {
        self.steps = self.steps.saturating_sub(1);
        if self.steps == 0 {
            return;
        }
        let rest = &self.path[from..];
        let Some((part, parts)) = parts.split_first() else {
            if rest.is_empty() {
                self.record_captures();
            }
            return;
        };
        match part {
            Part::Text(text) => {
                if rest.starts_with(text.as_str()) {
                    self.match_parts(parts, from + text.len());
                }
            }
            Part::Folders => {
                self.match_parts(parts, from);
                for (slash, _) in rest.match_indices('/') {
                    self.match_parts(parts, from + slash + 1);
                }
            }
            Part::Any => {
                for length in ends(rest, |c| c != '/') {
                    self.match_parts(parts, from + length);
                }
            }
            Part::Name => {
                for length in ends(rest, |c| c != '/').filter(|length| *length > 0) {
                    self.take("name", parts, from, length);
                }
            }
            Part::Code => self.digits("code", parts, from),
            Part::Serial => self.digits("serial", parts, from),
            Part::Class => self.digits("class", parts, from),
        }
    }

    /// Digits are matched as a maximal run: a part of a number is another number.
    fn digits(&mut self, what: &'static str, parts: &[Part], from: usize) {
        let (before, rest) = self.path.split_at(from);
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        if length > 0 && !before.ends_with(|c: char| c.is_ascii_digit()) {
            self.take(what, parts, from, length);
        }
    }

    fn take(&mut self, what: &'static str, parts: &[Part], from: usize, length: usize) {
        let text = &self.path[from..from + length];
        self.spans.push((what, from, text));
        self.match_parts(parts, from + length);
        self.spans.pop();
    }

    fn record_captures(&mut self) {
        let of = |what: &str| self.spans.iter().find(|(name, ..)| *name == what);
        if let Some((_, from, name)) = of("name") {
            self.captures.push(Capture::Name(*from, (*name).to_owned()));
        } else if let Some((.., code)) = of("code") {
            self.captures.push(Capture::Code((*code).to_owned()));
        } else if let (Some((.., class)), Some((.., serial))) = (of("class"), of("serial")) {
            self.captures
                .push(Capture::Code(format!("{class}{serial}")));
        }
    }
}

/// The lengths of all prefixes of a text that consist of such characters, including the empty one.
fn ends(text: &str, of: impl Fn(char) -> bool) -> impl Iterator<Item = usize> {
    let ends = text
        .char_indices()
        .take_while(move |(_, c)| of(*c))
        .map(|(at, c)| at + c.len_utf8());
    std::iter::once(0).chain(ends.collect::<Vec<_>>())
}

fn wrong(text: &str, why: impl Into<Message>) -> Error {
    let (pattern, why) = (text, why.into());
    Error::new(
        ErrorCode::InvalidArgument,
        msg::PatternInvalid { pattern, why },
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(pattern: &str, path: &str) -> Vec<String> {
        let captures = Pattern::parse(pattern).unwrap().read(path).unwrap();
        captures
            .into_iter()
            .map(|capture| match capture {
                Capture::Code(text) | Capture::Name(_, text) => text,
            })
            .collect()
    }

    #[test]
    fn a_path_says_the_code_in_every_form() {
        let code = ["103001000001"];
        for (pattern, path) in [
            ("{code}.csv", "103001000001.csv"),
            ("{class}-{serial}.csv", "103001-000001.csv"),
            ("{class}{serial}.csv", "103001000001.csv"),
            ("{class}/{serial}*.csv", "103001/000001.csv"),
            ("{class}/{serial}*.csv", "103001/000001-2026年.csv"),
            ("**/{code}.csv", "103001000001.csv"),
            ("**/{code}.csv", "民政局/2026/103001000001.csv"),
            ("*/{code}*.*", "民政局/103001000001 区划.v2.xlsx"),
            ("*_{code}.csv", "表_103001000001.csv"),
        ] {
            assert_eq!(read(pattern, path), code, "{pattern} {path}");
        }
    }

    #[test]
    fn what_does_not_fit_says_nothing() {
        for (pattern, path) in [
            ("{code}.csv", "a/103001000001.csv"),
            ("{code}.csv", "103001000001.xlsx"),
            ("{code}.csv", "x103001000001.csv"),
            ("{code}.csv", ".csv"),
            ("{class}/{serial}.csv", "103001/x.csv"),
            ("*/{code}.csv", "a/b/103001000001.csv"),
            // A number is matched as a whole, never as a part of a longer one.
            ("*{code}", "x"),
        ] {
            assert!(read(pattern, path).is_empty(), "{pattern} {path}");
        }
        assert_eq!(read("*{code}.csv", "a12345678.csv"), ["12345678"]);
        assert_eq!(read("{code}*.csv", "12345678.csv"), ["12345678"]);
    }

    #[test]
    fn a_name_before_a_star_may_end_anywhere() {
        let captures = read("{name}*.csv", "区划-2.csv");
        assert_eq!(captures, ["区", "区划", "区划-", "区划-2"]);
        assert_eq!(read("**/{name}.csv", "a/区划.csv"), ["区划"]);
    }

    #[test]
    fn a_pattern_names_an_entry_once_and_stays_below_the_roots() {
        for text in [
            "",
            "*.csv",
            "{class}.csv",
            "{serial}.csv",
            "{code}{code}",
            "{code}/{name}",
            "{class}{serial}{name}",
            "{kode}.csv",
            "{code",
            "/{code}.csv",
            "../{code}.csv",
            "a/../{code}.csv",
            "*a*b*c*d*{code}",
            &format!("{{code}}{}", "x".repeat(200)),
        ] {
            let error = Pattern::parse(text).unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{text}");
            assert_eq!(error.message().code(), "pattern-invalid", "{error}");
        }
    }

    #[test]
    fn a_path_that_can_be_read_in_endless_ways_is_refused() {
        let pattern = Pattern::parse("*a*a*a*a{name}").unwrap();
        assert!(pattern.read(&"a".repeat(250)).is_err());
    }

    proptest! {
        #[test]
        fn a_path_made_by_a_pattern_says_what_it_was_made_of(
            before in "[a-z区_]{0,4}",
            after in "([a-z划_-][a-z0-9划_-]{0,6})?",
            class in "[0-9]{6}",
            serial in "[0-9]{2,6}",
            folders in "([a-z]{1,3}/){0,3}",
        ) {
            let code = format!("{class}{serial}");
            let path = format!("{folders}{before}{code}{after}.csv");
            let pattern = format!("**/{before}{{code}}*.csv");
            prop_assert_eq!(read(&pattern, &path), [code.clone()]);
            let path = format!("{folders}{class}/{serial}{after}.csv");
            prop_assert_eq!(read("**/{class}/{serial}*.csv", &path), [code]);
        }

        #[test]
        fn no_pattern_and_no_path_breaks_it(pattern in "[{}a-z*/.]{0,30}", path in "\\PC{0,40}") {
            if let Ok(pattern) = Pattern::parse(&pattern) {
                let _ = pattern.read(&path);
            }
        }
    }
}
