//! An object store of tests on loopback: lists objects (ListObjectsV2) in pages, and sends ranges of them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use super::{BucketAddress, BucketSettings, Endpoint};
use crate::database::password::PasswordFrom;

/// The only bucket.
const BUCKET: &str = "housing";
/// The access key ID that is accepted.
const USER: &str = "reader";
/// The number of keys of a page of a listing.
const PAGE: usize = 2;

/// The store; it ends with this.
pub(crate) struct TestStore {
    address: SocketAddr,
    state: Arc<State>,
    /// A folder with the file of the secret.
    home: tempfile::TempDir,
}

#[derive(Default)]
struct State {
    /// The contents by their keys, each with the number of times that it was put.
    objects: Mutex<BTreeMap<String, (Vec<u8>, u32)>>,
    /// The answer to all requests, instead of their own.
    refusal: Mutex<Option<(u16, &'static str)>>,
    /// The paths that were asked for.
    requests: Mutex<Vec<String>>,
    /// True if conditions of requests are ignored.
    is_lax: AtomicBool,
    is_ended: AtomicBool,
}

/// What matters of a request.
struct Request {
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
}

impl TestStore {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State::default());
        let serving = Arc::clone(&state);
        thread::spawn(move || {
            for connection in listener.incoming() {
                if serving.is_ended.load(Ordering::SeqCst) {
                    return;
                }
                let state = Arc::clone(&serving);
                thread::spawn(move || serve(&connection.unwrap(), &state));
            }
        });
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("secret"), "secret of tests\n").unwrap();
        Self {
            address,
            state,
            home,
        }
    }

    /// Returns the settings of a folder in the bucket.
    pub(crate) fn settings(&self, url: &str) -> BucketSettings {
        let endpoint = format!("http://{}", self.address);
        BucketSettings {
            address: BucketAddress::parse(url).unwrap(),
            endpoint: Endpoint::parse(&endpoint).unwrap(),
            region: "us-east-1".to_owned(),
            user: USER.to_owned(),
            secret: PasswordFrom::File(self.home.path().join("secret")),
            ca: None,
        }
    }

    /// Puts an object, in the place of one of the same key.
    pub(crate) fn put(&self, key: &str, content: impl Into<Vec<u8>>) {
        let mut objects = self.state.objects.lock().unwrap();
        let version = objects.get(key).map_or(1, |(_, version)| version + 1);
        objects.insert(key.to_owned(), (content.into(), version));
    }

    /// Removes an object.
    pub(crate) fn remove(&self, key: &str) {
        self.state.objects.lock().unwrap().remove(key);
    }

    /// Answers all requests so from now on.
    pub(crate) fn refuse(&self, status: u16, code: &'static str) {
        *self.state.refusal.lock().unwrap() = Some((status, code));
    }

    /// Ignores conditions of requests from now on.
    pub(crate) fn ignore_conditions(&self) {
        self.state.is_lax.store(true, Ordering::SeqCst);
    }

    /// Takes the paths that were asked for since the last time.
    pub(crate) fn requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.state.requests.lock().unwrap())
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        self.state.is_ended.store(true, Ordering::SeqCst);
        // Ends the wait for a connection.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut connection: &TcpStream, state: &State) {
    let mut reader = BufReader::new(connection);
    while let Some(request) = Request::read(&mut reader) {
        state.requests.lock().unwrap().push(request.path.clone());
        let answer = answer(&request, state);
        if connection.write_all(&answer).is_err() {
            return;
        }
    }
}

impl Request {
    /// Reads a request without a body; `None` at the end of the connection.
    fn read(reader: &mut impl BufRead) -> Option<Self> {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            match line.trim_end() {
                "" => break,
                line => lines.push(line.to_owned()),
            }
        }
        let target = lines.first()?.split(' ').nth(1)?;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let headers = lines
            .iter()
            .skip(1)
            .filter_map(|line| line.split_once(": "));
        Some(Self {
            path: decoded(path),
            query: pairs
                .map(|(name, value)| (name.to_owned(), decoded(&value.replace('+', " "))))
                .collect(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
                .collect(),
        })
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// Decodes what is percent-encoded.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next().unwrap(), rest.next().unwrap()];
        let digits = std::str::from_utf8(&digits).unwrap();
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

fn answer(request: &Request, state: &State) -> Vec<u8> {
    let signed = format!("AWS4-HMAC-SHA256 Credential={USER}/");
    if !request.header("authorization").starts_with(&signed) {
        return refusal(403, "InvalidAccessKeyId");
    }
    if let Some((status, code)) = *state.refusal.lock().unwrap() {
        return refusal(status, code);
    }
    let path = request.path.strip_prefix('/').unwrap();
    match path.split_once('/') {
        Some((BUCKET, key)) if !key.is_empty() => object(request, state, key),
        _ if path.trim_end_matches('/') == BUCKET => listing(request, state),
        _ => refusal(404, "NoSuchBucket"),
    }
}

fn listing(request: &Request, state: &State) -> Vec<u8> {
    let of_query = |name: &str| request.query.get(name).map_or("", String::as_str);
    let (prefix, after) = (of_query("prefix"), of_query("continuation-token"));
    assert_eq!((of_query("list-type"), of_query("delimiter")), ("2", "/"));
    let objects = state.objects.lock().unwrap();
    let mut fitting = objects.iter().filter(|(key, _)| {
        let is_direct = key
            .strip_prefix(prefix)
            .is_some_and(|name| !name.contains('/'));
        is_direct && key.as_str() > after
    });
    let mut contents = String::new();
    let mut last = String::new();
    for (key, (content, version)) in fitting.by_ref().take(PAGE) {
        let size = content.len();
        last.clone_from(key);
        let key = escaped(key);
        contents += &format!(
            "<Contents><Key>{key}</Key><LastModified>2026-03-01T00:00:00.000Z</LastModified>\
             <ETag>&quot;{version}&quot;</ETag><Size>{size}</Size></Contents>"
        );
    }
    let next = match fitting.next() {
        Some(_) => format!(
            "<NextContinuationToken>{}</NextContinuationToken>",
            escaped(&last)
        ),
        None => String::new(),
    };
    let body = format!("<ListBucketResult>{contents}{next}</ListBucketResult>");
    written(200, "", body.as_bytes())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn object(request: &Request, state: &State, key: &str) -> Vec<u8> {
    let objects = state.objects.lock().unwrap();
    let Some((content, version)) = objects.get(key) else {
        return refusal(404, "NoSuchKey");
    };
    let tag = format!("\"{version}\"");
    let is_lax = state.is_lax.load(Ordering::SeqCst);
    if !is_lax && request.header("if-match") != tag {
        return refusal(412, "PreconditionFailed");
    }
    let range = request.header("range").strip_prefix("bytes=").unwrap();
    let (start, end) = range.split_once('-').unwrap();
    let (start, end): (usize, usize) = (start.parse().unwrap(), end.parse().unwrap());
    let Some(part) = content.get(start..=end.min(content.len().saturating_sub(1))) else {
        return refusal(416, "InvalidRange");
    };
    let last = start + part.len() - 1;
    let size = content.len();
    let headers = format!(
        "ETag: {tag}\r\nLast-Modified: Sun, 01 Mar 2026 00:00:00 GMT\r\n\
         Content-Range: bytes {start}-{last}/{size}\r\n"
    );
    written(206, &headers, part)
}

/// An answer that quotes what must not be shown.
fn refusal(status: u16, code: &str) -> Vec<u8> {
    let body = format!("<Error><Code>{code}</Code><AWSAccessKeyId>{USER}</AWSAccessKeyId></Error>");
    written(status, "", body.as_bytes())
}

fn written(status: u16, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status} Answer\r\n{headers}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}
