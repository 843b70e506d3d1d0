//! The entries that a command selects: by code, or by filters.

use chengji_client::pages::Pages;
use chengji_domain::catalogue::lifecycle::State;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::{convert, v1};
use clap::Args;
use tonic::transport::Channel;

use super::which::Which;
use crate::cli::answer;

/// Codes that are asked for at once.
const CODES_AT_ONCE: usize = 1_000;

/// Which entries are meant.
#[derive(Args, Debug)]
pub(in crate::cli) struct Selection {
    #[command(flatten)]
    which: Which,
    /// Only entries whose last step was this person's
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Only overdue entries
    #[arg(long)]
    overdue: bool,
    /// Only entries with a noted change that they have to follow
    #[arg(long)]
    change_noted: bool,
    /// Only entries to which conditions were added after publication
    #[arg(long)]
    tightened: bool,
    /// All entries
    #[arg(long)]
    all: bool,
}

/// The option that skips the confirmation.
#[derive(Args, Debug)]
pub(in crate::cli) struct Confirmation {
    /// Do not ask first
    #[arg(long)]
    pub(super) yes: bool,
}

impl Selection {
    fn is_empty(&self) -> bool {
        let Self {
            which,
            by,
            overdue,
            change_noted,
            tightened,
            all,
        } = self;
        which.is_empty() && by.is_none() && !(*overdue || *change_noted || *tightened || *all)
    }

    /// Returns true if the selection is by what published entries have, too.
    pub(super) fn is_of_any_state(&self) -> bool {
        self.overdue || self.change_noted || self.tightened
    }

    /// Entries in these states, whether or not anything narrows them down.
    pub(super) async fn list(
        &self,
        client: CatalogueServiceClient<Channel>,
        states: &[State],
    ) -> Result<v1::ListLifecyclesResponse> {
        pages(client, self.filter(states)?).await
    }

    /// The entries named by their codes, in any state.
    pub(super) async fn named(
        &self,
        client: CatalogueServiceClient<Channel>,
    ) -> Result<Vec<v1::ListedLifecycle>> {
        let lifecycles = self.list(client, &[]).await?.lifecycles;
        let found = lifecycles
            .iter()
            .filter_map(|listed| listed.lifecycle.as_ref());
        self.which
            .check_found(found.map(|lifecycle| lifecycle.code.as_str()))?;
        Ok(lifecycles)
    }

    /// The entries of some kind, for the node to find. Errors: `INVALID_ARGUMENT` where nothing narrows
    /// them down and `--all` is not given.
    pub(super) fn of_some_kind(&self) -> Result<v1::EntryFilter> {
        if self.is_empty() {
            let message = msg::NoEntrySelected;
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        self.filter(&[])
    }

    fn filter(&self, states: &[State]) -> Result<v1::EntryFilter> {
        let states = states.iter();
        let states = states.map(|state| convert::entry_state_to(*state).into());
        Ok(v1::EntryFilter {
            states: states.collect(),
            by: self.by.clone().unwrap_or_default(),
            overdue: self.overdue,
            change_noted: self.change_noted,
            tightened: self.tightened,
            ..self.which.filter()?
        })
    }

    /// Returns true if entries are named by their codes.
    pub(super) fn names_codes(&self) -> bool {
        self.which.names_codes()
    }
}

/// Every page in one answer; of named codes so many are asked for at a time.
pub(super) async fn pages(
    mut client: CatalogueServiceClient<Channel>,
    mut filter: v1::EntryFilter,
) -> Result<v1::ListLifecyclesResponse> {
    let codes = std::mem::take(&mut filter.codes);
    // Without named entries there is one list: of all that the rest of the filter leaves in.
    let some: Vec<&[String]> = match codes.as_slice() {
        [] => vec![&[]],
        codes => codes.chunks(CODES_AT_ONCE).collect(),
    };
    let mut whole = v1::ListLifecyclesResponse::default();
    for codes in some {
        let filter = v1::EntryFilter {
            codes: codes.to_vec(),
            ..filter.clone()
        };
        let pages = Pages::of(v1::ListLifecyclesRequest {
            filter: Some(filter),
            page: None,
        });
        let listed = pages.whole(async |asked| answer(client.list_lifecycles(asked)).await);
        whole.lifecycles.extend(listed.await?.lifecycles);
    }
    let code = |listed: &v1::ListedLifecycle| {
        listed
            .lifecycle
            .as_ref()
            .map(|lifecycle| lifecycle.code.clone())
    };
    whole.lifecycles.sort_by_cached_key(code);
    whole.lifecycles.dedup_by_key(|listed| code(listed));
    Ok(whole)
}
