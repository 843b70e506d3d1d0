//! An import's entries on their way into the catalogue, so that all of them get there or none.
//!
//! They are written aside first, where they do not count (`Staged`). When all are there, one record
//! (`ImportUnderWay`) says so: from then on the import counts as a whole. It is put into effect a
//! piece at a time, and whatever interrupts that, the rest follows: when a full disk has room again,
//! before the next import, at the next start. Without the record, what stands aside is thrown away then.

use std::time::Duration;

use chengji_domain::catalogue::Entry;
use chengji_domain::{ErrorCode, Fault, ResourceCode, Result};
use chengji_proto::convert::entry_to;
use chengji_records::{ImportUnderWay, StoredImport, StoredPiece};
use chengji_store::{Codec, Ledger, Prefix, Single, Table, Tx};
use jiff::Timestamp;
use prost::Message;

use super::Catalogue;
use super::editor::Editor;
use super::transitions::{Change, Transitions};
use crate::queue::Place;

/// Entries that do not count yet, by number of the piece.
static STAGED: Table<u64, StoredPiece> = Table::new(Prefix::Staged, &[]);

/// The import that is whole and being put into effect.
static UNDER_WAY: Single<StoredImport> = Single::new(Prefix::ImportUnderWay);

/// Bytes of entries in one piece: each becomes a revision, steps and log entries of one transaction.
const PIECE: usize = 48 * 1024;
/// How long an import waits for room on the disk before it tries again.
const PAUSE: Duration = Duration::from_secs(2);
/// Pieces that are put aside in one transaction.
const TOGETHER: usize = 16;

/// Entries cut into pieces, each as it is put aside.
#[derive(Debug, Default)]
pub struct Pieces {
    /// Encoded, for an import may be large.
    whole: Vec<Vec<u8>>,
    last: Vec<Entry>,
    room: usize,
}

impl Pieces {
    /// Adds an entry.
    pub fn push(&mut self, entry: Entry) -> Result<()> {
        let size = entry_to(&entry).encoded_len();
        if size > self.room && !self.last.is_empty() {
            self.close()?;
        }
        if self.last.is_empty() {
            self.room = PIECE;
        }
        self.room = self.room.saturating_sub(size);
        self.last.push(entry);
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let piece = std::mem::take(&mut self.last);
        self.whole.push(StoredPiece::encode(&piece)?);
        Ok(())
    }

    /// The pieces, encoded.
    pub(super) fn finish(mut self) -> Result<Vec<Vec<u8>>> {
        if !self.last.is_empty() {
            self.close()?;
        }
        Ok(self.whole)
    }

    /// The entries, for looking at.
    pub fn entries(&self) -> impl Iterator<Item = Result<Entry>> {
        let whole = self.whole.iter().map(|piece| StoredPiece::decode(piece));
        let pieces = whole.chain(std::iter::once(Ok(self.last.clone())));
        pieces.flat_map(|piece| match piece {
            Ok(entries) => entries.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    }
}

/// Puts all pieces aside and says that they are whole.
pub async fn put_aside(
    transitions: &Transitions,
    at: Timestamp,
    pieces: Pieces,
    draft: bool,
) -> Result<()> {
    let ledger = &transitions.ledger;
    let pieces = pieces.finish()?;
    let mut number = 0;
    for some in pieces.chunks(TOGETHER) {
        let (some, first) = (some.to_vec(), number);
        number += some.len() as u64;
        let job = move |tx: &mut Tx<'_>| {
            for (number, piece) in (first..).zip(some) {
                STAGED.put(tx, &number, &StoredPiece::decode(&piece)?)?;
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
    };
    ledger.write(move |tx| UNDER_WAY.put(tx, &under_way)).await
}

/// What a piece came to: what became of each entry, or why it could not be brought in.
pub type Outcome = Vec<(ResourceCode, Result<Change>)>;

/// Puts the next piece into effect; nothing when all are.
pub async fn next_piece(
    transitions: &Transitions,
    at: Timestamp,
    draft: bool,
) -> Result<Option<Outcome>> {
    let moving = transitions.clone();
    let job = move |tx: &mut Tx<'_>| {
        let Some((number, entries)) = STAGED.all().first(tx)? else {
            UNDER_WAY.delete(tx);
            return Ok(None);
        };
        let mut outcome = Vec::new();
        for entry in entries {
            // The entry may have been moved since it was checked: then it alone stays as it is.
            let done = tx.attempt(|tx| moving.import(tx, &entry, draft, at));
            match done {
                Err(error) if error.code().fault() == Fault::Us => return Err(error),
                done => outcome.push((entry.code, done)),
            }
        }
        STAGED.delete(tx, &number)?;
        Ok(Some(outcome))
    };
    transitions.ledger.write(job).await
}

/// Throws away what stands aside without being whole.
async fn throw_away(ledger: &Ledger) -> Result<()> {
    loop {
        let job = |tx: &mut Tx<'_>| {
            let some = STAGED.all().keys(tx, TOGETHER)?.rows;
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

/// Finishes the import of this catalogue that was interrupted while it was put into effect, for
/// whoever began it, and throws away what another left behind. At the start, and before an import
/// puts anything aside.
pub async fn tidy(own: &Transitions) -> Result<()> {
    let Some(under_way) = UNDER_WAY.get(own.ledger.kv().as_ref())? else {
        return throw_away(&own.ledger).await;
    };
    let ImportUnderWay {
        by,
        at,
        draft,
        department,
    } = under_way;
    tracing::info!(%by, "finishing an import that was interrupted");
    let transitions = Transitions {
        editor: Editor { by, department },
        ..own.clone()
    };
    while let Some(outcome) = next_piece(&transitions, at, draft).await? {
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

/// Goes on with an import that a failure has interrupted, such as a full disk, until it is in effect
/// or the node stops. It keeps its place meanwhile, and other imports wait. What time does not heal is
/// left for the next import, which reports it.
pub fn go_on(catalogue: Catalogue, place: Place) {
    tokio::spawn(async move {
        place.turn(|_| ()).await;
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
