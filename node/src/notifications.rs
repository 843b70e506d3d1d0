//! Notifications (通知): a feed of events to each subscriber, by webhook or mail.
//!
//! A feed follows the city's log and the node's copy of the coordinator's log by position, never the state; nothing is
//! queued beside them. Subscriptions are facts of the city's log. What leaves the node are numbers, moves, days and
//! cities: no reason, no scope, and no name or code of a resource.

mod cloud_event;
pub(crate) mod dispatch;
mod feeds;
mod mail;
mod outlets;
mod resting;
mod robot;
pub(crate) mod service;
pub mod settings;
mod signature;
pub(crate) mod subscriptions;
mod trust;
mod webhook;

pub(crate) use self::dispatch::{Dispatcher, FeedHealth};
pub(crate) use self::outlets::Outlets;
