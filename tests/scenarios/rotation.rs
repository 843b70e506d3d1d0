//! Certificates that are replaced while they are in use.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::atomic::{AtomicU32, Ordering};

use chengji_proto::v1;
use chengji_proto::v1::delivery_service_client::DeliveryServiceClient;
use chengji_proto::v1::fetch_response::Part;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_tests::{Cluster, call, eventually};
use chengji_transport::spiffe;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const CALLS: u32 = 10_000;
const CALLERS: u32 = 8;
const BYTES: usize = 32 << 20;

/// Makes all calls, and renews every program's certificate repeatedly meanwhile.
fn call_across_rotations(cluster: &Cluster) {
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    let (done, failed) = (AtomicU32::new(0), AtomicU32::new(0));
    let mut rotations = 0;
    std::thread::scope(|scope| {
        let calling = scope.spawn(|| {
            cluster.wait(async {
                // Half of them on one connection, half on new ones now and then.
                let channel = cluster.channel(&zhuzhou.officer(), zhuzhou);
                let callers = (0..CALLERS).map(|caller| {
                    let (channel, cluster, done, failed) =
                        (channel.clone(), cluster, &done, &failed);
                    async move {
                        let mut client = StatusServiceClient::new(channel);
                        for number in 0..CALLS / CALLERS {
                            if caller % 2 == 1 && number % 250 == 0 {
                                let channel = cluster.channel(&zhuzhou.officer(), zhuzhou);
                                client = StatusServiceClient::new(channel);
                            }
                            match client.status(v1::StatusRequest::default()).await {
                                Ok(_) => done.fetch_add(1, Ordering::Relaxed),
                                Err(status) => {
                                    println!("{status:?}");
                                    failed.fetch_add(1, Ordering::Relaxed)
                                }
                            };
                        }
                    }
                });
                futures_util::future::join_all(callers).await;
            });
        });
        // Below the limit of renewals in a row.
        while !calling.is_finished() && rotations < 25 {
            for server in [zhuzhou, changsha, &cluster.coordinator] {
                server
                    .cli_as(&server.manager, &["certificate", "rotate"])
                    .ok();
            }
            rotations += 1;
        }
    });
    println!(
        "{} calls across {rotations} rotations of all three programs",
        done.load(Ordering::Relaxed)
    );
    assert_eq!((done.into_inner(), failed.into_inner()), (CALLS, 0));
    assert!(rotations > 0);
}

#[test]
fn ten_thousand_calls_and_an_open_delivery_go_across_a_rotation() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (changsha, zhuzhou) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU));
    // More calls and renewals than the default limits of one person and one machine allow.
    for server in [zhuzhou, &cluster.coordinator] {
        let settings = fs::read_to_string(&server.config).unwrap();
        let limits = "[limits]\ncalls_per_second = 1000000\nnewcomer_calls_per_second = 1000\n";
        fs::write(&server.config, format!("{settings}{limits}")).unwrap();
        server.terminate();
        server.start();
    }
    fs::write(zhuzhou.path("shared/large.bin"), vec![7; BYTES]).unwrap();
    let id = cluster.granted("large.bin");

    // A delivery of which the first piece is read, with the earlier certificates.
    let mut delivery = DeliveryServiceClient::new(cluster.channel(&changsha.identity(), zhuzhou));
    let request = v1::FetchRequest {
        request: id.clone(),
        ..Default::default()
    };
    let mut parts = call(cluster.wait(delivery.fetch(request)));
    cluster.wait(parts.message()).unwrap().unwrap();

    let serial = |server: &chengji_tests::Server| {
        let pair = chengji_transport::Pair::read(&server.identity().identity).unwrap();
        spiffe::of_der(&pair.chain[0]).unwrap().2
    };
    let before = (serial(changsha), serial(zhuzhou));
    call_across_rotations(&cluster);
    let after = (serial(changsha), serial(zhuzhou));
    assert!(
        before.0 != after.0 && before.1 != after.1,
        "nothing was rotated"
    );

    // The delivery that was open all the time completes.
    let arrived = cluster.wait(async {
        let mut arrived = 0;
        while let Some(part) = parts.message().await.unwrap() {
            match part.part {
                Some(Part::Chunk(chunk)) => arrived += chunk.content.len(),
                Some(Part::End(_)) => return arrived,
                _ => {}
            }
        }
        panic!("it ended at {arrived}")
    });
    assert_eq!(arrived, BYTES);
    // All programs reach each other with the new certificates, also after a restart.
    zhuzhou.terminate();
    zhuzhou.start();
    changsha.json(&["fetch", &id]);
    cluster.until_followed(ZHUZHOU);
}

#[test]
fn a_copied_key_is_found_out_when_the_certificate_is_renewed_twice() {
    let cluster = Cluster::of_processes(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let rotate = || node.cli_as(&node.manager, &["certificate", "rotate"]);
    let copy = fs::read(node.path("identity.pem")).unwrap();
    rotate().ok();
    // A holder of a copy of the old key requests a renewal with it, after the owner did.
    let current = fs::read(node.path("identity.pem")).unwrap();
    fs::write(node.path("identity.pem"), &copy).unwrap();
    rotate().refused(4, &["certificate-renewed-already", "UNAUTHENTICATED"]);
    let said = cluster.coordinator.output();
    assert!(said.contains("who=city/430100/node serial="), "{said}");
    fs::write(node.path("identity.pem"), current).unwrap();
    rotate().ok();
    eventually("the node goes on", || {
        node.try_json(&["directory", "cities"])
    });
}

#[test]
fn another_key_of_a_log_is_announced_by_a_renewal_and_a_renewal_alone_signs_nothing() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let known = || {
        let list = cluster.coordinator.json(&["member", "list"]);
        let key = list["members"][0]["log_key"].clone();
        (key, list["signed"]["seq"].as_u64())
    };
    let rotate = || node.cli_as(&node.manager, &["certificate", "rotate"]).ok();
    let file = node.path("log-key.pem");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let (first, signed) = known();
    assert!(first["public"].is_string() && signed.is_some(), "{first}");
    rotate();
    assert_eq!(known(), (first.clone(), signed));

    cluster.until_followed(CHANGSHA);
    fs::remove_file(&file).unwrap();
    rotate();
    let (second, signed_again) = known();
    assert_ne!(second["public"], first["public"]);
    assert!(signed_again > signed);
    let from = |key: &serde_json::Value| key["valid_from"]["seq"].as_u64().unwrap_or(0);
    assert!(from(&second) > from(&first), "{first} {second}");
}
