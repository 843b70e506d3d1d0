//! The bureau's names of values.

use chengji_domain::tables::{Names, TermTable};
use chengji_domain::{Error, ErrorCode};
use chengji_messages::msg;

use crate::service::Page;
use crate::v1;

/// A page of the table's names, and its version.
#[derive(Clone, Debug, PartialEq)]
pub struct TermList {
    /// Version of the table.
    pub version: String,
    /// The names, in order of vocabulary and name.
    pub terms: Page<v1::Term>,
}

pub(super) fn term_list_to(list: TermList) -> v1::ListTermsResponse {
    v1::ListTermsResponse {
        version: list.version,
        terms: list.terms.items,
        next_cursor: list.terms.next_cursor,
    }
}

/// The table's names on the wire, in order of vocabulary and name.
pub fn terms_to(terms: &TermTable) -> impl Iterator<Item = v1::Term> {
    let term = |[vocabulary, value, name]: [&str; 3]| v1::Term {
        vocabulary: vocabulary.to_owned(),
        value: value.to_owned(),
        name: name.to_owned(),
    };
    terms.names.iter().map(term)
}

/// Converts the names from the wire.
///
/// # Errors
///
/// `CONFLICT` if a vocabulary or value is unknown to this program, whose version then differs from the
/// node's.
pub fn names_from(answer: &v1::ListTermsResponse) -> Result<Names, Error> {
    let terms = answer.terms.iter();
    let rows = terms.map(|term| [&term.vocabulary, &term.value, &term.name].map(String::as_str));
    Names::of(rows).map_err(|problem| {
        let message = msg::WireTermsDiffer {
            cause: problem,
            version: &answer.version,
        };
        Error::new(ErrorCode::Conflict, message)
    })
}

#[cfg(test)]
mod tests {
    use chengji_domain::tables::Tables;

    use chengji_messages::Value;

    use super::*;

    #[test]
    fn names_come_back_from_the_wire() {
        let terms = Tables::built_in().unwrap().terms;
        let mut wire = v1::ListTermsResponse {
            version: terms.head().version.clone(),
            terms: terms_to(&terms).collect(),
            ..v1::ListTermsResponse::default()
        };
        assert_eq!(names_from(&wire).unwrap(), terms.names);
        wire.terms[0].value = "一切共享".to_owned();
        let error = names_from(&wire).unwrap_err();
        assert_eq!(error.code(), ErrorCode::Conflict);
        let version = Value::from(&wire.version);
        assert_eq!(error.message().param("version"), Some(&version));
    }
}
