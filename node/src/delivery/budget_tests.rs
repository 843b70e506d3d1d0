//! The disk budget: accepted and refused sizes, and their error codes.

use std::fs;

use super::super::sizes::PARTIAL;
use super::*;

const GIB: u64 = 1 << 30;

fn request() -> RequestId {
    "430100-1-1-AAAAAAAAAAAAA".parse().unwrap()
}

fn announced(bytes: u64, measured: Option<u64>) -> Announced {
    Announced {
        request: request(),
        provider: "430200".parse().unwrap(),
        bytes,
        missing: bytes,
        measured,
        allowed: 0,
    }
}

fn limits(received: Option<u64>, reserve: Option<u64>) -> DiskLimits {
    DiskLimits {
        file: Some(GIB),
        received,
        reserve,
        keep_unfinished: SignedDuration::from_hours(1),
    }
}

#[test]
fn far_more_than_measured_is_refused_naming_both_unless_the_caller_allows_it() {
    let check = |announced| check_measured(&announced).map_err(|error| error.code());
    assert_eq!(check(announced(6 * GIB, None)), Ok(()));
    assert_eq!(check(announced(MAX_GROWTH, Some(0))), Ok(()));
    assert_eq!(check(announced(3 * GIB, Some(2 * GIB))), Ok(()));
    let refused = check_measured(&announced(6 * GIB, Some(2 * GIB))).unwrap_err();
    let named = msg::AnnouncedFarAboveMeasured {
        provider: announced(0, None).provider,
        bytes: 6 * GIB,
        measured: 2 * GIB,
    };
    assert_eq!(refused, Error::new(ErrorCode::PeerInvalid, named));
    let allowed = Announced {
        allowed: 6 * GIB,
        ..announced(6 * GIB, Some(1))
    };
    assert_eq!(check(allowed), Ok(()));
}

#[test]
fn what_fits_neither_the_limits_nor_the_disk_is_refused() {
    let usage = Usage {
        received: 600,
        unfinished: 0,
        free: 2 * GIB,
        reserve: GIB,
    };
    let check = |bytes, received, outstanding| {
        let limits = limits(received, Some(GIB));
        let checked = check_room(&announced(bytes, None), &limits, &usage, outstanding);
        checked.map_err(|error| (error.code(), error.message().code().to_owned()))
    };
    let refused = |code, message: &str| Err((code, message.to_owned()));
    assert_eq!(check(GIB, None, 0), Ok(()));
    assert_eq!(
        check(GIB + 1, None, 0),
        refused(ErrorCode::LimitExceeded, "file-above-limit")
    );
    // Bytes that others have yet to write count as written.
    assert_eq!(check(300, Some(1_000), 100), Ok(()));
    assert_eq!(
        check(300, Some(1_000), 101),
        refused(ErrorCode::StorageFull, "received-above-limit")
    );
    assert_eq!(
        check(GIB, None, 1),
        refused(ErrorCode::StorageFull, "disk-full-for-fetch")
    );
}

#[test]
fn room_is_reserved_until_it_is_taken_or_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let received = folder.path().join("received");
    let budget = Arc::new(Budget::new(received.clone(), limits(Some(1_000), Some(0))));
    let admit = |bytes| budget.admit(&announced(bytes, None)).map_err(|e| e.code());
    let mut first = admit(600).unwrap();
    assert_eq!(admit(500).unwrap_err(), ErrorCode::StorageFull);
    let second = admit(400).unwrap();
    drop(second);
    let folder = received.join(request().to_string());
    fs::create_dir_all(&folder).unwrap();
    first.check_reserve(600).unwrap();
    fs::write(folder.join(PARTIAL), [7; 600]).unwrap();
    // Counted as outstanding until it is counted as written.
    assert_eq!(admit(401).unwrap_err(), ErrorCode::StorageFull);
    first.written(600, 600);
    assert_eq!(admit(401).unwrap_err(), ErrorCode::StorageFull);
    drop(first);
    let usage = budget.usage().unwrap();
    assert_eq!((usage.received, usage.unfinished), (600, 600));
    assert_eq!(admit(401).unwrap_err(), ErrorCode::StorageFull);
    assert!(admit(400).is_ok());
    assert_eq!(budget.outstanding.load(Ordering::SeqCst), 0);
}

#[test]
fn a_refusal_finds_the_room_that_people_have_made() {
    let temporary = tempfile::tempdir().unwrap();
    let received = temporary.path().join("received");
    let folder = received.join(request().to_string());
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("a.csv"), [7; 600]).unwrap();
    let budget = Arc::new(Budget::new(received, limits(Some(1_000), Some(0))));
    let admit = |bytes| budget.admit(&announced(bytes, None)).map_err(|e| e.code());
    assert!(admit(400).is_ok());
    fs::remove_file(folder.join("a.csv")).unwrap();
    // It was measured just now.
    assert_eq!(admit(401).unwrap_err(), ErrorCode::StorageFull);
    assert!(budget.sizes.measure_if_older(Duration::ZERO).unwrap());
    assert!(admit(1_000).is_ok());
}

#[test]
fn the_reserve_is_kept_while_bytes_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let mut budget = Budget::new(folder.path().to_owned(), limits(None, Some(0)));
    let free = budget.usage().unwrap().free;
    let admitted = Arc::new(budget).admit(&announced(9, None)).unwrap();
    admitted.check_reserve(4).unwrap();
    // Another program uses the space.
    budget = Budget::new(folder.path().to_owned(), limits(None, Some(free * 2)));
    let admitted = Admitted {
        budget: Arc::new(budget),
        request: request(),
        missing: 0,
    };
    let refused = admitted.check_reserve(1).unwrap_err();
    assert_eq!(refused.code(), ErrorCode::StorageFull);
}
