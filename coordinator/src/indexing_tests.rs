//! Tests that the index agrees with the catalogue after changes, restarts, damage and replaced databases.

use std::collections::BTreeSet;

use chengji_domain::catalogue::ShareClass;
use chengji_domain::fact::CityFact;
use chengji_domain::roster::MembershipStatus;
use chengji_search::{Query, Search};

use super::*;
use crate::tests::world::{CONSUMER, PROVIDER, STRANGER, World, city, code, draft, entry, mounted};

/// The entries that searches find.
fn found(indexing: &Indexing) -> BTreeSet<(u32, String)> {
    let search = Search {
        limit: 10_000,
        query: Query::new("民政"),
        ..Search::default()
    };
    let found = indexing.index().search(&search).unwrap();
    assert_eq!(found.total, found.hits.len() as u64);
    let hits = found.hits.into_iter();
    hits.map(|hit| (hit.id.city, hit.id.code)).collect()
}

/// The published entries of the table.
fn published(world: &World) -> BTreeSet<(u32, String)> {
    let mut published = BTreeSet::new();
    let all = records::each_entry(&**world.ledger.kv(), None, |city, record| {
        if record.withdrawn.is_none() {
            published.insert((city.number(), record.entry.code.to_string()));
        }
        Ok(())
    });
    all.unwrap();
    published
}

async fn withdraw(world: &mut World, of: &str, serial: u32) {
    let fact = CityFact::Withdrawn {
        code: code(serial).parse().unwrap(),
        reason: "停用".to_owned(),
    };
    world.append(of, fact).await.unwrap();
}

/// A world with entries of two cities, some revised, mounted or withdrawn.
async fn filled() -> World {
    let mut world = World::new().await;
    for serial in 1..=8 {
        for of in [CONSUMER, PROVIDER] {
            let entry = entry(serial, ShareClass::Conditional);
            world.publish(of, entry, 1).await.unwrap();
        }
    }
    withdraw(&mut world, PROVIDER, 3).await;
    world.append(PROVIDER, mounted(4, "a.csv")).await.unwrap();
    let revised = entry(5, ShareClass::Unconditional);
    world.publish(CONSUMER, revised, 2).await.unwrap();
    world
}

#[tokio::test]
async fn the_index_follows_publications_revisions_withdrawals_and_removals() {
    let mut world = filled().await;
    assert_eq!(published(&world).len(), 15);
    assert_eq!(found(world.indexing()), published(&world));
    withdraw(&mut world, CONSUMER, 1).await;
    let again = entry(3, ShareClass::Conditional);
    world.publish(PROVIDER, again, 2).await.unwrap();
    assert_eq!(found(world.indexing()), published(&world));
    world.read_again(PROVIDER).await;
    assert_eq!(found(world.indexing()), published(&world));
    world.set_status(PROVIDER, MembershipStatus::Removed).await;
    while !(world.ledger)
        .write(|tx| records::forget_entries(tx, city(PROVIDER)))
        .await
        .unwrap()
    {}
    assert_eq!(published(&world).len(), 7);
    assert_eq!(found(world.indexing()), published(&world));
    let status = world.indexing().status().unwrap();
    assert_eq!(
        (status.entries, status.behind, status.behind_since),
        (7, 0, None)
    );
}

#[tokio::test]
async fn an_index_that_was_left_behind_catches_up_from_the_number_in_its_commit() {
    let mut world = filled().await;
    let folder = tempfile::tempdir().unwrap();
    let open =
        |world: &World| Indexing::new(folder.path(), world.ledger.clone(), world.clock()).unwrap();
    let indexing = open(&world);
    indexing.catch_up(&|| false).unwrap();
    indexing.trim().await.unwrap();
    let applied = indexing.index().state().unwrap().applied;
    assert_eq!(changes::after(&**world.ledger.kv(), 0, 10).unwrap(), []);
    drop(indexing);
    // The program ended; changes were stored that the index does not have.
    withdraw(&mut world, PROVIDER, 7).await;
    world
        .publish(STRANGER, entry(1, ShareClass::Conditional), 1)
        .await
        .unwrap();
    let indexing = open(&world);
    assert_eq!(indexing.status().unwrap().behind, applied + 2);
    indexing.index().load().unwrap();
    assert_eq!(indexing.status().unwrap().behind, 2);
    indexing.catch_up(&|| false).unwrap();
    assert_eq!(found(&indexing), published(&world));
}

#[tokio::test]
async fn an_index_is_read_beside_other_work_and_followed_from_there() {
    let mut world = filled().await;
    let folder = tempfile::tempdir().unwrap();
    let open =
        |world: &World| Indexing::new(folder.path(), world.ledger.clone(), world.clock()).unwrap();
    let indexing = open(&world);
    // There is none yet.
    assert_eq!(indexing.read_beside(|| 7), 7);
    assert_eq!(indexing.index().state(), None);
    indexing.catch_up(&|| false).unwrap();
    let before = published(&world);
    drop(indexing);
    withdraw(&mut world, PROVIDER, 7).await;
    let indexing = open(&world);
    indexing.read_beside(|| ());
    assert_eq!(found(&indexing), before);
    indexing.catch_up(&|| false).unwrap();
    assert_eq!(found(&indexing), published(&world));
}

#[tokio::test]
async fn an_index_without_its_changes_is_built_anew() {
    let mut world = filled().await;
    let folder = tempfile::tempdir().unwrap();
    let indexing = Indexing::new(folder.path(), world.ledger.clone(), world.clock()).unwrap();
    indexing.catch_up(&|| false).unwrap();
    withdraw(&mut world, PROVIDER, 7).await;
    world
        .publish(STRANGER, entry(1, ShareClass::Conditional), 1)
        .await
        .unwrap();
    let last = changes::last(&**world.ledger.kv()).unwrap();
    let trimmed = world.ledger.write(move |tx| changes::trim(tx, 0, last));
    assert_eq!(trimmed.await.unwrap(), last);
    indexing.catch_up(&|| false).unwrap();
    assert_eq!(found(&indexing), published(&world));
}

#[tokio::test]
async fn the_index_of_a_database_that_was_replaced_by_an_older_one_is_built_anew() {
    let mut world = filled().await;
    let folder = tempfile::tempdir().unwrap();
    for serial in 21..=25 {
        let entry = entry(serial, ShareClass::Conditional);
        world.publish(STRANGER, entry, 1).await.unwrap();
    }
    let indexing = Indexing::new(folder.path(), world.ledger.clone(), world.clock()).unwrap();
    indexing.catch_up(&|| false).unwrap();
    let applied = indexing.index().state().unwrap().applied;
    drop(indexing);
    let mut restored = filled().await;
    let (ledger, clock) = (restored.ledger.clone(), restored.clock());
    let indexing = Indexing::new(folder.path(), ledger, clock).unwrap();
    // Before the index is read, other changes get the numbers of those that it has, and further ones.
    for serial in 31..=37 {
        let entry = entry(serial, ShareClass::Conditional);
        restored.publish(STRANGER, entry, 1).await.unwrap();
    }
    let last = changes::last(&**restored.ledger.kv()).unwrap();
    assert!(last > applied, "{last}, {applied}");
    indexing.catch_up(&|| false).unwrap();
    assert_eq!(found(&indexing), published(&restored));
}

#[tokio::test]
async fn an_index_that_cannot_be_read_is_built_anew_while_it_serves() {
    let world = filled().await;
    let folder = tempfile::tempdir().unwrap();
    let indexing = Indexing::new(folder.path(), world.ledger.clone(), world.clock()).unwrap();
    let served = || std::fs::read_to_string(folder.path().join("CURRENT")).unwrap();
    indexing.catch_up(&|| false).unwrap();
    let first = served();
    indexing.catch_up(&|| false).unwrap();
    assert_eq!(served(), first);
    let damaged = Error::new(ErrorCode::StorageDamaged, msg::SearchIndexMissing);
    assert!(indexing.noted::<()>(Err(damaged)).is_err());
    // The build ends early, and is begun again.
    indexing.catch_up(&|| true).unwrap_err();
    assert_eq!(served(), first);
    assert_eq!(found(&indexing), published(&world));
    indexing.catch_up(&|| false).unwrap();
    assert_ne!(served(), first);
    assert_eq!(found(&indexing), published(&world));
}

#[tokio::test]
async fn changes_that_wait_for_more_than_a_second_are_mentioned() {
    let mut world = filled().await;
    let indexing = world.indexing().clone();
    assert_eq!(indexing.behind_since(), None);
    let start = world.now();
    indexing.progress().behind_since = Some(start);
    assert_eq!(indexing.behind_since(), None);
    let later = start + SignedDuration::from_secs(2);
    world.set_now(&later.to_string());
    assert_eq!(indexing.behind_since(), Some(start));
    world
        .publish(STRANGER, entry(1, ShareClass::Conditional), 1)
        .await
        .unwrap();
    indexing.catch_up(&|| false).unwrap();
    assert_eq!(indexing.behind_since(), None);
}

#[tokio::test]
async fn changes_that_arrive_fast_are_collected_and_the_lag_is_shown() {
    let mut world = World::new().await;
    let folder = tempfile::tempdir().unwrap();
    let indexing = Indexing::new(folder.path(), world.ledger.clone(), world.clock()).unwrap();
    let (begun, start) = (Instant::now(), world.now());
    indexing.follow(begun, &|| 0, &|| false).unwrap();
    for serial in 1..=8 {
        let entry = entry(serial, ShareClass::Conditional);
        world.publish(PROVIDER, entry, 1).await.unwrap();
    }
    // Eight in a millisecond.
    let soon = begun + Duration::from_millis(1);
    assert_eq!(indexing.follow(soon, &|| 0, &|| false), Ok(Look::Collected));
    let status = indexing.status().unwrap();
    assert_eq!((status.entries, status.behind), (0, 8));
    assert_eq!(status.behind_since, Some(time_to(start)));
    world.set_now(&(start + SignedDuration::from_secs(2)).to_string());
    assert_eq!(indexing.behind_since(), Some(start));
    // No more arrive.
    let later = begun + Duration::from_millis(201);
    assert_eq!(indexing.follow(later, &|| 0, &|| false), Ok(Look::CaughtUp));
    let status = indexing.status().unwrap();
    assert_eq!((status.entries, status.behind_since), (8, None));
    assert_eq!(found(&indexing), published(&world));
}

#[tokio::test]
async fn a_failure_is_shown_until_the_index_is_up_to_date() {
    let world = filled().await;
    let indexing = world.indexing();
    let shown = || indexing.status().unwrap().problem;
    let full = Error::new(ErrorCode::StorageFull, msg::SearchIndexMissing);
    let problem = problem_to(&Problem::from(&full));
    indexing.note_look(Err(full));
    assert_eq!(shown(), Some(problem.clone()));
    indexing.note_look(Ok(Look::Collected));
    assert_eq!(shown(), Some(problem));
    indexing.note_look(Ok(Look::CaughtUp));
    assert_eq!(shown(), None);
}

#[tokio::test]
async fn changes_that_the_index_has_are_removed() {
    let mut world = filled().await;
    let indexing = world.indexing().clone();
    let kept = |world: &World| changes::after(&**world.ledger.kv(), 0, 100).unwrap().len();
    assert!(kept(&world) > 0);
    indexing.trim().await.unwrap();
    assert_eq!(kept(&world), 0);
    withdraw(&mut world, PROVIDER, 7).await;
    indexing.trim().await.unwrap();
    assert_eq!(kept(&world), 1, "the index does not have it yet");
    indexing.catch_up(&|| false).unwrap();
    indexing.trim().await.unwrap();
    assert_eq!(kept(&world), 0);
}

#[tokio::test]
async fn a_document_has_what_is_searched_of_a_record() {
    let mut world = World::new().await;
    let drawn = draft(1, ShareClass::Conditional).check().unwrap();
    world.publish(PROVIDER, drawn.clone(), 1).await.unwrap();
    let record = world.entry(PROVIDER, &code(1)).unwrap();
    let document = document(city(PROVIDER), &record);
    assert_eq!(document.id.to_string(), format!("{PROVIDER}:{}", code(1)));
    assert_eq!(document.name, drawn.name);
    assert_eq!(document.source, chengji_search::Source::Unmounted);
    for (facet, number) in &document.facets {
        assert!(
            facets::named(*facet, *number).is_some(),
            "{facet:?} {number}"
        );
    }
}
