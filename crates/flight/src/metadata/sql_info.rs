//! Capabilities of the node (`CommandGetSqlInfo`), by which clients choose their calls.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use arrow_flight::sql::SqlInfo as Info;
use arrow_flight::sql::metadata::SqlInfoDataBuilder;
use arrow_flight::sql::{
    SqlNullOrdering, SqlOuterJoinsSupportLevel, SqlSupportedCaseSensitivity, SqlSupportedGroupBy,
    SqlSupportedResultSetConcurrency, SqlSupportedResultSetType, SqlSupportedSubqueries,
    SqlSupportedTransaction, SqlSupportedUnions, SqlTransactionIsolationLevel, SupportedSqlGrammar,
};
use arrow_schema::Schema;
use chengji_query::MAX_STATEMENT;
use chengji_query::language::{
    DATETIME_FUNCTIONS, KEYWORDS, NUMERIC_FUNCTIONS, STRING_FUNCTIONS, SYSTEM_FUNCTIONS,
};
use tonic::Status;

use crate::failure::not_encoded;
use crate::prepared::{MAX_IDLE, MAX_PREPARED};

/// A value.
enum Said {
    Text(&'static str),
    Truth(bool),
    Number(i64),
    /// An ordinal or a set of bits.
    Bits(i32),
    Names(&'static [&'static str]),
}

use Said::{Bits, Names, Number, Text, Truth};

/// The bits of values of an enumeration.
const fn bits<const N: usize>(values: [i32; N]) -> Said {
    let (mut all, mut n) = (0, 0);
    while n < N {
        all |= 1 << values[n];
        n += 1;
    }
    Bits(all)
}

/// The server itself.
const SERVER: &[(Info, Said)] = &[
    (Info::FlightSqlServerName, Text("Chengji")),
    (
        Info::FlightSqlServerVersion,
        Text(env!("CARGO_PKG_VERSION")),
    ),
    (Info::FlightSqlServerArrowVersion, Text("1.5")),
    (Info::FlightSqlServerReadOnly, Truth(true)),
    (Info::FlightSqlServerSql, Truth(true)),
    (Info::FlightSqlServerSubstrait, Truth(false)),
    (
        Info::FlightSqlServerTransaction,
        Bits(SqlSupportedTransaction::None as i32),
    ),
    (Info::FlightSqlServerCancel, Truth(true)),
    (Info::FlightSqlServerBulkIngestion, Truth(false)),
    (
        Info::FlightSqlServerIngestTransactionsSupported,
        Truth(false),
    ),
    (
        Info::FlightSqlServerStatementTimeout,
        Bits(MAX_IDLE.as_millis() as i32),
    ),
    (Info::FlightSqlServerTransactionTimeout, Bits(0)),
];

/// Names and the words of the language.
const NAMES: &[(Info, Said)] = &[
    (Info::SqlDdlCatalog, Truth(false)),
    (Info::SqlDdlSchema, Truth(false)),
    (Info::SqlDdlTable, Truth(false)),
    (
        Info::SqlIdentifierCase,
        Bits(SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32),
    ),
    (Info::SqlIdentifierQuoteChar, Text("\"")),
    (
        Info::SqlQuotedIdentifierCase,
        Bits(SqlSupportedCaseSensitivity::SqlCaseSensitivityUnknown as i32),
    ),
    (Info::SqlAllTablesAreSelectable, Truth(true)),
    (
        Info::SqlNullOrdering,
        Bits(SqlNullOrdering::SqlNullsSortedHigh as i32),
    ),
    (Info::SqlKeywords, Names(KEYWORDS)),
    (Info::SqlNumericFunctions, Names(NUMERIC_FUNCTIONS)),
    (Info::SqlStringFunctions, Names(STRING_FUNCTIONS)),
    (Info::SqlSystemFunctions, Names(SYSTEM_FUNCTIONS)),
    (Info::SqlDatetimeFunctions, Names(DATETIME_FUNCTIONS)),
    (Info::SqlSearchStringEscape, Text("\\")),
    (Info::SqlExtraNameCharacters, Text("")),
    (Info::SqlSchemaTerm, Text("schema")),
    (Info::SqlProcedureTerm, Text("procedure")),
    (Info::SqlCatalogTerm, Text("catalog")),
    (Info::SqlCatalogAtStart, Truth(true)),
];

/// Features of statements.
const LANGUAGE: &[(Info, Said)] = &[
    (Info::SqlSupportsColumnAliasing, Truth(true)),
    (Info::SqlNullPlusNullIsNull, Truth(true)),
    (Info::SqlSupportsTableCorrelationNames, Truth(true)),
    (
        Info::SqlSupportsDifferentTableCorrelationNames,
        Truth(false),
    ),
    (Info::SqlSupportsExpressionsInOrderBy, Truth(true)),
    (Info::SqlSupportsOrderByUnrelated, Truth(true)),
    (
        Info::SqlSupportedGroupBy,
        bits([
            SqlSupportedGroupBy::SqlGroupByUnrelated as i32,
            SqlSupportedGroupBy::SqlGroupByBeyondSelect as i32,
        ]),
    ),
    (Info::SqlSupportsLikeEscapeClause, Truth(true)),
    (Info::SqlSupportsNonNullableColumns, Truth(true)),
    (
        Info::SqlSupportedGrammar,
        bits([SupportedSqlGrammar::SqlMinimumGrammar as i32]),
    ),
    // Bit 0: ANSI92_ENTRY_SQL.
    (Info::SqlAnsi92SupportedLevel, Bits(1)),
    (Info::SqlSupportsIntegrityEnhancementFacility, Truth(false)),
    // An ordinal by the protocol; the JDBC driver reads bits.
    (
        Info::SqlOuterJoinsSupportLevel,
        bits([
            SqlOuterJoinsSupportLevel::SqlLimitedOuterJoins as i32,
            SqlOuterJoinsSupportLevel::SqlFullOuterJoins as i32,
        ]),
    ),
    (Info::SqlSchemasSupportedActions, Bits(0)),
    (Info::SqlCatalogsSupportedActions, Bits(0)),
    (Info::SqlSupportedPositionedCommands, Bits(0)),
    (Info::SqlSelectForUpdateSupported, Truth(false)),
    (Info::SqlStoredProceduresSupported, Truth(false)),
    (
        Info::SqlSupportedSubqueries,
        bits([
            SqlSupportedSubqueries::SqlSubqueriesInComparisons as i32,
            SqlSupportedSubqueries::SqlSubqueriesInExists as i32,
            SqlSupportedSubqueries::SqlSubqueriesInIns as i32,
        ]),
    ),
    (Info::SqlCorrelatedSubqueriesSupported, Truth(true)),
    (
        Info::SqlSupportedUnions,
        bits([
            SqlSupportedUnions::SqlUnion as i32,
            SqlSupportedUnions::SqlUnionAll as i32,
        ]),
    ),
];

/// Limits (0: none, or not known), transactions and results.
const LIMITS: &[(Info, Said)] = &[
    (Info::SqlMaxBinaryLiteralLength, Number(0)),
    (Info::SqlMaxCharLiteralLength, Number(0)),
    (Info::SqlMaxColumnNameLength, Number(0)),
    (Info::SqlMaxColumnsInGroupBy, Number(0)),
    (Info::SqlMaxColumnsInIndex, Number(0)),
    (Info::SqlMaxColumnsInOrderBy, Number(0)),
    (Info::SqlMaxColumnsInSelect, Number(0)),
    (Info::SqlMaxColumnsInTable, Number(0)),
    (Info::SqlMaxConnections, Number(0)),
    (Info::SqlMaxCursorNameLength, Number(0)),
    (Info::SqlMaxIndexLength, Number(0)),
    (Info::SqlDbSchemaNameLength, Number(0)),
    (Info::SqlMaxProcedureNameLength, Number(0)),
    (Info::SqlMaxCatalogNameLength, Number(0)),
    (Info::SqlMaxRowSize, Number(0)),
    (Info::SqlMaxRowSizeIncludesBlobs, Truth(true)),
    (Info::SqlMaxStatementLength, Number(MAX_STATEMENT as i64)),
    (Info::SqlMaxStatements, Number(MAX_PREPARED as i64)),
    (Info::SqlMaxTableNameLength, Number(0)),
    (Info::SqlMaxTablesInSelect, Number(0)),
    (Info::SqlMaxUsernameLength, Number(0)),
    // 32 bits by the protocol; the JDBC driver takes nothing but 64.
    (
        Info::SqlDefaultTransactionIsolation,
        Number(SqlTransactionIsolationLevel::SqlTransactionNone as i64),
    ),
    (Info::SqlTransactionsSupported, Truth(false)),
    (
        Info::SqlSupportedTransactionsIsolationLevels,
        bits([SqlTransactionIsolationLevel::SqlTransactionNone as i32]),
    ),
    (Info::SqlDataDefinitionCausesTransactionCommit, Truth(false)),
    (Info::SqlDataDefinitionsInTransactionsIgnored, Truth(false)),
    (
        Info::SqlSupportedResultSetTypes,
        bits([SqlSupportedResultSetType::SqlResultSetTypeForwardOnly as i32]),
    ),
    (
        Info::SqlSupportedConcurrenciesForResultSetForwardOnly,
        bits([SqlSupportedResultSetConcurrency::SqlResultSetConcurrencyReadOnly as i32]),
    ),
    (Info::SqlBatchUpdatesSupported, Truth(false)),
    (Info::SqlSavepointsSupported, Truth(false)),
    (Info::SqlNamedParametersSupported, Truth(false)),
    (Info::SqlLocatorsUpdateCopy, Truth(false)),
    (
        Info::SqlStoredFunctionsUsingCallSyntaxSupported,
        Truth(false),
    ),
];

/// The columns of the answer.
pub(crate) fn sql_info_schema() -> &'static Schema {
    SqlInfoDataBuilder::schema()
}

/// The answer with these values, those that are known; with all of them if none is named.
pub(crate) fn sql_info(asked: &[u32]) -> Result<RecordBatch, Status> {
    let named: HashSet<u32> = asked.iter().copied().collect();
    let mut answer = SqlInfoDataBuilder::new();
    for (info, said) in [SERVER, NAMES, LANGUAGE, LIMITS].into_iter().flatten() {
        if !named.is_empty() && !named.contains(&(*info as u32)) {
            continue;
        }
        match said {
            Text(text) => answer.append(*info, *text),
            Truth(truth) => answer.append(*info, *truth),
            Number(number) => answer.append(*info, *number),
            Bits(bits) => answer.append(*info, *bits),
            Names(names) => answer.append(*info, *names),
        }
    }
    let answer = answer.build().and_then(|all| all.record_batch([]));
    answer.map_err(not_encoded)
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::UInt32Type;

    use super::*;

    fn asked(infos: &[u32]) -> Vec<u32> {
        let batch = sql_info(infos).unwrap();
        assert_eq!(batch.schema().as_ref(), sql_info_schema());
        batch
            .column(0)
            .as_primitive::<UInt32Type>()
            .values()
            .to_vec()
    }

    #[test]
    fn what_is_asked_for_is_answered_and_all_without_a_question() {
        let all = asked(&[]);
        let said = [SERVER, NAMES, LANGUAGE, LIMITS].into_iter().flatten();
        assert_eq!(all.len(), said.count());
        assert_eq!(asked(&[508, 0, 508]), [0, 508]);
        assert_eq!(asked(&[3, 99_999]), [3]);
        assert_eq!(asked(&[99_999]), Vec::<u32>::new());
    }

    #[test]
    fn sets_of_values_are_bits() {
        let Bits(unions) = bits([0, 1]) else {
            panic!("no bits");
        };
        assert_eq!(unions, 0b11);
    }
}
