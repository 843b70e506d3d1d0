//! Finds assertions on wording. Tests assert codes and parameters of messages: a message may be reworded.

use std::path::Path;

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::visit::Visit;
use syn::{Expr, ExprMethodCall, LitStr, Macro, Token};

use crate::finding::Finding;
use crate::source::{SourceError, parse};

/// Words that make a text prose.
const WORDS: usize = 3;

/// Methods of tests whose arguments are expected texts.
const EXPECTATIONS: [&str; 2] = ["refused", "says"];

/// The method that returns the log of a program.
const LOG: &str = "output";

/// The assertions of a file that expect prose: texts of three or more words.
///
/// # Errors
///
/// [`SourceError`] if it cannot be read or parsed.
pub fn wording(file: &Path) -> Result<Vec<Finding>, SourceError> {
    let parsed = parse(file)?;
    let mut assertions = Assertions {
        file,
        found: Vec::new(),
    };
    assertions.visit_file(&parsed);
    Ok(assertions.found)
}

struct Assertions<'a> {
    file: &'a Path,
    found: Vec<Finding>,
}

impl Assertions<'_> {
    fn expect(&mut self, expression: &Expr) {
        let mut texts = Texts::default();
        texts.visit_expr(expression);
        for (line, text) in texts.0.iter().filter(|(_, text)| is_prose(text)) {
            self.found.push(Finding::new(
                self.file,
                *line,
                format!("an assertion on the wording '{text}'"),
                "assert the code and the parameters of the message",
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Assertions<'_> {
    fn visit_macro(&mut self, called: &'ast Macro) {
        let Some(name) = called
            .path
            .segments
            .last()
            .map(|last| last.ident.to_string())
        else {
            return;
        };
        let arguments = Punctuated::<Expr, Token![,]>::parse_terminated;
        let Ok(arguments) = arguments.parse2(called.tokens.clone()) else {
            return;
        };
        // The arguments after the condition are the message of the assertion.
        let condition = match name
            .trim_start_matches("prop_")
            .trim_start_matches("debug_")
        {
            "assert" => 1,
            "assert_eq" | "assert_ne" => 2,
            _ => 0,
        };
        for argument in arguments.iter().take(condition) {
            self.expect(argument);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if EXPECTATIONS.iter().any(|name| call.method == name) {
            call.args.iter().for_each(|argument| self.expect(argument));
        }
        syn::visit::visit_expr_method_call(self, call);
    }
}

/// The texts of an expression, each with its line.
#[derive(Default)]
struct Texts(Vec<(usize, String)>);

impl<'ast> Visit<'ast> for Texts {
    fn visit_lit_str(&mut self, text: &'ast LitStr) {
        self.0.push((text.span().start().line, text.value()));
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        // The argument is the message of a failed test.
        if call.method == "expect" {
            return self.visit_expr(&call.receiver);
        }
        if !is_of_log(&call.receiver) {
            syn::visit::visit_expr_method_call(self, call);
        }
    }
}

/// Returns true for the log of a program: it is in English, whatever the language, and has no codes.
fn is_of_log(expression: &Expr) -> bool {
    matches!(expression, Expr::MethodCall(call) if call.method == LOG)
}

/// Returns true if a text has enough words; codes, labels in capitals, single letters, numbers, paths and
/// options do not count.
fn is_prose(text: &str) -> bool {
    let words = text.split_whitespace().filter(|word| {
        let word = word.trim_matches(|c: char| c.is_ascii_punctuation());
        let is_word = word.chars().all(|c| c.is_ascii_alphabetic() || c == '\'');
        is_word && word.len() > 1 && word.contains(|c: char| c.is_ascii_lowercase())
    });
    words.count() >= WORDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wording_that_is_expected_is_found_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.rs");
        std::fs::write(
            &file,
            "fn f() {\n\
             assert!(x.contains(\"is not valid\"), \"a message of the assertion\");\n\
             assert_eq!(x, [\"one two three\", \"code\"]);\n\
             prop_assert_ne!(x.code(), \"request-not-found\");\n\
             assert!(x.contains(\"city/430100 430200\"));\n\
             exit.refused(3, &[\"the request is closed\", \"OUT_OF_TURN\"]);\n\
             x.contains(\"is not valid\");\n\
             assert!(node.output().contains(\"one two three\"));\n\
             assert_eq!(x.expect(\"one two three\"), \"BEGIN PRIVATE KEY\");\n\
             }",
        )
        .unwrap();

        let found = wording(&file).unwrap();

        let lines: Vec<String> = found
            .iter()
            .map(|found| found.to_string())
            .filter_map(|found| found.split(':').nth(1).map(str::to_owned))
            .collect();
        assert_eq!(lines, ["2", "3", "6"]);
    }
}
