//! The sizes of received files: kept without reading their folder, and measured again.

use std::thread;

use super::*;

fn request(number: u64) -> RequestId {
    format!("430100-1-{number}-AAAAAAAAAAAAA").parse().unwrap()
}

/// A folder of received files with these in it, and its sizes, measured.
fn received(files: &[(u64, &str, usize)]) -> (tempfile::TempDir, ReceivedSizes) {
    let temporary = tempfile::tempdir().unwrap();
    let sizes = ReceivedSizes::new(temporary.path().join("received"));
    for (number, name, bytes) in files {
        write(&sizes, *number, name, *bytes);
    }
    sizes.measure().unwrap();
    (temporary, sizes)
}

fn path(sizes: &ReceivedSizes, number: u64, name: &str) -> PathBuf {
    sizes.folder().join(folder_of(request(number))).join(name)
}

fn write(sizes: &ReceivedSizes, number: u64, name: &str, bytes: usize) {
    let path = path(sizes, number, name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, vec![7_u8; bytes]).unwrap();
}

fn total(sizes: &ReceivedSizes) -> (u64, u64) {
    let Sizes { all, unfinished } = sizes.total().unwrap();
    (all, unfinished)
}

#[test]
fn the_folder_is_read_by_a_measurement_alone() {
    let (_temporary, sizes) = received(&[(1, "a.csv", 100), (2, PARTIAL, 10)]);
    assert_eq!(total(&sizes), (110, 10));
    // What people do by hand is noticed by the next measurement.
    fs::remove_dir_all(sizes.folder().join(folder_of(request(1)))).unwrap();
    write(&sizes, 3, "b.csv", 5);
    assert_eq!(total(&sizes), (110, 10));
    let an_hour = Duration::from_secs(60 * 60);
    assert!(!sizes.measure_if_older(an_hour).unwrap());
    assert_eq!(total(&sizes), (110, 10));
    assert!(sizes.measure_if_older(Duration::ZERO).unwrap());
    assert_eq!(total(&sizes), (15, 10));
    assert_eq!(lock(&sizes.kept).folders.len(), 2);
}

#[test]
fn a_folder_that_does_not_exist_is_empty_and_the_first_call_measures() {
    let temporary = tempfile::tempdir().unwrap();
    let sizes = ReceivedSizes::new(temporary.path().join("received"));
    assert_eq!(total(&sizes), (0, 0));
    // As after a crash: the files of an earlier run count.
    write(&sizes, 1, PARTIAL, 30);
    let again = ReceivedSizes::new(sizes.folder().to_owned());
    assert_eq!(total(&again), (30, 30));
}

#[test]
fn the_kept_sizes_are_those_of_a_measurement() {
    let (_temporary, sizes) = received(&[(1, "a.csv", 100)]);
    let check = |expected| {
        assert_eq!(total(&sizes), expected);
        sizes.measure().unwrap();
        assert_eq!(total(&sizes), expected);
    };
    write(&sizes, 1, PARTIAL, 40);
    sizes.set_unfinished(request(1), 40);
    check((140, 40));
    write(&sizes, 1, PARTIAL, 120);
    sizes.set_unfinished(request(1), 120);
    check((220, 120));
    let (partial, name) = (path(&sizes, 1, PARTIAL), path(&sizes, 1, "a.csv"));
    sizes.rename(request(1), &partial, &name).unwrap();
    check((120, 0));
    write(&sizes, 2, PARTIAL, 9);
    sizes.set_unfinished(request(2), 9);
    check((129, 9));
    fs::remove_file(path(&sizes, 2, PARTIAL)).unwrap();
    sizes.set_unfinished(request(2), 0);
    check((120, 0));
}

#[test]
fn a_file_that_was_never_counted_is_replaced_without_loss() {
    let (_temporary, sizes) = received(&[]);
    write(&sizes, 1, "a.csv", 100);
    write(&sizes, 1, PARTIAL, 40);
    sizes.set_unfinished(request(1), 40);
    let (partial, name) = (path(&sizes, 1, PARTIAL), path(&sizes, 1, "a.csv"));
    sizes.rename(request(1), &partial, &name).unwrap();
    assert_eq!(total(&sizes), (40, 0));
}

#[test]
fn measurements_during_fetches_count_nothing_twice() {
    let (_temporary, sizes) = received(&[(100, "old.csv", 1_000)]);
    thread::scope(|threads| {
        for number in 1..=4 {
            let sizes = &sizes;
            threads.spawn(move || {
                for bytes in 1..=50 {
                    write(sizes, number, PARTIAL, bytes);
                    sizes.set_unfinished(request(number), bytes as u64);
                }
                let (partial, name) = (path(sizes, number, PARTIAL), path(sizes, number, "a.csv"));
                sizes.rename(request(number), &partial, &name).unwrap();
            });
        }
        for _ in 0..20 {
            sizes.measure().unwrap();
        }
    });
    assert_eq!(total(&sizes), (1_200, 0));
}
