//! Parts of tables that are read: what is in them, when they are kept, and what stops them.

use arrow_array::cast::AsArray;
use arrow_ipc::reader::StreamReader;
use chengji_domain::table::TableShape;
use chengji_scope::Proposal;

use super::super::DiskLimits;
use super::*;
use crate::catalogue::samples::registers;

const PERMITS: &str = "number,holder,floors\n1,王芳,12\n2,李雷,3\n3,韩梅,30\n";

struct Fixture {
    folder: tempfile::TempDir,
    source: Arc<dyn Source>,
    table: MountedTable,
    spools: Spools,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("permits.csv"), PERMITS).unwrap();
    let source = registers(folder.path());
    let source = source.find(&"registers".parse().unwrap()).unwrap();
    let schema = source.schema("permits", &|| true).unwrap();
    let table = MountedTable {
        address: "registers:permits".parse().unwrap(),
        shape: TableShape::from(&schema),
    };
    let spools = spools(folder.path(), 0);
    Fixture {
        folder,
        source,
        table,
        spools,
    }
}

fn spools(folder: &Path, reserve: u64) -> Spools {
    let limits = DiskLimits {
        file: None,
        received: None,
        reserve: Some(reserve),
        keep_unfinished: SignedDuration::from_hours(24),
    };
    let budget = Budget::new(folder.join("received"), limits);
    Spools::new(&folder.join("data"), Arc::new(budget))
}

fn at(hour: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hour)
}

impl Fixture {
    fn part(&self, columns: &[&str]) -> TableScope {
        let proposal = Proposal {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            condition: None,
            masks: vec![("holder".to_owned(), "first:1".to_owned())],
            row_limit: Some(2),
        };
        let schema = self.source.schema("permits", &|| true).unwrap();
        proposal.scope(&schema).unwrap()
    }

    fn cutting(&self, part: &TableScope) -> Cutting {
        Cutting {
            name: request().to_string(),
            table: self.table.clone(),
            part: part.clone(),
            salt: GrantSalt([7; 32]),
            at: at(0),
            so_far: Arc::default(),
        }
    }

    fn cut(&self, part: &TableScope, go_on: GoOn<'_>) -> Result<Arc<Spool>> {
        let cutting = (request(), self.cutting(part));
        self.spools.cut(self.source.as_ref(), cutting, go_on)
    }

    fn write(&self, content: &str) {
        fs::write(self.folder.path().join("permits.csv"), content).unwrap();
    }
}

fn request() -> RequestId {
    "430100-1-7-AAAAAAAAAAAAA".parse().unwrap()
}

/// The rows of a part, of columns of texts.
fn rows(spool: &Spool) -> Vec<Vec<String>> {
    let bytes = usize::try_from(spool.bytes).unwrap();
    let content = spool.read(0, bytes).unwrap();
    assert_eq!(Digest::of(&content), spool.digest);
    let reader = StreamReader::try_new(content.as_slice(), None).unwrap();
    let batches: Vec<RecordBatch> = reader.map(|batch| batch.unwrap()).collect();
    let of_row = |batch: &RecordBatch, row: usize| {
        let columns = batch.columns().iter();
        let texts = columns.map(|column| column.as_string::<i32>().value(row).to_owned());
        texts.collect()
    };
    let rows = batches.iter();
    rows.flat_map(|batch| (0..batch.num_rows()).map(move |row| of_row(batch, row)))
        .collect()
}

#[test]
fn a_part_has_the_granted_columns_masked_and_no_more_rows() {
    let fixture = fixture();
    let part = fixture.part(&["number", "holder"]);
    let spool = fixture.cut(&part, &|| true).unwrap();
    assert_eq!(spool.rows, 2);
    let rows = rows(&spool);
    let texts: Vec<Vec<&str>> = rows
        .iter()
        .map(|row| row.iter().map(String::as_str).collect())
        .collect();
    assert_eq!(texts, [["1", "王"], ["2", "李"]]);
    let folder = fixture.folder.path().join("data/granted-tables");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "it has no name");
    assert_eq!(fixture.cut(&part, &|| true).unwrap().digest, spool.digest);
}

#[test]
fn the_stream_of_a_part_and_its_progress_tell_nothing_of_hidden_rows() {
    let fixture = fixture();
    let proposal = Proposal {
        columns: vec!["number".to_owned()],
        condition: Some("holder = '王芳'".to_owned()),
        ..Proposal::default()
    };
    let schema = fixture.source.schema("permits", &|| true).unwrap();
    let part = proposal.scope(&schema).unwrap();
    let read = |hidden: usize| {
        let hidden = "0,李雷,3\n".repeat(hidden);
        let permits = "1,王芳,12\n".repeat(5_000);
        fixture.write(&format!(
            "number,holder,floors\n{permits}{hidden}{permits}{hidden}"
        ));
        let cutting = fixture.cutting(&part);
        let so_far = Arc::clone(&cutting.so_far);
        let source = fixture.source.as_ref();
        let spool = fixture.spools.read(source, cutting, &|| true).unwrap();
        (spool.rows, spool.digest, so_far.load(Ordering::Relaxed))
    };
    let without = read(0);
    assert_eq!((without.0, without.2), (10_000, 10_000));
    for hidden in [1, 4_000, 20_000] {
        assert_eq!(read(hidden), without, "{hidden}");
    }
}

#[test]
fn a_part_that_is_read_for_a_query_takes_no_place_of_one_that_is_sent() {
    let fixture = fixture();
    let part = fixture.part(&["number", "holder"]);
    let sent = fixture.cut(&part, &|| true).unwrap();
    fixture.write("number,holder,floors\n9,赵六,1\n");
    let cutting = fixture.cutting(&part);
    let source = fixture.source.as_ref();
    let queried = fixture.spools.read(source, cutting, &|| true).unwrap();
    let content = queried.content().unwrap();
    assert_eq!(content.bytes, queried.bytes);
    assert_eq!(content.file.metadata().unwrap().len(), content.bytes);
    assert_eq!(rows(&queried), [["9", "赵"]]);
    let names = queried.schema.fields().iter().map(|field| field.name());
    assert!(names.eq(["number", "holder"]));
    let kept = |digest: &Digest| fixture.spools.kept(request(), &part, &digest.0);
    assert!(kept(&sent.digest).is_some());
    assert!(kept(&queried.digest).is_none());
}

#[test]
fn a_column_that_is_added_is_left_out_and_one_that_is_gone_ends_the_reading() {
    let fixture = fixture();
    let part = fixture.part(&["number", "holder"]);
    let before = fixture.cut(&part, &|| true).unwrap();
    fixture.write("id_number,number,holder,floors\n9,1,王芳,12\n9,2,李雷,3\n");
    let after = fixture.cut(&part, &|| true).unwrap();
    assert_eq!(after.digest, before.digest);
    fixture.write("number,floors\n1,12\n");
    let failed = fixture.cut(&part, &|| true).unwrap_err();
    assert_eq!(failed.code(), ErrorCode::SourceChanged);
    let kept = fixture.spools.kept(request(), &part, &before.digest.0);
    assert!(kept.is_none(), "a consumer does not go on in it");
    fs::remove_file(fixture.folder.path().join("permits.csv")).unwrap();
    let failed = fixture.cut(&part, &|| true).unwrap_err();
    assert_eq!(failed.code(), ErrorCode::NotFound);
}

#[test]
fn a_consumer_goes_on_in_the_same_part_until_it_is_delivered_or_old() {
    let fixture = fixture();
    let (part, other) = (
        fixture.part(&["number", "holder"]),
        fixture.part(&["holder"]),
    );
    let spools = &fixture.spools;
    let spool = fixture.cut(&part, &|| true).unwrap();
    let kept = |part: &TableScope, digest: [u8; 32]| {
        let kept = spools.kept(request(), part, &digest);
        kept.is_some()
    };
    let digest = spool.digest.0;
    assert!(kept(&part, digest));
    assert!(!kept(&part, [0; 32]) && !kept(&other, digest));
    spools.clean(at(24), |_| false);
    assert!(kept(&part, digest));
    spools.clean(at(25), |_| false);
    assert!(!kept(&part, digest), "a day has gone by");
    let spool = fixture.cut(&part, &|| true).unwrap();
    spools.clean(at(0), |over| over == request());
    assert!(!kept(&part, digest), "the grant is over");
    let later = fixture.cut(&part, &|| true).unwrap();
    spools.forget(request(), &spool);
    assert!(kept(&part, digest), "that of a later delivery");
    spools.forget(request(), &later);
    assert!(!kept(&part, digest));
}

#[test]
fn reading_ends_with_its_grant_and_with_the_room_of_the_disk() {
    let mut fixture = fixture();
    let part = fixture.part(&["number", "holder"]);
    let ended = fixture.cut(&part, &|| false).unwrap_err();
    assert_eq!(ended.code(), ErrorCode::Unavailable);
    fixture.spools = spools(fixture.folder.path(), u64::MAX);
    let full = fixture.cut(&part, &|| true).unwrap_err();
    assert_eq!(full.code(), ErrorCode::StorageFull);
}

#[test]
fn what_is_written_in_whatever_sizes_is_in_the_file_and_hashed() {
    let content: Vec<u8> = (0..=u8::MAX).cycle().take(5 * WRITE_SIZE + 3).collect();
    let sizes: [&[usize]; 5] = [
        &[1],
        &[WRITE_SIZE],
        &[3 * WRITE_SIZE + 1, 7],
        &[WRITE_SIZE - 1, WRITE_SIZE + 1],
        &[usize::MAX],
    ];
    for sizes in sizes {
        let mut stream = Hashed::new(tempfile::tempfile().unwrap());
        let mut left = content.as_slice();
        for size in sizes.iter().cycle() {
            let (some, others) = left.split_at((*size).min(left.len()));
            stream.write_all(some).unwrap();
            left = others;
            if left.is_empty() {
                break;
            }
        }
        let (file, digest, bytes) = stream.finish().unwrap();
        assert_eq!(bytes, content.len() as u64, "{sizes:?}");
        assert_eq!(digest, Digest::of(&content), "{sizes:?}");
        assert!(read_exact_at(&file, 0, content.len()).unwrap() == content);
        assert_eq!(file.metadata().unwrap().len(), bytes);
    }
}
