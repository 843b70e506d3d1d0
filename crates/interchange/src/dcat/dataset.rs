//! Reads a dataset into a draft. Nothing is guessed: missing properties stay empty, and the check reports
//! them. The property that marks the dataset as secret is read first: of a secret one nothing else is
//! read.

use std::str::FromStr;

use chengji_domain::Field;
use chengji_domain::catalogue::{
    AdministrativeLevel, AssessmentOutcome, Draft, DraftItem, FieldProblem, FormatKind, Given,
    ItemType, ShareClass, ShareManner, UpdateCycle,
};
use chengji_messages::msg;
use serde_json::{Map, Value};

use super::super::cells::unknown_secrecy;
use super::{own, urn, vocabulary};

/// A dataset after reading.
#[derive(Debug, Default)]
pub(super) struct ParsedDataset {
    /// `None` where it is unclear whether it is secret.
    pub(super) draft: Option<Draft>,
    pub(super) problems: Vec<FieldProblem>,
    /// The dataset's own name; `None` for a secret one.
    pub(super) name: Option<String>,
}

/// Reads a dataset whose names were converted.
pub(super) fn read(dataset: &Map<String, Value>) -> ParsedDataset {
    let secret = match scalar(dataset.get(own::SECRET)) {
        Ok(text) => Given::from_cell(&text, truth),
        Err(Several) => Given::Unknown(String::new()),
    };
    match secret {
        Given::Known(true) => ParsedDataset {
            draft: Some(Draft {
                secret,
                ..Draft::default()
            }),
            ..ParsedDataset::default()
        },
        Given::Unknown(value) => ParsedDataset {
            problems: vec![unknown_secrecy(&value)],
            ..ParsedDataset::default()
        },
        Given::Known(false) | Given::Missing => {
            let mut reader = Reader {
                dataset,
                problems: Vec::new(),
            };
            let draft = reader.draft(secret);
            let id = dataset
                .get("@id")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let name = [draft.code.as_str(), id]
                .into_iter()
                .find(|name| !name.is_empty());
            ParsedDataset {
                name: name.map(str::to_owned),
                draft: Some(draft),
                problems: reader.problems,
            }
        }
    }
}

struct Reader<'a> {
    dataset: &'a Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl<'a> Reader<'a> {
    fn draft(&mut self, secret: Given<bool>) -> Draft {
        let dataset = self.dataset;
        let nobody = Map::new();
        let provider = self.provider().unwrap_or(&nobody);
        Draft {
            code: self.text(Field::Code, dataset, "dct:identifier"),
            name: self.text(Field::Name, dataset, "dct:title"),
            classification: self.classification(),
            provider: self.text(Field::Provider, provider, "foaf:name"),
            provider_code: self.text(Field::ProviderCode, provider, "dct:identifier"),
            summary: self.text(Field::Abstract, dataset, "dct:description"),
            formats: self.formats(),
            items: self.items(),
            share_class: self.term(
                Field::ShareClass,
                dataset,
                own::SHARE_CLASS,
                ShareClass::from_term,
            ),
            share_condition: self.text(Field::ShareCondition, dataset, own::SHARE_CONDITION),
            share_manner: self.term(
                Field::ShareManner,
                dataset,
                own::SHARE_MANNER,
                ShareManner::from_term,
            ),
            open: self.term(Field::Open, dataset, own::OPEN, truth),
            open_condition: self.text(Field::OpenCondition, dataset, own::OPEN_CONDITION),
            update_cycle: self.update_cycle(),
            published_on: self.text(Field::PublishedOn, dataset, "dct:issued"),
            related: self.related(),
            level: self.term(
                Field::AdministrativeLevel,
                dataset,
                own::LEVEL,
                AdministrativeLevel::from_term,
            ),
            secret,
            security_level: self.number(Field::SecurityLevel, own::SECURITY_LEVEL),
            declared_rows: self.number(Field::DeclaredRows, own::DECLARED_ROWS),
            declared_bytes: self.number(Field::DeclaredBytes, own::DECLARED_BYTES),
            share_uses: self.text(Field::ShareUses, dataset, own::SHARE_USES),
            share_reason: self.text(Field::ShareReason, dataset, own::SHARE_REASON),
            region: Given::parsed(&self.text(Field::Region, dataset, own::REGION)),
            superior_approval: self.term(
                Field::SuperiorApproval,
                dataset,
                own::SUPERIOR_APPROVAL,
                truth,
            ),
            ..self.papers()
        }
    }

    /// A draft with the assessments and the consent alone.
    fn papers(&mut self) -> Draft {
        let dataset = self.dataset;
        let outcome = AssessmentOutcome::from_term;
        let (secrecy, personal) = (
            Field::SecrecyAssessment,
            Field::PersonalInformationAssessment,
        );
        Draft {
            secrecy_assessment: self.term(secrecy, dataset, own::SECRECY_ASSESSMENT, outcome),
            secrecy_document: self.text(Field::SecrecyDocument, dataset, own::SECRECY_DOCUMENT),
            personal_information_assessment: self.term(
                personal,
                dataset,
                own::PERSONAL_INFORMATION_ASSESSMENT,
                outcome,
            ),
            personal_information_document: self.text(
                Field::PersonalInformationDocument,
                dataset,
                own::PERSONAL_INFORMATION_DOCUMENT,
            ),
            consent_document: self.text(Field::ConsentDocument, dataset, own::CONSENT_DOCUMENT),
            ..Draft::default()
        }
    }

    /// The single value of a property, with its line breaks normalized.
    fn text(&mut self, field: Field, of: &Map<String, Value>, property: &str) -> String {
        match scalar(of.get(property)) {
            Ok(text) if text.contains('\r') => text.replace("\r\n", "\n").replace('\r', "\n"),
            Ok(text) => text,
            Err(Several) => {
                self.several(field, property);
                String::new()
            }
        }
    }

    fn term<T>(
        &mut self,
        field: Field,
        of: &Map<String, Value>,
        property: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Given<T> {
        Given::from_cell(&self.text(field, of, property), read)
    }

    fn number<T: FromStr>(&mut self, field: Field, property: &str) -> Given<T> {
        Given::parsed(&self.text(field, self.dataset, property))
    }

    /// The single publisher, if it is described in place.
    fn provider(&mut self) -> Option<&'a Map<String, Value>> {
        match all(self.dataset.get("dct:publisher")).as_slice() {
            [] => None,
            [one] => one.as_object(),
            _ => {
                self.several(Field::Provider, "dct:publisher");
                None
            }
        }
    }

    /// The theme of the national classification; a dataset may have others besides.
    fn classification(&mut self) -> String {
        let themes = all(self.dataset.get("dcat:theme"));
        let ours = themes
            .iter()
            .filter_map(|theme| id(theme)?.strip_prefix(urn::CLASSIFICATION));
        match ours.collect::<Vec<_>>().as_slice() {
            [] => String::new(),
            [path] => (*path).to_owned(),
            _ => {
                self.several(Field::Classification, "dcat:theme");
                String::new()
            }
        }
    }

    fn update_cycle(&mut self) -> Given<UpdateCycle> {
        match all(self.dataset.get("dct:accrualPeriodicity")).as_slice() {
            [] => Given::Missing,
            [one] => Given::from_cell(id(one).unwrap_or("?"), vocabulary::update_cycle),
            _ => {
                self.several(Field::UpdateCycle, "dct:accrualPeriodicity");
                Given::Missing
            }
        }
    }

    fn related(&mut self) -> Vec<String> {
        let related = all(self.dataset.get("dct:relation"));
        let code = |iri: &str| {
            let ours = iri.strip_prefix(urn::RESOURCE);
            let code = ours
                .and_then(|rest| rest.split_once(':'))
                .map(|(_, code)| code);
            code.unwrap_or(iri).to_owned()
        };
        related
            .iter()
            .map(|value| code(id(value).unwrap_or("?")))
            .collect()
    }

    /// The format of each distribution; those without a kind are one problem.
    fn formats(&mut self) -> Vec<(Given<FormatKind>, String)> {
        let nothing = Map::new();
        let mut formats = Vec::new();
        for distribution in all(self.dataset.get("dcat:distribution")) {
            let distribution = distribution.as_object().unwrap_or(&nothing);
            let kind = self.term(
                Field::Formats,
                distribution,
                own::FORMAT_KIND,
                FormatKind::from_term,
            );
            let subtype = self.text(Field::Formats, distribution, own::FORMAT_SUBTYPE);
            let format = (kind, subtype);
            if format.0 != Given::Missing || !formats.contains(&format) {
                formats.push(format);
            }
        }
        formats
    }

    fn items(&mut self) -> Vec<DraftItem> {
        let list = all(self.dataset.get(own::ITEMS));
        let list = match list.as_slice() {
            [one] => one
                .get("@list")
                .map_or(list.clone(), |list| all(Some(list))),
            _ => list,
        };
        let nothing = Map::new();
        let items = list.iter().map(|item| item.as_object().unwrap_or(&nothing));
        items.map(|item| self.item(item)).collect()
    }

    fn item(&mut self, item: &Map<String, Value>) -> DraftItem {
        let length = self.text(Field::Items, item, own::ITEM_LENGTH);
        DraftItem {
            name: self.text(Field::Items, item, own::ITEM_NAME),
            kind: self.term(Field::Items, item, own::ITEM_TYPE, ItemType::from_term),
            length: self.length(&length),
            share_class: self.term(Field::Items, item, own::SHARE_CLASS, ShareClass::from_term),
            share_condition: self.text(Field::Items, item, own::SHARE_CONDITION),
            share_manner: self.term(
                Field::Items,
                item,
                own::SHARE_MANNER,
                ShareManner::from_term,
            ),
        }
    }

    fn length(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        text.parse().unwrap_or_else(|_| {
            let invalid = msg::DcatLengthInvalid {
                most: u32::MAX,
                property: own::ITEM_LENGTH,
            };
            self.problems
                .push(FieldProblem::new(Field::Items, text, invalid));
            0
        })
    }

    fn several(&mut self, field: Field, property: &str) {
        let several = msg::DcatSeveralValues { property };
        self.problems.push(FieldProblem::new(field, "", several));
    }
}

/// A property has several values, or one that is not plain.
struct Several;

/// The one plain value of a property as a text; empty where there is none.
fn scalar(value: Option<&Value>) -> Result<String, Several> {
    match value {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Bool(truth)) => Ok(truth.to_string()),
        Some(Value::Number(number)) => Ok(number.to_string()),
        Some(Value::Array(values)) => match values.as_slice() {
            [] => Ok(String::new()),
            [one] => scalar(Some(one)),
            _ => Err(Several),
        },
        Some(Value::Object(literal)) => match literal.get("@value") {
            Some(value) if !value.is_object() => scalar(Some(value)),
            _ => Err(Several),
        },
    }
}

/// The values of a property; one and a list of one are the same.
fn all(value: Option<&Value>) -> Vec<&Value> {
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => values.iter().collect(),
        Some(one) => vec![one],
    }
}

/// The id of a referenced node.
fn id(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("@id")?.as_str())
}

fn truth(text: &str) -> Option<bool> {
    text.parse().ok()
}
