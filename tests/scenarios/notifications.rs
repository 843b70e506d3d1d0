//! Notifications: a webhook receiver and a mail server that are there, fail, redirect, are silent, and come back.

pub(crate) mod receiver;
mod robots;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use chengji_tests::{Cluster, eventually};
use jiff::SignedDuration;
use serde_json::Value;

use self::receiver::{Answer, LOOPBACK, Receiver, SECRET, fails, set_up};
use crate::foreign::{Ended, free_address, python_with};

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";

fn id_of(subscription: &Value) -> String {
    subscription["id"].as_str().unwrap().to_owned()
}

fn submit(cluster: &Cluster) -> String {
    cluster.ask("201001/000001")
}

fn cluster() -> Cluster {
    let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
    cluster.node(ZHUZHOU).import("catalogue.csv");
    cluster.until_followed(ZHUZHOU);
    cluster
}

#[test]
fn a_webhook_gets_every_event_although_it_fails_for_a_while_and_gives_up_in_days() {
    let cluster = cluster();
    let zhuzhou = cluster.node(ZHUZHOU);
    set_up(zhuzhou, LOOPBACK);
    let receiver = Receiver::start();
    let subscription = id_of(&receiver.subscribe(zhuzhou));
    zhuzhou.json(&["notify", "test", &subscription]);
    assert!(receiver.gets(0, "subscription.test").is_signed());

    let request = submit(&cluster);
    let opened = receiver.gets(0, "request.opened");
    assert!(opened.is_signed());
    let event = opened.event();
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["id"].as_str(), Some(opened.id()));
    assert_eq!(event["data"]["request"], *request);
    let todo = zhuzhou.json(&["todo"]);
    assert_eq!(todo["items"][0]["request"], *request, "{todo}");
    for text in ["跨市核验", "201001", "窗口受理"] {
        assert!(!opened.body.contains(text), "{}", opened.body);
    }

    // The receiver fails, and gets the same event when it is back.
    let before = receiver.count();
    receiver.answers(Answer::Fails);
    zhuzhou.json(&["request", "ask", &request, "--missing", "批准文件"]);
    let failed = receiver.gets(before, "request.moved");
    fails(zhuzhou, "webhook-answered");
    receiver.answers(Answer::Taken);
    let again = eventually("the same event comes again", || {
        let mut calls = receiver.calls().into_iter();
        calls.by_ref().find(|call| call.id() == failed.id())?;
        calls.find(|call| call.id() == failed.id())
    });
    assert_eq!(again.body, failed.body);
    assert!(!again.body.contains("批准文件"));

    // It redirects for days: the event is given up, listed, and delivered again from its position.
    receiver.answers(Answer::Redirects);
    cluster
        .node(CHANGSHA)
        .json(&["request", "supplement", &request, "--text", "已补正"]);
    fails(zhuzhou, "webhook-redirects");
    zhuzhou.move_clock(SignedDuration::from_hours(4 * 24));
    let letter = eventually("the event is given up", || {
        let list = zhuzhou.try_json(&["notify", "dead-letters", &subscription])?;
        let letters = list["letters"].as_array()?.iter();
        let mut moved = letters.filter(|letter| letter["kind"] == "request.moved");
        moved.next().cloned()
    });
    assert_eq!(letter["log"], "coordinator", "{letter}");
    let before = receiver.count();
    receiver.answers(Answer::Taken);
    let position = letter["position"].to_string();
    let replay = ["notify", "replay", &subscription, "--from", &position];
    zhuzhou.json(&[&replay[..], &["--coordinator"]].concat());
    let replayed = receiver.gets(before, "request.moved");
    assert_eq!(replayed.event()["data"]["move"], "supplement");
    eventually("the event is no dead letter any more", || {
        let list = zhuzhou.try_json(&["notify", "dead-letters", &subscription])?;
        let letters = list["letters"].as_array()?.iter();
        let mut moved = letters.filter(|letter| letter["kind"] == "request.moved");
        moved.next().is_none().then_some(())
    });

    zhuzhou.json(&["notify", "end", &subscription]);
    let twice = zhuzhou.cli_json(&["notify", "end", &subscription]);
    assert!(
        twice.code != Some(0) && twice.says("OUT_OF_TURN"),
        "{twice}"
    );
}

#[test]
fn a_webhook_at_an_address_or_with_a_secret_that_is_not_permitted_is_never_called() {
    let cluster = cluster();
    let zhuzhou = cluster.node(ZHUZHOU);
    set_up(zhuzhou, "private_targets = [\"10.20.0.0/16\"]");
    let receiver = Receiver::start();
    for (url, code) in [
        (receiver.url.as_str(), "webhook-plain-refused"),
        ("https://127.0.0.1:1/hooks", "webhook-address-refused"),
        ("https://169.254.169.254/latest", "webhook-address-refused"),
    ] {
        let add = ["notify", "add-webhook", url, "--secret", "oa"];
        let subscription = id_of(&zhuzhou.json(&add));
        let tested = zhuzhou.cli_json(&["notify", "test", &subscription]);
        assert!(tested.code != Some(0) && tested.says(code), "{tested}");
    }
    assert_eq!(receiver.count(), 0);
    for url in [
        "https://user:word@oa.example/",
        "https://oa.example/?token=1",
    ] {
        let add = ["notify", "add-webhook", url, "--secret", "oa"];
        let refused = zhuzhou.cli_json(&add);
        assert!(refused.says("webhook-url-malformed"), "{refused}");
    }
    // Nobody has messages signed with the secret of another person.
    let other = zhuzhou.enrol("li.ming", &["consumer"]);
    let add = ["--format", "json", "notify", "add-webhook", &receiver.url];
    let refused = zhuzhou.cli_as(&other, &[&add[..], &["--secret", "oa"]].concat());
    assert!(refused.says("webhook-secret-missing"), "{refused}");
}

#[test]
fn a_silent_webhook_delays_nobody_else() {
    let cluster = cluster();
    let zhuzhou = cluster.node(ZHUZHOU);
    set_up(zhuzhou, LOOPBACK);
    let (good, silent) = (Receiver::start(), Receiver::start());
    silent.answers(Answer::Silent);
    for receiver in [&good, &silent] {
        receiver.subscribe(zhuzhou);
    }
    submit(&cluster);
    good.gets(0, "request.opened");
    silent.gets(0, "request.opened");
    fails(zhuzhou, "webhook-timed-out");
}

/// A mail server on this machine, without TLS: the mails that it takes.
struct MailServer {
    address: String,
    mails: Arc<Mutex<Vec<String>>>,
}

impl MailServer {
    fn start(address: &str) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let mails: Arc<Mutex<Vec<String>>> = Arc::default();
        let taken = Arc::clone(&mails);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                if let Some(mail) = take_mail(&stream) {
                    taken.lock().unwrap().push(mail);
                }
            }
        });
        Self { address, mails }
    }

    fn gets(&self, text: &str) -> String {
        eventually(&format!("a mail with {text}"), || {
            let mails = self.mails.lock().unwrap();
            mails.iter().find(|mail| mail.contains(text)).cloned()
        })
    }
}

/// Speaks SMTP with a client up to the end of a mail.
fn take_mail(mut stream: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    stream.write_all(b"220 test\r\n").ok()?;
    loop {
        let line = lines.next()?.ok()?;
        if line.eq_ignore_ascii_case("data") {
            stream.write_all(b"354 go on\r\n").ok()?;
            let mail = lines.by_ref().map_while(Result::ok);
            let mail: Vec<String> = mail.take_while(|line| line != ".").collect();
            stream.write_all(b"250 taken\r\n").ok()?;
            return Some(mail.join("\n"));
        }
        stream.write_all(b"250 ok\r\n").ok()?;
    }
}

#[test]
fn a_mail_is_sent_once_the_mail_server_is_there() {
    let cluster = cluster();
    let zhuzhou = cluster.node(ZHUZHOU);
    // A port that is free now, where nobody listens until later.
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = free.local_addr().unwrap().to_string();
    drop(free);
    let settings = format!(
        "mail_server = \"{address}\"\nmail_security = \"none\"\nmail_sender = \"chengji@zhuzhou.example\""
    );
    set_up(zhuzhou, &settings);
    let add = ["notify", "add-mail", "shen.pi@zhuzhou.example"];
    let subscription = id_of(&zhuzhou.json(&add));
    let request = submit(&cluster);
    fails(zhuzhou, "mail-refused");
    let server = MailServer::start(&address);
    assert_eq!(server.address, address);
    let mail = server.gets(&request);
    assert!(mail.contains("To: shen.pi@zhuzhou.example"), "{mail}");
    assert!(!mail.contains("201001"), "{mail}");
    let listed = eventually("the mail is counted", || {
        let list = zhuzhou.try_json(&["notify", "list"])?;
        let found = list["subscriptions"][0].clone();
        (found["delivered"] != 0).then_some(found)
    });
    assert_eq!(listed["id"], *subscription);
}

#[test]
fn a_daily_mail_has_the_events_of_the_day_once() {
    let cluster = cluster();
    let zhuzhou = cluster.node(ZHUZHOU);
    let server = MailServer::start("127.0.0.1:0");
    let settings = format!(
        "mail_server = \"{}\"\nmail_security = \"none\"\nmail_sender = \"chengji@zhuzhou.example\"",
        server.address
    );
    set_up(zhuzhou, &settings);
    let add = ["notify", "add-mail", "shen.pi@zhuzhou.example", "--daily"];
    zhuzhou.json(&add);
    let requests = [submit(&cluster), submit(&cluster)];
    for request in &requests {
        cluster.until_state(ZHUZHOU, request, "ROUTED");
    }
    zhuzhou.move_clock(SignedDuration::from_hours(25));
    for request in &requests {
        server.gets(request);
    }
    let mails = server.mails.lock().unwrap();
    for request in &requests {
        let with = mails.iter().filter(|mail| mail.contains(request.as_str()));
        assert_eq!(with.count(), 1, "{mails:?}");
    }
}

#[test]
fn a_mail_is_taken_by_a_mail_server_of_others() {
    let Some(python) = python_with(&["aiosmtpd"], "aiosmtpd") else {
        eprintln!("SKIPPED: the package aiosmtpd cannot be had here");
        return;
    };
    let address = free_address().to_string();
    let cluster = cluster();
    let zhuzhou = cluster.node(ZHUZHOU);
    let mails = zhuzhou.path("mails");
    let words = ["-m", "aiosmtpd", "-n", "-l", &address];
    let server = Command::new(&python)
        .args(words)
        .args(["-c", "aiosmtpd.handlers.Mailbox"])
        .arg(&mails)
        .spawn();
    let _server = Ended(server.unwrap());
    let settings = format!(
        "mail_server = \"{address}\"\nmail_security = \"none\"\nmail_sender = \"chengji@zhuzhou.example\""
    );
    set_up(zhuzhou, &settings);
    let add = ["notify", "add-mail", "shen.pi@zhuzhou.example"];
    let subscription = id_of(&zhuzhou.json(&add));
    eventually("the mail server takes a test", || {
        let exit = zhuzhou.cli(&["notify", "test", &subscription]);
        (exit.code == Some(0)).then_some(())
    });
    let taken = fs::read_dir(mails.join("new")).unwrap().count();
    assert_eq!(taken, 1);
}

#[test]
fn a_signature_is_verified_by_the_reference_implementation() {
    let Some(python) = python_with(&["standardwebhooks"], "standardwebhooks") else {
        eprintln!("SKIPPED: the package standardwebhooks cannot be had here");
        return;
    };
    let cluster = cluster();
    let zhuzhou = cluster.node(ZHUZHOU);
    set_up(zhuzhou, LOOPBACK);
    let receiver = Receiver::start();
    let subscription = id_of(&receiver.subscribe(zhuzhou));
    zhuzhou.json(&["notify", "test", &subscription]);
    let call = receiver.gets(0, "subscription.test");
    let verify = "import json, sys\nfrom standardwebhooks.webhooks import Webhook\n\
        secret, body, headers = sys.argv[1:]\n\
        Webhook(secret).verify(body, json.loads(headers))\n";
    let headers = serde_json::to_string(&call.headers).unwrap();
    let verified = |body: &str| {
        let arguments = ["-c", verify, SECRET, body, &headers];
        let done = Command::new(&python).args(arguments).output().unwrap();
        done.status.success()
    };
    assert!(verified(&call.body));
    assert!(!verified(&call.body.replace("1.0", "1.1")));
}
