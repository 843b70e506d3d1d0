//! The sharing rate (indicator L5P1-A1), computed from the followed logs alone.
//!
//! A fold of all logs is kept in memory for the figures of now. Figures of the past are folded
//! again from the stored logs, of the entries up to that time. Entries that were set aside count in
//! neither.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chengji_domain::fact::LogOwner;
use chengji_domain::rate::{FORMULA, Figures, Fold, Standing};
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_follow::{Clock, mirrored, set_aside};
use chengji_proto::convert::{city_entry_from, evidence_to, figures_to, time_from, time_to};
use chengji_proto::status::from_error;
use chengji_proto::v1;
use chengji_store::{KeyValue, Ledger};
use chengji_transport::{Permit, off_thread};
use jiff::Timestamp;
use tonic::{Request, Response, Status};

use crate::followed::FollowedCities;
use crate::records;

/// Entries read from a stored log at once.
const PAGE: usize = 512;

/// The fold of everything that was followed so far.
#[derive(Debug, Default)]
pub struct LiveRate(Mutex<Folded>);

/// A fold, and up to where each log is in it.
#[derive(Clone, Debug, Default)]
pub struct Folded {
    fold: Fold,
    ends: BTreeMap<CityCode, u64>,
}

impl LiveRate {
    /// Folds what is stored of these cities' logs.
    pub fn rebuild(kv: &dyn KeyValue, cities: &[CityCode]) -> Result<Self> {
        Folded::of_stored(kv, cities, None).map(|folded| Self(Mutex::new(folded)))
    }

    /// Takes in the next entries of a city's log.
    pub fn take<'a>(&self, city: CityCode, entries: impl Iterator<Item = (u64, &'a [u8])>) {
        let mut folded = self.folded();
        for (seq, bytes) in entries {
            folded.take(city, seq, bytes, None);
        }
    }

    /// Forgets a city's log.
    pub fn forget(&self, city: CityCode) {
        let mut folded = self.folded();
        folded.fold.forget(city);
        folded.ends.remove(&city);
    }

    /// How many entries a city has published and not withdrawn.
    pub fn published(&self, city: CityCode, now: Timestamp) -> u64 {
        let folded = self.folded();
        let entries = folded.fold.evidence(city, now);
        entries
            .filter(|entry| entry.standing != Standing::Withdrawn)
            .count() as u64
    }

    fn folded(&self) -> MutexGuard<'_, Folded> {
        // One fact changes the fold in one step, so it is whole whoever panicked.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Folded {
    /// Folds the stored logs: the entries written up to `until`, or all.
    pub fn of_stored(
        kv: &dyn KeyValue,
        cities: &[CityCode],
        until: Option<Timestamp>,
    ) -> Result<Self> {
        let mut folded = Self::default();
        for city in cities {
            let log = LogOwner::City(*city);
            let aside = set_aside(kv, log)?;
            let mut from = 0;
            loop {
                let entries = mirrored(kv, log, from, PAGE)?;
                for (seq, bytes) in &entries {
                    if !aside.contains(seq) {
                        folded.take(*city, *seq, bytes.as_deref().unwrap_or_default(), until);
                    }
                }
                match entries.get(PAGE - 1) {
                    Some((last, _)) => from = last + 1,
                    None => break,
                }
            }
        }
        Ok(folded)
    }

    fn take(&mut self, city: CityCode, seq: u64, bytes: &[u8], until: Option<Timestamp>) {
        // What cannot be read was set aside when it came.
        let Ok(entry) = city_entry_from(bytes, city) else {
            return;
        };
        if until.is_none_or(|until| entry.at <= until) {
            self.fold.apply(city, seq, entry.at, &entry.fact);
            self.ends.insert(city, seq + 1);
        }
    }

    fn position(&self, city: CityCode, epoch: u32) -> v1::LogPosition {
        v1::LogPosition {
            epoch,
            seq: self.ends.get(&city).copied().unwrap_or_default(),
        }
    }
}

/// The service.
#[derive(Clone)]
pub struct Rates {
    /// The store with the followed logs.
    pub ledger: Ledger,
    /// How the logs are being followed.
    pub cities: FollowedCities,
    /// The fold of now.
    pub live: Arc<LiveRate>,
    /// The unit at the head of reports.
    pub headline: v1::RateUnit,
    /// The time.
    pub clock: Clock,
}

impl Rates {
    /// The report at a cut-off; at the present without one.
    pub fn report(&self, cut_off: Option<Timestamp>) -> Result<v1::RateReport> {
        self.with_fold(cut_off, |folded, at| {
            let mut cluster = Figures::default();
            let mut cities = Vec::new();
            for member in self.members()? {
                let city: CityCode = member.city.parse()?;
                let figures = folded.fold.figures(city, at);
                cluster = cluster.plus(figures);
                cities.push(v1::CityRate {
                    city: member.city,
                    name: member.name,
                    figures: Some(figures_to(&figures)),
                    position: Some(folded.position(city, self.cities.epoch(city))),
                });
            }
            let head = self.ledger.head();
            Ok(v1::RateReport {
                formula: FORMULA.to_owned(),
                at: Some(time_to(at)),
                headline: self.headline.into(),
                cities,
                cluster: Some(figures_to(&cluster)),
                coordinator: Some(v1::LogPosition {
                    epoch: head.epoch,
                    seq: head.seq,
                }),
            })
        })
    }

    /// The evidence for one city's figures.
    pub fn evidence(
        &self,
        city: CityCode,
        cut_off: Option<Timestamp>,
    ) -> Result<v1::ExplainRateResponse> {
        if !self.cities()?.contains(&city) {
            let message = format!("{city} is not a member of this cluster");
            return Err(Error::new(ErrorCode::NotFound, message));
        }
        self.with_fold(cut_off, |folded, at| {
            Ok(v1::ExplainRateResponse {
                formula: FORMULA.to_owned(),
                at: Some(time_to(at)),
                position: Some(folded.position(city, self.cities.epoch(city))),
                entries: folded
                    .fold
                    .evidence(city, at)
                    .map(|e| evidence_to(&e))
                    .collect(),
            })
        })
    }

    /// Members count while they are suspended, too: what they have said stays.
    fn members(&self) -> Result<Vec<v1::Membership>> {
        let mut members = records::members(&**self.ledger.kv())?;
        members.retain(|member| member.standing() != v1::Standing::Removed);
        Ok(members)
    }

    fn cities(&self) -> Result<Vec<CityCode>> {
        self.members()?
            .iter()
            .map(|member| member.city.parse())
            .collect()
    }

    fn with_fold<T>(
        &self,
        cut_off: Option<Timestamp>,
        answer: impl FnOnce(&Folded, Timestamp) -> Result<T>,
    ) -> Result<T> {
        let now = (self.clock)();
        match cut_off {
            None => answer(&self.live.folded(), now),
            Some(at) if at > now => {
                let message = format!("the cut-off {at} is in the future");
                Err(Error::new(ErrorCode::InvalidArgument, message)
                    .with_remedy("give a time up to now, or none for the figures of now"))
            }
            Some(at) => {
                let cities = self.cities()?;
                answer(
                    &Folded::of_stored(&**self.ledger.kv(), &cities, Some(at))?,
                    at,
                )
            }
        }
    }

    /// Folding reads and counts much.
    async fn off_thread<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Self) -> Result<T> + Send + 'static,
    ) -> Result<T, Status> {
        let this = self.clone();
        let done = off_thread(move || job(&this)).await;
        done.map_err(|error| from_error(&error))
    }
}

fn cut_off(at: Option<&prost_types::Timestamp>) -> Result<Option<Timestamp>> {
    at.map(|at| time_from(Some(at), "at")).transpose()
}

#[tonic::async_trait]
impl v1::rate_service_server::RateService for Rates {
    async fn compute(
        &self,
        request: Request<v1::ComputeRateRequest>,
    ) -> Result<Response<v1::RateReport>, Status> {
        Permit::of(&request)?;
        let request = request.into_inner();
        let report = self.off_thread(move |rates| rates.report(cut_off(request.at.as_ref())?));
        Ok(Response::new(report.await?))
    }

    async fn explain(
        &self,
        request: Request<v1::ExplainRateRequest>,
    ) -> Result<Response<v1::ExplainRateResponse>, Status> {
        Permit::of(&request)?;
        let request = request.into_inner();
        let evidence = self.off_thread(move |rates| {
            rates.evidence(request.city.parse()?, cut_off(request.at.as_ref())?)
        });
        Ok(Response::new(evidence.await?))
    }
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod tests;
