//! A member that means harm, against a node that serves an honest one at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_tests::{Attack, Cluster};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// How often each attack is made, one beside the other.
const TIMES: usize = 4;
const MOST_MEMORY: u64 = 256 << 20;

#[test]
fn a_hostile_member_takes_nothing_from_the_others() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let (node, hostile) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU).identity());
    for attack in Attack::ALL {
        let over = Arc::new(AtomicBool::new(false));
        let attacks: Vec<_> = (0..TIMES)
            .map(|_| {
                let (address, files) = (node.address.clone(), hostile.clone());
                cluster.spawn(async move { attack.run(&address, &files).await })
            })
            .collect();
        let told = Arc::clone(&over);
        let attacking = cluster.spawn(async move {
            let mut far = Vec::new();
            for attack in attacks {
                far.push(attack.await.unwrap());
            }
            told.store(true, Ordering::SeqCst);
            far
        });
        // The honest one calls until the attack is over, on a connection of before and on new ones.
        let old = cluster.channel(&node.officer(), node);
        let mut calls = 0;
        loop {
            let ended = over.load(Ordering::SeqCst);
            let new = cluster.channel(&node.officer(), node);
            for channel in [old.clone(), new] {
                let mut client = StatusServiceClient::new(channel);
                let answered = cluster.wait(client.status(v1::StatusRequest {}));
                assert!(answered.is_ok(), "{attack:?}, call {calls}: {answered:?}");
                calls += 1;
            }
            if ended {
                break;
            }
        }
        let far = cluster.wait(attacking).unwrap();
        println!(
            "{attack:?} got {far:?} far; {calls} honest calls; peak memory {} MiB",
            node.peak_memory() >> 20
        );
        assert!(
            far.iter().any(|far| attack.arrived(*far)),
            "{attack:?} did not arrive: {far:?}"
        );
        if matches!(attack, Attack::FloodsFrames | Attack::FloodsFramesUnknown) {
            assert!(
                far.iter().all(|sent| *sent < 32 << 20),
                "frames without a call were taken: {far:?}"
            );
        }
        if attack == Attack::SendsHugeHeaders {
            assert!(
                far.iter().all(|sent| *sent < 64 << 20),
                "headers were taken: {far:?}"
            );
        }
    }
    assert!(
        node.peak_memory() < MOST_MEMORY,
        "{} MiB",
        node.peak_memory() >> 20
    );
    cluster.until_followed(CHANGSHA);
}
