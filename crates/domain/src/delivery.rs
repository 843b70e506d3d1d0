//! Deliveries (交付): what is delivered, and the receipt (交接凭证) that both sides write for it.

use jiff::Timestamp;

use crate::city::CityCode;
use crate::digest::Digest;
use crate::fact::Delivery;
use crate::resource::ResourceCode;

/// The content of a delivery, as its provider announces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Which resource.
    pub code: ResourceCode,
    /// Revision of the entry.
    pub revision: u32,
    /// The file's name at the provider.
    pub file_name: String,
    /// Size, bytes.
    pub bytes: u64,
    /// SHA-256.
    pub digest: Digest,
}

/// A receipt: what was delivered under which request, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Position in the city's log.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What was delivered.
    pub delivery: Delivery,
    /// From whom.
    pub provider: CityCode,
    /// To whom.
    pub consumer: CityCode,
    /// True for what this city sent, false for what it received.
    pub sent: bool,
    /// Name of the file in the consumer's folder of received files; empty at the provider.
    pub file_name: String,
}

impl Receipt {
    /// The content that it is about, under the name it was received by.
    pub fn content(&self) -> Content {
        Content {
            code: self.delivery.code.clone(),
            revision: self.delivery.revision,
            file_name: self.file_name.clone(),
            bytes: self.delivery.bytes,
            digest: self.delivery.digest,
        }
    }
}
