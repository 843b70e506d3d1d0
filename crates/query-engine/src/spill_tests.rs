use futures_util::TryStreamExt;

use super::*;

fn spill(blocks: u64) -> Arc<Spill> {
    let spill = Arc::new(Spill::default());
    spill.set(Space {
        file: tempfile::tempfile().unwrap(),
        most: blocks * BLOCK,
        keep_free: 0,
    });
    spill
}

fn file(spill: &Arc<Spill>) -> Arc<dyn SpillFile> {
    spill.files().create_temp_file("rows").unwrap()
}

fn content(length: usize, seed: u8) -> Vec<u8> {
    let bytes = (0..length).map(|at| (at % 251) as u8 ^ seed);
    bytes.collect()
}

async fn read(file: &Arc<dyn SpillFile>) -> Vec<u8> {
    let pieces: Vec<Bytes> = file.read_stream().unwrap().try_collect().await.unwrap();
    pieces.concat()
}

#[tokio::test]
async fn rows_are_read_as_they_were_written_though_others_are_between() {
    let (spill, block) = (spill(9), BLOCK as usize);
    let (first, second) = (file(&spill), file(&spill));
    let (one, other) = (content(2 * block + 7, 1), content(3 * block, 2));
    let mut writers = (first.open_writer().unwrap(), second.open_writer().unwrap());
    for piece in one.chunks(100_000).zip(other.chunks(130_000)) {
        writers.0.write_all(piece.0).unwrap();
        writers.1.write_all(piece.1).unwrap();
    }
    let (pieces, others) = (one.chunks(100_000).count(), other.chunks(130_000).count());
    let both = pieces.min(others);
    for piece in one.chunks(100_000).skip(both) {
        writers.0.write_all(piece).unwrap();
    }
    for piece in other.chunks(130_000).skip(both) {
        writers.1.write_all(piece).unwrap();
    }
    writers.0.finish().unwrap();
    writers.1.finish().unwrap();
    assert_eq!(first.size(), Some(one.len() as u64));
    assert!(read(&first).await == one);
    assert!(read(&second).await == other);
    assert!(read(&file(&spill)).await.is_empty());
}

#[tokio::test]
async fn blocks_are_used_again_and_are_never_more_than_permitted() {
    let spill = spill(2);
    let whole = content(2 * BLOCK as usize, 3);
    for _ in 0..3 {
        let file = file(&spill);
        file.open_writer().unwrap().write_all(&whole).unwrap();
        assert!(read(&file).await == whole);
    }
    assert_eq!(spill.failure(), None);
    let (kept, more) = (file(&spill), file(&spill));
    kept.open_writer().unwrap().write_all(&whole).unwrap();
    more.open_writer().unwrap().write_all(&[1]).unwrap_err();
    let failure = spill.failure().unwrap();
    assert_eq!(failure.code(), ErrorCode::LimitExceeded);
    assert_eq!(failure.message().code(), "query-spill-used-up");
    let space = spill.space().unwrap();
    assert_eq!(space.file.metadata().unwrap().len(), 2 * BLOCK);
}

#[test]
fn what_is_kept_free_of_the_disk_is_not_used() {
    let spill = Arc::new(Spill::default());
    assert!(spill.files().create_temp_file("rows").is_err());
    spill.set(Space {
        file: tempfile::tempfile().unwrap(),
        most: 1 << 30,
        keep_free: u64::MAX,
    });
    let mut writer = file(&spill).open_writer().unwrap();
    writer.write_all(&[1]).unwrap_err();
    let failure = spill.failure().unwrap();
    assert_eq!(failure.code(), ErrorCode::StorageFull);
    assert_eq!(failure.message().code(), "query-spill-disk-full");
}

#[tokio::test]
async fn rows_that_cannot_be_read_again_are_no_fault_of_the_statement() {
    let folder = tempfile::tempdir().unwrap();
    let spill = Arc::new(Spill::default());
    spill.set(Space {
        // It is open for writing only.
        file: File::create(folder.path().join("rows")).unwrap(),
        most: BLOCK,
        keep_free: 0,
    });
    let file = file(&spill);
    file.open_writer().unwrap().write_all(&[1]).unwrap();
    let pieces = file.read_stream().unwrap();
    assert!(pieces.try_collect::<Vec<Bytes>>().await.is_err());
    let failure = spill.failure().unwrap();
    assert_eq!(failure.code(), ErrorCode::Misconfigured);
    assert_eq!(failure.message().code(), "query-spill-unreadable");
}
