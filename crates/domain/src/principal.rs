//! Principals: the identity in a certificate.

use std::fmt;
use std::str::FromStr;

use chengji_messages::msg;

use crate::city::CityCode;
use crate::error::{Error, ErrorCode};
use crate::quoted::Quoted;

/// A party of the exchange, as named by the path of its certificate's SPIFFE-style URI
/// (`spiffe://<cluster>/<path>`). The cluster is the trust domain and is checked by the transport.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// `city/430100/node`: the node of a member city.
    Node(CityCode),
    /// `city/430100/person/<name>`: a person who works for a city.
    Person {
        /// The city the person works for.
        city: CityCode,
        /// The person's name within the city.
        name: PersonName,
    },
    /// `city/430100/app/<name>`: a program of a city that calls on its own.
    App {
        /// The city the application belongs to.
        city: CityCode,
        /// The application's name within the city.
        name: AppName,
    },
    /// `coordinator`: the cluster's coordinator.
    Coordinator,
    /// `operator/<name>`: a person who runs the coordinator.
    Operator(PersonName),
    /// `auditor/<name>`: a person who reads figures and evidence.
    Auditor(PersonName),
    /// A caller without a certificate, which can only request one. No certificate and no log names it.
    Newcomer,
}

impl Principal {
    /// Returns the city that this principal belongs to, if any.
    pub fn city(&self) -> Option<CityCode> {
        match self {
            Self::Node(city) | Self::Person { city, .. } | Self::App { city, .. } => Some(*city),
            Self::Coordinator | Self::Operator(_) | Self::Auditor(_) | Self::Newcomer => None,
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(city) => write!(f, "city/{city}/node"),
            Self::Person { city, name } => write!(f, "city/{city}/person/{name}"),
            Self::App { city, name } => write!(f, "city/{city}/app/{name}"),
            Self::Coordinator => write!(f, "coordinator"),
            Self::Operator(name) => write!(f, "operator/{name}"),
            Self::Auditor(name) => write!(f, "auditor/{name}"),
            Self::Newcomer => f.write_str("somebody without a certificate"),
        }
    }
}

impl FromStr for Principal {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            ["city", city, "node"] => Ok(Self::Node(city.parse()?)),
            ["city", city, "person", name] => Ok(Self::Person {
                city: city.parse()?,
                name: name.parse()?,
            }),
            ["city", city, "app", name] => Ok(Self::App {
                city: city.parse()?,
                name: name.parse()?,
            }),
            ["coordinator"] => Ok(Self::Coordinator),
            ["operator", name] => Ok(Self::Operator(name.parse()?)),
            ["auditor", name] => Ok(Self::Auditor(name.parse()?)),
            _ => {
                let message = msg::PrincipalMalformed { text: Quoted(text) };
                Err(Error::new(ErrorCode::InvalidArgument, message))
            }
        }
    }
}

macro_rules! names {
    ($( $(#[doc = $doc:literal])* $name:ident; )*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                check_name(text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )* };
}

names! {
    /// The name of a person in a certificate: 1 to 64 of `a–z`, `0–9`, `-`, `_` and `.`, beginning with a
    /// letter or digit, so that it is neither a flag nor a relative path segment.
    PersonName;
    /// The name of an application in a certificate, of the same form as [`PersonName`].
    AppName;
}

/// The longest name, bytes.
const MAX_NAME: usize = 64;

fn check_name(text: &str) -> Result<(), Error> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.".contains(&b);
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if begins && text.len() <= MAX_NAME && text.bytes().all(allowed) {
        return Ok(());
    }
    let message = msg::NameMalformed {
        most: MAX_NAME,
        text: Quoted(text),
    };
    Err(Error::new(ErrorCode::InvalidArgument, message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_principal_parses_what_it_prints() {
        for text in [
            "city/430100/node",
            "city/430200/person/data-office",
            "city/430200/app/land.registry_2",
            "coordinator",
            "operator/duty",
            "auditor/audit.office_1",
        ] {
            assert_eq!(text.parse::<Principal>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_names_nobody_is_refused() {
        for text in [
            "",
            "newcomer",
            "somebody without a certificate",
            "city/430100/authority",
            "city/430102/node",
            "city/430100/person/",
            "city/430100/person/a/b",
            "auditor/Big Boss",
            "city/430100/person/.",
            "city/430100/person/..",
            "city/430100/app/",
            "city/430100/app/.",
            "city/430100/app/..",
            "city/430100/app/-x",
            "city/430100/app/Land",
            "city/430100/app/a/b",
            "operator/.hidden",
            "auditor/-x",
            "coordinator/",
            "/coordinator",
        ] {
            assert!(text.parse::<Principal>().is_err(), "{text:?} was accepted");
        }
    }
}
