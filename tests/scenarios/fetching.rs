//! Fetching: protection of a consumer's disk from providers, slow and broken lines, and downloads by the
//! person who fetches.

use std::fs;
use std::path::{Path, PathBuf};

use chengji_tests::{Cluster, Exit, FalseProvider, Lie, Line, Server, eventually, submission};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const CODE: &str = "206007/000001";
const DIGITS: &str = "206007000001";
/// A file for slow lines, and their rate: it takes eight seconds.
const LARGE: usize = 512 << 10;
const RATE: u64 = 64 << 10;

/// Adds lines to a server's settings and starts it again.
fn set(server: &Server, lines: &str) {
    let settings = fs::read_to_string(&server.config).unwrap();
    fs::write(&server.config, format!("{settings}{lines}")).unwrap();
    server.terminate();
    server.start();
}

/// Bytes of everything in a node's folder of received files.
fn received(node: &Server) -> u64 {
    let bytes = |path: PathBuf| -> u64 {
        let files = fs::read_dir(path).into_iter().flatten().flatten();
        files.map(|file| file.metadata().unwrap().len()).sum()
    };
    let requests = fs::read_dir(node.path("received")).into_iter().flatten();
    requests
        .flatten()
        .map(|request| bytes(request.path()))
        .sum()
}

fn content() -> Vec<u8> {
    (0..LARGE).map(|at| (at % 251) as u8).collect()
}

/// 株洲 is reached over a line of [`RATE`] from now on, with a short limit for silence; 长沙 is granted a
/// file of [`LARGE`] there.
fn over_a_slow_line(cluster: &Cluster) -> (Line, String) {
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    fs::write(zhuzhou.path("shared/large.bin"), content()).unwrap();
    let id = cluster.granted("large.bin");
    let line = Line::to(cluster, zhuzhou, RATE);
    let settings = fs::read_to_string(&zhuzhou.config).unwrap();
    let direct = format!("endpoint = \"{}\"", zhuzhou.address);
    let by_line = format!("endpoint = \"{}\"", line.address);
    assert!(settings.contains(&direct), "{settings}");
    fs::write(&zhuzhou.config, settings.replace(&direct, &by_line)).unwrap();
    set(
        zhuzhou,
        "[limits]\nkeepalive_interval = 1\nkeepalive_timeout = 1\n",
    );
    eventually("everybody knows the new address", || {
        let known = cluster.city(ZHUZHOU)?;
        let head = cluster.coordinator.try_json(&["status"])?["head"].clone();
        let followed = changsha.try_json(&["status"])?["following"][0]["position"].clone();
        (known["endpoint"] == line.address.as_str() && head == followed).then_some(())
    });
    (line, id)
}

#[test]
fn what_a_provider_announces_or_sends_beyond_measure_takes_no_disk() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = cluster.granted("files/charging-piles.csv");
    cluster.until_state(ZHUZHOU, &id, "GRANTED");
    let measured =
        zhuzhou.json(&["catalogue", "show", CODE])["mount"]["measurement"]["bytes"].to_string();
    zhuzhou.terminate();
    let lie = |announced, sent| {
        let code = DIGITS;
        FalseProvider::instead_of(
            &cluster,
            zhuzhou,
            ZHUZHOU,
            Lie {
                code,
                announced,
                sent,
            },
        )
    };

    // Far more than measured: refused with both numbers, before a byte is written.
    let huge = 6 << 30;
    let provider = lie(huge, huge);
    let refused = changsha.cli(&["fetch", &id]);
    refused.refused(
        5,
        &["PEER_INVALID", &huge.to_string(), &measured, "--allow-size"],
    );
    assert_eq!((provider.asked(), received(changsha)), (1, 0));
    // With a person's permission only the disk limits it.
    drop(provider);
    let beyond_any_disk = 1_u64 << 60;
    let provider = lie(beyond_any_disk, huge);
    let allow = ["fetch", &id, "--allow-size", &beyond_any_disk.to_string()];
    changsha
        .cli(&allow)
        .refused(1, &["STORAGE_FULL", "disk-full-for-fetch"]);
    assert_eq!((provider.asked(), received(changsha)), (1, 0));
    drop(provider);

    // More than it announces: nothing of it is kept.
    let provider = lie(1 << 20, 64 << 20);
    changsha
        .cli(&["fetch", &id])
        .refused(5, &["PEER_INVALID", "delivery-larger-than-announced"]);
    assert_eq!((provider.asked(), received(changsha)), (1, 0));
}

#[test]
fn a_file_that_the_node_has_no_room_for_is_refused_before_a_byte_arrives() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = cluster.granted("files/charging-piles.csv");
    let bytes = fs::metadata(zhuzhou.path("shared/files/charging-piles.csv"))
        .unwrap()
        .len();
    let settings = fs::read_to_string(&changsha.config).unwrap();
    let with = |receiving: &str| {
        fs::write(&changsha.config, &settings).unwrap();
        set(changsha, &format!("[receiving]\n{receiving}\n"));
    };
    with(&format!("file_limit = {}", bytes - 1));
    changsha
        .cli(&["fetch", &id])
        .refused(3, &["LIMIT_EXCEEDED", "file-above-limit"]);
    with("disk_reserve = 1000000000000000000");
    changsha
        .cli(&["fetch", &id])
        .refused(1, &["STORAGE_FULL", "disk-full-for-fetch"]);
    with(&format!("received_limit = {}", bytes * 3 / 2));
    assert_eq!(received(changsha), 0);
    changsha.cli(&["fetch", &id]).ok();
    // The second copy does not fit beside the first, which stays.
    changsha
        .cli(&["fetch", &id])
        .refused(1, &["STORAGE_FULL", "received-above-limit"]);
    assert_eq!(received(changsha), bytes);
    let status = changsha.json(&["status"]);
    assert_eq!(status["received"]["used"], bytes);
    assert_eq!(status["received"]["limit"], bytes * 3 / 2);
}

#[test]
fn a_slow_line_carries_a_fetch_to_its_end() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (line, id) = over_a_slow_line(&cluster);
    let before = line.carried();
    let exit = cluster
        .node(CHANGSHA)
        .cli(&["--format", "json", "fetch", &id])
        .ok();
    assert!(!exit.stderr.contains("resuming"), "{exit}");
    let path = exit.json()["path"].as_str().unwrap().to_owned();
    assert!(Path::new(&path).is_absolute(), "{path}");
    assert_eq!(fs::read(path).unwrap(), content());
    assert!(line.carried() - before >= LARGE as u64);
}

#[test]
fn a_fetch_goes_on_by_itself_when_the_line_or_the_own_node_breaks() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let changsha = cluster.node(CHANGSHA);
    let (line, id) = over_a_slow_line(&cluster);
    let exit: Exit = std::thread::scope(|scope| {
        let fetching = scope.spawn(|| changsha.cli(&["fetch", &id]));
        eventually("some of the file has arrived", || {
            (received(changsha) > 0).then_some(())
        });
        line.cut();
        eventually("the node has seen the break", || {
            changsha.output().contains(" pause=").then_some(())
        });
        changsha.kill9();
        changsha.start();
        fetching.join().unwrap()
    });
    let exit = exit.ok();
    assert!(exit.says("fetch-resuming"), "{exit}");
    let receipts = changsha.json(&["receipts", "--request", &id]);
    let receipts = receipts["receipts"].as_array().unwrap().clone();
    assert_eq!(receipts.len(), 1);
    assert_eq!(receipts[0]["bytes"], LARGE);
    let file = changsha.path("received").join(&id).join("large.bin");
    assert_eq!(fs::read(file).unwrap(), content());
}

#[test]
fn what_is_left_of_a_fetch_is_kept_while_it_can_be_resumed_and_then_removed() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let (line, id) = over_a_slow_line(&cluster);
    let part = changsha.path("received").join(&id).join(".part");
    std::thread::scope(|scope| {
        scope.spawn(|| changsha.cli(&["fetch", &id]));
        eventually("some of the file has arrived", || {
            (received(changsha) > 0).then_some(())
        });
        // A recorded transfer can be resumed; files in a folder of no request belong to nobody.
        let stray = changsha.path("received/430100-1-999999-AAAAAAAAAAAAA");
        fs::create_dir_all(&stray).unwrap();
        fs::write(stray.join(".part"), "x").unwrap();
        zhuzhou.kill9();
        changsha.kill9();
        changsha.start();
        eventually("what nobody can resume is removed", || {
            (!stray.join(".part").exists()).then_some(())
        });
        assert!(part.exists(), "what can be resumed was removed");
        assert!(changsha.json(&["status"])["received"]["unfinished"].as_u64() > Some(0));
        zhuzhou.start();
    });
    let close = ["request", "close", &id, "--statement", "已不再使用"];
    changsha.json(&close);
    cluster.until_state(CHANGSHA, &id, "CLOSED");
    changsha.terminate();
    changsha.start();
    eventually("what a closed grant has left is removed", || {
        (!part.exists()).then_some(())
    });
    assert!(line.carried() > 0);
}

#[test]
fn a_file_comes_to_whoever_fetches_it() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = cluster.granted("files/charging-piles.csv");
    let source = zhuzhou.path("shared/files/charging-piles.csv");
    let original = fs::read(&source).unwrap();
    let own = cluster.path("own");
    fs::create_dir(&own).unwrap();
    let file = own.join("piles.csv");
    let to = file.to_str().unwrap();

    let done = changsha.json(&["fetch", &id, "--to", to]);
    assert_eq!(done["path"], to);
    assert_eq!(fs::read(&file).unwrap(), original);
    // No other file is left next to it, and nothing is replaced unless requested.
    assert_eq!(fs::read_dir(&own).unwrap().count(), 1);
    fs::write(&file, "mine").unwrap();
    changsha
        .cli(&["fetch", &id, "--to", to])
        .refused(3, &["ALREADY_EXISTS", "--force"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    changsha.cli(&["fetch", &id, "--to", to, "--force"]).ok();
    assert_eq!(fs::read(&file).unwrap(), original);
    let printed = changsha.cli(&["fetch", &id, "--to", "-"]).ok();
    assert_eq!(printed.stdout.as_bytes(), original);
    // All of that came from the file that the node had received at first.
    let sent = || {
        let receipts = zhuzhou.json(&["receipts", "--request", &id]);
        receipts["receipts"].as_array().unwrap().len()
    };
    assert_eq!(sent(), 1);

    let if_changed = ["fetch", &id, "--if-changed", "--to", to, "--force"];
    let exit = changsha.cli(&if_changed);
    assert_eq!(exit.code, Some(10), "{exit}");
    assert!(exit.says("fetch-unchanged"), "{exit}");
    assert_eq!(changsha.cli(&["fetch", &id, "--if-changed"]).code, Some(10));
    assert_eq!(sent(), 1);
    let changed = [
        &original[..],
        "X,新站,直流,60,2,430202,荷塘区,113.1,27.8,2026-11-01,运行\n".as_bytes(),
    ]
    .concat();
    fs::write(&source, &changed).unwrap();
    changsha.cli(&if_changed).ok();
    assert_eq!(fs::read(&file).unwrap(), changed);
    assert_eq!(sent(), 2);

    // Only a consumer can download it, and only while the grant is in force.
    let publisher = changsha.enrol("publisher", &["publisher"]);
    let other = own.join("other.csv");
    let other = ["fetch", &id, "--to", other.to_str().unwrap()];
    changsha.cli_as(&publisher, &other).refused(4, &["DENIED"]);
    cluster.stop(ZHUZHOU, &id, "超出用途");
    changsha.cli(&other).refused(4, &["GRANT_SUSPENDED"]);
    assert_eq!(fs::read_dir(&own).unwrap().count(), 1);
}

#[test]
fn two_people_who_fetch_the_same_at_once_share_one_transfer() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let (_line, id) = over_a_slow_line(&cluster);
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| changsha.json(&["fetch", &id]));
        eventually("the first is under way", || {
            (received(changsha) > 0).then_some(())
        });
        let second = changsha.cli(&["--format", "json", "fetch", &id]).ok();
        assert!(second.says("fetch-waiting"), "{second}");
        (first.join().unwrap(), second.json())
    });
    assert_eq!(first["receipt"]["seq"], second["receipt"]["seq"]);
    let receipts = zhuzhou.json(&["receipts", "--request", &id]);
    assert_eq!(receipts["receipts"].as_array().unwrap().len(), 1);
}

#[test]
fn only_files_can_be_asked_for_and_a_grant_says_that_its_scope_cuts_nothing() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let id = cluster.granted("files/charging-piles.csv");
    let head = changsha.head();
    for manner in ["table", "interface", "库表", "接口"] {
        changsha
            .cli(&submission(ZHUZHOU, CODE, &["--manner", manner]))
            .refused(3, &["INVALID_ARGUMENT", "request-manner-not-deliverable"]);
    }
    assert_eq!(changsha.head(), head);
    let shown = changsha.cli(&["request", "show", &id]).ok().stdout;
    let help = zhuzhou.cli(&["request", "grant", "--help"]).ok().stdout;
    for text in [shown, help] {
        assert!(text.contains("the whole"), "{text}");
    }
}
