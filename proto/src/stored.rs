//! Messages as they are stored.

use chengji_domain::{Error, ErrorCode, Result};
use prost::Message;

/// Decodes a stored record. `what` names its kind in the error, as in "a stored member".
///
/// # Errors
/// `STORAGE_DAMAGED` where the bytes are no such message.
pub fn decode<M: Message + Default>(bytes: &[u8], what: &str) -> Result<M> {
    M::decode(bytes)
        .map_err(|e| Error::new(ErrorCode::StorageDamaged, format!("a stored {what}: {e}")))
}
