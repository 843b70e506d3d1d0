use std::fs;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

use arrow_schema::SchemaRef;
use chengji_domain::catalogue::{AssessmentOutcome, EntryRecord};
use chengji_domain::default_scope::DefaultScope;
use chengji_domain::fact::CityFact;
use chengji_domain::probe::ProbeRecord;
use chengji_domain::request::Actor;
use chengji_domain::request::terms::{Mask, Scope, TableScope};
use chengji_domain::table::{SourceName, TableSchema};
use chengji_domain::{Digest, Epoch};
use chengji_interchange::table::ArrowStream;
use chengji_messages::Message;
use chengji_proto::convert::{declaration_from, probed_table_from};
use chengji_sources::{Each, Finding, GoOn, Measuring, Source, Sources, TableInfo};
use chengji_store::Tx;
use futures_util::StreamExt as _;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::super::provider_samples;
use super::super::{Budget, DiskLimits, Spools};
use super::*;
use crate::catalogue::default_scope::records::DEFAULT_SCOPES;
use crate::catalogue::samples::{self, MINE, catalogue, registers};
use crate::catalogue::table_sources::TableSources;
use crate::catalogue::{Catalogue, mount};
use crate::own_log::OwnLog;

const PROBER: &str = "430100";
const TEXT: &str = "编号\n1\n2\n";

/// A provider with a mounted file.
struct Fixture {
    provider: Provider,
    _folder: tempfile::TempDir,
    code: ResourceCode,
}

async fn fixture(outcome: AssessmentOutcome) -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.csv"), TEXT).unwrap();
    let catalogue = catalogue(&[folder.path().to_owned()]);
    let mut entry = samples::entry(1, "区划", MINE, &["编号"]);
    if let Some(assessment) = &mut entry.papers.personal_information {
        assessment.outcome = outcome;
    }
    let code = entry.code.clone();
    publish(
        &catalogue,
        EntryRecord::new(entry, 1, Timestamp::UNIX_EPOCH),
    )
    .await;
    let editor = catalogue.node_editor();
    let mounted = mount::mount(&catalogue, &editor, code.clone(), "a.csv", || true);
    mounted.await.unwrap();
    let limits = DiskLimits {
        file: None,
        received: None,
        reserve: Some(0),
        keep_unfinished: SignedDuration::from_hours(24),
    };
    let disk = Arc::new(Budget::new(folder.path().join("received"), limits));
    let provider = Provider {
        own: catalogue.own.clone(),
        spools: Spools::new(folder.path(), disk),
        engine: None,
        data: folder.path().into(),
        catalogue,
    };
    Fixture {
        provider,
        _folder: folder,
        code,
    }
}

async fn publish(catalogue: &Catalogue, record: EntryRecord) {
    let put = move |tx: &mut Tx<'_>| entries::put(tx, &record);
    catalogue.own.ledger.write(put).await.unwrap();
}

impl Fixture {
    async fn probed(&self, until: i8, city: &str) -> Result<Vec<Part>> {
        probed(&self.provider, &self.code, (until, city)).await
    }
}

/// Orders a probe of an entry until this day of November, and has a city make it.
async fn probed(provider: &Provider, code: &ResourceCode, what: (i8, &str)) -> Result<Vec<Part>> {
    made(ordered(provider, code, what).await?, &Probing::default()).await
}

/// Orders a probe of an entry until this day of November, which a city begins.
async fn ordered(
    provider: &Provider,
    code: &ResourceCode,
    (until, city): (i8, &str),
) -> Result<Ordered> {
    let own = &provider.own;
    let number = Origin {
        epoch: Epoch::first([7; 8]),
        seq: until.unsigned_abs().into(),
    };
    let record = entries::published(own.ledger.kv().as_ref(), code)?;
    let measurement = record.mount.and_then(|mount| mount.measurement).unwrap();
    let order = ProbeOrder {
        provider: own.city,
        code: code.clone(),
        prober: PROBER.parse().unwrap(),
        until: date(2026, 11, until),
        declared: Declaration {
            revision: 1,
            measurement,
        },
    };
    let (at, city_of_node) = (own.now(), own.city);
    let record = ProbeRecord {
        number,
        at,
        order,
        made: None,
    };
    let take = move |tx: &mut Tx<'_>| probe_table::take(tx, &record, Some(city_of_node));
    own.ledger.write(take).await?;
    Ok(Ordered {
        provider: provider.clone(),
        prober: city.parse().unwrap(),
        number,
    })
}

/// Makes a probe, and returns what is sent.
async fn made(ordered: Ordered, probing: &Probing) -> Result<Vec<Part>> {
    let mut stream = begin(ordered, probing).await?;
    let mut parts = Vec::new();
    while let Some(part) = stream.next().await {
        parts.extend(part?.part);
    }
    Ok(parts)
}

fn refused(probed: Result<Vec<Part>>) -> ErrorCode {
    probed.unwrap_err().code()
}

#[tokio::test]
async fn the_ordered_city_reads_what_is_declared_until_the_last_day() {
    let fixture = fixture(AssessmentOutcome::NoRisk).await;
    let parts = fixture.probed(23, PROBER).await.unwrap();
    let [Part::Offer(offer), Part::Chunk(chunk)] = &parts[..] else {
        panic!("{parts:?}");
    };
    assert_eq!(chunk.content, TEXT.as_bytes());
    let declared = declaration_from(offer).unwrap();
    assert_eq!(declared.measurement.digest, Digest::of(TEXT.as_bytes()));
    assert_eq!(declared.measurement.rows, Some(2));

    let others = fixture.probed(23, "430300").await;
    assert_eq!(refused(others), ErrorCode::NoGrant);
    let late = fixture.probed(22, PROBER).await;
    assert_eq!(refused(late), ErrorCode::NoGrant);
}

#[tokio::test]
async fn an_order_is_of_its_entry() {
    let fixture = fixture(AssessmentOutcome::NoRisk).await;
    fixture.probed(23, PROBER).await.unwrap();
    let ordered = Ordered {
        provider: fixture.provider.clone(),
        prober: PROBER.parse().unwrap(),
        number: Origin {
            epoch: Epoch::first([7; 8]),
            seq: 23,
        },
    };
    ordered.check_of(&fixture.code.to_string()).unwrap();
    for another in ["", "430200"] {
        let error = ordered.check_of(another).unwrap_err();
        assert_eq!(error.code(), ErrorCode::NoGrant);
    }
}

#[tokio::test]
async fn what_may_contain_personal_information_is_not_sent_whoever_orders_it() {
    let fixture = fixture(AssessmentOutcome::Handled).await;
    let probed = fixture.probed(23, PROBER).await;
    assert_eq!(refused(probed), ErrorCode::NoGrant);
}

/// The offer and the whole stream of a table.
fn table_of(parts: &[Part]) -> (&v1::ProbeOffer, Vec<u8>) {
    let mut sent = parts
        .iter()
        .filter(|part| !matches!(part, Part::Preparing(_)));
    let Some(Part::Offer(offer)) = sent.next() else {
        panic!("{parts:?}");
    };
    let chunks = sent.flat_map(|part| match part {
        Part::Chunk(chunk) => chunk.content.to_vec(),
        other => panic!("{other:?}"),
    });
    (offer, chunks.collect())
}

#[tokio::test]
async fn a_table_is_sent_as_it_is_measured_then_and_nothing_of_it_is_left() {
    let fixture = provider_samples::fixture().await;
    let kv = fixture.provider.own.ledger.kv();
    let measured = || {
        let record = entries::published(kv.as_ref(), &fixture.code).unwrap();
        record.mount.and_then(|mount| mount.measurement).unwrap()
    };
    let first = measured();
    let found = probed(&fixture.provider, &fixture.code, (23, PROBER)).await;
    assert!(found.is_ok());
    assert_eq!(measured(), first, "the content has not changed");
    for permits in [
        "number,holder,floors\n1,王芳,12\n2,李雷,3\n",
        "note,number,holder,floors\nx,1,王芳,12\nx,2,李雷,3\nx,3,韩梅,30\n",
    ] {
        fs::write(fixture.folder.path().join("permits.csv"), permits).unwrap();
        let parts = probed(&fixture.provider, &fixture.code, (23, PROBER)).await;
        let parts = parts.unwrap();
        let (offer, stream) = table_of(&parts);
        let announced = declaration_from(offer).unwrap();
        assert_eq!(announced.measurement, measured());
        let table = probed_table_from(offer).unwrap().unwrap();
        assert_eq!(table.stream_bytes, stream.len() as u64);
        let mut measuring = Measuring::default();
        for batch in ArrowStream::new(stream.as_slice(), table.stream_bytes).unwrap() {
            measuring.take(&batch.unwrap(), "").unwrap();
        }
        let found = measuring.finish(table.shape.fingerprint());
        assert_eq!(found.digest, announced.measurement.digest);
        assert_eq!(Some(found.rows), announced.measurement.rows);
        assert_eq!(found.bytes, announced.measurement.bytes);
    }
    // A column that was added is not mounted; the third row is.
    assert_eq!((first.rows, measured().rows), (Some(2), Some(3)));
    assert_ne!(first.digest, measured().digest);
    let folder = fixture.folder.path().join("granted-tables");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
}

#[tokio::test]
async fn a_table_is_not_read_without_pause_on_one_order() {
    let fixture = provider_samples::fixture().await;
    let (probing, what) = (Probing::default(), (&fixture.provider, &fixture.code));
    let order = ordered(what.0, what.1, (23, PROBER)).await.unwrap();
    let another = ordered(what.0, what.1, (24, PROBER)).await.unwrap();
    made(order.clone(), &probing).await.unwrap();
    let error = made(order, &probing).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    assert!(error.retry_after().is_some_and(|wait| wait <= MIN_INTERVAL));
    made(another, &probing).await.unwrap();
}

/// A source whose tables are read once the test lets them go.
struct Held {
    source: Arc<dyn Source>,
    is_read: Arc<Notify>,
    let_go: Mutex<Receiver<()>>,
}

impl Source for Held {
    fn kind(&self) -> Message {
        self.source.kind()
    }

    fn check(&self, go_on: GoOn<'_>) -> Result<Vec<Finding>> {
        self.source.check(go_on)
    }

    fn tables(&self, after: Option<&str>, limit: usize, go_on: GoOn<'_>) -> Result<Vec<TableInfo>> {
        self.source.tables(after, limit, go_on)
    }

    fn schema(&self, table: &str, go_on: GoOn<'_>) -> Result<TableSchema> {
        self.source.schema(table, go_on)
    }

    fn arrow_schema(&self, table: &str, go_on: GoOn<'_>) -> Result<SchemaRef> {
        self.source.arrow_schema(table, go_on)
    }

    fn read(&self, table: &str, limit: Option<u64>, go_on: GoOn<'_>, each: Each<'_>) -> Result<()> {
        self.is_read.notify_one();
        // A test that failed lets it go, too.
        let _ = self.let_go.lock().unwrap().recv();
        self.source.read(table, limit, go_on, each)
    }
}

#[tokio::test]
async fn a_prober_that_went_away_has_its_turn_until_the_read_ends() {
    let mut fixture = provider_samples::fixture().await;
    let (let_go, held) = channel();
    let (name, is_read) = ("registers".parse::<SourceName>().unwrap(), Arc::default());
    let source = Held {
        source: registers(fixture.folder.path()).find(&name).unwrap(),
        is_read: Arc::clone(&is_read),
        let_go: Mutex::new(held),
    };
    let sources = Sources::new([(name, Arc::new(source) as Arc<dyn Source>)]);
    fixture.provider.catalogue.table_sources = TableSources::new(sources);
    let (provider, code) = (&fixture.provider, &fixture.code);
    let order = ordered(provider, code, (23, PROBER)).await.unwrap();
    let table = granting::mounted_table(provider.own.ledger.kv().as_ref(), code);
    let (prober, table) = (order.prober, table.unwrap().unwrap());
    let under_way = UnderWay::at_most(1);
    let turn = under_way.begin(prober).unwrap();
    let (parts, stream) = mpsc::channel(1);
    let sending = tokio::spawn(order.send_table((code.clone(), table), turn, parts));
    is_read.notified().await;
    drop(stream);
    sending.await.unwrap();
    assert!(under_way.begin(prober).is_none());
    let_go.send(()).unwrap();
    under_way.wait(prober).await;
}

#[tokio::test]
async fn a_file_may_be_sent_again_at_once() {
    let fixture = fixture(AssessmentOutcome::NoRisk).await;
    let order = ordered(&fixture.provider, &fixture.code, (23, PROBER)).await;
    let (order, probing) = (order.unwrap(), Probing::default());
    for _ in 0..2 {
        made(order.clone(), &probing).await.unwrap();
    }
}

#[tokio::test]
async fn probes_record_a_changed_content_once() {
    let fixture = provider_samples::fixture().await;
    let measurements = || {
        let facts = samples::facts(&fixture.provider.catalogue);
        let measured = facts.iter();
        measured
            .filter(|fact| matches!(fact, CityFact::Measured { .. }))
            .count()
    };
    assert_eq!(measurements(), 1, "as it was mounted");
    let permits = "number,holder,floors\n1,王芳,12\n";
    fs::write(fixture.folder.path().join("permits.csv"), permits).unwrap();
    for _ in 0..2 {
        let found = probed(&fixture.provider, &fixture.code, (23, PROBER)).await;
        found.unwrap();
        assert_eq!(measurements(), 2);
    }
}

#[tokio::test]
async fn nothing_is_sent_beyond_the_default_scope() {
    let fixture = provider_samples::fixture().await;
    let own = &fixture.provider.own;
    let Scope::Table(whole) = granting::whole(own.ledger.kv().as_ref(), &fixture.code).unwrap()
    else {
        panic!("a table is mounted");
    };
    let fewer_columns = TableScope {
        columns: [("number".to_owned(), None)].into(),
        ..(*whole).clone()
    };
    let mut masked = (*whole).clone();
    masked
        .columns
        .insert("holder".to_owned(), Some(Mask::KeepFirst(1)));
    let of_other_columns = TableScope {
        schema: Digest([7; 32]),
        ..(*whole).clone()
    };
    let limited = TableScope {
        row_limit: Some(1),
        ..(*whole).clone()
    };
    for part in [fewer_columns, masked, of_other_columns, limited] {
        default_scope(own, &fixture.code, part).await;
        let found = probed(&fixture.provider, &fixture.code, (23, PROBER)).await;
        assert_eq!(refused(found), ErrorCode::NoGrant);
    }
    default_scope(own, &fixture.code, *whole).await;
    let found = probed(&fixture.provider, &fixture.code, (23, PROBER)).await;
    assert!(found.is_ok());
}

async fn default_scope(own: &OwnLog, code: &ResourceCode, part: TableScope) {
    let (at, code) = (own.now(), code.clone());
    let actor = Actor::new(own.node(), None);
    let put =
        move |tx: &mut Tx<'_>| DEFAULT_SCOPES.put(tx, &code, &DefaultScope { part, actor, at });
    own.ledger.write(put).await.unwrap();
}

#[tokio::test]
async fn a_table_whose_columns_are_gone_is_not_sent() {
    let fixture = provider_samples::fixture().await;
    let without = "number,floors\n1,12\n";
    fs::write(fixture.folder.path().join("permits.csv"), without).unwrap();
    let found = probed(&fixture.provider, &fixture.code, (23, PROBER)).await;
    assert_eq!(refused(found), ErrorCode::SourceChanged);
    let others = probed(&fixture.provider, &fixture.code, (23, "430300")).await;
    assert_eq!(refused(others), ErrorCode::NoGrant);
}
