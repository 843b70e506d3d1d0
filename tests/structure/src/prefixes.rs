//! Prefixes of the store: each is a declared table, single record or index, and its pairs are read only
//! by that declaration.

use std::collections::BTreeSet;

use quote::ToTokens;
use syn::visit::Visit;
use syn::{Expr, ExprCall, ExprPath, ItemStatic};

use crate::finding::Finding;
use crate::source::Module;

/// The constructors that declare a prefix.
const DECLARATIONS: [&str; 5] = [
    "Table::new",
    "Single::new",
    "Index::new",
    "Index::unique",
    "Tally::new",
];

/// The prefixes that modules name.
#[derive(Debug, Default)]
pub struct Prefixes {
    /// Those of declared tables, single records and indexes.
    pub declared: BTreeSet<String>,
    /// Those named elsewhere, with the place.
    pub used: Vec<(String, Finding)>,
}

impl Prefixes {
    /// Adds the prefixes of a module.
    pub fn add(&mut self, module: &Module) {
        let mut names = Names {
            module,
            is_declaration: false,
            prefixes: self,
        };
        for item in &module.items {
            names.visit_item(item);
        }
    }
}

/// The prefixes of the table in `keys.rs`, by the text of that file.
#[must_use]
pub fn all_prefixes(keys: &str) -> BTreeSet<String> {
    let lines = keys.lines().filter_map(|line| {
        let (name, byte) = line.trim().split_once(" = 0x")?;
        let is_byte = byte.len() == 3 && byte.ends_with(';');
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric());
        (is_byte && is_name).then(|| name.to_owned())
    });
    lines.collect()
}

struct Names<'a> {
    module: &'a Module,
    is_declaration: bool,
    prefixes: &'a mut Prefixes,
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_item_static(&mut self, item: &'ast ItemStatic) {
        self.is_declaration = true;
        syn::visit::visit_item_static(self, item);
        self.is_declaration = false;
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let function = match &*call.func {
            Expr::Path(path) => path.to_token_stream().to_string().replace(' ', ""),
            _ => String::new(),
        };
        let declares = DECLARATIONS.iter().any(|ends| function.ends_with(ends));
        let prefixes = call.args.iter().filter_map(prefix);
        for name in prefixes.filter(|_| declares && self.is_declaration) {
            self.prefixes.declared.insert(name);
        }
        if !(declares && self.is_declaration) {
            syn::visit::visit_expr_call(self, call);
        }
    }

    fn visit_expr_path(&mut self, path: &'ast ExprPath) {
        if let Some(name) = named(path) {
            let line = path.path.segments[0].ident.span().start().line;
            let finding = Finding::new(
                &self.module.file,
                line,
                format!("the prefix {name} is used outside its declaration"),
                "read and write its records by its table, single record or index",
            );
            self.prefixes.used.push((name, finding));
        }
    }
}

/// The name in `Prefix::Name`.
fn prefix(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Path(path) => named(path),
        _ => None,
    }
}

fn named(path: &ExprPath) -> Option<String> {
    let mut segments = path.path.segments.iter().rev();
    let (last, before) = (segments.next()?, segments.next()?);
    (before.ident == "Prefix" && last.ident != "ALL").then(|| last.ident.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_and_other_uses_are_told_apart() {
        let source = "static A: Table<u64, X> = Table::new(Prefix::Audit, &[&B]);\n\
             static B: Index<u64, u64, X> = Index::new(&A, Prefix::AuditList, \"b\", |_, _| vec![]);\n\
             fn f() { Key::new(Prefix::Roster); Table::new(Prefix::Member, &[]); }";
        let module = Module {
            path: Vec::new(),
            file: "a.rs".into(),
            items: syn::parse_file(source).unwrap().items,
        };
        let mut prefixes = Prefixes::default();
        prefixes.add(&module);
        let declared: Vec<&str> = prefixes.declared.iter().map(String::as_str).collect();
        assert_eq!(declared, ["Audit", "AuditList"]);
        let used: Vec<&str> = prefixes
            .used
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(used, ["Roster", "Member"]);
    }

    #[test]
    fn the_table_of_prefixes_is_read_line_by_line() {
        let keys =
            "    /// Who = 0x1;\n    Owner = 0x01;\n    LogHead = 0x02;\nconst ESCAPED: u8 = 0xff;";
        let names: Vec<String> = all_prefixes(keys).into_iter().collect();
        assert_eq!(names, ["LogHead", "Owner"]);
    }
}
