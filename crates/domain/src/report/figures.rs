//! The figures of a month: of a city, of a department, and of all together.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::days::WorkingDays;
use super::ground::Ground;
use super::of_request::RequestMonth;
use crate::calendar::{Calendar, local_date};
use crate::city::CityCode;
use crate::matter::{MatterAnswer, MatterKind};
use crate::request::{DueAct, State};

/// Figures of an act with a deadline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActFigures {
    /// The acts of the month, with the working days that they took.
    pub days: WorkingDays,
    /// Number of them that were made after their last day.
    pub late: u64,
    /// Number of acts that were overdue at the end of the month.
    pub overdue: u64,
}

/// Figures of requests.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestFigures {
    /// Number of requests submitted in the month.
    pub submitted: u64,
    /// Numbers of the month's requests by their state at its end.
    pub states: BTreeMap<State, u64>,
    /// The provider's answers.
    pub answers: ActFigures,
    /// The provider's offers of granted data.
    pub offers: ActFigures,
    /// Numbers of refusals in the month by their ground.
    pub refusals: BTreeMap<Ground, u64>,
}

impl RequestFigures {
    /// Adds what a request is counted for.
    pub fn add(&mut self, one: &RequestMonth) {
        self.submitted += u64::from(one.submitted);
        if let Some(state) = one.state {
            *self.states.entry(state).or_default() += 1;
        }
        for (figures, acts, act) in [
            (&mut self.answers, &one.answers, DueAct::Answer),
            (&mut self.offers, &one.offers, DueAct::Offer),
        ] {
            for made in acts {
                figures.days.add(made.days);
                figures.late += u64::from(made.late);
            }
            figures.overdue += u64::from(one.overdue.contains(&act));
        }
        for ground in &one.grounds {
            *self.refusals.entry(ground.clone()).or_default() += 1;
        }
    }

    /// Returns the number of refusals and rejections.
    pub fn refused(&self) -> u64 {
        self.refusals.values().sum()
    }

    /// Returns the most frequent grounds of refusals with their numbers, at most `most`.
    pub fn most_frequent_grounds(&self, most: usize) -> Vec<(&Ground, u64)> {
        let mut grounds: Vec<_> = self.refusals.iter().collect();
        // Stable: those of one number stay in their order.
        grounds.sort_by_key(|(_, count)| Reverse(**count));
        let grounds = grounds.into_iter().take(most);
        grounds.map(|(ground, count)| (ground, *count)).collect()
    }
}

/// Figures of corrections, or of demands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatterFigures {
    /// Number of them that were filed in the month.
    pub filed: u64,
    /// The answers of the month, with the working days that they took.
    pub days: WorkingDays,
    /// Number of the answers that were given after their last day.
    pub late: u64,
}

impl MatterFigures {
    /// Counts an answer by the working days of this calendar.
    fn answer(&mut self, answer: &MatterAnswer, calendar: &Calendar) {
        let (asked, given) = (local_date(answer.asked_at), local_date(answer.at));
        self.days.add(calendar.working_days_between(asked, given));
        self.late += u64::from(answer.late);
    }
}

/// Figures of deliveries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UseFigures {
    /// Number of complete deliveries.
    pub deliveries: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl UseFigures {
    /// Counts a delivery.
    pub fn add(&mut self, bytes: u64) {
        self.plus(Self {
            deliveries: 1,
            bytes,
        });
    }

    /// Adds the deliveries of others.
    pub fn plus(&mut self, other: Self) {
        self.deliveries = self.deliveries.saturating_add(other.deliveries);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// Figures of data that is returned to lower divisions (回流).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReturnFigures {
    /// Number of data sets: for each return flow that ran in the month, one for each city that it returns data to.
    pub data_sets: u64,
    /// Number of them that the city received in the month.
    pub fetched: u64,
}

impl ReturnFigures {
    /// Counts a data set.
    fn add(&mut self, is_fetched: bool) {
        self.data_sets += 1;
        self.fetched += u64::from(is_fetched);
    }
}

/// Figures of a city, of a department, or of several together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Requests for its data.
    pub provided: RequestFigures,
    /// Requests that it made.
    pub requested: RequestFigures,
    /// Deliveries that it sent.
    pub sent: UseFigures,
    /// Deliveries that it received.
    pub received: UseFigures,
    /// Corrections: those that it filed, and those that it answered.
    pub corrections: MatterFigures,
    /// Demands: those that it filed, and those that it answered.
    pub demands: MatterFigures,
    /// Data that the city or department returns to lower divisions.
    pub returned: ReturnFigures,
    /// Data that is returned to the city.
    pub returned_to: ReturnFigures,
}

impl Figures {
    fn matters(&mut self, kind: MatterKind) -> &mut MatterFigures {
        match kind {
            MatterKind::Correction => &mut self.corrections,
            MatterKind::Demand => &mut self.demands,
        }
    }
}

/// The figures of a month by row, and of all together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MonthFigures {
    /// Of all together. A request between two rows counts once as provided and once as requested.
    pub total: Figures,
    /// By city and credit code of the department; the latter is empty where there is none, and for whole cities.
    pub rows: BTreeMap<(CityCode, String), Figures>,
}

impl MonthFigures {
    /// Returns the figures of a row.
    pub fn row(&mut self, city: CityCode, department: String) -> &mut Figures {
        self.rows.entry((city, department)).or_default()
    }

    /// Counts a request for the data of this row.
    pub fn provided(&mut self, (city, department): (CityCode, String), one: &RequestMonth) {
        self.total.provided.add(one);
        self.row(city, department).provided.add(one);
    }

    /// Counts a request that this row made.
    pub fn requested(&mut self, (city, department): (CityCode, String), one: &RequestMonth) {
        self.total.requested.add(one);
        self.row(city, department).requested.add(one);
    }

    /// Counts a correction or a demand that this row filed.
    pub fn filed(&mut self, (city, department): (CityCode, String), kind: MatterKind) {
        self.total.matters(kind).filed += 1;
        self.row(city, department).matters(kind).filed += 1;
    }

    /// Counts an answer of this row to a correction or a demand, by the working days of this calendar.
    pub fn answered(
        &mut self,
        (city, department): (CityCode, String),
        kind: MatterKind,
        (answer, calendar): (&MatterAnswer, &Calendar),
    ) {
        self.total.matters(kind).answer(answer, calendar);
        let row = self.row(city, department);
        row.matters(kind).answer(answer, calendar);
    }

    /// Counts a data set that this row returns.
    pub fn returned(&mut self, (city, department): (CityCode, String), is_fetched: bool) {
        self.total.returned.add(is_fetched);
        self.row(city, department).returned.add(is_fetched);
    }

    /// Counts a data set that is returned to this row.
    pub fn returned_to(&mut self, (city, department): (CityCode, String), is_fetched: bool) {
        self.total.returned_to.add(is_fetched);
        self.row(city, department).returned_to.add(is_fetched);
    }

    /// Counts deliveries that this row sent and received.
    pub fn delivered(
        &mut self,
        (city, department): (CityCode, String),
        (sent, received): (UseFigures, UseFigures),
    ) {
        self.total.sent.plus(sent);
        self.total.received.plus(received);
        let row = self.row(city, department);
        row.sent.plus(sent);
        row.received.plus(received);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::RejectReason;

    #[test]
    fn the_most_frequent_grounds_come_first_and_those_of_one_number_in_their_order() {
        let mut figures = RequestFigures::default();
        let rejected = Ground::Rejected(RejectReason::NotShared);
        for (ground, count) in [
            (Ground::refused(" 《数据安全法》\n"), 2),
            (Ground::refused("《统计法》"), 3),
            (rejected.clone(), 2),
        ] {
            *figures.refusals.entry(ground).or_default() += count;
        }
        let refused = |text: &str| Ground::Refused(text.to_owned());
        let (statistics, security) = (refused("《统计法》"), refused("《数据安全法》"));
        assert_eq!(
            figures.most_frequent_grounds(20),
            [(&statistics, 3), (&rejected, 2), (&security, 2)]
        );
        assert_eq!(figures.most_frequent_grounds(1), [(&statistics, 3)]);
        assert_eq!(figures.refused(), 7);
        let long = Ground::refused(&"法".repeat(300));
        assert_eq!(long, Ground::Refused("法".repeat(Ground::MOST)));
    }
}
