//! Figures over time, in one pass over the logs.

use chengji_domain::rate::cut_offs;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_paging::Pager;
use chengji_proto::convert::{RateSeries, city_from, figures_to, series_interval_from, time_to};
use chengji_proto::v1;
use jiff::Timestamp;

use super::basis::Basis;
use super::folded::Folded;
use super::past::PastFold;
use super::{Rates, cut_off, place};
use crate::journal;

impl Rates {
    /// A page of the figures of the cluster or of a city over time. `go_on` is called now and then: once it returns
    /// false, this ends with `UNAVAILABLE`.
    pub fn history(
        &self,
        request: &v1::RateHistoryRequest,
        go_on: &dyn Fn() -> bool,
    ) -> Result<RateSeries> {
        let pager = Pager::<Timestamp>::of(request)?;
        let interval = series_interval_from(request.every())?;
        let city = Some(request.city.as_str()).filter(|city| !city.is_empty());
        let city = city.map(city_from).transpose()?;
        let (from, to) = self.range(request)?;
        let mut folded = Folded::new(from);
        let rows = cut_offs(interval, from, to).map(|at| Ok((at, ())));
        let points = pager.fill(pager.rest(rows), |at, ()| {
            self.point(&mut folded, *at, city, go_on).map(Some)
        })?;
        Ok(RateSeries {
            headline: self.headline,
            formula: journal::formulas(self.live.copies().kv())?.in_force(to),
            points,
        })
    }

    /// The range of a series: from the founding of the cluster on, and not into the future.
    fn range(&self, request: &v1::RateHistoryRequest) -> Result<(Timestamp, Timestamp)> {
        let now = (self.clock)();
        let to = cut_off(request.to.as_ref(), "to")?.unwrap_or(now);
        if to > now {
            let message = msg::CutOffInFuture { at: to };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        let founded = journal::founded(&**self.ledger.kv())?.unwrap_or(now);
        let from = cut_off(request.from.as_ref(), "from")?;
        Ok((from.map_or(founded, |from| from.max(founded)), to))
    }

    fn point(
        &self,
        folded: &mut Folded,
        at: Timestamp,
        city: Option<CityCode>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<v1::RatePoint> {
        let copies = self.live.copies();
        let basis = Basis::of_past(copies.kv(), at)?;
        let checkpoint = self.past(&basis, || {
            // At most a few last points are not closed: if only they are missing, each is folded alone.
            if folded.is_empty() && basis.is_provisional((self.clock)()) {
                let past = PastFold::of(copies, &basis, None, go_on)?;
                return Ok(past.checkpoint(&basis));
            }
            folded.move_to(copies, &basis, go_on)?;
            Ok(folded.checkpoint(&basis))
        })?;
        let figures = match city {
            None => Some(checkpoint.cluster()),
            Some(city) => {
                let mut cities = checkpoint.cities.iter();
                let own = cities.find(|one| one.city == city);
                own.map(|one| one.figures)
            }
        };
        Ok(v1::RatePoint {
            at: Some(time_to(at)),
            figures: figures.as_ref().map(figures_to),
            members: u32::try_from(checkpoint.cities.len()).unwrap_or(u32::MAX),
            provisional: basis.is_provisional((self.clock)()),
            sealed: basis.sealed.as_ref().map(place),
            formula: basis.formula.id().to_owned(),
        })
    }
}

#[cfg(test)]
#[path = "series_tests.rs"]
mod tests;
