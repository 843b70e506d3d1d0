//! The catalogue as DCAT-AP 3 in JSON-LD: the format that data portals and harvesters such as CKAN's
//! read, and that `read` takes back without loss.
//!
//! Each entry is a `dcat:Dataset`, each of its formats a `dcat:Distribution`. Properties without a DCAT
//! term are in this software's namespace, `urn:chengji:catalogue#`, with the names in `own`; the terms of
//! closed vocabularies are those of the domain in English. Things without an address on the web have
//! names: `urn:chengji:resource:<city>:<code>` and the like (`urn`). So a distribution's `dcat:accessURL`
//! names the resource to request from its city.
//!
//! Nothing here accesses the network, not even for a `@context`.

mod context;
mod dataset;
mod describe;
mod json;
mod metered;
mod read;
mod vocabulary;
mod write;

#[cfg(test)]
mod tests;

pub use self::describe::Published;
pub(crate) use self::read::{is_jsonld, read};
pub use self::write::{Catalogue, Writer};

/// Names in this software's namespace.
mod own {
    /// Share class of an entry or item.
    pub(super) const SHARE_CLASS: &str = "chengji:shareClass";
    /// Share condition; for class 3 the legal basis.
    pub(super) const SHARE_CONDITION: &str = "chengji:shareCondition";
    /// Share manner.
    pub(super) const SHARE_MANNER: &str = "chengji:shareManner";
    /// True if the entry is open to the public.
    pub(super) const OPEN: &str = "chengji:open";
    /// The condition of opening.
    pub(super) const OPEN_CONDITION: &str = "chengji:openCondition";
    /// Administrative level.
    pub(super) const LEVEL: &str = "chengji:administrativeLevel";
    /// True if the entry is secret; secret entries are never written.
    pub(super) const SECRET: &str = "chengji:secret";
    /// Security level, 1 to 4.
    pub(super) const SECURITY_LEVEL: &str = "chengji:securityLevel";
    /// Declared rows and bytes.
    pub(super) const DECLARED_ROWS: &str = "chengji:declaredRows";
    pub(super) const DECLARED_BYTES: &str = "chengji:declaredBytes";
    /// Uses of a conditional entry, and the reason of one that is not shared.
    pub(super) const SHARE_USES: &str = "chengji:shareUses";
    pub(super) const SHARE_REASON: &str = "chengji:shareReason";
    /// Outcomes and documents of the assessments, and the document of the head's consent.
    pub(super) const SECRECY_ASSESSMENT: &str = "chengji:secrecyAssessment";
    pub(super) const SECRECY_DOCUMENT: &str = "chengji:secrecyAssessmentDocument";
    pub(super) const PERSONAL_INFORMATION_ASSESSMENT: &str =
        "chengji:personalInformationAssessment";
    pub(super) const PERSONAL_INFORMATION_DOCUMENT: &str =
        "chengji:personalInformationAssessmentDocument";
    pub(super) const CONSENT_DOCUMENT: &str = "chengji:consentDocument";
    /// The region that the data may not leave, and the need of the common superior authority's approval.
    pub(super) const REGION: &str = "chengji:region";
    pub(super) const SUPERIOR_APPROVAL: &str = "chengji:superiorApproval";
    /// The items, in order; each with name, type, length and optionally its own sharing.
    pub(super) const ITEMS: &str = "chengji:items";
    pub(super) const ITEM_NAME: &str = "chengji:name";
    pub(super) const ITEM_TYPE: &str = "chengji:type";
    pub(super) const ITEM_LENGTH: &str = "chengji:length";
    /// Kind and subtype of a distribution's format.
    pub(super) const FORMAT_KIND: &str = "chengji:formatKind";
    pub(super) const FORMAT_SUBTYPE: &str = "chengji:formatSubtype";
}

/// Prefixes of the names of things.
mod urn {
    pub(super) const CATALOGUE: &str = "urn:chengji:catalogue:";
    pub(super) const CITY: &str = "urn:chengji:city:";
    pub(super) const DIVISION: &str = "urn:chengji:division:";
    pub(super) const RESOURCE: &str = "urn:chengji:resource:";
    pub(super) const DISTRIBUTION: &str = "urn:chengji:distribution:";
    pub(super) const ORGANISATION: &str = "urn:chengji:organisation:";
    pub(super) const CLASSIFICATION: &str = "urn:chengji:classification:";
    pub(super) const SCHEME: &str = "urn:chengji:classification";
    pub(super) const FORMAT: &str = "urn:chengji:format:";
}
