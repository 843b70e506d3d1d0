//! Delegations (代理): people of the city who stand in for others for a time.

pub(crate) mod records;
pub(crate) mod service;
