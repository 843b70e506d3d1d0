//! Reports of a month, of the cluster and of its cities, from what is indexed of that month alone.
//!
//! Figures of requests follow from the coordinator's own log, those of deliveries from the cities' logs, and the
//! entries to be shared from the sharing rate; each names the position up to which it counts. All pages of a report
//! show one count.

mod counting;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use chengji_access::roster;
use chengji_domain::calendar::Calendar;
use chengji_domain::fact::LogOwner;
use chengji_domain::rate::{Formula, Ratio};
use chengji_domain::report::{Figures, Month};
use chengji_domain::roster::{Membership, MembershipStatus};
use chengji_domain::{CityCode, Epoch, Error, ErrorCode, Position, Result};
use chengji_follow::{current_copy, succession_table};
use chengji_messages::msg;
use chengji_paging::{Kept, Pager};
use chengji_proto::convert::{
    MonthReport, ReportQuery, ReportedRow, Sharing, city_from, position_from, report_query_from,
    report_row_to, time_to,
};
use chengji_proto::service::{Page, ReportService};
use chengji_proto::v1;
use chengji_runtime::{Awaited, CurrentRules, off_thread_while_awaited};
use chengji_transport::Permit;
use jiff::Timestamp;

use self::counting::{Counted, Counting};
use crate::rate::Rates;

/// Maximum number of times that figures are counted while the logs grow meanwhile.
const ATTEMPTS: usize = 3;

/// The service.
#[derive(Clone)]
pub struct Reports {
    /// The sharing rate, whose concurrency limit holds for reports, too.
    pub rates: Rates,
    /// The rules in force, with the calendar.
    pub rules: CurrentRules,
    /// The latest counts, for further pages.
    pub kept: Arc<Kept<ReportQuery, ReportCounts>>,
}

/// The counts from which all pages of a report are made.
pub struct ReportCounts {
    counted: Counted,
    positions: Positions,
    /// True if the logs grew meanwhile.
    moving: bool,
    /// The entries to be shared; not for a department.
    shared: Option<Shared>,
    members: BTreeMap<CityCode, Membership>,
    now: Timestamp,
}

/// The position of a row: the number of the kept counts, the city and the department.
type RowPlace = (u64, CityCode, String);

/// The positions up to which logs are read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Positions {
    own: Position,
    cities: BTreeMap<CityCode, Position>,
}

/// The entries to be shared, of all cities and of each.
struct Shared {
    total: Sharing,
    cities: BTreeMap<CityCode, Sharing>,
}

impl Reports {
    /// The report of a month, and a page of its rows.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for a malformed question and for a month that has not begun; `NOT_FOUND` for a city that is
    /// no member; `UNAVAILABLE` once nobody waits; those of the sharing rate.
    pub fn report(&self, asked: &v1::MonthReportRequest, awaited: &Awaited) -> Result<MonthReport> {
        let query = report_query_from(asked)?;
        let pager = Pager::<RowPlace>::of(asked)?;
        let now = (self.rates.clock)();
        query.month.check_begun(now)?;
        let (number, counts) = self.counts_for(&query, now, &pager, awaited)?;
        let ReportCounts {
            counted,
            positions,
            members,
            ..
        } = &*counts;
        let city = query.city;
        let sharing = counts.shared.as_ref().and_then(|shared| match city {
            None => Some(shared.total),
            Some(city) => shared.cities.get(&city).copied(),
        });
        // Departments have no entries of their own in the sharing rate.
        let of_rows = counts.shared.as_ref().filter(|_| city.is_none());
        let after = pager
            .after()
            .map(|(_, city, department)| (*city, department.clone()));
        let rest = (
            after.map_or(Bound::Unbounded, Bound::Excluded),
            Bound::Unbounded,
        );
        let rows = counted.figures.rows.range(rest).filter(|(key, figures)| {
            let known = members.get(&key.0);
            let removed = known.is_some_and(|known| known.status == MembershipStatus::Removed);
            !removed || **figures != Figures::default()
        });
        let rows = rows.map(|(key, figures)| {
            let place = (number, key.0, key.1.clone());
            Ok((place, (key, figures)))
        });
        let rows = pager.fill(rows, |_, (key, figures)| {
            let name = match city {
                None => members.get(&key.0).map(|known| &known.member.name),
                Some(_) => counted.names.get(&key.1),
            };
            Ok(Some(report_row_to(ReportedRow {
                key,
                name: name.cloned().unwrap_or_default(),
                figures,
                position: positions.cities.get(&key.0).copied(),
                deliveries: counted.deliveries.get(key).copied(),
                sharing: of_rows.and_then(|shared| shared.cities.get(&key.0).copied()),
            })))
        })?;
        Ok(MonthReport {
            at: query.month.as_of(counts.now),
            provisional: query.month.is_provisional(counts.now),
            total: counted.figures.total.clone(),
            rows,
            orders: positions.own,
            position: city.and_then(|city| positions.cities.get(&city).copied()),
            moving: counts.moving,
            calendar: self.rules.book().versions().join("; "),
            sharing,
            freshness: None,
            query,
        })
    }

    /// The counts of the report with their number: new ones for the first page, which are kept for the further ones.
    /// Errors: `CURSOR_EXPIRED` where they are no longer kept.
    fn counts_for(
        &self,
        query: &ReportQuery,
        now: Timestamp,
        pager: &Pager<RowPlace>,
        awaited: &Awaited,
    ) -> Result<(u64, Arc<ReportCounts>)> {
        if let Some((number, ..)) = pager.after() {
            return Ok((*number, self.kept.get(*number, query)?));
        }
        let (members, rules) = (self.members(query)?, self.rules.book());
        let counted = self.counted(query, (&members, now), rules.calendar(), awaited)?;
        let (counted, positions, moving) = counted;
        let shared = match query.department {
            None => Some(self.shared(query.month, now, awaited)?),
            Some(_) => None,
        };
        let counts = Arc::new(ReportCounts {
            counted,
            positions,
            moving,
            shared,
            members,
            now,
        });
        let number = rand::random();
        self.kept.put(number, query.clone(), Arc::clone(&counts));
        Ok((number, counts))
    }

    /// The members that the report is about: all, or the city that is asked about. Removed ones are included.
    fn members(&self, query: &ReportQuery) -> Result<BTreeMap<CityCode, Membership>> {
        let kv = &**self.rates.ledger.kv();
        let Some(city) = query.city else {
            if query.department.is_some() {
                let message = msg::ReportDepartmentWithoutCity;
                return Err(Error::new(ErrorCode::InvalidArgument, message));
            }
            let mut members = BTreeMap::new();
            roster::each_member(kv, |known| {
                members.insert(known.member.city, known);
                Ok(())
            })?;
            return Ok(members);
        };
        let known = roster::member(kv, city)?.ok_or_else(|| {
            let message = msg::MemberUnknown { city };
            Error::new(ErrorCode::NotFound, message)
        })?;
        Ok([(city, known)].into())
    }

    /// The figures, the positions that they count up to, and whether the logs grew meanwhile.
    fn counted(
        &self,
        query: &ReportQuery,
        (members, now): (&BTreeMap<CityCode, Membership>, Timestamp),
        calendar: &Calendar,
        awaited: &Awaited,
    ) -> Result<(Counted, Positions, bool)> {
        let counting = Counting {
            kv: &**self.rates.ledger.kv(),
            month: query.month,
            now,
            calendar,
            awaited,
        };
        let mut attempts = 0;
        loop {
            let positions = self.positions(members)?;
            let counted = match (query.city, query.department) {
                (None, _) => counting.of_cluster(members)?,
                (Some(city), None) => counting.of_city(city, None)?,
                (Some(city), Some(department)) => {
                    let of = (city, department);
                    let departments = succession_table::of_month(counting.kv, of, query.month)?;
                    counting.of_city(city, Some(&departments))?
                }
            };
            attempts += 1;
            let moving = self.positions(members)? != positions;
            if !moving || attempts == ATTEMPTS {
                return Ok((counted, positions, moving));
            }
        }
    }

    fn positions(&self, members: &BTreeMap<CityCode, Membership>) -> Result<Positions> {
        let kv = &**self.rates.ledger.kv();
        let mut cities = BTreeMap::new();
        for city in members.keys() {
            let copy = current_copy(kv, LogOwner::City(*city))?;
            let position = copy.map_or((Epoch::UNKNOWN, 0), |copy| (copy.epoch, copy.next));
            let (epoch, seq) = position;
            cities.insert(*city, Position { epoch, seq });
        }
        let own = self.rates.ledger.head();
        Ok(Positions { own, cities })
    }

    /// The entries to be shared at the end of the month, or now.
    fn shared(&self, month: Month, now: Timestamp, awaited: &Awaited) -> Result<Shared> {
        let cut_off = Some(month.end()).filter(|end| *end <= now);
        let (mut cities, mut cursor) = (BTreeMap::new(), String::new());
        loop {
            let size = u32::MAX;
            let asked = v1::ComputeRateRequest {
                at: cut_off.map(time_to),
                page: Some(v1::PageRequest { size, cursor }),
            };
            let report = self.rates.report(&asked, &|| awaited.check().is_ok())?;
            let formula = report.cut_off.formula;
            let Page { items, next_cursor } = report.cities;
            for row in items {
                cities.insert(city_from(&row.city)?, sharing_of(&row, formula)?);
            }
            if next_cursor.is_empty() {
                let entries = report.cluster.entries;
                let position = report.coordinator;
                let total = Sharing {
                    entries,
                    position,
                    formula,
                };
                return Ok(Shared { total, cities });
            }
            cursor = next_cursor;
        }
    }
}

/// The entries to be shared of a city, as the sharing rate reports them.
fn sharing_of(row: &v1::CityRate, formula: Formula) -> Result<Sharing> {
    let figures = row.figures.as_ref();
    let ratio = figures.and_then(|figures| figures.entries.as_ref());
    let (epoch, seq) = position_from(row.position.as_ref())?;
    Ok(Sharing {
        entries: ratio.map_or(Ratio::default(), |ratio| Ratio {
            numerator: ratio.numerator,
            denominator: ratio.denominator,
        }),
        position: Position { epoch, seq },
        formula,
    })
}

impl ReportService<Permit> for Reports {
    async fn month(&self, permit: Permit, asked: v1::MonthReportRequest) -> Result<MonthReport> {
        let Rates {
            turns,
            turn_timeout,
            ..
        } = &self.rates;
        let turn = turns.within(*turn_timeout, permit.principal()).await?;
        let this = self.clone();
        // The job holds the turn, since it may outlast the call.
        off_thread_while_awaited(move |awaited| {
            let _turn = turn;
            this.report(&asked, awaited)
        })
        .await
    }
}

#[cfg(test)]
#[path = "reports_tests.rs"]
mod tests;
