//! Detects circular uses between modules of one crate.

use std::collections::{BTreeMap, BTreeSet};

use crate::finding::Finding;
use crate::resolution::{Names, written};
use crate::source::Crate;

/// Uses of other modules: by the user's and the used one's index, the first line.
type Uses = BTreeMap<usize, BTreeMap<usize, usize>>;

/// One finding for each use that closes a circle between modules. A module and its submodules count as
/// one: the halves of a type may need each other.
#[must_use]
pub fn circles(read: &Crate) -> Vec<Finding> {
    let uses = uses(read);
    let reached: BTreeMap<usize, BTreeSet<usize>> =
        (uses.keys().map(|&from| (from, reached_from(from, &uses)))).collect();
    let reaches = |from: usize, to: usize| reached.get(&from).is_some_and(|all| all.contains(&to));
    let mut found = Vec::new();
    for (&from, used) in &uses {
        for (&to, &line) in used {
            if let (true, Some(user), Some(other)) = (
                reaches(to, from),
                read.modules.get(from),
                read.modules.get(to),
            ) {
                let (user_name, other_name) = (user.name(), other.name());
                found.push(Finding::new(
                    &user.file,
                    line,
                    format!("circle: {user_name} uses {other_name}, which needs {user_name}"),
                    "move what both need into a module of its own, or pass it in",
                ));
            }
        }
    }
    found
}

fn uses(read: &Crate) -> Uses {
    let names = Names::of(read);
    let mut uses = Uses::new();
    for (from, module) in read.modules.iter().enumerate() {
        for path in written(module) {
            let Some(to) = names.definer(from, &path) else {
                continue;
            };
            let is_other = (read.modules.get(to)).is_some_and(|other| !module.is_related_to(other));
            if is_other {
                let lines = uses.entry(from).or_default();
                lines.entry(to).or_insert(path.line);
            }
        }
    }
    uses
}

fn reached_from(from: usize, uses: &Uses) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from];
    while let Some(at) = open.pop() {
        for &next in uses.get(&at).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(root: &str) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lib.rs");
        std::fs::write(&file, root).unwrap();
        let read = Crate::read(&file).unwrap();
        circles(&read).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_circle_is_found_at_each_of_its_uses() {
        let found = found(
            "mod a { pub fn f() { super::b::g() } }\n\
             mod b { use crate::c::h; pub fn g() {} }\n\
             mod c { pub fn h() { crate::a::f() } }\n\
             mod d { use crate::a::f; }",
        );
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(
            found
                .iter()
                .any(|f| f.contains("lib.rs:2: circle: b uses c")),
            "{found:#?}"
        );
    }

    #[test]
    fn a_module_and_what_is_inside_it_are_one() {
        let found = found("mod a { pub struct T; pub mod b { use super::T; } pub use b::F; }");
        assert_eq!(found, Vec::<String>::new());
    }
}
