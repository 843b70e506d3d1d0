//! Real TLS over loopback: who gets in, what a call carries, and how a server lets go.

mod ca;
mod calls;
mod handshakes;
mod identities;
mod limits;
mod world;
