//! Which entries a command is about: by code, or by what they are. Whoever names them by what they
//! are is shown how many there are, and asked.

use std::collections::{BTreeMap, HashSet};

use chengji_domain::catalogue::life::State;
use chengji_domain::catalogue::{AdministrativeLevel, ShareClass};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use clap::Args;
use tonic::transport::Channel;

use super::ask::{Answer, ask};
use super::outcome::tell;
use super::{PAGE, told};

/// Codes that are asked for at once.
const NAMED: usize = 1_000;
/// Groups that are shown by name before somebody is asked.
const SHOWN: usize = 10;

/// Which entries are meant.
#[derive(Args, Debug)]
pub(in crate::cli) struct Selection {
    /// Resource codes 资源代码
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// Of these departments, by credit code 提供方代码
    #[arg(long, value_name = "USCC")]
    department: Vec<String>,
    /// Of these share classes, 1 to 3 or by name 共享类型
    #[arg(long, value_name = "CLASS")]
    class: Vec<String>,
    /// Of these administrative levels 行政层级
    #[arg(long, value_name = "LEVEL")]
    level: Vec<String>,
    /// Under this classification, such as 3/07 分类
    #[arg(long, value_name = "PATH")]
    under: Option<String>,
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
            codes,
            department,
            class,
            level,
            under,
            by,
            overdue,
            all,
        } = self;
        codes.is_empty()
            && department.is_empty()
            && class.is_empty()
            && level.is_empty()
            && under.is_none()
            && by.is_none()
            && !overdue
            && !all
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
            provider_codes: self.department.clone(),
            share_classes: terms(&self.class, "--class", |text| {
                let class = ShareClass::from_term(text).ok_or_else(ShareClass::terms)?;
                Ok(convert::share_class_to(class).into())
            })?,
            administrative_levels: terms(&self.level, "--level", |text| {
                let level =
                    AdministrativeLevel::from_term(text).ok_or_else(AdministrativeLevel::terms)?;
                Ok(convert::level_to(level).into())
            })?,
            classification: self.under.clone().unwrap_or_default(),
            by: self.by.clone().unwrap_or_default(),
            overdue: self.overdue,
            codes: Vec::new(),
        };
        let mut whole = v1::ListLivesResponse::default();
        // Where no codes are named, there is one list: of all that the rest of the filter leaves in.
        let some: Vec<&[String]> = match self.codes.as_slice() {
            [] => vec![&[]],
            codes => codes.chunks(NAMED).collect(),
        };
        for codes in some {
            let codes = codes.to_vec();
            let some = v1::EntryFilter {
                codes,
                ..filter.clone()
            };
            whole.lives.extend(pages(&client, some).await?.lives);
        }
        let code = |listed: &v1::ListedLife| listed.life.as_ref().map(|life| life.code.clone());
        whole.lives.sort_by_cached_key(code);
        whole.lives.dedup_by_key(|listed| code(listed));
        Ok(whole)
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
        let states = if self.codes.is_empty() { states } else { &[] };
        let lives = self.list(client, states).await?.lives;
        match self.missing(&lives).as_slice() {
            [] => Ok(lives),
            missing => Err(not_found(missing)),
        }
    }

    /// The named codes that are not among these.
    fn missing(&self, lives: &[v1::ListedLife]) -> Vec<&str> {
        let digits = |code: &str| code.replace('/', "");
        let found: HashSet<String> = lives
            .iter()
            .filter_map(|listed| listed.life.as_ref())
            .map(|life| digits(&life.code))
            .collect();
        let codes = self.codes.iter().map(String::as_str);
        codes
            .filter(|code| !found.contains(&digits(code)))
            .collect()
    }

    /// Whether entries are named by their codes.
    pub(super) fn names_codes(&self) -> bool {
        !self.codes.is_empty()
    }

    /// Whether to go on with these: asked for, unless every entry was named by its code.
    pub(super) async fn confirmed(
        &self,
        lives: &[v1::ListedLife],
        what: &str,
        confirmation: &Confirmation,
    ) -> Result<Answer> {
        if confirmation.yes || !self.codes.is_empty() || lives.is_empty() {
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

fn not_found(missing: &[&str]) -> Error {
    let message = format!(
        "no such entries, or not as narrowed down 无此目录: {}",
        missing.join(", ")
    );
    Error::new(ErrorCode::NotFound, message)
        .with_remedy("chengji-node catalogue pending lists what is on its way")
}

async fn pages(
    client: &CatalogueServiceClient<Channel>,
    filter: v1::EntryFilter,
) -> Result<v1::ListLivesResponse> {
    let mut client = client.clone();
    let mut whole = v1::ListLivesResponse::default();
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
            return Ok(whole);
        }
    }
}

fn terms(
    given: &[String],
    option: &str,
    read: impl Fn(&str) -> Result<i32, String>,
) -> Result<Vec<i32>> {
    let read = |text: &String| {
        read(text).map_err(|terms| {
            let message = format!("{option} '{text}' is unknown");
            Error::new(ErrorCode::InvalidArgument, message)
                .with_remedy(format!("one of 取值范围: {terms}"))
        })
    };
    given.iter().map(read).collect()
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
