//! A changed data folder: missing, empty, or without acknowledged writes. The program reports it and does
//! not start; the others forget nothing about that city.

use std::fs;

use chengji_tests::{Cluster, Server};

const CITY: &str = "430200";

/// Starts the program, which must refuse and name its data folder.
fn refuses(server: &Server, words: &[&str]) {
    let exit = server.does_not_start(&server.config);
    exit.clone().refused(1, words);
    let folder = server.path("data").display().to_string();
    assert!(exit.stderr.contains(&folder), "{exit}");
}

#[test]
fn an_empty_or_missing_data_folder_is_not_a_new_program() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    cluster.until_followed(CITY);
    for server in [node, &cluster.coordinator] {
        server.terminate();
        fs::rename(server.path("data"), server.path("data.away")).unwrap();
        refuses(
            server,
            &[
                "MISCONFIGURED",
                "does not exist",
                "mount the volume",
                "restore a backup",
            ],
        );
        fs::create_dir(server.path("data")).unwrap();
        refuses(server, &["MISCONFIGURED", "data-directory-empty"]);
        let left = fs::read_dir(server.path("data")).unwrap();
        assert_eq!(left.count(), 0, "nothing was made");
        fs::remove_dir(server.path("data")).unwrap();
        fs::rename(server.path("data.away"), server.path("data")).unwrap();
    }
    cluster.coordinator.start();
    node.start();
    let known = cluster.until_followed(CITY);
    assert_eq!(known["entries"], 68);
}

#[test]
fn acknowledged_rows_are_not_lost_without_a_word() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    // Writes before this start are in files of their own; later ones are only in the log.
    node.terminate();
    node.start();
    node.import("catalogue-new.csv");
    node.terminate();
    let wal = fs::read_dir(node.path("data")).unwrap();
    let wal = wal
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
        .max()
        .unwrap();
    let kept = wal.with_extension("kept");
    fs::rename(&wal, &kept).unwrap();
    refuses(
        node,
        &["LOG_SHORTENED", "was acknowledged", "log new-epoch"],
    );
    fs::rename(&kept, &wal).unwrap();
    node.start();
    cluster.until_followed(CITY);
}
