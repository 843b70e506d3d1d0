//! Stages an import's entries, so that all of them enter the catalogue or none.
//!
//! They are first written to a staging area, where they have no effect (`Staged`). When it is complete, a
//! record (`ImportUnderWay`) commits the import as a whole. It is then applied piece by piece, and
//! resumed after any interruption: when a full disk has space again, before the next import, at the next
//! start. Without the record, staged entries are discarded then.

use std::collections::HashSet;
use std::time::Duration;

use chengji_domain::catalogue::Entry;
use chengji_domain::{ErrorCode, Fault, ResourceCode, Result};
use chengji_proto::convert::entry_to;
use chengji_proto::v1::CatalogueEntry;
use chengji_records::{ImportUnderWay, Piece, StoredImport, StoredPiece};
use chengji_store::{Ledger, MAX_BATCH, Prefix, Single, Table, Tx};
use jiff::Timestamp;
use prost::Message;

use super::Catalogue;
use super::editor::Editor;
use super::transitions::{Change, Transitions};
use crate::queue::QueueSlot;
use crate::succession::records::merged_into;

/// Staged entries, by number of the piece.
static STAGED: Table<u64, StoredPiece> = Table::new(Prefix::Staged, &[]);

/// The committed import that is being applied.
static UNDER_WAY: Single<StoredImport> = Single::new(Prefix::ImportUnderWay);

/// Maximum size of the entries in one piece, bytes: each becomes a revision, steps and log entries of one
/// transaction.
const PIECE: usize = 48 * 1024;
/// Bytes after which a transaction puts no further piece into effect.
const MOST_WRITTEN: usize = 240 * 1024;
/// Bytes that an import of an entry writes at most besides its content: lifecycle, step and log entry.
const ENTRY_OVERHEAD: usize = 4 * 1024;
/// Delay before an import retries after the disk was full.
const PAUSE: Duration = Duration::from_secs(2);
/// Number of pieces staged in one transaction.
const PIECES_AT_ONCE: usize = 16;

/// Entries cut into pieces, in the form in which they are staged.
#[derive(Debug, Default)]
pub struct Pieces(Vec<Piece>);

impl Pieces {
    /// Adds an entry.
    pub fn push(&mut self, entry: &CatalogueEntry) {
        let size = entry.encoded_len();
        match self.0.last_mut() {
            Some(last) if last.size() + size <= PIECE => last.push(entry),
            _ => {
                let mut piece = Piece::default();
                piece.push(entry);
                self.0.push(piece);
            }
        }
    }

    /// Returns the pieces.
    pub(super) fn into_pieces(self) -> Vec<Piece> {
        self.0
    }

    /// Iterates over the entries, which are decoded piece by piece.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry>> {
        self.0.iter().flat_map(|piece| match piece.entries() {
            Ok(entries) => entries.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    }

    /// Removes the entries with these codes.
    pub fn remove(&mut self, codes: &HashSet<ResourceCode>) -> Result<()> {
        if codes.is_empty() {
            return Ok(());
        }
        let mut rest = Self::default();
        for entry in self.entries() {
            let entry = entry?;
            if !codes.contains(&entry.code) {
                rest.push(&entry_to(&entry));
            }
        }
        *self = rest;
        Ok(())
    }
}

/// Stages all pieces and commits the import.
pub async fn put_aside(
    transitions: &Transitions,
    at: Timestamp,
    pieces: Pieces,
    draft: bool,
) -> Result<()> {
    let ledger = &transitions.ledger;
    let pieces = pieces.into_pieces();
    let mut number = 0;
    for some in pieces.chunks(PIECES_AT_ONCE) {
        let (some, first) = (some.to_vec(), number);
        number += some.len() as u64;
        let job = move |tx: &mut Tx<'_>| {
            for (number, piece) in (first..).zip(some) {
                STAGED.put(tx, &number, &piece)?;
            }
            Ok(())
        };
        ledger.write(job).await?;
    }
    let under_way = ImportUnderWay {
        by: transitions.editor.by.clone(),
        at,
        draft,
        department: transitions.editor.department,
        consent: transitions.consent.clone(),
    };
    ledger.write(move |tx| UNDER_WAY.put(tx, &under_way)).await
}

/// The outcome of some pieces: the change of each entry, or the error for it.
pub type Outcome = Vec<(ResourceCode, Result<Change>)>;

/// Applies the next pieces from this number on, as many as one transaction takes. Returns their outcome and the number
/// to go on with; `None` when all are applied.
pub async fn next_pieces(
    transitions: &Transitions,
    (at, draft): (Timestamp, bool),
    from: u64,
) -> Result<Option<(Outcome, u64)>> {
    let moving = transitions.clone();
    let job = move |tx: &mut Tx<'_>| {
        let (mut outcome, mut next) = (Vec::new(), from);
        while tx.written() < MOST_WRITTEN
            && let Some((number, piece)) = staged(tx, next)?
        {
            let entries = piece.entries()?;
            let most = tx.written() + piece.size() + entries.len() * ENTRY_OVERHEAD;
            if next > from && most > MAX_BATCH {
                break;
            }
            for entry in entries {
                // The entry may have been moved since it was checked: then it alone stays unchanged.
                let done = tx.attempt(|tx| moving.import(tx, &entry, draft, at));
                match done {
                    Err(error) if error.code().fault() == Fault::Us => return Err(error),
                    done => outcome.push((entry.code, done)),
                }
            }
            STAGED.delete(tx, &number)?;
            next = number + 1;
        }
        if next > from {
            return Ok(Some((outcome, next)));
        }
        UNDER_WAY.delete(tx);
        Ok(None)
    };
    transitions.ledger.write(job).await
}

/// The first staged piece from this number on. The deleted ones before it are not passed again.
fn staged(tx: &Tx<'_>, from: u64) -> Result<Option<(u64, Piece)>> {
    STAGED.range(from..).rows(tx, 1).next().transpose()
}

/// Discards staged entries of an incomplete import.
async fn throw_away(ledger: &Ledger) -> Result<()> {
    loop {
        let job = |tx: &mut Tx<'_>| {
            let some = STAGED.all().keys(tx, PIECES_AT_ONCE)?.rows;
            for (number, _) in &some {
                STAGED.delete(tx, number)?;
            }
            Ok(some.len())
        };
        if ledger.write(job).await? == 0 {
            return Ok(());
        }
    }
}

/// Finishes an interrupted import of this catalogue, on behalf of the principal who began it, and
/// discards staged entries of an incomplete one. Called at startup, and before an import stages anything.
pub async fn tidy(own: &Transitions) -> Result<()> {
    let Some(under_way) = UNDER_WAY.get(own.ledger.kv().as_ref())? else {
        return throw_away(&own.ledger).await;
    };
    let ImportUnderWay {
        by,
        at,
        draft,
        department,
        consent,
    } = under_way;
    tracing::info!(%by, "finishing an import that was interrupted");
    let kv = own.ledger.kv().as_ref();
    let merged = department.map(|department| merged_into(kv, department));
    let editor = Editor {
        by,
        department,
        merged: merged.transpose()?.unwrap_or_default(),
    };
    let transitions = Transitions {
        editor,
        consent,
        ..own.clone()
    };
    let mut next = 0;
    while let Some((outcome, rest)) = next_pieces(&transitions, (at, draft), next).await? {
        next = rest;
        for (code, done) in outcome {
            if let Err(error) = done {
                tracing::warn!(
                    %code,
                    "an entry of the interrupted import was left out: {error}"
                );
            }
        }
    }
    Ok(())
}

/// Resumes an import after a failure, such as a full disk, until it is applied or the node stops. It
/// keeps its slot meanwhile, and other imports wait. Permanent failures are left for the next import,
/// which reports them.
pub fn resume(catalogue: Catalogue, slot: QueueSlot) {
    tokio::spawn(async move {
        slot.turn(|_| ()).await;
        let own = catalogue.transitions();
        while let Err(error) = tidy(&own).await {
            let passes = matches!(
                error.code(),
                ErrorCode::StorageFull | ErrorCode::LogUnconfirmed
            );
            if !passes {
                tracing::error!("an interrupted import cannot be finished: {error}");
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
}
