//! The flags of a server that override its settings.

use serde::Serialize;

/// Flags of `serve` that go over the file and the environment.
#[derive(clap::Args, Clone, Debug, Default, Serialize)]
pub struct Overrides {
    /// Address to listen on, such as 0.0.0.0:7430
    #[arg(long, value_name = "IP:PORT")]
    pub listen: Option<String>,
    /// Address for Prometheus metrics
    #[arg(long, value_name = "IP:PORT")]
    pub metrics: Option<String>,
    /// Format of log lines: human or json
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// Filter of log lines, such as info or chengji_node=debug
    #[arg(long, value_name = "FILTER")]
    pub log_filter: Option<String>,
}
