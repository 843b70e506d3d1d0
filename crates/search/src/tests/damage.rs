//! Lost and damaged indexes.

use std::fs;
use std::path::{Path, PathBuf};

use chengji_domain::ErrorCode;

use super::world::{World, named, search};
use crate::SearchIndex;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn a_damaged_index_is_not_served_and_is_built_anew() {
    let documents = || (0..50).map(|serial| named(430_100, serial, "停车场"));
    let is_content = |path: &&PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy();
        !name.starts_with('.') && path.metadata().unwrap().len() > 0 && name != "CURRENT"
    };
    let number = {
        let world = World::of(documents());
        files(world.folder.path()).iter().filter(is_content).count()
    };
    assert!(number > 3);
    for damaged in 0..number {
        let world = World::of(documents());
        drop(world.index);
        let all = files(world.folder.path());
        let file = all.iter().filter(is_content).nth(damaged).unwrap();
        let mut bytes = fs::read(file).unwrap();
        let middle = bytes.len() / 3;
        bytes[middle] ^= 0x55;
        fs::write(file, bytes).unwrap();
        let index = SearchIndex::open(world.folder.path()).unwrap();
        if file.file_name().unwrap() == ".managed.json" {
            continue;
        }
        assert_eq!(index.state(), None, "{}", file.display());
        let missing = index.search(&search("停车场")).unwrap_err();
        assert_eq!(missing.code(), ErrorCode::Unavailable);
        let mut build = index.build().unwrap();
        for document in documents() {
            build.add(&document).unwrap();
        }
        build.finish(50).unwrap();
        assert_eq!(index.search(&search("停车场")).unwrap().total, 50);
        drop(index);
        let index = SearchIndex::open(world.folder.path()).unwrap();
        assert_eq!(index.state().unwrap().applied, 50);
        assert_eq!(index.search(&search("停车场")).unwrap().total, 50);
    }
}

#[test]
fn an_index_is_built_beside_the_one_that_serves() {
    let mut world = World::of([named(430_100, 1, "停车场")]);
    let mut build = world.index.build().unwrap();
    build.add(&named(430_100, 1, "停车场")).unwrap();
    world.put([named(430_100, 2, "停车位")]);
    assert_eq!(
        world.found("停车").len(),
        2,
        "the served one follows meanwhile"
    );
    build.finish(1).unwrap();
    assert_eq!(world.index.state().unwrap().applied, 1);
    // Changes that arrived meanwhile are applied again.
    world.put([named(430_100, 2, "停车位")]);
    assert_eq!(world.found("停车").len(), 2);
    let indexes = fs::read_dir(world.folder.path()).unwrap();
    let indexes = indexes.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(indexes.count(), 1);
}

#[test]
fn an_unfinished_build_is_removed() {
    let world = World::of([named(430_100, 1, "停车场")]);
    drop(world.index.build().unwrap());
    let world = world.reopen();
    assert_eq!(world.found("停车").len(), 1);
    let indexes = fs::read_dir(world.folder.path()).unwrap();
    let indexes = indexes.filter(|entry| entry.as_ref().unwrap().path().is_dir());
    assert_eq!(indexes.count(), 1);
}
