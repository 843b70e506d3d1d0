//! `tables`: the code tables. No server is called.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use chengji_domain::tables::{Table, Tables};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::v1;
use chengji_runtime::files;
use chengji_runtime::tables;
use clap::Subcommand;

use super::Session;
use crate::arguments::refused;
use crate::output::{note, print};
use crate::views;

/// By this mark spreadsheet programs know UTF-8.
const MARK: &str = "\u{feff}";

/// Commands on code tables.
#[derive(Debug, Subcommand)]
pub enum TablesCommand {
    /// List code tables: those of the settings, of a folder, or the built-in ones
    List {
        /// Folder of code tables, as in the setting 'tables'
        folder: Option<PathBuf>,
        /// The settings of the program, unless a folder is given
        #[arg(long, value_name = "FILE", env = "CHENGJI_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Check the tables in a folder; every mistake is listed with file and line
    Check {
        /// Folder of code tables
        folder: PathBuf,
    },
    /// Write built-in tables into a folder, to edit them there
    ///
    /// Keep only the tables in the folder that are to differ, and give each its own version.
    Export {
        /// The folder; created if it is missing
        folder: PathBuf,
        /// Names of the tables; all unless given
        #[arg(value_parser = table)]
        tables: Vec<Table>,
    },
}

impl TablesCommand {
    /// Runs it; `of_settings` gives the tables of a settings file.
    pub fn run(
        self,
        session: &Session,
        of_settings: impl FnOnce(&Path) -> Result<Arc<Tables>>,
    ) -> Result<()> {
        let tables = match self {
            Self::List {
                folder: None,
                config: Some(config),
            } => of_settings(&config)?,
            Self::List { folder, .. } => Arc::new(tables::load(folder.as_deref())?),
            Self::Check { folder } => Arc::new(tables::load(Some(&folder))?),
            Self::Export { folder, tables } => return export(&folder, &tables),
        };
        print(session.format(), &list(&tables), views::tables)
    }
}

fn table(name: &str) -> Result<Table> {
    let found = Table::ALL.into_iter().find(|table| table.name() == name);
    found.ok_or_else(|| {
        let known = Table::ALL.map(Table::name).to_vec();
        refused(msg::TableUnknown { known, name })
    })
}

fn list(tables: &Tables) -> v1::CodeTables {
    let line = |table: Table| {
        let head = tables.head(table);
        v1::CodeTable {
            name: table.name().to_owned(),
            name_zh: table.zh().to_owned(),
            version: head.version.clone(),
            source: head.source.clone(),
            file: tables.place(table).unwrap_or_default().to_owned(),
            rows: head.rows as u64,
        }
    };
    v1::CodeTables {
        tables: Table::ALL.map(line).to_vec(),
    }
}

/// All or none is written: a file that is there is somebody's work.
fn export(folder: &Path, chosen: &[Table]) -> Result<()> {
    let chosen = if chosen.is_empty() {
        &Table::ALL
    } else {
        chosen
    };
    let paths = chosen
        .iter()
        .map(|table| (folder.join(table.file()), table));
    let paths: Vec<_> = paths.collect();
    if let Some((path, _)) = paths.iter().find(|(path, _)| path.exists()) {
        let exists = msg::TableFileExists { path };
        return Err(Error::new(ErrorCode::AlreadyExists, exists));
    }
    files::make_folder(folder, 0o777)?;
    for (path, table) in paths {
        let text = format!("{MARK}{}", table.built_in());
        files::write(&path, text.as_bytes(), files::PUBLIC)?;
        note(msg::TableWritten { path: &path });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exported_is_what_is_built_in_and_is_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        export(folder.path(), &[Table::Divisions]).unwrap();
        let error = export(folder.path(), &[]).unwrap_err();
        assert_eq!(error.code(), ErrorCode::AlreadyExists);
        assert!(!folder.path().join("terms.csv").exists());
        std::fs::remove_file(folder.path().join("divisions.csv")).unwrap();
        export(folder.path(), &[]).unwrap();
        let (exported, own) = (
            tables::load(Some(folder.path())).unwrap(),
            Tables::built_in().unwrap(),
        );
        assert_eq!(exported.divisions, own.divisions);
        assert_eq!(exported.terms, own.terms);
        assert!(
            Table::ALL
                .iter()
                .all(|table| exported.place(*table).is_some())
        );
    }
}
