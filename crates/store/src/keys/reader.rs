//! Reads keys back.

use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Result};
use chengji_messages::msg;

use super::{END, ESCAPED, Prefix};
use crate::kv::hex;

/// Reads the parts of a key back, in the order they were added.
#[derive(Clone, Debug)]
pub struct KeyReader<'a> {
    key: &'a [u8],
    rest: &'a [u8],
}

impl<'a> KeyReader<'a> {
    /// Starts to read a key. Errors: STORAGE_DAMAGED if it has another prefix.
    pub fn new(prefix: Prefix, key: &'a [u8]) -> Result<Self> {
        match key.split_first() {
            Some((first, rest)) if *first == prefix as u8 => Ok(Self { key, rest }),
            _ => Err(malformed(key)),
        }
    }

    /// Starts to read parts without a prefix.
    pub fn of_parts(parts: &'a [u8]) -> Self {
        Self {
            key: parts,
            rest: parts,
        }
    }

    /// Reads the next part, one byte.
    pub fn u8(&mut self) -> Result<u8> {
        self.bytes().map(u8::from_be_bytes)
    }

    /// Reads the next part, a number.
    pub fn u32(&mut self) -> Result<u32> {
        self.bytes().map(u32::from_be_bytes)
    }

    /// Reads the next part, a number.
    pub fn u64(&mut self) -> Result<u64> {
        self.bytes().map(u64::from_be_bytes)
    }

    /// Reads the next part, an epoch.
    pub fn epoch(&mut self) -> Result<Epoch> {
        let (number, id) = (self.u32()?, self.bytes()?);
        Ok(Epoch { number, id })
    }

    /// Reads the next part, a request's number.
    pub fn request(&mut self) -> Result<RequestId> {
        Ok(RequestId {
            city: CityCode::from_number(self.u32()?).map_err(|_| malformed(self.key))?,
            epoch: self.epoch()?,
            seq: self.u64()?,
        })
    }

    /// Reads the next part, a text.
    pub fn text(&mut self) -> Result<String> {
        let mut text = Vec::new();
        loop {
            let nul = self.rest.iter().position(|byte| *byte == 0);
            let (plain, mark) = nul
                .and_then(|nul| self.rest.split_at_checked(nul))
                .ok_or_else(|| malformed(self.key))?;
            text.extend_from_slice(plain);
            match mark {
                [0, ESCAPED, rest @ ..] => {
                    text.push(0);
                    self.rest = rest;
                }
                [0, END, rest @ ..] => {
                    self.rest = rest;
                    return String::from_utf8(text).map_err(|_| malformed(self.key));
                }
                _ => return Err(malformed(self.key)),
            }
        }
    }

    /// Finishes reading. Errors: STORAGE_DAMAGED if any part is left.
    pub fn end(self) -> Result<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(malformed(self.key))
        }
    }

    /// Reads parts added by `Key::flipped`.
    pub(crate) fn flipped<T>(
        &mut self,
        read: impl FnOnce(&mut KeyReader<'_>) -> Result<T>,
    ) -> Result<T> {
        let bytes: Vec<u8> = self.rest.iter().map(|byte| !*byte).collect();
        let mut parts = KeyReader::of_parts(&bytes);
        let part = read(&mut parts)?;
        self.rest = &self.rest[bytes.len() - parts.rest.len()..];
        Ok(part)
    }

    /// Returns the error of a key with malformed parts.
    pub(crate) fn malformed(&self) -> Error {
        malformed(self.key)
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (bytes, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or_else(|| malformed(self.key))?;
        self.rest = rest;
        Ok(*bytes)
    }
}

fn malformed(key: &[u8]) -> Error {
    let key = hex(key);
    Error::new(ErrorCode::StorageDamaged, msg::KeyMalformed { key })
}
