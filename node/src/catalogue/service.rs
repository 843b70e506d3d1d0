//! The catalogue service: the calls of the city's own staff on its catalogue.

use chengji_domain::access::Role;
use chengji_domain::catalogue::EntryRecord;
use chengji_domain::return_flow::RecordedFlow;
use chengji_domain::stop::{StopAct, StopCause};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_follow::return_flow_table;
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{
    ChangeOrder, DefaultScopeOrder, EntryHistory, EntryOrder, MountOrder, RevisionQuery,
    ShownEntry, ShownLifecycle, SourceToMount, StatisticsPage, TermList,
};
use chengji_proto::service::{Answers, CatalogueService, Messages, Page};
use chengji_proto::{convert, v1};
use chengji_runtime::{off_thread, off_thread_while_awaited};
use chengji_transport::Permit;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Catalogue;
use super::change::{Moves, Side};
use super::editor::Editor;
use super::import::{Import, ImportResponseSender};
use super::mounting::Mounting;
use super::status::StatusScan;
use super::{
    bulk, default_scope, entries, findings, follow_up, granting, lifecycles, listing, running, stop,
};
use crate::caller::Caller;

/// Serves [`CatalogueService`].
#[derive(Clone)]
pub struct NodeCatalogueService(pub Catalogue);

impl CatalogueService<Permit> for NodeCatalogueService {
    async fn import(
        &self,
        permit: Permit,
        mut messages: Messages<v1::ImportRequest>,
    ) -> Result<Answers<v1::ImportResponse>> {
        let start = match messages.next().await?.and_then(|first| first.step) {
            Some(v1::import_request::Step::Start(start)) => start,
            _ => return Err(no_start()),
        };
        let held = permit.hold().within(&self.0.memory)?;
        let import = Import::new(self.0.clone(), Editor::of(&permit), start, held)?;
        Ok(streamed(async move |responses| {
            run(import, messages, &responses).await
        }))
    }

    async fn change(
        &self,
        permit: Permit,
        messages: Messages<v1::ChangeRequest>,
    ) -> Result<Answers<v1::ChangeResponse>> {
        self.moves(&permit, messages, Side::Publisher).await
    }

    async fn review(
        &self,
        permit: Permit,
        messages: Messages<v1::ChangeRequest>,
    ) -> Result<Answers<v1::ChangeResponse>> {
        self.moves(&permit, messages, Side::Reviewer).await
    }

    async fn change_where(
        &self,
        permit: Permit,
        asked: v1::ChangeWhereRequest,
    ) -> Result<Answers<v1::ChangeResponse>> {
        self.moves_where(&permit, asked, Side::Publisher)
    }

    async fn review_where(
        &self,
        permit: Permit,
        asked: v1::ChangeWhereRequest,
    ) -> Result<Answers<v1::ChangeResponse>> {
        self.moves_where(&permit, asked, Side::Reviewer)
    }

    async fn note_change(&self, permit: Permit, order: ChangeOrder) -> Result<ShownLifecycle> {
        let ChangeOrder { code, on } = order;
        follow_up::note(&self.0, Editor::of(&permit), code, on).await
    }

    async fn extend_update(
        &self,
        permit: Permit,
        asked: v1::ExtendUpdateRequest,
    ) -> Result<ShownLifecycle> {
        let is_authority = permit.rights().roles().contains(&Role::Authority);
        follow_up::extend(&self.0, (Editor::of(&permit), is_authority), asked).await
    }

    async fn count_lifecycles(
        &self,
        _: Permit,
        asked: v1::CountLifecyclesRequest,
    ) -> Result<v1::CountLifecyclesResponse> {
        let own = self.0.own.clone();
        off_thread_while_awaited(move |awaited| {
            bulk::count(own.ledger.kv().as_ref(), asked, own.now(), awaited)
        })
        .await
    }

    async fn list_lifecycles(
        &self,
        _: Permit,
        asked: v1::ListLifecyclesRequest,
    ) -> Result<Page<v1::ListedLifecycle>> {
        let own = self.0.own.clone();
        off_thread(move || listing::page(own.ledger.kv().as_ref(), own.city, &asked, own.now()))
            .await
    }

    async fn history(&self, _: Permit, asked: v1::HistoryRequest) -> Result<EntryHistory> {
        self.steps(&asked)
    }

    async fn show(&self, _: Permit, asked: RevisionQuery) -> Result<ShownEntry> {
        self.entry(&asked)
    }

    async fn list(
        &self,
        _: Permit,
        asked: v1::ListEntriesRequest,
    ) -> Result<Page<v1::CatalogueRecord>> {
        let own = self.0.own.clone();
        off_thread(move || {
            listing::published(own.ledger.kv().as_ref(), own.city, &asked, own.now())
        })
        .await
    }

    async fn mount(
        &self,
        permit: Permit,
        MountOrder { code, source }: MountOrder,
    ) -> Result<Answers<ShownEntry>> {
        let (catalogue, editor) = (self.0.clone(), Editor::of(&permit));
        Ok(when_read(async move |go_on| {
            let mounted = match source {
                SourceToMount::File(path) => {
                    super::mount::mount(&catalogue, &editor, code, &path, go_on).await?
                }
                SourceToMount::Table(address) => {
                    super::mount_table::mount(&catalogue, &editor, code, address, go_on).await?
                }
            };
            shown(&catalogue, mounted)
        }))
    }

    async fn unmount(
        &self,
        permit: Permit,
        EntryOrder { code, reason }: EntryOrder,
    ) -> Result<ShownEntry> {
        let unmounted = super::mount::unmount(&self.0, &Editor::of(&permit), code, reason).await?;
        shown(&self.0, unmounted)
    }

    async fn stop_deliveries(
        &self,
        permit: Permit,
        EntryOrder { code, reason }: EntryOrder,
    ) -> Result<ShownEntry> {
        let cause = StopCause::Suspended;
        let act = StopAct::Stopped {
            cause,
            reason,
            report: None,
        };
        let stopped = stop::act(&self.0, &Editor::of(&permit), code, act).await?;
        shown(&self.0, stopped)
    }

    async fn resume_deliveries(
        &self,
        permit: Permit,
        EntryOrder { code, reason }: EntryOrder,
    ) -> Result<ShownEntry> {
        let act = StopAct::Lifted { reason };
        let resumed = stop::act(&self.0, &Editor::of(&permit), code, act).await?;
        shown(&self.0, resumed)
    }

    async fn measure(&self, permit: Permit, code: ResourceCode) -> Result<Answers<ShownEntry>> {
        let (catalogue, editor) = (self.0.clone(), Editor::of(&permit));
        Ok(when_read(async move |go_on| {
            let measured = super::mount::measure_again(&catalogue, &editor, code, go_on);
            shown(&catalogue, measured.await?)
        }))
    }

    async fn set_default_scope(
        &self,
        permit: Permit,
        order: DefaultScopeOrder,
    ) -> Result<ShownEntry> {
        let set = default_scope::set(&self.0, Caller::of(&permit), order).await?;
        shown(&self.0, set)
    }

    async fn statistics(&self, _: Permit, asked: v1::StatisticsRequest) -> Result<StatisticsPage> {
        let catalogue = self.0.clone();
        off_thread(move || super::statistics::statistics(&catalogue, &asked)).await
    }

    async fn mount_many(
        &self,
        permit: Permit,
        messages: Messages<v1::MountManyRequest>,
    ) -> Result<Answers<v1::MountManyResponse>> {
        let (catalogue, editor) = (self.0.clone(), Editor::of(&permit));
        Ok(streamed(async move |responses| {
            let held = permit.hold().within(&catalogue.memory)?;
            let mounting = Mounting::new(catalogue, editor, responses, held);
            mounting.run(messages).await
        }))
    }

    async fn list_terms(&self, _: Permit, asked: v1::ListTermsRequest) -> Result<TermList> {
        self.terms(&asked)
    }

    async fn status(
        &self,
        _: Permit,
        asked: v1::CatalogueStatusRequest,
    ) -> Result<Answers<v1::CatalogueStatusResponse>> {
        let (scan, catalogue) = (StatusScan::begin(&asked)?, self.0.clone());
        let (responses, stream) = mpsc::channel(1);
        tokio::spawn(send_result(responses, async move |responses| {
            send_status(catalogue, scan, &responses).await
        }));
        Ok(Box::pin(ReceiverStream::new(stream)))
    }
}

impl NodeCatalogueService {
    pub(super) fn entry(&self, asked: &RevisionQuery) -> Result<ShownEntry> {
        let kv = self.0.own.ledger.kv().as_ref();
        let RevisionQuery { code, revision } = asked;
        let Some(revision) = *revision else {
            return shown(&self.0, entries::existing(kv, code)?);
        };
        lifecycles::existing(kv, code)?;
        Ok(ShownEntry::Revision {
            city: self.0.own.city,
            revision,
            entry: Box::new(lifecycles::content(kv, code, revision)?),
        })
    }

    pub(super) fn steps(&self, request: &v1::HistoryRequest) -> Result<EntryHistory> {
        let kv = self.0.own.ledger.kv().as_ref();
        let code = convert::code_from(&request.code)?;
        let lifecycle = lifecycles::existing(kv, &code)?;
        let pager = Pager::<u32>::of(request)?;
        let steps = lifecycles::steps(kv, &code, pager.bounds(), pager.at_once());
        let steps = pager.fill(steps, |_, step| Ok(Some(convert::past_step_to(&step))))?;
        Ok(EntryHistory {
            code,
            lifecycle,
            steps,
        })
    }

    pub(super) fn terms(&self, request: &v1::ListTermsRequest) -> Result<TermList> {
        let pager = Pager::<(String, String)>::of(request)?;
        let terms = &self.0.tables.terms;
        let rows = convert::terms_to(terms);
        let rows = rows.map(|term| Ok(((term.vocabulary.clone(), term.name.clone()), term)));
        Ok(TermList {
            version: terms.head().version.clone(),
            terms: pager.fill(pager.rest(rows), |_, term| Ok(Some(term)))?,
        })
    }

    fn moves_where(
        &self,
        permit: &Permit,
        asked: v1::ChangeWhereRequest,
        side: Side,
    ) -> Result<Answers<v1::ChangeResponse>> {
        let (mv, catalogue) = (asked.r#move(), self.0.clone());
        let consent = asked.consent.as_ref();
        let moves = Moves::of(catalogue, permit, (mv, side), &asked.reason, consent)?;
        let held = permit.hold().within(&self.0.memory)?;
        Ok(streamed(async move |responses| {
            moves.run_where(asked, held, &responses).await
        }))
    }

    async fn moves(
        &self,
        permit: &Permit,
        mut messages: Messages<v1::ChangeRequest>,
        side: Side,
    ) -> Result<Answers<v1::ChangeResponse>> {
        let start = messages.next().await?.and_then(|first| first.step);
        let moves = Moves::begin(self.0.clone(), permit, start, side)?;
        Ok(streamed(async move |responses| {
            moves.run(messages, &responses).await
        }))
    }
}

/// A record of the catalogue as the answer to a call.
fn shown(catalogue: &Catalogue, record: EntryRecord) -> Result<ShownEntry> {
    let (city, kv) = (catalogue.own.city, catalogue.own.ledger.kv().as_ref());
    let code = &record.entry.code;
    let known = return_flow_table::find(kv, city, code)?;
    let flow = known.filter(RecordedFlow::is_running);
    let grants = running::of(kv, (city, code), catalogue.own.now())?;
    let default = granting::shown_default(kv, code)?;
    Ok(ShownEntry::Published {
        city,
        record: Box::new(record),
        return_flow: flow.map(|recorded| recorded.flow),
        running_grants: (grants.count > 0).then_some(grants),
        default_scope: default.map(Box::new),
    })
}

/// Messages about work that goes on by itself; an error of it is the last one.
fn streamed<T, F>(work: impl FnOnce(mpsc::Sender<Result<T>>) -> F + Send + 'static) -> Answers<T>
where
    T: Send + 'static,
    F: Future<Output = Result<()>> + Send + 'static,
{
    let (responses, stream) = mpsc::channel(16);
    tokio::spawn(send_result(responses, work));
    Box::pin(ReceiverStream::new(stream))
}

async fn send_result<T, F>(
    responses: mpsc::Sender<Result<T>>,
    work: impl FnOnce(mpsc::Sender<Result<T>>) -> F,
) where
    F: Future<Output = Result<()>>,
{
    if let Err(error) = work(responses.clone()).await {
        let _ = responses.send(Err(error)).await;
    }
}

/// Sends the status of all entries, while the caller listens.
async fn send_status(
    catalogue: Catalogue,
    mut scan: StatusScan,
    responses: &mpsc::Sender<Result<v1::CatalogueStatusResponse>>,
) -> Result<()> {
    while !scan.is_done() {
        let catalogue = catalogue.clone();
        let looked = off_thread(move || {
            let part = scan.next(&catalogue)?;
            Ok((scan, part))
        });
        let part;
        (scan, part) = looked.await?;
        if responses.send(Ok(part)).await.is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// The record that comes of reading a file, as a stream of one: no deadline is right for every file.
/// Reading ends once the caller has disconnected.
fn when_read<F>(read: impl FnOnce(GoOn) -> F) -> Answers<ShownEntry>
where
    F: Future<Output = Result<ShownEntry>> + Send + 'static,
{
    let (responses, stream) = mpsc::channel(1);
    let caller = responses.clone();
    let reading = read(Box::new(move || !caller.is_closed()));
    tokio::spawn(async move {
        let record = reading.await;
        let _ = responses.send(record).await;
    });
    Box::pin(ReceiverStream::new(stream))
}

/// True while a caller waits for the result.
type GoOn = Box<dyn Fn() -> bool + Send>;

async fn run(
    mut import: Import,
    mut messages: Messages<v1::ImportRequest>,
    responses: &ImportResponseSender,
) -> Result<()> {
    use v1::import_response::Event;
    while let Some(message) = messages.next().await? {
        let Some(v1::import_request::Step::Entries(batch)) = message.step else {
            return Err(no_start());
        };
        let taken = off_thread(move || {
            import.take(batch.entries)?;
            Ok(import)
        });
        import = taken.await?;
        let progress = v1::ImportProgress {
            checked: import.checked(),
            written: 0,
        };
        let response = v1::ImportResponse {
            event: Some(Event::Progress(progress)),
        };
        // The entries are all here or none are wanted: a caller that has gone before the end has
        // not asked for anything yet.
        if responses.send(Ok(response)).await.is_err() {
            return Ok(());
        }
    }
    let summary = import.finish(responses).await?;
    for event in findings::of_import(summary) {
        let _ = responses
            .send(Ok(v1::ImportResponse { event: Some(event) }))
            .await;
    }
    Ok(())
}

fn no_start() -> Error {
    Error::new(ErrorCode::InvalidArgument, msg::ImportWithoutStart)
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn reading_ends_when_its_caller_has_gone() {
        let (ended_sender, ended) = oneshot::channel();
        let answer = when_read(async move |go_on| {
            while go_on() {
                tokio::task::yield_now().await;
            }
            ended_sender.send(()).unwrap();
            Err(no_start())
        });
        drop(answer);
        ended.await.unwrap();
    }
}
