//! Searching, in Chinese and other languages.

use chengji_domain::catalogue::{Draft, DraftItem, Given, ItemType, ShareClass};
use chengji_domain::fact::CityFact;

use chengji_runtime::Awaited;
use prost::Message as _;

use super::*;
use crate::tests::world::{CONSUMER, PROVIDER, STRANGER, World, city, code, draft};

async fn publish(world: &mut World, city: &str, draft: Draft) {
    world
        .publish(city, draft.check().unwrap(), 1)
        .await
        .unwrap();
}

/// Parking lots of one city by name, of the other by abstract; bus stops with an item POI.
async fn filled() -> World {
    let mut world = World::new().await;
    let base = |serial| draft(serial, ShareClass::Unconditional);
    let summary = "含公共停车场位置".to_owned();
    publish(
        &mut world,
        CONSUMER,
        Draft {
            name: "道路设施".into(),
            summary,
            ..base(1)
        },
    )
    .await;
    let name = "公共停车场名录".to_owned();
    publish(
        &mut world,
        PROVIDER,
        Draft {
            name,
            ..draft(2, ShareClass::Conditional)
        },
    )
    .await;
    let item = DraftItem {
        name: "POI编号".into(),
        kind: Given::Known(ItemType::Text),
        length: 20,
        ..DraftItem::default()
    };
    let stops = Draft {
        name: "公交站点".to_owned(),
        items: vec![item],
        ..base(3)
    };
    publish(&mut world, PROVIDER, stops).await;
    world
}

fn search(world: &World, query: &str) -> (Vec<String>, u64) {
    let request = v1::SearchRequest {
        query: query.to_owned(),
        ..Default::default()
    };
    names(world, &request)
}

fn paged(size: u32, cursor: &str) -> Option<v1::PageRequest> {
    let cursor = cursor.to_owned();
    Some(v1::PageRequest { size, cursor })
}

fn filter(facet: v1::Facet, values: &[&str]) -> v1::FacetFilter {
    v1::FacetFilter {
        facet: facet.into(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

fn filtered(filters: Vec<v1::FacetFilter>) -> v1::SearchRequest {
    v1::SearchRequest {
        filters,
        ..Default::default()
    }
}

fn names(world: &World, request: &v1::SearchRequest) -> (Vec<String>, u64) {
    let found = world
        .directory()
        .search(request, &Awaited::default())
        .unwrap();
    let names = found
        .hits
        .into_iter()
        .map(|hit| hit.record.unwrap().entry.unwrap().name)
        .collect();
    (names, found.total)
}

#[tokio::test]
async fn every_word_must_occur_and_names_come_first() {
    let world = filled().await;
    assert_eq!(
        search(&world, "停车场"),
        (vec!["公共停车场名录".into(), "道路设施".into()], 2)
    );
    assert_eq!(search(&world, "停车场 位置"), (vec!["道路设施".into()], 1));
    assert_eq!(
        search(&world, " 停车场　公共 "),
        search(&world, "公共 停车场")
    );
    assert_eq!(
        search(&world, "poi"),
        (vec!["公交站点".into()], 1),
        "items, in any case"
    );
    assert_eq!(search(&world, &code(3)), (vec!["公交站点".into()], 1));
    assert_eq!(search(&world, "民政局").1, 3);
    assert_eq!(search(&world, "停车场 地铁"), (vec![], 0));
    assert_eq!(search(&world, "").1, 3, "no word finds everything");
}

#[tokio::test]
async fn city_class_and_limit_narrow_it() {
    let world = filled().await;
    let all = v1::SearchRequest::default();
    let of_city = v1::SearchRequest {
        filters: vec![filter(v1::Facet::City, &[PROVIDER])],
        ..all.clone()
    };
    assert_eq!(names(&world, &of_city).1, 2);
    let of_class = v1::SearchRequest {
        filters: vec![filter(v1::Facet::Class, &["conditional", "3"])],
        ..all.clone()
    };
    assert_eq!(names(&world, &of_class), (vec!["公共停车场名录".into()], 1));
    let (hits, total) = names(
        &world,
        &v1::SearchRequest {
            page: paged(1, ""),
            ..all.clone()
        },
    );
    assert_eq!((hits.len(), total), (1, 3), "the total is of all");

    let bad = [
        v1::SearchRequest {
            page: paged(0, "20"),
            ..all.clone()
        },
        v1::SearchRequest {
            query: "长".repeat(201),
            ..all.clone()
        },
        v1::SearchRequest {
            query: (0..17).map(|number| format!("{number} ")).collect(),
            ..all.clone()
        },
        filtered(vec![filter(v1::Facet::Class, &["9"])]),
        filtered(vec![filter(v1::Facet::City, &["43"])]),
        filtered(vec![filter(v1::Facet::City, &[PROVIDER; 101])]),
        filtered(vec![filter(v1::Facet::Unspecified, &[])]),
        filtered(vec![
            filter(v1::Facet::Open, &["yes"]),
            filter(v1::Facet::Open, &["no"]),
        ]),
    ];
    for request in bad {
        let error = world
            .directory()
            .search(&request, &Awaited::default())
            .unwrap_err();
        assert_eq!(error.code(), ErrorCode::InvalidArgument, "{request:?}");
    }
}

#[tokio::test]
async fn pages_of_hits_are_the_whole_list_best_first() {
    let world = filled().await;
    for query in ["停车场 位置", "停车场", "局", ""] {
        let (whole, total) = search(&world, query);
        let (mut paged_hits, mut cursor) = (Vec::new(), String::new());
        loop {
            let request = v1::SearchRequest {
                query: query.to_owned(),
                page: paged(1, &cursor),
                ..Default::default()
            };
            let page = world.directory().search(&request, &Awaited::default());
            let page = page.unwrap();
            assert_eq!(page.total, total);
            paged_hits.extend(
                page.hits
                    .into_iter()
                    .map(|hit| hit.record.unwrap().entry.unwrap().name),
            );
            cursor = page.next_cursor;
            if cursor.is_empty() {
                break;
            }
        }
        assert_eq!(paged_hits, whole, "{query}");
    }
}

#[tokio::test]
async fn fat_texts_crowd_nobody_out() {
    let mut world = filled().await;
    for serial in 10..70 {
        let mut fat = draft(serial, ShareClass::Conditional).check().unwrap();
        fat.name = format!("停车场{}", "场".repeat(9_000));
        fat.sharing.condition = "条".repeat(9_000);
        world.publish(PROVIDER, fat, 1).await.unwrap();
    }
    let request = v1::SearchRequest {
        query: "停车场".to_owned(),
        page: paged(100, ""),
        ..Default::default()
    };
    let found = world
        .directory()
        .search(&request, &Awaited::default())
        .unwrap();
    assert_eq!((found.total, found.hits.len()), (62, 62));
    assert_eq!(found.next_cursor, "");
    let sizes = found.hits.iter().map(prost::Message::encoded_len);
    assert!(
        sizes.clone().max() < Some(searching::LARGE_HIT),
        "{:?}",
        sizes.max()
    );
}

#[tokio::test]
async fn what_is_withdrawn_is_not_found_but_can_be_shown() {
    let mut world = filled().await;
    let resource: ResourceCode = code(3).parse().unwrap();
    let withdrawn = CityFact::Withdrawn {
        code: resource.clone(),
        reason: "停用".to_owned(),
    };
    world.append(PROVIDER, withdrawn).await.unwrap();
    assert_eq!(search(&world, "公交").1, 0);
    let shown = world.directory().show(city(PROVIDER), &resource).unwrap();
    let ShownEntry::Published { record, .. } = shown else {
        panic!("{shown:?}");
    };
    assert_eq!(record.withdrawn.unwrap().reason, "停用");
    let missing = world
        .directory()
        .show(city(CONSUMER), &resource)
        .unwrap_err();
    assert_eq!(missing.code(), ErrorCode::NotFound);
}

#[tokio::test]
async fn the_cities_are_listed_with_what_they_publish() {
    let world = filled().await;
    let cities = world.directory().statuses(&Default::default());
    let cities = cities.unwrap().items;
    let counts: Vec<(&str, u64)> = cities
        .iter()
        .map(|c| (c.city.as_str(), c.entries))
        .collect();
    assert_eq!(counts, [("430100", 1), ("430200", 2), ("430300", 0)]);
}

#[tokio::test]
async fn a_code_is_found_with_and_without_its_slash() {
    let world = filled().await;
    assert_eq!(search(&world, "103001/000003").1, 1);
    assert_eq!(search(&world, "103001/000009").1, 0);
}

#[tokio::test]
async fn the_entries_of_who_takes_no_part_are_not_found() {
    let world = filled().await;
    let directory = world.directory();
    let set_status = async |status: MembershipStatus| {
        world.set_status(PROVIDER, status).await;
        let found = directory
            .search(&v1::SearchRequest::default(), &Awaited::default())
            .unwrap();
        let cities = world.directory().statuses(&Default::default());
        (found.total, cities.unwrap().items.len())
    };
    assert_eq!(set_status(MembershipStatus::Suspended).await, (1, 3));
    assert_eq!(set_status(MembershipStatus::Removed).await, (1, 2));
    assert_eq!(set_status(MembershipStatus::Active).await, (3, 3));
}

#[tokio::test]
async fn fat_entries_of_one_city_do_not_take_the_search_from_everybody() {
    let mut world = World::new().await;
    let items: Vec<DraftItem> = (0..100)
        .map(|number| DraftItem {
            name: format!("{number}{}", "项".repeat(80)),
            kind: Given::Known(ItemType::Text),
            length: 20,
            ..DraftItem::default()
        })
        .collect();
    for serial in 1..=1_000 {
        let draft = Draft {
            items: items.clone(),
            ..draft(serial, ShareClass::Unconditional)
        };
        publish(&mut world, PROVIDER, draft).await;
    }
    let slim = draft(1, ShareClass::Unconditional);
    publish(&mut world, CONSUMER, slim).await;
    let mut request = v1::SearchRequest {
        page: paged(1_000, ""),
        ..Default::default()
    };
    let found = world
        .directory()
        .search(&request, &Awaited::default())
        .unwrap();
    assert!(found.encoded_len() < 3 << 20, "{}", found.encoded_len());
    assert_eq!(found.total, 1_001);
    assert!(!found.next_cursor.is_empty());
    assert!(found.hits.len() > 900, "{}", found.hits.len());
    let items = |record: &v1::CatalogueRecord| record.entry.as_ref().unwrap().items.len();
    let record = |hit: &v1::SearchHit| hit.record.clone().unwrap();
    assert_eq!(record(&found.hits[0]).city, CONSUMER);
    assert!(found.hits[1..].iter().all(|hit| items(&record(hit)) == 0));
    request.page = paged(1_000, &found.next_cursor);
    let rest = world.directory().search(&request, &Awaited::default());
    let rest = rest.unwrap();
    assert_eq!(found.hits.len() + rest.hits.len(), 1_001);
    assert_eq!((rest.total, rest.next_cursor.as_str()), (1_001, ""));
    // `show` still returns all items.
    let (city, code) = (city(PROVIDER), code(7).parse().unwrap());
    let shown = world.directory().show(city, &code).unwrap();
    let ShownEntry::Published { record, .. } = shown else {
        panic!("{shown:?}");
    };
    assert_eq!(record.entry.items.len(), 100);
}

#[tokio::test]
async fn hits_come_with_snippets_and_counts_of_facets() {
    let world = filled().await;
    let request = v1::SearchRequest {
        query: "停車場 公共".to_owned(),
        facets: vec![v1::Facet::City.into(), v1::Facet::Class.into()],
        filters: vec![filter(v1::Facet::City, &[PROVIDER])],
        ..Default::default()
    };
    let directory = world.directory();
    let found = directory.search(&request, &Awaited::default()).unwrap();
    let snippet = v1::Snippet {
        of: v1::SearchedText::Name.into(),
        text: "公共停车场名录".to_owned(),
        marks: vec![v1::Mark {
            start: 0,
            length: 5,
        }],
    };
    assert_eq!(found.hits[0].snippets, [snippet]);
    let counts = |of: usize| -> Vec<(&str, u64)> {
        let counts = found.facets[of].counts.iter();
        counts
            .map(|count| (count.value.as_str(), count.hits))
            .collect()
    };
    let facets: Vec<v1::Facet> = found.facets.iter().map(v1::FacetCounts::facet).collect();
    assert_eq!(facets, [v1::Facet::City, v1::Facet::Class]);
    // Its own filter does not apply to the counts of the city.
    assert_eq!(counts(0), [(CONSUMER, 1), (PROVIDER, 1)]);
    assert_eq!(counts(1), [("conditional", 1)]);
}

#[tokio::test]
async fn entries_with_wanted_items_are_found_besides_those_with_the_words() {
    let world = filled().await;
    let directory = world.directory();
    let items = ["坐标", "ｐｏｉ编号"].map(str::to_owned);
    let mut request = v1::SearchRequest {
        query: "停车场名录".to_owned(),
        wanted_items: items.to_vec(),
        page: paged(1, ""),
        ..Default::default()
    };
    let mut page = || {
        let found = directory.search(&request, &Awaited::default()).unwrap();
        assert_eq!((found.total, found.hits.len()), (2, 1));
        request.page = paged(1, &found.next_cursor);
        let [hit] = <[v1::SearchHit; 1]>::try_from(found.hits).unwrap();
        let name = hit.record.unwrap().entry.unwrap().name;
        (name, hit.wanted_items, hit.by_items_alone)
    };
    assert_eq!(page(), ("公共停车场名录".into(), vec![], false));
    let by_items = vec!["ｐｏｉ编号".to_owned()];
    assert_eq!(page(), ("公交站点".into(), by_items, true));
    for wrong in [vec![String::new(); 33], vec!["长".repeat(101)]] {
        let request = v1::SearchRequest {
            wanted_items: wrong,
            ..Default::default()
        };
        let refused = directory.search(&request, &Awaited::default());
        assert_eq!(refused.unwrap_err().code(), ErrorCode::InvalidArgument);
    }
}

#[tokio::test]
async fn another_word_is_suggested_and_what_is_typed_completed() {
    let world = filled().await;
    let directory = world.directory();
    let request = v1::SearchRequest {
        query: "听车场".to_owned(),
        ..Default::default()
    };
    let found = directory.search(&request, &Awaited::default()).unwrap();
    assert_eq!(found.total, 0);
    let suggested = &found.suggestions[0];
    assert_eq!((suggested.query.as_str(), suggested.hits), ("停车场", 2));
    let typed = |text: &str| {
        let text = text.to_owned();
        directory.complete(&v1::CompleteRequest { text, limit: 1 })
    };
    assert_eq!(typed("公交站").unwrap().completions, ["公交站点"]);
    let error = typed(&"长".repeat(201)).unwrap_err();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn the_same_resource_of_another_city_is_related() {
    let mut world = filled().await;
    let name = "公共停车场名录".to_owned();
    let twin = Draft {
        name,
        ..draft(7, ShareClass::Conditional)
    };
    publish(&mut world, STRANGER, twin).await;
    let mut request = v1::SearchRequest {
        query: "公共停车场".to_owned(),
        related: true,
        ..Default::default()
    };
    let directory = world.directory();
    let related = |request: &v1::SearchRequest| -> Vec<String> {
        let found = directory.search(request, &Awaited::default()).unwrap();
        let first = found.hits[0].related.iter();
        first
            .map(|related| format!("{}:{}", related.city, related.code))
            .collect()
    };
    assert_eq!(related(&request), [format!("{STRANGER}:{}", code(7))]);
    request.related = false;
    assert_eq!(related(&request), [""; 0]);
}

#[tokio::test]
async fn a_list_goes_on_where_it_was_while_entries_are_published_and_withdrawn() {
    let mut world = filled().await;
    let page = |world: &World, cursor: &str| {
        let request = v1::SearchRequest {
            page: paged(1, cursor),
            ..Default::default()
        };
        world.directory().search(&request, &Awaited::default())
    };
    let name = |hits: Vec<v1::SearchHit>| hits[0].record.clone().unwrap().entry.unwrap().name;
    let first = page(&world, "").unwrap();
    publish(&mut world, CONSUMER, draft(9, ShareClass::Unconditional)).await;
    let second = page(&world, &first.next_cursor).unwrap();
    let withdrawn = CityFact::Withdrawn {
        code: code(2).parse().unwrap(),
        reason: "停用".to_owned(),
    };
    world.append(PROVIDER, withdrawn).await.unwrap();
    let third = page(&world, &second.next_cursor).unwrap();
    assert_eq!(third.next_cursor, "");
    let names = [first, second, third].map(|page| name(page.hits));
    assert_eq!(names, ["道路设施", "公共停车场名录", "公交站点"]);
    // An index of another run of the program has other places.
    let again = World::within(world.ledger.clone());
    let expired = page(&again, &page(&world, "").unwrap().next_cursor);
    assert_eq!(expired.unwrap_err().code(), ErrorCode::CursorExpired);
}

#[tokio::test]
async fn a_search_is_not_made_for_nobody() {
    let world = filled().await;
    let (kept, awaited) = tokio::sync::oneshot::channel();
    let caller = off_thread_while_awaited(move |awaited| {
        kept.send(awaited.clone()).unwrap();
        Ok(())
    });
    caller.await.unwrap();
    let directory = world.directory();
    let given_up = awaited.await.unwrap();
    let error = directory.search(&v1::SearchRequest::default(), &given_up);
    assert_eq!(error.unwrap_err().code(), ErrorCode::Unavailable);
}
