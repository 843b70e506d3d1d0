//! Tests that the pages of a list belong together while the index changes.

use chengji_domain::ErrorCode;

use super::world::{World, id, named, search};
use crate::{Document, EntryId, Position, Search, Sort};

#[test]
fn a_list_has_everything_once_while_the_catalogue_changes() {
    let names = ["停车场", "公共停车场", "停车场名录", "路边停车"];
    let document = |serial: u32| {
        named(
            430_100 + serial % 3 * 100,
            serial,
            names[serial as usize % 4],
        )
    };
    for sort in [Sort::Relevance, Sort::Name, Sort::Published, Sort::Code] {
        let mut world = World::new();
        for some in (0..90).collect::<Vec<u32>>().chunks(25) {
            world.put(some.iter().map(|serial| document(*serial)));
        }
        let whole = Search {
            sort,
            ..search("停车")
        };
        let expected = world.listed(&whole, 1_000);
        assert_eq!(expected.len(), 90);
        let mut page = Search {
            limit: 7,
            ..whole.clone()
        };
        let mut listed: Vec<EntryId> = Vec::new();
        for number in 0..20_u32 {
            let found = world.index.search(&page).unwrap();
            assert_eq!(found.total, 90);
            page.after = found.hits.last().map(|hit| hit.position).or(page.after);
            listed.extend(found.hits.into_iter().map(|hit| hit.id));
            // New entries, others renamed, and some withdrawn.
            world.put([named(430_900, 500 + number, "停车"), document(number)]);
            world.put([Document {
                name: "停车改名".to_owned(),
                ..document(number + 20)
            }]);
            world.remove([id(430_100 + (number + 50) % 3 * 100, number + 50)]);
        }
        assert_eq!(listed, expected, "{sort:?}");
        assert_ne!(world.listed(&whole, 1_000), expected);
    }
}

#[test]
fn a_cursor_of_a_state_that_is_gone_has_expired() {
    let world = World::of((0..10).map(|serial| named(430_100, serial, "停车场")));
    let first = world
        .index
        .search(&Search {
            limit: 3,
            ..search("停车场")
        })
        .unwrap();
    let after = first.hits.last().unwrap().position;
    let world = world.reopen();
    let next = |after: Position| {
        let after = Some(after);
        world.index.search(&Search {
            after,
            ..search("停车场")
        })
    };
    assert_eq!(next(after).unwrap_err().code(), ErrorCode::CursorExpired);
    let known = world.index.search(&search("")).unwrap().hits[0].position;
    for wrong in [
        Position {
            segment: 9,
            ..known
        },
        Position { doc: 99, ..known },
    ] {
        assert_eq!(next(wrong).unwrap_err().code(), ErrorCode::InvalidArgument);
    }
}
