//! The content of a file, whatever the place of its folder.

use std::fs::File;
use std::io::Read;

use bytes::Bytes;
use parquet::errors::Result;
use parquet::file::reader::{ChunkReader, Length};

use super::bucket::Object;

/// The content of an open file.
pub(crate) enum Content {
    /// A file of this machine.
    File(File),
    /// An object in a bucket.
    Object(Object),
}

impl Content {
    /// Reads the content from its beginning.
    pub(crate) fn into_reader(self) -> Box<dyn Read> {
        match self {
            Self::File(file) => Box::new(file),
            Self::Object(object) => Box::new(object.reader(0)),
        }
    }
}

impl Length for Content {
    fn len(&self) -> u64 {
        match self {
            Self::File(file) => file.len(),
            Self::Object(object) => object.size(),
        }
    }
}

impl ChunkReader for Content {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let reader: Box<dyn Read> = match self {
            Self::File(file) => Box::new(file.get_read(start)?),
            Self::Object(object) => Box::new(object.reader(start)),
        };
        Ok(reader)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        match self {
            Self::File(file) => file.get_bytes(start, length),
            Self::Object(object) => Ok(object.bytes(start, length)?),
        }
    }
}
