//! Entries that admission refuses, in a log all the same, as after an upgrade that tightened a check or by
//! a hostile city: they count as any others, and harm nobody to whom they are shown.

use chengji_domain::fact::{CityFact, LogOwner};
use chengji_proto::v1;
use chengji_proto::v1::catalogue_service_client::CatalogueServiceClient;
use chengji_proto::v1::import_request::Step;
use chengji_proto::v1::import_response::News;
use chengji_tests::{Cluster, Impostor, Input, Script, city, code_of, entry, eventually};
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

async fn import(channel: Channel, entries: Vec<v1::CatalogueEntry>) -> v1::ImportSummary {
    let start = Step::Start(v1::ImportStart {
        entries: entries.len() as u64,
        skip_invalid: true,
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
    let mut news = answer.unwrap().into_inner();
    while let Some(item) = news.message().await.unwrap() {
        if let Some(News::Summary(summary)) = item.news {
            return summary;
        }
    }
    panic!("the import ended without a summary")
}

#[test]
fn what_admission_refuses_is_followed_counted_requested_and_shown_without_harm() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let entries = inadmissible();
    let count = entries.len() as u64;

    let channel = cluster.channel(&zhuzhou.officer(), zhuzhou);
    let refused = cluster.wait(import(channel, entries.clone()));
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
        let entry = Box::new(entry.try_into().unwrap());
        script.say(
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
        let request = cluster.submit(Input {
            consumer: CHANGSHA,
            provider: ZHUZHOU,
            code: &code_of(serial),
        });
        cluster.until_state(CHANGSHA, &request, state);
    }

    let found = changsha.json(&["directory", "search", "测试"]);
    assert_eq!(found["total"], count, "{found}");
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
    for text in shown {
        // Records of CSV end so.
        let text = text.replace("\r\n", "\n");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text:?}");
        let mut cells = text
            .split(['\n', ','])
            .map(|cell| cell.trim_start_matches('"'));
        assert!(!cells.any(|cell| cell.starts_with('=')), "{text}");
    }
    assert_eq!(cluster.city(CHANGSHA).unwrap()["quarantined"], 0);
    assert_eq!(cluster.city(ZHUZHOU).unwrap()["quarantined"], 0);
}
