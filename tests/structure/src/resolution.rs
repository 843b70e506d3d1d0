//! Which module of a crate a path names: the one in which the item is defined, whatever way it
//! is exported.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Item, UseTree};

use crate::source::{Crate, Module};

/// Exports are followed this far; more is a circle of `use` declarations.
const MAX_EXPORTS: usize = 16;

/// A path as it is written, with the line of its first name, counted from 1.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    names: Vec<String>,
    /// Where it begins.
    pub line: usize,
}

/// What a name in a module may mean.
#[derive(Debug, Default)]
struct Scope {
    defined: BTreeSet<String>,
    imported: BTreeMap<String, Vec<String>>,
    /// Modules imported with `*`.
    whole: Vec<Vec<String>>,
    /// Submodules, by their places in the crate.
    inside: BTreeMap<String, usize>,
    /// The place of the module around it.
    around: usize,
}

/// What a path turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Module(usize),
    /// An item of the module at that place.
    Item(usize),
}

/// Names of a crate and what they mean where.
#[derive(Debug)]
pub(crate) struct Names {
    scopes: Vec<Scope>,
}

impl Names {
    /// Collects them.
    pub(crate) fn of(read: &Crate) -> Self {
        let places: BTreeMap<&[String], usize> = (read.modules.iter().enumerate())
            .map(|(at, module)| (module.path.as_slice(), at))
            .collect();
        let mut scopes: Vec<Scope> = read.modules.iter().map(scope).collect();
        for (at, module) in read.modules.iter().enumerate() {
            let Some((name, around)) = module.path.split_last() else {
                continue;
            };
            let around = places.get(around).copied().unwrap_or(0);
            if let Some(scope) = scopes.get_mut(at) {
                scope.around = around;
            }
            if let Some(scope) = scopes.get_mut(around) {
                scope.inside.insert(name.clone(), at);
            }
        }
        Self { scopes }
    }

    /// The place of the module that defines what a path in the module at `from` names; `None`
    /// for a name of another crate, and for a module as such.
    pub(crate) fn definer(&self, from: usize, written: &Written) -> Option<usize> {
        match self.path(from, &written.names, MAX_EXPORTS)? {
            Meaning::Item(at) => Some(at),
            Meaning::Module(_) => None,
        }
    }

    fn path(&self, from: usize, names: &[String], left: usize) -> Option<Meaning> {
        let left = left.checked_sub(1)?;
        let (first, mut rest) = names.split_first()?;
        let scope = self.scopes.get(from)?;
        let mut reached = match first.as_str() {
            "crate" => Meaning::Module(0),
            "self" => Meaning::Module(from),
            "super" => Meaning::Module(scope.around),
            _ => self.named(from, first, rest.is_empty(), left)?,
        };
        while let (Meaning::Module(at), Some((next, others))) = (reached, rest.split_first()) {
            reached = if next == "super" {
                Meaning::Module(self.scopes.get(at)?.around)
            } else {
                // What is not found was made by a macro there.
                self.named(at, next, others.is_empty(), left)
                    .unwrap_or(Meaning::Item(at))
            };
            rest = others;
        }
        Some(reached)
    }

    /// What one name means in a module; an item before a module of its name if it `ends` a path.
    fn named(&self, at: usize, name: &str, ends: bool, left: usize) -> Option<Meaning> {
        let scope = self.scopes.get(at)?;
        let inside = scope
            .inside
            .get(name)
            .map(|inside| Meaning::Module(*inside));
        if scope.defined.contains(name) && (ends || inside.is_none()) {
            return Some(Meaning::Item(at));
        }
        if inside.is_some() {
            return inside;
        }
        if let Some(path) = scope.imported.get(name) {
            // An import of its own name, such as `use bytes;`, is of another crate.
            return (path.as_slice() != [name])
                .then(|| self.path(at, path, left))
                .flatten();
        }
        scope.whole.iter().find_map(|path| {
            let Meaning::Module(whole) = self.path(at, path, left)? else {
                return None;
            };
            (whole != at)
                .then(|| self.named(whole, name, ends, left.checked_sub(1)?))
                .flatten()
        })
    }
}

fn scope(module: &Module) -> Scope {
    let mut scope = Scope::default();
    for item in &module.items {
        if let Some(name) = defined(item) {
            scope.defined.insert(name);
        }
        if let Item::Use(item) = item
            && item.leading_colon.is_none()
        {
            imports(&item.tree, &[], &mut scope);
        }
    }
    scope
}

fn defined(item: &Item) -> Option<String> {
    let name = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(name.to_string())
}

fn imports(tree: &UseTree, before: &[String], scope: &mut Scope) {
    let with = |name: &syn::Ident| {
        let mut path = before.to_vec();
        // `a::{self}` is `a`.
        if name != "self" || before.is_empty() {
            path.push(name.to_string());
        }
        path
    };
    match tree {
        UseTree::Path(inner) => imports(&inner.tree, &with(&inner.ident), scope),
        UseTree::Name(name) => {
            let path = with(&name.ident);
            if let Some(last) = path.last().cloned() {
                scope.imported.insert(last, path);
            }
        }
        UseTree::Rename(renamed) => {
            let path = with(&renamed.ident);
            scope.imported.insert(renamed.rename.to_string(), path);
        }
        UseTree::Glob(_) => scope.whole.push(before.to_vec()),
        UseTree::Group(group) => {
            for tree in &group.items {
                imports(tree, before, scope);
            }
        }
    }
}

/// All paths of two names or more in a module's items, those in macros included, and all that
/// it imports.
pub(crate) fn written(module: &Module) -> Vec<Written> {
    let mut found = Vec::new();
    for item in &module.items {
        if let Item::Use(item) = item {
            if item.leading_colon.is_none() {
                imported(&item.tree, &mut Vec::new(), &mut found);
            }
        } else {
            in_tokens(item.to_token_stream(), &mut found);
        }
    }
    found
}

fn imported(tree: &UseTree, before: &mut Vec<String>, found: &mut Vec<Written>) {
    match tree {
        UseTree::Path(inner) => {
            before.push(inner.ident.to_string());
            imported(&inner.tree, before, found);
            before.pop();
        }
        UseTree::Name(syn::UseName { ident }) | UseTree::Rename(syn::UseRename { ident, .. }) => {
            let mut names = before.clone();
            if ident != "self" {
                names.push(ident.to_string());
            }
            let line = ident.span().start().line;
            found.push(Written { names, line });
        }
        UseTree::Glob(_) => {}
        UseTree::Group(group) => {
            for tree in &group.items {
                imported(tree, before, found);
            }
        }
    }
}

fn in_tokens(tokens: TokenStream, found: &mut Vec<Written>) {
    let mut names = Vec::new();
    let mut line = 0;
    // Colons since the last name; a path that begins with two is of another crate or a type's.
    let mut colons = 0;
    let mut end = |names: &mut Vec<String>, line| {
        let names = std::mem::take(names);
        if names.len() > 1 {
            found.push(Written { names, line });
        }
    };
    let mut groups = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => {
                if colons != 2 || names.is_empty() {
                    end(&mut names, line);
                    line = ident.span().start().line;
                }
                if colons != 2 || !names.is_empty() {
                    names.push(ident.to_string());
                }
                colons = 0;
            }
            TokenTree::Punct(sign) if sign.as_char() == ':' => colons += 1,
            TokenTree::Punct(_) | TokenTree::Literal(_) => {
                end(&mut names, line);
                colons = 0;
            }
            TokenTree::Group(group) => {
                // `a::{b, c}` within a function: each of the names goes on with the path.
                if colons == 2 && !names.is_empty() {
                    names.push(String::new());
                }
                end(&mut names, line);
                colons = 0;
                groups.push(group.stream());
            }
        }
    }
    end(&mut names, line);
    for group in groups {
        in_tokens(group, found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Modules of one file: `(path, source)`, the root first.
    fn read(modules: &[(&[&str], &str)]) -> Crate {
        let modules = modules
            .iter()
            .map(|(path, source)| Module {
                path: path.iter().map(|&name| name.to_owned()).collect(),
                file: "lib.rs".into(),
                items: syn::parse_file(source).unwrap().items,
            })
            .collect();
        Crate { modules }
    }

    /// Names of the modules that the last one uses.
    fn used(read: &Crate) -> Vec<String> {
        let names = Names::of(read);
        let last = read.modules.len() - 1;
        written(read.modules.last().unwrap())
            .iter()
            .filter_map(|path| names.definer(last, path))
            .map(|at| read.modules.get(at).unwrap().name())
            .collect()
    }

    #[test]
    fn an_export_leads_to_where_the_item_is_defined() {
        let read = read(&[
            (&[], "pub use a::Thing; pub use b::*;"),
            (&["a"], "pub struct Thing;"),
            (&["b"], "pub fn work() {}"),
            (&["c"], "use crate::{Thing, work as task};"),
        ]);
        assert_eq!(used(&read), ["a", "b"]);
    }

    #[test]
    fn paths_through_an_imported_module_count() {
        let read = read(&[
            (&[], ""),
            (&["a"], ""),
            (&["a", "b"], "pub fn work() {} roles! {}"),
            (
                &["c"],
                "use crate::a::b; fn f() { log!(b::work(), super::a::b::Role) }",
            ),
        ]);
        assert_eq!(used(&read), ["a::b", "a::b"]);
    }

    #[test]
    fn other_crates_are_no_modules() {
        let read = read(&[
            (&[], ""),
            (&["bytes"], "pub struct Own;"),
            (
                &["c"],
                "use bytes::Bytes; use ::bytes::Own; fn f() { std::fs::read(x::<T>::y) }",
            ),
        ]);
        assert_eq!(used(&read), Vec::<String>::new());
    }
}
