//! Writes snapshots of the live fold in the background, and keeps the fold up to the present.

use std::sync::Arc;
use std::time::Duration;

use chengji_domain::Result;
use chengji_store::Ledger;
use tokio::sync::watch;

use super::live::LiveRate;
use super::snapshots;

/// Interval between looks for snapshots to write.
const INTERVAL: Duration = Duration::from_secs(5);

/// Writes the snapshots that are due.
pub struct SnapshotWriter {
    /// The store with the followed logs.
    pub ledger: Ledger,
    /// The live fold.
    pub live: Arc<LiveRate>,
}

impl SnapshotWriter {
    /// Writes snapshots as they become due, until `shutdown` turns true; then what a start would have to fold again.
    pub async fn watch(self, mut shutdown: watch::Receiver<bool>) {
        loop {
            if let Err(error) = self.write_due().await {
                tracing::error!(%error, "a snapshot of the rate is not written; trying again");
            }
            tokio::select! {
                () = tokio::time::sleep(INTERVAL) => {}
                _ = shutdown.wait_for(|stop| *stop) => break,
            }
        }
        if let Err(error) = self.write_all().await {
            tracing::warn!(%error, "not all snapshots of the rate are written; the next start folds more");
        }
    }

    /// Writes the snapshots that are due.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn write_due(&self) -> Result<()> {
        // Moves the time of the fold forward, so that the next call for figures has little to evaluate. A damaged copy
        // is an error of that call, and none of the snapshots of other logs.
        let _ = self.live.current(|_| ());
        while let Some(taken) = self.live.due_snapshot()? {
            snapshots::write(&self.ledger, &taken).await?;
        }
        self.live.show_size();
        Ok(())
    }

    /// Writes a snapshot of every log with entries after its last one.
    ///
    /// # Errors
    ///
    /// Storage errors.
    pub async fn write_all(&self) -> Result<()> {
        self.write_due().await?;
        for taken in self.live.all_snapshots() {
            snapshots::write(&self.ledger, &taken).await?;
        }
        Ok(())
    }
}
