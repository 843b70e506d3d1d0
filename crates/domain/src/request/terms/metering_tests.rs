use proptest::prelude::*;

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn content(number: u8) -> CountedContent {
    CountedContent {
        revision: 1,
        bytes: 10,
        digest: Digest([number; 32]),
    }
}

/// A provider's records of the use of a grant: as a node keeps them, with the times of the counted fetches.
#[derive(Debug, Default)]
struct Records {
    used: Option<GrantUse>,
    counted_at: Vec<Timestamp>,
}

impl Records {
    fn begin(
        &mut self,
        limits: &Limits,
        what: (CountedContent, u64),
        now: Timestamp,
    ) -> Result<Metered, MeterRefusal> {
        let compared = limits.compared_fetch(self.used.as_ref());
        let compared_at =
            compared.map(|number| self.counted_at[usize::try_from(number).unwrap() - 1]);
        let unread = limits.check_unread(self.used.as_ref(), compared_at, now);
        let metered = limits.meter(self.used, what, compared_at, now);
        // Nothing is refused before it is read that is permitted afterwards.
        if let (Err(refusal), 0) = (unread, what.1) {
            assert_eq!(metered, Err(refusal));
        }
        let metered = metered?;
        if metered.is_new {
            let number = usize::try_from(metered.used.counted).unwrap();
            // A fetch that the provider ended is replaced.
            self.counted_at.truncate(number - 1);
            self.counted_at.push(metered.used.counted_at);
        }
        self.used = Some(metered.used);
        Ok(metered)
    }

    fn finish(&mut self, transfer: u64, now: Timestamp) -> bool {
        match self.used.unwrap().finish(transfer, now) {
            Finished::Completed(used) => {
                self.used = Some(used);
                true
            }
            Finished::Repeated | Finished::Superseded => false,
        }
    }
}

fn limited(count: Option<u64>, rate: Option<Rate>, period_days: Option<u32>) -> Limits {
    Limits {
        count,
        rate,
        period_days,
        ..Limits::default()
    }
}

#[test]
fn a_fetch_counts_once_however_often_it_is_resumed() {
    let limits = limited(Some(2), None, None);
    let mut records = Records::default();
    let first = records.begin(&limits, (content(1), 0), at(0)).unwrap();
    assert!(first.is_new);
    // The connection breaks before and after bytes have arrived, and the programs are killed.
    for (second, from) in [(1, 0), (2, 4), (3, 10)] {
        let again = records
            .begin(&limits, (content(1), from), at(second))
            .unwrap();
        assert!(!again.is_new);
        assert_eq!(again.used.counted, 1);
    }
    assert!(records.finish(4, at(4)));
    // The consumer lost the end, and asks for it again.
    assert!(
        !records
            .begin(&limits, (content(1), 7), at(5))
            .unwrap()
            .is_new
    );
    let second = records.begin(&limits, (content(1), 0), at(6)).unwrap();
    assert_eq!((second.is_new, second.used.counted), (true, 2));
    // Another content is another fetch.
    let third = records.begin(&limits, (content(2), 0), at(7));
    assert_eq!(third, Err(MeterRefusal::CountUsed { count: 2 }));
    assert_eq!(records.used.unwrap().counted, 2);
}

#[test]
fn a_count_that_is_used_up_needs_no_content_to_be_refused() {
    let limits = limited(Some(1), None, None);
    let mut records = Records::default();
    let unread = |records: &Records| limits.check_unread(records.used.as_ref(), None, at(9));
    assert_eq!(unread(&records), Ok(()));
    records.begin(&limits, (content(1), 0), at(0)).unwrap();
    // The content decides whether this fetch is resumed.
    assert_eq!(unread(&records), Ok(()));
    assert!(records.finish(1, at(1)));
    let refusal = MeterRefusal::CountUsed { count: 1 };
    assert_eq!(unread(&records), Err(refusal));
}

#[test]
fn a_revision_of_the_entry_with_the_same_content_is_no_new_fetch() {
    let limits = limited(Some(1), None, None);
    let mut records = Records::default();
    let revised = CountedContent {
        revision: 2,
        ..content(1)
    };
    records.begin(&limits, (content(1), 0), at(0)).unwrap();
    let resumed = records.begin(&limits, (revised, 4), at(1)).unwrap();
    assert!(!resumed.is_new && records.finish(2, at(2)));
    // The consumer has all of it, and asks whether it has changed.
    let asked = records.begin(&limits, (revised, 10), at(3)).unwrap();
    assert_eq!((asked.is_new, asked.used.counted), (false, 1));
}

#[test]
fn of_two_transfers_at_once_the_later_one_completes_the_fetch() {
    let limits = limited(Some(1), None, None);
    let mut records = Records::default();
    let what = (content(1), 0);
    let first = records.begin(&limits, what, at(0)).unwrap().used.transfers;
    let later = records.begin(&limits, what, at(0)).unwrap().used.transfers;
    assert_eq!(
        records.used.unwrap().finish(first, at(1)),
        Finished::Superseded
    );
    assert!(records.finish(later, at(1)));
    assert_eq!(
        records.used.unwrap().finish(later, at(2)),
        Finished::Repeated
    );
    assert!(records.begin(&limits, what, at(3)).is_err());
}

#[test]
fn a_fetch_that_the_provider_fails_does_not_count_unless_it_goes_on() {
    let rate = Rate {
        count: 1,
        seconds: 100,
    };
    let limits = limited(Some(1), Some(rate), Some(1));
    let mut records = Records::default();
    let failed = records.begin(&limits, (content(1), 0), at(0)).unwrap().used;
    records.used = failed.fail(failed.transfers);
    assert_eq!(records.used.unwrap().kept(), 0);
    // The file has changed: the next fetch takes the place of the failed one, at once.
    let next = records.begin(&limits, (content(2), 0), at(1)).unwrap();
    assert_eq!((next.is_new, next.used.counted), (true, 1));
    assert_eq!(next.used.first_delivered_at, None);
    assert_eq!(next.used.fail(failed.transfers), None, "superseded");
    // That one is ended, too, but goes on with the same content, and so counts.
    records.used = next.used.fail(next.used.transfers);
    let resumed = records.begin(&limits, (content(2), 4), at(2)).unwrap();
    assert_eq!((resumed.is_new, resumed.used.kept()), (false, 1));
    assert!(records.finish(resumed.used.transfers, at(3)));
    let finished = records.used.unwrap();
    assert_eq!(finished.fail(finished.transfers), None, "complete");
    let third = records.begin(&limits, (content(3), 0), at(200));
    assert_eq!(third, Err(MeterRefusal::CountUsed { count: 1 }));
}

#[test]
fn the_time_of_a_fetch_is_needed_while_a_rate_may_ask_for_it() {
    let used = GrantUse {
        counted: MAX_RATE + 3,
        transfers: 1,
        content: content(1),
        counted_at: at(i64::from(MAX_RATE_SECONDS)),
        finished: true,
        failed: false,
        first_delivered_at: None,
    };
    assert!(used.is_beyond_rates(2, at(1)), "of too low a number");
    assert!(!used.is_beyond_rates(3, at(1)));
    let open = GrantUse {
        finished: false,
        ..used
    };
    let rate = Rate {
        count: MAX_RATE,
        seconds: 1,
    };
    let limits = limited(None, Some(rate), None);
    let compared = limits.compared_fetch(open.fail(open.transfers).as_ref());
    let compared = compared.unwrap();
    assert!(!open.is_beyond_rates(compared, at(1)), "asked for again");
    assert!(used.is_beyond_rates(3, at(0)), "too long ago");
}

#[test]
fn the_period_begins_with_the_first_complete_fetch() {
    let limits = limited(None, None, Some(1));
    let mut records = Records::default();
    let what = (content(1), 0);
    records.begin(&limits, what, at(0)).unwrap();
    let day = 24 * 60 * 60;
    let later = records.begin(&limits, what, at(5 * day)).unwrap();
    assert!(records.finish(later.used.transfers, at(5 * day)));
    assert!(records.begin(&limits, what, at(6 * day - 1)).is_ok());
    // It does not wait for a consumer that takes all but the end of each content.
    let mut endless = Records::default();
    endless.begin(&limits, what, at(0)).unwrap();
    endless.begin(&limits, (content(2), 0), at(day)).unwrap();
    let third = endless.begin(&limits, (content(3), 0), at(2 * day));
    let ended = at(2 * day);
    assert_eq!(third, Err(MeterRefusal::PeriodOver { ended }));
    let over = MeterRefusal::PeriodOver { ended: at(6 * day) };
    assert_eq!(records.begin(&limits, what, at(6 * day)), Err(over));
    // A transfer that is under way ends, too.
    let used = records.used.as_ref();
    assert_eq!(limits.check_period(used, at(6 * day)), Err(over));
    assert_eq!(limits.check_period(None, at(6 * day)), Ok(()));
}

/// An act of a consumer, or a crash of either side.
#[derive(Clone, Debug)]
enum Act {
    /// A transfer begins.
    Begin { content: u8, from: u64 },
    /// The transfer that began so many acts ago reaches its end.
    Finish { back: usize },
    /// Time passes; the clock may also be set back.
    Wait(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0_u8..2, prop::sample::select(vec![0, 0, 5]))
            .prop_map(|(content, from)| Act::Begin { content, from }),
        3 => (0_usize..3).prop_map(|back| Act::Finish { back }),
        2 => (-3_i64..12).prop_map(Act::Wait),
    ]
}

proptest! {
    /// The model knows every fetch that was counted, with its time and content, and the completed ones.
    #[test]
    fn no_history_exceeds_count_or_rate(
        (count, rate) in (1_u64..5, (1_u64..4, 1_u32..10)),
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let (rate_count, seconds) = rate;
        let rate = Rate { count: rate_count, seconds };
        let limits = limited(Some(count), Some(rate), None);
        let (mut records, mut now) = (Records::default(), 1_000);
        let (mut begun, mut completed) = (Vec::new(), 0_u64);
        for act in acts {
            match act {
                Act::Wait(passed) => now += passed,
                Act::Begin { content: number, from } => {
                    let before = records.counted_at.clone();
                    let result = records.begin(&limits, (content(number), from), at(now));
                    if let Ok(metered) = result {
                        begun.push(metered.used.transfers);
                    }
                    // A refused or resumed transfer counts nothing.
                    let is_new = result.is_ok_and(|metered| metered.is_new);
                    let counted = records.counted_at.len() - before.len();
                    prop_assert_eq!(counted, usize::from(is_new));
                    // One is refused only where the model has no room for it.
                    let latest = before.last().map_or(at(now), |last| at(now).max(*last));
                    let within = |t: &&Timestamp| latest.duration_since(**t)
                        < SignedDuration::from_secs(seconds.into());
                    let recent = before.iter().filter(within).count() as u64;
                    let has_room = (before.len() as u64) < count && recent < rate_count;
                    prop_assert!(result.is_ok() || !has_room, "{:?} {:?}", result, before);
                }
                Act::Finish { back } => {
                    let transfer = begun.len().checked_sub(back + 1).map(|place| begun[place]);
                    if let Some(transfer) = transfer && records.finish(transfer, at(now)) {
                        completed += 1;
                    }
                }
            }
        }
        let counted = &records.counted_at;
        prop_assert!(counted.len() as u64 <= count);
        prop_assert!(completed <= counted.len() as u64);
        prop_assert!(counted.is_sorted());
        let every = usize::try_from(rate_count).unwrap();
        for (earlier, later) in counted.iter().zip(counted.iter().skip(every)) {
            let apart = later.duration_since(*earlier);
            prop_assert!(apart >= SignedDuration::from_secs(seconds.into()));
        }
    }
}
