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

use crate::own_log::OwnLog;

/// Which end of a delivery this city was.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// It sent, from this byte on.
    Sent { consumer: CityCode, resumed_at: u64 },
    /// It received, into a file of this name.
    Received {
        provider: CityCode,
        file_name: String,
    },
}

/// Logs a finished delivery and keeps its receipt.
pub(super) fn write(
    own: &OwnLog,
    tx: &mut Tx<'_>,
    by: &Principal,
    at: Timestamp,
    delivery: Delivery,
    end: End,
) -> Result<v1::Receipt> {
    let request = delivery.request;
    let (provider, consumer, sent, file_name) = match &end {
        End::Sent { consumer, .. } => (own.city, *consumer, true, String::new()),
        End::Received {
            provider,
            file_name,
        } => (*provider, own.city, false, file_name.clone()),
    };
    let mut receipt = v1::Receipt {
        seq: 0,
        at: Some(time_to(at)),
        request: request.to_string(),
        provider: provider.to_string(),
        consumer: consumer.to_string(),
        code: delivery.code.to_string(),
        revision: delivery.revision,
        bytes: delivery.bytes,
        digest: delivery.digest.0.to_vec(),
        sent,
        file_name,
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
        End::Received { provider, .. } => CityFact::Received { delivery, provider },
    };
    receipt.seq = own.append(tx, by, at, fact)?.seq;
    put(request, &receipt, |key, bytes| tx.put(key, bytes));
    Ok(receipt)
}

/// A receipt stands by its number, and by its request, so that nobody reads all for one.
fn put(request: RequestId, receipt: &v1::Receipt, mut put: impl FnMut(Vec<u8>, Vec<u8>)) {
    let of = Key::new(Prefix::ReceiptOf).request(request);
    for key in [Key::new(Prefix::Receipt), of] {
        put(key.u64(receipt.seq).finish(), receipt.encode_to_vec());
    }
}

/// Receipts, newest first, at most `limit`; of one request where it is given.
pub(super) fn list(
    kv: &dyn KeyValue,
    request: Option<RequestId>,
    limit: usize,
) -> Result<Vec<v1::Receipt>> {
    let key = match request {
        None => Key::new(Prefix::Receipt),
        Some(id) => Key::new(Prefix::ReceiptOf).request(id),
    };
    let (lower, mut upper) = key.range();
    let mut receipts = Vec::new();
    while receipts.len() < limit
        && let Some((key, bytes)) = kv.last(&lower, &upper)?
    {
        receipts.push(v1::Receipt::decode(bytes.as_slice()).map_err(|error| {
            Error::new(
                ErrorCode::StorageDamaged,
                format!("a stored receipt: {error}"),
            )
        })?);
        upper = key;
    }
    Ok(receipts)
}

/// The newest receipt of what this city received under the request.
pub(super) fn received(kv: &dyn KeyValue, request: RequestId) -> Result<Option<v1::Receipt>> {
    let newest = list(kv, Some(request), 1)?.pop();
    Ok(newest.filter(|receipt| !receipt.sent))
}

/// The last receipt of the request, if it says of this delivery all there is to say.
pub(super) fn known(kv: &dyn KeyValue, delivery: &Delivery) -> Result<Option<v1::Receipt>> {
    let last = list(kv, Some(delivery.request), 1)?.pop();
    Ok(last.filter(|receipt| {
        receipt.sent
            && receipt.revision == delivery.revision
            && receipt.bytes == delivery.bytes
            && receipt.digest == delivery.digest.0
    }))
}

#[cfg(test)]
mod tests {
    use chengji_domain::Epoch;
    use chengji_store::{Batch, MemoryStore};

    use super::*;

    #[test]
    fn receipts_come_newest_first() {
        let kv = MemoryStore::new();
        let mut batch = Batch::new();
        let request = |seq| RequestId {
            city: "430100".parse().unwrap(),
            epoch: Epoch::first([1; 8]),
            seq,
        };
        for (seq, of) in [(3, 1), (5, 2), (300, 1)] {
            let receipt = v1::Receipt {
                seq,
                ..v1::Receipt::default()
            };
            put(request(of), &receipt, |key, bytes| batch.put(key, bytes));
        }
        kv.commit(batch).unwrap();
        let seqs = |of: Option<u64>, limit| -> Vec<u64> {
            list(&kv, of.map(request), limit)
                .unwrap()
                .iter()
                .map(|receipt| receipt.seq)
                .collect()
        };
        assert_eq!(seqs(None, 9), [300, 5, 3]);
        assert_eq!(seqs(None, 2), [300, 5]);
        assert_eq!(seqs(Some(1), 9), [300, 3]);
        assert_eq!(seqs(Some(9), 9), [0; 0]);
    }

    #[test]
    fn only_the_same_content_is_known_to_have_been_sent() {
        let delivery = Delivery {
            request: "430100-1-1-AAAAAAAAAAAAA".parse().unwrap(),
            code: "307012/000001".parse().unwrap(),
            revision: 2,
            bytes: 9,
            digest: chengji_domain::Digest([7; 32]),
        };
        let kv = MemoryStore::new();
        let keep = |seq, revision, digest: u8| {
            let receipt = v1::Receipt {
                seq,
                request: delivery.request.to_string(),
                revision,
                bytes: 9,
                digest: vec![digest; 32],
                sent: true,
                ..v1::Receipt::default()
            };
            let mut batch = Batch::new();
            put(delivery.request, &receipt, |key, bytes| {
                batch.put(key, bytes)
            });
            kv.commit(batch).unwrap();
            known(&kv, &delivery).unwrap().map(|receipt| receipt.seq)
        };
        assert_eq!(known(&kv, &delivery), Ok(None));
        assert_eq!(keep(3, 2, 7), Some(3));
        assert_eq!(keep(5, 2, 8), None);
        assert_eq!(keep(7, 1, 7), None);
        assert_eq!(keep(9, 2, 7), Some(9));
    }
}
