//! The way between the programs: who the parties are, the encrypted connections between them, and
//! the gate every call passes.
//!
//! What may enter is bytes from the network; what comes out to a handler is a request of a known
//! principal, with a [`Permit`] that only the gate can make. Nothing here knows what a call means.
//!
//! TLS stands under tonic, not in it: a principal is read once per connection, and a client checks
//! who the server is, not what its host is called.

mod acceptor;
pub mod access;
mod activity;
mod admission;
mod body;
mod call;
mod chains;
pub mod channel;
mod cut;
mod deadline;
pub mod expect;
mod frames;
pub mod identity;
mod keep_alive;
pub mod limits;
mod memory;
mod metering;
mod pace;
mod peer;
mod permit;
pub mod quota_key;
pub mod request_id;
pub mod server;
pub mod spiffe;
mod tls;
mod turns;
mod weight;

#[cfg(test)]
mod tests;

pub use access::{Access, AuditSink, CallRecord, Guards};
pub use chains::CityAuthority;
pub use channel::channel;
pub use expect::Expect;
pub use identity::{Identity, IdentityFiles, Pair};
pub use limits::ServerLimits;
pub use memory::Held;
pub use metering::HISTOGRAMS;
pub use peer::Peer;
pub use permit::Permit;
pub use request_id::with_request_id;
pub use server::{Bound, Server};
pub use turns::{Turn, Turns};
