//! Names of fields, and the places of wrong values.

use std::borrow::Cow;
use std::fmt;

use chengji_messages::{Language, Message, Value, msg};

macro_rules! fields {
    ($( #[doc = $doc:literal] $name:ident = $text:literal, $label:ident; )*) => {
        /// A field of an entry, a request or a move. The text form (`as_str`) is pinned.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field { $( #[doc = $doc] $name, )* }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[ $( Self::$name, )* ];

            /// The field's name in the contract.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$name => $text, )* }
            }

            /// The field's name for people.
            pub fn label(self) -> Message {
                match self { $( Self::$name => msg::$label.into(), )* }
            }
        }
    };
}

fields! {
    /// The classification of an entry.
    Classification = "classification", FieldClassification;
    /// A name.
    Name = "name", FieldName;
    /// The code of an entry.
    Code = "code", FieldCode;
    /// The article of a regulation.
    Article = "article", FieldArticle;
    /// The providing department.
    Provider = "provider", FieldProvider;
    /// The providing department's code.
    ProviderCode = "provider_code", FieldProviderCode;
    /// The abstract of an entry.
    Abstract = "abstract", FieldAbstract;
    /// The formats of the data.
    Formats = "formats", FieldFormats;
    /// The items of the data.
    Items = "items", FieldItems;
    /// The class of sharing.
    ShareClass = "share_class", FieldShareClass;
    /// The condition of sharing.
    ShareCondition = "share_condition", FieldShareCondition;
    /// The manner of sharing.
    ShareManner = "share_manner", FieldShareManner;
    /// The openness of the data to the public.
    Open = "open", FieldOpen;
    /// The condition of openness.
    OpenCondition = "open_condition", FieldOpenCondition;
    /// The update cycle.
    UpdateCycle = "update_cycle", FieldUpdateCycle;
    /// The date of publication.
    PublishedOn = "published_on", FieldPublishedOn;
    /// The codes of related entries.
    RelatedCodes = "related_codes", FieldRelatedCodes;
    /// The administrative level.
    AdministrativeLevel = "administrative_level", FieldAdministrativeLevel;
    /// The secrecy of the data.
    Secret = "secret", FieldSecret;
    /// The security level.
    SecurityLevel = "security_level", FieldSecurityLevel;
    /// The declared number of rows.
    DeclaredRows = "declared_rows", FieldDeclaredRows;
    /// The declared number of bytes.
    DeclaredBytes = "declared_bytes", FieldDeclaredBytes;
    /// The uses that a conditional entry is shared for.
    ShareUses = "share_uses", FieldShareUses;
    /// The reason that an entry is not shared.
    ShareReason = "share_reason", FieldShareReason;
    /// The outcome of the assessment of the secrecy risk.
    SecrecyAssessment = "secrecy_assessment", FieldSecrecyAssessment;
    /// The document of the assessment of the secrecy risk.
    SecrecyDocument = "secrecy_assessment_document", FieldSecrecyDocument;
    /// The outcome of the assessment of the impact on personal information.
    PersonalInformationAssessment = "personal_information_assessment", FieldPersonalInformationAssessment;
    /// The document of the assessment of the impact on personal information.
    PersonalInformationDocument = "personal_information_assessment_document", FieldPersonalInformationDocument;
    /// The document with the consent of the department's head.
    ConsentDocument = "consent_document", FieldConsentDocument;
    /// The region that the data of an entry may not leave.
    Region = "region", FieldRegion;
    /// The need of the common superior authority's approval.
    SuperiorApproval = "superior_approval", FieldSuperiorApproval;
    /// The whole row of an entry.
    Row = "row", FieldRow;
    /// The purpose of a request.
    Purpose = "purpose", FieldPurpose;
    /// The legal basis of a request or refusal.
    LegalBasis = "legal_basis", FieldLegalBasis;
    /// The scope of a request or grant.
    Scope = "scope", FieldScope;
    /// The manner that a request asks for.
    Manner = "manner", FieldManner;
    /// The period of use, days.
    PeriodDays = "period_days", FieldPeriodDays;
    /// The material that a request lacks.
    Missing = "missing", FieldMissing;
    /// The text of a supplement.
    Text = "text", FieldText;
    /// The conditions of a grant.
    Conditions = "conditions", FieldConditions;
    /// The reason of an act.
    Reason = "reason", FieldReason;
    /// The statement that closes a request.
    Statement = "statement", FieldStatement;
    /// The number of a paper with a consent.
    Paper = "paper", FieldPaper;
    /// The scenario of use.
    Scenario = "scenario", FieldScenario;
    /// The disposal of the data at the end of a grant.
    Disposal = "disposal", FieldDisposal;
    /// The record of a negotiation.
    Negotiation = "negotiation", FieldNegotiation;
    /// A third party to which data is passed on.
    ThirdParty = "third_party", FieldThirdParty;
    /// The process of a use.
    UsageProcess = "process", FieldUsageProcess;
    /// The effect of a use.
    UsageEffect = "effect", FieldUsageEffect;
    /// The storage of delivered data.
    UsageStorage = "storage", FieldUsageStorage;
    /// The destruction of delivered data.
    Destruction = "destruction", FieldDestruction;
    /// The compliance with the agreed terms of a grant.
    Compliance = "compliance", FieldCompliance;
    /// The evidence of a disposal.
    Evidence = "evidence", FieldEvidence;
    /// A note to the consumer.
    Note = "note", FieldNote;
    /// The agreement reached in a mediation.
    Agreement = "agreement", FieldAgreement;
    /// The number of a document.
    Document = "document", FieldDocument;
    /// The date of a document.
    DocumentDate = "document_date", FieldDocumentDate;
    /// The common superior authority.
    Authority = "authority", FieldAuthority;
    /// The deciding government.
    Government = "government", FieldGovernment;
    /// The authority that an incident was reported to.
    ReportedTo = "reported_to", FieldReportedTo;
    /// The name of a mounted file.
    FileName = "file_name", FieldFileName;
    /// The name of a city.
    CityName = "city_name", FieldCityName;
}

impl Field {
    /// The field of this name in the contract.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.as_str() == name)
    }
}

impl From<Field> for Value {
    fn from(field: Field) -> Self {
        field.label().into()
    }
}

/// The location of a wrong value. `Display` writes it in English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A field of what was sent.
    Field(Field),
    /// A place in words, such as a line of a sheet.
    Described(Box<Message>),
    /// A name that reads alike in every language: a setting, a variable, a path with a line, a heading; or a
    /// field that this build does not know.
    Named(String),
}

impl Location {
    /// The location of this text on the wire, as [`Self::to_wire`] makes it. A place in words is read as a
    /// name.
    pub fn of_wire(text: String) -> Self {
        match Field::of_name(&text) {
            Some(field) => Self::Field(field),
            None => Self::Named(text),
        }
    }

    /// The field's name in the contract, the name, or the words in English.
    pub fn to_wire(&self) -> Cow<'_, str> {
        match self {
            Self::Field(field) => field.as_str().into(),
            Self::Described(words) => words.to_string().into(),
            Self::Named(name) => name.into(),
        }
    }

    /// The location with its texts cut to so many characters.
    pub fn cut(self, most: usize) -> Self {
        match self {
            Self::Field(field) => Self::Field(field),
            Self::Described(words) => words.with_texts_cut(most).into(),
            Self::Named(name) => Self::Named(name.chars().take(most).collect()),
        }
    }

    /// The location in a language.
    pub fn render(&self, language: Language) -> String {
        self.message().render(language)
    }

    /// The location as a message.
    pub fn message(&self) -> Message {
        match self {
            Self::Field(field) => field.label(),
            Self::Described(words) => (**words).clone(),
            Self::Named(text) => msg::Text { text }.into(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message().fmt(f)
    }
}

impl From<Field> for Location {
    fn from(field: Field) -> Self {
        Self::Field(field)
    }
}

impl From<Message> for Location {
    fn from(words: Message) -> Self {
        Self::Described(Box::new(words))
    }
}

impl From<String> for Location {
    fn from(name: String) -> Self {
        Self::Named(name)
    }
}

impl From<&Location> for Value {
    fn from(location: &Location) -> Self {
        location.message().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_as_it_is_written_and_reads_in_the_readers_language() {
        for field in Field::ALL {
            let location = Location::from(*field);
            assert_eq!(Location::of_wire(location.to_wire().into_owned()), location);
        }
        let location = Location::from(Field::LegalBasis);
        assert_eq!(location.render(Language::Chinese), "法律依据");
        assert_eq!(location.to_wire(), "legal_basis");
    }

    #[test]
    fn a_field_of_a_newer_program_is_shown_by_its_name() {
        let location = Location::of_wire("horizon".to_owned());
        assert_eq!(location, Location::Named("horizon".to_owned()));
        assert_eq!(location.render(Language::Chinese), "horizon");
    }
}
