//! Selection of entries by their properties: the options that lists, exports and moves share.

use std::collections::HashSet;

use chengji_domain::catalogue::{AdministrativeLevel, ShareClass};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::{convert, v1};
use clap::Args;

/// Which entries are meant; nothing leaves everything in.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct Which {
    /// Resource codes
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// Only entries of this department, by credit code; may be repeated
    #[arg(long, value_name = "USCC")]
    department: Vec<String>,
    /// Only entries of this share class, 1 to 3 or by name; may be repeated
    #[arg(long, value_name = "CLASS")]
    class: Vec<String>,
    /// Only entries of this administrative level; may be repeated
    #[arg(long, value_name = "LEVEL")]
    level: Vec<String>,
    /// Only entries under this classification, such as 3/07
    #[arg(long, value_name = "PATH")]
    under: Option<String>,
}

impl Which {
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            codes,
            department,
            class,
            level,
            under,
        } = self;
        codes.is_empty()
            && department.is_empty()
            && class.is_empty()
            && level.is_empty()
            && under.is_none()
    }

    /// Returns true if entries are named by their codes.
    pub(super) fn names_codes(&self) -> bool {
        !self.codes.is_empty()
    }

    /// As the node is asked for them.
    pub(super) fn filter(&self) -> Result<v1::EntryFilter> {
        Ok(v1::EntryFilter {
            provider_codes: self.department.clone(),
            share_classes: terms(&self.class, "--class", |text| {
                let class = ShareClass::from_term(text).ok_or_else(ShareClass::terms)?;
                Ok(convert::share_class_to(class).into())
            })?,
            administrative_levels: terms(&self.level, "--level", |text| {
                let level =
                    AdministrativeLevel::from_term(text).ok_or_else(AdministrativeLevel::terms)?;
                Ok(convert::level_to(level).into())
            })?,
            classification: self.under.clone().unwrap_or_default(),
            codes: self.codes.clone(),
            ..v1::EntryFilter::default()
        })
    }

    /// Refuses a named code that is not among those that were found.
    pub(super) fn check_found<'a>(&self, found: impl Iterator<Item = &'a str>) -> Result<()> {
        let digits = |code: &str| code.replace('/', "");
        let found: HashSet<String> = found.map(digits).collect();
        let codes = self.codes.iter().map(String::as_str);
        let codes: Vec<&str> = codes
            .filter(|code| !found.contains(&digits(code)))
            .collect();
        if codes.is_empty() {
            return Ok(());
        }
        let message = msg::EntriesNotFound { codes };
        Err(Error::new(ErrorCode::NotFound, message))
    }
}

fn terms(
    given: &[String],
    option: &str,
    read: impl Fn(&str) -> Result<i32, String>,
) -> Result<Vec<i32>> {
    let read = |text: &String| {
        read(text).map_err(|terms| {
            let message = msg::OptionValueUnknown {
                value: text,
                option,
                terms,
            };
            Error::new(ErrorCode::InvalidArgument, message)
        })
    };
    given.iter().map(read).collect()
}
