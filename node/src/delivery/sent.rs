//! What is sent: a mounted file, or the part of a mounted table that was read.

use std::io;
use std::sync::Arc;

use chengji_domain::request::{RequestHistory, RequestId};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_runtime::bulk::read_exact_at;

use super::grant;
use super::spool::Spool;
use crate::catalogue::Catalogue;
use crate::catalogue::mount::without_path;
use crate::catalogue::source::{Source, changed, unavailable};

/// What is sent. Clones share it.
#[derive(Clone)]
pub(super) enum Sent {
    /// A file, as it was measured.
    File(Arc<Source>),
    /// A part of a table, in the form of the consumer.
    Table(Arc<Spool>),
}

impl Sent {
    /// Fails unless this is what is granted now. Errors: `CONFLICT` after an amendment.
    pub(super) fn check_granted(&self, history: &RequestHistory) -> Result<()> {
        let part = match self {
            Self::File(_) => None,
            Self::Table(spool) => Some(&spool.part),
        };
        match grant::part(history).as_ref() == part {
            true => Ok(()),
            false => Err(amended(history.id)),
        }
    }

    /// Reads so many bytes from this offset on. Blocks. Errors: `SOURCE_CHANGED` if there are fewer,
    /// `SOURCE_UNAVAILABLE`.
    pub(super) fn read(&self, offset: u64, size: usize) -> Result<Vec<u8>> {
        match self {
            Self::File(source) => {
                read_exact_at(source.file(), offset, size).map_err(|error| match error.kind() {
                    io::ErrorKind::UnexpectedEof => changed(source.path()),
                    _ => unavailable(source.path(), &error),
                })
            }
            Self::Table(spool) => spool.read(offset, size).map_err(|cause| {
                let message = msg::PartUnreadable { cause };
                Error::new(ErrorCode::SourceUnavailable, message)
            }),
        }
    }

    /// Fails if a file was written to since it was measured. Blocks.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        match self {
            Self::File(source) => source.check_unchanged(),
            Self::Table(_) => Ok(()),
        }
    }

    /// The error for the consumer, without the place of the source.
    pub(super) fn told(&self, error: &Error, catalogue: &Catalogue, code: &ResourceCode) -> Error {
        match self {
            Self::File(_) => without_path(error, catalogue, code),
            Self::Table(_) => without_place(error, catalogue, code),
        }
    }
}

/// The error of a table for the consumer: it names neither the source nor its columns, and neither folders of this city
/// nor the space on their disk.
pub(super) fn without_place(error: &Error, catalogue: &Catalogue, code: &ResourceCode) -> Error {
    let resource = format!("{}:{code}", catalogue.own.city);
    match error.code() {
        ErrorCode::SourceChanged => Error::new(
            ErrorCode::SourceChanged,
            msg::GrantedTableChanged { resource },
        ),
        ErrorCode::SourceUnavailable
        | ErrorCode::NotFound
        | ErrorCode::InvalidArgument
        | ErrorCode::Misconfigured => Error::new(
            ErrorCode::SourceUnavailable,
            msg::SourceOfResourceUnavailable { resource },
        ),
        ErrorCode::StorageFull => Error::new(
            ErrorCode::StorageFull,
            msg::SourceOfResourceUnavailable { resource },
        ),
        _ => error.clone(),
    }
}

/// The error of a delivery whose grant was changed to another part.
pub(super) fn amended(request: RequestId) -> Error {
    Error::new(ErrorCode::Conflict, msg::GrantedPartAmended { request })
}
