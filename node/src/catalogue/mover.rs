//! Moving entries: one move is one transaction with what follows from it: what the log says, and what
//! is published. When it is made is for whoever opens the transaction to say.

use std::sync::Arc;

use chengji_domain::catalogue::life::{Life, Move, State, check_four_eyes};
use chengji_domain::fact::{CityFact, ReviewFact};
use chengji_domain::tables::Tables;
use chengji_domain::{CityCode, Digest, Error, ErrorCode, ResourceCode, Result};
use chengji_proto::convert::entry_from;
use chengji_proto::{convert, v1};
use chengji_store::{Ledger, Tx, View};
use jiff::Timestamp;
use prost::Message;
use sha2::{Digest as _, Sha256};

use super::who::Who;
use super::{Catalogue, book, due, lives};
use crate::own_log::append;

/// Who moves entries, and of which catalogue.
#[derive(Clone)]
pub struct Mover {
    /// Where the entries are kept.
    pub ledger: Ledger,
    /// Whose catalogue it is.
    pub city: CityCode,
    /// By which deadlines are set.
    pub tables: Arc<Tables>,
    /// Who.
    pub who: Who,
}

/// A move that is made: which, when and why.
#[derive(Clone, Copy, Debug)]
pub struct Making<'a> {
    /// Which.
    pub mv: Move,
    /// When: the time of the transaction, not of the call that wants it.
    pub at: Timestamp,
    /// Why, where that has to be said.
    pub reason: &'a str,
}

/// What importing an entry comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The city did not have it.
    Added,
    /// It has another content, or stands elsewhere, than before.
    Revised,
    /// Nothing.
    Unchanged,
}

impl Mover {
    /// Somebody who moves entries of this node's catalogue.
    pub fn new(catalogue: &Catalogue, who: Who) -> Self {
        Self {
            ledger: catalogue.own.ledger.clone(),
            city: catalogue.own.city,
            tables: Arc::clone(&catalogue.tables),
            who,
        }
    }

    /// Refuses bringing in what is another department's: by what the entry becomes, what it was, or
    /// what is published of it.
    pub fn may_import(
        &self,
        view: &(impl View + ?Sized),
        code: &ResourceCode,
        content: &v1::CatalogueEntry,
        before: Option<&v1::EntryLife>,
    ) -> Result<()> {
        if self.who.department.is_none() {
            return Ok(());
        }
        let published = book::find(view, code)?.and_then(|record| record.entry);
        let owners = [
            Some(content.provider_code.clone()),
            before.map(|life| life.provider_code.clone()),
            published.map(|entry| entry.provider_code),
        ];
        let mut owners = owners.into_iter().flatten();
        owners.try_for_each(|owner| self.who.check(code.as_str(), &owner))
    }

    /// Brings an entry in: as a draft, or submitted for review.
    pub fn import(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        content: &v1::CatalogueEntry,
        draft: bool,
        at: Timestamp,
    ) -> Result<Change> {
        let before = lives::find(tx, code)?;
        self.may_import(tx, code, content, before.as_ref())?;
        let change = change(tx, before.as_ref(), content, draft)?;
        if change == Change::Unchanged {
            return Ok(change);
        }
        let making = |mv| Making { mv, at, reason: "" };
        let saved = match before {
            Some(life)
                if is_newest(&life, content)
                    && convert::life_from(&life)?.state == State::Draft =>
            {
                life
            }
            before => self.save(tx, content, before, making(Move::Save), draft)?,
        };
        if !draft {
            self.make(tx, code, saved, making(Move::Submit))?;
        }
        Ok(change)
    }

    /// Makes a move on an entry as the caller saw it.
    pub fn change(
        &self,
        tx: &mut Tx<'_>,
        seen: &v1::EntryRevision,
        making: Making<'_>,
    ) -> Result<v1::EntryLife> {
        let code: ResourceCode = seen.code.parse()?;
        let life = lives::existing(tx, &code)?;
        // Out of turn comes first: it says more.
        let after = Life::after(Some(convert::life_from(&life)?), making.mv)?;
        if (life.newest, life.steps) != (seen.revision, seen.steps) {
            let message = format!("{code} was moved meanwhile 其间已办理其他操作");
            return Err(Error::new(ErrorCode::Conflict, message).with_remedy("look at it again"));
        }
        if making.mv.is_review() {
            let author = life.author.parse()?;
            check_four_eyes(&author, &convert::last_mover(&life)?, &self.who.by)?;
        } else {
            // Asking for a withdrawal, and taking that back, is about what is published, whatever
            // else is on its way: where the move leads says so.
            let owner = lives::owner(&life, after.state);
            self.who.check(code.as_str(), owner)?;
        }
        self.make(tx, &code, life, making)
    }

    /// Keeps content as a draft. It is a step of its own only where it stays one.
    fn save(
        &self,
        tx: &mut Tx<'_>,
        content: &v1::CatalogueEntry,
        before: Option<v1::EntryLife>,
        making: Making<'_>,
        is_step: bool,
    ) -> Result<v1::EntryLife> {
        let code: ResourceCode = content.code.parse()?;
        let known = before.as_ref().map(convert::life_from).transpose()?;
        let after = Life::after(known, making.mv)?;
        let bytes = content.encode_to_vec();
        let life = v1::EntryLife {
            code: code.to_string(),
            provider_code: content.provider_code.clone(),
            digest: digest(&bytes).0.to_vec(),
            author: self.who.by.to_string(),
            ..before.unwrap_or_default()
        };
        tx.put(lives::revision_key(&code, after.newest), bytes);
        if is_step {
            return self.keep(tx, &code, life, after, making);
        }
        let last = v1::EntryStep {
            state: convert::entry_state_to(after.state).into(),
            ..v1::EntryStep::default()
        };
        Ok(v1::EntryLife {
            newest: after.newest,
            last: Some(last),
            ..life
        })
    }

    fn make(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        life: v1::EntryLife,
        making: Making<'_>,
    ) -> Result<v1::EntryLife> {
        let before = convert::life_from(&life)?;
        let after = Life::after(Some(before), making.mv)?;
        self.tell(tx, code, &life, before, making)?;
        self.keep(tx, code, life, after, making)
    }

    /// What the log says of a move, and what is published by it.
    fn tell(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        life: &v1::EntryLife,
        before: Life,
        Making { mv, at, reason }: Making<'_>,
    ) -> Result<()> {
        let (code, revision, reason) = (code.clone(), before.newest, reason.to_owned());
        let fact = match (mv, before.state) {
            (Move::Save, _) => return Ok(()),
            (Move::Submit, _) => {
                let digest = Digest::from_slice(&life.digest)?;
                ReviewFact::Submitted {
                    code,
                    revision,
                    digest,
                }
            }
            // Nobody but its writers has seen a draft.
            (Move::TakeBack, State::Draft) => return Ok(()),
            (Move::TakeBack, _) => ReviewFact::TakenBack { code, revision },
            (Move::AskWithdrawal, _) => ReviewFact::WithdrawalAsked { code, reason },
            (Move::Return, State::WithdrawalAsked) => {
                ReviewFact::WithdrawalDeclined { code, reason }
            }
            (Move::Return, _) => ReviewFact::Returned {
                code,
                revision,
                reason,
            },
            (Move::Approve, State::WithdrawalAsked) => return self.withdraw(tx, code, life, at),
            (Move::Approve, _) => return self.publish(tx, code, revision, at),
        };
        self.append(tx, at, CityFact::Review(fact))
    }

    fn publish(
        &self,
        tx: &mut Tx<'_>,
        code: ResourceCode,
        revision: u32,
        at: Timestamp,
    ) -> Result<()> {
        let content = lives::content(tx, &code, revision)?;
        let mut record = book::find(tx, &code)?.unwrap_or_default();
        // It was admitted when it was brought in.
        let entry = Box::new(entry_from(content.clone())?);
        record.city = self.city.to_string();
        record.revision = revision;
        record.published_at = Some(convert::time_to(at));
        record.entry = Some(content);
        book::put(tx, &record)?;
        self.append(tx, at, CityFact::Published { entry, revision })
    }

    /// Withdraws for the reason it was asked for.
    fn withdraw(
        &self,
        tx: &mut Tx<'_>,
        code: ResourceCode,
        life: &v1::EntryLife,
        at: Timestamp,
    ) -> Result<()> {
        let asked = life.last.as_ref();
        let reason = asked.map(|step| step.reason.clone()).unwrap_or_default();
        let mut record = book::published(tx, &code)?;
        record.withdrawn_at = Some(convert::time_to(at));
        record.withdrawn_reason.clone_from(&reason);
        book::put(tx, &record)?;
        self.append(tx, at, CityFact::Withdrawn { code, reason })
    }

    fn append(&self, tx: &mut Tx<'_>, at: Timestamp, fact: CityFact) -> Result<()> {
        append(tx, self.city, &self.who.by, at, fact).map(drop)
    }

    fn keep(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        life: v1::EntryLife,
        after: Life,
        Making { mv, at, reason }: Making<'_>,
    ) -> Result<v1::EntryLife> {
        let due = due::of(&self.tables, after.state, at);
        let step = v1::EntryStep {
            revision: after.newest,
            r#move: convert::entry_move_to(mv).into(),
            state: convert::entry_state_to(after.state).into(),
            at: Some(convert::time_to(at)),
            by: self.who.by.to_string(),
            reason: reason.to_owned(),
            due: due.map(|due| due.date.to_string()).unwrap_or_default(),
            due_provisional: due.is_some_and(|due| due.provisional),
        };
        tx.put(lives::step_key(code, life.steps), step.encode_to_vec());
        let published = after.published.unwrap_or_default();
        let published_provider_code = if published == life.published {
            life.published_provider_code
        } else {
            life.provider_code.clone()
        };
        let life = v1::EntryLife {
            newest: after.newest,
            published,
            published_provider_code,
            steps: life.steps + 1,
            last: Some(step),
            ..life
        };
        lives::LIVES.put(tx, code, &life)?;
        Ok(life)
    }
}

/// What importing this content would come to.
pub fn change(
    view: &(impl View + ?Sized),
    before: Option<&v1::EntryLife>,
    content: &v1::CatalogueEntry,
    draft: bool,
) -> Result<Change> {
    let Some(life) = before else {
        return Ok(Change::Added);
    };
    let is_under_way = match convert::life_from(life)?.state {
        State::Draft => is_newest(life, content) && draft,
        State::Submitted => is_newest(life, content) && !draft,
        State::Returned => is_newest(life, content),
        State::TakenBack | State::Published | State::WithdrawalAsked | State::Withdrawn => false,
    };
    // What is published already does not replace a revision that is on its way.
    let same = is_under_way || is_published(view, life, content)?;
    Ok(if same {
        Change::Unchanged
    } else {
        Change::Revised
    })
}

/// Whether this is the content of the newest revision.
pub fn is_newest(life: &v1::EntryLife, content: &v1::CatalogueEntry) -> bool {
    life.digest == digest(&content.encode_to_vec()).0
}

fn is_published(
    view: &(impl View + ?Sized),
    life: &v1::EntryLife,
    content: &v1::CatalogueEntry,
) -> Result<bool> {
    if life.newest == life.published {
        return Ok(is_newest(life, content));
    }
    let record = book::find(view, &life.code.parse()?)?;
    Ok(record.is_some_and(|record| record.entry.as_ref() == Some(content)))
}

fn digest(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}

#[cfg(test)]
#[path = "mover_tests.rs"]
mod tests;
