//! The published state of an alarm is the one that was stored last.

use std::thread;

use chengji_domain::log_alarm::AlarmKind;
use chengji_store::MemoryStore;

use super::tests::{epoch, intake};
use super::*;
use crate::alarm::Finding;

#[test]
fn an_alarm_that_was_settled_meanwhile_is_not_shown_again() {
    let followed = intake(Arc::new(MemoryStore::new())).unwrap().followed();
    let at = Position {
        epoch: epoch(1),
        seq: 1,
    };
    let finding = Finding {
        kind: AlarmKind::LowerEpoch,
        known: (at, None),
        found: (at, None),
    };
    let mut settling = None;
    let read = || {
        let followed = followed.clone();
        settling = Some(thread::spawn(move || followed.show_alarm(None)));
        Ok(Some(finding.alarm(Timestamp::UNIX_EPOCH)))
    };
    followed.show_stored_alarm(read).unwrap();
    settling.unwrap().join().unwrap();
    assert_eq!(followed.state().alarm, None);
}
