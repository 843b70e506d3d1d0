//! The scope that a preview of a table is limited to.

use chengji_domain::quoted::Quoted;
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::msg;
use chengji_proto::v1;
use clap::Args;

/// The part of a table that a grant would permit.
#[derive(Args, Debug)]
pub(super) struct ScopeArguments {
    /// Show these columns only, as a grant of them would
    #[arg(long, value_name = "COLUMNS", value_delimiter = ',')]
    columns: Vec<String>,
    /// Show the rows for which this condition is true, such as "floors > 10 AND city IN ('A', 'B')"
    #[arg(long = "where", value_name = "CONDITION")]
    condition: Option<String>,
    /// Mask a column: remove, first:3, last:4, hash, year, month, day, round:100 or constant:TEXT; may be repeated
    #[arg(long = "mask", value_name = "COLUMN=MASK")]
    masks: Vec<String>,
    /// Let no more rows pass than this
    #[arg(long, value_name = "COUNT")]
    row_limit: Option<u64>,
}

impl ScopeArguments {
    /// Returns the scope as the node takes it; `None` if nothing was said of one.
    pub(super) fn proposed(self) -> Result<Option<v1::ProposedScope>> {
        if self.is_empty() {
            return Ok(None);
        }
        let masks = self.masks.iter().map(|text| mask(text));
        Ok(Some(v1::ProposedScope {
            masks: masks.collect::<Result<_>>()?,
            columns: self.columns,
            condition: self.condition,
            row_limit: self.row_limit,
        }))
    }

    /// Refuses a scope where no rows are shown. Errors: `INVALID_ARGUMENT`.
    pub(super) fn refuse(&self) -> Result<()> {
        match self.is_empty() {
            true => Ok(()),
            false => Err(Error::new(
                ErrorCode::InvalidArgument,
                msg::ScopeWithoutRows,
            )),
        }
    }

    fn is_empty(&self) -> bool {
        self.columns.is_empty()
            && self.condition.is_none()
            && self.masks.is_empty()
            && self.row_limit.is_none()
    }
}

fn mask(text: &str) -> Result<v1::ProposedMask> {
    let parts = text.split_once('=');
    let parts = parts.filter(|(column, _)| !column.is_empty());
    let (column, mask) = parts.ok_or_else(|| {
        let text = Quoted(text);
        Error::new(
            ErrorCode::InvalidArgument,
            msg::MaskArgumentMalformed { text },
        )
    })?;
    Ok(v1::ProposedMask {
        column: column.to_owned(),
        mask: mask.to_owned(),
    })
}
