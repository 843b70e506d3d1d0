//! Contents and receipts of deliveries.

use chengji_domain::delivery::{Content, Receipt};
use chengji_domain::{Digest, Error};

use super::time_to;
use super::usage::voucher_to;
use crate::v1;

/// Returns the content that an offer announces.
pub fn content_from(wire: &v1::Offer) -> Result<Content, Error> {
    Ok(Content {
        code: wire.code.parse()?,
        revision: wire.revision,
        file_name: wire.file_name.clone(),
        bytes: wire.bytes,
        digest: Digest::from_slice(&wire.digest)?,
        rows: wire.rows,
    })
}

/// Makes an offer of this content, from byte `offset` on.
pub fn offer_to(content: &Content, offset: u64) -> v1::Offer {
    v1::Offer {
        code: content.code.to_string(),
        revision: content.revision,
        file_name: content.file_name.clone(),
        bytes: content.bytes,
        digest: content.digest.0.to_vec(),
        offset,
        rows: content.rows,
    }
}

/// Converts a receipt to the wire.
pub fn receipt_to(receipt: &Receipt) -> v1::Receipt {
    let delivery = &receipt.delivery;
    v1::Receipt {
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
    }
}
