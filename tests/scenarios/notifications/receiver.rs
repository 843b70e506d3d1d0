//! A webhook receiver on this machine, and a node that calls it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::thread;

use chengji_tests::{Server, eventually};
use data_encoding::BASE64;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
/// The setting that permits a receiver on this machine.
pub(crate) const LOOPBACK: &str = "private_targets = [\"127.0.0.0/8\"]";

/// The answer of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Taken,
    Fails,
    Redirects,
    Silent,
    RobotTakes,
    RobotRefuses,
}

/// A call that a receiver got.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The path with its query.
    pub(crate) path: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
    /// What it was answered with.
    pub(crate) answer: Answer,
}

impl Call {
    /// The id of the event, the same in all calls about it.
    pub(crate) fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Time of the call by the clock of the node, in seconds since 1970.
    pub(crate) fn at(&self) -> i64 {
        self.headers["webhook-timestamp"].parse().unwrap()
    }

    pub(crate) fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The kind of the event, without what all kinds begin with.
    pub(crate) fn kind(&self) -> String {
        let event = self.event();
        let kind = event["type"].as_str().unwrap();
        kind.trim_start_matches("chengji.v1.").to_owned()
    }

    pub(crate) fn is_signed(&self) -> bool {
        let key = BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes());
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key.unwrap()).unwrap();
        let [id, at] = ["webhook-id", "webhook-timestamp"].map(|name| &self.headers[name]);
        mac.update(format!("{id}.{at}.{}", self.body).as_bytes());
        let expected = BASE64.encode(&mac.finalize().into_bytes());
        self.headers["webhook-signature"] == format!("v1,{expected}")
    }
}

/// A webhook receiver.
pub(crate) struct Receiver {
    pub(crate) url: String,
    answer: Arc<Mutex<Answer>>,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(Answer::Taken));
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let (answering, got) = (Arc::clone(&answer), Arc::clone(&calls));
        thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let answer = *answering.lock().unwrap();
                let Some(call) = read_call(&stream, answer) else {
                    continue;
                };
                got.lock().unwrap().push(call);
                let (line, content) = match answer {
                    Answer::Taken => ("204 No Content", ""),
                    Answer::Fails => ("500 Internal Server Error", ""),
                    Answer::Redirects => {
                        ("302 Found\r\nlocation: http://127.0.0.1:1/elsewhere", "")
                    }
                    Answer::RobotTakes => ("200 OK", r#"{"errcode":0,"errmsg":"ok"}"#),
                    Answer::RobotRefuses => ("200 OK", r#"{"errcode":130101,"errmsg":"too fast"}"#),
                    Answer::Silent => {
                        held.push(stream);
                        continue;
                    }
                };
                let length = content.len();
                let text = format!(
                    "HTTP/1.1 {line}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{content}"
                );
                // The caller may have gone.
                let _ = stream.write_all(text.as_bytes());
            }
        });
        Self { url, answer, calls }
    }

    /// Has this node call it about all events from now on; returns the subscription.
    pub(crate) fn subscribe(&self, node: &Server) -> Value {
        node.json(&["notify", "add-webhook", &self.url, "--secret", "oa"])
    }

    pub(crate) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// The first call about an event of this kind after so many calls, once it has come.
    pub(crate) fn gets(&self, after: usize, kind: &str) -> Call {
        eventually(&format!("a call about {kind}"), || {
            let mut later = self.calls().into_iter().skip(after);
            later.find(|call| call.kind() == kind)
        })
    }

    /// The calls so far.
    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

fn read_call(stream: &TcpStream, answer: Answer) -> Option<Call> {
    let mut reader = BufReader::new(stream);
    let (mut line, mut headers) = (String::new(), BTreeMap::new());
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some(Call {
        path,
        headers,
        body,
        answer,
    })
}

/// Adds settings of notifications to a node, and starts it again.
pub(crate) fn set_up(node: &Server, settings: &str) {
    put_secret(node, "oa", SECRET);
    let written = fs::read_to_string(&node.config).unwrap();
    let added = format!("\n[notifications]\nsecrets = \"webhook-secrets\"\n{settings}\n");
    fs::write(&node.config, written + &added).unwrap();
    node.terminate();
    node.start();
}

/// Puts a secret of the officer into the node's folder of secrets.
pub(crate) fn put_secret(node: &Server, name: &str, content: &str) {
    let folder = node.path("webhook-secrets/officer");
    fs::create_dir_all(&folder).unwrap();
    let secret = folder.join(name);
    fs::write(&secret, content).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Waits until the newest subscription of the node fails for the reason with this code.
pub(crate) fn fails(node: &Server, code: &str) -> Value {
    eventually(&format!("deliveries fail with {code}"), || {
        let list = node.try_json(&["notify", "list"])?;
        let found = list["subscriptions"][0].clone();
        (found["problem"]["message"] == code).then_some(found)
    })
}
