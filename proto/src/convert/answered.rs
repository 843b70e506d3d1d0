//! Messages of answers, made of the results of services.

use std::time::SystemTime;

use chengji_domain::people::Person;
use chengji_domain::proposal::Proposal;
use chengji_domain::rate::RecordedAdoption;
use chengji_domain::roster::Membership;
use chengji_domain::{Digest, Error};

use super::access::{credentials_to, member_list_to, new_invitation_to};
use super::position::{known_log_to, log_end_to};
use super::rate::{explanation_to, report_to, series_to};
use super::record::{entry_history_to, shown_entry_to};
use super::report::month_report_to;
use super::source::observations_to;
use super::statistics::statistics_page_to;
use super::terms::term_list_to;
use super::{
    Credentials, DelegationView, EntryHistory, GrantRuleView, KnownLog, LogAlarm, LogEnd,
    MatterView, MemberList, MonthReport, NewInvitation, RateExplanation, RateReport, RateSeries,
    RequestView, ReturnFlowAnswer, ShownEntry, ShownLifecycle, SourceObservation, StandingView,
    StatisticsPage, Submitted, SubscriptionView, TableDescription, TablePreview, TermList,
    UsageView, adopted_formula_to, alarm_to, delegation_to, grant_rule_state_to, life_to,
    matter_to, membership_to, person_to, proposal_to, request_to, return_flow_state_to,
    standing_to, subscription_to, table_description_to, table_preview_to, usage_record_to,
};
use crate::service::{Page, Respond};
use crate::v1;

/// Implements [`Respond`] for messages.
macro_rules! respond {
    ($($message:ident <= $answer:ty, $result:ident $body:block)*) => {
        $(impl Respond for v1::$message {
            type Answer = $answer;

            fn respond($result: $answer) -> Result<Self, Error> {
                $body
            }
        })*
    };
}

/// Implements [`Respond`] for messages with a page of a list and nothing else.
macro_rules! pages {
    ($($message:ident { $items:ident: $item:ident })*) => {
        $(impl Respond for v1::$message {
            type Answer = Page<v1::$item>;

            fn respond(page: Self::Answer) -> Result<Self, Error> {
                Ok(Self {
                    $items: page.items,
                    next_cursor: page.next_cursor,
                })
            }
        })*
    };
}

/// Implements [`Respond`] for messages that services make.
macro_rules! as_they_are {
    ($($message:ident)*) => {
        $(impl Respond for v1::$message {
            type Answer = Self;

            fn respond(answer: Self) -> Result<Self, Error> {
                Ok(answer)
            }
        })*
    };
}

respond! {
    AcceptLogResponse <= LogAlarm, accepted {
        let alarm = Some(alarm_to(accepted.log, &accepted.alarm));
        Ok(Self { alarm })
    }
    AdoptedFormula <= RecordedAdoption, recorded { Ok(adopted_formula_to(&recorded)) }
    CatalogueRecord <= ShownEntry, entry { Ok(shown_entry_to(&entry)) }
    CatalogueStatistics <= StatisticsPage, page { Ok(statistics_page_to(page)) }
    Certificates <= Credentials, issued { Ok(credentials_to(issued)) }
    CheckSourceResponse <= Vec<SourceObservation>, findings { Ok(observations_to(&findings)) }
    ConfirmLogResponse <= (), _confirmed { Ok(Self {}) }
    DescribeTableResponse <= TableDescription, table { Ok(table_description_to(&table)) }
    EntryLifecycle <= ShownLifecycle, shown { Ok(life_to(&shown.code, &shown.lifecycle)) }
    ExplainRateResponse <= RateExplanation, explanation { Ok(explanation_to(explanation)) }
    HeadResponse <= LogEnd, end { Ok(log_end_to(&end)) }
    HistoryResponse <= EntryHistory, history { Ok(entry_history_to(history)) }
    InviteResponse <= NewInvitation, new { Ok(new_invitation_to(&new)) }
    KnownResponse <= KnownLog, known { Ok(known_log_to(&known)) }
    ListMembersResponse <= MemberList, list { Ok(member_list_to(list)) }
    ListTermsResponse <= TermList, list { Ok(term_list_to(list)) }
    Delegation <= DelegationView, view { Ok(delegation_to(&view)) }
    GrantRuleState <= GrantRuleView, view { Ok(grant_rule_state_to(&view)) }
    Matter <= MatterView, view { matter_to(&view) }
    Membership <= Membership, known { Ok(membership_to(&known)) }
    MonthReport <= MonthReport, report { Ok(month_report_to(report)) }
    Person <= Person, person { Ok(person_to(&person)) }
    PreviewTableResponse <= TablePreview, preview { Ok(table_preview_to(&preview)) }
    Proposal <= Proposal, proposal { Ok(proposal_to(&proposal)) }
    RangeRootsResponse <= Vec<Digest>, roots {
        let roots = roots.iter().map(|root| root.0.to_vec()).collect();
        Ok(Self { roots })
    }
    RateHistory <= RateSeries, series { Ok(series_to(series)) }
    RateReport <= RateReport, report { Ok(report_to(report)) }
    Request <= RequestView, view { request_to(&view) }
    ReturnFlowMade <= ReturnFlowAnswer, answer {
        use v1::return_flow_made::Made;
        let made = match answer {
            ReturnFlowAnswer::Flow(flow) => Made::Flow(Box::new(return_flow_state_to(&flow))),
            ReturnFlowAnswer::Proposal(proposal) => Made::Proposal(Box::new(proposal_to(&proposal))),
        };
        Ok(Self { made: Some(made) })
    }
    StandingConsentState <= StandingView, view { Ok(standing_to(&view)) }
    SubmitResponse <= Submitted, submitted {
        use v1::submit_response::Made;
        let made = match submitted {
            Submitted::Request(view) => Made::Request(Box::new(request_to(&view)?)),
            Submitted::Proposal(proposal) => Made::Proposal(Box::new(proposal_to(&proposal))),
        };
        Ok(Self { made: Some(made) })
    }
    UsageRecord <= UsageView, view { Ok(usage_record_to(&view)) }
    Subscription <= SubscriptionView, view { Ok(subscription_to(&view)) }
    RotateResponse <= SystemTime, end {
        let expires = Some(end.into());
        Ok(Self { expires })
    }
}

pages! {
    CountActsResponse { cities: CityActs }
    CountErrorsResponse { entries: EntryErrors }
    ListAuditResponse { entries: AuditEntry }
    ListCitiesResponse { cities: CityStatus }
    ListDeadLettersResponse { letters: DeadLetter }
    ListDelegationsResponse { delegations: Delegation }
    ListDepartmentsResponse { departments: DepartmentSuccession }
    ListEntriesResponse { records: CatalogueRecord }
    ListFindingsResponse { findings: Finding }
    ListFormulasResponse { formulas: AdoptedFormula }
    ListGrantRulesResponse { rules: GrantRuleState }
    ListLifecyclesResponse { lifecycles: ListedLifecycle }
    ListMattersResponse { matters: Matter }
    ListMissingUsageResponse { grants: MissingUsage }
    ListNoticesResponse { notices: CorrectionNotice }
    ListPeopleResponse { people: Person }
    ListProposalsResponse { proposals: Proposal }
    ListQuarantineResponse { entries: QuarantinedEntry }
    ListProbesResponse { probes: Probe }
    ListReceiptsResponse { receipts: Receipt }
    ListRequestsResponse { requests: Request }
    ListReturnFlowsResponse { flows: ReturnFlowState }
    ListRulesResponse { facts: RulesFact }
    ListSealsResponse { months: SealedMonth }
    ListSourcesResponse { sources: DeclaredSource }
    ListStandingResponse { consents: StandingConsentState }
    ListSubscriptionsResponse { subscriptions: Subscription }
    ListTablesResponse { tables: SourceTable }
    ListTodoResponse { items: TodoItem }
    ListUsageResponse { records: UsageRecord }
}

// A backup, whose description is a file of the store; the rows and the notice of a correction, as they are recorded;
// the columns of a part of a table, in the format of the part; reports of a program's own state, and of what a search or a count found, or a table of rules changes, which have no
// other form; and the messages of streams: entries of logs and pieces of files as they are stored, and progress,
// results and summaries, which are split by their size as messages.
as_they_are! {
    Backup
    CatalogueStatusResponse
    ChangeResponse
    CheckIndexesResponse
    CompleteResponse
    CorrectionNotice
    CorrectionRows
    CountLifecyclesResponse
    DescribePartResponse
    FetchResponse
    Finding
    FollowResponse
    ImportResponse
    MountManyResponse
    ProbeResponse
    QueryPartResponse
    ReceiveResponse
    RulesInForce
    SearchResponse
    SetHolidaysResponse
    SetRulesResponse
    StatusResponse
}

#[cfg(test)]
mod tests {
    use chengji_domain::request::{CloseCause, Move, Party, RequestRecord, Step};
    use chengji_domain::{ErrorCode, Principal};
    use chengji_testkit::requests::submitted;
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_request_whose_record_contradicts_itself_is_no_answer() {
        let (number, resource) = ("430100-1-2-AAAAAAAAAAAAA", "430200:307012000001");
        let history = submitted(number, resource, Timestamp::UNIX_EPOCH);
        let mut record = RequestRecord::new(history);
        let answer = |record: &RequestRecord| {
            let view = RequestView {
                record: record.clone(),
                at: Timestamp::UNIX_EPOCH,
                reader: None,
                received_at: None,
                proposals: Vec::new(),
                further: Vec::new(),
                fetches_counted: None,
            };
            let message = v1::Request::respond(view);
            message.map(|message| message.id).map_err(|e| e.code())
        };
        assert_eq!(answer(&record), Ok(number.to_owned()));
        // Nothing was delivered yet.
        record.history.steps.push(Step {
            party: Party::Consumer,
            actor: Principal::Coordinator.into(),
            at: Timestamp::UNIX_EPOCH,
            mv: Move::Close {
                cause: CloseCause::PurposeMet,
                statement: "已删除".to_owned(),
                evidence: String::new(),
            },
            due: None,
        });
        assert_eq!(answer(&record), Err(ErrorCode::StorageDamaged));
    }
}
