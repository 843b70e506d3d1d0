//! The searches that peers are measured with.

use std::time::Duration;

use super::searches;
use super::size::Size;
use crate::search::Kind;

/// Searches of each kind of a peer: fewer where it reads everything each time.
const SEARCHES: usize = 100;
const SLOW_SEARCHES: usize = 10;

/// The latencies of a peer's searches, by kind.
pub(super) type Latencies = Vec<(Kind, Vec<Duration>)>;

/// The kinds of searches of a peer with their words.
pub(super) fn of(size: Size, is_slow: impl Fn(Kind) -> bool) -> Vec<(Kind, Vec<String>)> {
    let with_words = Kind::ALL
        .into_iter()
        .filter(|kind| !matches!(kind, Kind::All));
    with_words
        .map(|kind| {
            let count = if is_slow(kind) {
                SLOW_SEARCHES
            } else {
                SEARCHES
            };
            let words = searches::words(kind, size);
            // A cut may leave white space alone, which is no word.
            let words = words.into_iter().filter(|words| !words.trim().is_empty());
            (kind, words.take(count).collect())
        })
        .collect()
}
