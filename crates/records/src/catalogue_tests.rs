use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::lifecycle::{
    Lifecycle, LifecycleRecord, LifecycleStep, Move, PastStep, State,
};
use chengji_domain::catalogue::{EntryAct, EntryReminder, NotedChange, Tightening};
use chengji_testkit::strategies::entry as entries;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::lifecycle::{StoredLifecycle, StoredStep, entry_act_number, entry_state_number};
use crate::strategies::{digests, reads_as_written, refuses_incomplete, texts, times};

fn histories(at: Timestamp) -> impl Strategy<Value = Option<History>> {
    let history = (times(), prop::option::of(times()), any::<u64>());
    prop::option::of(history).prop_map(move |history| {
        history.map(|(first_measured, changed, changes)| History {
            first_measured,
            measured: at,
            changed,
            changes,
        })
    })
}

fn mounts() -> impl Strategy<Value = Mount> {
    let measured = (
        any::<u64>(),
        prop::option::of(any::<u64>()),
        digests(),
        times(),
    );
    let measured = measured.prop_flat_map(|(bytes, rows, digest, at)| {
        let measurement = Measurement {
            bytes,
            rows,
            digest,
            at,
        };
        (Just(measurement), histories(at))
    });
    let parts = (texts(), any::<bool>(), prop::option::of(measured));
    parts.prop_map(|(file_name, is_table, measured)| Mount {
        file_name,
        is_table,
        measurement: measured.map(|(measurement, _)| measurement),
        history: measured.and_then(|(_, history)| history),
    })
}

fn steps() -> impl Strategy<Value = LifecycleStep> {
    let mv = prop::sample::select(Move::ALL);
    let state = prop::sample::select(State::ALL);
    let due = prop::option::of((1i8..=28, any::<bool>()));
    let marks = (consents(), tightenings());
    (any::<u32>(), mv, state, times(), texts(), due, marks).prop_map(
        |(revision, mv, state, at, reason, due, (consent, tightening))| LifecycleStep {
            revision,
            mv,
            state,
            at,
            by: "city/430200/person/officer".parse().unwrap(),
            reason,
            due: due.map(|(day, provisional)| Deadline {
                date: date(2026, 11, day),
                provisional,
            }),
            consent,
            tightening,
        },
    )
}

fn tightenings() -> impl Strategy<Value = Option<Tightening>> {
    prop::option::of(prop::sample::select(Tightening::ALL))
}

fn consents() -> impl Strategy<Value = Option<Consent>> {
    prop_oneof![
        Just(None),
        "[甲-申]{1,9}".prop_map(|number| Some(Consent::Paper { number })),
        times().prop_map(|at| {
            let principal = "city/430200/person/head".parse().unwrap();
            let on_behalf_of = None;
            Some(Consent::By {
                principal,
                on_behalf_of,
                at,
            })
        }),
    ]
}

fn changes() -> impl Strategy<Value = Option<NotedChange>> {
    let change = (1i8..=28, any::<bool>(), any::<u32>(), any::<u32>());
    let change = change.prop_map(|(day, provisional, extended_by, settled_by)| NotedChange {
        on: date(2026, 11, day),
        noted_by: "city/430200/person/officer".parse().unwrap(),
        due: Deadline {
            date: date(2026, 12, day),
            provisional,
        },
        extended_by,
        settled_by,
    });
    prop::option::of(change)
}

fn reminders() -> impl Strategy<Value = Vec<EntryReminder>> {
    let act = prop::sample::select(EntryAct::ALL);
    let reminder = (act, 1i8..=28, any::<bool>());
    let reminder = reminder.prop_map(|(act, day, overdue)| EntryReminder {
        act,
        deadline: date(2026, 12, day),
        overdue,
    });
    prop::collection::vec(reminder, 0..3)
}

fn lifecycles() -> impl Strategy<Value = LifecycleRecord> {
    let provider: Uscc = chengji_testkit::CREDIT_CODE.parse().unwrap();
    let published = prop::option::of(1..u32::MAX);
    let numbers = (any::<u32>(), any::<u32>(), any::<u32>());
    let notes = (changes(), reminders());
    (steps(), published, digests(), numbers, notes).prop_map(
        move |(last, published, digest, numbers, (change, reminders))| {
            let (newest, steps, tightenings) = numbers;
            LifecycleRecord {
                lifecycle: Lifecycle {
                    state: last.state,
                    newest,
                    published,
                },
                provider,
                published_provider: published.map(|_| provider),
                digest,
                author: "city/430200/person/author".parse().unwrap(),
                steps,
                last,
                tightenings,
                change,
                reminders,
            }
        },
    )
}

proptest! {
    #[test]
    fn published_entries_read_as_they_were_written(
        (entry, revision, published_at) in (entries(), any::<u32>(), times()),
        withdrawn in prop::option::of((times(), texts())),
        mount in prop::option::of(mounts()),
        stop in prop::option::of(crate::strategies::acts()),
    ) {
        let record = EntryRecord {
            entry,
            revision,
            published_at,
            withdrawn: withdrawn.map(|(at, reason)| Withdrawal { at, reason }),
            mount,
            stop,
        };
        reads_as_written::<StoredRecord>(&record);
        refuses_incomplete::<StoredRecord>(&record);
        reads_as_written::<StoredRevision>(&record.entry);
        refuses_incomplete::<StoredRevision>(&record.entry);
        let revision = Encoded::<StoredRevision>::of(&record.entry).unwrap();
        let content = entry_to(&record.entry).encode_to_vec();
        assert_eq!(content_of(&revision).unwrap(), content);
        let mut piece = Piece::default();
        for _ in 0..2 {
            piece.push(&entry_to(&record.entry));
        }
        reads_as_written::<StoredPiece>(&piece);
        prop_assert_eq!(piece.entries(), Ok(vec![record.entry; 2]));
    }

    #[test]
    fn lifecycles_read_as_they_were_written(lifecycle in lifecycles()) {
        reads_as_written::<StoredLifecycle>(&lifecycle);
        refuses_incomplete::<StoredLifecycle>(&lifecycle);
        for step in [PastStep::Whole(lifecycle.last.clone()), lifecycle.last.emptied()] {
            reads_as_written::<StoredStep>(&step);
            refuses_incomplete::<StoredStep>(&step);
        }
    }

    #[test]
    fn imports_read_as_they_were_written(
        (at, draft, of_department) in (times(), any::<bool>(), any::<bool>()),
        consent in consents(),
    ) {
        let department = of_department.then(|| chengji_testkit::CREDIT_CODE.parse().unwrap());
        let by = "city/430200/person/officer".parse().unwrap();
        let import = ImportUnderWay { by, at, draft, department, consent };
        reads_as_written::<StoredImport>(&import);
        StoredImport::decode(&[]).unwrap_err();
    }
}

#[test]
fn the_numbers_of_states_in_keys_are_pinned() {
    let numbers = State::ALL.iter().map(|state| entry_state_number(*state));
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn the_numbers_of_acts_in_keys_are_pinned() {
    let numbers = EntryAct::ALL.iter().map(|act| entry_act_number(*act));
    assert_eq!(numbers.collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn half_of_what_is_published_is_damage() {
    let step = LifecycleStep {
        revision: 1,
        mv: Move::Approve,
        state: State::Published,
        at: Timestamp::UNIX_EPOCH,
        by: "city/430200/person/officer".parse().unwrap(),
        reason: String::new(),
        due: None,
        consent: None,
        tightening: None,
    };
    let whole = v1::EntryLifecycle {
        newest: 1,
        published: 1,
        provider_code: chengji_testkit::CREDIT_CODE.to_owned(),
        published_provider_code: chengji_testkit::CREDIT_CODE.to_owned(),
        digest: vec![1; 32],
        steps: 2,
        last: Some((&step).into()),
        author: "city/430200/person/author".to_owned(),
        ..v1::EntryLifecycle::default()
    };
    StoredLifecycle::decode(&whole.encode_to_vec()).unwrap();
    let without = [
        v1::EntryLifecycle {
            published: 0,
            ..whole.clone()
        },
        v1::EntryLifecycle {
            published_provider_code: String::new(),
            ..whole
        },
    ];
    for half in without {
        StoredLifecycle::decode(&half.encode_to_vec()).unwrap_err();
    }
}
