//! Operation and monitoring of a server: signals, the monitoring endpoint, `status --check`, a hanging
//! coordinator; and exit codes of commands.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chengji_tests::{BOUND, Cluster, Exit, Program, Server, eventually, program, submission};
use jiff::SignedDuration;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

/// The status and the body of a plain HTTP answer.
fn http(address: &str, method: &str, path: &str) -> (u16, String) {
    let mut tcp = TcpStream::connect(address).unwrap();
    tcp.set_read_timeout(Some(BOUND)).unwrap();
    write!(
        tcp,
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    tcp.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// Starts a server as a process with metrics on another port of its address, which is returned.
fn with_metrics(server: &Server, port: u16) -> (Program, String) {
    let (host, _) = server.address.rsplit_once(':').unwrap();
    let address = format!("{host}:{port}");
    let settings = fs::read_to_string(&server.config).unwrap();
    fs::write(
        &server.config,
        format!("metrics = \"{address}\"\n{settings}"),
    )
    .unwrap();
    (server.start_with(&server.config), address)
}

#[test]
fn the_monitoring_endpoint_answers_its_three_paths_and_no_other() {
    let cluster = Cluster::prepared(&[CHANGSHA]);
    for (server, port) in [
        (&cluster.coordinator, 9_400),
        (cluster.node(CHANGSHA), 9_430),
    ] {
        let (_process, address) = with_metrics(server, port);
        let (status, figures) = http(&address, "GET", "/metrics");
        assert_eq!(status, 200);
        assert!(
            figures.contains("chengji_certificate_days_left"),
            "{figures}"
        );
        assert_eq!(http(&address, "GET", "/healthz").0, 200);
        eventually("it is ready", || {
            (http(&address, "GET", "/readyz").0 == 200).then_some(())
        });
        for path in ["/", "/metrics/x", "/favicon.ico"] {
            assert_eq!(http(&address, "GET", path).0, 404, "{path}");
        }
        assert_eq!(http(&address, "POST", "/metrics").0, 405);
    }
}

#[test]
fn a_clock_that_differs_is_a_figure_on_both_sides() {
    let cluster = Cluster::of_processes(&[CHANGSHA]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CHANGSHA));
    node.terminate();
    coordinator.terminate();
    let skew_of = |address: String, log: &str| {
        let figure = format!("chengji_clock_skew_seconds{{log=\"{log}\"}} ");
        move || {
            let (_, figures) = http(&address, "GET", "/metrics");
            let line = figures
                .lines()
                .find_map(|line| line.strip_prefix(&figure))?;
            line.parse::<f64>().ok()
        }
    };
    let (_coordinator, address) = with_metrics(coordinator, 9_400);
    let at_coordinator = skew_of(address, "city/430100");
    let (_node, address) = with_metrics(node, 9_430);
    let at_node = skew_of(address, "coordinator");
    node.move_clock(SignedDuration::from_hours(5));
    let about = |expected: f64, skew: Option<f64>| {
        let differs = skew.is_some_and(|skew| (skew - expected).abs() < 30.0);
        differs.then_some(())
    };
    eventually("the coordinator's figure", || {
        about(18_000.0, at_coordinator())
    });
    eventually("the node's figure", || about(-18_000.0, at_node()));
}

#[test]
fn a_server_outlives_its_terminal() {
    let cluster = Cluster::of_processes(&[CHANGSHA]);
    for server in [&cluster.coordinator, cluster.node(CHANGSHA)] {
        server.send("-HUP");
        eventually("it has seen the signal", || {
            server.output().contains("SIGHUP is ignored").then_some(())
        });
        server.cli(&["status"]).ok();
    }
    // A closed log output ends no call.
    let node = cluster.node(CHANGSHA);
    node.terminate();
    let mut child = program(node.program)
        .args(["serve", "--config"])
        .arg(&node.config)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let denied = eventually("the node serves again", || {
        let exit = node.cli(&["audit"]);
        (exit.code != Some(5)).then_some(exit)
    });
    denied.refused(4, &["DENIED"]);
    node.cli(&["status"]).ok();
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The findings of `status --check`, without the coming year's missing holiday notice at the end of every
/// year; the exit code reports whether there are any.
fn found(server: &Server) -> Option<Vec<String>> {
    let exit = server.cli(&["--format", "json", "status", "--check"]);
    if !matches!(exit.code, Some(0 | 1)) {
        return None;
    }
    let findings = exit.json()["findings"].as_array().cloned();
    let findings = findings.unwrap_or_default().into_iter();
    let subjects: Vec<String> = findings
        .map(|finding| finding["subject"]["message"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(exit.code, Some(i32::from(!subjects.is_empty())), "{exit}");
    let is_news = |subject: &String| subject != "subject-working-days";
    Some(subjects.into_iter().filter(is_news).collect())
}

/// Common soft limits are lower than what a coordinator of hundreds of cities needs.
#[test]
fn a_server_takes_as_many_open_files_as_it_may() {
    let cluster = Cluster::prepared(&[CHANGSHA]);
    for server in [&cluster.coordinator, cluster.node(CHANGSHA)] {
        let mut limited = Command::new("sh");
        limited.args(["-c", "ulimit -Sn 256 && exec \"$@\"", "sh"]);
        limited.arg(program(server.program).get_program());
        limited.args(["serve", "--config"]).arg(&server.config);
        let running = Program::spawn(&mut limited);
        running.says(": ready ");
        let limits = fs::read_to_string(format!("/proc/{}/limits", running.id())).unwrap();
        let open_files = limits
            .lines()
            .find_map(|line| line.strip_prefix("Max open files"))
            .unwrap();
        let figures: Vec<&str> = open_files.split_whitespace().collect();
        assert_eq!(figures[0], figures[1], "soft and hard: {limits}");
        running.terminate(BOUND).ok();
    }
}

#[test]
fn a_check_of_the_status_ends_with_what_it_finds() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let (coordinator, node) = (&cluster.coordinator, cluster.node(CHANGSHA));
    let until = |server: &Server, expected: &[&str]| {
        eventually(&format!("{expected:?} is found"), || {
            (found(server)? == expected).then_some(())
        });
    };
    until(node, &[]);
    until(coordinator, &[]);

    coordinator.terminate();
    until(node, &["subject-log"]);
    node.terminate();
    coordinator.start();
    // Without its only member its log stays unconfirmed, which is reported first.
    until(coordinator, &["subject-own-log", "subject-log"]);
    node.start();
    until(coordinator, &[]);
}

#[test]
fn a_coordinator_that_hangs_costs_a_call_a_few_seconds() {
    let cluster = Cluster::of_processes(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    cluster.until_followed(CHANGSHA);
    node.cli(&["directory", "search"]).ok();
    cluster.coordinator.send("-STOP");
    let begun = Instant::now();
    node.cli(&["directory", "search"]).refused(
        5,
        &[
            "PEER_UNAVAILABLE",
            "no-answer-in-time",
            "coordinator-out-of-reach",
        ],
    );
    let took = begun.elapsed();
    cluster.coordinator.send("-CONT");
    assert!(took < Duration::from_secs(9), "it took {took:?}");
}

fn submit(cluster: &Cluster, code: &str, more: &[&str]) -> Exit {
    cluster.node(CHANGSHA).cli(&submission(ZHUZHOU, code, more))
}

#[test]
fn a_submission_that_waits_ends_as_the_coordinator_decides() {
    let cluster = Cluster::new(&[CHANGSHA, ZHUZHOU]);
    let zhuzhou = cluster.node(ZHUZHOU);
    zhuzhou.import("catalogue.csv");
    zhuzhou.import("catalogue-new.csv");
    cluster.until_followed(ZHUZHOU);
    let state = |id: &str| {
        let shown = cluster.node(CHANGSHA).json(&["request", "show", id]);
        shown["state"].as_str().unwrap().to_owned()
    };

    // Conditional: waiting ends when it is the provider's turn. Only the number is printed.
    let routed = submit(&cluster, "201001/000001", &["--quiet", "--wait"]).ok();
    let id = routed.stdout.trim_end();
    assert!(id.starts_with("430100-"), "{routed}");
    assert_eq!(state(id), "REQUEST_STATE_ROUTED");

    // Unconditional: the provider's node grants it automatically.
    let granted = submit(&cluster, "206007/000001", &["-q", "--wait=60"]).ok();
    assert_eq!(state(granted.stdout.trim_end()), "REQUEST_STATE_GRANTED");

    let rejected = submit(&cluster, "999999/999999", &["--wait"]);
    rejected.refused(3, &["request-was-rejected", "NOT_FOUND"]);
    let rejected = submit(&cluster, "305003/000034", &["--wait"]);
    rejected.refused(4, &["request-was-rejected", "NOT_SHARED"]);

    cluster.coordinator.terminate();
    let waits = submit(&cluster, "201001/000001", &["--quiet", "--wait=1"]);
    assert!(waits.stdout.starts_with("430100-"), "{waits}");
    waits.refused(5, &["request-still-in-state"]);
}

#[test]
fn a_number_that_means_the_default_is_refused() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let (node, coordinator) = (cluster.node(CHANGSHA), &cluster.coordinator);
    let cases: [(&Server, &[&str]); 9] = [
        (
            node,
            &["person", "invite", "a", "--role", "auditor", "--hours", "0"],
        ),
        (node, &["audit", "--limit", "0"]),
        (node, &["audit", "--before", "0"]),
        (node, &["receipts", "--limit", "0"]),
        (node, &["directory", "search", "--limit", "0"]),
        (node, &["log", "show", "--limit", "0"]),
        (node, &["request", "grant", "430100-1-1", "--days", "0"]),
        (
            node,
            &["catalogue", "show", "103001/000001", "--revision", "0"],
        ),
        (
            coordinator,
            &[
                "member",
                "invite",
                "430300",
                "--name",
                "湘潭市",
                "--hours",
                "0",
            ],
        ),
    ];
    for (server, arguments) in cases {
        let exit = server.cli(arguments);
        assert_eq!(exit.code, Some(2), "{arguments:?}: {exit}");
    }
    coordinator
        .cli(&["log", "show", "--limit", "0"])
        .refused(2, &["--limit"]);
}

#[test]
fn an_invitation_need_not_be_on_the_command_line() {
    let cluster = Cluster::new(&[CHANGSHA]);
    let node = cluster.node(CHANGSHA);
    let invite = |name: &str| {
        let invite = ["person", "invite", name, "--role", "auditor", "--quiet"];
        let made = node.cli_as(&node.manager, &invite).ok();
        assert!(made.stdout.starts_with("chengji-"), "{made}");
        made.stdout
    };
    let file = cluster.path("invitation.txt");
    fs::write(&file, invite("zhao.liu")).unwrap();
    let file = file.to_str().unwrap();
    node.cli(&["person", "join", "--invitation-file", file])
        .ok();

    let mut child = program(node.program)
        .args(["person", "join", "-"])
        .env("CHENGJI_HOME", &node.home)
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(invite("qian.qi").as_bytes()).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    for name in ["zhao.liu", "qian.qi"] {
        let profile = node
            .home
            .join(format!("profiles/{name}@430100/profile.toml"));
        node.cli_as(&profile, &["status"]).ok();
    }
    for name in [".", ".."] {
        let invite = ["person", "invite", name, "--role", "auditor"];
        node.cli_as(&node.manager, &invite)
            .refused(3, &["name-malformed"]);
    }
}

#[test]
fn a_municipality_takes_part_as_a_city() {
    let cluster = Cluster::new(&["500000"]);
    assert_eq!(
        cluster.city("500000").expect("it is followed")["city"],
        "500000"
    );
    // A county is none.
    let invite = ["member", "invite", "430121", "--name", "长沙县"];
    cluster
        .coordinator
        .cli(&invite)
        .refused(3, &["city-code-malformed"]);
}
