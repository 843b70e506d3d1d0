//! A share from the request to the disposal of the data: offered, amended, suspended and mended, ended after a
//! consultation, and closed. Both sides show the same state and the same dues after each move.

use chengji_domain::calendar::local_date;
use chengji_tests::{Cluster, Server};
use jiff::ToSpan;
use serde_json::Value;

const CHANGSHA: &str = "430100";
const ZHUZHOU: &str = "430200";
const BASIS: &str = "《政务数据共享条例》第二十七条";

/// A request between the two cities.
struct Share {
    cluster: Cluster,
    id: String,
}

impl Share {
    /// 株洲 has mounted the resource, and 长沙 has requested it.
    fn requested() -> Self {
        let cluster = Cluster::of_processes(&[CHANGSHA, ZHUZHOU]);
        let id = cluster.requested();
        Self { cluster, id }
    }

    fn consumer(&self) -> &Server {
        self.cluster.node(CHANGSHA)
    }

    fn provider(&self) -> &Server {
        self.cluster.node(ZHUZHOU)
    }

    /// Makes a move at a city, as its officer does.
    fn moves(&self, city: &Server, mv: &str, words: &[&str]) {
        city.json(&[&["request", mv, &self.id], words].concat());
    }

    /// Waits until both cities show the request in this state with exactly these acts due, and every move confirmed;
    /// returns it as both see it.
    fn until(&self, state: &str, dues: &[(&str, &str)]) -> [Value; 2] {
        self.cluster
            .until_due([CHANGSHA, ZHUZHOU], &self.id, state, dues)
    }

    fn shown(&self, city: &str) -> Option<Value> {
        let node = self.cluster.node(city);
        node.try_json(&["request", "show", &self.id])
    }

    fn fetch_is_refused(&self, code: &str) {
        let fetch = self.consumer().cli(&["fetch", &self.id]);
        fetch.refused(4, &[code]);
    }

    fn offered_and_fetched(&self) {
        self.moves(self.provider(), "offer", &["--note", "数据截至上月末"]);
        let [consumer, provider] = self.until("GRANTED", &[]);
        assert_eq!(consumer["offered_at"], provider["offered_at"]);
        assert_eq!(consumer["not_fetched_since"], consumer["offered_at"]);
        assert!(!consumer["offered_at"].is_null(), "{consumer}");
        assert!(provider["not_fetched_since"].is_null(), "{provider}");
        self.consumer().json(&["fetch", &self.id]);
        let fetched = self.shown(CHANGSHA).unwrap();
        assert!(fetched["not_fetched_since"].is_null(), "{fetched}");
    }

    fn amended(&self) {
        const WIDER: &str = "机构名称、等级、地址、床位数";
        const THIRD: &str = "长沙市第三人民医院";
        let asked = ["--reason", "新增参保核验", "--scope", WIDER, "--days", "30"];
        let asked = [&asked[..], &["--third-party", THIRD]].concat();
        self.moves(self.consumer(), "ask-amendment", &asked);
        for shown in self.until("GRANTED", &[("AMENDMENT", "PROVIDER")]) {
            assert_eq!(shown["amendment"]["scope"], WIDER, "{shown}");
            assert_eq!(shown["amendment"]["third_party"], THIRD, "{shown}");
            assert_ne!(shown["grant"]["scope"], WIDER, "{shown}");
        }
        self.moves(self.provider(), "amend", &[]);
        for shown in self.until("GRANTED", &[]) {
            assert!(shown["amendment"].is_null(), "{shown}");
            assert_eq!(shown["grant"]["scope"], WIDER, "{shown}");
            assert_eq!(shown["grant"]["disposal"], "到期销毁", "{shown}");
        }
    }

    fn suspended_and_mended(&self) {
        let mend_by = local_date(chengji_clock::now()) + 20.days();
        let mend_by = mend_by.to_string();
        let words = [
            "--reason",
            "超出授权用途",
            "--basis",
            BASIS,
            "--mend-by",
            &mend_by,
        ];
        self.moves(self.provider(), "suspend", &words);
        for shown in self.until("SUSPENDED", &[("MENDING", "CONSUMER")]) {
            assert_eq!(shown["dues"][0]["deadline"], mend_by.as_str(), "{shown}");
        }
        self.fetch_is_refused("GRANT_SUSPENDED");
        let terminate = ["--reason", "未整改", "--basis", BASIS];
        let terminate = [&["request", "terminate", &self.id][..], &terminate].concat();
        let too_early = self.provider().cli(&terminate);
        too_early.refused(3, &["move-rule-mending-running"]);
        let statement = ["--statement", "已停用超范围的查询"];
        self.moves(self.consumer(), "report-mended", &statement);
        self.until("SUSPENDED", &[]);
        self.moves(self.provider(), "resume", &["--reason", "整改属实"]);
        self.until("GRANTED", &[]);
        self.consumer().json(&["fetch", &self.id]);
    }

    fn consulted_and_terminated(&self) {
        let because = ["--reason", "系统停用", "--basis", BASIS];
        let terminate = [&["request", "terminate", &self.id][..], &because].concat();
        let unconsulted = self.provider().cli(&terminate);
        unconsulted.refused(3, &["move-rule-consult-first"]);
        self.moves(self.provider(), "consult", &because);
        for shown in self.until("GRANTED", &[("CONSULTATION", "CONSUMER")]) {
            assert_eq!(shown["consultation"]["reason"], "系统停用", "{shown}");
            assert!(shown["consultation"]["change"].is_null(), "{shown}");
        }
        let unanswered = self.provider().cli(&terminate);
        unanswered.refused(3, &["move-rule-consult-first"]);
        let agreed = ["--agree", "--text", "同意，已切换至新系统"];
        self.moves(self.consumer(), "answer-consultation", &agreed);
        for shown in self.until("GRANTED", &[]) {
            assert_eq!(shown["consultation"]["answer"]["agrees"], true, "{shown}");
        }
        self.moves(self.provider(), "terminate", &because);
        self.until("TERMINATED", &[("DISPOSAL", "CONSUMER")]);
        self.fetch_is_refused("NO_GRANT");
    }

    fn closed(&self) {
        const EVIDENCE: &str = "长数销〔2026〕7号";
        let words = [
            "--cause",
            "not-needed",
            "--statement",
            "副本及备份均已销毁",
            "--evidence",
            EVIDENCE,
        ];
        self.moves(self.consumer(), "close", &words);
        let [consumer, provider] = self.until("CLOSED", &[]);
        assert_eq!(consumer["steps"], provider["steps"]);
        let steps = consumer["steps"].as_array().unwrap();
        let close = &steps.last().unwrap()["move"]["close"];
        assert_eq!(close["cause"], "CLOSE_CAUSE_NOT_NEEDED", "{close}");
        assert_eq!(close["evidence"], EVIDENCE, "{close}");
    }
}

#[test]
fn a_share_is_offered_amended_suspended_ended_and_closed_and_both_sides_see_what_is_due() {
    let share = Share::requested();
    for shown in share.until("ROUTED", &[("ANSWER", "PROVIDER")]) {
        let scenario = shown["submission"]["scenario"].as_str();
        assert!(scenario.is_some_and(|text| !text.is_empty()), "{shown}");
        assert_eq!(shown["dues"][0]["deadline"], shown["deadline"], "{shown}");
    }
    let grant = ["--days", "90", "--disposal", "到期销毁"];
    share.moves(share.provider(), "grant", &grant);
    for shown in share.until("GRANTED", &[("OFFER", "PROVIDER")]) {
        assert_eq!(shown["grant"]["disposal"], "到期销毁", "{shown}");
    }
    share.offered_and_fetched();
    share.amended();
    share.suspended_and_mended();
    share.consulted_and_terminated();
    share.closed();
    for node in [share.consumer(), share.provider()] {
        let overdue = node.json(&["request", "overdue"]);
        assert_eq!(overdue["requests"].as_array().map(Vec::len), Some(0));
    }
}
