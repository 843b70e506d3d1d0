//! An import's entries on their way into the catalogue, so that all of them get there or none.
//!
//! They are written aside first, where they do not count (`Staged`). When all are there, one record
//! (`ImportUnderWay`) says so: from then on the import counts as a whole. It is put into effect a
//! piece at a time, and whatever interrupts that, the rest follows: when a full disk has room again,
//! before the next import, at the next start. Without the record, what stands aside is thrown away then.

use std::time::Duration;

use chengji_domain::{ErrorCode, Fault, Principal, Result};
use chengji_proto::{convert, stored, v1};
use chengji_store::{Key, Ledger, Prefix, Tx, View};
use jiff::Timestamp;
use prost::Message;

use super::Catalogue;
use super::mover::{Change, Mover};
use super::who::Who;
use crate::queue::Place;

/// Bytes of entries in one piece: each becomes a revision, steps and log entries of one transaction.
const PIECE: usize = 48 * 1024;
/// How long an import waits for room on the disk before it tries again.
const PAUSE: Duration = Duration::from_secs(2);
/// Pieces that are put aside in one transaction.
const TOGETHER: usize = 16;

/// Entries cut into pieces, each as it is put aside.
#[derive(Debug, Default)]
pub struct Pieces {
    whole: Vec<Vec<u8>>,
    last: v1::StagedEntries,
    room: usize,
}

impl Pieces {
    /// Adds an entry.
    pub fn push(&mut self, entry: v1::CatalogueEntry) {
        let size = entry.encoded_len();
        if size > self.room && !self.last.entries.is_empty() {
            self.close();
        }
        if self.last.entries.is_empty() {
            self.room = PIECE;
        }
        self.room = self.room.saturating_sub(size);
        self.last.entries.push(entry);
    }

    fn close(&mut self) {
        self.whole
            .push(std::mem::take(&mut self.last).encode_to_vec());
    }

    /// The pieces, encoded.
    pub(super) fn finish(mut self) -> Vec<Vec<u8>> {
        if !self.last.entries.is_empty() {
            self.close();
        }
        self.whole
    }

    /// The entries, for looking at.
    pub fn entries(&self) -> impl Iterator<Item = Result<v1::CatalogueEntry>> {
        let whole = self.whole.iter().map(|piece| decode(piece));
        let pieces = whole.chain(std::iter::once(Ok(self.last.clone())));
        pieces.flat_map(|piece: Result<v1::StagedEntries>| match piece {
            Ok(piece) => piece.entries.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    }
}

/// Puts all pieces aside and says that they are whole.
pub async fn put_aside(mover: &Mover, at: Timestamp, pieces: Pieces, draft: bool) -> Result<()> {
    let ledger = &mover.ledger;
    let pieces = pieces.finish();
    let mut number = 0;
    for some in pieces.chunks(TOGETHER) {
        let (some, first) = (some.to_vec(), number);
        number += some.len() as u64;
        let job = move |tx: &mut Tx<'_>| {
            for (at, piece) in (first..).zip(some) {
                tx.put(piece_key(at), piece);
            }
            Ok(())
        };
        ledger.write(job).await?;
    }
    let under_way = v1::ImportUnderWay {
        by: mover.who.by.to_string(),
        at: Some(convert::time_to(at)),
        draft,
        department: mover
            .who
            .department
            .map(|own| own.to_string())
            .unwrap_or_default(),
    };
    let mark = move |tx: &mut Tx<'_>| {
        tx.put(mark_key(), under_way.encode_to_vec());
        Ok(())
    };
    ledger.write(mark).await
}

/// What a piece came to: what became of each entry, or why it could not be brought in.
pub type Outcome = Vec<(String, Result<Change>)>;

/// Puts the next piece into effect; nothing when all are.
pub async fn next_piece(mover: &Mover, at: Timestamp, draft: bool) -> Result<Option<Outcome>> {
    let moving = mover.clone();
    let job = move |tx: &mut Tx<'_>| {
        let (lower, upper) = Key::new(Prefix::Staged).range();
        let Some((key, bytes)) = tx.pairs(&lower, &upper, 1)?.into_iter().next() else {
            tx.delete(mark_key());
            return Ok(None);
        };
        let mut outcome = Vec::new();
        for entry in decode::<v1::StagedEntries>(&bytes)?.entries {
            // The entry may have been moved since it was checked: then it alone stays as it is.
            let done = tx.attempt(|tx| moving.import(tx, &entry.code.parse()?, &entry, draft, at));
            match done {
                Err(error) if error.code().fault() == Fault::Us => return Err(error),
                done => outcome.push((entry.code, done)),
            }
        }
        tx.delete(key);
        Ok(Some(outcome))
    };
    mover.ledger.write(job).await
}

/// Throws away what stands aside without being whole.
async fn throw_away(ledger: &Ledger) -> Result<()> {
    loop {
        let job = |tx: &mut Tx<'_>| {
            let (lower, upper) = Key::new(Prefix::Staged).range();
            let some = tx.pairs(&lower, &upper, TOGETHER)?;
            let found = some.len();
            some.into_iter().for_each(|(key, _)| tx.delete(key));
            Ok(found)
        };
        if ledger.write(job).await? == 0 {
            return Ok(());
        }
    }
}

/// Finishes the import of this catalogue that was interrupted while it was put into effect, for
/// whoever began it, and throws away what another left behind. At the start, and before an import
/// puts anything aside.
pub async fn tidy(own: &Mover) -> Result<()> {
    let Some(bytes) = own.ledger.kv().get(&mark_key())? else {
        return throw_away(&own.ledger).await;
    };
    let under_way: v1::ImportUnderWay = decode(&bytes)?;
    let by: Principal = under_way.by.parse()?;
    let at = convert::time_from(under_way.at.as_ref(), "at")?;
    tracing::info!(%by, "finishing an import that was interrupted");
    let department = match under_way.department.as_str() {
        "" => None,
        code => Some(code.parse()?),
    };
    let mover = Mover {
        who: Who { by, department },
        ..own.clone()
    };
    while let Some(outcome) = next_piece(&mover, at, under_way.draft).await? {
        for (code, done) in outcome {
            if let Err(error) = done {
                tracing::warn!(
                    code,
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
        let own = catalogue.mover();
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

fn piece_key(number: u64) -> Vec<u8> {
    Key::new(Prefix::Staged).u64(number).finish()
}

fn mark_key() -> Vec<u8> {
    Key::new(Prefix::ImportUnderWay).finish()
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M> {
    stored::decode(bytes, "part of an import")
}
