//! The sharing rate (indicator L5P1-A1), computed only from the followed logs.
//!
//! Current figures are read from a fold that is kept up to date in memory; those of a cut-off are folded again
//! from snapshots and the stored logs, up to the positions in the cut-off's basis, by the formula in force then.
//! After its close they never change, so the last ones are kept with that basis; a sealed month is checked against
//! its seal each time.

mod basis;
mod evidence;
mod folded;
mod folded_log;
mod formulas;
mod known;
mod live;
mod lost;
mod past;
mod sealing;
mod series;
mod side_by_side;
mod snapshot_writer;
mod snapshots;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::rate::{Figures, FormulaAdoption, RecordedAdoption, Unit};
use chengji_domain::{
    CityCode, Digest, Error, ErrorCode, Position, Principal, ResourceCode, Result,
};
use chengji_messages::{Value, msg};
use chengji_paging::Pager;
use chengji_proto::convert::{
    Checkpoint, RateCutOff, RateExplanation, RateReport, RateSeries, city_from, contributions_from,
    evidence_to, figures_to, lost_to, membership_status_to, position_to, seal_to, time_from,
    time_to,
};
use chengji_proto::service::{Page, RateService};
use chengji_proto::v1;
use chengji_runtime::off_thread_while_awaited;
use chengji_store::Ledger;
use chengji_transport::{Permit, Turns};
use jiff::Timestamp;

use self::basis::Basis;
use self::evidence::Words;
use self::folded::Folded;
pub use self::live::LiveRate;
use self::lost::lost;
use self::past::PastFold;
pub use self::sealing::{ClockConfirmed, Sealing};
pub use self::snapshot_writer::SnapshotWriter;
use crate::journal::{self, SealedMonth};

/// Default maximum time a computation waits for its turn.
pub const TURN_TIMEOUT: Duration = Duration::from_secs(10);

/// The service.
#[derive(Clone)]
pub struct Rates {
    /// The store with the followed logs.
    pub ledger: Ledger,
    /// The fold of current figures.
    pub live: Arc<LiveRate>,
    /// The unit in the heading of reports.
    pub headline: Unit,
    /// The clock.
    pub clock: Clock,
    /// Concurrency limit for folding the logs again.
    pub turns: Arc<Turns>,
    /// Maximum time a computation waits for its turn.
    pub turn_timeout: Duration,
}

/// The concurrency limit for folding all logs for figures of the past: one at a time for cities' nodes,
/// and one for the cluster's people.
pub fn turns() -> Arc<Turns> {
    Turns::new(msg::WorkPastFigures, 1, 1, 1)
}

impl Rates {
    /// The report at a cut-off, or of the present. `go_on` is called now and then: once it returns false,
    /// this ends with `UNAVAILABLE`.
    pub fn report(
        &self,
        request: &v1::ComputeRateRequest,
        go_on: &dyn Fn() -> bool,
    ) -> Result<RateReport> {
        let pager = Pager::<CityCode>::of(request)?;
        let at = cut_off(request.at.as_ref(), "at")?;
        let (mut basis, cities): (_, Vec<_>) = match at {
            None => self.of_now(|folded, basis| {
                let cities = basis.members.present();
                let cities = cities.map(|(city, _)| (city, folded.figures(city), folded.end(city)));
                cities.collect()
            })?,
            Some(at) => {
                let basis = self.past_basis(at)?;
                let checkpoint = self.past(&basis, || {
                    let past = PastFold::of(self.live.copies(), &basis, None, go_on)?;
                    let checkpoint = past.checkpoint(&basis);
                    self.live.keep(past.into_long());
                    Ok(checkpoint)
                })?;
                let cities = checkpoint.cities.iter();
                let cities = cities.map(|one| (one.city, one.figures, one.position.seq));
                (basis, cities.collect())
            }
        };
        let figures = cities.iter().map(|(_, figures, _)| *figures);
        let cluster = figures.fold(Figures::default(), Figures::plus);
        let kv = &**self.ledger.kv();
        if let Some(page) = page_of(&pager, cities.iter().map(|(city, ..)| *city)) {
            basis.look_up(kv, page)?;
        }
        let rows = cities.iter().zip(basis.members.present());
        let rows =
            rows.map(|((city, figures, end), (_, known))| Ok((*city, (figures, *end, known))));
        let cities = pager.fill(pager.rest(rows), |city, (figures, end, known)| {
            Ok(Some(v1::CityRate {
                city: city.to_string(),
                name: known.name.clone(),
                figures: Some(figures_to(figures)),
                position: Some(position_to(basis.epoch(*city), end)),
                status: membership_status_to(known.status).into(),
                lost: lost(kv, basis.log(*city), &basis)?
                    .iter()
                    .map(lost_to)
                    .collect(),
            }))
        })?;
        Ok(RateReport {
            cut_off: self.cut_off_of(&basis),
            headline: self.headline,
            cluster,
            coordinator: basis.coordinator,
            cities,
        })
    }

    /// A page of the evidence for one city's figures.
    pub fn evidence(
        &self,
        request: &v1::ExplainRateRequest,
        go_on: &dyn Fn() -> bool,
    ) -> Result<RateExplanation> {
        let city = city_from(&request.city)?;
        let contributions = contributions_from(request)?;
        let pager = Pager::<ResourceCode>::of(request)?;
        let at = cut_off(request.at.as_ref(), "at")?;
        let (mut basis, (end, own)) = match at {
            None => self.of_now(|folded, _| (folded.end(city), folded.city(city).cloned()))?,
            Some(at) => {
                let basis = self.past_basis(at)?;
                let past = PastFold::of(self.live.copies(), &basis, Some(city), go_on)?;
                check_seal(&basis, &past.checkpoint(&basis))?;
                let found = (past.end(city), past.city(city).cloned());
                self.live.keep(past.into_long());
                (basis, found)
            }
        };
        let own = own.unwrap_or_default();
        if !basis.members.present().any(|(member, _)| member == city) {
            let message = msg::NotAMemberAtCutOff { city };
            return Err(Error::new(ErrorCode::NotFound, message));
        }
        let (kv, copies) = (&**self.ledger.kv(), self.live.copies());
        basis.look_up(kv, city..=city)?;
        let copy = basis.log(city).copied();
        let mut evidence = own
            .evidence(pager.after())
            .filter(|one| contributions.contains(&one.contribution));
        let first: Vec<_> = evidence.by_ref().take(pager.at_once()).collect();
        let words = copy.map(|copy| Words::of(copies, copy, &first, go_on));
        let mut words = words.transpose()?;
        let rows = first.into_iter().chain(evidence);
        let rows = rows.map(|one| Ok((one.code.clone(), one)));
        let entries = pager.fill(pager.rest(rows), |_, one| {
            let mut evidence = evidence_to(&one);
            if let Some(words) = &mut words {
                words.add_to(&mut evidence)?;
            }
            Ok(Some(evidence))
        })?;
        Ok(RateExplanation {
            cut_off: self.cut_off_of(&basis),
            position: Position {
                epoch: basis.epoch(city),
                seq: end,
            },
            lost: lost(kv, copy.as_ref(), &basis)?,
            entries,
        })
    }

    /// A page of the sealed months, from the earliest.
    pub fn seals(&self, request: &v1::ListSealsRequest) -> Result<Page<v1::SealedMonth>> {
        let (kv, pager) = (&**self.ledger.kv(), Pager::of(request)?);
        let months = journal::seals(kv, pager.bounds(), pager.at_once());
        pager.fill(months, |_, seq| {
            Ok(Some(month_to(&journal::sealed_month(kv, seq)?)))
        })
    }

    fn cut_off_of(&self, basis: &Basis) -> RateCutOff {
        RateCutOff {
            at: basis.cut_off,
            close: basis.close(),
            provisional: basis.is_provisional((self.clock)()),
            sealed: basis.sealed.as_ref().map(|month| month.position),
            formula: basis.formula,
        }
    }

    /// Reads from the fold of the present, which is locked meanwhile; returns the basis, too.
    fn of_now<T>(&self, read: impl FnOnce(&Folded, &Basis) -> T) -> Result<(Basis, T)> {
        let kv = &**self.ledger.kv();
        let mut basis = Basis::of_now(kv, self.live.members(), (self.clock)())?;
        let found = self.live.current(|folded| {
            basis.cut_off = folded.at();
            basis.formula = folded.formula();
            read(folded, &basis)
        })?;
        Ok((basis, found))
    }

    /// The basis of a cut-off, which must not be in the future.
    fn past_basis(&self, at: Timestamp) -> Result<Basis> {
        if at > (self.clock)() {
            let message = msg::CutOffInFuture { at };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Basis::of_past(self.live.copies().kv(), at)
    }

    /// The figures of a past cut-off: those that were computed before, if they rest on the same basis, or else computed
    /// now. Those of a sealed one must match the seal each time.
    fn past(
        &self,
        basis: &Basis,
        compute: impl FnOnce() -> Result<Checkpoint>,
    ) -> Result<Arc<Checkpoint>> {
        if let Some(known) = self.live.past().get(basis) {
            check_seal(basis, &known)?;
            return Ok(known);
        }
        let computed = Arc::new(compute()?);
        check_seal(basis, &computed)?;
        if !basis.is_provisional((self.clock)()) {
            self.live.past().put(basis.clone(), Arc::clone(&computed));
        }
        Ok(computed)
    }

    /// Runs a computation that reads and counts much: within the concurrency limit if it is of the past,
    /// and only while the caller waits.
    async fn computed<T: Send + 'static>(
        &self,
        caller: &Principal,
        is_of_past: bool,
        job: impl FnOnce(&Self, &dyn Fn() -> bool) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = match is_of_past {
            true => Some(self.turns.within(self.turn_timeout, caller).await?),
            false => None,
        };
        let this = self.clone();
        // The job holds the turn, since it may outlast the call.
        off_thread_while_awaited(move |awaited| {
            let _turn = turn;
            job(&this, &|| awaited.check().is_ok())
        })
        .await
    }
}

/// The first and the last of these cities that may be on a page; `None` if none is.
fn page_of(
    pager: &Pager<CityCode>,
    cities: impl Iterator<Item = CityCode>,
) -> Option<RangeInclusive<CityCode>> {
    let after = pager.after();
    let rest = cities.filter(|city| after.is_none_or(|after| city > after));
    let mut page = rest.take(pager.size());
    let first = page.next()?;
    Some(first..=page.last().unwrap_or(first))
}

/// Figures of a sealed cut-off must match the seal.
fn check_seal(basis: &Basis, computed: &Checkpoint) -> Result<()> {
    match &basis.sealed {
        Some(month) => check(month, computed),
        None => Ok(()),
    }
}

fn check(month: &SealedMonth, computed: &Checkpoint) -> Result<()> {
    let SealedMonth { seal, position, .. } = month;
    if seal.formula != computed.formula {
        let message = msg::SealedByAnotherFormula {
            sealed: &seal.formula,
            formula: &computed.formula,
        };
        return Err(Error::new(ErrorCode::Unavailable, message));
    }
    if Digest::of(&computed.to_bytes()) == seal.checkpoint {
        return Ok(());
    }
    let message = msg::SealDoesNotHold {
        cut_off: seal.cut_off,
        position: Value::text(position),
    };
    let error = Error::new(ErrorCode::StorageDamaged, message);
    tracing::error!(%error, "a seal does not hold");
    Err(error)
}

fn place(month: &SealedMonth) -> v1::LogPosition {
    position_to(month.position.epoch, month.position.seq)
}

fn month_to(month: &SealedMonth) -> v1::SealedMonth {
    v1::SealedMonth {
        month: month.name(),
        seal: Some(seal_to(&month.seal)),
        position: Some(place(month)),
        at: Some(time_to(month.at)),
    }
}

fn cut_off(at: Option<&prost_types::Timestamp>, field: &str) -> Result<Option<Timestamp>> {
    at.map(|at| time_from(Some(at), field)).transpose()
}

impl RateService<Permit> for Rates {
    async fn compute(&self, permit: Permit, asked: v1::ComputeRateRequest) -> Result<RateReport> {
        let is_of_past = asked.at.is_some();
        let report = move |rates: &Self, go_on: &dyn Fn() -> bool| rates.report(&asked, go_on);
        self.computed(permit.principal(), is_of_past, report).await
    }

    async fn explain(
        &self,
        permit: Permit,
        asked: v1::ExplainRateRequest,
    ) -> Result<RateExplanation> {
        let is_of_past = asked.at.is_some();
        let evidence = move |rates: &Self, go_on: &dyn Fn() -> bool| rates.evidence(&asked, go_on);
        self.computed(permit.principal(), is_of_past, evidence)
            .await
    }

    async fn history(&self, permit: Permit, asked: v1::RateHistoryRequest) -> Result<RateSeries> {
        let history = move |rates: &Self, go_on: &dyn Fn() -> bool| rates.history(&asked, go_on);
        self.computed(permit.principal(), true, history).await
    }

    async fn adopt_formula(
        &self,
        permit: Permit,
        adoption: FormulaAdoption,
    ) -> Result<RecordedAdoption> {
        self.adopt(permit.principal().clone(), adoption).await
    }

    async fn list_formulas(
        &self,
        permit: Permit,
        asked: v1::ListFormulasRequest,
    ) -> Result<Page<v1::AdoptedFormula>> {
        let formulas = move |rates: &Self, _: &dyn Fn() -> bool| rates.formulas(&asked);
        self.computed(permit.principal(), false, formulas).await
    }

    async fn list_seals(
        &self,
        permit: Permit,
        asked: v1::ListSealsRequest,
    ) -> Result<Page<v1::SealedMonth>> {
        let seals = move |rates: &Self, _: &dyn Fn() -> bool| rates.seals(&asked);
        self.computed(permit.principal(), false, seals).await
    }
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "rate/history_tests.rs"]
mod history_tests;

#[cfg(test)]
#[path = "rate/campaign_tests.rs"]
mod campaign_tests;
