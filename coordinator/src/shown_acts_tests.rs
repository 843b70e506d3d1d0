//! Counting acts, and entering findings.

use chengji_domain::calendar::Deadline;
use chengji_domain::catalogue::ShareClass::{Conditional, Unconditional};
use chengji_domain::fact::{CityFact, Member, ReviewFact};
use chengji_domain::usage::{Period, UsageFact};
use jiff::civil::date;

use super::*;
use crate::reminders::remind;
use crate::tests::world::{CONSUMER, PROVIDER, World, at, code, entry};

fn finding(of: &str, text: &str) -> Finding {
    Finding {
        city: of.parse().unwrap(),
        article: "40(3)".to_owned(),
        text: text.to_owned(),
        document: "〔2026〕5号".to_owned(),
    }
}

async fn entered_in(world: &World, finding: Finding) -> Result<v1::Finding> {
    let by = "operator/duty".parse().unwrap();
    enter(&world.ledger, world.now(), by, finding).await
}

fn counts(world: &World) -> Vec<(String, v1::ShownAct, u64)> {
    let page = counted(&**world.ledger.kv(), &v1::CountActsRequest::default()).unwrap();
    let cities = page.items.into_iter();
    cities
        .flat_map(|city| {
            let acts = city.acts.into_iter();
            let acts = acts.map(|counted| (counted.act(), counted.count));
            let acts: Vec<_> = acts.collect();
            acts.into_iter()
                .map(move |(act, count)| (city.city.clone(), act, count))
        })
        .collect()
}

#[tokio::test]
async fn acts_are_counted_by_city_and_once_when_a_log_is_read_again() {
    let mut world = World::new().await;
    world
        .publish(PROVIDER, entry(1, Conditional), 1)
        .await
        .unwrap();
    for _ in 0..2 {
        world.ask(&format!("{PROVIDER}:{}", code(1))).await;
    }
    assert_eq!(counts(&world), []);
    let late = at("2026-12-08T01:00:00Z");
    let given = remind(&world.ledger, &world.deadlines, late).await.unwrap();
    assert_eq!(given, 2);
    let expected = [(PROVIDER.to_owned(), v1::ShownAct::AnsweredLate, 2)];
    assert_eq!(counts(&world), expected);
    world.read_again(CONSUMER).await;
    world.read_again(PROVIDER).await;
    assert_eq!(counts(&world), expected);
}

#[tokio::test]
async fn conditions_added_after_publication_are_counted() {
    let mut world = World::new().await;
    for (class, revision) in [(Unconditional, 1), (Unconditional, 2), (Conditional, 3)] {
        let entry = entry(1, class);
        world.publish(PROVIDER, entry, revision).await.unwrap();
    }
    let expected = [(PROVIDER.to_owned(), v1::ShownAct::ConditionsAdded, 1)];
    assert_eq!(counts(&world), expected);
    world.read_again(PROVIDER).await;
    assert_eq!(counts(&world), expected);
}

#[tokio::test]
async fn usage_records_that_are_overdue_by_the_log_of_their_consumer_are_counted() {
    let mut world = World::new().await;
    let overdue = |request: &str| {
        let fact = UsageFact::Reminded {
            request: request.parse().unwrap(),
            provider: PROVIDER.parse().unwrap(),
            period: Period {
                from: date(2025, 8, 8),
                to: date(2026, 8, 7),
            },
            deadline: Deadline::certain(date(2026, 9, 4)),
            overdue: true,
        };
        CityFact::Usage(Box::new(fact))
    };
    let own = format!("{CONSUMER}-1-7-AAAAAAAAAAAAA");
    let of_other = format!("{PROVIDER}-1-7-AAAAAAAAAAAAA");
    for fact in [overdue(&own), overdue(&of_other)] {
        world.append(CONSUMER, fact).await.unwrap();
    }
    let expected = [(CONSUMER.to_owned(), v1::ShownAct::UsageNotRecorded, 1)];
    assert_eq!(counts(&world), expected);
    world.read_again(CONSUMER).await;
    assert_eq!(counts(&world), expected);
}

#[tokio::test]
async fn late_updates_of_the_catalogue_are_counted() {
    let mut world = World::new().await;
    let late = ReviewFact::UpdatedLate {
        code: code(1).parse().unwrap(),
        revision: 2,
        on: date(2026, 10, 12),
        due: Deadline::certain(date(2026, 10, 26)),
    };
    let late = CityFact::Review(late);
    world.append(PROVIDER, late).await.unwrap();
    let expected = [(PROVIDER.to_owned(), v1::ShownAct::UpdatedLate, 1)];
    assert_eq!(counts(&world), expected);
    world.read_again(PROVIDER).await;
    assert_eq!(counts(&world), expected);
}

#[tokio::test]
async fn the_acts_of_all_cities_of_a_page_are_read_together() {
    let world = World::new().await;
    let cities = (1..=90).map(|number| CityCode::from_number(500_000 + number * 100).unwrap());
    let cities: Vec<CityCode> = cities.collect();
    let admitted = cities.iter().map(|city| {
        ClusterFact::Admitted(Member {
            city: *city,
            name: "市".to_owned(),
            endpoint: "node.example:7430".to_owned(),
            log_key: None,
        })
    });
    world.announce_all(admitted.collect()).await;
    let mut expected = Vec::new();
    for city in cities.into_iter().step_by(3) {
        let count = move |tx: &mut Tx<'_>| records::count_added_conditions(tx, city);
        world.ledger.write(count).await.unwrap();
        expected.push((city.to_string(), v1::ShownAct::ConditionsAdded, 1));
    }
    world.reads.reset();
    assert_eq!(counts(&world), expected);
    let (ranges, gets) = (world.reads.ranges(), world.reads.gets());
    assert!(ranges <= 4 && gets <= 2, "{ranges} ranges, {gets} keys");

    let (mut found, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = Some(v1::PageRequest { size: 7, cursor });
        let page = counted(&**world.ledger.kv(), &v1::CountActsRequest { page }).unwrap();
        found.extend(page.items.into_iter().map(|city| city.city));
        cursor = page.next_cursor;
        if cursor.is_empty() {
            break;
        }
    }
    let expected: Vec<_> = expected.into_iter().map(|(city, ..)| city).collect();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn findings_are_facts_of_the_coordinator_and_listed_newest_first() {
    let world = World::new().await;
    let first = entered_in(&world, finding(CONSUMER, "向第三方提供"))
        .await
        .unwrap();
    let second = entered_in(&world, finding(PROVIDER, "重复收集"))
        .await
        .unwrap();
    let expected = ClusterFact::FindingEntered(finding(PROVIDER, "重复收集"));
    assert_eq!(world.last_fact(), expected);
    let listed = |of: &str| {
        let asked = v1::ListFindingsRequest {
            city: of.to_owned(),
            page: None,
        };
        entered(&**world.ledger.kv(), &asked).unwrap().items
    };
    assert_eq!(listed(""), [second.clone(), first.clone()]);
    assert_eq!(listed(CONSUMER), [first]);
    assert_eq!(listed(PROVIDER), [second]);
}

#[tokio::test]
async fn a_finding_is_about_a_member_and_says_something() {
    let world = World::new().await;
    let stranger = entered_in(&world, finding("440100", "重复收集")).await;
    assert_eq!(stranger.unwrap_err().code(), ErrorCode::NotFound);
    let empty = entered_in(&world, finding(CONSUMER, " ")).await;
    assert_eq!(empty.unwrap_err().code(), ErrorCode::InvalidArgument);
}
