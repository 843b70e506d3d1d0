//! Real TLS over loopback: authentication, the context of calls, and shutdown.

mod ca;
mod calls;
mod handshakes;
mod identities;
mod limits;
mod world;
