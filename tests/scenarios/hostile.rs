//! A malicious member attacks a node that serves an honest one at the same time.

use chengji_proto::v1;
use chengji_proto::v1::status_service_client::StatusServiceClient;
use chengji_tests::{Attack, Cluster, Server, UnderWay, eventually};
use tonic::Status;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
/// Number of concurrent instances of each attack.
const TIMES: usize = 4;
/// Minimum number of honest calls during an attack.
const CALLS: usize = 8;
const MAX_MEMORY: u64 = 256 << 20;

/// Calls on an old connection and on new ones until the attack only holds its connections open; returns
/// the answers.
fn honest_calls(cluster: &Cluster, node: &Server, attacks: &[UnderWay]) -> Vec<Result<(), Status>> {
    let old = cluster.channel(&node.officer(), node);
    let mut answers = Vec::new();
    eventually("the attack is made", || {
        let is_all = attacks.iter().all(UnderWay::is_all);
        let new = cluster.channel(&node.officer(), node);
        for channel in [old.clone(), new] {
            let mut client = StatusServiceClient::new(channel);
            let answer = cluster.wait(client.status(v1::StatusRequest::default()));
            answers.push(answer.map(drop));
        }
        (is_all && answers.len() >= CALLS).then_some(())
    });
    answers
}

#[test]
fn a_hostile_member_takes_nothing_from_the_others() {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    let (node, hostile) = (cluster.node(CHANGSHA), cluster.node(ZHUZHOU).identity());
    for attack in Attack::ALL {
        let attacks: Vec<_> = cluster.wait(async {
            let begin = |_| attack.begin(&node.address, &hostile);
            (0..TIMES).map(begin).collect()
        });
        let answers = honest_calls(&cluster, node, &attacks);
        let far: Vec<u64> = attacks.iter().map(UnderWay::far).collect();
        println!(
            "{attack:?} got {far:?} far; {} honest calls; peak memory {} MiB",
            answers.len(),
            node.peak_memory() >> 20
        );
        assert!(
            far.iter().any(|far| attack.arrived(*far)),
            "{attack:?} did not arrive: {far:?}"
        );
        for (number, answer) in answers.iter().enumerate() {
            assert!(answer.is_ok(), "{attack:?}, call {number}: {answer:?}");
        }
        if attack.is_flood() {
            assert!(
                far.iter().all(|sent| *sent < 32 << 20),
                "frames without a call were taken: {far:?}"
            );
            assert!(attacks.iter().all(UnderWay::is_cut), "{attack:?} goes on");
        }
        if attack == Attack::SendsHugeHeaders {
            assert!(
                far.iter().all(|sent| *sent < 64 << 20),
                "headers were taken: {far:?}"
            );
        }
        for attack in attacks {
            cluster.wait(attack.end());
        }
    }
    assert!(
        node.peak_memory() < MAX_MEMORY,
        "{} MiB",
        node.peak_memory() >> 20
    );
    cluster.until_followed(CHANGSHA);
}
