//! Administrative division codes (GB/T 2260) and the cities among them.

use std::fmt;
use std::str::FromStr;

use chengji_messages::{Message, msg};

use crate::error::{Error, ErrorCode};
use crate::quoted::Quoted;

/// A six-digit administrative division code (GB/T 2260): two digits each for province, city and
/// county. It has no check digit; the codes in force at a time are data, not part of the type.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DivisionCode(u32);

/// The level of a division.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DivisionLevel {
    /// A whole province: the code ends in `0000`.
    Province,
    /// A whole city: it ends in `00`.
    City,
    /// A county or district.
    County,
}

impl DivisionLevel {
    /// Returns the level's name for people.
    pub fn label(self) -> Message {
        match self {
            Self::Province => msg::DivisionLevelProvince.into(),
            Self::City => msg::DivisionLevelCity.into(),
            Self::County => msg::DivisionLevelCounty.into(),
        }
    }
}

impl fmt::Display for DivisionLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Province => "province",
            Self::City => "city",
            Self::County => "county",
        })
    }
}

impl DivisionCode {
    /// Returns the two-digit province part, `11` to `82`.
    pub fn province(self) -> u32 {
        self.0 / 10_000
    }

    /// Returns the level of the division.
    pub fn level(self) -> DivisionLevel {
        match (self.0 % 10_000, self.0 % 100) {
            (0, _) => DivisionLevel::Province,
            (_, 0) => DivisionLevel::City,
            _ => DivisionLevel::County,
        }
    }

    /// Returns true if the other division is this one or a part of it.
    pub fn contains(self, other: Self) -> bool {
        match self.level() {
            DivisionLevel::Province => self.province() == other.province(),
            DivisionLevel::City => self.0 / 100 == other.0 / 100,
            DivisionLevel::County => self == other,
        }
    }

    /// Returns the division above this one; `None` above a province.
    pub fn upper(self) -> Option<Self> {
        match self.level() {
            DivisionLevel::Province => None,
            DivisionLevel::City => Some(Self(self.0 / 10_000 * 10_000)),
            DivisionLevel::County => Some(Self(self.0 / 100 * 100)),
        }
    }

    /// Returns true if the code may be that of a member: a whole city or a whole province. The municipalities directly
    /// under the central government (直辖市) are both.
    pub fn may_be_member(self) -> bool {
        self.level() != DivisionLevel::County
    }
}

impl FromStr for DivisionCode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let malformed = || {
            let text = Quoted(text);
            Error::new(
                ErrorCode::InvalidArgument,
                msg::DivisionCodeMalformed { text },
            )
        };
        if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(malformed());
        }
        let code = text.parse().map_err(|_| malformed())?;
        if !(110_000..830_000).contains(&code) {
            return Err(malformed());
        }
        Ok(Self(code))
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

impl fmt::Debug for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The division code of a whole city, such as `430100` for 长沙市, or of a whole province, such as `430000` for 湖南省.
/// It identifies a member of the cluster in certificates, logs, requests and figures.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CityCode(DivisionCode);

impl CityCode {
    /// Returns the code as that of a division.
    pub fn division(self) -> DivisionCode {
        self.0
    }

    /// Returns the province above this city; `None` of a province.
    pub fn upper(self) -> Option<Self> {
        self.0.upper().map(Self)
    }

    /// Returns the code as a number, `110000` to `829900`, as used in storage keys.
    pub fn number(self) -> u32 {
        self.0.0
    }

    /// Returns the city with this number. Errors: `INVALID_ARGUMENT` if it is not a city's code.
    pub fn from_number(number: u32) -> Result<Self, Error> {
        format!("{number:06}").parse()
    }
}

impl FromStr for CityCode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let division: DivisionCode = text.parse()?;
        if !division.may_be_member() {
            let message = msg::CityCodeMalformed { text: Quoted(text) };
            return Err(Error::new(ErrorCode::InvalidArgument, message));
        }
        Ok(Self(division))
    }
}

impl fmt::Display for CityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for CityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_ends_in_00_and_prints_as_it_was_read() {
        let city: CityCode = "430100".parse().unwrap();
        assert_eq!(city.to_string(), "430100");
        assert_eq!(CityCode::from_number(city.number()).unwrap(), city);
        for wrong in ["430102", "43010", "4301000", "43010x", "４３０１００", ""] {
            assert!(wrong.parse::<CityCode>().is_err(), "{wrong} was accepted");
        }
    }

    #[test]
    fn a_province_may_be_a_member_and_is_above_its_cities() {
        for province in ["110000", "500000", "430000", "810000"] {
            let member: CityCode = province.parse().unwrap();
            assert_eq!(member.division().level(), DivisionLevel::Province);
            assert_eq!(member.upper(), None);
            assert_eq!(CityCode::from_number(member.number()).unwrap(), member);
        }
        let city = |code: &str| code.parse::<CityCode>().unwrap();
        assert_eq!(city("430100").upper(), Some(city("430000")));
        let of = |code: &str| code.parse::<DivisionCode>().unwrap();
        assert_eq!(of("430102").upper(), Some(of("430100")));
    }

    #[test]
    fn a_county_is_a_division_but_not_a_city() {
        let county: DivisionCode = "430102".parse().unwrap();
        assert!(!county.may_be_member());
        assert_eq!(county.province(), 43);
        let of = |code: &str| code.parse::<DivisionCode>().unwrap();
        assert!(of("430000").contains(county) && of("430100").contains(county));
        assert!(county.contains(county) && !county.contains(of("430100")));
        assert!(!of("430200").contains(county) && !of("420000").contains(county));
    }
}
