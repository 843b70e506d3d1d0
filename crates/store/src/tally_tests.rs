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
    let found: Result<BTreeMap<_, _>> = COLORS.all().rows(view).collect();
    assert_eq!(found.unwrap(), colors);
    let found: Result<BTreeMap<_, _>> = TAGS.all().rows(view).collect();
    assert_eq!(found.unwrap(), tags);
    for color in 0..4 {
        let expected = colors.get(&(color,)).copied().unwrap_or_default();
        assert_eq!(COLORS.get(view, &(color,)).unwrap(), expected);
        let of_tag = tags.range((color, 0)..=(color, u32::MAX));
        let expected = of_tag.map(|(_, [count])| count).sum::<u128>();
        assert_eq!(TAGS.under(&(color,)).sum(view).unwrap(), [expected]);
    }
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
    ledger.kv().commit(damage).unwrap();
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
