//! The deadline rules and the calendar by which this process counts now. What they are made of is read elsewhere.

use std::sync::Arc;
use std::time::Duration;

use chengji_clock::Clock;
use chengji_domain::calendar::{CityRules, RecordedRules, RuleBook, local_date};
use chengji_domain::{CityCode, Result};
use jiff::civil::Date;
use tokio::sync::watch;
use tracing::warn;

/// Interval between checks for a new day.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);

/// The rules in force, and a signal when they change. Clones share them.
#[derive(Clone, Debug)]
pub struct CurrentRules(watch::Sender<Arc<RuleBook>>);

impl CurrentRules {
    /// Begins with this book.
    pub fn new(book: RuleBook) -> Self {
        Self(watch::Sender::new(Arc::new(book)))
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
        Arc::clone(&self.0.borrow())
    }

    /// Returns the rules of a city.
    pub fn of(&self, city: CityCode) -> CityRules {
        self.book().of(city)
    }

    /// Returns a receiver that is notified of each change from now on.
    pub fn changes(&self) -> watch::Receiver<Arc<RuleBook>> {
        self.0.subscribe()
    }

    /// Adds a fact.
    pub fn take(&self, recorded: RecordedRules) {
        self.0
            .send_modify(|book| Arc::make_mut(book).take(recorded));
    }

    /// Puts another book in force.
    pub fn replace(&self, book: RuleBook) {
        self.0.send_replace(Arc::new(book));
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
