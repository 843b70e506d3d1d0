//! Conversion of wire types to domain types and back.
//!
//! A wire message is not trusted; the domain type made from it is valid. Errors name the field.

mod access;
mod actor;
mod adoption;
mod alarm;
mod answered;
mod approval;
mod as_they_came;
mod catalogue;
mod city_fact;
mod cluster_fact;
mod consent;
mod deadline;
mod default_scope;
mod delivery;
mod envelope;
mod finding;
mod grant_rule;
mod grant_terms;
mod lifecycle;
mod log;
mod matter;
mod matter_orders;
mod matter_record;
mod measurement;
mod mount;
mod moves;
mod notification;
mod parsed;
mod position;
mod probe;
mod problem;
mod published_texts;
mod rate;
mod reader;
mod record;
mod report;
mod request;
mod request_orders;
mod request_record;
mod return_flow;
mod rules;
mod seal;
mod source;
mod statistics;
mod stop;
mod succession;
mod terms;
mod usage;

use chengji_domain::request::RequestId;
use chengji_domain::{CityCode, Endpoint, Error, ErrorCode, Quoted, ResourceCode};
use chengji_messages::{Value, msg};
use jiff::Timestamp;

pub use self::access::{
    Credentials, MemberList, NewInvitation, audit_entry_to, audited_principal_from,
    certificate_from, certificate_to, credentials_from, department_to, invitation_from,
    log_key_from, log_key_to, membership_from, membership_status_from, membership_status_to,
    membership_to, optional_time_from, person_to, recorded_rights, rights_from, role_from, role_to,
    roles_to,
};
pub use self::actor::{actor_from, actor_to, consent_from, consent_to, given_consent_from};
pub use self::adoption::{adopted_formula_to, adoption_from, adoption_to};
pub use self::alarm::{LogAlarm, alarm_to};
pub use self::approval::{ApprovalOrder, DenialOrder};
pub use self::catalogue::{
    assessment_outcome_from, assessment_outcome_to, draft_from, entry_from, entry_to,
    format_kind_from, format_kind_to, import_entry_from, import_problem_to, item_type_from,
    item_type_to, level_from, level_to, share_class_from, share_class_to, share_manner_from,
    share_manner_to, shown_region, update_cycle_from, update_cycle_to,
};
pub use self::cluster_fact::{member_from, member_to};
pub use self::consent::{
    DelegationView, StandingView, countersigning_role_from, delegated_from, delegated_roles_from,
    delegated_to, delegation_to, proposal_ended_from, proposal_ended_to, proposal_to,
    proposed_from, proposed_to, standing_to,
};
pub use self::deadline::{deadline_from, deadline_to, due_act_from, due_act_to, due_from, due_to};
pub use self::default_scope::{DefaultScopeOrder, ShownDefaultScope};
pub use self::delivery::{content_from, offer_to, receipt_to};
pub use self::envelope::{
    counted_delivery_from, counted_delivery_to, envelope_from, parse_envelope, written_at,
};
pub use self::grant_rule::{
    GrantRuleOrder, GrantRuleView, grant_rule_from, grant_rule_state_to, grant_rule_to,
};
pub use self::grant_terms::{
    check_terms_size, grant_terms_from, grant_terms_to, table_scope_from, table_scope_to,
    terms_of_use_from, terms_of_use_to,
};
pub use self::lifecycle::{
    entry_act_from, entry_act_to, entry_move_from, entry_move_to, entry_state_from, entry_state_to,
    tightening_from, tightening_to,
};
pub use self::log::{
    city_entry_from, city_entry_in, city_entry_to, cluster_entry_from, cluster_entry_in,
    cluster_entry_to,
};
pub use self::matter::{
    correction_told_from, correction_told_to, filing_from, filing_to, matter_step_from,
    matter_step_to,
};
pub use self::matter_orders::MatterOrder;
pub use self::matter_record::{MatterView, matter_state_from, matter_state_to, matter_to};
pub use self::measurement::{measurement_from, measurement_to};
pub use self::moves::{grant_to, move_from, move_to};
pub use self::notification::{
    SubscriptionView, dead_letter_to, subscribed_from, subscribed_to, subscribed_topics_from,
    subscription_order_from, subscription_to, topic_to, topics_from, webhook_form_to,
};
pub use self::parsed::{
    AcceptOrder, ChangeOrder, CityInvitation, DelegationOrder, EntryOrder, MembershipChange,
    MountOrder, MoveOrder, PaperedOrder, PersonInvitation, RevisionQuery, RightsChange,
    SourceToMount, StandingOrder, StopOrder, SubmissionOrder, SubscriptionOrder,
};
pub use self::position::{
    KnownLog, LogEnd, epoch_from, epoch_id, epoch_start_from, epoch_start_to, position_from,
    position_to,
};
pub use self::probe::{
    declaration_from, difference_from, probe_made_from, probe_made_to, probe_offer_to,
    probe_order_from, probe_order_to, probe_state_from, probe_state_to, probe_to,
    probed_table_from,
};
pub use self::problem::{problem_from, problem_message, problem_to, text_from, text_to};
pub use self::published_texts::{PublishedTexts, published_texts};
pub use self::rate::{
    RateCutOff, RateExplanation, RateReport, RateSeries, contributions_from, evidence_to,
    figures_to, lost_to, series_interval_from,
};
pub use self::record::{
    EntryHistory, ShownEntry, ShownLifecycle, entry_step_to, life_to, past_step_to, record_to,
    running_grants_from, shown_entry_from,
};
pub use self::report::{
    CatalogueFreshness, MonthReport, ReportQuery, ReportedRow, Sharing, report_query_from,
    report_row_to,
};
pub use self::request::{
    state_from, state_to, step_from, step_to, steps_to, submission_from, submission_to,
};
pub use self::request_orders::{AmendOrder, ConsultOrder, GrantChange, SettlementOrder};
pub use self::request_record::{RequestView, Submitted, attention_to, request_to};
pub use self::return_flow::{
    ReturnFlowAnswer, ReturnFlowOrder, return_flow_end_from, return_flow_end_to, return_flow_from,
    return_flow_state_to, return_flow_to,
};
pub use self::rules::{
    RulesOrder, RulesQuery, day_to, notice_from, notice_to, rule_in_force_to, rules_fact_to,
    rules_set_from, rules_set_to,
};
pub use self::seal::{Checkpoint, CheckpointCity, seal_from, seal_to};
pub use self::source::{
    PreviewQuery, ScopeTexts, SourceObservation, TableDescription, TablePreview, column_type_from,
    comment_to, declared_source_to, scope_texts_from, source_name_from, table_description_to,
    table_preview_to, table_schema_from,
};
pub use self::statistics::{
    StatisticsPage, dimension_from, dimension_to, dimensions_from, freshness_from, freshness_to,
    statistics_to,
};
pub use self::stop::{
    incident_report_from, incident_report_to, origin_from, origin_to, stop_cause_from,
    stop_cause_to,
};
pub use self::succession::{
    TakeBackOrder, recorded_succession_to, succession_end_from, succession_end_to, succession_from,
    succession_to,
};
pub use self::terms::{TermList, names_from, terms_to};
pub use self::usage::{
    UsageView, optional_date_from, optional_date_to, optional_voucher_from, usage_from,
    usage_record_to, usage_recorded_from, usage_recorded_to, voucher_to,
};

/// Converts a time to the wire.
pub fn time_to(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    }
}

/// Converts a time from the wire. Errors: INVALID_ARGUMENT, naming `field`, if it is missing or out
/// of range.
pub fn time_from(at: Option<&prost_types::Timestamp>, field: &str) -> Result<Timestamp, Error> {
    let at = at.ok_or_else(|| missing(field))?;
    Timestamp::new(at.seconds, at.nanos).map_err(|_| invalid(field, msg::WireTimeOutOfRange))
}

/// Parses the number of a request.
pub fn request_from(text: &str) -> Result<RequestId, Error> {
    text.parse()
}

/// Parses the code of a city.
pub fn city_from(text: &str) -> Result<CityCode, Error> {
    text.parse()
}

/// Parses the address of a node.
pub fn endpoint_from(text: &str) -> Result<Endpoint, Error> {
    text.parse()
}

/// Parses the code of a resource.
pub fn code_from(text: &str) -> Result<ResourceCode, Error> {
    text.parse()
}

fn missing(field: &str) -> Error {
    Error::new(ErrorCode::InvalidArgument, msg::FieldAbsent { field })
}

/// Returns the error of a value of a kind that only a later version knows.
fn newer(field: &str) -> Error {
    Error::new(ErrorCode::UpgradeNeeded, msg::WireFieldNewer { field })
}

fn invalid(field: &str, cause: impl Into<Value>) -> Error {
    Error::new(
        ErrorCode::InvalidArgument,
        msg::FieldMalformed { cause, field },
    )
}

/// Converts a date from the wire. Errors: INVALID_ARGUMENT, naming `field`.
pub fn date_from(text: &str, field: &str) -> Result<jiff::civil::Date, Error> {
    text.parse().map_err(|_| {
        let text = Quoted(text);
        invalid(field, msg::WireDateMalformed { text })
    })
}
