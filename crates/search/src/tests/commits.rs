//! Changes that are applied in several commits.

use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;

use super::world::{World, id, named, search};
use crate::{Change, Document};

/// A document with this many bytes of text.
fn large(serial: u32, bytes: usize) -> Document {
    Document {
        summary: "1".repeat(bytes),
        ..named(430_100, serial, "停车场")
    }
}

#[test]
fn a_commit_ends_after_a_bounded_length_of_texts() {
    let world = World::new();
    let mut read = 0;
    let changes = (1..=9_u32).map(|serial| {
        read += 1;
        let change = Change::Put(large(serial, 60 << 10));
        Ok((u64::from(serial), Some(change)))
    });
    assert_eq!(world.index.apply(changes), Ok(Some(5)));
    assert_eq!(read, 5, "further ones are not read");
    let state = world.index.state().unwrap();
    assert_eq!((state.applied, state.documents), (5, 5));
    let rest = (6..=9).map(|number| {
        let change = Change::Put(large(number, 10));
        Ok((u64::from(number), Some(change)))
    });
    assert_eq!(world.index.apply(rest), Ok(Some(9)));
    assert_eq!(world.index.search(&search("停车场")).unwrap().total, 9);
}

#[test]
fn a_change_that_another_includes_is_passed_over_and_counts_as_applied() {
    let world = World::new();
    let put = Change::Put(named(430_100, 1, "停车场"));
    let changes = [(4, Some(put)), (6, None)].map(Ok);
    assert_eq!(world.index.apply(changes), Ok(Some(6)));
    let state = world.index.state().unwrap();
    assert_eq!((state.applied, state.documents), (6, 1));
    assert_eq!(world.index.apply([]), Ok(None));
    assert_eq!(world.index.state(), Some(state));
}

#[test]
fn nothing_is_applied_if_a_change_cannot_be_read() {
    let world = World::of([named(430_100, 1, "停车场")]);
    let before = world.index.state();
    let changes = [
        Ok((2, Some(Change::Remove(id(430_100, 1))))),
        Err(Error::new(
            ErrorCode::StorageDamaged,
            msg::SearchIndexMissing,
        )),
    ];
    let error = world.index.apply(changes).unwrap_err();
    assert_eq!(error.code(), ErrorCode::StorageDamaged);
    assert_eq!(world.index.state(), before);
    // Nor with the next commit.
    let next = [Ok((3, Some(Change::Put(named(430_100, 2, "停车位")))))];
    assert_eq!(world.index.apply(next), Ok(Some(3)));
    assert_eq!(world.found("停车").len(), 2);
}
