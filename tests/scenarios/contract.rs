//! Interfaces that operators' tools rely on: health checks and reflection, on both programs.

use chengji_tests::{Cluster, Server, call};
use chengji_transport::IdentityFiles;
use tokio_stream::StreamExt;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

#[test]
fn both_programs_answer_health_checks_and_reflection() {
    let cluster = Cluster::new(&["430100"]);
    let node = cluster.node("430100");
    assert_eq!(
        health(&cluster, &node.officer(), node),
        ServingStatus::Serving
    );
    assert_eq!(
        health(
            &cluster,
            &cluster.coordinator.officer(),
            &cluster.coordinator
        ),
        ServingStatus::Serving
    );
    let services = reflected(&cluster, &node.officer(), node);
    for service in [
        "CatalogueService",
        "RequestService",
        "DeliveryService",
        "LogService",
    ] {
        assert!(
            services.contains(&format!("chengji.v1.{service}")),
            "{services:?}"
        );
    }
    let services = reflected(
        &cluster,
        &cluster.coordinator.officer(),
        &cluster.coordinator,
    );
    for service in [
        "DirectoryService",
        "BrokerService",
        "RateService",
        "StatusService",
    ] {
        assert!(
            services.contains(&format!("chengji.v1.{service}")),
            "{services:?}"
        );
    }
}

fn health(cluster: &Cluster, who: &IdentityFiles, server: &Server) -> ServingStatus {
    let mut client = HealthClient::new(cluster.channel(who, server));
    let request = HealthCheckRequest {
        service: String::new(),
    };
    call(cluster.wait(client.check(request))).status()
}

fn reflected(cluster: &Cluster, who: &IdentityFiles, server: &Server) -> Vec<String> {
    let mut client = ServerReflectionClient::new(cluster.channel(who, server));
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    cluster.wait(async {
        let answer = client
            .server_reflection_info(tokio_stream::once(request))
            .await;
        let answer = call(answer).next().await.unwrap().unwrap();
        match answer.message_response {
            Some(MessageResponse::ListServicesResponse(list)) => list
                .service
                .into_iter()
                .map(|service| service.name)
                .collect(),
            other => panic!("{other:?}"),
        }
    })
}
