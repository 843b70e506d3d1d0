//! The size of the measured cluster.

use std::env;

use crate::measure::Outcome;

/// The size of the measured cluster, each number a variable of the environment.
#[derive(Clone, Copy)]
pub(super) struct Size {
    /// Number of published entries (`CHENGJI_BENCH_ENTRIES`).
    pub(super) entries: u32,
    /// Number of cities (`CHENGJI_BENCH_CITIES`), at least 2.
    pub(super) cities: u32,
    /// Number of requests (`CHENGJI_BENCH_REQUESTS`).
    pub(super) requests: u32,
    /// Number of entries that pycsw harvests (`CHENGJI_BENCH_HARVEST`).
    pub(super) harvest: u32,
}

impl Size {
    /// Reads the variables. Without them, the size is one that is measured in minutes; that of the targets is set by
    /// `tests/bench/run --large`.
    pub(super) fn of_environment() -> Outcome<Self> {
        let size = Self {
            entries: number("CHENGJI_BENCH_ENTRIES", 50_000)?,
            cities: number("CHENGJI_BENCH_CITIES", 50)?,
            requests: number("CHENGJI_BENCH_REQUESTS", 5_000)?,
            harvest: number("CHENGJI_BENCH_HARVEST", 1_000)?,
        };
        if size.cities < 2 || size.entries < size.cities || size.harvest > size.entries {
            return Err(
                "reads takes 2 cities, an entry of each, and no more harvested than entries".into(),
            );
        }
        Ok(size)
    }

    /// Number of entries of each city, rounded down.
    pub(super) fn of_one_city(self) -> u32 {
        self.entries / self.cities
    }
}

fn number(name: &str, usual: u32) -> Outcome<u32> {
    match env::var(name) {
        Ok(text) => Ok(text
            .parse::<u32>()
            .map_err(|error| format!("{name}: {error}"))?),
        Err(_) => Ok(usual),
    }
}
