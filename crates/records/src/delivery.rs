//! Deliveries: receipts, and the fetches in progress.

use chengji_domain::delivery::{Content, Receipt};
use chengji_domain::fact::Delivery;
use chengji_domain::{Digest, Result};
use chengji_proto::convert::{optional_voucher_from, time_from, time_to, voucher_to};
use chengji_store::Codec;
use prost::Message;

use crate::{decode, v1};

/// The codec of [`Receipt`].
#[derive(Debug)]
pub struct StoredReceipt;

impl Codec for StoredReceipt {
    type Record = Receipt;

    fn encode(receipt: &Receipt) -> Result<Vec<u8>> {
        let delivery = &receipt.delivery;
        let wire = v1::Receipt {
            seq: receipt.seq,
            at: Some(time_to(receipt.at)),
            request: delivery.request.to_string(),
            provider: receipt.provider.to_string(),
            consumer: receipt.consumer.to_string(),
            code: delivery.code.to_string(),
            revision: delivery.revision,
            bytes: delivery.bytes,
            digest: delivery.digest.0.to_vec(),
            sent: receipt.sent,
            file_name: receipt.file_name.clone(),
            vouched: receipt.vouched.as_ref().map(voucher_to),
            rows: delivery.rows,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Receipt> {
        let wire: v1::Receipt = decode(bytes)?;
        Ok(Receipt {
            seq: wire.seq,
            at: time_from(wire.at.as_ref(), "at")?,
            delivery: Delivery {
                request: wire.request.parse()?,
                code: wire.code.parse()?,
                revision: wire.revision,
                bytes: wire.bytes,
                digest: Digest::from_slice(&wire.digest)?,
                rows: wire.rows,
            },
            provider: wire.provider.parse()?,
            consumer: wire.consumer.parse()?,
            sent: wire.sent,
            file_name: wire.file_name,
            vouched: optional_voucher_from(wire.vouched.as_ref())?,
        })
    }
}

/// The codec of the content of a fetch in progress.
#[derive(Debug)]
pub struct StoredTransfer;

impl Codec for StoredTransfer {
    type Record = Content;

    fn encode(content: &Content) -> Result<Vec<u8>> {
        let wire = v1::Transfer {
            code: content.code.to_string(),
            revision: content.revision,
            file_name: content.file_name.clone(),
            bytes: content.bytes,
            digest: content.digest.0.to_vec(),
            rows: content.rows,
        };
        Ok(wire.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<Content> {
        let wire: v1::Transfer = decode(bytes)?;
        Ok(Content {
            code: wire.code.parse()?,
            revision: wire.revision,
            file_name: wire.file_name,
            bytes: wire.bytes,
            digest: Digest::from_slice(&wire.digest)?,
            rows: wire.rows,
        })
    }
}

#[cfg(test)]
#[path = "delivery_tests.rs"]
mod tests;
