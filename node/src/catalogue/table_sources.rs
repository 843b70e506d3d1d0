//! The declared sources, for mounting and measuring their tables: one table of a source is read at a time, so that a
//! database is not hurt. Previews have turns of their own.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chengji_domain::table::{OffPeak, SourceName};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_runtime::{off_thread, off_thread_while_awaited};
use chengji_sources::{GoOn, Source, Sources};
use tokio::sync::Mutex;
use tokio::time::timeout;

/// Interval at which a caller who waits for a source is asked whether the result is still wanted.
const ASK: Duration = Duration::from_secs(1);

/// The declared sources. Clones share them.
#[derive(Clone, Debug)]
pub struct TableSources {
    sources: Sources,
    /// Held while a source is read.
    readers: Arc<BTreeMap<SourceName, Arc<Mutex<()>>>>,
}

impl TableSources {
    /// Makes them of the sources that the settings declare.
    pub fn new(sources: Sources) -> Self {
        let readers = sources.iter();
        let readers = readers.map(|(name, _)| (name.clone(), Arc::default()));
        Self {
            readers: Arc::new(readers.collect()),
            sources,
        }
    }

    /// Looks at a source without reading rows, beside its reader, off the threads that serve and until the caller is gone.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` if it is not declared; those of `look`.
    pub(crate) async fn look<T: Send + 'static>(
        &self,
        name: &SourceName,
        look: impl FnOnce(&dyn Source, GoOn<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let source = self.sources.find(name)?;
        off_thread_while_awaited(move |awaited| look(source.as_ref(), &|| awaited.check().is_ok()))
            .await
    }

    /// Returns the declared sources, for calls that read no rows and wait for nobody.
    pub(super) fn declared(&self) -> &Sources {
        &self.sources
    }

    /// Returns the off-peak window of a source; `None` if its tables may be measured at any time.
    pub(super) fn off_peak(&self, name: &SourceName) -> Option<OffPeak> {
        self.sources.off_peak(name)
    }

    /// Reads a source when nobody else does, off the threads that serve, while `go_on` returns true.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` if it is not declared, `UNAVAILABLE` if the result is no longer wanted; those of `read`.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        name: &SourceName,
        go_on: impl Fn() -> bool + Send + 'static,
        read: impl FnOnce(&dyn Source, GoOn<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let source = self.sources.find(name)?;
        let reader = self.readers.get(name).cloned().unwrap_or_default();
        let mut waiting = pin!(reader.lock_owned());
        let turn = loop {
            if !go_on() {
                return Err(Error::new(ErrorCode::Unavailable, msg::CallerGone));
            }
            if let Ok(turn) = timeout(ASK, waiting.as_mut()).await {
                break turn;
            }
        };
        // The job holds the turn, since it may outlast the call.
        off_thread(move || {
            let _turn = turn;
            read(source.as_ref(), &go_on)
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use chengji_messages::Message;
    use chengji_sources::{Each, Finding, TableInfo};
    use tokio::sync::oneshot;

    use super::*;

    /// A source without tables.
    struct Empty;

    impl Source for Empty {
        fn kind(&self) -> Message {
            msg::Text { text: "test" }.into()
        }

        fn check(&self, _: GoOn<'_>) -> Result<Vec<Finding>> {
            Ok(Vec::new())
        }

        fn tables(&self, _: Option<&str>, _: usize, _: GoOn<'_>) -> Result<Vec<TableInfo>> {
            Ok(Vec::new())
        }

        fn schema(&self, _: &str, _: GoOn<'_>) -> Result<chengji_domain::table::TableSchema> {
            let columns = Vec::new();
            Ok(chengji_domain::table::TableSchema { columns })
        }

        fn read(&self, _: &str, _: Option<u64>, _: GoOn<'_>, _: Each<'_>) -> Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_source_is_read_by_one_at_a_time_and_others_are_not_held_up() {
        let names: [SourceName; 2] = ["one", "two"].map(|name| name.parse().unwrap());
        let declared = names
            .clone()
            .map(|name| (name, Arc::new(Empty) as Arc<dyn Source>));
        let sources = TableSources::new(Sources::new(declared));
        let [one, two] = &names;
        let (begun_sender, begun) = oneshot::channel();
        let (end, ended) = oneshot::channel::<()>();
        let (reader, name) = (sources.clone(), one.clone());
        let first = tokio::spawn(async move {
            let reading = reader.read(
                &name,
                || true,
                move |_, _| {
                    begun_sender.send(()).unwrap();
                    ended.blocking_recv().unwrap();
                    Ok(())
                },
            );
            reading.await
        });
        begun.await.unwrap();
        let gone = sources
            .read(one, || false, |_, _| Ok(()))
            .await
            .unwrap_err();
        assert_eq!(gone.code(), ErrorCode::Unavailable);
        sources.read(two, || true, |_, _| Ok(())).await.unwrap();
        end.send(()).unwrap();
        first.await.unwrap().unwrap();
        sources.read(one, || true, |_, _| Ok(())).await.unwrap();
    }

    #[tokio::test]
    async fn a_source_that_is_not_declared_is_not_found() {
        let sources = TableSources::new(Sources::default());
        let name = "one".parse().unwrap();
        let error = sources
            .read(&name, || true, |_, _| Ok(()))
            .await
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::NotFound);
    }
}
