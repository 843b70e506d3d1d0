//! Tests of the rules in force.

use jiff::civil::date;
use jiff::{SignedDuration, ToSpan};
use proptest::prelude::*;

use super::*;
use crate::calendar::{Deadline, HolidayNotice, RuleRow};

fn at(hours: i64) -> Timestamp {
    "2026-01-01T00:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_hours(hours)
}

fn recorded(seq: u64, fact: RulesFact) -> RecordedRules {
    RecordedRules {
        seq,
        at: at(seq.cast_signed()),
        by: "operator/duty".parse().unwrap(),
        fact,
    }
}

fn set(place: &str, rows: Vec<RuleRow>) -> RulesFact {
    RulesFact::Rules(RulesSet {
        jurisdiction: place.parse().unwrap(),
        version: "v".to_owned(),
        source: "s".to_owned(),
        rows,
    })
}

fn row(rule: Rule, number: Option<u32>, from: Option<Date>, until: Option<Date>) -> RuleRow {
    RuleRow {
        rule,
        number,
        span: Span { from, until },
        article: String::new(),
    }
}

fn book(facts: &[RecordedRules]) -> Arc<RuleBook> {
    let mut book = RuleBook::built_in().unwrap();
    facts.iter().cloned().for_each(|fact| book.take(fact));
    Arc::new(book)
}

fn place(text: &str) -> Jurisdiction {
    text.parse().unwrap()
}

/// The example of a province, as the first fact of the log.
fn heilongjiang() -> Arc<RuleBook> {
    let text = include_str!("../../data/examples/deadline-rules-heilongjiang.csv");
    let set = RulesSet::parse("h.csv", text).unwrap();
    book(&[recorded(0, RulesFact::Rules(set))])
}

#[test]
fn the_versions_in_force_leave_out_what_was_replaced() {
    let of = |place: &str, version: &str, rules: &[Rule]| {
        RulesFact::Rules(RulesSet {
            jurisdiction: place.parse().unwrap(),
            version: version.to_owned(),
            source: "s".to_owned(),
            rows: rules
                .iter()
                .map(|rule| row(*rule, Some(3), None, None))
                .collect(),
        })
    };
    let notice = |number: &str| {
        RulesFact::Holidays(HolidayNotice {
            year: 2027,
            number: number.to_owned(),
            days: BTreeMap::new(),
        })
    };
    let (correction, demand) = (Rule::Correction, Rule::DemandAnswer);
    let facts = [
        of("230000", "hlj-1", &[correction, demand]),
        notice("draft"),
        of("230100", "harbin-1", &[correction]),
        of("230000", "hlj-2", &[correction]),
        notice("final"),
        of("230100", "harbin-2", &[correction]),
    ];
    let facts: Vec<_> = (0..)
        .zip(facts)
        .map(|(seq, fact)| recorded(seq, fact))
        .collect();
    let versions = |facts: &[RecordedRules]| book(facts).versions().join(" ");
    let built_in = versions(&[]);
    let expected = format!("{built_in} final hlj-1 hlj-2 harbin-2");
    assert_eq!(versions(&facts), expected);
}

#[test]
fn a_provinces_rules_apply_in_its_cities_until_its_measures_end() {
    let book = heilongjiang();
    let harbin = book.of("230100".parse().unwrap());
    let changsha = book.of("430100".parse().unwrap());
    let (last, after) = (date(2027, 1, 5), date(2027, 1, 6));
    for (rule, days) in [
        (Rule::ConditionalAnswer, 1),
        (Rule::Correction, 5),
        (Rule::CatalogueChange, 3),
        (Rule::CatalogueExtensionAtMost, 5),
        (Rule::DemandAnswer, 3),
        (Rule::WithdrawalNotice, 6),
    ] {
        assert_eq!(harbin.days(rule, last), days, "{rule}");
        assert_eq!(
            harbin.days(rule, after),
            changsha.days(rule, after),
            "{rule}"
        );
    }
    // A rule that its table does not name.
    assert_eq!(harbin.days(Rule::DeliveryAfterGrant, last), 20);
    assert_eq!(book.greatest(Rule::WithdrawalNotice, last), 6);
    assert_eq!(book.greatest(Rule::ConditionalAnswer, last), 10);
    let shown = book.in_force(place("230100"), Rule::Correction, last);
    assert_eq!((shown.jurisdiction, shown.seq), (place("230000"), Some(0)));
    let national = book.in_force(place("230100"), Rule::Correction, after);
    assert_eq!(
        (national.version.as_str(), national.seq),
        ("cn-2026.4", None)
    );
}

#[test]
fn a_notice_of_withdrawal_is_of_calendar_months() {
    let book = heilongjiang();
    let harbin = book.of("230100".parse().unwrap());
    for (announced, first) in [
        (date(2026, 3, 2), date(2026, 9, 3)),
        // Half a year later there is no such day: the notice ends on the last day of the month.
        (date(2026, 8, 31), date(2027, 3, 1)),
    ] {
        assert_eq!(harbin.supply_ends_from(announced), Some(first));
    }
    assert_eq!(harbin.supply_ends_from(date(2027, 1, 6)), None);
    let changsha = book.of("430100".parse().unwrap());
    assert_eq!(changsha.supply_ends_from(date(2026, 3, 2)), None);
}

#[test]
fn the_most_specific_place_wins_and_the_newest_fact_takes_the_place_of_all_rows_of_a_rule() {
    let today = date(2026, 3, 2);
    let days =
        |facts: &[RecordedRules], of: &str| book(facts).days(place(of), Rule::Correction, today);
    let open = |days| vec![row(Rule::Correction, days, None, None)];
    let mut facts = vec![
        recorded(0, set("230100", open(Some(4)))),
        recorded(1, set("230000", open(Some(6)))),
        recorded(2, set("000000", open(Some(8)))),
    ];
    assert_eq!(days(&facts, "230100"), 4);
    assert_eq!(days(&facts, "230200"), 6);
    assert_eq!(days(&facts, "430100"), 8);
    // The city gives its rule back.
    facts.push(recorded(3, set("230100", open(None))));
    assert_eq!(days(&facts, "230100"), 6);
    // The province's new table has a number from tomorrow on alone.
    let tomorrow = row(Rule::Correction, Some(3), Some(date(2026, 3, 3)), None);
    facts.push(recorded(4, set("230000", vec![tomorrow])));
    assert_eq!(days(&facts, "230100"), 8);
    // Another rule of a later table leaves this one.
    let other = row(Rule::Supplement, Some(5), None, None);
    facts.push(recorded(5, set("000000", vec![other])));
    assert_eq!(days(&facts, "430100"), 8);
    let RulesFact::Rules(last) = &facts[5].fact else {
        panic!("{facts:?}");
    };
    assert!(book(&facts).says(last) && !book(&facts[..5]).says(last));
}

#[test]
fn a_notice_is_part_of_the_calendar_from_its_fact_on() {
    let notice = |number: &str, off: &[Date]| {
        RulesFact::Holidays(HolidayNotice {
            year: 2027,
            number: number.to_owned(),
            days: off.iter().map(|day| (*day, false)).collect(),
        })
    };
    let (eve, first, monday) = (date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 4));
    let facts = [
        recorded(0, notice("甲", &[eve, first, monday])),
        recorded(5, notice("乙", &[first])),
    ];
    let whole = book(&facts);
    let due = |book: &RuleBook| book.calendar().after(date(2026, 12, 30), 1);
    assert_eq!(due(&whole), Deadline::certain(eve));
    assert_eq!(whole.calendar().notice(2027), Some("乙"));
    // The first notice made the eve a day off; the second takes its place as a whole.
    let earlier = whole.as_of(at(4));
    assert_eq!(due(&earlier), Deadline::certain(date(2027, 1, 5)));
    assert_eq!(earlier.calendar().notice(2027), Some("甲"));
    let before = whole.as_of(at(-1));
    assert!(!before.calendar().has_notice(2027));
    assert_eq!(before, RuleBook::built_in().unwrap());
}

#[test]
fn a_deadline_is_counted_anew_by_the_notices_that_stood_when_it_began() {
    let notice = |seq: u64, when: &str, year: i16, off: &[Date]| RecordedRules {
        at: when.parse().unwrap(),
        ..recorded(
            seq,
            RulesFact::Holidays(HolidayNotice {
                year,
                number: "号".to_owned(),
                days: off.iter().map(|day| (*day, false)).collect(),
            }),
        )
    };
    // From a Monday, over days off that neither year's fixed holidays include.
    let from = date(2027, 12, 27);
    let of_2027 = |when| notice(0, when, 2027, &[date(2027, 12, 30)]);
    let of_2028 = notice(1, "2028-01-02T02:00:00Z", 2028, &[date(2028, 1, 3)]);
    let later = Deadline::certain(date(2028, 1, 10));
    for (recorded_at, first) in [
        ("2027-11-01T02:00:00Z", date(2028, 1, 7)),
        ("2027-12-28T02:00:00Z", date(2028, 1, 6)),
    ] {
        let whole = book(&[of_2027(recorded_at), of_2028.clone()]);
        let then = whole.as_of("2027-12-27T02:00:00Z".parse().unwrap());
        let old = then.calendar().after(from, 8);
        let provisional = Deadline {
            date: first,
            provisional: true,
        };
        assert_eq!(old, provisional, "{recorded_at}");
        let anew = whole.calendar().recounted(from, old);
        assert_eq!(anew, later, "{recorded_at}");
    }
}

fn rows() -> impl Strategy<Value = Vec<RuleRow>> {
    let rules = prop::sample::subsequence(vec![Rule::Correction, Rule::Supplement], 1..=2);
    let numbers = prop::collection::vec((prop::option::of(1..30_u32), 0..60_i64), 2);
    (rules, numbers).prop_map(|(rules, numbers)| {
        let of = |(rule, (days, from)): (Rule, (Option<u32>, i64))| {
            let from = date(2026, 1, 1) + from.days();
            row(rule, days, Some(from), Some(from + 20.days()))
        };
        rules.into_iter().zip(numbers).map(of).collect()
    })
}

fn facts() -> impl Strategy<Value = Vec<RecordedRules>> {
    let places = ["000000", "230000", "230100", "430000"];
    let one = (prop::sample::select(places.to_vec()), rows());
    prop::collection::vec(one, 0..8).prop_map(|sets| {
        let numbered = (0..).zip(sets);
        numbered
            .map(|(seq, (place, rows))| recorded(seq, set(place, rows)))
            .collect()
    })
}

/// The number of a rule as the plain text of the law has it: from the city upward, the last table that names the rule.
fn model(facts: &[RecordedRules], city: &str, rule: Rule, on: Date) -> Option<u32> {
    let levels = [
        city.to_owned(),
        format!("{}0000", &city[..2]),
        "000000".to_owned(),
    ];
    levels.iter().find_map(|of| {
        let mut named = facts.iter().filter_map(|recorded| match &recorded.fact {
            RulesFact::Rules(set) if set.jurisdiction.to_string() == *of && set.names(rule) => {
                Some(set)
            }
            _ => None,
        });
        let row = named.next_back()?.row(rule, on)?;
        row.number
    })
}

proptest! {
    #[test]
    fn the_rules_in_force_are_those_of_the_facts_up_to_the_time(
        facts in facts(), cut in 0..9_i64, on in 0..90_i64, order in any::<bool>(),
    ) {
        let mut shuffled = facts.clone();
        if order {
            shuffled.reverse();
        }
        let whole = book(&shuffled);
        prop_assert_eq!(&whole, &book(&facts));
        let known: Vec<_> = facts.iter().filter(|fact| fact.at <= at(cut)).cloned().collect();
        let then = whole.as_of(at(cut));
        prop_assert_eq!(&then, &*book(&known));
        let on = date(2026, 1, 1) + on.days();
        let built_in = RuleBook::built_in().unwrap();
        for city in ["230100", "230200", "430100", "110000"] {
            for rule in [Rule::Correction, Rule::Supplement, Rule::DemandAnswer] {
                let expected = model(&known, city, rule, on);
                let national = built_in.days(Jurisdiction::National, rule, on);
                let days = then.days(place(city), rule, on);
                prop_assert_eq!(days, expected.unwrap_or(national));
                prop_assert!(days <= then.greatest(rule, on));
                prop_assert!(days >= then.least(rule, on));
            }
        }
    }
}
