//! The lives of entries: where each stands, its revisions, and the moves that were made. One move is
//! one transaction with what follows from it: what the log says, and what is published.

use std::sync::Arc;

use chengji_domain::catalogue::life::{Life, Move, State, check_four_eyes};
use chengji_domain::fact::{CityFact, ReviewFact};
use chengji_domain::{Digest, Error, ErrorCode, Principal, ResourceCode, Result, Uscc};
use chengji_proto::{convert, v1};
use chengji_store::{Key, Prefix, Tx, View};
use chengji_transport::Permit;
use jiff::Timestamp;
use prost::Message;
use sha2::{Digest as _, Sha256};

use super::book;
use super::due;
use crate::node::Node;

/// Steps of one entry that are read at most.
const MOST_STEPS: usize = 10_000;

/// Who moves entries, and when.
#[derive(Clone)]
pub struct Mover {
    /// The node.
    pub node: Arc<Node>,
    /// Who.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// The only department whose entries these may be; none for the whole city.
    pub department: Option<Uscc>,
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
    /// A person with this permit, now.
    pub fn of(node: Arc<Node>, permit: &Permit) -> Self {
        Self {
            by: permit.principal().clone(),
            at: node.now(),
            department: permit.rights().department(),
            node,
        }
    }

    /// Refuses another department's entry. `providers` are those who own it.
    fn covers(&self, code: &str, providers: impl IntoIterator<Item = String>) -> Result<()> {
        let Some(own) = self.department else {
            return Ok(());
        };
        for provider in providers {
            if provider.parse::<Uscc>()? != own {
                let message = format!(
                    "{} is publisher of {own}, and {code} is of {provider} 不得编制其他部门的目录",
                    self.by
                );
                return Err(Error::new(ErrorCode::Denied, message)
                    .with_remedy("it takes a publisher of that department, or of the whole city"));
            }
        }
        Ok(())
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
        if self.department.is_none() {
            return Ok(());
        }
        let published = book::find(view, code)?.and_then(|record| record.entry);
        let owners = [
            Some(content.provider_code.clone()),
            before.map(|life| life.provider_code.clone()),
            published.map(|entry| entry.provider_code),
        ];
        self.covers(code.as_str(), owners.into_iter().flatten())
    }

    /// Brings an entry in: as a draft, or submitted for review.
    pub fn import(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        content: &v1::CatalogueEntry,
        draft: bool,
    ) -> Result<Change> {
        let before = find(tx, code)?;
        self.may_import(tx, code, content, before.as_ref())?;
        let change = change(tx, before.as_ref(), content, draft)?;
        if change == Change::Unchanged {
            return Ok(change);
        }
        let saved = match before {
            Some(life)
                if is_newest(&life, content)
                    && convert::life_from(&life)?.state == State::Draft =>
            {
                life
            }
            before => self.save(tx, code, content, before, draft)?,
        };
        if !draft {
            self.make(tx, code, saved, Move::Submit, "")?;
        }
        Ok(change)
    }

    /// Makes a move on an entry as the caller saw it.
    pub fn change(
        &self,
        tx: &mut Tx<'_>,
        seen: &v1::EntryRevision,
        mv: Move,
        reason: &str,
    ) -> Result<v1::EntryLife> {
        let code: ResourceCode = seen.code.parse()?;
        let life = existing(tx, &code)?;
        // Out of turn comes first: it says more.
        Life::after(Some(convert::life_from(&life)?), mv)?;
        if (life.newest, life.steps) != (seen.revision, seen.steps) {
            let message = format!("{code} was moved meanwhile 其间已办理其他操作");
            return Err(Error::new(ErrorCode::Conflict, message).with_remedy("look at it again"));
        }
        if mv.is_review() {
            let author = life.author.parse()?;
            check_four_eyes(&author, &convert::last_mover(&life)?, &self.by)?;
        } else {
            let owner = match mv {
                // It is about what is published, whatever is on its way.
                Move::AskWithdrawal => {
                    let entry = book::published(tx, &code)?.entry.unwrap_or_default();
                    entry.provider_code
                }
                _ => life.provider_code.clone(),
            };
            self.covers(code.as_str(), [owner])?;
        }
        self.make(tx, &code, life, mv, reason)
    }

    /// Keeps content as a draft. It is a step of its own only where it stays one.
    fn save(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        content: &v1::CatalogueEntry,
        before: Option<v1::EntryLife>,
        is_step: bool,
    ) -> Result<v1::EntryLife> {
        let known = before.as_ref().map(convert::life_from).transpose()?;
        let after = Life::after(known, Move::Save)?;
        let bytes = content.encode_to_vec();
        let life = v1::EntryLife {
            code: code.to_string(),
            provider_code: content.provider_code.clone(),
            digest: digest(&bytes).0.to_vec(),
            author: self.by.to_string(),
            ..before.unwrap_or_default()
        };
        tx.put(revision_key(code, after.newest), bytes);
        if is_step {
            return Ok(self.keep(tx, code, life, after, Move::Save, ""));
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
        mv: Move,
        reason: &str,
    ) -> Result<v1::EntryLife> {
        let before = convert::life_from(&life)?;
        let after = Life::after(Some(before), mv)?;
        self.tell(tx, code, &life, before, mv, reason)?;
        Ok(self.keep(tx, code, life, after, mv, reason))
    }

    /// What the log says of a move, and what is published by it.
    fn tell(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        life: &v1::EntryLife,
        before: Life,
        mv: Move,
        reason: &str,
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
            (Move::Approve, State::WithdrawalAsked) => return self.withdraw(tx, code, life),
            (Move::Approve, _) => return self.publish(tx, code, revision),
        };
        self.append(tx, CityFact::Review(fact))
    }

    fn publish(&self, tx: &mut Tx<'_>, code: ResourceCode, revision: u32) -> Result<()> {
        let content = content(tx, &code, revision)?;
        let mut record = book::find(tx, &code)?.unwrap_or_default();
        let entry = Box::new(convert::entry_from(&content)?);
        record.city = self.node.city.to_string();
        record.revision = revision;
        record.published_at = Some(convert::time_to(self.at));
        record.entry = Some(content);
        book::put(tx, &record)?;
        self.append(tx, CityFact::Published { entry, revision })
    }

    /// Withdraws for the reason it was asked for.
    fn withdraw(&self, tx: &mut Tx<'_>, code: ResourceCode, life: &v1::EntryLife) -> Result<()> {
        let asked = life.last.as_ref();
        let reason = asked.map(|step| step.reason.clone()).unwrap_or_default();
        let mut record = book::published(tx, &code)?;
        record.withdrawn_at = Some(convert::time_to(self.at));
        record.withdrawn_reason.clone_from(&reason);
        book::put(tx, &record)?;
        self.append(tx, CityFact::Withdrawn { code, reason })
    }

    fn append(&self, tx: &mut Tx<'_>, fact: CityFact) -> Result<()> {
        self.node.append(tx, &self.by, self.at, fact).map(drop)
    }

    fn keep(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        life: v1::EntryLife,
        after: Life,
        mv: Move,
        reason: &str,
    ) -> v1::EntryLife {
        let due = due::of(&self.node, after.state, self.at);
        let step = v1::EntryStep {
            revision: after.newest,
            r#move: convert::entry_move_to(mv).into(),
            state: convert::entry_state_to(after.state).into(),
            at: Some(convert::time_to(self.at)),
            by: self.by.to_string(),
            reason: reason.to_owned(),
            due: due.map(|date| date.to_string()).unwrap_or_default(),
        };
        tx.put(step_key(code, life.steps), step.encode_to_vec());
        let life = v1::EntryLife {
            newest: after.newest,
            published: after.published.unwrap_or_default(),
            steps: life.steps + 1,
            last: Some(step),
            ..life
        };
        tx.put(life_key(code), life.encode_to_vec());
        life
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
    let same = match convert::life_from(life)?.state {
        State::Draft => is_newest(life, content) && draft,
        State::Submitted => is_newest(life, content) && !draft,
        State::Returned => is_newest(life, content),
        State::TakenBack | State::Published | State::WithdrawalAsked | State::Withdrawn => {
            is_published(view, life, content)?
        }
    };
    Ok(if same {
        Change::Unchanged
    } else {
        Change::Revised
    })
}

fn is_newest(life: &v1::EntryLife, content: &v1::CatalogueEntry) -> bool {
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

/// Where an entry stands.
pub fn find(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Option<v1::EntryLife>> {
    let bytes = view.value(&life_key(code))?;
    bytes.map(|bytes| decode(&bytes)).transpose()
}

/// Where an entry stands that must exist.
pub fn existing(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<v1::EntryLife> {
    find(view, code)?.ok_or_else(|| book::unknown(code))
}

/// The content of a revision.
pub fn content(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
    revision: u32,
) -> Result<v1::CatalogueEntry> {
    let bytes = view.value(&revision_key(code, revision))?.ok_or_else(|| {
        let message = format!("the entry {code} has no revision {revision}");
        Error::new(ErrorCode::NotFound, message)
            .with_remedy("catalogue show CODE --history lists the revisions there are")
    })?;
    decode(&bytes)
}

/// The moves of an entry in the order they were made, the newest where there are very many.
pub fn steps(view: &(impl View + ?Sized), life: &v1::EntryLife) -> Result<Vec<v1::EntryStep>> {
    let code = life.code.parse()?;
    let most = u32::try_from(MOST_STEPS).unwrap_or(u32::MAX);
    let (lower, upper) = (
        step_key(&code, life.steps.saturating_sub(most)),
        step_key(&code, life.steps),
    );
    let pairs = view.pairs(&lower, &upper, MOST_STEPS)?;
    pairs.iter().map(|(_, bytes)| decode(bytes)).collect()
}

/// Lives in order of code, after `after` where it is given, at most `limit`.
pub fn page(
    view: &(impl View + ?Sized),
    after: Option<&ResourceCode>,
    limit: usize,
) -> Result<Vec<v1::EntryLife>> {
    let (first, upper) = Key::new(Prefix::Life).range();
    let lower = after.map_or(first, |code| {
        let mut key = life_key(code);
        key.push(0);
        key
    });
    let pairs = view.pairs(&lower, &upper, limit)?;
    pairs.iter().map(|(_, bytes)| decode(bytes)).collect()
}

fn life_key(code: &ResourceCode) -> Vec<u8> {
    Key::new(Prefix::Life).text(code.as_str()).finish()
}

fn revision_key(code: &ResourceCode, revision: u32) -> Vec<u8> {
    Key::new(Prefix::Revision)
        .text(code.as_str())
        .u32(revision)
        .finish()
}

fn step_key(code: &ResourceCode, number: u32) -> Vec<u8> {
    Key::new(Prefix::LifeStep)
        .text(code.as_str())
        .u32(number)
        .finish()
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M> {
    book::decode_as(bytes, "a stored record of the catalogue")
}
