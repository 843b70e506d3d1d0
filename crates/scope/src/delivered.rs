//! Comparison of a delivered table with the scope of its grant, by the consumer, who does not know the table itself.

use std::collections::BTreeSet;

use arrow_schema::{DataType, SchemaRef};
use chengji_domain::quoted::Quoted;
use chengji_domain::request::terms::{Literal, Mask, TableScope};
use chengji_domain::{Error, ErrorCode, Result};
use chengji_messages::{Message, Value, msg};

/// Maximum number of columns that a message names.
const MAX_NAMED: usize = 10;

/// Checks that the columns of a delivered table are the granted ones, each once, and that masked ones have a type which
/// their mask results in. The order of columns is the provider's, and so are the types of the others.
///
/// # Errors
///
/// `PEER_INVALID`, with the columns that are missing, surplus, repeated or of another type.
pub fn check_delivered(scope: &TableScope, schema: &SchemaRef) -> Result<()> {
    let mut found = BTreeSet::new();
    for field in schema.fields() {
        if !found.insert(field.name().as_str()) {
            let column = Quoted(field.name());
            return Err(invalid(msg::DeliveredColumnRepeated { column }));
        }
        if let Some(Some(mask)) = scope.columns.get(field.name())
            && !results_in(mask, field.data_type())
        {
            return Err(invalid(msg::DeliveredColumnUnmasked {
                column: Quoted(field.name()),
                found: Value::text(field.data_type()),
            }));
        }
    }
    let granted: BTreeSet<&str> = scope.columns.keys().map(String::as_str).collect();
    let missing: Vec<&str> = granted.difference(&found).copied().collect();
    if !missing.is_empty() {
        let (columns, count) = (named(&missing), missing.len());
        return Err(invalid(msg::DeliveredColumnsMissing { columns, count }));
    }
    let surplus: Vec<&str> = found.difference(&granted).copied().collect();
    if !surplus.is_empty() {
        let (columns, count) = (named(&surplus), surplus.len());
        return Err(invalid(msg::DeliveredColumnsSurplus { columns, count }));
    }
    Ok(())
}

/// Returns true if a mask can have results of this type.
fn results_in(mask: &Mask, data_type: &DataType) -> bool {
    let is_text = matches!(
        data_type,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
    );
    match mask {
        Mask::Remove => true,
        Mask::KeepFirst(_) | Mask::KeepLast(_) => is_text,
        Mask::Hash => *data_type == DataType::Utf8,
        Mask::CutDate(_) => matches!(
            data_type,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
        ),
        Mask::RoundDown(_) => data_type.is_numeric(),
        Mask::Constant(Literal::Boolean(_)) => *data_type == DataType::Boolean,
        Mask::Constant(Literal::Integer(_)) => *data_type == DataType::Int64,
        Mask::Constant(Literal::Decimal(_)) => matches!(data_type, DataType::Decimal128(..)),
        Mask::Constant(Literal::Text(_)) => *data_type == DataType::Utf8,
        Mask::Constant(Literal::Date(_)) => *data_type == DataType::Date32,
        Mask::Constant(Literal::Time(_)) => matches!(data_type, DataType::Timestamp(..)),
    }
}

fn named(columns: &[&str]) -> Value {
    let first = columns.iter().take(MAX_NAMED);
    first.map(|column| Quoted(column)).collect()
}

fn invalid(message: impl Into<Message>) -> Error {
    Error::new(ErrorCode::PeerInvalid, message)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_schema::{Field, Schema};
    use chengji_domain::Digest;

    use super::*;

    fn scope() -> TableScope {
        let columns = [
            ("id", None),
            ("holder", Some(Mask::KeepFirst(1))),
            ("area", Some(Mask::Hash)),
        ];
        let columns = columns.map(|(name, mask)| (name.to_owned(), mask));
        TableScope {
            schema: Digest([0; 32]),
            columns: columns.into_iter().collect(),
            condition: None,
            row_limit: None,
            increment: None,
        }
    }

    fn refusal(columns: &[(&str, DataType)]) -> Option<String> {
        let fields = columns.iter();
        let fields = fields.map(|(name, data_type)| Field::new(*name, data_type.clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let error = check_delivered(&scope(), &schema).err()?;
        assert_eq!(error.code(), ErrorCode::PeerInvalid);
        Some(error.message().code().to_owned())
    }

    #[test]
    fn the_granted_columns_pass_in_the_order_of_the_table() {
        let (id, holder, area) = (
            ("id", DataType::Int64),
            ("holder", DataType::Utf8),
            ("area", DataType::Utf8),
        );
        assert_eq!(refusal(&[area.clone(), id.clone(), holder.clone()]), None);
        let unlike = |columns: &[(&str, DataType)], code: &str| {
            assert_eq!(refusal(columns).as_deref(), Some(code));
        };
        unlike(&[id.clone(), holder.clone()], "delivered-columns-missing");
        let note = ("note", DataType::Utf8);
        unlike(
            &[id.clone(), holder.clone(), area.clone(), note],
            "delivered-columns-surplus",
        );
        unlike(
            &[id.clone(), holder.clone(), area, id.clone()],
            "delivered-column-repeated",
        );
        unlike(
            &[id, holder, ("area", DataType::Float64)],
            "delivered-column-unmasked",
        );
    }
}
