//! The format of logs, `chengji.log.v1`: the parts of an entry and their hashes.
//!
//! An entry consists of an [`Entry::envelope`], read by every follower of the log and hashed as its leaf in
//! the log's Merkle tree, and an [`Entry::body`], read only by its audience and bound to the envelope by a
//! salted hash. The format is permanent: messages only gain fields. This crate contains nothing but the
//! encoding, so that a verifier depends on it alone.

use bytes::Bytes;
use prost::{DecodeError, Message};
pub use prost_types::Timestamp;
use sha2::{Digest, Sha256};

/// The generated types of `chengji/log/v1`; documented in the .proto files.
#[allow(missing_docs, clippy::all, clippy::pedantic, rustdoc::all)]
pub mod v1 {
    include!(concat!(env!("OUT_DIR"), "/chengji.log.v1.rs"));
}

/// The version of the facts that this build reads. Entries with a higher `min_reader` are not read.
pub const READER: u32 = 6;

/// Maximum length of an envelope in bytes: the limit of an entry bundle of C2SP tlog-tiles.
pub const MAX_ENVELOPE: usize = 65_535;

/// Number of random bytes before a body.
pub const SALT: usize = 16;

/// An entry of a log as it is stored and sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// The encoded [`v1::Envelope`].
    pub envelope: Bytes,
    /// The salt and the encoded [`v1::Body`]; empty where this reader may not have it, or where its owner removed it.
    pub body: Bytes,
}

impl Entry {
    /// Seals a body: completes the envelope with the hash of the salt and the body.
    pub fn seal(envelope: v1::Envelope, body: &v1::Body, salt: [u8; SALT]) -> Self {
        let mut salted = Vec::with_capacity(SALT + body.encoded_len());
        salted.extend(salt);
        salted.extend(body.encode_to_vec());
        let envelope = v1::Envelope {
            body_hash: hash(&salted),
            ..envelope
        };
        Self {
            envelope: envelope.encode_to_vec().into(),
            body: salted.into(),
        }
    }

    /// Returns the leaf of this entry in its log's Merkle tree.
    pub fn leaf(&self) -> [u8; 32] {
        leaf(&self.envelope)
    }

    /// Returns true if the body is present.
    pub fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// Removes the body, for readers outside its audience.
    #[must_use]
    pub fn without_body(self) -> Self {
        Self {
            body: Bytes::new(),
            ..self
        }
    }

    /// Returns true if the body is present and matches the hash in this envelope.
    pub fn is_sealed_by(&self, envelope: &v1::Envelope) -> bool {
        self.body.len() >= SALT && hash(&self.body) == envelope.body_hash
    }

    /// Returns true if the body is absent or matches the hash in the entry's own envelope.
    pub fn is_whole(&self) -> bool {
        !self.has_body()
            || v1::Envelope::decode(self.envelope.clone())
                .is_ok_and(|envelope| self.is_sealed_by(&envelope))
    }

    /// Decodes the body, without its salt. Does not verify its hash.
    ///
    /// # Errors
    /// If the bytes are not a valid body.
    pub fn decoded_body(&self) -> Result<v1::Body, DecodeError> {
        v1::Body::decode(self.body.get(SALT..).unwrap_or_default())
    }

    /// Returns the length of both parts in bytes.
    pub fn size(&self) -> usize {
        self.envelope.len() + self.body.len()
    }
}

/// An entry without a body.
impl From<Vec<u8>> for Entry {
    fn from(envelope: Vec<u8>) -> Self {
        Self {
            envelope: envelope.into(),
            body: Bytes::new(),
        }
    }
}

/// Computes the leaf of an envelope: SHA-256(0x00 ‖ envelope), RFC 6962 section 2.1.
pub fn leaf(envelope: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update([0])
        .chain_update(envelope)
        .finalize()
        .into()
}

fn hash(salted: &[u8]) -> Vec<u8> {
    Sha256::digest(salted).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(salt: u8) -> Entry {
        let envelope = v1::Envelope {
            log: "city/430100".to_owned(),
            seq: 7,
            ..v1::Envelope::default()
        };
        let body = v1::Body {
            principal: "city/430100/node".to_owned(),
            fact: Some(v1::body::Fact::Unmounted(v1::Unmounted {
                code: "201001/000001".to_owned(),
                reason: "moved".to_owned(),
            })),
        };
        Entry::seal(envelope, &body, [salt; SALT])
    }

    #[test]
    fn a_body_belongs_to_the_envelope_it_was_sealed_with_and_to_no_other() {
        let entry = sealed(1);
        let envelope = v1::Envelope::decode(entry.envelope.clone()).unwrap();
        assert_eq!((envelope.log.as_str(), envelope.seq), ("city/430100", 7));
        assert!(entry.has_body() && entry.is_sealed_by(&envelope));
        assert_eq!(entry.decoded_body().unwrap().principal, "city/430100/node");

        for at in [0, SALT, entry.body.len() - 1] {
            let mut body = entry.body.to_vec();
            body[at] ^= 1;
            let altered = Entry {
                body: body.into(),
                ..entry.clone()
            };
            assert!(!altered.is_sealed_by(&envelope), "byte {at}");
        }
        let cut = Entry {
            body: entry.body.slice(..SALT - 1),
            ..entry.clone()
        };
        assert!(!cut.is_sealed_by(&envelope));
    }

    #[test]
    fn the_same_body_has_another_hash_with_another_salt() {
        let hash = |entry: Entry| v1::Envelope::decode(entry.envelope).unwrap().body_hash;
        assert_ne!(hash(sealed(1)), hash(sealed(2)));
    }

    #[test]
    fn a_leaf_is_hashed_as_rfc_6962_says() {
        let hex = |leaf: [u8; 32]| leaf.map(|byte| format!("{byte:02x}")).concat();
        // The leaf of the empty entry, from the test vectors of Certificate Transparency.
        let empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(hex(leaf(b"")), empty);
        assert_eq!(leaf(b"city").to_vec(), hash(b"\0city"));
        assert_ne!(leaf(b"city").to_vec(), hash(b"city"));
    }
}
