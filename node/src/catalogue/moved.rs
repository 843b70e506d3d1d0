//! Moves provisional days of entries when a holiday notice makes them later, and has the days that are near or have
//! passed noted. No further fact is recorded of a moved day: the notice is one of the coordinator's log, and every node
//! counts the days of its own entries.

use std::time::Duration;

use chengji_domain::Result;
use chengji_domain::calendar::local_date;
use chengji_runtime::off_thread;
use chengji_store::Tx;
use tokio::sync::watch;

use super::lifecycles::{LIFECYCLES, PROVISIONAL, find};
use super::{Catalogue, reminders};

/// Interval at which the clock is read for a new day.
const INTERVAL: Duration = Duration::from_secs(30);

/// Moves the days at start and after each change of the rules, and reminds of them then and on each new day, until
/// `stopped` turns true.
pub async fn watch(catalogue: Catalogue, mut stopped: watch::Receiver<bool>) {
    let mut changes = catalogue.rules.changes();
    let (mut is_moved, mut reminded_on) = (false, None);
    loop {
        if !is_moved {
            match move_days(&catalogue).await {
                Ok(0) => {}
                Ok(moved) => tracing::info!(moved, "moved provisional days of entries by a notice"),
                Err(error) => tracing::error!(%error, "cannot move provisional days of entries"),
            }
        }
        let now = catalogue.own.now();
        let today = Some(local_date(now));
        if !is_moved || reminded_on != today {
            match reminders::remind(&catalogue, now).await {
                Ok(reminded) => {
                    reminded_on = today;
                    if reminded > 0 {
                        tracing::info!(reminded, "reminded of deadlines of entries");
                    }
                }
                Err(error) => {
                    reminded_on = None;
                    tracing::error!(%error, "cannot remind of deadlines of entries; trying again");
                }
            }
        }
        is_moved = true;
        tokio::select! {
            () = tokio::time::sleep(INTERVAL) => {}
            changed = changes.changed() => match changed {
                Ok(()) => is_moved = false,
                Err(_) => return,
            },
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// Moves every provisional day that the notices make later; returns the number of entries. An entry whose day cannot be
/// moved does not prevent the others from being moved.
async fn move_days(catalogue: &Catalogue) -> Result<usize> {
    let ledger = &catalogue.own.ledger;
    let kv = ledger.kv().clone();
    let provisional = off_thread(move || {
        let mut found = Vec::new();
        PROVISIONAL.all().each_key(&*kv, |(), code| {
            found.push(code);
            Ok(())
        })?;
        Ok(found)
    });
    let mut moved = 0;
    for code in provisional.await? {
        let (rules, named) = (catalogue.rules.clone(), code.clone());
        let job = move |tx: &mut Tx<'_>| {
            let book = rules.book();
            let Some(present) = find(tx, &named)? else {
                return Ok(false);
            };
            let Some(later) = present.moved(book.calendar()) else {
                return Ok(false);
            };
            LIFECYCLES.replace(tx, &named, Some(&present), &later)?;
            Ok(true)
        };
        match ledger.write(job).await {
            Ok(is_moved) => moved += usize::from(is_moved),
            Err(error) => tracing::error!(%code, %error, "cannot move a provisional day"),
        }
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use chengji_domain::calendar::{Deadline, HolidayNotice, RecordedRules, RulesFact};
    use chengji_domain::catalogue::NotedChange;
    use chengji_domain::{Principal, ResourceCode};
    use jiff::civil::date;

    use super::super::samples::{MINE, catalogue, entry};
    use super::*;

    fn provisional(day: jiff::civil::Date) -> Deadline {
        Deadline {
            date: day,
            provisional: true,
        }
    }

    /// A submitted entry whose review is due in the new year, and whose update, for a change of 24 December, too.
    async fn submitted(catalogue: &Catalogue) -> ResourceCode {
        let content = entry(1, "区划", MINE, &[]);
        let code = content.code.clone();
        let author = catalogue.transitions();
        let at = "2026-12-31T02:00:00Z".parse().unwrap();
        let named = code.clone();
        let job = move |tx: &mut Tx<'_>| {
            author.import(tx, &content, false, at)?;
            let present = find(tx, &named)?.unwrap();
            let mut later = present.clone();
            later.change = Some(NotedChange {
                on: date(2026, 12, 24),
                noted_by: Principal::Coordinator,
                due: provisional(date(2027, 1, 8)),
                extended_by: 0,
                settled_by: 2,
            });
            LIFECYCLES.replace(tx, &named, Some(&present), &later)
        };
        catalogue.own.ledger.write(job).await.unwrap();
        code
    }

    /// A notice for 2027 with these rows.
    fn announce(catalogue: &Catalogue, rows: &str) {
        let text = format!("version,v,source,s\nyear,date,day,occasion,notice\n{rows}");
        let notice = HolidayNotice::parse("w.csv", &text).unwrap().remove(0);
        catalogue.rules.take(RecordedRules {
            seq: 0,
            at: "2027-01-01T02:00:00Z".parse().unwrap(),
            by: Principal::Coordinator,
            fact: RulesFact::Holidays(notice),
        });
    }

    fn days(catalogue: &Catalogue, code: &ResourceCode) -> [Option<Deadline>; 2] {
        let record = find(&**catalogue.own.ledger.kv(), code).unwrap().unwrap();
        [record.last.due, record.change.map(|change| change.due)]
    }

    #[tokio::test]
    async fn a_notice_moves_the_provisional_days_of_an_entry_once_and_only_later() {
        let catalogue = catalogue(&[]);
        let code = submitted(&catalogue).await;
        let before = [date(2027, 1, 5), date(2027, 1, 8)].map(|day| Some(provisional(day)));
        assert_eq!(days(&catalogue, &code), before);
        assert_eq!(move_days(&catalogue).await.unwrap(), 0, "without a notice");
        announce(
            &catalogue,
            "2027,2027-01-01,off,元旦,号\n2027,2027-01-02,work,元旦,号\n",
        );
        assert_eq!(move_days(&catalogue).await.unwrap(), 0, "never earlier");
        assert_eq!(days(&catalogue, &code), before);
        announce(
            &catalogue,
            "2027,2027-01-01,off,元旦,号\n2027,2027-01-04,off,元旦,号\n",
        );
        assert_eq!(move_days(&catalogue).await.unwrap(), 1);
        let later = [date(2027, 1, 6), date(2027, 1, 11)];
        let later = later.map(|day| Some(Deadline::certain(day)));
        assert_eq!(days(&catalogue, &code), later);
        assert_eq!(
            move_days(&catalogue).await.unwrap(),
            0,
            "they are certain now"
        );
    }
}
