//! An entry as a dataset.

use std::fmt::Write as _;
use std::path::Path;

use chengji_domain::CityCode;
use chengji_domain::catalogue::{Assessment, Entry, Format, Item};
use chengji_domain::fact::Measurement;
use jiff::Timestamp;

use super::json::{Json, Object};
use super::{own, urn, vocabulary};

/// A published entry with the data that describes it.
#[derive(Clone, Debug)]
pub struct Published {
    /// The entry.
    pub entry: Entry,
    /// Its revision, from 1.
    pub revision: u32,
    /// The time of that publication.
    pub at: Timestamp,
    /// The mounted file's name and its measurement.
    pub mount: Option<(String, Measurement)>,
}

/// An entry as a dataset, with the names of the profile first.
pub(super) fn dataset(city: CityCode, published: &Published) -> Object<'_> {
    let entry = &published.entry;
    let code = entry.code.as_str();
    let rights = |text: String| Object::node(text, "dct:RightsStatement");
    let frequency = vocabulary::frequency(entry.update_cycle);
    let related = entry.related.iter();
    let related = related.map(|code| format!("{}{city}:{code}", urn::RESOURCE).into());
    let dataset = Object::node(format!("{}{city}:{code}", urn::RESOURCE), "dcat:Dataset")
        .with("dct:identifier", code)
        .with("dct:title", entry.name.as_str())
        .with("dct:description", entry.summary.as_str())
        .with("dct:publisher", provider(entry))
        .with("dcat:theme", theme(entry))
        .with(
            "dct:accrualPeriodicity",
            Object::node(frequency, "dct:Frequency"),
        )
        .with("dct:issued", entry.published_on.to_string())
        .with("dct:modified", published.at.to_string())
        .with("dcat:version", published.revision.to_string())
        .with("dct:accessRights", rights(vocabulary::access_right(entry)))
        .with("dct:spatial", division(city))
        .with_list("dct:relation", related.collect())
        .with("dcat:distribution", distributions(city, published));
    own_part(dataset, entry)
}

/// An agent whose name begins with this urn.
pub(super) fn agent<'a>(urn: &str, name: &'a str, identifier: &str) -> Object<'a> {
    Object::node(format!("{urn}{identifier}"), "foaf:Agent")
        .with("foaf:name", name)
        .with("dct:identifier", identifier.to_owned())
}

fn provider(entry: &Entry) -> Object<'_> {
    let code = entry.provider_code.to_string();
    agent(urn::ORGANISATION, &entry.provider, &code)
}

fn theme(entry: &Entry) -> Object<'_> {
    let path = entry.classification.to_string();
    Object::node(format!("{}{path}", urn::CLASSIFICATION), "skos:Concept")
        .with("skos:notation", path.clone())
        .with("skos:prefLabel", path)
        .with("skos:inScheme", urn::SCHEME)
}

fn division<'a>(city: CityCode) -> Object<'a> {
    Object::node(format!("{}{city}", urn::DIVISION), "dct:Location")
        .with("dct:identifier", city.to_string())
        .with("skos:prefLabel", city.to_string())
}

/// Properties that exist only in the government's catalogue.
fn own_part<'a>(dataset: Object<'a>, entry: &'a Entry) -> Object<'a> {
    let manner = entry.share_manner().map(|manner| manner.en());
    let (secrecy, document) = assessment(entry.papers.secrecy.as_ref());
    let (personal, personal_document) = assessment(entry.papers.personal_information.as_ref());
    let region = entry.region.as_ref().map(ToString::to_string);
    let approval = entry.superior_approval.then_some(true);
    dataset
        .with(own::SECRET, false)
        .with(own::SHARE_CLASS, entry.share_class().en())
        .with_text(own::SHARE_CONDITION, entry.share_condition())
        .with_some(own::SHARE_MANNER, manner)
        .with(own::OPEN, entry.opening.is_some())
        .with_text(
            own::OPEN_CONDITION,
            entry.opening.as_deref().unwrap_or_default(),
        )
        .with(own::LEVEL, entry.level.en())
        .with(own::SECURITY_LEVEL, u64::from(entry.security_level))
        .with_some(own::DECLARED_ROWS, entry.declared.rows)
        .with_some(own::DECLARED_BYTES, entry.declared.bytes)
        .with_text(own::SHARE_USES, &entry.share_uses)
        .with_text(own::SHARE_REASON, &entry.share_reason)
        .with_text(own::SECRECY_ASSESSMENT, secrecy)
        .with_text(own::SECRECY_DOCUMENT, document)
        .with_text(own::PERSONAL_INFORMATION_ASSESSMENT, personal)
        .with_text(own::PERSONAL_INFORMATION_DOCUMENT, personal_document)
        .with_text(own::CONSENT_DOCUMENT, &entry.papers.consent_document)
        .with_some(own::REGION, region)
        .with_some(own::SUPERIOR_APPROVAL, approval)
        .with_list(own::ITEMS, entry.items.iter().map(item).collect())
}

/// Outcome and document; empty without an assessment.
fn assessment(assessment: Option<&Assessment>) -> (&str, &str) {
    assessment.map_or(("", ""), |made| (made.outcome.en(), made.document.as_str()))
}

fn item(item: &Item) -> Json<'_> {
    let object = Object::blank("chengji:Item")
        .with(own::ITEM_NAME, item.name.as_str())
        .with(own::ITEM_TYPE, item.kind.en())
        .with(own::ITEM_LENGTH, u64::from(item.length));
    let Some(sharing) = &item.sharing else {
        return object.into();
    };
    object
        .with(own::SHARE_CLASS, sharing.class.en())
        .with_text(own::SHARE_CONDITION, &sharing.condition)
        .with_some(own::SHARE_MANNER, sharing.manner.map(|manner| manner.en()))
        .into()
}

/// One distribution for each format. The measurement belongs to the only format, or to the one that
/// matches the file's extension.
fn distributions(city: CityCode, published: &Published) -> Vec<Json<'_>> {
    let formats = &published.entry.formats;
    let mounted = published.mount.as_ref().and_then(|(file, measured)| {
        let at = match formats.as_slice() {
            [_] => 0,
            formats => formats.iter().position(|format| ends_in(file, format))?,
        };
        Some((at, measured))
    });
    let formats = formats.iter().enumerate();
    formats
        .map(|(at, format)| {
            let measured = mounted.filter(|(of, _)| *of == at);
            let measured = measured.map(|(_, measured)| measured);
            distribution(city, published, (at, format), measured)
        })
        .collect()
}

fn ends_in(file: &str, format: &Format) -> bool {
    let extension = Path::new(file).extension().and_then(|e| e.to_str());
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case(&format.subtype))
}

fn distribution<'a>(
    city: CityCode,
    published: &'a Published,
    (at, format): (usize, &'a Format),
    measured: Option<&Measurement>,
) -> Json<'a> {
    let Published { entry, .. } = published;
    let (code, number) = (&entry.code, at + 1);
    let name = format!("{}{city}:{code}:{number}", urn::DISTRIBUTION);
    let title = format!("{} {}", format.kind.zh(), format.subtype);
    let known = vocabulary::file_type(&format.subtype);
    let (file_type, media_type) = known.unzip();
    let label = match format.subtype.as_str() {
        "" => format.kind.zh(),
        subtype => subtype,
    };
    let file_type = file_type.unwrap_or_else(|| format_urn(format));
    let file_type = Object::node(file_type, "dct:MediaTypeOrExtent").with("rdfs:label", label);
    let condition = entry.opening.as_deref().filter(|text| !text.is_empty());
    let rights =
        condition.map(|text| Object::blank("dct:RightsStatement").with("rdfs:label", text));
    Object::node(name, "dcat:Distribution")
        .with("dct:title", title.trim_end().to_owned())
        .with("dcat:accessURL", format!("{}{city}:{code}", urn::RESOURCE))
        .with("dct:format", file_type)
        .with_some(
            "dcat:mediaType",
            media_type.map(|iri| Object::node(iri, "dct:MediaType")),
        )
        .with_some("dct:rights", rights)
        .with_some(
            "dcat:byteSize",
            measured.map(|measured| measured.bytes.to_string()),
        )
        .with_some("spdx:checksum", measured.map(checksum))
        .with_some("chengji:rows", measured.and_then(|measured| measured.rows))
        .with(own::FORMAT_KIND, format.kind.en())
        .with_text(own::FORMAT_SUBTYPE, &format.subtype)
        .into()
}

fn checksum<'a>(measured: &Measurement) -> Object<'a> {
    let sha256 = Object::node("spdx:checksumAlgorithm_sha256", "spdx:ChecksumAlgorithm");
    Object::blank("spdx:Checksum")
        .with("spdx:algorithm", sha256)
        .with("spdx:checksumValue", measured.digest.to_string())
}

/// A name for a format that the vocabulary of file types lacks.
fn format_urn(format: &Format) -> String {
    let text = match format.subtype.as_str() {
        "" => format.kind.en(),
        subtype => subtype,
    };
    let mut urn = urn::FORMAT.to_owned();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_') {
            urn.push(char::from(byte.to_ascii_lowercase()));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(urn, "%{byte:02X}");
        }
    }
    urn
}
