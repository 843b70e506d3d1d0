//! The formulas of the rate, and which of them is in force at a cut-off. A formula never changes; another one has another
//! identifier, and takes the place of the one before from a day on that was announced before.

use chengji_messages::msg;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::calendar::local_date;
use crate::error::{Error, ErrorCode};
use crate::principal::Principal;

/// A formula of the indicator L5P1-A1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Formula {
    /// `L5P1-A1/2`: an entry is realised by a read of all its content, and counts as measured.
    #[default]
    WholeContent,
    /// `L5P1-A1/3`: an entry is realised by a complete read of a granted part of its table as well. Its rows and bytes are
    /// realised as far as the widest read within the update cycle covered them. An interface counts in entries only.
    WidestRead,
}

impl Formula {
    /// All formulas, the earliest first.
    pub const ALL: [Self; 2] = [Self::WholeContent, Self::WidestRead];

    /// The number after the name of the indicator.
    pub fn version(self) -> u32 {
        match self {
            Self::WholeContent => 2,
            Self::WidestRead => 3,
        }
    }

    /// The identifier of the indicator and version of the formula, as figures and seals name it.
    pub fn id(self) -> &'static str {
        match self {
            Self::WholeContent => "L5P1-A1/2",
            Self::WidestRead => "L5P1-A1/3",
        }
    }

    /// Returns the formula with this number.
    pub fn from_version(version: u32) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.version() == version)
    }

    /// Returns the formula with this identifier.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.id() == id)
    }
}

/// The adoption of a formula by the cluster: it is in force for cut-offs on this day and later, in China time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormulaAdoption {
    /// The formula.
    pub formula: Formula,
    /// The first day.
    pub from: Date,
}

/// An adoption as recorded in the coordinator's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAdoption {
    /// The adoption.
    pub adoption: FormulaAdoption,
    /// Its position.
    pub seq: u64,
    /// The time of the entry.
    pub at: Timestamp,
    /// The person that recorded it.
    pub by: Principal,
}

/// The adoptions of a cluster, in the order of their records. Before the first one, the first formula is in force.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Formulas(Vec<FormulaAdoption>);

impl Formulas {
    /// Takes over the next recorded adoption.
    pub fn take(&mut self, adoption: FormulaAdoption) {
        self.0.push(adoption);
    }

    /// Returns the formula in force at a cut-off. Adoptions are recorded before their first day, so those that are
    /// recorded later do not change it. Of two from the same day, the one recorded later counts.
    pub fn in_force(&self, at: Timestamp) -> Formula {
        self.on(local_date(at))
    }

    fn on(&self, day: Date) -> Formula {
        let adopted = self.0.iter().filter(|one| one.from <= day);
        let last = adopted.max_by_key(|one| one.from);
        last.map_or(Formula::default(), |one| one.formula)
    }

    /// Checks an adoption that is to be recorded at this time.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` if its first day is not later than that of the record, `ALREADY_EXISTS` if the formula is in
    /// force from then on anyway.
    pub fn check(&self, adoption: FormulaAdoption, now: Timestamp) -> Result<(), Error> {
        let FormulaAdoption { formula, from } = adoption;
        if from <= local_date(now) {
            let message = msg::FormulaBackdated { from };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        if self.on(from) == formula {
            let formula = formula.id();
            let message = msg::FormulaAlreadySo { formula, from };
            return Err(Error::new(ErrorCode::AlreadyExists, message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::end_of_day;

    fn adoption(formula: Formula, from: &str) -> FormulaAdoption {
        FormulaAdoption {
            formula,
            from: from.parse().unwrap(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn identifiers_are_pinned() {
        let ids = Formula::ALL.map(Formula::id);
        assert_eq!(ids, ["L5P1-A1/2", "L5P1-A1/3"]);
        for formula in Formula::ALL {
            assert_eq!(Formula::from_id(formula.id()), Some(formula));
            assert_eq!(Formula::from_version(formula.version()), Some(formula));
            assert!(formula.id().ends_with(&format!("/{}", formula.version())));
        }
        assert_eq!(Formula::from_id("L5P1-A1/1"), None);
    }

    #[test]
    fn a_formula_is_in_force_from_the_first_instant_of_its_day() {
        let mut formulas = Formulas::default();
        formulas.take(adoption(Formula::WidestRead, "2026-12-01"));
        let before = at("2026-11-30T15:59:59.999999999Z");
        assert_eq!(formulas.in_force(before), Formula::WholeContent);
        let first = at("2026-11-30T16:00:00Z");
        assert_eq!(formulas.in_force(first), Formula::WidestRead);
        // Before its day another record takes its place.
        formulas.take(adoption(Formula::WholeContent, "2026-12-01"));
        assert_eq!(formulas.in_force(first), Formula::WholeContent);
    }

    #[test]
    fn an_adoption_is_announced_and_changes_something() {
        let mut formulas = Formulas::default();
        let now = at("2026-11-29T16:00:00Z");
        let code = |formulas: &Formulas, formula, from| {
            let checked = formulas.check(adoption(formula, from), now);
            checked.map_err(|error| error.code())
        };
        let (old, new) = (Formula::WholeContent, Formula::WidestRead);
        // It is the 30th in China.
        let backdated = code(&formulas, new, "2026-11-30");
        assert_eq!(backdated, Err(ErrorCode::InvalidArgument));
        let idle = code(&formulas, old, "2026-12-01");
        assert_eq!(idle, Err(ErrorCode::AlreadyExists));
        assert_eq!(code(&formulas, new, "2026-12-01"), Ok(()));
        formulas.take(adoption(new, "2026-12-01"));
        let again = code(&formulas, new, "2027-01-01");
        assert_eq!(again, Err(ErrorCode::AlreadyExists));
        assert_eq!(code(&formulas, old, "2027-01-01"), Ok(()));
    }

    proptest! {
        /// Later records never change the formula of an earlier cut-off.
        #[test]
        fn the_formula_of_a_cut_off_stays(
            records in prop::collection::vec((any::<bool>(), 0..40_i64, 0..20_i64), 1..12),
        ) {
            let start: Date = "2026-12-01".parse().unwrap();
            let day = |number: i64| start.saturating_add(jiff::Span::new().days(number));
            let (mut formulas, mut today, mut known) = (Formulas::default(), 0, Vec::new());
            for (is_newer, wait, notice) in records {
                today += wait;
                let now = end_of_day(day(today));
                let formula = Formula::ALL[usize::from(is_newer)];
                let adoption = FormulaAdoption { formula, from: day(today + notice) };
                if formulas.check(adoption, now).is_ok() {
                    formulas.take(adoption);
                }
                known.push((now, formulas.in_force(now)));
                for (at, formula) in &known {
                    prop_assert_eq!(formulas.in_force(*at), *formula);
                }
            }
        }
    }
}
