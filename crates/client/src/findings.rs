//! Findings in a program's status that require action, for `status --check`.
//!
//! Each check looks at one part of the status; a new part gets a check of its own in `CHECKS`.

use chengji_domain::roster::WARN_AFTER;
use chengji_proto::v1;
use chengji_proto::v1::FindingSeverity::{Critical, Warning};
use jiff::{SignedDuration, Timestamp};

use crate::cells;
use crate::output::{Column, Table};

/// A certificate is renewed well before; with so little left that has failed for days.
const CERTIFICATE_WARNS: SignedDuration = SignedDuration::from_hours(7 * 24);
const CERTIFICATE_ALARMS: SignedDuration = SignedDuration::from_hours(24);
/// Clocks that differ by more are wrong: a move dated by one may be refused elsewhere.
const CLOCK_WARNS_MS: u64 = 60_000;
/// A log that could not be read for so long is no passing trouble.
const STALE_ALARMS: SignedDuration = SignedDuration::from_hours(24);

type Check = fn(&v1::StatusResponse, Timestamp, &mut Vec<v1::StatusFinding>);

const CHECKS: [Check; 9] = [
    certificate,
    members,
    own_log,
    alarms,
    followed_logs,
    clocks,
    deadlines,
    requests,
    budgets,
];

/// What calls for somebody to act at this time, most of it first; nothing where all is well.
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
        Column::left("severity", "severity 级别"),
        Column::left("subject", "about 对象"),
        Column::left("problem", "problem 问题"),
        Column::left("remedy", "remedy 处理办法"),
    ]);
    for finding in &list.findings {
        let severity = match finding.severity() {
            Critical => "critical 严重",
            Warning | v1::FindingSeverity::Unspecified => "warning 警告",
        };
        table.row([
            severity,
            &finding.subject,
            &finding.problem,
            &finding.remedy,
        ]);
    }
    if list.findings.is_empty() {
        table.note("nothing calls for action 未发现需要处理的问题");
    }
    table
}

fn certificate(status: &v1::StatusResponse, now: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    let Some((until, shown)) = moment(status.certificate_expires.as_ref()) else {
        return;
    };
    let left = until.duration_since(now);
    if left > CERTIFICATE_WARNS {
        return;
    }
    let problem = if left.is_negative() {
        format!("it ended at {shown} 证书已过期")
    } else {
        format!("it ends at {shown} and was not renewed 证书即将到期，自动更新未成功")
    };
    findings.push(v1::StatusFinding {
        severity: if left > CERTIFICATE_ALARMS {
            Warning
        } else {
            Critical
        }
        .into(),
        subject: "certificate 证书".to_owned(),
        problem,
        remedy: format!(
            "'{} certificate rotate' renews it, or says why not 请执行该命令更换",
            program(status)
        ),
    });
}

/// The list of members, which a node may go by for a time without the coordinator.
fn members(status: &v1::StatusResponse, now: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    if !status.principal.starts_with("city/") {
        return;
    }
    let (severity, problem) = match (
        moment(status.roster_heard.as_ref()),
        moment(status.roster_until.as_ref()),
    ) {
        (Some(_), Some((until, shown))) if until < now => (
            Critical,
            format!("it ended at {shown}: other cities are refused 成员名单已过期"),
        ),
        (Some((heard, at)), Some((_, shown))) if now.duration_since(heard) > WARN_AFTER => (
            Warning,
            format!("the coordinator was last heard at {at}; the list holds until {shown} 成员名单将过期"),
        ),
        (Some(_), _) => return,
        (None, _) => (
            Critical,
            "the coordinator was never heard: nobody but the city's own people is let in 尚未联系到协调机构".to_owned(),
        ),
    };
    findings.push(v1::StatusFinding {
        severity: severity.into(),
        subject: "list of members 成员名单".to_owned(),
        problem,
        remedy: "bring up the way to the coordinator: address in the settings, network, its program 请恢复与协调机构的连接".to_owned(),
    });
}

fn reason(problem: Option<&v1::Problem>) -> String {
    problem.map(cells::problem).unwrap_or_default()
}

/// Whether anything can be written.
fn own_log(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    let Some(unconfirmed) = &status.unconfirmed else {
        return;
    };
    findings.push(v1::StatusFinding {
        severity: Critical.into(),
        subject: "own log 本方日志".to_owned(),
        problem: format!(
            "nothing is written: {} 暂停写入",
            reason(unconfirmed.reason.as_ref())
        ),
        remedy: format!(
            "bring up the way to the others, which confirm it; '{} log confirm --reason TEXT' goes \
             on without them 请恢复连接",
            program(status)
        ),
    });
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
        let remedy = match program(status) {
            "chengji-node" => "'chengji-node log accept-coordinator --reason TEXT'",
            _ => "'chengji-coordinator city accept-log CITY --reason TEXT'",
        };
        let mended = alarm.mended_at.is_some();
        findings.push(v1::StatusFinding {
            severity: if mended { Warning } else { Critical }.into(),
            subject: format!("log of {} 日志", followed.log),
            problem: format!(
                "it is not the one that was followed: {} 日志不一致",
                reason(alarm.problem.as_ref())
            ),
            remedy: format!("ask its owner what happened; {remedy} accepts it as it is 请核实"),
        });
    }
}

fn followed_logs(
    status: &v1::StatusResponse,
    now: Timestamp,
    findings: &mut Vec<v1::StatusFinding>,
) {
    for followed in &status.following {
        let subject = format!("log of {} 日志", followed.log);
        if let Some((since, shown)) = moment(followed.stale_since.as_ref()) {
            let lasts = now.duration_since(since) > STALE_ALARMS;
            findings.push(v1::StatusFinding {
                severity: if lasts { Critical } else { Warning }.into(),
                subject: subject.clone(),
                problem: format!(
                    "not read since {shown}: {} 失联",
                    reason(followed.stale_reason.as_ref())
                ),
                remedy: "check that the other program runs, its address and the network 请检查对方程序、地址与网络".to_owned(),
            });
        }
        if followed.damaged > 0 {
            findings.push(v1::StatusFinding {
                severity: Critical.into(),
                subject: subject.clone(),
                problem: format!(
                    "{} stored entries do not match their leaves and are fetched again 日志副本条目损坏",
                    followed.damaged
                ),
                remedy: "check the disk, and that the log's owner can be reached; what it no longer has \
                         needs a backup 请检查磁盘与对方连接".to_owned(),
            });
        }
        if followed.quarantined > 0 {
            findings.push(v1::StatusFinding {
                severity: Warning.into(),
                subject,
                problem: format!("{} entries were set aside 条目被隔离", followed.quarantined),
                remedy: format!(
                    "'{} quarantine' lists them with the reasons 请查看被隔离条目",
                    program(status)
                ),
            });
        }
    }
}

fn clocks(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    for followed in &status.following {
        let Some(skew) = followed.clock_skew_ms else {
            continue;
        };
        if skew.unsigned_abs() > CLOCK_WARNS_MS {
            findings.push(v1::StatusFinding {
                severity: Warning.into(),
                subject: format!("clock of {} 时钟", followed.log),
                problem: format!("it differs by {} 时钟不一致", cells::clock_skew(skew)),
                remedy: "set both clocks by a time server 请校准双方时钟".to_owned(),
            });
        }
    }
}

/// What deadlines are counted by, and moves that were dated too early for one.
fn deadlines(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    for year in &status.missing_notices {
        findings.push(v1::StatusFinding {
            severity: Warning.into(),
            subject: "working days 工作日".to_owned(),
            problem: format!("the holiday notice of {year} is missing: deadlines are provisional 放假通知缺失，期限暂定"),
            remedy: "load a newer table 'working-days' with the setting 'tables' 请更新工作日表".to_owned(),
        });
    }
    if status.backdated_requests > 0 {
        findings.push(v1::StatusFinding {
            severity: Warning.into(),
            subject: "requests 共享申请".to_owned(),
            problem: format!("{} have a backdated move 含倒签操作", status.backdated_requests),
            remedy: "ask the city whose move it is; 'chengji-coordinator request list' shows them 请核实".to_owned(),
        });
    }
}

/// Requests that ask for a person: refused moves, grants to confirm, a provider's refusal.
fn requests(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    if status.requests_for_attention == 0 {
        return;
    }
    findings.push(v1::StatusFinding {
        severity: Warning.into(),
        subject: "requests 共享申请".to_owned(),
        problem: format!(
            "{} ask for attention 需要处理",
            status.requests_for_attention
        ),
        remedy: "'chengji-node request list --attention' lists them 请查看并处理".to_owned(),
    });
}

/// Logs that are read more slowly because their city has used up a budget.
fn budgets(status: &v1::StatusResponse, _: Timestamp, findings: &mut Vec<v1::StatusFinding>) {
    let own = (!status.paced_by_coordinator.is_empty())
        .then_some(("own log 本方日志".to_owned(), &status.paced_by_coordinator));
    let followed = status.following.iter().filter_map(|followed| {
        let paced = !followed.paced_by.is_empty();
        paced.then(|| (format!("log of {} 日志", followed.log), &followed.paced_by))
    });
    for (subject, budget) in own.into_iter().chain(followed) {
        findings.push(v1::StatusFinding {
            severity: Warning.into(),
            subject,
            problem: format!("reading waits for a budget: {budget} 读取受配额限制"),
            remedy: "it goes on by itself; the quotas are settings of the coordinator 配额恢复后自动继续"
                .to_owned(),
        });
    }
}

/// The name of the program whose status it is.
fn program(status: &v1::StatusResponse) -> &'static str {
    if status.principal.starts_with("city/") {
        "chengji-node"
    } else {
        "chengji-coordinator"
    }
}

/// A moment, and as it is shown.
fn moment(of: Option<&prost_types::Timestamp>) -> Option<(Timestamp, String)> {
    let of = of?;
    let at = Timestamp::new(of.seconds, of.nanos).ok()?;
    Some((at, cells::time(of)))
}

#[cfg(test)]
mod tests {
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
            .map(|finding| (finding.severity(), finding.subject))
            .collect()
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
        let subjects = ["requests 共享申请", "own log 本方日志"].map(str::to_owned);
        assert_eq!(found(&status), subjects.map(|subject| (Warning, subject)));
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
        let subject = || "list of members 成员名单".to_owned();
        let aging = members(at(NOW - 25 * HOUR), at(NOW + 47 * HOUR));
        assert_eq!(aging, [(Warning, subject())]);
        let ended = members(at(NOW - 73 * HOUR), at(NOW - HOUR));
        assert_eq!(ended, [(Critical, subject())]);
        assert_eq!(members(None, None), [(Critical, subject())]);
    }

    #[test]
    fn a_stale_log_and_entries_set_aside_are_found_and_the_worst_comes_first() {
        let mut status = healthy();
        status.following[0].quarantined = 2;
        status.following[0].stale_since = at(NOW - 2 * DAY);
        let refused = v1::Problem {
            message: "follow-stream-ended".to_owned(),
            ..v1::Problem::default()
        };
        let shown = cells::problem(&refused);
        status.following[0].stale_reason = Some(refused);
        let severities: Vec<_> = found(&status).into_iter().map(|(s, _)| s).collect();
        assert_eq!(severities, [Critical, Warning]);
        let now = Timestamp::from_second(NOW).unwrap();
        let all = findings(&status, now).findings;
        assert!(all[0].problem.contains(&shown), "{all:?}");
        assert!(all[1].problem.contains('2'), "{all:?}");
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
        let subjects: Vec<_> = found(&status).into_iter().map(|(_, s)| s).collect();
        let expected = [
            "clock of coordinator 时钟",
            "working days 工作日",
            "requests 共享申请",
        ];
        assert_eq!(subjects, expected);
    }
}
