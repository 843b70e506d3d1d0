//! Common steps of scenarios, through people's command lines.

use std::path::Path;

use chengji_domain::calendar::local_date;
use jiff::Timestamp;
use serde_json::Value;

use crate::cluster::Cluster;
use crate::entries::PAPERS;
use crate::eventually::eventually;
use crate::server::Server;

/// The parameters of a request.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The consumer city.
    pub consumer: &'a str,
    /// The provider city.
    pub provider: &'a str,
    /// The code of the resource.
    pub code: &'a str,
}

/// The texts of a submission, as arguments of `request submit`.
const SUBMISSION: [&str; 8] = [
    "--purpose",
    "跨市核验",
    "--basis",
    "《政务数据共享条例》",
    "--scenario",
    "窗口受理跨市业务时，由经办人员逐件核验",
    "--scope",
    "全部",
];

/// The command that imports a catalogue file with more options, and with the papers that the demo's files lack.
pub fn importing<'a>(file: &'a (impl AsRef<Path> + ?Sized), options: &[&'a str]) -> Vec<&'a str> {
    let import = ["catalogue", "import", file.as_ref().to_str().unwrap()];
    [&import[..], options, &PAPERS].concat()
}

/// The answer to a call made by a test itself; an error fails the test.
#[track_caller]
pub fn call<T>(answer: Result<tonic::Response<T>, tonic::Status>) -> T {
    match answer {
        Ok(answer) => answer.into_inner(),
        Err(status) => panic!("the call failed: {status}"),
    }
}

/// The default cities of requests: 长沙 requests, and 株洲 provides.
const CONSUMER: &str = "430100";
const PROVIDER: &str = "430200";

/// The command that requests a resource of a city, with more options.
pub fn submission<'a>(provider: &'a str, code: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let named = ["request", "submit", "--provider", provider, "--code", code];
    [&named[..], &SUBMISSION, more].concat()
}

impl Cluster {
    /// Makes a request; returns its number.
    #[track_caller]
    pub fn submit(&self, input: Input<'_>) -> String {
        let Input {
            consumer,
            provider,
            code,
        } = input;
        let request = self.node(consumer).json(&submission(provider, code, &[]));
        text(&request["id"])
    }

    /// 长沙 requests this resource of 株洲; returns the request.
    #[track_caller]
    pub fn ask(&self, code: &str) -> String {
        self.submit(Input {
            consumer: CONSUMER,
            provider: PROVIDER,
            code,
        })
    }

    /// 株洲 mounts a conditional entry of its catalogue, and 长沙 requests it; returns the request.
    #[track_caller]
    pub fn requested(&self) -> String {
        const CODE: &str = "201001/000001";
        let provider = self.node(PROVIDER);
        provider.import("catalogue.csv");
        provider.json(&["catalogue", "mount", CODE, "files/hospitals.csv"]);
        self.until_followed(PROVIDER);
        self.ask(CODE)
    }

    /// 株洲 grants this request once it has it, with these options; both cities show the grant then.
    #[track_caller]
    pub fn grant(&self, id: &str, options: &[&str]) {
        self.until_state(PROVIDER, id, "ROUTED");
        let grant = [&["request", "grant", id][..], options].concat();
        self.node(PROVIDER).json(&grant);
        for city in [CONSUMER, PROVIDER] {
            self.until_state(city, id, "GRANTED");
        }
    }

    /// Makes a provider stop deliveries under a grant for an incident; returns the request.
    #[track_caller]
    pub fn stop(&self, provider: &str, id: &str, reason: &str) -> Value {
        let words = [
            "--cause",
            "incident",
            "--reason",
            reason,
            "--reported-to",
            "市委网信办",
        ];
        let named = ["request", "stop", id];
        self.node(provider).json(&[&named[..], &words].concat())
    }

    /// 株洲 publishes an unconditional entry with this file of its shared folder, and 长沙 requests it;
    /// returns the request once it is granted.
    pub fn granted(&self, file: &str) -> String {
        const CODE: &str = "206007/000001";
        let provider = self.node(PROVIDER);
        provider.import("catalogue-new.csv");
        provider.json(&["catalogue", "mount", CODE, file]);
        self.until_followed(PROVIDER);
        let id = self.ask(CODE);
        self.until_state(CONSUMER, &id, "GRANTED");
        id
    }

    /// Waits until the city's node shows the request in this state, such as `GRANTED`.
    pub fn until_state(&self, city: &str, id: &str, state: &str) -> Value {
        let wanted = format!("REQUEST_STATE_{state}");
        eventually(&format!("{city} sees {id} {state}"), || {
            let request = self.node(city).try_json(&["request", "show", id])?;
            (request["state"] == wanted.as_str()).then_some(request)
        })
    }

    /// Waits until both cities show the request in this state with exactly these acts due, each with its party, by their
    /// names in the contract, and every move confirmed; returns it as each of them shows it.
    pub fn until_due(
        &self,
        cities: [&str; 2],
        id: &str,
        state: &str,
        dues: &[(&str, &str)],
    ) -> [Value; 2] {
        cities.map(|city| {
            eventually(&format!("{city} sees {id} {state}, due: {dues:?}"), || {
                let shown = self.node(city).try_json(&["request", "show", id])?;
                let is_settled = shown["state"] == format!("REQUEST_STATE_{state}");
                let is_settled = is_settled && shown["pending"] == 0;
                (is_settled && acts(&shown) == expected(dues)).then_some(shown)
            })
        })
    }

    /// Moves the clocks of all servers to this time, and waits until those that run have it.
    pub fn move_clocks(&self, to: Timestamp) {
        let ahead = to.duration_since(chengji_clock::now());
        for server in self.servers() {
            server.move_clock(ahead);
        }
        let day = local_date(to);
        let month = format!("{:04}-{:02}", day.year(), day.month());
        for server in self.servers().filter(|server| server.is_running()) {
            eventually("the clock has moved", || {
                let shown = server.try_json(&["report", "month", &month])?;
                let at: Timestamp = shown["at"].as_str()?.parse().ok()?;
                (at >= to).then_some(())
            });
        }
    }

    /// Waits until the coordinator has applied all of a city's log; returns the city's status there.
    pub fn until_followed(&self, city: &str) -> Value {
        self.until_followed_to(city, self.node(city).json(&["status"]))
    }

    /// Waits until the coordinator has applied all of a city's log that this status of its node shows, or all of the
    /// epoch that the node has opened since; returns the city's status at the coordinator.
    pub fn until_followed_to(&self, city: &str, mut status: Value) -> Value {
        eventually(
            &format!("the coordinator has followed {city} to its head"),
            || {
                let known = self.city(city)?;
                // A node whose older log was accepted opens a new epoch as soon as the coordinator confirms it.
                if known["epoch"] != status["epoch"] {
                    status = self.node(city).try_json(&["status"])?;
                    return None;
                }
                // The node may have written more meanwhile.
                let there = known["position"].as_u64() >= status["head"].as_u64();
                let coordinator = self.coordinator.try_json(&["status"])?;
                let index = &coordinator["search_index"];
                // An index that is not yet made lacks nothing of an empty catalogue.
                let is_found = index["behind"] == 0 && index["bytes"] != 0;
                (there && is_found && known["stale_since"].is_null()).then_some(known)
            },
        )
    }

    /// The coordinator's status of a city.
    pub fn city(&self, city: &str) -> Option<Value> {
        let list = self.coordinator.try_json(&["city", "list"])?;
        list["cities"]
            .as_array()?
            .iter()
            .find(|known| known["city"] == city)
            .cloned()
    }
}

impl Server {
    /// Imports a file of the node's own demo data, leaving wrong rows out, and publishes it; returns the
    /// import's summary.
    #[track_caller]
    pub fn import(&self, file: &str) -> Value {
        let path = self.path("shared").join(file);
        let summary = self.json(&importing(&path, &["--skip-invalid"]));
        self.approve();
        summary
    }

    /// Approves everything that waits for review; returns the number of entries.
    #[track_caller]
    pub fn approve(&self) -> u64 {
        let approve = ["catalogue", "approve", "--all", "--yes"];
        let summary = self.json_as(&self.reviewer, &approve);
        assert_eq!(summary["refused"], 0, "{summary}");
        summary["moved"].as_u64().unwrap()
    }

    /// Requests the withdrawal of an entry, and approves it.
    #[track_caller]
    pub fn withdraw(&self, code: &str, reason: &str) {
        self.json(&["catalogue", "withdraw", code, "--reason", reason]);
        assert_eq!(self.approve(), 1);
    }

    /// Waits until the server shows the correction or the demand in this state, with all moves ordered.
    pub fn until_matter(&self, kind: &str, id: &str, state: &str) -> Value {
        let wanted = format!("MATTER_STATE_{state}");
        eventually(&format!("the {kind} {id} is {state}"), || {
            let shown = self.try_json(&[kind, "show", id])?;
            let pending = shown["pending"].as_array().map_or(0, Vec::len);
            (shown["state"] == wanted.as_str() && pending == 0).then_some(shown)
        })
    }

    /// Asserts that the worklist of the default caller has this correction or demand, by the kind of the item.
    #[track_caller]
    pub fn has_to_do(&self, kind: &str, matter: &str) {
        let todo = self.json(&["todo"]);
        let wanted = format!("TODO_KIND_{kind}");
        let mut items = todo["items"].as_array().unwrap().iter();
        let is_it = |item: &Value| item["kind"] == wanted.as_str() && item["matter"] == matter;
        assert!(items.any(is_it), "{todo}");
    }

    /// The position of the node's next entry.
    pub fn head(&self) -> u64 {
        self.json(&["status"])["head"].as_u64().unwrap()
    }

    /// Codes and revisions of all entries that the city has published.
    pub fn catalogue(&self) -> Vec<(String, u64)> {
        let list = self.json(&["catalogue", "list"]);
        let records = list["records"].as_array().unwrap();
        records
            .iter()
            .map(|r| (text(&r["entry"]["code"]), r["revision"].as_u64().unwrap()))
            .collect()
    }
}

/// The acts that are due in a request and the parties that owe them, by the names in the contract.
fn acts(request: &Value) -> Vec<(String, String)> {
    let dues = request["dues"].as_array().into_iter().flatten();
    let name = |due: &Value, field: &str| due[field].as_str().unwrap_or_default().to_owned();
    dues.map(|due| (name(due, "act"), name(due, "party")))
        .collect()
}

fn expected(dues: &[(&str, &str)]) -> Vec<(String, String)> {
    let dues = dues.iter();
    dues.map(|(act, party)| (format!("DUE_ACT_{act}"), format!("PARTY_{party}")))
        .collect()
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}
