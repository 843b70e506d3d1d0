//! The transport between the programs: identities, encrypted connections, and the gate that every call
//! passes.
//!
//! Input is bytes from the network; a service receives a call of an authenticated principal, with a
//! [`Permit`] that only the gate can create. Nothing here knows the meaning of a call.
//!
//! TLS lies beneath tonic, not in it: a principal is read once per connection, and a client checks the
//! server's principal, not its host name.

mod acceptor;
pub mod access;
mod activity;
mod admission;
mod call_rate_limiter;
mod call_timeout;
mod chains;
pub mod channel;
mod cut;
pub mod expect;
mod frames;
mod gate;
pub mod identity;
mod keep_alive;
pub mod limits;
mod memory;
mod metering;
mod peer;
mod permit;
pub mod quota_key;
pub mod request_id;
pub mod server;
mod services;
pub mod spiffe;
mod tls;
mod turns;

#[cfg(test)]
mod tests;

pub use access::{Access, AuditSink, CallRecord, Guards};
pub use call_timeout::CallTimeout;
pub use chains::CityAuthority;
pub use channel::{channel, log_channel};
pub use expect::Expect;
pub use identity::{Identity, IdentityFiles, Pair};
pub use limits::ServerLimits;
pub use memory::{Held, MemoryShare};
pub use metering::HISTOGRAMS;
pub use peer::Peer;
pub use permit::{Gated, Permit};
pub use request_id::with_request_id;
pub use server::{Bound, Server};
pub use services::GatedServices;
pub use turns::{Turn, Turns};
