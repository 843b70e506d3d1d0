//! Finds oversized files and functions.

use std::path::Path;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::Visit;

use crate::finding::Finding;
use crate::source::{SourceError, parse};

/// Maximum number of lines of a file.
pub const MAX_FILE_LINES: usize = 500;
/// Maximum number of lines of a function, including its signature.
pub const MAX_FUNCTION_LINES: usize = 80;

/// Returns a finding if the file is too long.
///
/// # Errors
///
/// [`SourceError`] if it cannot be read.
pub fn long_files(file: &Path) -> Result<Option<Finding>, SourceError> {
    let text = std::fs::read_to_string(file).map_err(|error| SourceError::Read {
        file: file.to_owned(),
        error,
    })?;
    let lines = text.lines().count();
    Ok((lines > MAX_FILE_LINES).then(|| {
        Finding::new(
            file,
            lines,
            format!("a file of {lines} lines, {MAX_FILE_LINES} at most"),
            "split it at its second idea",
        )
    }))
}

/// The functions of a file that are too long, including those of tests.
///
/// # Errors
///
/// [`SourceError`] if it cannot be read or parsed.
pub fn long_functions(file: &Path) -> Result<Vec<Finding>, SourceError> {
    let parsed = parse(file)?;
    let mut functions = Functions {
        file,
        found: Vec::new(),
    };
    functions.visit_file(&parsed);
    Ok(functions.found)
}

struct Functions<'a> {
    file: &'a Path,
    found: Vec<Finding>,
}

impl Functions<'_> {
    fn measure(&mut self, name: &syn::Ident, signature: Span, body: Span) {
        let first = signature.start().line;
        let lines = body.end().line - first + 1;
        if lines > MAX_FUNCTION_LINES {
            self.found.push(Finding::new(
                self.file,
                first,
                format!("function {name} of {lines} lines, {MAX_FUNCTION_LINES} at most"),
                "split it at its second idea",
            ));
        }
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        let (signature, body) = (function.sig.span(), function.block.span());
        self.measure(&function.sig.ident, signature, body);
        syn::visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        let (signature, body) = (function.sig.span(), function.block.span());
        self.measure(&function.sig.ident, signature, body);
        syn::visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig.ident, function.sig.span(), body.span());
        }
        syn::visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_more_than_allowed_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.rs");
        let function = |lines| format!("impl X {{\nfn f() {{\n{}}}\n}}\n", "//\n".repeat(lines));

        std::fs::write(&file, function(MAX_FUNCTION_LINES - 2)).unwrap();
        assert_eq!(long_functions(&file).unwrap(), []);
        std::fs::write(&file, function(MAX_FUNCTION_LINES - 1)).unwrap();
        let found = long_functions(&file).unwrap();
        assert!(
            found
                .first()
                .unwrap()
                .to_string()
                .contains("a.rs:2: function f of 81 lines")
        );

        std::fs::write(&file, "\n".repeat(MAX_FILE_LINES)).unwrap();
        assert_eq!(long_files(&file).unwrap(), None);
        std::fs::write(&file, "\n".repeat(MAX_FILE_LINES + 1)).unwrap();
        assert!(long_files(&file).unwrap().is_some());
    }
}
