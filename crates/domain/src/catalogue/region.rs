//! The region that the data of an entry may not leave (流通地域).

use std::fmt;
use std::str::FromStr;

use chengji_messages::{Message, msg};

use crate::city::{CityCode, DivisionCode, DivisionLevel};
use crate::error::{Error, ErrorCode};
use crate::quoted::Quoted;

/// The region that the data of an entry may not leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Region {
    /// The province of the city that owns the entry (不出省).
    Province,
    /// The cluster (不出城市群). Its members are all within it.
    Cluster,
    /// These provinces and cities: 1 to [`Region::MAX_DIVISIONS`], none of them a county.
    Divisions(Vec<DivisionCode>),
}

impl Region {
    /// Maximum number of divisions.
    pub const MAX_DIVISIONS: usize = 20;

    /// The term of [`Region::Province`], as files hold it.
    const PROVINCE: &'static str = "不出省";
    /// The term of [`Region::Cluster`], as files hold it.
    const CLUSTER: &'static str = "不出城市群";

    /// Returns the region of these divisions.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` for none, for too many, and for a county: members of a cluster are cities.
    pub fn of_divisions(mut divisions: Vec<DivisionCode>) -> Result<Self, Error> {
        divisions.sort_unstable();
        divisions.dedup();
        let county = |division: &DivisionCode| division.level() == DivisionLevel::County;
        let valid = (1..=Self::MAX_DIVISIONS).contains(&divisions.len());
        if valid && !divisions.iter().any(county) {
            return Ok(Self::Divisions(divisions));
        }
        Err(malformed(&codes(&divisions)))
    }

    /// Returns true if the data of this owner may go to this city.
    pub fn admits(&self, owner: CityCode, consumer: CityCode) -> bool {
        let (owner, consumer) = (owner.division(), consumer.division());
        match self {
            Self::Province => owner.province() == consumer.province(),
            Self::Cluster => true,
            Self::Divisions(divisions) => {
                owner == consumer || divisions.iter().any(|whole| whole.contains(consumer))
            }
        }
    }

    /// Returns true if this region excludes what the other one may admit; `None` is no limit.
    pub(super) fn is_stricter(&self, before: Option<&Self>) -> bool {
        match (self, before) {
            (_, None) => true,
            (Self::Cluster, Some(_)) => false,
            (Self::Province | Self::Divisions(_), Some(Self::Cluster)) => true,
            (Self::Province, Some(Self::Province)) => false,
            // Which is narrower depends on the owner.
            (Self::Province, Some(Self::Divisions(_)))
            | (Self::Divisions(_), Some(Self::Province)) => true,
            (Self::Divisions(now), Some(Self::Divisions(before))) => before
                .iter()
                .any(|old| !now.iter().any(|whole| whole.contains(*old))),
        }
    }

    /// Returns the region for people.
    pub fn label(&self) -> Message {
        match self {
            Self::Province => msg::RegionProvince.into(),
            Self::Cluster => msg::RegionCluster.into(),
            Self::Divisions(divisions) => msg::RegionDivisions {
                divisions: divisions.clone(),
            }
            .into(),
        }
    }

    /// Returns the term or the codes, as files hold them.
    pub fn cell(&self) -> String {
        match self {
            Self::Province => Self::PROVINCE.to_owned(),
            Self::Cluster => Self::CLUSTER.to_owned(),
            Self::Divisions(divisions) => codes(divisions),
        }
    }
}

fn codes(divisions: &[DivisionCode]) -> String {
    let codes: Vec<String> = divisions.iter().map(ToString::to_string).collect();
    codes.join(";")
}

fn malformed(text: &str) -> Error {
    let message = msg::RegionMalformed {
        most: Region::MAX_DIVISIONS,
        text: Quoted(text),
    };
    Error::new(ErrorCode::InvalidArgument, message)
}

/// Reads a term in Chinese or English, or codes separated by semicolons, commas or blanks.
impl FromStr for Region {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text == Self::PROVINCE || text.eq_ignore_ascii_case("province") {
            return Ok(Self::Province);
        }
        if text == Self::CLUSTER || text.eq_ignore_ascii_case("cluster") {
            return Ok(Self::Cluster);
        }
        let separated = text.split(|c: char| c.is_whitespace() || ";；,，、".contains(c));
        let codes = separated.filter(|code| !code.is_empty());
        let divisions: Result<Vec<DivisionCode>, Error> = codes.map(str::parse).collect();
        let divisions = divisions.map_err(|_| malformed(text))?;
        Self::of_divisions(divisions).map_err(|_| malformed(text))
    }
}

/// In English, as programs read it.
impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Province => f.write_str("province"),
            Self::Cluster => f.write_str("cluster"),
            Self::Divisions(divisions) => f.write_str(&codes(divisions)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(text: &str) -> Region {
        text.parse().unwrap()
    }

    fn admits(text: &str, consumer: &str) -> bool {
        let owner: CityCode = "430100".parse().unwrap();
        region(text).admits(owner, consumer.parse().unwrap())
    }

    #[test]
    fn a_region_is_read_as_it_is_written() {
        for text in ["province", "cluster", "430000", "430000;440100"] {
            assert_eq!(region(text).to_string(), text);
            assert_eq!(region(&region(text).cell()), region(text));
        }
        assert_eq!(region("不出省"), Region::Province);
        assert_eq!(region("440100，430000、430000"), region("430000;440100"));
        let many: Vec<String> = (0..21).map(|n| format!("43{n:02}00")).collect();
        for wrong in ["", "湖南", "430102", "43", "430100;x", &many.join(";")] {
            let error = wrong.parse::<Region>().unwrap_err();
            assert_eq!(error.message().code(), "region-malformed", "{wrong}");
        }
    }

    #[test]
    fn data_stays_within_the_province_or_the_named_divisions() {
        for (region, consumer, may) in [
            ("province", "430200", true),
            ("province", "420100", false),
            ("cluster", "420100", true),
            ("430200;440000", "430200", true),
            ("430200;440000", "440300", true),
            ("430200;440000", "430300", false),
            ("440000", "430100", true),
        ] {
            assert_eq!(admits(region, consumer), may, "{region} {consumer}");
        }
    }

    #[test]
    fn a_region_is_stricter_if_it_leaves_something_out() {
        for (before, after, stricter) in [
            (None, "cluster", true),
            (Some("cluster"), "province", true),
            (Some("province"), "cluster", false),
            (Some("430000"), "430000;440000", false),
            (Some("430100;430200"), "430000", false),
            (Some("430000"), "430100", true),
            (Some("province"), "430000", true),
        ] {
            let before = before.map(region);
            assert_eq!(
                region(after).is_stricter(before.as_ref()),
                stricter,
                "{after}"
            );
        }
    }
}
