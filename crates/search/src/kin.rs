//! Signs that entries of different cities are likely to be about the same: the name and the kind of
//! provider, each without the place in it, and the items.

use chengji_domain::catalogue::bare;

use crate::document::Document;
use crate::fold::fold;

/// Maximum number of items of an entry that are compared.
const MAX_ITEMS: usize = 30;
/// Maximum number of characters of a place's name, with its kind.
const MAX_PLACE: usize = 4;
/// Minimum number of characters of a name without the place.
const MIN_REST: usize = 3;

/// The last characters of places' names (省, 市, 区, 县, 州, 盟, 旗, 镇, 乡).
const PLACES: [char; 9] = ['省', '市', '区', '县', '州', '盟', '旗', '镇', '乡'];

/// The terms of an entry.
pub(crate) fn terms(document: &Document) -> Vec<String> {
    let mut terms = vec![name_term(&document.name), provider_term(&document.provider)];
    terms.extend(item_terms(&document.items));
    terms
}

/// The term of a name without its place.
pub(crate) fn name_term(name: &str) -> String {
    format!("n{}", without_place(&bare(&fold(name))))
}

/// The term of a provider without its place.
pub(crate) fn provider_term(provider: &str) -> String {
    format!("p{}", without_place(&bare(&fold(provider))))
}

/// The terms of items, each once.
pub(crate) fn item_terms(items: &[String]) -> Vec<String> {
    let named = items.iter().map(|item| bare(&fold(item)));
    let mut terms: Vec<String> = named
        .filter(|item| !item.is_empty())
        .map(|item| format!("i{item}"))
        .collect();
    terms.sort_unstable();
    terms.dedup();
    terms.truncate(MAX_ITEMS);
    terms
}

/// Removes the places that a bare text begins with, if enough remains.
fn without_place(text: &str) -> &str {
    let mut rest = text;
    loop {
        let mut chars = rest.char_indices().take(MAX_PLACE);
        let Some((at, place)) = chars.find(|(_, c)| PLACES.contains(c)) else {
            return rest;
        };
        let after = &rest[at + place.len_utf8()..];
        if after.chars().count() < MIN_REST {
            return rest;
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_removed_from_the_beginning_if_enough_remains() {
        for (text, without) in [
            ("长沙市民政局", "民政局"),
            ("市民政局", "民政局"),
            ("湖南省长沙市岳麓区停车场", "停车场"),
            ("公共停车场", "公共停车场"),
            ("市区图", "市区图"),
        ] {
            assert_eq!(without_place(text), without);
        }
    }
}
