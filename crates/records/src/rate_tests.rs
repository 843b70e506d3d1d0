use chengji_domain::ErrorCode;
use chengji_domain::catalogue::{AdministrativeLevel, ShareClass, UpdateCycle};
use chengji_domain::fact::Delivery;
use proptest::prelude::*;

use super::*;
use crate::strategies::{
    cities, codes, digests, reads_as_written, refuses_incomplete, requests, times,
};

fn entries() -> impl Strategy<Value = FoldRow> {
    let attributes = (
        prop::sample::select(ShareClass::ALL),
        prop::sample::select(AdministrativeLevel::ALL),
        prop::sample::select(UpdateCycle::ALL),
        any::<[u64; 2]>(),
    );
    let measured = (any::<[u64; 3]>(), times());
    let measured = prop::option::of(measured.prop_map(|([rows, bytes, seq], at)| MeasuredRow {
        rows,
        bytes,
        at,
        seq,
    }));
    let flags = any::<[bool; 3]>();
    (codes(), attributes, any::<u64>(), flags, measured).prop_map(
        |(code, (share_class, level, update_cycle, declared), published_seq, flags, measured)| {
            let [withdrawn, mounted, is_interface] = flags;
            let [rows, bytes] = declared.map(Some);
            FoldRow::Entry(RatedEntryRow {
                code,
                attributes: RateAttributes {
                    share_class,
                    level,
                    update_cycle,
                    declared: Volume { rows, bytes },
                    is_interface,
                },
                published_seq,
                withdrawn,
                mounted,
                measured,
            })
        },
    )
}

fn deliveries() -> impl Strategy<Value = Delivery> {
    let numbers = (any::<u32>(), any::<u64>(), any::<Option<u64>>());
    let parts = (requests(), codes(), numbers, digests());
    parts.prop_map(
        |(request, code, (revision, bytes, rows), digest)| Delivery {
            request,
            code,
            revision,
            bytes,
            digest,
            rows,
        },
    )
}

proptest! {
    #[test]
    fn snapshots_read_as_they_were_written(
        (formula, latest, root) in ("[A-Z0-9/-]{1,12}", times(), digests()),
        (parts, complete) in (any::<u32>(), any::<bool>()),
        entries in prop::collection::vec(entries(), 0..4),
        contents in prop::collection::vec((codes(), digests()), 0..4),
        sent in prop::collection::vec(deliveries(), 0..3),
        received in prop::collection::vec((deliveries(), cities(), any::<u64>(), times()), 0..3),
    ) {
        let snapshot = RateSnapshot { formula, latest, root, parts, complete };
        reads_as_written::<StoredRateSnapshot>(&snapshot);
        StoredRateSnapshot::decode(&[]).unwrap_err();
        let contents = contents.into_iter();
        let contents = contents.map(|(code, digest)| FoldRow::Content { code, digest });
        let received = received.into_iter().map(|(delivery, provider, seq, at)| {
            FoldRow::Received { delivery, provider, seq, at }
        });
        let sent = sent.into_iter().map(FoldRow::Sent);
        let rows = entries.into_iter().chain(contents).chain(sent).chain(received);
        let rows: Vec<_> = rows.collect();
        reads_as_written::<StoredRateSnapshotPart>(&rows);
        refuses_incomplete::<StoredRateSnapshotPart>(&rows);
        // Each altered byte of the rows is noticed.
        let mut altered = StoredRateSnapshotPart::encode(&rows).unwrap();
        if let Some(byte) = altered.get_mut(4).filter(|_| !rows.is_empty()) {
            *byte ^= 1;
            let error = StoredRateSnapshotPart::decode(&altered).unwrap_err();
            prop_assert_eq!(error.code(), ErrorCode::StorageDamaged);
        }
    }
}
