//! Plans of how a query is computed: once to find what is read, and again when the sizes of the tables are known.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::{ExecutionPlan, StatisticsArgs, StatisticsContext};

/// The divisor of the memory for the tables that joins hold in it: the rest is for the joins' hash tables, and for
/// everything else.
const HELD: u64 = 2;

/// Plans how an optimised query is computed.
pub(crate) async fn plan(
    state: &SessionState,
    query: &LogicalPlan,
) -> Result<Arc<dyn ExecutionPlan>> {
    let planner = Arc::clone(state.query_planner());
    planner.create_physical_plan(query, state).await
}

/// Plans how an optimised query is computed once the sizes of its tables are known: a join holds the smaller table in
/// memory. `memory` is the memory of the query in bytes if it may use the disk: joins of tables that are too large for it
/// then sort both tables instead, because a hash table has to fit into memory as a whole.
pub(crate) async fn plan_by_size(
    mut state: SessionState,
    query: &LogicalPlan,
    memory: Option<u64>,
) -> Result<Arc<dyn ExecutionPlan>> {
    if let Some(memory) = memory {
        // EXPLAIN shows the plan with which the statement would run.
        let computed = match query {
            LogicalPlan::Explain(explain) => &*explain.plan,
            query => query,
        };
        let usual = plan(&state, computed).await?;
        if holds_more_than(&usual, memory / HELD) {
            state.config_mut().options_mut().optimizer.prefer_hash_join = false;
        }
    }
    plan(&state, query).await
}

/// Returns true if a join holds more than so many bytes in memory.
fn holds_more_than(plan: &Arc<dyn ExecutionPlan>, most: u64) -> bool {
    let join = plan.downcast_ref::<HashJoinExec>();
    join.is_some_and(|join| bytes(join.left()) > most)
        || plan
            .children()
            .iter()
            .any(|input| holds_more_than(input, most))
}

/// The bytes of the rows of a plan, as estimated; those of all that it reads where there is no estimate.
fn bytes(plan: &Arc<dyn ExecutionPlan>) -> u64 {
    let statistics = StatisticsContext::new().compute(&**plan, &StatisticsArgs::new());
    let known = statistics
        .ok()
        .and_then(|known| known.total_byte_size.get_value().copied());
    match known {
        Some(bytes) => bytes as u64,
        None => plan
            .children()
            .iter()
            .map(|input| bytes(input))
            .fold(0, u64::saturating_add),
    }
}
