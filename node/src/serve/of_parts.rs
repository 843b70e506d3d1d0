//! The services that are made of the shared parts of a node alone.

use std::sync::Arc;

use chengji_flight::{FlightServer, FlightSql};
use chengji_proto::v1::correction_service_server::CorrectionServiceServer;
use chengji_proto::v1::delegation_service_server::DelegationServiceServer;
use chengji_proto::v1::demand_service_server::DemandServiceServer;
use chengji_proto::v1::department_service_server::DepartmentServiceServer;
use chengji_proto::v1::directory_service_server::DirectoryServiceServer;
use chengji_proto::v1::grant_rule_service_server::GrantRuleServiceServer;
use chengji_proto::v1::probe_service_server::ProbeServiceServer;
use chengji_proto::v1::proposal_service_server::ProposalServiceServer;
use chengji_proto::v1::report_service_server::ReportServiceServer;
use chengji_proto::v1::request_service_server::RequestServiceServer;
use chengji_proto::v1::return_flow_service_server::ReturnFlowServiceServer;
use chengji_proto::v1::rules_service_server::RulesServiceServer;
use chengji_proto::v1::source_service_server::SourceServiceServer;
use chengji_proto::v1::todo_service_server::TodoServiceServer;
use chengji_proto::v1::usage_service_server::UsageServiceServer;
use chengji_query::Engine;
use chengji_transport::{Gated, GatedServices, Permit};

use crate::delivery::service::NodeDeliveryService;
use crate::grant_rules::NodeGrantRuleService;
use crate::parts::Parts;
use crate::probes::service::NodeProbeService;
use crate::queries::{CallerTables, QueryParts};
use crate::return_flows::NodeReturnFlowService;
use crate::rules::NodeRulesService;
use crate::sources::service::{self as sources, NodeSourceService};
use crate::todo::NodeTodoService;
use crate::{consent, delegation, directory, matters, reports, requests, succession, usage};

/// Adds the services about requests: from their submission to the use of what was granted.
pub(super) fn with_requests(services: GatedServices, parts: &Parts) -> GatedServices {
    let Parts {
        settings,
        own,
        cluster,
        rules,
        ..
    } = parts;
    let requests = requests::service::NodeRequestService {
        own: own.clone(),
        rules: rules.clone(),
        consent: settings.consent,
        bureau_answers: settings.bureau_answers,
        sources: settings.sources.clone(),
    };
    let proposals = consent::service::NodeProposalService { own: own.clone() };
    let automatic = NodeGrantRuleService { own: own.clone() };
    let returns = NodeReturnFlowService {
        own: own.clone(),
        consent: settings.consent,
    };
    let todo = NodeTodoService {
        own: own.clone(),
        rules: rules.clone(),
    };
    let usage = usage::service::NodeUsageService {
        usage: usage::service::OwnUsage {
            own: own.clone(),
            rules: rules.clone(),
        },
        cluster: cluster.clone(),
    };
    let matters = matters::service::NodeMatterService {
        own: own.clone(),
        cluster: cluster.clone(),
        bureau_answers: settings.bureau_answers,
    };
    services
        .with(RequestServiceServer::new(Gated::new(requests)))
        .with(ProposalServiceServer::new(Gated::new(proposals)))
        .with(GrantRuleServiceServer::new(Gated::new(automatic)))
        .with(ReturnFlowServiceServer::new(Gated::new(returns)))
        .with(TodoServiceServer::new(Gated::new(todo)))
        .with(UsageServiceServer::new(Gated::new(usage)))
        .with(CorrectionServiceServer::new(Gated::new(matters.clone())))
        .with(DemandServiceServer::new(Gated::new(matters)))
}

/// Adds queries in SQL of the tables that each caller may read, unless the settings turn them off.
pub(super) fn with_queries(
    services: GatedServices,
    parts: &Parts,
    deliveries: &NodeDeliveryService,
) -> GatedServices {
    let Parts {
        settings,
        own,
        cluster,
        ..
    } = parts;
    let Some(query) = &settings.query else {
        return services;
    };
    let tables = QueryParts {
        own: own.clone(),
        cluster: cluster.clone(),
        deliveries: deliveries.clone(),
        folder: settings.data.join("query-tables").into(),
        keep: query.keep,
        fetch_up_to: query.fetch_up_to,
    };
    let of_caller = move |permit: &Permit| CallerTables::new(tables.clone(), permit);
    let engine = Engine::new(&query.engine);
    let flight = FlightSql::new(of_caller, engine, own.clock.clone());
    services.with(FlightServer::new(flight))
}

/// Adds the services about the city's departments and people, and what the cluster has in common.
pub(super) fn with_city(services: GatedServices, parts: &Parts) -> GatedServices {
    let Parts {
        settings,
        own,
        cluster,
        rules,
        ..
    } = parts;
    let delegations = delegation::service::NodeDelegationService {
        own: own.clone(),
        roster: cluster.roster.clone(),
    };
    let departments = succession::service::NodeDepartmentService {
        own: own.clone(),
        roster: cluster.roster.clone(),
    };
    let reports = reports::NodeReportService {
        own: own.clone(),
        rules: rules.clone(),
        turns: reports::turns(),
        kept: Arc::default(),
    };
    let directory = directory::NodeDirectoryService {
        coordinator: cluster.coordinator.clone(),
        lease: cluster.lease.clone(),
        clock: own.clock.clone(),
    };
    let rules = NodeRulesService {
        own: own.clone(),
        rules: rules.clone(),
    };
    let probes = NodeProbeService { own: own.clone() };
    let tables = NodeSourceService {
        sources: settings.sources.clone(),
        turns: sources::turns(),
    };
    services
        .with(SourceServiceServer::new(Gated::new(tables)))
        .with(DelegationServiceServer::new(Gated::new(delegations)))
        .with(DepartmentServiceServer::new(Gated::new(departments)))
        .with(ReportServiceServer::new(Gated::new(reports)))
        .with(DirectoryServiceServer::new(Gated::new(directory)))
        .with(RulesServiceServer::new(Gated::new(rules)))
        .with(ProbeServiceServer::new(Gated::new(probes)))
}
