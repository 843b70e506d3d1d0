//! Deliveries as both sides record them. A read counts where the two records agree.

use jiff::Timestamp;

use super::chunks::Keyed;
use crate::city::CityCode;
use crate::digest::Digest;
use crate::fact::Delivery;
use crate::request::RequestId;
use crate::resource::PackedCode;

/// The content of a delivery that both sides must agree on; on its rows as well where a part of a table counts. The
/// provider is the entry's city, the consumer that of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SentContent {
    pub(super) code: PackedCode,
    pub(super) digest: Digest,
    pub(super) request: RequestId,
    pub(super) revision: u32,
    pub(super) bytes: u64,
}

impl From<&Delivery> for SentContent {
    fn from(delivery: &Delivery) -> Self {
        let Delivery {
            request,
            code,
            revision,
            bytes,
            digest,
            rows: _,
        } = delivery;
        Self {
            code: code.into(),
            digest: *digest,
            request: *request,
            revision: *revision,
            bytes: *bytes,
        }
    }
}

impl SentContent {
    fn delivery(&self, rows: Option<u64>) -> Delivery {
        Delivery {
            request: self.request,
            code: self.code.into(),
            revision: self.revision,
            bytes: self.bytes,
            digest: self.digest,
            rows,
        }
    }
}

/// A provider's record of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) content: SentContent,
    /// Rows of a table.
    pub(super) rows: Option<u64>,
}

impl From<&Delivery> for Sent {
    fn from(delivery: &Delivery) -> Self {
        Self {
            content: delivery.into(),
            rows: delivery.rows,
        }
    }
}

impl Sent {
    /// Returns the delivery.
    pub(super) fn delivery(&self) -> Delivery {
        self.content.delivery(self.rows)
    }
}

impl Keyed for Sent {
    type Key = SentContent;

    fn key(&self) -> &SentContent {
        &self.content
    }
}

/// A consumer's record of a delivery: the last one, if the same content came several times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ReceivedContent {
    pub(super) key: ReceivedKey,
    /// Rows of a table.
    pub(super) rows: Option<u64>,
    /// Position of the record in the consumer's log.
    pub(super) seq: u64,
    /// Date of the record.
    pub(super) at: Timestamp,
}

impl ReceivedContent {
    /// Returns the delivery.
    pub(super) fn delivery(&self) -> Delivery {
        self.key.content.delivery(self.rows)
    }
}

/// A provider, and the content received from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ReceivedKey {
    pub(super) provider: CityCode,
    pub(super) content: SentContent,
}

impl Keyed for ReceivedContent {
    type Key = ReceivedKey;

    fn key(&self) -> &ReceivedKey {
        &self.key
    }
}
