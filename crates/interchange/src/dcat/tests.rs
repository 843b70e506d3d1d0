use chengji_domain::catalogue::Entry;
use chengji_domain::fact::Measurement;
use chengji_domain::{Digest, ErrorCode, Field};
use chengji_messages::{Message, msg};
use chengji_testkit::strategies::entry;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Sheet, SheetProblem, check};
use super::read::read_from;
use super::*;

fn catalogue() -> Catalogue {
    Catalogue {
        city: "430100".parse().unwrap(),
        name: "长沙市".to_owned(),
        whole: true,
    }
}

fn published(entry: Entry) -> Published {
    Published {
        entry,
        revision: 2,
        at: "2026-05-06T07:08:09Z".parse().unwrap(),
        mount: None,
    }
}

fn written(entries: &[Published]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, &catalogue()).unwrap();
    for published in entries {
        writer.add(published).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), entries.len() as u64);
    bytes
}

fn sheet(bytes: &[u8]) -> Sheet {
    read_from(bytes, "f.jsonld").unwrap()
}

/// The demo's entries.
fn demo() -> Vec<Published> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../deploy/demo-data/430100/catalogue.csv"
    );
    let sheet = crate::read(std::path::Path::new(path), None).unwrap();
    check(&sheet)
        .0
        .into_iter()
        .map(|(_, entry)| published(entry))
        .collect()
}

/// A file of the demo's first entry, changed as JSON.
fn changed(change: impl FnOnce(&mut Value)) -> Sheet {
    let mut json: Value = serde_json::from_slice(&written(&demo()[..1])).unwrap();
    change(&mut json["dcat:dataset"][0]);
    sheet(&serde_json::to_vec(&json).unwrap())
}

fn reported(sheet: &Sheet) -> Vec<(u64, Field, SheetProblem)> {
    let problems = check(sheet).1.into_iter();
    problems.map(|p| (p.line, p.problem.field, p)).collect()
}

proptest! {
    #[test]
    fn any_dataset_is_read_without_panic(value in "\\PC{0,40}", at in 0..40_usize) {
        let sheet = std::panic::catch_unwind(|| {
            changed(|dataset| {
                let members = dataset.as_object_mut().unwrap();
                let name = members.keys().nth(at % members.len()).unwrap().clone();
                members.insert(name, json!([value, { "@id": value }, 1.5]));
            })
        });
        let _ = check(&sheet.unwrap());
    }

    #[test]
    fn any_text_is_read_without_panic(text in "[\\[\\]{}\":,@a-z1 ]{0,60}") {
        let _ = read_from(text.as_bytes(), "f");
        let body = format!("{{\"dcat:dataset\": [{text}]}}");
        let _ = read_from(body.as_bytes(), "f");
    }

    #[test]
    fn the_same_catalogue_is_the_same_bytes(entries in prop::collection::vec(entry(), 0..3)) {
        let entries: Vec<Published> = entries.into_iter().map(published).collect();
        prop_assert_eq!(written(&entries), written(&entries));
    }
}

#[test]
fn a_catalogue_and_its_datasets_have_what_the_profile_demands() {
    let json: Value = serde_json::from_slice(&written(&demo())).unwrap();
    for name in ["dct:title", "dct:description", "dct:publisher", "@context"] {
        assert!(!json[name].is_null(), "{name}");
    }
    assert_eq!(json["dct:modified"], "2026-05-06T07:08:09Z");
    let datasets = json["dcat:dataset"].as_array().unwrap();
    assert_eq!(datasets.len(), demo().len());
    for dataset in datasets {
        for name in [
            "dct:title",
            "dct:description",
            "dct:identifier",
            "dct:publisher",
        ] {
            assert!(!dataset[name].is_null(), "{name}: {dataset}");
        }
        for distribution in dataset["dcat:distribution"].as_array().unwrap() {
            assert_eq!(distribution["dcat:accessURL"], dataset["@id"]);
            assert!(
                !distribution["dct:format"]["@id"].is_null(),
                "{distribution}"
            );
        }
    }
    let first = &datasets[0];
    assert_eq!(first["@id"], "urn:chengji:resource:430100:103001000001");
    let frequency = first["dct:accrualPeriodicity"]["@id"].as_str().unwrap();
    assert!(frequency.ends_with("/frequency/IRREG"), "{frequency}");
    let access = first["dct:accessRights"]["@id"].as_str().unwrap();
    assert!(access.ends_with("/access-right/PUBLIC"), "{access}");
}

#[test]
fn what_was_measured_stands_with_the_format_of_the_file() {
    let measured = Measurement {
        bytes: 1_234,
        rows: Some(9),
        digest: Digest::from_slice(&[7; 32]).unwrap(),
        at: "2026-05-06T07:08:09Z".parse().unwrap(),
    };
    let mut of_two = demo().remove(0);
    assert_eq!(of_two.entry.formats.len(), 2);
    of_two.mount = Some(("districts.XLSX".to_owned(), measured));
    let json: Value = serde_json::from_slice(&written(&[of_two])).unwrap();
    let distributions = &json["dcat:dataset"][0]["dcat:distribution"];
    assert!(distributions[0]["dcat:byteSize"].is_null());
    let mounted = &distributions[1];
    assert_eq!(mounted["dcat:byteSize"], "1234");
    assert_eq!(mounted["chengji:rows"], 9);
    let digest = Digest::from_slice(&[7; 32]).unwrap().to_string();
    assert_eq!(mounted["spdx:checksum"]["spdx:checksumValue"], digest);
}

#[test]
fn foreign_datasets_lack_what_only_we_know_and_nothing_is_guessed() {
    let file = json!({
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dc": "http://purl.org/dc/terms/",
            "title": { "@id": "dc:title" },
            "id": "@id", "type": "@type"
        },
        "@graph": [
            { "id": "https://example.org/agent", "type": "foaf:Agent", "foaf:name": "x" },
            {
                "id": "https://example.org/1",
                "type": ["dcat:Dataset"],
                "title": { "@value": "Bus stops", "@language": "en" },
                "dc:description": ["a", "b"],
                "dc:accrualPeriodicity": { "id": "http://publications.europa.eu/resource/authority/frequency/BIENNIAL" },
                "dc:publisher": { "id": "https://example.org/agent" },
                "dcat:distribution": [{ "id": "d1" }, { "id": "d2" }]
            }
        ]
    });
    let sheet = sheet(&serde_json::to_vec(&file).unwrap());
    assert_eq!(sheet.rows[0].draft.name, "Bus stops");
    let reported = reported(&sheet);
    let fields: Vec<Field> = reported.iter().map(|(_, field, _)| *field).collect();
    assert_eq!(
        fields,
        [
            Field::Abstract,
            Field::Classification,
            Field::Code,
            Field::Provider,
            Field::ProviderCode,
            Field::Formats,
            Field::ShareClass,
            Field::Open,
            Field::UpdateCycle,
            Field::PublishedOn,
            Field::AdministrativeLevel,
            Field::Secret,
            Field::SecurityLevel,
        ]
    );
    let named = Some("https://example.org/1".to_owned());
    let is_named =
        |(line, _, found): &(u64, Field, SheetProblem)| *line == 1 && found.row_name == named;
    assert!(reported.iter().all(is_named), "{reported:?}");
    let several = msg::DcatSeveralValues {
        property: "dct:description",
    };
    assert_eq!(reported[0].2.problem.message, Message::from(several));
}

#[test]
fn nothing_of_a_secret_dataset_is_kept_or_repeated() {
    for yes in [json!(true), json!("true"), json!([{ "@value": true }])] {
        let sheet = changed(|dataset| {
            dataset["chengji:secret"] = yes;
            dataset["dct:title"] = "隐语".into();
            dataset["dct:identifier"] = "隐语".into();
        });
        assert!(!format!("{sheet:?}").contains("隐语"));
        let reported = reported(&sheet);
        assert_eq!(
            (reported.len(), reported[0].1),
            (1, Field::Secret),
            "{reported:?}"
        );
    }
    let unclear = changed(|dataset| dataset["chengji:secret"] = json!(["false", "true"]));
    assert_eq!((unclear.rows.len(), reported(&unclear).len()), (0, 1));
}

#[test]
fn problems_name_the_dataset_and_its_place() {
    let mut json: Value = serde_json::from_slice(&written(&demo()[..2])).unwrap();
    json["dcat:dataset"][1]["dct:identifier"] = json["dcat:dataset"][0]["dct:identifier"].clone();
    json["dcat:dataset"][1]["dct:relation"] = json!(["https://example.org/page"]);
    json["dcat:dataset"][1]["chengji:items"] =
        json!([{ "chengji:name": "a", "chengji:type": "text", "chengji:length": -1 }]);
    let reported = reported(&sheet(&serde_json::to_vec(&json).unwrap()));
    let fields: Vec<(u64, Field)> = reported
        .iter()
        .map(|(line, field, _)| (*line, *field))
        .collect();
    assert_eq!(
        fields,
        [
            (2, Field::Items),
            (2, Field::Code),
            (2, Field::RelatedCodes),
            (2, Field::Code)
        ]
    );
    let named = Some("103001000001".to_owned());
    assert!(reported.iter().all(|(.., found)| found.row_name == named));
}

#[test]
fn a_file_that_cannot_be_read_is_refused_as_a_whole() {
    let refused = |text: &str| read_from(text.as_bytes(), "f.jsonld").unwrap_err();
    for (text, code) in [
        ("", "dcat-file-empty"),
        ("{\"dcat:dataset\": [{}", "dcat-unusable"),
        ("7", "dcat-unusable"),
        ("{} x", "dcat-unusable"),
        (
            "{\"dcat:dataset\": [\"urn:a\", {\"@id\": \"urn:b\"}]}",
            "dcat-no-dataset",
        ),
        ("{\"@graph\": []}", "dcat-no-dataset"),
        (
            "{\"dcat:dataset\": [{\"a\": 1, \"b\": 2}], \"@context\": {}}",
            "dcat-context-late",
        ),
    ] {
        assert_eq!(refused(text).message().code(), code, "{text}");
    }
    let huge = format!(
        "{{\"dcat:dataset\": [{{\"dct:title\": \"{}\"}}]}}",
        "x".repeat(2 << 20)
    );
    let error = refused(&huge);
    assert_eq!(error.code(), ErrorCode::LimitExceeded, "{error}");
    let part = msg::DcatDataset { number: 1_u32 }.into();
    assert_eq!(error.message().code(), "dcat-part-too-large");
    assert_eq!(error.message().param("part"), Some(&part));
}

#[test]
fn a_file_may_have_any_amount_of_other_things_and_a_byte_order_mark() {
    let padding = "x".repeat(2 << 20);
    let json = String::from_utf8(written(&demo())).unwrap();
    let json = json.replacen('{', &format!("\u{FEFF}{{ \"other\": \"{padding}\","), 1);
    let (entries, problems) = check(&sheet(json.as_bytes()));
    assert_eq!((entries.len(), problems.len()), (demo().len(), 0));
}
