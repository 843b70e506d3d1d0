use std::num::NonZeroU32;

use jiff::ToSpan;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::catalogue::{
    AdministrativeLevel, AssessmentOutcome, Draft, EntryRecord, FormatKind, Given, Mount, Region,
    ShareClass, ShareManner, UpdateCycle, Withdrawal,
};
use crate::resource::ResourceRef;

fn measurement(content: u8, seconds: i64) -> Measurement {
    Measurement {
        bytes: u64::from(content),
        rows: Some(3),
        digest: Digest([content; 32]),
        at: Timestamp::from_second(seconds).unwrap(),
    }
}

fn declared(content: u8, seconds: i64) -> Declaration {
    Declaration {
        revision: 1,
        measurement: measurement(content, seconds),
    }
}

fn read(content: u8) -> ProbeRead {
    ProbeRead {
        revision: 1,
        bytes: u64::from(content),
        rows: Some(3),
        digest: Digest([content; 32]),
    }
}

/// A draft that says that there is no risk for personal information.
fn draft() -> Draft {
    Draft {
        code: "103001000001".to_owned(),
        name: "行政区划代码".to_owned(),
        classification: "1/03/001".to_owned(),
        provider: "市民政局".to_owned(),
        provider_code: "91350100M000100Y43".to_owned(),
        summary: "全市各区县的名称与代码".to_owned(),
        formats: vec![(Given::Known(FormatKind::File), "csv".to_owned())],
        share_class: Given::Known(ShareClass::Unconditional),
        share_manner: Given::Known(ShareManner::File),
        open: Given::Known(false),
        update_cycle: Given::Known(UpdateCycle::Yearly),
        published_on: "2026-03-18".to_owned(),
        level: Given::Known(AdministrativeLevel::Municipal),
        secret: Given::Known(false),
        security_level: Given::Known(1),
        personal_information_assessment: Given::Known(AssessmentOutcome::NoRisk),
        personal_information_document: "市民个保评〔2026〕5号".to_owned(),
        ..Draft::default()
    }
}

fn record(draft: &Draft) -> EntryRecord {
    let entry = draft.check().unwrap();
    EntryRecord {
        mount: Some(Mount {
            file_name: "divisions.csv".to_owned(),
            is_table: false,
            measurement: Some(measurement(7, 0)),
            history: None,
        }),
        ..EntryRecord::new(entry, 2, Timestamp::UNIX_EPOCH)
    }
}

#[test]
fn only_unconditional_entries_that_are_declared_without_personal_information_are_probed() {
    let probed = record(&draft());
    let found = declaration(&probed).unwrap();
    assert_eq!((found.revision, found.measurement), (2, measurement(7, 0)));
    let mut of_table = probed;
    if let Some(mount) = &mut of_table.mount {
        mount.is_table = true;
    }
    assert_eq!(declaration(&of_table), Some(found));

    let conditional = Draft {
        share_class: Given::Known(ShareClass::Conditional),
        share_condition: "仅用于核验".to_owned(),
        ..draft()
    };
    let handled = Draft {
        personal_information_assessment: Given::Known(AssessmentOutcome::Handled),
        ..draft()
    };
    let not_assessed = Draft {
        personal_information_assessment: Given::Missing,
        personal_information_document: String::new(),
        ..draft()
    };
    for draft in [conditional, handled, not_assessed] {
        assert_eq!(declaration(&record(&draft)), None);
    }
}

#[test]
fn nothing_is_probed_that_is_not_delivered_to_everybody() {
    let changes: [fn(&mut EntryRecord); 5] = [
        |record| record.entry.region = Some(Region::Province),
        |record| record.entry.superior_approval = true,
        |record| {
            record.withdrawn = Some(Withdrawal {
                at: Timestamp::UNIX_EPOCH,
                reason: String::new(),
            });
        },
        |record| record.mount = None,
        |record| {
            if let Some(mount) = &mut record.mount {
                mount.measurement = None;
            }
        },
    ];
    for change in changes {
        let mut record = record(&draft());
        change(&mut record);
        assert_eq!(declaration(&record), None);
    }
}

#[test]
fn data_that_was_measured_anew_is_compared_with_its_last_measurement() {
    let later = ProbeOutcome::of(&declared(1, 10), &declared(2, 11), read(2));
    assert_eq!(later, ProbeOutcome::Matched(read(2)));
    let never_measured = ProbeOutcome::of(&declared(1, 10), &declared(2, 10), read(2));
    let expected = ProbeOutcome::Differed {
        read: read(2),
        differences: BTreeSet::from([ProbeDifference::Declaration]),
    };
    assert_eq!(never_measured, expected);
    let another = ProbeOutcome::of(&declared(1, 10), &declared(1, 10), read(2));
    let expected = ProbeOutcome::Differed {
        read: read(2),
        differences: BTreeSet::from([ProbeDifference::Bytes, ProbeDifference::Content]),
    };
    assert_eq!(another, expected);
}

#[test]
fn a_probe_of_which_nothing_is_heard_ends_with_its_last_day() {
    let until = date(2026, 12, 7);
    let record = ProbeRecord {
        number: Origin::UNKNOWN,
        at: Timestamp::UNIX_EPOCH,
        order: ProbeOrder {
            provider: "430200".parse().unwrap(),
            code: "103001000001".parse().unwrap(),
            prober: "430100".parse().unwrap(),
            until,
            declared: declared(1, 1),
        },
        made: None,
    };
    assert_eq!(record.state(until), ProbeState::Open);
    let after = until.tomorrow().unwrap();
    assert_eq!(record.state(after), ProbeState::NotMade);
    let made = ProbeRecord {
        made: Some((Timestamp::UNIX_EPOCH, ProbeOutcome::Matched(read(1)))),
        ..record
    };
    assert_eq!(made.state(after), ProbeState::Matched);
}

proptest! {
    /// A probe matches exactly if all that was read is as announced, and that is what the log declared, or later.
    #[test]
    fn a_probe_matches_what_was_declared_or_measured_later(
        before in (1..4_u8, 0..3_i64), now in (1..4_u8, 0..3_i64), found in 1..4_u8,
    ) {
        let outcome = ProbeOutcome::of(&declared(before.0, before.1), &declared(now.0, now.1), read(found));
        let is_matched = matches!(outcome, ProbeOutcome::Matched(_));
        prop_assert_eq!(is_matched, found == now.0 && (before.0 == now.0 || now.1 > before.1));
    }

    /// Each entry is due once in any cycle.
    #[test]
    fn an_entry_is_due_once_in_each_cycle(serial in 1..9_999_u32, every in 1..60_u32, first in 0..4_000_i32) {
        let resource = ResourceRef {
            city: "430200".parse().unwrap(),
            code: format!("103001{serial:06}").parse().unwrap(),
        };
        let start = date(2026, 1, 1) + first.days();
        let days = (0..every).map(|day| start + i64::from(day).days());
        let every = NonZeroU32::new(every).unwrap();
        let due = days.filter(|day| is_due(&resource, every, *day)).count();
        prop_assert_eq!(due, 1);
    }

    /// A provider never probes itself, and the order in which cities are known makes no difference.
    #[test]
    fn another_city_probes(mut cities in prop::collection::vec(prop::sample::select(vec![
        "430100", "430200", "430300", "430400",
    ]), 0..6), serial in 1..9_999_u32) {
        let resource = ResourceRef {
            city: "430200".parse().unwrap(),
            code: format!("103001{serial:06}").parse().unwrap(),
        };
        let day = date(2026, 12, 1);
        let parsed = |cities: &[&str]| -> Vec<CityCode> {
            cities.iter().map(|city| city.parse().unwrap()).collect()
        };
        let chosen = prober(&resource, &parsed(&cities), day);
        let is_other = cities.iter().any(|city| *city != "430200");
        prop_assert_eq!(chosen.is_some(), is_other);
        prop_assert!(chosen.is_none_or(|city| city != resource.city));
        cities.reverse();
        prop_assert_eq!(prober(&resource, &parsed(&cities), day), chosen);
    }
}
