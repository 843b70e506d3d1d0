//! Admission: entries are validated only at the node that imports them, for every importing program.
//! Entries in a log that admission would refuse, as after an upgrade with a stricter check or from a
//! hostile city, count like any others, and are harmless when shown.

use chengji_domain::catalogue::ShareManner;
use chengji_domain::fact::{CityFact, LogOwner};
use chengji_domain::request::{Actor, Consent, RequestId, Submission};
use chengji_domain::{Principal, ResourceRef};
use chengji_proto::convert::entry_from;
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::import_request::Step;
use chengji_proto::v1::import_response::Event;
use chengji_tests::{Cluster, Impostor, Script, city, code_of, entry, eventually, importing};
use tonic::transport::Channel;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// Entries that are refused, each for another reason.
fn inadmissible() -> Vec<v1::CatalogueEntry> {
    let spoil: [fn(&mut v1::CatalogueEntry); 6] = [
        |entry| entry.r#abstract = "摘".repeat(5_000),
        |entry| entry.name = "测试\u{1b}[2J\u{202e}\n\"1+1\",条目".to_owned(),
        |entry| entry.name = "=cmd|'/C calc'!A0\r测试".to_owned(),
        |entry| entry.provider.clear(),
        |entry| entry.share_class = v1::ShareClass::Conditional.into(),
        |entry| {
            entry.share_class = v1::ShareClass::NotShared.into();
            entry.share_condition = "\u{1b}[2J\u{e000}".to_owned();
        },
    ];
    (1..)
        .zip(spoil)
        .map(|(serial, spoil)| {
            let mut entry = entry(serial, 20);
            spoil(&mut entry);
            entry
        })
        .collect()
}

/// Imports these entries through the contract alone, each with its position as its line; refused ones are
/// left out.
async fn import(
    channel: Channel,
    strict: bool,
    entries: Vec<v1::CatalogueEntry>,
) -> v1::ImportSummary {
    let start = Step::Start(v1::ImportStart {
        entries: entries.len() as u64,
        skip_invalid: true,
        strict,
        ..v1::ImportStart::default()
    });
    let entries = (1..).zip(entries).map(|(line, entry)| v1::ImportEntry {
        line,
        entry: Some(entry),
    });
    let entries = Step::Entries(v1::ImportEntries {
        entries: entries.collect(),
    });
    let steps = [start, entries].map(|step| v1::ImportRequest { step: Some(step) });
    let mut client = CatalogueServiceClient::new(channel);
    let answer = client.import(tokio_stream::iter(steps)).await;
    let mut responses = answer.unwrap().into_inner();
    while let Some(item) = responses.message().await.unwrap() {
        if let Some(Event::Summary(summary)) = item.event {
            return summary;
        }
    }
    panic!("the import ended without a summary")
}

/// Output about the entries for people of another city and operators is harmless.
fn assert_shown_without_harm(cluster: &Cluster) {
    let changsha = cluster.node(CHANGSHA);
    let (hostile, third) = (code_of(2), code_of(3));
    let mut shown = Vec::new();
    for format in ["table", "csv"] {
        for command in [
            &["directory", "search", "测试"][..],
            &["directory", "show", ZHUZHOU, &hostile],
            &["directory", "show", ZHUZHOU, &third],
            &["request", "list"],
        ] {
            let exit = changsha
                .cli(&[&["--format", format], command].concat())
                .ok();
            shown.push(format!("{}{}", exit.stdout, exit.stderr));
        }
        let explain = ["--format", format, "rate", "explain", ZHUZHOU];
        shown.push(cluster.coordinator.cli(&explain).ok().stdout);
    }
    assert_harmless(&shown);
}

/// Printed text contains no terminal escapes and no formulas.
fn assert_harmless(shown: &[String]) {
    for text in shown {
        // Records of CSV end with CRLF.
        let text = text.replace("\r\n", "\n");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text:?}");
        let mut cells = text
            .split(['\n', ','])
            .map(|cell| cell.trim_start_matches('"'));
        assert!(!cells.any(|cell| cell.starts_with('=')), "{text}");
    }
}

#[test]
fn what_admission_refuses_is_followed_counted_requested_and_shown_without_harm() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let entries = inadmissible();
    let count = entries.len() as u64;

    let channel = cluster.channel(&zhuzhou.officer(), zhuzhou);
    let refused = cluster.wait(import(channel, false, entries.clone()));
    assert_eq!((refused.invalid, refused.added), (count, 0), "{refused:?}");
    let mut lines: Vec<u64> = refused
        .problems
        .iter()
        .map(|problem| problem.line)
        .collect();
    lines.dedup();
    assert_eq!(lines, (1..=count).collect::<Vec<_>>(), "{refused:?}");

    cluster.until_followed(ZHUZHOU);
    zhuzhou.terminate();
    let mut script = Script::copy_of(zhuzhou, LogOwner::City(city(ZHUZHOU)));
    for entry in entries {
        let entry = Box::new(entry_from(entry).unwrap());
        script.append(
            chengji_clock::now(),
            CityFact::Published { entry, revision: 1 },
        );
    }
    let head = script.entries.len() as u64;
    let impostor = Impostor::node(&cluster, zhuzhou, script);
    let known = eventually("all of it is followed", || {
        let known = cluster.city(ZHUZHOU)?;
        (known["position"] == head).then_some(known)
    });
    assert_eq!(impostor.sent_to("coordinator"), head, "the log arrived");
    assert_eq!(
        (&known["quarantined"], &known["entries"]),
        (&0.into(), &count.into())
    );
    let rate = cluster.coordinator.json(&["rate", "show"]);
    // Class 3 does not count.
    assert_eq!(
        rate["cluster"]["entries"]["denominator"],
        count - 1,
        "{rate}"
    );

    for (serial, state) in [(1, "ROUTED"), (5, "ROUTED"), (6, "REJECTED")] {
        let request = cluster.ask(&code_of(serial));
        cluster.until_state(CHANGSHA, &request, state);
    }

    eventually("all of it is found", || {
        let found = changsha.try_json(&["directory", "search", "测试"])?;
        (found["total"] == count).then_some(())
    });
    assert_shown_without_harm(&cluster);
    assert_eq!(cluster.city(CHANGSHA).unwrap()["quarantined"], 0);
    assert_eq!(cluster.city(ZHUZHOU).unwrap()["quarantined"], 0);
}

#[test]
fn a_request_in_words_that_admission_refuses_is_answered_and_shown_without_harm() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    changsha.import("catalogue.csv");
    cluster.until_followed(CHANGSHA);
    cluster.until_followed(ZHUZHOU);
    zhuzhou.terminate();
    let mut script = Script::copy_of(zhuzhou, LogOwner::City(city(ZHUZHOU)));
    let words = "=1+1\r\u{1b}[2J\u{202e}核验".to_owned();
    let submission = Submission {
        resource: ResourceRef {
            city: city(CHANGSHA),
            code: "103001/000001".parse().unwrap(),
        },
        purpose: words.clone(),
        legal_basis: words.clone(),
        scope: words.clone(),
        scenario: words.clone(),
        manner: ShareManner::Mail,
        period_days: 30,
        department: None,
        part: None,
    };
    assert!(submission.check().is_err());
    let actor = Actor {
        consent: Some(Consent::Paper { number: words }),
        ..Principal::Node(city(ZHUZHOU)).into()
    };
    let id = RequestId {
        city: city(ZHUZHOU),
        epoch: script.epoch,
        seq: script.append(
            chengji_clock::now(),
            CityFact::Requested { submission, actor },
        ),
    };
    let _impostor = Impostor::node(&cluster, zhuzhou, script);
    let id = id.to_string();
    let routed = cluster.until_state(CHANGSHA, &id, "ROUTED");
    assert_eq!(routed["submission"]["manner"], "SHARE_MANNER_MAIL");
    assert_eq!(cluster.city(ZHUZHOU).unwrap()["quarantined"], 0);

    let mut shown = Vec::new();
    for server in [changsha, &cluster.coordinator] {
        for format in ["table", "csv", "json"] {
            for command in [&["request", "show", &id][..], &["request", "list"]] {
                let exit = server.cli(&[&["--format", format], command].concat()).ok();
                shown.push(format!("{}{}", exit.stdout, exit.stderr));
            }
        }
    }
    assert_harmless(&shown);
}

/// The lines and fields of problems or warnings.
fn places(found: &[v1::ImportProblem]) -> Vec<(u64, &str)> {
    let places = found.iter().map(|one| (one.line, one.field.as_str()));
    places.collect()
}

#[test]
fn warnings_are_the_nodes_by_its_own_clock_for_every_program_that_imports() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let ahead = v1::CatalogueEntry {
        published_on: "2999-01-01".to_owned(),
        ..entry(2, 20)
    };
    let entries = vec![entry(1, 2), ahead, entry(3, 20)];
    let asked = [(1, "abstract"), (2, "published_on")];

    let channel = cluster.channel(&node.officer(), node);
    let strict = cluster.wait(import(channel.clone(), true, entries.clone()));
    assert_eq!((strict.invalid, strict.added), (2, 1), "{strict:?}");
    assert_eq!(
        (places(&strict.problems), &strict.warnings[..]),
        (asked.to_vec(), &[][..])
    );
    let lenient = cluster.wait(import(channel, false, entries));
    assert_eq!((lenient.added, lenient.unchanged), (2, 1), "{lenient:?}");
    assert_eq!(
        (places(&lenient.warnings), &lenient.problems[..]),
        (asked.to_vec(), &[][..])
    );
}

#[test]
fn a_file_with_problems_of_its_own_is_looked_at_by_the_node_and_nothing_is_written() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let demo = std::fs::read_to_string(chengji_tests::demo().join("430200/catalogue.csv")).unwrap();
    let doubtful: String = demo
        .lines()
        .enumerate()
        .map(|(at, line)| match at {
            // The publication date of the first entry is centuries ahead.
            1 => format!("{}\r\n", line.replace(",20", ",29")),
            _ => format!("{line}\r\n"),
        })
        .collect();
    let file = cluster.path("doubtful.csv").display().to_string();
    std::fs::write(&file, doubtful).unwrap();
    let head = node.head();
    let reported = node.cli_json(&importing(&file, &[]));
    let summary = reported.refused(3, &[]).json();
    assert_eq!(summary["accepted"], false, "{summary}");
    assert_eq!(
        (&summary["added"], &summary["invalid"]),
        (&0.into(), &5.into()),
        "{summary}"
    );
    let warnings = summary["warnings"].as_array().unwrap();
    let ahead = |one: &&serde_json::Value| one["line"] == 2 && one["field"] == "published_on";
    assert_eq!(warnings.iter().filter(ahead).count(), 1, "{summary}");
    assert_eq!(node.head(), head);
}
