//! Authentication of both sides.

use std::fs;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chengji_domain::{Error, ErrorCode};
use chengji_messages::{Value, msg};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::ca::{ALWAYS, Ca};
use super::world::{follow, home, serve_default, serve_with};
use crate::chains::member;
use crate::tls::client_config;
use crate::{CityAuthority, Expect, Identity, IdentityFiles};

#[tokio::test]
async fn a_member_of_the_cluster_is_let_in_and_known() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    for expect in [
        Expect::Node("430100".parse().unwrap()),
        Expect::AnyNode,
        Expect::Any,
    ] {
        let channel = server.channel_to(&ca.identity("city/430200/node"), expect);
        assert_eq!(follow(channel).await.unwrap().0, 430_200);
    }
    let (city, _) = follow(server.channel(&ca.identity("coordinator")))
        .await
        .unwrap();
    assert_eq!(city, 0);
}

#[tokio::test]
async fn a_client_refuses_a_server_that_is_somebody_else() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let client = ca.identity("city/430200/node");
    let parties: [(Expect, Value); 2] = [
        (
            Expect::Node("430300".parse().unwrap()),
            Value::principal("city/430300/node"),
        ),
        (Expect::Coordinator, msg::CallerCoordinator.into()),
    ];
    for (expect, expected) in parties {
        let error = follow(server.channel_to(&client, expect))
            .await
            .unwrap_err();
        let found = Value::principal("city/430100/node");
        let another = msg::ServerOfAnotherPrincipal { expected, found };
        assert_eq!(error, Error::new(ErrorCode::Unauthenticated, another));
    }
}

#[tokio::test]
async fn a_client_refuses_a_server_of_a_foreign_authority() {
    let server = serve_default(&Ca::new()).await;
    let error = follow(server.channel(&Ca::new().identity("city/430200/node")))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("UnknownIssuer"), "{error}");
}

#[tokio::test]
async fn a_server_refuses_a_client_of_a_foreign_authority() {
    let (ours, theirs) = (Ca::new(), Ca::new());
    let server = serve_default(&ours).await;
    // The client trusts both, so that the server is the one that refuses.
    let files = theirs.issue(&["spiffe://test/city/430200/node"], ALWAYS);
    fs::write(&files.ca, ours.pem() + &theirs.pem()).unwrap();
    let client = Identity::load(&files, chengji_clock::system_time()).unwrap();
    let error = follow(server.channel(&client)).await.unwrap_err();
    assert!(error.to_string().contains("UnknownCA"), "{error}");
}

#[tokio::test]
async fn a_server_refuses_an_expired_client_and_tells_it() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let files = ca.issue(&["spiffe://test/city/430200/node"], (2000, 2010));
    let in_2005 = SystemTime::UNIX_EPOCH + Duration::from_secs(35 * 365 * 24 * 3600);
    let client = Identity::load(&files, in_2005).unwrap();
    let error = follow(server.channel(&client)).await.unwrap_err();
    assert!(error.to_string().contains("CertificateExpired"), "{error}");
}

#[tokio::test]
async fn another_cluster_of_the_same_authority_is_refused() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let files = ca.issue(&["spiffe://other/city/430200/node"], ALWAYS);
    let client = Identity::load(&files, chengji_clock::system_time()).unwrap();
    let error = follow(server.channel(&client)).await.unwrap_err();
    assert_eq!(error.message().code(), "certificate-of-another-cluster");
    assert_eq!(error.message().param("expected"), Some(&"other".into()));
    let certificate = CertificateDer::from_pem_file(&files.identity).unwrap();
    assert_eq!(
        member(&certificate, "test").unwrap_err().code(),
        ErrorCode::Unauthenticated
    );
}

#[tokio::test]
async fn a_server_refuses_clients_of_another_cluster_or_without_a_single_name() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let good = ca.issue(&["spiffe://test/city/430200/node"], ALWAYS);
    assert!(
        shake_hands(server.addr, &ca, &good).await,
        "the control was refused"
    );
    for uris in [
        ["spiffe://other/city/430200/node"].as_slice(),
        &[
            "spiffe://test/city/430200/node",
            "spiffe://test/city/430300/node",
        ],
        &["spiffe://test/nobody"],
        &[],
    ] {
        let files = ca.issue(uris, ALWAYS);
        assert!(
            !shake_hands(server.addr, &ca, &files).await,
            "{uris:?} was let in"
        );
    }
}

#[tokio::test]
async fn a_citys_authority_certifies_people_of_its_city_and_nobody_else() {
    let ca = Ca::new();
    let server = serve_default(&ca).await;
    let zhuzhou = ca.city_authority("spiffe://test/city/430200/authority");
    let let_in = async |uri: &str| {
        let files = ca.issue_through(&zhuzhou, uri);
        shake_hands(server.addr, &ca, &files).await
    };
    assert!(let_in("spiffe://test/city/430200/person/officer").await);
    for forged in [
        "spiffe://test/city/430100/person/officer",
        "spiffe://test/city/430200/node",
        "spiffe://test/city/430100/node",
        "spiffe://test/coordinator",
        "spiffe://test/operator/duty",
        "spiffe://test/auditor/office",
    ] {
        assert!(!let_in(forged).await, "{forged} was let in");
    }
}

#[tokio::test]
async fn a_node_believes_of_its_own_people_those_of_its_own_authority_only() {
    let ca = Ca::new();
    let own = ca.city_authority("spiffe://test/city/430100/authority");
    let people = CityAuthority {
        city: home(),
        certificate: own.der().clone(),
    };
    let server = serve_with(&ca, Some(&people)).await;
    let officer = "spiffe://test/city/430100/person/officer";
    assert!(shake_hands(server.addr, &ca, &ca.issue_through(&own, officer)).await);
    // Certificates that a holder of the cluster's authority could issue.
    let direct = ca.issue(&[officer], ALWAYS);
    let another = ca.city_authority("spiffe://test/city/430100/authority");
    assert!(!shake_hands(server.addr, &ca, &direct).await);
    assert!(!shake_hands(server.addr, &ca, &ca.issue_through(&another, officer)).await);
}

/// Returns true if the server accepts a client with these files; the client does not check them.
async fn shake_hands(addr: std::net::SocketAddr, ca: &Ca, files: &IdentityFiles) -> bool {
    use tokio::io::AsyncReadExt;

    let mut config = client_config(&ca.identity("city/430900/node"), Expect::AnyNode).unwrap();
    let chain = CertificateDer::pem_file_iter(&files.identity).unwrap();
    let chain = chain.collect::<Result<Vec<_>, _>>().unwrap();
    let key = rustls::pki_types::PrivateKeyDer::from_pem_file(&files.identity).unwrap();
    let provider = rustls::crypto::ring::default_provider();
    let certified = rustls::sign::CertifiedKey::from_der(chain, key, &provider).unwrap();
    config.client_auth_cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(certified));
    let tcp = TcpStream::connect(addr).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut tls = TlsConnector::from(Arc::new(config))
        .connect(name, tcp)
        .await
        .unwrap();
    // After an accepted handshake the server sends its settings, otherwise an alert.
    tls.read_u8().await.is_ok()
}
