//! Records of fetches under way: what was announced, until all of it has arrived.

use chengji_domain::request::RequestId;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::v1;
use chengji_store::{Key, KeyValue, Prefix, Tx};
use prost::Message;

use crate::own_log::OwnLog;

/// The offer of the fetch that had begun for a request, if one had.
pub(super) fn find(kv: &dyn KeyValue, request: RequestId) -> Result<Option<v1::Offer>> {
    let offer = kv
        .get(&key(request))?
        .map(|bytes| v1::Offer::decode(bytes.as_slice()))
        .transpose();
    offer.map_err(|error| {
        let message = format!("the stored fetch of {request}: {error}");
        Error::new(ErrorCode::StorageDamaged, message)
    })
}

/// Notes that a fetch with this offer has begun.
pub(super) async fn put(own: &OwnLog, request: RequestId, offer: v1::Offer) -> Result<()> {
    let put = move |tx: &mut Tx<'_>| {
        tx.put(key(request), offer.encode_to_vec());
        Ok(())
    };
    own.ledger.write(put).await
}

/// Forgets that a fetch of the request had begun.
pub(super) async fn forget(own: &OwnLog, request: RequestId) -> Result<()> {
    let forget = move |tx: &mut Tx<'_>| {
        tx.delete(key(request));
        Ok(())
    };
    own.ledger.write(forget).await
}

/// Where the record of a request is kept.
pub(super) fn key(request: RequestId) -> Vec<u8> {
    Key::new(Prefix::Transfer).request(request).finish()
}
