//! The contract's answers: which are pages, and why no other one grows without bound.

use std::collections::{BTreeMap, BTreeSet};

use chengji_proto::FILE_DESCRIPTOR_SET;
use chengji_proto::policy::PolicyTable;
use chengji_proto::v1::ReadClass;
use prost_reflect::{DescriptorPool, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor};

use crate::list::LISTS;

/// Why each repeated field of an answer, or of what an answer holds, is bounded although it is not a page. Facts
/// (`chengji.log.v1`) are not named: each is stored in 64 KiB at most.
const BOUNDED: &[(&str, &str)] = &[
    ("CatalogueStatusResponse.entries", "500 a message"),
    ("Certificates.chain", "at most 4 certificates"),
    ("ChangeProblems.problems", "split into answers"),
    (
        "ChangeSummary.problems",
        "sent before it where they do not fit",
    ),
    (
        "CityRate.lost",
        "one for each copy of the log, at most 16 unless people accept more",
    ),
    (
        "CheckSourceResponse.findings",
        "a few of each kind of source",
    ),
    ("CityActs.acts", "each kind once"),
    ("CompleteResponse.completions", "at most 20"),
    (
        "CorrectionNotice.departments",
        "the departments of a city that received an entry, each once",
    ),
    ("CountLifecyclesResponse.groups", "the largest 100"),
    ("Delegation.roles", "each role once"),
    ("DescribeTableResponse.columns", "one answer, or an error"),
    ("ExplainRateResponse.lost", "as `CityRate.lost`"),
    ("FacetCounts.counts", "the most frequent 100"),
    ("FollowResponse.items", "192 KiB a message"),
    ("HeadResponse.epochs", "the newest 1,000"),
    ("ImportFindings.problems", "split into answers"),
    ("ImportFindings.warnings", "split into answers"),
    ("ImportSummary.notes", "a command line's alone"),
    (
        "ImportSummary.problems",
        "sent before it where they do not fit",
    ),
    (
        "ImportSummary.warnings",
        "sent before it where they do not fit",
    ),
    ("InviteResponse.warnings", "at most one"),
    (
        "LogUnconfirmed.contradicted_by",
        "names of members, 11 bytes each",
    ),
    ("Matter.pending", "within one record, 64 KiB"),
    ("Matter.refused_moves", "within one record, 64 KiB"),
    ("Matter.reminders", "within one record, 64 KiB"),
    ("Matter.steps", "within one record, 64 KiB"),
    ("MountManyResponse.results", "split into answers"),
    ("Person.roles", "each role once"),
    ("PreviewTableResponse.columns", "as `DescribeTableResponse`"),
    ("PreviewTableResponse.rows", "at most 20"),
    ("PreviewTableResponse.scope", "at most 4"),
    ("PreviewedRow.values", "one for each column"),
    ("ProbedTable.columns", "within one record, 64 KiB"),
    ("RangeRootsResponse.roots", "16 of 32 bytes"),
    ("ReportFreshness.counts", "each freshness once"),
    ("ReportRequests.grounds", "the most frequent 20"),
    ("ReportRequests.states", "each state once"),
    ("Request.attention", "each kind once"),
    ("Request.dues", "each act once"),
    ("Request.proposals", "32 at most"),
    ("Request.refused_moves", "within one record, 64 KiB"),
    ("Request.reminders", "within one record, 64 KiB"),
    ("Request.steps", "within one record, 64 KiB"),
    ("Request.stops", "the last 16"),
    ("RulesInForce.rules", "each rule once"),
    ("RunningGrants.requests", "the first 5"),
    ("SearchHit.related", "at most 6, with the first 10 hits"),
    ("SearchHit.snippets", "each text once"),
    ("SearchHit.wanted_items", "at most 32"),
    ("SearchResponse.facets", "each facet once"),
    ("SearchResponse.stale", "the first 100"),
    ("SearchResponse.suggestions", "at most 3"),
    ("SetHolidaysResponse.moved", "the first 100"),
    ("SetHolidaysResponse.years", "at most 100 notices"),
    ("SetRulesResponse.changes", "at most 100 rows"),
    ("Snippet.marks", "within its 80 characters"),
    ("StatusResponse.missing_notices", "this year and the next"),
    ("StatusResponse.tables", "one for each key prefix"),
    ("TableCheck.described", "the first ten"),
    ("TodoItem.attention", "each kind once"),
];

fn methods() -> Vec<MethodDescriptor> {
    let pool = DescriptorPool::decode(FILE_DESCRIPTOR_SET).unwrap();
    let services: Vec<_> = pool.services().collect();
    let ours = services.iter().filter(|s| s.package_name() == "chengji.v1");
    ours.flat_map(|service| service.methods().collect::<Vec<_>>())
        .collect()
}

fn name(message: &MessageDescriptor) -> String {
    message.name().to_owned()
}

/// Whether the field of this name and the contract's number is there, and of which message type.
fn paging_field(message: &MessageDescriptor, field: &str) -> Option<FieldDescriptor> {
    let found = message.get_field_by_name(field)?;
    assert_eq!(found.number(), 15, "{}", found.full_name());
    Some(found)
}

#[test]
fn every_list_is_asked_for_and_answered_in_the_same_way() {
    let policies = PolicyTable::of_contract().unwrap();
    let mut lists = BTreeSet::new();
    for method in methods() {
        let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
        let reads = policies.rule(&path).unwrap().reads;
        let is_stream = method.is_client_streaming() || method.is_server_streaming();
        assert_eq!(reads == ReadClass::Stream, is_stream, "{path}");
        let (request, answer) = (method.input(), method.output());
        let page = request.get_field_by_name("page").map(|field| field.kind());
        let is_page = page.is_some_and(
            |kind| matches!(kind, Kind::Message(page) if page.full_name() == "chengji.v1.PageRequest"),
        );
        assert_eq!(
            is_page,
            paging_field(&request, "page").is_some(),
            "{path}: another way to page"
        );
        assert_eq!(
            is_page,
            paging_field(&answer, "next_cursor").is_some(),
            "{path}"
        );
        match reads {
            ReadClass::Page => assert!(is_page, "{path} is of the class PAGE and has no page"),
            ReadClass::Search => {}
            _ => assert!(!is_page, "{path} is a list and not of the class PAGE"),
        }
        if is_page {
            lists.insert((name(&request), name(&answer)));
        }
    }
    let known = LISTS
        .iter()
        .map(|(request, answer, _)| ((*request).to_owned(), (*answer).to_owned()));
    assert_eq!(lists, known.collect());
}

#[test]
fn every_answer_is_a_page_or_bounded_for_a_stated_reason() {
    let pages: BTreeMap<&str, &str> = LISTS
        .iter()
        .map(|(_, answer, items)| (*answer, *items))
        .collect();
    let mut unbounded = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for method in methods() {
        visit(&method.output(), &mut seen, &mut |field| {
            let message = name(field.parent_message());
            if pages.get(message.as_str()) != Some(&field.name()) {
                unbounded.insert(format!("{message}.{}", field.name()));
            }
        });
    }
    let stated = BOUNDED.iter().map(|(field, _)| (*field).to_owned());
    assert_eq!(unbounded, stated.collect());
}

/// Visits the repeated fields of a message of the API and of what it holds.
fn visit(
    message: &MessageDescriptor,
    seen: &mut BTreeSet<String>,
    repeated: &mut impl FnMut(&FieldDescriptor),
) {
    if message.package_name() != "chengji.v1" || !seen.insert(name(message)) {
        return;
    }
    for field in message.fields() {
        if field.is_list() {
            repeated(&field);
        }
        if let Kind::Message(nested) = field.kind() {
            visit(&nested, seen, repeated);
        }
    }
}
