//! The catalogue as a workbook: out of the node and back, and from the template.

use chengji_tests::Cluster;

const CITY: &str = "430100";

#[test]
fn what_is_exported_is_imported_again_without_a_change() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    node.import("catalogue.csv");
    let (head, catalogue) = (node.head(), node.catalogue());
    for name in ["catalogue.xlsx", "catalogue.csv"] {
        let file = cluster.path(name).display().to_string();
        node.cli(&["catalogue", "export", &file]).ok();
        // A file that is there is not written over.
        node.cli(&["catalogue", "export", &file])
            .refused(3, &[name, "not there yet"]);
        let summary = node.json(&["catalogue", "import", &file]);
        assert_eq!(summary["unchanged"], 69, "{summary}");
        assert_eq!((node.head(), node.catalogue()), (head, catalogue.clone()));
    }
    node.cli(&["catalogue", "export", "catalogue.doc"])
        .refused(3, &["neither .xlsx nor .csv nor .jsonld"]);

    let template = cluster.path("template.xlsx").display().to_string();
    node.cli(&["catalogue", "template", &template]).ok();
    let import = ["catalogue", "import", &template];
    node.cli(&import).refused(3, &["no rows under its header"]);
    let exit = node.cli(&[&import[..], &["--sheet", "没有"]].concat());
    exit.refused(3, &["has no sheet '没有'", "目录, 示例"]);
    let exit = node
        .cli(&[&import[..], &["--sheet", "示例", "--dry-run"]].concat())
        .ok();
    assert!(exit.stderr.contains("the sheet '示例' was read"), "{exit}");
    assert_eq!(node.catalogue(), catalogue);
}
