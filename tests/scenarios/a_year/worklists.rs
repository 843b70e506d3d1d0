//! Worklists, compared with what is due by the requests themselves.

use std::collections::BTreeSet;
use std::path::Path;

use chengji_tests::Server;
use serde_json::Value;

use super::share::Year;

/// An item of a worklist about a request: its kind, the request, the act, the last day, whether that has passed, and
/// the represented person.
type Item = [String; 6];

/// Checks the worklists of the officers of these cities.
pub(super) fn agree(year: &Year, cities: &[&str]) {
    for city in cities {
        let node = year.cluster.node(city);
        agrees(node, city, &node.profile, "");
    }
}

/// Checks the worklist of a consumer who is an approver, too, in its own name or standing in for this person.
pub(super) fn agrees(node: &Server, city: &str, person: &Path, stands_in_for: &str) {
    let list = node.json(&["request", "list"]);
    let requests = list["requests"].as_array().unwrap().iter();
    let expected = requests.flat_map(|request| expected(request, city, stands_in_for));
    let todo = node.json_as(person, &["todo"]);
    let items = todo["items"].as_array().unwrap().iter();
    let in_requests = items.filter(|item| {
        let kind = item["kind"].as_str().unwrap();
        ["TODO_KIND_DUE", "TODO_KIND_ATTENTION"].contains(&kind)
    });
    let fields = [
        "kind",
        "request",
        "act",
        "deadline",
        "overdue",
        "on_behalf_of",
    ];
    let found = in_requests.map(|item| fields.map(|field| text(&item[field])));
    let found: BTreeSet<Item> = found.collect();
    let expected: BTreeSet<Item> = expected.collect();
    assert_eq!(found, expected, "the worklist of {}", person.display());
}

/// The items of a city about a request: the next act that it owes, and what needs its attention.
fn expected(request: &Value, city: &str, stands_in_for: &str) -> Vec<Item> {
    let (party, stands_in_for) = match request["consumer"] == city {
        true => ("PARTY_CONSUMER", ""),
        false => ("PARTY_PROVIDER", stands_in_for),
    };
    let item = |kind: &str, [act, deadline, overdue]: [String; 3]| {
        let request = text(&request["id"]);
        [
            kind.to_owned(),
            request,
            act,
            deadline,
            overdue,
            stands_in_for.to_owned(),
        ]
    };
    let mut dues = request["dues"].as_array().unwrap().iter();
    // The consumer also follows the approval without which its request is not routed.
    let is_own = |due: &&Value| {
        let is_awaited = party == "PARTY_CONSUMER" && due["act"] == "DUE_ACT_APPROVAL";
        due["party"] == party || is_awaited
    };
    let due = dues.find(is_own).map(|due| {
        let fields = ["act", "deadline", "overdue"].map(|field| text(&due[field]));
        item("TODO_KIND_DUE", fields)
    });
    let marks = request["attention"].as_array().unwrap();
    let attention = (!marks.is_empty()).then(|| {
        let none = ["DUE_ACT_UNSPECIFIED", "", "false"].map(str::to_owned);
        item("TODO_KIND_ATTENTION", none)
    });
    due.into_iter().chain(attention).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
