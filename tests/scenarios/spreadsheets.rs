//! The catalogue as a workbook: out of the node and back, and from the template.

use chengji_tests::{Cluster, importing, says};

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
        // An existing file is not overwritten.
        node.cli(&["catalogue", "export", &file])
            .refused(3, &[name, "export-file-exists"]);
        let summary = node.json(&["catalogue", "import", &file]);
        assert_eq!(summary["unchanged"], 69, "{summary}");
        assert_eq!((node.head(), node.catalogue()), (head, catalogue.clone()));
    }
    node.cli(&["catalogue", "export", "catalogue.doc"])
        .refused(3, &["export-kind-unknown"]);

    let template = cluster.path("template.xlsx").display().to_string();
    node.cli(&["catalogue", "template", &template]).ok();
    let import = importing(&template, &[]);
    node.cli(&import).refused(3, &["sheet-file-without-rows"]);
    let exit = node.cli(&[&import[..], &["--sheet", "没有"]].concat());
    exit.refused(3, &["sheet-not-found", "'没有'", "目录, 示例"]);
    let exit = node
        .cli(&[&import[..], &["--sheet", "示例", "--dry-run"]].concat())
        .ok();
    assert!(says(&exit.stderr, "sheet-read"), "{exit}");
    assert_eq!(node.catalogue(), catalogue);
}

#[test]
fn a_foreign_layout_is_imported_through_a_map_that_was_proposed_and_filled_in() {
    let cluster = Cluster::new(&[CITY]);
    let node = cluster.node(CITY);
    let (plan, map) = (cluster.path("plan.csv"), cluster.path("layout.toml"));
    let rows = "编号,提供部门,数据项名称,数据项描述,数据项内容（包括但不仅限于）,领域\n\
                1,市民政局,养老机构,本市养老机构的名录,名称、地址、床位等,公共服务\n\
                2,市民政局,婚姻登记处,本市婚姻登记处的名录,名称、地址,公共服务\n";
    std::fs::write(&plan, rows).expect("a file in the cluster's folder");
    let [file, layout] = [&plan, &map].map(|path| path.display().to_string());

    let proposed = node.cli(&["catalogue", "map", &file]).ok().stdout;
    std::fs::write(&map, &proposed).expect("a file in the cluster's folder");
    let import = importing(&file, &["--map", &layout]);
    node.cli(&import).refused(
        3,
        &[
            "map-unfinished",
            "[share_class] value",
            "市民政局",
            "map-value-to-fill-in",
        ],
    );

    let values = [
        ("classification", "1/03/001"),
        ("formats", "电子表格:csv"),
        ("share_class", "无条件共享"),
        ("share_manner", "文件"),
        ("open", "是"),
        ("update_cycle", "每年"),
        ("published_on", "2026-03-18"),
        ("administrative_level", "市级"),
        ("secret", "否"),
        ("security_level", "1"),
    ];
    let mut filled = proposed.replace(
        "\"市民政局\" = \"\"",
        "\"市民政局\" = \"91350100M000100Y43\"",
    );
    for (field, value) in values {
        let (before, after) = filled
            .split_once(&format!("[{field}]"))
            .expect("the field's section");
        let after = after.replacen("value = \"\"", &format!("value = \"{value}\""), 1);
        filled = format!("{before}[{field}]{after}");
    }
    std::fs::write(&map, filled).expect("a file in the cluster's folder");
    let summary = node.json(&import);
    assert_eq!(summary["added"], 2, "{summary}");
    assert_eq!(node.approve(), 2);
    let shown = node.cli(&["catalogue", "show", "103001/000002"]).ok();
    assert!(shown.stdout.contains("婚姻登记处"), "{shown}");
    let summary = node.json(&import);
    assert_eq!(summary["unchanged"], 2, "{summary}");
}
