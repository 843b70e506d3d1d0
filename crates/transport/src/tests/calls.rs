//! Calls at the gate.

use std::sync::Arc;
use std::time::Duration;

use chengji_domain::access::Role;
use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Value, msg};
use chengji_proto::status::to_error;
use chengji_proto::v1::enrolment_service_client::EnrolmentServiceClient;
use chengji_proto::v1::log_service_client::LogServiceClient;
use chengji_proto::v1::{FollowRequest, JoinRequest, RenewRequest};
use tonic::{Code, Request};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::ca::Ca;
use super::world::{follow, serve, serve_default};
use crate::channel::without_certificate;
use crate::{Expect, ServerLimits, request_id, with_request_id};

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
    assert_eq!(error.message().code(), "call-not-open-to");
    let who = Value::principal("city/430200/person/officer");
    assert_eq!(error.message().param("who"), Some(&who));
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

#[tokio::test]
async fn a_denial_is_kept_in_mind_before_it_is_told() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let who = "city/430100/person/officer";
    server.world.give(who, Role::Publisher);
    let error = follow(server.channel(&ca.identity(who))).await.unwrap_err();
    let roles: Value = [Role::Auditor.label()].into_iter().collect();
    assert_eq!(error.message().param("roles"), Some(&roles));
    let kept = server.world.kept();
    let [record] = &kept[..] else {
        panic!("{kept:?}");
    };
    assert_eq!(record.principal.to_string(), who);
    assert_eq!(record.rpc, "/chengji.v1.LogService/Follow");
    assert_eq!(record.outcome, "DENIED");
    assert_eq!(record.reason.as_ref(), Some(error.message()));
    assert!(!record.request_id.is_empty());
}

#[tokio::test]
async fn what_is_taken_away_ends_at_once_with_its_open_streams() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let who = "city/430200/node";
    let channel = server.channel(&ca.identity(who));
    let other = server.channel(&ca.identity("city/430300/node"));
    let (_, mut stream) = follow(channel.clone()).await.unwrap();
    let (_, mut others) = follow(other).await.unwrap();
    let why = Error::new(
        ErrorCode::Suspended,
        msg::Text {
            text: "430200 is suspended: drill",
        },
    );
    server.world.refuse(who, why.clone());
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.message());
    assert!(ended.await.expect("the stream goes on").is_err());
    let error = follow(channel).await.unwrap_err();
    assert_eq!(error, why);
    // The other stream continues: nothing arrives, and it does not end.
    let silent = tokio::time::timeout(Duration::from_millis(50), others.message());
    assert!(silent.await.is_err());
}

#[tokio::test]
async fn who_has_no_certificate_is_let_in_and_may_call_nothing_of_the_cluster() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let node = ca.identity("city/430200/node");
    let address = server.addr.to_string();
    let nobody =
        without_certificate(node.authorities(), "test", &address, Expect::AnyNode).unwrap();
    let error = follow(nobody.clone()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Unauthenticated, "{error}");
    let health = HealthClient::new(nobody.clone())
        .check(HealthCheckRequest::default())
        .await;
    assert_eq!(health.unwrap_err().code(), Code::Unauthenticated);
    // Renewal is open to callers without a certificate: this one reaches the handler.
    let renew = EnrolmentServiceClient::new(nobody)
        .renew(RenewRequest::default())
        .await;
    assert_eq!(renew.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn a_server_that_ends_has_kept_in_mind_whom_it_cut_off() {
    let ca = Ca::new();
    let server = serve(&ca, ServerLimits::default(), Duration::ZERO).await;
    let mut client = EnrolmentServiceClient::new(server.channel(&ca.identity("city/430200/node")));
    let waiting = tokio::spawn(async move { client.join(JoinRequest::default()).await });
    let world = Arc::clone(&server.world);
    world.joining.notified().await;
    server.stop().await;
    let [record] = &world.kept()[..] else {
        panic!("{:?} was kept", world.kept());
    };
    assert_eq!(record.outcome, "CANCELLED");
    assert!(waiting.await.unwrap().is_err());
}

#[tokio::test]
async fn who_goes_away_before_the_answer_is_kept_in_mind_all_the_same() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let who = "city/430100/person/officer";
    server.world.give(who, Role::Consumer);
    let mut grpc = tonic::client::Grpc::new(server.channel(&ca.identity(who)));
    grpc.ready().await.unwrap();
    // Headers without a message: the gate waits a moment for the call's subject.
    let path = http::uri::PathAndQuery::from_static("/chengji.v1.RequestService/Grant");
    let codec = tonic_prost::ProstCodec::<(), ()>::default();
    let silent = Request::new(tokio_stream::pending());
    let gone = tokio::time::timeout(
        Duration::from_millis(100),
        grpc.streaming(silent, path, codec),
    );
    assert!(gone.await.is_err(), "it was answered before it went away");
    let kept = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            if let Some(record) = server.world.kept().pop() {
                return record;
            }
            tokio::task::yield_now().await;
        }
    });
    let record = kept.await.expect("nothing was kept");
    assert_eq!(record.rpc, "/chengji.v1.RequestService/Grant");
    assert_eq!(record.outcome, "DENIED");
    let reason = record.reason.unwrap();
    assert_eq!(reason.code(), "call-needs-role");
    let roles: Value = [Role::Approver.label()].into_iter().collect();
    assert_eq!(reason.param("roles"), Some(&roles));
}
