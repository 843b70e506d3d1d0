//! Searches of the federated catalogue: their arguments, and views of what is found.

use std::num::NonZeroUsize;

use chengji_domain::catalogue::Facet;
use chengji_domain::{CityCode, Result};
use chengji_messages::{Message, msg};
use chengji_proto::convert::text_from;
use chengji_proto::v1;
use clap::Args;

use crate::arguments::{refused, within};
use crate::cell::list;
use crate::cells;
use crate::output::{Column, Table};
use crate::row;
use crate::views::{class, manner, measured};

/// Marks the words in a snippet.
const MARKS: [&str; 2] = ["[", "]"];

/// Arguments: the words, filters and order of a search.
#[derive(Args, Debug)]
pub struct SearchArgs {
    /// Words in names, abstracts, providers, codes and items
    words: Vec<String>,
    /// Only entries of these cities, such as 430200
    #[arg(long, value_name = "CITY", value_delimiter = ',')]
    city: Vec<CityCode>,
    /// Only entries of this share class: 1 unconditional, 2 conditional, 3 not shared
    #[arg(long, value_parser = within::<i32>(1..=3))]
    class: Option<i32>,
    /// Only entries with one of these values, with commas, such as cycle=daily,weekly
    ///
    /// May be repeated for other facets: city, class, manner, format, cycle, level, theme, open, freshness. Values are
    /// those that --facet lists, or their Chinese terms; a theme is the beginning of a classification, such as 3/07.
    #[arg(long = "filter", value_name = "FACET=VALUES", value_parser = filter)]
    filters: Vec<(Facet, Vec<String>)>,
    /// Count the entries found by these, with commas: city, class, manner, format, cycle, level, theme, open,
    /// freshness
    #[arg(long = "facet", value_name = "FACETS", value_delimiter = ',', value_parser = facet)]
    facets: Vec<Facet>,
    /// Order: relevance, name (by pinyin), published (latest first), code
    #[arg(long, value_parser = sort, default_value = "relevance")]
    sort: v1::SearchSort,
    /// Show related entries of other cities with the first entries found
    #[arg(long)]
    related: bool,
    /// Entries shown at most
    #[arg(long, default_value = "20")]
    limit: NonZeroUsize,
}

impl SearchArgs {
    /// Returns the maximum number of entries that are shown.
    pub fn limit(&self) -> usize {
        self.limit.get()
    }

    /// Returns the request.
    pub fn request(&self) -> v1::SearchRequest {
        let mut filters = self.filters.clone();
        if !self.city.is_empty() {
            let cities = self.city.iter().map(ToString::to_string);
            filters.push((Facet::City, cities.collect()));
        }
        let class = self.class.map(|class| class.to_string());
        filters.extend(class.map(|class| (Facet::Class, vec![class])));
        let filters = filters.into_iter().map(|(facet, values)| v1::FacetFilter {
            facet: facet_to(facet).into(),
            values,
        });
        v1::SearchRequest {
            query: self.words.join(" "),
            filters: filters.collect(),
            facets: self
                .facets
                .iter()
                .map(|facet| facet_to(*facet).into())
                .collect(),
            sort: self.sort.into(),
            related: self.related,
            wanted_items: Vec::new(),
            page: None,
        }
    }
}

fn facet(text: &str) -> Result<Facet> {
    Facet::from_term(text.trim()).ok_or_else(|| {
        let known: Vec<String> = Facet::ALL
            .iter()
            .map(|facet| facet.en().to_owned())
            .collect();
        refused(msg::FacetNameUnknown { known, text })
    })
}

fn filter(text: &str) -> Result<(Facet, Vec<String>)> {
    let (name, values) = text
        .split_once('=')
        .ok_or_else(|| refused(msg::FilterMalformed { text }))?;
    Ok((facet(name)?, values.split(',').map(str::to_owned).collect()))
}

fn sort(text: &str) -> Result<v1::SearchSort> {
    match text {
        "relevance" => Ok(v1::SearchSort::Unspecified),
        "name" => Ok(v1::SearchSort::Name),
        "published" => Ok(v1::SearchSort::Published),
        "code" => Ok(v1::SearchSort::Code),
        _ => Err(refused(msg::SortNameUnknown { text })),
    }
}

fn facet_to(facet: Facet) -> v1::Facet {
    let name = format!("FACET_{}", facet.en().to_uppercase());
    v1::Facet::from_str_name(&name).unwrap_or_default()
}

fn facet_of(wire: v1::Facet) -> Option<Facet> {
    Facet::ALL
        .iter()
        .copied()
        .find(|facet| facet_to(*facet) == wire)
}

/// Entries found in the federated catalogue.
pub fn found(found: &v1::SearchResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("city", msg::ColumnCity),
        Column::left("code", msg::ColumnCode),
        Column::left("name", msg::ColumnName),
        Column::left("provider", msg::ColumnProvider),
        Column::left("share_class", msg::ColumnClass),
        Column::left("share_manner", msg::ColumnManner),
        Column::left("measured", msg::ColumnMeasured),
        Column::left("found_in", msg::ColumnFoundIn),
    ]);
    for hit in &found.hits {
        let record = hit.record.clone().unwrap_or_default();
        let entry = record.entry.clone().unwrap_or_default();
        table.row(row![
            record.city.clone(),
            entry.code.clone(),
            entry.name.clone(),
            entry.provider.clone(),
            class(entry.share_class()),
            manner(entry.share_manner()),
            measured(&record),
            found_in(hit),
        ]);
    }
    table.note(msg::SearchShown {
        shown: found.hits.len(),
        total: found.total,
    });
    table.note_if_more(&found.next_cursor);
    found.facets.iter().for_each(|of| table.note(counts(of)));
    for other in &found.suggestions {
        table.note(msg::SearchSuggestion {
            hits: other.hits,
            query: &other.query,
        });
    }
    let related = found.hits.iter().flat_map(relations);
    related.for_each(|relation| table.note(relation));
    if let Some(since) = &found.behind_since {
        let since = cells::time(since);
        table.note(msg::SearchBehind { since });
    }
    for city in &found.stale {
        let since = city.since.as_ref().map(cells::time).unwrap_or_default();
        table.note(msg::SearchStale {
            city: &city.city,
            name: &city.name,
            since,
        });
    }
    table
}

/// Returns the best snippet outside the name of an entry, and its wanted items, with marks.
fn found_in(hit: &v1::SearchHit) -> String {
    let mut snippets = hit.snippets.iter();
    let best = snippets.find(|part| part.of() != v1::SearchedText::Name);
    // Some of the words are no reason for which it was found.
    let best = best.filter(|_| !hit.by_items_alone).map(marked);
    let [open, close] = MARKS;
    let items = hit.wanted_items.iter();
    let items = items.map(|item| format!("{open}{item}{close}"));
    let parts: Vec<String> = best.into_iter().chain(items).collect();
    parts.join(" ")
}

/// A snippet with its words marked.
fn marked(snippet: &v1::Snippet) -> String {
    let [open, close] = MARKS;
    let mut shown = String::new();
    for (at, c) in (0..).zip(snippet.text.chars()) {
        if snippet.marks.iter().any(|mark| mark.start == at) {
            shown.push_str(open);
        }
        shown.push(c);
        if snippet
            .marks
            .iter()
            .any(|mark| mark.start + mark.length == at + 1)
        {
            shown.push_str(close);
        }
    }
    shown
}

/// The values of a facet with their numbers, in a line.
fn counts(of: &v1::FacetCounts) -> Message {
    let facet = facet_of(of.facet()).map_or_else(|| msg::Text { text: "" }.into(), Facet::label);
    let count = |count: &v1::FacetCount| -> Message {
        let label = count.label.as_ref().map(text_from);
        let label = label.unwrap_or_else(|| msg::Text { text: &count.value }.into());
        let hits = count.hits;
        msg::SearchFacetCount { hits, label }.into()
    };
    let counts = list(of.counts.iter().map(count));
    match of.further {
        0 => msg::SearchFacet { counts, facet }.into(),
        further => msg::SearchFacetFurther {
            counts,
            facet,
            further,
        }
        .into(),
    }
}

/// The related entries of a hit, one a line.
fn relations(hit: &v1::SearchHit) -> impl Iterator<Item = Message> {
    let entry = hit.record.as_ref().and_then(|record| record.entry.as_ref());
    let entry = entry.map(|entry| entry.name.as_str()).unwrap_or_default();
    hit.related.iter().map(move |other| {
        let (city, code, name) = (&other.city, &other.code, &other.name);
        match other.relation() {
            v1::Relation::Duplicate => msg::SearchDuplicate {
                city,
                code,
                entry,
                name,
            }
            .into(),
            v1::Relation::Complement | v1::Relation::Unspecified => msg::SearchComplement {
                city,
                code,
                entry,
                name,
            }
            .into(),
        }
    })
}

/// Completions of a text, one a line.
pub fn completions(found: &v1::CompleteResponse) -> Table {
    let mut table = Table::new(&[Column::untitled("completion")]);
    for text in &found.completions {
        table.row(row![text.clone()]);
    }
    table
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        search: SearchArgs,
    }

    fn request(line: &str) -> Result<v1::SearchRequest, clap::Error> {
        let words = std::iter::once("search").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.search.request())
    }

    #[test]
    fn the_arguments_are_the_request() {
        let line = "停车场 分布 --city 430100,430200 --class 2 --filter cycle=daily,每周 \
            --facet city,class --sort name --related";
        let request = request(line).unwrap();
        assert_eq!(request.query, "停车场 分布");
        let filters: Vec<(v1::Facet, Vec<String>)> = request
            .filters
            .iter()
            .map(|filter| (filter.facet(), filter.values.clone()))
            .collect();
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let expected = [
            (v1::Facet::Cycle, texts(&["daily", "每周"])),
            (v1::Facet::City, texts(&["430100", "430200"])),
            (v1::Facet::Class, texts(&["2"])),
        ];
        assert_eq!(filters, expected);
        let facets: Vec<v1::Facet> = request.facets().collect();
        assert_eq!(facets, [v1::Facet::City, v1::Facet::Class]);
        assert_eq!(request.sort(), v1::SearchSort::Name);
        assert!(request.related);
    }

    #[test]
    fn what_is_no_facet_filter_or_order_is_refused() {
        for line in [
            "--facet colour",
            "--filter daily",
            "--filter colour=red",
            "--sort best",
            "--class 4",
            "--limit 0",
        ] {
            assert!(request(line).is_err(), "{line}");
        }
    }

    #[test]
    fn every_facet_has_its_number() {
        for facet in Facet::ALL {
            assert_eq!(facet_of(facet_to(*facet)), Some(*facet));
        }
    }

    #[test]
    fn words_are_marked_in_a_snippet() {
        let mark = |start, length| v1::Mark { start, length };
        let snippet = v1::Snippet {
            text: "含公共停车场位置".to_owned(),
            marks: vec![mark(3, 3), mark(6, 2)],
            ..v1::Snippet::default()
        };
        assert_eq!(marked(&snippet), "含公共[停车场][位置]");
    }

    #[test]
    fn wanted_items_are_where_an_entry_was_found() {
        let hit = v1::SearchHit {
            snippets: vec![v1::Snippet {
                of: v1::SearchedText::Abstract.into(),
                text: "含位置".to_owned(),
                marks: Vec::new(),
            }],
            wanted_items: vec!["编号".to_owned(), "地址".to_owned()],
            ..v1::SearchHit::default()
        };
        assert_eq!(found_in(&hit), "含位置 [编号] [地址]");
        let by_items_alone = v1::SearchHit {
            by_items_alone: true,
            ..hit
        };
        assert_eq!(found_in(&by_items_alone), "[编号] [地址]");
        assert_eq!(found_in(&v1::SearchHit::default()), "");
    }
}
