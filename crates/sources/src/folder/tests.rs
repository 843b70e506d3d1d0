//! Folders of this machine: which files are tables, and what is wrong with a folder.

use std::fs;

use chengji_domain::ErrorCode;

use super::*;

fn names(folder: &Folder) -> Vec<String> {
    let names = folder.ask(&|| true, |files, _| {
        Ok(files.by_table(None)?.into_keys().collect())
    });
    names.unwrap()
}

fn find(folder: &Folder, table: &str) -> Result<TableFile> {
    folder.ask(&|| true, |files, _| files.find(table))
}

#[test]
fn tables_are_the_files_of_the_folder_itself() {
    let home = tempfile::tempdir().unwrap();
    let outside = home.path().join("outside.csv");
    let path = home.path().join("folder");
    fs::create_dir_all(path.join("inner")).unwrap();
    fs::create_dir(path.join("a folder.csv")).unwrap();
    for file in [
        "b.CSV",
        "a.b.csv",
        ".hidden.csv",
        ".csv",
        "c.txt",
        "inner/d.csv",
    ] {
        fs::write(path.join(file), "x\n").unwrap();
    }
    fs::write(&outside, "x\n").unwrap();
    std::os::unix::fs::symlink(&outside, path.join("linked.csv")).unwrap();
    std::os::unix::fs::symlink("b.CSV", path.join("again.csv")).unwrap();
    let folder = Folder::new(path, "csv");
    assert_eq!(names(&folder), ["a.b", "again", "b"]);
    let error = find(&folder, "linked").unwrap_err();
    assert_eq!(error.code(), ErrorCode::NotFound);
}

#[test]
fn two_files_of_one_table_are_an_error() {
    let home = tempfile::tempdir().unwrap();
    for file in ["a.csv", "a.Csv"] {
        fs::write(home.path().join(file), "x\n").unwrap();
    }
    let folder = Folder::new(home.path().to_owned(), "csv");
    let error = find(&folder, "a").unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
}

#[test]
fn a_folder_that_is_missing_is_unavailable() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::new(home.path().join("later"), "csv");
    let checked = folder.ask(&|| true, |files, go_on| files.check(go_on, |_| Ok(())));
    let error = checked.unwrap_err();
    assert_eq!(error.code(), ErrorCode::SourceUnavailable);
}
