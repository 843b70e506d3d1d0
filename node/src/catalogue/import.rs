//! Imports entries: everything is checked before anything is written.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::time::Duration;

use chengji_domain::calendar::local_date;
use chengji_domain::catalogue::lifecycle::{Lifecycle, LifecycleStep, Move, State};
use chengji_domain::catalogue::{Entry, FieldProblem, lacking};
use chengji_domain::{Error, ErrorCode, Field, ResourceCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::import_entry_from;
use chengji_proto::{convert, v1};
use chengji_runtime::off_thread;
use chengji_transport::Held;
use prost::Message as _;
use tokio::sync::mpsc;

use super::Catalogue;
use super::editor::Editor;
use super::lifecycles;
use super::stage::{self, Pieces};
use super::transitions::{Change, Transitions, change, is_newest};
use super::warnings::{self, Warnings};

/// Maximum number of entries in an import.
const MAX_ENTRIES: usize = 200_000;
/// Maximum number of entries in one message.
const MAX_MESSAGE_ENTRIES: usize = 1_000;
/// Maximum size of the entries in an import, bytes.
const MAX_BYTES: usize = 256 << 20;
/// Maximum encoded size of an entry, bytes.
const MAX_ENTRY_SIZE: usize = 32 * 1024;
/// Approximate memory of an entry or a problem in addition to its own bytes.
const MESSAGE_OVERHEAD: usize = 256;
/// Maximum number of problems reported.
const MAX_PROBLEMS: usize = 10_000;
/// Maximum number of imports that wait for their turn.
pub const MAX_WAITING: usize = 64;
/// Suggested delay before a retry when too many imports wait.
const IMPORT_AGAIN: Duration = Duration::from_secs(30);

/// An import in progress.
pub struct Import {
    catalogue: Catalogue,
    transitions: Transitions,
    start: v1::ImportStart,
    pieces: Pieces,
    lines: HashMap<ResourceCode, u64>,
    summary: v1::ImportSummary,
    /// Lines that change nothing although another revision is pending, and the reason.
    unchanged: Vec<(u64, FieldProblem)>,
    checked: u64,
    bytes: usize,
    /// The memory of all of this.
    held: Held,
}

/// The channel for progress reports of an import.
pub type ImportResponseSender = mpsc::Sender<Result<v1::ImportResponse>>;

impl Import {
    /// Creates an import by `editor`, whose memory is accounted to `held`.
    ///
    /// Errors: `INVALID_ARGUMENT` for a malformed consent.
    pub fn new(
        catalogue: Catalogue,
        editor: Editor,
        start: v1::ImportStart,
        held: Held,
    ) -> Result<Self> {
        let (given, at) = (start.consent.as_ref(), catalogue.own.now());
        let consent = convert::given_consent_from(given, &editor.by, at)?;
        Ok(Self {
            transitions: Transitions::new(&catalogue, editor).with_consent(consent),
            catalogue,
            start,
            pieces: Pieces::default(),
            lines: HashMap::new(),
            summary: v1::ImportSummary::default(),
            unchanged: Vec::new(),
            checked: 0,
            bytes: 0,
            held,
        })
    }

    /// Checks further entries. Blocks.
    pub fn take(&mut self, entries: Vec<v1::ImportEntry>) -> Result<()> {
        if entries.len() > MAX_MESSAGE_ENTRIES {
            let message = msg::MessageTooManyEntries {
                most: MAX_MESSAGE_ENTRIES,
            };
            return Err(Error::new(ErrorCode::LimitExceeded, message));
        }
        for entry in entries {
            self.checked += 1;
            if self.checked > MAX_ENTRIES as u64 {
                let message = msg::ImportTooManyEntries { most: MAX_ENTRIES };
                return Err(Error::new(ErrorCode::LimitExceeded, message));
            }
            let (line, draft) = import_entry_from(entry);
            match draft.check() {
                Ok(admitted) => self.admit(line, admitted)?,
                Err(problems) => self.refuse(line, &problems),
            }
        }
        Ok(())
    }

    /// Number of entries checked.
    pub fn checked(&self) -> u64 {
        self.checked
    }

    /// Writes the admitted entries, all or none, and returns a summary.
    pub async fn finish(mut self, responses: &ImportResponseSender) -> Result<v1::ImportSummary> {
        if self.checked != self.start.entries {
            return Err(cut_off(self.checked, self.start.entries));
        }
        let catalogue = self.catalogue.clone();
        // A complete import on disk would be finished later, although its caller received an error.
        catalogue.own.ledger.check_confirmed().await?;
        let slot = catalogue.importing.join().ok_or_else(too_many_wait)?;
        tokio::select! {
            biased;
            () = slot.turn(|ahead| send_waiting(responses, ahead)) => {}
            () = responses.closed() => return Err(given_up()),
        }
        send_waiting(responses, 0);
        stage::tidy(&catalogue.transitions()).await?;
        // The result of the import is decided in its turn: earlier imports count.
        let mut decided = off_thread(move || {
            self.judge()?;
            self.summary.problems.sort_by_key(|problem| problem.line);
            self.summary.accepted = self.summary.invalid == 0 || self.start.skip_invalid;
            Ok(self)
        })
        .await?;
        if !decided.summary.accepted {
            return Ok(decided.summary);
        }
        if decided.start.dry_run {
            return off_thread(move || decided.preview()).await;
        }
        let pieces = mem::take(&mut decided.pieces);
        if let Err(error) = decided.write(pieces, responses).await {
            stage::resume(catalogue, slot);
            return Err(error);
        }
        Ok(decided.summary)
    }

    async fn write(&mut self, pieces: Pieces, responses: &ImportResponseSender) -> Result<()> {
        let (at, draft) = (self.catalogue.own.now(), self.start.draft);
        stage::put_aside(&self.transitions, at, pieces, draft).await?;
        let (mut written, mut next) = (0, 0);
        while let Some((outcome, rest)) =
            stage::next_pieces(&self.transitions, (at, draft), next).await?
        {
            next = rest;
            written += outcome.len() as u64;
            self.summarize(outcome);
            let progress = v1::ImportProgress {
                checked: self.checked,
                written,
            };
            let event = v1::import_response::Event::Progress(progress);
            // The import neither stops nor waits for a caller that is gone or not reading.
            let _ = responses.try_send(Ok(v1::ImportResponse { event: Some(event) }));
        }
        Ok(())
    }

    /// Computes the result of the import without writing. Blocks.
    fn preview(mut self) -> Result<v1::ImportSummary> {
        let kv = self.catalogue.own.ledger.kv().as_ref();
        for entry in self.pieces.entries() {
            let entry = entry?;
            let before = lifecycles::find(kv, &entry.code)?;
            let change = change(kv, before.as_ref(), &entry, self.start.draft)?;
            count(&mut self.summary, change);
        }
        Ok(self.summary)
    }

    fn summarize(&mut self, outcome: stage::Outcome) {
        for (code, done) in outcome {
            match done {
                Ok(change) => count(&mut self.summary, change),
                Err(error) => {
                    let line = self.lines.get(&code).copied().unwrap_or_default();
                    self.refuse(line, &[out_of_turn(code.as_str(), &error)]);
                }
            }
        }
    }

    fn admit(&mut self, line: u64, entry: Entry) -> Result<()> {
        let wire = convert::entry_to(&entry);
        let size = wire.encoded_len();
        let first = self.lines.get(&entry.code).copied();
        let problem = match first {
            Some(first) => Some(twice(&entry.code, first)),
            None if size > MAX_ENTRY_SIZE => Some(too_large(size)),
            None => None,
        };
        if let Some(problem) = problem {
            self.refuse(line, &[problem]);
            return Ok(());
        }
        self.held.grow(size + MESSAGE_OVERHEAD)?;
        self.bytes += size;
        if self.bytes > MAX_BYTES {
            return Err(too_much());
        }
        self.lines.insert(entry.code, line);
        self.pieces.push(&wire);
        Ok(())
    }

    /// Drops the entries that this caller cannot import now, and adds the warnings about the others in view of the
    /// whole catalogue. Entries are decoded once for both, unless some are dropped: the others were compared with
    /// them. Blocks.
    fn judge(&mut self) -> Result<()> {
        let catalogue = self.catalogue.clone();
        let kv = catalogue.own.ledger.kv().as_ref();
        let today = local_date(catalogue.own.now());
        let (mut pieces, mut lines) = (mem::take(&mut self.pieces), mem::take(&mut self.lines));
        let mut refused = HashSet::new();
        let judged = pieces.entries().map(|entry| -> Result<Entry> {
            let entry = entry?;
            let line = lines.get(&entry.code).copied().unwrap_or_default();
            let problems = self.refusal(line, &entry)?;
            if !problems.is_empty() {
                self.refuse(line, &problems);
                refused.insert(entry.code.clone());
            }
            Ok(entry)
        });
        let mut found = warnings::all(kv, judged, &lines, today)?;
        if !refused.is_empty() {
            lines.retain(|code, _| !refused.contains(code));
            pieces.remove(&refused)?;
            found = warnings::all(kv, pieces.entries(), &lines, today)?;
        }
        (self.pieces, self.lines) = (pieces, lines);
        self.add_warnings(found)
    }

    /// The reasons why this caller cannot import the entry now, if any.
    fn refusal(&mut self, line: u64, entry: &Entry) -> Result<Vec<FieldProblem>> {
        let kv = self.catalogue.own.ledger.kv().as_ref();
        let code = &entry.code;
        let record = lifecycles::find(kv, code)?;
        match self.transitions.may_import(kv, entry, record.as_ref()) {
            Err(error) if error.code() == ErrorCode::Denied => {
                return Ok(vec![self.anothers(entry)]);
            }
            may => may?,
        }
        let Some(record) = record else {
            return Ok(self.lacking(entry));
        };
        let before = record.lifecycle;
        let change = change(kv, Some(&record), entry, self.start.draft)?;
        if change == Change::Unchanged {
            let note = match (before.state, is_newest(&record, entry)) {
                (State::Returned, true) => Some(still_returned(code, &record.last)),
                (State::Draft | State::Submitted | State::Returned, false) => {
                    Some(published_already(code, before))
                }
                _ => None,
            };
            self.unchanged.extend(note.map(|note| (line, note)));
        }
        if change == Change::Unchanged && before.state != State::Withdrawn {
            return Ok(Vec::new());
        }
        if before.state == State::Withdrawn {
            return Ok(vec![used_up(code.as_str())]);
        }
        Ok(match Lifecycle::after(Some(before), Move::Save) {
            Ok(_) => self.lacking(entry),
            Err(error) => vec![out_of_turn(code.as_str(), &error)],
        })
    }

    /// What the entry lacks for being submitted; nothing if it remains a draft.
    fn lacking(&self, entry: &Entry) -> Vec<FieldProblem> {
        if self.start.draft {
            return Vec::new();
        }
        lacking(entry, self.transitions.consent.as_ref())
    }

    /// Adds warnings about the admitted entries. In strict mode, entries with a warning are dropped.
    fn add_warnings(&mut self, mut found: Warnings) -> Result<()> {
        for (line, note) in mem::take(&mut self.unchanged) {
            found.add(line, note);
        }
        let Warnings { lines, first } = found.sorted();
        if !self.start.strict {
            let warnings = first.iter();
            self.summary.warnings = warnings
                .map(|(line, warning)| convert::import_problem_to(*line, warning))
                .collect();
            return Ok(());
        }
        let with_warnings = self.lines.iter().filter(|(_, line)| lines.contains(line));
        self.pieces
            .remove(&with_warnings.map(|(code, _)| code.clone()).collect())?;
        self.summary.invalid += lines.len() as u64;
        for (line, warning) in &first {
            self.report(*line, warning);
        }
        Ok(())
    }

    fn anothers(&self, entry: &Entry) -> FieldProblem {
        let message = msg::ImportOfAnotherDepartment {
            by: self.transitions.editor.by.to_string(),
        };
        let provider = entry.provider_code.to_string();
        FieldProblem::new(Field::ProviderCode, &provider, message)
    }

    fn refuse(&mut self, line: u64, problems: &[FieldProblem]) {
        self.summary.invalid += 1;
        for problem in problems {
            self.report(line, problem);
        }
    }

    /// Reports a problem, up to the maximum number and within the caller's memory.
    fn report(&mut self, line: u64, problem: &FieldProblem) {
        if self.summary.problems.len() == MAX_PROBLEMS {
            return;
        }
        let problem = convert::import_problem_to(line, problem);
        if self
            .held
            .grow(problem.encoded_len() + MESSAGE_OVERHEAD)
            .is_ok()
        {
            self.summary.problems.push(problem);
        }
    }
}

fn count(summary: &mut v1::ImportSummary, change: Change) {
    *match change {
        Change::Added => &mut summary.added,
        Change::Revised => &mut summary.revised,
        Change::Unchanged => &mut summary.unchanged,
    } += 1;
}

/// Reports the number of imports ahead of this one; 0 when its turn has come.
fn send_waiting(responses: &ImportResponseSender, ahead: usize) {
    let waiting = v1::ImportWaiting {
        ahead: ahead as u64,
    };
    // A slow caller misses some reports.
    let _ = responses.try_send(Ok(v1::ImportResponse {
        event: Some(v1::import_response::Event::Waiting(waiting)),
    }));
}

fn too_many_wait() -> Error {
    let message = msg::ImportsWaiting { most: MAX_WAITING };
    Error::new(ErrorCode::LimitExceeded, message).with_retry_after(IMPORT_AGAIN)
}

fn given_up() -> Error {
    Error::new(ErrorCode::Unavailable, msg::ImportGivenUp)
}

fn too_much() -> Error {
    let most = MAX_BYTES >> 20;
    Error::new(ErrorCode::LimitExceeded, msg::ImportTooLarge { most })
}

fn cut_off(arrived: u64, announced: u64) -> Error {
    Error::new(
        ErrorCode::InvalidArgument,
        msg::ImportCutOff {
            came: arrived,
            said: announced,
        },
    )
}

fn twice(code: &ResourceCode, first: u64) -> FieldProblem {
    let message = msg::SheetCodeTwice { line: first };
    FieldProblem::new(Field::Code, code.as_str(), message)
}

fn too_large(size: usize) -> FieldProblem {
    let most = MAX_ENTRY_SIZE;
    FieldProblem::new(Field::Items, "", msg::ImportEntryTooLarge { most, size })
}

fn used_up(code: &str) -> FieldProblem {
    FieldProblem::new(Field::Code, code, msg::ImportCodeUsedUp)
}

/// Returned content that is imported again unchanged stays as it is; the warning gives the reason.
fn still_returned(code: &ResourceCode, last: &LifecycleStep) -> FieldProblem {
    let reason = &last.reason;
    let message: Message = match last.due {
        None => msg::WarningStillReturned { reason }.into(),
        Some(due) => {
            let due = due.date;
            msg::WarningStillReturnedDue { due, reason }.into()
        }
    };
    FieldProblem::new(Field::Code, code.as_str(), message)
}

/// Published content that is imported again leaves a pending revision as it is.
fn published_already(code: &ResourceCode, before: Lifecycle) -> FieldProblem {
    let message = msg::WarningPublishedAlready {
        newest: before.newest,
        state: before.state,
    };
    FieldProblem::new(Field::Code, code.as_str(), message)
}

fn out_of_turn(code: &str, error: &Error) -> FieldProblem {
    FieldProblem::new(Field::Code, code, error.message().clone())
}
