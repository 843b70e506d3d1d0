//! Searches of a large catalogue, directly on the index: latencies by length of the word with one caller, and throughput
//! with sixteen.

pub(crate) mod names;

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chengji_search::{Change, Document, Facet, Query, Search, SearchIndex};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use self::names::entry;
use crate::measure::{Outcome, Row, latencies, millis, peak_memory, quiet, row};

/// Number of entries, unless `CHENGJI_BENCH_ENTRIES` gives another.
const ENTRIES: u32 = 100_000;
/// Searches of each kind with one caller.
const SEARCHES: usize = 300;
/// Callers at once, and for how long.
const CALLERS: usize = 16;
const ROUND: Duration = Duration::from_secs(20);
/// Hits of a page.
const PAGE: usize = 20;
/// As of which freshness is judged, seconds since 1970.
const NOW: i64 = 1_800_000_000;
/// Changes of one commit while the index follows, and commits.
const CHANGES: u32 = 1_000;
const COMMITS: u32 = 10;

pub(crate) async fn run() -> Outcome<Vec<Row>> {
    let entries = match std::env::var("CHENGJI_BENCH_ENTRIES") {
        Ok(text) => text.parse()?,
        Err(_) => ENTRIES,
    };
    let folder = tempfile::tempdir()?;
    let index = SearchIndex::open(folder.path())?;
    let mut rows = vec![build(&index, entries)?];
    drop(index);
    let begun = Instant::now();
    let index = SearchIndex::open(folder.path())?;
    rows.push(row(
        "opening the index",
        millis(begun.elapsed()),
        "-",
        "<= 5000 ms",
        begun.elapsed() <= Duration::from_secs(5),
    ));
    quiet().await?;
    rows.extend(one_caller(&index, entries)?);
    rows.extend(many_callers(&index, entries)?);
    rows.push(following(&index, entries)?);
    rows.push(row(
        "peak memory of index and benchmark",
        format!("{} MiB", peak_memory(std::process::id())? >> 20),
        "-",
        "-",
        true,
    ));
    Ok(rows)
}

/// Builds the index from nothing.
fn build(index: &SearchIndex, entries: u32) -> Outcome<Row> {
    let begun = Instant::now();
    let mut build = index.build()?;
    for number in 0..entries {
        build.add(&entry(number, 0))?;
    }
    build.finish(0)?;
    let took = begun.elapsed();
    let state = index.state().ok_or("there is no index")?;
    let what = format!("building the index of {} entries", state.documents);
    let rate = f64::from(entries) / took.as_secs_f64();
    Ok(row(
        &what,
        format!("{:.0} s, {} MiB", took.as_secs_f64(), state.bytes >> 20),
        &format!("{rate:.0} entries/s"),
        "-",
        true,
    ))
}

/// Kinds of searches.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A word of so many characters out of an entry.
    Word(usize),
    /// Two words out of an entry.
    Two,
    /// Another page of a search without words.
    All,
}

impl Kind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Word(1),
        Self::Word(2),
        Self::Word(3),
        Self::Word(4),
        Self::Word(5),
        Self::Word(6),
        Self::Two,
        Self::All,
    ];

    pub(crate) fn name(self) -> String {
        match self {
            Self::Word(length) => format!("a word of {length}"),
            Self::Two => "two words".to_owned(),
            Self::All => "no word".to_owned(),
        }
    }

    /// The words of a search.
    pub(crate) fn words(self, entries: u32, random: &mut StdRng) -> String {
        let number = random.random_range(0..entries);
        let document = entry(number, 0);
        match self {
            Self::Word(length) => part(&document, length, random),
            Self::Two => format!(
                "{} {}",
                part(&document, 2, random),
                part(&document, 3, random)
            ),
            Self::All => String::new(),
        }
    }

    /// A search with all facets.
    fn draw(self, entries: u32, random: &mut StdRng) -> Search {
        Search {
            query: Query::new(&self.words(entries, random)),
            facets: Facet::ALL.to_vec(),
            limit: PAGE,
            now: NOW,
            ..Search::default()
        }
    }
}

/// A part of a text of an entry: of its name twice as often as of abstract or items.
fn part(document: &Document, length: usize, random: &mut StdRng) -> String {
    let name = &document.name;
    let mut texts = vec![name, name, &document.summary];
    texts.extend(document.items.choose(random));
    let text: Vec<char> = texts
        .choose(random)
        .map_or(Vec::new(), |text| text.chars().collect());
    let at = random.random_range(0..=text.len().saturating_sub(length));
    text.into_iter().skip(at).take(length).collect()
}

fn one_caller(index: &SearchIndex, entries: u32) -> Outcome<Vec<Row>> {
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for kind in Kind::ALL {
        let mut random = StdRng::seed_from_u64(1);
        let (mut took, mut hits) = (Vec::new(), 0);
        for _ in 0..SEARCHES {
            let search = kind.draw(entries, &mut random);
            let begun = Instant::now();
            hits += index.search(&search)?.total;
            took.push(begun.elapsed());
        }
        let what = format!("search, 1 caller, {}, all facets", kind.name());
        let mean = format!("{} hits on average", hits / SEARCHES as u64);
        rows.push(latencies(&what, &mut took, &mean, "-", None));
        all.extend(took);
    }
    let target = Some(Duration::from_millis(20));
    rows.push(latencies(
        "search, 1 caller, all of these",
        &mut all,
        "-",
        "p99 <= 20 ms",
        target,
    ));
    Ok(rows)
}

fn many_callers(index: &SearchIndex, entries: u32) -> Outcome<Vec<Row>> {
    let stop = AtomicBool::new(false);
    let begun = Instant::now();
    let callers: Vec<Outcome<Vec<Duration>>> = std::thread::scope(|scope| {
        let call = |seed| {
            let mut random = StdRng::seed_from_u64(seed);
            let mut took = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let kind = Kind::ALL.choose(&mut random).copied().unwrap_or(Kind::All);
                let search = kind.draw(entries, &mut random);
                let begun = Instant::now();
                index.search(&search)?;
                took.push(begun.elapsed());
            }
            Ok(took)
        };
        let callers: Vec<_> = (100..100 + CALLERS as u64)
            .map(|seed| scope.spawn(move || call(seed)))
            .collect();
        std::thread::sleep(ROUND);
        stop.store(true, Ordering::Relaxed);
        let results = callers.into_iter().map(|caller| caller.join());
        results
            .map(|result| result.unwrap_or_else(|_| Err("a caller panicked".into())))
            .collect()
    });
    let seconds = begun.elapsed().as_secs_f64();
    let callers = callers.into_iter().collect::<Outcome<Vec<_>>>()?;
    let counts: Vec<usize> = callers.iter().map(Vec::len).collect();
    let mut took: Vec<Duration> = callers.into_iter().flatten().collect();
    let rate = took.len() as f64 / seconds;
    let least = counts.iter().min().copied().unwrap_or_default();
    let most = counts.iter().max().copied().unwrap_or_default();
    Ok(vec![
        row(
            &format!("search, {CALLERS} callers"),
            format!("{rate:.0}/s"),
            &format!("{least} to {most} searches of each caller"),
            ">= 300/s",
            rate >= 300.0,
        ),
        latencies(
            &format!("search, {CALLERS} callers"),
            &mut took,
            "-",
            "-",
            None,
        ),
    ])
}

/// Commits changes to a large index.
fn following(index: &SearchIndex, entries: u32) -> Outcome<Row> {
    let mut took = Vec::new();
    for commit in 1..=COMMITS {
        let changes = (0..CHANGES).map(|number| {
            Change::Put(entry((number * 7_919 + commit * 104_729) % entries, commit))
        });
        let changes: Vec<Change> = changes.collect();
        let begun = Instant::now();
        let number = u64::from(commit * CHANGES);
        index.apply(changes.into_iter().map(|change| Ok((number, Some(change)))))?;
        took.push(begun.elapsed());
    }
    let what = format!("{CHANGES} changes until they are found");
    let target = Some(Duration::from_secs(1));
    Ok(latencies(&what, &mut took, "-", "p99 <= 1000 ms", target))
}
