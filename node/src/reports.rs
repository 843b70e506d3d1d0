//! Reports of a month of the own city, by department, from what is indexed of that month alone.
//!
//! Figures of requests follow from the copy of the coordinator's log, those of deliveries and of the catalogue from the
//! own log; each names the position up to which it counts. All pages of a report show one count. A person limited to
//! departments sees only the figures of these.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use chengji_access::roster;
use chengji_domain::catalogue::freshness::Freshness;
use chengji_domain::catalogue::statistics::{Dimension, Statistics, Value};
use chengji_domain::fact::LogOwner;
use chengji_domain::matter::MatterKind;
use chengji_domain::report::{MonthFigures, RequestMonth, UseFigures};
use chengji_domain::request::Party;
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Position, Principal, Result, Uscc};
use chengji_follow::{
    current_copy, matter_table, request_table, return_flow_table, succession_table,
};
use chengji_messages::msg;
use chengji_paging::{Kept, Pager};
use chengji_proto::convert::{
    CatalogueFreshness, MonthReport, ReportQuery, ReportedRow, report_query_from, report_row_to,
    written_at,
};
use chengji_proto::service::ReportService;
use chengji_proto::v1;
use chengji_runtime::{Awaited, CurrentRules, off_thread_while_awaited};
use chengji_store::log;
use chengji_transport::{Permit, Turns};
use jiff::Timestamp;

use crate::caller::Caller;
use crate::catalogue::{counts, entries};
use crate::delivery::receipts;
use crate::matters::access;
use crate::own_log::OwnLog;
use crate::requests::departments;

/// Maximum number of times that figures are counted while the logs grow meanwhile.
const ATTEMPTS: usize = 3;
/// Maximum time a report waits for its turn.
const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves [`ReportService`].
#[derive(Clone)]
pub(crate) struct NodeReportService {
    /// The city's log.
    pub(crate) own: OwnLog,
    /// The rules in force, with the calendar.
    pub(crate) rules: CurrentRules,
    /// Concurrency limit.
    pub(crate) turns: Arc<Turns>,
    /// The latest counts, for further pages.
    pub(crate) kept: Arc<Kept<Question, ReportCounts>>,
}

/// The concurrency limit for reports.
pub(crate) fn turns() -> Arc<Turns> {
    Turns::new(msg::WorkReports, 1, 1, 2)
}

/// The query of a report, and the departments that it includes; `None` for all.
pub(crate) type Question = (ReportQuery, Option<BTreeSet<Uscc>>);

/// The counts from which all pages of a report are made.
pub(crate) struct ReportCounts {
    counted: Counted,
    /// The positions in the coordinator's log and in the own one that it counts up to.
    positions: (Position, Position),
    /// True if these grew meanwhile.
    moving: bool,
    statistics: Statistics,
    now: Timestamp,
}

/// The position of a row: the number of the kept counts, and the key.
type RowPlace = (u64, CityCode, String);

/// The key of a row: the city, and the credit code of the department, which is empty where there is none.
type Key = (CityCode, String);

/// The figures of a month, and the positions of the first and of the last delivery of each row in the own log.
#[derive(Default)]
struct Counted {
    figures: MonthFigures,
    deliveries: BTreeMap<Key, (u64, u64)>,
}

/// The departments that a report is about.
struct Scope(Option<BTreeSet<Uscc>>);

impl Scope {
    /// The departments that are asked about and that the caller sees: all, or one with those that belonged to it in the
    /// month. Errors: `DENIED` for one that it does not see.
    fn of(own: &OwnLog, query: &ReportQuery, (caller, now): (&Caller, Timestamp)) -> Result<Self> {
        let visible = match &caller.principal {
            // Of the cluster: it has no department of the city, and sees figures of all.
            Principal::Auditor(_) => None,
            _ => caller.rights.departments(now),
        };
        let Some(department) = query.department else {
            return Ok(Self(visible));
        };
        let is_visible = |department: &Uscc| {
            visible
                .as_ref()
                .is_none_or(|visible| visible.contains(department))
        };
        if !is_visible(&department) {
            let rights = &caller.rights;
            let message = msg::DepartmentNotCovered { department, rights };
            return Err(Error::new(ErrorCode::Denied, message));
        }
        let (kv, of) = (own.ledger.kv().as_ref(), (own.city, department));
        let mut departments = succession_table::of_month(kv, of, query.month)?;
        departments.retain(is_visible);
        Ok(Self(Some(departments)))
    }

    /// The key of a department's row, if it is among them.
    fn key(&self, city: CityCode, department: Option<Uscc>) -> Option<Key> {
        let is_among = match (&self.0, department) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(departments), Some(department)) => departments.contains(&department),
        };
        let department = department.map(|code| code.to_string());
        is_among.then(|| (city, department.unwrap_or_default()))
    }
}

impl NodeReportService {
    pub(crate) fn report(
        &self,
        caller: &Caller,
        asked: &v1::MonthReportRequest,
        awaited: &Awaited,
    ) -> Result<MonthReport> {
        let mut query = report_query_from(asked)?;
        let pager = Pager::<RowPlace>::of(asked)?;
        let (now, city) = (self.own.now(), self.own.city);
        if *query.city.get_or_insert(city) != city {
            let message = msg::ReportOfAnotherCity { city };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        query.month.check_begun(now)?;
        let scope = Scope::of(&self.own, &query, (caller, now))?;
        let (number, counts) = self.counts_for(&query, (&scope, now), &pager, awaited)?;
        let (counted, (orders, own)) = (&counts.counted, counts.positions);
        let names = names(&counts.statistics);
        let after = pager
            .after()
            .map(|(_, city, department)| (*city, department.clone()));
        let rest = (
            after.map_or(Bound::Unbounded, Bound::Excluded),
            Bound::Unbounded,
        );
        let rows = counted.figures.rows.range(rest).map(|(key, figures)| {
            let place = (number, key.0, key.1.clone());
            Ok((place, (key, figures)))
        });
        let rows = pager.fill(rows, |_, (key, figures)| {
            let deliveries = counted.deliveries.get(key);
            let deliveries = deliveries.map(|(first, last)| {
                Ok::<_, Error>((self.position(*first)?, self.position(*last)?))
            });
            Ok(Some(report_row_to(ReportedRow {
                key,
                name: names.get(&key.1).cloned().unwrap_or_default(),
                figures,
                position: Some(own),
                deliveries: deliveries.transpose()?,
                sharing: None,
            })))
        })?;
        Ok(MonthReport {
            at: query.month.as_of(counts.now),
            provisional: query.month.is_provisional(counts.now),
            total: counted.figures.total.clone(),
            rows,
            orders,
            position: Some(own),
            moving: counts.moving,
            calendar: self.rules.book().versions().join("; "),
            sharing: None,
            freshness: scope.0.is_none().then(|| freshness(&counts.statistics)),
            query,
        })
    }

    /// The counts of the report with their number: new ones for the first page, which are kept for the further ones.
    /// Errors: `CURSOR_EXPIRED` where they are no longer kept.
    fn counts_for(
        &self,
        query: &ReportQuery,
        (scope, now): (&Scope, Timestamp),
        pager: &Pager<RowPlace>,
        awaited: &Awaited,
    ) -> Result<(u64, Arc<ReportCounts>)> {
        let question = (query.clone(), scope.0.clone());
        if let Some((number, ..)) = pager.after() {
            return Ok((*number, self.kept.get(*number, &question)?));
        }
        let (counted, positions, moving) = self.counted(query, (scope, now), awaited)?;
        let counts = Arc::new(ReportCounts {
            counted,
            positions,
            moving,
            statistics: counts::counted(self.own.ledger.kv().as_ref(), now)?,
            now,
        });
        let number = rand::random();
        self.kept.put(number, question, Arc::clone(&counts));
        Ok((number, counts))
    }

    /// The figures, the positions in the coordinator's log and in the own one that they count up to, and whether these
    /// grew meanwhile.
    fn counted(
        &self,
        query: &ReportQuery,
        (scope, now): (&Scope, Timestamp),
        awaited: &Awaited,
    ) -> Result<(Counted, (Position, Position), bool)> {
        let mut attempts = 0;
        loop {
            let positions = self.positions()?;
            let mut counted = Counted::default();
            self.requests(&mut counted, query, (scope, now), awaited)?;
            self.deliveries(&mut counted, query, scope, awaited)?;
            self.matters(&mut counted, query, scope, awaited)?;
            self.returns(&mut counted, query, scope, awaited)?;
            attempts += 1;
            let moving = self.positions()? != positions;
            if !moving || attempts == ATTEMPTS {
                return Ok((counted, positions, moving));
            }
        }
    }

    fn requests(
        &self,
        counted: &mut Counted,
        query: &ReportQuery,
        (scope, now): (&Scope, Timestamp),
        awaited: &Awaited,
    ) -> Result<()> {
        let (own, kv) = (&self.own, self.own.ledger.kv().as_ref());
        let rules = self.rules.book();
        request_table::each_of_month(kv, own.city, query.month, |id| {
            awaited.check()?;
            // One that has gone since is passed over.
            let Some(record) = request_table::find(kv, id)? else {
                return Ok(());
            };
            let history = &record.history;
            let one = RequestMonth::of(history, query.month, now, rules.calendar())?;
            let key = scope.key(own.city, departments::of(own, kv, history)?);
            let Some(key) = key.filter(|_| !one.is_nothing()) else {
                return Ok(());
            };
            match history.party_of(own.city) {
                Some(Party::Consumer) => counted.figures.requested(key, &one),
                Some(Party::Provider) => counted.figures.provided(key, &one),
                Some(Party::Coordinator) | None => {}
            }
            Ok(())
        })
    }

    fn deliveries(
        &self,
        counted: &mut Counted,
        query: &ReportQuery,
        scope: &Scope,
        awaited: &Awaited,
    ) -> Result<()> {
        let kv = self.own.ledger.kv().as_ref();
        receipts::each_of_month(kv, query.month, |receipt, department| {
            awaited.check()?;
            let Some(key) = scope.key(self.own.city, department) else {
                return Ok(());
            };
            let seq = receipt.seq;
            let known = counted.deliveries.entry(key.clone());
            known
                .and_modify(|(first, last)| {
                    *first = seq.min(*first);
                    *last = seq.max(*last);
                })
                .or_insert((seq, seq));
            let (mut sent, mut received) = (UseFigures::default(), UseFigures::default());
            let side = match receipt.sent {
                true => &mut sent,
                false => &mut received,
            };
            side.add(receipt.delivery.bytes);
            counted.figures.delivered(key, (sent, received));
            Ok(())
        })
    }

    /// Counts the data that the city returns to lower divisions, those that were members at the end of the month, and
    /// the data that is returned to it, in the row without a department.
    fn returns(
        &self,
        counted: &mut Counted,
        query: &ReportQuery,
        scope: &Scope,
        awaited: &Awaited,
    ) -> Result<()> {
        let (own, kv) = (&self.own, self.own.ledger.kv().as_ref());
        let members = roster::active_at(kv, query.month.end())?;
        return_flow_table::each_of_month(
            kv,
            (Some(own.city), &members),
            query.month,
            |recorded, consumer, is_fetched| {
                awaited.check()?;
                if recorded.provider() == own.city {
                    let entry = entries::find(kv, &recorded.code)?;
                    let department = entry.map(|record| record.entry.provider_code);
                    if let Some(key) = scope.key(own.city, department) {
                        counted.figures.returned(key, is_fetched);
                    }
                }
                if consumer == own.city
                    && let Some(key) = scope.key(own.city, None)
                {
                    counted.figures.returned_to(key, is_fetched);
                }
                Ok(())
            },
        )
    }

    /// Counts the corrections and demands that the city filed and answered.
    fn matters(
        &self,
        counted: &mut Counted,
        query: &ReportQuery,
        scope: &Scope,
        awaited: &Awaited,
    ) -> Result<()> {
        let (own, kv) = (&self.own, self.own.ledger.kv().as_ref());
        let (rules, month) = (self.rules.book(), query.month);
        for kind in MatterKind::ALL {
            matter_table::each_filed(kv, (kind, own.city), month, |record| {
                awaited.check()?;
                if let Some(key) = scope.key(own.city, record.filing.department()) {
                    counted.figures.filed(key, kind);
                }
                Ok(())
            })?;
            matter_table::each_answer(kv, (kind, own.city), month, |record, answer| {
                awaited.check()?;
                let department = match kind {
                    MatterKind::Correction => access::department_of(own, kv, record)?,
                    MatterKind::Demand => answer.department,
                };
                if let Some(key) = scope.key(own.city, department) {
                    let by = (answer, &**rules.calendar());
                    counted.figures.answered(key, kind, by);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// The ends of the copy of the coordinator's log, and of the own log.
    fn positions(&self) -> Result<(Position, Position)> {
        let copy = current_copy(self.own.ledger.kv().as_ref(), LogOwner::Coordinator)?;
        let (epoch, seq) = copy.map_or((Epoch::UNKNOWN, 0), |copy| (copy.epoch, copy.next));
        Ok((Position { epoch, seq }, self.own.ledger.head()))
    }

    /// The position of an entry of the own log.
    fn position(&self, seq: u64) -> Result<Position> {
        let found = log::entries(self.own.ledger.kv().as_ref(), seq, 1, usize::MAX)?;
        let epoch = match found.first() {
            Some((_, entry)) => written_at(&entry.envelope)?.0,
            None => Epoch::UNKNOWN,
        };
        Ok(Position { epoch, seq })
    }
}

/// The names of departments in their entries.
fn names(statistics: &Statistics) -> BTreeMap<String, String> {
    let departments = statistics.of(Dimension::Department);
    let names = departments.filter_map(|(value, _)| match value {
        Value::Department(code, name) => Some((code.to_string(), name.clone())),
        _ => None,
    });
    names.collect()
}

fn freshness(statistics: &Statistics) -> CatalogueFreshness {
    let values = statistics.of(Dimension::Freshness);
    let counts = values.filter_map(|(value, tally)| match value {
        Value::Freshness(Some(freshness)) => Some((*freshness, tally.entries)),
        _ => None,
    });
    let counts: Vec<(Freshness, u64)> = counts.collect();
    let at = statistics.at();
    CatalogueFreshness { at, counts }
}

impl ReportService<Permit> for NodeReportService {
    async fn month(&self, permit: Permit, asked: v1::MonthReportRequest) -> Result<MonthReport> {
        let turn = self.turns.within(TURN_TIMEOUT, permit.principal()).await?;
        let (this, caller) = (self.clone(), Caller::of(&permit));
        // The job holds the turn, since it may outlast the call.
        off_thread_while_awaited(move |awaited| {
            let _turn = turn;
            this.report(&caller, &asked, awaited)
        })
        .await
    }
}

#[cfg(test)]
#[path = "reports_tests.rs"]
mod tests;
