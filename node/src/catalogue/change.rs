//! Moves on many entries: submitting, taking back, asking for withdrawal, reviewing. Each entry is moved
//! by itself; failures are reported, and the other entries continue.

use chengji_domain::catalogue::lifecycle::Move;
use chengji_domain::problem::Problem;
use chengji_domain::{Error, ErrorCode, Fault, Result};
use chengji_messages::{Message, msg};
use chengji_proto::service::Messages;
use chengji_proto::v1::change_request::Step;
use chengji_proto::v1::change_response::Event;
use chengji_proto::{convert, v1};
use chengji_runtime::off_thread;
use chengji_store::Tx;
use chengji_transport::{Held, Permit};
use jiff::Timestamp;
use tokio::sync::mpsc;

use super::Catalogue;
use super::editor::Editor;
use super::transitions::{Transition, Transitions};
use super::{bulk, entries, findings, regions};

/// Bytes after which a transaction ends. A move is a part of it and writes at most half of a transaction's limit, so
/// the one that exceeds this size fits.
const PIECE: usize = 384 * 1024;
/// Maximum number of entries in one message.
const MAX_MESSAGE_ENTRIES: usize = 1_000;
/// Maximum number of problems reported.
const MAX_PROBLEMS: usize = 10_000;

/// The side that makes the moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A publisher's.
    Publisher,
    /// A reviewer's.
    Reviewer,
}

/// The channel for progress reports.
pub type ChangeResponseSender = mpsc::Sender<Result<v1::ChangeResponse>>;

/// Moves in progress.
#[derive(Clone)]
pub struct Moves {
    catalogue: Catalogue,
    transitions: Transitions,
    mv: Move,
    reason: String,
}

impl Moves {
    /// Starts the moves that a request describes.
    pub fn begin(
        catalogue: Catalogue,
        permit: &Permit,
        start: Option<Step>,
        side: Side,
    ) -> Result<Self> {
        match start {
            Some(Step::Start(start)) => {
                let (mv, consent) = (start.r#move(), start.consent.as_ref());
                Self::of(catalogue, permit, (mv, side), &start.reason, consent)
            }
            _ => Err(no_start()),
        }
    }

    /// Moves of this kind and side, with the consent to submissions. Errors: `INVALID_ARGUMENT` (a move of the other
    /// side, a missing reason, or a malformed consent).
    pub fn of(
        catalogue: Catalogue,
        permit: &Permit,
        (mv, side): (v1::EntryMove, Side),
        given_reason: &str,
        consent: Option<&v1::GivenConsent>,
    ) -> Result<Self> {
        let mv = convert::entry_move_from(mv).filter(|mv| match side {
            Side::Publisher => !mv.is_review() && *mv != Move::Save,
            Side::Reviewer => mv.is_review(),
        });
        let mv = mv.ok_or_else(|| {
            let message: Message = match side {
                Side::Publisher => msg::MoveNotOfPublishers.into(),
                Side::Reviewer => msg::MoveNotOfReviewers.into(),
            };
            Error::new(ErrorCode::InvalidArgument, message)
        })?;
        let mut reason = String::new();
        if mv.takes_reason() {
            entries::check_reason(given_reason)?;
            given_reason.trim().clone_into(&mut reason);
        }
        let at = catalogue.own.now();
        let consent = convert::given_consent_from(consent, permit.principal(), at)?;
        let transitions = Transitions::new(&catalogue, Editor::of(permit)).with_consent(consent);
        Ok(Self {
            catalogue,
            transitions,
            mv,
            reason,
        })
    }

    /// Makes the moves, and reports progress.
    pub async fn run(
        self,
        mut requests: Messages<v1::ChangeRequest>,
        responses: &ChangeResponseSender,
    ) -> Result<()> {
        let mut summary = v1::ChangeSummary::default();
        while let Some(message) = requests.next().await? {
            let Some(Step::Entries(batch)) = message.step else {
                return Err(no_start());
            };
            if batch.entries.len() > MAX_MESSAGE_ENTRIES {
                return Err(too_many());
            }
            // Moves continue if the caller disconnects.
            self.all(batch.entries, 0, &mut summary, responses).await?;
        }
        send_summary(responses, summary).await;
        Ok(())
    }

    /// Makes the moves on all entries that the request selects. `held` accounts for their memory.
    pub async fn run_where(
        self,
        request: v1::ChangeWhereRequest,
        mut held: Held,
        responses: &ChangeResponseSender,
    ) -> Result<()> {
        let (own, mv) = (self.catalogue.own.clone(), self.mv);
        let (selected, _held) = off_thread(move || {
            let kv = own.ledger.kv().as_ref();
            let keep = |entry: &v1::EntryRevision| {
                held.grow(size_of::<v1::EntryRevision>() + entry.code.len())
            };
            let selected = bulk::select(kv, mv, request, own.now(), keep)?;
            Ok((selected, held))
        })
        .await?;
        let mut summary = v1::ChangeSummary::default();
        for batch in selected.chunks(MAX_MESSAGE_ENTRIES) {
            if responses.is_closed() {
                return Ok(());
            }
            let total = selected.len() as u64;
            self.all(batch.to_vec(), total, &mut summary, responses)
                .await?;
        }
        send_summary(responses, summary).await;
        Ok(())
    }

    /// Moves these entries, and reports progress towards `total`.
    async fn all(
        &self,
        mut rest: Vec<v1::EntryRevision>,
        total: u64,
        summary: &mut v1::ChangeSummary,
        responses: &ChangeResponseSender,
    ) -> Result<()> {
        while !rest.is_empty() {
            let outcome = self.move_piece(rest.clone()).await?;
            let done = rest.drain(..outcome.len());
            for (entry, outcome) in done.zip(outcome) {
                count(summary, entry, outcome);
            }
            let done = summary.moved + summary.refused;
            let _ = send_event(
                responses,
                Event::Progress(v1::ChangeProgress { done, total }),
            )
            .await;
        }
        Ok(())
    }

    /// Moves the first of these entries, as many as fit in one transaction; returns the result of each.
    async fn move_piece(&self, entries: Vec<v1::EntryRevision>) -> Result<Vec<Result<()>>> {
        let (moves, at) = (self.clone(), self.catalogue.own.now());
        let job = move |tx: &mut Tx<'_>| {
            let mut outcomes = Vec::new();
            for entry in &entries {
                let outcome = tx.attempt(|tx| moves.one(tx, entry, at));
                if let Err(error) = &outcome
                    && error.code().fault() == Fault::Us
                {
                    return Err(error.clone());
                }
                outcomes.push(outcome);
                if tx.written() >= PIECE {
                    break;
                }
            }
            Ok(outcomes)
        };
        let outcomes = self.transitions.ledger.write(job).await?;
        if self.mv == Move::Approve {
            regions::mark_grants(&self.catalogue.own).await;
        }
        Ok(outcomes)
    }

    fn one(&self, tx: &mut Tx<'_>, entry: &v1::EntryRevision, at: Timestamp) -> Result<()> {
        let transition = Transition {
            mv: self.mv,
            at,
            reason: &self.reason,
        };
        let code = convert::code_from(&entry.code)?;
        let seen = (entry.revision, entry.steps);
        self.transitions.change(tx, &code, seen, transition)?;
        Ok(())
    }
}

async fn send_event(responses: &ChangeResponseSender, event: Event) -> Result<(), ()> {
    let response = v1::ChangeResponse { event: Some(event) };
    responses.send(Ok(response)).await.map_err(drop)
}

/// Reports the outcome.
async fn send_summary(responses: &ChangeResponseSender, summary: v1::ChangeSummary) {
    for event in findings::of_moves(summary) {
        let _ = send_event(responses, event).await;
    }
}

fn count(summary: &mut v1::ChangeSummary, entry: v1::EntryRevision, outcome: Result<()>) {
    let Err(error) = outcome else {
        summary.moved += 1;
        return;
    };
    summary.refused += 1;
    if summary.problems.len() < MAX_PROBLEMS {
        summary.problems.push(v1::ChangeProblem {
            code: entry.code,
            problem: Some(convert::problem_to(&Problem::from(&error))),
        });
    }
}

fn too_many() -> Error {
    let most = MAX_MESSAGE_ENTRIES;
    Error::new(
        ErrorCode::LimitExceeded,
        msg::MessageTooManyEntries { most },
    )
}

fn no_start() -> Error {
    Error::new(ErrorCode::InvalidArgument, msg::MovesWithoutStart)
}

#[cfg(test)]
#[path = "change_tests.rs"]
mod tests;
