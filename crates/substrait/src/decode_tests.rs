//! Plans that are read, and plans that are refused.

use arrow_schema::DataType;
use chengji_domain::ErrorCode;
use proptest::prelude::*;

use super::*;
use crate::check::{MAX_DEPTH, MAX_EXPRESSIONS};
use crate::expression::Comparison;
use crate::output::Function;
use crate::strategies::{columns, queries};

fn of(condition: Option<Expression>) -> Result<TableQuery> {
    let output = Output::Columns(vec![0]);
    TableQuery::new("7".to_owned(), columns(), condition, output, Some(3))
}

/// The code of the message of a refusal.
fn refusal<T>(result: Result<T>) -> String {
    let error = result.err().unwrap();
    assert_eq!(error.code(), ErrorCode::InvalidArgument);
    error.message().code().to_owned()
}

fn missing(at: usize) -> Expression {
    Expression::IsNull(Box::new(Expression::Column(at)))
}

/// The plan of a query, after a change.
fn changed(change: impl FnOnce(&mut wire::Plan)) -> Vec<u8> {
    let bytes = encode(&of(Some(missing(1))).unwrap()).unwrap();
    let mut plan = wire::Plan::decode(&*bytes).unwrap();
    change(&mut plan);
    plan.encode_to_vec()
}

proptest! {
    #[test]
    fn queries_are_read_as_they_were_written(query in queries()) {
        let plan = encode(&query).unwrap();
        prop_assert_eq!(decode(&plan).unwrap(), query);
    }

    #[test]
    fn a_damaged_plan_is_refused_or_is_that_of_another_query(
        query in queries(),
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut plan = encode(&query).unwrap();
        let at = at.index(plan.len());
        plan[at] = byte;
        if let Ok(other) = decode(&plan) {
            prop_assert_eq!(&encode(&other).unwrap(), &plan);
        }
        plan.truncate(at);
        prop_assert!(decode(&plan).is_err());
    }

    #[test]
    fn no_bytes_make_reading_panic(plan in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&plan).is_err());
    }
}

#[test]
fn what_is_not_on_the_list_is_refused() {
    assert!(decode(&changed(|_| ())).is_ok());
    let foreign = [
        // The field `advanced_extensions`, which is not read.
        [changed(|_| ()), vec![0x22, 0]].concat(),
        changed(|plan| plan.relations.push(plan.relations[0].clone())),
        changed(|plan| plan.relations.clear()),
        changed(|plan| plan.version = None),
        changed(|plan| plan.urns.clear()),
        changed(|plan| {
            let function = plan.extensions[0].function.as_mut().unwrap();
            function.name = "regexp_match_substring".to_owned();
        }),
        changed(|plan| {
            let root = plan.relations[0].root.as_mut().unwrap();
            root.names[0] = "other".to_owned();
        }),
        // A relation of a kind that is not read.
        changed(|plan| {
            let root = plan.relations[0].root.as_mut().unwrap();
            root.input = Some(Relation { kind: None });
        }),
        Vec::new(),
    ];
    for plan in foreign {
        assert_eq!(refusal(decode(&plan)), "table-query-not-allowed");
    }
}

#[test]
fn a_deep_expression_is_refused() {
    let nested = |depth: usize| {
        let not = |condition, _| Expression::Not(Box::new(condition));
        (2..depth).fold(missing(1), not)
    };
    let query = of(Some(nested(MAX_DEPTH))).unwrap();
    assert_eq!(decode(&encode(&query).unwrap()).unwrap(), query);
    assert_eq!(
        refusal(of(Some(nested(MAX_DEPTH + 1)))),
        "table-query-too-deep"
    );

    let deepest = changed(|plan| {
        let root = plan.relations[0].root.as_mut().unwrap();
        let read = root.input.take().unwrap();
        let filtered = |input, _| Relation {
            kind: Some(RelationKind::Filter(wire::Filter {
                input: Some(Box::new(input)),
                condition: None,
            })),
        };
        root.input = Some((0..1_000).fold(read, filtered));
    });
    assert_eq!(refusal(decode(&deepest)), "table-query-not-allowed");
}

/// The condition of a plan whose query has one, and a maximum of rows.
fn condition(plan: &mut wire::Plan) -> Option<&mut wire::Expression> {
    let root = plan.relations.first_mut()?.root.as_mut()?;
    let Some(RelationKind::Fetch(fetch)) = &mut root.input.as_mut()?.kind else {
        return None;
    };
    let Some(RelationKind::Project(project)) = &mut fetch.input.as_mut()?.kind else {
        return None;
    };
    let Some(RelationKind::Filter(filter)) = &mut project.input.as_mut()?.kind else {
        return None;
    };
    filter.condition.as_mut()
}

#[test]
fn what_is_nested_takes_no_stack() {
    let nested = changed(|plan| {
        let condition = condition(plan).unwrap();
        let within = |inner, _| {
            let mut outer = condition.clone();
            if let Some(ExpressionKind::Function(called)) = &mut outer.kind {
                called.arguments[0].value = Some(inner);
            }
            outer
        };
        *condition = (0..200).fold(condition.clone(), within);
    });
    assert_eq!(refusal(decode(&nested)), "table-query-not-allowed");
    // Groups of a field that is not read, each within the one before.
    let groups = vec![0x0b; MAX_BYTES];
    assert_eq!(refusal(decode(&groups)), "table-query-not-allowed");
}

#[test]
fn a_large_query_is_refused() {
    let many = Expression::And(vec![missing(1); MAX_EXPRESSIONS / 2]);
    assert_eq!(refusal(of(Some(many))), "table-query-too-many");
    let long = Expression::Compare {
        comparison: Comparison::Equal,
        left: Box::new(Expression::Column(1)),
        right: Box::new(Expression::Literal(Literal {
            data_type: DataType::Utf8,
            value: Some(Value::Text("长".repeat(MAX_BYTES))),
        })),
    };
    assert_eq!(
        refusal(encode(&of(Some(long)).unwrap())),
        "table-query-too-long"
    );
    assert_eq!(
        refusal(decode(&vec![0; MAX_BYTES + 1])),
        "table-query-too-long"
    );
}

#[test]
fn an_ill_typed_query_is_refused() {
    let number = Literal {
        data_type: DataType::Int64,
        value: Some(Value::Integer(1)),
    };
    for condition in [
        Expression::Column(0),
        Expression::Not(Box::new(Expression::Column(1))),
        Expression::Compare {
            comparison: Comparison::Less,
            left: Box::new(Expression::Column(0)),
            right: Box::new(Expression::Literal(number.clone())),
        },
        Expression::In {
            value: Box::new(Expression::Column(0)),
            options: vec![number.clone()],
        },
        Expression::Like {
            value: Box::new(Expression::Column(0)),
            pattern: number,
        },
    ] {
        assert_eq!(refusal(of(Some(condition))), "table-query-ill-typed");
    }
    assert_eq!(refusal(of(Some(missing(99)))), "table-query-not-allowed");

    let output = |output| TableQuery::new("7".to_owned(), columns(), None, output, None);
    for refused in [
        Output::Columns(Vec::new()),
        Output::Columns(vec![0, 0]),
        Output::Columns(vec![99]),
        Output::Groups {
            by: Vec::new(),
            measures: Vec::new(),
        },
    ] {
        assert_eq!(refusal(output(refused)), "table-query-not-allowed");
    }
    let sum_of_texts = Measure {
        function: Function::Sum,
        argument: Some(Expression::Column(1)),
        data_type: DataType::Int64,
    };
    let groups = Output::Groups {
        by: Vec::new(),
        measures: vec![sum_of_texts],
    };
    assert_eq!(refusal(output(groups)), "table-query-ill-typed");
}

#[test]
fn constants_are_of_types_that_columns_may_have() {
    let constant = Expression::Literal(Literal {
        data_type: DataType::Decimal128(0, 127),
        value: Some(Value::Integer(0)),
    });
    let condition = Expression::Compare {
        comparison: Comparison::Equal,
        left: Box::new(constant.clone()),
        right: Box::new(constant),
    };
    assert_eq!(refusal(of(Some(condition))), "table-query-ill-typed");
}
