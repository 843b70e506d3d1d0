//! The contract between the programs: the generated wire types, and the one way in and out of
//! them. Wire types are parsed into domain types here and nowhere else; errors become gRPC status
//! here and nowhere else.

pub mod codec;
mod contract;
pub mod convert;
pub mod json;
pub mod page;
pub mod policy;
pub mod status;
pub mod subject;

pub use contract::FILE_DESCRIPTOR_SET;

/// The generated types of `chengji/v1`; documented in the .proto files. Those of `chengji/log/v1`, of
/// which the API speaks as well, are among them.
#[allow(missing_docs, clippy::doc_markdown, rustdoc::all)]
pub mod v1 {
    pub use chengji_log::v1::*;

    tonic::include_proto!("chengji.v1");
}
