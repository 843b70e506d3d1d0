//! What the coordinator keeps in its store, and where: the federated catalogue, and which requests
//! wait. The requests themselves: `chengji_follow::cases`.
//!
//! One reading function each, for what is committed and for what a transaction sees.

use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Error, ErrorCode, ResourceCode, Result};
use chengji_proto::stored::decode;
use chengji_proto::v1;
use chengji_store::{Key, KeyReader, MAX_VALUE, Prefix, Tx, View, each};
use prost::Message;

/// Records that are removed at once.
const PAGE: usize = 256;

/// A city's entry as the coordinator knows it.
pub fn entry(
    view: &(impl View + ?Sized),
    city: CityCode,
    code: &ResourceCode,
) -> Result<Option<v1::CatalogueRecord>> {
    let stored = view.value(&entry_key(city, code))?;
    stored
        .map(|bytes| decode(&bytes, "catalogue entry"))
        .transpose()
}

/// Keeps a city's entry.
pub fn put_entry(
    tx: &mut Tx<'_>,
    city: CityCode,
    code: &ResourceCode,
    record: &v1::CatalogueRecord,
) -> Result<()> {
    let bytes = record.encode_to_vec();
    if bytes.len() > MAX_VALUE {
        let size = bytes.len();
        let message =
            format!("the entry {city}:{code} has {size} bytes; at most {MAX_VALUE} are kept");
        return Err(Error::new(ErrorCode::LimitExceeded, message));
    }
    let key = entry_key(city, code);
    let before = tx.value(&key)?;
    let mut used = city_use(tx, city)?;
    used.entries += u64::from(before.is_none());
    used.bytes += bytes.len() as u64;
    used.bytes -= before
        .map_or(0, |before| before.len() as u64)
        .min(used.bytes);
    put_city_use(tx, city, &used);
    tx.put(key, bytes);
    Ok(())
}

/// A city's use of its budgets.
pub fn city_use(view: &(impl View + ?Sized), city: CityCode) -> Result<v1::CityUse> {
    let stored = view.value(&city_use_key(city))?;
    let used = stored.map(|bytes| decode(&bytes, "use of budgets"));
    Ok(used.transpose()?.unwrap_or_default())
}

fn put_city_use(tx: &mut Tx<'_>, city: CityCode, used: &v1::CityUse) {
    tx.put(city_use_key(city), used.encode_to_vec());
}

/// Marks a city's entries as forgotten, or as there again.
pub fn set_forgotten(tx: &mut Tx<'_>, city: CityCode, forgotten: bool) -> Result<()> {
    let used = v1::CityUse {
        forgotten,
        ..city_use(tx, city)?
    };
    put_city_use(tx, city, &used);
    Ok(())
}

/// Calls `visit` with every entry of the federated catalogue, of one city or of all, by city and
/// code.
pub fn each_entry(
    view: &(impl View + ?Sized),
    city: Option<CityCode>,
    mut visit: impl FnMut(v1::CatalogueRecord) -> Result<()>,
) -> Result<()> {
    let key = Key::new(Prefix::Federated);
    let key = city
        .into_iter()
        .fold(key, |key, city| key.u32(city.number()));
    each(view, key, |_, bytes| {
        visit(decode(bytes, "catalogue entry")?)
    })
}

/// Removes some of a city's entries; true when none is left.
pub fn forget_entries(tx: &mut Tx<'_>, city: CityCode) -> Result<bool> {
    let (lower, upper) = Key::new(Prefix::Federated).u32(city.number()).range();
    let pairs = tx.pairs(&lower, &upper, PAGE)?;
    let all = pairs.len() < PAGE;
    let mut used = city_use(tx, city)?;
    used.entries -= (pairs.len() as u64).min(used.entries);
    for (key, value) in pairs {
        used.bytes -= (value.len() as u64).min(used.bytes);
        tx.delete(key);
    }
    if all {
        (used.entries, used.bytes) = (0, 0);
    }
    put_city_use(tx, city, &used);
    Ok(all)
}

/// Keeps in mind that a request waits for its provider's log, or no longer does.
pub fn wait(tx: &mut Tx<'_>, id: RequestId, waits: bool) {
    let key = Key::new(Prefix::Waiting).request(id).finish();
    if waits {
        tx.put(key, Vec::new());
    } else {
        tx.delete(key);
    }
}

/// The requests that wait.
pub fn waiting(view: &(impl View + ?Sized)) -> Result<Vec<RequestId>> {
    let mut waiting = Vec::new();
    each(view, Key::new(Prefix::Waiting), |key, _| {
        waiting.push(KeyReader::new(Prefix::Waiting, key)?.request()?);
        Ok(())
    })?;
    Ok(waiting)
}

fn entry_key(city: CityCode, code: &ResourceCode) -> Vec<u8> {
    Key::new(Prefix::Federated)
        .u32(city.number())
        .text(code.as_str())
        .finish()
}

fn city_use_key(city: CityCode) -> Vec<u8> {
    Key::new(Prefix::CityUse).u32(city.number()).finish()
}
