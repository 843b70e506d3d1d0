//! Tests of tallies against a fold of all records.

use super::*;

/// Checks that the tallies have the numbers of the model's records.
pub(super) fn tallies_agree(view: &(impl View + ?Sized), model: &Model) {
    let (mut colors, mut tags) = (BTreeMap::new(), BTreeMap::new());
    for (id, item) in model {
        let [count, years]: &mut [u128; 2] = colors.entry((item.color,)).or_default();
        *count += 1;
        *years += u128::from(item.due.unwrap_or(0));
        for tag in &item.tags {
            let [count]: &mut [u128; 1] = tags.entry((*tag, id.0)).or_default();
            *count += 1;
        }
    }
    let found: Result<BTreeMap<_, _>> = COLORS.all().rows(view, 2).collect();
    assert_eq!(found.unwrap(), colors);
    let found: Result<BTreeMap<_, _>> = TAGS.all().rows(view, 100).collect();
    assert_eq!(found.unwrap(), tags);
    for color in 0..4 {
        let expected = colors.get(&(color,)).copied().unwrap_or_default();
        assert_eq!(COLORS.get(view, &(color,)).unwrap(), expected);
        let of_tag = tags.range((color, 0)..=(color, u32::MAX));
        let expected = of_tag.map(|(_, [count])| count).sum::<u128>();
        assert_eq!(TAGS.under(&(color,)).sum(view).unwrap(), [expected]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    /// Whatever a job reads of a tally includes what it has counted so far, and nothing of parts that failed.
    #[test]
    fn what_failed_is_not_counted(
        before in ops(),
        parts in ops(),
        fails in prop::collection::vec(any::<bool>(), 8),
    ) {
        block_on(async {
            let (ledger, _) = ledger();
            let mut model = Model::new();
            for (jobs, fails) in [(before, vec![false; 8]), (parts, fails)] {
                let mut known = model;
                let job = ledger.write(move |tx| {
                    for (part, fails) in jobs.into_iter().zip(fails) {
                        let mut trial = known.clone();
                        let done = tx.attempt(|tx| {
                            for op in part {
                                follow(tx, &mut trial, op)?;
                                tallies_agree(tx, &trial);
                            }
                            if fails { Err(refused()) } else { Ok(()) }
                        });
                        if done.is_ok() {
                            known = trial;
                        }
                        tallies_agree(tx, &known);
                    }
                    Ok(known)
                });
                model = job.await.unwrap();
                tallies_agree(&**ledger.kv(), &model);
            }
            assert_eq!(ITEMS.check_indexes(&ledger).await.unwrap(), Differences::default());
        });
    }
}

#[tokio::test]
async fn a_job_reads_and_writes_a_group_once_for_all_its_records() {
    let store = CountingStore::new(MemoryStore::new());
    let (reads, writes) = (store.reads(), store.writes());
    let ledger = Ledger::create(Arc::new(store), "city/430100", [1; 8]).unwrap();
    for from in [0, 1_000] {
        let (before, read) = (writes.keys(), reads.gets());
        let put = ledger.write(move |tx| {
            for number in from..from + 100 {
                let new = Item {
                    tags: BTreeSet::new(),
                    ..item(&number.to_string(), 3, None)
                };
                ITEMS.put(tx, &id(number), &new)?;
            }
            assert!(tx.written() > 100 * 40);
            Ok(())
        });
        put.await.unwrap();
        // Each record and its entries in two indexes, and the group of them all.
        assert_eq!(writes.keys() - before, 100 * 3 + 1);
        // Each record and its unique key, and once the progress of a recount and the group.
        assert_eq!(reads.gets() - read, 100 * 2 + 2);
    }
    let view = &**ledger.kv();
    assert_eq!(COLORS.get(view, &(3,)).unwrap(), [200, 0]);
}

#[tokio::test]
async fn a_recount_agrees_with_jobs_that_count_many_records_and_undo_parts() {
    let (ledger, _) = filled(300).await;
    let rebuilding = ITEMS.rebuild_indexes(&ledger);
    let writing = async {
        let jobs = (0..40_u32).map(|round| {
            ledger.write(move |tx| {
                for number in (0..300).filter(|number| number % 7 == round % 7) {
                    ITEMS.update(tx, &id(number), |item| {
                        item.color = (round % 10) as u8;
                        Ok(())
                    })?;
                }
                let failed = tx.attempt(|tx| {
                    ITEMS.delete(tx, &id(round))?;
                    Err::<(), _>(refused())
                });
                assert_eq!(failed, Err(refused()));
                Ok(())
            })
        });
        for job in jobs {
            job.await.unwrap();
        }
    };
    let (rebuilt, ()) = tokio::join!(rebuilding, writing);
    assert_eq!(rebuilt.unwrap(), Differences::default());
    let model = ITEMS.all().collect(&**ledger.kv()).unwrap();
    tallies_agree(&**ledger.kv(), &model.into_iter().collect());
}

#[tokio::test]
async fn a_tally_is_counted_again_while_others_write() {
    let (ledger, _) = filled(2_000).await;
    let mut damage = Batch::new();
    for prefix in [Prefix::CatalogueTally, Prefix::QuarantineTally] {
        let (lower, upper) = Key::new(prefix).range();
        let pairs = ledger.kv().range(&lower, &upper, usize::MAX).unwrap();
        for (number, (key, mut value)) in pairs.into_iter().enumerate() {
            if number % 3 == 0 {
                damage.delete(key);
            } else {
                value[15] ^= 1;
                damage.put(key, value);
            }
        }
        let stray = Key::new(prefix).u8(0).u8(99).u32(99).finish();
        damage.put(stray, vec![0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    }
    ledger.kv().commit(&damage).unwrap();
    let writing = async {
        for number in 0..200 {
            let write = ledger.write(move |tx| {
                let new = item(&format!("new {number}"), 3, Some(7));
                ITEMS.put(tx, &id(5_000 + number), &new)?;
                ITEMS.update(tx, &id(number * 7 + 1), |item| {
                    item.color = 2;
                    Ok(())
                })?;
                ITEMS.delete(tx, &id(number * 7))
            });
            write.await.unwrap();
        }
    };
    let (rebuilt, ()) = tokio::join!(ITEMS.rebuild_indexes(&ledger), writing);
    assert!(rebuilt.unwrap().missing > 1_000);
    let different = ITEMS.check_indexes(&ledger).await.unwrap();
    assert_eq!(different, Differences::default());
    let model = ITEMS.all().collect(&**ledger.kv()).unwrap();
    tallies_agree(&**ledger.kv(), &model.into_iter().collect());
}
