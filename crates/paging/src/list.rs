//! The lists of the contract: which requests ask for a page, and where the items are in the answers.

use chengji_proto::v1;
use prost::{Message, Name};

/// A request for a page of a list.
pub trait ListRequest: Message + Name + Clone {
    /// The answer to it.
    type Answer: ListAnswer;

    /// Returns the requested page; `None` is the first page of the default size.
    fn page(&self) -> Option<&v1::PageRequest>;

    /// Sets the requested page of the same list.
    fn set_page(&mut self, page: Option<v1::PageRequest>);
}

/// An answer with a page of a list.
pub trait ListAnswer: Message + Name + Default {
    /// Type of the items.
    type Item: Message;

    /// Returns the items.
    fn items(&mut self) -> &mut Vec<Self::Item>;

    /// Returns the cursor of the next page; empty on the last one.
    fn next_cursor(&mut self) -> &mut String;
}

macro_rules! lists {
    ($($request:ident => $answer:ident { $items:ident: $item:ident })*) => {
        $(
            impl ListRequest for v1::$request {
                type Answer = v1::$answer;

                fn page(&self) -> Option<&v1::PageRequest> {
                    self.page.as_ref()
                }

                fn set_page(&mut self, page: Option<v1::PageRequest>) {
                    self.page = page;
                }
            }

            impl ListAnswer for v1::$answer {
                type Item = v1::$item;

                fn items(&mut self) -> &mut Vec<v1::$item> {
                    &mut self.$items
                }

                fn next_cursor(&mut self) -> &mut String {
                    &mut self.next_cursor
                }
            }
        )*

        /// Names of each request, its answer, and the field with the items.
        #[cfg(test)]
        pub(crate) const LISTS: &[(&str, &str, &str)] = &[$(
            (stringify!($request), stringify!($answer), stringify!($items)),
        )*];
    };
}

lists! {
    ComputeRateRequest => RateReport { cities: CityRate }
    CountActsRequest => CountActsResponse { cities: CityActs }
    CountErrorsRequest => CountErrorsResponse { entries: EntryErrors }
    ExplainRateRequest => ExplainRateResponse { entries: RateEvidence }
    HistoryRequest => HistoryResponse { steps: EntryStep }
    ListAuditRequest => ListAuditResponse { entries: AuditEntry }
    ListCitiesRequest => ListCitiesResponse { cities: CityStatus }
    ListDeadLettersRequest => ListDeadLettersResponse { letters: DeadLetter }
    ListDelegationsRequest => ListDelegationsResponse { delegations: Delegation }
    ListDepartmentsRequest => ListDepartmentsResponse { departments: DepartmentSuccession }
    ListEntriesRequest => ListEntriesResponse { records: CatalogueRecord }
    ListFindingsRequest => ListFindingsResponse { findings: Finding }
    ListFormulasRequest => ListFormulasResponse { formulas: AdoptedFormula }
    ListGrantRulesRequest => ListGrantRulesResponse { rules: GrantRuleState }
    ListLifecyclesRequest => ListLifecyclesResponse { lifecycles: ListedLifecycle }
    ListMattersRequest => ListMattersResponse { matters: Matter }
    ListMembersRequest => ListMembersResponse { members: Membership }
    ListMissingUsageRequest => ListMissingUsageResponse { grants: MissingUsage }
    ListNoticesRequest => ListNoticesResponse { notices: CorrectionNotice }
    ListPeopleRequest => ListPeopleResponse { people: Person }
    ListProposalsRequest => ListProposalsResponse { proposals: Proposal }
    ListQuarantineRequest => ListQuarantineResponse { entries: QuarantinedEntry }
    ListProbesRequest => ListProbesResponse { probes: Probe }
    ListReceiptsRequest => ListReceiptsResponse { receipts: Receipt }
    ListRequestsRequest => ListRequestsResponse { requests: Request }
    ListReturnFlowsRequest => ListReturnFlowsResponse { flows: ReturnFlowState }
    ListRulesRequest => ListRulesResponse { facts: RulesFact }
    ListSealsRequest => ListSealsResponse { months: SealedMonth }
    ListSourcesRequest => ListSourcesResponse { sources: DeclaredSource }
    ListStandingRequest => ListStandingResponse { consents: StandingConsentState }
    ListSubscriptionsRequest => ListSubscriptionsResponse { subscriptions: Subscription }
    ListTablesRequest => ListTablesResponse { tables: SourceTable }
    ListTermsRequest => ListTermsResponse { terms: Term }
    ListTodoRequest => ListTodoResponse { items: TodoItem }
    ListUsageRequest => ListUsageResponse { records: UsageRecord }
    MonthReportRequest => MonthReport { rows: ReportRow }
    RateHistoryRequest => RateHistory { points: RatePoint }
    SearchRequest => SearchResponse { hits: SearchHit }
    StatisticsRequest => CatalogueStatistics { statistics: CatalogueStatistic }
    StatusRequest => StatusResponse { following: FollowedLog }
}
