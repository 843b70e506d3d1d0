//! What happens to a call at the gate.

use chengji_domain::ErrorCode;
use chengji_proto::status::to_error;
use chengji_proto::v1::FollowRequest;
use chengji_proto::v1::log_service_client::LogServiceClient;
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::ca::Ca;
use super::world::{follow, serve_default};
use crate::{request_id, with_request_id};

#[tokio::test]
async fn the_policy_denies_and_says_who_may() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let stranger = server.channel(&ca.identity("city/430200/person/officer"));
    let status = LogServiceClient::new(stranger)
        .follow(FollowRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
    let error = to_error(&status);
    assert_eq!(error.code(), ErrorCode::Denied);
    assert!(
        error.message().contains("city/430200/person/officer"),
        "{error}"
    );
    assert!(
        error.remedy().contains("a person of the node's own city"),
        "{}",
        error.remedy()
    );
    assert!(status.metadata().contains_key(request_id::HEADER));

    let own = server.channel(&ca.identity("city/430100/person/officer"));
    assert_eq!(follow(own).await.unwrap().0, 430_100);
}

#[tokio::test]
async fn health_is_for_everybody_of_the_cluster_and_the_unknown_for_nobody() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let channel = server.channel(&ca.identity("auditor/office"));
    HealthClient::new(channel.clone())
        .check(HealthCheckRequest::default())
        .await
        .unwrap();

    let mut grpc = tonic::client::Grpc::new(channel);
    grpc.ready().await.unwrap();
    let path = http::uri::PathAndQuery::from_static("/made.up/Call");
    let codec = tonic_prost::ProstCodec::<FollowRequest, FollowRequest>::default();
    let status = grpc
        .unary(Request::new(FollowRequest::default()), path, codec)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn the_request_id_comes_back() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let mut client = HealthClient::new(server.channel(&ca.identity("auditor/office")));
    let request = with_request_id(Request::new(HealthCheckRequest::default()), "case-17");
    let response = client.check(request).await.unwrap();
    assert_eq!(
        response.metadata().get(request_id::HEADER).unwrap(),
        "case-17"
    );

    let made = client.check(HealthCheckRequest::default()).await.unwrap();
    let made = made
        .metadata()
        .get(request_id::HEADER)
        .unwrap()
        .to_str()
        .unwrap();
    assert_eq!(made.len(), 36, "{made} is not a uuid");
}
