//! A webhook receiver, which answers as a test requires.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use chengji_tests::eventually;
use data_encoding::BASE64;
use hmac::{Hmac, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::SECRET;

/// The answer of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Taken,
    Fails,
    Redirects,
    Silent,
    RobotTakes,
    RobotRefuses,
}

/// A call that a receiver got.
#[derive(Clone, Debug)]
pub(super) struct Call {
    /// The path with its query.
    pub(super) path: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: String,
}

impl Call {
    pub(super) fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The kind of the event, without what all kinds begin with.
    fn kind(&self) -> String {
        let event = self.event();
        let kind = event["type"].as_str().unwrap();
        kind.trim_start_matches("chengji.v1.").to_owned()
    }

    pub(super) fn is_signed(&self) -> bool {
        let key = BASE64.decode(SECRET.trim_start_matches("whsec_").as_bytes());
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key.unwrap()).unwrap();
        let [id, at] = ["webhook-id", "webhook-timestamp"].map(|name| &self.headers[name]);
        mac.update(format!("{id}.{at}.{}", self.body).as_bytes());
        let expected = BASE64.encode(&mac.finalize().into_bytes());
        self.headers["webhook-signature"] == format!("v1,{expected}")
    }
}

/// A webhook receiver.
pub(super) struct Receiver {
    pub(super) url: String,
    answer: Arc<Mutex<Answer>>,
    pub(super) calls: Arc<Mutex<Vec<Call>>>,
}

impl Receiver {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hooks", listener.local_addr().unwrap());
        let answer = Arc::new(Mutex::new(Answer::Taken));
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let (answering, got) = (Arc::clone(&answer), Arc::clone(&calls));
        thread::spawn(move || {
            let mut held = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(call) = read_call(&stream) else {
                    continue;
                };
                let answer = *answering.lock().unwrap();
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

    pub(super) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// The first call about an event of this kind after so many calls, once it has come.
    pub(super) fn gets(&self, after: usize, kind: &str) -> Call {
        eventually(&format!("a call about {kind}"), || {
            let calls = self.calls.lock().unwrap();
            let mut later = calls.iter().skip(after);
            later.find(|call| call.kind() == kind).cloned()
        })
    }

    pub(super) fn count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

fn read_call(stream: &TcpStream) -> Option<Call> {
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
    })
}
