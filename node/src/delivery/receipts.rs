//! Receipts (交接凭证): who got what under which request, how much of it and when. Both sides write
//! one for a delivery, together with the fact in their log, and keep it.

use chengji_domain::fact::{CityFact, Delivery};
use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Error, ErrorCode, Principal, Result};
use chengji_proto::convert::time_to;
use chengji_proto::v1;
use chengji_store::{Key, KeyValue, Prefix, Tx};
use jiff::Timestamp;
use prost::Message;

use crate::node::Node;

/// Which end of a delivery this city was.
#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// It sent, from this byte on.
    Sent { consumer: CityCode, resumed_at: u64 },
    /// It received.
    Received { provider: CityCode },
}

/// Logs a finished delivery and keeps its receipt.
pub(super) fn write(
    node: &Node,
    tx: &mut Tx<'_>,
    by: &Principal,
    at: Timestamp,
    delivery: Delivery,
    end: End,
) -> Result<v1::Receipt> {
    let (provider, consumer, sent) = match end {
        End::Sent { consumer, .. } => (node.city, consumer, true),
        End::Received { provider } => (provider, node.city, false),
    };
    let mut receipt = v1::Receipt {
        seq: 0,
        at: Some(time_to(at)),
        request: delivery.request.to_string(),
        provider: provider.to_string(),
        consumer: consumer.to_string(),
        code: delivery.code.to_string(),
        revision: delivery.revision,
        bytes: delivery.bytes,
        digest: delivery.digest.0.to_vec(),
        sent,
    };
    let fact = match end {
        End::Sent {
            consumer,
            resumed_at,
        } => CityFact::Delivered {
            delivery,
            consumer,
            resumed_at,
        },
        End::Received { provider } => CityFact::Received { delivery, provider },
    };
    receipt.seq = node.append(tx, by, at, fact)?.seq;
    tx.put(
        Key::new(Prefix::Receipt).u64(receipt.seq).finish(),
        receipt.encode_to_vec(),
    );
    Ok(receipt)
}

/// Receipts, newest first, at most `limit`; of one request where it is given.
pub(super) fn list(
    kv: &dyn KeyValue,
    request: Option<RequestId>,
    limit: usize,
) -> Result<Vec<v1::Receipt>> {
    let wanted = request.map(|id| id.to_string());
    let (lower, mut upper) = Key::new(Prefix::Receipt).range();
    let mut receipts = Vec::new();
    while receipts.len() < limit
        && let Some((key, bytes)) = kv.last(&lower, &upper)?
    {
        let receipt = v1::Receipt::decode(bytes.as_slice()).map_err(|error| {
            Error::new(
                ErrorCode::StorageDamaged,
                format!("a stored receipt: {error}"),
            )
        })?;
        if wanted
            .as_ref()
            .is_none_or(|wanted| receipt.request == *wanted)
        {
            receipts.push(receipt);
        }
        upper = key;
    }
    Ok(receipts)
}

#[cfg(test)]
mod tests {
    use chengji_store::{Batch, MemoryStore};

    use super::*;

    #[test]
    fn receipts_come_newest_first() {
        let kv = MemoryStore::new();
        let mut batch = Batch::new();
        for (seq, request) in [(3, "430100-1-1"), (5, "430100-1-2"), (300, "430100-1-1")] {
            let receipt = v1::Receipt {
                seq,
                request: request.to_owned(),
                ..v1::Receipt::default()
            };
            batch.put(
                Key::new(Prefix::Receipt).u64(seq).finish(),
                receipt.encode_to_vec(),
            );
        }
        kv.commit(batch).unwrap();
        let seqs = |request: Option<&str>, limit| -> Vec<u64> {
            let request = request.map(|id| id.parse().unwrap());
            list(&kv, request, limit)
                .unwrap()
                .iter()
                .map(|receipt| receipt.seq)
                .collect()
        };
        assert_eq!(seqs(None, 9), [300, 5, 3]);
        assert_eq!(seqs(None, 2), [300, 5]);
        assert_eq!(seqs(Some("430100-1-1"), 9), [300, 3]);
        assert_eq!(seqs(Some("430100-1-9"), 9), [0; 0]);
    }
}
