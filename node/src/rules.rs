//! The rule service: the deadline rules in force, from the copy of the coordinator's log.

use chengji_domain::Result;
use chengji_follow::rule_table;
use chengji_proto::convert::RulesQuery;
use chengji_proto::service::{Page, RulesService};
use chengji_proto::v1;
use chengji_runtime::{CurrentRules, off_thread};
use chengji_transport::Permit;

use crate::own_log::OwnLog;

/// Serves [`RulesService`].
#[derive(Clone)]
pub(crate) struct NodeRulesService {
    /// The store with the facts.
    pub(crate) own: OwnLog,
    /// The rules in force.
    pub(crate) rules: CurrentRules,
}

impl RulesService<Permit> for NodeRulesService {
    async fn list(&self, _: Permit, asked: v1::ListRulesRequest) -> Result<Page<v1::RulesFact>> {
        let ledger = self.own.ledger.clone();
        off_thread(move || rule_table::page(&**ledger.kv(), &asked)).await
    }

    /// The rules of the own city, unless a place is given.
    async fn show(&self, _: Permit, query: RulesQuery) -> Result<v1::RulesInForce> {
        let own = self.own.city.into();
        let place = query.jurisdiction.unwrap_or(own);
        Ok(rule_table::shown(
            &self.rules,
            (place, query.at),
            self.own.now(),
        ))
    }
}
