//! Formats by the names that portals use: extensions and MIME types, each with its kind (the lists of the
//! national guide) and subtype. An archive is not a format: its content is.

use chengji_domain::catalogue::{FormatKind, Given};
use chengji_domain::tables::Names;

use super::notes::Conversion;
use super::term_reader::TermReader;

/// Subtype, and its other names, in lower case.
type Known = (&'static str, &'static [&'static str]);

#[rustfmt::skip]
const KNOWN: [(FormatKind, &[Known]); 7] = [
    (FormatKind::File, &[
        ("doc", &["application/msword", "word"]),
        ("docx", &["application/vnd.openxmlformats-officedocument.wordprocessingml.document"]),
        ("html", &["htm", "text/html", "application/html"]),
        ("ofd", &["application/ofd"]),
        ("pdf", &["application/pdf"]),
        ("ppt", &["application/vnd.ms-powerpoint"]),
        ("pptx", &["application/vnd.openxmlformats-officedocument.presentationml.presentation"]),
        ("rtf", &["application/rtf", "text/rtf"]),
        ("txt", &["text", "text/plain", "ascii"]),
        ("wps", &[]),
        ("xml", &["application/xml", "text/xml"]),
    ]),
    (FormatKind::Spreadsheet, &[
        ("csv", &["text/csv"]),
        ("et", &[]),
        ("ods", &["application/vnd.oasis.opendocument.spreadsheet"]),
        ("tsv", &["text/tab-separated-values"]),
        ("xls", &["excel", "application/vnd.ms-excel"]),
        ("xlsx", &["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"]),
    ]),
    (FormatKind::Database, &[
        ("access", &["mdb", "accdb", "application/msaccess", "application/x-msaccess"]),
        ("dbf", &["dbase"]),
        ("mysql", &[]),
        ("oracle", &[]),
        ("postgresql", &[]),
        ("sqlite", &["application/vnd.sqlite3"]),
    ]),
    (FormatKind::Image, &[
        ("bmp", &["image/bmp"]),
        ("gif", &["image/gif"]),
        ("geotiff", &[]),
        ("jpeg", &["jpg", "image/jpeg", "image/jpg"]),
        ("mrsid", &["sid", "image/x-mrsid"]),
        ("png", &["image/png"]),
        ("svg", &["image/svg+xml"]),
        ("tiff", &["tif", "image/tiff"]),
    ]),
    (FormatKind::Stream, &[
        ("avi", &["video/x-msvideo"]),
        ("mp3", &["audio/mpeg"]),
        ("mp4", &["video/mp4"]),
        ("mpeg", &["mpg", "video/mpeg"]),
        ("rm", &[]),
        ("swf", &["application/x-shockwave-flash"]),
    ]),
    (FormatKind::SelfDescribing, &[
        ("bufr", &[]),
        ("geojson", &["application/geo+json", "application/vnd.geo+json"]),
        ("gml", &["application/gml+xml"]),
        ("grib", &[]),
        ("hdf", &["hierarchical data format (hdf)", "application/x-hdf"]),
        ("json", &["application/json"]),
        ("kml", &["application/vnd.google-earth.kml+xml"]),
        ("kmz", &["application/vnd.google-earth.kmz"]),
        ("netcdf", &["application/x-netcdf"]),
        ("rdf", &["application/rdf+xml"]),
        ("shp", &["shapefile", "esri shapefile"]),
    ]),
    (FormatKind::Service, &[
        ("api", &[]),
        ("esri rest", &["arcgis map service"]),
        ("opendap", &[]),
        ("wcs", &[]),
        ("wfs", &[]),
        ("wms", &[]),
        ("wmts", &[]),
    ]),
];

/// A format in the catalogue's terms, and the conversion. The bureau's table takes precedence for the
/// kind of an extension.
pub(super) fn read(
    kind: &str,
    subtype: String,
    names: &Names,
) -> (Given<FormatKind>, String, Option<Conversion>) {
    let mut terms = TermReader::new(names);
    let given = terms.read(kind);
    let by_name = by_name(kind).filter(|_| subtype.is_empty());
    match (given, by_name) {
        (Given::Unknown(_), Some((kind, subtype))) => (
            Given::Known(kind),
            subtype.to_owned(),
            Some(Conversion::FormatName),
        ),
        (given, Some((_, subtype))) if terms.named => {
            (given, subtype.to_owned(), Some(Conversion::Named))
        }
        (given, _) => (given, subtype, terms.named.then_some(Conversion::Named)),
    }
}

/// The kind and subtype of a format with this name.
fn by_name(name: &str) -> Option<(FormatKind, &'static str)> {
    let name = name
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let name = name.strip_prefix('.').unwrap_or(&name);
    KNOWN.iter().find_map(|(kind, all)| {
        let known = all
            .iter()
            .find(|(subtype, names)| *subtype == name || names.contains(&name));
        known.map(|(subtype, _)| (*kind, *subtype))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_name_is_of_one_kind_and_none_is_the_term_of_a_kind() {
        let mut seen = HashSet::new();
        for (kind, all) in KNOWN {
            for (subtype, names) in all {
                for name in names.iter().chain([subtype]) {
                    assert!(seen.insert(*name), "{name}");
                    assert_eq!(*name, name.to_ascii_lowercase());
                    assert_eq!(by_name(&name.to_uppercase()), Some((kind, *subtype)));
                    assert_eq!(FormatKind::from_term(name), None);
                }
            }
        }
        assert_eq!(by_name(".CSV"), Some((FormatKind::Spreadsheet, "csv")));
        assert_eq!(
            by_name("text/html; charset=utf-8"),
            Some((FormatKind::File, "html"))
        );
        for unknown in ["", "zip", "BIN", "Originator data format", "电子表"] {
            assert_eq!(by_name(unknown), None);
        }
    }

    #[test]
    fn the_bureaus_table_says_of_which_kind_an_extension_is() {
        let names = [
            ["format", "自描述格式", "xml"],
            ["format", "电子表格", "表"],
        ];
        let names = Names::of(names).unwrap();
        let read = |kind, subtype: &str| read(kind, subtype.to_owned(), &names);
        let given = |kind, subtype: &str, conversion| {
            let subtype = subtype.to_owned();
            (Given::Known(kind), subtype, Some(conversion))
        };
        let (named, known) = (Conversion::Named, Conversion::FormatName);
        assert_eq!(
            read("XML", ""),
            given(FormatKind::SelfDescribing, "xml", named)
        );
        assert_eq!(
            read("表", "csv"),
            given(FormatKind::Spreadsheet, "csv", named)
        );
        assert_eq!(read("pdf", ""), given(FormatKind::File, "pdf", known));
        assert_eq!(read("pdf", "x").0, Given::Unknown("pdf".to_owned()));
    }
}
