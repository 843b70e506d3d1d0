//! The provider's side of a probe of a mounted table: reads the whole table into a file without a name, measures what it
//! reads, and sends it.
//!
//! A table may change after it was measured, so what is read is measured anew: a changed content is recorded as by any
//! other measurement, and announced as the later one. What the prober gets is what was measured.

use std::cell::Cell;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use arrow_array::RecordBatch;
use chengji_domain::catalogue::EntryRecord;
use chengji_domain::fact::Measurement;
use chengji_domain::probe::{ProbedTable, declaration};
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_proto::v1;
use chengji_proto::v1::probe_response::Part;
use chengji_records::{GrantSalt, MountedTable};
use chengji_sources::{MeasuredRows, Measuring};
use tokio::time::{interval_at, timeout};

use super::probe::{Ordered, Parts, Sending, not_probed};
use super::provide_part::PREPARING_EVERY;
use super::sending::{Broken, CHECKED_EVERY, STALL_TIMEOUT};
use super::sent::{Sent, without_place};
use super::spool::{Cutting, Spool};
use super::under_way::Turn;
use crate::catalogue::{granting, mount_table};

/// The salt of a table that is read without masks.
const NO_SALT: GrantSalt = GrantSalt([0; 32]);

impl Ordered {
    /// Reads a mounted table and sends it.
    pub(super) async fn send_table(
        self,
        (code, table): (ResourceCode, MountedTable),
        turn: Turn<CityCode>,
        parts: Parts,
    ) {
        let (prober, turn) = (self.prober, Arc::new(turn));
        let prepared = self.prepared((&code, &table), &turn, &parts).await;
        match prepared {
            Ok((record, spool)) => {
                let Some(declared) = declaration(&record) else {
                    let _ = timeout(STALL_TIMEOUT, parts.send(Err(not_probed(&code)))).await;
                    return;
                };
                let sending = Sending {
                    ordered: self,
                    code,
                    bytes: spool.bytes,
                    declared,
                    table: Some(ProbedTable {
                        shape: table.shape,
                        stream_bytes: spool.bytes,
                    }),
                    content: Sent::Table(spool),
                    _turn: turn,
                };
                sending.run(parts).await;
            }
            Err(Broken::Off) => {
                tracing::info!(%prober, %code, "the prober went away while the table was read");
            }
            Err(Broken::Failed(error)) => {
                tracing::warn!(%prober, %code, "the table is not probed: {error}");
                let error = without_place(&error, &self.provider.catalogue, &code);
                let _ = timeout(STALL_TIMEOUT, parts.send(Err(error))).await;
            }
        }
    }

    /// Reads the table, and tells the prober how far it is.
    async fn prepared(
        &self,
        what: (&ResourceCode, &MountedTable),
        turn: &Arc<Turn<CityCode>>,
        parts: &Parts,
    ) -> Result<(EntryRecord, Arc<Spool>), Broken> {
        let so_far = Arc::new(AtomicU64::new(0));
        let mut reading = pin!(self.read(what, turn, parts, &so_far));
        let first = tokio::time::Instant::now() + PREPARING_EVERY;
        let mut times = interval_at(first, PREPARING_EVERY);
        loop {
            tokio::select! {
                read = &mut reading => return read.map_err(Broken::Failed),
                () = parts.closed() => return Err(Broken::Off),
                _ = times.tick() => tell(parts, so_far.load(Ordering::Relaxed)),
            }
        }
    }

    /// Reads and measures the table; returns its entry with this measurement.
    async fn read(
        &self,
        (code, table): (&ResourceCode, &MountedTable),
        turn: &Arc<Turn<CityCode>>,
        parts: &Parts,
        so_far: &Arc<AtomicU64>,
    ) -> Result<(EntryRecord, Arc<Spool>)> {
        let (catalogue, at) = (&self.provider.catalogue, self.provider.own.now());
        let cutting = Cutting {
            // Another probe of the table may begin at the same time.
            name: format!("probe-{:016x}", rand::random::<u64>()),
            table: table.clone(),
            part: granting::whole_table(&table.shape),
            salt: NO_SALT,
            at,
            so_far: Arc::clone(so_far),
        };
        let (spools, fingerprint) = (self.provider.spools.clone(), table.shape.fingerprint());
        let (name, turn) = (table.address.table.clone(), Arc::clone(turn));
        let read = catalogue.table_sources.read(
            &table.address.source,
            self.going(parts.clone()),
            move |source, go_on| {
                // The read holds the turn too, since it may outlast the call.
                let _turn = turn;
                let mut measuring = Measuring::default();
                let each = |batch: &RecordBatch| measuring.take(batch, &name);
                let spool = spools.read_each(source, cutting, go_on, each)?;
                Ok((Arc::new(spool), measuring.finish(fingerprint)))
            },
        );
        let read = read.await;
        let (spool, measured) = read.map_err(|error| self.check().err().unwrap_or(error))?;
        let MeasuredRows {
            rows,
            bytes,
            digest,
        } = measured;
        let measurement = Measurement {
            bytes,
            rows: Some(rows),
            digest,
            at,
        };
        let what = (code.clone(), table.clone());
        let record = mount_table::note_read(catalogue, what, measurement).await?;
        Ok((record, spool))
    }

    /// Whether the table is still to be read: the prober waits for it, and may probe it. That is checked each second.
    fn going(&self, parts: Parts) -> impl Fn() -> bool + Send + 'static + use<> {
        let ordered = self.clone();
        let checked = Cell::new(Instant::now());
        move || {
            if parts.is_closed() {
                return false;
            }
            if checked.get().elapsed() < CHECKED_EVERY {
                return true;
            }
            checked.set(Instant::now());
            ordered.check().is_ok()
        }
    }
}

/// Reports to the prober how many rows of the table were read. The report is dropped if the channel is full: the next one
/// says more.
fn tell(parts: &Parts, rows: u64) {
    let part = Some(Part::Preparing(v1::Preparing { rows }));
    let _ = parts.try_send(Ok(v1::ProbeResponse { part }));
}
