use proptest::prelude::*;

use super::*;

fn at(hours: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(500_000 + hours)
}

fn there(history: History) -> Source {
    Source::There(Some(history))
}

fn cycle() -> impl Strategy<Value = UpdateCycle> {
    prop::sample::select(UpdateCycle::ALL)
}

fn regular(cycle: UpdateCycle) -> bool {
    !matches!(cycle, UpdateCycle::Irregular | UpdateCycle::Other)
}

#[test]
fn what_is_not_there_is_told_before_anything_else() {
    let cycle = UpdateCycle::Daily;
    let now = at(0);
    assert_eq!(
        Freshness::of(cycle, Source::Nothing, now),
        Freshness::Unmounted
    );
    assert_eq!(Freshness::of(cycle, Source::Gone, now), Freshness::Gone);
    assert_eq!(
        Freshness::of(cycle, Source::There(None), now),
        Freshness::NeverMeasured
    );
}

#[test]
fn a_weekend_and_a_long_holiday_contradict_no_daily_cycle() {
    let history = History::begin(at(0)).with(at(9 * 24), false);
    assert_eq!(history.contradicts(UpdateCycle::Daily), None);
    let history = history.with(at(11 * 24), false);
    let observed = Observed::Unchanged { days: 11 };
    assert_eq!(history.contradicts(UpdateCycle::Daily), Some(observed));
    assert_eq!(observed.cycle(), UpdateCycle::Monthly);
}

#[test]
fn a_few_corrections_at_the_beginning_are_no_pace() {
    let mut history = History::begin(at(0));
    for hour in 1..=6 {
        history = history.with(at(hour), true);
    }
    assert_eq!(history.contradicts(UpdateCycle::Yearly), None);
}

#[test]
fn a_yearly_entry_that_changes_each_month_is_contradicted() {
    let history = (1..=13).fold(History::begin(at(0)), |history, month| {
        history.with(at(month * 30 * 24), true)
    });
    let observed = history.contradicts(UpdateCycle::Yearly).unwrap();
    assert_eq!(observed, Observed::Changes { every_days: 32 });
    assert_eq!(observed.cycle(), UpdateCycle::Monthly);
    let freshness = Freshness::of(UpdateCycle::Yearly, there(history), history.measured);
    assert_eq!(freshness, Freshness::Contradicted);
    assert_eq!(history.contradicts(UpdateCycle::Irregular), None);
}

proptest! {
    #[test]
    fn a_measurement_is_good_for_the_cycle_and_no_longer(cycle in cycle(), hours in 0i64..20_000) {
        let history = History::begin(at(0));
        let freshness = Freshness::of(cycle, there(history), at(hours));
        let fresh = hours <= 24 * i64::from(cycle.days());
        let expected = if fresh { Freshness::Fresh } else { Freshness::Stale };
        prop_assert_eq!(freshness, expected);
    }

    #[test]
    fn measuring_is_due_within_the_third_quarter_of_the_cycle(cycle in cycle(), spread: u8) {
        let waited = measuring_due(cycle, at(0), spread).duration_since(at(0));
        let whole = days(cycle.days());
        prop_assert!(waited * 2 >= whole && waited * 4 <= whole * 3, "{waited:?}");
        // A measurement made when due, a few hours late, is never stale.
        let late = at(0) + waited + whole / 5;
        prop_assert_eq!(Freshness::of(cycle, there(History::begin(at(0))), late), Freshness::Fresh);
    }

    #[test]
    fn content_that_keeps_its_cycle_roughly_never_contradicts_it(
        cycle in cycle(),
        percents in prop::collection::vec(60i64..=190, 1..30),
    ) {
        let whole = i64::from(cycle.days()) * 24;
        let (mut history, mut hour) = (History::begin(at(0)), 0);
        for percent in percents {
            hour += (whole * percent / 100).max(1);
            history = history.with(at(hour), true);
            prop_assert_eq!(history.contradicts(cycle), None);
        }
    }

    #[test]
    fn content_that_never_changes_contradicts_every_regular_cycle_in_time(
        cycle in cycle(),
        hours in 0i64..30_000,
    ) {
        let history = History::begin(at(0)).with(at(hours), false);
        let limit = 24 * i64::from((2 * cycle.days()).max(LONGEST_PAUSE));
        let expected = regular(cycle) && hours > limit;
        prop_assert_eq!(history.contradicts(cycle).is_some(), expected);
    }

    #[test]
    fn the_cycle_that_would_fit_is_not_the_one_that_is_contradicted(
        cycle in cycle(),
        steps in prop::collection::vec((1i64..4_000, any::<bool>()), 1..40),
    ) {
        let (mut history, mut hour) = (History::begin(at(0)), 0);
        let mut changes = 0;
        for (step, another) in steps {
            hour += step;
            changes += u64::from(another);
            history = history.with(at(hour), another);
            if let Some(observed) = history.contradicts(cycle) {
                prop_assert_ne!(observed.cycle(), cycle);
            }
        }
        prop_assert_eq!(history.changes, changes);
        prop_assert_eq!(history.changed.is_some(), changes > 0);
        prop_assert_eq!((history.first_measured, history.measured), (at(0), at(hour)));
    }
}
