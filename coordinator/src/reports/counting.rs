//! Counts the requests and the deliveries of a month.

use std::collections::{BTreeMap, BTreeSet};

use chengji_domain::calendar::Calendar;
use chengji_domain::matter::{Filing, MatterKind};
use chengji_domain::report::{Month, MonthFigures, RequestMonth};
use chengji_domain::request::{RequestId, RequestRecord};
use chengji_domain::return_flow::RecordedFlow;
use chengji_domain::roster::Membership;
use chengji_domain::{CityCode, Position, Result, Uscc};
use chengji_follow::{matter_table, request_table, return_flow_table};
use chengji_records::MonthUse;
use chengji_runtime::Awaited;
use chengji_store::KeyValue;
use jiff::Timestamp;

use crate::journal;
use crate::month_use::{self, consumer_department, department_of_entry, provider_department};

/// The sources from which a month is counted.
pub(super) struct Counting<'a> {
    pub(super) kv: &'a dyn KeyValue,
    pub(super) month: Month,
    pub(super) now: Timestamp,
    /// The working days.
    pub(super) calendar: &'a Calendar,
    /// Tells whether a caller still waits for the figures.
    pub(super) awaited: &'a Awaited,
}

/// The figures of a month.
#[derive(Debug, Default)]
pub(super) struct Counted {
    pub(super) figures: MonthFigures,
    /// The names of departments by credit code, where entries give them.
    pub(super) names: BTreeMap<String, String>,
    /// The positions of the first and of the last delivery of each row.
    pub(super) deliveries: BTreeMap<(CityCode, String), (Position, Position)>,
}

impl Counting<'_> {
    /// The figures of the cluster, with a row for each member.
    pub(super) fn of_cluster(&self, members: &BTreeMap<CityCode, Membership>) -> Result<Counted> {
        let mut counted = Counted::default();
        let whole = |city: CityCode| (city, String::new());
        for city in members.keys() {
            counted.figures.row(*city, String::new());
            // As its consumer, so that each request counts once.
            let of_consumer = |id: RequestId| id.city == *city;
            self.each_request(*city, of_consumer, |record, one| {
                let history = &record.history;
                let figures = &mut counted.figures;
                figures.requested(whole(*city), one);
                let provider = history.provider();
                match members.contains_key(&provider) {
                    true => figures.provided(whole(provider), one),
                    false => figures.total.provided.add(one),
                }
                Ok(())
            })?;
            for (_, used) in month_use::of_month(self.kv, *city, self.month)? {
                counted.take(whole(*city), &used);
            }
            self.matters(&mut counted, *city, |_| Some(whole(*city)))?;
        }
        self.returns(&mut counted, None, |city, _| {
            members.contains_key(&city).then(|| whole(city))
        })?;
        Ok(counted)
    }

    /// The figures of a city, with a row for each department, or for each of the given ones.
    pub(super) fn of_city(
        &self,
        city: CityCode,
        departments: Option<&BTreeSet<Uscc>>,
    ) -> Result<Counted> {
        let mut counted = Counted::default();
        let wanted = departments.map(|departments| {
            let codes = departments.iter().map(Uscc::to_string);
            codes.collect::<BTreeSet<String>>()
        });
        let is_wanted = |department: &str| {
            wanted
                .as_ref()
                .is_none_or(|codes| codes.contains(department))
        };
        self.each_request(
            city,
            |_| true,
            |record, one| {
                let history = &record.history;
                if history.consumer() == city {
                    let department = consumer_department(history);
                    if is_wanted(&department) {
                        counted.figures.requested((city, department), one);
                    }
                }
                if history.provider() == city {
                    let (department, name) = provider_department(self.kv, history)?;
                    if is_wanted(&department) {
                        counted.names.insert(department.clone(), name);
                        counted.figures.provided((city, department), one);
                    }
                }
                Ok(())
            },
        )?;
        for (department, used) in month_use::of_month(self.kv, city, self.month)? {
            if is_wanted(&department) {
                counted.take((city, department), &used);
            }
        }
        self.matters(&mut counted, city, |department| {
            is_wanted(department).then(|| (city, department.to_owned()))
        })?;
        self.returns(&mut counted, Some(city), |of, department| {
            let is_counted = of == city && is_wanted(department);
            is_counted.then(|| (city, department.to_owned()))
        })?;
        Ok(counted)
    }

    /// Counts the data that is returned to lower divisions, those that were members at the end of the month: for the
    /// provider in the row of the entry's department, for the lower division in the row without a department. Of one
    /// city, what it returns and what is returned to it.
    fn returns(
        &self,
        counted: &mut Counted,
        of: Option<CityCode>,
        row_of: impl Fn(CityCode, &str) -> Option<(CityCode, String)>,
    ) -> Result<()> {
        let end = journal::position_at(self.kv, self.month.end())?;
        let members = journal::members_at(self.kv, end.seq)?.active();
        let visit = |recorded: &RecordedFlow, consumer: CityCode, is_fetched: bool| -> Result<()> {
            self.awaited.check()?;
            let (provider, code) = (recorded.provider(), &recorded.code);
            let (department, name) = department_of_entry(self.kv, provider, code)?;
            if let Some(row) = row_of(provider, &department) {
                if !row.1.is_empty() {
                    counted.names.insert(department, name);
                }
                counted.figures.returned(row, is_fetched);
            }
            if let Some(row) = row_of(consumer, "") {
                counted.figures.returned_to(row, is_fetched);
            }
            Ok(())
        };
        return_flow_table::each_of_month(self.kv, (of, &members), self.month, visit)
    }

    /// Counts the corrections and demands that a city filed and answered, in the row of each department.
    fn matters(
        &self,
        counted: &mut Counted,
        city: CityCode,
        row_of: impl Fn(&str) -> Option<(CityCode, String)>,
    ) -> Result<()> {
        let text = |code: Option<Uscc>| code.map(|code| code.to_string()).unwrap_or_default();
        for kind in MatterKind::ALL {
            matter_table::each_filed(self.kv, (kind, city), self.month, |record| {
                self.awaited.check()?;
                if let Some(row) = row_of(&text(record.filing.department())) {
                    counted.figures.filed(row, kind);
                }
                Ok(())
            })?;
            matter_table::each_answer(self.kv, (kind, city), self.month, |record, answer| {
                self.awaited.check()?;
                let (department, name) = match &record.filing {
                    Filing::Correction(filing) => {
                        department_of_entry(self.kv, city, &filing.resource.code)?
                    }
                    Filing::Demand(_) => (text(answer.department), String::new()),
                };
                if let Some(row) = row_of(&department) {
                    if !name.is_empty() {
                        counted.names.insert(department, name);
                    }
                    let by = (answer, self.calendar);
                    counted.figures.answered(row, kind, by);
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Calls `visit` with each request of the month in which the city is a party and which `wanted` admits, and with
    /// what it is counted for.
    fn each_request(
        &self,
        city: CityCode,
        wanted: impl Fn(RequestId) -> bool,
        mut visit: impl FnMut(&RequestRecord, &RequestMonth) -> Result<()>,
    ) -> Result<()> {
        request_table::each_of_month(self.kv, city, self.month, |id| {
            self.awaited.check()?;
            if !wanted(id) {
                return Ok(());
            }
            // One that has gone since is passed over.
            let Some(record) = request_table::find(self.kv, id)? else {
                return Ok(());
            };
            let one = RequestMonth::of(&record.history, self.month, self.now, self.calendar)?;
            match one.is_nothing() {
                true => Ok(()),
                false => visit(&record, &one),
            }
        })
    }
}

impl Counted {
    /// Counts deliveries of a row.
    fn take(&mut self, key: (CityCode, String), used: &MonthUse) {
        let (sent, received) = (used.sent, used.received);
        let (first, last) = (used.first, used.last);
        let known = self.deliveries.entry(key.clone());
        known
            .and_modify(|(earliest, latest)| {
                *earliest = first.min(*earliest);
                *latest = last.max(*latest);
            })
            .or_insert((first, last));
        self.figures.delivered(key, (sent, received));
    }
}
