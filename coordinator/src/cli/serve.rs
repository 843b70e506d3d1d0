//! `serve`: the server.

use std::path::PathBuf;

use chengji_clock::system_clock;
use chengji_domain::Result;
use chengji_runtime::settings::Overrides;
use chengji_runtime::tables;
use chengji_runtime::{process, shutdown, telemetry};
use clap::Args;

use crate::config::Settings;
use crate::serve::Coordinator;

/// Run the coordinator.
#[derive(Args, Debug)]
pub(super) struct Serve {
    /// The settings, a TOML file
    #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
    config: PathBuf,
    #[command(flatten)]
    overrides: Overrides,
}

impl Serve {
    pub(super) async fn run(self) -> Result<()> {
        let settings = Settings::read(&self.config, &self.overrides)?;
        process::keep_memory_private()?;
        telemetry::init_logs(settings.log_format, &settings.log_filter)?;
        process::raise_open_files();
        shutdown::ignore_hangup()?;
        let clock = system_clock();
        tables::log(&settings.tables);
        Coordinator::start(&settings, clock)
            .await?
            .run(shutdown::signal())
            .await
    }
}
