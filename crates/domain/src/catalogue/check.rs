//! The admission of a draft as an entry, or the list of its problems.

use std::str::FromStr;

use chengji_messages::{Message, msg};

use super::draft::{Draft, Given};
use super::field_problem::FieldProblem;
use super::{
    AdministrativeLevel, Assessment, AssessmentOutcome, Entry, Format, FormatKind, Openness,
    Papers, Region, Secrecy, SecurityLevel, ShareClass, ShareManner, Sharing, UpdateCycle, Volume,
};
use crate::error::Error;
use crate::field::Field;
use crate::resource::{Classification, ResourceCode};
use crate::text::TextRule;

/// Names of entries and departments.
const NAME: TextRule = TextRule::line(1, 200);
const ABSTRACT: TextRule = TextRule::lines(1, 4_000);
const SUBTYPE: TextRule = TextRule::line(0, 40);
/// Conditions and legal bases.
pub(super) const CONDITION: TextRule = TextRule::lines(0, 1_000);
/// The number of the document with a consent.
const DOCUMENT: TextRule = TextRule::line(0, 200);
/// Related codes that an entry has at most.
const MAX_RELATED: usize = 50;
/// Maximum declared volume, in rows or bytes.
const MAX_VOLUME: u64 = 10_000_000_000_000;

impl Draft {
    /// Admits the draft as an entry, or lists all its problems. For new drafts only: published entries are
    /// never checked again.
    ///
    /// A secret entry is refused whatever its content, and nothing else about it is reported, so that no part
    /// of it appears in the report either.
    pub fn check(&self) -> Result<Entry, Vec<FieldProblem>> {
        if self.secret == Given::Known(true) {
            let yes = Secrecy(true).zh();
            return Err(vec![FieldProblem::new(
                Field::Secret,
                yes,
                msg::CatalogueSecretEntry,
            )]);
        }
        let mut check = Check::default();
        let entry = self.read(&mut check);
        match entry {
            Some(entry) if check.0.is_empty() => Ok(entry),
            _ => Err(check.0),
        }
    }

    fn read(&self, check: &mut Check) -> Option<Entry> {
        let classification = check.parse(Field::Classification, &self.classification);
        let code = check.parse(Field::Code, &self.code);
        if let (Some(code), Some(classification)) = (&code, &classification) {
            check.code_is_of(code, classification);
        }
        let name = check.text(Field::Name, &self.name, NAME);
        let provider = check.text(Field::Provider, &self.provider, NAME);
        let provider_code = check.parse(Field::ProviderCode, &self.provider_code);
        let summary = check.text(Field::Abstract, &self.summary, ABSTRACT);
        let formats = check.formats(&self.formats);
        let sharing = check.sharing(self);
        let share_uses = check.of_class(
            Field::ShareUses,
            &self.share_uses,
            (self, ShareClass::Conditional),
        );
        let share_reason = check.of_class(
            Field::ShareReason,
            &self.share_reason,
            (self, ShareClass::NotShared),
        );
        let items = check.items(self);
        let opening = check.opening(self);
        let update_cycle = check.term(Field::UpdateCycle, &self.update_cycle, UpdateCycle::terms);
        let published_on = check.date(Field::PublishedOn, &self.published_on);
        let related = check.related(&self.related);
        let level = check.term(
            Field::AdministrativeLevel,
            &self.level,
            AdministrativeLevel::terms,
        );
        check.term(Field::Secret, &self.secret, Secrecy::terms);
        let security_level = check.security_level(&self.security_level);
        let declared = Volume {
            rows: check.volume(Field::DeclaredRows, &self.declared_rows),
            bytes: check.volume(Field::DeclaredBytes, &self.declared_bytes),
        };
        let papers = check.papers(self);
        let region = check.region(&self.region);
        let superior_approval = check.superior_approval(&self.superior_approval);
        Some(Entry {
            code: code?,
            name: name?,
            classification: classification?,
            provider: provider?,
            provider_code: provider_code?,
            summary: summary?,
            formats,
            items,
            sharing: sharing?,
            share_uses,
            share_reason,
            opening,
            update_cycle: update_cycle?,
            published_on: published_on?,
            related,
            level: level?,
            security_level: security_level?,
            declared,
            papers,
            region,
            superior_approval,
        })
    }
}

/// Collects problems; each method returns the value, or `None` after adding a problem.
#[derive(Default)]
pub(super) struct Check(Vec<FieldProblem>);

impl Check {
    pub(super) fn report(&mut self, field: Field, value: &str, message: impl Into<Message>) {
        self.0.push(FieldProblem::new(field, value, message));
    }

    fn parse<T: FromStr<Err = Error>>(&mut self, field: Field, text: &str) -> Option<T> {
        if text.is_empty() {
            self.missing(field);
            return None;
        }
        text.parse()
            .map_err(|error: Error| self.report(field, text, malformed(field, error.message())))
            .ok()
    }

    pub(super) fn missing(&mut self, field: Field) {
        self.report(field, "", msg::CatalogueFieldMissing);
    }

    /// Checks the text of a required field.
    pub(super) fn text(&mut self, field: Field, text: &str, rule: TextRule) -> Option<String> {
        if text.is_empty() {
            self.missing(field);
            return None;
        }
        self.is_admitted(field, text, rule).then(|| text.to_owned())
    }

    /// Returns true if a text may be recorded; otherwise adds a problem.
    pub(super) fn is_admitted(&mut self, field: Field, text: &str, rule: TextRule) -> bool {
        let Some(fault) = rule.fault(text) else {
            return true;
        };
        self.report(field, text, fault.message());
        false
    }

    pub(super) fn term<T: Clone>(
        &mut self,
        field: Field,
        given: &Given<T>,
        terms: impl FnOnce() -> String,
    ) -> Option<T> {
        match given {
            Given::Known(value) => Some(value.clone()),
            Given::Missing => {
                self.missing(field);
                None
            }
            Given::Unknown(text) => {
                let terms = terms();
                self.report(field, text, msg::CatalogueValueUnknown { terms });
                None
            }
        }
    }

    fn code_is_of(&mut self, code: &ResourceCode, classification: &Classification) {
        if !code.is_of(classification) {
            let outside = msg::CatalogueCodeOutsideClassification {
                classification: classification.to_string(),
                digits: classification.digits(),
            };
            self.report(Field::Code, code.as_str(), outside);
        }
    }

    fn formats(&mut self, formats: &[(Given<FormatKind>, String)]) -> Vec<Format> {
        if formats.is_empty() {
            self.missing(Field::Formats);
        }
        formats
            .iter()
            .filter_map(|(kind, subtype)| {
                let kind = self.term(Field::Formats, kind, FormatKind::terms)?;
                let plain = self.is_admitted(Field::Formats, subtype, SUBTYPE);
                plain.then(|| Format {
                    kind,
                    subtype: subtype.clone(),
                })
            })
            .collect()
    }

    fn sharing(&mut self, draft: &Draft) -> Option<Sharing> {
        let class = self.term(Field::ShareClass, &draft.share_class, ShareClass::terms)?;
        let condition = &draft.share_condition;
        match class {
            ShareClass::Unconditional => {
                let manner = self.term(Field::ShareManner, &draft.share_manner, ShareManner::terms);
                if !condition.is_empty() {
                    let needless = msg::CatalogueConditionNeedless {
                        class: ShareClass::Conditional.zh(),
                    };
                    self.report(Field::ShareCondition, condition, needless);
                }
                Some(Sharing {
                    class,
                    condition: String::new(),
                    manner: Some(manner?),
                })
            }
            ShareClass::Conditional => {
                let manner = self.term(Field::ShareManner, &draft.share_manner, ShareManner::terms);
                let condition = self.text(Field::ShareCondition, condition, CONDITION);
                Some(Sharing {
                    class,
                    condition: condition?,
                    manner: Some(manner?),
                })
            }
            ShareClass::NotShared => {
                if !matches!(draft.share_manner, Given::Missing) {
                    self.report(Field::ShareManner, "", msg::CatalogueMannerNeedless);
                }
                let legal_basis = self.text(Field::ShareCondition, condition, CONDITION)?;
                if !cites_a_law(&legal_basis) {
                    self.report(
                        Field::ShareCondition,
                        &legal_basis,
                        msg::CatalogueBasisNotCited,
                    );
                    return None;
                }
                Some(Sharing {
                    class,
                    condition: legal_basis,
                    manner: None,
                })
            }
        }
    }

    /// Checks a text that only entries of one class have.
    fn of_class(
        &mut self,
        field: Field,
        text: &str,
        (draft, class): (&Draft, ShareClass),
    ) -> String {
        match draft.share_class {
            Given::Known(found) if found != class && !text.is_empty() => {
                let class = class.zh();
                self.report(field, text, msg::CatalogueTextOfOtherClass { class });
            }
            _ => {
                self.is_admitted(field, text, CONDITION);
            }
        }
        text.to_owned()
    }

    /// Reads the assessments and the consent. That one is absent is no problem of a draft.
    fn papers(&mut self, draft: &Draft) -> Papers {
        let number = &draft.consent_document;
        self.is_admitted(Field::ConsentDocument, number, DOCUMENT);
        Papers {
            secrecy: self.assessment(
                (Field::SecrecyAssessment, &draft.secrecy_assessment),
                (Field::SecrecyDocument, &draft.secrecy_document),
            ),
            personal_information: self.assessment(
                (
                    Field::PersonalInformationAssessment,
                    &draft.personal_information_assessment,
                ),
                (
                    Field::PersonalInformationDocument,
                    &draft.personal_information_document,
                ),
            ),
            consent_document: number.clone(),
        }
    }

    /// Reads an assessment: an outcome and a document, or neither.
    fn assessment(
        &mut self,
        (field, outcome): (Field, &Given<AssessmentOutcome>),
        (document_field, document): (Field, &str),
    ) -> Option<Assessment> {
        if *outcome == Given::Missing && document.is_empty() {
            return None;
        }
        let outcome = self.term(field, outcome, AssessmentOutcome::terms);
        let document = self.text(document_field, document, CONDITION);
        Some(Assessment {
            outcome: outcome?,
            document: document?,
        })
    }

    /// Reads the region; that none is given is no problem.
    fn region(&mut self, given: &Given<Region>) -> Option<Region> {
        match given {
            Given::Missing => None,
            Given::Known(region) => Some(region.clone()),
            Given::Unknown(text) => {
                let most = Region::MAX_DIVISIONS;
                self.report(Field::Region, text, msg::CatalogueRegionInvalid { most });
                None
            }
        }
    }

    /// Reads the sign of a required approval; none is required where it is missing.
    fn superior_approval(&mut self, given: &Given<bool>) -> bool {
        let field = Field::SuperiorApproval;
        *given != Given::Missing && self.term(field, given, Openness::terms) == Some(true)
    }

    fn opening(&mut self, draft: &Draft) -> Option<String> {
        let open = self.term(Field::Open, &draft.open, Openness::terms)?;
        let condition = &draft.open_condition;
        if !open && !condition.is_empty() {
            let needless = msg::CatalogueOpenConditionNeedless {
                yes: Openness(true).zh(),
            };
            self.report(Field::OpenCondition, condition, needless);
        }
        let plain = self.is_admitted(Field::OpenCondition, condition, CONDITION);
        (open && plain).then(|| condition.clone())
    }

    fn date(&mut self, field: Field, text: &str) -> Option<jiff::civil::Date> {
        if text.is_empty() {
            self.missing(field);
            return None;
        }
        let date = text.parse().ok().filter(|_| text.len() == 10);
        if date.is_none() {
            self.report(field, text, msg::CatalogueDateInvalid);
        }
        date
    }

    fn related(&mut self, related: &[String]) -> Vec<ResourceCode> {
        if related.len() > MAX_RELATED {
            let too_many = msg::CatalogueTooManyRelatedCodes {
                count: related.len(),
                most: MAX_RELATED,
            };
            self.report(Field::RelatedCodes, "", too_many);
        }
        related
            .iter()
            .filter_map(|code| self.parse(Field::RelatedCodes, code))
            .collect()
    }

    fn security_level(&mut self, given: &Given<u32>) -> Option<u8> {
        let text = match given {
            Given::Missing => {
                self.missing(Field::SecurityLevel);
                return None;
            }
            Given::Known(level) => match u8::try_from(*level) {
                Ok(level @ 1..=4) => return Some(level),
                _ => level.to_string(),
            },
            Given::Unknown(text) => text.clone(),
        };
        let unknown = msg::CatalogueValueUnknown {
            terms: SecurityLevel::terms(),
        };
        self.report(Field::SecurityLevel, &text, unknown);
        None
    }

    fn volume(&mut self, field: Field, given: &Given<u64>) -> Option<u64> {
        let text = match given {
            Given::Missing => return None,
            Given::Known(number) if *number <= MAX_VOLUME => return Some(*number),
            Given::Known(number) => number.to_string(),
            Given::Unknown(text) => text.clone(),
        };
        self.report(
            field,
            &text,
            msg::CatalogueVolumeInvalid { most: MAX_VOLUME },
        );
        None
    }
}

/// Returns the problem of a code, as its parser reports it.
fn malformed(field: Field, cause: &Message) -> Message {
    match field {
        Field::Classification => msg::CatalogueClassificationInvalid { cause }.into(),
        Field::ProviderCode => msg::CatalogueProviderCodeInvalid { cause }.into(),
        _ => msg::CatalogueCodeInvalid { cause }.into(),
    }
}

/// Returns true if a text names a document in 《》.
pub(super) fn cites_a_law(text: &str) -> bool {
    text.split_once('《')
        .and_then(|(_, rest)| rest.split_once('》'))
        .is_some_and(|(title, _)| !title.trim().is_empty())
}

#[cfg(test)]
#[path = "check_tests.rs"]
pub(super) mod tests;
