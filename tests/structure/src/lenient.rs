//! Finds stored records that are read leniently, or parsed again, outside their codec.
//!
//! A missing field of a message means a damaged record: `unwrap_or_default` turns it into an empty one
//! that looks valid. A text that a codec has checked must not be parsed again by its readers.

use std::path::Path;

use syn::visit::Visit;
use syn::{Expr, ExprCall, ExprMethodCall, ItemImpl, Member};

use crate::finding::Finding;
use crate::source::Module;

/// Traits whose implementations turn stored or sent messages into domain types.
const CODECS: [&str; 2] = ["Codec", "TryFrom"];

/// Calls on fields of messages.
#[derive(Debug, Default)]
pub struct Lenient {
    /// `x.field.unwrap_or_default()`
    pub defaults: Vec<Finding>,
    /// `x.field.parse()` and `T::parse(&x.field)`
    pub parses: Vec<Finding>,
}

/// Adds the calls in a module.
pub fn lenient(module: &Module, found: &mut Lenient) {
    let mut calls = Calls {
        file: &module.file,
        found,
    };
    for item in &module.items {
        calls.visit_item(item);
    }
}

struct Calls<'a> {
    file: &'a Path,
    found: &'a mut Lenient,
}

impl Calls<'_> {
    fn parses(&mut self, line: usize, field: &str) {
        self.found.parses.push(Finding::new(
            self.file,
            line,
            format!("the field {field} is parsed outside a codec"),
            "decode the record into its domain type once, where it is read",
        ));
    }
}

impl<'ast> Visit<'ast> for Calls<'_> {
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let is_codec = item.trait_.as_ref().is_some_and(|(_, path, _)| {
            let last = path.segments.last();
            last.is_some_and(|last| CODECS.iter().any(|codec| last.ident == codec))
        });
        if !is_codec {
            syn::visit::visit_item_impl(self, item);
        }
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let line = call.method.span().start().line;
        if let Some(field) = field(&call.receiver) {
            if call.method == "unwrap_or_default" {
                self.found.defaults.push(Finding::new(
                    self.file,
                    line,
                    format!("a missing field {field} becomes an empty one"),
                    "report it as a damaged record",
                ));
            } else if call.method == "parse" {
                self.parses(line, &field);
            }
        }
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let (Expr::Path(function), Some(argument)) = (&*call.func, call.args.first())
            && let Some(last) = function.path.segments.last()
            && function.path.segments.len() > 1
            && last.ident == "parse"
            && let Some(field) = field(argument)
        {
            self.parses(last.ident.span().start().line, &field);
        }
        syn::visit::visit_expr_call(self, call);
    }
}

/// The field from which an expression takes its value, such as `entry` for
/// `&record.entry.clone()`.
fn field(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Field(field) => match &field.member {
            Member::Named(name) => Some(name.to_string()),
            Member::Unnamed(_) => None,
        },
        Expr::MethodCall(call) if passes_on(&call.method.to_string()) => field(&call.receiver),
        Expr::Reference(reference) => field(&reference.expr),
        Expr::Paren(inner) => field(&inner.expr),
        Expr::Unary(unary) => field(&unary.expr),
        _ => None,
    }
}

/// Returns true for methods that return the field itself, or a part of it.
fn passes_on(method: &str) -> bool {
    matches!(
        method,
        "clone" | "cloned" | "copied" | "as_ref" | "as_deref" | "as_str" | "take"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_on_fields_are_found_and_others_are_not() {
        let source = "fn f() {\n\
             record.entry.clone().unwrap_or_default();\n\
             record.code.parse()?;\n\
             ResourceCode::parse(&record.code)?;\n\
             counts.get(0).unwrap_or_default();\n\
             argument.parse()?;\n\
             }\n\
             impl Codec for Stored { fn decode() { record.code.parse() } }";
        let module = Module {
            path: Vec::new(),
            file: "a.rs".into(),
            items: syn::parse_file(source).unwrap().items,
        };
        let mut found = Lenient::default();
        lenient(&module, &mut found);
        let lines = |found: &[Finding]| -> Vec<String> {
            (found.iter())
                .map(|f| {
                    f.to_string()
                        .split(": ")
                        .take(2)
                        .collect::<Vec<_>>()
                        .join(": ")
                })
                .collect()
        };
        assert_eq!(
            lines(&found.defaults),
            ["a.rs:2: a missing field entry becomes an empty one; report it as a damaged record"]
        );
        assert_eq!(found.parses.len(), 2, "{:?}", found.parses);
    }
}
