//! Deadline rules and holiday notices: lists, shows and sets them. They are facts of the own log, which all members
//! read.

use std::sync::Arc;

use chengji_clock::Clock;
use chengji_domain::calendar::{
    HolidayNotice, Jurisdiction, RecordedRules, RuleBook, RulesFact, RulesSet, local_date,
};
use chengji_domain::fact::ClusterFact;
use chengji_domain::{Error, ErrorCode, Principal, Result};
use chengji_follow::rule_table::{self, RULES};
use chengji_messages::{Message, msg};
use chengji_proto::convert::{RulesOrder, RulesQuery, day_to, due_act_to};
use chengji_proto::service::{Page, RuleSettingService, RulesService};
use chengji_proto::v1;
use chengji_runtime::{CurrentRules, off_thread};
use chengji_store::{Ledger, Tx};
use chengji_transport::Permit;
use jiff::Timestamp;

use crate::deadlines::Deadlines;
use crate::journal;
use crate::requests::{LaterDeadline, deadlines_to_move};

/// Maximum number of moved deadlines that are shown.
const MAX_SHOWN: usize = 100;

/// The services.
#[derive(Clone)]
pub struct Rules {
    /// The ledger with the own log.
    pub ledger: Ledger,
    /// The rules in force.
    pub deadlines: Arc<Deadlines>,
    /// The clock.
    pub clock: Clock,
}

impl Rules {
    /// Returns the rules of a place, of the whole country unless one is given.
    pub fn show(&self, query: RulesQuery) -> v1::RulesInForce {
        let place = query.jurisdiction.unwrap_or(Jurisdiction::National);
        let now = (self.clock)();
        rule_table::shown(&self.deadlines.0, (place, query.at), now)
    }

    /// Sets the rules of a jurisdiction, unless nothing is to be recorded.
    ///
    /// # Errors
    ///
    /// `ALREADY_EXISTS` if the rules are already so.
    pub async fn set(
        &self,
        by: Principal,
        order: RulesOrder<RulesSet>,
    ) -> Result<v1::SetRulesResponse> {
        let RulesOrder { table, dry_run } = order;
        let (book, now) = (self.deadlines.0.book(), (self.clock)());
        if book.says(&table) {
            let jurisdiction = table.jurisdiction;
            return Err(already(msg::RulesAlreadySo { jurisdiction }));
        }
        let after = with(&book, now, [RulesFact::Rules(table.clone())]);
        let mut answer = v1::SetRulesResponse {
            jurisdiction: table.jurisdiction.to_string(),
            version: table.version.clone(),
            changes: changes(&table, (&*book, &after), now),
            seq: None,
        };
        if !dry_run {
            let recorded = self.record(by, now, vec![RulesFact::Rules(table)]).await?;
            answer.seq = recorded.first().copied();
        }
        Ok(answer)
    }

    /// Sets the notices that differ from the present ones, unless nothing is to be recorded. The deadlines that they
    /// make later are moved once they are recorded.
    ///
    /// # Errors
    ///
    /// `ALREADY_EXISTS` if the calendar has all of them.
    pub async fn set_holidays(
        &self,
        by: Principal,
        order: RulesOrder<Vec<HolidayNotice>>,
    ) -> Result<v1::SetHolidaysResponse> {
        let (book, now) = (self.deadlines.0.book(), (self.clock)());
        let is_new = |notice: &HolidayNotice| {
            let known = book.calendar().notice_for(notice.year);
            known.as_ref() != Some(notice)
        };
        let notices: Vec<_> = order.table.into_iter().filter(is_new).collect();
        if notices.is_empty() {
            return Err(already(msg::NoticesAlreadySo));
        }
        let years: Vec<i32> = notices.iter().map(|notice| notice.year.into()).collect();
        let facts: Vec<_> = notices.into_iter().map(RulesFact::Holidays).collect();
        let after = Deadlines(CurrentRules::new(with(&book, now, facts.clone())));
        let kv = Arc::clone(self.ledger.kv());
        let later = off_thread(move || deadlines_to_move(&*kv, &after)).await?;
        if !order.dry_run {
            self.record(by, now, facts).await?;
        }
        Ok(v1::SetHolidaysResponse {
            years,
            moved_count: u32::try_from(later.len()).unwrap_or(u32::MAX),
            moved: later.iter().take(MAX_SHOWN).map(later_to).collect(),
            recorded: !order.dry_run,
        })
    }

    /// Records facts, and puts them in force in the same order; returns their positions.
    async fn record(
        &self,
        by: Principal,
        now: Timestamp,
        facts: Vec<RulesFact>,
    ) -> Result<Vec<u64>> {
        let rules = self.deadlines.0.clone();
        let job = move |tx: &mut Tx<'_>| -> Result<Vec<u64>> {
            let mut recorded = Vec::new();
            for fact in facts {
                let position = journal::append(tx, now, &by, ClusterFact::Rules(Box::new(fact)))?;
                recorded.extend(RULES.get(tx, &position.seq)?);
            }
            let positions = recorded.iter().map(|recorded| recorded.seq).collect();
            // Deadlines counted from now on use them. From here on only the commit of this job can fail.
            recorded
                .into_iter()
                .for_each(|recorded| rules.take(recorded));
            Ok(positions)
        };
        let written = self.ledger.write(job).await;
        if written.is_err() {
            let book = rule_table::book(&**self.ledger.kv())?;
            self.deadlines.0.replace(book);
        }
        written
    }
}

/// The book with further facts.
fn with(book: &RuleBook, now: Timestamp, facts: impl IntoIterator<Item = RulesFact>) -> RuleBook {
    /// After the positions of all that is recorded.
    const FIRST: u64 = 1 << 63;
    let mut after = book.clone();
    for (seq, fact) in (FIRST..).zip(facts) {
        after.take(RecordedRules {
            seq,
            at: now,
            by: Principal::Coordinator,
            fact,
        });
    }
    after
}

/// The change that each row of a table makes, on its first day from today on.
fn changes(
    table: &RulesSet,
    (before, after): (&RuleBook, &RuleBook),
    now: Timestamp,
) -> Vec<v1::RuleChange> {
    let today = local_date(now);
    let rows = table.rows.iter().map(|row| {
        let on = row.span.from.map_or(today, |from| from.max(today));
        let days = |book: &RuleBook| book.days(table.jurisdiction, row.rule, on);
        v1::RuleChange {
            rule: row.rule.name().to_owned(),
            before: days(before),
            after: days(after),
            valid_from: day_to(row.span.from),
            valid_until: day_to(row.span.until),
            article: row.article.clone(),
        }
    });
    rows.collect()
}

fn later_to(later: &LaterDeadline) -> v1::MovedDeadline {
    v1::MovedDeadline {
        request: later.request.to_string(),
        act: due_act_to(later.due.act).into(),
        before: later.due.deadline.date.to_string(),
        after: later.later.date.to_string(),
    }
}

fn already(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::AlreadyExists, message)
}

impl RulesService<Permit> for Rules {
    async fn list(&self, _: Permit, asked: v1::ListRulesRequest) -> Result<Page<v1::RulesFact>> {
        let ledger = self.ledger.clone();
        off_thread(move || rule_table::page(&**ledger.kv(), &asked)).await
    }

    async fn show(&self, _: Permit, query: RulesQuery) -> Result<v1::RulesInForce> {
        Ok(Self::show(self, query))
    }
}

impl RuleSettingService<Permit> for Rules {
    async fn set_rules(
        &self,
        permit: Permit,
        order: RulesOrder<RulesSet>,
    ) -> Result<v1::SetRulesResponse> {
        self.set(permit.principal().clone(), order).await
    }

    async fn set_holidays(
        &self,
        permit: Permit,
        order: RulesOrder<Vec<HolidayNotice>>,
    ) -> Result<v1::SetHolidaysResponse> {
        Self::set_holidays(self, permit.principal().clone(), order).await
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
