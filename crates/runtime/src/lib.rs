//! Process services of a server: settings, code tables, durable and large files, logs and metrics, signals, and
//! threads for long work. It opens no connections and decides no rules.

pub mod bulk;
pub mod files;
mod log_rate_limit;
pub mod monitor;
mod off_thread;
pub mod process;
mod rules;
pub mod settings;
pub mod shutdown;
pub mod tables;
pub mod telemetry;

pub use log_rate_limit::LogRateLimit;
pub use monitor::Readiness;
pub use off_thread::{Awaited, off_thread, off_thread_while_awaited};
pub use rules::{CurrentRules, watch_notices};
