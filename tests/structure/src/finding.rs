//! The result of a check.

use std::fmt;
use std::path::{Path, PathBuf};

/// A place in the source tree that breaks a rule, and its remedy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    file: PathBuf,
    line: usize,
    problem: String,
    remedy: &'static str,
}

impl Finding {
    /// A finding at a line of a file, counted from 1.
    #[must_use]
    pub fn new(file: &Path, line: usize, problem: String, remedy: &'static str) -> Self {
        Self {
            file: file.to_owned(),
            line,
            problem,
            remedy,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            problem,
            remedy,
        } = self;
        write!(f, "{}:{line}: {problem}; {remedy}", file.display())
    }
}
