//! The keywords and functions of queries that are reported to clients. A test of the engine checks that it has each of
//! them.

/// Keywords besides those of SQL:2003: a name that is one of them has to be quoted.
pub const KEYWORDS: &[&str] = &[
    "ANTI", "ASOF", "EXPLAIN", "ILIKE", "LIMIT", "OFFSET", "QUALIFY", "SEMI", "SIMILAR", "TRY_CAST",
];

/// Functions of numbers.
pub const NUMERIC_FUNCTIONS: &[&str] = &[
    "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "exp", "floor", "ln", "log", "log10",
    "log2", "power", "round", "signum", "sin", "sqrt", "tan", "trunc",
];

/// Functions of texts.
pub const STRING_FUNCTIONS: &[&str] = &[
    "btrim",
    "char_length",
    "concat",
    "left",
    "lower",
    "lpad",
    "ltrim",
    "replace",
    "reverse",
    "right",
    "rpad",
    "rtrim",
    "strpos",
    "substr",
    "trim",
    "upper",
];

/// Functions of dates and times.
pub const DATETIME_FUNCTIONS: &[&str] = &["date_part", "date_trunc", "extract"];

/// Functions of values of any type.
pub const SYSTEM_FUNCTIONS: &[&str] = &["coalesce", "nullif"];
