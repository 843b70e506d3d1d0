//! The messages of Substrait 0.85 (`substrait/plan.proto`, `algebra.proto`, `type.proto`, `extensions.proto`), as far as
//! queries of one table are written by them. Their fields have the numbers of the specification; members of a `oneof`
//! that has only one member here are optional fields, which are encoded alike.

use prost::{Message, Oneof};

/// The value of a type of which NULL is a value.
pub(crate) const NULLABLE: i32 = 1;
/// The value of a type of which it is not.
pub(crate) const REQUIRED: i32 = 2;

/// `AGGREGATION_PHASE_INITIAL_TO_RESULT`
pub(crate) const INITIAL_TO_RESULT: i32 = 3;
/// `AGGREGATION_INVOCATION_ALL`
pub(crate) const ALL: i32 = 1;
/// `FAILURE_BEHAVIOR_THROW_EXCEPTION`
pub(crate) const THROW: i32 = 2;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Plan {
    #[prost(message, repeated, tag = "2")]
    pub(crate) extensions: Vec<Extension>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) relations: Vec<PlanRelation>,
    #[prost(message, optional, tag = "6")]
    pub(crate) version: Option<Version>,
    #[prost(message, repeated, tag = "8")]
    pub(crate) urns: Vec<ExtensionUrn>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Version {
    #[prost(uint32, tag = "1")]
    pub(crate) major: u32,
    #[prost(uint32, tag = "2")]
    pub(crate) minor: u32,
    #[prost(string, tag = "5")]
    pub(crate) producer: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ExtensionUrn {
    #[prost(uint32, tag = "1")]
    pub(crate) anchor: u32,
    #[prost(string, tag = "2")]
    pub(crate) urn: String,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Extension {
    #[prost(message, optional, tag = "3")]
    pub(crate) function: Option<ExtensionFunction>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ExtensionFunction {
    #[prost(uint32, tag = "2")]
    pub(crate) anchor: u32,
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    #[prost(uint32, tag = "4")]
    pub(crate) urn: u32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct PlanRelation {
    #[prost(message, optional, tag = "2")]
    pub(crate) root: Option<Root>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Root {
    #[prost(message, optional, tag = "1")]
    pub(crate) input: Option<Relation>,
    #[prost(string, repeated, tag = "2")]
    pub(crate) names: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Relation {
    #[prost(oneof = "RelationKind", tags = "1, 2, 3, 4, 7")]
    pub(crate) kind: Option<RelationKind>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum RelationKind {
    #[prost(message, tag = "1")]
    Read(Read),
    #[prost(message, tag = "2")]
    Filter(Filter),
    #[prost(message, tag = "3")]
    Fetch(Fetch),
    #[prost(message, tag = "4")]
    Aggregate(Aggregate),
    #[prost(message, tag = "7")]
    Project(Project),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Read {
    #[prost(message, optional, tag = "2")]
    pub(crate) schema: Option<NamedStruct>,
    #[prost(message, optional, tag = "7")]
    pub(crate) table: Option<NamedTable>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct NamedTable {
    #[prost(string, repeated, tag = "1")]
    pub(crate) names: Vec<String>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct NamedStruct {
    #[prost(string, repeated, tag = "1")]
    pub(crate) names: Vec<String>,
    #[prost(message, optional, tag = "2")]
    pub(crate) fields: Option<Struct>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Struct {
    #[prost(message, repeated, tag = "1")]
    pub(crate) types: Vec<Type>,
    #[prost(uint32, tag = "2")]
    pub(crate) variation: u32,
    #[prost(int32, tag = "3")]
    pub(crate) nullability: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Filter {
    #[prost(message, optional, boxed, tag = "2")]
    pub(crate) input: Option<Box<Relation>>,
    #[prost(message, optional, tag = "3")]
    pub(crate) condition: Option<Expression>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Fetch {
    #[prost(message, optional, boxed, tag = "2")]
    pub(crate) input: Option<Box<Relation>>,
    #[prost(message, optional, tag = "6")]
    pub(crate) count: Option<Expression>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Project {
    #[prost(message, optional, tag = "1")]
    pub(crate) common: Option<Common>,
    #[prost(message, optional, boxed, tag = "2")]
    pub(crate) input: Option<Box<Relation>>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) expressions: Vec<Expression>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Common {
    #[prost(message, optional, tag = "2")]
    pub(crate) emit: Option<Emit>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Emit {
    #[prost(int32, repeated, tag = "1")]
    pub(crate) output_mapping: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Aggregate {
    #[prost(message, optional, boxed, tag = "2")]
    pub(crate) input: Option<Box<Relation>>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) groupings: Vec<Grouping>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) measures: Vec<Measure>,
    #[prost(message, repeated, tag = "5")]
    pub(crate) grouping_expressions: Vec<Expression>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Grouping {
    #[prost(uint32, repeated, tag = "2")]
    pub(crate) expression_references: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Measure {
    #[prost(message, optional, tag = "1")]
    pub(crate) function: Option<AggregateFunction>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct AggregateFunction {
    #[prost(uint32, tag = "1")]
    pub(crate) function: u32,
    #[prost(int32, tag = "4")]
    pub(crate) phase: i32,
    #[prost(message, optional, tag = "5")]
    pub(crate) output_type: Option<Type>,
    #[prost(int32, tag = "6")]
    pub(crate) invocation: i32,
    #[prost(message, repeated, tag = "7")]
    pub(crate) arguments: Vec<Argument>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Argument {
    #[prost(message, optional, tag = "3")]
    pub(crate) value: Option<Expression>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Expression {
    #[prost(oneof = "ExpressionKind", tags = "1, 2, 3, 8, 11")]
    pub(crate) kind: Option<ExpressionKind>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum ExpressionKind {
    #[prost(message, tag = "1")]
    Literal(Literal),
    #[prost(message, tag = "2")]
    Selection(FieldReference),
    #[prost(message, tag = "3")]
    Function(ScalarFunction),
    #[prost(message, tag = "8")]
    OrList(SingularOrList),
    #[prost(message, tag = "11")]
    Cast(Cast),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct FieldReference {
    #[prost(message, optional, tag = "1")]
    pub(crate) direct: Option<ReferenceSegment>,
    #[prost(message, optional, tag = "4")]
    pub(crate) root: Option<RootReference>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct RootReference {}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ReferenceSegment {
    #[prost(message, optional, tag = "2")]
    pub(crate) field: Option<StructField>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct StructField {
    #[prost(int32, tag = "1")]
    pub(crate) field: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct ScalarFunction {
    #[prost(uint32, tag = "1")]
    pub(crate) function: u32,
    #[prost(message, optional, tag = "3")]
    pub(crate) output_type: Option<Type>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) arguments: Vec<Argument>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SingularOrList {
    #[prost(message, optional, boxed, tag = "1")]
    pub(crate) value: Option<Box<Expression>>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) options: Vec<Expression>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Cast {
    #[prost(message, optional, tag = "1")]
    pub(crate) to: Option<Type>,
    #[prost(message, optional, boxed, tag = "2")]
    pub(crate) input: Option<Box<Expression>>,
    #[prost(int32, tag = "3")]
    pub(crate) failure_behavior: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Literal {
    #[prost(
        oneof = "LiteralKind",
        tags = "1, 2, 3, 5, 7, 10, 11, 12, 13, 16, 24, 29, 34, 35"
    )]
    pub(crate) kind: Option<LiteralKind>,
    #[prost(uint32, tag = "51")]
    pub(crate) variation: u32,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum LiteralKind {
    #[prost(bool, tag = "1")]
    Boolean(bool),
    #[prost(int32, tag = "2")]
    I8(i32),
    #[prost(int32, tag = "3")]
    I16(i32),
    #[prost(int32, tag = "5")]
    I32(i32),
    #[prost(int64, tag = "7")]
    I64(i64),
    #[prost(float, tag = "10")]
    Fp32(f32),
    #[prost(double, tag = "11")]
    Fp64(f64),
    #[prost(string, tag = "12")]
    Text(String),
    #[prost(bytes = "vec", tag = "13")]
    Binary(Vec<u8>),
    #[prost(int32, tag = "16")]
    Date(i32),
    #[prost(message, tag = "24")]
    Decimal(DecimalLiteral),
    #[prost(message, tag = "29")]
    Null(Type),
    #[prost(message, tag = "34")]
    Timestamp(TimestampLiteral),
    #[prost(message, tag = "35")]
    ZonedTimestamp(TimestampLiteral),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct DecimalLiteral {
    /// Sixteen bytes, the lowest first.
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) value: Vec<u8>,
    #[prost(int32, tag = "2")]
    pub(crate) precision: i32,
    #[prost(int32, tag = "3")]
    pub(crate) scale: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TimestampLiteral {
    /// Number of digits of a fraction of a second.
    #[prost(int32, tag = "1")]
    pub(crate) precision: i32,
    #[prost(int64, tag = "2")]
    pub(crate) value: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Type {
    #[prost(
        oneof = "TypeKind",
        tags = "1, 2, 3, 5, 7, 10, 11, 12, 13, 16, 24, 33, 34"
    )]
    pub(crate) kind: Option<TypeKind>,
}

#[derive(Clone, PartialEq, Oneof)]
pub(crate) enum TypeKind {
    #[prost(message, tag = "1")]
    Boolean(SimpleType),
    #[prost(message, tag = "2")]
    I8(SimpleType),
    #[prost(message, tag = "3")]
    I16(SimpleType),
    #[prost(message, tag = "5")]
    I32(SimpleType),
    #[prost(message, tag = "7")]
    I64(SimpleType),
    #[prost(message, tag = "10")]
    Fp32(SimpleType),
    #[prost(message, tag = "11")]
    Fp64(SimpleType),
    #[prost(message, tag = "12")]
    Text(SimpleType),
    #[prost(message, tag = "13")]
    Binary(SimpleType),
    #[prost(message, tag = "16")]
    Date(SimpleType),
    #[prost(message, tag = "24")]
    Decimal(DecimalType),
    #[prost(message, tag = "33")]
    Timestamp(TimestampType),
    #[prost(message, tag = "34")]
    ZonedTimestamp(TimestampType),
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct SimpleType {
    #[prost(uint32, tag = "1")]
    pub(crate) variation: u32,
    #[prost(int32, tag = "2")]
    pub(crate) nullability: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct DecimalType {
    #[prost(int32, tag = "1")]
    pub(crate) scale: i32,
    #[prost(int32, tag = "2")]
    pub(crate) precision: i32,
    #[prost(int32, tag = "4")]
    pub(crate) nullability: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct TimestampType {
    #[prost(int32, tag = "1")]
    pub(crate) precision: i32,
    #[prost(int32, tag = "3")]
    pub(crate) nullability: i32,
}
