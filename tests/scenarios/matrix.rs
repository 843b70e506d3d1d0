//! The permission matrix: every rpc of the contract and of other protocols, at both programs, by every kind
//! of caller. The expected results are derived from the contract's options and from the table of other
//! protocols, so a new rpc is covered automatically.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chengji_domain::access::{Rights, Role};
use chengji_domain::{CityCode, Error, ErrorCode, Principal};
use chengji_messages::msg;
use chengji_proto::policy::{Home, PolicyTable};
use chengji_proto::status::to_error;
use chengji_proto::v1::Caller;
use chengji_tests::{Authority, Certificate, Cluster, Server, eventually, identity_of};
use chengji_transport::channel::without_certificate;
use chengji_transport::{Expect, Identity, IdentityFiles, channel};
use http::uri::PathAndQuery;
use tonic::transport::Channel;
use tonic::{Request, Status};
use tonic_prost::ProstCodec;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const XIANGTAN: &str = "430300";

const REMOVED: &str = "was removed";
const UNKNOWN: &str = "is not among the people and applications";

/// A caller.
struct Row {
    name: &'static str,
    who: Editor,
    certificate: Option<IdentityFiles>,
}

/// The caller's membership status or rights.
enum Editor {
    /// It gets no connection.
    Unbelieved,
    /// It is authenticated, and has no rights; the reason is this text.
    Out(&'static str),
    /// It is authenticated, and has these rights at home.
    In(Principal, Rights),
}

/// The expected outcome of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    NoConnection,
    Out,
    Unauthenticated,
    Denied,
    PastTheGate,
}

#[test]
fn every_rpc_is_open_to_exactly_those_its_rule_names() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU, XIANGTAN]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CHANGSHA));
    // The caller without a certificate makes hundreds of calls here.
    for server in [coordinator, node] {
        let settings = fs::read_to_string(&server.config).unwrap();
        let limits = "[limits]\nnewcomer_calls_per_second = 1000\nmax_newcomers_per_address = 64\n\
                      denials_at_once = 10000\n";
        fs::write(&server.config, format!("{settings}{limits}")).unwrap();
        server.terminate();
        server.start();
    }
    let rows = rows(&cluster);
    let table = PolicyTable::load().unwrap();
    let city: CityCode = CHANGSHA.parse().unwrap();
    let mut tried: BTreeMap<Outcome, u32> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (server, home) in [(node, Home::City(city)), (coordinator, Home::Coordinator)] {
        for row in &rows {
            let mut rpcs: Vec<&str> = table.rules().map(|(path, _)| path).collect();
            rpcs.sort_unstable();
            // Last: renewing the server's own certificate changes nothing, but takes time.
            rpcs.sort_by_key(|path| path.contains("Rotate"));
            for path in rpcs {
                let due = row.due(&table, path, home);
                let came = cluster.wait(outcome(&row.channel(server), path));
                *tried.entry(due).or_default() += 1;
                if came.as_ref().map(|(outcome, _)| *outcome) != Ok(due) {
                    wrong.push(format!(
                        "{} at {home:?} {path}: {due:?} was due, {came:?}",
                        row.name
                    ));
                }
            }
        }
    }
    let cells: u32 = tried.values().sum();
    println!("{cells} cells tried: {tried:?}");
    assert!(
        wrong.is_empty(),
        "{} of {cells}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(tried.values().all(|count| *count > 10), "{tried:?}");
    assert_eq!(tried.len(), 5);
}

fn rows(cluster: &Cluster) -> Vec<Row> {
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CHANGSHA));
    let (ours, foreign) = (Authority::of_cluster(cluster), Authority::foreign());
    let folder = |name: &str| cluster.path(&format!("matrix/{name}"));
    let forge = |authority: &Authority, name: &str, principal: &str, (from, until)| {
        let uri = format!("spiffe://test-cluster/{principal}");
        let said = Certificate {
            uri: &uri,
            from,
            until,
        };
        let believes = format!("{}{}", ours.pem, foreign.pem);
        Some(authority.forge(&folder(name), said, &believes))
    };
    let auditor = coordinator.enrol("office", &["auditor"]);
    let gone = removed(node);
    suspended(coordinator, node, &auditor);

    let mut rows = vec![
        Row {
            name: "without a certificate",
            who: Editor::In(Principal::Newcomer, Rights::NONE),
            certificate: None,
        },
        Row::unbelieved(
            "of a foreign authority",
            forge(&foreign, "foreign", "operator/duty", (2020, 2099)),
        ),
        Row::unbelieved(
            "expired",
            forge(&ours, "expired", "operator/duty", (2020, 2022)),
        ),
        Row::unbelieved(
            "not yet valid",
            forge(&ours, "early", "operator/duty", (2098, 2099)),
        ),
        Row::out("a removed person", REMOVED, gone),
        Row::out(
            "a suspended city's node",
            "is suspended",
            cluster.node(XIANGTAN).identity(),
        ),
        Row::known(
            "another city's node",
            "city/430200/node",
            cluster.node(ZHUZHOU).identity(),
        ),
        Row::known(
            "another city's person",
            "city/430200/person/officer",
            cluster.node(ZHUZHOU).officer(),
        ),
        Row::known("an operator", "operator/duty", coordinator.officer()),
        Row::known(
            "an auditor of the cluster",
            "auditor/office",
            identity_of(&auditor),
        ),
        Row {
            name: "the coordinator",
            who: Editor::In(Principal::Coordinator, Rights::NONE),
            certificate: forge(&ours, "coordinator", "coordinator", (2020, 2099)),
        },
    ];
    rows.extend(rows_of_roles(node));
    rows.extend(applications(cluster));
    rows
}

/// The certificate of a person who was removed since.
fn removed(node: &Server) -> IdentityFiles {
    let gone = identity_of(&node.enrol("gone", &["publisher", "approver"]));
    let remove = ["person", "remove", "gone", "--reason", "调离"];
    node.cli_as(&node.manager, &remove).ok();
    gone
}

/// Suspends a city, and waits until the node has learnt of it.
fn suspended(coordinator: &Server, node: &Server, auditor: &Path) {
    let suspend = ["member", "suspend", XIANGTAN, "--reason", "演练"];
    coordinator.cli(&suspend).ok();
    eventually("the city has learnt who takes part", || {
        let exit = node.cli_here(auditor, &["log", "show"]);
        (exit.code == Some(0)).then_some(())
    });
}

/// Applications certified by their cities' authorities: one that the node does not know, and one of
/// another city.
fn applications(cluster: &Cluster) -> [Row; 2] {
    let ours = Authority::of_cluster(cluster);
    let certified = |city: &str| {
        let uri = format!("spiffe://test-cluster/city/{city}/app/registry");
        let said = Certificate {
            uri: &uri,
            from: 2020,
            until: 2099,
        };
        let folder = cluster.path(&format!("matrix/app-{city}"));
        Authority::of_city(cluster, city).forge(&folder, said, &ours.pem)
    };
    [
        Row::out("an unknown application", UNKNOWN, certified(CHANGSHA)),
        Row::known(
            "another city's application",
            "city/430200/app/registry",
            certified(ZHUZHOU),
        ),
    ]
}

/// The right city, in each role alone: for every rpc some lack the role, and one has it.
fn rows_of_roles(node: &Server) -> impl Iterator<Item = Row> {
    let roles = Role::ALL.iter().filter(|role| **role != Role::Operator);
    roles.map(|role| {
        let files = identity_of(&node.enrol(&format!("the.{role}"), &[role.as_str()]));
        let principal = format!("city/{CHANGSHA}/person/the.{role}");
        Row {
            name: role.as_str(),
            who: Editor::In(
                principal.parse().unwrap(),
                Rights::new([*role], None).unwrap(),
            ),
            certificate: Some(files),
        }
    })
}

impl Row {
    fn unbelieved(name: &'static str, certificate: Option<IdentityFiles>) -> Self {
        let who = Editor::Unbelieved;
        Self {
            name,
            who,
            certificate,
        }
    }

    fn out(name: &'static str, why: &'static str, files: IdentityFiles) -> Self {
        Self {
            name,
            who: Editor::Out(why),
            certificate: Some(files),
        }
    }

    fn known(name: &'static str, principal: &str, files: IdentityFiles) -> Self {
        Self {
            name,
            who: Editor::In(principal.parse().unwrap(), Rights::NONE),
            certificate: Some(files),
        }
    }

    /// The outcome according to the contract.
    fn due(&self, table: &PolicyTable, path: &str, home: Home) -> Outcome {
        let callers = &table.rule(path).unwrap().callers;
        let anybody = callers.contains(&Caller::Anybody);
        let certified = callers.contains(&Caller::Certified);
        match &self.who {
            Editor::Unbelieved => Outcome::NoConnection,
            Editor::Out(_) | Editor::In(..) if anybody => Outcome::PastTheGate,
            // A city's people and applications are known only to their city: the coordinator knows none
            // of them.
            Editor::Out(REMOVED | UNKNOWN) if home == Home::Coordinator => match certified {
                true => Outcome::PastTheGate,
                false => Outcome::Denied,
            },
            Editor::Out(_) => Outcome::Out,
            Editor::In(principal, rights) => match table.decide(path, principal, rights, home) {
                Ok(()) => Outcome::PastTheGate,
                Err(error) if error.code() == ErrorCode::Unauthenticated => {
                    Outcome::Unauthenticated
                }
                Err(_) => Outcome::Denied,
            },
        }
    }

    fn channel(&self, server: &Server) -> impl Fn() -> Channel {
        let address = server.address.clone();
        let identity = self.certificate.as_ref().map(|files| {
            // Presented as of a time when the certificate was valid.
            let begin = chengji_transport::Pair::read(&files.identity)
                .unwrap()
                .chain;
            let (from, until) = chengji_transport::spiffe::validity(&begin[0]).unwrap();
            let now = chengji_clock::system_time();
            let holds = (from..until).contains(&now);
            let at = if holds {
                now
            } else {
                from + std::time::Duration::from_secs(600)
            };
            Identity::load(files, at).unwrap()
        });
        let authorities = chengji_transport::identity::certificates(&server.officer().ca).unwrap();
        move || match &identity {
            Some(identity) => channel(identity, &address, Expect::Any).unwrap(),
            None => {
                without_certificate(&authorities, "test-cluster", &address, Expect::Any).unwrap()
            }
        }
    }
}

/// Calls with an empty message; returns the outcome.
async fn outcome(channel: &impl Fn() -> Channel, path: &str) -> Result<(Outcome, String), Error> {
    let mut client = tonic::client::Grpc::new(channel());
    if let Err(error) = client.ready().await {
        return Ok((Outcome::NoConnection, error.to_string()));
    }
    let path: PathAndQuery = path.parse().unwrap();
    let empty = tokio_stream::once(());
    let codec = ProstCodec::<(), ()>::default();
    let answered = async {
        let mut stream = client
            .streaming(Request::new(empty), path, codec)
            .await?
            .into_inner();
        stream.message().await.map(drop)
    };
    let status = match tokio::time::timeout(chengji_tests::BOUND, answered).await {
        Err(_) => {
            return Err(Error::new(
                ErrorCode::Internal,
                msg::Text { text: "no answer" },
            ));
        }
        Ok(Ok(())) => return Ok((Outcome::PastTheGate, "OK".to_owned())),
        Ok(Err(status)) => status,
    };
    Ok((classified(&status), status.message().to_owned()))
}

fn classified(status: &Status) -> Outcome {
    let error = to_error(status);
    let refusals = [
        "call-unknown",
        "call-not-open-to",
        "call-needs-role",
        "call-needs-a-role",
    ];
    let by_the_gate = refusals.contains(&error.message().code());
    match error.code() {
        ErrorCode::Denied if by_the_gate => Outcome::Denied,
        ErrorCode::Unauthenticated if by_the_gate => Outcome::Unauthenticated,
        ErrorCode::Suspended => Outcome::Out,
        // Errors sent by the server have no local cause.
        _ if std::error::Error::source(status).is_some() => Outcome::NoConnection,
        _ => Outcome::PastTheGate,
    }
}
