//! Views of the answers that both programs give: the directory, requests, logs and status.

mod access;
mod actor;
mod alarm;
mod catalogue;
mod consent;
mod department;
mod dues;
mod grant_rules;
mod grant_terms;
mod log;
mod matter;
mod matter_moves;
mod moves;
mod notification;
mod probe;
mod program;
mod report;
mod request;
mod return_flow;
mod rules;
mod tables;
mod todo;
mod usage;

pub use self::access::{
    audit, invitation, members, membership, membership_status, people, person, profiles, rotated,
};
pub use self::catalogue::{cities, record};
pub(crate) use self::catalogue::{class, manner, measured};
pub use self::consent::{
    delegation, delegations, proposal, proposals, standing_consent, standing_consents,
};
pub use self::department::{department, departments};
pub use self::dues::overdue;
pub use self::grant_rules::{grant_rule, grant_rules};
pub use self::log::{log, log_archive, removed_contents};
pub use self::matter::{
    correction_notice, correction_notices, correction_rows, corrections, demands, entry_errors,
    matter, matter_state,
};
pub use self::notification::{dead_letters, subscription, subscriptions};
pub use self::probe::{probe_state, probes};
pub use self::program::{accepted, backup, index_check, quarantine, status};
pub use self::report::month_report;
pub use self::request::{request, request_state, requests, state_name};
pub use self::return_flow::{return_flow, return_flows};
pub use self::rules::{holidays_set, rules_in_force, rules_list, rules_set};
pub use self::tables::tables;
pub use self::todo::todo;
pub use self::usage::{missing_usage, usage_record, usage_records, voucher};
