//! The reasons why a question is not answered.

use std::io;

use chengji_odbc_dialog::Failure;

/// The reason why a question is not answered.
pub(crate) enum End {
    /// The database or its driver failed.
    Failed(Failure),
    /// The node is gone.
    Gone(io::Error),
}

impl From<Failure> for End {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<io::Error> for End {
    fn from(cause: io::Error) -> Self {
        Self::Gone(cause)
    }
}
