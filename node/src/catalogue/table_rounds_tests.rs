use std::fs;
use std::sync::Arc;

use chengji_domain::catalogue::EntryRecord;
use chengji_domain::fact::CityFact;

use super::super::samples::{self, MINE, catalogue_with, facts, registers};
use super::*;

/// A catalogue with an entry to which a table is mounted.
struct Fixture {
    catalogue: Catalogue,
    folder: tempfile::TempDir,
    code: ResourceCode,
    rounds: TableRounds,
    _stop: watch::Sender<bool>,
}

async fn fixture() -> Fixture {
    fixture_with(None).await
}

/// The same with an off-peak window of the source.
async fn fixture_with(off_peak: Option<&str>) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("permits.csv"), "number\n1\n").unwrap();
    let window = off_peak.map(|window| ("registers".parse().unwrap(), window.parse().unwrap()));
    let sources = registers(folder.path()).with_off_peak(window);
    let catalogue = catalogue_with(&[], sources);
    let entry = samples::entry(1, "许可", MINE, &["number"]);
    let code = entry.code.clone();
    let record = EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH);
    let put = move |tx: &mut chengji_store::Tx<'_>| entries::put(tx, &record);
    catalogue.own.ledger.write(put).await.unwrap();
    let (editor, address) = (
        catalogue.node_editor(),
        "registers:permits".parse().unwrap(),
    );
    let mounted = mount_table::mount(&catalogue, &editor, code.clone(), address, || true);
    mounted.await.unwrap();
    let (stop, stopped) = watch::channel(false);
    Fixture {
        rounds: TableRounds::new(&catalogue, true, &stopped),
        catalogue,
        folder,
        code,
        _stop: stop,
    }
}

impl Fixture {
    fn write(&self, content: &str) {
        fs::write(self.folder.path().join("permits.csv"), content).unwrap();
    }

    fn set_clock(&mut self, at: &'static str) {
        self.rounds.catalogue.own.clock = Arc::new(move || at.parse().unwrap());
    }

    fn stored(&self) -> MountRecord {
        let kv = self.catalogue.own.ledger.kv().as_ref();
        mounts::mounted(kv, &self.code).unwrap().unwrap()
    }

    /// The code of the problem and of its message.
    fn problem(&self) -> Option<(String, String)> {
        let stored = self.stored();
        assert_eq!(stored.problem.is_some(), stored.gone_since.is_some());
        let problem = stored.problem?;
        Some((problem.code, problem.message.code().to_owned()))
    }

    fn measurements(&self) -> usize {
        let facts = facts(&self.catalogue);
        let measured = facts.iter();
        measured
            .filter(|fact| matches!(fact, CityFact::Measured { .. }))
            .count()
    }
}

#[tokio::test]
async fn a_check_keeps_why_a_table_cannot_be_read() {
    let mut fixture = fixture().await;
    fixture.rounds.round().await;
    assert_eq!(fixture.problem(), None);
    fixture.write("number,holder\n1,\n");
    fixture.rounds.round().await;
    let (code, message) = fixture.problem().unwrap();
    assert_eq!(code, ErrorCode::SourceChanged.as_str());
    assert_eq!(message, "mounted-table-changed");
    let since = fixture.stored().gone_since;

    fs::remove_file(fixture.folder.path().join("permits.csv")).unwrap();
    fixture.rounds.round().await;
    let (code, _) = fixture.problem().unwrap();
    assert_eq!(code, ErrorCode::NotFound.as_str());
    assert_eq!(fixture.stored().gone_since, since);
    fixture.write("number\n1\n");
    fixture.rounds.round().await;
    assert_eq!(fixture.problem(), None);
    assert_eq!(fixture.measurements(), 1);
}

#[tokio::test]
async fn a_table_is_read_again_on_the_cycle_and_after_a_failure_not_at_once() {
    let mut fixture = fixture().await;
    fixture.write("number\n1\n2\n");
    fixture.rounds.round().await;
    assert_eq!(fixture.measurements(), 1);
    fixture.set_clock("2029-11-23T02:00:00Z");
    fixture.rounds.round().await;
    assert_eq!(fixture.measurements(), 2);

    fixture.set_clock("2031-11-23T02:00:00Z");
    fixture.write("number\n1,2\n");
    fixture.rounds.round().await;
    let (code, _) = fixture.problem().unwrap();
    assert_eq!(code, ErrorCode::SourceUnavailable.as_str());
    fixture.write("number\n1\n");
    fixture.set_clock("2031-11-23T02:30:00Z");
    fixture.rounds.round().await;
    assert!(fixture.problem().is_some());
    assert_eq!(fixture.measurements(), 2);
    fixture.set_clock("2031-11-23T03:00:00Z");
    fixture.rounds.round().await;
    assert_eq!((fixture.problem(), fixture.measurements()), (None, 3));
}

#[tokio::test]
async fn a_node_that_does_not_measure_only_checks() {
    let mut fixture = fixture().await;
    fixture.rounds.measures = false;
    fixture.set_clock("2029-11-23T02:00:00Z");
    fixture.write("number,holder\n1,\n");
    fixture.rounds.round().await;
    assert!(fixture.problem().is_some());
    fixture.write("number\n1\n2\n");
    fixture.rounds.round().await;
    assert_eq!((fixture.problem(), fixture.measurements()), (None, 1));
}

#[tokio::test]
async fn a_table_that_is_due_waits_for_the_off_peak_window_of_its_source() {
    // It is mounted at 10:00, outside of the window, and measured at once.
    let mut fixture = fixture_with(Some("22:00-06:00")).await;
    assert_eq!(fixture.measurements(), 1);
    let at = |time: &str| time.parse::<Timestamp>().unwrap();
    let waiting = |fixture: &Fixture| {
        let waiting = fixture.catalogue.tables_waiting.borrow();
        waiting.get(&fixture.code).copied()
    };
    fixture.rounds.round().await;
    assert_eq!(waiting(&fixture), None);

    fixture.set_clock("2029-11-23T18:00:00+08:00");
    fixture.write("number\n1\n2\n");
    fixture.rounds.round().await;
    assert_eq!(fixture.measurements(), 1);
    let begin = at("2029-11-23T22:00:00+08:00");
    assert_eq!(waiting(&fixture), Some(begin));
    assert!(
        !fixture
            .rounds
            .is_waited_for(at("2029-11-23T21:59:59+08:00"))
    );
    assert!(fixture.rounds.is_waited_for(begin));

    fixture.set_clock("2029-11-23T22:00:00+08:00");
    fixture.rounds.round().await;
    assert_eq!(fixture.measurements(), 2);
    assert_eq!(waiting(&fixture), None);
    assert!(!fixture.rounds.is_waited_for(begin));
}

#[tokio::test]
async fn a_table_is_looked_at_while_it_waits_for_the_window_of_its_source() {
    let mut fixture = fixture_with(Some("22:00-06:00")).await;
    fixture.set_clock("2029-11-23T18:00:00+08:00");
    fixture.write("number,holder\n1,\n");
    fixture.rounds.round().await;
    let (code, _) = fixture.problem().unwrap();
    assert_eq!(code, ErrorCode::SourceChanged.as_str());
    fixture.write("number\n1\n");
    fixture.rounds.round().await;
    assert_eq!((fixture.problem(), fixture.measurements()), (None, 1));
}
