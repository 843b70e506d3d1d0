//! Tables with indexes or tallies: each is listed as a `dyn IndexedTable`, so that an index which a migration adds is
//! built, and that indexes and records are compared.

use quote::ToTokens;
use syn::visit::Visit;
use syn::{Expr, ItemStatic};

use crate::source::Module;

/// The tables with indexes or tallies, by the names of their statics.
#[derive(Debug, Default)]
pub struct Indexed {
    /// Those that are declared.
    pub declared: Vec<String>,
    /// Those that are listed.
    pub listed: Vec<String>,
}

impl Indexed {
    /// Adds the tables and the lists of a module.
    pub fn add(&mut self, module: &Module) {
        for item in &module.items {
            self.visit_item(item);
        }
    }
}

impl<'ast> Visit<'ast> for Indexed {
    fn visit_item_static(&mut self, item: &'ast ItemStatic) {
        let kind = item.ty.to_token_stream().to_string();
        if kind.contains("IndexedTable") {
            self.listed.extend(referred(&item.expr));
        } else if is_indexed(&item.expr) {
            self.declared.push(item.ident.to_string());
        }
    }
}

/// The names of the statics that an array refers to, without their modules.
fn referred(array: &Expr) -> Vec<String> {
    let Expr::Array(array) = array else {
        return Vec::new();
    };
    let names = array.elems.iter().filter_map(|element| {
        let Expr::Reference(reference) = element else {
            return None;
        };
        let Expr::Path(path) = &*reference.expr else {
            return None;
        };
        path.path.segments.last()
    });
    names.map(|last| last.ident.to_string()).collect()
}

/// Returns true for a table that is declared with indexes or tallies.
fn is_indexed(declaration: &Expr) -> bool {
    match declaration {
        Expr::MethodCall(call) => call.method == "with_tallies" || is_indexed(&call.receiver),
        Expr::Call(call) => {
            let function = call.func.to_token_stream().to_string().replace(' ', "");
            function.ends_with("Table::new") && call.args.iter().nth(1).is_some_and(has_elements)
        }
        _ => false,
    }
}

fn has_elements(indexes: &Expr) -> bool {
    match indexes {
        Expr::Reference(reference) => {
            !matches!(&*reference.expr, Expr::Array(array) if array.elems.is_empty())
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_and_listed_tables_are_told_apart() {
        let source = "static A: Table<u64, X> = Table::new(Prefix::Audit, &[&B]);\n\
             static B: Index<u64, u64, X> = Index::new(&A, Prefix::AuditList, \"b\", |_, _| vec![]);\n\
             static C: Table<u64, X> = Table::new(Prefix::Member, &[]);\n\
             static D: Table<u64, X> = Table::new(Prefix::Receipt, &[]).with_tallies(&[&E]);\n\
             fn f() { static F: [&dyn IndexedTable; 2] = [&A, &other::D]; }";
        let module = Module {
            path: Vec::new(),
            file: "a.rs".into(),
            items: syn::parse_file(source).unwrap().items,
        };
        let mut indexed = Indexed::default();
        indexed.add(&module);
        assert_eq!(indexed.declared, ["A", "D"]);
        assert_eq!(indexed.listed, ["A", "D"]);
    }
}
