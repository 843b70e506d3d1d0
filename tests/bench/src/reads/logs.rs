//! The logs of the cities: entries, a tenth of them mounted and measured; requests, nine of ten of them granted; and the
//! deliveries of half of the requests.

use std::thread;

use chengji_domain::catalogue::{
    Draft, DraftItem, Entry, FormatKind, Given, ItemType, ShareClass, UpdateCycle,
};
use chengji_domain::fact::{CityFact, Delivery, LogOwner, Measurement};
use chengji_domain::request::terms::GrantTerms;
use chengji_domain::request::{Grant, Move, RequestId};
use chengji_domain::{CityCode, Digest, Epoch, Principal, ResourceCode};
use chengji_testkit::{entries, requests};
use chengji_tests::Script;
use jiff::{SignedDuration, Timestamp};

use super::size::Size;
use crate::measure::Outcome;
use crate::search::names;

/// The time that the dates of entries cover.
const COVERED: SignedDuration = SignedDuration::from_hours(90 * 24);
/// One of so many entries is mounted and measured.
const MOUNTED: u32 = 10;
/// One of so many requests is not answered.
const UNANSWERED: u32 = 10;
const GRANTED_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);
const FILE_BYTES: u64 = 1 << 20;

/// The code of the city with this number: of invented divisions, 90 to a province.
pub(super) fn city(number: u32) -> Outcome<CityCode> {
    let (province, division) = (50 + number / 90, 1 + number % 90);
    Ok(CityCode::from_number(province * 10_000 + division * 100)?)
}

/// The log of each city, with dates up to `until`.
pub(super) fn all(size: Size, until: Timestamp) -> Outcome<Vec<Script>> {
    let numbers: Vec<u32> = (0..size.cities).collect();
    let threads = thread::available_parallelism()?.get();
    let piece = numbers.len().div_ceil(threads);
    let mut scripts = thread::scope(|scope| {
        let of = move |numbers: &[u32]| -> Outcome<Vec<Script>> {
            let scripts = numbers.iter().map(|number| catalogue(size, *number, until));
            scripts.collect()
        };
        let threads: Vec<_> = numbers
            .chunks(piece)
            .map(|numbers| scope.spawn(move || of(numbers)))
            .collect();
        let mut all = Vec::new();
        for thread in threads {
            let made = thread
                .join()
                .unwrap_or_else(|_| Err("a log was not made".into()));
            all.extend(made?);
        }
        Outcome::Ok(all)
    })?;
    for number in 0..size.requests {
        request(size, number, until, &mut scripts)?;
    }
    Ok(scripts)
}

/// The next revision of an entry, with another name.
pub(super) fn revision(number: u32, name: String, revision: u32) -> Outcome<CityFact> {
    let entry = Box::new(Entry {
        name,
        ..entry(number)?
    });
    Ok(CityFact::Published { entry, revision })
}

/// The catalogue of a city.
fn catalogue(size: Size, city_number: u32, until: Timestamp) -> Outcome<Script> {
    let mut script = Script {
        owner: LogOwner::City(city(city_number)?),
        epoch: Epoch::first(rand::random()),
        entries: Vec::new(),
        head: None,
    };
    let numbers = || (city_number..size.entries).step_by(size.cities as usize);
    let count = numbers().count();
    for (serial, number) in numbers().enumerate() {
        let before = COVERED.as_secs() * (count - serial) as i64 / count as i64;
        let entry = Box::new(entry(number)?);
        let fact = CityFact::Published { entry, revision: 1 };
        script.append(until - SignedDuration::from_secs(before), fact);
    }
    for number in numbers().filter(|number| is_mounted(size, *number)) {
        let code = code(number)?;
        let file_name = "data.csv".to_owned();
        let mounted = CityFact::Mounted {
            code: code.clone(),
            file_name,
            is_table: false,
        };
        script.append(until, mounted);
        let measurement = Measurement {
            bytes: FILE_BYTES,
            rows: Some(u64::from(1 + number % 10_000)),
            digest: content(number),
            at: until,
        };
        script.append(until, CityFact::Measured { code, measurement });
    }
    Ok(script)
}

/// Adds a request to the logs of both sides: its submission, the grant, and its delivery.
fn request(size: Size, number: u32, until: Timestamp, scripts: &mut [Script]) -> Outcome<()> {
    let from = number % size.cities;
    let other = 1 + number / size.cities % (size.cities - 1);
    let to = (from + other) % size.cities;
    let (consumer, provider) = (city(from)?, city(to)?);
    // Every other one is for a mounted entry.
    let serial = number.wrapping_mul(7_919) % size.of_one_city();
    let serial = match number % 2 {
        0 => serial - serial % MOUNTED,
        _ => serial,
    };
    let wanted = to + serial * size.cities;
    let code = code(wanted)?;
    let person: Principal = format!("city/{consumer}/person/officer").parse()?;
    let submission = requests::submission(&format!("{provider}:{code}"));
    let actor = person.into();
    let own = script(scripts, from)?;
    let seq = own.append(until, CityFact::Requested { submission, actor });
    let request = RequestId {
        city: consumer,
        epoch: own.epoch,
        seq,
    };
    if number % UNANSWERED == 1 {
        return Ok(());
    }
    let grant = Grant {
        scope: "全部".to_owned(),
        conditions: String::new(),
        terms: GrantTerms::file(until + GRANTED_FOR),
        automatic: true,
        return_flow: None,
        disposal: String::new(),
    };
    let (mv, actor) = (Move::Grant(grant), Principal::Node(provider).into());
    let moved = CityFact::Moved { request, mv, actor };
    script(scripts, to)?.append(until, moved);
    if !is_mounted(size, wanted) {
        return Ok(());
    }
    let delivery = Delivery {
        request,
        code,
        revision: 1,
        bytes: FILE_BYTES,
        digest: content(wanted),
        rows: None,
    };
    let delivered = CityFact::Delivered {
        delivery: delivery.clone(),
        consumer,
        resumed_at: 0,
    };
    script(scripts, to)?.append(until, delivered);
    script(scripts, from)?.append(until, CityFact::Received { delivery, provider });
    Ok(())
}

fn script(scripts: &mut [Script], number: u32) -> Outcome<&mut Script> {
    Ok(scripts.get_mut(number as usize).ok_or("no such city")?)
}

fn is_mounted(size: Size, number: u32) -> bool {
    (number / size.cities).is_multiple_of(MOUNTED)
}

fn content(number: u32) -> Digest {
    Digest::of(&number.to_be_bytes())
}

fn code(number: u32) -> Outcome<ResourceCode> {
    Ok(names::code(number).parse()?)
}

/// The entry of this number, with the texts that searches look for.
fn entry(number: u32) -> Outcome<Entry> {
    let document = names::entry(number, 0);
    let code = names::code(number);
    let items = document.items.into_iter().map(|name| DraftItem {
        name,
        kind: Given::Known(ItemType::Text),
        length: 100,
        ..DraftItem::default()
    });
    let draft = Draft {
        classification: format!("{}/{}/{}", &code[..1], &code[1..3], &code[3..6]),
        code,
        name: document.name,
        provider: document.provider,
        summary: document.summary,
        formats: vec![(Given::Known(FormatKind::Spreadsheet), "csv".to_owned())],
        items: items.collect(),
        update_cycle: Given::Known(UpdateCycle::Monthly),
        ..entries::draft(0, ShareClass::Unconditional)
    };
    Ok(draft.check().map_err(|problems| format!("{problems:?}"))?)
}
