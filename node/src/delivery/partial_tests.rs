//! Arriving files: verified, resumed, never renamed before they are complete.

use bytes::Bytes;
use proptest::prelude::*;

use chengji_domain::Digest;

use super::*;

fn offer(content: &[u8]) -> Content {
    Content {
        code: "307012000001".parse().unwrap(),
        revision: 1,
        file_name: "a.csv".to_owned(),
        bytes: content.len() as u64,
        digest: Digest(Sha256::digest(content).into()),
        rows: None,
    }
}

fn chunk(offset: u64, content: &[u8]) -> v1::Chunk {
    let content = Bytes::copy_from_slice(content);
    v1::Chunk {
        offset,
        crc32c: crc32c::crc32c(&content),
        content,
    }
}

fn folder() -> (tempfile::TempDir, ArrivalFolder) {
    let temporary = tempfile::tempdir().unwrap();
    let sizes = Arc::new(ReceivedSizes::new(temporary.path().to_owned()));
    let folder = ArrivalFolder::new(&sizes, "430100-1-7-AAAAAAAAAAAAA".parse().unwrap());
    (temporary, folder)
}

#[test]
fn a_name_from_outside_is_a_plain_name() {
    let long = format!("{}.csv", "长".repeat(100));
    for (offered, name) in [
        ("a.csv", "a.csv"),
        ("区划 2026.csv", "区划 2026.csv"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "123"),
        ("..", "123"),
        ("", "123"),
        (" . .part", "part"),
        (".bashrc", "bashrc"),
        ("a\0b\n\u{202e}c", "abc"),
        ("\u{200b}.hidden", "hidden"),
        ("a\u{1b}[2J\u{ad}\u{3164}.csv", "a[2J.csv"),
        (long.as_str(), &"长".repeat(85)),
    ] {
        assert_eq!(safe_name(offered, "123"), name, "{offered:?}");
    }
}

proptest! {
    #[test]
    fn no_name_leads_out_of_its_folder(offered in ".{0,20}|[./\\\\ a\0]{0,20}|长{80,90}") {
        let name = safe_name(&offered, "307012000001");
        prop_assert!((1..=MAX_NAME).contains(&name.len()));
        prop_assert!(!name.contains(['/', '\\', '\0']) && !name.starts_with('.'));
        prop_assert_eq!(Path::new(&name).components().count(), 1);
        prop_assert_eq!(chengji_domain::TextRule::FILE_NAME.fault(&name), None);
    }
}

#[test]
fn the_size_of_the_partial_file_says_how_to_go_on() {
    assert_eq!(plan(None, 9), Plan::Renamed);
    assert_eq!(plan(Some(0), 9), Plan::Anew);
    assert_eq!(plan(Some(4), 9), Plan::GoOn);
    assert_eq!(plan(Some(9), 9), Plan::GoOn);
    assert_eq!(plan(Some(10), 9), Plan::Anew);
}

#[test]
fn a_file_gets_its_name_when_it_is_whole() {
    let (_temporary, folder) = folder();
    let offer = offer(b"hello world");
    assert!(matches!(folder.inspect(None).unwrap(), Held::Nothing));
    let mut arriving = folder.begin(11).unwrap();
    arriving.take(&chunk(0, b"hello ")).unwrap();
    assert_eq!(
        arriving.check(&offer.digest.0).unwrap_err().code(),
        ErrorCode::PeerInvalid
    );
    drop(arriving);
    assert!(!folder.file(&offer).exists());

    let Held::Part(mut arriving) = folder.inspect(Some(&offer)).unwrap() else {
        panic!()
    };
    assert_eq!(arriving.arrived(), 6);
    arriving.take(&chunk(6, b"world")).unwrap();
    arriving.check(&offer.digest.0).unwrap();
    folder.finish(arriving, &offer).unwrap();
    assert_eq!(fs::read(folder.file(&offer)).unwrap(), b"hello world");
    assert!(matches!(folder.inspect(Some(&offer)).unwrap(), Held::Whole));
    let other = self::offer(b"hello there");
    assert!(matches!(
        folder.inspect(Some(&other)).unwrap(),
        Held::Nothing
    ));
}

#[test]
fn a_fetch_that_begins_again_leaves_what_had_arrived_before() {
    let (_temporary, folder) = folder();
    let offer = offer(b"old");
    let mut arriving = folder.begin(3).unwrap();
    arriving.take(&chunk(0, b"old")).unwrap();
    folder.finish(arriving, &offer).unwrap();
    let mut again = folder.begin(3).unwrap();
    again.take(&chunk(0, b"ne")).unwrap();
    assert_eq!(fs::read(folder.file(&offer)).unwrap(), b"old");
    folder.restart(&mut again, 4).unwrap();
    again.take(&chunk(0, b"more")).unwrap();
    again.check(&Sha256::digest(b"more")).unwrap();
    folder.finish(again, &offer).unwrap();
    assert_eq!(fs::read(folder.file(&offer)).unwrap(), b"more");
}

#[test]
fn damage_on_the_disk_or_on_the_way_is_noticed() {
    let (_temporary, folder) = folder();
    let offer = offer(b"hello world");
    let mut arriving = folder.begin(11).unwrap();
    arriving.take(&chunk(0, b"hello ")).unwrap();
    let mut damaged = chunk(6, b"world");
    damaged.crc32c ^= 1;
    for wrong in [
        damaged,
        chunk(7, b"orld"),
        chunk(0, b"hello "),
        chunk(6, b"world!"),
        chunk(6, b""),
    ] {
        assert_eq!(
            arriving.take(&wrong).unwrap_err().code(),
            ErrorCode::PeerInvalid
        );
    }
    drop(arriving);
    fs::write(folder.partial(), b"jello ").unwrap();
    let Held::Part(mut arriving) = folder.inspect(Some(&offer)).unwrap() else {
        panic!()
    };
    arriving.take(&chunk(6, b"world")).unwrap();
    assert_eq!(
        arriving.check(&offer.digest.0).unwrap_err().code(),
        ErrorCode::PeerInvalid
    );
    folder.discard().unwrap();
    folder.discard().unwrap();
    assert!(!folder.partial().exists());
}

#[test]
fn a_full_disk_is_told_with_the_place() {
    let full = std::io::Error::from(ErrorKind::StorageFull);
    let error = failed(Path::new("/data/received/x"), &full);
    let message = msg::FileDiskFull {
        path: "/data/received/x",
        cause: &full,
    };
    assert_eq!(error, Error::new(ErrorCode::StorageFull, message));
}
