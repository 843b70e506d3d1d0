//! The offer at the beginning of a delivery, which must be of the requested resource and go on where it was asked to.

use chengji_domain::delivery::Content;
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::content_from;
use chengji_proto::v1;

/// The content of an offer. Refuses an offer of another resource, or one that begins at an unexpected byte.
pub(super) fn check_offer(
    offer: &v1::Offer,
    asked: &v1::FetchRequest,
    code: &ResourceCode,
) -> Result<Content> {
    let content = content_from(offer).map_err(|error| {
        let cause = error.message();
        invalid(msg::OfferInvalid { cause })
    })?;
    if content.code != *code {
        return Err(invalid(msg::OfferOfAnotherEntry {
            offered: &content.code,
            entry: code,
        }));
    }
    let goes_on = offer.offset == asked.offset && offer.digest == asked.digest;
    if offer.offset > offer.bytes || (offer.offset != 0 && !goes_on) {
        return Err(invalid(msg::OfferMisplaced {
            offset: offer.offset,
            bytes: offer.bytes,
        }));
    }
    Ok(content)
}

fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}

#[cfg(test)]
#[path = "offer_tests.rs"]
mod tests;
