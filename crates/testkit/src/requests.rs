//! Valid submissions and requests, for tests to modify.

use chengji_domain::catalogue::ShareManner;
use chengji_domain::request::{RequestHistory, Submission};
use chengji_domain::{Principal, ResourceRef};
use jiff::Timestamp;

/// Builds a submission for a resource, given as `city:code`.
#[must_use]
pub fn submission(resource: &str) -> Submission {
    let (city, code) = resource.split_once(':').unwrap();
    Submission {
        resource: ResourceRef {
            city: city.parse().unwrap(),
            code: code.parse().unwrap(),
        },
        purpose: "核对区划".to_owned(),
        legal_basis: "政务数据共享条例".to_owned(),
        scope: "全部".to_owned(),
        manner: ShareManner::File,
        period_days: 30,
        department: None,
    }
}

/// Builds a request that was submitted and in which nothing has happened yet.
#[must_use]
pub fn submitted(number: &str, resource: &str, at: Timestamp) -> RequestHistory {
    RequestHistory {
        id: number.parse().unwrap(),
        submission: submission(resource),
        submitted_by: Principal::Coordinator.into(),
        submitted_at: at,
        steps: Vec::new(),
    }
}
