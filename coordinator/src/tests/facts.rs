//! Entries, requests, moves and other facts of cities in tests.

use chengji_domain::Digest;
use chengji_domain::catalogue::{Draft, Entry, Given, ShareClass, UpdateCycle};
use chengji_domain::fact::{CityFact, Delivery, Measurement};
use chengji_domain::request::terms::GrantTerms;
use chengji_domain::request::{Actor, Grant, Move, RequestId, Submission};
use chengji_domain::return_flow::{ReturnFlow, ReturnFlowAct, ReturnFlowFact};
use chengji_testkit::entries;
pub(crate) use chengji_testkit::requests::submission;
use jiff::Timestamp;

use super::world::{CONSUMER, PROVIDER, at, code};

/// A valid draft that declares ten rows and changes every week.
pub(crate) fn draft(serial: u32, class: ShareClass) -> Draft {
    Draft {
        update_cycle: Given::Known(UpdateCycle::Weekly),
        declared_rows: Given::Known(10),
        ..entries::draft(serial, class)
    }
}

pub(crate) fn entry(serial: u32, class: ShareClass) -> Entry {
    draft(serial, class).check().unwrap()
}

/// The declaration of a return flow of the first entry.
pub(crate) fn declared_flow() -> ReturnFlowFact {
    ReturnFlowFact {
        act: ReturnFlowAct::Declare {
            code: code(1).parse().unwrap(),
            flow: ReturnFlow {
                to: None,
                rows: "行政区划代码为本市的登记信息".to_owned(),
            },
        },
        actor: acting(PROVIDER),
    }
}

/// The consumer's request.
pub(crate) fn requested(submission: Submission) -> CityFact {
    CityFact::Requested {
        submission,
        actor: acting(CONSUMER),
    }
}

/// A person of a city, acting for a department.
pub(crate) fn acting(code: &str) -> Actor {
    let person = format!("city/{code}/person/wang.fang").parse().unwrap();
    Actor::new(person, Some("91350100M000100Y43".parse().unwrap()))
}

pub(crate) fn grant(until: &str) -> Move {
    Move::Grant(Grant {
        scope: "全部".to_owned(),
        conditions: String::new(),
        disposal: String::new(),
        terms: GrantTerms::file(at(until)),
        automatic: false,
        return_flow: None,
    })
}

pub(crate) fn refuse() -> Move {
    Move::Refuse {
        reason: "涉及商业秘密".to_owned(),
        legal_basis: "《数据安全法》".to_owned(),
    }
}

pub(crate) fn mounted(serial: u32, file_name: &str) -> CityFact {
    CityFact::Mounted {
        code: code(serial).parse().unwrap(),
        file_name: file_name.to_owned(),
        is_table: false,
    }
}

pub(crate) fn measured(serial: u32, content: u8, at: Timestamp) -> CityFact {
    CityFact::Measured {
        code: code(serial).parse().unwrap(),
        measurement: Measurement {
            bytes: 100 * u64::from(content),
            rows: Some(u64::from(content)),
            digest: Digest([content; 32]),
            at,
        },
    }
}

pub(crate) fn delivery(serial: u32, content: u8, request: RequestId) -> Delivery {
    Delivery {
        request,
        code: code(serial).parse().unwrap(),
        revision: 1,
        bytes: 100 * u64::from(content),
        digest: Digest([content; 32]),
        rows: None,
    }
}
