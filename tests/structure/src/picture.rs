//! The picture of the crates in `ARCHITECTURE.md`.

use std::collections::{BTreeMap, BTreeSet};

/// The permitted dependencies as drawn: groups of crates with arrows between them, such as
/// `domain, clock ◄── proto, store ◄── transport`. A crate may use all that its line names left of it,
/// and what those may use.
#[derive(Debug, Default)]
pub struct Picture {
    left_of: BTreeMap<String, BTreeSet<String>>,
}

impl Picture {
    /// Reads the first block of the section `## Crates`.
    #[must_use]
    pub fn read(architecture: &str) -> Self {
        let lines = (architecture.lines())
            .skip_while(|line| *line != "## Crates")
            .skip_while(|line| *line != "```")
            .skip(1)
            .take_while(|line| *line != "```");
        let mut picture = Self::default();
        for line in lines {
            let mut left = BTreeSet::new();
            for group in line.split("◄──") {
                let names: Vec<String> = (group.split(','))
                    .map(|name| name.trim().to_owned())
                    .filter(|name| !name.is_empty())
                    .collect();
                for name in &names {
                    let known = picture.left_of.entry(name.clone()).or_default();
                    known.extend(left.iter().cloned());
                }
                left.extend(names);
            }
        }
        picture
    }

    /// Returns true if `from` may depend on `on`.
    #[must_use]
    pub fn allows(&self, from: &str, on: &str) -> bool {
        (self.left_of.get(from).into_iter().flatten())
            .any(|left| left == on || self.allows(left, on))
    }

    /// Names in the picture.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.left_of.keys().map(String::as_str)
    }

    /// The first crate that would depend on itself.
    #[must_use]
    pub fn circle(&self) -> Option<&str> {
        self.names().find(|name| {
            let mut reached = BTreeSet::new();
            let mut open = vec![*name];
            while let Some(at) = open.pop() {
                for left in self.left_of.get(at).into_iter().flatten() {
                    if reached.insert(left.as_str()) {
                        open.push(left);
                    }
                }
            }
            reached.contains(name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWN: &str = "## Crates\n\n```\ndomain, clock ◄── store ◄── node ◄── tests\n\
                         store ◄── audit ◄── node\n```\n";

    #[test]
    fn a_crate_may_use_what_is_left_of_it() {
        let picture = Picture::read(DRAWN);
        assert!(picture.allows("tests", "domain"));
        assert!(picture.allows("audit", "clock"));
        assert!(!picture.allows("store", "audit"));
        assert!(!picture.allows("domain", "clock"));
        assert!(!picture.allows("unknown", "domain"));
        assert_eq!(picture.circle(), None);
    }

    #[test]
    fn a_circle_in_the_picture_is_found() {
        let drawn = DRAWN.replace("store ◄── audit", "node ◄── audit");
        assert!(Picture::read(&drawn).circle().is_some());
    }
}
