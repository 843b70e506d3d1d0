//! The catalogue service: what the city's own staff can do with it.

use std::pin::Pin;

use chengji_domain::catalogue::Record;
use chengji_domain::stop::{StopAct, StopCause};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_paging::{Pager, is_one_answer, pieces};
use chengji_proto::status::from_error;
use chengji_proto::v1::catalogue_service_server::CatalogueService;
use chengji_proto::{convert, v1};
use chengji_runtime::{off_thread, off_thread_while_awaited};
use chengji_transport::Permit;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

use super::Catalogue;
use super::change::{Moves, Side};
use super::editor::Editor;
use super::import::{Import, News};
use super::mounting::Mounting;
use super::status::StatusScan;
use super::{book, bulk, listing, lives, stop};

type ChangeStream =
    Pin<Box<dyn tokio_stream::Stream<Item = Result<v1::ChangeResponse, Status>> + Send>>;

type StatusStream =
    Pin<Box<dyn tokio_stream::Stream<Item = Result<v1::CatalogueStatusResponse, Status>> + Send>>;

type RecordStream =
    Pin<Box<dyn tokio_stream::Stream<Item = Result<v1::CatalogueRecord, Status>> + Send>>;

/// Serves [`CatalogueService`].
#[derive(Clone)]
pub struct Service(pub Catalogue);

#[tonic::async_trait]
impl CatalogueService for Service {
    type ImportStream =
        Pin<Box<dyn tokio_stream::Stream<Item = Result<v1::ImportResponse, Status>> + Send>>;

    async fn import(
        &self,
        request: Request<Streaming<v1::ImportRequest>>,
    ) -> Result<Response<Self::ImportStream>, Status> {
        let permit = Permit::of(&request)?;
        let mut requests = request.into_inner();
        let start = match requests.message().await?.and_then(|first| first.step) {
            Some(v1::import_request::Step::Start(start)) => start,
            _ => return Err(from_error(&no_start())),
        };
        let import = Import::new(self.0.clone(), Editor::of(&permit), start, permit.hold());
        let (news, stream) = mpsc::channel(16);
        tokio::spawn(async move {
            if let Err(status) = run(import, requests, &news).await {
                let _ = news.send(Err(status)).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    type ChangeStream = ChangeStream;

    async fn change(
        &self,
        request: Request<Streaming<v1::ChangeRequest>>,
    ) -> Result<Response<ChangeStream>, Status> {
        self.moves(request, Side::Publisher).await
    }

    type ReviewStream = ChangeStream;

    async fn review(
        &self,
        request: Request<Streaming<v1::ChangeRequest>>,
    ) -> Result<Response<ChangeStream>, Status> {
        self.moves(request, Side::Reviewer).await
    }

    type ChangeWhereStream = ChangeStream;

    async fn change_where(
        &self,
        request: Request<v1::ChangeWhereRequest>,
    ) -> Result<Response<ChangeStream>, Status> {
        self.moves_where(request, Side::Publisher)
    }

    type ReviewWhereStream = ChangeStream;

    async fn review_where(
        &self,
        request: Request<v1::ChangeWhereRequest>,
    ) -> Result<Response<ChangeStream>, Status> {
        self.moves_where(request, Side::Reviewer)
    }

    async fn count_lives(
        &self,
        request: Request<v1::CountLivesRequest>,
    ) -> Result<Response<v1::CountLivesResponse>, Status> {
        Permit::of(&request)?;
        let (own, request) = (self.0.own.clone(), request.into_inner());
        let counted = off_thread_while_awaited(move |awaited| {
            bulk::count(own.ledger.kv().as_ref(), request, own.now(), awaited)
        });
        let counted = counted.await;
        counted
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }

    async fn list_lives(
        &self,
        request: Request<v1::ListLivesRequest>,
    ) -> Result<Response<v1::ListLivesResponse>, Status> {
        Permit::of(&request)?;
        let (catalogue, request) = (self.0.clone(), request.into_inner());
        let page = off_thread(move || {
            let own = &catalogue.own;
            listing::page(own.ledger.kv().as_ref(), &request, own.now())
        });
        let page = page.await;
        page.map(Response::new).map_err(|error| from_error(&error))
    }

    async fn history(
        &self,
        request: Request<v1::HistoryRequest>,
    ) -> Result<Response<v1::HistoryResponse>, Status> {
        Permit::of(&request)?;
        let history = self.steps(request.get_ref());
        history
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }

    async fn show(
        &self,
        request: Request<v1::ShowEntryRequest>,
    ) -> Result<Response<v1::CatalogueRecord>, Status> {
        Permit::of(&request)?;
        let record = self.entry(request.get_ref());
        record
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }

    async fn list(
        &self,
        request: Request<v1::ListEntriesRequest>,
    ) -> Result<Response<v1::ListEntriesResponse>, Status> {
        Permit::of(&request)?;
        let (catalogue, request) = (self.0.clone(), request.into_inner());
        let page = off_thread(move || {
            let own = &catalogue.own;
            listing::published(own.ledger.kv().as_ref(), own.city, &request, own.now())
        })
        .await;
        page.map(Response::new).map_err(|error| from_error(&error))
    }

    type MountStream = RecordStream;

    async fn mount(
        &self,
        request: Request<v1::MountRequest>,
    ) -> Result<Response<RecordStream>, Status> {
        let (catalogue, editor) = (self.0.clone(), Editor::of(&Permit::of(&request)?));
        let v1::MountRequest { code, path } = request.into_inner();
        Ok(when_read(async move |go_on| {
            let mounted = super::mount::mount(&catalogue, &editor, &code, &path, go_on);
            Ok(convert::record_to(catalogue.own.city, &mounted.await?))
        }))
    }

    async fn unmount(
        &self,
        request: Request<v1::UnmountRequest>,
    ) -> Result<Response<v1::CatalogueRecord>, Status> {
        let editor = Editor::of(&Permit::of(&request)?);
        let v1::UnmountRequest { code, reason } = request.into_inner();
        self.shown(super::mount::unmount(&self.0, &editor, &code, reason).await)
    }

    async fn stop_deliveries(
        &self,
        request: Request<v1::StopDeliveriesRequest>,
    ) -> Result<Response<v1::CatalogueRecord>, Status> {
        let editor = Editor::of(&Permit::of(&request)?);
        let v1::StopDeliveriesRequest { code, reason } = request.into_inner();
        let cause = StopCause::Suspended;
        let act = StopAct::Stopped { cause, reason };
        self.shown(stop::act(&self.0, &editor, &code, act).await)
    }

    async fn resume_deliveries(
        &self,
        request: Request<v1::ResumeDeliveriesRequest>,
    ) -> Result<Response<v1::CatalogueRecord>, Status> {
        let editor = Editor::of(&Permit::of(&request)?);
        let v1::ResumeDeliveriesRequest { code, reason } = request.into_inner();
        let act = StopAct::Lifted { reason };
        self.shown(stop::act(&self.0, &editor, &code, act).await)
    }

    type MeasureStream = RecordStream;

    async fn measure(
        &self,
        request: Request<v1::MeasureRequest>,
    ) -> Result<Response<RecordStream>, Status> {
        let (catalogue, editor) = (self.0.clone(), Editor::of(&Permit::of(&request)?));
        let code = request.into_inner().code;
        Ok(when_read(async move |go_on| {
            let measured = super::mount::measure_again(&catalogue, &editor, &code, go_on);
            Ok(convert::record_to(catalogue.own.city, &measured.await?))
        }))
    }

    async fn statistics(
        &self,
        request: Request<v1::StatisticsRequest>,
    ) -> Result<Response<v1::CatalogueStatistics>, Status> {
        Permit::of(&request)?;
        let (catalogue, request) = (self.0.clone(), request.into_inner());
        let answer = off_thread(move || super::statistics::statistics(&catalogue, &request)).await;
        answer
            .map(Response::new)
            .map_err(|error| from_error(&error))
    }

    type MountManyStream =
        Pin<Box<dyn tokio_stream::Stream<Item = Result<v1::MountManyResponse, Status>> + Send>>;

    async fn mount_many(
        &self,
        request: Request<Streaming<v1::MountManyRequest>>,
    ) -> Result<Response<Self::MountManyStream>, Status> {
        let permit = Permit::of(&request)?;
        let (news, stream) = mpsc::channel(16);
        let mounting = Mounting::new(self.0.clone(), Editor::of(&permit), news, permit.hold());
        tokio::spawn(mounting.run(request.into_inner()));
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn list_terms(
        &self,
        request: Request<v1::ListTermsRequest>,
    ) -> Result<Response<v1::ListTermsResponse>, Status> {
        Permit::of(&request)?;
        let terms = self.terms(request.get_ref());
        terms.map(Response::new).map_err(|error| from_error(&error))
    }

    type StatusStream = StatusStream;

    async fn status(
        &self,
        request: Request<v1::CatalogueStatusRequest>,
    ) -> Result<Response<StatusStream>, Status> {
        Permit::of(&request)?;
        let looking = StatusScan::begin(request.get_ref()).map_err(|error| from_error(&error))?;
        let (news, stream) = mpsc::channel(1);
        tokio::spawn(look(self.0.clone(), looking, news));
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}

impl Service {
    /// A record as the answer to a call.
    fn shown(&self, done: Result<Record>) -> Result<Response<v1::CatalogueRecord>, Status> {
        done.map(|record| Response::new(convert::record_to(self.0.own.city, &record)))
            .map_err(|error| from_error(&error))
    }

    pub(super) fn entry(&self, request: &v1::ShowEntryRequest) -> Result<v1::CatalogueRecord> {
        let kv = self.0.own.ledger.kv().as_ref();
        let (city, code) = (self.0.own.city, convert::code_from(&request.code)?);
        if request.revision == 0 {
            return Ok(convert::record_to(city, &book::existing(kv, &code)?));
        }
        lives::existing(kv, &code)?;
        let content = lives::content(kv, &code, request.revision)?;
        Ok(v1::CatalogueRecord {
            city: city.to_string(),
            entry: Some(convert::entry_to(&content)),
            revision: request.revision,
            ..v1::CatalogueRecord::default()
        })
    }

    pub(super) fn steps(&self, request: &v1::HistoryRequest) -> Result<v1::HistoryResponse> {
        let kv = self.0.own.ledger.kv().as_ref();
        let code = convert::code_from(&request.code)?;
        let record = lives::existing(kv, &code)?;
        let pager = Pager::<u32>::of(request)?;
        let steps = lives::steps(kv, &code, pager.bounds(), pager.at_once());
        let page = pager.fill(steps, |_, step| Ok(Some(convert::entry_step_to(&step))))?;
        Ok(v1::HistoryResponse {
            steps: page.items,
            life: Some(convert::life_to(&code, &record)),
            next_cursor: page.next_cursor,
        })
    }

    pub(super) fn terms(&self, request: &v1::ListTermsRequest) -> Result<v1::ListTermsResponse> {
        let pager = Pager::<(String, String)>::of(request)?;
        let terms = &self.0.tables.terms;
        let rows = convert::terms_to(terms);
        let rows = rows.map(|term| Ok(((term.vocabulary.clone(), term.name.clone()), term)));
        let page = pager.fill(pager.rest(rows), |_, term| Ok(Some(term)))?;
        Ok(v1::ListTermsResponse {
            version: terms.head().version.clone(),
            terms: page.items,
            next_cursor: page.next_cursor,
        })
    }

    fn moves_where(
        &self,
        request: Request<v1::ChangeWhereRequest>,
        side: Side,
    ) -> Result<Response<ChangeStream>, Status> {
        let permit = Permit::of(&request)?;
        let request = request.into_inner();
        let (mv, catalogue) = (request.r#move(), self.0.clone());
        let moves = Moves::of(catalogue, &permit, mv, &request.reason, side);
        let (moves, held) = (moves.map_err(|error| from_error(&error))?, permit.hold());
        let (news, stream) = mpsc::channel(16);
        tokio::spawn(async move {
            if let Err(error) = moves.run_where(request, held, &news).await {
                let _ = news.send(Err(from_error(&error))).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }

    async fn moves(
        &self,
        request: Request<Streaming<v1::ChangeRequest>>,
        side: Side,
    ) -> Result<Response<ChangeStream>, Status> {
        let permit = Permit::of(&request)?;
        let mut requests = request.into_inner();
        let start = requests.message().await?.and_then(|first| first.step);
        let moves = Moves::begin(self.0.clone(), &permit, start, side);
        let moves = moves.map_err(|error| from_error(&error))?;
        let (news, stream) = mpsc::channel(16);
        tokio::spawn(async move {
            if let Err(status) = moves.run(requests, &news).await {
                let _ = news.send(Err(status)).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(stream))))
    }
}

/// Looks at all entries, as long as the caller listens.
async fn look(
    catalogue: Catalogue,
    mut looking: StatusScan,
    news: mpsc::Sender<Result<v1::CatalogueStatusResponse, Status>>,
) {
    while !looking.is_done() {
        let catalogue = catalogue.clone();
        let looked = off_thread(move || {
            let some = looking.some(&catalogue)?;
            Ok((looking, some))
        });
        let some;
        (looking, some) = match looked.await {
            Ok(looked) => looked,
            Err(error) => {
                let _ = news.send(Err(from_error(&error))).await;
                return;
            }
        };
        if news.send(Ok(some)).await.is_err() {
            return;
        }
    }
}

/// The record that comes of reading a file, as a stream of one: no deadline is right for every file.
/// When the caller has gone, reading ends.
fn when_read<F>(read: impl FnOnce(GoOn) -> F) -> Response<RecordStream>
where
    F: Future<Output = Result<v1::CatalogueRecord>> + Send + 'static,
{
    let (news, stream) = mpsc::channel(1);
    let caller = news.clone();
    let reading = read(Box::new(move || !caller.is_closed()));
    tokio::spawn(async move {
        let record = reading.await.map_err(|error| from_error(&error));
        let _ = news.send(record).await;
    });
    Response::new(Box::pin(ReceiverStream::new(stream)))
}

/// Whether anybody still waits for what is read.
type GoOn = Box<dyn Fn() -> bool + Send>;

async fn run(
    mut import: Import,
    mut requests: Streaming<v1::ImportRequest>,
    news: &News,
) -> Result<(), Status> {
    use v1::import_response::News as Item;
    while let Some(message) = requests.message().await? {
        let Some(v1::import_request::Step::Entries(batch)) = message.step else {
            return Err(from_error(&no_start()));
        };
        let taken = off_thread(move || {
            import.take(batch.entries)?;
            Ok(import)
        });
        import = taken.await.map_err(|error| from_error(&error))?;
        let progress = v1::ImportProgress {
            checked: import.checked(),
            written: 0,
        };
        let item = v1::ImportResponse {
            news: Some(Item::Progress(progress)),
        };
        // The entries are all here or none are wanted: a caller that has gone before the end has
        // not asked for anything yet.
        if news.send(Ok(item)).await.is_err() {
            return Ok(());
        }
    }
    let summary = import
        .finish(news)
        .await
        .map_err(|error| from_error(&error))?;
    for item in outcome(summary) {
        let _ = news.send(Ok(v1::ImportResponse { news: Some(item) })).await;
    }
    Ok(())
}

/// The messages with the outcome: the summary, and before it the findings if it would be too large with them.
fn outcome(mut summary: v1::ImportSummary) -> Vec<v1::import_response::News> {
    use v1::import_response::News as Item;
    let mut outcome = Vec::new();
    if !is_one_answer(&summary) {
        let problems = pieces(std::mem::take(&mut summary.problems)).into_iter();
        let problems = problems.map(|problems| v1::ImportFindings {
            problems,
            ..v1::ImportFindings::default()
        });
        let warnings = pieces(std::mem::take(&mut summary.warnings)).into_iter();
        let warnings = warnings.map(|warnings| v1::ImportFindings {
            warnings,
            ..v1::ImportFindings::default()
        });
        outcome.extend(problems.chain(warnings).map(Item::Findings));
    }
    outcome.push(Item::Summary(summary));
    outcome
}

fn no_start() -> Error {
    let message = "an import is one 'start' and then 'entries'";
    Error::new(ErrorCode::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn reading_ends_when_its_caller_has_gone() {
        let (told, ended) = oneshot::channel();
        let answer = when_read(async move |go_on| {
            while go_on() {
                tokio::task::yield_now().await;
            }
            told.send(()).unwrap();
            Ok(v1::CatalogueRecord::default())
        });
        drop(answer);
        ended.await.unwrap();
    }
}
