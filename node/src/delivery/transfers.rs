//! Records of fetches in progress: the announced content, until it has arrived completely.

use chengji_domain::Result;
use chengji_domain::delivery::Content;
use chengji_domain::request::RequestId;
use chengji_records::StoredTransfer;
use chengji_store::{Prefix, Table};

use crate::own_log::OwnLog;

/// The content that is being fetched, by request.
pub(super) static TRANSFERS: Table<RequestId, StoredTransfer> = Table::new(Prefix::Transfer, &[]);

/// Records that a fetch of this content has begun.
pub(super) async fn put(own: &OwnLog, request: RequestId, content: Content) -> Result<()> {
    let put = own
        .ledger
        .write(move |tx| TRANSFERS.put(tx, &request, &content));
    put.await
}

/// Removes the record of a fetch.
pub(super) async fn forget(own: &OwnLog, request: RequestId) -> Result<()> {
    let forget = own.ledger.write(move |tx| TRANSFERS.delete(tx, &request));
    forget.await.map(drop)
}
