//! The place in which deadline rules apply.

use std::fmt;
use std::str::FromStr;

use chengji_messages::msg;

use crate::city::{CityCode, DivisionCode, DivisionLevel};
use crate::error::{Error, ErrorCode};
use crate::quoted::Quoted;

/// The code of the whole country.
const NATIONAL: &str = "000000";

/// The whole country, a province or a city. The more specific one comes later in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Jurisdiction {
    /// The whole country, written as `000000`.
    National,
    /// A province or a city, by its division code.
    Division(DivisionCode),
}

impl Jurisdiction {
    /// The levels from the most specific one: city, province, the whole country.
    pub(super) const LEVELS: [u8; 3] = [2, 1, 0];

    /// Returns the level: 0 for the whole country, 1 for a province, 2 for a city.
    pub(super) fn level(self) -> u8 {
        match self {
            Self::National => 0,
            Self::Division(code) if code.level() == DivisionLevel::Province => 1,
            Self::Division(_) => 2,
        }
    }

    /// Returns true if the other place is this one or within it.
    pub fn covers(self, other: Self) -> bool {
        match (self, other) {
            (Self::National, _) => true,
            (Self::Division(_), Self::National) => false,
            (Self::Division(own), Self::Division(other)) => {
                let is_province = own.level() == DivisionLevel::Province;
                own == other || (is_province && own.province() == other.province())
            }
        }
    }
}

impl From<CityCode> for Jurisdiction {
    fn from(city: CityCode) -> Self {
        Self::Division(city.division())
    }
}

impl FromStr for Jurisdiction {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text == NATIONAL {
            return Ok(Self::National);
        }
        let code = text.parse::<DivisionCode>().ok();
        let code = code.filter(|code| code.level() != DivisionLevel::County);
        code.map(Self::Division).ok_or_else(|| {
            let text = Quoted(text);
            Error::new(
                ErrorCode::InvalidArgument,
                msg::JurisdictionMalformed { text },
            )
        })
    }
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::National => f.write_str(NATIONAL),
            Self::Division(code) => fmt::Display::fmt(code, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Jurisdiction {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_is_written_as_its_division_code() {
        for text in ["000000", "230000", "230100", "110000"] {
            assert_eq!(place(text).to_string(), text);
        }
        for text in ["", "CN", "23", "230102", "000001", "990000"] {
            let error = text.parse::<Jurisdiction>().unwrap_err();
            assert_eq!(error.code(), ErrorCode::InvalidArgument, "{text}");
        }
    }

    #[test]
    fn a_place_covers_what_is_within_it() {
        let (country, province, city) = (place("000000"), place("230000"), place("230100"));
        assert!(country.covers(province) && country.covers(country));
        assert!(province.covers(city) && province.covers(province));
        assert!(!city.covers(province) && !province.covers(country));
        assert!(!province.covers(place("430100")) && !city.covers(place("230200")));
        // A municipality is a province and a city.
        assert!(place("110000").covers("110000".parse::<CityCode>().unwrap().into()));
        assert_eq!(
            [country, province, city].map(Jurisdiction::level),
            [0, 1, 2]
        );
    }
}
