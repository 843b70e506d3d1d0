//! Completions, other words, and related entries.

use super::world::{World, named};
use crate::{Document, Query, Related, Relation};

fn world() -> World {
    let names = [
        "公共停车场名录",
        "停车场收费标准",
        "停车场分布",
        "停车位",
        "公交站点",
        "POI数据",
    ];
    World::of(
        (0..)
            .zip(names)
            .map(|(serial, name)| named(430_100, serial, name)),
    )
}

fn suggested(world: &World, query: &str) -> Vec<(String, u64)> {
    let suggestions = world.index.suggest(&Query::new(query), &[]).unwrap();
    suggestions
        .into_iter()
        .map(|other| (other.query, other.hits))
        .collect()
}

#[test]
fn other_words_are_suggested_where_little_is_found() {
    let world = world();
    for typed in ["听车场", "停东场", "tingchechang"] {
        assert_eq!(
            suggested(&world, typed)[0],
            ("停车场".to_owned(), 3),
            "{typed}"
        );
    }
    assert_eq!(
        suggested(&world, "听车场 收费")[0],
        ("停车场 收费".to_owned(), 1)
    );
    assert_eq!(
        suggested(&world, "公共停东场")[0],
        ("公共停车场".to_owned(), 1)
    );
    assert_eq!(suggested(&world, "停车场"), [], "enough is found");
    assert_eq!(suggested(&world, "天气预报"), []);
    let hidden = world.index.suggest(&Query::new("听车场"), &[430_100]);
    assert_eq!(hidden.unwrap(), []);
}

#[test]
fn what_is_typed_is_completed_by_words_and_names_most_frequent_first() {
    let mut world = world();
    let complete = |world: &World, typed| world.index.complete(typed, &[], 10).unwrap();
    let completed = complete(&world, "停车");
    assert_eq!(completed[0], "停车场", "{completed:?}");
    for name in ["停车场分布", "停车场收费标准", "停车位"] {
        assert!(completed.contains(&name.to_owned()), "{completed:?}");
    }
    assert!(complete(&world, "tingch").contains(&"停车场".to_owned()));
    assert!(
        complete(&world, "Po").contains(&"POI数据".to_owned()),
        "as it is written"
    );
    assert_eq!(complete(&world, ""), [""; 0]);
    assert_eq!(complete(&world, "天气"), [""; 0]);
    assert_eq!(
        world.index.complete("停车", &[430_100], 10).unwrap(),
        [""; 0]
    );
    world.remove(world.documents.clone().into_keys());
    assert_eq!(complete(&world, "停车"), [""; 0]);
}

#[test]
fn of_a_provider_that_very_many_have_some_are_looked_at_and_of_a_rare_name_all() {
    let of = |city, serial, name: &str, provider: &str| Document {
        provider: provider.to_owned(),
        ..named(city, serial, name)
    };
    let entry = of(430_100, 1, "停车场名录", "长沙市交通运输局");
    let many = (0..2_000_u32).map(|serial| {
        of(
            430_200,
            serial,
            &format!("桥梁{serial}"),
            "株洲市交通运输局",
        )
    });
    let twin = of(430_300, 1, "停车场名录", "湘潭市交通运输局");
    let world = World::of(many.chain([entry.clone(), twin.clone()]));
    let before = world.index.postings_read();
    let related = world.index.related(&entry, &[]).unwrap();
    let read = world.index.postings_read() - before;
    let expected = Related {
        id: twin.id,
        relation: Relation::Duplicate,
    };
    assert_eq!(related, [expected]);
    assert!((512..1_000).contains(&read), "{read}");
}

#[test]
fn related_entries_of_other_cities_are_duplicates_or_complements() {
    let items = ["名称", "地址", "泊位数", "收费标准"].map(str::to_owned);
    let of = |city, serial, name: &str, provider: &str, items: &[String]| Document {
        provider: provider.to_owned(),
        items: items.to_vec(),
        ..named(city, serial, name)
    };
    let entry = of(430_100, 1, "长沙市停车场", "长沙市交通运输局", &items);
    let world = World::of([
        entry.clone(),
        of(430_100, 2, "长沙市停车场", "长沙市交通运输局", &items),
        of(430_200, 1, "长沙市停车场", "株洲市交通运输局", &[]),
        of(430_300, 1, "长沙市停车场", "停车公司", &items),
        of(430_200, 2, "株洲市停车场", "株洲市交通运输局", &[]),
        of(430_300, 2, "泊位", "湘潭市交通运输局", &items[..2]),
        of(430_300, 3, "桥梁", "湘潭市交通运输局", &items[..1]),
        of(430_300, 4, "停车公园", "湘潭市园林局", &items),
    ]);
    let related = world.index.related(&entry, &[]).unwrap();
    let related: Vec<(u32, &str, Relation)> = related
        .iter()
        .map(|related| (related.id.city, &related.id.code[11..], related.relation))
        .collect();
    let expected = [
        (430_200, "1", Relation::Duplicate),
        (430_300, "1", Relation::Duplicate),
        (430_200, "2", Relation::Complement),
        (430_300, "2", Relation::Complement),
    ];
    assert_eq!(related, expected);
}
