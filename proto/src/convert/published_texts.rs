//! The texts of published revisions, decoded alone out of the bodies of log entries: for lists that show nothing else of
//! them.

use chengji_log::{Entry, SALT};
use prost::Message;

/// The decoded part of a body. The numbers of its fields, and of those below it, are those of `Body`, `Published` and
/// `CatalogueEntry`.
#[derive(Clone, PartialEq, Message)]
struct BodyPart {
    #[prost(message, optional, tag = "10")]
    published: Option<PublishedPart>,
}

/// The decoded part of a publication.
#[derive(Clone, PartialEq, Message)]
struct PublishedPart {
    #[prost(message, optional, tag = "1")]
    entry: Option<PublishedTexts>,
}

/// The texts of a published revision.
#[derive(Clone, PartialEq, Eq, Message)]
pub struct PublishedTexts {
    /// The name.
    #[prost(string, tag = "2")]
    pub name: String,
    /// The share condition.
    #[prost(string, tag = "10")]
    pub share_condition: String,
}

/// Decodes the texts of a published revision; `None` for any other entry, and for one without a body. Nothing else is
/// checked: this is for entries that were parsed as a whole when they arrived.
pub fn published_texts(entry: &Entry) -> Option<PublishedTexts> {
    let body = BodyPart::decode(entry.body.get(SALT..)?).ok()?;
    body.published?.entry
}

#[cfg(test)]
mod tests {
    use chengji_domain::catalogue::{Draft, ShareClass};
    use chengji_domain::fact::{CityFact, LogEntry, LogOwner};
    use chengji_domain::{CityCode, Epoch};
    use chengji_testkit::entries;
    use jiff::Timestamp;

    use super::*;
    use crate::convert::city_entry_to;

    fn sealed(fact: CityFact) -> Entry {
        let city: CityCode = "430100".parse().unwrap();
        let entry = LogEntry {
            log: LogOwner::City(city),
            epoch: Epoch::first([7; 8]),
            seq: 3,
            at: Timestamp::UNIX_EPOCH,
            principal: "city/430100/node".parse().unwrap(),
            fact,
        };
        city_entry_to(&entry, [7; SALT])
    }

    #[test]
    fn the_texts_are_those_of_the_whole_entry() {
        for class in [ShareClass::Unconditional, ShareClass::Conditional] {
            let draft = Draft {
                name: format!("行政区划代码 {class:?}"),
                ..entries::draft(1, class)
            };
            let entry = Box::new(entries::entry(&draft));
            let texts = PublishedTexts {
                name: entry.name.clone(),
                share_condition: entry.share_condition().to_owned(),
            };
            let revision = 2;
            let sealed = sealed(CityFact::Published { entry, revision });
            assert_eq!(published_texts(&sealed), Some(texts));
            assert_eq!(published_texts(&sealed.without_body()), None);
        }
    }

    #[test]
    fn other_entries_have_none() {
        let withdrawn = CityFact::Withdrawn {
            code: entries::code(1).parse().unwrap(),
            reason: "停用".to_owned(),
        };
        assert_eq!(published_texts(&sealed(withdrawn)), None);
    }
}
