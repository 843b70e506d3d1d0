//! The compiled contract and its descriptors.

use std::sync::OnceLock;

use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;
use prost_reflect::DescriptorPool;

/// The compiled contract, with comments and options, as served by reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// Returns the descriptors of all messages.
pub(crate) fn pool() -> Result<&'static DescriptorPool, Error> {
    static POOL: OnceLock<Option<DescriptorPool>> = OnceLock::new();
    POOL.get_or_init(|| DescriptorPool::decode(FILE_DESCRIPTOR_SET).ok())
        .as_ref()
        .ok_or_else(|| Error::new(ErrorCode::Internal, msg::ContractUnreadable))
}
