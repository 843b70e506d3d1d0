//! Loads code tables from a folder; a table that is missing there is the built-in one. Files are found and
//! read here, and parsed in the domain.

use std::collections::BTreeMap;
use std::path::Path;

use chengji_domain::tables::{Given, Table, Tables, wrong_tables};
use chengji_domain::{Result, Violation};
use chengji_messages::{Message, Value, msg};
use tracing::info;

/// Maximum size of a table's file, bytes: all divisions down to the counties take a tenth of it.
const MAX_FILE_SIZE: u64 = 4 << 20;

/// The built-in tables, replaced by those of the folder. Every mistake is reported with its file and line.
pub fn load(folder: Option<&Path>) -> Result<Tables> {
    let Some(folder) = folder else {
        return Tables::built_in();
    };
    let (mut given, mut wrong) = (BTreeMap::new(), Vec::new());
    let names = match names(folder) {
        Ok(names) => names,
        Err(cause) => {
            let place = folder.display().to_string();
            wrong.push(Violation::new(place, msg::TablesFolderUnreadable { cause }));
            Vec::new()
        }
    };
    for name in names {
        let path = folder.join(&name);
        match read(&name, &path) {
            Ok((table, given_table)) => drop(given.insert(table, given_table)),
            Err(problem) => wrong.push(Violation::new(path.display().to_string(), problem)),
        }
    }
    match Tables::read(&given) {
        Ok(tables) if wrong.is_empty() => Ok(tables),
        Ok(_) => Err(wrong_tables(wrong)),
        Err(error) => {
            wrong.extend_from_slice(error.violations());
            Err(wrong_tables(wrong))
        }
    }
}

/// Logs the tables in use.
pub fn log(tables: &Tables) {
    for table in Table::ALL {
        let from = tables.place(table).unwrap_or("built in");
        info!(%table, version = %tables.head(table).version, from, "goes by");
    }
}

/// The CSV files of the folder, except temporary files of editors (`~$…`, `.~lock…`).
fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    for found in std::fs::read_dir(folder)? {
        let name = found?.file_name().to_string_lossy().into_owned();
        let is_table = name.to_ascii_lowercase().ends_with(".csv");
        if is_table && !name.starts_with(['~', '.']) {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn read(name: &str, path: &Path) -> Result<(Table, Given), Message> {
    let table = Table::of_file(name).ok_or_else(|| {
        let known: Value = Table::ALL.map(Table::file).into_iter().collect();
        msg::TablesFileUnknown { known }
    })?;
    let unreadable = |cause: std::io::Error| msg::TablesFileUnreadable { cause };
    let size = std::fs::metadata(path).map_err(unreadable)?.len();
    if size > MAX_FILE_SIZE {
        let too_large = msg::TablesFileTooLarge {
            bytes: size,
            most: MAX_FILE_SIZE,
        };
        return Err(too_large.into());
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| msg::TablesFileNotUtf8)?;
    let place = path.display().to_string();
    Ok((table, Given { place, text }))
}

#[cfg(test)]
mod tests {
    use chengji_domain::ErrorCode;

    use super::*;

    const TERMS: &str = "version,t.1,source,s\nvocabulary,value,name\nformat,数据库,DB\n";

    fn violations(folder: &Path) -> Vec<Violation> {
        let error = load(Some(folder)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Misconfigured);
        error.violations().to_vec()
    }

    #[test]
    fn a_folder_holds_the_tables_that_differ_and_anything_that_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terms.csv");
        std::fs::write(&path, TERMS).unwrap();
        for other in ["README.md", "~$terms.csv", ".~lock.terms.csv"] {
            std::fs::write(folder.path().join(other), "x").unwrap();
        }
        let tables = load(Some(folder.path())).unwrap();
        assert_eq!(tables.place(Table::Terms), path.to_str());
        assert_eq!(tables.place(Table::Divisions), None);
        assert_eq!(tables.head(Table::Terms).version, "t.1");
        assert_eq!(load(None).unwrap().place(Table::Terms), None);
    }

    #[test]
    fn what_is_wrong_with_files_is_told_beside_what_is_wrong_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, content: &[u8]| {
            std::fs::write(folder.path().join(name), content).unwrap();
        };
        write("holidays.csv", b"");
        write("divisions.csv", b"version,\xb3\xa4,source,x\n");
        write("terms.csv", TERMS.replace("format", "formats").as_bytes());
        let found = violations(folder.path());
        let codes = ["divisions.csv", "holidays.csv", "terms.csv:3"].map(|at| {
            let place = format!("{}/{at}", folder.path().display()).into();
            let found = found.iter().find(|violation| violation.field == place);
            found.unwrap_or_else(|| panic!("{at}")).problem.code()
        });
        let expected = [
            "tables-file-not-utf8",
            "tables-file-unknown",
            "table-vocabulary-unknown",
        ];
        assert_eq!(codes, expected);
        assert_eq!(found.len(), 3);
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let found = violations(&folder.path().join("none"));
        assert_eq!(found[0].problem.code(), "tables-folder-unreadable");
    }
}
