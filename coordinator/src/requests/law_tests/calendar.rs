//! Working days and the numbers of rules by the law, day by day: a plain model, independent of the code that it is
//! compared with.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};

/// A last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) date: Date,
    pub(super) provisional: bool,
    /// The day from which it was counted, and the number of working days since, by the notices known then.
    pub(super) from: Date,
    pub(super) days: u32,
}

/// The number of a rule in a place between two days.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) place: &'static str,
    pub(super) rule: &'static str,
    pub(super) days: u32,
    pub(super) from: Date,
    pub(super) until: Date,
}

/// The numbers of the whole country.
const NATIONAL: [(&str, u32); 7] = [
    ("conditional_answer", 10),
    ("extension_at_most", 10),
    ("delivery_after_grant", 20),
    ("supplement", 10),
    ("consultation", 10),
    ("pause_while_incomplete", 1),
    ("disposal_after_end", 20),
];

/// Holidays of fixed date, month and day.
const FIXED: [(i8, i8); 6] = [(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)];

/// The published holiday notices: year, date, `off` or `work`.
const PUBLISHED: &str = include_str!("../../../../crates/domain/data/working-days.csv");

/// The holiday notices and tables of rules that are known.
pub(super) struct Book {
    tables: Vec<Table>,
    years: BTreeSet<i16>,
    /// The days that notices set: true for a working day.
    days: BTreeMap<Date, bool>,
}

impl Book {
    pub(super) fn published() -> Self {
        let (mut years, mut days) = (BTreeSet::new(), BTreeMap::new());
        for line in PUBLISHED.lines() {
            let cells: Vec<_> = line.split(',').collect();
            if let Ok(year) = cells[0].parse::<i16>() {
                years.insert(year);
                days.insert(cells[1].parse::<Date>().unwrap(), cells[2] == "work");
            }
        }
        Self {
            tables: Vec::new(),
            years,
            days,
        }
    }

    pub(super) fn announce(&mut self, year: i16, days: &[(Date, bool)]) {
        self.days.extend(days.iter().copied());
        self.years.insert(year);
    }

    pub(super) fn knows(&self, year: i16) -> bool {
        self.years.contains(&year)
    }

    pub(super) fn enact(&mut self, table: Table) {
        self.tables.push(table);
    }

    /// The number in a city: that of the city's newest table, or else the province's, or else the country's.
    pub(super) fn number(&self, city: &str, rule: &str, on: Date) -> u32 {
        let places = [
            city.to_owned(),
            format!("{}0000", &city[..2]),
            "000000".to_owned(),
        ];
        for place in places {
            let mut newest = self.tables.iter().rev();
            let newest = newest.find(|table| table.place == place && table.rule == rule);
            if let Some(table) = newest.filter(|table| table.from <= on && on <= table.until) {
                return table.days;
            }
        }
        NATIONAL.iter().find(|(of, _)| *of == rule).unwrap().1
    }

    fn works(&self, date: Date) -> bool {
        let is_free = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
            || FIXED.contains(&(date.month(), date.day()));
        self.days.get(&date).copied().unwrap_or(!is_free)
    }

    /// The working days after one day up to another.
    pub(super) fn count(&self, from: Date, to: Date) -> u32 {
        let (mut count, mut date) = (0, from);
        while date < to {
            date = date.tomorrow().unwrap();
            count += u32::from(self.works(date));
        }
        count
    }

    /// The day on which so many working days have passed.
    pub(super) fn after(&self, from: Date, days: u32) -> Day {
        let mut date = from;
        let mut left = days;
        while left > 0 {
            date = date.tomorrow().unwrap();
            left -= u32::from(self.works(date));
        }
        self.until(from, date)
    }

    /// A day that a party names: provisional if a year up to it has no notice yet.
    pub(super) fn until(&self, from: Date, date: Date) -> Day {
        let from = from.min(date);
        let (mut provisional, mut day) = (false, from);
        while day < date {
            day = day.tomorrow().unwrap();
            provisional |= !self.knows(day.year());
        }
        Day {
            date,
            provisional,
            from,
            days: self.count(from, date),
        }
    }

    /// A provisional day, counted again by the notices known now; it only becomes later.
    pub(super) fn moved(&self, day: Day) -> Day {
        let counted = self.after(day.from, day.days);
        match day.provisional && counted.date > day.date {
            true => counted,
            false => day,
        }
    }
}
