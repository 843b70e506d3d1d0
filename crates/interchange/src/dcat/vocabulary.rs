//! The terms of the European Union's controlled vocabularies and of IANA: frequencies, access rights,
//! file types and media types.

use chengji_domain::catalogue::{Entry, ShareClass, UpdateCycle};

const FREQUENCY: &str = "http://publications.europa.eu/resource/authority/frequency/";
const ACCESS: &str = "http://publications.europa.eu/resource/authority/access-right/";
const FILE_TYPE: &str = "http://publications.europa.eu/resource/authority/file-type/";
const MEDIA_TYPE: &str = "https://www.iana.org/assignments/media-types/";

/// Chinese, in the vocabulary of languages.
pub(super) const CHINESE: &str = "http://publications.europa.eu/resource/authority/language/ZHO";
/// The application profile that a catalogue follows.
pub(super) const DCAT_AP: &str = "https://semiceu.github.io/DCAT-AP/releases/3.0.1";

/// An update cycle as a frequency.
pub(super) fn frequency(cycle: UpdateCycle) -> String {
    let name = match cycle {
        UpdateCycle::RealTime => "CONT",
        UpdateCycle::Daily => "DAILY",
        UpdateCycle::Weekly => "WEEKLY",
        UpdateCycle::Monthly => "MONTHLY",
        UpdateCycle::Quarterly => "QUARTERLY",
        UpdateCycle::HalfYearly => "ANNUAL_2",
        UpdateCycle::Yearly => "ANNUAL",
        UpdateCycle::Irregular => "IRREG",
        UpdateCycle::Other => "OTHER",
    };
    format!("{FREQUENCY}{name}")
}

/// The update cycle of a frequency; `None` for those without an equivalent.
pub(super) fn update_cycle(iri: &str) -> Option<UpdateCycle> {
    let all = UpdateCycle::ALL.iter().copied();
    all.into_iter().find(|cycle| frequency(*cycle) == iri)
}

/// The audience of an entry: the public if it is open, on any condition; other bodies of government if it
/// is shared; otherwise nobody.
pub(super) fn access_right(entry: &Entry) -> String {
    let name = match (&entry.opening, entry.share_class()) {
        (Some(_), _) => "PUBLIC",
        (None, ShareClass::Unconditional | ShareClass::Conditional) => "RESTRICTED",
        (None, ShareClass::NotShared) => "NON_PUBLIC",
    };
    format!("{ACCESS}{name}")
}

/// Subtypes of formats with the name of their file type and their media type.
const FILE_TYPES: [(&str, &str, &str); 26] = [
    ("csv", "CSV", "text/csv"),
    ("doc", "DOC", "application/msword"),
    (
        "docx",
        "DOCX",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("geojson", "GEOJSON", "application/geo+json"),
    ("gif", "GIF", "image/gif"),
    ("gml", "GML", "application/gml+xml"),
    ("htm", "HTML", "text/html"),
    ("html", "HTML", "text/html"),
    ("jpeg", "JPEG", "image/jpeg"),
    ("jpg", "JPEG", "image/jpeg"),
    ("json", "JSON", "application/json"),
    (
        "ods",
        "ODS",
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
    ("odt", "ODT", "application/vnd.oasis.opendocument.text"),
    ("pdf", "PDF", "application/pdf"),
    ("png", "PNG", "image/png"),
    ("ppt", "PPT", "application/vnd.ms-powerpoint"),
    (
        "pptx",
        "PPTX",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    ("rtf", "RTF", "application/rtf"),
    ("shp", "SHP", "application/vnd.shp"),
    ("tif", "TIFF", "image/tiff"),
    ("tiff", "TIFF", "image/tiff"),
    ("txt", "TXT", "text/plain"),
    ("xls", "XLS", "application/vnd.ms-excel"),
    (
        "xlsx",
        "XLSX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("xml", "XML", "application/xml"),
    ("zip", "ZIP", "application/zip"),
];

/// The file type and the media type of a format's subtype, if it is known.
pub(super) fn file_type(subtype: &str) -> Option<(String, String)> {
    let known = FILE_TYPES.iter();
    let (_, file, media) = known
        .into_iter()
        .find(|(name, ..)| subtype.eq_ignore_ascii_case(name))?;
    Some((format!("{FILE_TYPE}{file}"), format!("{MEDIA_TYPE}{media}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cycle_is_a_frequency_and_back() {
        for cycle in UpdateCycle::ALL {
            assert_eq!(update_cycle(&frequency(*cycle)), Some(*cycle));
        }
        assert_eq!(update_cycle(&format!("{FREQUENCY}BIENNIAL")), None);
    }

    #[test]
    fn known_file_types_are_named_and_others_are_not_guessed() {
        let (file, media) = file_type("CSV").unwrap();
        assert!(file.ends_with("/file-type/CSV") && media.ends_with("/text/csv"));
        assert_eq!(file_type("kingbase"), None);
    }
}
