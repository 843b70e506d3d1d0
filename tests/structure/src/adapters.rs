//! Implementations of tonic's server traits. There is one, the adapter that is generated with the
//! contract: a service that implements such a trait by hand gets calls without a permit.

use std::path::Path;

use syn::visit::Visit;
use syn::{ItemImpl, ItemUse, UseTree};

use crate::finding::Finding;
use crate::source::Module;

/// The modules of generated server traits end like this.
const SERVER: &str = "_server";

/// The implementations in a module.
pub fn server_traits(module: &Module) -> Vec<Finding> {
    let mut imported = Imports::default();
    for item in &module.items {
        imported.visit_item(item);
    }
    let mut found = Implementations {
        file: &module.file,
        imported: imported.0,
        found: Vec::new(),
    };
    for item in &module.items {
        found.visit_item(item);
    }
    found.found
}

/// Names that come from modules of server traits.
#[derive(Default)]
struct Imports(Vec<String>);

impl Imports {
    fn add(&mut self, tree: &UseTree, is_server: bool) {
        match tree {
            UseTree::Path(path) => {
                let name = path.ident.to_string();
                self.add(&path.tree, name.ends_with(SERVER));
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add(tree, is_server);
                }
            }
            UseTree::Name(name) if is_server => self.0.push(name.ident.to_string()),
            UseTree::Rename(rename) if is_server => self.0.push(rename.rename.to_string()),
            UseTree::Name(_) | UseTree::Rename(_) | UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.add(&item.tree, false);
    }
}

struct Implementations<'a> {
    file: &'a Path,
    imported: Vec<String>,
    found: Vec<Finding>,
}

impl<'ast> Visit<'ast> for Implementations<'_> {
    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        if let Some((_, path, _)) = &item.trait_ {
            let names: Vec<String> = path.segments.iter().map(|s| s.ident.to_string()).collect();
            let is_server = match names.as_slice() {
                [name] => self.imported.contains(name),
                [.., module, _] => module.ends_with(SERVER),
                [] => false,
            };
            if is_server {
                let line = item.impl_token.span.start().line;
                self.found.push(Finding::new(
                    self.file,
                    line,
                    format!("{} is implemented by hand", names.join("::")),
                    "implement the trait of the same name in chengji_proto::service",
                ));
            }
        }
        syn::visit::visit_item_impl(self, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_traits_are_found_by_path_and_by_import() {
        let source = "use v1::log_service_server::{LogService, LogServiceServer};\n\
             use chengji_proto::service::RateService;\n\
             impl LogService for Log {}\n\
             impl RateService<Permit> for Rates {}\n\
             impl v1::status_service_server::StatusService for Status {}\n\
             mod tests { impl LogService for Log {} }";
        let module = Module {
            path: Vec::new(),
            file: "a.rs".into(),
            items: syn::parse_file(source).unwrap().items,
        };
        let lines: Vec<String> = (server_traits(&module).iter())
            .map(|found| found.to_string().chars().take(7).collect())
            .collect();
        assert_eq!(lines, ["a.rs:3:", "a.rs:5:", "a.rs:6:"]);
    }
}
