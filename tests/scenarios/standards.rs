//! The catalogue for portals: exported as DCAT-AP in JSON-LD and imported without a change; and its
//! consistent statistics.

use std::collections::BTreeMap;
use std::fs;

use chengji_tests::{Cluster, demo, importing};
use serde_json::Value;

const CITY: &str = "430100";

#[test]
fn the_catalogue_goes_out_as_dcat_and_comes_back_unchanged() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    let mount = ["catalogue", "mount", "103001/000001", "files/districts.csv"];
    node.cli(&mount).ok();
    let (head, catalogue) = (node.head(), node.catalogue());

    let whole = cluster.path("whole.jsonld").display().to_string();
    let exit = node.cli(&["catalogue", "export", &whole, "--all", "--name", "长沙市"]);
    let exit = exit.ok();
    assert!(exit.says("entries-written"), "{exit}");
    assert!(exit.says("closed-entries-written"), "{exit}");
    let json: Value = serde_json::from_str(&fs::read_to_string(&whole).unwrap()).unwrap();
    assert_eq!(json["@type"], "dcat:Catalog");
    assert_eq!(json["dct:publisher"]["foaf:name"], "长沙市");
    let datasets = json["dcat:dataset"].as_array().unwrap();
    let dataset = datasets
        .iter()
        .find(|dataset| dataset["dct:identifier"] == "103001000001")
        .unwrap();
    assert_eq!(dataset["dct:title"], "长沙市行政区划代码");
    assert_eq!(dataset["dct:publisher"]["foaf:name"], "长沙市民政局");
    assert_eq!(dataset["dct:issued"], "2024-03-19");
    let shown = node.json(&["catalogue", "show", "103001/000001"]);
    let csv = &dataset["dcat:distribution"][0];
    let bytes = &shown["mount"]["measurement"]["bytes"];
    assert_eq!(csv["dcat:byteSize"], bytes.to_string());
    assert_eq!(
        csv["dcat:accessURL"],
        "urn:chengji:resource:430100:103001000001"
    );

    let summary = node.json(&["catalogue", "import", &whole]);
    assert_eq!(summary["unchanged"], 69, "{summary}");
    assert_eq!((node.head(), node.catalogue()), (head, catalogue));

    // Portals get open entries, and no withdrawn ones.
    let open = |name: &str| -> Vec<String> {
        let file = cluster.path(name).display().to_string();
        node.cli(&["catalogue", "export", &file]).ok();
        let json: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let datasets = json["dcat:dataset"].as_array().unwrap();
        assert!(
            datasets
                .iter()
                .all(|dataset| dataset["chengji:open"] == true)
        );
        let code = |dataset: &Value| dataset["dct:identifier"].as_str().unwrap().to_owned();
        datasets.iter().map(code).collect()
    };
    let before = open("open.jsonld");
    assert!(before.len() < 69 && before.is_sorted(), "{before:?}");
    assert!(before.contains(&"103001000001".to_owned()));
    node.withdraw("103001/000001", "测试");
    let after = open("after.jsonld");
    assert_eq!(after, before[1..]);
}

#[test]
fn a_catalogue_of_many_pages_goes_out_whole() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let demo = fs::read_to_string(demo().join(CITY).join("catalogue.csv")).unwrap();
    let (header, rest) = demo.split_once('\n').unwrap();
    let row = rest.lines().next().unwrap();
    let rows = (1..=1_234).map(|n| row.replace("103001/000001", &format!("103001/{n:06}")));
    let sheet = cluster.path("many.csv");
    fs::write(
        &sheet,
        [header.to_owned()]
            .into_iter()
            .chain(rows)
            .collect::<Vec<_>>()
            .join("\n"),
    )
    .unwrap();
    let imported = node.json(&importing(&sheet, &[]));
    assert_eq!(imported["added"], 1_234, "{imported}");
    assert_eq!(node.approve(), 1_234);

    let file = cluster.path("many.jsonld").display().to_string();
    node.cli(&["catalogue", "export", &file]).ok();
    let json: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let codes: Vec<&str> = json["dcat:dataset"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dataset| dataset["dct:identifier"].as_str().unwrap())
        .collect();
    assert_eq!((codes.len(), codes.is_sorted()), (1_234, true));
    let summary = node.json(&["catalogue", "import", &file]);
    assert_eq!(summary["unchanged"], 1_234, "{summary}");
    let counted = node.json(&["catalogue", "statistics", "--by", "open"]);
    assert_eq!(counted["total"]["entries"], 1_234, "{counted}");
}

#[test]
fn statistics_add_up_in_every_dimension() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    let mount = ["catalogue", "mount", "103001/000001", "files/districts.csv"];
    node.cli(&mount).ok();

    let json = node.json(&["catalogue", "statistics"]);
    assert_eq!(
        (&json["city"], &json["total"]["entries"]),
        (&CITY.into(), &69.into())
    );
    assert_eq!(json["total"]["percent"], "100.00");
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for of in json["statistics"].as_array().unwrap() {
        let sum = sums.entry(of["dimension"].as_str().unwrap()).or_default();
        sum.0 += of["tally"]["entries"].as_u64().unwrap();
        sum.1 += of["tally"]["bytes"].as_u64().unwrap();
    }
    let formats = sums.remove("CATALOGUE_DIMENSION_FORMAT").unwrap();
    assert!(formats.0 >= 69, "{formats:?}");
    assert_eq!(sums.len(), 8);
    let bytes = json["total"]["bytes"].as_u64().unwrap();
    assert!(bytes > 0);
    for (dimension, sum) in sums {
        assert_eq!(sum, (69, bytes), "{dimension}");
    }

    let by = [
        "catalogue",
        "statistics",
        "--by",
        "freshness,class",
        "--format",
        "csv",
    ];
    let csv = node.cli(&by).ok().stdout;
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines[0], "dimension,value,entries,rows,bytes,percent");
    assert!(lines[1].starts_with("total,all,69,"), "{csv}");
    assert!(lines[2].starts_with("freshness,not-shared,8,0,0,"), "{csv}");
    assert!(
        lines[3].starts_with("freshness,unmounted,60,0,0,86.96"),
        "{csv}"
    );
    assert!(lines[4].starts_with("freshness,fresh,1,"), "{csv}");
    assert!(lines[5].starts_with("class,unconditional,"), "{csv}");
    node.cli(&["catalogue", "statistics", "--by", "colour"])
        .refused(2, &["department"]);
    node.cli(&["catalogue", "statistics", "--by", "class,class"])
        .refused(3, &["named twice"]);
}
