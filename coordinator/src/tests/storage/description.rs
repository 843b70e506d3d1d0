//! Describes a data directory, to compare what later builds read of it.

use chengji_domain::CityCode;
use chengji_domain::fact::LogOwner;
use chengji_follow::{copies, quarantine, request_table, root};
use chengji_proto::v1;
use chengji_records::StoredCityUse;

use super::super::directory::{by, own_log, tables};
use super::super::world::{CITIES, World, at, city};
use super::NOW;
use super::prefixes::NOT_WRITTEN;
use crate::{journal, records};

/// Describes the directory as this build reads it, a fact or record a line.
pub(super) fn described(world: &World) -> String {
    let mut lines = contents_of(world);
    let kv = &**world.ledger.kv();
    lines.extend(tables(kv, &NOT_WRITTEN, by::<CityCode, StoredCityUse>));
    lines.join("\n") + "\n"
}

/// Describes all but the tables.
pub(super) fn contents_of(world: &World) -> Vec<String> {
    let kv = &**world.ledger.kv();
    let mut lines = vec![own_log(kv)];
    for now in ["2026-11-26T02:00:00Z", NOW] {
        world.set_now(now);
        for city in &world.report(None).unwrap().cities.items {
            let (figures, city) = (city.figures.as_ref().unwrap(), &city.city);
            lines.push(format!("rate {city} at {now}: {}", shown(figures)));
        }
    }
    for (id, record) in request_table::REQUESTS.all().collect(kv).unwrap() {
        let state = record.shown_state(at(NOW)).unwrap();
        let (moves, refused) = (record.history.steps.len(), record.refused.len());
        lines.push(format!(
            "request {id} {state}: {moves} moves, {refused} refused"
        ));
    }
    let each = records::each_entry(kv, None, |city, record| {
        let (code, revision) = (&record.entry.code, record.revision);
        let withdrawn = record.withdrawn.is_some();
        lines.push(format!(
            "entry {city}:{code} revision {revision}, withdrawn: {withdrawn}"
        ));
        Ok(())
    });
    each.unwrap();
    for city in CITIES.map(city) {
        for copy in copies(kv, LogOwner::City(city)).unwrap() {
            let root = root(kv, copy.log, copy.number, copy.next).unwrap();
            let (number, next) = (copy.number, copy.next);
            lines.push(format!(
                "log {city} copy {number}: {next} entries, root {root}"
            ));
        }
    }
    for row in journal::seals(kv, .., 100) {
        let month = journal::sealed_month(kv, row.unwrap().1).unwrap();
        let (name, digest) = (month.name(), month.seal.checkpoint);
        lines.push(format!("sealed {name} {digest}"));
    }
    let aside = quarantine(kv, &v1::ListQuarantineRequest::default()).unwrap();
    for entry in aside.items {
        lines.push(format!("set aside {} {}", entry.log, entry.seq));
    }
    lines
}

fn shown(figures: &v1::RateFigures) -> String {
    let ratio = |ratio: &Option<v1::Ratio>| {
        let ratio = ratio.as_ref().unwrap();
        format!("{}/{}", ratio.numerator, ratio.denominator)
    };
    let [entries, rows, bytes] = [&figures.entries, &figures.rows, &figures.bytes].map(ratio);
    format!("entries {entries}, rows {rows}, bytes {bytes}")
}
