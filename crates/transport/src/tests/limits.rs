//! One peer cannot exhaust the resources of the others.

use std::time::{Duration, Instant};

use chengji_domain::access::Role;
use chengji_domain::{Error, ErrorCode, Fault};
use chengji_messages::msg;
use chengji_proto::policy::Home;
use chengji_proto::status::to_error;
use chengji_proto::v1::FollowRequest;
use chengji_proto::v1::log_service_client::LogServiceClient;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use super::ca::Ca;
use super::world::{follow, home, open, serve, serve_default};
use crate::{Server, ServerLimits};

const GRACE: Duration = Duration::from_millis(200);

#[tokio::test]
async fn an_open_stream_does_not_hold_up_the_end() {
    let ca = Ca::new();
    let server = serve(&ca, ServerLimits::default(), GRACE).await;
    let (_, mut stream) = follow(server.channel(&ca.identity("coordinator")))
        .await
        .unwrap();
    let begun = Instant::now();
    server.stop().await;
    assert!(begun.elapsed() >= GRACE, "the stream got no grace");
    assert!(
        begun.elapsed() < Duration::from_secs(4),
        "took {:?}",
        begun.elapsed()
    );
    assert!(
        stream.message().await.is_err(),
        "the stream outlived its server"
    );
}

#[tokio::test]
async fn a_server_without_calls_ends_at_once_and_frees_its_port() {
    let ca = Ca::new();
    let server = serve(&ca, ServerLimits::default(), Duration::from_secs(600)).await;
    let addr = server.addr;
    let channel = server.channel(&ca.identity("coordinator"));
    drop(follow(channel.clone()).await.unwrap());
    let silent = TcpStream::connect(addr).await.unwrap();
    tokio::time::timeout(Duration::from_secs(20), server.stop())
        .await
        .expect("it waits");
    tokio::net::TcpListener::bind(addr).await.unwrap();
    drop((channel, silent));
}

#[tokio::test]
async fn a_principal_has_no_more_connections_than_its_share() {
    let ca = Ca::new();
    let limits = ServerLimits {
        max_connections_per_peer: 1,
        ..ServerLimits::default()
    };
    let server = serve(&ca, limits, GRACE).await;
    let node = ca.identity("city/430200/node");
    let first = follow(server.channel(&node)).await.unwrap();
    let error = follow(server.channel(&node)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::LimitExceeded, "{error}");
    assert_eq!(error.message().code(), "connections-too-many");
    assert_eq!(error.message().param("count"), Some(&1_u8.into()));
    assert_eq!(error.fault(), Fault::Busy);
    let other = follow(server.channel(&ca.identity("city/430300/node"))).await;
    assert_eq!(other.unwrap().0, 430_300);
    drop(first);
}

#[tokio::test]
async fn who_is_suspended_in_the_middle_of_a_call_reads_why() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let channel = server.channel(&ca.identity("city/430200/node"));
    let (_, mut stream) = follow(channel.clone()).await.unwrap();
    let reason = Error::new(
        ErrorCode::Suspended,
        msg::Text {
            text: "430200 is suspended: 越权使用",
        },
    );
    server.world.refuse("city/430200/node", reason.clone());
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.message());
    let status = ended.await.expect("the call goes on").unwrap_err();
    let error = to_error(&status);
    assert_eq!(error, reason);
    // Later calls are refused for the same reason.
    let error = follow(channel).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Suspended);
}

#[tokio::test]
async fn whose_rights_change_in_the_middle_of_a_call_is_told_to_make_it_again() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let channel = server.channel(&ca.identity("city/430200/node"));
    let (_, mut stream) = follow(channel.clone()).await.unwrap();
    server.world.give("city/430200/node", Role::Consumer);
    let ended = tokio::time::timeout(Duration::from_secs(20), stream.message());
    let status = ended.await.expect("the call goes on").unwrap_err();
    assert_eq!(to_error(&status).code(), ErrorCode::Conflict);
    assert_eq!(follow(channel).await.unwrap().0, 430_200);
}

#[tokio::test]
async fn people_who_have_no_business_here_share_one_place() {
    let ca = Ca::new();
    let limits = ServerLimits {
        max_newcomers_per_address: 1,
        ..ServerLimits::default()
    };
    let server = serve(&ca, limits, GRACE).await;
    let health = |who: &str| {
        let channel = server.channel(&ca.identity(who));
        async move {
            let asked = HealthClient::new(channel.clone())
                .check(HealthCheckRequest::default())
                .await;
            asked.map(|_| channel)
        }
    };
    let first = health("city/430200/person/a").await.unwrap();
    let second = health("city/430200/person/b").await;
    assert!(second.is_err(), "each name of a city has its own places");
    let of_another_city = health("city/430300/person/a").await.unwrap();
    // Members are not affected, except one that the city does not know.
    let own = [
        health("city/430100/person/a").await.unwrap(),
        health("city/430100/person/b").await.unwrap(),
    ];
    for name in ["x", "y"] {
        let unknown = Error::new(
            ErrorCode::Suspended,
            msg::Text {
                text: "not among the people of this city",
            },
        );
        let who = format!("city/430100/person/{name}");
        server.world.refuse(&who, unknown);
    }
    let made_up = server.channel(&ca.identity("city/430100/person/x"));
    let error = follow(made_up.clone()).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Suspended);
    let error = health("city/430100/person/y").await.unwrap_err();
    assert_ne!(
        to_error(&error).code(),
        ErrorCode::Suspended,
        "it was let in"
    );
    drop(made_up);
    drop((first, of_another_city, own));
}

#[tokio::test]
async fn connections_in_all_are_limited() {
    let ca = Ca::new();
    let limits = ServerLimits {
        max_connections: 1,
        ..ServerLimits::default()
    };
    let server = serve(&ca, limits, GRACE).await;
    let first = follow(server.channel(&ca.identity("city/430200/node")))
        .await
        .unwrap();
    assert!(
        follow(server.channel(&ca.identity("city/430300/node")))
            .await
            .is_err()
    );
    drop(first);
}

#[tokio::test]
async fn who_never_shakes_hands_blocks_nobody_and_is_shown_out() {
    let ca = Ca::new();
    let limits = ServerLimits {
        handshake_timeout: Duration::from_millis(500),
        ..ServerLimits::default()
    };
    let server = serve(&ca, limits, GRACE).await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        silent.push(TcpStream::connect(server.addr).await.unwrap());
    }
    let other = follow(server.channel(&ca.identity("city/430200/node"))).await;
    assert_eq!(other.unwrap().0, 430_200);
    for mut tcp in silent {
        let end = tokio::time::timeout(Duration::from_secs(20), tcp.read(&mut [0; 16])).await;
        assert!(
            matches!(end, Ok(Ok(0) | Err(_))),
            "a silent connection is still open"
        );
    }
}

#[tokio::test]
async fn a_taken_port_is_told() {
    let ca = Ca::new();
    let running = serve_default(&ca).await;
    let identity = ca.identity("city/430100/node");
    let server = Server::new(
        identity,
        Home::City(home()),
        None,
        ServerLimits::default(),
        open(),
    )
    .unwrap();
    let error = server.bind(running.addr).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::Misconfigured);
    assert_eq!(error.message().code(), "address-in-use");
    let address = running.addr.to_string().into();
    assert_eq!(error.message().param("address"), Some(&address));
}

#[test]
fn a_server_runs_under_its_own_certificate_alone() {
    let ca = Ca::new();
    for (principal, home) in [
        ("city/430200/node", Home::City(home())),
        ("city/430100/person/officer", Home::City(home())),
        ("city/430100/node", Home::Coordinator),
    ] {
        let refused = Server::new(
            ca.identity(principal),
            home,
            None,
            ServerLimits::default(),
            open(),
        );
        assert_eq!(
            refused.err().unwrap().code(),
            ErrorCode::Misconfigured,
            "{principal}"
        );
    }
}

#[tokio::test]
async fn who_calls_too_fast_is_told_when_to_go_on() {
    let ca = Ca::new();
    let limits = ServerLimits {
        calls_per_second: std::num::NonZeroU32::MIN,
        ..ServerLimits::default()
    };
    let server = serve(&ca, limits, GRACE).await;
    let channel = server.channel(&ca.identity("city/430200/node"));
    let mut refused = None;
    for _ in 0..20 {
        refused = follow(channel.clone()).await.err().or(refused);
    }
    let error = refused.expect("nothing was refused");
    assert_eq!(error.code(), ErrorCode::LimitExceeded);
    assert!(error.retry_after().is_some(), "{error:?}");
    let other = follow(server.channel(&ca.identity("city/430300/node"))).await;
    assert_eq!(other.unwrap().0, 430_300);
}

#[tokio::test]
async fn an_idle_connection_is_ended_and_one_with_a_stream_is_not() {
    let ca = Ca::new();
    let limits = ServerLimits {
        idle_timeout: Duration::from_millis(100),
        max_connections_per_peer: 1,
        ..ServerLimits::default()
    };
    let server = serve(&ca, limits, GRACE).await;
    let (_, mut stream) = follow(server.channel(&ca.identity("city/430300/node")))
        .await
        .unwrap();
    let idle = server.channel(&ca.identity("city/430200/node"));
    drop(follow(idle.clone()).await.unwrap());
    // The place of the idle connection is free again once it has ended.
    let again = tokio::time::timeout(Duration::from_secs(20), async {
        while follow(server.channel(&ca.identity("city/430200/node")))
            .await
            .is_err()
        {}
    });
    again.await.expect("the idle connection stays");
    let more = tokio::time::timeout(Duration::from_millis(1), stream.message());
    assert!(more.await.is_err(), "a stream in use was ended");
}

#[tokio::test]
async fn a_message_past_the_callers_memory_is_refused_and_what_it_held_is_given_back() {
    let ca = Ca::new();
    let limits = ServerLimits {
        memory_per_peer: 3_000,
        ..ServerLimits::default()
    };
    let server = serve(&ca, limits, GRACE).await;
    let mut client = LogServiceClient::new(server.channel(&ca.identity("coordinator")));
    let request = |length: usize| FollowRequest {
        epoch_id: vec![1; length],
        ..FollowRequest::default()
    };
    for _ in 0..4 {
        let error = to_error(&client.follow(request(4_000)).await.unwrap_err());
        assert_eq!(error.code(), ErrorCode::LimitExceeded, "{error}");
        assert_eq!(error.message().code(), "memory-of-caller");
        assert!(error.retry_after().is_some());
        client.follow(request(2_000)).await.unwrap();
    }
    server.stop().await;
}
