//! Which entries a command is about: by code, or by what they are. Whoever names them by what they
//! are is shown how many there are, and asked.

use std::collections::BTreeMap;

use chengji_domain::catalogue::ShareClass;
use chengji_domain::catalogue::life::State;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use clap::Args;
use tonic::transport::Channel;

use super::ask::{Answer, ask};
use super::outcome::tell;
use super::which::Which;
use super::{PAGE, told};

/// Codes that are asked for at once.
const NAMED: usize = 1_000;
/// Groups that are shown by name before somebody is asked.
const SHOWN: usize = 10;

/// Which entries are meant.
#[derive(Args, Debug)]
pub(in crate::cli) struct Selection {
    #[command(flatten)]
    which: Which,
    /// Last moved by this person 操作者
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Only what is overdue 仅逾期
    #[arg(long)]
    overdue: bool,
    /// All of them 全部
    #[arg(long)]
    all: bool,
}

/// Whether to go on without being asked.
#[derive(Args, Debug)]
pub(in crate::cli) struct Confirmation {
    /// Do it without asking 不再询问
    #[arg(long)]
    yes: bool,
}

impl Selection {
    fn names_nothing(&self) -> bool {
        let Self {
            which,
            by,
            overdue,
            all,
        } = self;
        which.names_nothing() && by.is_none() && !overdue && !all
    }

    /// Entries in these states, whether or not anything narrows them down.
    pub(super) async fn list(
        &self,
        client: CatalogueServiceClient<Channel>,
        states: &[State],
    ) -> Result<v1::ListLivesResponse> {
        let states = states
            .iter()
            .map(|state| convert::entry_state_to(*state).into());
        let filter = v1::EntryFilter {
            states: states.collect(),
            by: self.by.clone().unwrap_or_default(),
            overdue: self.overdue,
            ..self.which.filter()?
        };
        pages(client, filter).await
    }

    /// The entries that a move is to be made on. Entries named by code come in any state: why one
    /// cannot be moved is the node's to say.
    pub(super) async fn chosen(
        &self,
        client: CatalogueServiceClient<Channel>,
        states: &[State],
    ) -> Result<Vec<v1::ListedLife>> {
        if self.names_nothing() {
            let message = "no entry is named 未指定目录";
            return Err(Error::new(ErrorCode::InvalidArgument, message).with_remedy(
                "name codes, or narrow down with --department, --class, --under …, or say --all",
            ));
        }
        let states = if self.names_codes() { &[] } else { states };
        let lives = self.list(client, states).await?.lives;
        let found = lives.iter().filter_map(|listed| listed.life.as_ref());
        self.which
            .check_found(found.map(|life| life.code.as_str()))?;
        Ok(lives)
    }

    /// Whether entries are named by their codes.
    pub(super) fn names_codes(&self) -> bool {
        self.which.names_codes()
    }

    /// Whether to go on with these: asked for, unless every entry was named by its code.
    pub(super) async fn confirmed(
        &self,
        lives: &[v1::ListedLife],
        what: &str,
        confirmation: &Confirmation,
    ) -> Result<Answer> {
        if confirmation.yes || self.names_codes() || lives.is_empty() {
            return Ok(Answer::Yes);
        }
        let count = lives.len();
        for line in breakdown(lives) {
            tell(&line);
        }
        let question = format!("{what} {count} entries? 共 {count} 条，确认？");
        ask(&question, "catalogue pending").await
    }
}

/// Every page in one answer; of named codes so many are asked for at a time.
pub(super) async fn pages(
    mut client: CatalogueServiceClient<Channel>,
    mut filter: v1::EntryFilter,
) -> Result<v1::ListLivesResponse> {
    let codes = std::mem::take(&mut filter.codes);
    // Where none are named, there is one list: of all that the rest of the filter leaves in.
    let some: Vec<&[String]> = match codes.as_slice() {
        [] => vec![&[]],
        codes => codes.chunks(NAMED).collect(),
    };
    let mut whole = v1::ListLivesResponse::default();
    for codes in some {
        let filter = v1::EntryFilter {
            codes: codes.to_vec(),
            ..filter.clone()
        };
        let mut page = String::new();
        loop {
            let request = v1::ListLivesRequest {
                filter: Some(filter.clone()),
                page_size: PAGE,
                page,
            };
            let answer = told(client.list_lives(request).await)?;
            whole.lives.extend(answer.lives);
            page = answer.next_page;
            if page.is_empty() {
                break;
            }
        }
    }
    let code = |listed: &v1::ListedLife| listed.life.as_ref().map(|life| life.code.clone());
    whole.lives.sort_by_cached_key(code);
    whole.lives.dedup_by_key(|listed| code(listed));
    Ok(whole)
}

/// How many entries there are of which department and class, the largest groups first.
fn breakdown(lives: &[v1::ListedLife]) -> Vec<String> {
    let mut groups: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for listed in lives {
        let entry = listed.entry.clone().unwrap_or_default();
        let class = convert::share_class_from(entry.share_class()).map_or("", ShareClass::zh);
        *groups.entry((entry.provider, class)).or_default() += 1;
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let rest: usize = groups.iter().skip(SHOWN).map(|(_, count)| count).sum();
    let shown = groups.iter().take(SHOWN);
    let mut lines: Vec<String> = shown
        .map(|((provider, class), count)| format!("{count:>8}  {provider}  {class}"))
        .collect();
    if rest > 0 {
        lines.push(format!("{rest:>8}  others 其他"));
    }
    lines
}
