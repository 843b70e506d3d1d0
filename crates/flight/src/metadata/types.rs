//! The types of tables (`CommandGetTableTypes`) and of values (`CommandGetXdbcTypeInfo`).

use arrow_array::RecordBatch;
use arrow_flight::sql::metadata::{XdbcTypeInfo, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{
    CommandGetTableTypes, CommandGetXdbcTypeInfo, Nullable, Searchable, XdbcDataType as Xdbc,
    XdbcDatetimeSubcode as Subcode,
};
use tonic::Status;

use crate::failure::not_encoded;

/// The type of every table: whether it is a view at its provider is not known here.
pub(crate) const TABLE: &str = "TABLE";

/// The answer to `CommandGetTableTypes`.
pub(crate) fn table_types() -> Result<RecordBatch, Status> {
    let mut rows = CommandGetTableTypes {}.into_builder();
    rows.append(TABLE);
    rows.build().map_err(not_encoded)
}

/// A type of values.
struct Type {
    name: &'static str,
    xdbc: Xdbc,
    /// Bits of a number, digits of a decimal, or characters of a written time; `None` without a bound.
    size: Option<i32>,
    kind: Kind,
}

enum Kind {
    Truth,
    Integer,
    Decimal,
    Floating,
    Text,
    Bytes,
    Time(Subcode),
}

const fn of(name: &'static str, xdbc: Xdbc, size: Option<i32>, kind: Kind) -> Type {
    Type {
        name,
        xdbc,
        size,
        kind,
    }
}

/// The types of columns, by their names in SQL.
const TYPES: [Type; 12] = [
    of("BOOLEAN", Xdbc::XdbcBit, Some(1), Kind::Truth),
    of("TINYINT", Xdbc::XdbcTinyint, Some(8), Kind::Integer),
    of("SMALLINT", Xdbc::XdbcSmallint, Some(16), Kind::Integer),
    of("INTEGER", Xdbc::XdbcInteger, Some(32), Kind::Integer),
    of("BIGINT", Xdbc::XdbcBigint, Some(64), Kind::Integer),
    of("DECIMAL", Xdbc::XdbcDecimal, Some(76), Kind::Decimal),
    of("REAL", Xdbc::XdbcReal, Some(24), Kind::Floating),
    of("DOUBLE", Xdbc::XdbcDouble, Some(53), Kind::Floating),
    of("VARCHAR", Xdbc::XdbcVarchar, None, Kind::Text),
    of("VARBINARY", Xdbc::XdbcVarbinary, None, Kind::Bytes),
    of(
        "DATE",
        Xdbc::XdbcDate,
        Some(10),
        Kind::Time(Subcode::XdbcSubcodeYear),
    ),
    of(
        "TIMESTAMP",
        Xdbc::XdbcTimestamp,
        Some(29),
        Kind::Time(Subcode::XdbcSubcodeTimestamp),
    ),
];

impl Type {
    fn info(&self) -> XdbcTypeInfo {
        let is_number = matches!(self.kind, Kind::Integer | Kind::Decimal | Kind::Floating);
        let (prefix, suffix) = match self.kind {
            Kind::Text | Kind::Time(_) => (Some("'"), Some("'")),
            Kind::Bytes => (Some("X'"), Some("'")),
            Kind::Truth | Kind::Integer | Kind::Decimal | Kind::Floating => (None, None),
        };
        let (params, scale, radix) = match self.kind {
            Kind::Decimal => (Some(vec!["precision", "scale"]), Some((0, 38)), Some(10)),
            Kind::Integer => (None, Some((0, 0)), Some(2)),
            Kind::Floating => (None, None, Some(2)),
            Kind::Truth | Kind::Text | Kind::Bytes | Kind::Time(_) => (None, None, None),
        };
        XdbcTypeInfo {
            type_name: self.name.to_owned(),
            data_type: self.xdbc,
            column_size: self.size,
            literal_prefix: prefix.map(str::to_owned),
            literal_suffix: suffix.map(str::to_owned),
            create_params: params.map(|names| names.into_iter().map(str::to_owned).collect()),
            nullable: Nullable::NullabilityNullable,
            case_sensitive: matches!(self.kind, Kind::Text),
            searchable: match self.kind {
                Kind::Text => Searchable::Full,
                _ => Searchable::Basic,
            },
            unsigned_attribute: is_number.then_some(false),
            fixed_prec_scale: false,
            auto_increment: is_number.then_some(false),
            local_type_name: Some(self.name.to_owned()),
            minimum_scale: scale.map(|(least, _)| least),
            maximum_scale: scale.map(|(_, most)| most),
            sql_data_type: match self.kind {
                Kind::Time(_) => Xdbc::XdbcDatetime,
                _ => self.xdbc,
            },
            datetime_subcode: match self.kind {
                Kind::Time(subcode) => Some(subcode),
                _ => None,
            },
            num_prec_radix: radix,
            interval_precision: None,
        }
    }
}

/// The answer to `CommandGetXdbcTypeInfo`: all types, or the one that is asked for.
pub(crate) fn xdbc_types(command: &CommandGetXdbcTypeInfo) -> Result<RecordBatch, Status> {
    let mut rows = XdbcTypeInfoDataBuilder::new();
    TYPES.iter().for_each(|each| rows.append(each.info()));
    let rows = rows.build().map_err(not_encoded)?;
    rows.record_batch(command.data_type).map_err(not_encoded)
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;

    use super::*;

    fn names(data_type: Option<Xdbc>) -> Vec<String> {
        let data_type = data_type.map(|xdbc| xdbc as i32);
        let batch = xdbc_types(&CommandGetXdbcTypeInfo { data_type }).unwrap();
        let names = batch.column(0).as_string::<i32>();
        names.iter().flatten().map(str::to_owned).collect()
    }

    #[test]
    fn types_are_listed_or_one_is_found() {
        assert_eq!(names(None).len(), TYPES.len());
        assert_eq!(names(Some(Xdbc::XdbcDecimal)), ["DECIMAL"]);
        assert!(names(Some(Xdbc::XdbcInterval)).is_empty());
    }

    #[test]
    fn every_table_is_of_one_type() {
        let batch = table_types().unwrap();
        assert_eq!(batch.column(0).as_string::<i32>().value(0), TABLE);
    }
}
