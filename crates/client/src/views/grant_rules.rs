//! Rules for automatic grants, and facts about default scopes.

use chengji_messages::{Message, msg};
use chengji_proto::v1;
use chengji_proto::v1::body::Fact;

use super::actor::actor;
use crate::cells;
use crate::output::{Cell, Column, Table};
use crate::row;

/// Rules, one a line.
pub fn grant_rules(list: &v1::ListGrantRulesResponse) -> Table {
    let mut table = Table::new(&[
        Column::left("code", msg::ColumnCode),
        Column::left("revision", msg::ColumnRevision),
        Column::left("department_kinds", msg::ColumnDepartmentKinds),
        Column::left("purposes", msg::ColumnPurposes),
        Column::right("max_days", msg::ColumnMaxDays),
        Column::left("by", msg::ColumnByPrincipal),
        Column::left("at", msg::ColumnAt),
        Column::left("in_force", msg::ColumnInForce),
    ]);
    for state in &list.rules {
        let rule = state.rule.clone().unwrap_or_default();
        table.row(row![
            state.code.clone(),
            state.revision,
            rule.department_kinds.join(", "),
            rule.purposes.join("; "),
            rule.max_days,
            state.actor.as_ref().map(actor),
            state.at.as_ref().map(cells::time),
            state.in_force.then(|| Cell::label("yes", msg::Yes)),
        ]);
    }
    table.note_if_more(&list.next_cursor);
    table
}

/// One rule.
pub fn grant_rule(state: &v1::GrantRuleState) -> Table {
    grant_rules(&v1::ListGrantRulesResponse {
        rules: vec![state.clone()],
        next_cursor: String::new(),
    })
}

/// Facts about rules and default scopes.
pub(super) fn fact(fact: &Fact) -> Message {
    let named = |by: Option<&v1::Actor>| by.map_or_else(no_text, actor);
    match fact {
        Fact::GrantRuleSet(f) => msg::FactGrantRuleSet {
            actor: named(f.actor.as_ref()),
            code: &f.code,
            revision: f.revision,
        }
        .into(),
        Fact::GrantRuleEnded(f) => msg::FactGrantRuleEnded {
            actor: named(f.actor.as_ref()),
            code: &f.code,
            reason: &f.reason,
        }
        .into(),
        Fact::DefaultScopeChanged(f) => {
            let (actor, code) = (named(f.actor.as_ref()), &f.code);
            match f.scope {
                Some(_) => msg::FactDefaultScopeSet { actor, code }.into(),
                None => msg::FactDefaultScopeRemoved { actor, code }.into(),
            }
        }
        _ => no_text(),
    }
}

fn no_text() -> Message {
    msg::Text { text: "" }.into()
}
