//! The keys with which logs are signed.

use std::fmt;

use chengji_messages::msg;

use crate::error::{Error, ErrorCode, Result};
use crate::origin::Origin;

/// The public key of a log, Ed25519: a signed-note key of C2SP. The log's owner has the private key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct LogKey {
    /// The public key.
    pub public: [u8; 32],
    /// The position of the log from which this key is used, until that of a later key.
    pub valid_from: Origin,
}

impl LogKey {
    /// Returns the public key in these bytes.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` if there are not exactly 32.
    pub fn public_from(bytes: &[u8]) -> Result<[u8; 32]> {
        bytes.try_into().map_err(|_| {
            let message = msg::LogKeyLength { bytes: bytes.len() };
            Error::new(ErrorCode::InvalidArgument, message)
        })
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let public = data_encoding::HEXLOWER.encode(&self.public);
        write!(f, "{public} from {:?}", self.valid_from)
    }
}
