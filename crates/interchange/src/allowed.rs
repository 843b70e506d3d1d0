//! The values that a field accepts, as listed for people.

use chengji_domain::Field;
use chengji_domain::catalogue::{
    AdministrativeLevel, AssessmentOutcome, FormatKind, ItemType, Openness, ShareClass,
    ShareManner, UpdateCycle,
};
use chengji_messages::{Message, msg};

/// The longest name, in characters.
const MAX_NAME: u32 = 200;

/// The values of a field with a closed vocabulary, as files hold them; none for other fields.
pub(super) fn terms(field: Field) -> Vec<&'static str> {
    fn all<T: Copy>(all: &[T], zh: fn(T) -> &'static str) -> Vec<&'static str> {
        all.iter().copied().map(zh).collect()
    }
    match field {
        Field::ShareClass => all(ShareClass::ALL, ShareClass::zh),
        Field::ShareManner => all(ShareManner::ALL, ShareManner::zh),
        Field::UpdateCycle => all(UpdateCycle::ALL, UpdateCycle::zh),
        Field::AdministrativeLevel => all(AdministrativeLevel::ALL, AdministrativeLevel::zh),
        Field::Open | Field::Secret | Field::SuperiorApproval => {
            [true, false].map(|yes| Openness(yes).zh()).to_vec()
        }
        Field::SecrecyAssessment | Field::PersonalInformationAssessment => {
            all(AssessmentOutcome::ALL, AssessmentOutcome::zh)
        }
        Field::SecurityLevel => vec!["1", "2", "3", "4"],
        _ => Vec::new(),
    }
}

/// Returns the form of a field, where its heading does not give it.
pub(super) fn explained(field: Field) -> Option<Message> {
    Some(match field {
        Field::Classification => msg::SheetFillClassification.into(),
        Field::Code => msg::SheetFillCode.into(),
        Field::ProviderCode => msg::SheetFillProviderCode.into(),
        Field::Abstract => msg::SheetFillAbstract.into(),
        Field::Formats => msg::SheetFillFormats.into(),
        Field::Items => msg::SheetFillItems.into(),
        Field::ShareCondition => msg::SheetFillShareCondition.into(),
        Field::ShareManner => msg::SheetFillShareManner.into(),
        Field::OpenCondition => msg::SheetFillOpenCondition.into(),
        Field::PublishedOn => msg::SheetFillDate.into(),
        Field::RelatedCodes => msg::SheetFillRelatedCodes.into(),
        Field::Secret => msg::SheetFillSecret.into(),
        Field::SecurityLevel => msg::SheetFillSecurityLevel.into(),
        Field::DeclaredRows | Field::DeclaredBytes => msg::SheetFillNumber.into(),
        Field::ShareUses => msg::SheetFillShareUses.into(),
        Field::ShareReason => msg::SheetFillShareReason.into(),
        Field::SecrecyAssessment | Field::PersonalInformationAssessment => {
            msg::SheetFillAssessment.into()
        }
        Field::SecrecyDocument | Field::PersonalInformationDocument => {
            msg::SheetFillDocument.into()
        }
        Field::ConsentDocument => msg::SheetFillConsentDocument.into(),
        Field::Region => msg::SheetFillRegion.into(),
        Field::SuperiorApproval => msg::SheetFillSuperiorApproval.into(),
        _ => return None,
    })
}

/// The types of items, as files may hold them.
pub(super) fn item_types() -> Message {
    both(ItemType::ALL, ItemType::zh, ItemType::en)
}

/// The values that a field takes, with the terms of closed vocabularies as files may hold them.
pub(super) fn in_full(field: Field) -> Message {
    match field {
        Field::ShareClass => both(ShareClass::ALL, ShareClass::zh, ShareClass::en),
        Field::ShareManner => both(ShareManner::ALL, ShareManner::zh, ShareManner::en),
        Field::UpdateCycle => both(UpdateCycle::ALL, UpdateCycle::zh, UpdateCycle::en),
        Field::AdministrativeLevel => both(
            AdministrativeLevel::ALL,
            AdministrativeLevel::zh,
            AdministrativeLevel::en,
        ),
        Field::SecrecyAssessment | Field::PersonalInformationAssessment => both(
            AssessmentOutcome::ALL,
            AssessmentOutcome::zh,
            AssessmentOutcome::en,
        ),
        Field::Formats => msg::SheetAllowedFormats {
            kinds: both(FormatKind::ALL, FormatKind::zh, FormatKind::en),
            form: msg::SheetFillFormats,
        }
        .into(),
        Field::Open | Field::Secret | Field::SuperiorApproval => {
            one_of(terms(field), vec!["yes", "no"])
        }
        Field::Name | Field::Provider => msg::SheetFillName { most: MAX_NAME }.into(),
        field => explained(field).unwrap_or_else(|| msg::SheetFillText.into()),
    }
}

fn both<T: Copy>(all: &[T], zh: fn(T) -> &'static str, en: fn(T) -> &'static str) -> Message {
    let terms = |term: fn(T) -> &'static str| all.iter().copied().map(term).collect();
    one_of(terms(zh), terms(en))
}

fn one_of(terms: Vec<&'static str>, english: Vec<&'static str>) -> Message {
    msg::SheetAllowedTerms { english, terms }.into()
}
