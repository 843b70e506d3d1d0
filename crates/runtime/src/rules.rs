//! The deadline rules and the calendar by which this process counts now. What they are made of is read elsewhere.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::calendar::{CityRules, RecordedRules, RuleBook, local_date};
use chengji_domain::{CityCode, Result};
use jiff::civil::Date;
use tokio::sync::watch;
use tracing::warn;

/// Interval between checks for a new day.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// The rules in force. Clones share them.
#[derive(Clone, Debug)]
pub struct CurrentRules(Arc<RwLock<Arc<RuleBook>>>);

impl CurrentRules {
    /// Begins with this book.
    pub fn new(book: RuleBook) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(book))))
    }

    /// Begins with the built-in tables.
    ///
    /// # Errors
    ///
    /// If a built-in table is wrong.
    pub fn built_in() -> Result<Self> {
        RuleBook::built_in().map(Self::new)
    }

    /// Returns the book in force.
    pub fn book(&self) -> Arc<RuleBook> {
        let book = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&book)
    }

    /// Returns the rules of a city.
    pub fn of(&self, city: CityCode) -> CityRules {
        self.book().of(city)
    }

    /// Adds a fact.
    pub fn take(&self, recorded: RecordedRules) {
        let mut book = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::make_mut(&mut book).take(recorded);
    }

    /// Puts another book in force.
    pub fn replace(&self, book: RuleBook) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(book);
    }
}

/// Logs a warning about missing holiday notices, now and once on each day from tomorrow on, until `stopped` turns true.
pub async fn watch_notices(rules: CurrentRules, clock: Clock, mut stopped: watch::Receiver<bool>) {
    let mut warned_on = local_date(clock());
    warn_of_missing_notices(&rules, warned_on);
    loop {
        tokio::select! {
            () = tokio::time::sleep(CHECK_INTERVAL) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        let today = local_date(clock());
        if today != warned_on {
            warned_on = today;
            warn_of_missing_notices(&rules, today);
        }
    }
}

fn warn_of_missing_notices(rules: &CurrentRules, today: Date) {
    for year in rules.book().calendar().missing_notices(today) {
        warn!(
            year,
            "no holiday notice for this year: its working days are Monday to Friday less the fixed \
             holidays, and deadlines counted through it are provisional; an operator sets the notice \
             at the coordinator by 'rules holidays set'"
        );
    }
}
