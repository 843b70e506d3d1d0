//! Moves of entries: each move is one transaction with its consequences, the facts in the log and the
//! publication. The caller that opens the transaction determines the time; a step has that of its log entry, which is
//! never earlier than the entry before.

use chengji_domain::catalogue::Entry;
use chengji_domain::catalogue::lifecycle::{
    Lifecycle, LifecycleRecord, LifecycleStep, Move, PastStep, State, check_four_eyes,
};
use chengji_domain::catalogue::{
    EntryRecord, ShareClass, Tightening, Withdrawal, check_submission,
};
use chengji_domain::fact::{CityFact, ReviewFact};
use chengji_domain::request::Consent;
use chengji_domain::{CityCode, Digest, Error, ErrorCode, ResourceCode, Result};
use chengji_follow::next_time;
use chengji_messages::msg;
use chengji_proto::convert::entry_to;
use chengji_records::{StoredRevision, content_of};
use chengji_runtime::CurrentRules;
use chengji_store::{Encoded, Ledger, Tx, View};
use jiff::Timestamp;
use prost::Message;
use sha2::{Digest as _, Sha256};

use super::editor::Editor;
use super::{Catalogue, due, entries, lifecycles, regions, running};
use crate::consent::standing;
use crate::own_log::append;

/// Moves entries of a catalogue on behalf of an editor.
#[derive(Clone)]
pub struct Transitions {
    /// The ledger with the entries.
    pub ledger: Ledger,
    /// The city of the catalogue.
    pub city: CityCode,
    /// The deadline rules and the calendar in force.
    pub rules: CurrentRules,
    /// The editor.
    pub editor: Editor,
    /// The consent to submissions, in place of those that entries record themselves.
    pub consent: Option<Consent>,
}

/// A move with its time and reason.
#[derive(Clone, Copy, Debug)]
pub struct Transition<'a> {
    /// The move.
    pub mv: Move,
    /// The time of the transaction, not of the call that requested it. A move is dated no earlier than the last entry
    /// of the log.
    pub at: Timestamp,
    /// The reason, if one is required.
    pub reason: &'a str,
}

/// What a move records besides its time and reason.
#[derive(Clone, Debug, Default)]
struct Marks {
    /// The consent to a submission.
    consent: Option<Consent>,
    /// What the revision adds to the published conditions.
    tightening: Option<Tightening>,
}

/// The effect of importing an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The entry is new.
    Added,
    /// Its content or state changes.
    Revised,
    /// No change.
    Unchanged,
}

impl Transitions {
    /// Moves of entries of this node's catalogue by `editor`.
    pub fn new(catalogue: &Catalogue, editor: Editor) -> Self {
        Self {
            ledger: catalogue.own.ledger.clone(),
            city: catalogue.own.city,
            rules: catalogue.rules.clone(),
            editor,
            consent: None,
        }
    }

    /// The same moves with this consent to submissions.
    pub fn with_consent(self, consent: Option<Consent>) -> Self {
        Self { consent, ..self }
    }

    /// Refuses the import of another department's entry: by its new content, its old one, or its
    /// published one.
    pub fn may_import(
        &self,
        view: &(impl View + ?Sized),
        content: &Entry,
        before: Option<&LifecycleRecord>,
    ) -> Result<()> {
        if self.editor.department.is_none() {
            return Ok(());
        }
        let code = &content.code;
        let published = entries::find(view, code)?;
        let owners = [
            Some(content.provider_code),
            before.map(|record| record.provider),
            published.map(|record| record.entry.provider_code),
        ];
        let mut owners = owners.into_iter().flatten();
        owners.try_for_each(|owner| self.editor.check(code, owner))
    }

    /// Imports an entry: as a draft, or submitted for review.
    pub fn import(
        &self,
        tx: &mut Tx<'_>,
        content: &Entry,
        draft: bool,
        at: Timestamp,
    ) -> Result<Change> {
        let before = lifecycles::find(tx, &content.code)?;
        self.may_import(tx, content, before.as_ref())?;
        let change = change(tx, before.as_ref(), content, draft)?;
        if change == Change::Unchanged {
            return Ok(change);
        }
        let at = next_time(tx, at)?;
        let transition = |mv| Transition { mv, at, reason: "" };
        let stored = before.as_ref();
        let saved = match stored {
            Some(record)
                if is_newest(record, content) && record.lifecycle.state == State::Draft =>
            {
                record.clone()
            }
            _ => self.save(tx, content, stored, transition(Move::Save), draft)?,
        };
        if !draft {
            let marks = self.submission(tx, content, &saved)?;
            let states = (stored, saved);
            self.make(tx, &content.code, states, transition(Move::Submit), marks)?;
        }
        Ok(change)
    }

    /// Makes a move on an entry whose revision and number of moves the caller saw as `seen`.
    pub fn change(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        seen: (u32, u32),
        transition: Transition<'_>,
    ) -> Result<LifecycleRecord> {
        let record = lifecycles::existing(tx, code)?;
        // Checked first, since this error is more specific.
        let after = Lifecycle::after(Some(record.lifecycle), transition.mv)?;
        if (record.lifecycle.newest, record.steps) != seen {
            let code = code.as_str();
            let message = msg::EntryMovedMeanwhile { code };
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        if transition.mv.is_review() {
            check_four_eyes(&record.author, &record.last.by, &self.editor.by)?;
        } else {
            // Asking for a withdrawal, and taking that back, concerns the published content, regardless
            // of a pending revision: the resulting state decides which.
            self.editor.check(code, record.owner(after.state))?;
        }
        let at = next_time(tx, transition.at)?;
        let transition = Transition { at, ..transition };
        let marks = match transition.mv {
            Move::Submit => {
                let content = lifecycles::content(tx, code, record.lifecycle.newest)?;
                self.submission(tx, &content, &record)?
            }
            // The last move is the submission.
            Move::Approve => Marks {
                consent: None,
                tightening: record.last.tightening,
            },
            Move::Save | Move::TakeBack | Move::AskWithdrawal | Move::Return => Marks::default(),
        };
        let states = (Some(&record), record.clone());
        self.make(tx, code, states, transition, marks)
    }

    /// Checks what a submission requires, and compares its content with the published one.
    fn submission(
        &self,
        view: &(impl View + ?Sized),
        content: &Entry,
        record: &LifecycleRecord,
    ) -> Result<Marks> {
        let given = self.consent.clone();
        let consent = given.or_else(|| content.recorded_consent());
        check_submission(content, consent.as_ref())?;
        let mut tightening = None;
        if record.lifecycle.published.is_some() {
            let published = entries::find(view, &content.code)?;
            tightening = published.and_then(|old| Tightening::of(&old.entry, content));
        }
        Ok(Marks {
            consent,
            tightening,
        })
    }

    /// Stores content as a draft. It is a step of its own only if the entry stays a draft.
    fn save(
        &self,
        tx: &mut Tx<'_>,
        content: &Entry,
        stored: Option<&LifecycleRecord>,
        transition: Transition<'_>,
        is_step: bool,
    ) -> Result<LifecycleRecord> {
        let after = Lifecycle::after(stored.map(|record| record.lifecycle), transition.mv)?;
        let key = (content.code.clone(), after.newest);
        let revision = Encoded::<StoredRevision>::of(content)?;
        lifecycles::REVISIONS.put_encoded(tx, &key, &revision)?;
        let record = LifecycleRecord {
            lifecycle: after,
            provider: content.provider_code,
            published_provider: stored.and_then(|stored| stored.published_provider),
            digest: Digest(Sha256::digest(content_of(&revision)?).into()),
            author: self.editor.by.clone(),
            steps: stored.map_or(0, |stored| stored.steps),
            last: self.step(after, transition, Marks::default()),
            tightenings: stored.map_or(0, |stored| stored.tightenings),
            change: stored.and_then(|stored| stored.change.clone()),
            reminders: stored.map_or_else(Vec::new, |stored| stored.reminders.clone()),
        };
        if is_step {
            return store(tx, &content.code, stored, record);
        }
        Ok(record)
    }

    /// Makes a move on a record that may differ from the stored one by content that was just saved.
    fn make(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        (stored, record): (Option<&LifecycleRecord>, LifecycleRecord),
        transition: Transition<'_>,
        marks: Marks,
    ) -> Result<LifecycleRecord> {
        let after = Lifecycle::after(Some(record.lifecycle), transition.mv)?;
        self.append_fact(tx, code, &record, transition, &marks)?;
        let is_published = after.published != record.lifecycle.published;
        let is_tightened = is_published && marks.tightening.is_some();
        let published = record.published_provider;
        let change = record.change_after(after);
        if let Some(settled) = record.change.as_ref().filter(|_| change.is_none())
            && is_published
            && settled.due.has_passed(transition.at)
        {
            let fact = ReviewFact::UpdatedLate {
                code: code.clone(),
                revision: record.lifecycle.newest,
                on: settled.on,
                due: settled.due,
            };
            self.append(tx, transition.at, CityFact::Review(fact))?;
        }
        let record = LifecycleRecord {
            lifecycle: after,
            published_provider: if is_published {
                Some(record.provider)
            } else {
                published
            },
            last: self.step(after, transition, marks),
            tightenings: record.tightenings + u32::from(is_tightened),
            change,
            ..record
        };
        store(tx, code, stored, record)
    }

    /// The step of a move that leads to `after`.
    fn step(
        &self,
        after: Lifecycle,
        Transition { mv, at, reason }: Transition<'_>,
        Marks {
            consent,
            tightening,
        }: Marks,
    ) -> LifecycleStep {
        LifecycleStep {
            revision: after.newest,
            mv,
            state: after.state,
            at,
            by: self.editor.by.clone(),
            reason: reason.to_owned(),
            due: due::of(&self.rules.of(self.city), after.state, at),
            consent,
            tightening,
        }
    }

    /// Appends the fact of a move, and publishes if it does.
    fn append_fact(
        &self,
        tx: &mut Tx<'_>,
        code: &ResourceCode,
        record: &LifecycleRecord,
        Transition { mv, at, reason }: Transition<'_>,
        marks: &Marks,
    ) -> Result<()> {
        let before = record.lifecycle;
        let (code, revision, reason) = (code.clone(), before.newest, reason.to_owned());
        let fact = match (mv, before.state) {
            (Move::Save, _) => return Ok(()),
            (Move::Submit, _) => {
                let digest = record.digest;
                ReviewFact::Submitted {
                    code,
                    revision,
                    digest,
                    consent: marks.consent.clone(),
                }
            }
            // A draft was visible to its writers only.
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
            (Move::Approve, State::WithdrawalAsked) => return self.withdraw(tx, code, record, at),
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
        // It was admitted when it was imported.
        let content = lifecycles::content(tx, &code, revision)?;
        let present = entries::find(tx, &code)?;
        let is_shared = |entry: &Entry| entry.share_class() != ShareClass::NotShared;
        if !is_shared(&content) && present.as_ref().is_none_or(|old| is_shared(&old.entry)) {
            running::check_none(tx, &self.ledger, (self.city, &code), at)?;
        }
        let mut published = EntryRecord::new(content, revision, at);
        if let Some(present) = &present {
            published.withdrawn.clone_from(&present.withdrawn);
            published.mount.clone_from(&present.mount);
            published.stop.clone_from(&present.stop);
        }
        entries::replace(tx, present.as_ref(), &published)?;
        if let Some(present) = &present {
            let by = (self.city, &self.editor.by, at);
            let terms = (&present.entry, &published.entry);
            standing::end_by_revision(tx, by, (&code, revision), terms)?;
            if present.entry.region != published.entry.region {
                regions::note_change(tx, &published.entry.code)?;
            }
        }
        let entry = Box::new(published.entry);
        self.append(tx, at, CityFact::Published { entry, revision })
    }

    /// Withdraws, with the reason of the request, once no grant is running.
    fn withdraw(
        &self,
        tx: &mut Tx<'_>,
        code: ResourceCode,
        asked: &LifecycleRecord,
        at: Timestamp,
    ) -> Result<()> {
        let reason = asked.last.reason.clone();
        running::check_none(tx, &self.ledger, (self.city, &code), at)?;
        let present = entries::published(tx, &code)?;
        let withdrawn = EntryRecord {
            withdrawn: Some(Withdrawal {
                at,
                reason: reason.clone(),
            }),
            ..present.clone()
        };
        entries::replace(tx, Some(&present), &withdrawn)?;
        self.append(tx, at, CityFact::Withdrawn { code, reason })
    }

    fn append(&self, tx: &mut Tx<'_>, at: Timestamp, fact: CityFact) -> Result<()> {
        append(tx, self.city, &self.editor.by, at, fact).map(drop)
    }
}

/// Stores a lifecycle after its last step, with that step, in place of the stored one.
fn store(
    tx: &mut Tx<'_>,
    code: &ResourceCode,
    stored: Option<&LifecycleRecord>,
    record: LifecycleRecord,
) -> Result<LifecycleRecord> {
    let last = PastStep::Whole(record.last.clone());
    lifecycles::STEPS.put(tx, &(code.clone(), record.steps), &last)?;
    let record = LifecycleRecord {
        steps: record.steps + 1,
        ..record
    };
    lifecycles::LIFECYCLES.replace(tx, code, stored, &record)?;
    Ok(record)
}

/// The effect of importing this content.
pub fn change(
    view: &(impl View + ?Sized),
    before: Option<&LifecycleRecord>,
    content: &Entry,
    draft: bool,
) -> Result<Change> {
    let Some(record) = before else {
        return Ok(Change::Added);
    };
    let is_under_way = match record.lifecycle.state {
        State::Draft => is_newest(record, content) && draft,
        State::Submitted => is_newest(record, content) && !draft,
        State::Returned => is_newest(record, content),
        State::TakenBack | State::Published | State::WithdrawalAsked | State::Withdrawn => false,
    };
    // Content that is already published does not replace a pending revision.
    let same = is_under_way || is_published(view, record, content)?;
    Ok(if same {
        Change::Unchanged
    } else {
        Change::Revised
    })
}

/// Returns true if this is the content of the newest revision.
pub fn is_newest(record: &LifecycleRecord, content: &Entry) -> bool {
    record.digest == digest(content)
}

fn is_published(
    view: &(impl View + ?Sized),
    record: &LifecycleRecord,
    content: &Entry,
) -> Result<bool> {
    if Some(record.lifecycle.newest) == record.lifecycle.published {
        return Ok(is_newest(record, content));
    }
    let published = entries::find(view, &content.code)?;
    Ok(published.is_some_and(|published| published.entry == *content))
}

/// The digest of content, as facts encode it.
fn digest(content: &Entry) -> Digest {
    Digest(Sha256::digest(entry_to(content).encode_to_vec()).into())
}

#[cfg(test)]
#[path = "transitions_tests.rs"]
mod tests;
