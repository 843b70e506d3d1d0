//! The salt of a grant, by which values of a table are hashed.

use std::fmt;

use chengji_domain::{Digest, Result};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, v1};

/// The salt of a grant: 32 random bytes that the provider alone has. No log contains it.
#[derive(Clone, PartialEq, Eq)]
pub struct GrantSalt(pub [u8; 32]);

/// Formats nothing of the bytes.
impl fmt::Debug for GrantSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrantSalt").finish_non_exhaustive()
    }
}

/// The codec of [`GrantSalt`].
#[derive(Debug)]
pub struct StoredGrantSalt;

impl Codec for StoredGrantSalt {
    type Record = GrantSalt;

    fn encode(salt: &GrantSalt) -> Result<Vec<u8>> {
        let salt = salt.0.to_vec();
        Ok(v1::GrantSalt { salt }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<GrantSalt> {
        let wire: v1::GrantSalt = decode(bytes)?;
        Ok(GrantSalt(Digest::from_slice(&wire.salt)?.0))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{reads_as_written, refuses_incomplete};

    proptest! {
        #[test]
        fn salts_read_as_they_were_written_and_are_not_shown(bytes in any::<[u8; 32]>()) {
            let salt = GrantSalt(bytes);
            reads_as_written::<StoredGrantSalt>(&salt);
            refuses_incomplete::<StoredGrantSalt>(&salt);
            assert_eq!(format!("{salt:?}"), "GrantSalt { .. }");
        }
    }
}
