use proptest::prelude::*;

use super::*;
use crate::strategies::{
    digests, epochs, positions, reads_as_written, reasons, refuses_incomplete, texts, times,
};

fn alarms() -> impl Strategy<Value = Alarm> {
    let kind = prop::sample::select(vec![
        AlarmKind::Diverged,
        AlarmKind::Forked,
        AlarmKind::Shorter,
        AlarmKind::LowerEpoch,
        AlarmKind::ManyEpochs,
        AlarmKind::BadSignature,
    ]);
    let side = || (positions(), prop::option::of(digests()));
    let accepted = prop::option::of((texts(), times()));
    let rest = (times(), reasons(), prop::option::of(times()), accepted);
    (kind, side(), side(), rest).prop_map(|(kind, known, found, rest)| {
        let (since, reason, mended_at, accepted) = rest;
        Alarm {
            kind,
            known: known.0,
            known_leaf: known.1,
            found: found.0,
            found_leaf: found.1,
            since,
            reason,
            mended_at,
            accepted: accepted.map(|(reason, at)| Acceptance {
                by: "operator/duty".parse().unwrap(),
                reason,
                at,
            }),
        }
    })
}

proptest! {
    #[test]
    fn records_of_followed_logs_read_as_they_were_written(
        position in positions(),
        copy in any::<u32>(),
        epoch in epochs(),
        reason in reasons(),
        at in times(),
        alarm in alarms(),
    ) {
        reads_as_written::<StoredFollowedPosition>(&FollowedPosition { position, copy });
        reads_as_written::<StoredPosition>(&position);
        reads_as_written::<StoredEndedCopy>(&EndedCopy { end: position, ended_at: at });
        reads_as_written::<StoredQuarantined>(&Quarantined { epoch, reason, at });
        reads_as_written::<StoredAlarm>(&alarm);
        refuses_incomplete::<StoredAlarm>(&alarm);
        refuses_incomplete::<StoredEndedCopy>(&EndedCopy { end: position, ended_at: at });
    }
}

#[test]
fn a_log_that_was_never_followed_reads_as_such() {
    reads_as_written::<StoredFollowedPosition>(&FollowedPosition::NOTHING);
    StoredFollowedPosition::decode(&[]).unwrap_err();
}
