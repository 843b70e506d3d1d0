//! The contract between the programs: the generated wire types and their conversion. Wire types are parsed
//! into domain types, and errors become gRPC status, only here.

pub mod codec;
mod contract;
pub mod convert;
pub mod json;
pub mod policy;
pub mod service;
pub mod status;
pub mod subject;

pub use contract::FILE_DESCRIPTOR_SET;

/// The generated types of `chengji/v1`; documented in the .proto files. Includes those of `chengji/log/v1`,
/// which the API also uses.
#[allow(missing_docs, clippy::doc_markdown, rustdoc::all)]
pub mod v1 {
    pub use chengji_log::v1::*;

    tonic::include_proto!("chengji.v1");
}
