//! Deliveries (交付): their content, and the receipt (回执) that both sides record.

use jiff::Timestamp;

use crate::city::CityCode;
use crate::digest::Digest;
use crate::fact::Delivery;
use crate::request::terms::Voucher;
use crate::resource::ResourceCode;

/// The content of a delivery, as announced by its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The resource.
    pub code: ResourceCode,
    /// Revision of the entry.
    pub revision: u32,
    /// The provider's file name.
    pub file_name: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of the content.
    pub digest: Digest,
    /// Rows of a table; `None` for a file.
    pub rows: Option<u64>,
}

/// The receipt of a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Position in the city's log.
    pub seq: u64,
    /// Time of the receipt.
    pub at: Timestamp,
    /// The delivery.
    pub delivery: Delivery,
    /// The provider.
    pub provider: CityCode,
    /// The consumer.
    pub consumer: CityCode,
    /// True for a delivery sent by this city, false for one received.
    pub sent: bool,
    /// Name of the file in the consumer's folder of received files; empty at the provider.
    pub file_name: String,
    /// Provider: the user and the operation, where the consumer's node vouched for them.
    pub vouched: Option<Voucher>,
}

impl Receipt {
    /// Returns the content of the receipt, with the file name of the receipt.
    pub fn content(&self) -> Content {
        Content {
            code: self.delivery.code.clone(),
            revision: self.delivery.revision,
            file_name: self.file_name.clone(),
            bytes: self.delivery.bytes,
            digest: self.delivery.digest,
            rows: self.delivery.rows,
        }
    }
}
