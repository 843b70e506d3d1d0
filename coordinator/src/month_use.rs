//! The use of shared data for reports: the deliveries of each city's log by month and department, counted as they are
//! read.
//!
//! Both sides of a delivery are counted, each in its own city's log: what one has sent, and what the other has
//! received.

use chengji_domain::fact::{Delivery, Origin};
use chengji_domain::report::{Month, UseFigures};
use chengji_domain::request::{RequestHistory, RequestRecord};
use chengji_domain::{CityCode, ResourceCode, Result};
use chengji_records::{MonthUse, StoredMonthUse};
use chengji_store::{Position, Prefix, Table, Tx, View};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::records;

/// Number of records removed at once.
const PAGE: usize = 256;

/// Deliveries by city, first day of the month, and credit code of the department, which is empty where there is none.
static USES: Table<(CityCode, Date, String), StoredMonthUse> = Table::new(Prefix::MonthUse, &[]);

/// The side of a delivery that a city's log reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side<'r> {
    /// Sent, as provider.
    Sent,
    /// Received, as consumer, under this request, if it is known.
    Received(Option<&'r RequestRecord>),
}

/// Counts a delivery that a city reports in its log.
pub fn count(
    tx: &mut Tx<'_>,
    city: CityCode,
    (origin, at): (Origin, Timestamp),
    delivery: &Delivery,
    side: Side<'_>,
) -> Result<()> {
    let department = match side {
        // The request may still be in a log that is not read to its end; the entry is in the same log as the delivery.
        Side::Sent => department_of_entry(tx, city, &delivery.code)?.0,
        Side::Received(request) => {
            let department = request.map(|record| consumer_department(&record.history));
            department.unwrap_or_default()
        }
    };
    let Origin { epoch, seq } = origin;
    let position = Position { epoch, seq };
    let key = (city, Month::of(at).first_day(), department);
    let mut used = USES.get(tx, &key)?.unwrap_or(MonthUse {
        sent: UseFigures::default(),
        received: UseFigures::default(),
        first: position,
        last: position,
    });
    match side {
        Side::Sent => used.sent.add(delivery.bytes),
        Side::Received(_) => used.received.add(delivery.bytes),
    }
    used.last = position;
    USES.put(tx, &key, &used)
}

/// The deliveries of a city's log in a month, by department.
pub fn of_month(
    view: &(impl View + ?Sized),
    city: CityCode,
    month: Month,
) -> Result<Vec<(String, MonthUse)>> {
    let mut found = Vec::new();
    let of_month = USES.under(&(city, month.first_day()));
    of_month.each(view, |(.., department), used| {
        found.push((department, used));
        Ok(())
    })?;
    Ok(found)
}

/// Forgets some of what was read of a city's log; returns true when nothing is left.
pub fn forget(tx: &mut Tx<'_>, city: CityCode) -> Result<bool> {
    let some = USES.under(&(city,)).keys(tx, PAGE)?;
    for (key, _) in &some.rows {
        USES.delete(tx, key)?;
    }
    Ok(some.rest.is_none())
}

/// The consumer's department in a request; empty without one.
pub fn consumer_department(history: &RequestHistory) -> String {
    let department = history.submission.department;
    department.map(|code| code.to_string()).unwrap_or_default()
}

/// The provider's department in a request, with its name: those of the entry as it is now; empty without one.
pub fn provider_department(
    view: &(impl View + ?Sized),
    history: &RequestHistory,
) -> Result<(String, String)> {
    department_of_entry(view, history.provider(), &history.submission.resource.code)
}

/// The department of a city's entry as it is now, with its name; empty without one.
pub fn department_of_entry(
    view: &(impl View + ?Sized),
    city: CityCode,
    code: &ResourceCode,
) -> Result<(String, String)> {
    let entry = records::entry(view, city, code)?;
    let department = entry.map(|record| {
        let entry = record.entry;
        (entry.provider_code.to_string(), entry.provider)
    });
    Ok(department.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::ShareClass::Unconditional;
    use chengji_domain::fact::CityFact;

    use super::*;
    use crate::tests::world::{
        CONSUMER, PROVIDER, World, city, delivery, entry, grant, requested, submission,
    };

    /// The deliveries of a city in a month: department, sent, received, first and last position.
    fn used(world: &World, of: &str, month: &str) -> Vec<(String, [u64; 6])> {
        let found = of_month(&**world.ledger.kv(), city(of), month.parse().unwrap()).unwrap();
        let numbers = |used: MonthUse| {
            let (sent, received) = (used.sent, used.received);
            [
                sent.deliveries,
                sent.bytes,
                received.deliveries,
                received.bytes,
                used.first.seq,
                used.last.seq,
            ]
        };
        let found = found.into_iter();
        found
            .map(|(department, used)| (department, numbers(used)))
            .collect()
    }

    #[tokio::test]
    async fn deliveries_count_in_the_month_of_their_date_and_are_counted_once_when_read_again() {
        let mut world = World::new().await;
        let published = entry(1, Unconditional);
        let department = published.provider_code.to_string();
        world.publish(PROVIDER, published, 1).await.unwrap();
        let resource = format!("{PROVIDER}:{}", crate::tests::world::code(1));
        let request = world.ask(&resource).await;
        let granted = grant("2027-06-30T00:00:00Z");
        world.make_move(PROVIDER, request, granted).await.unwrap();
        let sent = |content| CityFact::Delivered {
            delivery: delivery(1, content, request),
            consumer: city(CONSUMER),
            resumed_at: 0,
        };
        let first = world.append(PROVIDER, sent(3)).await.unwrap();
        let last = world.append(PROVIDER, sent(5)).await.unwrap();
        let received = CityFact::Received {
            delivery: delivery(1, 5, request),
            provider: city(PROVIDER),
        };
        let at = world.append(CONSUMER, received).await.unwrap();
        world.set_now("2026-12-01T02:00:00Z");
        let later = world.append(PROVIDER, sent(7)).await.unwrap();
        // Of another request than its own: set aside, and not counted.
        let other = world.append(CONSUMER, requested(submission(&resource)));
        let stray = chengji_domain::request::RequestId {
            seq: other.await.unwrap() + 9,
            ..request
        };
        let stray = CityFact::Delivered {
            delivery: delivery(1, 9, stray),
            consumer: city(CONSUMER),
            resumed_at: 0,
        };
        world.append(PROVIDER, stray).await.unwrap_err();

        let november = [(department.clone(), [2, 800, 0, 0, first, last])];
        let check = |world: &World| {
            assert_eq!(used(world, PROVIDER, "2026-11"), november);
            let december = [(department.clone(), [1, 700, 0, 0, later, later])];
            assert_eq!(used(world, PROVIDER, "2026-12"), december);
            let consumed = [(String::new(), [0, 0, 1, 500, at, at])];
            assert_eq!(used(world, CONSUMER, "2026-11"), consumed);
            assert!(used(world, CONSUMER, "2026-12").is_empty());
        };
        check(&world);
        world.read_again(PROVIDER).await;
        check(&world);
        // Read before the request, whose consumer's log is not read to its end.
        world.set_current(false);
        let early = chengji_domain::request::RequestId {
            seq: request.seq + 50,
            ..request
        };
        let early = CityFact::Delivered {
            delivery: delivery(1, 2, early),
            consumer: city(CONSUMER),
            resumed_at: 0,
        };
        let latest = world.append(PROVIDER, early).await.unwrap();
        let december = [(department.clone(), [2, 900, 0, 0, later, latest])];
        assert_eq!(used(&world, PROVIDER, "2026-12"), december);
    }
}
