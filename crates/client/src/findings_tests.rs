use chengji_domain::ErrorCode;
use chengji_domain::problem::Problem;
use chengji_proto::convert::problem_to;

use super::*;

const NOW: i64 = 1_795_440_000;
const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

fn healthy() -> v1::StatusResponse {
    v1::StatusResponse {
        principal: "city/430100/node".to_owned(),
        certificate_expires: at(NOW + 20 * DAY),
        roster_heard: at(NOW - 5),
        roster_until: at(NOW + 3 * DAY),
        following: vec![v1::FollowedLog {
            log: "coordinator".to_owned(),
            ..Default::default()
        }],
        ..Default::default()
    }
}

fn found(status: &v1::StatusResponse) -> Vec<(v1::FindingSeverity, String)> {
    let now = Timestamp::from_second(NOW).unwrap();
    let found = findings(status, now).findings.into_iter();
    found
        .map(|finding| {
            let problem = finding.problem.clone().unwrap_or_default();
            (finding.severity(), problem.message)
        })
        .collect()
}

fn only(severity: v1::FindingSeverity, code: &str) -> Vec<(v1::FindingSeverity, String)> {
    vec![(severity, code.to_owned())]
}

#[test]
fn a_program_that_is_well_has_no_findings() {
    assert_eq!(found(&healthy()), []);
    let coordinator = v1::StatusResponse {
        principal: "coordinator".to_owned(),
        roster_heard: None,
        roster_until: None,
        ..healthy()
    };
    assert_eq!(found(&coordinator), []);
}

#[test]
fn requests_for_attention_and_used_up_budgets_are_found() {
    let status = v1::StatusResponse {
        requests_for_attention: 2,
        paced_by_coordinator: "entries of a day".to_owned(),
        ..healthy()
    };
    let codes = ["finding-requests-for-attention", "finding-log-paced"].map(str::to_owned);
    assert_eq!(found(&status), codes.map(|code| (Warning, code)));
}

#[test]
fn a_retention_that_is_not_kept_is_found() {
    let retention = |problem: Option<Problem>| v1::StatusResponse {
        retention: Some(v1::Retention {
            keep_reviews_days: 1_096,
            problem: problem.as_ref().map(problem_to),
            ..Default::default()
        }),
        ..healthy()
    };
    assert_eq!(found(&retention(None)), []);
    let problem = Problem::new(ErrorCode::StorageFull, msg::RequestMannerNotDeliverable);
    let expected = only(Warning, "request-manner-not-deliverable");
    assert_eq!(found(&retention(Some(problem))), expected);
}

#[test]
fn a_subscription_that_fails_for_long_is_found() {
    let failing = |since: i64| v1::StatusResponse {
        notifications: Some(v1::NotificationStatus {
            failing: 1,
            since: at(since),
        }),
        ..healthy()
    };
    assert_eq!(found(&failing(NOW - 3_600)), []);
    let expected = only(Warning, "finding-notifications-fail");
    assert_eq!(found(&failing(NOW - 7 * 3_600)), expected);
}

#[test]
fn a_certificate_near_its_end_and_one_past_it_are_found() {
    for (left, expected) in [
        (8 * DAY, vec![]),
        (6 * DAY, vec![Warning]),
        (HOUR, vec![Critical]),
        (-HOUR, vec![Critical]),
    ] {
        let status = v1::StatusResponse {
            certificate_expires: at(NOW + left),
            ..healthy()
        };
        let severities: Vec<_> = found(&status).into_iter().map(|(s, _)| s).collect();
        assert_eq!(severities, expected, "{left} s");
    }
}

#[test]
fn a_list_of_members_that_ages_has_ended_or_never_came_is_found() {
    let members = |heard, until| {
        found(&v1::StatusResponse {
            roster_heard: heard,
            roster_until: until,
            ..healthy()
        })
    };
    let aging = members(at(NOW - 25 * HOUR), at(NOW + 47 * HOUR));
    assert_eq!(aging, only(Warning, "finding-roster-ages"));
    let ended = members(at(NOW - 73 * HOUR), at(NOW - HOUR));
    assert_eq!(ended, only(Critical, "finding-roster-ended"));
    let never = members(None, None);
    assert_eq!(never, only(Critical, "finding-roster-missing"));
}

#[test]
fn a_stale_log_and_entries_set_aside_are_found_and_the_worst_comes_first() {
    let mut status = healthy();
    status.following[0].quarantined = 2;
    status.following[0].stale_since = at(NOW - 2 * DAY);
    let cause = Problem::new(ErrorCode::PeerUnavailable, msg::ErrorPeerUnavailable);
    status.following[0].stale_reason = Some(problem_to(&cause));
    let severities: Vec<_> = found(&status).into_iter().map(|(s, _)| s).collect();
    assert_eq!(severities, [Critical, Warning]);
    let now = Timestamp::from_second(NOW).unwrap();
    let all = findings(&status, now).findings;
    let problem = |n: usize| message(all[n].problem.as_ref());
    let since = Timestamp::from_second(NOW - 2 * DAY).unwrap();
    let reason = Message::from(msg::ErrorPeerUnavailable);
    let stale = Message::from(msg::FindingLogStale { reason, since });
    assert_eq!(problem(0), stale);
    assert_eq!(problem(1).param("count"), Some(&2_u64.into()));
    status.following[0].stale_since = at(NOW - HOUR);
    assert_eq!(found(&status)[0].0, Warning);
}

#[test]
fn a_log_that_is_not_written_and_one_that_is_another_are_found_first() {
    let mut status = healthy();
    status.missing_notices = vec![2027];
    status.unconfirmed = Some(v1::LogUnconfirmed::default());
    status.following[0].alarm = Some(v1::LogAlarm::default());
    let severities: Vec<_> = found(&status).into_iter().map(|(s, _)| s).collect();
    assert_eq!(severities, [Critical, Critical, Warning]);
    let alarm = v1::LogAlarm {
        accepted_at: at(NOW),
        ..Default::default()
    };
    status.following[0].alarm = Some(alarm);
    assert_eq!(found(&status).len(), 2);
}

#[test]
fn a_wrong_clock_a_missing_notice_and_backdated_moves_are_found() {
    let mut status = healthy();
    status.following[0].clock_skew_ms = Some(-59_000);
    assert_eq!(found(&status), []);
    status.following[0].clock_skew_ms = Some(-360_000);
    status.missing_notices = vec![2027];
    status.backdated_requests = 1;
    let codes: Vec<_> = found(&status).into_iter().map(|(_, code)| code).collect();
    let expected = [
        "finding-clock-differs",
        "finding-holiday-notice-missing",
        "finding-requests-backdated",
    ];
    assert_eq!(codes, expected);
}
