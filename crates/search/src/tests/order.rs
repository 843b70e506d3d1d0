//! The order of hits.

use super::world::{World, named, search};
use crate::{Document, Search, Sort};

#[test]
fn names_come_before_abstracts_and_those_before_items() {
    let item = Document {
        items: vec!["停车场编号".to_owned()],
        ..named(430_100, 1, "路")
    };
    let summary = Document {
        summary: "含停车场的位置".to_owned(),
        ..named(430_100, 2, "城市道路")
    };
    let world = World::of([
        item,
        summary,
        named(430_100, 3, "公共停车场名录及说明"),
        named(430_100, 4, "停车场名录"),
        named(430_200, 5, "停车场"),
        named(430_100, 6, "停车场"),
    ]);
    let names = [
        "停车场",
        "停车场",
        "停车场名录",
        "公共停车场名录及说明",
        "城市道路",
        "路",
    ];
    assert_eq!(world.names("停车场"), names);
    assert_eq!(world.names("停車場"), names);
    let first = world.listed(&search("停车场"), 2)[0].city;
    assert_eq!(first, 430_100, "equal ones are in order of city and code");
    // More of the words in the name.
    assert_eq!(world.names("停车场 名录")[0], "停车场名录");
}

#[test]
fn whole_words_come_before_mere_substrings() {
    let world = World::of([
        named(430_100, 1, "上海口岸"),
        named(430_100, 2, "海口港口泊位"),
    ]);
    assert_eq!(world.names("海口"), ["海口港口泊位", "上海口岸"]);
}

#[test]
fn hits_are_sorted_by_pinyin_code_or_time_across_segments() {
    let mut world = World::new();
    for document in [
        named(430_100, 2, "停车场"),
        named(430_200, 1, "公交站"),
        named(430_100, 3, "医院"),
        named(430_100, 1, "博物馆"),
    ] {
        world.put([document]);
    }
    let names = |sort| -> Vec<&str> {
        let listed = world.listed(&Search { sort, ..search("") }, 1);
        listed
            .iter()
            .map(|id| world.documents[id].name.as_str())
            .collect()
    };
    assert_eq!(names(Sort::Name), ["博物馆", "公交站", "停车场", "医院"]);
    assert_eq!(names(Sort::Code), ["博物馆", "公交站", "停车场", "医院"]);
    assert_eq!(
        names(Sort::Published),
        ["博物馆", "公交站", "停车场", "医院"]
    );
    assert_eq!(
        names(Sort::Relevance),
        ["博物馆", "停车场", "医院", "公交站"]
    );
}
