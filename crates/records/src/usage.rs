//! The use of grants.

use chengji_domain::request::terms::{CountedContent, GrantUse};
use chengji_domain::{Digest, Result};
use chengji_proto::convert::{time_from, time_to};
use chengji_store::Codec;
use jiff::Timestamp;
use prost::Message;

use crate::{decode, v1};

/// The codec of [`GrantUse`].
#[derive(Debug)]
pub struct StoredGrantUse;

impl Codec for StoredGrantUse {
    type Record = GrantUse;

    fn encode(used: &GrantUse) -> Result<Vec<u8>> {
        let wire = v1::GrantUse {
            counted: used.counted,
            transfers: used.transfers,
            revision: used.content.revision,
            bytes: used.content.bytes,
            digest: used.content.digest.0.to_vec(),
            finished: used.finished,
            counted_at: Some(time_to(used.counted_at)),
            first_delivered_at: used.first_delivered_at.map(time_to),
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<GrantUse> {
        let wire: v1::GrantUse = decode(bytes)?;
        let first = wire.first_delivered_at.as_ref();
        Ok(GrantUse {
            counted: wire.counted,
            transfers: wire.transfers,
            content: CountedContent {
                revision: wire.revision,
                bytes: wire.bytes,
                digest: Digest::from_slice(&wire.digest)?,
            },
            counted_at: time_from(wire.counted_at.as_ref(), "counted_at")?,
            finished: wire.finished,
            first_delivered_at: first
                .map(|at| time_from(Some(at), "first_delivered_at"))
                .transpose()?,
        })
    }
}

/// The codec of the time of a counted fetch.
#[derive(Debug)]
pub struct StoredCountedFetch;

impl Codec for StoredCountedFetch {
    type Record = Timestamp;

    fn encode(at: &Timestamp) -> Result<Vec<u8>> {
        let at = Some(time_to(*at));
        Ok(v1::CountedFetch { at }.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Timestamp> {
        let wire: v1::CountedFetch = decode(bytes)?;
        time_from(wire.at.as_ref(), "at")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::strategies::{digests, reads_as_written, refuses_incomplete, times};

    proptest! {
        #[test]
        fn records_of_use_read_as_they_were_written(
            (counted, transfers, revision) in (1_u64.., any::<u64>(), any::<u32>()),
            (bytes, digest, finished) in (any::<u64>(), digests(), any::<bool>()),
            (counted_at, first_delivered_at) in (times(), prop::option::of(times())),
        ) {
            let content = CountedContent { revision, bytes, digest };
            let used = GrantUse {
                counted,
                transfers,
                content,
                counted_at,
                finished,
                first_delivered_at,
            };
            reads_as_written::<StoredGrantUse>(&used);
            refuses_incomplete::<StoredGrantUse>(&used);
            reads_as_written::<StoredCountedFetch>(&counted_at);
            refuses_incomplete::<StoredCountedFetch>(&counted_at);
        }
    }
}
