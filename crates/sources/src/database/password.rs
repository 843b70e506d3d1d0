//! The password of an account of a database.

use std::path::PathBuf;

use chengji_domain::Result;
use chengji_messages::msg;

use crate::reading::{file_name, unavailable};

/// The place of a password, which is read at each connection; one line break at its end is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordFrom {
    /// The account needs none.
    None,
    /// A file with nothing else.
    File(PathBuf),
    /// An environment variable of this process.
    Environment(String),
}

/// Reads a password; one line break at its end is no part of it.
///
/// # Errors
///
/// `SOURCE_UNAVAILABLE`.
pub(crate) fn password(from: &PasswordFrom) -> Result<Option<String>> {
    let mut password = match from {
        PasswordFrom::None => return Ok(None),
        PasswordFrom::File(path) => std::fs::read_to_string(path).map_err(|cause| {
            let path = file_name(path);
            unavailable(msg::SourcePasswordFileUnreadable { path, cause })
        })?,
        PasswordFrom::Environment(name) => std::env::var(name)
            .map_err(|_| unavailable(msg::SourcePasswordVariableMissing { name }))?,
    };
    if password.ends_with('\n') {
        password.pop();
        if password.ends_with('\r') {
            password.pop();
        }
    }
    Ok(Some(password))
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;

    #[test]
    fn a_password_is_read_without_the_line_break_at_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        for (text, read) in [
            ("a b", "a b"),
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
        ] {
            std::fs::write(&path, text).unwrap();
            let found = password(&PasswordFrom::File(path.clone())).unwrap();
            assert_eq!(found.as_deref(), Some(read));
        }
        assert_eq!(password(&PasswordFrom::None), Ok(None));
    }

    #[test]
    fn a_password_that_cannot_be_read_makes_the_source_unavailable() {
        let folder = tempfile::tempdir().unwrap();
        let missing = PasswordFrom::File(folder.path().join("missing"));
        let unset = PasswordFrom::Environment("CHENGJI_TEST_NO_SUCH_VARIABLE".to_owned());
        for (from, message) in [
            (missing, "source-password-file-unreadable"),
            (unset, "source-password-variable-missing"),
        ] {
            let error = password(&from).unwrap_err();
            assert_eq!(error.code(), ErrorCode::SourceUnavailable);
            assert_eq!(error.message().code(), message);
            let of_machine = folder.path().display().to_string();
            assert!(!format!("{error:?}").contains(&of_machine));
        }
    }
}
