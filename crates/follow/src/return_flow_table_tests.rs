use std::sync::Arc;

use chengji_domain::Epoch;
use chengji_domain::fact::Origin;
use chengji_domain::request::Actor;
use chengji_domain::return_flow::ReturnFlowFact;
use chengji_store::{CountingStore, Ledger, MemoryStore};

use super::*;

const PROVINCE: &str = "430000";

fn city(code: &str) -> CityCode {
    code.parse().unwrap()
}

fn code() -> ResourceCode {
    "201001/000001".parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn note(seq: u64, act: ReturnFlowAct) -> ReturnFlowNote {
    ReturnFlowNote {
        provider: city(PROVINCE),
        origin: Origin {
            epoch: Epoch::first([1; 8]),
            seq,
        },
        at: at("2026-11-27T02:00:00Z"),
        fact: ReturnFlowFact {
            act,
            actor: Actor::new("city/430000/person/shen.pi".parse().unwrap(), None),
        },
        readers: None,
    }
}

fn declared(seq: u64, to: Option<&str>) -> ReturnFlowNote {
    let flow = ReturnFlow {
        to: to.map(city),
        rows: "行政区划代码为本市的登记信息".to_owned(),
    };
    note(seq, ReturnFlowAct::Declare { code: code(), flow })
}

fn ended(seq: u64) -> ReturnFlowNote {
    note(
        seq,
        ReturnFlowAct::End {
            code: code(),
            reason: "系统下线".to_owned(),
            consultation: "书面征求各市意见".to_owned(),
        },
    )
}

/// A store of this city's node, or of the coordinator, that read these notes.
async fn read(own: Option<&str>, notes: Vec<ReturnFlowNote>) -> Ledger {
    let own = own.map(city);
    let owner = own.map_or_else(|| "coordinator".to_owned(), |own| format!("city/{own}"));
    let ledger = Ledger::create(Arc::new(MemoryStore::new()), &owner, [1; 8]).unwrap();
    let job = move |tx: &mut Tx<'_>| notes.iter().try_for_each(|note| take(tx, note, own));
    ledger.write(job).await.unwrap();
    ledger
}

fn awaited(ledger: &Ledger) -> usize {
    AWAITED.all().count(&**ledger.kv(), 10).unwrap()
}

async fn receive(ledger: &Ledger, consumer: &'static str, when: &'static str) {
    let parties = (city(PROVINCE), city(consumer));
    let job = move |tx: &mut Tx<'_>| note_delivery(tx, parties, &code(), at(when));
    ledger.write(job).await.unwrap();
}

#[tokio::test]
async fn a_lower_division_waits_for_the_first_receipt() {
    let ledger = read(Some("430100"), vec![declared(7, None)]).await;
    let kv = &**ledger.kv();
    let parties = (city(PROVINCE), city("430100"));
    assert!(serving(kv, parties, &code()).unwrap().is_some());
    assert_eq!(awaited(&ledger), 1);
    receive(&ledger, "430100", "2026-11-28T02:00:00Z").await;
    assert_eq!(awaited(&ledger), 0);
    let november = Month::of(at("2026-11-01T02:00:00Z"));
    let december = Month::of(at("2026-12-15T02:00:00Z"));
    let received = |month| is_received_in(kv, parties, &code(), month).unwrap();
    assert!(received(november) && !received(december));
    // A log that is read anew gives the same again.
    let again = declared(7, None);
    let job = move |tx: &mut Tx<'_>| {
        assert!(forget(tx, city("430100"))?);
        take(tx, &again, Some(city("430100")))
    };
    ledger.write(job).await.unwrap();
    assert_eq!(awaited(&ledger), 0);
}

#[tokio::test]
async fn a_return_flow_is_stored_at_its_lower_divisions_until_it_ends() {
    let serves = |ledger: &Ledger, consumer: &str| {
        let parties = (city(PROVINCE), city(consumer));
        serving(&**ledger.kv(), parties, &code()).unwrap().is_some()
    };
    let other = read(Some("430200"), vec![declared(7, Some("430100"))]).await;
    assert_eq!(FLOWS.all().count(&**other.kv(), 10).unwrap(), 0);
    let ledger = read(None, vec![declared(7, Some("430100"))]).await;
    assert!(serves(&ledger, "430100") && !serves(&ledger, "430200"));
    assert_eq!(awaited(&ledger), 0, "the coordinator awaits nothing");
    let ledger = read(Some("430100"), vec![declared(7, None), ended(9)]).await;
    assert!(!serves(&ledger, "430100"));
    assert_eq!(awaited(&ledger), 0);
    let note = ended(9);
    let by = (note.origin, note.at);
    let bare = ReturnFlowNote::bare_end(city(PROVINCE), by, code(), None);
    let later = read(Some("430200"), vec![declared(7, None), bare]).await;
    assert!(!serves(&later, "430200"), "admitted after the end");
    let recorded = find(&**ledger.kv(), city(PROVINCE), &code()).unwrap();
    let reason = recorded.and_then(|known| known.end).map(|end| end.reason);
    assert_eq!(reason.as_deref(), Some("系统下线"));
}

#[tokio::test]
async fn a_delivery_between_cities_of_one_level_is_not_counted() {
    let ledger = read(None, Vec::new()).await;
    let parties = (city("430200"), city("430100"));
    let when = at("2026-11-28T02:00:00Z");
    let job = move |tx: &mut Tx<'_>| note_delivery(tx, parties, &code(), when);
    ledger.write(job).await.unwrap();
    let month = Month::of(when);
    let received = is_received_in(&**ledger.kv(), parties, &code(), month);
    assert_eq!(received, Ok(false));
}

#[tokio::test]
async fn a_later_return_flow_of_an_entry_changes_no_month_of_an_earlier_one() {
    let noted = |note: ReturnFlowNote, when: &str| ReturnFlowNote {
        at: at(when),
        ..note
    };
    let notes = vec![
        declared(7, None),
        noted(ended(9), "2026-12-05T02:00:00Z"),
        noted(declared(11, Some("430200")), "2027-02-10T02:00:00Z"),
    ];
    let ledger = read(None, notes).await;
    let members = ["430100", "430200", "420100"].map(city);
    let reached = |day: &str| {
        let (kv, month) = (&**ledger.kv(), Month::of(at(day)));
        let mut reached = Vec::new();
        let visit = |_: &RecordedFlow, consumer: CityCode, _: bool| {
            reached.push(consumer.to_string());
            Ok(())
        };
        each_of_month(kv, (None, &members), month, visit).unwrap();
        reached
    };
    assert_eq!(reached("2026-10-15T02:00:00Z"), [""; 0]);
    assert_eq!(reached("2026-11-15T02:00:00Z"), ["430100", "430200"]);
    assert_eq!(reached("2026-12-15T02:00:00Z"), ["430100", "430200"]);
    assert_eq!(reached("2027-01-15T02:00:00Z"), [""; 0]);
    assert_eq!(reached("2027-02-15T02:00:00Z"), ["430200"]);
}

/// The return flows of a province to all its divisions and of another one, which declared so many; the numbers of keys
/// that are read for the month of a city, and who returns data to whom.
async fn month_of(of: &str, others: u64) -> (u64, Vec<(String, String)>) {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), "coordinator", [1; 8]).unwrap();
    let job = move |tx: &mut Tx<'_>| {
        take(tx, &declared(7, None), None)?;
        (1..=others).try_for_each(|number| {
            let code = format!("201001/{number:06}").parse()?;
            let (to, rows) = (None, "本市的登记信息".to_owned());
            let flow = ReturnFlow { to, rows };
            let other = ReturnFlowNote {
                provider: city("420000"),
                ..note(number, ReturnFlowAct::Declare { code, flow })
            };
            take(tx, &other, None)
        })
    };
    ledger.write(job).await.unwrap();
    let members = ["430000", "430100", "430200", "420100"].map(city);
    let month = Month::of(at("2026-12-15T02:00:00Z"));
    let mut reached = Vec::new();
    let visit = |recorded: &RecordedFlow, consumer: CityCode, _: bool| {
        reached.push((recorded.provider().to_string(), consumer.to_string()));
        Ok(())
    };
    let (kv, asked) = (&**ledger.kv(), (Some(city(of)), &members[..]));
    let (keys, found) = reads.during(|| each_of_month(kv, asked, month, visit));
    found.unwrap();
    (keys, reached)
}

#[tokio::test]
async fn the_month_of_a_city_reads_its_own_return_flows_and_those_of_its_province_alone() {
    let returned = |to: &[&str]| -> Vec<(String, String)> {
        let to = to.iter().map(|to| (PROVINCE.to_owned(), (*to).to_owned()));
        to.collect()
    };
    for (of, expected) in [
        ("430100", returned(&["430100"])),
        (PROVINCE, returned(&["430100", "430200"])),
    ] {
        let (few, many) = (month_of(of, 1).await, month_of(of, 400).await);
        assert_eq!(few, many, "{of}");
        assert_eq!(many.1, expected, "{of}");
    }
    assert_eq!(month_of("420100", 3).await.1.len(), 3);
}

/// A running return flow of a province, and so many that it ended in November: the number of keys that are read for a
/// later month, and to whom data is returned.
async fn month_after(of: Option<&str>, ended: u64) -> (u64, Vec<String>) {
    let store = CountingStore::new(MemoryStore::new());
    let reads = store.reads();
    let ledger = Ledger::create(Arc::new(store), "coordinator", [1; 8]).unwrap();
    let job = move |tx: &mut Tx<'_>| {
        take(tx, &declared(1, None), None)?;
        (1..=ended).try_for_each(|number| {
            let code: ResourceCode = format!("201002/{number:06}").parse()?;
            let (to, rows) = (None, "本市的登记信息".to_owned());
            let declaring = ReturnFlowAct::Declare {
                code: code.clone(),
                flow: ReturnFlow { to, rows },
            };
            let ending = ReturnFlowAct::End {
                code,
                reason: "系统下线".to_owned(),
                consultation: "书面征求各市意见".to_owned(),
            };
            take(tx, &note(2 * number, declaring), None)?;
            take(tx, &note(2 * number + 1, ending), None)
        })
    };
    ledger.write(job).await.unwrap();
    let members = ["430000", "430100", "430200"].map(city);
    let month = Month::of(at("2027-01-15T02:00:00Z"));
    let mut reached = Vec::new();
    let visit = |_: &RecordedFlow, consumer: CityCode, _: bool| {
        reached.push(consumer.to_string());
        Ok(())
    };
    let (kv, asked) = (&**ledger.kv(), (of.map(city), &members[..]));
    let (keys, found) = reads.during(|| each_of_month(kv, asked, month, visit));
    found.unwrap();
    (keys, reached)
}

#[tokio::test]
async fn a_month_reads_no_return_flows_that_ended_before_it() {
    for of in [None, Some(PROVINCE)] {
        let (few, many) = (month_after(of, 1).await, month_after(of, 300).await);
        assert_eq!(few, many, "{of:?}");
        assert_eq!(many.1, ["430100", "430200"], "{of:?}");
    }
}
