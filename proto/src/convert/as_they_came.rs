//! Messages of requests that services get as they came.

use chengji_domain::Error;

use crate::service::Parse;
use crate::v1;

/// Implements [`Parse`] for messages that are handled as they came.
macro_rules! as_they_came {
    ($($message:ident)*) => {
        $(impl Parse for v1::$message {
            type Parsed = Self;

            fn parse(self) -> Result<Self, Error> {
                Ok(self)
            }
        })*
    };
}

// Filters and pages, which their services read; what only the store can resolve; what a node passes on;
// and messages without fields.
as_they_came! {
    AcknowledgeNoticeRequest
    AcknowledgeRequest
    AssignDemandRequest
    CatalogueStatusRequest
    ChangeGrantRequest
    ChangeWhereRequest
    CheckIndexesRequest
    CompleteRequest
    ComputeRateRequest
    ConfirmLogRequest
    ConsentRequest
    CorrectRequest
    CountActsRequest
    CountErrorsRequest
    CountLifecyclesRequest
    CreateBackupRequest
    DecideRequest
    DeclineProposalRequest
    DescribePartRequest
    DownloadRequest
    ExplainRateRequest
    ExtendRequest
    ExtendUpdateRequest
    FetchRequest
    FetchRowsRequest
    FileCorrectionRequest
    FollowRequest
    GrantRequest
    HeadRequest
    HistoryRequest
    JoinRequest
    KnownRequest
    ListAuditRequest
    ListCitiesRequest
    ListDeadLettersRequest
    ListDelegationsRequest
    ListDepartmentsRequest
    ListEntriesRequest
    ListFindingsRequest
    ListFormulasRequest
    ListGrantRulesRequest
    ListLifecyclesRequest
    ListMattersRequest
    ListMembersRequest
    ListMissingUsageRequest
    ListNoticesRequest
    ListPeopleRequest
    ListProbesRequest
    ListProposalsRequest
    ListQuarantineRequest
    ListReceiptsRequest
    ListRequestsRequest
    ListReturnFlowsRequest
    ListRulesRequest
    ListSealsRequest
    ListSourcesRequest
    ListStandingRequest
    ListSubscriptionsRequest
    ListTablesRequest
    ListTermsRequest
    ListTodoRequest
    ListUsageRequest
    MonthReportRequest
    ProbeRequest
    QueryPartRequest
    RangeRootsRequest
    RateHistoryRequest
    ReceiveRequest
    RecordUsageRequest
    RemovePersonRequest
    RenewRequest
    ReplayRequest
    RotateRequest
    SearchRequest
    ShowDirectoryRequest
    ShowMatterRequest
    ShowProposalRequest
    ShowRequestRequest
    ShowRowsRequest
    ShowUsageRequest
    StatisticsRequest
    StatusRequest
    SupplyDemandRequest
    TakeBackProposalRequest
    TestSubscriptionRequest
    UndelegateRequest
    UnsubscribeRequest
}
