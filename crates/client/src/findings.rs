//! Findings in a program's status that require action, for `status --check`.
//!
//! Each check looks at one part of the status; a new part gets a check of its own in `CHECKS`.

use chengji_domain::roster::WARN_AFTER;
use chengji_messages::{Language, Message, msg};
use chengji_proto::convert::{problem_message, text_from, text_to};
use chengji_proto::v1;
use chengji_proto::v1::FindingSeverity::{Critical, Warning};
use jiff::{SignedDuration, Timestamp};

use crate::cells;
use crate::output::{Cell, Column, Table};
use crate::row;

/// A certificate is renewed well before; with so little left that has failed for days.
const CERTIFICATE_WARNS: SignedDuration = SignedDuration::from_hours(7 * 24);
const CERTIFICATE_ALARMS: SignedDuration = SignedDuration::from_hours(24);
/// Clocks that differ by more are wrong: a move dated by one may be refused elsewhere.
const CLOCK_WARNS_MS: u64 = 60_000;
/// A log that could not be read for so long is no passing trouble.
const STALE_ALARMS: SignedDuration = SignedDuration::from_hours(24);

/// An index that lacks changes for so long does not keep up.
const SEARCH_WARNS: SignedDuration = SignedDuration::from_secs(60);

type Check = fn(&v1::StatusResponse, Timestamp, &mut Vec<v1::StatusFinding>);

const CHECKS: [Check; 11] = [
    certificate,
    members,
    own_log,
    alarms,
    followed_logs,
    clocks,
    deadlines,
    requests,
    budgets,
    search_index,
    retention,
];

/// Returns the findings that need action at this time, the most severe first.
pub fn findings(status: &v1::StatusResponse, now: Timestamp) -> v1::StatusFindings {
    let mut findings = Vec::new();
    for check in CHECKS {
        check(status, now, &mut findings);
    }
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    v1::StatusFindings { findings }
}

/// Findings, one a line.
pub fn table(list: &v1::StatusFindings) -> Table {
    let mut table = Table::new(&[
        Column::left("severity", msg::ColumnSeverity),
        Column::left("subject", msg::ColumnSubject),
        Column::left("problem", msg::ColumnProblem),
        Column::left("remedy", msg::ColumnRemedy),
    ]);
    for finding in &list.findings {
        let severity = match finding.severity() {
            Critical => Cell::label("critical", msg::SeverityCritical),
            Warning | v1::FindingSeverity::Unspecified => {
                Cell::label("warning", msg::SeverityWarning)
            }
        };
        let problem = message(finding.problem.as_ref());
        let remedy = problem.remedy(Language::of_process());
        table.row(row![
            severity,
            message(finding.subject.as_ref()),
            problem,
            remedy
        ]);
    }
    if list.findings.is_empty() {
        table.note(msg::FindingsNone);
    }
    table
}

fn message(wire: Option<&v1::Text>) -> Message {
    wire.map_or_else(|| msg::Text { text: "" }.into(), text_from)
}

fn finding(
    severity: v1::FindingSeverity,
    subject: impl Into<Message>,
    problem: impl Into<Message>,
) -> v1::StatusFinding {
    v1::StatusFinding {
        severity: severity.into(),
        subject: Some(text_to(&subject.into())),
        problem: Some(text_to(&problem.into())),
    }
}

fn certificate(status: &v1::StatusResponse, now: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    let Some(until) = moment(status.certificate_expires.as_ref()) else {
        return;
    };
    let left = until.duration_since(now);
    if left > CERTIFICATE_WARNS {
        return;
    }
    let program = program(status);
    let problem: Message = if left.is_negative() {
        msg::FindingCertificateEnded { at: until, program }.into()
    } else {
        msg::FindingCertificateEnds { at: until, program }.into()
    };
    let severity = match left > CERTIFICATE_ALARMS {
        true => Warning,
        false => Critical,
    };
    findings.push(finding(severity, msg::SubjectCertificate, problem));
}

/// The roster, which a node may go by for a time without the coordinator.
fn members(status: &v1::StatusResponse, now: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    if !status.principal.starts_with("city/") {
        return;
    }
    let (heard, until) = (
        moment(status.roster_heard.as_ref()),
        moment(status.roster_until.as_ref()),
    );
    let (severity, problem): (_, Message) = match (heard, until) {
        (Some(_), Some(at)) if at < now => (Critical, msg::FindingRosterEnded { at }.into()),
        (Some(heard), Some(until)) if now.duration_since(heard) > WARN_AFTER => {
            (Warning, msg::FindingRosterAges { heard, until }.into())
        }
        (Some(_), _) => return,
        (None, _) => (Critical, msg::FindingRosterMissing.into()),
    };
    findings.push(finding(severity, msg::SubjectRoster, problem));
}

fn reason(problem: Option<&v1::Problem>) -> Message {
    problem_message(problem)
}

/// Reports a log that takes no entries.
fn own_log(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    let Some(unconfirmed) = &status.unconfirmed else {
        return;
    };
    let problem = msg::FindingLogUnconfirmed {
        program: program(status),
        reason: reason(unconfirmed.reason.as_ref()),
    };
    findings.push(finding(Critical, msg::SubjectOwnLog, problem));
}

/// Followed logs that are not the ones that were followed before.
fn alarms(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    for followed in &status.following {
        let Some(alarm) = &followed.alarm else {
            continue;
        };
        if alarm.accepted_at.is_some() {
            continue;
        }
        let command = match program(status) {
            "chengji-node" => "chengji-node log accept-coordinator",
            _ => "chengji-coordinator city accept-log",
        };
        let severity = match alarm.mended_at {
            Some(_) => Warning,
            None => Critical,
        };
        let problem = msg::FindingLogDiffers {
            command,
            reason: reason(alarm.problem.as_ref()),
        };
        findings.push(finding(severity, log(&followed.log), problem));
    }
}

fn followed_logs(
    status: &v1::StatusResponse,
    now: Timestamp,
    findings: &mut Vec<v1::StatusFinding>,
) {
    for followed in &status.following {
        let subject = || log(&followed.log);
        if let Some(since) = moment(followed.stale_since.as_ref()) {
            let severity = match now.duration_since(since) > STALE_ALARMS {
                true => Critical,
                false => Warning,
            };
            let reason = reason(followed.stale_reason.as_ref());
            findings.push(finding(
                severity,
                subject(),
                msg::FindingLogStale { reason, since },
            ));
        }
        if followed.damaged > 0 {
            let count = followed.damaged;
            findings.push(finding(
                Critical,
                subject(),
                msg::FindingLogDamaged { count },
            ));
        }
        if followed.quarantined > 0 {
            let problem = msg::FindingLogQuarantined {
                count: followed.quarantined,
                program: program(status),
            };
            findings.push(finding(Warning, subject(), problem));
        }
    }
}

fn clocks(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    for followed in &status.following {
        let Some(skew) = followed.clock_skew_ms else {
            continue;
        };
        if skew.unsigned_abs() > CLOCK_WARNS_MS {
            let log = &followed.log;
            let skew = cells::clock_skew(skew);
            findings.push(finding(
                Warning,
                msg::SubjectClock { log },
                msg::FindingClockDiffers { skew },
            ));
        }
    }
}

/// Reports missing holiday notices, and moves that were dated too early.
fn deadlines(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    for year in &status.missing_notices {
        let problem = msg::FindingHolidayNoticeMissing {
            year: year.to_string(),
        };
        findings.push(finding(Warning, msg::SubjectWorkingDays, problem));
    }
    if status.backdated_requests > 0 {
        let count = status.backdated_requests;
        findings.push(finding(
            Warning,
            msg::SubjectRequests,
            msg::FindingRequestsBackdated { count },
        ));
    }
}

/// Requests that ask for a person: refused moves, grants to confirm, a provider's refusal.
fn requests(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    let count = status.requests_for_attention;
    if count > 0 {
        findings.push(finding(
            Warning,
            msg::SubjectRequests,
            msg::FindingRequestsForAttention { count },
        ));
    }
}

/// Logs that are read more slowly because their city has used up a budget.
fn budgets(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    let own = (
        Message::from(msg::SubjectOwnLog),
        &status.paced_by_coordinator,
    );
    let followed = status.following.iter();
    let followed = followed.map(|followed| (log(&followed.log), &followed.paced_by));
    let paced = std::iter::once(own).chain(followed);
    for (subject, budget) in paced.filter(|(_, budget)| !budget.is_empty()) {
        findings.push(finding(Warning, subject, msg::FindingLogPaced { budget }));
    }
}

fn search_index(
    status: &v1::StatusResponse,
    now: Timestamp,
    findings: &mut Vec<v1::StatusFinding>,
) {
    let Some(index) = &status.search_index else {
        return;
    };
    let subject = || Message::from(msg::ColumnSearchIndex);
    if index.problem.is_some() {
        let problem = problem_message(index.problem.as_ref());
        findings.push(finding(Critical, subject(), problem));
    }
    let since = moment(index.behind_since.as_ref());
    if let Some(since) = since.filter(|since| now.duration_since(*since) > SEARCH_WARNS) {
        let message = msg::FindingSearchIndexBehind {
            behind: index.behind,
            since: since.to_string(),
        };
        findings.push(finding(Warning, subject(), message));
    }
}

/// Reports that contents past their retention are kept.
fn retention(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    let problem = (status.retention.as_ref()).and_then(|retention| retention.problem.as_ref());
    if problem.is_some() {
        let subject = msg::ColumnRetentionOfReviews;
        findings.push(finding(Warning, subject, problem_message(problem)));
    }
}

fn log(log: &str) -> Message {
    msg::SubjectLog { log }.into()
}

/// The name of the program whose status it is.
fn program(status: &v1::StatusResponse) -> &'static str {
    if status.principal.starts_with("city/") {
        "chengji-node"
    } else {
        "chengji-coordinator"
    }
}

fn moment(of: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    let of = of?;
    Timestamp::new(of.seconds, of.nanos).ok()
}

#[cfg(test)]
mod tests {
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
        let problem = Problem::new(ErrorCode::StorageFull, msg::Text { text: "no room" });
        assert_eq!(found(&retention(Some(problem))), only(Warning, "text"));
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
}
