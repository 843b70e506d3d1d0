//! The part of a table, as arguments of a preview and of a grant.

use chengji_client::arguments::refused;
use chengji_domain::Result;
use chengji_domain::quoted::Quoted;
use chengji_messages::msg;
use chengji_proto::v1;
use clap::Args;

/// The part of a table that a grant permits.
#[derive(Args, Debug)]
pub(super) struct TablePartArgs {
    /// Columns of the mounted table, separated by commas; all unless given
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    columns: Vec<String>,
    /// Rows for which this condition is true, such as "floors > 10 AND city IN ('A', 'B')"; all unless given
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,
    /// Mask of a column: remove, first:3, last:4, hash, year, month, day, round:100 or constant:TEXT; may be repeated
    #[arg(long = "mask", value_name = "COLUMN=MASK", value_parser = mask)]
    masks: Vec<v1::ProposedMask>,
    /// No more rows of one read than this
    #[arg(long, value_name = "COUNT")]
    row_limit: Option<u64>,
}

impl TablePartArgs {
    /// Returns the part as the node takes it; `None` if nothing was said of one.
    pub(super) fn proposed(self) -> Option<v1::ProposedScope> {
        if self.is_empty() {
            return None;
        }
        Some(v1::ProposedScope {
            columns: self.columns,
            condition: self.condition,
            masks: self.masks,
            row_limit: self.row_limit,
        })
    }

    /// Returns the part as a consumer asks for it; `None` if nothing was said of one.
    pub(super) fn wanted(self) -> Option<v1::WantedPart> {
        if self.is_empty() {
            return None;
        }
        let masks = self.masks.into_iter().map(|mask| v1::WantedMask {
            column: mask.column,
            mask: mask.mask,
        });
        Some(v1::WantedPart {
            columns: self.columns,
            condition: self.condition.unwrap_or_default(),
            masks: masks.collect(),
            row_limit: self.row_limit,
        })
    }

    /// Makes the arguments of the part that a consumer asked for.
    pub(super) fn as_asked(part: v1::WantedPart) -> Self {
        let masks = part.masks.into_iter().map(|mask| v1::ProposedMask {
            column: mask.column,
            mask: mask.mask,
        });
        Self {
            columns: part.columns,
            condition: Some(part.condition).filter(|condition| !condition.is_empty()),
            masks: masks.collect(),
            row_limit: part.row_limit,
        }
    }

    /// Refuses a part where no rows are shown. Errors: `INVALID_ARGUMENT`.
    pub(super) fn refuse(&self) -> Result<()> {
        match self.is_empty() {
            true => Ok(()),
            false => Err(refused(msg::ScopeWithoutRows)),
        }
    }

    fn is_empty(&self) -> bool {
        self.columns.is_empty()
            && self.condition.is_none()
            && self.masks.is_empty()
            && self.row_limit.is_none()
    }
}

/// Reads a mask of a column, such as `id_number=last:4`.
fn mask(text: &str) -> Result<v1::ProposedMask> {
    let parts = text.split_once('=');
    let parts = parts.filter(|(column, _)| !column.is_empty());
    let (column, mask) = parts.ok_or_else(|| {
        let text = Quoted(text);
        refused(msg::MaskArgumentMalformed { text })
    })?;
    Ok(v1::ProposedMask {
        column: column.to_owned(),
        mask: mask.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_what_is_granted_as_asked() {
        let written = || TablePartArgs {
            columns: vec!["number".to_owned(), "holder".to_owned()],
            condition: Some("floors > 10".to_owned()),
            masks: vec![mask("holder=first:1").unwrap()],
            row_limit: Some(100),
        };
        let asked = written().wanted().unwrap();
        assert_eq!(
            TablePartArgs::as_asked(asked).proposed(),
            written().proposed()
        );
        let columns_alone = || TablePartArgs {
            condition: None,
            ..written()
        };
        let asked = columns_alone().wanted().unwrap();
        assert_eq!(
            TablePartArgs::as_asked(asked).proposed(),
            columns_alone().proposed()
        );
    }
}
