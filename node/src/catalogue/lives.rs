//! The lives of entries as they are kept: where each stands, its revisions, and the moves that were
//! made. How one is made stands in [`super::mover`].

use chengji_domain::catalogue::life::{Life, State};
use chengji_domain::{Error, ErrorCode, ResourceCode, Result};
use chengji_proto::{convert, stored, v1};
use chengji_store::{Codec, Index, Key, Prefix, Table, View};
use prost::Message;

use super::book;

/// Steps of one entry that are read at most.
const MOST_STEPS: usize = 10_000;

/// How lives are stored.
pub struct StoredLife;

impl Codec for StoredLife {
    type Record = v1::EntryLife;

    fn encode(life: &v1::EntryLife) -> Result<Vec<u8>> {
        Ok(life.encode_to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<v1::EntryLife> {
        decode(bytes)
    }
}

/// Department or none, state, and code.
pub type ListKey = (Option<String>, u32, ResourceCode);

/// Lives, by code.
pub static LIVES: Table<ResourceCode, StoredLife> = Table::new(Prefix::Life, &[&LISTS]);

/// Entries by where they stand, of each department and of all, in order of code.
pub static LISTS: Index<ListKey, ResourceCode, StoredLife> = Index::new(
    &LIVES,
    Prefix::LifeList,
    "entries by state",
    |code, life| {
        let Ok(Life { state, .. }) = convert::life_from(life) else {
            return Vec::new();
        };
        let departments = [None, Some(owner(life, state).to_owned())];
        let key = |department| (department, state_number(state), code.clone());
        departments.into_iter().map(key).collect()
    },
);

/// The number that a state has in [`LISTS`]: that of the contract, which is pinned.
pub fn state_number(state: State) -> u32 {
    convert::entry_state_to(state) as u32
}

/// Where an entry stands.
pub fn find(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<Option<v1::EntryLife>> {
    LIVES.get(view, code)
}

/// Where an entry stands that must exist.
pub fn existing(view: &(impl View + ?Sized), code: &ResourceCode) -> Result<v1::EntryLife> {
    find(view, code)?.ok_or_else(|| book::unknown(code))
}

/// The content of a revision.
pub fn content(
    view: &(impl View + ?Sized),
    code: &ResourceCode,
    revision: u32,
) -> Result<v1::CatalogueEntry> {
    let bytes = view.value(&revision_key(code, revision))?.ok_or_else(|| {
        let message = format!("the entry {code} has no revision {revision}");
        Error::new(ErrorCode::NotFound, message).with_remedy(
            "'chengji-node catalogue show CODE --history' lists the revisions there are",
        )
    })?;
    decode(&bytes)
}

/// The revision that a state of the entry is about: one that came back is not what is published.
pub fn about(life: &v1::EntryLife, state: State) -> u32 {
    match state {
        State::Published | State::WithdrawalAsked | State::Withdrawn => life.published,
        State::Draft | State::Submitted | State::Returned | State::TakenBack => life.newest,
    }
}

/// Whose the entry is in a state: the provider in the revision that the state is about.
pub fn owner(life: &v1::EntryLife, state: State) -> &str {
    if about(life, state) == life.newest {
        &life.provider_code
    } else {
        &life.published_provider_code
    }
}

/// The moves of an entry in the order they were made, the newest where there are very many.
pub fn steps(view: &(impl View + ?Sized), life: &v1::EntryLife) -> Result<Vec<v1::EntryStep>> {
    let code = life.code.parse()?;
    let most = u32::try_from(MOST_STEPS).unwrap_or(u32::MAX);
    let (lower, upper) = (
        step_key(&code, life.steps.saturating_sub(most)),
        step_key(&code, life.steps),
    );
    let pairs = view.pairs(&lower, &upper, MOST_STEPS)?;
    pairs.iter().map(|(_, bytes)| decode(bytes)).collect()
}

pub(super) fn revision_key(code: &ResourceCode, revision: u32) -> Vec<u8> {
    Key::new(Prefix::Revision)
        .text(code.as_str())
        .u32(revision)
        .finish()
}

pub(super) fn step_key(code: &ResourceCode, number: u32) -> Vec<u8> {
    Key::new(Prefix::LifeStep)
        .text(code.as_str())
        .u32(number)
        .finish()
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M> {
    stored::decode(bytes, "record of the catalogue")
}
