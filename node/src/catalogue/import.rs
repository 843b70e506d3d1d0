//! Importing entries: everything is checked before anything is written.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chengji_domain::catalogue::{Entry, Problem};
use chengji_domain::fact::CityFact;
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_proto::{convert, v1};
use chengji_store::View;
use chengji_transport::Permit;
use prost::Message;
use tokio::sync::mpsc;
use tonic::Status;

use super::source::with_files;
use super::{book, doubts};
use crate::node::Node;

/// Entries an import takes at most.
const MOST_ENTRIES: usize = 200_000;
/// Bytes of entries written in one transaction: each stands in the log and in its record.
const PIECE: usize = 300 * 1024;
/// The largest entry, bytes on the wire.
const LARGEST: usize = 32 * 1024;
/// Problems reported at most.
const MOST_PROBLEMS: usize = 10_000;

/// What entries become: what the summary counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Published,
    Revised,
    Unchanged,
}

/// One import under way.
pub struct Import {
    node: Arc<Node>,
    permit: Permit,
    start: v1::ImportStart,
    entries: Vec<Entry>,
    lines: HashMap<ResourceCode, u64>,
    summary: v1::ImportSummary,
    checked: u64,
}

/// Where the news of an import go.
pub type News = mpsc::Sender<Result<v1::ImportResponse, Status>>;

impl Import {
    /// An import by whoever has this permit.
    pub fn new(node: Arc<Node>, permit: Permit, start: v1::ImportStart) -> Self {
        Self {
            node,
            permit,
            start,
            entries: Vec::new(),
            lines: HashMap::new(),
            summary: v1::ImportSummary::default(),
            checked: 0,
        }
    }

    /// Checks some entries.
    pub fn take(&mut self, entries: &[v1::ImportEntry]) -> Result<()> {
        for entry in entries {
            self.checked += 1;
            if self.checked > MOST_ENTRIES as u64 {
                let message = format!("an import takes at most {MOST_ENTRIES} entries");
                return Err(Error::new(ErrorCode::LimitExceeded, message)
                    .with_remedy("split the file; importing the parts one by one is the same"));
            }
            let wire = entry.entry.clone().unwrap_or_default();
            match convert::draft(&wire).check() {
                Ok(checked) => self.admit(entry.line, checked)?,
                Err(problems) => self.refuse(entry.line, &problems),
            }
        }
        Ok(())
    }

    /// How many entries were checked.
    pub fn checked(&self) -> u64 {
        self.checked
    }

    /// Writes what was admitted, a durable piece at a time, and sums up.
    pub async fn finish(mut self, news: &News) -> Result<v1::ImportSummary> {
        self.question().await?;
        self.summary.accepted = self.summary.invalid == 0 || self.start.skip_invalid;
        if !self.summary.accepted {
            return Ok(self.summary);
        }
        let entries = std::mem::take(&mut self.entries);
        if self.start.dry_run {
            for entry in &entries {
                let change = change(self.node.ledger.kv().as_ref(), entry)?.0;
                self.count(change);
            }
            return Ok(self.summary);
        }
        let mut written = 0;
        let mut entries = entries.into_iter().peekable();
        while entries.peek().is_some() {
            let mut room = PIECE;
            let mut piece = Vec::new();
            while let Some(entry) = entries.next_if(|entry| piece.is_empty() || size(entry) <= room)
            {
                room = room.saturating_sub(size(&entry));
                piece.push(entry);
            }
            written += piece.len() as u64;
            for change in self.write(piece).await? {
                self.count(change);
            }
            let progress = v1::ImportProgress {
                checked: self.checked,
                written,
            };
            let news_item = v1::import_response::News::Progress(progress);
            // A caller that has gone does not stop what it has asked for halfway.
            let _ = news
                .send(Ok(v1::ImportResponse {
                    news: Some(news_item),
                }))
                .await;
        }
        Ok(self.summary)
    }

    async fn write(&self, entries: Vec<Entry>) -> Result<Vec<Change>> {
        let (node, principal, at) = (
            self.node.clone(),
            self.permit.principal().clone(),
            self.node.now(),
        );
        let job = move |tx: &mut chengji_store::Tx<'_>| {
            let mut changes = Vec::with_capacity(entries.len());
            for entry in entries {
                let (change, mut record) = change(tx, &entry)?;
                if change != Change::Unchanged {
                    record.revision += 1;
                    record.published_at = Some(convert::time_to(at));
                    record.entry = Some(convert::entry_to(&entry));
                    record.city = node.city.to_string();
                    book::put(tx, &record)?;
                    let (entry, revision) = (Box::new(entry), record.revision);
                    node.append(tx, &principal, at, CityFact::Published { entry, revision })?;
                }
                changes.push(change);
            }
            Ok(changes)
        };
        self.node.ledger.write(job).await
    }

    fn admit(&mut self, line: u64, entry: Entry) -> Result<()> {
        if let Some(first) = self.lines.get(&entry.code) {
            let problem = Problem::new(
                "code",
                entry.code.as_str(),
                format!("the code stands on line {first} already"),
                format!("代码与第{first}行重复"),
                "give each resource its own code",
            );
            self.refuse(line, &[problem]);
            return Ok(());
        }
        let known = book::find(self.node.ledger.kv().as_ref(), &entry.code)?;
        if !self.covers(&entry, known.as_ref())? {
            let problem = Problem::new(
                "provider_code",
                &entry.provider_code.to_string(),
                format!(
                    "{} is {}, and the entry is another's",
                    self.permit.principal(),
                    self.permit.rights()
                ),
                "不得编制其他部门的目录",
                "leave entries of other departments to them, or to the city's data bureau",
            );
            self.refuse(line, &[problem]);
            return Ok(());
        }
        if known.is_some_and(|record| record.withdrawn_at.is_some()) {
            let problem = Problem::new(
                "code",
                entry.code.as_str(),
                "a resource of this code was withdrawn; a code is not used twice",
                "该代码的资源已撤销，代码不得重复使用",
                "give the new resource a code of its own",
            );
            self.refuse(line, &[problem]);
            return Ok(());
        }
        if size(&entry) > LARGEST {
            let problem = Problem::new(
                "items",
                "",
                format!(
                    "the entry has {} bytes in all; it may have {LARGEST}",
                    size(&entry)
                ),
                "条目内容过大",
                "shorten the abstract or the items",
            );
            self.refuse(line, &[problem]);
            return Ok(());
        }
        self.lines.insert(entry.code.clone(), line);
        self.entries.push(entry);
        Ok(())
    }

    /// Looks at what was admitted as a reviewer would who knows the catalogue. Where the caller is
    /// strict, what raises a doubt is not admitted after all.
    async fn question(&mut self) -> Result<()> {
        let (node, entries) = (self.node.clone(), std::mem::take(&mut self.entries));
        let lines = std::mem::take(&mut self.lines);
        let look = move || {
            let found = doubts::duplicates(node.ledger.kv().as_ref(), &entries, &lines)?;
            Ok((entries, lines, found))
        };
        let found;
        (self.entries, self.lines, found) = with_files(look).await?;
        if self.start.strict {
            let doubtful: HashSet<u64> = found.iter().map(|(line, _)| *line).collect();
            let lines = &self.lines;
            self.entries
                .retain(|entry| !lines.get(&entry.code).is_some_and(|l| doubtful.contains(l)));
            for (line, doubt) in found {
                self.refuse(line, &[doubt]);
            }
            return Ok(());
        }
        let told = found.iter().take(MOST_PROBLEMS);
        self.summary.warnings = told
            .map(|(line, doubt)| convert::problem_to(*line, doubt))
            .collect();
        Ok(())
    }

    /// A department's publisher has its hands on the entries of that department only: on what they
    /// become, and on what they were.
    fn covers(&self, entry: &Entry, known: Option<&v1::CatalogueRecord>) -> Result<bool> {
        let rights = self.permit.rights();
        let before = known.and_then(|record| record.entry.as_ref());
        let was = before
            .map(|entry| entry.provider_code.parse())
            .transpose()?;
        Ok(rights.cover(entry.provider_code) && was.is_none_or(|was| rights.cover(was)))
    }

    fn refuse(&mut self, line: u64, problems: &[Problem]) {
        self.summary.invalid += 1;
        let room = MOST_PROBLEMS.saturating_sub(self.summary.problems.len());
        let told = problems
            .iter()
            .take(room)
            .map(|problem| convert::problem_to(line, problem));
        self.summary.problems.extend(told);
    }

    fn count(&mut self, change: Change) {
        *match change {
            Change::Published => &mut self.summary.published,
            Change::Revised => &mut self.summary.revised,
            Change::Unchanged => &mut self.summary.unchanged,
        } += 1;
    }
}

fn size(entry: &Entry) -> usize {
    convert::entry_to(entry).encoded_len()
}

/// What this entry would change, and the record it would change.
fn change(view: &(impl View + ?Sized), entry: &Entry) -> Result<(Change, v1::CatalogueRecord)> {
    let Some(record) = book::find(view, &entry.code)? else {
        return Ok((Change::Published, v1::CatalogueRecord::default()));
    };
    let same = record.entry.as_ref() == Some(&convert::entry_to(entry));
    Ok((
        if same {
            Change::Unchanged
        } else {
            Change::Revised
        },
        record,
    ))
}
