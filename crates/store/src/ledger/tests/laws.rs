//! Invariants of the ledger under random jobs of several concurrent tasks and random outcomes of
//! commits.

use std::collections::{BTreeMap, BTreeSet};

use chengji_domain::Digest;
use proptest::prelude::*;
use tokio::runtime::Builder;

use super::*;

/// The act of one job. Each job has a number of its own, which its records contain.
#[derive(Clone, Copy, Debug)]
enum Act {
    Append,
    AppendTwice,
    /// Writes state alone: so many values, so that groups overflow and the next one runs while they are committed.
    Put {
        values: u8,
        padding: usize,
    },
    WriteAndFail,
    WriteAndPanic,
    /// Fails if an earlier job of any task has left its mark, else leaves it.
    ClaimOnce,
    /// Adds 1 to the number of such jobs.
    Count,
    Read,
}

/// The result returned to a job's caller.
#[derive(Clone, Debug)]
enum JobOutcome {
    Done(Vec<Position>),
    Failed(Error),
}

type Id = u32;

fn entry(id: Id, at: Position) -> Vec<u8> {
    [&id.to_be_bytes()[..], &at.to_bytes()].concat()
}

fn mark(id: Id) -> Vec<u8> {
    [&[0x7f][..], &id.to_be_bytes()].concat()
}

fn claim() -> Vec<u8> {
    vec![0x7e]
}

fn counter() -> Vec<u8> {
    vec![0x7d]
}

/// Decodes the number of jobs that counted themselves.
fn counted(stored: Option<Vec<u8>>) -> u32 {
    stored.map_or(0, |number| u32::from_be_bytes(number.try_into().unwrap()))
}

fn act(tx: &mut Tx<'_>, id: Id, act: Act) -> Result<Vec<Position>> {
    if !matches!(act, Act::Read) {
        tx.put(mark(id), Vec::new());
    }
    match act {
        Act::Append => Ok(vec![tx.append(|at| entry(id, at))?]),
        Act::AppendTwice => Ok(vec![
            tx.append(|at| entry(id, at))?,
            tx.append(|at| entry(id, at))?,
        ]),
        Act::Put { values, padding } => {
            for value in 1..=values {
                tx.put([mark(id), vec![value]].concat(), vec![0; padding]);
            }
            Ok(Vec::new())
        }
        Act::WriteAndFail => {
            tx.append(|at| entry(id, at))?;
            Err(refusal())
        }
        Act::WriteAndPanic => {
            tx.append(|at| entry(id, at))?;
            // Not `panic!`: the hook would print each of them.
            std::panic::resume_unwind(Box::new("as the test wants it"));
        }
        Act::ClaimOnce => {
            if tx.get(&claim())?.is_some() {
                return Err(refusal());
            }
            tx.put(claim(), id.to_be_bytes().to_vec());
            Ok(vec![tx.append(|at| entry(id, at))?])
        }
        Act::Count => {
            let number = counted(tx.get(&counter())?) + 1;
            tx.put(counter(), number.to_be_bytes().to_vec());
            Ok(Vec::new())
        }
        Act::Read => {
            tx.range(&[0x7f], &[0x80], 5)?;
            Ok(Vec::new())
        }
    }
}

/// Runs each list in a task of its own; returns each job's act and its caller's result.
fn run(ledger: &Ledger, tasks: Vec<Vec<Act>>) -> BTreeMap<Id, (Act, JobOutcome)> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..)
            .zip(tasks)
            .map(|(task, acts)| {
                let ledger = ledger.clone();
                tokio::spawn(async move {
                    let mut told = Vec::new();
                    for (id, one) in (task * 1000..).zip(acts) {
                        let keys = vec![claim(), counter(), mark(id)];
                        // The first jobs of a task read nothing ahead, so that writes are also recorded from later on.
                        let ahead = (id % 1000 > 2).then(|| ledger.read_ahead(keys)).transpose();
                        let job = move |tx: &mut Tx<'_>| {
                            if let Some(ahead) = ahead? {
                                tx.use_ahead(ahead);
                            }
                            act(tx, id, one)
                        };
                        let result = ledger.write(job).await;
                        if let Ok([.., last]) = result.as_deref() {
                            assert!(ledger.head() > *last, "answered before it was published");
                        }
                        told.push((
                            id,
                            (
                                one,
                                result.map_or_else(JobOutcome::Failed, JobOutcome::Done),
                            ),
                        ));
                    }
                    told
                })
            })
            .collect();
        let mut told = BTreeMap::new();
        for task in tasks {
            told.extend(task.await.unwrap());
        }
        told
    })
}

/// Returns the positions of each job's entries in the log. Checks that the log is dense, that each
/// entry is at the position it was made for, and that each leaf is right.
fn log_of(kv: &dyn KeyValue) -> BTreeMap<Id, Vec<Position>> {
    let head = log::verify_end(kv).unwrap();
    let entries = log::entries(kv, 0, usize::MAX, usize::MAX).unwrap();
    let leaves = log::leaves(kv, 0, usize::MAX).unwrap();
    assert_eq!(
        (entries.len() as u64, leaves.len() as u64),
        (head.seq, head.seq)
    );
    let mut places: BTreeMap<Id, Vec<Position>> = BTreeMap::new();
    for (seq, ((entry_seq, bytes), leaf)) in (0..).zip(entries.into_iter().zip(leaves)) {
        assert_eq!((entry_seq, leaf), (seq, (seq, Digest(bytes.leaf()))));
        let (id, position) = bytes.envelope.split_first_chunk().unwrap();
        assert_eq!(Position::from_bytes(position).unwrap(), at(seq));
        places
            .entry(u32::from_be_bytes(*id))
            .or_default()
            .push(at(seq));
    }
    places
}

fn marks_of(kv: &dyn KeyValue) -> BTreeSet<Id> {
    let marks = kv.range(&[0x7f], &[0x80], usize::MAX).unwrap();
    let ids = marks.iter().map(|(key, _)| key[1..5].try_into().unwrap());
    ids.map(u32::from_be_bytes).collect()
}

/// Checks that the results returned to the callers match the store.
fn check(kv: &FailingStore, told: &BTreeMap<Id, (Act, JobOutcome)>, answers_lost: bool) {
    let (places, marks) = (log_of(kv), marks_of(kv));
    let known: BTreeSet<_> = places.keys().chain(&marks).collect();
    assert!(
        known.iter().all(|id| told.contains_key(id)),
        "something nobody wrote"
    );
    for (id, (act, told)) in told {
        let stored = places.get(id).cloned().unwrap_or_default();
        match told {
            JobOutcome::Done(positions) => {
                assert_eq!(&stored, positions, "{id} {act:?}");
                assert_eq!(
                    marks.contains(id),
                    !matches!(act, Act::Read),
                    "{id} {act:?}"
                );
            }
            // All of it was written, or nothing.
            JobOutcome::Failed(error) if answers_lost && *error == full() => {
                let entries = match act {
                    Act::Append | Act::ClaimOnce => 1,
                    Act::AppendTwice => 2,
                    _ => 0,
                };
                let whole = if marks.contains(id) { entries } else { 0 };
                assert_eq!(stored.len(), whole, "{id} {act:?}");
                let never = matches!(act, Act::WriteAndFail | Act::WriteAndPanic | Act::Read);
                assert!(!(never && marks.contains(id)), "{id} {act:?}");
            }
            JobOutcome::Failed(_) => {
                assert_eq!(stored, [], "{id} {act:?}");
                assert!(!marks.contains(id), "{id} {act:?}");
            }
        }
    }
    let claims = told
        .iter()
        .filter(|(id, (act, _))| matches!(act, Act::ClaimOnce) && marks.contains(id))
        .map(|(id, _)| id.to_be_bytes().to_vec());
    let claims: Vec<_> = claims.collect();
    assert!(claims.len() <= 1, "two jobs claimed the same");
    assert_eq!(kv.get(&claim()).unwrap(), claims.first().cloned());
    let counts = told
        .iter()
        .filter(|(id, (act, _))| matches!(act, Act::Count) && marks.contains(id));
    let stored = counted(kv.get(&counter()).unwrap());
    assert_eq!(counts.count(), stored as usize);
}

fn acts() -> impl Strategy<Value = Vec<Vec<Act>>> {
    let act = prop_oneof![
        4 => Just(Act::Append),
        2 => Just(Act::AppendTwice),
        2 => (1..=8_u8, 0..=MAX_VALUE).prop_map(|(values, padding)| Act::Put { values, padding }),
        1 => Just(Act::WriteAndFail),
        1 => Just(Act::WriteAndPanic),
        2 => Just(Act::ClaimOnce),
        3 => Just(Act::Count),
        1 => Just(Act::Read),
    ];
    prop::collection::vec(prop::collection::vec(act, 0..12), 1..24)
}

fn outcomes(answers_lost: bool) -> impl Strategy<Value = Vec<CommitOutcome>> {
    let outcome = prop_oneof![
        3 => Just(CommitOutcome::Written),
        2 => Just(CommitOutcome::Refused),
        u32::from(answers_lost) => Just(CommitOutcome::AnswerLost),
    ];
    prop::collection::vec(outcome, 0..40)
}

fn hold(tasks: Vec<Vec<Act>>, outcomes: Vec<CommitOutcome>, answers_lost: bool) {
    let kv = memory();
    let ledger = open(&kv);
    kv.set_outcomes(outcomes);
    let told = run(&ledger, tasks);
    // A last lost answer is found out at the next write.
    kv.set_outcomes([]);
    runtime_write(&ledger);
    check(&kv, &told, answers_lost);
    assert_eq!(ledger.head(), log::head(&*kv).unwrap());
    drop(ledger);
    assert_eq!(open(&kv).head(), log::head(&*kv).unwrap());
}

fn runtime_write(ledger: &Ledger) {
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(ledger.write(|_| Ok(()))).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn what_callers_were_told_is_what_the_log_holds(tasks in acts()) {
        hold(tasks, Vec::new(), false);
    }

    #[test]
    fn commits_that_fail_lose_nothing_told_and_leave_nothing_else(
        tasks in acts(),
        outcomes in outcomes(false),
    ) {
        hold(tasks, outcomes, false);
    }

    #[test]
    fn answers_that_get_lost_leave_whole_jobs_or_none(tasks in acts(), outcomes in outcomes(true)) {
        hold(tasks, outcomes, true);
    }
}
