//! Runs queries in processes of the engine.

use std::fmt::Display;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use chengji_domain::{CityCode, Error, ErrorCode, Result};
use chengji_messages::{Value, msg};
use chengji_runtime::off_thread;
use chengji_subprocess::parent::program;
use tokio::time::{Instant, timeout_at};

use crate::dialog::{
    Begin, Content, Described, Files, MAX_TABLES, Plan, References, parameters_to_bytes,
    schema_from_bytes, schema_to_bytes, send, send_file,
};
use crate::metering::{Waiting, count_death, count_refusal};
use crate::process::{PROGRAM, Process};
use crate::rows::{Ends, Rows, overtime};
use crate::spill::SpillSettings;
use crate::table::{TableContent, TableName, Tables};
use crate::turns::{Turn, Turns};

/// Maximum length of a statement, bytes.
pub const MAX_STATEMENT: usize = 1 << 20;

/// Maximum time for planning a query, besides that for its tables.
const LONGEST_PLAN: Duration = Duration::from_secs(30);

/// Interval at which the right to read the tables is checked while rows are sent.
const CHECKED_EVERY: Duration = Duration::from_secs(1);

/// Limits of queries.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// The program; `None` for the one beside this program, else the one on the path.
    pub program: Option<PathBuf>,
    /// Maximum memory of a query in bytes.
    pub memory: u64,
    /// Maximum time of a query.
    pub longest: Duration,
    /// Maximum number of queries at a time; others wait. At most half of them, and at least one, are computed for the same
    /// other city.
    pub at_once: usize,
    /// The disk space for rows that do not fit into memory; `None` if queries that need more than their memory fail.
    pub spill: Option<SpillSettings>,
}

/// A query.
#[derive(Clone, Debug)]
pub struct Query {
    /// One statement that reads (`SELECT`, `WITH`, `VALUES`, `EXPLAIN`).
    pub sql: String,
    /// The values of its parameters `$1`, `$2`, … : one row; `None` without parameters.
    pub parameters: Option<RecordBatch>,
}

/// What is known of a query before it runs.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The columns of its rows.
    pub schema: SchemaRef,
    /// Its parameters, in order; those whose type cannot be told are of the type Null.
    pub parameters: SchemaRef,
    /// The tables that it reads.
    pub tables: Vec<TableName>,
}

/// Runs queries. Clones share the limits.
#[derive(Clone, Debug)]
pub struct Engine {
    program: Arc<Path>,
    memory: u64,
    longest: Duration,
    spill: Option<Arc<SpillSettings>>,
    turns: Turns,
}

impl Engine {
    /// An engine with these limits.
    pub fn new(settings: &EngineSettings) -> Self {
        let named = settings.program.clone();
        Self {
            program: named.unwrap_or_else(|| program(PROGRAM)).into(),
            memory: settings.memory,
            longest: settings.longest,
            spill: settings.spill.clone().map(Arc::new),
            turns: Turns::new(settings.at_once),
        }
    }

    /// Plans a query.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for one that cannot be understood, or changes something; `NOT_FOUND` for an unknown table;
    /// `MISCONFIGURED` if the program is not installed; `LIMIT_EXCEEDED`; those of the tables.
    pub async fn plan(&self, tables: &impl Tables, query: &Query) -> Result<Planned> {
        let begun = Begun::of(self, tables, (self.begin(query)?, None)).await;
        let begun = begun.inspect_err(count_death)?;
        Ok(begun.planned)
    }

    /// Runs a query: its plan, and its rows as they come, until they may not be read any more.
    ///
    /// # Errors
    ///
    /// As of [`plan`](Self::plan).
    pub async fn run(
        &self,
        tables: impl Tables + 'static,
        query: &Query,
    ) -> Result<(Planned, Rows)> {
        self.rows(tables, (self.begin(query)?, None)).await
    }

    /// Computes a query of one table, a plan of Substrait, that the node of this city has handed over: its plan, and its
    /// rows, as of [`run`](Self::run). Its table is the only one that is asked for. Each city takes at most half of the
    /// turns; its other queries wait.
    ///
    /// # Errors
    ///
    /// `INVALID_ARGUMENT` for a plan that is refused; `SOURCE_CHANGED` for one of other columns than the table has; as of
    /// [`run`](Self::run).
    pub async fn compute(
        &self,
        table: impl Tables + 'static,
        query: Vec<u8>,
        city: CityCode,
    ) -> Result<(Planned, Rows)> {
        let begin = Begin {
            table_query: query,
            ..self.limited()
        };
        self.rows(table, (begin, Some(city))).await
    }

    async fn rows(
        &self,
        tables: impl Tables + 'static,
        asked: (Begin, Option<CityCode>),
    ) -> Result<(Planned, Rows)> {
        let deadline = Instant::now() + self.longest;
        let Begun {
            process,
            planned,
            contents,
            is_explained,
            turn,
        } = Begun::of(self, &tables, asked)
            .await
            .inspect_err(count_death)?;
        let opening = async {
            match is_explained {
                true => here(&tables, &planned.tables, &contents).await,
                false => opened(&tables, &planned.tables, &contents).await,
            }
        };
        let opened = timeout_at(deadline, opening).await;
        let contents = opened.map_err(|_| overtime(self.longest))??;
        let spill = self.spill.clone();
        let (process, turn) = off_thread(move || {
            let process = hand_over(process, &contents, spill.as_deref())?;
            Ok((process, turn))
        })
        .await
        .inspect_err(count_death)?;
        let ends = Ends {
            deadline: (deadline, self.longest),
            refused: Box::pin(refused(tables, planned.tables.clone())),
        };
        let rows = Rows::of(process, SchemaRef::clone(&planned.schema), ends, turn);
        Ok((planned, rows))
    }
}

/// A query that is planned.
struct Begun {
    process: Process,
    planned: Planned,
    contents: Vec<Content>,
    /// True if the query is only explained: no row of a table is read.
    is_explained: bool,
    turn: Turn,
}

impl Begun {
    async fn of(
        engine: &Engine,
        tables: &impl Tables,
        (begin, city): (Begin, Option<CityCode>),
    ) -> Result<Self> {
        let longest = Instant::now() + engine.longest;
        let waiting = Waiting::begin();
        let turn = timeout_at(longest, engine.turns.wait(city)).await;
        let turn = turn.ok().flatten();
        drop(waiting);
        let busy = || {
            count_refusal();
            Error::new(ErrorCode::LimitExceeded, msg::QueriesBusy)
        };
        let turn = turn.ok_or_else(busy)?;
        let program = Arc::clone(&engine.program);
        // A caller that goes away leaves the process its turn until it ends.
        let (process, references, turn) = off_thread(move || {
            let process = Process::start(&program, LONGEST_PLAN)?;
            let references: References = process.ask(&begin)?;
            Ok((process, references, turn))
        })
        .await?;
        let names: Vec<TableName> = references.names.into_iter().map(Into::into).collect();
        check_number(names.len())?;
        // Providers are asked for columns, each of which may take its time.
        let described = timeout_at(longest, described(tables, &names)).await;
        let described = described.map_err(|_| overtime(engine.longest))??;
        off_thread(move || {
            let plan: Plan = process.ask(&described)?;
            check_number(plan.contents.len())?;
            let planned = Planned {
                schema: schema_from_bytes(&plan.schema).map_err(broken)?,
                parameters: schema_from_bytes(&plan.parameters).map_err(broken)?,
                tables: names,
            };
            Ok(Self {
                process,
                planned,
                contents: plan.contents,
                is_explained: plan.is_explained,
                turn,
            })
        })
        .await
    }
}

impl Engine {
    fn begin(&self, query: &Query) -> Result<Begin> {
        if query.sql.len() > MAX_STATEMENT {
            let message = msg::QueryTextTooLong {
                bytes: query.sql.len(),
                most: MAX_STATEMENT,
            };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        let parameters = query.parameters.as_ref().map(parameters_to_bytes);
        Ok(Begin {
            sql: query.sql.clone(),
            parameters: parameters.transpose().map_err(broken)?.unwrap_or_default(),
            ..self.limited()
        })
    }

    /// A query of nothing within the limits.
    fn limited(&self) -> Begin {
        let spill = self.spill.as_deref();
        Begin {
            memory: self.memory,
            seconds: self.longest.as_secs().max(1),
            spill: spill.map_or(0, |spill| spill.bytes),
            keep_free: spill.map_or(0, |spill| spill.keep_free),
            ..Begin::default()
        }
    }
}

/// Checks the number of tables, or of contents that are read of them.
fn check_number(found: usize) -> Result<()> {
    if found <= MAX_TABLES {
        return Ok(());
    }
    let message = msg::QueryTables { most: MAX_TABLES };
    Err(Error::new(ErrorCode::LimitExceeded, message))
}

/// Describes the tables that a statement names.
async fn described(tables: &impl Tables, names: &[TableName]) -> Result<Described> {
    let mut described = Described::default();
    for name in names {
        let schema = tables.schema(name).await?;
        let schema = schema_to_bytes(&schema).map_err(broken)?;
        described.schemas.push(schema);
        let remote = tables.remote_name(name).await?;
        described.remote.push(remote.unwrap_or_default());
    }
    Ok(described)
}

/// Opens what a planned query reads of its tables.
async fn opened(
    tables: &impl Tables,
    names: &[TableName],
    contents: &[Content],
) -> Result<Vec<Option<TableContent>>> {
    let mut opened = Vec::with_capacity(contents.len());
    for content in contents {
        let name = named(names, content)?;
        let query = (!content.query.is_empty()).then_some(content.query.as_slice());
        opened.push(Some(tables.open(name, query).await?));
    }
    Ok(opened)
}

/// Opens what a query that is only explained would read of its tables, as far as it is here: no other node computes, reads
/// or sends anything for it.
async fn here(
    tables: &impl Tables,
    names: &[TableName],
    contents: &[Content],
) -> Result<Vec<Option<TableContent>>> {
    let mut opened = Vec::with_capacity(contents.len());
    for content in contents {
        let name = named(names, content)?;
        opened.push(match content.query.is_empty() {
            true => tables.open_here(name).await?,
            false => None,
        });
    }
    Ok(opened)
}

/// The table of a content.
fn named<'a>(names: &'a [TableName], content: &Content) -> Result<&'a TableName> {
    let at = usize::try_from(content.table).ok();
    let name = at.and_then(|at| names.get(at));
    name.ok_or_else(|| broken(ErrorKind::InvalidData))
}

/// Sends the tables, and the file for rows that do not fit into memory. Blocks.
fn hand_over(
    mut process: Process,
    contents: &[Option<TableContent>],
    spill: Option<&SpillSettings>,
) -> Result<Process> {
    let spill = spill.map(SpillSettings::file).transpose()?;
    let sizes = contents.iter().map(|content| match content {
        Some(content) => (content.bytes, content.rows, false),
        None => (0, 0, true),
    });
    let (mut files, handed_over) = (Files::default(), contents.iter().flatten());
    for (bytes, rows, is_missing) in sizes {
        files.bytes.push(bytes);
        files.rows.push(rows);
        files.are_missing.push(is_missing);
    }
    let sent = send(&process.dialog, &files).and_then(|()| {
        let files = handed_over.map(|content| &content.file);
        let mut files = files.chain(&spill);
        files.try_for_each(|file| send_file(&process.dialog, file))
    });
    sent.map_err(|cause| process.broken_off(&cause))?;
    process.query.spill_to(spill);
    Ok(process)
}

/// Waits until one of these tables may not be read any more, and returns the reason.
async fn refused(tables: impl Tables, names: Vec<TableName>) -> Error {
    let mut times = tokio::time::interval(CHECKED_EVERY);
    loop {
        times.tick().await;
        if let Err(error) = tables.still(&names) {
            return error;
        }
    }
}

/// An error of Arrow in what passes between the programs.
fn broken(cause: impl Display) -> Error {
    let cause = Value::text(cause);
    Error::new(ErrorCode::Internal, msg::QueryDialogBroken { cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No tables.
    struct NoTables;

    impl Tables for NoTables {
        async fn list(&self, _: Option<&TableName>, _: usize) -> Result<Vec<TableName>> {
            Ok(Vec::new())
        }

        async fn schema(&self, _: &TableName) -> Result<SchemaRef> {
            unreachable!("no query names a table")
        }

        async fn remote_name(&self, _: &TableName) -> Result<Option<String>> {
            unreachable!("no query names a table")
        }

        async fn open(&self, _: &TableName, _: Option<&[u8]>) -> Result<TableContent> {
            unreachable!("no query names a table")
        }

        fn still(&self, _: &[TableName]) -> Result<()> {
            Ok(())
        }
    }

    /// A table of which no row may be asked for.
    struct Unread;

    impl Tables for Unread {
        async fn list(&self, _: Option<&TableName>, _: usize) -> Result<Vec<TableName>> {
            Ok(Vec::new())
        }

        async fn schema(&self, _: &TableName) -> Result<SchemaRef> {
            unreachable!("it was described")
        }

        async fn remote_name(&self, _: &TableName) -> Result<Option<String>> {
            unreachable!("it was described")
        }

        async fn open(&self, _: &TableName, _: Option<&[u8]>) -> Result<TableContent> {
            unreachable!("it is only explained")
        }

        fn still(&self, _: &[TableName]) -> Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn what_is_only_explained_is_not_opened_anywhere_else() {
        let names = [TableName::of_query("t")];
        let contents = [Vec::new(), vec![1]].map(|query| Content { table: 0, query });
        let opened = here(&Unread, &names, &contents).await.unwrap();
        assert!(opened.iter().all(Option::is_none));
        assert_eq!(opened.len(), 2);
        let unknown = [Content {
            table: 1,
            query: Vec::new(),
        }];
        let error = here(&Unread, &names, &unknown).await.unwrap_err();
        assert_eq!(error.code(), ErrorCode::Internal);
    }

    async fn refused(program: &str, sql: String) -> (ErrorCode, String) {
        let engine = Engine::new(&EngineSettings {
            program: Some(program.into()),
            memory: 1 << 20,
            longest: Duration::from_secs(60),
            at_once: 1,
            spill: None,
        });
        let query = Query {
            sql,
            parameters: None,
        };
        let error = engine.plan(&NoTables, &query).await.unwrap_err();
        (error.code(), error.message().code().to_owned())
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_or_ends_is_the_error_of_the_query() {
        for (program, code, message) in [
            (
                "/nowhere/chengji-query-engine",
                ErrorCode::Misconfigured,
                "query-engine-not-found",
            ),
            ("/", ErrorCode::Misconfigured, "query-engine-not-started"),
            ("true", ErrorCode::Misconfigured, "query-engine-foreign"),
        ] {
            let refused = refused(program, "SELECT 1".to_owned()).await;
            assert_eq!(refused, (code, message.to_owned()), "{program}");
        }
        let long = " ".repeat(MAX_STATEMENT + 1);
        assert_eq!(refused("true", long).await.1, "query-text-too-long");
    }
}
