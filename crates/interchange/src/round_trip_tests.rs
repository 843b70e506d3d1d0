//! Written files of every kind are read back equal.

use std::path::Path;

use chengji_domain::catalogue::Entry;
use chengji_messages::Language;
use chengji_testkit::strategies::entry;
use proptest::prelude::*;

use super::dcat::{Catalogue, Published, Writer};
use super::{check, read, write, write_workbook};

fn write_jsonld(entries: &[Entry], out: &mut Vec<u8>) {
    let catalogue = Catalogue {
        city: "430100".parse().unwrap(),
        name: "430100".to_owned(),
        whole: true,
    };
    let mut writer = Writer::new(out, &catalogue).unwrap();
    for entry in entries {
        let published = Published {
            entry: entry.clone(),
            revision: 1,
            at: jiff::Timestamp::UNIX_EPOCH,
            mount: None,
        };
        writer.add(&published).unwrap();
    }
    writer.finish().unwrap();
}

fn read_back(folder: &Path, kind: &str, entries: &[Entry]) -> Vec<Entry> {
    let path = folder.join(format!("catalogue.{kind}"));
    let mut bytes = Vec::new();
    match kind {
        "csv" => write(entries, &mut bytes).unwrap(),
        "jsonld" => write_jsonld(entries, &mut bytes),
        _ => {
            let out = std::fs::File::create(&path).unwrap();
            write_workbook(entries, Language::English, out).unwrap();
        }
    }
    if !bytes.is_empty() {
        std::fs::write(&path, bytes).unwrap();
    }
    let (read, problems) = check(&read(&path, None).unwrap());
    assert_eq!(problems, [], "{kind}");
    read.into_iter().map(|(_, entry)| entry).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn entries_are_the_same_after_export_and_import_in_every_kind_of_file(
        mut entries in prop::collection::vec(entry(), 1..5),
    ) {
        entries.sort_by(|a, b| a.code.cmp(&b.code));
        entries.dedup_by(|a, b| a.code == b.code);
        let folder = tempfile::tempdir().unwrap();
        for kind in ["csv", "xlsx", "jsonld"] {
            let read = read_back(folder.path(), kind, &entries);
            prop_assert_eq!(&read, &entries, "{}", kind);
        }
    }
}
