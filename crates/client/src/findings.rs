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
/// A subscription whose deliveries fail for so long loses events in days.
const NOTIFICATIONS_WARN: SignedDuration = SignedDuration::from_hours(6);

type Check = fn(&v1::StatusResponse, Timestamp, &mut Vec<v1::StatusFinding>);

const CHECKS: [Check; 12] = [
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
    notifications,
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

/// Reports that subscribers are not reached.
fn notifications(
    status: &v1::StatusResponse,
    now: Timestamp,
    findings: &mut Vec<v1::StatusFinding>,
) {
    let Some(failing) = &status.notifications else {
        return;
    };
    let since = moment(failing.since.as_ref());
    if let Some(since) = since.filter(|since| now.duration_since(*since) > NOTIFICATIONS_WARN) {
        let count = failing.failing;
        let message = msg::FindingNotificationsFail { count, since };
        findings.push(finding(Warning, msg::SubjectNotifications, message));
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
#[path = "findings_tests.rs"]
mod tests;
