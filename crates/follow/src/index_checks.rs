//! Checks the indexes and tallies of a program's tables against their records while it serves.

use std::sync::Arc;

use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::service::Answers;
use chengji_proto::v1;
use chengji_store::verify::Differences;
use chengji_store::{IndexedTable, Ledger, Prefix};
use tokio::sync::{Mutex, mpsc};
use tokio_stream::wrappers::ReceiverStream;

/// The checks of a program, one at a time. Clones share their state.
#[derive(Clone)]
pub struct IndexChecks {
    ledger: Ledger,
    tables: Arc<[&'static dyn IndexedTable]>,
    running: Arc<Mutex<()>>,
}

impl IndexChecks {
    /// Checks of these tables.
    pub fn new(
        ledger: Ledger,
        tables: impl IntoIterator<Item = &'static dyn IndexedTable>,
    ) -> Self {
        Self {
            ledger,
            tables: tables.into_iter().collect(),
            running: Arc::default(),
        }
    }

    /// Begins a check, which corrects differences if requested, and returns the result of each table. It ends after
    /// the current table if the caller leaves. Errors: CONFLICT (one is running).
    pub fn begin(&self, mends: bool) -> Result<Answers<v1::CheckIndexesResponse>> {
        let running = Arc::clone(&self.running).try_lock_owned();
        let running =
            running.map_err(|_| Error::new(ErrorCode::Conflict, msg::IndexCheckRunning))?;
        let (this, (checks, stream)) = (self.clone(), mpsc::channel(1));
        tokio::spawn(async move {
            for table in &*this.tables {
                let found = table.verify(&this.ledger, mends).await;
                let checked = found.map(|found| v1::CheckIndexesResponse {
                    table: Some(table_check(table.prefix(), found)),
                });
                let is_failed = checked.is_err();
                if checks.send(checked).await.is_err() || is_failed {
                    break;
                }
            }
            drop(running);
        });
        Ok(Box::pin(ReceiverStream::new(stream)))
    }
}

/// Converts the differences found in a table to their message.
pub fn table_check(table: Prefix, found: Differences) -> v1::TableCheck {
    v1::TableCheck {
        table: format!("{table:?}"),
        missing: found.missing,
        stray: found.stray,
        described: found.described,
    }
}

#[cfg(test)]
mod tests {
    use chengji_store::MemoryStore;
    use tokio_stream::StreamExt;

    use super::*;

    #[tokio::test]
    async fn one_check_at_a_time_reports_every_table() {
        let ledger = Ledger::create(Arc::new(MemoryStore::new()), "coordinator", [1; 8]).unwrap();
        let checks = IndexChecks::new(ledger, crate::INDEXED);
        let running = checks.begin(false).unwrap();
        let refused = checks.begin(true).err().map(|error| error.code());
        assert_eq!(refused, Some(ErrorCode::Conflict));
        let found: Vec<_> = running.collect().await;
        let tables = found.iter().map(|checked| {
            let checked = checked.as_ref().unwrap().table.as_ref().unwrap();
            (checked.table.as_str(), checked.missing, checked.stray)
        });
        let expected = ["Request", "Matter", "ReturnFlow", "Quarantine"].map(|table| (table, 0, 0));
        assert!(tables.eq(expected));
    }
}
