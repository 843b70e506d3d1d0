//! The sources of tables: what they hold, and the columns of a table.

use chengji_domain::cut_text::CutText;
use chengji_domain::table::{
    ColumnType, OffPeak, SourceName, TableAddress, TableColumn, TableSchema,
};
use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Message, msg};

use super::{newer, text_to};
use crate::v1;

/// Maximum number of characters of a comment on a table or a column.
const MAX_COMMENT: usize = 1_000;
/// Maximum number of rows of a preview.
const MAX_ROWS: u32 = 20;

/// An observation of a check of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceObservation {
    /// True for what should be changed.
    pub is_warning: bool,
    /// What was found, with the remedy of a warning.
    pub message: Message,
}

/// A table with its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDescription {
    /// The table.
    pub address: TableAddress,
    /// Its schema.
    pub schema: TableSchema,
}

/// The table whose first rows a caller wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewQuery {
    /// The table.
    pub address: TableAddress,
    /// Maximum number of rows, 1 to 20.
    pub rows: usize,
    /// The part to show; `None` for the table as it is.
    pub scope: Option<ScopeTexts>,
}

/// The part of a table that a grant would permit, in texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeTexts {
    /// The columns; all of the table if empty.
    pub columns: Vec<String>,
    /// The condition of rows; `None` for all.
    pub condition: Option<String>,
    /// Columns with the texts of their masks.
    pub masks: Vec<(String, String)>,
    /// Maximum number of rows of one read.
    pub row_limit: Option<u64>,
}

/// The first rows of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablePreview {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, with a value for each column; `None` for NULL.
    pub rows: Vec<Vec<Option<CutText>>>,
    /// The scope in words; empty without one.
    pub scope: Vec<Message>,
}

/// Converts a declared source to the wire.
pub fn declared_source_to(
    name: &SourceName,
    kind: &Message,
    off_peak: Option<OffPeak>,
) -> v1::DeclaredSource {
    v1::DeclaredSource {
        name: name.to_string(),
        kind: Some(text_to(kind)),
        off_peak: off_peak.map_or_else(String::new, |window| window.to_string()),
    }
}

/// Parses the name of a source.
pub fn source_name_from(text: &str) -> Result<SourceName, Error> {
    text.parse()
}

/// Returns the comment of a source as answers carry it.
pub fn comment_to(comment: &str) -> String {
    CutText::of(comment, MAX_COMMENT).text
}

/// Converts the description of a table to the wire.
pub fn table_description_to(description: &TableDescription) -> v1::DescribeTableResponse {
    let TableDescription { address, schema } = description;
    v1::DescribeTableResponse {
        table: address.to_string(),
        columns: schema.columns.iter().map(column_to).collect(),
        fingerprint: schema.fingerprint().0.to_vec(),
    }
}

/// Converts the schema of a table from the wire. Errors: `UPGRADE_NEEDED` for a column of a type that this version does
/// not know.
pub fn table_schema_from(wire: &v1::DescribeTableResponse) -> Result<TableSchema, Error> {
    let columns = wire.columns.iter().map(column_from);
    Ok(TableSchema {
        columns: columns.collect::<Result<_, _>>()?,
    })
}

/// Converts the type of a column from the wire; `None` for one that this version does not know.
pub fn column_type_from(wire: v1::ColumnType) -> Option<ColumnType> {
    Some(match wire {
        v1::ColumnType::Unspecified => return None,
        v1::ColumnType::Boolean => ColumnType::Boolean,
        v1::ColumnType::Integer => ColumnType::Integer,
        v1::ColumnType::Decimal => ColumnType::Decimal,
        v1::ColumnType::Float => ColumnType::Float,
        v1::ColumnType::Text => ColumnType::Text,
        v1::ColumnType::Bytes => ColumnType::Bytes,
        v1::ColumnType::Date => ColumnType::Date,
        v1::ColumnType::Time => ColumnType::Time,
        v1::ColumnType::Timestamp => ColumnType::Timestamp,
        v1::ColumnType::Other => ColumnType::Other,
    })
}

/// Converts a preview to the wire.
pub fn table_preview_to(preview: &TablePreview) -> v1::PreviewTableResponse {
    let value = |value: &Option<CutText>| v1::PreviewedValue {
        text: value.as_ref().map(|value| value.text.clone()),
        is_cut: value.as_ref().is_some_and(|value| value.is_cut),
    };
    let row = |row: &Vec<Option<CutText>>| v1::PreviewedRow {
        values: row.iter().map(value).collect(),
    };
    v1::PreviewTableResponse {
        columns: preview.columns.clone(),
        rows: preview.rows.iter().map(row).collect(),
        scope: preview.scope.iter().map(text_to).collect(),
    }
}

pub(super) fn observations_to(findings: &[SourceObservation]) -> v1::CheckSourceResponse {
    let findings = findings.iter().map(|finding| v1::SourceFinding {
        is_warning: finding.is_warning,
        message: Some(text_to(&finding.message)),
    });
    v1::CheckSourceResponse {
        findings: findings.collect(),
    }
}

pub(super) fn preview_query_from(wire: &v1::PreviewTableRequest) -> Result<PreviewQuery, Error> {
    if !(1..=MAX_ROWS).contains(&wire.rows) {
        let message = msg::PreviewRowsOutOfRange {
            most: MAX_ROWS,
            rows: wire.rows,
        };
        return Err(Error::new(ErrorCode::InvalidArgument, message));
    }
    Ok(PreviewQuery {
        address: wire.table.parse()?,
        rows: wire.rows as usize,
        scope: wire.scope.as_ref().map(scope_texts_from),
    })
}

/// Returns the part of a table as it was proposed.
pub fn scope_texts_from(wire: &v1::ProposedScope) -> ScopeTexts {
    let masks = wire.masks.iter();
    let masks = masks.map(|mask| (mask.column.clone(), mask.mask.clone()));
    ScopeTexts {
        columns: wire.columns.clone(),
        condition: wire.condition.clone(),
        masks: masks.collect(),
        row_limit: wire.row_limit,
    }
}

fn column_to(column: &TableColumn) -> v1::TableColumn {
    v1::TableColumn {
        name: column.name.clone(),
        r#type: column_type_to(column.column_type).into(),
        is_nullable: column.is_nullable,
        native_type: column.native_type.clone(),
        max_length: column.max_length,
        comment: comment_to(&column.comment),
    }
}

fn column_from(wire: &v1::TableColumn) -> Result<TableColumn, Error> {
    Ok(TableColumn {
        name: wire.name.clone(),
        column_type: column_type_from(wire.r#type()).ok_or_else(|| newer("type"))?,
        is_nullable: wire.is_nullable,
        native_type: wire.native_type.clone(),
        max_length: wire.max_length,
        comment: wire.comment.clone(),
    })
}

pub(super) fn column_type_to(column_type: ColumnType) -> v1::ColumnType {
    match column_type {
        ColumnType::Boolean => v1::ColumnType::Boolean,
        ColumnType::Integer => v1::ColumnType::Integer,
        ColumnType::Decimal => v1::ColumnType::Decimal,
        ColumnType::Float => v1::ColumnType::Float,
        ColumnType::Text => v1::ColumnType::Text,
        ColumnType::Bytes => v1::ColumnType::Bytes,
        ColumnType::Date => v1::ColumnType::Date,
        ColumnType::Time => v1::ColumnType::Time,
        ColumnType::Timestamp => v1::ColumnType::Timestamp,
        ColumnType::Other => v1::ColumnType::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> TableSchema {
        let columns = ColumnType::ALL.map(|column_type| TableColumn {
            name: column_type.as_str().to_owned(),
            column_type,
            is_nullable: column_type == ColumnType::Text,
            native_type: "x".to_owned(),
            max_length: (column_type == ColumnType::Text).then_some(18),
            comment: "备注".to_owned(),
        });
        TableSchema {
            columns: columns.into(),
        }
    }

    #[test]
    fn a_schema_comes_back_from_the_wire_with_its_fingerprint() {
        let description = TableDescription {
            address: "housing:permits".parse().unwrap(),
            schema: schema(),
        };
        let mut wire = table_description_to(&description);
        assert_eq!(wire.table, "housing:permits");
        let read = table_schema_from(&wire).unwrap();
        assert_eq!(wire.fingerprint, read.fingerprint().0.to_vec());
        assert_eq!(read, description.schema);
        wire.columns[0].r#type = i32::MAX;
        let error = table_schema_from(&wire).unwrap_err();
        assert_eq!(error.code(), ErrorCode::UpgradeNeeded);
    }

    #[test]
    fn a_long_comment_is_cut() {
        assert_eq!(comment_to(&"字".repeat(1_001)), "字".repeat(1_000));
    }

    #[test]
    fn a_preview_has_1_to_20_rows() {
        let asked = |rows| {
            let table = "housing:permits".to_owned();
            let wire = v1::PreviewTableRequest {
                table,
                rows,
                scope: None,
            };
            preview_query_from(&wire).map(|query| query.rows)
        };
        assert_eq!((asked(1), asked(20)), (Ok(1), Ok(20)));
        for rows in [0, 21] {
            let code = asked(rows).map_err(|error| error.code());
            assert_eq!(code, Err(ErrorCode::InvalidArgument));
        }
    }
}
