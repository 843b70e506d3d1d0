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
