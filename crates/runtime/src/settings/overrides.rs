//! The flags of a server that override its settings.

use serde::Serialize;

/// Flags of `serve` that go over the file and the environment.
#[derive(clap::Args, Clone, Debug, Default, Serialize)]
pub struct Overrides {
    /// Address to listen on, such as 0.0.0.0:7430 监听地址
    #[arg(long, value_name = "IP:PORT")]
    pub listen: Option<String>,
    /// Address for Prometheus metrics 监控指标地址
    #[arg(long, value_name = "IP:PORT")]
    pub metrics: Option<String>,
    /// human or json 日志格式
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,
    /// What to log, such as info or chengji_node=debug 日志级别
    #[arg(long, value_name = "FILTER")]
    pub log_filter: Option<String>,
}
