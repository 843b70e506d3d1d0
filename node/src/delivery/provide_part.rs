//! The provider's side of a granted part of a table: reads it, and sends it as a file is sent.
//!
//! While it is read, or waits for its turn at the source, the consumer hears how far that is. Reading ends within a
//! second after the grant does, or the consumer goes away.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chengji_domain::delivery::Content;
use chengji_domain::request::RequestId;
use chengji_domain::request::terms::TableScope;
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, Result};
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_records::MountedTable;
use chengji_runtime::off_thread;
use chengji_store::View;
use tokio::sync::watch;
use tokio::time::{interval_at, timeout};
use v1::fetch_response::Part;

use super::Provider;
use super::grant;
use super::salts;
use super::sending::{
    Asked, Broken, CHECKED_EVERY, Checked, Parts, STALL_TIMEOUT, Sending, checked, unmeasured,
};
use super::sent::{Sent, amended, without_place};
use super::spool::{Cutting, Spool};
use crate::catalogue::{entries, granting};
use crate::requests::records;

/// Interval at which the consumer hears how far the part is read; well within the time that it waits for a piece.
pub(super) const PREPARING_EVERY: Duration = Duration::from_secs(5);

/// Interval at which parts of tables that are not sent any more are removed.
const CLEANED_EVERY: Duration = Duration::from_secs(15 * 60);

/// The ending of the offered file's name.
const ENDING: &str = ".arrows";

/// Maximum length of its name in characters, without the ending.
const NAME: usize = 200;

/// The table that a part is granted of, as it is mounted now. Errors: `SOURCE_CHANGED` where it is none, or one with
/// other columns.
pub(super) fn table_of(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
    part: &TableScope,
) -> Result<MountedTable> {
    let table = granting::mounted_table(view, code)?;
    let changed = || Error::new(ErrorCode::SourceChanged, msg::ScopeSchemaChanged);
    let table = table.ok_or_else(changed)?;
    granting::check_fingerprint(&table, part)?;
    Ok(table)
}

impl Asked {
    /// Reads the granted part of the table and sends it.
    pub(super) async fn deliver_part(self, what: (MountedTable, TableScope), parts: Parts) {
        let (request, code) = (self.id, self.code.clone());
        let provider = self.provider.clone();
        match self.prepared(what, &parts).await {
            Ok((offer, sending)) => sending.run(offer, parts).await,
            Err(Broken::Off) => {
                tracing::info!(%request, "the consumer went away while the table was read");
            }
            Err(Broken::Failed(error)) => {
                tracing::warn!(%request, "the granted part of the table is not delivered: {error}");
                let error = without_place(&error, &provider.catalogue, &code);
                let _ = timeout(STALL_TIMEOUT, parts.send(Err(error))).await;
            }
        }
    }

    /// Makes the part ready to be sent, and tells the consumer how far it is.
    async fn prepared(
        self,
        what: (MountedTable, TableScope),
        parts: &Parts,
    ) -> Result<(v1::Offer, Sending), Broken> {
        let so_far = Arc::new(AtomicU64::new(0));
        let spool = {
            let mut spooling = pin!(self.spool(what, parts, &so_far));
            let first = tokio::time::Instant::now() + PREPARING_EVERY;
            let mut times = interval_at(first, PREPARING_EVERY);
            loop {
                tokio::select! {
                    spool = &mut spooling => break spool?,
                    () = parts.closed() => return Err(Broken::Off),
                    _ = times.tick() => tell(parts, so_far.load(Ordering::Relaxed)),
                }
            }
        };
        let kv = self.provider.own.ledger.kv().as_ref();
        let record = entries::published(kv, &self.code)?;
        let mount = record.mount.ok_or_else(|| unmeasured(&self.code))?;
        let content = Content {
            code: self.code.clone(),
            revision: record.revision,
            file_name: file_name(&mount.file_name),
            bytes: spool.bytes,
            digest: spool.digest,
            rows: Some(spool.rows),
        };
        Ok(self.begin(content, Sent::Table(spool)).await?)
    }

    /// The part that the consumer goes on in, or one that is read now.
    async fn spool(
        &self,
        (table, part): (MountedTable, TableScope),
        parts: &Parts,
        so_far: &Arc<AtomicU64>,
    ) -> Result<Arc<Spool>> {
        let spools = self.provider.spools.clone();
        let turn = spools.cutting.wait(self.id).await;
        // One who has all of it asks whether the table has changed since.
        let kept = spools.kept(self.id, &part, &self.request.digest);
        if let Some(kept) = kept.filter(|kept| (1..kept.bytes).contains(&self.request.offset)) {
            return Ok(kept);
        }
        let own = &self.provider.own;
        let parts = parts.clone();
        let watch = Watch::new(&self.provider, (self.id, self.consumer), &part, move || {
            parts.is_closed()
        });
        let source = table.address.source.clone();
        let request = self.id;
        let cutting = Cutting {
            name: request.to_string(),
            table,
            part,
            salt: salts::of(own, self.id).await?,
            at: own.now(),
            so_far: Arc::clone(so_far),
        };
        let going = Arc::clone(&watch);
        let sources = &self.provider.catalogue.table_sources;
        let cut = sources.read(
            &source,
            move || going.goes_on(),
            move |source, go_on| {
                let _turn = turn;
                spools.cut(source, (request, cutting), go_on)
            },
        );
        cut.await.map_err(|error| watch.refusal().unwrap_or(error))
    }
}

/// Reports to the consumer how many rows of the part were read. The report is dropped if the channel is full: the next one
/// says more.
fn tell(parts: &Parts, rows: u64) {
    let part = Some(Part::Preparing(v1::Preparing { rows }));
    let _ = parts.try_send(Ok(v1::FetchResponse { part }));
}

/// The name of the file with a part of this table.
fn file_name(table: &str) -> String {
    let name: String = table.chars().take(NAME).collect();
    name + ENDING
}

/// Frees the space of parts of tables whose consumers do not come back or whose grants are over, regularly, until
/// `stopped` turns true.
pub(super) async fn keep_clean(provider: Provider, mut stopped: watch::Receiver<bool>) {
    let cleaning = async {
        let mut times = tokio::time::interval(CLEANED_EVERY);
        loop {
            times.tick().await;
            let provider = provider.clone();
            let cleaned = off_thread(move || {
                let (kv, now) = (provider.own.ledger.kv().as_ref(), provider.own.now());
                provider.spools.clean(now, |request| {
                    let record = records::existing(kv, request);
                    record.is_ok_and(|record| grant::check_provided(&record, now).is_err())
                });
                Ok(())
            });
            if let Err(error) = cleaned.await {
                tracing::warn!("parts of tables that are not sent any more take space: {error}");
            }
        }
    };
    tokio::select! {
        () = cleaning => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

/// Whether a part is still to be read.
pub(super) struct Watch {
    provider: Provider,
    request: RequestId,
    consumer: CityCode,
    part: TableScope,
    /// Whether nobody waits for it any more.
    is_gone: Box<dyn Fn() -> bool + Send + Sync>,
    /// When the grant was checked last, and why it does not cover the part any more.
    checked: Mutex<(Instant, Option<Error>)>,
    /// The last check that found the grant valid.
    valid: Mutex<Option<Checked>>,
}

impl Watch {
    /// Watches the grant of a part to a consumer.
    pub(super) fn new(
        provider: &Provider,
        (request, consumer): (RequestId, CityCode),
        part: &TableScope,
        is_gone: impl Fn() -> bool + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            provider: provider.clone(),
            request,
            consumer,
            part: part.clone(),
            is_gone: Box::new(is_gone),
            checked: Mutex::new((Instant::now(), None)),
            valid: Mutex::default(),
        })
    }

    /// Whether the part is still to be read. The grant is checked each second.
    pub(super) fn goes_on(&self) -> bool {
        if (self.is_gone)() {
            return false;
        }
        let mut checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, refusal) = &mut *checked;
        if refusal.is_none() && at.elapsed() >= CHECKED_EVERY {
            *at = Instant::now();
            *refusal = self.check().err();
        }
        refusal.is_none()
    }

    /// Fails if the grant does not cover the part any more. Checks nothing while the last check holds. Blocks.
    pub(super) fn check(&self) -> Result<()> {
        let last = *self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        if last.is_some_and(|last| last.holds(&self.provider.own)) {
            return Ok(());
        }
        let (history, checked) = checked(&self.provider, self.request, self.consumer)?;
        if grant::part(&history).as_ref() != Some(&self.part) {
            return Err(amended(self.request));
        }
        *self.valid.lock().unwrap_or_else(PoisonError::into_inner) = Some(checked);
        Ok(())
    }

    /// Why the grant does not cover the part any more.
    pub(super) fn refusal(&self) -> Option<Error> {
        let checked = self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        checked.1.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_a_part_is_named_as_the_table() {
        assert_eq!(file_name("public.许可"), "public.许可.arrows");
        assert_eq!(file_name(&"字".repeat(255)).chars().count(), 207);
    }
}
